//! The rules of a sale in the plainest form: everything is looked for, nothing is counted ahead.

use std::collections::{BTreeMap, BTreeSet};

use domain::{AccountId, OrderId, SeatingPlan};
use sale::command::Places;
use sale::idempotency::Outcome;
use sale::{Choice, Command, OrderStage, PlaceStage, ReleaseReason, Request, RequestKey, Settings};

use crate::draw::Lobby;

/// What somebody was told: in a comparable form, or the code of the reason for "no" with its details.
pub type Told = Result<String, String>;

/// Seats and people of the standing area.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Things {
    pub seats: BTreeSet<u32>,
    pub people: u32,
}

impl Things {
    pub fn count(&self) -> u32 {
        self.seats.len() as u32 + self.people
    }
}

/// A place in line and what became of it.
#[derive(Debug, Clone)]
pub struct Person {
    pub account: AccountId,
    pub stage: PlaceStage,
    pub until: i64,
    pub hold: Option<(u32, Things)>,
    pub order: Option<OrderId>,
}

/// An order.
#[derive(Debug, Clone)]
pub struct Bill {
    pub account: AccountId,
    pub person: usize,
    pub things: Things,
    pub total: i64,
    pub stage: OrderStage,
    pub captured: Option<i64>,
    pub settled: bool,
    pub page: bool,
    pub first_serial: Option<u32>,
}

/// The sale's stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    Scheduled,
    Open,
    Paused(i64),
    Closed,
}

/// The whole sale.
pub struct Model {
    pub plan: SeatingPlan,
    pub settings: Settings,
    pub run: Run,
    pub people: Vec<Person>,
    pub bills: BTreeMap<OrderId, Bill>,
    pub blocked: Things,
    pub released: Option<ReleaseReason>,
    /// Used or not, by serial from 1.
    pub tickets: Vec<bool>,
    pub taken: i64,
    pub refunded: i64,
    pub lobby: Lobby,
    pub throttle: u16,
    pub message: String,
    holds: u32,
    admitted: u32,
    /// Admissions that count for the rate.
    pub entries: Vec<i64>,
    told: BTreeMap<u128, (RequestKey, Told)>,
}

impl Model {
    pub fn new(plan: SeatingPlan, settings: Settings) -> Self {
        Self {
            plan,
            settings,
            run: Run::Scheduled,
            people: vec![],
            bills: BTreeMap::new(),
            blocked: Things::default(),
            released: None,
            tickets: vec![],
            taken: 0,
            refunded: 0,
            lobby: Lobby::default(),
            throttle: 1_000,
            message: String::new(),
            holds: 0,
            admitted: 0,
            entries: vec![],
            told: BTreeMap::new(),
        }
    }

    /// Carries out a request. `seen` is what the sale answered: which seats are best is the sale's to say.
    pub fn handle(&mut self, request: &Request, now: i64, seen: &Outcome) -> Told {
        self.advance(now);
        if let Some(key) = request.key
            && let Some((before, told)) = self.told.get(&key.id.bits())
        {
            return if *before == key { told.clone() } else { Err("idempotency_key_reused".into()) };
        }
        let told = self.carry_out(&request.command, now, seen);
        let is_join = matches!(request.command, Command::Join { .. } | Command::JoinMany { .. });
        // That it is not one's turn is not remembered.
        const PASSING: [&str; 6] =
            ["sale_not_open", "draw_pending", "sale_paused", "sale_closed", "not_in_line", "not_admitted"];
        let passing = told.as_ref().is_err_and(|code| PASSING.contains(&code.as_str()));
        if let Some(key) = request.key.filter(|_| !is_join && !passing) {
            self.told.insert(key.id.bits(), (key, told.clone()));
        }
        self.let_in(now);
        told
    }

    fn carry_out(&mut self, command: &Command, now: i64, seen: &Outcome) -> Told {
        match command {
            Command::Join { account } => self
                .join(*account, now)
                .map(|(number, is_new)| if is_new { format!("new place {number}") } else { format!("place {number}") }),
            Command::JoinMany { accounts } => {
                accounts.iter().try_for_each(|account| self.may_join(*account, now))?;
                let joined: Vec<_> = accounts.iter().map(|it| self.join(*it, now)).collect::<Result<_, _>>()?;
                let numbers: Vec<usize> = joined.into_iter().map(|it| it.0).filter(|number| *number > 0).collect();
                Ok(format!("places {numbers:?}"))
            }
            Command::SetLobby { .. } | Command::OpenDraw { .. } => self.draw(command, now),
            Command::Throttle { .. } | Command::Announce { .. } => self.control(command, now),
            Command::Enter { account } => {
                self.running(now)?;
                let index = self.choosing(*account)?;
                self.show_up(index, now);
                Ok(format!("place {}", index + 1))
            }
            Command::Leave { account } => self.leave(*account),
            Command::PlaceHold { account, choice } => self.hold(*account, choice, now, seen),
            Command::ReleaseHold { account } => {
                let index = self.choosing(*account)?;
                self.people[index].hold.take().ok_or("nothing_held")?;
                Ok("done".into())
            }
            Command::Block { choice } => {
                let things = self.all_free(choice, None)?;
                self.blocked.seats.extend(things.seats);
                self.blocked.people += things.people;
                Ok("done".into())
            }
            Command::Unblock { choice } => self.unblock(choice),
            Command::Pause | Command::Resume | Command::Close | Command::SetPace { .. } => self.control(command, now),
            Command::CheckIn { serial } => self.check_in(*serial),
            command => self.money(command, now),
        }
    }

    // The line.

    fn may_join(&self, account: AccountId, now: i64) -> Result<(), String> {
        match self.run {
            Run::Scheduled => return self.lobby.may_join(now),
            Run::Closed => return Err("sale_closed".into()),
            _ => {}
        }
        let lives = self.latest(account).is_some_and(|index| self.people[index].stage.is_live());
        let (limit, bought) = (self.settings.tickets_per_buyer_max, self.bought(account));
        match self.released {
            _ if lives => Ok(()),
            Some(ReleaseReason::SoldOut) => Err("sold_out".into()),
            Some(ReleaseReason::AdmissionsReached) => Err("admissions_reached".into()),
            None if bought >= limit => Err(format!("buyer_limit_reached {bought}")),
            None => Ok(()),
        }
    }

    /// The number (0 in the lobby), and whether it is new.
    fn join(&mut self, account: AccountId, now: i64) -> Result<(usize, bool), String> {
        self.may_join(account, now)?;
        if self.run == Run::Scheduled {
            let in_time = now < self.settings.opens_at.as_millis();
            return Ok((0, self.lobby.join(account, in_time)));
        }
        match self.latest(account) {
            Some(index) if self.people[index].stage.is_live() => Ok((index + 1, false)),
            _ => {
                let stage = PlaceStage::Waiting;
                self.people.push(Person { account, stage, until: i64::MAX, hold: None, order: None });
                Ok((self.people.len(), true))
            }
        }
    }

    fn leave(&mut self, account: AccountId) -> Told {
        if self.lobby.leave(account) {
            return Ok("done".into());
        }
        let index = self.latest(account).ok_or("not_in_line")?;
        match self.people[index].stage {
            PlaceStage::Paying => return Err("already_paying".into()),
            stage if stage.is_live() => self.go(index, PlaceStage::Left),
            _ => {}
        }
        Ok("done".into())
    }

    /// Somebody's turn is over.
    pub fn go(&mut self, index: usize, stage: PlaceStage) {
        let person = &mut self.people[index];
        (person.stage, person.hold, person.order) = (stage, None, None);
    }

    fn show_up(&mut self, index: usize, now: i64) {
        let person = &mut self.people[index];
        if person.stage == PlaceStage::Admitted {
            person.stage = PlaceStage::Selecting;
            person.until = now + i64::from(self.settings.select_time.as_millis());
        }
    }

    /// Lets time pass.
    pub fn advance(&mut self, now: i64) {
        if self.run == Run::Scheduled && self.lobby.promised.is_none() && now >= self.settings.opens_at.as_millis() {
            self.run = Run::Open;
        }
        for index in 0..self.people.len() {
            if self.is_frozen(index) || self.people[index].until > now {
                continue;
            }
            match self.people[index].stage {
                PlaceStage::Admitted => self.go(index, PlaceStage::Absent),
                PlaceStage::Selecting => self.go(index, PlaceStage::TimedOut),
                PlaceStage::Paying => {
                    let order = self.people[index].order.unwrap();
                    self.bills.get_mut(&order).unwrap().stage = OrderStage::Expired;
                    self.go(index, PlaceStage::TimedOut);
                }
                _ => {}
            }
        }
        self.let_in(now);
    }

    /// In a pause the time of those who choose stands still.
    pub fn is_frozen(&self, index: usize) -> bool {
        matches!(self.run, Run::Paused(_)) && self.people[index].stage != PlaceStage::Paying
    }

    fn let_in(&mut self, now: i64) {
        if self.run != Run::Open {
            return;
        }
        while let Some(index) = self.first_waiting()
            && self.has_room()
            && self.rate_allows(now)
        {
            self.people[index].stage = PlaceStage::Admitted;
            self.people[index].until = now + i64::from(self.settings.grace.as_millis());
            self.admitted += 1;
            self.entries.push(now);
        }
        let all_taken = self.count(sale::floor::Kind::Free) + self.count(sale::floor::Kind::Held) == 0;
        let enough = self.settings.pace.admissions_max.is_some_and(|max| self.admitted >= max);
        self.released = match (all_taken, enough) {
            (true, _) => Some(ReleaseReason::SoldOut),
            (_, true) => Some(ReleaseReason::AdmissionsReached),
            _ => None,
        };
    }

    fn first_waiting(&self) -> Option<usize> {
        self.people.iter().position(|person| person.stage == PlaceStage::Waiting)
    }

    fn has_room(&self) -> bool {
        let pace = self.pace();
        let inside: Vec<&Person> = self.people.iter().filter(|person| person.stage.is_active()).collect();
        let empty_handed = inside.iter().filter(|person| person.hold.is_none()).count() as u32;
        pace.capacity.is_none_or(|capacity| (inside.len() as u32) < capacity)
            && pace.admissions_max.is_none_or(|max| self.admitted < max)
            && self.count(sale::floor::Kind::Free) > empty_handed
    }

    fn rate_allows(&self, now: i64) -> bool {
        let Some(rate) = self.pace().rate else { return true };
        let interval =
            |at: i64| (at - self.settings.opens_at.as_millis()).div_euclid(i64::from(rate.interval.as_millis()));
        let used = self.entries.iter().filter(|at| interval(**at) == interval(now)).count();
        (used as u32) < rate.count
    }

    /// When something happens next by itself.
    pub fn next_wakeup(&self, now: i64) -> Option<i64> {
        let by_itself = self.run == Run::Scheduled && self.lobby.promised.is_none();
        let opening = by_itself.then_some(self.settings.opens_at.as_millis());
        let inside = (0..self.people.len()).filter(|it| self.people[*it].stage.is_active() && !self.is_frozen(*it));
        let deadline = inside.map(|index| self.people[index].until).min();
        let waits =
            self.run == Run::Open && self.first_waiting().is_some() && self.has_room() && !self.rate_allows(now);
        let interval = self.pace().rate.filter(|rate| waits && rate.count > 0).map(|rate| {
            let (length, opens) = (i64::from(rate.interval.as_millis()), self.settings.opens_at.as_millis());
            opens + ((now - opens).div_euclid(length) + 1) * length
        });
        [opening, deadline, interval].into_iter().flatten().min()
    }

    // The floor.

    fn hold(&mut self, account: AccountId, choice: &Choice, now: i64, seen: &Outcome) -> Told {
        self.running(now)?;
        let index = self.choosing(account)?;
        let count = match choice {
            Choice::These(places) => places.seats.len() as u32 + places.areas.iter().map(|it| it.1).sum::<u32>(),
            Choice::BestAvailable(wish) => wish.count,
        };
        if count == 0 {
            return Err("nothing_chosen".into());
        }
        let bought = self.bought(account);
        if bought + count > self.settings.tickets_per_buyer_max {
            return Err(format!("buyer_limit_reached {bought}"));
        }
        let own = self.people[index].hold.clone().map(|(_, things)| things);
        let things = match choice {
            Choice::These(places) => self.all_free(places, own.as_ref())?,
            Choice::BestAvailable(wish) => self.judge_best(*wish, seen)?,
        };
        self.show_up(index, now);
        self.holds += 1;
        let person = &mut self.people[index];
        person.hold = Some((self.holds, things.clone()));
        let until = person.until;
        Ok(format!("hold {} {things:?} for {} until {until}", self.holds, self.price(&things)))
    }

    fn all_free(&self, places: &Places, own: Option<&Things>) -> Result<Things, String> {
        let mut things = Things::default();
        if places.seats.is_empty() && places.areas.iter().all(|it| it.1 == 0) {
            return Err("nothing_chosen".into());
        }
        for seat in &places.seats {
            if seat.0 as usize >= self.plan.seats.len() || !things.seats.insert(seat.0) {
                return Err("seat_unknown".into());
            }
        }
        for (_, people) in &places.areas {
            let free = self.people_free() + own.map_or(0, |own| own.people);
            match *people {
                0 => return Err("seat_unknown".into()),
                people if people > free => return Err(format!("area_full {free}")),
                people => things.people = people,
            }
        }
        let mine = |seat: &u32| own.is_some_and(|own| own.seats.contains(seat));
        let chosen = places.seats.iter().map(|seat| seat.0);
        let taken: Vec<u32> = chosen.filter(|seat| !self.is_free(*seat) && !mine(seat)).collect();
        if taken.is_empty() { Ok(things) } else { Err(format!("seat_taken {taken:?}")) }
    }

    fn unblock(&mut self, places: &Places) -> Told {
        let people: u32 = places.areas.iter().map(|it| it.1).sum();
        if places.seats.is_empty() && people == 0 {
            return Err("nothing_chosen".into());
        }
        let seats: BTreeSet<u32> = places.seats.iter().map(|seat| seat.0).collect();
        let twice = seats.len() < places.seats.len();
        if twice || !seats.is_subset(&self.blocked.seats) || people > self.blocked.people {
            return Err("seat_unknown".into());
        }
        self.blocked.seats.retain(|seat| !seats.contains(seat));
        self.blocked.people -= people;
        Ok("done".into())
    }

    pub fn price(&self, things: &Things) -> i64 {
        let prices = &self.settings.prices;
        things.seats.len() as i64 * prices[0] + i64::from(things.people) * prices[1]
    }

    // Who and what.

    fn latest(&self, account: AccountId) -> Option<usize> {
        self.people.iter().rposition(|person| person.account == account)
    }

    pub fn running(&self, now: i64) -> Result<(), String> {
        match self.run {
            Run::Open => Ok(()),
            Run::Scheduled if now >= self.settings.opens_at.as_millis() => Err("draw_pending".into()),
            Run::Scheduled => Err("sale_not_open".into()),
            Run::Paused(_) => Err("sale_paused".into()),
            Run::Closed => Err("sale_closed".into()),
        }
    }

    pub fn choosing(&self, account: AccountId) -> Result<usize, String> {
        let index = self.latest(account).ok_or("not_in_line")?;
        match self.people[index].stage {
            PlaceStage::Admitted | PlaceStage::Selecting => Ok(index),
            PlaceStage::Paying => Err("already_paying".into()),
            _ => Err("not_admitted".into()),
        }
    }

    pub fn bought(&self, account: AccountId) -> u32 {
        let paid = self.bills.values().filter(|bill| bill.account == account && bill.stage == OrderStage::Paid);
        paid.map(|bill| bill.things.count()).sum()
    }
}
