//! The organiser and the gate: pause, resume, block, unblock, refund, pace, check-in.

use domain::{Duration, SeatIndex};
use sale::command::Places;
use sale::{Command, OrderStage, Stage};

use super::hall;
use crate::world::network::Sender;
use crate::world::{Happening, World};

impl World {
    /// One action, and then a pause.
    pub(crate) fn organiser_acts(&mut self) {
        if self.is_calm {
            return self.organiser_resumes();
        }
        if let Some(command) = self.organiser_command() {
            self.tell(Sender::Organiser, command);
        }
        let pause = self.dice.span(100, self.crowd.organiser_pause_ms);
        self.clock.after(pause, Happening::OrganiserActs);
    }

    /// In the end the sale goes on, so that everybody's time can run out. A slow message may still bring a pause.
    fn organiser_resumes(&mut self) {
        let messages_arrived = self.clock.now() > self.calm_at + Duration::from_secs(60);
        if !messages_arrived || matches!(self.reader.sale.stage(), Stage::Paused { .. }) || !self.writers.are_idle() {
            self.tell(Sender::Organiser, Command::Resume);
            self.clock.after(Duration::from_secs(5), Happening::OrganiserActs);
        }
    }

    fn organiser_command(&mut self) -> Option<Command> {
        let paused = matches!(self.reader.sale.stage(), Stage::Paused { .. });
        Some(match self.dice.below(20) {
            _ if paused && self.dice.chance(600) => Command::Resume,
            0 => Command::Pause,
            1 | 2 => Command::Block { choice: self.some_seats() },
            3 | 4 => Command::Unblock { choice: self.some_seats() },
            5..9 => Command::RefundOrder { order: self.a_paid_order()? },
            9 => {
                let limit = self.reader.sale.settings().pace.admissions_max;
                let mut pace = hall::pace(&mut self.dice);
                // A sale that was limited may be opened further, never closed behind those who are in.
                pace.admissions_max = limit.map(|limit| limit + self.dice.below(50));
                Command::SetPace { pace }
            }
            10 => Command::Throttle { permille: self.dice.between(1, 10) as u16 * 100 },
            11 => Command::Announce { text: format!("Message {}", self.dice.below(3)) },
            _ => Command::CheckIn { serial: self.dice.between(1, self.reader.sale.tickets_issued()) },
        })
    }

    fn some_seats(&mut self) -> Places {
        let seats = self.reader.sale.floor().seats().len() as u32;
        let first = self.dice.below(seats);
        let count = self.dice.between(1, 3).min(seats - first);
        Places { seats: (first..first + count).map(SeatIndex).collect(), areas: vec![] }
    }

    fn a_paid_order(&mut self) -> Option<domain::OrderId> {
        let count = self.reader.sale.orders().all().len() as u32;
        let order = self.reader.sale.orders().at(self.dice.below(count))?;
        (order.stage == OrderStage::Paid).then_some(order.id)
    }
}
