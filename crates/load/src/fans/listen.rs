//! Waiting on a WebSocket instead of asking again and again.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use serde::Deserialize;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use super::wire::{Place, PlaceStage};
use super::world::World;

/// The longest silence before a fan looks for itself.
const SILENCE_MAX: Duration = Duration::from_secs(20);

#[derive(Deserialize)]
struct Frame {
    r#type: String,
    place: Option<Place>,
    stage: Option<String>,
}

/// Listens until the own place is no longer waiting, the sale ends, or nothing is heard. True if it was worth it.
pub(super) async fn until_news(world: &World, session: &str) -> bool {
    let Ok(_listener) = world.listeners.try_acquire() else { return false };
    let listening = listen(world, session);
    matches!(
        tokio::time::timeout(world.over_at.saturating_duration_since(Instant::now()), listening).await,
        Ok(Some(()))
    )
}

async fn listen(world: &World, session: &str) -> Option<()> {
    let origin = &world.options.server;
    let mut request =
        format!("ws://{}/v1/live?sale={}", origin.authority, world.options.sale).into_client_request().ok()?;
    let cookie = HeaderValue::from_str(&format!("__Host-session={session}")).ok()?;
    request.headers_mut().insert("cookie", cookie);
    let stream =
        tokio::time::timeout(world.options.exchange_timeout, TcpStream::connect(origin.address)).await.ok()?.ok()?;
    let handshake = tokio_tungstenite::client_async(request, stream);
    let (mut socket, _) = tokio::time::timeout(world.options.exchange_timeout, handshake).await.ok()?.ok()?;
    loop {
        let message = tokio::time::timeout(SILENCE_MAX, socket.next()).await.ok()??.ok()?;
        let Message::Text(text) = message else { continue };
        let Ok(frame) = serde_json::from_str::<Frame>(&text) else { continue };
        match frame.r#type.as_str() {
            "place" if frame.place.is_some_and(|place| place.stage != PlaceStage::Waiting) => return Some(()),
            "status" if matches!(frame.stage.as_deref(), Some("sold_out" | "closed")) && world.board.finished() => {
                return Some(());
            }
            "bye" => return None,
            _ => {}
        }
    }
}
