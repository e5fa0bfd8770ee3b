//! What every process of Onsale needs around its work: configuration, telemetry, clock, shutdown, self-examination.

pub mod clock;
pub mod config;
pub mod doctor;
pub mod shutdown;
pub mod telemetry;

pub use clock::{Clock, ManualClock, SystemClock};
pub use config::{Config, ConfigError, Secret, Sources};
pub use shutdown::Shutdown;
