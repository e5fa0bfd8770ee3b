//! Every route, grouped by who calls it.

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, any, get, post};
use tower_http::compression::CompressionLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::edge::shell::{self, ShellLayer};
use crate::edge_state::Edge;
use crate::elsewhere;
use crate::pass_on::{self, Engines};
use crate::{live, openapi, pages, plain, routes as to};

/// Bytes of a form: an address, a password, a choice.
const FORM_BYTES_MAX: usize = 4 * 1_024;

/// The whole HTTP surface.
pub fn router(app: App) -> Router {
    let (api, description) = api().split_for_parts();
    let described = openapi::serve(&description);
    Router::new()
        .merge(api)
        .merge(rest())
        .route("/openapi.json", described)
        .fallback(shell::not_found)
        .method_not_allowed_fallback(shell::method_not_allowed)
        // One layer and no more: each costs every request two allocations.
        .layer(ShellLayer::new(app.edge.clone()))
        .with_state(app)
}

/// The whole HTTP surface of one engine among several: what concerns a sale of another one is passed on to it.
pub fn shared(app: App) -> Router {
    router(app.clone()).layer(from_fn_with_state(app, elsewhere::route))
}

/// What a gateway answers itself; everything else is passed on to an engine.
pub fn gateway(edge: Edge, engine: Engines) -> Router {
    let (hot, _) = hot::<Edge>().merge(browse_sale()).split_for_parts();
    Router::new()
        .merge(hot)
        .route("/v1/live", get(live::socket::upgrade))
        .route("/v1/live/events", get(live::events::events))
        .merge(pages::pages().layer(CompressionLayer::new()))
        .merge(plain_for_all())
        .merge(plain_passed_on(&engine))
        .route("/livez", get(to::health::livez))
        .route("/readyz", get(to::health::gateway_readyz))
        .route("/metrics", get(to::health::gateway_metrics))
        .fallback_service(get_any::<()>(engine))
        .layer(ShellLayer::new(edge.clone()))
        .with_state(edge)
}

fn get_any<S>(engine: Engines) -> MethodRouter<S> {
    any(pass_on::pass_on).with_state(engine)
}

/// Forms of the page without scripts that the engine answers; that it cannot be reached is told as a page too.
fn plain_passed_on(engine: &Engines) -> Router<Edge> {
    Router::new()
        .route("/sales/{sale}/plain/sign-in", get_any(engine.clone()))
        .route("/sales/{sale}/plain/buy", get_any(engine.clone()))
        .layer(from_fn(plain::as_page))
}

/// What fans ask most, and all that a sale's minute needs.
fn hot<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Edge: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(to::line::join))
        .routes(routes!(to::line::look, to::line::leave))
        .routes(routes!(to::line::positions))
        .routes(routes!(to::line::enter))
        .routes(routes!(to::hold::choose, to::hold::release))
}

/// The API with its description.
pub fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::base())
        // Everybody
        .merge(browse())
        .merge(browse_sale())
        // Fans
        .routes(routes!(to::account::sign_up))
        .routes(routes!(to::account::sign_in, to::account::sign_out))
        .routes(routes!(to::account::me, to::account::change_profile))
        .routes(routes!(to::account::change_password))
        .routes(routes!(to::account::sign_out_everywhere))
        .merge(hot())
        .routes(routes!(to::order::begin, to::buyers::orders))
        .routes(routes!(to::order::list))
        .routes(routes!(to::order::look, to::order::cancel))
        .merge(printed())
        .routes(routes!(to::ticket::list))
        .routes(routes!(to::ticket::look))
        .routes(routes!(to::ticket::qr))
        // Payment provider
        .routes(routes!(to::payment::webhook))
        // Gates
        .routes(routes!(to::check_in::check_in))
        // Organisers
        .routes(routes!(to::organiser::create_venue))
        .routes(routes!(to::organiser::create_event))
        .routes(routes!(to::organiser::create_performance))
        .routes(routes!(to::edit::change_venue))
        .routes(routes!(to::edit::change_event))
        .routes(routes!(to::edit::change_performance))
        .routes(routes!(to::organiser::import_plan))
        .routes(routes!(to::organiser::create_sale))
        .routes(routes!(to::own::events))
        .routes(routes!(to::own::venues))
        .routes(routes!(to::own::plans))
        .routes(routes!(to::own::plan))
        .routes(routes!(to::own::sales))
        .routes(routes!(to::buyers::guests))
        .routes(routes!(to::organiser::pause))
        .routes(routes!(to::organiser::resume))
        .routes(routes!(to::organiser::close))
        .routes(routes!(to::organiser::show_pace, to::organiser::set_pace))
        .routes(routes!(to::conduct::set_lobby))
        .routes(routes!(to::conduct::announce))
        .routes(routes!(to::conduct::correct_no_shows))
        .routes(routes!(to::organiser::block))
        .routes(routes!(to::organiser::unblock))
        .routes(routes!(to::order::refund))
        // Operators
        .routes(routes!(to::account::set_up))
        .routes(routes!(to::operator::create_organiser, to::operator::organisers))
        .routes(routes!(to::operator::grant_role))
        .routes(routes!(to::operator::rehearsal_fans))
        .routes(routes!(to::operator::check))
        .routes(routes!(to::operator::audit))
        .routes(routes!(to::operations::operations))
        .routes(routes!(to::operations::move_sale))
}

/// What fans print.
fn printed() -> OpenApiRouter<App> {
    let printed = OpenApiRouter::new();
    #[cfg(feature = "pdf")]
    let printed = printed.routes(routes!(to::ticket_pdf::print));
    printed
}

/// What may be kept by caches, compressed.
fn browse() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(to::event::list))
        .routes(routes!(to::event::show))
        .routes(routes!(to::conduct::show_draw))
        .routes(routes!(to::ticket::keys))
        .layer(CompressionLayer::new())
}

/// One sale, for everybody.
fn browse_sale<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Edge: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(to::sale::show))
        .routes(routes!(to::sale::plan))
        .routes(routes!(to::sale::status))
        .routes(routes!(to::sale::seats))
        .layer(CompressionLayer::new())
}

/// The page without JavaScript, wherever fans connect.
fn plain_for_all<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    Edge: FromRef<S>,
{
    Router::new()
        .route("/sales/{sale}/plain", get(plain::look))
        .route("/sales/{sale}/plain/join", post(plain::join).get(plain::back))
        .route("/sales/{sale}/plain/enter", post(plain::enter).get(plain::back))
        .layer(from_fn(plain::as_page))
}

/// What of it needs accounts and payments; gateways pass it on.
fn plain_here() -> Router<App> {
    Router::new()
        .route("/sales/{sale}/plain/sign-in", post(plain::sign_in).get(plain::back))
        .route("/sales/{sale}/plain/buy", post(plain::buy).get(plain::back))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(from_fn(plain::as_page))
}

/// Pages, live updates, and what those who watch the server ask.
fn rest() -> Router<App> {
    Router::new()
        .merge(pages::pages())
        .merge(plain_for_all())
        .merge(plain_here())
        .route("/docs/errors/{code}", get(pages::error))
        .layer(CompressionLayer::new())
        .route("/v1/live", get(live::socket::upgrade))
        .route("/v1/live/events", get(live::events::events))
        .route("/livez", get(to::health::livez))
        .route("/readyz", get(to::health::readyz))
        .route("/metrics", get(to::health::metrics))
}
