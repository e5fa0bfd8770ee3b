//! A data folder of a test's own, with a sale in it, and the binary on it.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::{
    AccountId, Area, AreaIndex, Currency, Duration, Money, OrderId, PriceLevel, PriceLevelIndex, Row, SaleId, Seat,
    SeatIndex, SeatingPlan, Section, Timestamp,
};
use engine::{Engine, EngineOptions, SaleHandle};
use journal::{Snapshots, SqliteJournal, SqliteOptions};
use sale::command::Places;
use sale::{Answer, Choice, Command as Ask, Pace, Settings};
use tempfile::TempDir;

pub(crate) const SALE: SaleId = SaleId::new(1);
const EUR: Currency = Currency::from_code(*b"EUR");

/// What the binary answered.
pub(crate) struct Answered {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Answered {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Answered {
    /// The output of a command that must have gone well.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, Some(0), "{}\n{}", self.out, self.err);
        self.out
    }

    /// The error of a command that must have failed with code 1.
    pub(crate) fn refused(self) -> String {
        assert_eq!(self.code, Some(1), "{}\n{}", self.out, self.err);
        self.err
    }
}

/// A child that is ended whatever the test does.
pub(crate) struct Ended(pub(crate) Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder of its own, which goes away with it.
pub(crate) struct Folder {
    base: TempDir,
}

impl Folder {
    pub(crate) fn new() -> Self {
        Self { base: tempfile::tempdir().unwrap() }
    }

    /// Where the data is.
    pub(crate) fn data(&self) -> PathBuf {
        self.base.path().join("data")
    }

    /// A place beside the data.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.base.path().join(name)
    }

    /// The binary, working in this folder, with nothing of this process's environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_onsale"));
        command.current_dir(self.base.path()).env_clear().args(arguments).stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Answered {
        self.command(arguments).output().unwrap().into()
    }

    /// Runs the binary with this text on its standard input.
    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &str) -> Answered {
        let mut command = self.command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap().into()
    }

    /// Starts the binary and waits until its log says this.
    pub(crate) fn start(&self, arguments: &[&str], ready: &str) -> Ended {
        let mut child = Ended(self.command(arguments).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap());
        let mut log = BufReader::new(child.0.stderr.take().unwrap());
        let mut said = String::new();
        while !said.contains(ready) {
            assert_ne!(log.read_line(&mut said).unwrap(), 0, "it ended after saying\n{said}");
        }
        // Kept open, or the next line of the log would find no reader.
        child.0.stderr = Some(log.into_inner());
        child
    }

    /// A writer on this folder.
    pub(crate) fn shop(&self) -> Shop {
        Shop::open(&self.data())
    }
}

/// The engine on a data folder, with a clock of its own and one sale.
pub(crate) struct Shop {
    pub(crate) engine: Engine,
    pub(crate) sale: SaleHandle,
    pub(crate) journal: Arc<SqliteJournal>,
    now: Arc<AtomicI64>,
}

impl Shop {
    fn open(data: &Path) -> Self {
        std::fs::create_dir_all(data).unwrap();
        let now = Arc::new(AtomicI64::new(0));
        let clock = Arc::clone(&now);
        let journal = Arc::new(SqliteJournal::open(SqliteOptions::new(data.join("journal.db"))).unwrap());
        let engine = Engine::open(
            Arc::clone(&journal) as _,
            Snapshots::new(data.join("snapshots")),
            EngineOptions::default(),
            Arc::new(move || Timestamp::from_millis(clock.load(Ordering::SeqCst))),
        )
        .unwrap();
        let sale = wait(engine.create(settings(), hall())).unwrap();
        now.store(2_000, Ordering::SeqCst);
        Self { engine, sale, journal, now }
    }

    pub(crate) fn ask(&self, command: Ask) -> Answer {
        wait(self.sale.submit(command)).unwrap().unwrap()
    }

    /// One account takes a place, two seats and a standing place, and pays.
    pub(crate) fn buy(&self, buyer: u128, first_seat: u32) -> OrderId {
        let account = AccountId::new(buyer);
        self.ask(Ask::Join { account });
        self.ask(Ask::Enter { account });
        let places =
            Places { seats: vec![SeatIndex(first_seat), SeatIndex(first_seat + 1)], areas: vec![(AreaIndex(0), 1)] };
        self.ask(Ask::PlaceHold { account, choice: Choice::These(places) });
        let at = Timestamp::from_millis(self.now.load(Ordering::SeqCst));
        let order = OrderId::mint(SALE, at, buyer as u64);
        self.ask(Ask::BeginCheckout { account, order });
        let (payment, amount) = (format!("pay-{buyer}"), Money::new(12_000, EUR));
        self.ask(Ask::RecordPaymentCaptured { order, payment, amount });
        order
    }

    /// Ends the writer, which saves a snapshot.
    pub(crate) fn stop(self) {
        self.engine.stop();
        self.journal.close();
    }
}

/// Waits for an answer of the engine.
pub(crate) fn wait<T>(answer: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(answer)
}

fn settings() -> Settings {
    Settings {
        sale: SALE,
        opens_at: Timestamp::from_millis(1_000),
        currency: EUR,
        prices: vec![5_000, 2_000],
        tickets_per_buyer_max: 3,
        grace: Duration::from_secs(100),
        select_time: Duration::from_secs(100),
        pay_time: Duration::from_secs(100),
        pace: Pace::default(),
    }
}

/// A hundred seats and a standing area of fifty.
fn hall() -> SeatingPlan {
    let seat = |index: u32| Seat {
        guid: index.to_string(),
        row: 0,
        number: index.to_string(),
        level: PriceLevelIndex(0),
        x: 0.0,
        y: 0.0,
        accessible: false,
        after_gap: false,
    };
    let level = |name: &str| PriceLevel { name: name.into(), color: "#336699".into() };
    let standing = Area {
        name: "Standing".into(),
        level: PriceLevelIndex(1),
        capacity: 50,
        x: 0.0,
        y: 0.0,
        width: 1.0,
        height: 1.0,
    };
    SeatingPlan {
        name: "Hall".into(),
        width: 1.0,
        height: 1.0,
        price_levels: vec![level("Seat"), level("Standing")],
        sections: vec![Section { name: "Stalls".into() }],
        rows: vec![Row { section: 0, name: "1".into(), first_seat: 0, seats: 100 }],
        seats: (0..100).map(seat).collect(),
        areas: vec![standing],
    }
}
