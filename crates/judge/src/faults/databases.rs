//! Row 10: the journal is in PostgreSQL, which restarts, ends sessions, and is cut off within commits; in the end its
//! standby takes its place.

use std::sync::atomic::Ordering;
use std::time::Duration;

use test_support::Postgres;
use test_support::postgres::Stop;

use super::Context;
use super::outcome::Outcome;
use super::proxy::Proxy;
use super::scene::{Plan, Scene};
use crate::Failed;
use crate::shop::Rules;
use crate::stand::{How, free_port};

/// Commits in flight are cut off where nothing says what became of them, this often of a thousand.
const CUTS_PERMILLE: u32 = 150;

/// Row 10: so often, one of them a failover.
pub async fn postgres(context: &Context, amount: u32) -> Result<Outcome, Failed> {
    let mut outcome = Outcome::default();
    let mut server = match Postgres::start() {
        Ok(server) => server,
        Err(missing) => return Ok(Outcome::not_run(missing.to_string())),
    };
    let database = server.database()?;
    let standby = server.standby()?;
    let between = free_port()?;
    let (proxy, task) = Proxy::start(between, server.port(), context.seed).await?;
    let url = database.replace(&format!(":{}/", server.port()), &format!(":{between}/"));
    let how = How { env: vec![("ONSALE_STORAGE__JOURNAL_URL".into(), url)], ..How::default() };
    let fans = (amount as usize * 60).clamp(3_000, 60_000);
    // Room for those who come in and go without a word: behind a few of them everybody waits and nothing is written.
    let rules = Rules { seats: 20_000, standing: 2_000, capacity: 200, ..Rules::default() };
    let plan = Plan { how, rules, fans, patience: Duration::from_secs(60), ..Plan::default() };
    let scene = Scene::open(context, plan).await?;
    let (mut ended, mut restarts) = (0, 0_u64);
    for number in 1..amount {
        scene.play(200 + u64::from(number % 5) * 70).await;
        match number % 5 {
            1 => ended += end_sessions(&server)?,
            3 => {
                let how = if number % 2 == 0 { Stop::Fast } else { Stop::Immediate };
                server = restart(server, how).await?;
                restarts += 1;
            }
            _ => {
                let cuts = proxy.cuts.load(Ordering::Relaxed);
                proxy.cuts_permille.store(CUTS_PERMILLE, Ordering::Relaxed);
                let cut = proxy.until_cut(cuts + 1, Duration::from_secs(10)).await;
                proxy.cuts_permille.store(0, Ordering::Relaxed);
                outcome.expect(cut, || "the database was not used for 10 s".into());
            }
        }
        outcome.amount += 1;
    }
    scene.play(300).await;
    let standby = fail_over(server, standby).await?;
    proxy.server.store(standby.port(), Ordering::Relaxed);
    outcome.amount += 1;
    scene.play(2_000).await;
    outcome.expect(proxy.passed.load(Ordering::Relaxed) > 0, || "the database was never used".into());
    outcome.count("sessions_ended", ended.into());
    outcome.count("restarts", restarts);
    outcome.count("replies_cut", proxy.cuts.load(Ordering::Relaxed));
    let unknown = scene.stand.log().matches("It is not known whether a group was committed").count();
    outcome.count("commits_of_unknown_outcome", unknown as u64);
    outcome.expect(unknown > 0, || "every commit's outcome was known".into());
    scene.finish(&mut outcome).await?;
    task.abort();
    Ok(outcome)
}

/// Ends the sessions of the journal; how many there were.
fn end_sessions(server: &Postgres) -> Result<u32, Failed> {
    let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'onsale journal'";
    let ended = server.ask("postgres", end)?;
    ended.parse().map_err(|_| Failed(format!("PostgreSQL says that it ended {ended} sessions")))
}

async fn restart(mut server: Postgres, how: Stop) -> Result<Postgres, Failed> {
    let restarting = move || server.stop(how).and_then(|()| server.resume()).map(|()| server);
    tokio::task::spawn_blocking(restarting).await.map_err(|error| Failed(error.to_string()))?.map_err(Failed::from)
}

/// The primary is gone at once, and what it acknowledged is at the standby.
async fn fail_over(mut primary: Postgres, standby: Postgres) -> Result<Postgres, Failed> {
    let failing = move || primary.stop(Stop::Immediate).and_then(|()| standby.promote()).map(|()| standby);
    tokio::task::spawn_blocking(failing).await.map_err(|error| Failed(error.to_string()))?.map_err(Failed::from)
}
