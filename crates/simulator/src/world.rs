//! The world around the sale: everything that happens, and who it happens to.

pub(crate) mod clock;
pub(crate) mod dice;
pub(crate) mod disk;
pub(crate) mod faults;
pub(crate) mod network;
pub(crate) mod provider;
pub(crate) mod reader;
pub(crate) mod saga;
pub(crate) mod writer;

use domain::{Currency, OrderId, Timestamp};
use payments::checkout::Step;
use sale::{Command, Sale};

use crate::Sabotage;
use crate::checks::Tally;
use crate::checks::history::History;
use crate::workload::Crowd;
use clock::Clock;
use dice::Dice;
use disk::Disk;
use faults::Faults;
use network::{Message, Reply};
use provider::Provider;
use reader::Reader;
use saga::Saga;
use writer::Writer;

/// The currency of every simulated sale.
pub(crate) const CURRENCY: Currency = Currency::from_code(*b"EUR");

/// Something that happens at an instant.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    /// A request reaches the writer.
    Arrives(Message),
    /// An answer reaches its client.
    Answered(Box<Reply>),
    /// The disk is done with a batch.
    Commits { epoch: u32 },
    /// The writer's next deadline.
    Wakes { epoch: u32 },
    /// A new writer reads the journal.
    Recovers { epoch: u32 },
    /// A fan looks at the screen and does something.
    FanActs { fan: u32 },
    /// A fan has waited long enough for an answer.
    FanRetries { fan: u32, number: u32 },
    /// A fan presses the button of the payment page.
    FanPays { order: OrderId },
    /// A fan gives up on the payment page.
    FanGivesUp { order: OrderId },
    /// The host of a draw reveals its seed.
    HostDraws { seed: [u8; 32] },
    /// The organiser, or the gate, does something.
    OrganiserActs,
    /// A webhook reaches the shop.
    Webhook(Box<Command>),
    /// The saga takes up an order.
    SagaTurns { epoch: u32, order: OrderId },
    /// The saga looks through all orders.
    SagaSweeps { epoch: u32 },
    /// The saga starts again after a crash.
    SagaStarts { epoch: u32 },
    /// A call reaches the provider.
    ProviderCalled { epoch: u32, order: OrderId, step: Step },
    /// The provider's answer reaches the saga.
    ProviderAnswers { epoch: u32, order: OrderId, step: Step },
}

/// Everything.
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) dice: Dice,
    pub(crate) faults: Faults,
    pub(crate) disk: Disk,
    pub(crate) writer: Writer,
    pub(crate) reader: Reader,
    pub(crate) saga: Saga,
    pub(crate) provider: Provider,
    pub(crate) crowd: Crowd,
    pub(crate) history: History,
    pub(crate) tally: Tally,
    pub(crate) sabotage: Option<Sabotage>,
    /// The second phase: no faults, nobody new, everything comes to its end.
    pub(crate) is_calm: bool,
    /// When it began.
    pub(crate) calm_at: Timestamp,
    /// Requests sent without a key.
    pub(crate) told: u32,
    pub(crate) orders_made: u64,
}

impl World {
    /// The world of a seed, a moment before anything happens.
    ///
    /// # Errors
    /// The sale cannot be created.
    pub(crate) fn new(seed: u64, sabotage: Option<Sabotage>) -> Result<Self, domain::Problem> {
        let mut dice = Dice::new(seed);
        let faults = Faults::of_seed(&mut dice);
        let (settings, plan) = crate::workload::hall::of_seed(&mut dice);
        let crowd = Crowd::of_seed(&mut dice);
        let clock = Clock::default();
        let (mut sale, created) = Sale::create(settings, plan, clock.now())?;
        let mut disk = Disk::default();
        let mut journal = vec![created];
        let seed_of_draw = crate::workload::draw::promise(&mut sale, &mut Dice::new(!seed), &mut journal)?;
        let _ = disk.append(0, &journal);
        let mut world = Self {
            clock,
            dice,
            faults,
            disk,
            writer: Writer::default(),
            reader: Reader::after(sale, journal.len() as u64),
            saga: Saga::default(),
            provider: Provider::default(),
            crowd,
            history: History::default(),
            tally: Tally::default(),
            sabotage,
            is_calm: false,
            calm_at: Timestamp::from_millis(0),
            told: 0,
            orders_made: 0,
        };
        world.recovers(0);
        world.start_saga();
        world.crowd_comes();
        if let Some(seed) = seed_of_draw {
            world.clock.at(world.reader.sale.settings().opens_at, Happening::HostDraws { seed });
        }
        Ok(world)
    }

    /// Has one thing happen.
    pub(crate) fn happens(&mut self, happening: Happening) {
        match happening {
            Happening::Arrives(message) => self.arrives(message),
            Happening::Answered(reply) => self.answered(*reply),
            Happening::Commits { epoch } => self.commits(epoch),
            Happening::Wakes { epoch } => self.wakes(epoch),
            Happening::Recovers { epoch } => self.recovers(epoch),
            Happening::FanActs { fan } => self.fan_acts(fan),
            Happening::FanRetries { fan, number } => self.fan_retries(fan, number),
            Happening::FanPays { order } => self.fan_pays(order),
            Happening::FanGivesUp { order } => self.fan_gives_up(order),
            Happening::HostDraws { seed } => self.host_draws(seed),
            Happening::OrganiserActs => self.organiser_acts(),
            Happening::Webhook(command) => self.webhook_comes(*command),
            Happening::SagaTurns { epoch, order } => self.saga_turns(epoch, order),
            Happening::SagaSweeps { epoch } => self.sweep(epoch),
            Happening::SagaStarts { epoch } if epoch == self.saga.epoch => self.start_saga(),
            Happening::SagaStarts { .. } => {}
            Happening::ProviderCalled { epoch, order, step } => self.provider_called(epoch, order, step),
            Happening::ProviderAnswers { epoch, order, step } => self.provider_answers(epoch, order, step),
        }
    }

    /// The faults stop, and nobody new comes.
    pub(crate) fn calm_down(&mut self) {
        self.is_calm = true;
        self.calm_at = self.clock.now();
        self.faults.stop();
        if self.writer.sale.is_none() {
            self.crash_writer();
        }
        self.start_saga();
        self.organiser_acts();
    }
}
