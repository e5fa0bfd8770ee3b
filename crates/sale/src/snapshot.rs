//! The whole state in bytes: for a faster start, and for a hash that two replays must agree on.
//!
//! The form is canonical (everything that is a map inside is sorted here), so equal states give equal bytes.

use std::sync::Arc;

use domain::{AccountId, PlaceNumber, SeatingPlan, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::admission::Throttle;
use crate::announcement::Announcement;
use crate::event::ReleaseReason;
use crate::floor::{Counts, Floor, SeatState};
use crate::idempotency::{Answers, Outcome, RequestKey};
use crate::line::odds::Demand;
use crate::line::{Line, PlaceStage};
use crate::lobby::{Lobby, LobbyForm};
use crate::orders::{Order, Orders};
use crate::settings::Settings;
use crate::shoppers::{Shopper, Shoppers};
use crate::state::{Sale, Stage, Totals, Window};
use crate::tickets::TicketRecord;

/// The version of the form below. Another one is refused, and the sale is replayed from its events.
///
/// Version 2 counts demand, which a snapshot of version 1 lacks and only the events can tell.
const VERSION: u16 = 2;

/// A snapshot that cannot be used. The events remain; only time is lost.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Made by another version of the program.
    #[error("the snapshot has version {found}, this program reads version {VERSION}")]
    Version {
        /// Its version.
        found: u16,
    },
    /// Not a snapshot, or a damaged one.
    #[error("the snapshot cannot be read: {0}")]
    Damaged(#[from] postcard::Error),
}

#[derive(Serialize, Deserialize)]
struct Form {
    version: u16,
    settings: Box<Settings>,
    plan: Box<SeatingPlan>,
    stage: Stage,
    released: Option<ReleaseReason>,
    window: Window,
    last_hold: u32,
    last_at: Timestamp,
    totals: Totals,
    accounts: Vec<AccountId>,
    stages: Vec<PlaceStage>,
    cursor: u32,
    admitted_total: u32,
    shoppers: Vec<(PlaceNumber, Shopper)>,
    seats: Vec<SeatState>,
    areas: Vec<Counts>,
    orders: Vec<Order>,
    tickets: Vec<TicketRecord>,
    answers: Vec<(Timestamp, RequestKey, Outcome)>,
    lobby: LobbyForm,
    throttle: Throttle,
    demand: Demand,
    announcement: Option<Arc<Announcement>>,
}

impl Sale {
    /// The state in bytes.
    pub fn to_snapshot(&self) -> Vec<u8> {
        let (accounts, stages, cursor, admitted_total) = self.line.dump();
        let form = Form {
            version: VERSION,
            settings: self.settings.clone(),
            plan: Box::new(self.floor.plan().clone()),
            stage: self.stage,
            released: self.released,
            window: self.window,
            last_hold: self.last_hold,
            last_at: self.last_at,
            totals: self.totals,
            accounts: accounts.iter().collect(),
            stages: stages.to_vec(),
            cursor,
            admitted_total,
            shoppers: self.shoppers.sorted().into_iter().map(|(place, it)| (place, it.clone())).collect(),
            seats: self.floor.seats().to_vec(),
            areas: self.floor.areas().to_vec(),
            orders: self.orders.all().to_vec(),
            tickets: self.tickets.clone(),
            answers: self.answers.dump(),
            lobby: self.lobby.dump(),
            throttle: self.throttle,
            demand: self.demand,
            announcement: self.announcement.clone(),
        };
        // Writing plain data into memory has no way to fail; an empty snapshot is refused on reading.
        postcard::to_stdvec(&form).unwrap_or_default()
    }

    /// The state a snapshot holds.
    ///
    /// # Errors
    /// The bytes are not a snapshot of this version.
    pub fn from_snapshot(bytes: &[u8]) -> Result<Self, SnapshotError> {
        let (found, _) = postcard::take_from_bytes::<u16>(bytes)?;
        if found != VERSION {
            return Err(SnapshotError::Version { found });
        }
        let form: Form = postcard::from_bytes(bytes)?;
        let mut shoppers = Shoppers::default();
        for (place, shopper) in form.shoppers {
            shoppers.insert(place, shopper);
        }
        let mut orders = Orders::default();
        for order in form.orders {
            orders.push(order);
        }
        Ok(Self {
            settings: form.settings,
            stage: form.stage,
            released: form.released,
            line: Line::load(form.accounts, form.stages, form.cursor, form.admitted_total),
            shoppers,
            floor: Floor::load(form.plan, form.seats, form.areas),
            orders,
            tickets: form.tickets,
            answers: Answers::load(form.answers),
            window: form.window,
            last_hold: form.last_hold,
            last_at: form.last_at,
            totals: form.totals,
            lobby: Lobby::load(form.lobby),
            throttle: form.throttle,
            demand: form.demand,
            announcement: form.announcement,
        })
    }

    /// SHA-256 of the state: replaying a journal must give the hash of the live sale.
    pub fn state_hash(&self) -> [u8; 32] {
        Sha256::digest(self.to_snapshot()).into()
    }
}
