//! `onsale`: reads the command line, loads the configuration where a command needs it, and runs the command.
//!
//! One file per command in `commands/`. Exit codes: 0 it went well, 1 it did not (one sentence on standard error),
//! 2 the command line was not understood.

mod backstage;
mod backup;
mod beside_others;
mod commands;
mod data_folder;
mod drawer;
mod failure;
mod gateway_running;
mod invitation;
mod join_guard;
mod journal_place;
mod move_sales;
mod output;
mod pacer;
mod running;
mod sandbox_process;
mod settings;
mod table_places;
mod verify;

use std::process::ExitCode;

use clap::Parser;

use commands::Command;
use settings::SettingsArgs;

/// Requests allocate a lot and for a short time, across threads; this allocator is made for that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Ticketing for the minute tickets go on sale.
///
/// A million people stand in one exact line, every seat is sold once, every payment becomes a ticket or a refund.
#[derive(Debug, Parser)]
#[command(name = "onsale", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    let Cli { settings, command } = Cli::parse();
    match command.run(&settings) {
        Ok(code) => code,
        Err(failure) => {
            failure.report();
            ExitCode::FAILURE
        }
    }
}
