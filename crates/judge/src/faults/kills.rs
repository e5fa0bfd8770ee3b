//! Row 1: the server is killed again and again while fans join, hold and pay.

use std::time::{Duration, Instant};

use super::outcome::Outcome;
use super::scene::{Plan, Scene, quantile};
use super::{Context, Size};
use crate::Failed;
use crate::shop::Rules;
use crate::stand::How;

/// Pauses before a kill: some hit a server that has barely started.
const PAUSES_MS: [u64; 6] = [40, 150, 300, 450, 600, 250];
/// The bar of the matrix for a hall of 100,000 seats.
const RECOVERY_MAX: Duration = Duration::from_secs(3);

/// Kills so often.
pub async fn kill_loop(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let mut outcome = Outcome::default();
    let seats = if context.size == Size::Pr { 10_000 } else { 100_000 };
    let plan = Plan {
        rules: Rules { seats, standing: 2_000, capacity: 60, ..Rules::default() },
        how: How { settings: vec!["engine.snapshot_every_events=1000".into()], ..How::default() },
        fans: (amount as usize * 60).clamp(3_000, 100_000),
        ..Plan::default()
    };
    let mut scene = Scene::open(context, plan).await?;
    let mut recoveries = Vec::new();
    for cycle in 0..amount {
        scene.play(PAUSES_MS[cycle as usize % PAUSES_MS.len()]).await;
        scene.stand.kill();
        let began = Instant::now();
        scene.stand.start_server().await?;
        recoveries.push(began.elapsed().as_secs_f64() * 1_000.0);
        outcome.amount += 1;
    }
    scene.play(1_000).await;
    let p99 = quantile(&mut recoveries, 990);
    outcome.figure("seats", f64::from(seats));
    outcome.figure("recovery_ms_p50", quantile(&mut recoveries, 500));
    outcome.figure("recovery_ms_p99", p99);
    outcome.expect(p99 <= RECOVERY_MAX.as_secs_f64() * 1_000.0, || {
        format!("recovery took {p99:.0} ms at the 99th percentile")
    });
    scene.finish(&mut outcome).await?;
    Ok(outcome)
}
