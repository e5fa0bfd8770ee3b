//! Rows 2 and 22: the process dies at each named point, and afterwards nothing is lost and everything starts.

use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use super::Context;
use super::network::engine_settings;
use super::outcome::Outcome;
use super::scene::{Plan, Scene};
use crate::Failed;
use crate::shop::Rules;
use crate::stand::{How, START_MAX, Stand, free_port, text, wait_for};

/// How long a point may take to be reached under load.
const REACH_MAX: Duration = Duration::from_secs(12);

/// What brings a point about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reached {
    /// The fans and the operator.
    Load,
    /// The same, after a thousand events.
    Seldom,
    /// Any start.
    Start,
    /// The first start on an empty folder.
    FirstStart,
    /// A stop.
    Stop,
    /// An operator who signs in.
    SignIn,
    /// A sale that is put on sale.
    NewSale,
    /// A backup.
    Backup,
    /// Fans who come through a gateway apart.
    Gateway,
}

/// The points, as the server's own list has them; the crate `sabotage` has a test that its list agrees with the code.
const POINTS: &[(&str, Reached)] = &[
    ("accounts.before_migration", Reached::FirstStart),
    ("accounts.after_migration", Reached::FirstStart),
    ("catalog.before_migration", Reached::FirstStart),
    ("catalog.after_migration", Reached::FirstStart),
    ("accounts.session_written", Reached::SignIn),
    ("accounts.session_committed", Reached::SignIn),
    ("catalog.sale_written", Reached::NewSale),
    ("gateway.sale_listed", Reached::NewSale),
    ("gateway.deed_noted", Reached::Load),
    ("gateway.deed_done", Reached::Load),
    ("engine.recovering", Reached::Start),
    ("engine.recovered", Reached::Start),
    ("engine.decided", Reached::Load),
    ("engine.handed_over", Reached::Load),
    ("journal.begun", Reached::Load),
    ("journal.inserted", Reached::Load),
    ("journal.committed", Reached::Load),
    ("journal.folding", Reached::Stop),
    ("engine.before_answers", Reached::Load),
    ("engine.after_answers", Reached::Load),
    ("gateway.before_join_answer", Reached::Load),
    ("gateway.before_hold_answer", Reached::Load),
    ("gateway.order_begun", Reached::Load),
    ("engine.before_snapshot", Reached::Seldom),
    ("snapshot.written", Reached::Seldom),
    ("snapshot.synced", Reached::Seldom),
    ("snapshot.renamed", Reached::Seldom),
    ("checkout.before_open", Reached::Load),
    ("checkout.opened", Reached::Load),
    ("checkout.page_recorded", Reached::Load),
    ("checkout.before_find", Reached::Load),
    ("checkout.before_cancel", Reached::Load),
    ("checkout.cancelled", Reached::Load),
    ("webhook.verified", Reached::Load),
    ("webhook.recorded", Reached::Load),
    ("tickets.before_signing", Reached::Load),
    ("checkout.before_refund", Reached::Load),
    ("checkout.refunded", Reached::Load),
    ("link.asked", Reached::Gateway),
    ("link.before_answers", Reached::Gateway),
    ("backup.journal_copied", Reached::Backup),
    ("backup.before_manifest", Reached::Backup),
];

/// Dies at each point so often, under load, and judges once at the end.
pub async fn every_point(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let Some(damaged) = context.damaged.clone() else {
        return Ok(Outcome::not_run("needs the build with crash points"));
    };
    let context = Context { bin: damaged, ..context.clone() };
    let mut outcome = Outcome::default();
    let mut hit = 0;
    for (point, _) in POINTS.iter().filter(|(_, reached)| *reached == Reached::FirstStart) {
        for _ in 0..amount {
            first_start(&context, point).await?;
            outcome.amount += 1;
        }
        hit += 1;
    }
    let how = How { settings: vec!["engine.snapshot_every_events=1000".into()], ..How::default() };
    let fans = (amount as usize * 5_000).min(60_000);
    // Where everything is sold nobody pays, and those points are not reached.
    let rules = Rules { seats: 20_000, standing: 2_000, capacity: 30, ..Rules::default() };
    let mut scene = Scene::open(&context, Plan { how, rules, fans, ..Plan::default() }).await?;
    for (point, reached) in POINTS.iter().filter(|(_, reached)| *reached != Reached::FirstStart) {
        if *reached == Reached::Gateway {
            continue;
        }
        for time in 0..amount {
            let reached_it = die_at(&mut scene, point, *reached, time).await?;
            outcome.expect(reached_it, || format!("{point} was not reached"));
            hit += u64::from(reached_it && time == 0);
            outcome.amount += u64::from(reached_it);
        }
    }
    outcome.figure("points", POINTS.len() as f64);
    outcome.figure("points_hit", hit as f64);
    scene.play(1_000).await;
    scene.finish(&mut outcome).await?;
    behind_a_gateway(&context, amount, &mut outcome).await?;
    Ok(outcome)
}

/// The engine dies at the points of its link, while fans come through a gateway.
async fn behind_a_gateway(context: &Context, amount: u32, outcome: &mut Outcome) -> Result<(), Failed> {
    let (front, link) = (free_port()?, free_port()?);
    let mut how = How { front_port: Some(front), ..How::default() };
    how.settings = engine_settings(link);
    how.env = vec![("ONSALE_CLUSTER__SECRET".into(), "rehearsal-cluster-secret".into())];
    let sound = how.env.clone();
    let mut stand = Stand::prepare(&context.bin, how)?;
    stand.start_provider().await?;
    stand.start_server().await?;
    let gateway = stand.start_gateway(front, link)?;
    wait_for(&format!("{}/readyz", stand.origin()), START_MAX).await?;
    let mut scene = Scene::open_at(stand, context.seed, Plan { fans: 3_000, ..Plan::default() }).await?;
    for (point, _) in POINTS.iter().filter(|(_, reached)| *reached == Reached::Gateway) {
        for time in 0..amount {
            scene.stand.kill();
            scene.stand.how.env = sound.iter().cloned().chain([armed(point, time % 5)]).collect();
            scene.stand.launch_server()?;
            let died = wait_for_end(&mut scene.stand, REACH_MAX).await?;
            outcome.expect(died, || format!("{point} was not reached"));
            outcome.amount += u64::from(died);
            if time == 0 && died {
                *outcome.figures.entry("points_hit".into()).or_default() += 1.0;
            }
            scene.stand.kill();
            scene.stand.how.env = sound.clone();
            scene.stand.start_server().await?;
            scene.play(500).await;
        }
    }
    scene.play(1_000).await;
    scene.finish(outcome).await?;
    drop(gateway);
    Ok(())
}

/// Row 22: each of the points around a migration, so often; the next start completes it.
pub async fn migrations(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let Some(damaged) = context.damaged.clone() else {
        return Ok(Outcome::not_run("needs the build with crash points"));
    };
    let context = Context { bin: damaged, ..context.clone() };
    let mut outcome = Outcome::default();
    for (point, _) in POINTS.iter().filter(|(_, reached)| *reached == Reached::FirstStart) {
        for _ in 0..amount {
            first_start(&context, point).await?;
            outcome.amount += 1;
        }
    }
    Ok(outcome)
}

fn armed(point: &str, spared: u32) -> (String, String) {
    ("ONSALE_CRASH_AT".to_owned(), format!("{point}={spared}"))
}

/// A first start that dies while the tables are made; the next one completes them.
async fn first_start(context: &Context, point: &str) -> Result<(), Failed> {
    let how = How { env: vec![armed(point, 0)], ..How::default() };
    let mut stand = Stand::prepare(&context.bin, how)?;
    stand.launch_server()?;
    wait_for_end(&mut stand, REACH_MAX)
        .await?
        .then_some(())
        .ok_or_else(|| Failed(format!("{point} was not reached")))?;
    stand.how.env.clear();
    stand.start_server().await
}

/// Restarts the server so that it dies at the point, brings it about, and starts it without.
async fn die_at(scene: &mut Scene, point: &str, reached: Reached, time: u32) -> Result<bool, Failed> {
    if reached == Reached::Backup {
        return backup_dies(scene, point);
    }
    scene.stand.kill();
    // Under load the first passage is seldom the most interesting one.
    let spared = if reached == Reached::Load { time % 5 } else { 0 };
    scene.stand.how.env = vec![armed(point, spared)];
    scene.stand.launch_server()?;
    let began = Instant::now();
    let mut ended = false;
    let patience = if reached == Reached::Seldom { REACH_MAX * 4 } else { REACH_MAX };
    while !ended && began.elapsed() < patience {
        ended = wait_for_end(&mut scene.stand, Duration::from_millis(400)).await?;
        if !ended {
            provoke(scene, reached).await;
        }
    }
    scene.stand.kill();
    scene.stand.how.env.clear();
    scene.stand.start_server().await?;
    scene.play(150).await;
    Ok(ended)
}

/// Does what only an operator does.
async fn provoke(scene: &mut Scene, reached: Reached) {
    match reached {
        Reached::Stop => scene.stand.signal(libc::SIGTERM),
        // Whoever dies at this does not answer.
        Reached::SignIn => drop(crate::shop::sign_in(&scene.stand.origin(), &scene.stand.password()).await),
        Reached::NewSale => {
            let mut other = scene.shop.clone();
            let _unanswered = tokio::time::timeout(Duration::from_secs(2), other.put_on_sale()).await;
        }
        _ => {}
    }
}

async fn wait_for_end(stand: &mut Stand, patience: Duration) -> Result<bool, Failed> {
    let began = Instant::now();
    while began.elapsed() < patience {
        if let Some(status) = stand.ended()? {
            // Any other end is not that of a crash point.
            return if status.signal() == Some(libc::SIGABRT) {
                Ok(true)
            } else {
                Err(Failed(format!("the server ended otherwise ({status}): {}", stand.log_end())))
            };
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(false)
}

/// A backup that dies is no backup; the next one is.
fn backup_dies(scene: &Scene, point: &str) -> Result<bool, Failed> {
    let (into, data) = (scene.stand.folder.join(point), scene.stand.data());
    let setting = format!("storage.data_folder={}", data.display());
    let path = into.display().to_string();
    let arguments = ["backup", &path, "--set", &setting];
    let died = scene.stand.run(&arguments, &[armed(point, 0)])?;
    let restored = scene.stand.folder.join("restored").display().to_string();
    let refused = scene.stand.run(&["restore", &path, "--set", &format!("storage.data_folder={restored}")], &[])?;
    std::fs::remove_dir_all(&into)?;
    let again = scene.stand.run(&arguments, &[])?;
    if !again.status.success() {
        return Err(Failed(format!("no backup after one that died: {}", text(&again.stderr))));
    }
    std::fs::remove_dir_all(&into)?;
    Ok(!died.status.success() && !refused.status.success())
}
