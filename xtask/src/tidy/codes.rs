//! Every error code has a page in docs/errors, and every page a code.

use std::collections::BTreeMap;

use super::functions::functions;
use super::{Finding, Source};

const PAGES: &str = "docs/errors/";

/// Tools for those who build and rehearse: what they print is read by who started them, not looked up.
const TOOLS: &[&str] = &["crates/load/", "crates/simulator/"];

/// Codes without a page, and pages whose code nothing returns.
pub fn findings(sources: &[Source], files: &[String]) -> Vec<Finding> {
    let production: Vec<(&Source, String)> =
        sources.iter().filter(|source| is_production(source)).map(without_tests).collect();
    let mut codes = BTreeMap::new();
    for (source, text) in &production {
        for (code, line) in codes_of(text) {
            codes.entry(code).or_insert((source.path.as_str(), line));
        }
    }
    let mut findings = Vec::new();
    for (code, (path, line)) in &codes {
        if !files.contains(&format!("{PAGES}{code}.md")) {
            findings.push(Finding::new(path, *line, format!("the error code `{code}` has no page {PAGES}{code}.md.")));
        }
    }
    let pages = files.iter().filter_map(|path| path.strip_prefix(PAGES)?.strip_suffix(".md"));
    for page in pages.filter(|page| *page != "README" && !codes.contains_key(*page)) {
        // A code may also be handed to a helper; then its text stands somewhere.
        if !production.iter().any(|(_, text)| text.contains(&format!("\"{page}\""))) {
            findings.push(Finding::new(
                &format!("{PAGES}{page}.md"),
                0,
                "nothing answers with this code: remove the page.",
            ));
        }
    }
    findings
}

fn is_production(source: &Source) -> bool {
    let is_tool = TOOLS.iter().any(|tool| source.path.starts_with(tool));
    source.is_rust() && source.path.starts_with("crates/") && source.path.contains("/src/") && !is_tool
}

/// The text up to the test module, with comments blanked so that line numbers stay.
fn without_tests(source: &Source) -> (&Source, String) {
    let lines = source.text.lines().take_while(|line| *line != "#[cfg(test)]");
    let blanked = lines.map(|line| if line.trim_start().starts_with("//") { "" } else { line });
    (source, blanked.collect::<Vec<_>>().join("\n"))
}

/// The codes that a text makes problems of, with their lines counted from 1.
fn codes_of(text: &str) -> Vec<(String, usize)> {
    let mut codes = Vec::new();
    let call = "Problem::new(";
    for (at, _) in text.match_indices(call) {
        let argument = text[at + call.len()..].trim_start();
        let literal = argument.strip_prefix('"').and_then(|rest| rest.split('"').next());
        codes.extend(literal.map(|code| (code.to_owned(), line_of(text, at))));
    }
    let lines: Vec<&str> = text.lines().collect();
    for function in functions(text).iter().filter(|function| function.name == "code") {
        for (offset, line) in lines.iter().skip(function.start).take(function.length).enumerate() {
            let literals = line.split('"').skip(1).step_by(2).filter(|literal| is_code(literal));
            codes.extend(literals.map(|code| (code.to_owned(), function.start + offset + 1)));
        }
    }
    codes
}

fn is_code(literal: &str) -> bool {
    literal.contains('_')
        && literal.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source { path: "crates/sale/src/rejection.rs".to_owned(), text: text.to_owned() }
    }

    fn found(text: &str, files: &[&str]) -> Vec<String> {
        let files: Vec<String> = files.iter().map(|path| (*path).to_owned()).collect();
        findings(&[source(text)], &files).iter().map(Finding::to_string).collect()
    }

    #[test]
    fn a_code_without_a_page_is_named_where_it_is_used() {
        let text =
            "fn f() {\n    Problem::new(\n        \"seat_taken\",\n        \"This seat was just taken.\",\n    )\n}\n";
        let what = found(text, &[]);
        assert_eq!(
            what,
            ["crates/sale/src/rejection.rs:2: the error code `seat_taken` has no page docs/errors/seat_taken.md."]
        );
        assert_eq!(found(text, &["docs/errors/seat_taken.md"]), [""; 0]);
    }

    #[test]
    fn the_arms_of_a_code_function_are_codes() {
        let text = "impl R {\n    fn code(&self) -> &'static str {\n        match self {\n            Self::A => \"sold_out\",\n        }\n    }\n}\n";
        assert!(found(text, &[])[0].contains(":4: the error code `sold_out`"));
    }

    #[test]
    fn comments_and_tests_make_no_codes() {
        let text =
            "// Problem::new(\"in_comment\", …)\n#[cfg(test)]\nmod tests {\n    Problem::new(\"in_test\", \"x\");\n}\n";
        assert_eq!(found(text, &["docs/errors/README.md"]), [""; 0]);
    }

    #[test]
    fn a_page_for_no_code_is_named() {
        assert_eq!(found("x(\"line_full\")\n", &["docs/errors/line_full.md"]), [""; 0]);
        assert!(found("", &["docs/errors/line_full.md"])[0].starts_with("docs/errors/line_full.md: nothing"));
    }
}
