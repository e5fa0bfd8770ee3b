//! Ticket codes from the outside: what is signed reads back, what is changed is refused.
#![expect(clippy::unwrap_used, reason = "test")]

use domain::{AreaIndex, Problem, SaleId, SeatIndex};
use proptest::prelude::*;
use tickets::{
    CODE_CHARS_MAX, CODE_PREFIX, CodeError, TicketClaims, TicketCode, TicketId, TicketKey, TicketPlace, TicketVerifier,
};

fn any_claims() -> impl Strategy<Value = TicketClaims> {
    let place = prop_oneof![
        any::<u32>().prop_map(|seat| TicketPlace::Seat(SeatIndex(seat))),
        any::<(u16, u32)>().prop_map(|(area, number)| TicketPlace::Area { area: AreaIndex(area), number }),
    ];
    (any::<u32>(), any::<u32>(), any::<u32>(), place).prop_map(|(sale, serial, starts_at_s, place)| TicketClaims {
        ticket: TicketId::new(SaleId::new(sale), serial),
        place,
        starts_at_s,
    })
}

fn seat_claims() -> TicketClaims {
    TicketClaims {
        ticket: TicketId::new(SaleId::new(1), 17),
        place: TicketPlace::Seat(SeatIndex(4_711)),
        starts_at_s: 1_798_747_200,
    }
}

fn area_claims() -> TicketClaims {
    TicketClaims { place: TicketPlace::Area { area: AreaIndex(2), number: 1_999 }, ..seat_claims() }
}

/// Made once with the seed 00 01 … 1f and checked with an independent Ed25519 implementation. Tickets in people's
/// hands look like these: a change that alters them needs a new version byte.
const GOLDEN_SEAT: &str = "ONSALE1.AFLEOWVHAAAAAAIAAAABC2ZWWRAAAAAACJTTZ64AXDN5C4CCDBDUX56RALJSTVJ2QP6\
    XDSWZXZ2EUUSKO4FCAY4ZUZNXDXUK4JEGBDIWLRQFRLZBWWB2G2X62NNUKCAYPTEA4B7WBI";
const GOLDEN_AREA: &str = "ONSALE1.AFLEOWVHAAAAAAIAAAABC2ZWWRAACAACAAAAPTY6ZCRE32Z7IJRATS7ARXN6DL3SJS4\
    COILRZPEC6YZC7RIL6W43P74RBZMFF2SIGJMKCDT2E6HZZ5K2TXYC2LYXADOFAXP24PI3U3TQ2";

fn golden_key() -> TicketKey {
    TicketKey::from_seed(&std::array::from_fn(|index| index as u8))
}

/// What is behind the prefix of a code.
fn bytes_of(code: &TicketCode) -> Vec<u8> {
    data_encoding::BASE32_NOPAD.decode(&code.as_str().as_bytes()[CODE_PREFIX.len()..]).unwrap()
}

#[test]
fn the_golden_codes_stay_as_they_are() {
    assert_eq!(golden_key().sign(&seat_claims()).as_str(), GOLDEN_SEAT);
    assert_eq!(golden_key().sign(&area_claims()).as_str(), GOLDEN_AREA);
    let verifier = TicketVerifier::new([golden_key().public_key()]);
    assert_eq!(verifier.verify(GOLDEN_SEAT), Ok(seat_claims()));
    assert_eq!(verifier.verify(GOLDEN_AREA), Ok(area_claims()));
}

#[test]
fn a_code_fits_the_small_qr_code() {
    let code = golden_key().sign(&area_claims());
    assert_eq!(code.as_str().len(), CODE_CHARS_MAX);
    let svg = tickets::qr_svg(code.as_str(), "Ticket sale_1-17").unwrap();
    assert!(svg.contains("viewBox=\"0 0 49 49\""), "version 6 has 41 modules a side and a quiet zone of 4");
}

#[test]
fn any_flipped_bit_of_the_text_is_refused() {
    let verifier = TicketVerifier::new([golden_key().public_key()]);
    for claims in [seat_claims(), area_claims()] {
        let code = golden_key().sign(&claims);
        for index in 0..code.as_str().len() {
            for bit in 0..7 {
                let mut bytes = code.as_str().as_bytes().to_vec();
                bytes[index] ^= 1 << bit;
                let changed = String::from_utf8(bytes).unwrap();
                assert!(verifier.verify(&changed).is_err(), "{changed:?} was accepted");
            }
        }
    }
}

#[test]
fn any_flipped_bit_of_the_content_is_refused() {
    let verifier = TicketVerifier::new([golden_key().public_key()]);
    let code = golden_key().sign(&area_claims());
    let bytes = bytes_of(&code);
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let text = format!("{CODE_PREFIX}{}", data_encoding::BASE32_NOPAD.encode(&changed));
        let expected = match bit / 8 {
            0 => CodeError::Malformed,
            1..=4 => CodeError::KeyUnknown,
            17 => CodeError::Malformed,
            _ => CodeError::SignatureWrong,
        };
        assert_eq!(verifier.verify(&text), Err(expected), "bit {bit}");
    }
}

#[test]
fn another_spelling_of_the_same_bytes_is_refused() {
    let verifier = TicketVerifier::new([golden_key().public_key()]);
    let code = golden_key().sign(&seat_claims()).to_string();
    for other in [code.to_lowercase(), format!("{code}="), format!(" {code}"), format!("{code}\n")] {
        assert_eq!(verifier.verify(&other), Err(CodeError::Malformed), "{other:?}");
    }
}

#[test]
fn the_code_of_another_key_is_refused() {
    let stranger = TicketKey::from_seed(&[9; 32]);
    let verifier = TicketVerifier::new([golden_key().public_key()]);
    assert_eq!(verifier.verify(stranger.sign(&seat_claims()).as_str()), Err(CodeError::KeyUnknown));
    assert_eq!(TicketVerifier::default().verify(GOLDEN_SEAT), Err(CodeError::KeyUnknown));
}

#[test]
fn a_forger_who_copies_the_key_id_is_refused() {
    let stranger = TicketKey::from_seed(&[9; 32]).sign(&seat_claims());
    let mut bytes = bytes_of(&stranger);
    let id = hex::decode(golden_key().id().to_string()).unwrap();
    bytes[1..5].copy_from_slice(&id);
    let forged = format!("{CODE_PREFIX}{}", data_encoding::BASE32_NOPAD.encode(&bytes));
    let verifier = TicketVerifier::new([golden_key().public_key()]);
    assert_eq!(verifier.verify(&forged), Err(CodeError::SignatureWrong));
}

#[test]
fn keys_rotate_with_an_overlap() {
    let (old, new) = (TicketKey::from_seed(&[1; 32]), TicketKey::from_seed(&[2; 32]));
    let (old_code, new_code) = (old.sign(&seat_claims()), new.sign(&area_claims()));
    let overlap = TicketVerifier::new([old.public_key(), new.public_key()]);
    let gate = TicketVerifier::from_published(&overlap.published()).unwrap();
    assert_eq!(gate.verify(old_code.as_str()), Ok(seat_claims()));
    assert_eq!(gate.verify(new_code.as_str()), Ok(area_claims()));
    let after = TicketVerifier::new([new.public_key()]);
    assert_eq!(after.verify(old_code.as_str()), Err(CodeError::KeyUnknown));
    assert_eq!(after.verify(new_code.as_str()), Ok(area_claims()));
}

#[test]
fn a_refusal_is_a_problem_with_a_stable_code() {
    let problem = Problem::from(TicketVerifier::default().verify("hello").unwrap_err());
    assert_eq!(problem.code, "ticket_malformed");
    assert_eq!(problem.public, "This is not a ticket code.");
}

#[test]
fn the_secret_is_not_in_debug_output() {
    let key = TicketKey::from_seed(&[0xab; 32]);
    assert_eq!(format!("{key:?}"), format!("TicketKey {{ id: {}, .. }}", key.id()));
}

proptest! {
    #[test]
    fn what_is_signed_reads_back(seed: [u8; 32], claims in any_claims()) {
        let key = TicketKey::from_seed(&seed);
        let code = key.sign(&claims);
        prop_assert_eq!(TicketVerifier::new([key.public_key()]).verify(code.as_str()), Ok(claims));
        prop_assert_eq!(key.sign(&claims), code, "the same ticket has one code");
    }

    #[test]
    fn different_tickets_have_different_codes(one in any_claims(), other in any_claims()) {
        prop_assume!(one != other);
        prop_assert_ne!(golden_key().sign(&one), golden_key().sign(&other));
    }

    #[test]
    fn no_text_makes_the_verifier_panic(text in "\\PC*") {
        let verifier = TicketVerifier::new([golden_key().public_key()]);
        prop_assert!(verifier.verify(&text).is_err());
        let prefixed = format!("{CODE_PREFIX}{text}");
        prop_assert!(verifier.verify(&prefixed).is_err());
    }

    #[test]
    fn no_bytes_make_the_verifier_panic(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
        let verifier = TicketVerifier::new([golden_key().public_key()]);
        let text = format!("{CODE_PREFIX}{}", data_encoding::BASE32_NOPAD.encode(&bytes));
        prop_assert!(verifier.verify(&text).is_err());
    }
}
