//! Row 8: the wall clock of the server jumps.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Context;
use super::outcome::Outcome;
use super::scene::{Plan, Scene};
use crate::Failed;
use crate::shop::Rules;
use crate::stand::How;

/// Where distributions put the library.
const LIBRARIES: [&str; 4] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib64/faketime/libfaketime.so.1",
    "/usr/lib/faketime/libfaketime.so.1",
];

/// What the clock is set to, from the true time: an hour on, two days back, slowly on, a summer-time change back.
const JUMPS: [&str; 5] = ["+3600", "-172800", "+0 x1.05", "-3600", "+0"];

/// How long nobody may come; holds end after far less.
const PATIENCE_S: u32 = 15;

/// Row 8: all the jumps, so often. Deadlines are held against the server's own answers on the clients' clock, so a hold
/// that ends early is found.
pub async fn jumps(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let Some(library) = LIBRARIES.iter().find(|path| Path::new(path).exists()) else {
        return Ok(Outcome::not_run("libfaketime is not installed"));
    };
    let mut outcome = Outcome::default();
    let file = std::env::temp_dir().join(format!("onsale-judge-clock-{}-{}", std::process::id(), context.seed));
    set(&file, "+0")?;
    let mut how = How::default();
    how.env.push(("LD_PRELOAD".into(), (*library).into()));
    how.env.push(("FAKETIME_TIMESTAMP_FILE".into(), file.display().to_string()));
    how.env.push(("FAKETIME_NO_CACHE".into(), "1".into()));
    how.env.push(("FAKETIME_DONT_FAKE_MONOTONIC".into(), "1".into()));
    // Somebody has to come, and find something to buy, until the last jump.
    let rules = Rules { seats: 4_000.max(amount * 150), ..Plan::default().rules };
    let fans = 6_000.max(amount as usize * 300);
    let mut scene = Scene::open(context, Plan { how, rules, fans, ..Plan::default() }).await?;
    let sold = |scene: &Scene| scene.crowd.came();
    for _ in 0..amount {
        for jump in JUMPS {
            scene.play(400).await;
            let before = sold(&scene);
            set(&file, jump)?;
            scene.play(1_800).await;
            // Where much else runs, all who are inside may be choosing for longer than that.
            for _ in 0..PATIENCE_S {
                if sold(&scene) > before {
                    break;
                }
                scene.play(1_000).await;
            }
            outcome.expect(sold(&scene) > before, || format!("nobody was served after the clock went {jump}"));
            outcome.amount += 1;
        }
        // A start with a clock that stands elsewhere than when the last event was written.
        set(&file, "-172800")?;
        let killed = Instant::now();
        scene.stand.kill();
        scene.stand.start_server().await?;
        scene.could_not_count(killed.elapsed());
        scene.play(1_000).await;
        set(&file, "+0")?;
        scene.stand.kill();
        scene.stand.start_server().await?;
        outcome.amount += 2;
    }
    scene.play(500).await;
    scene.finish(&mut outcome).await?;
    std::fs::remove_file(&file)?;
    Ok(outcome)
}

fn set(file: &PathBuf, to: &str) -> Result<(), Failed> {
    // Replaced whole, so that nobody reads half of it.
    let draft = file.with_extension("draft");
    std::fs::write(&draft, format!("{to}\n"))?;
    Ok(std::fs::rename(&draft, file)?)
}
