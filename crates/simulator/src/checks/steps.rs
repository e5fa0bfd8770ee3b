//! What is checked at every step of the writer, and what now and then.

use domain::AccountId;
use sale::{Event, Recorded, Sale};

use crate::Invariant;
use crate::world::World;

impl World {
    /// Cheap enough for every step.
    pub(crate) fn check_step(&mut self, epoch: u32) {
        let Some(sale) = self.writers.sale(epoch) else { return };
        let (sum, capacity) = (sale.floor().total().sum(), sale.floor().plan().capacity());
        let line = sale.line();
        let everybody = line.waiting() + line.active() <= line.last_number() && line.cursor() <= line.last_number();
        self.tally.require(Invariant::Oversell, sum == capacity, || format!("{sum} places of {capacity}"));
        self.tally.require(Invariant::Order, everybody, || "more people than places".into());
    }

    /// Everything about the present state, live and durable.
    pub(crate) fn check_state(&mut self) {
        let broken = self.writers.holder().and_then(|writer| writer.sale.broken_invariant());
        let broken = broken.or_else(|| self.reader.sale.broken_invariant());
        self.tally.looked(Invariant::Oversell);
        if let Some(broken) = broken {
            self.tally.report(Invariant::Oversell, || broken);
        }
    }

    /// The order of the line can be drawn again from what is published.
    pub(crate) fn check_draw(&mut self, journal: &Sale) {
        let broken = journal.draw_record().and_then(|record| record.verify().err());
        self.tally.require(Invariant::Order, broken.is_none(), || format!("the draw cannot be repeated: {broken:?}"));
    }

    /// Places were given in the order in which the requests arrived.
    pub(crate) fn check_arrival_order(&mut self, events: &[Recorded], arrived: &[AccountId]) {
        let given = events.iter().filter_map(|recorded| match &recorded.event {
            Event::Joined { accounts, .. } | Event::LobbyJoined { accounts } => Some(accounts.iter()),
            _ => None,
        });
        let in_order = given.flatten().eq(arrived.iter());
        self.tally.require(Invariant::Order, in_order, || "places were not given in arrival order".into());
    }
}
