//! A QR code as a square of dark and light modules, to be drawn by whatever draws.

use qrcode::{Color, EcLevel, QrCode};

/// Light modules around a code, on each side: the standard asks for four.
pub const QUIET_ZONE: usize = 4;
/// Characters of the longest text drawn. A ticket code has fewer.
const TEXT_CHARS_MAX: usize = 512;

/// A text that is not drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This text is too long for a QR code (at most {TEXT_CHARS_MAX} characters).")]
pub struct QrError;

impl QrError {
    /// The stable code of this error.
    pub const fn code(self) -> &'static str {
        "qr_text_too_long"
    }
}

/// The modules of a QR code, without the quiet zone around them.
pub struct QrGrid {
    code: QrCode,
}

/// Dark modules beside each other in one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QrRun {
    /// The column of the first, from the left, counted from 0.
    pub x: usize,
    /// The row, from the top, counted from 0.
    pub y: usize,
    /// How many.
    pub length: usize,
}

impl QrGrid {
    /// The code of `text` at error correction M: 15 % of it may be unreadable.
    ///
    /// # Errors
    /// When the text is too long.
    pub fn of(text: &str) -> Result<Self, QrError> {
        if text.len() > TEXT_CHARS_MAX {
            return Err(QrError);
        }
        let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(|_| QrError)?;
        Ok(Self { code })
    }

    /// Modules in a row, and rows.
    pub fn side(&self) -> usize {
        self.code.width()
    }

    /// All dark modules, row by row.
    pub fn runs(&self) -> Vec<QrRun> {
        let mut runs = Vec::new();
        for (y, row) in self.code.to_colors().chunks(self.side()).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|left, right| left == right) {
                if run[0] == Color::Dark {
                    runs.push(QrRun { x, y, length: run.len() });
                }
                x += run.len();
            }
        }
        runs
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn the_runs_are_exactly_the_dark_modules() {
        let text = "ONSALE1.ABCDEFGHIJKLMNOP";
        let grid = QrGrid::of(text).unwrap();
        let mut dark = vec![Color::Light; grid.side() * grid.side()];
        for run in grid.runs() {
            dark[run.y * grid.side() + run.x..][..run.length].fill(Color::Dark);
        }
        assert_eq!(dark, QrCode::with_error_correction_level(text, EcLevel::M).unwrap().to_colors());
    }

    #[test]
    fn a_text_that_is_too_long_is_refused() {
        assert!(QrGrid::of(&"A".repeat(TEXT_CHARS_MAX)).is_ok());
        assert_eq!(QrGrid::of(&"A".repeat(TEXT_CHARS_MAX + 1)).err(), Some(QrError));
    }
}
