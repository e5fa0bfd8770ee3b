//! How the installation is doing: what an operator looks at on the night.

use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::{SaleId, Timestamp};
use engine::Measured;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use crate::app::App;
use crate::audit::Deed;
use crate::cluster::Cluster;
use crate::edge::body::Json;
use crate::edge::identity::Operator;
use crate::problem::{ApiError, ApiResult, ProblemBody};
use crate::wire::status::StatusBody;

/// What happened within this time counts.
const WINDOW: Duration = Duration::from_secs(10);

/// The installation now.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationsBody {
    /// Of the program.
    version: &'static str,
    /// How long this process runs.
    uptime_seconds: u64,
    /// The server's clock.
    #[schema(value_type = i64)]
    server_time_ms: Timestamp,
    /// Every sale with its writer.
    sales: Vec<SaleHealthBody>,
    /// Queues and their bounds; a full one answers `busy` at once.
    queues: Vec<QueueBody>,
    /// Gateways that are connected.
    gateways: u64,
    /// Sessions in memory.
    sessions_cached: u64,
    /// The payment provider.
    provider: CallsBody,
    /// The engines that share the sales; empty if there is only this one.
    engines: Vec<EngineBody>,
}

/// An engine.
#[derive(Debug, Serialize, ToSchema)]
struct EngineBody {
    /// What it is called.
    name: String,
    /// How many sales it has.
    sales: u64,
}

/// Where a sale goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveBody {
    /// The name of an engine.
    engine: String,
}

/// A sale and its writer.
#[derive(Debug, Serialize, ToSchema)]
struct SaleHealthBody {
    /// `sale_…`
    id: String,
    /// What is performed.
    name: String,
    /// Nothing of it counts.
    rehearsal: bool,
    /// `scheduled`, `open`, `paused`, `sold_out` or `closed`.
    stage: &'static str,
    /// Events so far.
    version: u64,
    /// Thousandths of the set pace that are in force; below 1000 under strain.
    pace_permille: u16,
    /// Jobs waiting for the writer.
    inbox: QueueBody,
    /// Its commits within the last ten seconds.
    commits: CallsBody,
}

/// Something that waits, and how much of it may.
#[derive(Debug, Serialize, ToSchema)]
struct QueueBody {
    /// Which.
    name: &'static str,
    /// How many wait.
    waiting: u64,
    /// How many may.
    max: u64,
}

/// Calls within the last ten seconds, of the latest 512 at most.
#[derive(Debug, Default, Serialize, ToSchema)]
struct CallsBody {
    /// How many.
    count: u32,
    /// How many of them failed.
    failed: u32,
    /// Milliseconds, median.
    p50_ms: f64,
    /// Milliseconds, 99th percentile.
    p99_ms: f64,
}

impl From<Option<Measured>> for CallsBody {
    fn from(measured: Option<Measured>) -> Self {
        let Some(Measured { count, ms_p50, ms_p99, failed }) = measured else { return Self::default() };
        Self { count, failed: (f64::from(count) * failed).round() as u32, p50_ms: ms_p50, p99_ms: ms_p99 }
    }
}

/// How everything is doing.
#[utoipa::path(get, path = "/v1/operations", tag = "operators", responses(
    (status = 200, body = OperationsBody), (status = 403, body = ProblemBody)))]
pub async fn operations(State(app): State<App>, _: Operator) -> ApiResult<Json<OperationsBody>> {
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let sales = app.sales.all().into_iter().map(|sale| {
        let status = StatusBody::of(&sale.handle.view(), sale.page.currency, app.now());
        let (waiting, max) = sale.handle.inbox();
        SaleHealthBody {
            id: sale.page.id.to_string(),
            name: sale.page.event.name.clone(),
            rehearsal: sale.page.rehearsal,
            stage: status.stage,
            version: status.version,
            pace_permille: status.pace_permille,
            inbox: QueueBody { name: "inbox", waiting: count(waiting), max: count(max) },
            commits: sale.handle.commits_within(WINDOW).into(),
        }
    });
    let accounts = app.accounts.stats();
    let passwords = QueueBody {
        name: "password_hashes",
        waiting: count(accounts.password_hashes_waiting),
        max: count(accounts.password_hashes_max),
    };
    Ok(Json(OperationsBody {
        version: env!("CARGO_PKG_VERSION"),
        uptime_seconds: app.began.elapsed().as_secs(),
        server_time_ms: app.now(),
        sales: sales.collect(),
        queues: vec![passwords],
        gateways: app.gateways.connected(),
        sessions_cached: count(accounts.sessions_cached),
        provider: app.provider_calls.within(WINDOW).into(),
        engines: app.cluster.get().map(engines).unwrap_or_default(),
    }))
}

fn engines(cluster: &Cluster) -> Vec<EngineBody> {
    let body = |(at, sales): (leases::EngineAt, usize)| EngineBody { name: at.name, sales: sales as u64 };
    cluster.directory.engines().into_iter().map(body).collect()
}

/// Moves a sale to another engine; who waits keeps the place, and is served again within a second or two.
#[utoipa::path(put, path = "/v1/operations/sales/{sale}/engine", operation_id = "move_sale", tag = "operators", params(("sale" = String, Path)), request_body = MoveBody, responses(
    (status = 202, body = EngineBody), (status = 404, body = ProblemBody), (status = 409, body = ProblemBody)))]
pub async fn move_sale(
    State(app): State<App>,
    operator: Operator,
    Path(sale): Path<String>,
    Json(body): Json<MoveBody>,
) -> ApiResult<Response> {
    let unknown = || ApiError::unknown("sale_unknown", "sale");
    let sale: SaleId = sale.parse().map_err(|_| unknown())?;
    app.catalog.organiser_of_sale(sale).await?.ok_or_else(unknown)?;
    let alone =
        || ApiError::new("engines_not_shared", "There is only this engine; there is nowhere to move a sale to.");
    let cluster = app.cluster.get().ok_or_else(alone)?;
    let deed = Deed { action: "move_sale", target: sale.to_string(), detail: json!({ "engine": body.engine }) };
    let work = async { Ok(cluster.move_to(sale, &body.engine).await?) };
    let target = app.audited(&operator.0, deed, work).await?;
    let count = cluster.directory.engines().into_iter().find(|(at, _)| at.name == target.name).map_or(0, |(_, n)| n);
    let body = EngineBody { name: target.name, sales: count as u64 };
    Ok((StatusCode::ACCEPTED, Json(body)).into_response())
}
