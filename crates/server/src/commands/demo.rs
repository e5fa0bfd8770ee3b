//! `onsale demo`: a whole sale to watch. A server on a folder of its own, a hall, and thousands of virtual fans who
//! arrive over the real HTTP API, wait, choose, pay or give up, until it is sold out and every invariant is checked.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use accounts::{AccountStore, Locale, NewAccount, Password};
use domain::{AccountId, Problem};
use load::client::Origin;
use load::fans::{FanProgress, FansOptions, run_fans};
use load::operator::{Operator, SaleRules, Show};
use platform::{Clock, Config, Shutdown, Sources, SystemClock};
use tokio::sync::watch;

use crate::failure::Failure;
use crate::output;
use crate::running::Running;
use crate::sandbox_process::SandboxProcess;
use crate::settings::SettingsArgs;

/// The hall that is sold when no other is named: the Olympic Gymnastics Arena in Seoul.
const PLAN: &str = include_str!("../../../../examples/plans/olympic-gymnastics-arena.json");
/// Who owns the demo's sale. Nobody can sign in as this account: its password is thrown away.
const OPERATOR: &str = "operator@demo.invalid";

/// How big a show.
#[derive(Debug, clap::Args)]
pub struct DemoArgs {
    /// Folder of the demo; a second start goes on where the first one was.
    #[arg(long, default_value = "demo-data", value_name = "FOLDER")]
    pub data: PathBuf,
    /// Virtual fans.
    #[arg(long, default_value_t = 9_000)]
    pub fans: usize,
    /// Seconds from the start to the opening.
    #[arg(long, default_value_t = 30)]
    pub opens_in: u32,
    /// Human hesitation: 1 = seconds of thought, 0 = none.
    #[arg(long, default_value_t = 1.0)]
    pub pace: f64,
    /// Decides who comes when and does what.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// A seating plan to sell instead, pretix JSON.
    #[arg(long)]
    pub plan: Option<PathBuf>,
    /// End when it is sold out instead of going on serving the board.
    #[arg(long)]
    pub exit: bool,
}

/// Runs the demo until it is told to stop.
///
/// # Errors
/// It cannot start, or an invariant is broken.
pub async fn run(arguments: DemoArgs, settings: &SettingsArgs) -> Result<ExitCode, Failure> {
    let (config, settings) = configure(&arguments, settings)?;
    platform::telemetry::start_log(&config.log)?;
    let metrics = platform::telemetry::start_metrics()?;
    let shutdown = Shutdown::new();
    shutdown.on_signals().map_err(|error| Failure::because("Signals cannot be received.", error))?;
    output::line(format!("Starting on the folder {} …", arguments.data.display()))?;
    // First, so that orders of an earlier run find it; what does not come up is killed with us.
    let sandbox = SandboxProcess::start(&config, &settings)?;
    let running = Running::start(&config, metrics, shutdown.clone()).await?;
    let shown = tokio::select! {
        shown = show(&arguments, &config, &running, &shutdown) => shown,
        reason = shutdown.wait() => {
            output::line(format!("\nStopping ({reason}). Start again, and the sale goes on where it was."))?;
            Ok(true)
        }
    };
    shutdown.trigger("the demo has ended");
    let stopped = running.stop().await;
    sandbox.stop().await;
    let sound = shown?;
    if let Err(failure) = stopped {
        failure.report();
    }
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The demo's settings: rehearsals allowed, no limit per client (all fans share one address), little log.
fn configure(arguments: &DemoArgs, settings: &SettingsArgs) -> Result<(Config, SettingsArgs), Failure> {
    let mut set = vec![
        format!("storage.data_folder={}", arguments.data.display()),
        "rehearsal.enabled=true".into(),
        "limits.requests_per_second_per_account=0".into(),
        "limits.joins_per_minute_per_account=0".into(),
        "limits.joins_per_second_per_address=0".into(),
        "log.level=warn".into(),
    ];
    set.extend(settings.set.iter().cloned());
    let settings = SettingsArgs { config: settings.config.clone(), set };
    let config = platform::config::load(&Sources::of_process(settings.config.clone(), settings.set.clone()))?;
    Ok((config, settings))
}

/// The show itself; true if every invariant held.
async fn show(arguments: &DemoArgs, config: &Config, running: &Running, shutdown: &Shutdown) -> Result<bool, Failure> {
    let server = Origin::of_address(running.address);
    let clock = SystemClock::start();
    let account = operator(&running.app.accounts).await?;
    let token = running.app.accounts.start_session(account, clock.now()).await?;
    let operator = Operator::new(server.clone(), token.as_str().to_owned());
    let (sale, opens_at_ms, new) = match running.app.sales.all().first() {
        Some(sale) => (sale.handle.sale().to_string(), clock.now().as_millis() + 2_000, false),
        None => {
            let opens_at = clock.now().as_millis() + i64::from(arguments.opens_in) * 1_000;
            (
                operator.put_on_sale(&Show::demo(), &plan(arguments)?, opens_at, &SaleRules::demo()).await?,
                opens_at,
                true,
            )
        }
    };
    let status = operator.status(&sale).await?;
    let board = format!("{}/sales/{sale}/board", config.server.public_url);
    output::line(format!(
        "{} {sale}: {} places, board at {board}\nYou can sign up there and buy among the fans.",
        if new { "On sale as" } else { "Going on with" },
        status.capacity,
    ))?;
    let sessions = operator.mint_fans(&sale, arguments.fans).await?;
    let options = FansOptions {
        pace: arguments.pace,
        ..FansOptions::demo(server, sale.clone(), sessions, opens_at_ms, arguments.seed)
    };
    let (tell, told) = watch::channel(FanProgress::default());
    let run = run_fans(options, tell);
    tokio::pin!(run);
    let mut tick = tokio::time::interval(Duration::from_secs(2));
    loop {
        tokio::select! {
            run = &mut run => {
                run?;
                break;
            }
            _ = tick.tick() => progress(&operator, &sale, &told, &clock, opens_at_ms).await?,
        }
    }
    let sound = finale(&operator, &sale).await?;
    if !arguments.exit {
        output::line(format!("The board stays at {board} until Ctrl-C."))?;
        drop(shutdown.wait().await);
    }
    Ok(sound)
}

async fn progress(
    operator: &Operator,
    sale: &str,
    told: &watch::Receiver<FanProgress>,
    clock: &SystemClock,
    opens_at_ms: i64,
) -> Result<(), Failure> {
    let status = operator.status(sale).await?;
    let sum = |of: fn(&load::fans::wire::Stock) -> u64| -> u64 { status.stock.iter().map(of).sum() };
    let until = opens_at_ms - clock.now().as_millis();
    let line = if until > 0 {
        format!("opens in {:>3} s", until.div_euclid(1_000) + 1)
    } else {
        format!(
            "waiting {:>6}  inside {:>5}  free {:>6}  held {:>5}  sold {:>6}  money {}",
            status.line.waiting,
            status.line.active,
            sum(|stock| stock.free),
            sum(|stock| stock.held),
            sum(|stock| stock.sold),
            status.taken,
        )
    };
    let bought = told.borrow().bought;
    output::line(format!("{line}  happy {bought:>6}"))
}

/// The end: what was sold, and whether every invariant holds.
async fn finale(operator: &Operator, sale: &str) -> Result<bool, Failure> {
    let status = operator.status(sale).await?;
    output::line(format!(
        "\n{}: {} tickets in {} orders, {} taken, {} given back.",
        if status.stage == "sold_out" { "SOLD OUT" } else { "The fans have gone" },
        status.tickets_sold,
        status.orders_paid,
        status.taken,
        status.refunded,
    ))?;
    let checks = operator.invariants(sale).await?;
    for check in &checks {
        output::line(format!("  {} {}", if check.holds { "ok    " } else { "BROKEN" }, check.name))?;
    }
    Ok(checks.iter().all(|check| check.holds))
}

/// The operator of the demo, made at its first start.
async fn operator(accounts: &AccountStore) -> Result<AccountId, Failure> {
    if let Some(account) = accounts.find_by_email(OPERATOR).await? {
        return Ok(account.id);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Failure::because("There is no randomness for a password.", error))?;
    let password = Password::new(hex::encode(bytes));
    let new = NewAccount { email: OPERATOR.into(), password, name: None, locale: Locale::En };
    Ok(accounts.bootstrap_operator(new, SystemClock::start().now()).await?.id)
}

fn plan(arguments: &DemoArgs) -> Result<serde_json::Value, Failure> {
    let text = match &arguments.plan {
        Some(path) => std::fs::read_to_string(path)
            .map_err(|error| Failure::because(format!("{} cannot be read.", path.display()), error))?,
        None => PLAN.to_owned(),
    };
    serde_json::from_str(&text)
        .map_err(|error| Problem::new("plan_invalid", "The plan is not JSON.").internal(error).into())
}
