//! Plays the lines of a scenario against a sale.

use domain::{Money, SeatIndex, Timestamp};
use sale::floor::Kind;
use sale::{Command, Recorded, ReleaseReason, Request, RequestKey, Sale, Stage, TicketStage};

use crate::parse::{self, Line};
use crate::{answers, support};

/// A scenario under way.
pub struct Play {
    sale: Sale,
    journal: Vec<Recorded>,
    now: Timestamp,
}

/// Lines that describe the sale before it exists.
pub fn is_setup(line: &Line) -> bool {
    matches!(line.words[0].as_str(), "hall" | "limit" | "price" | "capacity" | "rate" | "admissions")
}

impl Play {
    /// The sale that the setup lines describe, at 0 s.
    pub fn new(setup: &[Line]) -> Self {
        let mut settings = support::settings();
        let mut plan = support::hall(&[4], 0);
        for line in setup {
            let words = &line.words;
            match words[0].as_str() {
                "hall" => {
                    let places = parse::places(&words[1..]);
                    let rows: Vec<u32> = places.seats.iter().map(|seats| seats.0).collect();
                    plan = support::hall(&rows, places.areas.first().map_or(0, |(_, people)| *people));
                }
                "limit" => settings.tickets_per_buyer_max = parse::number(&words[1]),
                "price" => settings.prices.fill(i64::from(parse::number(&words[1]))),
                _ => {
                    let pace = parse::pace(words);
                    settings.pace.capacity = settings.pace.capacity.or(pace.capacity);
                    settings.pace.rate = settings.pace.rate.or(pace.rate);
                    settings.pace.admissions_max = settings.pace.admissions_max.or(pace.admissions_max);
                }
            }
        }
        let now = Timestamp::from_millis(0);
        let (sale, created) = Sale::create(settings, plan, now).unwrap();
        Self { sale, journal: vec![created], now }
    }

    /// Plays one line.
    pub fn line(&mut self, line: &Line) {
        let actual = self.play(line);
        match &line.expected {
            Some(expected) => assert_eq!(&actual, expected, "at `{}`", line.text),
            None => assert!(!actual.starts_with("no: "), "`{}` was refused: {actual}", line.text),
        }
        if let Some(broken) = self.sale.broken_invariant() {
            panic!("after `{}`: {broken}", line.text);
        }
        if let Some(wakeup) = self.sale.next_wakeup() {
            assert!(wakeup > self.now, "after `{}` a wake-up lies at {wakeup:?}, now is {:?}", line.text, self.now);
        }
    }

    /// What must be true of every scenario when it is over.
    pub fn end(&mut self) {
        self.restart();
    }

    fn play(&mut self, line: &Line) -> String {
        let words = &line.words;
        if let Some(command) = parse::command(words).or_else(|| self.payment(words)) {
            let key = line.key.map(|id| RequestKey::new(id, &command));
            let outcome = self.sale.handle(&Request { key, command }, self.now, &mut self.journal);
            let text = answers::outcome(&outcome);
            return if outcome.is_err() && line.expected.is_none() { format!("no: {text}") } else { text };
        }
        match words[0].as_str() {
            "open" => self.tick(self.sale.settings().opens_at),
            "tick" => self.tick(self.now + parse::span(&words[1])),
            "restart" => self.restart(),
            _ => return self.look(words),
        }
        String::new()
    }

    fn tick(&mut self, now: Timestamp) {
        self.now = now;
        self.sale.advance(now, &mut self.journal);
    }

    /// Goes on from what the journal holds; a snapshot must give the same.
    fn restart(&mut self) {
        let hash = self.sale.state_hash();
        let snapshot = Sale::from_snapshot(&self.sale.to_snapshot()).unwrap();
        assert_eq!(snapshot.state_hash(), hash, "a snapshot reads back as it was written");
        self.sale = support::replayed(&self.journal);
        assert_eq!(self.sale.state_hash(), hash, "a replay gives the same state");
    }

    /// `pay o1`, or with another amount `pay o1 100`.
    fn payment(&self, words: &[String]) -> Option<Command> {
        if words[0] != "pay" {
            return None;
        }
        let order = parse::order(&words[1]);
        let total = self.sale.orders().find(order).map_or(0, |order| order.total);
        let amount = words.get(2).map_or(total, |amount| i64::from(parse::number(amount)));
        let payment = format!("pay_{}", words[1]);
        Some(Command::RecordPaymentCaptured { order, payment, amount: Money::new(amount, support::EUR) })
    }

    /// What a reader sees.
    fn look(&mut self, words: &[String]) -> String {
        match words[0].as_str() {
            "stage" => {
                self.sale.place_view(parse::account(&words[1])).map_or("none".into(), |view| answers::place(&view))
            }
            "holds" => self.hold(&words[1]),
            "remembered" => self.journal.iter().filter(|recorded| recorded.key.is_some()).count().to_string(),
            "seat" => self.seat(parse::number(&words[1])),
            "stock" => {
                let counts = self.sale.floor().total();
                let of = |kind| counts.of(kind);
                format!(
                    "{} free {} held {} sold {} blocked",
                    of(Kind::Free),
                    of(Kind::Held),
                    of(Kind::Sold),
                    of(Kind::Blocked)
                )
            }
            "order" => {
                let order = self.sale.orders().find(parse::order(&words[1])).unwrap();
                answers::order(&self.sale.order_view(order))
            }
            "page" => self.sale.orders().find(parse::order(&words[1])).unwrap().page_url.clone().unwrap_or_default(),
            "finished" => self.sale.orders().find(parse::order(&words[1])).unwrap().is_finished().to_string(),
            "money" => format!("{} taken {} refunded", self.sale.totals().taken, self.sale.totals().refunded),
            "ticket" => match self.sale.ticket(parse::number(&words[1])).map(|ticket| ticket.stage) {
                Some(TicketStage::Valid) => "valid".into(),
                Some(TicketStage::Used) => "used".into(),
                Some(TicketStage::Void) => "void".into(),
                None => "none".into(),
            },
            "who" => self.sale.lobby().people().to_string(),
            "record" => match self.sale.draw_record().map(|record| record.verify()) {
                None => "none".into(),
                Some(Ok(())) => "confirmed".into(),
                Some(Err(fault)) => fault.to_string(),
            },
            "overdue" => {
                let (view, now) = (self.sale.view(0, None), self.now);
                view.lobby.is_some_and(|lobby| lobby.is_overdue(view.opens_at, now)).to_string()
            }
            "message" => match self.sale.view(0, None).announcement {
                Some(latest) => format!("{} since {}", latest.text, answers::time(latest.at)),
                None => "none".into(),
            },
            "chance" => {
                let chance = self.sale.view(0, None).chance(parse::number(&words[1]));
                format!("{} {:?}", chance.permille, chance.basis)
            }
            "hopeless" => self.sale.view(0, None).hopeless_from().map_or("unknown".into(), |from| from.to_string()),
            "wakeup" => self.sale.next_wakeup().map_or("none".into(), answers::time),
            "line" => match self.sale.view(0, None).released {
                None => "open".into(),
                Some(ReleaseReason::SoldOut) => "sold_out".into(),
                Some(ReleaseReason::AdmissionsReached) => "admissions_reached".into(),
            },
            "sale" => match self.sale.stage() {
                Stage::Scheduled => "scheduled".into(),
                Stage::Open => "open".into(),
                Stage::Paused { .. } => "paused".into(),
                Stage::Closed => "closed".into(),
            },
            other => panic!("a scenario has no `{other}`"),
        }
    }

    fn hold(&self, who: &str) -> String {
        let hold = self.sale.place_view(parse::account(who)).and_then(|view| view.hold);
        hold.map_or("nothing".into(), |hold| {
            format!("{} for {} until {}", answers::items(&hold.items), hold.total.amount, answers::time(hold.deadline))
        })
    }

    fn seat(&self, index: u32) -> String {
        match self.sale.floor().seat(SeatIndex(index)).map(|state| state.kind()) {
            Some(Kind::Free) => "free".into(),
            Some(Kind::Held) => "held".into(),
            Some(Kind::Sold) => "sold".into(),
            Some(Kind::Blocked) => "blocked".into(),
            None => "none".into(),
        }
    }
}
