//! Slows admission down while what stands behind it is slow, and lets it recover: one controller per sale.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::SaleId;
use engine::{Engine, Recent, SaleHandle};
use pace::{Controller, Health, Options};
use platform::Clock;
use sale::Command;

/// The controller decides this often; its options are meant for it.
const TICK: Duration = Duration::from_secs(1);
/// Measurements older than this no longer count.
const WINDOW: Duration = Duration::from_secs(5);

/// Watches every sale of the engine until the task is aborted.
pub async fn run(engine: Engine, provider: Arc<Recent>, clock: Arc<dyn Clock>) {
    let mut controllers: HashMap<SaleId, Controller> = HashMap::new();
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        for sale in engine.sales() {
            let controller = controllers.entry(sale.sale()).or_insert_with(|| Controller::new(Options::default()));
            let decision = controller.tick(clock.now(), &health(&sale, &provider));
            // Said again until the sale knows it: a busy writer may have refused, a restarted one has forgotten nothing.
            if sale.view().throttle_permille != decision.permille {
                set(&sale, decision).await;
            }
        }
    }
}

fn health(sale: &SaleHandle, provider: &Recent) -> Health {
    let calls = provider.within(WINDOW);
    Health {
        commit_ms_p99: sale.commits_within(WINDOW).map(|commits| commits.ms_p99),
        inbox_fill: sale.inbox_fill(),
        provider_ms_p99: calls.map(|calls| calls.ms_p99),
        provider_failures_share: calls.map(|calls| calls.failed),
        gateway_loop_lag_ms: None,
        waiting: sale.view().waiting > 0,
    }
}

async fn set(sale: &SaleHandle, decision: pace::Decision) {
    let why = decision.why.map_or("recovery", |reason| reason.signal.as_str());
    metrics::gauge!("onsale_admission_permille", "sale" => sale.sale().to_string()).set(f64::from(decision.permille));
    match sale.submit(Command::Throttle { permille: decision.permille }).await {
        Ok(Ok(_)) => tracing::info!(sale.id = %sale.sale(), permille = decision.permille, why, "Admission follows"),
        Ok(Err(rejection)) => tracing::debug!(sale.id = %sale.sale(), code = rejection.code(), "Admission stays"),
        Err(error) => tracing::debug!(sale.id = %sale.sale(), %error, "Admission stays for now"),
    }
}
