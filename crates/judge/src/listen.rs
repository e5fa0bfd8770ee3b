//! Waiting on a WebSocket; every frame is recorded.

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::client::Client;
use crate::history::{Entry, What};
use crate::shop::Shop;

/// The longest silence before one looks for oneself.
const SILENCE_MAX: Duration = Duration::from_secs(2);

/// Listens until the own place no longer waits, the connection ends, or nothing is heard.
pub async fn until_news(client: &Client, shop: &Shop, number: u32, session: &str) -> Option<()> {
    let origin = shop.client_origin();
    let mut request = format!("ws://{origin}/v1/live?sale={}", shop.sale).into_client_request().ok()?;
    let cookie = HeaderValue::from_str(&format!("__Host-session={session}")).ok()?;
    request.headers_mut().insert("cookie", cookie);
    let connecting = tokio_tungstenite::connect_async(request);
    let (mut socket, _) = tokio::time::timeout(SILENCE_MAX, connecting).await.ok()?.ok()?;
    // Frames of one connection come in order: they share the number of a call.
    let call = client.recorder().call();
    while !client.is_over() {
        let message = tokio::time::timeout(SILENCE_MAX, socket.next()).await.ok()??.ok()?;
        let Message::Text(text) = message else { continue };
        let told: Value = serde_json::from_str(&text).ok()?;
        let kind = told["type"].as_str().unwrap_or_default().to_owned();
        let over = kind == "bye" || (kind == "place" && told["place"]["stage"] != "waiting");
        let now = client.recorder().now_us();
        client.recorder().add(&Entry {
            client: number,
            call,
            what: What::Frame,
            of: kind,
            sent_us: now,
            answered_us: Some(now),
            status: 200,
            code: String::new(),
            asked: Value::Null,
            told,
        });
        if over {
            return Some(());
        }
    }
    None
}
