//! The HTTP and WebSocket edge: routes, sessions, limits, live updates. It keeps no state of a sale.
//!
//! [`router::router`] shows every route in one place, grouped by who calls it. A request goes through [`edge`] (trace,
//! origin, limits), its handler in `routes`, one command to a sale's writer, and back through [`wire`], which alone
//! knows the JSON shapes; [`problem`] alone maps errors to HTTP.
//!
//! **Invariant:** every route names who may call it in its signature (`Signed`, `Staff`, `Operator`), and every object
//! is looked up together with its owner. Whatever cannot be decided is refused.

pub mod app;
pub mod audit;
pub mod cluster;
pub mod desk;
mod draw_once;
pub mod edge;
pub mod edge_state;
mod elsewhere;
pub mod live;
pub mod openapi;
mod pages;
#[doc(hidden)]
pub mod parsers;
pub mod pass_on;
pub mod places;
mod plain;
#[cfg(feature = "pdf")]
mod printing;
pub mod problem;
pub mod router;
mod routes;
mod sale_clock;
pub mod sales;
pub mod serve;
pub mod sessions;
pub mod surface;
mod texts;
pub mod wire;

pub use app::{App, AppOptions, AppParts};
pub use desk::Desk;
pub use edge_state::Edge;
pub use surface::Surface;
