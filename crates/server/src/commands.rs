//! The commands of `onsale`, one file each. A new one is a file, a variant and an arm.

mod backup;
mod config;
mod demo;
mod doctor;
mod draw;
mod migrate;
mod openapi;
mod password_input;
mod restore;
mod sale;
mod sandbox_provider;
mod serve;
mod tables;
mod ticket;
mod user;
mod verify;

use std::process::ExitCode;

use clap::Subcommand;

use crate::failure::Failure;
use crate::settings::SettingsArgs;

/// What `onsale` can be asked to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server.
    Serve(serve::ServeArgs),
    /// Watch a whole sale: a hall, thousands of virtual fans, sold out in minutes.
    Demo(demo::DemoArgs),
    /// Import seating plans and put them on sale.
    #[command(subcommand)]
    Sale(sale::SaleCommand),
    /// Examine this machine: disk, fsync, clock, ports, limits.
    Doctor,
    /// Show, check and explain the settings.
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// Replay the journal and check every invariant, beside a running server or without one.
    Verify(verify::VerifyArgs),
    /// Bring tables up to date; servers of this version and of the one before may run meanwhile.
    Migrate(migrate::MigrateArgs),
    /// Move tables between files and a database.
    #[command(subcommand)]
    Tables(tables::TablesCommand),
    /// Copy everything durable into a new folder, beside a running server or without one.
    Backup(backup::BackupArgs),
    /// Make a data folder from a backup, and verify it.
    Restore(restore::RestoreArgs),
    /// Check the draw of a lobby from what was published.
    #[command(subcommand)]
    Draw(draw::DrawCommand),
    /// Verify tickets offline.
    #[command(subcommand)]
    Ticket(ticket::TicketCommand),
    /// Make accounts.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Run the sandbox payment provider, which takes no real money.
    SandboxProvider(sandbox_provider::SandboxProviderArgs),
    /// Print the description of the HTTP API (OpenAPI).
    Openapi,
}

impl Command {
    /// Carries out the command.
    ///
    /// # Errors
    /// Why it could not be carried out.
    pub fn run(self, settings: &SettingsArgs) -> Result<ExitCode, Failure> {
        match self {
            Self::Serve(arguments) => {
                let settings = arguments.settings(settings);
                let config = settings.load()?;
                on_threads(config.server.threads, serve::run(arguments, &settings, config))
            }
            Self::Demo(arguments) => blocking(demo::run(arguments, settings)),
            Self::Sale(command) => blocking(sale::run(command, &settings.load()?)),
            Self::Openapi => openapi::run(),
            Self::Doctor => blocking(async { doctor::run(&settings.load()?).await }),
            Self::Config(command) => config::run(command, settings),
            Self::Verify(arguments) => blocking(verify::run(arguments, settings)),
            Self::Migrate(arguments) => blocking(migrate::run(arguments, &settings.load()?)),
            Self::Tables(command) => blocking(tables::run(command, &settings.load()?)),
            Self::Backup(arguments) => blocking(backup::run(arguments, settings.load()?)),
            Self::Restore(arguments) => restore::run(&arguments),
            Self::Draw(command) => draw::run(&command),
            Self::Ticket(command) => ticket::run(&command, settings),
            Self::User(command) => blocking(user::run(command, &settings.load()?)),
            Self::SandboxProvider(arguments) => blocking(sandbox_provider::run(arguments, settings.load()?)),
        }
    }
}

/// Runs a command that waits for the network or for tables.
fn blocking(command: impl Future<Output = Result<ExitCode, Failure>>) -> Result<ExitCode, Failure> {
    on_threads(0, command)
}

/// Runs a command on so many threads; 0: as many as there are processors.
fn on_threads(threads: u32, command: impl Future<Output = Result<ExitCode, Failure>>) -> Result<ExitCode, Failure> {
    let threads = match threads {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        threads => threads as usize,
    };
    // A single thread serves alone: handing tasks between threads would only cost.
    let mut builder = match threads {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    if threads > 1 {
        builder.worker_threads(threads);
    }
    builder
        .enable_all()
        .build()
        .map_err(|error| Failure::because("The threads of the server cannot be started.", error))?
        .block_on(command)
}
