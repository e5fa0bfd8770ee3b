//! Rows 11 to 13: a link that breaks, replies that are cut off, and a payment provider that misbehaves in every way it knows.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::{Value, json};

use super::Context;
use super::outcome::Outcome;
use super::packets::PacketLoss;
use super::proxy::Proxy;
use super::scene::{Plan, Scene};
use crate::Failed;
use crate::shop::Rules;
use crate::stand::{How, START_MAX, Stand, free_port, wait_for};

/// Row 12: so many replies are cut after their requests were carried out.
pub async fn replies_cut(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let mut outcome = Outcome::default();
    let front = free_port()?;
    let how = How { front_port: Some(front), ..How::default() };
    let mut stand = Stand::prepare(&context.bin, how)?;
    let (proxy, task) = Proxy::start(front, stand.port, context.seed).await?;
    stand.start_provider().await?;
    stand.start_server().await?;
    let fans = (amount as usize * 10).clamp(3_000, 100_000);
    let scene = Scene::open_at(stand, context.seed, Plan { fans, ..Plan::default() }).await?;
    proxy.cuts_permille.store(60, Ordering::Relaxed);
    let reached = proxy.until_cut(amount.into(), Duration::from_secs(u64::from(amount) / 5 + 20)).await;
    proxy.cuts_permille.store(0, Ordering::Relaxed);
    outcome.amount = proxy.cuts.load(Ordering::Relaxed);
    outcome.expect(reached, || "not as many replies could be cut as were asked for".into());
    scene.play(500).await;
    outcome.count("replies_passed", proxy.passed.load(Ordering::Relaxed));
    scene.finish(&mut outcome).await?;
    task.abort();
    Ok(outcome)
}

/// Of a hundred packets, while they are lost both ways: many connections would be slow, and none ends.
const LOST_PERCENT: u32 = 5;
/// Longer than a gateway believes in an engine that is silent.
const SILENT_MS: u64 = 4_000;

/// Row 11: the link between a gateway and its engine is cut, stalls, loses packets, and carries nothing one way, so often.
pub async fn link_cut(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let mut outcome = Outcome::default();
    let (front, link, between) = (free_port()?, free_port()?, free_port()?);
    let mut how = How { front_port: Some(front), ..How::default() };
    how.settings = engine_settings(link);
    how.env = vec![("ONSALE_CLUSTER__SECRET".into(), "rehearsal-cluster-secret".into())];
    let mut stand = Stand::prepare(&context.bin, how)?;
    // Only who may change the kernel's rules can lose packets; everything else of the row can be done all the same.
    let packets = PacketLoss::of(link).map_err(|failed| outcome.note = format!("no packet was lost: {failed}")).ok();
    let (proxy, task) = Proxy::start(between, link, context.seed).await?;
    stand.start_provider().await?;
    stand.start_server().await?;
    let gateway = stand.start_gateway(front, between)?;
    wait_for(&format!("{}/readyz", stand.origin()), START_MAX).await?;
    let fans = (amount as usize * 40).clamp(3_000, 60_000);
    let scene = Scene::open_at(stand, context.seed, Plan { fans, ..Plan::default() }).await?;
    while outcome.amount < amount.into() {
        match outcome.amount % 8 {
            7 => {
                proxy.stalled.store(true, Ordering::Relaxed);
                scene.play(1_500).await;
                proxy.stalled.store(false, Ordering::Relaxed);
            }
            which @ (3 | 5) if let Some(packets) = &packets => {
                let (shares, ms) = match (which, outcome.amount % 16) {
                    (3, _) => ((LOST_PERCENT, LOST_PERCENT), 1_500),
                    // Commands arrive and nobody hears what became of them; the next time nothing arrives.
                    (_, 5) => ((0, 100), SILENT_MS),
                    _ => ((100, 0), SILENT_MS),
                };
                packets.lose(shares)?;
                scene.play(ms).await;
                packets.lose((0, 0))?;
            }
            _ => {
                let cuts = proxy.cuts.load(Ordering::Relaxed);
                proxy.cuts_permille.store(200, Ordering::Relaxed);
                let cut = proxy.until_cut(cuts + 1, Duration::from_secs(10)).await;
                proxy.cuts_permille.store(0, Ordering::Relaxed);
                outcome.expect(cut, || "the link was not used for 10 s".into());
            }
        }
        scene.play(350).await;
        outcome.amount += 1;
    }
    outcome.count("cuts", proxy.cuts.load(Ordering::Relaxed));
    if let Some(packets) = packets {
        let lost = packets.lost()?;
        outcome.count("packets_lost", lost);
        outcome.expect(lost > 0 || amount < 4, || "no packet was lost".into());
    }
    scene.play(1_000).await;
    scene.finish(&mut outcome).await?;
    drop(gateway);
    task.abort();
    Ok(outcome)
}

/// What makes a server an engine for gateways on this machine.
pub fn engine_settings(link: u16) -> Vec<String> {
    vec![
        "cluster.role=engine".into(),
        format!("cluster.listen=127.0.0.1:{link}"),
        "server.trusted_proxies=127.0.0.1/32".into(),
    ]
}

/// What the provider does wrong, one after the other.
fn misdeeds() -> Vec<Value> {
    vec![
        json!({ "fail": 0.3 }),
        json!({ "timeout_after_success": 0.2 }),
        json!({ "slow_ms": 300, "webhook_before_response": 0.5 }),
        json!({ "webhook_drop": 0.5 }),
        json!({ "webhook_duplicate": 100 }),
        json!({ "webhook_out_of_order": 0.5, "webhook_duplicate": 3 }),
        json!({ "wrong_amount": 0.3 }),
        json!({ "webhook_delay_ms": 600_000 }),
        json!({ "capture_late": 1.0, "webhook_drop": 0.3 }),
        json!({ "fail": 0.2, "webhook_drop": 0.2, "webhook_out_of_order": 0.3, "wrong_amount": 0.1, "capture_late": 0.5, "slow_ms": 50 }),
    ]
}

/// Row 13: until so many payments went through a provider that misbehaves.
pub async fn provider_misbehaves(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let mut outcome = Outcome::default();
    let rules = Rules { seats: 20_000, standing: 2_000, capacity: 300, pay_s: 4, ..Rules::default() };
    let fans = (amount as usize * 6).clamp(3_000, 200_000);
    let plan = Plan { rules, fans, at_once: 60, patience: Duration::from_secs(60), ..Plan::default() };
    let scene = Scene::open(context, plan).await?;
    let misdeeds = misdeeds();
    let began = std::time::Instant::now();
    let longest = Duration::from_secs(u64::from(amount) / 4 + 60);
    let (mut round, mut forged) = (0, 0);
    while (outcome.amount < u64::from(amount) || round < misdeeds.len()) && began.elapsed() < longest {
        behave(&scene.stand, &misdeeds[round % misdeeds.len()]).await?;
        scene.play(2_000).await;
        let status = forge(&scene.stand).await?;
        outcome.expect(status == 401, || format!("a forged webhook was answered {status}"));
        forged += 1;
        round += 1;
        outcome.amount = crate::books::ledger(&scene.stand).await?.len() as u64;
    }
    outcome.expect(outcome.amount >= u64::from(amount), || "not as many payments were made as asked for".into());
    outcome.expect(round >= misdeeds.len(), || format!("only {round} of {} misdeeds had their turn", misdeeds.len()));
    behave(&scene.stand, &json!({})).await?;
    outcome.count("rounds", round as u64);
    outcome.count("forged_webhooks", forged);
    scene.finish(&mut outcome).await?;
    Ok(outcome)
}

async fn behave(stand: &Stand, behaviour: &Value) -> Result<(), Failed> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("{}/v1/behaviour", stand.provider_origin());
    let answer = http.put(url).bearer_auth(stand.provider_key()).json(behaviour).send().await?;
    if answer.status().is_success() { Ok(()) } else { Err(Failed(format!("the provider does not do {behaviour}"))) }
}

/// A webhook that anybody could send; its status.
async fn forge(stand: &Stand) -> Result<u16, Failed> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("http://127.0.0.1:{}/v1/payments/webhook", stand.port);
    // In every form right, of this minute and of a real order; only the signature is somebody else's.
    let order = crate::books::ledger(stand).await?.into_keys().next_back().unwrap_or_default();
    let body = json!({ "id": "evt_forged", "kind": "captured", "order": order });
    let seconds = crate::clock::now().as_second();
    let signature = format!("t={seconds},v1={}", "5a".repeat(32));
    let request = http.post(url).header("onsale-signature", signature).json(&body);
    Ok(request.send().await?.status().as_u16())
}
