//! The judge itself: each deliberately broken build must be accused, and of the right thing.

use std::time::Duration;

use futures_util::StreamExt;

use super::Context;
use super::outcome::Outcome;
use super::scene::{Plan, Scene};
use crate::Failed;
use crate::rules::Finding;
use crate::shop::Rules;
use crate::stand::How;

/// Evenings at the same time: most of one is waiting.
const EVENINGS_AT_ONCE: usize = 5;

/// Each mutation and the rules of which at least one must be found broken.
#[rustfmt::skip]
const MUTATIONS: &[(&str, &[&str])] = &[
    ("ack_before_commit", &["I2"]),
    ("admission_skips_some", &["I6"]),
    ("audit_forgets", &["I13"]),
    ("capture_forgotten", &["I3"]),
    ("double_refund", &["I4"]),
    ("hold_never_expires", &["I11"]),
    ("idempotency_key_forgotten", &["I10"]),
    ("no_admission_bound", &["I7"]),
    ("no_buyer_limit", &["BL"]),
    ("positions_go_back", &["MR"]),
    ("refund_keeps_ticket", &["I5"]),
    ("sell_held_seat", &["I1"]),
    ("ticket_used_twice", &["I8"]),
    ("ticket_without_payment", &["I5"]),
    ("wrong_price", &["I2", "I5"]),
];

/// Plays an evening with each mutation, and one without.
pub async fn every_mutation(context: &Context, _amount: u32) -> Result<Outcome, Failed> {
    let Some(damaged) = context.damaged.clone() else {
        return Ok(Outcome::not_run("needs the build with mutations"));
    };
    let context = Context { bin: damaged, ..context.clone() };
    let mut outcome = Outcome::default();
    let sound = evening(&context, "none").await?;
    let broken: Vec<String> = sound.iter().flat_map(|finding| finding.accusations.clone()).collect();
    outcome.expect(broken.is_empty(), || format!("accused without damage: {}", broken.join("; ")));
    let playing = MUTATIONS.iter().map(|(mutation, rules)| {
        let context = &context;
        async move { (*mutation, *rules, evening(context, mutation).await) }
    });
    let mut played = futures_util::stream::iter(playing).buffered(EVENINGS_AT_ONCE);
    while let Some((mutation, rules, findings)) = played.next().await {
        let findings = findings.map_err(|failed| Failed(format!("{mutation}: {failed}")))?;
        let accused: Vec<&Finding> = findings.iter().filter(|finding| finding.broken > 0).collect();
        let right = accused.iter().any(|finding| rules.contains(&finding.id));
        let said: Vec<&str> = accused.iter().map(|finding| finding.id).collect();
        println!("    {mutation:<28} accused of {}", said.join(" "));
        for finding in &accused {
            println!("        {}: {}", finding.id, finding.accusations.first().map_or("", String::as_str));
        }
        outcome
            .expect(right, || format!("{mutation} was accused of [{}], not of {}", said.join(" "), rules.join(" or ")));
        outcome.checked += findings.iter().map(|finding| finding.checked).sum::<u64>();
        outcome.amount += u64::from(right);
    }
    outcome.figure("mutations", MUTATIONS.len() as f64);
    Ok(outcome)
}

/// An evening with a mutation: short, with a kill in the middle, since some defects show only then.
async fn evening(context: &Context, mutation: &str) -> Result<Vec<Finding>, Failed> {
    let rules = Rules { seats: 300, standing: 60, capacity: 10, grace_s: 2, select_s: 2, pay_s: 3, ..Rules::default() };
    let env = vec![("ONSALE_SABOTAGE".to_owned(), mutation.to_owned())];
    let how = How { env, ..How::default() };
    let patience = Duration::from_secs(8);
    let plan = Plan { how, rules, fans: 400, at_once: 30, patience, ..Plan::default() };
    let mut scene = Scene::open(context, plan).await?;
    for _ in 0..4 {
        scene.play(900).await;
        scene.stand.kill();
        scene.stand.start_server().await?;
    }
    scene.play(2_000).await;
    scene.judge().await
}
