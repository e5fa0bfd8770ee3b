//! The bell of an inbox: a writer that does not want to be woken for every request says for how many.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::Duration;

/// Nobody waits.
const NEVER: usize = usize::MAX;

/// Wakes the writer's thread when enough wait in its inbox.
#[derive(Debug)]
pub(crate) struct Bell {
    /// Rings when so many wait.
    at: AtomicUsize,
    writer: OnceLock<Thread>,
}

impl Default for Bell {
    fn default() -> Self {
        Self { at: AtomicUsize::new(NEVER), writer: OnceLock::new() }
    }
}

impl Bell {
    /// Something was put into the inbox, in which `waiting` counts.
    pub(crate) fn touch(&self, waiting: impl FnOnce() -> usize) {
        let at = self.at.load(Ordering::SeqCst);
        // Of all who find enough there, one wakes the writer.
        if at != NEVER
            && waiting() >= at
            && self.at.swap(NEVER, Ordering::SeqCst) != NEVER
            && let Some(writer) = self.writer.get()
        {
            writer.unpark();
        }
    }

    /// Sleeps until `enough` wait, somebody unparks the thread, or the patience is over; it may wake up without a reason.
    /// For one thread alone, always the same.
    pub(crate) fn wait(&self, enough: usize, patience: Duration, waiting: impl FnOnce() -> usize) {
        self.writer.get_or_init(std::thread::current);
        self.at.store(enough, Ordering::SeqCst);
        // Whoever put something in before that line has not rung.
        if waiting() < enough {
            std::thread::park_timeout(patience);
        }
        self.at.store(NEVER, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    struct Inbox {
        bell: Bell,
        count: AtomicUsize,
        awake: AtomicBool,
    }

    impl Inbox {
        fn waiting(&self) -> usize {
            self.count.load(Ordering::SeqCst)
        }

        fn put(&self) {
            self.count.fetch_add(1, Ordering::SeqCst);
            self.bell.touch(|| self.waiting());
        }
    }

    /// A thread that sleeps until five wait.
    fn sleeper() -> (Arc<Inbox>, std::thread::JoinHandle<()>) {
        let inbox =
            Arc::new(Inbox { bell: Bell::default(), count: AtomicUsize::new(0), awake: AtomicBool::new(false) });
        let its = Arc::clone(&inbox);
        let thread = std::thread::spawn(move || {
            while its.waiting() < 5 {
                its.bell.wait(5, LONG, || its.waiting());
                its.awake.store(true, Ordering::SeqCst);
            }
        });
        (inbox, thread)
    }

    #[test]
    fn rings_for_enough_and_not_before() {
        let (inbox, thread) = sleeper();
        while inbox.bell.at.load(Ordering::SeqCst) == NEVER {
            std::thread::yield_now();
        }
        (0..4).for_each(|_| inbox.put());
        assert_eq!(inbox.bell.at.load(Ordering::SeqCst), 5, "four are not worth it");
        assert!(!inbox.awake.load(Ordering::SeqCst));
        inbox.put();
        // It ends only because the bell rang: its patience is a minute, and so is this test's at the most.
        thread.join().expect("it does not panic");
    }

    #[test]
    fn nobody_who_comes_while_it_lies_down_is_missed() {
        for _ in 0..2_000 {
            let (inbox, thread) = sleeper();
            (0..5).for_each(|_| inbox.put());
            thread.join().expect("it does not panic");
        }
    }
}
