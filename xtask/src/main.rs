//! The project's commands: `cargo xtask COMMAND`. One module per command; only `std` and `serde_json`, so that
//! it is compiled in seconds.

mod bench;
mod binaries;
mod check;
mod demo;
mod faults;
mod generate;
mod layers;
mod licences;
mod line_bench;
mod metadata;
mod needs;
mod programs;
mod sellout;
mod simulate;
mod spdx;
mod test;
mod tidy;
mod web;
mod workspace;

use std::process::ExitCode;

/// What a command comes to: a value, or a sentence saying what is wrong and what to do about it.
type Outcome<T = ()> = Result<T, String>;

/// One command, as `cargo xtask help` shows it.
struct Command {
    name: &'static str,
    arguments: &'static str,
    help: &'static str,
    run: fn(&[String]) -> Outcome,
}

#[rustfmt::skip]
const COMMANDS: &[Command] = &[
    Command { name: "demo", arguments: "[ARGS]", run: demo::run, help: "sells out a hall on embedded storage; ARGS go to `onsale demo`" },
    Command { name: "check", arguments: "", run: check::run, help: "everything that needs no test run: formatting, tidy, layers, licences, lints, generated files, documentation" },
    Command { name: "test", arguments: "[FILTER]", run: test::run, help: "every test; with FILTER only the Rust tests that match it" },
    Command { name: "generate", arguments: "[--check]", run: generate::run, help: "writes the generated files; with --check only compares them" },
    Command { name: "tidy", arguments: "", run: tidy::run, help: "the style guide as a program" },
    Command { name: "layers", arguments: "", run: layers::run, help: "proves which crate may use which" },
    Command { name: "licences", arguments: "", run: licences::run, help: "checks every dependency's licence against deny.toml" },
    Command { name: "web", arguments: "", run: web::run, help: "builds the pages that the server embeds, if they changed" },
    Command { name: "needs", arguments: "[NAME…]", run: needs::run, help: "shows what tests and benchmarks use; with NAME finds or installs it" },
    Command { name: "sellout", arguments: "[ARGS]", run: sellout::run, help: "drives the real binary over HTTP until a hall is sold out, and counts what went wrong" },
    Command { name: "bench", arguments: "engine|http|contention [ARGS]", run: bench::run, help: "the benchmarks, beside their baselines" },
    Command { name: "line-bench", arguments: "[ARGS]", run: line_bench::run, help: "fills a line with a million, holds their connections and drains it, beside Redis, Bun and nchan" },
    Command { name: "faults", arguments: "[--size S] [ARGS]", run: faults::run, help: "real faults against the real processes, judged from outside; S is pr, nightly or release" },
    Command { name: "simulate", arguments: "[ARGS]", run: simulate::run, help: "whole sales from seeds, with faults; a failing seed reproduces itself" },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, rest) = match arguments.split_first() {
        None => ("help", &[][..]),
        Some((name, rest)) => (name.as_str(), rest),
    };
    if matches!(name, "help" | "--help" | "-h") {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
        eprintln!("error: there is no command `{name}`.\n\n{}", help());
        return ExitCode::from(2);
    };
    match (command.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn help() -> String {
    let mut text = String::from("The project's commands.\n\nUsage: cargo xtask COMMAND\n\n");
    for Command { name, arguments, help, .. } in COMMANDS {
        text += &format!("  {:<28}{help}\n", format!("{name} {arguments}"));
    }
    text + "\nWhat a new clone wants: `cargo xtask demo`, then `cargo xtask test`.\n"
}

/// Refuses arguments where a command takes none.
fn no_arguments(arguments: &[String]) -> Outcome {
    match arguments.first() {
        None => Ok(()),
        Some(first) => Err(format!("this command takes no argument, but was given `{first}`.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_the_help_once() {
        let help = help();
        for command in COMMANDS {
            assert_eq!(help.matches(command.help).count(), 1, "{}", command.name);
        }
    }

    #[test]
    fn an_argument_too_many_is_named() {
        assert!(no_arguments(&[]).is_ok());
        assert!(no_arguments(&["--fast".to_owned()]).is_err_and(|why| why.contains("--fast")));
    }
}
