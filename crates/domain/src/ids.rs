//! Typed ids: swapped arguments fail to compile, and a printed id says what it names.
//!
//! Two kinds. Wide ids (128 bits, made at the edge from a UUIDv7) name things many processes create:
//! accounts, orders. Small numbers name what one authority hands out in order: a sale (the catalog), a place in
//! line and a hold (the sale itself). None of them is a secret; every object is authorised by its owner.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

use crate::time::Timestamp;

/// A text that is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is not a valid {kind} id; it looks like {kind}_…")]
pub struct ParseIdError {
    kind: &'static str,
}

macro_rules! wide_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(u128);

        impl $name {
            /// The id with these 128 bits.
            pub const fn new(bits: u128) -> Self { Self(bits) }
            /// The 128 bits of this id.
            pub const fn bits(self) -> u128 { self.0 }
            /// The id of this UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self { Self(uuid.as_u128()) }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), Uuid::from_u128(self.0).simple())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|rest| rest.len() == 32)
                    .and_then(|rest| Uuid::try_parse(rest).ok())
                    .map(Self::from_uuid)
                    .ok_or(ParseIdError { kind: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.to_be_bytes().serialize(serializer) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
                } else {
                    <[u8; 16]>::deserialize(deserializer).map(|bytes| Self(u128::from_be_bytes(bytes)))
                }
            }
        }
    )*};
}

wide_ids! {
    /// A person's account.
    AccountId = "acct";
    /// One purchase attempt; also the stem of every idempotency key sent to the payment provider.
    OrderId = "ord";
    /// One command of a client, from its `Idempotency-Key`; the same id means the same request.
    CommandId = "cmd";
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident($inner:ty) = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name($inner);

        impl $name {
            /// The id with this number.
            pub const fn new(number: $inner) -> Self { Self(number) }
            /// The number of this id.
            pub const fn get(self) -> $inner { self.0 }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, concat!($prefix, "_{}"), self.0) }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, f) }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            /// Only the printed form is accepted (no `+`, no leading zeros), so that one thing has one spelling.
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                text.strip_prefix(concat!($prefix, "_"))
                    .filter(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()))
                    .filter(|rest| !rest.starts_with('0') || *rest == "0")
                    .and_then(|rest| rest.parse().ok())
                    .map(Self)
                    .ok_or(ParseIdError { kind: $prefix })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() { serializer.collect_str(self) } else { self.0.serialize(serializer) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
                } else {
                    <$inner>::deserialize(deserializer).map(Self)
                }
            }
        }
    )*};
}

numbers! {
    /// A sale: one performance put on sale at one instant.
    SaleId(u32) = "sale";
    /// An organiser: who owns events, venues and sales.
    OrganiserId(u32) = "org";
    /// A venue with its seating plans.
    VenueId(u32) = "venue";
    /// An event: what is performed.
    EventId(u32) = "event";
    /// A performance: an event at a venue at a time.
    PerformanceId(u32) = "perf";
}

impl OrderId {
    /// A new order's id: a UUIDv8 that sorts by time and names its sale, so that any process can find the one
    /// writer that knows the order. Of `random`, 42 bits are used.
    ///
    /// ```text
    /// 48 bits milliseconds | 4 version | 12 random | 2 variant | 30 random | 32 sale
    /// ```
    pub fn mint(sale: SaleId, at: Timestamp, random: u64) -> Self {
        let millis = at.as_millis().max(0) as u128 & 0xFFFF_FFFF_FFFF;
        let (high, low) = (u128::from(random >> 30) & 0xFFF, u128::from(random) & 0x3FFF_FFFF);
        Self(millis << 80 | 8 << 76 | high << 64 | 2 << 62 | low << 32 | u128::from(sale.get()))
    }

    /// The sale this order belongs to.
    pub fn sale(self) -> SaleId {
        SaleId::new(self.0 as u32)
    }
}

/// A place in the line of one sale. The first is 1; a lower number came earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlaceNumber(pub u32);

/// A hold of one sale, numbered in the order in which holds were placed. The first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HoldNumber(pub u32);

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_as_written() {
        let order = OrderId::new(0x0190_0000_0000_7000_8000_0000_0000_0001);
        assert_eq!(order.to_string().parse(), Ok(order));
        assert_eq!("sale_12".parse(), Ok(SaleId::new(12)));
        assert_eq!(serde_json::to_string(&SaleId::new(12)).unwrap(), "\"sale_12\"");
    }

    #[test]
    fn an_order_names_its_sale_and_sorts_by_time() {
        let mint = |millis| OrderId::mint(SaleId::new(u32::MAX), Timestamp::from_millis(millis), u64::MAX);
        let (first, second) = (mint(1_800_000_000_000), mint(1_800_000_000_001));
        assert_eq!(first.sale(), SaleId::new(u32::MAX));
        assert!(first < second);
        let uuid = Uuid::from_u128(first.bits());
        assert_eq!((uuid.get_version_num(), uuid.get_variant()), (8, uuid::Variant::RFC4122));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        let account = AccountId::new(7).to_string();
        assert_eq!(account.parse::<OrderId>(), Err(ParseIdError { kind: "ord" }));
        assert!("sale_+1".parse::<SaleId>().is_err());
        assert!("sale_01".parse::<SaleId>().is_err(), "a second spelling of sale_1");
        assert_eq!("sale_0".parse(), Ok(SaleId::new(0)));
        assert!("sale_4294967296".parse::<SaleId>().is_err());
    }
}
