//! Every corpus with what it begins with, and a bounded number of mutations of it, the same ones each time: nothing panics.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use hostile::{Mutator, TARGETS, Target, seeds};

/// Mutations of each input.
const MUTATIONS: u64 = 400;

fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target.name);
    let mut paths: Vec<_> = folder.read_dir().into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let kept = paths.iter().map(|path| std::fs::read(path).unwrap());
    seeds(target.name).into_iter().chain(kept).collect()
}

fn survives(target: &Target, input: &[u8]) {
    let ran = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    assert!(ran.is_ok(), "{} does not survive {:?}", target.name, String::from_utf8_lossy(input));
}

#[test]
fn every_parser_survives_its_corpus_and_mutations_of_it() {
    for target in TARGETS {
        let corpus = corpus(target);
        assert!(!corpus.is_empty(), "{} has no corpus", target.name);
        for (number, input) in corpus.iter().enumerate() {
            survives(target, input);
            let mut mutator = Mutator::new(number as u64 + 1);
            for round in 0..MUTATIONS {
                let other = &corpus[round as usize % corpus.len()];
                survives(target, &mutator.change(input, other));
            }
        }
    }
}

#[test]
fn what_a_corpus_begins_with_is_understood() {
    let code = String::from_utf8(seeds("ticket_codes").remove(0)).unwrap();
    assert!(code.starts_with(tickets::CODE_PREFIX), "{code}");
    let plan = catalog::pretix_plan::import(&seeds("plans")[0], None);
    assert!(plan.is_ok(), "{:?}", plan.err());
    for event in seeds("events") {
        assert!(postcard::from_bytes::<sale::Recorded>(&event).is_ok());
    }
    assert!(link::frame::decode::<link::protocol::ToEngine>(&seeds("link_frames")[0]).is_ok());
    assert_eq!(crowd::count_frames(&mut seeds("socket_frames")[0].clone(), 4_096), 3);
}
