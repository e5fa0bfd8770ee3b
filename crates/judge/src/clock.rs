//! The wall clock, for what the API wants as an instant.

/// Now, as RFC 3339 with seconds added.
pub fn in_seconds(seconds: i64) -> String {
    (now() + jiff::SignedDuration::from_secs(seconds)).to_string()
}

/// Now.
#[expect(clippy::disallowed_methods, reason = "a client of the server has only this clock")]
pub fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
