//! The world around the sale: everything that happens, and who it happens to.

pub(crate) mod clock;
pub(crate) mod device;
pub(crate) mod dice;
pub(crate) mod faults;
pub(crate) mod frames;
pub(crate) mod network;
pub(crate) mod provider;
pub(crate) mod reader;
pub(crate) mod relay;
pub(crate) mod saga;
pub(crate) mod storage;
pub(crate) mod writer;

use std::sync::Arc;

use domain::{Currency, OrderId, Timestamp};
use journal::{Journal, JournalError};
use payments::checkout::call::Answer;
use sale::Sale;

use crate::checks::Tally;
use crate::checks::history::History;
use crate::workload::Crowd;
use crate::{Options, Sabotage};
use clock::Clock;
use dice::Dice;
use faults::Faults;
use network::{Message, Network, Reply};
use provider::Provider;
use provider::webhooks::Delivery;
use reader::Reader;
use relay::Relay;
use saga::{Asked, Saga};
use storage::{Fate, Storage};
use writer::Writers;
use writer::batch::Batch;

/// The currency of every simulated sale.
pub(crate) const CURRENCY: Currency = Currency::from_code(*b"EUR");

/// Something that happens at an instant.
#[derive(Debug, Clone)]
pub(crate) enum Happening {
    /// A request reaches the writer of this epoch.
    Arrives { epoch: u32, message: Message },
    /// An answer reaches its client.
    Answered(Box<Reply>),
    /// The journal comes to a batch.
    Commits { epoch: u32, ticket: u64, is_late: bool },
    /// A writer hears what became of its batch.
    Committed { epoch: u32, result: Result<(), JournalError> },
    /// The writer's next deadline.
    Wakes { epoch: u32 },
    /// A new writer reads the journal.
    Recovers { epoch: u32 },
    /// A paused writer goes on.
    Resumes { epoch: u32 },
    /// A lease has not been renewed.
    LeaseEnds { epoch: u32, until: Timestamp },
    /// A gateway hears who writes now.
    GatewayLearns { gateway: u32, epoch: u32 },
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
    Webhook(Box<Delivery>),
    /// Money is sent back at the provider.
    MerchantRefunds { order: OrderId },
    /// The provider tells of it, again.
    MerchantTells { order: OrderId },
    /// The saga takes up an order.
    SagaTurns { epoch: u32, order: OrderId },
    /// The saga looks through all orders.
    SagaSweeps { epoch: u32 },
    /// The saga starts again after a crash.
    SagaStarts { epoch: u32 },
    /// A call reaches the provider.
    ProviderCalled { asked: Box<Asked>, is_awaited: bool },
    /// The provider's answer reaches the saga.
    ProviderAnswers { asked: Box<Asked>, answer: Box<Answer> },
    /// A relay reads on.
    RelayTurns { index: u32, turn: u32 },
    /// Events reach a reader.
    Delivered { index: u32, epoch: u32, first: u64, checksums: Vec<u32> },
    /// A receipt reaches its relay.
    Receipt { index: u32, epoch: u32, through: u64 },
}

/// Everything.
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) dice: Dice,
    pub(crate) faults: Faults,
    pub(crate) network: Network,
    pub(crate) storage: Arc<Storage>,
    pub(crate) writers: Writers,
    pub(crate) reader: Reader,
    pub(crate) relays: Vec<Relay>,
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
    /// How far the wall clock of the engines' machines is ahead of true time.
    pub(crate) wall_ahead_ms: i64,
    /// Requests sent without a key.
    pub(crate) told: u32,
    pub(crate) orders_made: u64,
}

impl World {
    /// The world of a seed, a moment before anything happens.
    ///
    /// # Errors
    /// The sale cannot be created.
    pub(crate) fn new(seed: u64, options: &Options) -> Result<Self, domain::Problem> {
        let mut dice = Dice::new(seed);
        let faults = Faults::of_seed(&mut dice, options.without);
        let (settings, plan) = crate::workload::hall::of_seed(&mut dice);
        let crowd = Crowd::of_seed(&mut dice, options.fans_max);
        let clock = Clock::default();
        let (mut sale, created) = Sale::create(settings, plan, clock.now())?;
        let mut first = vec![created];
        let seed_of_draw = crate::workload::draw::promise(&mut sale, &mut Dice::new(!seed), &mut first)?;
        let sabotage = options.sabotage;
        let storage = Storage::new(sabotage == Some(Sabotage::NoFence), sabotage == Some(Sabotage::NeverSync));
        let begun = first.len() as u64;
        begin(&storage, first)?;
        let mut world = Self {
            clock,
            dice,
            faults,
            network: Network::default(),
            storage,
            writers: Writers::default(),
            reader: Reader::after(sale, begun),
            relays: relay::relays(),
            saga: Saga::default(),
            provider: Provider::default(),
            crowd,
            history: History::default(),
            tally: Tally::default(),
            sabotage,
            is_calm: false,
            calm_at: Timestamp::from_millis(0),
            wall_ahead_ms: 0,
            told: 0,
            orders_made: 0,
        };
        world.recovers(0);
        world.start_saga();
        world.relays_hear();
        world.crowd_comes();
        if let Some(seed) = seed_of_draw {
            world.clock.at(world.reader.sale.settings().opens_at, Happening::HostDraws { seed });
        }
        Ok(world)
    }

    /// Has one thing happen.
    pub(crate) fn happens(&mut self, happening: Happening) {
        match happening {
            Happening::Arrives { epoch, message } => self.arrives(epoch, message),
            Happening::Answered(reply) => self.answered(*reply),
            Happening::Commits { epoch, ticket, is_late } => self.commits(epoch, ticket, is_late),
            Happening::Committed { epoch, result } => self.committed(epoch, result),
            Happening::Wakes { epoch } => self.wakes(epoch),
            Happening::Recovers { epoch } => self.recovers(epoch),
            Happening::Resumes { epoch } => self.resumes(epoch),
            Happening::LeaseEnds { epoch, until } => self.lease_ends(epoch, until),
            Happening::GatewayLearns { gateway, epoch } => self.gateway_learns(gateway, epoch),
            Happening::FanActs { fan } => self.fan_acts(fan),
            Happening::FanRetries { fan, number } => self.fan_retries(fan, number),
            Happening::FanPays { order } => self.fan_pays(order),
            Happening::FanGivesUp { order } => self.fan_gives_up(order),
            Happening::HostDraws { seed } => self.host_draws(seed),
            Happening::OrganiserActs => self.organiser_acts(),
            Happening::Webhook(delivery) => self.webhook_comes(&delivery),
            Happening::MerchantRefunds { order } => self.merchant_refunds(order),
            Happening::MerchantTells { order } => self.merchant_tells(order),
            Happening::SagaTurns { epoch, order } => self.saga_turns(epoch, order),
            Happening::SagaSweeps { epoch } => self.sweep(epoch),
            Happening::SagaStarts { epoch } if epoch == self.saga.epoch => self.start_saga(),
            Happening::SagaStarts { .. } => {}
            Happening::ProviderCalled { asked, is_awaited } => self.provider_called(asked, is_awaited),
            Happening::ProviderAnswers { asked, answer } => self.provider_answers(*asked, &answer),
            Happening::RelayTurns { index, turn } => self.relay_turns(index, turn),
            Happening::Delivered { index, epoch, first, checksums } => self.delivered(index, epoch, first, &checksums),
            Happening::Receipt { index, epoch, through } => self.receipt(index, epoch, through),
        }
    }

    /// The faults stop, and nobody new comes.
    pub(crate) fn calm_down(&mut self) {
        self.is_calm = true;
        self.calm_at = self.clock.now();
        self.faults.stop();
        self.calm_writers();
        self.calm_network();
        self.start_saga();
        self.organiser_acts();
    }
}

/// The first events of a sale.
fn begin(storage: &Storage, events: Vec<sale::Recorded>) -> Result<(), domain::Problem> {
    let impossible = |_| domain::Problem::new("sale_invalid", "The first event cannot be encoded.");
    let batch = Batch { events, ..Batch::from(1) }.encode().map_err(impossible)?;
    storage.append(batch, Box::new(|_| {}));
    storage.finish(storage.ticket(), Fate::Durable);
    storage.synced();
    Ok(())
}
