//! What is drawn on a page, read from its operators.

use lopdf::content::Operation;
use lopdf::{Document, ObjectId};

/// A matrix of PDF: a b c d e f.
type Matrix = [f32; 6];

const IDENTITY: Matrix = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
const HEIGHT: f32 = 841.89;

/// The modules of the code on a page, row by row from the top: true is dark.
pub(crate) fn dark_modules(pdf: &Document, page: u32) -> Vec<Vec<bool>> {
    let boxes = boxes(pdf, page);
    let edge = |pick: fn(&[f32; 4]) -> f32, better: fn(f32, f32) -> f32| boxes.iter().map(pick).reduce(better).unwrap();
    let (left, right) = (edge(|it| it[0], f32::min), edge(|it| it[2], f32::max));
    let top = edge(|it| it[1], f32::min);
    let module = boxes[0][3] - boxes[0][1];
    let side = ((right - left) / module).round() as usize;
    let mut dark = vec![vec![false; side]; side];
    for [x, y, end, _] in boxes {
        let column = |x: f32| ((x - left) / module).round() as usize;
        dark[((y - top) / module).round() as usize][column(x)..column(end)].fill(true);
    }
    dark
}

/// Where the lines of text stand, in points from the upper edge.
pub(crate) fn lines_from_the_top(pdf: &Document, page: u32) -> Vec<f32> {
    let mut lines = Vec::new();
    walk(pdf, page, |matrix, operation| {
        if operation.operator == "Tm" {
            let numbers = numbers(operation);
            lines.push(HEIGHT - point(matrix, numbers[4], numbers[5]).1);
        }
    });
    lines
}

/// The filled shapes of the page: left, top, right and bottom, in points from the upper edge.
fn boxes(pdf: &Document, page: u32) -> Vec<[f32; 4]> {
    let (mut shapes, mut shape, mut filled) = (Vec::new(), Vec::new(), Vec::new());
    walk(pdf, page, |matrix, operation| match operation.operator.as_str() {
        "m" | "l" => {
            let numbers = numbers(operation);
            let (x, y) = point(matrix, numbers[0], numbers[1]);
            shape.push((x, HEIGHT - y));
        }
        "h" => shapes.push(std::mem::take(&mut shape)),
        "f" | "f*" => filled.append(&mut shapes),
        "S" | "s" | "n" => (shapes.clear(), shape.clear()).0,
        _ => {}
    });
    let sides = |points: Vec<(f32, f32)>| {
        let xs = points.iter().map(|(x, _)| *x);
        let ys = points.iter().map(|(_, y)| *y);
        [
            xs.clone().reduce(f32::min).unwrap(),
            ys.clone().reduce(f32::min).unwrap(),
            xs.reduce(f32::max).unwrap(),
            ys.reduce(f32::max).unwrap(),
        ]
    };
    filled.into_iter().map(sides).collect()
}

/// Calls `look` for every operator of the page with the matrix that holds there.
fn walk(pdf: &Document, page: u32, mut look: impl FnMut(Matrix, &Operation)) {
    let id: ObjectId = pdf.get_pages()[&page];
    let (mut matrix, mut kept) = (IDENTITY, Vec::new());
    for operation in &pdf.get_and_decode_page_content(id).unwrap().operations {
        match operation.operator.as_str() {
            "q" => kept.push(matrix),
            "Q" => matrix = kept.pop().unwrap(),
            "cm" => matrix = multiplied(numbers(operation).try_into().unwrap(), matrix),
            _ => look(matrix, operation),
        }
    }
}

fn numbers(operation: &Operation) -> Vec<f32> {
    operation.operands.iter().map(|operand| operand.as_float().unwrap()).collect()
}

fn point([a, b, c, d, e, f]: Matrix, x: f32, y: f32) -> (f32, f32) {
    (a * x + c * y + e, b * x + d * y + f)
}

fn multiplied(left: Matrix, right: Matrix) -> Matrix {
    let (a, b) = (point_without_shift(right, left[0], left[1]), point_without_shift(right, left[2], left[3]));
    let (e, f) = point(right, left[4], left[5]);
    [a.0, a.1, b.0, b.1, e, f]
}

fn point_without_shift([a, b, c, d, ..]: Matrix, x: f32, y: f32) -> (f32, f32) {
    (a * x + c * y, b * x + d * y)
}
