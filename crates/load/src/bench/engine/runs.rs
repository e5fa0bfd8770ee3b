//! The runs: the same holds grouped and with a commit each, joins, and recovery. In process, on real files.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::{
    AccountId, Currency, Duration as Span, PriceLevel, PriceLevelIndex, Row, SaleId, Seat, SeatIndex, SeatingPlan,
    Section, Timestamp,
};
use engine::{Engine, EngineOptions, SaleHandle, recovery};
use journal::{Snapshots, SqliteJournal, SqliteOptions};
use sale::command::Places;
use sale::{Choice, Command, Pace, Request, Settings};

/// The seats of the hall that the holds are of.
pub const SEATS: u32 = 50_000;
/// Requests under way at any time.
pub const IN_FLIGHT: u32 = 1_024;
/// Accounts in one bulk join, as a gateway sends them.
pub const JOINS_PER_MESSAGE: u32 = 512;
/// Joins under way when a crowd arrives at once: what several gateways have on their way to the writer.
pub const CROWD_IN_FLIGHT: u32 = 8 * JOINS_PER_MESSAGE;

const SALE: SaleId = SaleId::new(1);

/// What went wrong in a run, as a sentence.
pub type Failure = String;

/// What a run measured.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// Operations answered, each after its commit.
    pub operations: u64,
    /// Wall time.
    pub seconds: f64,
    /// Processor time of the whole process, generator included.
    pub cpu_seconds: f64,
}

impl Measured {
    /// Operations in a second of wall time.
    pub fn per_second(&self) -> f64 {
        self.operations as f64 / self.seconds
    }

    /// Microseconds of processor time for one operation, generator included.
    pub fn cpu_us(&self) -> f64 {
        self.cpu_seconds * 1e6 / self.operations as f64
    }
}

/// Holds for `length`: every one takes a seat, gives the one before back, and is answered once it is durable.
pub async fn holds(folder: PathBuf, batch_max: usize, length: Duration) -> Result<Measured, Failure> {
    let standard = EngineOptions::default();
    let options = EngineOptions { batch_max: batch_max.min(standard.batch_max), ..standard };
    let (engine, journal) = open(&folder, options)?;
    let sale = engine.create(settings(), hall(SEATS)).await.map_err(text)?;
    let fans = SEATS / 2;
    join(&sale, 0, fans, IN_FLIGHT).await?;
    let began = (Instant::now(), cpu_seconds());
    let end = began.0 + length;
    let tasks: Vec<_> = (0..IN_FLIGHT)
        .map(|worker| {
            let sale = sale.clone();
            tokio::spawn(async move {
                let mut done = 0u64;
                let mut turn = 0;
                while Instant::now() < end {
                    for fan in (worker..fans).step_by(IN_FLIGHT as usize) {
                        hold(&sale, fan, fan * 2 + turn % 2).await?;
                        done += 1;
                        if done.is_multiple_of(16) && Instant::now() >= end {
                            break;
                        }
                    }
                    turn += 1;
                }
                Ok::<u64, Failure>(done)
            })
        })
        .collect();
    let mut operations = 0;
    for task in tasks {
        operations += task.await.map_err(text)??;
    }
    let measured =
        Measured { operations, seconds: began.0.elapsed().as_secs_f64(), cpu_seconds: cpu_seconds() - began.1 };
    check(&sale).await?;
    engine.stop();
    journal.close();
    let recovered = recovery::replay(SALE, &*journal, None, 0).map_err(text)?.ok_or("the journal is empty")?;
    let held = recovered.sale.floor().total().0[1];
    let expected = fans.min(u32::try_from(operations).unwrap_or(u32::MAX));
    if held > fans || held < expected.min(IN_FLIGHT) {
        return Err(format!("after replay {held} seats are held, expected about {expected}"));
    }
    Ok(measured)
}

async fn hold(sale: &SaleHandle, fan: u32, seat: u32) -> Result<(), Failure> {
    let choice = Choice::These(Places { seats: vec![SeatIndex(seat)], areas: vec![] });
    let answer = sale.submit(Command::PlaceHold { account: account(fan), choice }).await.map_err(text)?;
    answer.map(drop).map_err(|rejection| rejection.sentence())
}

/// `places` joins, in messages of [`JOINS_PER_MESSAGE`] with so many accounts under way; all different accounts.
pub async fn joins(folder: PathBuf, places: u32, in_flight: u32) -> Result<Measured, Failure> {
    let (engine, journal) = open(&folder, EngineOptions::default())?;
    let sale = engine.create(line_only(), hall(SEATS)).await.map_err(text)?;
    let began = (Instant::now(), cpu_seconds());
    join(&sale, 0, places, in_flight).await?;
    let measured = Measured {
        operations: u64::from(places),
        seconds: began.0.elapsed().as_secs_f64(),
        cpu_seconds: cpu_seconds() - began.1,
    };
    let numbers = sale.read(|sale| sale.line().last_number()).await.map_err(text)?;
    engine.stop();
    journal.close();
    if numbers == places { Ok(measured) } else { Err(format!("{numbers} places after {places} joins")) }
}

/// Joins in messages, with `in_flight` accounts under way.
async fn join(sale: &SaleHandle, first: u32, count: u32, in_flight: u32) -> Result<(), Failure> {
    let lanes = in_flight / JOINS_PER_MESSAGE;
    let tasks: Vec<_> = (0..lanes)
        .map(|lane| {
            let sale = sale.clone();
            tokio::spawn(async move {
                let starts = (first..first + count).step_by(JOINS_PER_MESSAGE as usize).skip(lane as usize);
                for start in starts.step_by(lanes as usize) {
                    let end = (start + JOINS_PER_MESSAGE).min(first + count);
                    let command = Command::JoinMany { accounts: (start..end).map(account).collect() };
                    sale.submit(command).await.map_err(text)?.map_err(|rejection| rejection.sentence())?;
                }
                Ok::<(), Failure>(())
            })
        })
        .collect();
    for task in tasks {
        task.await.map_err(text)??;
    }
    Ok(())
}

/// Joins one by one, as a server in one process does it, with 1,024 under way.
pub async fn single_joins(folder: PathBuf, length: Duration) -> Result<Measured, Failure> {
    let (engine, journal) = open(&folder, EngineOptions::default())?;
    let sale = engine.create(line_only(), hall(SEATS)).await.map_err(text)?;
    let began = (Instant::now(), cpu_seconds());
    let end = began.0 + length;
    let tasks: Vec<_> = (0..IN_FLIGHT)
        .map(|worker| {
            let sale = sale.clone();
            tokio::spawn(async move {
                let mut done = 0u32;
                while !done.is_multiple_of(16) || Instant::now() < end {
                    let account = account(worker + done * IN_FLIGHT);
                    sale.submit(Command::Join { account }).await.map_err(text)?.map_err(|error| error.sentence())?;
                    done += 1;
                }
                Ok::<u32, Failure>(done)
            })
        })
        .collect();
    let mut operations = 0u64;
    for task in tasks {
        operations += u64::from(task.await.map_err(text)??);
    }
    let measured =
        Measured { operations, seconds: began.0.elapsed().as_secs_f64(), cpu_seconds: cpu_seconds() - began.1 };
    engine.stop();
    journal.close();
    Ok(measured)
}

/// How long it takes from the journal back to a sale with `places` places and every seat held: seconds from the
/// events alone, and seconds from a snapshot.
pub async fn recovery(folder: PathBuf, places: u32) -> Result<(f64, f64), Failure> {
    let (engine, journal) = open(&folder, EngineOptions::default())?;
    let sale = engine.create(settings(), hall(SEATS)).await.map_err(text)?;
    join(&sale, 0, SEATS, IN_FLIGHT).await?;
    join(&sale, SEATS, places - SEATS, IN_FLIGHT).await?;
    let holds: Vec<Request> = (0..SEATS)
        .map(|fan| {
            let choice = Choice::These(Places { seats: vec![SeatIndex(fan)], areas: vec![] });
            Command::PlaceHold { account: account(fan), choice }.into()
        })
        .collect();
    for chunk in holds.chunks(1_000) {
        for outcome in sale.submit_many(chunk.to_vec()).await.map_err(text)? {
            outcome.map_err(|rejection| rejection.sentence())?;
        }
    }
    let hash = sale.read(sale::Sale::state_hash).await.map_err(text)?;
    engine.stop();
    journal.close();
    let began = Instant::now();
    let from_events = recovery::replay(SALE, &*journal, None, 0).map_err(text)?.ok_or("the journal is empty")?;
    let events_seconds = began.elapsed().as_secs_f64();
    let began = Instant::now();
    let snapshots = Snapshots::new(folder.join("snapshots"));
    let from_snapshot = recovery::recover(SALE, &*journal, &snapshots).map_err(text)?.ok_or("the journal is empty")?;
    let snapshot_seconds = began.elapsed().as_secs_f64();
    if from_events.sale.state_hash() != hash || from_snapshot.sale.state_hash() != hash {
        return Err("the recovered sale is not the one that was stopped".into());
    }
    Ok((events_seconds, snapshot_seconds))
}

fn open(folder: &Path, options: EngineOptions) -> Result<(Engine, Arc<SqliteJournal>), Failure> {
    std::fs::create_dir_all(folder).map_err(text)?;
    let journal = Arc::new(SqliteJournal::open(SqliteOptions::new(folder.join("journal.db"))).map_err(text)?);
    let now = Arc::new(|| Timestamp::from_millis(1_000));
    let snapshots = Snapshots::new(folder.join("snapshots"));
    let engine = Engine::open(Arc::clone(&journal) as _, snapshots, options, now).map_err(text)?;
    Ok((engine, journal))
}

async fn check(sale: &SaleHandle) -> Result<(), Failure> {
    sale.read(sale::Sale::broken_invariant).await.map_err(text)?.map_or(Ok(()), Err)
}

/// The fan of this number.
pub fn account(number: u32) -> AccountId {
    // The low bits of a real account id are random; a multiplication scatters these alike.
    AccountId::new(u128::from(number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835))
}

/// A sale that is open, with one price and room for everybody.
pub fn settings() -> Settings {
    Settings {
        sale: SALE,
        opens_at: Timestamp::from_millis(1_000),
        currency: Currency::from_code(*b"EUR"),
        prices: vec![5_000],
        tickets_per_buyer_max: 3,
        grace: Span::from_mins(10),
        select_time: Span::from_mins(10),
        pay_time: Span::from_mins(7),
        pace: Pace::default(),
    }
}

/// Nobody is let in: the joins are measured alone.
fn line_only() -> Settings {
    Settings { pace: Pace { capacity: Some(0), ..Pace::default() }, ..settings() }
}

fn hall(seats: u32) -> SeatingPlan {
    const PER_ROW: u32 = 50;
    let seat = |index: u32| Seat {
        guid: index.to_string(),
        row: index / PER_ROW,
        number: (index % PER_ROW + 1).to_string(),
        level: PriceLevelIndex(0),
        x: (index % PER_ROW) as f32,
        y: (index / PER_ROW) as f32,
        accessible: false,
        after_gap: false,
    };
    let row = |row: u32| Row { section: 0, name: (row + 1).to_string(), first_seat: row * PER_ROW, seats: PER_ROW };
    SeatingPlan {
        name: "Hall".into(),
        width: PER_ROW as f32,
        height: (seats / PER_ROW) as f32,
        price_levels: vec![PriceLevel { name: "A".into(), color: "#336699".into() }],
        sections: vec![Section { name: "Stalls".into() }],
        rows: (0..seats / PER_ROW).map(row).collect(),
        seats: (0..seats).map(seat).collect(),
        areas: vec![],
    }
}

/// User and system time of this process, in seconds.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = after_name.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn text(error: impl std::fmt::Display) -> Failure {
    error.to_string()
}
