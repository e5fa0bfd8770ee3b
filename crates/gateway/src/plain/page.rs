//! The page itself: what it says at each stage, and the forms with what can be done.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::Timestamp;
use sale::{OrderView, PlaceStage, PlaceView};
use serde::Deserialize;

use crate::sales::FanSale;
use crate::texts::{Language, escaped, grouped};
use crate::wire::status::StatusBody;

/// Seconds after which the page asks again: near the front, and elsewhere.
const REFRESH_NEAR_S: u32 = 5;
const REFRESH_FAR_S: u32 = 20;
/// So near the front the turn may come any moment.
const NEAR: u32 = 200;

/// What the page of a sale says.
#[derive(Default, Deserialize)]
struct Facts {
    event: Option<Event>,
    #[serde(default)]
    rehearsal: bool,
}

#[derive(Deserialize)]
struct Event {
    name: String,
}

/// The page of one fan.
pub(super) struct PlainPage<'a> {
    pub(super) sale: &'a FanSale,
    pub(super) status: &'a StatusBody,
    pub(super) language: Language,
    /// Its address.
    pub(super) path: String,
    /// The admission pass for its forms.
    pub(super) pass: Option<HeaderValue>,
}

impl PlainPage<'_> {
    /// Writes it for whoever has this place and order.
    pub(super) fn write(
        &self,
        signed: bool,
        (place, order): (Option<PlaceView>, Option<OrderView>),
        now: Timestamp,
    ) -> Response {
        let say = |key: &str| self.language.say(key);
        let over = matches!(self.status.stage, "sold_out" | "closed");
        let stage = place.as_ref().map(|place| place.stage);
        let (refresh, body) = match (stage, &place) {
            (Some(PlaceStage::Paying), _) => (REFRESH_NEAR_S, self.paying(order.as_ref(), now)),
            (Some(PlaceStage::Done), _) => (REFRESH_FAR_S, self.done()),
            (Some(PlaceStage::Selecting), Some(place)) => (REFRESH_FAR_S * 3, self.choosing(place, now)),
            (Some(PlaceStage::Admitted), Some(place)) => (REFRESH_NEAR_S, self.turn(place, now)),
            _ if over => (REFRESH_FAR_S, format!("<h2>{}</h2>", say(&format!("stage.{}", self.status.stage)))),
            (Some(PlaceStage::Waiting), Some(place)) => {
                (if place.ahead <= NEAR { REFRESH_NEAR_S } else { REFRESH_FAR_S }, self.waiting(place, now))
            }
            (Some(PlaceStage::InLobby), _) => (self.until_open(now), format!("<p>{}</p>", say("plain.in_lobby"))),
            _ if !signed => (0, self.sign_in()),
            _ => (self.until_open(now), self.before(stage)),
        };
        let facts = self.facts();
        let title = facts.event.map_or_else(|| say("plain.title"), |event| event.name);
        let mark =
            if facts.rehearsal { format!("<p class=\"notice\">{}</p>", say("rehearsal.text")) } else { String::new() };
        let announced = self.status.announcement.as_ref().map(|said| {
            let text = self.language.fill("waiting.word", &[("text", &said.text)]);
            format!("<p class=\"notice\" role=\"status\">{}</p>", escaped(&text))
        });
        let refreshes = if refresh > 0 {
            let again = self.language.count("plain.refreshes", refresh.into());
            format!("<p class=\"muted fine\">{again} <a href=\"{}\">{}</a></p>", self.path, say("plain.now"))
        } else {
            String::new()
        };
        let body = format!(
            "{mark}<section class=\"panel\">{}{body}</section>{}{refreshes}",
            announced.unwrap_or_default(),
            self.stock()
        );
        html(self.language, &self.path, &title, Some(refresh).filter(|seconds| *seconds > 0), &body)
    }

    fn facts(&self) -> Facts {
        serde_json::from_str(&self.sale.facts.page.now()).unwrap_or_default()
    }

    /// Seconds until it is worth asking again before the opening.
    fn until_open(&self, now: Timestamp) -> u32 {
        let left = self.status.opens_at_ms.since(now).as_millis() / 1_000;
        left.clamp(REFRESH_NEAR_S, REFRESH_FAR_S * 3)
    }

    fn form(&self, action: &str, inner: &str, button: &str) -> String {
        form(self.language, &self.path, action, inner, button)
    }

    /// For the forms of whoever is let in.
    fn pass(&self) -> String {
        let pass = self.pass.as_ref().and_then(|pass| pass.to_str().ok());
        pass.map_or_else(String::new, |pass| {
            format!("<input type=\"hidden\" name=\"pass\" value=\"{}\">", escaped(pass))
        })
    }

    fn sign_in(&self) -> String {
        format!(
            "<h2>{}</h2><p>{}</p>{}",
            self.language.say(&format!("stage.{}", self.status.stage)),
            self.language.say("plain.sign_in_first"),
            sign_in_form(self.language, &self.path)
        )
    }

    fn before(&self, stage: Option<PlaceStage>) -> String {
        let say = |key: &str| self.language.say(key);
        let lead = match stage {
            Some(PlaceStage::Left) => "lobby.left",
            Some(PlaceStage::Absent) => "lobby.absent",
            Some(PlaceStage::TimedOut) => "lobby.timed_out",
            _ if self.status.stage == "paused" => "lobby.paused",
            _ if self.status.stage == "scheduled" => "plain.not_open",
            _ => "lobby.lead_open",
        };
        let draws = self.status.draw.is_some();
        let may = self.status.stage != "scheduled" || draws;
        let join = if may { self.form("join", "", "lobby.join") } else { String::new() };
        let draw = if draws { format!("<p>{}</p>", say("draw.promise")) } else { String::new() };
        format!("<h2>{}</h2><p>{}</p>{draw}{join}", say(&format!("stage.{}", self.status.stage)), say(lead))
    }

    fn waiting(&self, place: &PlaceView, now: Timestamp) -> String {
        let language = self.language;
        let body = self.sale.place_body(place, now);
        let wait = match &body.wait {
            _ if self.status.stage == "paused" => language.say("waiting.paused"),
            _ if place.ahead < 5 => language.say("waiting.soon"),
            None => language.say("waiting.no_estimate"),
            Some(wait) if wait.seconds_high < 60 => language.say("waiting.under_minute"),
            Some(wait) => {
                let (low, high) = (wait.seconds_low / 60, wait.seconds_high.div_ceil(60));
                let range = if low < 1 {
                    language.count("waiting.at_most", high.into())
                } else {
                    language.count("waiting.range", high.into()).replace("{low}", &grouped(low.into()))
                };
                let basis = format!("waiting.basis_{}", wait.basis);
                format!("{range} {}", language.count(&basis, wait.per_minute.round() as u64))
            }
        };
        let hopeless = self.status.hopeless_from.is_some_and(|from| place.ahead >= from);
        let hopeless = if hopeless {
            format!("<p class=\"notice\">{}</p>", language.say("waiting.hopeless"))
        } else {
            String::new()
        };
        format!(
            "<h2>{}</h2><p class=\"ahead\"><strong class=\"giant num\">{}</strong> {}</p><p>{wait}</p>{hopeless}<p \
             class=\"muted\">{}</p>",
            language.fill("waiting.title", &[("number", &grouped(place.number.0.into()))]),
            grouped(place.ahead.into()),
            language.count("waiting.ahead", place.ahead.into()),
            language.say("waiting.close"),
        )
    }

    fn seconds_left(&self, deadline: Option<Timestamp>, now: Timestamp) -> String {
        let left = deadline.map_or(0, |deadline| deadline.since(now).as_millis() / 1_000);
        format!("<p class=\"notice\" role=\"status\">{}</p>", self.language.count("plain.seconds_left", left.into()))
    }

    fn turn(&self, place: &PlaceView, now: Timestamp) -> String {
        format!(
            "<h2>{}</h2>{}{}",
            self.language.say("plain.turn"),
            self.seconds_left(place.deadline, now),
            self.form("enter", &self.pass(), "plain.enter")
        )
    }

    fn choosing(&self, place: &PlaceView, now: Timestamp) -> String {
        let most = self.sale.desk.view().tickets_per_buyer_max;
        let counts: String = (1..=most).map(|count| format!("<option>{count}</option>")).collect();
        let levels: String = self
            .sale
            .facts
            .price_levels
            .iter()
            .map(|level| format!("<option value=\"{}\">{}</option>", level.index.0, escaped(&level.name)))
            .collect();
        let field = |name: &str, label: &str, options: &str| {
            let label = self.language.say(label);
            format!(
                "<p class=\"field\"><label for=\"{name}\">{label}</label><select id=\"{name}\" name=\"{name}\">{options}</select></p>"
            )
        };
        let spaces = self.sale.facts.plan.seats.iter().any(|seat| seat.accessible);
        let spaces = if spaces {
            field("accessible", "plain.accessible", &format!("<option>0</option>{counts}"))
        } else {
            String::new()
        };
        let inner = format!(
            "{}{}{}{spaces}",
            self.pass(),
            field("count", "plain.count", &counts),
            field("level", "plain.level", &levels)
        );
        format!(
            "<h2>{}</h2>{}{}",
            self.language.say("plain.choose"),
            self.seconds_left(place.deadline, now),
            self.form("buy", &inner, "plain.buy")
        )
    }

    fn paying(&self, order: Option<&OrderView>, now: Timestamp) -> String {
        let left = self.seconds_left(order.and_then(|order| order.deadline), now);
        let pay = match order.and_then(|order| order.page_url.as_deref()) {
            Some(url) => {
                let (url, pay) = (escaped(url), self.language.say("plain.pay"));
                format!("<p><a class=\"button primary\" href=\"{url}\">{pay}</a></p>")
            }
            None => format!("<p>{}</p>", self.language.say("plain.pay_soon")),
        };
        format!("<h2>{}</h2>{left}{pay}", self.language.say("plain.reserved"))
    }

    fn done(&self) -> String {
        let (done, tickets) = (self.language.say("plain.done"), self.language.say("nav.tickets"));
        format!("<h2>{done}</h2><p><a class=\"button\" href=\"/tickets\">{tickets}</a></p>")
    }

    fn stock(&self) -> String {
        let rows: String = self
            .status
            .stock
            .iter()
            .filter_map(|stock| {
                let level = self.sale.facts.price_levels.get(usize::from(stock.level?))?;
                let left = match stock.free {
                    0 => self.language.say("levels.none"),
                    free => self.language.count("levels.left", free.into()),
                };
                Some(format!("<li>{}: <strong class=\"num\">{left}</strong></li>", escaped(&level.name)))
            })
            .collect();
        format!("<section class=\"panel\"><h3>{}</h3><ul>{rows}</ul></section>", self.language.say("levels.title"))
    }
}

fn form(language: Language, path: &str, action: &str, inner: &str, button: &str) -> String {
    let path = path.replacen("/plain", &format!("/plain/{action}"), 1);
    let button = language.say(button);
    format!(
        "<form method=\"post\" action=\"{path}\">{inner}<p><button class=\"button primary\">{button}</button></p></form>"
    )
}

/// Email and password.
pub(super) fn sign_in_form(language: Language, path: &str) -> String {
    let (email, password) = (language.say("plain.email"), language.say("plain.password"));
    let inner = format!(
        "<p class=\"field\"><label for=\"email\">{email}</label><input id=\"email\" name=\"email\" type=\"email\" \
         autocomplete=\"username\" required></p><p class=\"field\"><label for=\"password\">{password}</label><input \
         id=\"password\" name=\"password\" type=\"password\" autocomplete=\"current-password\" required></p>"
    );
    form(language, path, "sign-in", &inner, "plain.sign_in")
}

/// A whole page around this body.
pub(super) fn html(language: Language, path: &str, title: &str, refresh: Option<u32>, body: &str) -> Response {
    let refresh = refresh.map(|seconds| format!("<meta http-equiv=\"refresh\" content=\"{seconds}\">"));
    let other = language.other();
    let bare = path.split('?').next().unwrap_or_default();
    let name = match other {
        Language::English => "English",
        Language::Korean => "한국어",
    };
    let page = format!(
        "<!doctype html><html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">{}<title>{title} \
         · Onsale</title><link rel=\"icon\" href=\"/mark.svg\" type=\"image/svg+xml\"><link rel=\"stylesheet\" \
         href=\"/base.css\"></head><body><header class=\"top\"><a class=\"brand\" href=\"/\">Onsale</a><a \
         class=\"link\" lang=\"{code}\" href=\"{bare}?lang={code}\">{name}</a></header><main class=\"page\"><h1>{title}</h1>\
         {body}</main></body></html>",
        language.code(),
        refresh.unwrap_or_default(),
        code = other.code(),
        title = escaped(title),
    );
    let mut response = (StatusCode::OK, page).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}
