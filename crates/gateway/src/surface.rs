//! All of the HTTP surface as connections ask it: the routes that a sale's minute is made of, and the router.
//!
//! The router costs one of those requests about a tenth of its time in user space: two boxed services, their futures,
//! the names in the path, and what it remembers of the match. So the few of them are told by method and path, and their
//! handlers asked at once. Everything else is the router's, which has these routes too: it does without this.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::handler::Handler;
use axum::http::Method;
use axum::response::Response;
use pin_project_lite::pin_project;
use tower::Service;

use crate::edge::of_sale;
use crate::edge::shell::{self, Route, Shelled};
use crate::edge_state::Edge;
use crate::routes::{hold, line};

/// What answers the requests of all connections. Cloning it is cheap.
#[derive(Clone)]
pub struct Surface {
    router: Router,
    /// Answers the hot routes, where nothing else is to see them first.
    edge: Option<Edge>,
}

/// A route that is asked without the router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum HotRoute {
    Choose,
    Enter,
    Join,
    Look,
}

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

pin_project! {
    /// A request on its way.
    pub struct Answered {
        #[pin]
        by: By,
    }
}

pin_project! {
    #[project = ByProjected]
    enum By {
        Handler { #[pin] answer: Shelled<Sure> },
        Router { #[pin] answer: <Router as Service<Request>>::Future },
    }
}

/// The answer of a handler, which does not fail.
struct Sure(Answer);

impl From<Router> for Surface {
    fn from(router: Router) -> Self {
        Self { router, edge: None }
    }
}

impl Surface {
    /// This router, whose hot routes are answered at once.
    pub fn with_shortcuts(router: Router, edge: Edge) -> Self {
        Self { router, edge: Some(edge) }
    }

    /// Answers a request that came from `peer`.
    pub fn call(&self, mut request: Request, peer: SocketAddr) -> Answered {
        let hot = self.edge.as_ref().zip(HotRoute::of(request.method(), request.uri().path()));
        // The address counts for a join alone; putting it in costs an allocation.
        if hot.is_none_or(|(_, route)| route == HotRoute::Join) {
            request.extensions_mut().insert(ConnectInfo(peer));
        }
        let by = match hot {
            Some((edge, route)) => {
                let asked = |request| Sure(route.ask(request, edge.clone()));
                By::Handler { answer: shell::around(edge, Route::Known(route.pattern()), request, asked) }
            }
            // A router is always ready.
            None => By::Router { answer: self.router.clone().call(request) },
        };
        Answered { by }
    }
}

impl HotRoute {
    fn of(method: &Method, path: &str) -> Option<Self> {
        let (_, asked) = of_sale::split(path)?;
        match (method, asked) {
            (&Method::PUT, "hold") => Some(Self::Choose),
            (&Method::POST, "line/me/enter") => Some(Self::Enter),
            (&Method::POST, "line") => Some(Self::Join),
            (&Method::GET, "line/me") => Some(Self::Look),
            _ => None,
        }
    }

    /// As in the description of the API.
    fn pattern(self) -> &'static str {
        match self {
            Self::Choose => "/v1/sales/{sale}/hold",
            Self::Enter => "/v1/sales/{sale}/line/me/enter",
            Self::Join => "/v1/sales/{sale}/line",
            Self::Look => "/v1/sales/{sale}/line/me",
        }
    }

    fn ask(self, request: Request, edge: Edge) -> Answer {
        match self {
            Self::Choose => Handler::call(hold::choose, request, edge),
            Self::Enter => Handler::call(line::enter, request, edge),
            Self::Join => Handler::call(line::join, request, edge),
            Self::Look => Handler::call(line::look, request, edge),
        }
    }
}

impl Future for Sure {
    type Output = Result<Response, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx).map(Ok)
    }
}

impl Future for Answered {
    type Output = Result<Response, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().by.project() {
            ByProjected::Handler { answer } => answer.poll(cx),
            ByProjected::Router { answer } => answer.poll(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [(Method, HotRoute); 4] = [
        (Method::PUT, HotRoute::Choose),
        (Method::POST, HotRoute::Enter),
        (Method::POST, HotRoute::Join),
        (Method::GET, HotRoute::Look),
    ];

    #[test]
    fn hot_routes_are_those_of_the_description() {
        let description = crate::router::api().split_for_parts().1;
        let description = serde_json::to_value(&description).unwrap_or_default();
        for (method, route) in ALL {
            let at = &description["paths"][route.pattern()][method.as_str().to_lowercase()];
            assert!(at.is_object(), "{method} {}", route.pattern());
            assert_eq!(HotRoute::of(&method, &route.pattern().replace("{sale}", "sale_1")), Some(route));
        }
    }

    #[test]
    fn everything_else_is_the_routers() {
        for (method, path) in [
            (Method::GET, "/v1/sales/sale_1/hold"),
            (Method::HEAD, "/v1/sales/sale_1/line/me"),
            (Method::PUT, "/v1/sales/sale_1/hold/"),
            (Method::POST, "/v1/sales/line"),
            (Method::POST, "/v1/sales//v1/sales/line"),
        ] {
            assert_eq!(HotRoute::of(&method, path), None, "{method} {path}");
        }
    }
}
