//! The picture of the comparison: holds per second of each way at each number of clients, on a scale of tens.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use domain::Problem;

use super::{CLIENTS, MANY, Reached, Way, ours};
use crate::report::Report;

const WIDTH: f64 = 860.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 70.0;
const BAR: f64 = 15.0;
const ROW_GAP: f64 = 12.0;
const TOP: f64 = 70.0;
/// Readable on white, and told apart by those who see few colours; few clients are light, many are dark.
const COLORS: [&str; 5] = ["#9ecae1", "#6baed6", "#3182bd", "#08519c", "#08306b"];

/// Writes `contention.svg` into `folder` and gives its path.
///
/// # Errors
/// `report_not_written`.
pub fn write(folder: &Path, report: &Report) -> Result<PathBuf, Problem> {
    let path = folder.join("contention.svg");
    std::fs::write(&path, draw(report)).map_err(|error| {
        Problem::new("report_not_written", format!("The picture {} cannot be written.", path.display())).internal(error)
    })?;
    Ok(path)
}

fn draw(report: &Report) -> String {
    let mut names: Vec<&str> = Way::ALL.iter().map(|way| way.name()).collect();
    names.extend(Reached::ALL.iter().map(|reached| reached.name()));
    names.extend([ours::POSTGRES, ours::SQLITE]);
    let rate = |name: &str, clients: u32| report.figures.get(&format!("{name}_{clients}_per_second")).copied();
    let (mut bars, mut y) = (String::new(), TOP);
    for name in names {
        let first = y;
        for (color, clients) in COLORS.iter().zip(CLIENTS.into_iter().chain([MANY])) {
            let Some(rate) = rate(name, clients) else { continue };
            // A hundred at the left edge, a million at the right one.
            let length = (rate.max(100.0).log10() - 2.0) / 4.0 * (WIDTH - LEFT - RIGHT);
            let (text_x, text_y) = (LEFT + length + 5.0, y + BAR - 4.0);
            let _ = writeln!(
                bars,
                "<rect x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" height=\"{}\" fill=\"{color}\"/>\
                 <text x=\"{text_x:.1}\" y=\"{text_y}\" font-size=\"11\">{rate:.0}</text>",
                BAR - 2.0
            );
            y += BAR;
        }
        let middle = (first + y) / 2.0 + 2.0;
        let _ = writeln!(
            bars,
            "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\">{}</text>",
            LEFT - 10.0,
            name.replace('_', " ")
        );
        y += ROW_GAP;
    }
    let legend: String = COLORS
        .iter()
        .zip(CLIENTS.into_iter().chain([MANY]))
        .enumerate()
        .map(|(at, (color, clients))| {
            let x = LEFT + at as f64 * 110.0;
            format!(
                "<rect x=\"{x}\" y=\"36\" width=\"12\" height=\"12\" fill=\"{color}\"/><text x=\"{}\" y=\"46\">{clients} clients</text>",
                x + 17.0
            )
        })
        .collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y}\" font-family=\"system-ui, sans-serif\" \
         font-size=\"12\" role=\"img\"><title>Durable holds per second from one stock</title>\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\
         <text x=\"20\" y=\"22\" font-size=\"15\" font-weight=\"600\">Durable holds per second from one stock (scale of tens)</text>\
         {legend}\n{bars}</svg>\n"
    )
}
