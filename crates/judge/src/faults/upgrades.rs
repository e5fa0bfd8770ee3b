//! Row 21: a new version at the peak, and the old one again.

use std::fs;
use std::time::{Duration, Instant};

use super::Context;
use super::outcome::Outcome;
use super::scene::{Plan, Scene};
use crate::Failed;

/// How long a stop may take.
const DRAIN_MAX: Duration = Duration::from_secs(30);
/// How long a start may take to be refused.
const REFUSAL_MAX: Duration = Duration::from_secs(10);

/// The server is asked to stop at the peak, and the other version is started on what it left: this one, the other one,
/// this one. Without another version, the same again. In the end a folder of a version to come is refused.
pub async fn at_the_peak(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let mut outcome = Outcome::default();
    let fans = (amount as usize * 500).clamp(3_000, 60_000);
    let mut scene = Scene::open(context, Plan { fans, ..Plan::default() }).await?;
    let mut other = context.other.clone().unwrap_or_else(|| context.bin.clone());
    let mut drains = Vec::new();
    for _ in 0..amount {
        scene.play(1_500).await;
        stop(&mut scene, &mut outcome, &mut drains).await?;
        std::mem::swap(&mut scene.stand.bin, &mut other);
        scene.stand.start_server().await?;
        outcome.amount += 1;
    }
    scene.play(1_500).await;
    stop(&mut scene, &mut outcome, &mut drains).await?;
    scene.stand.bin.clone_from(&context.bin);
    refuses_a_version_to_come(&mut scene, &mut outcome).await?;
    scene.stand.start_server().await?;
    outcome.count("starts_by_another_version", if context.other.is_some() { u64::from(amount.div_ceil(2)) } else { 0 });
    outcome.figure("drain_ms_max", drains.iter().copied().fold(0.0, f64::max));
    scene.play(1_000).await;
    scene.finish(&mut outcome).await?;
    Ok(outcome)
}

async fn stop(scene: &mut Scene, outcome: &mut Outcome, drains: &mut Vec<f64>) -> Result<(), Failed> {
    let began = Instant::now();
    let by_itself = scene.stand.stop(DRAIN_MAX).await?;
    drains.push(began.elapsed().as_secs_f64() * 1_000.0);
    outcome.expect(by_itself, || "it did not end within 30 s".into());
    Ok(())
}

/// Whoever finds a data folder of a newer layout says so and changes nothing.
async fn refuses_a_version_to_come(scene: &mut Scene, outcome: &mut Outcome) -> Result<(), Failed> {
    let version = scene.stand.data().join("version");
    let ours = fs::read(&version)?;
    fs::write(&version, "9999\n")?;
    scene.stand.launch_server()?;
    let began = Instant::now();
    let mut ended = None;
    while ended.is_none() && began.elapsed() < REFUSAL_MAX {
        tokio::time::sleep(Duration::from_millis(20)).await;
        ended = scene.stand.ended()?;
    }
    let refused = ended.is_some_and(|status| status.code().is_some_and(|code| code != 0));
    let said = scene.stand.log_end();
    outcome.expect(refused && said.contains("newer version"), || format!("a newer folder was not refused: {said}"));
    scene.stand.kill();
    fs::write(&version, ours)?;
    Ok(())
}
