//! Row 9: a writer that was paused wakes up after another has taken its place.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;

use super::outcome::Outcome;
use super::scene::{Plan, Scene};
use super::{Context, Size};
use crate::Failed;
use crate::client::{Call, Client};
use crate::history::{Entry, Recorder, What};
use crate::rules::{Evidence, Finding};
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
        let Woken { findings, lost, lost_of_second, told_by_second, refused_by_lock } = once(context, pause).await?;
        outcome.expect(refused_by_lock, || "a second server started although the folder was locked".into());
        outcome.add(&findings);
        let mut fencing = Finding::new("I12", "a writer that was replaced commits nothing");
        fencing.look(lost == 0, || {
            format!("{lost} joins were acknowledged by the writer that was replaced, and are not there")
        });
        fencing.look(lost_of_second == 0, || {
            format!("{lost_of_second} joins were acknowledged by the second writer, and are not there")
        });
        outcome.expect(told_by_second > 0, || "the second writer acknowledged nothing".into());
        outcome.add(&[fencing]);
        outcome.amount += 1;
    }
    outcome.figure("pause_seconds", pause.as_secs_f64());
    Ok(outcome)
}

/// What a pause came to.
struct Woken {
    findings: Vec<Finding>,
    /// Joins that the woken writer acknowledged and nobody has.
    lost: usize,
    /// Those of the second writer.
    lost_of_second: usize,
    /// Joins that the second writer acknowledged.
    told_by_second: usize,
    refused_by_lock: bool,
}

async fn once(context: &Context, pause: Duration) -> Result<Woken, Failed> {
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
    let new = Client::new(&format!("http://127.0.0.1:{}", second.port), Arc::clone(&recorder))?;
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
    let (lost, _) = missing(&evidence, &evidence.entries, woken_us);
    let (lost_of_second, told_by_second) = missing(&evidence, &recorder.read()?, 0);
    Ok(Woken { findings: crate::rules::judge(&evidence), lost, lost_of_second, told_by_second, refused_by_lock })
}

/// Of the joins acknowledged in this history after an instant: how many are not in the books under their account, and
/// how many there are.
fn missing(evidence: &Evidence, entries: &[Entry], after_us: u64) -> (usize, usize) {
    let own = |entry: &&Entry| entry.what == What::Me && entry.ok();
    let accounts: BTreeMap<u32, &str> =
        entries.iter().filter(own).filter_map(|entry| Some((entry.client, entry.told["id"].as_str()?))).collect();
    let is_there = |entry: &&Entry| {
        let number = entry.told["place"]["number"].as_u64();
        let owner = number.and_then(|number| evidence.books.places.get(&number));
        owner.is_some_and(|owner| accounts.get(&entry.client) == Some(&owner.account.as_str()))
    };
    let told = |entry: &&Entry| entry.what == What::Join && entry.sent_us > after_us && entry.status == 201;
    let told: Vec<&Entry> = entries.iter().filter(told).collect();
    (told.iter().filter(|entry| !is_there(entry)).count(), told.len())
}

async fn join_all(client: &Client, scene: &Scene, fans: std::ops::Range<usize>) {
    for number in fans {
        let line = format!("/v1/sales/{}/line", scene.shop.sale);
        let steps = [(What::Me, Method::GET, "/v1/me".to_owned()), (What::Join, Method::POST, line)];
        for (what, method, path) in steps {
            let session = scene.crowd.sessions[number].clone();
            let (client_number, of, json) = (number as u32, String::new(), Value::Null);
            let call = Call { client: client_number, what, of, method, path, session, key: None, json, form: None };
            // Whatever it says: what counts is whether it is true afterwards.
            client.once(&call).await;
        }
    }
}
