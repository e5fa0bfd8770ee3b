//! `cargo xtask generate`: files that the product itself writes, kept in the repository so that a change of them
//! is read in review.

use std::fs;

use crate::{Outcome, binaries, programs, workspace};

/// A generated file and what `onsale` is asked for it.
struct Generated {
    path: &'static str,
    arguments: &'static [&'static str],
}

const GENERATED: &[Generated] = &[
    Generated { path: "contracts/openapi.json", arguments: &["openapi"] },
    Generated { path: "docs/configuration.md", arguments: &["config", "doc"] },
];

/// Writes the generated files, or with `--check` compares them.
pub fn run(arguments: &[String]) -> Outcome {
    match arguments {
        [] => write(),
        [flag] if flag == "--check" => check(),
        _ => Err("`generate` takes nothing but --check.".to_owned()),
    }
}

/// Fails when a generated file is not what the product would write now.
pub fn check() -> Outcome {
    let mut stale = Vec::new();
    for (file, fresh) in regenerated()? {
        let kept = workspace::text(file.path).unwrap_or_default();
        if kept != fresh {
            stale.push(format!("{} differs from line {} on", file.path, first_difference(&kept, &fresh)));
        }
    }
    match stale.as_slice() {
        [] => Ok(()),
        _ => Err(format!("{}. Run `cargo xtask generate` and commit what it writes.", stale.join("; "))),
    }
}

fn write() -> Outcome {
    for (file, fresh) in regenerated()? {
        if workspace::text(file.path).is_ok_and(|kept| kept == fresh) {
            println!("{} is up to date", file.path);
            continue;
        }
        let path = workspace::root().join(file.path);
        fs::write(&path, fresh).map_err(|error| format!("cannot write {}: {error}.", path.display()))?;
        println!("{} written", file.path);
    }
    Ok(())
}

fn regenerated() -> Outcome<Vec<(&'static Generated, String)>> {
    let built = binaries::dev(&["server"])?;
    let ask = |file: &'static Generated| {
        let text = programs::read(built.command("onsale")?.args(file.arguments))?;
        Ok((file, text))
    };
    GENERATED.iter().map(ask).collect()
}

fn first_difference(kept: &str, fresh: &str) -> usize {
    let same = kept.lines().zip(fresh.lines()).take_while(|(kept, fresh)| kept == fresh).count();
    same + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_told() {
        assert_eq!(first_difference("", "a\n"), 1);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), 2);
        assert_eq!(first_difference("a\n", "a\nb\n"), 2);
    }
}
