//! A sale without JavaScript: one page that refreshes itself, and forms. Whoever has no scripts, or a browser that
//! cannot run ours, stands in the same line, is told the same, and can buy the best places there are.

mod page;
mod refusal;

pub use refusal::as_page;

use axum::extract::{Form, Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::PriceLevelIndex;
use sale::{Answer, BestAvailable, Choice, Command};
use serde::Deserialize;

use crate::app::App;
use crate::edge::admission::{Bearer, Shown};
use crate::edge::client_address::ClientAddress;
use crate::edge::identity::Signed;
use crate::edge::join_proof::ShownProof;
use crate::edge::of_sale::OfSale;
use crate::edge::query::Query;
use crate::edge_state::Edge;
use crate::problem::{ApiError, ApiResult};
use crate::routes::{account, line, order};
use crate::texts::Language;
use crate::wire::status::StatusBody;
use page::PlainPage;

/// In which language.
#[derive(Debug, Default, Deserialize)]
pub struct PlainQuery {
    lang: Option<String>,
}

/// Where the fan stands now, and what can be done.
pub async fn look(
    State(edge): State<Edge>,
    signed: Option<Signed>,
    shown: Shown,
    headers: HeaderMap,
    Path(sale): Path<String>,
    Query(query): Query<PlainQuery>,
) -> ApiResult<Response> {
    show(&edge, signed, &shown, Language::of(query.lang.as_deref(), &headers), &sale).await
}

/// The address of a form that was opened by itself: back to the page.
pub async fn back(Path(sale): Path<String>, Query(query): Query<PlainQuery>) -> Redirect {
    then_look(&sale, &query)
}

/// Joins the line.
pub async fn join(
    State(edge): State<Edge>,
    from: ClientAddress,
    signed: Signed,
    proof: ShownProof,
    Path(sale): Path<String>,
    Query(query): Query<PlainQuery>,
) -> ApiResult<Redirect> {
    let joined = OfSale(edge.sales.find(&sale)?);
    line::join(State(edge), from, signed, Default::default(), proof, joined).await?;
    Ok(then_look(&sale, &query))
}

/// Comes in when the turn has come.
pub async fn enter(
    State(edge): State<Edge>,
    signed: Signed,
    shown: Shown,
    Path(sale): Path<String>,
    Query(query): Query<PlainQuery>,
    Form(form): Form<PassForm>,
) -> ApiResult<Redirect> {
    let found = edge.sales.find(&sale)?;
    let shown = shown.with_pass(form.pass.as_deref());
    line::enter(State(edge), signed, shown, OfSale(found)).await?;
    Ok(then_look(&sale, &query))
}

/// Signs in.
pub async fn sign_in(
    State(app): State<App>,
    from: ClientAddress,
    Path(sale): Path<String>,
    Query(query): Query<PlainQuery>,
    Form(who): Form<account::SignIn>,
) -> ApiResult<Response> {
    let signed_in = account::sign_in(State(app), from, crate::edge::body::Json(who)).await?;
    let mut response = then_look(&sale, &query).into_response();
    if let Some(cookie) = signed_in.headers().get(header::SET_COOKIE) {
        response.headers_mut().insert(header::SET_COOKIE, cookie.clone());
    }
    Ok(response)
}

/// The admission pass that the page has put into its form.
#[derive(Deserialize)]
pub struct PassForm {
    #[serde(default)]
    pass: Option<String>,
}

/// So many of the best places.
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    pass: Option<String>,
    count: u32,
    #[serde(default)]
    level: Option<u8>,
    #[serde(default)]
    accessible: u32,
}

/// Takes the best places there are and goes on to pay for them.
pub async fn buy(
    State(app): State<App>,
    signed: Signed,
    shown: Shown,
    Path(sale): Path<String>,
    Query(query): Query<PlainQuery>,
    Form(wanted): Form<Wanted>,
) -> ApiResult<Redirect> {
    take(app, signed, shown.with_pass(wanted.pass.as_deref()), &sale, &wanted).await?;
    Ok(then_look(&sale, &query))
}

async fn take(app: App, signed: Signed, shown: Shown, sale: &str, wanted: &Wanted) -> ApiResult<()> {
    let entry = app.sales.find(sale)?;
    let bearer = Bearer { account: signed.account(), sale: entry.handle.sale(), shown: &shown };
    app.edge.admission.check(bearer, app.now())?;
    let level = wanted.level.map(PriceLevelIndex);
    if wanted.accessible > wanted.count {
        let sentence = "There cannot be more spaces for wheelchairs than tickets.";
        return Err(ApiError::new("choice_invalid", sentence));
    }
    let choice = Choice::BestAvailable(BestAvailable {
        count: wanted.count,
        level,
        adjacent: false,
        accessible: wanted.accessible,
    });
    match entry.handle.submit(Command::PlaceHold { account: signed.account(), choice }).await?? {
        Answer::Held(_) => {}
        other => return Err(ApiError::new("internal", format!("An unexpected answer to a choice: {other:?}."))),
    }
    order::begin(State(app), signed, Path(sale.to_owned()), Default::default()).await.map(drop)
}

/// After a form the page is asked for anew, so that reloading it repeats nothing.
fn then_look(sale: &str, query: &PlainQuery) -> Redirect {
    Redirect::to(&path(sale, query.lang.as_deref()))
}

/// Only what cannot end the address or the page stays of what was asked.
fn path(sale: &str, language: Option<&str>) -> String {
    let safe = |text: &str| -> String { text.chars().filter(|it| it.is_ascii_alphanumeric() || *it == '_').collect() };
    let sale = safe(sale);
    match language.map(safe) {
        Some(language) => format!("/sales/{sale}/plain?lang={language}"),
        None => format!("/sales/{sale}/plain"),
    }
}

async fn show(edge: &Edge, signed: Option<Signed>, shown: &Shown, language: Language, id: &str) -> ApiResult<Response> {
    let sale = edge.sales.find(id)?;
    let status = StatusBody::of(&sale.desk.view(), sale.facts.currency, sale.time(edge.now()));
    let own = match &signed {
        Some(signed) => sale.desk.own(signed.account(), None).await?,
        None => (None, None),
    };
    let pass = signed.as_ref().zip(own.0.as_ref()).and_then(|(signed, place)| {
        let bearer = Bearer { account: signed.account(), sale: sale.desk.sale(), shown };
        edge.admission.issue(place, bearer, edge.now())
    });
    let path = path(id, Some(language.code()));
    let page = PlainPage { sale: &sale, status: &status, language, path, pass };
    Ok(page.write(signed.is_some(), own, sale.time(edge.now())))
}
