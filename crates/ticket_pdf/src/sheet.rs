//! One page to draw on. What is drawn is either a piece of the text, with a tag, or an ornament, which a screen reader
//! passes over.

use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule, Stroke, StrokeDash};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ContentTag, Identifier, Node, SpanTag};
use tickets::QrGrid;

use crate::face::Face;
use crate::words::Lines;

/// Of the size of a text, from one line to the next.
const LEADING: f32 = 1.3;
/// Of the size of a text, from the top of a line to what the letters stand on.
const ASCENT: f32 = 0.95;
/// Of the size of a text: so thick is the outline that makes it bold.
const BOLD: f32 = 0.035;

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Look {
    /// Black.
    Plain,
    /// Black and bold.
    Bold,
    /// Grey.
    Muted,
}

/// Where a text stands, in points from the left and upper edge.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// The left end of its lines.
    pub(crate) left: f32,
    /// The top of its first line.
    pub(crate) top: f32,
    /// Lines stand in the middle of so many points.
    pub(crate) centred: Option<f32>,
}

/// A page.
pub(crate) struct Sheet<'a> {
    surface: Surface<'a>,
    face: &'static Face,
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(surface: Surface<'a>, face: &'static Face) -> Self {
        Self { surface, face }
    }

    /// Nothing more is drawn on it.
    pub(crate) fn finish(self) {
        self.surface.finish();
    }

    /// Draws lines and gives what a tag holds of them, and where they end, in points from the upper edge.
    pub(crate) fn text(&mut self, lines: &Lines, place: Place, look: Look) -> (Vec<Node>, f32) {
        let mut top = place.top;
        let mut nodes = Vec::new();
        for line in lines.lines.iter().filter(|line| !line.is_empty()) {
            let indent =
                place.centred.map_or(0.0, |width| (width - self.face.width(line.trim_end(), lines.size)) / 2.0);
            let start = Point::from_xy(place.left + indent, top + lines.size * ASCENT);
            nodes.push(self.line(line, start, lines.size, look).into());
            top += lines.size * LEADING;
        }
        (nodes, top)
    }

    fn line(&mut self, line: &str, start: Point, size: f32, look: Look) -> Identifier {
        let color = match look {
            Look::Plain | Look::Bold => rgb::Color::new(21, 22, 27),
            Look::Muted => rgb::Color::new(90, 93, 104),
        };
        let outline = Stroke { paint: color.into(), width: size * BOLD, ..Stroke::default() };
        let tagged = self.surface.start_tagged(ContentTag::Span(SpanTag::empty()));
        self.surface.set_fill(Some(filled(color)));
        self.surface.set_stroke(matches!(look, Look::Bold).then_some(outline));
        self.surface.draw_glyphs(start, &self.face.glyphs(line), self.face.font(), line, size, false);
        self.surface.end_tagged();
        tagged
    }

    /// Draws a QR code in a square of `side` points, and gives what a tag holds of it.
    pub(crate) fn code(&mut self, grid: &QrGrid, left: f32, top: f32, side: f32) -> Node {
        let module = side / grid.side() as f32;
        let at = |start: f32, modules: usize| start + modules as f32 * module;
        let mut path = PathBuilder::new();
        for run in grid.runs() {
            let end = run.x + run.length;
            path.move_to(at(left, run.x), at(top, run.y));
            path.line_to(at(left, end), at(top, run.y));
            path.line_to(at(left, end), at(top, run.y + 1));
            path.line_to(at(left, run.x), at(top, run.y + 1));
            path.close();
        }
        let tagged = self.surface.start_tagged(ContentTag::Other);
        if let Some(path) = path.finish() {
            self.surface.set_fill(Some(filled(rgb::Color::new(0, 0, 0))));
            self.surface.set_stroke(None);
            self.surface.draw_path(&path);
        }
        self.surface.end_tagged();
        tagged.into()
    }

    /// A dashed line across.
    pub(crate) fn dashes(&mut self, left: f32, right: f32, top: f32) {
        let mut path = PathBuilder::new();
        path.move_to(left, top);
        path.line_to(right, top);
        self.ornament(path.finish(), Some(StrokeDash { array: vec![4.0, 4.0], offset: 0.0 }));
    }

    /// A frame.
    pub(crate) fn frame(&mut self, rect: Option<Rect>) {
        let mut path = PathBuilder::new();
        if let Some(rect) = rect {
            path.push_rect(rect);
        }
        self.ornament(path.finish(), None);
    }

    fn ornament(&mut self, path: Option<Path>, dash: Option<StrokeDash>) {
        let Some(path) = path else { return };
        let stroke = Stroke { paint: rgb::Color::new(111, 114, 125).into(), width: 0.8, dash, ..Stroke::default() };
        self.surface.start_tagged(ContentTag::Artifact(Artifact::default()));
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(stroke));
        self.surface.draw_path(&path);
        self.surface.end_tagged();
    }
}

fn filled(color: rgb::Color) -> Fill {
    Fill { paint: color.into(), opacity: NormalizedF32::ONE, rule: FillRule::NonZero }
}
