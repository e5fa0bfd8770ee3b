//! Admission passes: whoever is not the one they were issued to, and whatever was changed, is refused.
#![expect(clippy::unwrap_used, reason = "test")]

use domain::{AccountId, Duration, Problem, SaleId, Timestamp};
use guard::{Exchanged, KeyRing, PASS_PREFIX, PassFacts, PassFault, TokenFault, TokenId, WaitFacts};
use proptest::prelude::*;

const SESSION: [u8; 32] = [5; 32];

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + second * 1_000)
}

/// One key from the beginning, another from second 1000 on, an overlap of ten minutes.
fn ring() -> KeyRing {
    KeyRing::new([(at(0), [1; 32]), (at(1_000), [2; 32])], Duration::from_mins(10))
}

fn facts() -> PassFacts {
    PassFacts { id: TokenId::new(42), account: AccountId::new(7), sale: SaleId::new(3), expires_at: at(160) }
}

fn issue(facts: &PassFacts, now: i64) -> String {
    ring().issue_pass(facts, &SESSION, at(now)).unwrap().as_str().to_owned()
}

fn verify(code: &str, now: i64) -> Result<PassFacts, PassFault> {
    ring().verify_pass(code, AccountId::new(7), SaleId::new(3), &SESSION, at(now))
}

#[test]
fn a_pass_says_what_it_was_issued_with_until_it_is_over() {
    let code = issue(&facts(), 100);
    assert!(code.starts_with(PASS_PREFIX) && code.len() < 96, "{} letters", code.len());
    assert_eq!([verify(&code, 100), verify(&code, 159)], [Ok(facts()); 2]);
    assert!(verify(&code, 10_000_000).is_err());
    assert_eq!(verify(&code, 160), Err(PassFault::Over));
}

#[test]
fn another_account_sale_or_session_is_refused() {
    let code = issue(&facts(), 100);
    let forged = Err(PassFault::Invalid(TokenFault::Forged));
    let (account, sale) = (AccountId::new(7), SaleId::new(3));
    assert_eq!(ring().verify_pass(&code, AccountId::new(8), sale, &SESSION, at(100)), forged);
    assert_eq!(ring().verify_pass(&code, account, SaleId::new(4), &SESSION, at(100)), forged);
    assert_eq!(ring().verify_pass(&code, account, sale, &[6; 32], at(100)), forged);
}

#[test]
fn the_previous_key_is_accepted_within_the_overlap_and_not_after() {
    let code = issue(&PassFacts { expires_at: at(1_000_000), ..facts() }, 999);
    assert!(verify(&code, 1_000).is_ok() && verify(&code, 1_599).is_ok());
    assert_eq!(verify(&code, 1_600), Err(PassFault::Invalid(TokenFault::KeyUnknown)));
    let newer = issue(&PassFacts { expires_at: at(1_000_000), ..facts() }, 1_000);
    assert!(verify(&newer, 1_600).is_ok());
    assert!(verify(&newer, 998).is_ok(), "a clock that is behind knows the next key");
}

#[test]
fn a_key_of_another_installation_is_refused_and_without_a_key_nothing_is_issued() {
    let other = KeyRing::new([(at(0), [9; 32])], Duration::from_mins(10));
    let code = other.issue_pass(&facts(), &SESSION, at(100)).unwrap();
    assert_eq!(verify(code.as_str(), 100), Err(PassFault::Invalid(TokenFault::KeyUnknown)));
    assert_eq!(ring().issue_pass(&facts(), &SESSION, at(-1)), None);
    assert!(KeyRing::new([], Duration::from_mins(1)).issue_pass(&facts(), &SESSION, at(0)).is_none());
}

#[test]
fn a_pass_is_exchanged_once() {
    let (exchanged, code) = (Exchanged::new(1), issue(&facts(), 100));
    let exchange = |code: &str, now| -> Result<(), PassFault> {
        let facts = verify(code, now)?;
        Ok(exchanged.accept(facts.id, facts.expires_at, at(now))?)
    };
    assert_eq!(exchange(&code, 100), Ok(()));
    assert_eq!(exchange(&code, 101), Err(PassFault::Used));
    let second = issue(&PassFacts { id: TokenId::new(43), ..facts() }, 100);
    assert_eq!(exchange(&second, 102), Err(PassFault::Full), "what cannot be remembered is refused");
}

#[test]
fn one_kind_of_text_never_passes_for_another() {
    let wait = WaitFacts { id: TokenId::new(1), not_before: at(0), expires_at: at(500) };
    let wait = ring().issue_wait(wait, AccountId::new(7), SaleId::new(3), at(100)).unwrap().text;
    let dressed = format!("{PASS_PREFIX}{}", wait.split_once('.').unwrap().1);
    assert_eq!(verify(&wait, 100), Err(PassFault::Invalid(TokenFault::Malformed)));
    assert_eq!(verify(&dressed, 100), Err(PassFault::Invalid(TokenFault::Malformed)));
}

#[test]
fn a_refusal_says_nothing_about_why_and_a_pass_is_not_printed() {
    let problem = Problem::from(PassFault::Invalid(TokenFault::KeyUnknown));
    assert_eq!(problem.code, "admission_pass_invalid");
    assert!(!problem.public.contains("key"));
    let pass = ring().issue_pass(&facts(), &SESSION, at(100)).unwrap();
    assert!(!format!("{pass:?}").contains(PASS_PREFIX));
}

proptest! {
    #[test]
    fn any_changed_letter_is_refused(at in 0_usize..87, letter in any::<char>()) {
        let code = issue(&facts(), 100);
        let mut changed = code.clone();
        let at = at % code.len();
        changed.replace_range(at..=at, &letter.to_string());
        prop_assume!(changed != code);
        prop_assert!(verify(&changed, 100).is_err(), "{changed}");
    }

    #[test]
    fn anything_cut_off_or_added_is_refused(keep in 0_usize..87, more in "\\PC{1,40}") {
        let code = issue(&facts(), 100);
        prop_assert!(verify(&code[..keep.min(code.len() - 1)], 100).is_err());
        let added = format!("{code}{more}");
        prop_assert!(verify(&added, 100).is_err());
    }

    #[test]
    fn no_text_is_a_pass_by_chance(text in "(OPASS1\\.)?[A-Za-z0-9_=-]{0,120}") {
        prop_assert!(verify(&text, 100).is_err());
    }

    #[test]
    fn every_pass_reads_back(
        (id, account, sale) in any::<(u128, u128, u32)>(), life in 1_i64..3_600, session in any::<[u8; 32]>()
    ) {
        let facts = PassFacts {
            id: TokenId::new(id), account: AccountId::new(account), sale: SaleId::new(sale), expires_at: at(100 + life),
        };
        let pass = ring().issue_pass(&facts, &session, at(100)).unwrap();
        prop_assert_eq!(ring().verify_pass(pass.as_str(), facts.account, facts.sale, &session, at(100)), Ok(facts));
    }
}
