//! More are let in for those who, as measured, will not show up.

use domain::{AccountId, Timestamp};
use sale::{Command, Pace, Recorded, Sale};

use crate::support;

struct Evening {
    sale: Sale,
    journal: Vec<Recorded>,
    now: Timestamp,
    joined: u128,
}

impl Evening {
    fn new(capacity: u32) -> Self {
        let mut settings = support::settings();
        settings.pace = Pace { capacity: Some(capacity), ..Pace::default() };
        let (sale, created) = Sale::create(settings, support::hall(&[1_000], 0), Timestamp::from_millis(0)).unwrap();
        let mut evening = Self { sale, journal: vec![created], now: Timestamp::from_millis(1_000), joined: 0 };
        evening.pass(0);
        evening
    }

    fn tell(&mut self, command: Command) {
        self.sale.handle(&command.into(), self.now, &mut self.journal).unwrap();
        assert_eq!(self.sale.broken_invariant(), None);
    }

    fn pass(&mut self, ms: u32) {
        self.now = self.now + domain::Duration::from_millis(ms);
        self.sale.advance(self.now, &mut self.journal);
    }

    fn join(&mut self, count: u32) {
        for _ in 0..count {
            self.joined += 1;
            self.tell(Command::Join { account: AccountId::new(self.joined) });
        }
    }

    /// So many of those let in show up and go; the others do not.
    fn observe(&mut self, present: u32, absent: u32) {
        for nth in 0..present + absent {
            self.join(1);
            if nth < present {
                let account = AccountId::new(self.joined);
                self.tell(Command::Enter { account });
                self.tell(Command::Leave { account });
            } else {
                self.pass(10_000);
            }
        }
        assert_eq!((self.sale.demand().present, self.sale.demand().absent), (present, absent));
    }

    fn inside(&self) -> u32 {
        self.sale.line().active()
    }
}

#[test]
fn of_those_expected_as_many_come_as_there_is_room_for() {
    let mut evening = Evening::new(40);
    evening.observe(80, 20);
    evening.join(100);
    assert_eq!(evening.inside(), 40, "off until it is asked for");
    evening.tell(Command::SetNoShowCorrection { on: true });
    assert_eq!(evening.inside(), 50, "four of five of them come");
    let first = evening.sale.line().cursor() - 49;
    for place in first..first + 40 {
        let account = evening.sale.line().owner(domain::PlaceNumber(place)).unwrap();
        evening.tell(Command::Enter { account });
    }
    assert_eq!(evening.inside(), 50, "all forty that fit have come: nobody more");
    evening.pass(10_000);
    assert_eq!(evening.inside(), 40, "the others did not come");
    let replayed = support::replayed(&evening.journal);
    assert_eq!(replayed.state_hash(), evening.sale.state_hash());
    evening.tell(Command::SetNoShowCorrection { on: false });
    assert_eq!(evening.inside(), 40);
}

#[test]
fn fifty_turns_must_be_known_and_half_of_the_capacity_is_the_most() {
    let mut evening = Evening::new(10);
    evening.tell(Command::SetNoShowCorrection { on: true });
    evening.observe(0, 49);
    evening.join(100);
    assert_eq!(evening.inside(), 10);
    evening.pass(10_000);
    assert_eq!(evening.inside(), 15, "nobody ever came, and yet it is not twenty");
}
