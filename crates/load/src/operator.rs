//! What an operator does before a run: an organiser, a hall, a sale, and fans with sessions. All over the API.

use std::time::Duration;

use domain::Problem;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::{Answer, Origin, Pool, Request};
use crate::fans::wire::{ProblemBody, Status};

/// Fans made in one call, as the API allows.
const MINT_MAX: usize = 5_000;
/// Uploading a large plan, or making thousands of accounts, takes a while.
const PATIENCE: Duration = Duration::from_secs(120);

/// A signed-in operator.
#[derive(Debug)]
pub struct Operator {
    pool: Pool,
    session: String,
}

/// What is performed, where, and what it costs.
#[derive(Debug, Clone)]
pub struct Show {
    /// The organiser.
    pub organiser: &'static str,
    /// The event.
    pub event: &'static str,
    /// The venue.
    pub venue: &'static str,
    /// The venue's zone, an IANA name.
    pub time_zone: &'static str,
    /// Of the prices, ISO 4217.
    pub currency: &'static str,
    /// Minor units by price level; they repeat if the plan has more levels.
    pub prices: &'static [i64],
}

impl Show {
    /// For the arena of examples/plans.
    pub fn demo() -> Self {
        Self {
            organiser: "Onsale Live",
            event: "The Last Encore",
            venue: "Olympic Gymnastics Arena",
            time_zone: "Asia/Seoul",
            currency: "KRW",
            prices: &[154_000, 165_000, 143_000, 121_000, 99_000],
        }
    }

    /// For a hall made to measure.
    pub fn plain() -> Self {
        Self {
            organiser: "Stadthalle",
            event: "The Last Encore",
            venue: "Great Hall",
            time_zone: "Europe/Berlin",
            currency: "EUR",
            prices: &[9_900, 7_900, 4_900],
        }
    }
}

/// The rules of a sale.
#[derive(Debug, Clone)]
pub struct SaleRules {
    /// Buyers inside at once; `None` for no limit.
    pub capacity: Option<u32>,
    /// How long an admitted fan may take to come.
    pub grace_seconds: u32,
    /// How long a fan may choose.
    pub select_seconds: u32,
    /// How long a fan may pay.
    pub pay_seconds: u32,
    /// Tickets per buyer over all orders.
    pub tickets_per_buyer_max: u32,
}

impl SaleRules {
    /// To watch: long enough for a person to buy, short enough that what is abandoned comes back while one looks on.
    pub fn demo() -> Self {
        Self { capacity: Some(900), grace_seconds: 30, select_seconds: 60, pay_seconds: 60, tickets_per_buyer_max: 3 }
    }

    /// To measure: many inside at once, and what is abandoned comes back soon.
    pub fn sellout() -> Self {
        Self { capacity: Some(2_000), grace_seconds: 30, select_seconds: 10, pay_seconds: 10, tickets_per_buyer_max: 3 }
    }
}

/// One invariant of a sale, as the server says.
#[derive(Debug, Clone, Deserialize)]
pub struct Invariant {
    /// As a sentence.
    pub name: String,
    /// Whether it holds.
    pub holds: bool,
    /// What breaks it.
    #[serde(default)]
    pub detail: Value,
}

#[derive(Deserialize)]
struct Created {
    id: Value,
}

impl Operator {
    /// An operator with this session token.
    pub fn new(server: Origin, session: String) -> Self {
        Self { pool: Pool::new(server, 8, PATIENCE), session }
    }

    /// Signs in.
    ///
    /// # Errors
    /// What the server says, or `server_silent`.
    pub async fn sign_in(server: Origin, email: &str, password: &str) -> Result<Self, Problem> {
        let pool = Pool::new(server.clone(), 1, PATIENCE);
        let body = json!({ "email": email, "password": password }).to_string();
        let answer = pool.send(&Request::new("POST", "/v1/session").json(body.as_bytes())).await.map_err(silent)?;
        let answer = expect_success("/v1/session", answer)?;
        let token = answer.set_cookie.as_deref().and_then(session_of);
        let token = token.ok_or_else(|| Problem::new("no_session", "The server gave no session cookie."))?;
        Ok(Self::new(server, token.to_owned()))
    }

    /// Puts a hall on sale, with an organiser, a venue and an event of its own; gives the id of the sale.
    /// `plan` is pretix seating-plan JSON.
    ///
    /// # Errors
    /// What the server says, or `server_silent`.
    pub async fn put_on_sale(
        &self,
        show: &Show,
        plan: &Value,
        opens_at_ms: i64,
        rules: &SaleRules,
    ) -> Result<String, Problem> {
        let levels = plan["categories"].as_array().map_or(1, Vec::len);
        let prices: Vec<i64> = show.prices.iter().copied().cycle().take(levels).collect();
        let opens_at = jiff::Timestamp::from_millisecond(opens_at_ms)
            .map_err(|error| Problem::new("opening_invalid", "This is no instant.").internal(error))?;
        let starts_at = opens_at + jiff::SignedDuration::from_hours(24 * 60);
        let organiser = self.create("/v1/organisers", &json!({ "name": show.organiser })).await?;
        let venue = self
            .create("/v1/venues", &json!({ "name": show.venue, "time_zone": show.time_zone, "organiser": organiser }))
            .await?;
        let event = self.create("/v1/events", &json!({ "name": show.event, "organiser": organiser })).await?;
        let performance = json!({ "event": event, "venue": venue, "starts_at": starts_at.to_string() });
        let performance = self.create("/v1/performances", &performance).await?;
        let owner = organiser.as_str().unwrap_or_default();
        let plan = self.create(&format!("/v1/plans?organiser={owner}"), plan).await?;
        let sale = json!({
            "performance": performance, "plan": plan, "opens_at": opens_at.to_string(), "currency": show.currency, "prices": prices,
            "capacity": rules.capacity, "rate": null, "admissions_max": null, "grace_seconds": rules.grace_seconds,
            "select_seconds": rules.select_seconds, "pay_seconds": rules.pay_seconds,
            "tickets_per_buyer_max": rules.tickets_per_buyer_max,
        });
        let sale = self.create("/v1/sales", &sale).await?;
        sale.as_str().map(str::to_owned).ok_or_else(|| Problem::new("answer_unreadable", "The new sale has no id."))
    }

    /// Makes `fans` accounts for this sale and gives their session tokens.
    ///
    /// # Errors
    /// What the server says, or `server_silent`.
    pub async fn mint_fans(&self, sale: &str, fans: usize) -> Result<Vec<String>, Problem> {
        #[derive(Deserialize)]
        struct Minted {
            sessions: Vec<String>,
        }
        let path = format!("/v1/sales/{sale}/rehearsal-fans");
        let mut sessions = Vec::with_capacity(fans);
        while sessions.len() < fans {
            let count = MINT_MAX.min(fans - sessions.len());
            let minted: Minted = read(&self.post(&path, &json!({ "count": count })).await?)?;
            // Tokens go into a header; anything but a token would break out of it.
            let sound =
                |token: &String| token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.~+/=".contains(&byte));
            if minted.sessions.len() != count || !minted.sessions.iter().all(sound) {
                return Err(Problem::new(
                    "answer_unreadable",
                    "The server did not give as many sessions as asked for.",
                ));
            }
            sessions.extend(minted.sessions);
        }
        Ok(sessions)
    }

    /// Sets how the line moves: `capacity` buyers inside at once, `rate` as (count, seconds).
    ///
    /// # Errors
    /// What the server says, or `server_silent`.
    pub async fn set_pace(&self, sale: &str, capacity: Option<u32>, rate: Option<(u32, u32)>) -> Result<(), Problem> {
        // A GET may be sent again unasked: it finds out whether a connection kept from before still leads anywhere.
        self.status(sale).await?;
        let rate = rate.map(|(count, seconds)| json!({ "count": count, "interval_seconds": seconds }));
        let body = json!({ "capacity": capacity, "rate": rate, "admissions_max": null }).to_string();
        let path = format!("/v1/sales/{sale}/pace");
        let request = Request::new("PUT", &path).session(&self.session).json(body.as_bytes());
        expect_success(&path, self.pool.send(&request).await.map_err(silent)?).map(drop)
    }

    /// The sale as everybody sees it.
    ///
    /// # Errors
    /// What the server says, or `server_silent`.
    pub async fn status(&self, sale: &str) -> Result<Status, Problem> {
        read(&self.get(&format!("/v1/sales/{sale}/status")).await?)
    }

    /// Every invariant of the sale and whether it holds; the operator's check.
    ///
    /// # Errors
    /// What the server says, or `server_silent`.
    pub async fn invariants(&self, sale: &str) -> Result<Vec<Invariant>, Problem> {
        #[derive(Deserialize)]
        struct Check {
            invariants: Vec<Invariant>,
        }
        let check: Check = read(&self.get(&format!("/v1/sales/{sale}/check")).await?)?;
        if check.invariants.is_empty() {
            return Err(Problem::new("answer_unreadable", "The server checked no invariant."));
        }
        Ok(check.invariants)
    }

    /// Invariants that do not hold, by name.
    ///
    /// # Errors
    /// As [`Self::invariants`].
    pub async fn broken_invariants(&self, sale: &str) -> Result<Vec<String>, Problem> {
        let broken = self.invariants(sale).await?.into_iter().filter(|invariant| !invariant.holds);
        Ok(broken.map(|invariant| format!("{}: {}", invariant.name, invariant.detail)).collect())
    }

    async fn create(&self, path: &str, body: &Value) -> Result<Value, Problem> {
        read::<Created>(&self.post(path, body).await?).map(|created| created.id)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Answer, Problem> {
        let body = body.to_string();
        let request = Request::new("POST", path).session(&self.session).json(body.as_bytes());
        expect_success(path, self.pool.send(&request).await.map_err(silent)?)
    }

    async fn get(&self, path: &str) -> Result<Answer, Problem> {
        expect_success(path, self.pool.send(&Request::new("GET", path).session(&self.session)).await.map_err(silent)?)
    }
}

fn silent(lost: crate::client::Lost) -> Problem {
    Problem::new("server_silent", "The server gave no answer.").internal(lost)
}

fn expect_success(path: &str, answer: Answer) -> Result<Answer, Problem> {
    if (200..300).contains(&answer.status) {
        return Ok(answer);
    }
    let problem = ProblemBody::read(&answer.body);
    let sentence = format!("{path} answered {} {}: {}", answer.status, problem.code, problem.detail);
    Err(Problem::new("server_refused", sentence))
}

fn read<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<T, Problem> {
    serde_json::from_slice(&answer.body).map_err(|error| {
        Problem::new("answer_unreadable", "The server's answer is not what its contract says.").internal(error)
    })
}

/// The token in a `Set-Cookie` of the session.
fn session_of(cookie: &str) -> Option<&str> {
    let (pair, _) = cookie.split_once(';').unwrap_or((cookie, ""));
    pair.trim().strip_prefix("__Host-session=").filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_taken_from_its_cookie_only() {
        assert_eq!(session_of("__Host-session=abc; Secure; HttpOnly"), Some("abc"));
        assert_eq!(session_of("__Host-session="), None);
        assert_eq!(session_of("other=abc"), None);
    }
}
