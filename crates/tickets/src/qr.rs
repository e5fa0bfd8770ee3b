//! A ticket code as a QR code in SVG: sharp at every size, one path, no script.

use std::fmt::Write;

use crate::qr_grid::{QUIET_ZONE, QrError, QrGrid};

/// Characters of the title that are kept.
const TITLE_CHARS_MAX: usize = 200;

/// Draws `text` as an SVG of one unit per module, error correction M (15 % of it may be unreadable).
///
/// `title` is what a screen reader says; it is escaped. The picture has its own white ground, so that it can be
/// scanned on a dark page.
///
/// # Errors
/// When the text is too long.
pub fn qr_svg(text: &str, title: &str) -> Result<String, QrError> {
    let grid = QrGrid::of(text)?;
    let side = grid.side() + 2 * QUIET_ZONE;
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" role=\"img\" \
         shape-rendering=\"crispEdges\"><title>{title}</title>\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path fill=\"#000\" d=\"{path}\"/></svg>",
        title = escape(title),
        path = path(&grid),
    ))
}

/// One rectangle for each horizontal run of dark modules.
fn path(grid: &QrGrid) -> String {
    let mut path = String::new();
    for run in grid.runs() {
        let (x, y, length) = (run.x + QUIET_ZONE, run.y + QUIET_ZONE, run.length);
        // Writing to a String cannot fail.
        let _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
    }
    path
}

/// Escapes markup and drops control characters, which XML does not allow.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for char in text.chars().filter(|char| !char.is_control()).take(TITLE_CHARS_MAX) {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\u{fffe}' | '\u{ffff}' => {}
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use qrcode::{Color, EcLevel, QrCode};

    use super::*;

    /// The dark modules that the path of a drawing covers.
    fn dark_modules(svg: &str, side: usize) -> Vec<bool> {
        let path = svg.split("fill=\"#000\" d=\"").nth(1).unwrap().split('"').next().unwrap();
        let mut dark = vec![false; side * side];
        for run in path.split('M').filter(|run| !run.is_empty()) {
            let (at, length) = run.split_once('h').unwrap();
            let (x, y) = at.split_once(' ').unwrap();
            let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
            let length: usize = length.split('v').next().unwrap().parse().unwrap();
            dark[y * side + x..y * side + x + length].fill(true);
        }
        dark
    }

    #[test]
    fn the_drawing_covers_exactly_the_dark_modules() {
        let text = "ONSALE1.ABCDEFGHIJKLMNOP";
        let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
        let side = code.width() + 8;
        let svg = qr_svg(text, "Ticket").unwrap();
        assert!(svg.contains(&format!("viewBox=\"0 0 {side} {side}\"")));
        let drawn = dark_modules(&svg, side);
        for y in 0..side {
            for x in 0..side {
                let inside = (4..side - 4).contains(&x) && (4..side - 4).contains(&y);
                let dark = inside && code[(x - 4, y - 4)] == Color::Dark;
                assert_eq!(drawn[y * side + x], dark, "module {x}, {y}");
            }
        }
    }

    #[test]
    fn a_title_cannot_smuggle_markup_in() {
        let svg = qr_svg("A", "</title><script>alert(1)</script>\u{0}&").unwrap();
        assert!(svg.contains("<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;</title>"));
        assert!(!svg.contains("<script"));
    }

    #[test]
    fn a_long_text_is_refused() {
        assert_eq!(qr_svg(&"A".repeat(513), "Ticket"), Err(QrError));
    }
}
