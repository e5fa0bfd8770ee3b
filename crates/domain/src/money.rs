//! Money: an integer of minor units with its currency. Never a float, never without the currency.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An ISO 4217 currency code, such as `EUR` or `KRW`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

/// A text that is not a currency code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a currency is three capital letters, such as EUR")]
pub struct ParseCurrencyError;

impl Currency {
    /// The currency with this code, for code that names one literally.
    ///
    /// # Panics
    /// At compile time when used in a `const`, if a byte is not a capital letter.
    pub const fn from_code(code: [u8; 3]) -> Self {
        assert!(code[0].is_ascii_uppercase() && code[1].is_ascii_uppercase() && code[2].is_ascii_uppercase());
        Self(code)
    }

    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Digits after the decimal point (ISO 4217), for display alone: 0 for the won and the yen, else 2.
    pub fn decimals(self) -> u32 {
        match &self.0 {
            b"KRW" | b"JPY" | b"VND" | b"CLP" | b"ISK" => 0,
            b"BHD" | b"KWD" | b"OMR" | b"JOD" | b"TND" => 3,
            _ => 2,
        }
    }
}

impl FromStr for Currency {
    type Err = ParseCurrencyError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| ParseCurrencyError)?;
        if code.iter().all(u8::is_ascii_uppercase) { Ok(Self(code)) } else { Err(ParseCurrencyError) }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// An amount of minor units (cents, won) of one currency. Negative for money given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units.
    pub amount: i64,
    /// Of this currency.
    pub currency: Currency,
}

impl Money {
    /// This many minor units of `currency`.
    pub const fn new(amount: i64, currency: Currency) -> Self {
        Self { amount, currency }
    }

    /// The sum; `None` if the currencies differ or the sum does not fit.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        if self.currency != other.currency {
            return None;
        }
        Some(Self { amount: self.amount.checked_add(other.amount)?, currency: self.currency })
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10i64.pow(self.currency.decimals());
        if scale == 1 {
            return write!(f, "{} {}", self.amount, self.currency);
        }
        let sign = if self.amount < 0 { "-" } else { "" };
        let (whole, rest) =
            (self.amount.unsigned_abs() / scale.unsigned_abs(), self.amount.unsigned_abs() % scale.unsigned_abs());
        write!(f, "{sign}{whole}.{rest:0width$} {}", self.currency, width = self.currency.decimals() as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EUR: Currency = Currency::from_code(*b"EUR");
    const KRW: Currency = Currency::from_code(*b"KRW");

    #[test]
    fn money_of_two_currencies_does_not_add() {
        assert_eq!(Money::new(1, EUR).checked_add(Money::new(1, KRW)), None);
        assert_eq!(Money::new(i64::MAX, EUR).checked_add(Money::new(1, EUR)), None);
        assert_eq!(Money::new(2, EUR).checked_add(Money::new(3, EUR)), Some(Money::new(5, EUR)));
    }

    #[test]
    fn money_prints_in_its_own_decimals() {
        assert_eq!(Money::new(-1_205, EUR).to_string(), "-12.05 EUR");
        assert_eq!(Money::new(99_000, KRW).to_string(), "99000 KRW");
    }
}
