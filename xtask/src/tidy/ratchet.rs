//! Long files and long functions: those in `tidy-allow.txt` may stay but not grow, new ones are refused.

use std::collections::BTreeMap;

use super::functions::functions;
use super::{Finding, Source};

/// The list of what may stay.
pub const PATH: &str = "xtask/tidy-allow.txt";

const FILE_LINES_MAX: usize = 450;
const FUNCTION_LINES_MAX: usize = 70;

/// Lines by what has them: `file PATH` or `function PATH::NAME`.
type Lengths = BTreeMap<String, usize>;

/// What is too long and not listed, and what is listed wrongly.
pub fn findings(sources: &[Source], list: &str) -> Vec<Finding> {
    let (mut allowed, mut findings) = read(list);
    for (what, lines) in too_long(sources) {
        let sentence = match allowed.remove(&what) {
            None => format!(
                "`{what}` has {lines} lines; a file may have {FILE_LINES_MAX}, a function {FUNCTION_LINES_MAX}: split it."
            ),
            Some(before) if lines > before => format!("`{what}` grew from {before} lines to {lines}: split it."),
            Some(before) if lines < before => {
                format!("`{what}` shrank from {before} lines to {lines}: write so in {PATH}.")
            }
            Some(_) => continue,
        };
        findings.push(Finding::new(PATH, 0, sentence));
    }
    let gone = allowed
        .keys()
        .map(|what| Finding::new(PATH, 0, format!("`{what}` is not too long any more: remove its line.")));
    findings.extend(gone);
    findings
}

fn too_long(sources: &[Source]) -> Lengths {
    let mut lengths = Lengths::new();
    for Source { path, text } in sources.iter().filter(|source| source.is_rust()) {
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            lengths.insert(format!("file {path}"), lines);
        }
        for function in functions(text).iter().filter(|function| function.length > FUNCTION_LINES_MAX) {
            let longest = lengths.entry(format!("function {path}::{}", function.name)).or_default();
            *longest = function.length.max(*longest);
        }
    }
    lengths
}

/// The list's entries, and its lines that cannot be read.
fn read(list: &str) -> (Lengths, Vec<Finding>) {
    let mut lengths = Lengths::new();
    let mut findings = Vec::new();
    for (at, line) in list.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
        match line.rsplit_once(' ').and_then(|(what, lines)| Some((what, lines.parse().ok()?))) {
            Some((what, lines)) => drop(lengths.insert(what.to_owned(), lines)),
            None => {
                findings.push(Finding::new(PATH, at + 1, "a line is `file PATH LINES` or `function PATH::NAME LINES`."))
            }
        }
    }
    (lengths, findings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(list: &str) -> Vec<String> {
        let body = "    x();\n".repeat(FUNCTION_LINES_MAX);
        let long = Source { path: "a.rs".to_owned(), text: format!("fn long() {{\n{body}}}\n") };
        findings(&[long], list).into_iter().map(|finding| finding.what).collect()
    }

    #[test]
    fn what_is_new_and_long_is_refused() {
        let what = found("# nothing\n");
        assert!(what.len() == 1 && what[0].starts_with("`function a.rs::long` has 72 lines"), "{what:?}");
    }

    #[test]
    fn what_is_listed_may_stay_but_not_grow() {
        assert_eq!(found("function a.rs::long 72\n"), [""; 0]);
        assert!(found("function a.rs::long 71\n")[0].contains("grew from 71"));
        assert!(found("function a.rs::long 80\n")[0].contains("shrank from 80"));
    }

    #[test]
    fn a_line_for_nothing_is_named() {
        let what = found("function a.rs::long 72\nfile b.rs 500\nhuh\n");
        assert_eq!(what.len(), 2, "{what:?}");
        assert!(what[1].contains("`file b.rs` is not too long any more"));
    }
}
