//! Compares a sale with its model.

use domain::AccountId;
use sale::floor::Kind;
use sale::idempotency::Outcome;
use sale::{Answer, OrderStage, Rejection, Sale, Stage, TicketStage};

use crate::model::{Model, Run, Things, Told};
use crate::ops::ACCOUNTS;

/// What the sale told, in the model's words.
pub fn told(outcome: &Outcome) -> Told {
    match outcome {
        Ok(Answer::Place(view)) => Ok(format!("place {}", view.number.0)),
        Ok(Answer::Joined(view)) => Ok(format!("new place {}", view.number.0)),
        Ok(Answer::Places(numbers)) => Ok(format!("places {:?}", numbers.iter().map(|it| it.0).collect::<Vec<_>>())),
        Ok(Answer::Held(view)) => {
            let (number, total, until) = (view.number.0, view.total.amount, view.deadline.as_millis());
            Ok(format!("hold {number} {:?} for {total} until {until}", things(&view.items)))
        }
        Ok(Answer::Order(view)) => {
            let first = view.tickets.map(|(first, _)| first);
            Ok(format!("order {} {:?} {} {first:?}", view.id, view.stage, view.total.amount))
        }
        Ok(Answer::Done) => Ok("done".into()),
        Err(Rejection::SeatTaken { seats }) => {
            Err(format!("seat_taken {:?}", seats.iter().map(|seat| seat.0).collect::<Vec<_>>()))
        }
        Err(Rejection::AreaFull { free }) => Err(format!("area_full {free}")),
        Err(Rejection::BuyerLimitReached { bought, .. }) => Err(format!("buyer_limit_reached {bought}")),
        Err(rejection) => Err(rejection.code().into()),
    }
}

fn things(items: &sale::Items) -> Things {
    let seats = items.seats.iter().map(|seat| seat.0).collect();
    Things { seats, people: items.areas.iter().map(|it| it.1).sum() }
}

/// Everything that can be seen must agree.
pub fn states(sale: &mut Sale, model: &Model, now: i64) {
    let run = match sale.stage() {
        Stage::Scheduled => Run::Scheduled,
        Stage::Open => Run::Open,
        Stage::Paused { since } => Run::Paused(since.as_millis()),
        Stage::Closed => Run::Closed,
    };
    assert_eq!(run, model.run);
    let view = sale.view(0, None);
    assert_eq!(view.released, model.released, "whether the line is released");
    assert_eq!(view.announcement.as_ref().map_or("", |latest| &latest.text), model.message, "the message");
    assert_eq!(sale.lobby().people() as usize, model.lobby.arrived.len(), "how many are in the lobby");
    assert!(sale.draw_record().is_none_or(|record| record.verify().is_ok()), "the draw can be drawn again");
    for account in 1..=u128::from(ACCOUNTS) {
        place(sale, model, AccountId::new(account));
    }
    floor(sale, model);
    orders(sale, model);
    // A deadline that stands still in a pause lies centuries away.
    let wakeup = sale.next_wakeup().map(|at| at.as_millis()).filter(|at| *at < 1_000_000_000_000);
    assert_eq!(wakeup, model.next_wakeup(now), "the next wake-up, now is {now}");
}

fn place(sale: &Sale, model: &Model, account: AccountId) {
    let index = model.people.iter().rposition(|person| person.account == account);
    if model.lobby.holds(account) {
        let view = sale.place_view(account).unwrap();
        assert_eq!((view.number.0, view.stage), (0, sale::PlaceStage::InLobby), "{account} is in the lobby");
        return;
    }
    let Some((index, view)) = index.zip(sale.place_view(account)) else {
        assert!(index.is_none() && sale.place_view(account).is_none(), "{account} has a place in one of them");
        return;
    };
    let person = &model.people[index];
    let inside = person.stage.is_active();
    assert_eq!(view.number.0 as usize, index + 1);
    assert_eq!(view.stage, person.stage, "the stage of {account}");
    let until = (inside && !model.is_frozen(index)).then_some(person.until);
    assert_eq!(view.deadline.map(|at| at.as_millis()), until, "the deadline of {account}");
    assert_eq!(view.order, person.order, "the order of {account}");
    let hold = view.hold.map(|hold| (hold.number.0, things(&hold.items)));
    assert_eq!(hold, person.hold, "the hold of {account}");
    if person.stage == sale::PlaceStage::Waiting {
        let before = model.people[..index].iter().filter(|other| other.stage == sale::PlaceStage::Waiting);
        assert_eq!(view.ahead as usize, before.count(), "how many are before {account}");
    }
}

fn floor(sale: &Sale, model: &Model) {
    for (seat, state) in sale.floor().seats().iter().enumerate() {
        assert_eq!(state.kind(), model.kind_of(seat as u32), "seat {seat}");
        let code = sale.floor().codes()[seat / 4] >> (seat % 4 * 2) & 3;
        assert_eq!(code, state.kind() as u8, "the code of seat {seat}");
    }
    for kind in [Kind::Free, Kind::Held, Kind::Sold, Kind::Blocked] {
        assert_eq!(sale.floor().areas()[0].of(kind), model.people_of(kind), "{kind:?} people");
        assert_eq!(sale.floor().total().of(kind), model.count(kind), "{kind:?} in all");
    }
}

fn orders(sale: &Sale, model: &Model) {
    assert_eq!(sale.orders().all().len(), model.bills.len());
    for order in sale.orders().all() {
        let bill = &model.bills[&order.id];
        assert_eq!(order.stage, bill.stage, "the stage of {}", order.id);
        assert_eq!((order.total, order.captured, order.settled), (bill.total, bill.captured, bill.settled));
        assert_eq!(things(&order.items), bill.things);
        assert_eq!(order.page_url.is_some(), bill.page, "the page of {}", order.id);
    }
    let paid = model.bills.values().filter(|bill| bill.stage == OrderStage::Paid);
    let (count, tickets) = paid.fold((0, 0), |(count, sum), bill| (count + 1, sum + bill.things.count()));
    let totals = sale.totals();
    assert_eq!((totals.orders_paid, totals.tickets_sold), (count, tickets));
    assert_eq!((totals.taken, totals.refunded), (model.taken, model.refunded));
    assert_eq!(sale.tickets_issued() as usize, model.tickets.len());
    for serial in 1..=sale.tickets_issued() {
        let good = model.bill_of(serial).unwrap().stage == OrderStage::Paid;
        let stage = match (good, model.tickets[serial as usize - 1]) {
            (false, _) => TicketStage::Void,
            (true, true) => TicketStage::Used,
            (true, false) => TicketStage::Valid,
        };
        assert_eq!(sale.ticket(serial).unwrap().stage, stage, "ticket {serial}");
    }
}
