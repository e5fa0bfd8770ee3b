//! The seat map of this process: fetched once a second for all fans, as a page shared by a cache would be.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use base64::Engine as _;
use domain::SeatingPlan;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::wire::{AreaStock, Seats, Status};
use crate::client::{Pool, Request};

const FREE: u8 = 0;
const HELD: u8 = 1;
/// Rows looked at before a fan finds that there is nothing to pick.
const ROWS_TRIED_MAX: usize = 400;
/// Seconds over which the admission rate is averaged.
const RATE_WINDOW: usize = 5;

#[derive(Debug, Default)]
struct View {
    version: Option<u64>,
    seats: Vec<u8>,
    areas: Vec<AreaStock>,
    status: Status,
    admitted: VecDeque<(Instant, u64)>,
    sold_out_at: Option<Instant>,
}

/// What all fans of this process see.
#[derive(Debug)]
pub struct Board {
    plan: Arc<SeatingPlan>,
    view: RwLock<View>,
}

impl Board {
    /// A board for this plan, on which everything is free until the first fetch.
    pub fn new(plan: Arc<SeatingPlan>) -> Self {
        let view = View { seats: vec![FREE; plan.seats.len()], ..View::default() };
        Self { plan, view: RwLock::new(view) }
    }

    /// Keeps the board fresh until the task is dropped. A failed fetch leaves it as it was.
    pub async fn follow(&self, pool: &Pool, sale: &str, every: Duration) {
        loop {
            self.refresh(pool, sale).await;
            tokio::time::sleep(every).await;
        }
    }

    /// Fetches the status and the seat changes once.
    pub async fn refresh(&self, pool: &Pool, sale: &str) {
        let path = format!("/v1/sales/{sale}/status");
        if let Ok(answer) = pool.send(&Request::new("GET", &path)).await
            && answer.status == 200
            && let Ok(status) = serde_json::from_slice::<Status>(&answer.body)
        {
            self.take_status(status, answer.received);
        }
        let path = match self.read().version {
            Some(version) => format!("/v1/sales/{sale}/seats?since={version}"),
            None => format!("/v1/sales/{sale}/seats"),
        };
        if let Ok(answer) = pool.send(&Request::new("GET", &path)).await {
            match serde_json::from_slice::<Seats>(&answer.body) {
                Ok(seats) if answer.status == 200 => self.take_seats(seats),
                _ if answer.status == 410 => self.write().version = None,
                _ => {}
            }
        }
    }

    /// The last status seen.
    pub fn status(&self) -> Status {
        self.read().status.clone()
    }

    /// Whether there is nothing more to hope for.
    pub fn finished(&self) -> bool {
        self.read().status.finished()
    }

    /// When the sale was first seen sold out.
    pub fn sold_out_at(&self) -> Option<Instant> {
        self.read().sold_out_at
    }

    /// How many were admitted per second of late; `None` before anybody was.
    pub fn admissions_per_second(&self) -> Option<f64> {
        let view = self.read();
        let (first, last) = (view.admitted.front()?, view.admitted.back()?);
        let seconds = last.0.duration_since(first.0).as_secs_f64();
        (last.1 > first.1 && seconds > 0.0).then(|| (last.1 - first.1) as f64 / seconds)
    }

    /// The seats were just refused: nobody here need try them again.
    pub fn mark_taken(&self, seats: &[u32]) {
        let mut view = self.write();
        for seat in seats {
            if let Some(state) = view.seats.get_mut(*seat as usize) {
                *state = HELD;
            }
        }
    }

    /// Adjacent free seats of one row, the better rows more often; `None` if none were found.
    pub fn pick_seats(&self, rng: &mut ChaCha8Rng, count: u32) -> Option<Vec<u32>> {
        let view = self.read();
        let rows = self.plan.rows.len();
        for _ in 0..ROWS_TRIED_MAX.min(rows * 4) {
            let luck: f64 = rng.random();
            let row = self.plan.rows.get((luck * luck * rows as f64) as usize)?;
            let first = rng.random_range(0..row.seats.max(1));
            // From a random seat to the end of the row, then from its beginning.
            let picked = self.run_of_free(&view.seats, row.first_seat + first, row.first_seat + row.seats, count);
            let picked =
                picked.or_else(|| self.run_of_free(&view.seats, row.first_seat, row.first_seat + row.seats, count));
            if let Some(from) = picked {
                return Some((from..from + count).collect());
            }
        }
        None
    }

    /// A counted area with room for `count`.
    pub fn pick_area(&self, rng: &mut ChaCha8Rng, count: u32) -> Option<u32> {
        let view = self.read();
        let areas = self.plan.areas.len();
        let from = rng.random_range(0..areas.max(1));
        let free = |area: usize| match view.areas.get(area) {
            Some(stock) => stock.free,
            None => self.plan.areas.get(area).map_or(0, |area| area.capacity),
        };
        (0..areas).map(|step| (from + step) % areas).find(|area| free(*area) >= count).map(|area| area as u32)
    }

    fn run_of_free(&self, states: &[u8], from: u32, to: u32, count: u32) -> Option<u32> {
        let mut run = 0;
        for seat in from..to {
            let after_gap = self.plan.seats.get(seat as usize).is_some_and(|seat| seat.after_gap);
            let free = states.get(seat as usize) == Some(&FREE);
            run = match (free, after_gap) {
                (true, true) => 1,
                (true, false) => run + 1,
                (false, _) => 0,
            };
            if run == count {
                return Some(seat + 1 - count);
            }
        }
        None
    }

    fn take_status(&self, status: Status, at: Instant) {
        let mut view = self.write();
        if status.stage == "sold_out" && view.sold_out_at.is_none() {
            view.sold_out_at = Some(at);
        }
        view.admitted.push_back((at, status.line.admitted_total));
        if view.admitted.len() > RATE_WINDOW {
            view.admitted.pop_front();
        }
        view.status = status;
    }

    fn take_seats(&self, seats: Seats) {
        let mut view = self.write();
        if let Some(whole) = &seats.seats {
            let Ok(bytes) = base64::engine::general_purpose::STANDARD.decode(whole) else { return };
            unpack(&bytes, &mut view.seats);
        }
        for (seat, state) in seats.changes {
            if let Some(known) = view.seats.get_mut(seat as usize) {
                *known = state;
            }
        }
        view.areas = seats.areas;
        view.version = Some(seats.version);
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, View> {
        self.view.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, View> {
        self.view.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Spreads two bits per seat, the lowest first, over one byte per seat; seats beyond `packed` stay as they are.
pub fn unpack(packed: &[u8], seats: &mut [u8]) {
    for (index, state) in seats.iter_mut().enumerate() {
        if let Some(byte) = packed.get(index / 4) {
            *state = (byte >> (index % 4 * 2)) & 3;
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::super::personality::chance_of;
    use super::*;

    fn board() -> Board {
        Board::new(Arc::new(crate::plan::hall(100, 10, &[]).1))
    }

    #[test]
    fn picked_seats_are_free_adjacent_and_of_one_row() {
        let board = board();
        let mut rng = chance_of(1, 1);
        for _ in 0..33 {
            let picked = board.pick_seats(&mut rng, 3).unwrap_or_default();
            if picked.is_empty() {
                break;
            }
            assert_eq!((picked[2] - picked[0], picked[0] / 10), (2, picked[2] / 10));
            assert!(picked.iter().all(|seat| board.read().seats[*seat as usize] == FREE));
            board.mark_taken(&picked);
        }
        board.mark_taken(&(0..100).collect::<Vec<_>>());
        assert_eq!(board.pick_seats(&mut rng, 1), None);
    }

    #[test]
    fn a_snapshot_and_its_changes_are_understood() {
        let board = board();
        // Seats 0 to 3: free, held, sold, blocked.
        let packed = base64::engine::general_purpose::STANDARD.encode([0b11_10_01_00u8]);
        board.take_seats(Seats { version: 1, seats: Some(packed), changes: vec![], areas: vec![] });
        assert_eq!(board.read().seats[..5], [0, 1, 2, 3, 0]);
        board.take_seats(Seats { version: 2, seats: None, changes: vec![(1, 0), (9_999, 1)], areas: vec![] });
        assert_eq!(board.read().seats[..3], [0, 0, 2]);
        assert_eq!(board.read().version, Some(2));
    }

    #[test]
    fn the_admission_rate_is_that_of_the_last_seconds() {
        let board = board();
        assert_eq!(board.admissions_per_second(), None);
        let start = Instant::now();
        for second in 0..10u64 {
            let mut status: Status = serde_json::from_str("{\"stage\":\"open\"}").unwrap();
            status.line.admitted_total = second * 100;
            board.take_status(status, start + Duration::from_secs(second));
        }
        assert_eq!(board.admissions_per_second(), Some(100.0));
    }
}
