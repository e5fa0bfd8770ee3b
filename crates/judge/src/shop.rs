//! What an operator does over the API: puts a hall on sale, makes fans, refunds, scans.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Call, Client, Told};
use crate::history::{Recorder, What};
use crate::stand::{OPERATOR, Stand};
use crate::{Failed, clock};

/// The number under which the operator stands in a history.
pub const OPERATOR_CLIENT: u32 = u32::MAX;

/// The rules of the sale, as the judge holds them against what happened.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Numbered seats.
    pub seats: u32,
    /// People in the standing area.
    pub standing: u32,
    /// Buyers inside at once; 0 for no bound.
    pub capacity: u32,
    /// Seconds to come in.
    pub grace_s: u32,
    /// Seconds to choose.
    pub select_s: u32,
    /// Seconds to pay.
    pub pay_s: u32,
    /// Tickets per buyer.
    pub limit: u32,
    /// Seconds until the sale opens.
    pub opens_in_s: i64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { seats: 400, standing: 100, capacity: 12, grace_s: 3, select_s: 4, pay_s: 5, limit: 3, opens_in_s: 0 }
    }
}

/// What each seat and each place of the area costs, minor units.
pub const PRICES: [i64; 2] = [9_900, 4_900];
/// Of which currency.
pub const CURRENCY: &str = "EUR";
const SEATS_PER_ROW: u32 = 50;

/// The operator at work on one sale.
#[derive(Debug, Clone)]
pub struct Shop {
    /// How the operator asks.
    pub client: Client,
    /// The operator's session.
    pub session: String,
    /// The sale.
    pub sale: String,
    /// Its rules.
    pub rules: Rules,
}

impl Shop {
    /// Signs the operator in and puts a hall on sale.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn open(stand: &Stand, recorder: Arc<Recorder>, rules: Rules) -> Result<Self, Failed> {
        let password = stand.make_operator()?;
        let client = Client::new(&stand.origin(), recorder)?;
        let session = sign_in(&stand.origin(), &password).await?;
        let mut shop = Self { client, session, sale: String::new(), rules };
        shop.put_on_sale().await?;
        Ok(shop)
    }

    /// Puts another hall with the same rules on sale; the shop is about that one from then on.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn put_on_sale(&mut self) -> Result<(), Failed> {
        let organiser = self.create("/v1/organisers", json!({ "name": "Stadthalle" })).await?;
        let venue = json!({ "name": "Great Hall", "time_zone": "Europe/Berlin", "organiser": organiser });
        let venue = self.create("/v1/venues", venue).await?;
        let event = self.create("/v1/events", json!({ "name": "The Last Encore", "organiser": organiser })).await?;
        let performance = json!({ "event": event, "venue": venue, "starts_at": clock::in_seconds(30 * 86_400) });
        let performance = self.create("/v1/performances", performance).await?;
        let owner = organiser.as_str().unwrap_or_default();
        let plan = self.create(&format!("/v1/plans?organiser={owner}"), hall(&self.rules)).await?;
        let rules = &self.rules;
        let sale = json!({
            "performance": performance, "plan": plan, "opens_at": clock::in_seconds(rules.opens_in_s),
            "currency": CURRENCY, "prices": PRICES, "rate": null, "admissions_max": null,
            "capacity": (rules.capacity > 0).then_some(rules.capacity), "grace_seconds": rules.grace_s,
            "select_seconds": rules.select_s, "pay_seconds": rules.pay_s, "tickets_per_buyer_max": rules.limit,
        });
        let sale = self.create("/v1/sales", sale).await?;
        self.sale = sale.as_str().unwrap_or_default().to_owned();
        Ok(())
    }

    async fn create(&self, path: &str, body: Value) -> Result<Value, Failed> {
        let told = self.ask(Method::POST, path, What::Status, "", body).await?;
        Ok(told.body["id"].clone())
    }

    /// Makes so many fans, and gives their sessions.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn fans(&self, count: usize) -> Result<Vec<String>, Failed> {
        let mut sessions: Vec<String> = Vec::with_capacity(count);
        let path = format!("/v1/sales/{}/rehearsal-fans", self.sale);
        while sessions.len() < count {
            let body = json!({ "count": (count - sessions.len()).min(2_000) });
            let told = self.ask(Method::POST, &path, What::Status, "", body).await?;
            let made = told.body["sessions"].as_array().cloned().unwrap_or_default();
            if made.is_empty() {
                return Err(Failed("no fans were made".into()));
            }
            sessions.extend(made.iter().filter_map(Value::as_str).map(str::to_owned));
        }
        Ok(sessions)
    }

    /// Gives the money of an order back.
    pub async fn refund(&self, order: &str) -> Option<Told> {
        let path = format!("/v1/orders/{order}/refund");
        self.client.ask(&self.call(Method::POST, &path, What::Refund, order, Value::Null)).await
    }

    /// Scans a ticket at a gate.
    pub async fn check_in(&self, ticket: &str, code: &str) -> Option<Told> {
        let call = self.call(Method::POST, "/v1/check-ins", What::CheckIn, ticket, json!({ "code": code }));
        self.client.ask(&call).await
    }

    /// Asks with the operator's session until there is an answer, which must be yes.
    ///
    /// # Errors
    /// The refusal, or the run is over.
    pub async fn ask(&self, method: Method, path: &str, what: What, of: &str, body: Value) -> Result<Told, Failed> {
        let told = self.client.ask(&self.call(method, path, what, of, body)).await;
        match told {
            Some(told) if told.ok() => Ok(told),
            Some(told) => Err(Failed(format!("{path} answered {} {}", told.status, told.code))),
            None => Err(Failed(format!("{path} was not answered"))),
        }
    }

    fn call(&self, method: Method, path: &str, what: What, of: &str, json: Value) -> Call {
        let (session, path, of) = (self.session.clone(), path.to_owned(), of.to_owned());
        Call { client: OPERATOR_CLIENT, what, of, method, path, session, key: None, json, form: None }
    }
}

/// Signs the operator in; the session's token.
///
/// # Errors
/// The server refuses or gives no cookie.
pub async fn sign_in(origin: &str, password: &str) -> Result<String, Failed> {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let body = json!({ "email": OPERATOR, "password": password });
    let answer = http.post(format!("{origin}/v1/session")).json(&body).send().await?;
    let cookies = answer.headers().get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    let token = cookies.filter_map(|cookie| cookie.split(';').next()?.strip_prefix("__Host-session=")).next();
    token.map(str::to_owned).ok_or_else(|| Failed(format!("no session: {}", answer.status())))
}

/// A hall as a pretix seating plan.
fn hall(rules: &Rules) -> Value {
    let rows: Vec<Value> = (0..rules.seats.div_ceil(SEATS_PER_ROW))
        .map(|row| {
            let in_row = SEATS_PER_ROW.min(rules.seats - row * SEATS_PER_ROW);
            let seats: Vec<Value> = (0..in_row)
                .map(|seat| {
                    json!({"seat_number": format!("{}", seat + 1), "seat_guid": format!("{row}-{seat}"),
                        "uuid": format!("{row}-{seat}"), "position": {"x": f64::from(seat) * 10.0 + 10.0, "y": 0.0},
                        "category": "Seat"})
                })
                .collect();
            json!({"position": {"x": 0.0, "y": f64::from(row) * 12.0 + 200.0}, "row_number": format!("{}", row + 1),
                "row_number_position": "both", "uuid": format!("row-{row}"), "seats": seats})
        })
        .collect();
    let area = json!({"shape": "rectangle", "color": "#cccccc", "border_color": "#333333", "rotation": 0,
        "uuid": "area-standing", "position": {"x": 10.0, "y": 10.0}, "rectangle": {"width": 100.0, "height": 80.0},
        "text": {"position": {"x": 50.0, "y": 40.0}, "color": "#000000", "text": "Standing"},
        "onsale": {"name": "Standing", "capacity": rules.standing, "category": "Standing"}});
    let areas = if rules.standing > 0 { vec![area] } else { vec![] };
    json!({
        "name": "Hall", "size": {"width": 600.0, "height": 400.0},
        "categories": [{"name": "Seat", "color": "#aa0000"}, {"name": "Standing", "color": "#00aa00"}],
        "zones": [{"name": "Hall", "zone_id": "hall", "uuid": "zone-hall", "position": {"x": 0.0, "y": 0.0},
            "rows": rows, "areas": areas}],
    })
}

impl Shop {
    /// Host and port of the server, for a WebSocket.
    pub fn client_origin(&self) -> &str {
        self.client.origin().trim_start_matches("http://")
    }
}
