//! Row 9: a writer that was paused wakes up after another has taken its place.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use super::outcome::Outcome;
use super::scene::{Plan, Scene};
use super::{Context, Size};
use crate::Failed;
use crate::client::{Call, Client};
use crate::history::{Recorder, What};
use crate::rules::Finding;
use crate::stand::{How, Stand};

/// How often the first writer is stopped at another instant.
const STOPS_MAX: u32 = 5;

/// Pauses the writer, starts a second one on the same folder, and wakes the first.
///
/// The folder's lock keeps two servers apart; here it is removed, as somebody in a hurry might, so that only the
/// journal's key is left between them.
pub async fn zombie(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let mut outcome = Outcome::default();
    let pause = Duration::from_secs(if context.size == Size::Pr { 3 } else { 30 });
    for _ in 0..amount {
        let (findings, accepted, refused_by_lock) = once(context, pause).await?;
        outcome.expect(refused_by_lock, || "a second server started although the folder was locked".into());
        outcome.add(&findings);
        let mut fencing = Finding::new("I12", "a writer that was replaced commits nothing");
        fencing.look(accepted == 0, || {
            format!("{accepted} joins were acknowledged by the writer that was replaced, and are not there")
        });
        outcome.add(&[fencing]);
        outcome.amount += 1;
    }
    outcome.figure("pause_seconds", pause.as_secs_f64());
    Ok(outcome)
}

async fn once(context: &Context, pause: Duration) -> Result<(Vec<Finding>, usize, bool), Failed> {
    let mut scene = Scene::open(context, Plan { fans: 2_000, ..Plan::default() }).await?;
    scene.play(1_000).await;
    scene.stand.signal(libc::SIGSTOP);
    let how = How { data: Some(scene.stand.data()), ..How::default() };
    let mut second = Stand::prepare(&scene.stand.bin, how)?;
    let refused_by_lock = second.start_server().await.is_err_and(|failed| failed.0.contains("the server ended"));
    std::fs::remove_file(scene.stand.data().join("lock"))?;
    // Who was stopped within a commit holds SQLite's lock, and nobody else writes: so it is stopped elsewhere.
    let mut started = second.start_server().await;
    for _ in 0..STOPS_MAX {
        if !started.as_ref().is_err_and(|failed| failed.0.contains("database is locked")) {
            break;
        }
        second.kill();
        scene.stand.signal(libc::SIGCONT);
        tokio::time::sleep(Duration::from_millis(37)).await;
        scene.stand.signal(libc::SIGSTOP);
        started = second.start_server().await;
    }
    started?;
    // The second one writes what the first knows nothing of.
    let recorder = Arc::new(Recorder::new(&scene.stand.folder.join("second.jsonl"))?);
    let new = Client::new(&format!("http://127.0.0.1:{}", second.port), recorder)?;
    let late = scene.crowd.sessions.len();
    join_all(&new, &scene, late - 40..late - 20).await;
    tokio::time::sleep(pause).await;
    let woken_us = scene.recorder.now_us();
    scene.stand.signal(libc::SIGCONT);
    // The fans of the first never heard of the change; others come to it as well.
    let old = scene.shop.client.clone();
    join_all(&old, &scene, late - 20..late).await;
    scene.play(1_500).await;
    scene.stand.kill();
    second.kill();
    scene.stand.start_server().await?;
    let evidence = scene.evidence().await?;
    let places = &evidence.books.places;
    let accounts = evidence.accounts();
    let woken = evidence.of(What::Join).filter(|entry| entry.sent_us > woken_us && entry.status == 201);
    let lost = woken.filter(|entry| {
        let owner = entry.told["place"]["number"].as_u64().and_then(|number| places.get(&number));
        owner.is_none()
            || accounts.get(&entry.client).is_some_and(|account| owner.is_some_and(|owner| owner.account != *account))
    });
    let lost = lost.count();
    Ok((crate::rules::judge(&evidence), lost, refused_by_lock))
}

async fn join_all(client: &Client, scene: &Scene, fans: std::ops::Range<usize>) {
    for number in fans {
        let path = format!("/v1/sales/{}/line", scene.shop.sale);
        let session = scene.crowd.sessions[number].clone();
        let (what, of, json) = (What::Join, String::new(), Value::Null);
        let call =
            Call { client: number as u32, what, of, method: Method::POST, path, session, key: None, json, form: None };
        // Whatever it says: what counts is whether it is true afterwards.
        client.once(&call).await;
    }
}
