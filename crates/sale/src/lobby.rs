//! The lobby: who came before the opening, until the draw gives them places.
//!
//! Who is in the lobby has no number yet. Those who came before the opening instant draw for the first numbers; those
//! who came after it, while the draw had not happened, follow in the order of arrival. Leaving gives the entry up;
//! coming back is a new arrival. After the draw nothing of it is kept but how many drew and the seed: the list follows
//! from the line.
//!
//! The settings are in a sale's first event, whose form never changes; the lobby is therefore set up by an event of its
//! own, `LobbySet`, until the first arrival. A sale with a lobby opens with its draw (`LineDrawn`, then `SaleOpened`) and
//! never without: an order to fall back to could be had by withholding the seed.

use domain::{AccountId, PlaceNumber, SaleId, Timestamp, limits};
use hashbrown::HashTable;
use serde::{Deserialize, Serialize};

use crate::answer::PlaceView;
use crate::line::draw::{self, ALGORITHM, DrawRecord, Hex};
use crate::line::ranked_bits::RankedBits;
use crate::line::{PlaceStage, hash};
use crate::state::{Sale, Stage};

/// So many entries that were given up are kept before they are swept out.
const GONE_KEPT_MIN: u32 = 1_024;

/// What was promised about the draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LobbyRules {
    /// SHA-256 of the seed.
    pub commitment: [u8; 32],
    /// From when on one may come.
    pub gathers_from: Timestamp,
}

/// Those who came early.
#[derive(Debug, Clone, Default)]
pub struct Lobby {
    rules: Option<LobbyRules>,
    seed: Option<[u8; 32]>,
    drawn: u32,
    accounts: Vec<AccountId>,
    gone: RankedBits,
    index: HashTable<u32>,
    /// So many of `accounts` came before the opening, gone or not.
    in_time: usize,
}

/// The lobby in a snapshot: without those who left.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LobbyForm {
    rules: Option<LobbyRules>,
    seed: Option<[u8; 32]>,
    drawn: u32,
    in_time: Vec<AccountId>,
    late: Vec<AccountId>,
}

impl Lobby {
    /// What was promised; `None` if this sale draws no order.
    pub fn rules(&self) -> Option<LobbyRules> {
        self.rules
    }

    /// The seed, once it is revealed and the order is drawn.
    pub fn seed(&self) -> Option<[u8; 32]> {
        self.seed
    }

    /// How many drew their places.
    pub fn drawn(&self) -> u32 {
        self.drawn
    }

    /// How many are in the lobby now.
    pub fn people(&self) -> u32 {
        self.index.len() as u32
    }

    /// Whether the account is in the lobby.
    pub fn holds(&self, account: AccountId) -> bool {
        self.find(account).is_some()
    }

    /// The sale has a lobby, and its order is not drawn.
    pub fn is_undrawn(&self) -> bool {
        self.rules.is_some() && self.seed.is_none()
    }

    /// Those who came before the opening instant, in the order of arrival.
    pub fn in_time(&self) -> impl Iterator<Item = AccountId> {
        self.present(0, self.in_time)
    }

    /// Those who came after it, in the order of arrival.
    pub fn late(&self) -> impl Iterator<Item = AccountId> {
        self.present(self.in_time, self.accounts.len())
    }

    /// Bytes on the heap.
    pub fn heap_bytes(&self) -> usize {
        self.accounts.capacity() * size_of::<AccountId>() + self.gone.heap_bytes() + self.index.allocation_size()
    }

    fn present(&self, from: usize, to: usize) -> impl Iterator<Item = AccountId> {
        (from..to).filter(|index| !self.gone.get(*index)).map(|index| self.accounts[index])
    }

    fn find(&self, account: AccountId) -> Option<u32> {
        self.index.find(hash(account), |index| self.accounts[*index as usize] == account).copied()
    }

    pub(crate) fn set(&mut self, rules: LobbyRules) {
        self.rules = Some(rules);
    }

    /// Appends an entry for an account that has none.
    pub(crate) fn push(&mut self, account: AccountId, in_time: bool) {
        let entry = self.accounts.len() as u32;
        self.accounts.push(account);
        self.in_time += usize::from(in_time);
        let Self { index, accounts, .. } = self;
        index.insert_unique(hash(account), entry, |old| hash(accounts[*old as usize]));
        self.gone.grow_to(self.accounts.len());
    }

    pub(crate) fn leave(&mut self, account: AccountId) {
        let Self { index, accounts, gone, .. } = self;
        let Ok(entry) = index.find_entry(hash(account), |old| accounts[*old as usize] == account) else { return };
        let (entry, _) = entry.remove();
        gone.set(entry as usize);
        // Else somebody who comes and goes all the time would fill the memory.
        if gone.ones() > GONE_KEPT_MIN && gone.ones() as usize > accounts.len() / 2 {
            *self = Self::load(self.dump());
        }
    }

    /// The order of the line, by this seed: drawn, then the late ones. The lobby is empty afterwards.
    pub(crate) fn draw(&mut self, seed: [u8; 32]) -> Vec<AccountId> {
        let in_time: Vec<AccountId> = self.in_time().collect();
        let order = draw::order(&seed, in_time.len() as u32);
        let drawn = order.into_iter().map(|index| in_time[index as usize]);
        let line = drawn.chain(self.late()).collect();
        *self = Self { rules: self.rules, seed: Some(seed), drawn: in_time.len() as u32, ..Self::default() };
        line
    }

    pub(crate) fn dump(&self) -> LobbyForm {
        let Self { rules, seed, drawn, .. } = *self;
        LobbyForm { rules, seed, drawn, in_time: self.in_time().collect(), late: self.late().collect() }
    }

    pub(crate) fn load(form: LobbyForm) -> Self {
        let mut lobby = Self { rules: form.rules, seed: form.seed, drawn: form.drawn, ..Self::default() };
        form.in_time.into_iter().for_each(|account| lobby.push(account, true));
        form.late.into_iter().for_each(|account| lobby.push(account, false));
        lobby
    }
}

/// What readers see of the lobby.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LobbyView {
    /// What was promised.
    pub rules: LobbyRules,
    /// How many are in the lobby now.
    pub people: u32,
    /// How many drew their places.
    pub drawn: u32,
    /// The seed, once the order is drawn.
    pub seed: Option<[u8; 32]>,
}

impl LobbyView {
    /// The opening has come and its order is not drawn yet.
    pub fn is_pending(&self, opens_at: Timestamp, now: Timestamp) -> bool {
        self.seed.is_none() && now >= opens_at
    }

    /// No seed came in time. The sale stays unopened until it comes: an order that nobody can recompute is none.
    pub fn is_overdue(&self, opens_at: Timestamp, now: Timestamp) -> bool {
        self.seed.is_none() && now.as_millis() - opens_at.as_millis() >= limits::DRAW_PATIENCE_MS
    }
}

impl Sale {
    /// The lobby.
    pub fn lobby(&self) -> &Lobby {
        &self.lobby
    }

    /// What readers see of the lobby; `None` if this sale draws no order.
    pub fn lobby_view(&self) -> Option<LobbyView> {
        let lobby = &self.lobby;
        Some(LobbyView { rules: lobby.rules?, people: lobby.people(), drawn: lobby.drawn, seed: lobby.seed })
    }

    /// The view of somebody in the lobby: no number, and a deadline that is the opening.
    pub(crate) fn lobby_place(&self, account: AccountId) -> Option<PlaceView> {
        let deadline = (self.stage == Stage::Scheduled).then_some(self.settings.opens_at);
        let (number, stage) = (PlaceNumber(0), PlaceStage::InLobby);
        self.lobby.holds(account).then_some(PlaceView { number, stage, ahead: 0, deadline, hold: None, order: None })
    }

    /// The entries of the draw in the order of arrival, as they may be published: final from the opening instant on.
    pub fn lobby_tokens(&self) -> Vec<Hex<16>> {
        let token = |account| draw::token(self.settings.sale, account);
        match self.drawn() {
            None => self.lobby.in_time().map(token).collect(),
            Some(drawn) => drawn.entries().into_iter().map(|(account, _)| token(account)).collect(),
        }
    }

    /// What is published of the draw; `None` before it.
    pub fn draw_record(&self) -> Option<DrawRecord> {
        self.drawn().map(|drawn| drawn.record())
    }

    /// What that is made from; `None` before the draw. It never changes again.
    pub fn drawn(&self) -> Option<Drawn> {
        let (rules, seed) = (self.lobby.rules?, self.lobby.seed?);
        let owners = (1..=self.lobby.drawn).map(|place| self.line.owner(PlaceNumber(place))).collect();
        Some(Drawn { sale: self.settings.sale, commitment: rules.commitment, seed, owners })
    }
}

/// A draw that has taken place, copied out of its sale: of a large lobby the record takes long to make, and whoever
/// decides for the sale has no time for that.
#[derive(Debug, Clone)]
pub struct Drawn {
    sale: SaleId,
    commitment: [u8; 32],
    seed: [u8; 32],
    /// Who has the places from 1 on.
    owners: Vec<Option<AccountId>>,
}

impl Drawn {
    /// What is published of it.
    pub fn record(&self) -> DrawRecord {
        let token = |(account, place)| (draw::token(self.sale, account), place);
        let (entries, places) = self.entries().into_iter().map(token).unzip();
        let (commitment, seed) = (Hex(self.commitment), Hex(self.seed));
        DrawRecord { sale: self.sale, algorithm: ALGORITHM.into(), commitment, seed, entries, places }
    }

    /// The accounts that drew, in the order of arrival, and the place each of them drew.
    fn entries(&self) -> Vec<(AccountId, u32)> {
        let order = draw::order(&self.seed, u32::try_from(self.owners.len()).unwrap_or(u32::MAX));
        let mut entries = vec![(AccountId::new(0), 0); order.len()];
        for ((place, index), owner) in (1..).zip(order).zip(&self.owners) {
            if let Some(owner) = owner {
                entries[index as usize] = (*owner, place);
            }
        }
        entries
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::command::Command;
    use crate::settings::{Pace, Settings};
    use crate::state::fixtures;

    const SEED: [u8; 32] = [7; 32];

    fn account(number: u32) -> AccountId {
        AccountId::new(u128::from(number).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835))
    }

    fn sale() -> Sale {
        let settings = Settings {
            sale: domain::SaleId::new(1),
            opens_at: Timestamp::from_millis(1_000),
            currency: domain::Currency::from_code(*b"EUR"),
            prices: vec![100, 100],
            tickets_per_buyer_max: 2,
            grace: domain::Duration::from_secs(10),
            select_time: domain::Duration::from_secs(10),
            pay_time: domain::Duration::from_secs(10),
            pace: Pace { capacity: Some(0), ..Pace::default() },
        };
        let mut sale = Sale::create(settings, fixtures::hall(&[4], 0), Timestamp::from_millis(0)).unwrap().0;
        let lobby = Command::SetLobby { commitment: draw::commit(&SEED), gathers_from: Timestamp::from_millis(0) };
        sale.handle(&lobby.into(), Timestamp::from_millis(0), &mut vec![]).unwrap();
        sale
    }

    #[test]
    fn two_events_open_a_line_of_a_million_within_its_memory() {
        const COUNT: u32 = 1_000_000;
        let (mut sale, mut out) = (sale(), vec![]);
        let numbers: Vec<u32> = (1..=COUNT).collect();
        for some in numbers.chunks(4_096) {
            let command = Command::JoinMany { accounts: some.iter().copied().map(account).collect() };
            sale.handle(&command.into(), Timestamp::from_millis(0), &mut out).unwrap();
        }
        assert!(sale.lobby.heap_bytes() / COUNT as usize <= 64, "{} bytes", sale.lobby.heap_bytes());
        out.clear();
        sale.handle(&Command::OpenDraw { seed: SEED }.into(), Timestamp::from_millis(1_000), &mut out).unwrap();
        assert_eq!((out.len(), sale.line.last_number(), sale.lobby.heap_bytes()), (2, COUNT, 0));
        assert!(sale.line.heap_bytes() / COUNT as usize <= 64, "{} bytes", sale.line.heap_bytes());
        let record = sale.draw_record().unwrap();
        assert_eq!((record.verify(), record.entries.len()), (Ok(()), COUNT as usize));
        assert_eq!(record.entries[0], draw::token(sale.settings.sale, account(1)), "the first to arrive comes first");
    }

    #[test]
    fn coming_and_going_does_not_fill_the_memory() {
        let mut lobby = Lobby::default();
        (0..500).for_each(|number| lobby.push(account(number), true));
        for turn in 0..100_000 {
            let account = account(turn % 500);
            lobby.leave(account);
            lobby.push(account, true);
        }
        let arrivals: Vec<AccountId> = lobby.in_time().collect();
        assert!(arrivals.into_iter().eq((0..500).map(account)), "the last arrivals count");
        assert!(lobby.heap_bytes() < 200_000, "{} bytes", lobby.heap_bytes());
    }
}
