//! What clients sent and saw: one JSON object a line, written before the next request leaves.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something a client did or was told.
#[expect(missing_docs, reason = "the names are the API's")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    Me,
    Join,
    Look,
    Enter,
    Leave,
    Hold,
    /// The key of a hold with another choice.
    HoldOther,
    Release,
    Order,
    OrderLook,
    Cancel,
    Pay,
    Refund,
    Ticket,
    CheckIn,
    Status,
    /// Every seat, as everybody sees it.
    Seats,
    /// A frame of a live connection: nothing was asked.
    Frame,
    /// Something of the organiser's that leaves a trace in the audit log.
    Deed,
}

/// One exchange. A request that is repeated has one entry for each time it was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// Who.
    pub client: u32,
    /// The same for every repetition of a request.
    pub call: u64,
    /// What was done.
    pub what: What,
    /// To what: an id, or empty.
    #[serde(default)]
    pub of: String,
    /// Microseconds on the clients' clock.
    pub sent_us: u64,
    /// The same; `None` if no answer came.
    pub answered_us: Option<u64>,
    /// HTTP status; 0 if no answer came.
    pub status: u16,
    /// The error's word; empty without one.
    pub code: String,
    /// The body of the request.
    pub asked: Value,
    /// The body of the answer.
    pub told: Value,
}

impl Entry {
    /// The answer says yes.
    pub fn ok(&self) -> bool {
        (200..400).contains(&self.status)
    }

    /// Nothing was decided: no answer, "not now", or no good pass at the door. Such an answer may change.
    pub fn undecided(&self) -> bool {
        matches!(self.status, 0 | 429 | 503) || is_about_passes(&self.code)
    }

    /// It was only said that it is not this fan's turn, which is not remembered under a key.
    pub fn not_ones_turn(&self) -> bool {
        const CODES: [&str; 6] =
            ["sale_not_open", "draw_pending", "sale_paused", "sale_closed", "not_in_line", "not_admitted"];
        CODES.contains(&self.code.as_str())
    }

    /// When the answer came; never, for one that did not.
    pub fn answered(&self) -> u64 {
        self.answered_us.unwrap_or(u64::MAX)
    }
}

/// The refusal says that the admission pass is missing, wrong, over or used.
pub fn is_about_passes(code: &str) -> bool {
    code.starts_with("admission_pass_")
}

/// Writes a history.
#[derive(Debug)]
pub struct Recorder {
    began: Instant,
    path: PathBuf,
    file: Mutex<BufWriter<File>>,
    calls: AtomicU64,
}

impl Recorder {
    /// A new history in this file.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn new(path: &Path) -> std::io::Result<Self> {
        let file = Mutex::new(BufWriter::new(File::create(path)?));
        Ok(Self { began: Instant::now(), path: path.to_owned(), file, calls: AtomicU64::new(0) })
    }

    /// A number for a request and its repetitions.
    pub fn call(&self) -> u64 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }

    /// The clients' clock.
    pub fn now_us(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Adds an entry. A history that cannot be written is worth nothing, so this ends the run.
    pub fn add(&self, entry: &Entry) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let written = serde_json::to_writer(&mut *file, entry).map_err(std::io::Error::from);
        if let Err(error) = written.and_then(|()| file.write_all(b"\n")).and_then(|()| file.flush()) {
            eprintln!("the history cannot be written: {error}");
            std::process::exit(3);
        }
    }

    /// Everything recorded so far, from the file.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self) -> std::io::Result<Vec<Entry>> {
        // Nobody is in the middle of a line meanwhile.
        let _file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        read(&self.path)
    }
}

/// Reads a history.
///
/// # Errors
/// The file cannot be read, or a line is no entry.
pub fn read(path: &Path) -> std::io::Result<Vec<Entry>> {
    let lines = BufReader::new(File::open(path)?).lines();
    lines.map(|line| serde_json::from_str(&line?).map_err(std::io::Error::from)).collect()
}
