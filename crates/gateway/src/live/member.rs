//! What is known of one live connection. There is one of these per connection, so it is small.

use std::time::Duration;

use crowd::Next;
use domain::{AccountId, OrderId, PlaceNumber};
use sale::{OrderView, PlaceStage, PlaceView};

use super::own::NEAR;
use crate::desk;

/// Messages a client may send within [`WINDOW`].
const MESSAGES_MAX: u8 = 50;
const WINDOW: Tenths = 100;
/// How often one who is inside or near the front is looked at again, and whether the session still counts.
const CHECK_NEAR: Tenths = 250;
/// How often everybody else is: nothing happens to them that would not be told, and a check asks the engine twice.
const CHECK_FAR: Tenths = 18_000;

/// Tenths of a second since the room was opened. Enough for thirteen years.
pub(super) type Tenths = u32;

/// One live connection.
pub(super) struct Member {
    pub(super) account: Option<AccountId>,
    pub(super) token: Option<Box<str>>,
    pub(super) greeted: bool,
    pub(super) wants_seats: bool,
    /// The place and the order were looked at.
    pub(super) looked: bool,
    /// The writer did not answer the last time.
    pub(super) unanswered: bool,
    /// How often everybody was asked to look again when this one last did.
    pub(super) round: u32,
    /// The seats it has.
    pub(super) version: u64,
    waits: bool,
    quiet: bool,
    said: u8,
    number: PlaceNumber,
    ahead: u32,
    moved: Tenths,
    checked: Tenths,
    window: Tenths,
    /// What was last told, unless it is only waiting: then the two numbers say everything.
    told: Option<Box<desk::Own>>,
}

impl Member {
    pub(super) fn new(account: Option<AccountId>, token: Option<Box<str>>, wants_seats: bool) -> Self {
        Self {
            account,
            token,
            greeted: false,
            wants_seats,
            looked: false,
            unanswered: false,
            round: 0,
            version: 0,
            waits: false,
            quiet: false,
            said: 0,
            number: PlaceNumber(0),
            ahead: 0,
            moved: 0,
            checked: 0,
            window: 0,
            told: None,
        }
    }

    /// Counts a message; false if that was too many.
    pub(super) fn may_say(&mut self, at: Tenths) -> bool {
        if at - self.window > WINDOW {
            (self.window, self.said) = (at, 0);
        }
        self.said = self.said.saturating_add(1);
        self.said <= MESSAGES_MAX
    }

    /// Nobody looks any more, or again: then the position is due at once.
    pub(super) fn set_quiet(&mut self, quiet: bool) {
        if self.quiet && !quiet {
            self.moved = 0;
        }
        self.quiet = quiet;
    }

    /// The place and the order as last told.
    pub(super) fn own(&self) -> desk::Own {
        match &self.told {
            Some(told) => desk::Own::clone(told),
            None if self.waits => (Some(waiting(self.number, self.ahead)), None),
            None => (None, None),
        }
    }

    /// Remembers what was told.
    pub(super) fn set_own(&mut self, own: desk::Own, at: Tenths) {
        (self.looked, self.unanswered, self.moved) = (true, false, at);
        let place = own.0.as_ref();
        self.waits = place.is_some_and(|place| place.stage == PlaceStage::Waiting);
        (self.number, self.ahead) = place.map_or((PlaceNumber(0), 0), |place| (place.number, place.ahead));
        let says_everything = place.is_none_or(|place| *place == waiting(place.number, place.ahead)) && own.1.is_none();
        self.told = (!says_everything).then(|| Box::new(own));
    }

    /// The order that was told.
    pub(super) fn order(&self) -> Option<OrderId> {
        self.told.as_ref().and_then(|told| told.1.as_ref()).map(|order: &OrderView| order.id)
    }

    /// Whose position is worth a look by now.
    pub(super) fn moving(&self, at: Tenths, per_second: u32) -> Option<PlaceNumber> {
        // In the lobby nobody has a number yet, and nothing moves.
        (self.moves() && at + 1 >= self.moved + self.patience(per_second)).then_some(self.number)
    }

    /// Somebody else finds out where it stands now.
    pub(super) fn put_off(&mut self, at: Tenths) {
        self.moved = at;
    }

    /// Takes a new position; the place to tell if it has come nearer. While the link to the engine stalls, the view may
    /// be older than what the engine has answered.
    pub(super) fn set_ahead(&mut self, ahead: u32, at: Tenths) -> Option<PlaceView> {
        self.moved = at;
        if ahead >= self.ahead {
            return None;
        }
        self.ahead = ahead;
        if let Some(place) = self.told.as_mut().and_then(|told| told.0.as_mut()) {
            place.ahead = ahead;
            return Some(place.clone());
        }
        Some(waiting(self.number, ahead))
    }

    /// It is time to look whether everything still is as it was told.
    pub(super) fn is_unchecked(&self, at: Tenths) -> bool {
        at + 1 >= self.checked + self.check_every()
    }

    pub(super) fn set_checked(&mut self, at: Tenths) {
        self.checked = at;
    }

    /// When something is due again.
    pub(super) fn next(&self, at: Tenths, per_second: u32) -> Next {
        if self.account.is_none() {
            return Next::Never;
        }
        let mut due = self.checked + self.check_every();
        if self.moves() {
            due = due.min(self.moved + self.patience(per_second));
        }
        Next::In(Duration::from_millis(u64::from(due.saturating_sub(at).max(1)) * 100))
    }

    fn moves(&self) -> bool {
        self.waits && self.number.0 > 0 && !self.quiet
    }

    /// How long until the position is worth another look: the nearer the front, the sooner.
    fn patience(&self, per_second: u32) -> Tenths {
        u32::try_from(super::own::patience(self.ahead, per_second).as_millis() / 100).unwrap_or(CHECK_FAR)
    }

    fn check_every(&self) -> Tenths {
        let near = self.told.is_some() || (self.waits && self.number.0 > 0 && self.ahead <= NEAR);
        if near || self.unanswered || !self.looked { CHECK_NEAR } else { CHECK_FAR }
    }
}

/// The place of one who waits, and nothing else.
fn waiting(number: PlaceNumber, ahead: u32) -> PlaceView {
    PlaceView { number, stage: PlaceStage::Waiting, ahead, deadline: None, hold: None, order: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member() -> Member {
        Member::new(Some(AccountId::new(1)), None, false)
    }

    #[test]
    fn a_member_is_small() {
        assert!(size_of::<Member>() <= 112, "{}", size_of::<Member>());
    }

    #[test]
    fn who_only_waits_keeps_nothing_but_numbers() {
        let (mut member, own) = (member(), (Some(waiting(PlaceNumber(9), 5)), None));
        member.set_own(own.clone(), 10);
        assert!(member.told.is_none());
        assert_eq!(member.own(), own);
        assert_eq!(member.set_ahead(5, 20), None);
        assert_eq!(member.set_ahead(4, 30), Some(waiting(PlaceNumber(9), 4)));
        assert_eq!(member.set_ahead(5, 40), None, "a view that is older than what was told");
        let inside = PlaceView { stage: PlaceStage::Admitted, ..waiting(PlaceNumber(9), 0) };
        member.set_own((Some(inside.clone()), None), 40);
        assert_eq!((member.own(), member.moving(1_000, 50)), ((Some(inside), None), None));
    }

    #[test]
    fn the_nearer_the_front_the_more_often() {
        let mut member = member();
        for (ahead, tenths) in [(0, 10), (20_000, 15), (100_000, 300), (1_000_000, 3_000)] {
            member.set_own((Some(waiting(PlaceNumber(2_000_000), ahead)), None), 0);
            member.set_checked(0);
            assert_eq!(member.next(0, 0), Next::In(Duration::from_millis(tenths * 100)));
            assert!(member.moving(tenths as u32 - 2, 0).is_none() && member.moving(tenths as u32, 0).is_some());
        }
        assert!(!member.is_unchecked(17_900) && member.is_unchecked(18_000));
        assert_eq!(Member::new(None, None, false).next(0, 0), Next::Never);
    }

    #[test]
    fn who_comes_near_the_front_is_told_then_and_not_later() {
        let mut member = member();
        // 5,000 people more and it is near; at 500 a second that is in ten seconds.
        member.set_own((Some(waiting(PlaceNumber(2_000_000), 25_000)), None), 0);
        member.set_checked(0);
        assert_eq!(member.next(0, 500), Next::In(Duration::from_secs(10)));
        assert!(member.moving(98, 500).is_none() && member.moving(100, 500).is_some());
        member.set_own((Some(waiting(PlaceNumber(2_000_000), 20_001)), None), 0);
        assert_eq!(member.next(0, 500), Next::In(Duration::from_millis(1_500)));
    }

    #[test]
    fn nobody_is_told_positions_while_nobody_looks() {
        let mut member = member();
        member.set_own((Some(waiting(PlaceNumber(9), 5)), None), 10);
        member.set_quiet(true);
        assert_eq!(member.moving(1_000, 50), None);
        assert!(member.is_unchecked(1_000), "the turn and the session are still looked after");
        member.set_quiet(false);
        assert_eq!(member.moving(1_000, 50), Some(PlaceNumber(9)));
    }

    #[test]
    fn messages_are_counted_per_window() {
        let mut member = member();
        assert!((0..50).all(|at| member.may_say(at)));
        assert!(!member.may_say(100));
        assert!(member.may_say(101));
    }
}
