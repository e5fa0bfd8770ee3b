//! A failing seed made small: fewer kinds of faults, fewer fans, fewer steps, as long as it still fails in the same way.

use crate::{Evening, Fault, Options, run};

/// Evenings that are tried, at most.
const TRIES_MAX: u32 = 300;

/// The smallest options found under which the seed breaks the same invariant, and that evening.
pub fn minimise(failed: Evening, options: Options) -> (Options, Evening) {
    let mut search = Search { best: failed, options, tries: 0 };
    search.fewer_steps();
    for fault in Fault::ALL {
        let without = search.options.without.with(*fault);
        search.attempt(Options { without, ..search.options });
    }
    search.fewer_fans();
    search.fewer_steps();
    (search.options, search.best)
}

struct Search {
    best: Evening,
    options: Options,
    tries: u32,
}

impl Search {
    /// Keeps these options if the seed still fails with them.
    fn attempt(&mut self, options: Options) -> bool {
        if self.tries >= TRIES_MAX || options == self.options {
            return false;
        }
        self.tries += 1;
        let evening = run(self.best.seed, &options);
        let broken = |evening: &Evening| evening.violations.first().map(|violation| violation.invariant);
        let same = broken(&evening) == broken(&self.best);
        if same {
            (self.best, self.options) = (evening, options);
        }
        same
    }

    fn fewer_fans(&mut self) {
        let mut fans = self.options.fans_max.min(512);
        while fans > 1 {
            fans /= 2;
            self.attempt(Options { fans_max: fans, ..self.options });
        }
    }

    /// The faults need not go on for longer than it takes to fail.
    fn fewer_steps(&mut self) {
        let steps = self.options.steps.min(self.best.steps);
        self.attempt(Options { steps, ..self.options });
        let mut part = steps / 2;
        while part > 8 {
            self.attempt(Options { steps: self.options.steps.saturating_sub(part), ..self.options });
            part /= 2;
        }
    }
}
