//! The hall of a seed and the settings of its sale.

use domain::{Area, Duration, PriceLevel, PriceLevelIndex, Row, SaleId, Seat, SeatingPlan, Section, Timestamp, limits};
use sale::{Pace, Rate, Settings};

use crate::world::CURRENCY;
use crate::world::dice::Dice;

/// Settings and plan, small enough to sell out.
pub(crate) fn of_seed(dice: &mut Dice) -> (Settings, SeatingPlan) {
    let plan = plan(dice);
    let free = dice.chance(50);
    let price = |dice: &mut Dice| if free { 0 } else { i64::from(dice.between(1, 500)) * 100 };
    let settings = Settings {
        sale: SaleId::new(1),
        opens_at: Timestamp::from_millis(i64::from(dice.between(0, 10_000))),
        currency: CURRENCY,
        prices: vec![price(dice), price(dice)],
        tickets_per_buyer_max: dice.between(1, 4).min(limits::TICKETS_PER_BUYER_MAX),
        grace: dice.span(5_000, 60_000),
        select_time: dice.span(20_000, 600_000),
        pay_time: dice.span(20_000, 420_000),
        pace: pace(dice),
    };
    (settings, plan)
}

/// Bank counter, theme park, both or none; sometimes a limit over the whole sale.
pub(crate) fn pace(dice: &mut Dice) -> Pace {
    let interval = [1_000, 10_000, 60_000][dice.below(3) as usize];
    let rate = Rate { count: dice.between(1, 20), interval: Duration::from_millis(interval) };
    Pace {
        capacity: dice.chance(700).then(|| dice.between(1, 60)),
        rate: dice.chance(400).then_some(rate),
        admissions_max: dice.chance(100).then(|| dice.between(20, 400)),
    }
}

fn plan(dice: &mut Dice) -> SeatingPlan {
    let level = |name: &str| PriceLevel { name: name.into(), color: "#336699".into() };
    let mut plan = SeatingPlan {
        name: "Hall".into(),
        width: 100.0,
        height: 100.0,
        price_levels: vec![level("Front"), level("Back")],
        sections: vec![Section { name: "Stalls".into() }],
        rows: vec![],
        seats: vec![],
        areas: vec![],
    };
    let rows = dice.between(1, 12);
    for row in 0..rows {
        let (first_seat, seats) = (plan.seats.len() as u32, dice.between(1, 24));
        plan.rows.push(Row { section: 0, name: format!("{}", row + 1), first_seat, seats });
        for number in 0..seats {
            let (accessible, after_gap) = (dice.chance(20), number > 0 && dice.chance(30));
            plan.seats.push(Seat {
                guid: format!("{row}-{number}"),
                row,
                number: format!("{}", number + 1),
                level: PriceLevelIndex(u8::from(row > rows / 2)),
                x: number as f32,
                y: row as f32,
                accessible,
                after_gap,
            });
        }
    }
    if dice.chance(500) {
        let (level, capacity) = (PriceLevelIndex(1), dice.between(1, 100));
        plan.areas.push(Area { name: "Floor".into(), level, capacity, x: 0.0, y: 30.0, width: 10.0, height: 10.0 });
    }
    plan
}
