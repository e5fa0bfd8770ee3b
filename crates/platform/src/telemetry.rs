//! Logs and metrics of the process. Nothing leaves it by itself: logs go to standard error, metrics are rendered
//! when `/metrics` is asked.

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use tracing::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{LogConfig, LogFormat};

/// Upper bounds of every histogram of seconds: from a decision in memory (50 µs) to a request given up (30 s),
/// about 2.5 steps per power of ten.
pub const SECONDS_BUCKETS: [f64; 18] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0,
    10.0, 30.0,
];
/// Upper bounds of every other histogram (commands in a batch, bytes of a message): powers of four.
pub const COUNT_BUCKETS: [f64; 12] =
    [1.0, 4.0, 16.0, 64.0, 256.0, 1_024.0, 4_096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0, 4_194_304.0];

/// Why telemetry could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The level of the log is not a filter.
    #[error("The log level is not understood: {0}.")]
    Level(#[from] tracing_subscriber::filter::ParseError),
    /// A log was set up before.
    #[error("The log is set up already.")]
    LogTwice,
    /// Metrics were set up before, or a bucket is wrong.
    #[error("The metrics cannot be set up: {0}.")]
    Metrics(#[from] BuildError),
}

impl TelemetryError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Level(_) => "log_level_invalid",
            Self::LogTwice => "log_set_up_twice",
            Self::Metrics(_) => "metrics_set_up_failed",
        }
    }
}

/// Sets up the log of this process, to standard error.
///
/// # Errors
/// When the level is not understood, or the log is set up already.
pub fn start_log(config: &LogConfig) -> Result<(), TelemetryError> {
    log_to(config, std::io::stderr)?.try_init().map_err(|_| TelemetryError::LogTwice)
}

/// A log that writes to `writer`.
fn log_to<W>(config: &LogConfig, writer: W) -> Result<Box<dyn Subscriber + Send + Sync>, TelemetryError>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&config.level)?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    Ok(match config.format {
        LogFormat::Text => Box::new(log.with_ansi(false).finish()),
        LogFormat::Json => Box::new(log.json().flatten_event(true).with_current_span(true).finish()),
    })
}

/// Sets up the metrics of this process and returns what renders them for `/metrics`.
///
/// Whoever holds the handle calls `run_upkeep` every few seconds, else histograms that nobody scrapes grow.
///
/// # Errors
/// When metrics are set up already.
pub fn start_metrics() -> Result<PrometheusHandle, TelemetryError> {
    let recorder = recorder()?;
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(BuildError::from)?;
    Ok(handle)
}

/// Histograms whose name ends in `_seconds` have buckets of seconds.
fn recorder() -> Result<PrometheusRecorder, BuildError> {
    Ok(PrometheusBuilder::new()
        .set_buckets(&COUNT_BUCKETS)?
        .set_buckets_for_metric(Matcher::Suffix("_seconds".into()), &SECONDS_BUCKETS)?
        .build_recorder())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: LogFormat, level: &str, write: impl FnOnce()) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let config = LogConfig { format, level: level.into() };
        let log = log_to(&config, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(log, write);
        String::from_utf8(lines.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_json_line_has_its_fields_at_the_top() {
        let line = logged(LogFormat::Json, "info", || tracing::info!(sale.id = "sale_1", "Committed a batch"));
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&json["message"], &json["sale.id"]), (&"Committed a batch".into(), &"sale_1".into()));
    }

    #[test]
    fn the_level_counts_per_part() {
        let write = || {
            tracing::debug!(target: "engine", "from the engine");
            tracing::debug!(target: "gateway", "from the gateway");
        };
        let lines = logged(LogFormat::Text, "info,engine=debug", write);
        assert!(lines.contains("from the engine") && !lines.contains("from the gateway"), "{lines}");
    }

    #[test]
    fn seconds_have_fine_buckets_and_counts_have_coarse_ones() {
        let recorder = recorder().unwrap();
        let handle = recorder.handle();
        metrics::with_local_recorder(&recorder, || {
            metrics::histogram!("commit_seconds").record(0.000_2);
            metrics::histogram!("batch_commands").record(100.0);
        });
        let text = handle.render();
        for line in [
            "commit_seconds_bucket{le=\"0.0001\"} 0",
            "commit_seconds_bucket{le=\"0.00025\"} 1",
            "batch_commands_bucket{le=\"64\"} 0",
            "batch_commands_bucket{le=\"256\"} 1",
        ] {
            assert!(text.contains(line), "{line} is missing in\n{text}");
        }
    }
}
