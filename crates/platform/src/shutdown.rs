//! Shutdown: one handle that everybody listens to, triggered by a signal, an error or the end of the work.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// A cheap handle; all clones share one state. Once triggered it stays triggered.
#[derive(Debug, Clone)]
pub struct Shutdown {
    /// The reason; `None` while running.
    state: Arc<watch::Sender<Option<Arc<str>>>>,
    /// Set just before the reason is: looking at it takes no lock.
    begun: Arc<AtomicBool>,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self::new()
    }
}

impl Shutdown {
    /// A handle that is not triggered.
    pub fn new() -> Self {
        Self { state: Arc::new(watch::Sender::new(None)), begun: Arc::default() }
    }

    /// Begins the shutdown. The first reason stays; false if there was one already.
    pub fn trigger(&self, reason: &str) -> bool {
        self.begun.store(true, Ordering::Release);
        self.state.send_if_modified(|state| {
            let first = state.is_none();
            if first {
                *state = Some(reason.into());
            }
            first
        })
    }

    /// Waits for the shutdown to begin and returns its reason; at once if it has begun. Safe to use in `select!`.
    pub async fn wait(&self) -> Arc<str> {
        let mut state = self.state.subscribe();
        let begun = state.wait_for(Option::is_some).await.ok().and_then(|reason| reason.clone());
        // The sender lives as long as `self`, so there always is a reason here.
        begun.unwrap_or_else(|| "unknown".into())
    }

    /// True once the shutdown has begun.
    pub fn is_triggered(&self) -> bool {
        self.begun.load(Ordering::Acquire)
    }

    /// Why the shutdown began.
    pub fn reason(&self) -> Option<Arc<str>> {
        self.state.borrow().clone()
    }

    /// From now on SIGINT (Ctrl-C) and SIGTERM trigger the shutdown; a second one ends the process at once with
    /// 128 + the number of the signal, for whoever does not want to wait. Needs a Tokio runtime.
    ///
    /// # Errors
    /// When the operating system refuses the handlers.
    pub fn on_signals(&self) -> io::Result<()> {
        let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
        let mut signals = (signal(interrupt)?, signal(terminate)?);
        let shutdown = self.clone();
        tokio::spawn(async move {
            let (name, _) = next(&mut signals).await;
            tracing::info!(signal = name, "Received {name}; finishing what is open. Once more ends at once.");
            shutdown.trigger(name);
            let (name, kind) = next(&mut signals).await;
            tracing::warn!(signal = name, "Received a second signal ({name}); ending at once.");
            std::process::exit(128 + kind.as_raw_value());
        });
        Ok(())
    }
}

async fn next((interrupt, terminate): &mut (Signal, Signal)) -> (&'static str, SignalKind) {
    tokio::select! {
        _ = interrupt.recv() => ("SIGINT", SignalKind::interrupt()),
        _ = terminate.recv() => ("SIGTERM", SignalKind::terminate()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everybody_hears_the_first_reason() {
        let shutdown = Shutdown::new();
        assert!(!shutdown.is_triggered());
        let early = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { shutdown.wait().await }
        });
        tokio::task::yield_now().await;
        assert!(shutdown.clone().trigger("the hall is sold out"));
        assert!(!shutdown.trigger("something else"));
        assert!(shutdown.is_triggered());
        assert_eq!(early.await.ok().as_deref(), Some("the hall is sold out"));
        assert_eq!(&*shutdown.wait().await, "the hall is sold out", "who comes late hears it at once");
    }
}
