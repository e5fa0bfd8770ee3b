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

/// Evenings a mutation may take to show itself: most show in a few answers only, and on a slow machine in fewer.
const EVENINGS: u64 = 3;

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
        async move { (*mutation, *rules, until_accused(context, mutation, rules).await) }
    });
    let mut played = futures_util::stream::iter(playing).buffered(EVENINGS_AT_ONCE);
    let mut evenings = 1;
    while let Some((mutation, rules, played)) = played.next().await {
        let played = played.map_err(|failed| Failed(format!("{mutation}: {failed}")))?;
        let right = played.last().is_some_and(|findings| rightly_accused(findings, rules));
        evenings += played.len();
        for (before, findings) in played.iter().enumerate() {
            let accused: Vec<&Finding> = findings.iter().filter(|finding| finding.broken > 0).collect();
            let said: Vec<&str> = accused.iter().map(|finding| finding.id).collect();
            println!("    {mutation:<28} evening {}: accused of {}", before + 1, said.join(" "));
            for finding in &accused {
                let first = finding.accusations.first().map_or("", String::as_str);
                println!("        {} {} times: {first}", finding.id, finding.broken);
            }
            outcome.checked += findings.iter().map(|finding| finding.checked).sum::<u64>();
        }
        outcome
            .expect(right, || format!("{mutation} was not accused of {} in {EVENINGS} evenings", rules.join(" or ")));
        outcome.amount += u64::from(right);
    }
    outcome.figure("mutations", MUTATIONS.len() as f64);
    outcome.figure("evenings", evenings as f64);
    Ok(outcome)
}

/// What was found in each evening, up to the first in which the mutation was accused of what it does.
async fn until_accused(context: &Context, mutation: &str, rules: &[&str]) -> Result<Vec<Vec<Finding>>, Failed> {
    let mut played: Vec<Vec<Finding>> = Vec::new();
    for number in 0..EVENINGS {
        let context = Context { seed: context.seed + number * 1_000, ..context.clone() };
        played.push(evening(&context, mutation).await?);
        if played.last().is_some_and(|findings| rightly_accused(findings, rules)) {
            break;
        }
    }
    Ok(played)
}

fn rightly_accused(findings: &[Finding], rules: &[&str]) -> bool {
    findings.iter().any(|finding| finding.broken > 0 && rules.contains(&finding.id))
}

/// An evening with a mutation: short, with a kill in the middle, since some defects show only then.
async fn evening(context: &Context, mutation: &str) -> Result<Vec<Finding>, Failed> {
    // Two must want the same seat within a moment: more people in a smaller hall.
    let (seats, capacity) = if mutation == "sell_held_seat" { (150, 30) } else { (300, 10) };
    let rules = Rules { seats, standing: 60, capacity, grace_s: 2, select_s: 2, pay_s: 3, ..Rules::default() };
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
