//! Small halls and their settings, for the tests of whole sales.

use domain::{
    Area, Currency, Duration, PriceLevel, PriceLevelIndex, Row, SaleId, Seat, SeatingPlan, Section, Timestamp,
};
use sale::{Pace, Recorded, Sale, Settings};

/// The currency of every test.
pub const EUR: Currency = Currency::from_code(*b"EUR");

/// Rows of so many seats at level 0, and a standing area at level 1 (if `standing` is not 0).
pub fn hall(rows: &[u32], standing: u32) -> SeatingPlan {
    let level = |name: &str, color: &str| PriceLevel { name: name.into(), color: color.into() };
    let mut plan = SeatingPlan {
        name: "Hall".into(),
        width: 100.0,
        height: 100.0,
        price_levels: vec![level("Seat", "#336699"), level("Standing", "#993366")],
        sections: vec![Section { name: "Stalls".into() }],
        rows: vec![],
        seats: vec![],
        areas: vec![],
    };
    for (row, seats) in rows.iter().enumerate() {
        let first_seat = plan.seats.len() as u32;
        plan.rows.push(Row { section: 0, name: format!("{}", row + 1), first_seat, seats: *seats });
        plan.seats.extend((0..*seats).map(|number| Seat {
            guid: format!("{row}-{number}"),
            row: row as u32,
            number: format!("{}", number + 1),
            level: PriceLevelIndex(0),
            x: number as f32,
            y: row as f32,
            accessible: false,
            after_gap: false,
        }));
    }
    if standing > 0 {
        let (x, y, width, height) = (0.0, 0.0, 10.0, 10.0);
        let level = PriceLevelIndex(1);
        plan.areas.push(Area { name: "Floor".into(), level, capacity: standing, x, y, width, height });
    }
    plan
}

/// Opens at 1 s; everybody may enter; 3 tickets each; 10 s grace, 60 s to choose, 30 s to pay.
pub fn settings() -> Settings {
    Settings {
        sale: SaleId::new(1),
        opens_at: Timestamp::from_millis(1_000),
        currency: EUR,
        prices: vec![5_000, 2_000],
        tickets_per_buyer_max: 3,
        grace: Duration::from_secs(10),
        select_time: Duration::from_secs(60),
        pay_time: Duration::from_secs(30),
        pace: Pace::default(),
    }
}

/// The sale that these events make, each of them read back from the bytes that a journal would hold.
pub fn replayed(journal: &[Recorded]) -> Sale {
    let stored: Vec<Recorded> = journal
        .iter()
        .map(|recorded| {
            let bytes = postcard::to_stdvec(recorded).unwrap();
            let read: Recorded = postcard::from_bytes(&bytes).unwrap();
            assert_eq!(&read, recorded, "an event reads back as it was written");
            read
        })
        .collect();
    let mut sale = Sale::from_created(&stored[0]).unwrap();
    stored[1..].iter().for_each(|recorded| sale.apply(recorded));
    sale
}
