//! How honest the estimated wait is: what fans were told while the line moved, beside how long it then took.

use std::time::{Duration, Instant};

use domain::Problem;
use serde::Deserialize;

use super::book::Book;
use crate::client::{Origin, Pool, Request};
use crate::report::Report;

/// Fans who ask.
const ASKED: usize = 400;
/// The line has moved for this long before they ask, so that its speed was measured.
const ASKED_AFTER: Duration = Duration::from_secs(15);
/// Between two looks at how far the line has come.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Patience with one answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What one fan was told.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Told {
    number: u32,
    at: f64,
    low: f64,
    likely: f64,
    high: f64,
}

#[derive(Deserialize)]
struct PlaceAnswer {
    place: Place,
}

#[derive(Deserialize)]
struct Place {
    number: u32,
    wait: Option<Wait>,
}

#[derive(Deserialize)]
struct Wait {
    seconds_low: u32,
    seconds_likely: u32,
    seconds_high: u32,
    basis: String,
}

#[derive(Deserialize)]
struct Status {
    line: Line,
    /// Share of the set speed at which people are let in: the engine lowers it while it is too busy.
    pace_permille: u16,
}

#[derive(Deserialize)]
struct Line {
    admitted_through: u32,
}

/// Lets fans ask and follows the line until `moving` is over; those whose turn has not come by then are left out.
///
/// `people` is how many the line lets in meanwhile: only they are asked.
///
/// # Errors
/// An answer cannot be read.
pub async fn follow(
    report: &mut Report,
    origin: &Origin,
    sale: &str,
    book: &Book,
    people: usize,
    moving: Duration,
) -> Result<(), Problem> {
    let began = Instant::now();
    tokio::time::sleep(ASKED_AFTER.min(moving / 4)).await;
    let pool = Pool::new(origin.clone(), 16, PATIENCE);
    let (mut told, mut refused) = (Vec::with_capacity(ASKED), 0u32);
    let path = format!("/v1/sales/{sale}/line/me");
    let of = people.min(book.len());
    for index in (0..ASKED.min(of)).map(|nth| nth * of / ASKED.min(of)) {
        // A machine that is full says so, and one fan less is asked.
        let answer = pool.send(&Request::new("GET", &path).session(book.token(index))).await;
        let Some(answer) = answer.ok().filter(|answer| answer.status == 200) else {
            refused += 1;
            continue;
        };
        let PlaceAnswer { place } = serde_json::from_slice(&answer.body).map_err(unreadable)?;
        // Who was let in meanwhile is told no wait, and who is told the set speed is not told a measurement.
        if let Some(wait) = place.wait.filter(|wait| wait.basis == "measured") {
            told.push(Told {
                number: place.number,
                at: began.elapsed().as_secs_f64(),
                low: wait.seconds_low.into(),
                likely: wait.seconds_likely.into(),
                high: wait.seconds_high.into(),
            });
        }
    }
    let mut waited = Vec::with_capacity(told.len());
    let mut slowest = u16::MAX;
    let path = format!("/v1/sales/{sale}/status");
    while began.elapsed() < moving && !told.is_empty() {
        let answer = pool.send(&Request::new("GET", &path)).await;
        let Some(answer) = answer.ok().filter(|answer| answer.status == 200) else {
            tokio::time::sleep(LOOK_EVERY).await;
            continue;
        };
        let Status { line, pace_permille } = serde_json::from_slice(&answer.body).map_err(unreadable)?;
        slowest = slowest.min(pace_permille);
        let now = began.elapsed().as_secs_f64();
        told.retain(|told| {
            let still = told.number > line.admitted_through;
            if !still {
                waited.push((*told, now - told.at));
            }
            still
        });
        tokio::time::sleep(LOOK_EVERY).await;
    }
    report.figure("wait_asks_refused", refused.into());
    // Below 1 a wait that was stated before could not come true.
    report.figure("pace_share_lowest", f64::from(slowest.min(1_000)) / 1_000.0);
    fill(report, &waited);
    Ok(())
}

fn fill(report: &mut Report, waited: &[(Told, f64)]) {
    let within = waited.iter().filter(|(told, took)| (told.low..=told.high).contains(took)).count();
    let mut errors: Vec<f64> = waited.iter().map(|(told, took)| told.likely - took).collect();
    errors.sort_unstable_by(f64::total_cmp);
    let quantile = |share: f64| {
        let at = ((errors.len().saturating_sub(1)) as f64 * share).round() as usize;
        errors.get(at).copied().unwrap_or(f64::NAN)
    };
    report.figure("wait_estimates", waited.len() as f64);
    report.figure("wait_within_range_share", within as f64 / waited.len() as f64);
    // Positive: it went faster than said.
    for (name, share) in [("p05", 0.05), ("p50", 0.5), ("p95", 0.95)] {
        report.figure(&format!("wait_error_seconds_{name}"), quantile(share));
    }
    let mut waits: Vec<f64> = waited.iter().map(|(_, took)| *took).collect();
    waits.sort_unstable_by(f64::total_cmp);
    report.figure("wait_seconds_p50", waits.get(waits.len() / 2).copied().unwrap_or(f64::NAN));
}

fn unreadable(why: impl std::fmt::Display) -> Problem {
    Problem::new("answer_unreadable", "A place or a status cannot be read.").internal(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_outside_what_was_said_counts_against_it() {
        let told = Told { number: 1, at: 0.0, low: 8.0, likely: 10.0, high: 12.0 };
        let mut report = Report::new("line", "sqlite");
        fill(&mut report, &[(told, 9.0), (told, 11.0), (told, 12.5), (told, 7.0)]);
        assert_eq!(report.figures["wait_within_range_share"], 0.5);
        assert_eq!((report.figures["wait_error_seconds_p05"], report.figures["wait_error_seconds_p95"]), (-2.5, 3.0));
    }
}
