//! What may happen in a random evening.

use domain::{AccountId, AreaIndex, Duration, Money, OrderId, PriceLevelIndex, SeatIndex, Timestamp};
use proptest::prelude::*;
use sale::command::Places;
use sale::{BestAvailable, Choice, Command, Pace, Rate, Sale};

use crate::support::EUR;

/// How many accounts take part.
pub const ACCOUNTS: u8 = 6;

/// Something that happens after a while, under a key or without.
#[derive(Debug, Clone)]
pub struct Turn {
    pub wait_ms: u32,
    pub key: Option<u8>,
    pub op: Op,
}

/// Something that happens. Orders and tickets are named by a number that is taken modulo how many there are.
#[derive(Debug, Clone)]
pub enum Op {
    Pass,
    Replay,
    Restore,
    Join(u8),
    JoinMany(Vec<u8>),
    Enter(u8),
    Leave(u8),
    Hold(u8, Vec<u32>, Option<u32>),
    Best(u8, u32, Option<u8>, bool, u32),
    Release(u8),
    Checkout(u8),
    CheckoutKnown(u8, u8),
    Cancel(u8, u8),
    Opened(u8),
    Declined(u8),
    Captured(u8, i64),
    PayLatest(u8),
    NeverPaid(u8),
    SentBack(u8),
    Refund(u8),
    Block(Vec<u32>, Option<u32>),
    Unblock(Vec<u32>, Option<u32>),
    Pause,
    Resume,
    Close,
    SetPace(Pace),
    CheckIn(u8),
    SetLobby(u8, u32),
    OpenDraw(u8),
    Throttle(u16),
    Announce(u8),
}

/// How the line moves.
pub fn pace() -> impl Strategy<Value = Pace> {
    let rate = (0u32..4, prop::sample::select(vec![1_000u32, 5_000, 20_000]))
        .prop_map(|(count, interval)| Rate { count, interval: Duration::from_millis(interval) });
    (prop::option::weighted(0.3, 0u32..4), prop::option::weighted(0.2, rate), prop::option::weighted(0.1, 0u32..12))
        .prop_map(|(capacity, rate, admissions_max)| Pace { capacity, rate, admissions_max })
}

/// One turn, or the whole way of a purchase, which chance alone seldom finds; paid at once, late or never.
pub fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let purchase = (0..ACCOUNTS, 1u32..4, 0u32..3).prop_map(|(who, count, pays)| {
        let now = |op| Turn { wait_ms: 0, key: None, op };
        let mut turns = vec![now(Op::Join(who)), now(Op::Best(who, count, None, false, 0)), now(Op::Checkout(who))];
        match pays {
            0 => {}
            1 => turns.push(now(Op::PayLatest(who))),
            _ => turns.push(Turn { wait_ms: 30_000, ..now(Op::Join(who)) }),
        }
        turns
    });
    prop_oneof![8 => turn().prop_map(|turn| vec![turn]), 1 => purchase]
}

/// A lobby, who comes to it before and after the opening, and the draw; or none, in most evenings.
pub fn lobby() -> impl Strategy<Value = Vec<Turn>> {
    let now = |op| Turn { wait_ms: 0, key: None, op };
    let early = prop::collection::vec((0u32..150, 0..ACCOUNTS, any::<bool>()), 0..10);
    let gathers = (early, 0u32..2_000).prop_map(move |(early, wait_ms)| {
        let mut turns = vec![now(Op::SetLobby(1, 0))];
        turns.extend(early.into_iter().map(|(wait_ms, who, joins)| {
            let op = if joins { Op::Join(who) } else { Op::JoinMany(vec![who, (who + 1) % ACCOUNTS]) };
            Turn { wait_ms, key: None, op }
        }));
        turns.push(now(Op::Leave(0)));
        turns.push(Turn { wait_ms, ..now(Op::Join(0)) });
        turns.push(now(Op::OpenDraw(1)));
        turns
    });
    prop_oneof![2 => Just(vec![]), 1 => gathers]
}

/// One turn.
pub fn turn() -> impl Strategy<Value = Turn> {
    let wait = prop_oneof![16 => Just(0u32), 6 => 1u32..3_000, 1 => 3_000u32..70_000, 1 => Just(10_000u32), 1 => Just(30_000u32)];
    let key = prop::option::weighted(0.3, 0u8..12);
    (wait, key, op()).prop_map(|(wait_ms, key, op)| Turn { wait_ms, key, op })
}

fn op() -> impl Strategy<Value = Op> {
    let who = || 0..ACCOUNTS;
    let seats = || prop::collection::vec(0u32..8, 0..4);
    let people = || prop::option::weighted(0.3, 0u32..4);
    let level = || prop::option::weighted(0.5, 0u8..3);
    let line = prop_oneof![
        8 => who().prop_map(Op::Join),
        2 => prop::collection::vec(who(), 0..5).prop_map(Op::JoinMany),
        4 => who().prop_map(Op::Enter),
        2 => who().prop_map(Op::Leave),
    ];
    let floor = prop_oneof![
        8 => (who(), seats(), people()).prop_map(|(who, seats, people)| Op::Hold(who, seats, people)),
        6 => (who(), 0u32..5, level(), any::<bool>(), prop_oneof![2 => Just(0), 1 => 1u32..4])
            .prop_map(|(who, count, level, near, wheelchairs)| Op::Best(who, count, level, near, wheelchairs)),
        2 => who().prop_map(Op::Release),
        1 => (seats(), people()).prop_map(|(seats, people)| Op::Block(seats, people)),
        1 => (seats(), people()).prop_map(|(seats, people)| Op::Unblock(seats, people)),
    ];
    let order = || any::<u8>();
    let pay = prop_oneof![
        8 => who().prop_map(Op::Checkout),
        1 => (who(), order()).prop_map(|(who, order)| Op::CheckoutKnown(who, order)),
        2 => (who(), order()).prop_map(|(who, order)| Op::Cancel(who, order)),
        2 => order().prop_map(Op::Opened),
        1 => order().prop_map(Op::Declined),
        4 => who().prop_map(Op::PayLatest),
        6 => (order(), prop_oneof![9 => Just(0i64), 1 => Just(-1_000i64)]).prop_map(|(order, off)| Op::Captured(order, off)),
        2 => order().prop_map(Op::NeverPaid),
        2 => order().prop_map(Op::SentBack),
        2 => order().prop_map(Op::Refund),
        1 => any::<u8>().prop_map(Op::CheckIn),
    ];
    let organiser = prop_oneof![
        6 => Just(Op::Pause),
        12 => Just(Op::Resume),
        1 => Just(Op::Close),
        6 => pace().prop_map(Op::SetPace),
        1 => (0u8..2, 0u32..1_200).prop_map(|(seed, from)| Op::SetLobby(seed, from)),
        3 => (0u8..2).prop_map(Op::OpenDraw),
        2 => prop::sample::select(vec![0u16, 1, 300, 500, 1_000, 1_000, 1_001]).prop_map(Op::Throttle),
        1 => (0u8..3).prop_map(Op::Announce),
        4 => Just(Op::Replay),
        4 => Just(Op::Restore),
        8 => Just(Op::Pass),
    ];
    prop_oneof![10 => line, 12 => floor, 12 => pay, 3 => organiser]
}

/// The command of an operation; `None` for those that are none.
pub fn command(op: &Op, sale: &Sale, orders_begun: &mut u32) -> Option<Command> {
    let who = |account: &u8| AccountId::new(u128::from(*account) + 1);
    // One in so many is an order that does not exist.
    let known = |order: &u8| {
        let orders = sale.orders().all();
        orders.get(usize::from(*order) % (orders.len() + 1)).map_or(OrderId::new(0), |order| order.id)
    };
    let places = |seats: &[u32], people: &Option<u32>| Places {
        seats: seats.iter().copied().map(SeatIndex).collect(),
        areas: people.map(|people| (AreaIndex(0), people)).into_iter().collect(),
    };
    Some(match op {
        Op::Pass | Op::Replay | Op::Restore => return None,
        Op::Join(account) => Command::Join { account: who(account) },
        Op::JoinMany(accounts) => Command::JoinMany { accounts: accounts.iter().map(who).collect() },
        Op::Enter(account) => Command::Enter { account: who(account) },
        Op::Leave(account) => Command::Leave { account: who(account) },
        Op::Hold(account, seats, people) => {
            Command::PlaceHold { account: who(account), choice: Choice::These(places(seats, people)) }
        }
        Op::Best(account, count, level, adjacent, accessible) => {
            let (level, accessible) = (level.map(PriceLevelIndex), *accessible);
            let wish = BestAvailable { count: *count, level, adjacent: *adjacent, accessible };
            Command::PlaceHold { account: who(account), choice: Choice::BestAvailable(wish) }
        }
        Op::Release(account) => Command::ReleaseHold { account: who(account) },
        Op::Checkout(account) => {
            *orders_begun += 1;
            Command::BeginCheckout { account: who(account), order: OrderId::new(u128::from(*orders_begun)) }
        }
        Op::CheckoutKnown(account, order) => Command::BeginCheckout { account: who(account), order: known(order) },
        Op::Cancel(account, order) => Command::CancelOrder { account: who(account), order: known(order) },
        Op::Opened(order) => Command::RecordPaymentOpened {
            order: known(order),
            payment: "pay".into(),
            page_url: "https://pay.example".into(),
        },
        Op::Declined(order) => Command::RecordPaymentDeclined { order: known(order) },
        Op::Captured(order, off) => {
            let order = known(order);
            let amount = sale.orders().find(order).map_or(0, |order| order.total) + off;
            Command::RecordPaymentCaptured { order, payment: "pay".into(), amount: Money::new(amount, EUR) }
        }
        Op::PayLatest(account) => {
            let order = sale.orders().of(who(account)).next_back()?;
            let amount = Money::new(order.total, EUR);
            Command::RecordPaymentCaptured { order: order.id, payment: "pay".into(), amount }
        }
        Op::NeverPaid(order) => Command::RecordPaymentCancelled { order: known(order) },
        Op::SentBack(order) => Command::RecordRefund { order: known(order) },
        Op::Refund(order) => Command::RefundOrder { order: known(order) },
        Op::Block(seats, people) => Command::Block { choice: places(seats, people) },
        Op::Unblock(seats, people) => Command::Unblock { choice: places(seats, people) },
        Op::Pause => Command::Pause,
        Op::Resume => Command::Resume,
        Op::Close => Command::Close,
        Op::SetPace(pace) => Command::SetPace { pace: *pace },
        Op::SetLobby(seed, from) => Command::SetLobby {
            commitment: sale::line::draw::commit(&[*seed; 32]),
            gathers_from: Timestamp::from_millis(i64::from(*from)),
        },
        Op::OpenDraw(seed) => Command::OpenDraw { seed: [*seed; 32] },
        Op::Throttle(permille) => Command::Throttle { permille: *permille },
        Op::Announce(text) => Command::Announce { text: "x".repeat(usize::from(*text)) },
        Op::CheckIn(serial) => Command::CheckIn { serial: u32::from(*serial) % (sale.tickets_issued() + 2) },
    })
}
