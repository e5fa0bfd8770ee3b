//! Reveals the seed of a draw at the opening: one command, and everybody in the lobby has a place.

use std::time::Duration;

use gateway::App;
use sale::{Command, Stage};

/// How late a draw may begin.
const TICK: Duration = Duration::from_millis(50);

/// Watches every sale that draws, until the task is aborted. A draw that a crash prevented comes with the next start.
pub async fn run(app: App) {
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        for sale in app.sales.all() {
            let view = sale.handle.view();
            let pending = view.lobby.as_ref().is_some_and(|lobby| lobby.is_pending(view.opens_at, app.now()));
            if !pending || view.stage == Stage::Closed {
                continue;
            }
            let id = sale.handle.sale();
            match sale.handle.submit(Command::OpenDraw { seed: app.draw_seed(id) }).await {
                Ok(Ok(_)) => tracing::info!(sale.id = %id, "The order of the lobby was drawn"),
                // Drawn already, and the view does not show it yet; or a seed that was promised by another server.
                Ok(Err(rejection)) => tracing::debug!(sale.id = %id, code = rejection.code(), "No draw"),
                Err(error) => tracing::warn!(sale.id = %id, %error, "The draw has to wait"),
            }
        }
    }
}
