//! The wall clock, for what the API wants as an instant.

/// Now, as RFC 3339 with seconds added.
#[expect(clippy::disallowed_methods, reason = "a client of the server has only this clock")]
pub fn in_seconds(seconds: i64) -> String {
    (jiff::Timestamp::now() + jiff::SignedDuration::from_secs(seconds)).to_string()
}
