//! The draw is a permutation, fair, the one that others compute, and a changed record is noticed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;

use super::*;

const SEED: [u8; 32] = [7; 32];

fn record(count: u32) -> DrawRecord {
    let sale = SaleId::new(3);
    let entries = (1..=count).map(|account| token(sale, AccountId::new(u128::from(account)))).collect();
    let mut places = vec![0; count as usize];
    for (place, index) in (1..).zip(order(&SEED, count)) {
        places[index as usize] = place;
    }
    let (commitment, seed) = (Hex(commit(&SEED)), Hex(SEED));
    DrawRecord { sale, algorithm: ALGORITHM.into(), commitment, seed, entries, places }
}

proptest! {
    #[test]
    fn every_entry_gets_one_place(seed in any::<[u8; 32]>(), count in 0u32..2_000) {
        let mut drawn = order(&seed, count);
        drawn.sort_unstable();
        prop_assert!(drawn.into_iter().eq(0..count));
    }
}

#[test]
fn every_entry_has_the_same_chance_of_every_place() {
    const COUNT: usize = 5;
    const DRAWS: u32 = 20_000;
    let mut hits = [[0u32; COUNT]; COUNT];
    for draw in 0..DRAWS {
        let seed = Sha256::digest(draw.to_be_bytes()).into();
        for (place, entry) in order(&seed, COUNT as u32).into_iter().enumerate() {
            hits[place][entry as usize] += 1;
        }
    }
    // Chi-squared with 16 degrees of freedom (times 5/4): above 60 once in 15,000 sets of seeds, and this set is fixed.
    let expected = f64::from(DRAWS) / COUNT as f64;
    let chi: f64 = hits.iter().flatten().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    assert!(chi < 60.0, "chi-squared is {chi}, the hits are {hits:?}");
}

/// Computed by another program, in another language, from the description of the algorithm.
#[test]
fn the_order_is_the_one_that_others_compute() {
    assert_eq!(order(&SEED, 10), [4, 3, 0, 6, 2, 9, 5, 1, 7, 8]);
    let bytes: Vec<u8> = order(&SEED, 100_000).into_iter().flat_map(u32::to_be_bytes).collect();
    assert_eq!(Hex(commit_of(&bytes)).to_string(), "b6e810db1067a00d5ab3d9a22187c0d14920c7488ca79589237e63f30f1a2904");
    assert_eq!(Hex(commit(&SEED)).to_string(), "4bb06f8e4e3a7715d201d573d0aa423762e55dabd61a2c02278fa56cc6d294e0");
    assert_eq!(token(SaleId::new(3), AccountId::new(1)).to_string(), "5aa53bc798abb15851ca9b53823db321");
}

fn commit_of(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[test]
fn an_honest_record_is_confirmed_and_reads_back_as_written() {
    let honest = record(1_000);
    assert_eq!(honest.verify(), Ok(()));
    let bytes = postcard::to_stdvec(&honest).unwrap();
    assert_eq!(postcard::from_bytes(&bytes), Ok(honest));
    assert_eq!(record(0).verify(), Ok(()), "a lobby of nobody");
}

#[test]
fn whatever_is_changed_in_a_record_is_noticed() {
    let changed = |change: fn(&mut DrawRecord)| {
        let mut record = record(50);
        change(&mut record);
        record.verify()
    };
    let swapped = changed(|record| record.places.swap(3, 4));
    assert!(matches!(swapped, Err(DrawFault::PlaceChanged { .. })), "{swapped:?}");
    let reordered = changed(|record| record.entries.swap(3, 4));
    assert_eq!(
        reordered,
        Ok(()),
        "who came fourth and who fifth is attested by the list published before, not by this"
    );
    let other_seed = changed(|record| record.seed = Hex([8; 32]));
    assert!(matches!(other_seed, Err(DrawFault::SeedChanged(_))), "{other_seed:?}");
    let both = changed(|record| (record.seed, record.commitment) = (Hex([8; 32]), Hex(commit(&[8; 32]))));
    assert!(matches!(both, Err(DrawFault::PlaceChanged { .. })), "{both:?}");
    let shorter = changed(|record| record.entries.truncate(49));
    assert!(matches!(shorter, Err(DrawFault::CountsDiffer { .. })), "{shorter:?}");
    let twice = changed(|record| record.entries[1] = record.entries[0]);
    assert!(matches!(twice, Err(DrawFault::EntryTwice(_))), "{twice:?}");
    let other_way = changed(|record| record.algorithm = "dice".into());
    assert!(matches!(other_way, Err(DrawFault::AlgorithmUnknown(_))), "{other_way:?}");
}
