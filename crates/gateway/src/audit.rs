//! What organisers and operators do is written down before it is done.

use std::future::Future;

use accounts::{AuditNote, Session};
use sale::command::Places;
use sale::{Command, Pace};
use serde_json::{Value, json};

use crate::app::App;
use crate::problem::ApiResult;

/// Seats of a blocking that are named; of the others their number is noted.
const SEATS_NAMED_MAX: usize = 20;

/// Something that is about to be done.
pub struct Deed {
    /// What, a word in `snake_case`.
    pub action: &'static str,
    /// To what: an id.
    pub target: String,
    /// How: an object; no secret. What there is in it depends on the action.
    pub detail: Value,
}

impl Deed {
    /// A command to a sale.
    pub fn command(sale: impl std::fmt::Display, command: &Command) -> Self {
        let (action, detail) = match command {
            Command::Pause => ("pause", json!({})),
            Command::Resume => ("resume", json!({})),
            Command::Close => ("close", json!({})),
            Command::SetPace { pace } => ("set_pace", of_pace(pace)),
            Command::SetNoShowCorrection { on } => ("set_no_show_correction", json!({ "on": on })),
            Command::SetLobby { gathers_from, .. } => ("set_lobby", json!({ "gathers_from_ms": gathers_from })),
            Command::Announce { text } => ("announce", json!({ "text": text })),
            Command::Block { choice } => ("block", of_places(choice)),
            Command::Unblock { choice } => ("unblock", of_places(choice)),
            Command::RefundOrder { order } => ("refund_order", json!({ "order": order.to_string() })),
            Command::CheckIn { serial } => ("check_in", json!({ "serial": serial })),
            _ => ("other", json!({})),
        };
        Self { action, target: sale.to_string(), detail }
    }
}

fn of_pace(pace: &Pace) -> Value {
    let rate = pace.rate.map(|rate| json!({ "count": rate.count, "interval_ms": rate.interval.as_millis() }));
    json!({ "capacity": pace.capacity, "rate": rate, "admissions_max": pace.admissions_max })
}

fn of_places(places: &Places) -> Value {
    let people: u64 = places.areas.iter().map(|(_, count)| u64::from(*count)).sum();
    let named: Vec<u32> = places.seats.iter().take(SEATS_NAMED_MAX).map(|seat| seat.0).collect();
    json!({ "seats": places.seats.len(), "people": people, "first_seats": named })
}

/// How something was done, as an object; what an earlier version wrote down in words of its own is its `text`.
pub fn detail_of(written: &str) -> Value {
    let read = serde_json::from_str(written).ok().filter(Value::is_object);
    read.unwrap_or_else(|| if written.is_empty() { json!({}) } else { json!({ "text": written }) })
}

impl App {
    /// Notes who is about to do what, does it, and notes how it ended. What cannot be noted is not done; if the process
    /// ends in between, the log says that the outcome is not known.
    ///
    /// # Errors
    /// `busy`, and those of `work`.
    pub async fn audited<T>(&self, by: &Session, deed: Deed, work: impl Future<Output = ApiResult<T>>) -> ApiResult<T> {
        let Deed { action, target, detail } = deed;
        tracing::info!(by = %by.account, action, target, "The organiser's hand");
        if sabotage::is("audit_forgets") {
            return work.await;
        }
        let note = AuditNote { account: by.account, role: by.role, action, target, detail: detail.to_string() };
        let id = self.audit.begin(note, self.now()).await?;
        sabotage::crash_point("gateway.deed_noted");
        let result = work.await;
        sabotage::crash_point("gateway.deed_done");
        let outcome = result.as_ref().map_or_else(|error| error.code(), |_| "done");
        if let Err(problem) = self.audit.end(id, outcome).await {
            tracing::warn!(%problem, action, outcome, "How it ended could not be noted");
        }
        result
    }
}

#[cfg(test)]
mod tests {
    use domain::{AreaIndex, SeatIndex};

    use super::*;

    #[test]
    fn a_large_blocking_is_noted_in_few_words() {
        let choice = Places { seats: (0..10_000).map(SeatIndex).collect(), areas: vec![(AreaIndex(0), 40)] };
        let detail = Deed::command("sale_1", &Command::Block { choice }).detail;
        assert_eq!((&detail["seats"], &detail["people"]), (&json!(10_000), &json!(40)));
        assert!(detail.to_string().len() < 200, "{detail}");
    }

    #[test]
    fn what_an_earlier_version_wrote_can_still_be_read() {
        assert_eq!(detail_of("Announce { text: \"Hi\" }"), json!({ "text": "Announce { text: \"Hi\" }" }));
        assert_eq!(detail_of(""), json!({}));
        assert_eq!(detail_of("{\"on\":true}"), json!({ "on": true }));
    }
}
