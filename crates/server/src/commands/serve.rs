//! `onsale serve`: the server, until it is told to stop.

use std::process::ExitCode;

use platform::config::Role;
use platform::{Clock, Config, Shutdown, SystemClock};

use crate::failure::Failure;
use crate::gateway_running::GatewayRunning;
use crate::invitation::invitation;
use crate::output;
use crate::running::Running;
use crate::sandbox_process::SandboxProcess;
use crate::settings::SettingsArgs;

/// How the server runs. Everything else is a setting: see `onsale config doc`.
#[derive(Debug, clap::Args)]
pub struct ServeArgs {
    /// Also run the sandbox payment provider, as a process of its own at payments.provider_url.
    #[arg(long)]
    pub sandbox: bool,
    /// What this process does: all, engine or gateway; the same as --set cluster.role.
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
}

impl ServeArgs {
    /// The settings with what the flags of this command say.
    pub fn settings(&self, settings: &SettingsArgs) -> SettingsArgs {
        let mut settings = settings.clone();
        settings.set.extend(self.role.iter().map(|role| format!("cluster.role={role}")));
        settings
    }
}

/// Runs the server until SIGINT or SIGTERM.
///
/// # Errors
/// It cannot start, or did not stop well.
pub async fn run(arguments: ServeArgs, settings: &SettingsArgs, config: Config) -> Result<ExitCode, Failure> {
    platform::telemetry::start_log(&config.log)?;
    if config.cluster.role != Role::All {
        save_memory();
    }
    let metrics = platform::telemetry::start_metrics()?;
    let shutdown = Shutdown::new();
    shutdown.on_signals().map_err(|error| Failure::because("Signals cannot be received.", error))?;
    if config.cluster.role == Role::Gateway {
        return run_gateway(&config, metrics, shutdown).await;
    }
    // First, so that orders of an earlier run find it; what does not come up is killed with us.
    let sandbox = if arguments.sandbox { Some(SandboxProcess::start(&config, settings)?) } else { None };
    let mut running = Some(Running::start(&config, metrics, shutdown.clone()).await?);
    if let Some(running) = &running {
        tracing::info!(address = %running.address, "Listening on http://{}", running.address);
        invite_operator(&config, running).await?;
    }
    let reason = shutdown.wait().await;
    tracing::info!(%reason, "Stopping: no new connections, open requests finish");
    let stopped = match running.take() {
        Some(running) => running.stop().await,
        None => Ok(()),
    };
    if let Some(sandbox) = sandbox {
        sandbox.stop().await;
    }
    stopped?;
    Ok(ExitCode::SUCCESS)
}

/// Keeps this process off huge pages. They make look-ups faster and leave parts of themselves unused, which counts where
/// one process holds tens of thousands of connections, or a million places.
fn save_memory() {
    if let Err(error) = rustix::thread::disable_transparent_huge_pages(true) {
        tracing::debug!(%error, "Huge pages cannot be avoided here");
    }
}

async fn run_gateway(
    config: &Config,
    metrics: metrics_exporter_prometheus::PrometheusHandle,
    shutdown: Shutdown,
) -> Result<ExitCode, Failure> {
    let running = GatewayRunning::start(config, metrics, shutdown.clone()).await?;
    tracing::info!(address = %running.address, "Listening on http://{}, as a gateway", running.address);
    let reason = shutdown.wait().await;
    tracing::info!(%reason, "Stopping: no new connections, open requests finish");
    running.stop().await?;
    Ok(ExitCode::SUCCESS)
}

/// Without an operator, nobody can do anything: print a link that makes one, once.
async fn invite_operator(config: &Config, running: &Running) -> Result<(), Failure> {
    let accounts = &running.app.accounts;
    if accounts.has_operator().await? {
        return Ok(());
    }
    let token = accounts.issue_setup_token(SystemClock::start().now()).await?;
    let request = invitation(&config.server.public_url, token.as_str());
    output::line(format!("There is no operator yet. Within 24 hours, this makes one, once:\n{request}"))
}
