//! What the journal says about the line: numbers without a gap, one account each, let in in their order.

use std::collections::HashMap;
use std::path::Path;

use domain::{AccountId, Problem};
use sale::event::ShopperEnd;
use sale::{Event, Recorded};

/// The line as the journal has it.
#[derive(Debug, Default)]
pub struct Journaled {
    accounts: Vec<AccountId>,
    latest: HashMap<AccountId, usize>,
    /// Accounts that were given a place while they had one.
    pub duplicated: u64,
    /// Places whose number does not follow on the one before.
    pub gaps: u64,
    /// Everybody up to this number was let in.
    pub admitted_through: u32,
    /// Admissions that do not go forward.
    pub backwards: u64,
    /// Those who were let in and did not come.
    pub absent: u64,
    /// Those of them who had not been let in, or twice.
    pub absent_wrong: u64,
    gone: Vec<bool>,
}

impl Journaled {
    /// Reads a journal with one sale, also one that a server is writing.
    ///
    /// # Errors
    /// `journal_unreadable`.
    pub fn read(path: &Path) -> Result<Self, Problem> {
        let mut line = Self::default();
        let read = journal::sqlite::read_file(path, |_, _, payload| {
            let recorded: Recorded = postcard::from_bytes(payload).map_err(|error| error.to_string())?;
            line.take(&recorded.event);
            Ok(())
        });
        read.map_err(|error| Problem::new("journal_unreadable", "The journal cannot be read.").internal(error))?;
        Ok(line)
    }

    fn take(&mut self, event: &Event) {
        match event {
            Event::Joined { first, accounts } => {
                self.gaps += u64::from(first.0 as usize != self.accounts.len() + 1);
                for account in accounts {
                    let before = self.latest.insert(*account, self.accounts.len());
                    // Whoever was let in and did not come may take a new place.
                    let has_one = before.and_then(|index| self.gone.get(index)).is_some_and(|gone| !gone);
                    self.duplicated += u64::from(has_one);
                    self.accounts.push(*account);
                    self.gone.push(false);
                }
            }
            Event::Admitted { through, .. } => {
                let forward = through.0 > self.admitted_through && through.0 as usize <= self.accounts.len();
                self.backwards += u64::from(!forward);
                self.admitted_through = self.admitted_through.max(through.0);
            }
            Event::TurnEnded { place, end: ShopperEnd::Absent } => {
                self.absent += 1;
                let slot = self.gone.get_mut((place.0 as usize).wrapping_sub(1));
                let in_order =
                    place.0 <= self.admitted_through && slot.is_some_and(|gone| !std::mem::replace(gone, true));
                self.absent_wrong += u64::from(!in_order);
            }
            _ => {}
        }
    }

    /// Places.
    pub fn places(&self) -> u32 {
        self.accounts.len() as u32
    }

    /// Everything that contradicts a line that was drained to its last place.
    pub fn drain_wrong(&self) -> u64 {
        let unreached = u64::from(self.places().abs_diff(self.admitted_through));
        let unended = u64::from(self.places()).abs_diff(self.absent);
        self.backwards + self.absent_wrong + unreached + unended
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{PlaceNumber, Timestamp};

    fn account(number: u128) -> AccountId {
        AccountId::new(number)
    }

    fn line(events: &[Event]) -> Journaled {
        let mut line = Journaled::default();
        events.iter().for_each(|event| line.take(event));
        line
    }

    fn joined(first: u32, accounts: &[u128]) -> Event {
        Event::Joined { first: PlaceNumber(first), accounts: accounts.iter().map(|number| account(*number)).collect() }
    }

    fn admitted(through: u32) -> Event {
        Event::Admitted { through: PlaceNumber(through), until: Timestamp::from_millis(0) }
    }

    fn absent(place: u32) -> Event {
        Event::TurnEnded { place: PlaceNumber(place), end: ShopperEnd::Absent }
    }

    #[test]
    fn a_line_that_was_drained_in_order_is_clean() {
        let line =
            line(&[joined(1, &[7, 8]), joined(3, &[9]), admitted(2), absent(2), absent(1), admitted(3), absent(3)]);
        assert_eq!((line.gaps, line.duplicated, line.drain_wrong(), line.places()), (0, 0, 0, 3));
    }

    #[test]
    fn gaps_doubles_and_places_that_were_passed_over_are_seen() {
        assert_eq!(line(&[joined(1, &[7]), joined(3, &[8])]).gaps, 1);
        assert_eq!(line(&[joined(1, &[7, 7])]).duplicated, 1);
        assert_eq!(line(&[joined(1, &[7]), admitted(1), absent(1), joined(2, &[7])]).duplicated, 0);
        // Number 3 was never reached, and number 2 ended before it was let in.
        assert!(line(&[joined(1, &[7, 8, 9]), admitted(1), absent(2), absent(1)]).drain_wrong() >= 3);
    }
}
