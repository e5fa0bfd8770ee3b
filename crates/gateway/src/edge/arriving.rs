//! The body of a request while it arrives: whoever sends it too slowly is not waited for.
//!
//! `tower_http::timeout` begins anew with every piece, so that a byte now and then would hold a connection for hours.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

/// For the first bytes, and for whoever stops sending.
const AT_FIRST: Duration = Duration::from_secs(20);
/// From then on so many bytes must come in a second on the average: a line of 32 kbit/s. Both as Apache's
/// `mod_reqtimeout` counts, which gives 20 s and asks for 500 bytes.
const BYTES_PER_SECOND_MIN: u64 = 4_096;

/// A body that fails with [`TooSlow`] once its sender has fallen behind.
pub struct Arriving<B> {
    body: B,
    at_first: Duration,
    received: u64,
    /// Since when it is waited for, and the next look. Nearly every body comes with its head and needs neither.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

/// The sender of a body has fallen behind.
#[derive(Debug)]
pub struct TooSlow;

impl fmt::Display for TooSlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body came too slowly")
    }
}

impl std::error::Error for TooSlow {}

impl<B> Arriving<B> {
    /// Waits for a body as long as is fair.
    pub fn new(body: B) -> Self {
        Self::within(body, AT_FIRST)
    }

    fn within(body: B, at_first: Duration) -> Self {
        Self { body, at_first, received: 0, waiting: None }
    }

    fn allowed(&self) -> Duration {
        self.at_first + Duration::from_secs(self.received / BYTES_PER_SECOND_MIN)
    }
}

impl<B> Body for Arriving<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<axum::BoxError>,
{
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(cx) {
            let frame = frame.map(|frame| frame.map_err(Into::into));
            this.received +=
                frame.iter().flatten().filter_map(Frame::data_ref).map(|data| data.len() as u64).sum::<u64>();
            return Poll::Ready(frame);
        }
        let allowed = this.allowed();
        let (since, look) = this.waiting.get_or_insert_with(|| {
            let now = Instant::now();
            (now, Box::pin(tokio::time::sleep_until(now + allowed)))
        });
        loop {
            ready!(look.as_mut().poll(cx));
            if since.elapsed() >= allowed {
                return Poll::Ready(Some(Err(TooSlow.into())));
            }
            look.as_mut().reset(*since + allowed);
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use axum::body::Body as AnyBody;
    use futures_util::stream;
    use http_body_util::BodyExt;

    use super::*;

    /// What comes of so many pieces, one after each pause, where 300 ms are allowed at first.
    async fn collect(piece: &'static [u8], pieces: usize, pause_ms: u64) -> Result<usize, String> {
        let pieces = stream::unfold(0, move |sent| async move {
            tokio::time::sleep(Duration::from_millis(pause_ms)).await;
            (sent < pieces).then(|| (Ok::<_, std::io::Error>(piece), sent + 1))
        });
        let body = Arriving::within(AnyBody::from_stream(pieces), Duration::from_millis(300));
        Ok(body.collect().await.map_err(|error| error.to_string())?.to_bytes().len())
    }

    #[tokio::test]
    async fn who_sends_steadily_may_take_longer() {
        let began = Instant::now();
        assert_eq!(collect(&[0; 4_096], 40, 20).await.unwrap(), 40 * 4_096);
        assert!(began.elapsed() > Duration::from_millis(600));
    }

    #[tokio::test]
    async fn who_drips_or_stops_is_not_waited_for() {
        assert!(collect(&[0], 1_000, 20).await.is_err());
        assert!(collect(&[0], 1, 3_600_000).await.is_err());
    }
}
