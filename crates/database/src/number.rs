//! Numbers as both databases have them.

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Any, Decode, Encode, Type};

/// A count or the number of an id, kept as a 64-bit integer; reading one that is negative or too large is an error, not
/// another number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(u32);

impl Number {
    /// The number itself.
    pub const fn get(self) -> u32 {
        self.0
    }

    /// What is kept as 0 or 1.
    pub const fn is_set(self) -> bool {
        self.0 != 0
    }
}

impl From<u32> for Number {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

impl From<bool> for Number {
    fn from(set: bool) -> Self {
        Self(u32::from(set))
    }
}

impl Type<Any> for Number {
    fn type_info() -> <Any as sqlx::Database>::TypeInfo {
        <i64 as Type<Any>>::type_info()
    }

    fn compatible(info: &<Any as sqlx::Database>::TypeInfo) -> bool {
        <i64 as Type<Any>>::compatible(info)
    }
}

impl<'row> Decode<'row, Any> for Number {
    fn decode(value: <Any as sqlx::Database>::ValueRef<'row>) -> Result<Self, BoxDynError> {
        Ok(Self(u32::try_from(<i64 as Decode<Any>>::decode(value)?)?))
    }
}

impl<'bound> Encode<'bound, Any> for Number {
    fn encode_by_ref(&self, buffer: &mut <Any as sqlx::Database>::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <i64 as Encode<Any>>::encode_by_ref(&i64::from(self.0), buffer)
    }
}
