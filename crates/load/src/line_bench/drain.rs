//! The line drained to its last place: everybody is let in, nobody comes, and everybody's turn ends.

use std::time::{Duration, Instant};

use domain::Problem;

use crate::operator::Operator;
use crate::report::Report;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(900);
/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Lets everybody in at `rate` per second and waits until the last turn has ended.
///
/// # Errors
/// What the server says, or `not_drained`.
pub async fn run(report: &mut Report, operator: &Operator, sale: &str, rate: u32) -> Result<(), Problem> {
    let from = operator.status(sale).await?.line;
    operator.set_pace(sale, None, Some((rate, 1))).await?;
    let began = Instant::now();
    let mut reached = None;
    loop {
        let line = operator.status(sale).await?.line;
        if line.waiting == 0 && reached.is_none() {
            reached = Some(began.elapsed().as_secs_f64());
        }
        if line.waiting == 0 && line.active == 0 {
            break;
        }
        if began.elapsed() > PATIENCE {
            let left = format!("{} still wait and {} are still inside", line.waiting, line.active);
            return Err(Problem::new("not_drained", "The line did not drain in time.").internal(left));
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    report.load("drain_rate_per_second_max", rate);
    report.figure("drain_places", from.waiting as f64);
    report.figure("drain_seconds", reached.unwrap_or(f64::NAN));
    report.figure("drain_all_ended_seconds", began.elapsed().as_secs_f64());
    Ok(())
}
