//! What can be seen in a single line.

use super::{Finding, Source};

/// Marks of unfinished work. Written in two parts, so that a search for them does not find this file.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
    concat!("to", "do!("),
    concat!("unimple", "mented!("),
];

/// A test that is switched off is not seen again.
const SWITCHED_OFF: &str = concat!("#[ig", "nore");

/// Reads of the clock and of randomness.
#[rustfmt::skip]
const IMPURE: &[&str] = &[
    "SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now", "now_v7", "new_v4", "thread_rng", "rand::rng",
    "rand::random", "getrandom",
];

/// The crates that may not.
const PURE: &[&str] = &["crates/domain/", "crates/sale/"];

/// Words that have a better one here.
const WORDS: &[(&str, &str)] = &[
    (concat!("reser", "vation"), "hold"),
    (concat!("queue ", "position"), "place"),
    (concat!("white", "list"), "allow-list"),
    (concat!("black", "list"), "block-list"),
];

/// What is out of order in the lines of a source.
pub fn findings(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    if source.is_rust() && !source.text.starts_with("//!") {
        findings.push(Finding::new(&source.path, 1, "a file begins with `//!` and a sentence saying what it is for."));
    }
    for (at, line) in source.text.lines().enumerate() {
        let found = objections(&source.path, line);
        findings.extend(found.into_iter().map(|what| Finding::new(&source.path, at + 1, what)));
    }
    findings
}

fn objections(path: &str, line: &str) -> Vec<String> {
    let mut found = Vec::new();
    if line.ends_with([' ', '\t', '\r']) {
        found.push("white space at the end of the line.".to_owned());
    }
    let marks = UNFINISHED.iter().filter(|mark| has_word(line, mark));
    found.extend(marks.map(|mark| format!("`{mark}`: finish it, or open an issue and say there what is missing.")));
    if line.contains(SWITCHED_OFF) && path.ends_with(".rs") {
        found.push("a test is switched off: repair it or remove it.".to_owned());
    }
    if PURE.iter().any(|pure| path.starts_with(pure)) {
        let reads = IMPURE.iter().filter(|read| line.contains(*read));
        found.extend(reads.map(|read| format!("`{read}` in a pure crate: take the value as a parameter.")));
    }
    let plain = line.to_lowercase().replace('_', " ");
    let words = WORDS.iter().filter(|(word, _)| plain.contains(word));
    found.extend(words.map(|(word, better)| format!("`{word}` is called `{better}` here.")));
    found
}

/// Whether the word stands in the line for itself: not inside another word, and not alone in quotes, where it is data
/// (ISO 4217 calls "no currency" by three letters that are also a mark).
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    line.match_indices(word).any(|(at, _)| {
        let ends_alone = word.ends_with('(') || !line[at + word.len()..].starts_with(is_part);
        ends_alone && !line[..at].ends_with(is_part) && !line[..at].ends_with('"')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> usize {
        findings(&Source { path: path.to_owned(), text: text.to_owned() }).len()
    }

    #[test]
    fn a_rust_file_says_what_it_is_for() {
        assert_eq!(found("a.rs", "//! A thing.\n"), 0);
        assert_eq!(found("a.rs", "fn a() {}\n"), 1);
        assert_eq!(found("a.md", "# A\n"), 0);
    }

    #[test]
    fn unfinished_work_is_found_as_a_word() {
        let mark = UNFINISHED[0];
        assert_eq!(found("a.md", &format!("{mark}: more\n")), 1);
        assert_eq!(found("a.md", &format!("MAS{mark}N\n")), 0);
        assert_eq!(found("a.rs", &format!("//! A.\nlet code = \"{}\";\n", UNFINISHED[2])), 0);
        assert_eq!(found("a.rs", &format!("//! A.\nfn a() {{ {}) }}\n", UNFINISHED[3])), 1);
    }

    #[test]
    fn a_pure_crate_reads_no_clock() {
        let text = "//! A.\nlet now = SystemTime::now();\n";
        assert_eq!(found("crates/sale/src/a.rs", text), 1);
        assert_eq!(found("crates/platform/src/a.rs", text), 0);
    }

    #[test]
    fn switched_off_tests_and_loose_ends_are_found() {
        assert_eq!(found("a.rs", &format!("//! A.\n{SWITCHED_OFF}]\n")), 1);
        assert_eq!(found("a.md", "end \n"), 1);
    }

    #[test]
    fn a_word_with_a_better_one_is_found_in_any_form() {
        let [(word, _), (two_words, _), ..] = WORDS else { panic!("the list has words") };
        assert_eq!(found("a.md", &format!("A {}\n", word.to_uppercase())), 1);
        assert_eq!(found("a.rs", &format!("//! A.\nlet {} = 1;\n", two_words.replace(' ', "_"))), 1);
    }
}
