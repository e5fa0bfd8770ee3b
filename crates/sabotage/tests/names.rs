//! The lists of names agree with the code.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use sabotage::{CRASH_POINTS, MUTATIONS};

#[test]
fn every_crash_point_stands_in_the_code_exactly_once_and_no_other() {
    let found = calls("sabotage::crash_point(\"");
    let listed: BTreeMap<String, usize> = CRASH_POINTS.iter().map(|name| ((*name).to_owned(), 1)).collect();
    assert_eq!(found, listed);
    assert!(CRASH_POINTS.len() >= 25);
}

#[test]
fn every_mutation_stands_in_the_code_and_no_other() {
    let found: Vec<String> = calls("sabotage::is(\"").into_keys().collect();
    assert_eq!(found, MUTATIONS);
    assert!(MUTATIONS.len() >= 8);
}

#[test]
fn the_judge_crashes_at_every_point_and_tries_every_mutation() {
    let faults = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("judge/src/faults");
    let judge = std::fs::read_to_string(faults.join("crashes.rs")).unwrap()
        + &std::fs::read_to_string(faults.join("sabotaged.rs")).unwrap();
    for name in CRASH_POINTS.iter().chain(MUTATIONS) {
        assert!(judge.contains(&format!("(\"{name}\", ")), "{name} is not tried");
    }
}

#[test]
fn nothing_is_damaged_in_a_build_without_the_features() {
    if !cfg!(feature = "mutations") {
        assert!(MUTATIONS.iter().all(|name| !sabotage::is(name)));
    }
}

/// What follows `call` up to the next quote, with how often it does, in every source of the workspace's crates.
fn calls(call: &str) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap() != "sabotage" {
            read(&path.join("src"), call, &mut found);
        }
    }
    found
}

fn read(folder: &Path, call: &str, found: &mut BTreeMap<String, usize>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, call, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for rest in text.split(call).skip(1) {
                *found.entry(rest.split('"').next().unwrap().to_owned()).or_default() += 1;
            }
        }
    }
}
