//! Rows 17 to 20: storms, slow readers, one seat for everybody.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::disk::serves;
use super::outcome::Outcome;
use super::scene::{Plan, Scene, quantile};
use super::{Context, Size};
use crate::Failed;
use crate::client::Call;
use crate::history::What;
use crate::shop::Rules;

/// Requests under way at once, or one for each fifty people if that is more; the rest wait for these, as they would for
/// sockets.
const UNDER_WAY: usize = 500;
/// Requests under way where the peak is measured: enough to keep the server busy, too few to wait for long.
const AT_THE_PEAK: usize = 64;
/// Looks one after the other that say how long one takes.
const CALM_LOOKS: usize = 100;
/// How soon it has to be as before the storm.
const RECOVERY_MAX: Duration = Duration::from_secs(30);
/// How long the last of many handshakes may take to be answered.
const CONNECTED_MAX: Duration = Duration::from_secs(5);

/// Asks for every session at once, so many times.
async fn everybody(scene: &Scene, call: impl Fn(u32, &str) -> Call, times: usize) -> Vec<(u16, f64)> {
    let sessions = (0..times).flat_map(|_| scene.crowd.sessions.iter().enumerate());
    let under_way = UNDER_WAY.max(scene.crowd.sessions.len() / 50);
    at_once(scene, sessions.map(|(number, session)| call(number as u32, session)), under_way).await
}

/// Asks all of it, so many at once, and gives each status and how long it took, in milliseconds.
async fn at_once(scene: &Scene, calls: impl Iterator<Item = Call>, under_way: usize) -> Vec<(u16, f64)> {
    let asking = calls.map(|call| {
        let client = scene.shop.client.clone();
        tokio::spawn(async move {
            let began = Instant::now();
            let told = client.once(&call).await;
            (told.map_or(0, |told| told.status), began.elapsed().as_secs_f64() * 1_000.0)
        })
    });
    let answers = futures_util::stream::iter(asking).buffer_unordered(under_way);
    answers.map(|answer| answer.unwrap_or((0, 0.0))).collect().await
}

fn call(scene: &Scene, what: What, method: Method, rest: &str, number: u32, session: &str, json: Value) -> Call {
    let path = format!("/v1/sales/{}{rest}", scene.shop.sale);
    Call { client: number, what, of: String::new(), method, path, session: session.into(), key: None, json, form: None }
}

/// A scene to which nobody comes by themselves.
async fn empty_scene(context: &Context, rules: Rules, fans: usize) -> Result<Scene, Failed> {
    let plan = Plan { rules, fans, at_once: 0, patience: Duration::from_secs(3), ..Plan::default() };
    Scene::open(context, plan).await
}

fn look(scene: &Scene, number: u32, session: &str) -> Call {
    call(scene, What::Look, Method::GET, "/line/me", number, session, Value::Null)
}

/// Milliseconds that a look takes when one is asked after the other.
async fn calm_looks(scene: &Scene) -> Vec<f64> {
    let one_by_one = scene.crowd.sessions.iter().enumerate().cycle().take(CALM_LOOKS);
    let looks = at_once(scene, one_by_one.map(|(number, session)| look(scene, number as u32, session)), 1).await;
    looks.iter().filter(|(status, _)| *status == 200).map(|(_, ms)| *ms).collect()
}

/// Row 17: everybody joins within a second, everybody looks once, a bounded number at a time, and then ten times.
pub async fn herd(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let mut outcome = Outcome { amount: amount.into(), ..Outcome::default() };
    let rules = Rules { seats: 2_000, capacity: 50, grace_s: 2, select_s: 2, ..Rules::default() };
    let scene = empty_scene(context, rules, amount as usize).await?;
    let began = Instant::now();
    let joins = everybody(
        &scene,
        |number, session| call(&scene, What::Join, Method::POST, "/line", number, session, Value::Null),
        1,
    )
    .await;
    let join_seconds = began.elapsed().as_secs_f64();
    let calm = quantile(&mut calm_looks(&scene).await, 500);
    let sessions = scene.crowd.sessions.iter().enumerate();
    let began = Instant::now();
    let peak = at_once(&scene, sessions.map(|(number, it)| look(&scene, number as u32, it)), AT_THE_PEAK).await;
    let peak = count(&peak, |status| status < 300) as f64 / began.elapsed().as_secs_f64();
    let began = Instant::now();
    let looks = everybody(&scene, |number, session| look(&scene, number, session), 10).await;
    let look_seconds = began.elapsed().as_secs_f64();
    let (joined, looked) = (count(&joins, |status| status < 300), count(&looks, |status| status < 300));
    let goodput = looked as f64 / look_seconds;
    outcome.figure("joins_per_second", joined as f64 / join_seconds);
    outcome.figure("looks_per_second", goodput);
    outcome.figure("looks_per_second_peak", peak);
    outcome.figure("look_ms_p99", quantile(&mut looks.iter().map(|(_, ms)| *ms).collect::<Vec<_>>(), 990));
    // Nine tenths are asked for, which a machine can show that does not also make the storm. Here it must not collapse; in
    // a smaller storm, and beside other work, not even that would be the server's doing.
    outcome.expect(context.size != Size::Release || goodput >= peak / 2.0, || {
        format!("{goodput:.0} looks a second in the storm, {peak:.0} before it")
    });
    recovers(&scene, calm, &mut outcome).await;
    let lost = count(&joins, |status| status == 0) + count(&looks, |status| status == 0);
    outcome.expect(lost == 0, || format!("{lost} requests got no answer"));
    let good = (joined + looked) as f64 / (joins.len() + looks.len()) as f64;
    outcome.expect(good >= 0.9, || format!("only {:.1} % were served", good * 100.0));
    judge_open(scene, &mut outcome).await?;
    Ok(outcome)
}

/// Waits until a look takes no longer than three times what it took before, and notes for how long.
async fn recovers(scene: &Scene, calm: f64, outcome: &mut Outcome) {
    let ended = Instant::now();
    let mut now = f64::NAN;
    while ended.elapsed() < RECOVERY_MAX {
        let mut looks = calm_looks(scene).await;
        now = quantile(&mut looks, 500);
        if looks.len() == CALM_LOOKS && now <= calm * 3.0 {
            return outcome.figure("recovery_ms", ended.elapsed().as_secs_f64() * 1_000.0);
        }
    }
    outcome.expect(false, || format!("a look takes {now:.1} ms long after the storm, and took {calm:.1} ms before"));
}

fn count(answers: &[(u16, f64)], fits: impl Fn(u16) -> bool) -> usize {
    answers.iter().filter(|(status, _)| fits(*status)).count()
}

/// Judges a scene in which people still wait: that they do is no fault.
async fn judge_open(mut scene: Scene, outcome: &mut Outcome) -> Result<(), Failed> {
    let mut findings = scene.judge().await?;
    findings.retain(|finding| !matches!(finding.id, "I11" | "I14"));
    outcome.add(&findings);
    Ok(())
}

/// Row 18: clients that repeat five times at once, whatever they are told, while others buy.
pub async fn retry_storm(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let mut outcome = Outcome::default();
    let scene = Scene::open(context, Plan { fans: 3_000, ..Plan::default() }).await?;
    let path = format!("{}/v1/sales/{}/line", scene.stand.origin(), scene.shop.sale);
    let http = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
    for _ in 0..amount {
        let mut storm = JoinSet::new();
        for session in scene.crowd.sessions.iter().rev().take(300) {
            let request = http.get(format!("{path}/me")).header("cookie", format!("__Host-session={session}"));
            storm.spawn(async move {
                for _ in 0..40 {
                    let five = (0..5).filter_map(|_| request.try_clone()).map(reqwest::RequestBuilder::send);
                    futures_util::future::join_all(five).await;
                }
            });
        }
        storm.join_all().await;
        outcome.amount += 1;
    }
    outcome.figure("storm_requests", f64::from(amount) * 300.0 * 200.0);
    outcome.expect(serves(&scene, Duration::from_secs(5)).await, || "nobody was served after the storm".into());
    scene.play(500).await;
    scene.finish(&mut outcome).await?;
    Ok(outcome)
}

/// Row 19: live connections that never read, beside fans who buy.
pub async fn slow_readers(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let mut outcome = Outcome::default();
    let scene = Scene::open(context, Plan { fans: 3_000, ..Plan::default() }).await?;
    let before = resident_kib(&scene);
    let alone = quantile(&mut calm_looks(&scene).await, 500);
    let mut open = Vec::new();
    let port = scene.stand.port;
    for (number, session) in (0..amount).zip(scene.crowd.sessions.iter().cycle()) {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)).await else { continue };
        let handshake = format!(
            "GET /v1/live?sale={}&seats=1 HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\ncookie: __Host-session={session}\r\n\r\n",
            scene.shop.sale
        );
        if stream.write_all(handshake.as_bytes()).await.is_ok() {
            open.push(stream);
        }
        if number % 200 == 0 {
            scene.play(5).await;
        }
    }
    // What was written may have been refused: the server says how many it has.
    let enough = f64::from(amount) * 0.99;
    let (mut connected, began) = (live_connections(&scene).await?, Instant::now());
    while connected < enough && began.elapsed() < CONNECTED_MAX {
        scene.play(50).await;
        connected = live_connections(&scene).await?;
    }
    outcome.amount = connected as u64;
    outcome.expect(connected >= enough, || format!("only {connected} of {amount} are connected"));
    scene.play(6_000).await;
    outcome.figure("connected_later", live_connections(&scene).await?);
    let beside = quantile(&mut calm_looks(&scene).await, 500);
    outcome.figure("look_ms_p50_alone", alone);
    outcome.figure("look_ms_p50_beside", beside);
    outcome.expect(context.size != Size::Release || beside <= alone * 2.0 + 1.0, || {
        format!("a look takes {beside:.1} ms beside them, and {alone:.1} ms without")
    });
    let grown = resident_kib(&scene).saturating_sub(before);
    outcome.figure("server_grew_kib", grown as f64);
    let each = grown as f64 / f64::from(amount.max(1));
    outcome.figure("server_kib_per_reader", each);
    outcome.expect(each < 64.0, || format!("{each:.0} KiB for each reader that does not read"));
    outcome.expect(serves(&scene, Duration::from_secs(5)).await, || "others were not served".into());
    drop(open);
    scene.finish(&mut outcome).await?;
    Ok(outcome)
}

/// How many live connections the server says it has.
async fn live_connections(scene: &Scene) -> Result<f64, Failed> {
    let metrics = reqwest::get(format!("{}/metrics", scene.stand.origin())).await?.text().await?;
    let line = metrics.lines().find_map(|line| line.strip_prefix("onsale_live_connections "));
    Ok(line.and_then(|count| count.trim().parse().ok()).unwrap_or(0.0))
}

fn resident_kib(scene: &Scene) -> u64 {
    let Some(id) = scene.stand.server_id() else { return 0 };
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// One fan asks so often for the same standing place.
async fn greedy(scene: &Scene, times: u32) -> Vec<(u16, f64)> {
    let Some(session) = scene.crowd.sessions.first() else { return Vec::new() };
    let choice = json!({ "areas": [{ "area": 0, "count": 1 }] });
    let calls = (0..times).map(|_| call(scene, What::Hold, Method::PUT, "/hold", 0, session, choice.clone()));
    at_once(scene, calls, UNDER_WAY).await
}

/// Row 20: everybody wants the same seat at the same moment, and then one fan asks as often as all of them.
pub async fn hot_seat(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let mut outcome = Outcome { amount: amount.into(), ..Outcome::default() };
    let rules = Rules { seats: 1, standing: amount, capacity: 0, grace_s: 600, select_s: 600, ..Rules::default() };
    let scene = empty_scene(context, rules, amount as usize).await?;
    everybody(
        &scene,
        |number, session| call(&scene, What::Join, Method::POST, "/line", number, session, Value::Null),
        1,
    )
    .await;
    let seat = json!({ "seats": [0] });
    let began = Instant::now();
    let holds = everybody(
        &scene,
        |number, session| call(&scene, What::Hold, Method::PUT, "/hold", number, session, seat.clone()),
        1,
    )
    .await;
    outcome.figure("holds_per_second", holds.len() as f64 / began.elapsed().as_secs_f64());
    let winners = count(&holds, |status| status == 200);
    outcome.expect(winners == 1, || format!("{winners} got the one seat"));
    let answered = count(&holds, |status| status != 0);
    outcome.expect(answered == amount as usize, || format!("only {answered} of {amount} were answered"));
    outcome.figure("winners", winners as f64);
    let asked = greedy(&scene, amount).await;
    let served = count(&asked, |status| status == 200);
    let fair = served + count(&asked, |status| matches!(status, 429 | 503));
    outcome.count("greedy_served", served as u64);
    outcome.expect(served > 0 && fair == asked.len(), || {
        format!("one who asked {} times was served {served} times, and answered {fair} times", asked.len())
    });
    let mut findings = {
        let mut scene = scene;
        scene.shop.client.counts().over.store(true, Ordering::SeqCst);
        scene.judge().await?
    };
    // Everybody is still inside, and means to be.
    findings.retain(|finding| finding.id != "I11");
    outcome.add(&findings);
    Ok(outcome)
}
