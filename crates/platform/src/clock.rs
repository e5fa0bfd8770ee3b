//! The clock: where `now` comes from. Everything below takes the time as a value.
//!
//! Deadlines of fans (ten minutes to choose, seven to pay) are compared with this clock, so it must not jump. The
//! wall clock does: an administrator sets it, a virtual machine wakes up, NTP steps it. [`SystemClock`] therefore
//! reads the wall clock once, counts on with the monotonic clock, and only *slews*: while the wall clock is ahead it
//! gains on it at one part in a hundred, so a wall clock set forward by an hour shortens seven minutes by about four
//! seconds instead of expiring every hold at once. When the wall clock is behind, it is not followed at all: time
//! never stands still and never goes back, until the next start of the process.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use domain::{Duration, Timestamp};

/// Where `now` comes from.
pub trait Clock: Send + Sync {
    /// The present instant; never earlier than one returned before.
    fn now(&self) -> Timestamp;
}

/// The wall clock is compared this often, in milliseconds.
const COMPARE_EVERY_MS: u64 = 1_000;
/// Of the time passed, this part at most is added to catch up with the wall clock: one in a hundred.
const SLEW_PART: i64 = 100;

/// The time of this process. Cheap to read and to share.
#[derive(Debug)]
pub struct SystemClock(Slewed<Hardware>);

impl SystemClock {
    /// A clock that starts at what the wall clock says now.
    pub fn start() -> Self {
        Self(Slewed::start(Hardware(Instant::now())))
    }

    /// How far the wall clock is ahead of this one, in milliseconds; negative if it is behind. Far from 0 means that
    /// somebody set the wall clock while the process ran.
    pub fn wall_ahead_ms(&self) -> i64 {
        self.0.source.wall_ms().saturating_sub(self.now().as_millis())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }
}

/// What a clock is made from.
trait TimeSource {
    /// Milliseconds since some fixed instant; never goes back.
    fn monotonic_ms(&self) -> u64;
    /// Milliseconds since 1970; may jump.
    fn wall_ms(&self) -> i64;
}

/// The clocks of the operating system, monotonic since this instant.
#[derive(Debug)]
struct Hardware(Instant);

impl TimeSource for Hardware {
    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn wall_ms(&self) -> i64 {
        wall_ms()
    }
}

/// The wall clock in milliseconds since 1970; 0 if it stands before that.
#[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
pub(crate) fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Counts on from the wall clock of the start and follows it forwards, slowly.
#[derive(Debug)]
struct Slewed<S> {
    source: S,
    /// What to add to the monotonic clock. Only ever grows; with a monotonic source that makes `now` monotonic, also
    /// between threads: who reads later reads no smaller value of either.
    offset_ms: AtomicI64,
    /// Monotonic milliseconds of the last comparison.
    compared_ms: AtomicU64,
}

impl<S: TimeSource> Slewed<S> {
    fn start(source: S) -> Self {
        let monotonic = source.monotonic_ms();
        let offset = source.wall_ms().saturating_sub_unsigned(monotonic);
        Self { source, offset_ms: AtomicI64::new(offset), compared_ms: AtomicU64::new(monotonic) }
    }

    fn now(&self) -> Timestamp {
        let monotonic = self.source.monotonic_ms();
        let compared = self.compared_ms.load(Ordering::Relaxed);
        let passed = monotonic.saturating_sub(compared);
        // Whoever wins the exchange compares; nobody waits.
        if passed >= COMPARE_EVERY_MS
            && self.compared_ms.compare_exchange(compared, monotonic, Ordering::Relaxed, Ordering::Relaxed).is_ok()
        {
            self.slew(monotonic, passed);
        }
        Timestamp::from_millis(self.offset_ms.load(Ordering::Relaxed).saturating_add_unsigned(monotonic))
    }

    fn slew(&self, monotonic: u64, passed: u64) {
        let here = self.offset_ms.load(Ordering::Relaxed).saturating_add_unsigned(monotonic);
        let behind = self.source.wall_ms().saturating_sub(here);
        let gain = behind.min(i64::try_from(passed).unwrap_or(i64::MAX) / SLEW_PART);
        if gain > 0 {
            self.offset_ms.fetch_add(gain, Ordering::Relaxed);
        }
    }
}

/// A clock that moves only when told: for tests and simulations.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that stands at this instant.
    pub const fn new(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.as_millis()))
    }

    /// Moves it forwards.
    pub fn advance(&self, span: Duration) {
        self.0.fetch_add(span.as_millis().into(), Ordering::Relaxed);
    }

    /// Moves it to this instant, if that is later.
    pub fn advance_to(&self, instant: Timestamp) {
        self.0.fetch_max(instant.as_millis(), Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START_MS: i64 = 1_800_000_000_000;

    /// Time sources that the test moves.
    #[derive(Default)]
    struct Simulated {
        monotonic: AtomicU64,
        wall: AtomicI64,
    }

    impl TimeSource for &Simulated {
        fn monotonic_ms(&self) -> u64 {
            self.monotonic.load(Ordering::Relaxed)
        }
        fn wall_ms(&self) -> i64 {
            self.wall.load(Ordering::Relaxed)
        }
    }

    impl Simulated {
        fn at_start() -> Self {
            Self { monotonic: AtomicU64::new(77), wall: AtomicI64::new(START_MS) }
        }
        fn pass(&self, ms: u32) {
            self.monotonic.fetch_add(ms.into(), Ordering::Relaxed);
            self.wall.fetch_add(ms.into(), Ordering::Relaxed);
        }
        fn set_wall_by(&self, ms: i64) {
            self.wall.fetch_add(ms, Ordering::Relaxed);
        }
    }

    #[test]
    fn it_starts_at_the_wall_clock_and_counts_on() {
        let time = Simulated::at_start();
        let clock = Slewed::start(&time);
        assert_eq!(clock.now(), Timestamp::from_millis(START_MS));
        time.pass(1_234);
        assert_eq!(clock.now(), Timestamp::from_millis(START_MS + 1_234));
    }

    #[test]
    fn a_wall_clock_set_back_is_not_followed() {
        let time = Simulated::at_start();
        let clock = Slewed::start(&time);
        time.set_wall_by(-3_600_000);
        time.pass(5_000);
        assert_eq!(clock.now(), Timestamp::from_millis(START_MS + 5_000));
    }

    #[test]
    fn a_wall_clock_set_forward_shortens_a_deadline_by_one_part_in_a_hundred() {
        let time = Simulated::at_start();
        let clock = Slewed::start(&time);
        time.set_wall_by(3_600_000);
        for _ in 0..420 {
            time.pass(1_000);
            clock.now();
        }
        assert_eq!(clock.now(), Timestamp::from_millis(START_MS + 420_000 + 4_200));
    }

    #[test]
    fn it_catches_up_and_then_stays_with_the_wall_clock() {
        let time = Simulated::at_start();
        let clock = Slewed::start(&time);
        time.set_wall_by(2_000);
        for _ in 0..300 {
            time.pass(1_000);
            clock.now();
        }
        assert_eq!(clock.now(), Timestamp::from_millis(START_MS + 302_000));
    }

    proptest! {
        #[test]
        fn it_never_goes_back_and_never_runs_away(steps in proptest::collection::vec((0u32..120_000, -10_000_000i64..10_000_000), 1..200)) {
            let time = Simulated::at_start();
            let clock = Slewed::start(&time);
            let mut before = clock.now();
            for (pass, jump) in steps {
                time.set_wall_by(jump);
                time.pass(pass);
                let now = clock.now();
                let gained = now.as_millis() - before.as_millis() - i64::from(pass);
                prop_assert!(now >= before, "went back");
                prop_assert!(gained >= 0, "ran slower than time");
                // A comparison may have been due for almost a second more than this step.
                prop_assert!(gained <= (i64::from(pass) + 1_000) / SLEW_PART, "gained {gained} ms in {pass} ms");
                before = now;
            }
        }
    }

    #[test]
    fn threads_never_see_the_real_clock_go_back() {
        let clock = SystemClock::start();
        let latest = AtomicI64::new(i64::MIN);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50_000 {
                        let before = latest.load(Ordering::SeqCst);
                        let now = clock.now().as_millis();
                        assert!(now >= before);
                        latest.fetch_max(now, Ordering::SeqCst);
                    }
                });
            }
        });
        assert!(clock.wall_ahead_ms().abs() < 60_000);
    }

    #[test]
    fn a_manual_clock_moves_when_told_and_only_forwards() {
        let clock = ManualClock::new(Timestamp::from_millis(10));
        clock.advance(Duration::from_millis(5));
        clock.advance_to(Timestamp::from_millis(3));
        assert_eq!(clock.now(), Timestamp::from_millis(15));
        clock.advance_to(Timestamp::from_millis(30));
        assert_eq!(clock.now(), Timestamp::from_millis(30));
    }
}
