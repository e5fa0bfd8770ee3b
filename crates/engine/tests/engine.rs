//! The writer with a real SQLite journal: order, durability, timers, recovery, back-pressure.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use domain::{
    AccountId, Currency, Duration, PriceLevel, PriceLevelIndex, Row, SaleId, Seat, SeatIndex, SeatingPlan, Section,
    Timestamp,
};
use engine::{Engine, EngineOptions, Now, SaleHandle, Unavailable};
use journal::{Batch, Done, Journal, JournalError, ReplayEach, Snapshots, SqliteJournal, SqliteOptions};
use sale::command::Places;
use sale::{Answer, Choice, Command, Pace, PlaceStage, Rejection, Settings};

const SALE: SaleId = SaleId::new(1);

/// A clock the test moves.
#[derive(Clone, Default)]
struct Hand(Arc<AtomicI64>);

impl Hand {
    fn now(&self) -> Now {
        let hand = Arc::clone(&self.0);
        Arc::new(move || Timestamp::from_millis(hand.load(Ordering::SeqCst)))
    }

    fn set(&self, millis: i64) {
        self.0.store(millis, Ordering::SeqCst);
    }
}

fn plan(seats: u32) -> SeatingPlan {
    let per_row = 100;
    let rows = (0..seats.div_ceil(per_row)).map(|row| Row {
        section: 0,
        name: row.to_string(),
        first_seat: row * per_row,
        seats: per_row.min(seats - row * per_row),
    });
    let seat = |index: u32| Seat {
        guid: index.to_string(),
        row: index / per_row,
        number: (index % per_row).to_string(),
        level: PriceLevelIndex(0),
        x: 0.0,
        y: 0.0,
        accessible: false,
        after_gap: false,
    };
    SeatingPlan {
        name: "Hall".into(),
        width: 1.0,
        height: 1.0,
        price_levels: vec![PriceLevel { name: "A".into(), color: "#000000".into() }],
        sections: vec![Section { name: "Stalls".into() }],
        rows: rows.collect(),
        seats: (0..seats).map(seat).collect(),
        areas: vec![],
    }
}

fn settings(pace: Pace) -> Settings {
    Settings {
        sale: SALE,
        opens_at: Timestamp::from_millis(1_000),
        currency: Currency::from_code(*b"EUR"),
        prices: vec![5_000],
        tickets_per_buyer_max: 3,
        grace: Duration::from_secs(10),
        select_time: Duration::from_secs(60),
        pay_time: Duration::from_secs(30),
        pace,
    }
}

fn open(folder: &Path, hand: &Hand, options: EngineOptions) -> (Engine, Arc<SqliteJournal>) {
    let journal = Arc::new(SqliteJournal::open(SqliteOptions::new(folder.join("journal.db"))).unwrap());
    let snapshots = Snapshots::new(folder.join("snapshots"));
    (Engine::open(Arc::clone(&journal) as _, snapshots, options, hand.now()).unwrap(), journal)
}

fn account(number: u128) -> AccountId {
    AccountId::new(number)
}

fn hold(number: u128, seats: &[u32]) -> Command {
    let seats = seats.iter().copied().map(SeatIndex).collect();
    Command::PlaceHold { account: account(number), choice: Choice::These(Places { seats, areas: vec![] }) }
}

async fn join_all(handle: &SaleHandle, count: u128) {
    let accounts = (1..=count).map(account).collect();
    handle.submit(Command::JoinMany { accounts }).await.unwrap().unwrap();
}

#[tokio::test]
async fn nobody_enters_before_the_opening_instant() {
    let folder = tempfile::tempdir().unwrap();
    let hand = Hand::default();
    let (engine, _journal) = open(folder.path(), &hand, EngineOptions::default());
    let sale = engine.create(settings(Pace::default()), plan(10)).await.unwrap();
    hand.set(999);
    let early = sale.submit(Command::Join { account: account(1) }).await.unwrap();
    assert_eq!(early, Err(Rejection::SaleNotOpen { opens_at: Timestamp::from_millis(1_000) }));
    hand.set(1_000);
    assert!(sale.submit(Command::Join { account: account(1) }).await.unwrap().is_ok());
    engine.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_on_one_seat_give_one_winner() {
    let folder = tempfile::tempdir().unwrap();
    let hand = Hand::default();
    let (engine, _journal) = open(folder.path(), &hand, EngineOptions::default());
    hand.set(1_000);
    let sale = engine.create(settings(Pace::default()), plan(10_000)).await.unwrap();
    join_all(&sale, 10_000).await;
    let tasks: Vec<_> = (1..=10_000)
        .map(|number| {
            let sale = sale.clone();
            tokio::spawn(async move { sale.submit(hold(number, &[7])).await.unwrap() })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(_) => won += 1,
            Err(rejection) => assert_eq!(rejection, Rejection::SeatTaken { seats: vec![SeatIndex(7)] }),
        }
    }
    assert_eq!(won, 1);
    assert_eq!(sale.read(sale::Sale::broken_invariant).await.unwrap(), None);
    engine.stop();
}

#[tokio::test]
async fn deadlines_fire_by_themselves_and_let_the_next_one_in() {
    let folder = tempfile::tempdir().unwrap();
    let hand = Hand::default();
    let (engine, _journal) = open(folder.path(), &hand, EngineOptions::default());
    hand.set(1_000);
    let pace = Pace { capacity: Some(1), ..Pace::default() };
    let sale = engine.create(settings(pace), plan(10)).await.unwrap();
    let mut feed = sale.subscribe();
    join_all(&sale, 2).await;
    sale.submit(hold(1, &[3])).await.unwrap().unwrap();
    hand.set(61_000);
    // Nothing is asked: the writer's own timer must end the turn and let the second one in.
    loop {
        let committed = tokio::time::timeout(std::time::Duration::from_secs(10), feed.recv()).await.unwrap().unwrap();
        let kinds: Vec<_> = committed.events.iter().map(|recorded| format!("{:?}", recorded.event)).collect();
        if kinds.iter().any(|kind| kind.starts_with("TurnEnded")) {
            assert!(kinds.iter().any(|kind| kind.starts_with("Admitted")), "in the same batch: {kinds:?}");
            break;
        }
    }
    let second = sale.read(|sale| sale.place_view(account(2)).unwrap().stage).await.unwrap();
    assert_eq!(second, PlaceStage::Admitted);
    engine.stop();
}

#[tokio::test]
async fn a_restart_loses_nothing_and_hashes_alike() {
    let folder = tempfile::tempdir().unwrap();
    let hand = Hand::default();
    let before = {
        let (engine, _journal) = open(folder.path(), &hand, EngineOptions::default());
        hand.set(1_000);
        let sale = engine.create(settings(Pace::default()), plan(500)).await.unwrap();
        join_all(&sale, 200).await;
        for number in 1..=100 {
            sale.submit(hold(number, &[number as u32, number as u32 + 200])).await.unwrap().unwrap();
        }
        let hash = sale.read(sale::Sale::state_hash).await.unwrap();
        engine.stop();
        hash
    };
    // Once from the snapshot that stopping saved, once from the events alone.
    for keep_snapshot in [true, false] {
        if !keep_snapshot {
            std::fs::remove_dir_all(folder.path().join("snapshots")).unwrap();
        }
        let (engine, _journal) = open(folder.path(), &hand, EngineOptions::default());
        let sale = engine.sale(SALE).unwrap();
        assert_eq!(sale.read(sale::Sale::state_hash).await.unwrap(), before);
        assert!(matches!(sale.submit(hold(150, &[1])).await.unwrap(), Err(Rejection::SeatTaken { .. })));
        engine.stop();
    }
}

#[tokio::test]
async fn a_snapshot_of_what_a_journal_lost_is_not_taken_up_again() {
    let hand = Hand::default();
    let lost = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut hashes = Vec::new();
    // The same sale twice: the second went on later, with others, and further than the first one's snapshot.
    for (folder, at, fans) in [(&lost, 1_000, 50), (&folder, 9_000, 90)] {
        hand.set(1_000);
        let (engine, _journal) = open(folder.path(), &hand, EngineOptions::default());
        let sale = engine.create(settings(Pace::default()), plan(500)).await.unwrap();
        hand.set(at);
        for number in 1..=fans {
            sale.submit(Command::Join { account: account(number + at as u128) }).await.unwrap().unwrap();
        }
        hashes.push(sale.read(sale::Sale::state_hash).await.unwrap());
        engine.stop();
    }
    std::fs::remove_dir_all(folder.path().join("snapshots")).unwrap();
    std::fs::rename(lost.path().join("snapshots"), folder.path().join("snapshots")).unwrap();
    let (engine, _journal) = open(folder.path(), &hand, EngineOptions::default());
    let sale = engine.sale(SALE).unwrap();
    assert_eq!(sale.read(sale::Sale::state_hash).await.unwrap(), hashes[1]);
    engine.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn snapshots_are_saved_while_the_sale_is_busy() {
    let folder = tempfile::tempdir().unwrap();
    let hand = Hand::default();
    let options = EngineOptions { snapshot_every: 20, ..EngineOptions::default() };
    let (engine, _journal) = open(folder.path(), &hand, options.clone());
    hand.set(1_000);
    let sale = engine.create(settings(Pace::default()), plan(10)).await.unwrap();
    let joins: Vec<_> = (0..64)
        .map(|lane| {
            let sale = sale.clone();
            tokio::spawn(async move {
                for number in 0..100 {
                    sale.submit(Command::Join { account: account(lane * 100 + number + 1) }).await.unwrap().unwrap();
                }
            })
        })
        .collect();
    // Nobody who asks for one is told to try again.
    let asked = sale.save_snapshot().await.unwrap();
    for lane in joins {
        lane.await.unwrap();
    }
    let newest = Snapshots::new(folder.path().join("snapshots")).load(SALE).next().unwrap().sequence;
    let last = sale.read(|sale| u64::from(sale.line().last_number())).await.unwrap();
    assert_eq!(last, 6_400);
    assert!(newest > asked, "the newest snapshot is of {newest}, asked for at {asked}");
    let hash = sale.read(sale::Sale::state_hash).await.unwrap();
    engine.stop();
    let (engine, _journal) = open(folder.path(), &hand, options);
    assert_eq!(engine.sale(SALE).unwrap().read(sale::Sale::state_hash).await.unwrap(), hash);
    engine.stop();
}

#[tokio::test]
async fn views_follow_and_share_what_did_not_change() {
    let folder = tempfile::tempdir().unwrap();
    let hand = Hand::default();
    let (engine, _journal) = open(folder.path(), &hand, EngineOptions::default());
    hand.set(1_000);
    let sale = engine.create(settings(Pace::default()), plan(10)).await.unwrap();
    join_all(&sale, 3).await;
    sale.submit(hold(2, &[5])).await.unwrap().unwrap();
    let view = tokio::time::timeout(std::time::Duration::from_secs(5), async {
        loop {
            let view = sale.view();
            if view.levels[0].0 == [9, 1, 0, 0] {
                return view;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    });
    let view = view.await.unwrap();
    assert_eq!((view.last_number, view.active, view.waiting), (3, 3, 0));
    assert_eq!(view.seats[1], 0b0000_0100, "seat 5 is held");
    engine.stop();
}

#[tokio::test]
async fn a_full_inbox_answers_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let hand = Hand::default();
    let (engine, _journal) = open(folder.path(), &hand, EngineOptions { inbox_max: 1, ..EngineOptions::default() });
    let sale = engine.create(settings(Pace::default()), plan(10)).await.unwrap();
    // The writer is kept busy by a look that does not return until the test says so.
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let (begun, begins) = tokio::sync::oneshot::channel();
    let busy = tokio::spawn({
        let sale = sale.clone();
        async move {
            let look = move |_: &sale::Sale| {
                begun.send(()).unwrap();
                wait.recv()
            };
            sale.read(look).await
        }
    });
    begins.await.unwrap();
    let answers = async {
        let mut overloaded = false;
        for number in 1..100 {
            let answer = tokio::time::timeout(
                std::time::Duration::from_millis(20),
                sale.submit(Command::Join { account: account(number) }),
            );
            overloaded |= matches!(answer.await, Ok(Err(Unavailable::Overloaded)));
        }
        overloaded
    };
    assert!(answers.await, "a bounded inbox must refuse");
    go.send(()).unwrap();
    busy.await.unwrap().unwrap().unwrap();
    engine.stop();
}

/// A journal that fails while it is told to.
struct Failing(SqliteJournal, AtomicBool);

impl Failing {
    fn fails(&self) -> Option<JournalError> {
        self.1.load(Ordering::SeqCst).then(|| JournalError::Storage("broken for a test".into()))
    }
}

impl Journal for Failing {
    fn append(&self, batch: Batch, done: Done) {
        match self.fails() {
            Some(error) => done(Err(error)),
            None => self.0.append(batch, done),
        }
    }

    fn replay(&self, sale: SaleId, after: u64, each: &mut ReplayEach<'_>) -> Result<(), JournalError> {
        self.fails().map_or_else(|| self.0.replay(sale, after, each), Err)
    }

    fn sales(&self) -> Result<Vec<SaleId>, JournalError> {
        self.0.sales()
    }
}

/// Who looks must be able to tell a pause from the end.
#[tokio::test]
async fn while_a_sale_recovers_looks_are_refused_and_afterwards_they_see_it() {
    let folder = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(SqliteOptions::new(folder.path().join("journal.db"))).unwrap();
    let snapshots = Snapshots::new(folder.path().join("snapshots"));
    let journal = Arc::new(Failing(journal, AtomicBool::new(false)));
    let engine = Engine::open(journal.clone(), snapshots, EngineOptions::default(), Hand::default().now()).unwrap();
    let sale = engine.create(settings(Pace::default()), plan(10)).await.unwrap();
    journal.1.store(true, Ordering::SeqCst);
    assert_eq!(
        sale.submit(Command::SetPace { pace: Pace { capacity: Some(7), ..Pace::default() } }).await,
        Err(Unavailable::CommitFailed)
    );
    assert_eq!(sale.read(|_| ()).await, Err(Unavailable::CommitFailed));
    journal.1.store(false, Ordering::SeqCst);
    while sale.read(|_| ()).await == Err(Unavailable::CommitFailed) {}
    assert_eq!(sale.read(|_| ()).await, Ok(()));
    engine.stop();
}

#[tokio::test]
async fn a_deposed_writer_stops() {
    let folder = tempfile::tempdir().unwrap();
    let hand = Hand::default();
    hand.set(1_000);
    let (old, _journal) = open(folder.path(), &hand, EngineOptions::default());
    let sale = old.create(settings(Pace::default()), plan(10)).await.unwrap();
    sale.submit(Command::Join { account: account(1) }).await.unwrap().unwrap();
    let (new, _other) = open(folder.path(), &hand, EngineOptions::default());
    new.sale(SALE).unwrap().submit(Command::Join { account: account(2) }).await.unwrap().unwrap();
    // The old writer decides on a state that is no longer the truth; it must not be able to say so.
    let late = sale.submit(Command::Join { account: account(3) }).await;
    assert_eq!(late, Err(Unavailable::CommitFailed));
    let place = new.sale(SALE).unwrap().submit(Command::Join { account: account(3) }).await.unwrap();
    assert!(matches!(place, Ok(Answer::Joined(place) | Answer::Place(place)) if place.number.0 == 3));
    new.stop();
    old.stop();
}

#[tokio::test]
async fn a_clock_set_back_before_a_restart_does_not_stop_the_sale() {
    let folder = tempfile::tempdir().unwrap();
    let hand = Hand::default();
    let pace = Pace { capacity: Some(1), ..Pace::default() };
    let two_days = 2 * 24 * 3_600_000;
    {
        let (engine, _journal) = open(folder.path(), &hand, EngineOptions::default());
        hand.set(two_days);
        let sale = engine.create(settings(pace), plan(10)).await.unwrap();
        join_all(&sale, 2).await;
        sale.submit(hold(1, &[3])).await.unwrap().unwrap();
        engine.stop();
    }
    hand.set(0);
    let (engine, _journal) = open(folder.path(), &hand, EngineOptions::default());
    let sale = engine.sale(SALE).unwrap();
    let second = |sale: &sale::Sale| sale.place_view(account(2)).unwrap().stage;
    assert_eq!(sale.read(second).await.unwrap(), PlaceStage::Waiting, "the writer is up and knows its clock");
    hand.set(59_000);
    assert_eq!(sale.read(second).await.unwrap(), PlaceStage::Waiting, "the hold runs for its whole time");
    hand.set(60_000);
    assert_eq!(sale.read(second).await.unwrap(), PlaceStage::Admitted, "and no longer");
    engine.stop();
}
