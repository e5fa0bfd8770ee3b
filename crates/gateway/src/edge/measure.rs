//! How long each route takes and how it ends.
//!
//! Looking a metric up by its labels costs more than recording it, so each thread keeps the handles it has used.

use std::cell::RefCell;
use std::time::Duration;

use axum::http::{Method, StatusCode};
use hashbrown::HashMap;
use metrics::{Counter, Histogram, counter, histogram};

/// Handles a thread keeps, at most; there are fewer routes than that.
const KEPT_MAX: usize = 2_048;

type Key = (&'static str, u16, usize, usize);

thread_local! {
    static KEPT: RefCell<HashMap<Key, (Histogram, Counter)>> = RefCell::default();
}

/// Notes one answer.
pub(super) fn note(route: &str, method: &Method, status: StatusCode, took: Duration) {
    let class = status.as_u16() / 100;
    // A route's pattern lives as long as the router: its address and length name it.
    let key: Key = (verb(method), class, route.as_ptr() as usize, route.len());
    KEPT.with_borrow_mut(|kept| {
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        let (seconds, requests) = kept.entry(key).or_insert_with(|| handles(route, verb(method), class));
        seconds.record(took.as_secs_f64());
        requests.increment(1);
    });
}

fn handles(route: &str, method: &'static str, class: u16) -> (Histogram, Counter) {
    let labels = [("route", route.to_owned()), ("method", method.to_owned())];
    let seconds = histogram!("onsale_http_seconds", &labels);
    let status = format!("{class}xx");
    (seconds, counter!("onsale_http_requests_total", "route" => route.to_owned(), "status" => status))
}

/// The method, for a label: anybody may invent one.
fn verb(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        _ => "other",
    }
}
