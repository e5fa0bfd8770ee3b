//! The picture of a run: places, latency and memory over the time of the joins, as an SVG by hand.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use domain::Problem;

const WIDTH: f64 = 860.0;
const PANEL_HEIGHT: f64 = 170.0;
const LEFT: f64 = 96.0;
const RIGHT: f64 = 180.0;
const TOP: f64 = 44.0;
const GAP: f64 = 52.0;
/// Readable on white and on black, and told apart by those who see few colours.
const COLORS: [&str; 3] = ["#0072b2", "#d55e00", "#009e73"];

/// One line of a panel.
#[derive(Debug, Clone)]
pub struct Series {
    /// What it shows.
    pub name: &'static str,
    /// Seconds and values.
    pub points: Vec<(f64, f64)>,
}

/// Series with one scale.
#[derive(Debug, Clone)]
pub struct Panel {
    /// What and in which unit.
    pub title: &'static str,
    /// Its lines.
    pub series: Vec<Series>,
}

/// Writes `line.svg` into `folder` and gives its path.
///
/// # Errors
/// `report_not_written`.
pub fn write(folder: &Path, title: &str, panels: &[Panel]) -> Result<PathBuf, Problem> {
    let path = folder.join("line.svg");
    let failed = |error: std::io::Error| {
        Problem::new("report_not_written", format!("The picture {} cannot be written.", path.display())).internal(error)
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    std::fs::write(&path, draw(title, panels)).map_err(failed)?;
    Ok(path)
}

fn draw(title: &str, panels: &[Panel]) -> String {
    let height = TOP + panels.len() as f64 * (PANEL_HEIGHT + GAP);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" font-family=\"system-ui, sans-serif\" \
         font-size=\"12\" role=\"img\">\n<title>{0}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"22\" font-size=\"15\" font-weight=\"600\">{0}</text>\n",
        escaped(title)
    );
    let seconds = panels.iter().flat_map(|panel| &panel.series).flat_map(|series| &series.points);
    let end = nice(seconds.map(|(second, _)| *second).fold(0.0, f64::max));
    for (number, panel) in panels.iter().enumerate() {
        draw_panel(&mut svg, panel, TOP + number as f64 * (PANEL_HEIGHT + GAP) + 16.0, end);
    }
    svg + "</svg>\n"
}

fn draw_panel(svg: &mut String, panel: &Panel, top: f64, end: f64) {
    let highest = panel.series.iter().flat_map(|series| &series.points).map(|(_, value)| *value).fold(0.0, f64::max);
    let highest = nice(highest);
    let (right, bottom) = (WIDTH - RIGHT, top + PANEL_HEIGHT);
    let x = |second: f64| LEFT + second / end * (right - LEFT);
    let y = |value: f64| bottom - value / highest * PANEL_HEIGHT;
    put(
        svg,
        format_args!("<text x=\"{LEFT}\" y=\"{:.1}\" font-weight=\"600\">{}</text>", top - 8.0, escaped(panel.title)),
    );
    for step in 0..=4 {
        let (value, second) = (highest * f64::from(step) / 4.0, end * f64::from(step) / 4.0);
        let (level, place) = (y(value), x(second));
        put(svg, format_args!("<path d=\"M{LEFT} {level:.1}H{right}\" stroke=\"#ddd\"/>"));
        put(
            svg,
            format_args!(
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                LEFT - 8.0,
                level + 4.0,
                short(value)
            ),
        );
        put(
            svg,
            format_args!(
                "<text x=\"{place:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{} s</text>",
                bottom + 17.0,
                short(second)
            ),
        );
    }
    for (number, series) in panel.series.iter().enumerate() {
        let color = COLORS[number % COLORS.len()];
        let points: Vec<String> =
            series.points.iter().map(|(second, value)| format!("{:.1},{:.1}", x(*second), y(*value))).collect();
        put(
            svg,
            format_args!(
                "<polyline fill=\"none\" stroke=\"{color}\" stroke-width=\"2\" points=\"{}\"/>",
                points.join(" ")
            ),
        );
        let level = top + 12.0 + 18.0 * number as f64;
        put(
            svg,
            format_args!(
                "<text x=\"{:.1}\" y=\"{level:.1}\" fill=\"{color}\">{}</text>",
                right + 12.0,
                escaped(series.name)
            ),
        );
    }
}

fn put(svg: &mut String, element: std::fmt::Arguments<'_>) {
    // Writing into a string cannot fail.
    let _ = writeln!(svg, "{element}");
}

/// The next of 1, 2, 4, 8 times a power of ten, so that a quarter of it is a short number.
fn nice(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return 1.0;
    }
    let power = 10f64.powf(value.log10().floor());
    [1.0, 2.0, 4.0, 8.0, 10.0].map(|step| step * power).into_iter().find(|step| *step >= value).unwrap_or(10.0 * power)
}

fn short(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{} M", value / 1e6),
        value if value >= 1e4 => format!("{} k", value / 1e3),
        value => format!("{value}"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_ends_at_a_short_number() {
        assert_eq!([0.0, 7.0, 100.0, 999_999.0, 1_100_000.0].map(nice), [1.0, 8.0, 100.0, 1e6, 2e6]);
        assert_eq!([0.5, 20.0, 250_000.0, 1e6].map(short), ["0.5", "20", "250 k", "1 M"]);
    }

    #[test]
    fn every_series_is_drawn_within_the_picture() {
        let panel = Panel {
            title: "Places & more",
            series: vec![
                Series { name: "one", points: vec![(0.0, 0.0), (3.0, 700.0)] },
                Series { name: "none", points: vec![] },
            ],
        };
        let svg = draw("A <line>", &[panel]);
        assert!(svg.contains("A &lt;line>") && svg.contains("Places &amp; more"));
        assert_eq!((svg.matches("<polyline").count(), svg.contains("NaN")), (2, false));
    }
}
