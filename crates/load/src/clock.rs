//! The wall clock of the generator, which decides nothing of a sale: openings to announce, names of folders.

/// Now.
#[expect(clippy::disallowed_methods, reason = "the generator stands outside of the platform and its clock")]
pub fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// Now, in unix milliseconds.
pub fn now_ms() -> i64 {
    now().as_millisecond()
}
