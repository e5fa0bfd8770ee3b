//! What the settings of a sale may be.

use std::ops::RangeInclusive;

use domain::{Problem, Timestamp, limits};

use super::NewSale;
use crate::time;

/// Minor units of one ticket: no currency needs more, and the sum of a whole sale still fits.
const PRICE_MAX: i64 = 1_000_000_000_000;
/// A day, the longest interval of a rate.
const INTERVAL_SECONDS_MAX: u32 = 86_400;

/// Checks a new sale against the price levels of its plan and the beginning of its performance.
pub(super) fn check(new: &NewSale, levels: usize, starts_at: Timestamp) -> Result<(), Problem> {
    time::sane(new.opens_at, "/opens_at")?;
    if new.opens_at >= starts_at {
        return Err(wrong("/opens_at", "A sale must open before its performance begins."));
    }
    if new.prices.len() != levels {
        let sentence = format!("The plan has {levels} price levels, but there are {} prices.", new.prices.len());
        return Err(wrong("/prices", sentence));
    }
    for (index, price) in new.prices.iter().enumerate() {
        if !(0..=PRICE_MAX).contains(price) {
            let sentence = format!("A price is from 0 to {PRICE_MAX} minor units.");
            return Err(wrong(format!("/prices/{index}"), sentence));
        }
    }
    let some = [
        ("/capacity", new.capacity, limits::PLACES_MAX),
        ("/rate/count", new.rate.map(|rate| rate.count), limits::PLACES_MAX),
        ("/rate/interval_seconds", new.rate.map(|rate| rate.interval_seconds), INTERVAL_SECONDS_MAX),
        ("/admissions_max", new.admissions_max, limits::PLACES_MAX),
    ];
    for (pointer, value, max) in some {
        value.map_or(Ok(()), |value| within(pointer, value, 1..=max))?;
    }
    // Seconds are for rehearsals; a person needs minutes, which is what the defaults are.
    within("/grace_seconds", new.grace_seconds, 2..=3_600)?;
    within("/select_seconds", new.select_seconds, 2..=3_600)?;
    within("/pay_seconds", new.pay_seconds, 2..=3_600)?;
    within("/tickets_per_buyer_max", new.tickets_per_buyer_max, 1..=limits::TICKETS_PER_BUYER_MAX)
}

fn within(pointer: &str, value: u32, range: RangeInclusive<u32>) -> Result<(), Problem> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(wrong(pointer, format!("This must be from {} to {}.", range.start(), range.end())))
}

fn wrong(pointer: impl Into<String>, sentence: impl Into<String>) -> Problem {
    Problem::new("setting_invalid", sentence).at(pointer)
}
