//! Aisles: pretix does not say which seats are neighbours, so it is read from the distances.

use domain::Seat;

/// A seat this many usual distances from the one before it stands behind an aisle. Between 1 (a curved row drawn
/// a little unevenly) and 2 (one seat left out).
const GAP: f64 = 1.6;

/// Sets `after_gap` on the seats of one row.
pub(super) fn mark(row: &mut [Seat]) {
    let distances: Vec<f64> = row.windows(2).map(|pair| distance(&pair[0], &pair[1])).collect();
    let mut sorted = distances.clone();
    sorted.sort_unstable_by(f64::total_cmp);
    // The lower of the two middle ones: in a row of three seats with one aisle, the aisle is not the usual distance.
    let Some(&usual) = sorted.get(sorted.len().saturating_sub(1) / 2) else { return };
    for (seat, distance) in row.iter_mut().skip(1).zip(distances) {
        seat.after_gap = distance > usual * GAP;
    }
}

fn distance(one: &Seat, other: &Seat) -> f64 {
    f64::hypot(f64::from(one.x) - f64::from(other.x), f64::from(one.y) - f64::from(other.y))
}

#[cfg(test)]
mod tests {
    use domain::PriceLevelIndex;

    use super::*;

    fn gaps(xs: &[f32]) -> Vec<bool> {
        let seat = |&x| Seat {
            guid: String::new(),
            row: 0,
            number: String::new(),
            level: PriceLevelIndex(0),
            x,
            y: 0.0,
            accessible: false,
            after_gap: false,
        };
        let mut row: Vec<Seat> = xs.iter().map(seat).collect();
        mark(&mut row);
        row.iter().map(|seat| seat.after_gap).collect()
    }

    #[test]
    fn a_wide_distance_is_an_aisle() {
        assert_eq!(gaps(&[0.0, 24.0, 48.0, 96.0, 120.0]), [false, false, false, true, false]);
        assert_eq!(gaps(&[0.0, 24.0, 84.0]), [false, false, true]);
        assert_eq!(gaps(&[0.0, -24.0, -62.0]), [false, false, false], "1.58 usual distances");
    }

    #[test]
    fn short_and_stacked_rows_have_no_aisle() {
        assert_eq!(gaps(&[]), [false; 0]);
        assert_eq!(gaps(&[5.0]), [false]);
        assert_eq!(gaps(&[0.0, 500.0]), [false, false]);
        assert_eq!(gaps(&[7.0, 7.0, 7.0]), [false, false, false]);
    }
}
