//! The page of one ticket: words in the upper half, the code in the lower one, so that it may be folded between.

use krilla::geom::Rect;
use krilla::surface::Surface;
use krilla::tagging::{Node, Tag, TagGroup};
use tickets::QrGrid;

use crate::error::TicketPdfError;
use crate::face::Face;
use crate::paper::{Field, TicketPaper};
use crate::sheet::{Look, Place, Sheet};
use crate::words::{Choice, clean, fit};

/// The width of A4, in points.
pub(crate) const WIDTH: f32 = 595.28;
/// The height of A4, in points.
pub(crate) const HEIGHT: f32 = 841.89;

const LEFT: f32 = 56.0;
const INNER: f32 = WIDTH - 2.0 * LEFT;
const TOP: f32 = 54.0;
/// Where the paper may be folded; no words above reach it.
const FOLD: f32 = 480.0;
/// Where the code begins. Its quiet zone of four modules is white paper on every side.
const CODE_TOP: f32 = 506.0;
/// 70 mm: a module is 1.7 mm, and is read at an arm's length.
const CODE_SIDE: f32 = 198.0;
const FOOT_TOP: f32 = 800.0;
/// Between two columns.
const GAP: f32 = 16.0;

const EVENT: &[Choice] = &[(28.0, 2), (22.0, 3), (16.0, 5)];
const STARTS: &[Choice] = &[(15.0, 1), (12.0, 2)];
const DOORS: &[Choice] = &[(11.0, 1), (9.0, 2)];
const VENUE: &[Choice] = &[(13.0, 2), (10.0, 3)];
const NOTICE: &[Choice] = &[(11.0, 2), (9.0, 4)];
const NAME: &[Choice] = &[(10.0, 1)];
const PLACE: &[Choice] = &[(22.0, 1), (16.0, 2), (12.0, 3), (9.0, 4)];
const PRICE: &[Choice] = &[(13.0, 1), (11.0, 2), (9.0, 3)];
const NUMBER: &[Choice] = &[(12.0, 1)];
const HINT: &[Choice] = &[(10.5, 3), (9.0, 4)];
const FOOT: &[Choice] = &[(9.0, 1)];

/// Draws a ticket and gives its tags in the order in which it is read.
pub(crate) fn draw(surface: Surface<'_>, face: &'static Face, paper: &TicketPaper) -> Result<TagGroup, TicketPdfError> {
    let mut page = Page { sheet: Sheet::new(surface, face), face, top: TOP, tags: Vec::new() };
    page.heading(&paper.event);
    page.line(&paper.starts, STARTS, Look::Bold);
    if let Some(doors) = &paper.doors {
        page.line(doors, DOORS, Look::Muted);
    }
    page.top += 4.0;
    page.line(&paper.venue, VENUE, Look::Plain);
    if let Some(notice) = &paper.notice {
        page.notice(notice);
    }
    page.top += 18.0;
    page.fields(&paper.place, PLACE);
    page.top += 10.0;
    page.fields(&paper.price, PRICE);
    page.sheet.dashes(LEFT, WIDTH - LEFT, FOLD);
    page.code(paper)?;
    page.sheet.finish();
    Ok(TagGroup::with_children(Tag::Section, page.tags))
}

struct Page<'a> {
    sheet: Sheet<'a>,
    face: &'static Face,
    /// Where the next thing goes, in points from the upper edge.
    top: f32,
    tags: Vec<Node>,
}

impl Page<'_> {
    fn heading(&mut self, event: &str) {
        let lines = fit(self.face, event, INNER, EVENT);
        let (nodes, end) = self.sheet.text(&lines, self.here(), Look::Bold);
        let tag = Tag::Hn(std::num::NonZeroU16::MIN, Some(clean(event)));
        self.tags.push(TagGroup::with_children(tag, nodes).into());
        self.top = end + 6.0;
    }

    fn line(&mut self, text: &str, choices: &[Choice], look: Look) {
        let place = self.here();
        self.top = self.paragraph(text, place, INNER, choices, look);
    }

    /// A paragraph anywhere; gives where it ends.
    fn paragraph(&mut self, text: &str, place: Place, width: f32, choices: &[Choice], look: Look) -> f32 {
        let lines = fit(self.face, text, width, choices);
        let (nodes, end) = self.sheet.text(&lines, place, look);
        self.tags.push(TagGroup::with_children(Tag::P, nodes).into());
        end
    }

    fn notice(&mut self, notice: &str) {
        const PADDING: f32 = 8.0;
        let top = self.top + 10.0;
        let place = Place { left: LEFT + PADDING, top: top + PADDING, centred: None };
        let end = self.paragraph(notice, place, INNER - 2.0 * PADDING, NOTICE, Look::Bold) + PADDING;
        self.sheet.frame(Rect::from_xywh(LEFT, top, INNER, end - top));
        self.top = end;
    }

    /// Values beside each other, each with its name above it.
    fn fields(&mut self, fields: &[Field], choices: &[Choice]) {
        let width = (INNER + GAP) / fields.len().max(1) as f32 - GAP;
        let mut bottom = self.top;
        for (column, field) in fields.iter().enumerate() {
            let left = LEFT + column as f32 * (width + GAP);
            let name = fit(self.face, &field.name, width, NAME);
            let (mut nodes, end) = self.sheet.text(&name, Place { left, top: self.top, centred: None }, Look::Muted);
            let value = fit(self.face, &field.value, width, choices);
            let (values, end) = self.sheet.text(&value, Place { left, top: end + 1.0, centred: None }, Look::Bold);
            nodes.extend(values);
            self.tags.push(TagGroup::with_children(Tag::P, nodes).into());
            bottom = bottom.max(end);
        }
        self.top = bottom;
    }

    fn code(&mut self, paper: &TicketPaper) -> Result<(), TicketPdfError> {
        let grid = QrGrid::of(&paper.code)?;
        let drawn = self.sheet.code(&grid, (WIDTH - CODE_SIDE) / 2.0, CODE_TOP, CODE_SIDE);
        let tag = Tag::Figure(Some(clean(&paper.code_words)));
        self.tags.push(TagGroup::with_children(tag, vec![drawn]).into());
        let centred = |top: f32| Place { left: LEFT, top, centred: Some(INNER) };
        let quiet = CODE_SIDE / grid.side() as f32 * tickets::QUIET_ZONE as f32;
        let top = CODE_TOP + CODE_SIDE + quiet;
        let end = self.paragraph(&paper.number, centred(top), INNER, NUMBER, Look::Bold);
        self.paragraph(&paper.hint, centred(end + 4.0), INNER, HINT, Look::Plain);
        self.paragraph(&paper.foot, centred(FOOT_TOP), INNER, FOOT, Look::Muted);
        Ok(())
    }

    fn here(&self) -> Place {
        Place { left: LEFT, top: self.top, centred: None }
    }
}
