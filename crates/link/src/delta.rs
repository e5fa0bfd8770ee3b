//! How a view changed: scalars whole, bitmaps as the words or bytes that differ.

use std::sync::Arc;

use domain::limits;
use sale::line::ranked_bits::RankedBits;
use sale::{SaleView, Stock};
use serde::{Deserialize, Serialize};

use crate::error::LinkError;

/// Words of the bitmap of those who left, at most.
const LEFT_WORDS_MAX: usize = (limits::PLACES_MAX as usize).div_ceil(64);
/// Bytes of the seats' states, at most: four to a byte.
const SEATS_BYTES_MAX: usize = limits::PLAN_SEATS_MAX.div_ceil(4);

/// How a list changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListDelta<T> {
    /// Not at all.
    Same,
    /// More than a quarter of it: here it is.
    Whole(Vec<T>),
    /// In these entries; what is new and not named is zero.
    Changed {
        /// Of the list as it is now.
        length: u32,
        /// How many entries after the change before it each one lies, and what it is now.
        changes: Vec<(u32, T)>,
    },
}

impl<T: Copy + Default + PartialEq> ListDelta<T> {
    /// What makes `after` of `before`.
    pub fn between(before: &[T], after: &[T]) -> Self {
        if before == after {
            return Self::Same;
        }
        let enough = after.len() / 4;
        let (mut changes, mut next) = (Vec::new(), 0);
        for (index, now) in after.iter().enumerate() {
            if before.get(index).copied().unwrap_or_default() == *now {
                continue;
            }
            if changes.len() >= enough {
                return Self::Whole(after.to_vec());
            }
            changes.push(((index - next) as u32, *now));
            next = index + 1;
        }
        Self::Changed { length: after.len() as u32, changes }
    }

    /// The list as it is now; `None` if it is as before.
    ///
    /// # Errors
    /// It would be longer than `length_max`, or a change lies outside of it.
    pub fn apply(self, before: &[T], length_max: usize) -> Result<Option<Vec<T>>, LinkError> {
        const TOO_LONG: LinkError = LinkError::Breach("a list of a view is too long");
        match self {
            Self::Same => Ok(None),
            Self::Whole(list) if list.len() <= length_max => Ok(Some(list)),
            Self::Whole(_) => Err(TOO_LONG),
            Self::Changed { length, changes } => {
                let length = length as usize;
                if length > length_max {
                    return Err(TOO_LONG);
                }
                let mut list = before[..before.len().min(length)].to_vec();
                list.resize(length, T::default());
                let mut next = 0usize;
                for (after, value) in changes {
                    let index = next.saturating_add(after as usize);
                    let entry = list.get_mut(index).ok_or(LinkError::Breach("a change lies outside of its list"))?;
                    *entry = value;
                    next = index + 1;
                }
                Ok(Some(list))
            }
        }
    }
}

/// How a view changed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ViewDelta {
    /// The version this builds on; `None` if on nothing.
    pub before: Option<u64>,
    /// The view as it is now, without the lists that follow.
    pub now: SaleView,
    /// Who left while waiting.
    pub left: ListDelta<u64>,
    /// The seats' states.
    pub seats: ListDelta<u8>,
    /// The counted areas; `None` if as before.
    pub areas: Option<Vec<Stock>>,
}

impl ViewDelta {
    /// What makes `after` of `before`, or of nothing.
    pub fn between(before: Option<&SaleView>, after: &SaleView) -> Self {
        let left = match before {
            Some(before) if Arc::ptr_eq(&before.left, &after.left) => ListDelta::Same,
            Some(before) => ListDelta::between(before.left.words(), after.left.words()),
            None => ListDelta::Whole(after.left.words().to_vec()),
        };
        let seats = match before {
            Some(before) if Arc::ptr_eq(&before.seats, &after.seats) => ListDelta::Same,
            Some(before) => ListDelta::between(&before.seats, &after.seats),
            None => ListDelta::Whole(after.seats.to_vec()),
        };
        let mut now = after.clone();
        let areas = std::mem::take(&mut now.areas);
        let areas = before.is_none_or(|before| before.areas != areas).then_some(areas);
        Self { before: before.map(|before| before.version), now, left, seats, areas }
    }

    /// The view as it is now. What did not change is shared with the one before.
    ///
    /// # Errors
    /// This does not build on `before`, or is not sound.
    pub fn apply(self, before: Option<&SaleView>) -> Result<SaleView, LinkError> {
        // What builds on nothing replaces whatever was known.
        let before = before.filter(|_| self.before.is_some());
        if self.before != before.map(|before| before.version) {
            return Err(LinkError::Breach("a view builds on another than the one before"));
        }
        let mut view = self.now;
        let words = before.map_or(&[][..], |before| before.left.words());
        view.left = match self.left.apply(words, LEFT_WORDS_MAX)? {
            Some(words) => Arc::new(RankedBits::from_words(words)),
            None => before.map(|before| Arc::clone(&before.left)).unwrap_or_default(),
        };
        let bytes = before.map_or(&[][..], |before| &before.seats);
        view.seats = match self.seats.apply(bytes, SEATS_BYTES_MAX)? {
            Some(bytes) => Arc::from(bytes),
            None => before.map(|before| Arc::clone(&before.seats)).unwrap_or_default(),
        };
        view.areas = self.areas.or_else(|| before.map(|before| before.areas.clone())).unwrap_or_default();
        Ok(view)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn travel<T: Copy + Default + PartialEq + Serialize + serde::de::DeserializeOwned>(
        before: &[T],
        after: &[T],
    ) -> Vec<T> {
        let bytes = postcard::to_stdvec(&ListDelta::between(before, after)).unwrap();
        let delta: ListDelta<T> = postcard::from_bytes(&bytes).unwrap();
        delta.apply(before, 1_000).unwrap().unwrap_or_else(|| before.to_vec())
    }

    proptest! {
        #[test]
        fn what_was_sent_is_what_arrives(
            before in prop::collection::vec(0u64..3, 0..200),
            changes in prop::collection::vec((0usize..200, any::<u64>()), 0..60),
            length in 0usize..220,
        ) {
            let mut after = before.clone();
            after.resize(length, 0);
            for (index, value) in changes {
                if let Some(entry) = after.get_mut(index) { *entry = value; }
            }
            prop_assert_eq!(travel(&before, &after), after);
        }

        #[test]
        fn bytes_of_anybody_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(delta) = postcard::from_bytes::<ListDelta<u8>>(&bytes) {
                let length = delta.apply(&[1, 2, 3], 100).ok().flatten().map_or(0, |list| list.len());
                prop_assert!(length <= 100);
            }
        }
    }

    #[test]
    fn few_changes_cost_few_bytes() {
        let before = vec![0u64; 15_625];
        let mut after = before.clone();
        after[15_000] = 1;
        let delta = ListDelta::between(&before, &after);
        assert!(postcard::to_stdvec(&delta).unwrap().len() < 16, "one word of a million places");
        after.iter_mut().step_by(3).for_each(|word| *word = 1);
        assert!(matches!(ListDelta::between(&before, &after), ListDelta::Whole(_)), "a third of it");
    }

    #[test]
    fn a_list_beyond_its_bound_is_a_breach() {
        let grown = ListDelta::<u8>::Changed { length: u32::MAX, changes: vec![] };
        assert!(grown.apply(&[], 100).is_err());
        assert!(ListDelta::Whole(vec![0u8; 101]).apply(&[], 100).is_err());
        let outside = ListDelta::Changed { length: 10, changes: vec![(9, 1u8), (0, 1)] };
        assert!(outside.apply(&[], 100).is_err());
    }
}
