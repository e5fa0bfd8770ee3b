//! Cursors of lists: opaque to the client, so that the order of a list can change without breaking anyone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Problem;

/// A text longer than this is no cursor of ours.
const CURSOR_CHARS_MAX: usize = 64;

/// The cursor that continues `list` after the row with this number.
pub(crate) fn write(list: &str, after: u32) -> String {
    URL_SAFE_NO_PAD.encode(format!("{list}:{after}"))
}

/// The row number in a cursor of `list`.
pub(crate) fn read(list: &str, cursor: &str) -> Result<u32, Problem> {
    let number = || {
        let cursor = Some(cursor).filter(|cursor| cursor.len() <= CURSOR_CHARS_MAX)?;
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
        text.strip_prefix(list)?.strip_prefix(':')?.parse().ok()
    };
    number().ok_or_else(|| {
        Problem::new("cursor_invalid", "This cursor is not from this list; start again without one.").at("/after")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_belongs_to_its_list() {
        let cursor = write("events", 42);
        assert_eq!(read("events", &cursor), Ok(42));
        for wrong in ["", "42", "é", &write("orders", 42), &"A".repeat(500)] {
            assert_eq!(read("events", wrong).map_err(|problem| problem.code), Err("cursor_invalid"), "{wrong}");
        }
    }
}
