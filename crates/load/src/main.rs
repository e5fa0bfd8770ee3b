//! `onsale-load`: load runs and benchmarks against the real binary.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use domain::Problem;
use load::bench::contention::{self, ContentionArgs};
use load::bench::engine::{self, EngineArgs};
use load::bench::http::{self, HttpArgs, bare_axum};
use load::line_bench::clients::{self, ClientsArgs};
use load::line_bench::{self, LineArgs};
use load::sellout::{self, SelloutArgs};
use tokio::runtime::{Builder, Runtime};

/// The server's: the writers that are measured in this process are to have what they have there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Load runs and benchmarks of Onsale.
#[derive(Debug, Parser)]
#[command(name = "onsale-load", version)]
struct Arguments {
    #[command(subcommand)]
    command: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Sell out a hall to tens of thousands of fans over HTTP, and check every promise.
    Sellout(SelloutArgs),
    /// Compare with what else could have been built.
    Bench {
        #[command(subcommand)]
        bench: Bench,
    },
    /// Fill a line with very many, hold their connections, and drain it to the last place.
    Line(LineArgs),
    /// Hold WebSocket connections for `line`.
    #[command(hide = true)]
    LineClients(ClientsArgs),
    /// Serve the bare axum peer of `bench http`.
    #[command(hide = true)]
    BareAxum {
        /// Port of the loopback interface.
        #[arg(long)]
        port: u16,
    },
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// One stock that everybody wants, sold in several ways.
    Contention(ContentionArgs),
    /// The writer with its durable journal, beside itself with one commit per hold.
    Engine(EngineArgs),
    /// Holds over HTTP beside a bare axum server and a PostgreSQL hot row.
    Http(HttpArgs),
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("The run found violations; see above.");
            ExitCode::FAILURE
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<bool, Problem> {
    match &arguments.command {
        What::Sellout(sellout) => runtime(Builder::new_multi_thread())?.block_on(sellout::run(sellout)),
        What::Bench { bench: Bench::Contention(contention) } => {
            runtime(Builder::new_multi_thread())?.block_on(contention::run(contention))
        }
        // One thread for the clients: the writer and the journal have their own.
        What::Bench { bench: Bench::Engine(engine) } => {
            runtime(Builder::new_multi_thread().worker_threads(1))?.block_on(engine::run(engine))
        }
        // One thread on one core, as the generator of a benchmark and its floor should be.
        What::Bench { bench: Bench::Http(http) } => runtime(Builder::new_current_thread())?.block_on(http::run(http)),
        What::Line(line) => runtime(Builder::new_current_thread())?.block_on(line_bench::run(line)),
        What::LineClients(arguments) => clients::run(arguments).map(|()| true),
        What::BareAxum { port } => {
            runtime(Builder::new_current_thread())?.block_on(bare_axum::serve(*port)).map(|()| true)
        }
    }
}

fn runtime(mut builder: impl std::borrow::BorrowMut<Builder>) -> Result<Runtime, Problem> {
    builder
        .borrow_mut()
        .enable_all()
        .build()
        .map_err(|error| Problem::new("runtime_not_started", "No runtime could be started.").internal(error))
}
