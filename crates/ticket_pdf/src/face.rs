//! The font: which glyph a letter has, and how wide it is.

use std::sync::LazyLock;

use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};

use crate::error::TicketPdfError;

/// Hangul, Latin, punctuation and currency signs; `font/README.md` says where it comes from.
static BYTES: &[u8] = include_bytes!("../font/ticket-gothic.otf");

static FACE: LazyLock<Option<Face>> = LazyLock::new(Face::read);

/// What stands for a letter that the font lacks.
const SUBSTITUTES: [char; 2] = ['□', '?'];

/// The font, ready for use.
pub(crate) struct Face {
    font: Font,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    units_per_em: f32,
    substitute: skrifa::GlyphId,
}

impl Face {
    /// The one there is. It is read once.
    pub(crate) fn get() -> Result<&'static Self, TicketPdfError> {
        FACE.as_ref().ok_or(TicketPdfError::Font)
    }

    fn read() -> Option<Self> {
        let parsed = FontRef::new(BYTES).ok()?;
        let charmap = parsed.charmap();
        let substitute = SUBSTITUTES.into_iter().find_map(|letter| charmap.map(letter))?;
        let units_per_em = f32::from(parsed.metrics(Size::unscaled(), LocationRef::default()).units_per_em);
        let metrics = parsed.glyph_metrics(Size::unscaled(), LocationRef::default());
        Some(Self { font: Font::new(BYTES.into(), 0)?, charmap, metrics, units_per_em, substitute })
    }

    /// For drawing.
    pub(crate) fn font(&self) -> Font {
        self.font.clone()
    }

    /// How wide a text is in points, at a size in points.
    pub(crate) fn width(&self, text: &str, size: f32) -> f32 {
        text.chars().map(|letter| self.advance(self.glyph(letter))).sum::<f32>() * size
    }

    /// The glyphs of a text, a letter each: neither Hangul syllables nor Latin need more.
    pub(crate) fn glyphs(&self, text: &str) -> Vec<KrillaGlyph> {
        let letters = text.char_indices();
        letters
            .map(|(at, letter)| {
                let glyph = self.glyph(letter);
                let id = GlyphId::new(glyph.to_u32());
                KrillaGlyph::new(id, self.advance(glyph), 0.0, 0.0, 0.0, at..at + letter.len_utf8(), None)
            })
            .collect()
    }

    fn glyph(&self, letter: char) -> skrifa::GlyphId {
        self.charmap.map(letter).unwrap_or(self.substitute)
    }

    /// The width of a glyph, of 1 for the size.
    fn advance(&self, glyph: skrifa::GlyphId) -> f32 {
        self.metrics.advance_width(glyph).unwrap_or_default() / self.units_per_em
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn the_font_has_every_hangul_syllable_and_what_names_are_written_with() {
        let face = Face::get().unwrap();
        let wanted = ('가'..='힣').chain(' '..='~').chain('¡'..='ÿ').chain("“”‘’…–—·₩€£¥ŒœŠšŽž□".chars());
        let missing: String =
            wanted.filter(|letter| *letter != '\u{ad}' && face.charmap.map(*letter).is_none()).collect();
        assert_eq!(missing, "");
    }

    #[test]
    fn a_letter_the_font_lacks_is_as_wide_as_a_box() {
        let face = Face::get().unwrap();
        assert!(face.charmap.map('𓀀').is_none());
        assert_eq!(face.width("𓀀", 10.0), face.width("□", 10.0));
        assert!(face.width("□", 10.0) > 1.0);
        assert_eq!(face.glyphs("a𓀀").len(), 2);
    }
}
