//! Damage on purpose, for the proof only.
//!
//! A *mutation* is a defect that the outside judge must notice; a *crash point* is a named place at which the process
//! dies. Both are compiled in only by a feature of the server (`sabotage`, `failpoints`), which no release has, and
//! are chosen when the process starts: `ONSALE_SABOTAGE=NAME`, `ONSALE_CRASH_AT=NAME` or `NAME=N` to die at the
//! passage after the first N. Without the features every function here is empty.

mod names;

pub use names::{CRASH_POINTS, MUTATIONS};

/// Names the mutation.
pub const SABOTAGE: &str = "ONSALE_SABOTAGE";
/// Names the crash point.
pub const CRASH_AT: &str = "ONSALE_CRASH_AT";

/// Whether this mutation was chosen.
#[cfg(feature = "mutations")]
pub fn is(mutation: &str) -> bool {
    static CHOSEN: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    CHOSEN.get_or_init(|| std::env::var(SABOTAGE).unwrap_or_default()) == mutation
}

/// Whether this mutation was chosen: never, in this build.
#[cfg(not(feature = "mutations"))]
#[inline(always)]
pub const fn is(_mutation: &str) -> bool {
    false
}

/// Dies here if this crash point was chosen and its turn has come.
#[cfg(feature = "crash_points")]
pub fn crash_point(name: &'static str) {
    static ARMED: std::sync::Once = std::sync::Once::new();
    ARMED.call_once(arm);
    fail::fail_point!(name, |_| {
        eprintln!("crash point {name}");
        std::process::abort()
    });
}

/// Dies here if this crash point was chosen: never, in this build.
#[cfg(not(feature = "crash_points"))]
#[inline(always)]
pub const fn crash_point(_name: &'static str) {}

#[cfg(feature = "crash_points")]
fn arm() {
    let Ok(chosen) = std::env::var(CRASH_AT) else { return };
    let (name, spared) = chosen.split_once('=').unwrap_or((&chosen, "0"));
    let spared: u32 = spared.parse().unwrap_or(0);
    let action = if spared == 0 { "return".to_owned() } else { format!("{spared}*off->return") };
    assert!(CRASH_POINTS.contains(&name), "there is no crash point {name}");
    if let Err(error) = fail::cfg(name, &action) {
        eprintln!("the crash point {name} cannot be armed: {error}");
    }
}
