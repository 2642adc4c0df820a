//! Plots as SVG, by plotters. Colours are set again by the page's style, which knows light and dark: each of [`SERIES`] is one
//! there, and [`INK`] and [`GRID`] what their names say.

use plotters::prelude::*;

use super::ReportError;

/// Fills of stacked series; more series than these share the last.
pub(super) const SERIES: [RGBColor; 6] = [
    RGBColor(0x1d, 0x5f, 0xa8),
    RGBColor(0x2a, 0x8a, 0x57),
    RGBColor(0xb8, 0x6e, 0x14),
    RGBColor(0x8e, 0x44, 0xad),
    RGBColor(0xb0, 0x3a, 0x2e),
    RGBColor(0x5f, 0x6b, 0x76),
];
/// Where something is missing.
const GAP: RGBColor = RGBColor(0xf6, 0xd5, 0xcf);
const INK: RGBColor = RGBColor(0x44, 0x4b, 0x54);
const GRID: RGBColor = RGBColor(0xe2, 0xe0, 0xda);

/// Bars side by side, each a stack.
pub(super) struct Bars<'a> {
    /// Width and height in pixels of the drawing, which scales.
    pub(super) size: (u32, u32),
    /// For each bar the height of each series.
    pub(super) bars: &'a [Vec<u64>],
    /// Whether a bar without height is marked as missing.
    pub(super) mark_gaps: bool,
    /// The word under a bar, by its place; empty for none.
    pub(super) label: &'a dyn Fn(usize) -> String,
    /// How many labels there is room for.
    pub(super) labels: usize,
    /// Whether a label stands under the middle of its bar, rather than where it begins.
    pub(super) centred: bool,
}

/// Draws bars; the SVG element, without an XML declaration.
#[expect(clippy::cast_precision_loss, reason = "counts of articles")]
pub(super) fn bars(chart: &Bars<'_>) -> Result<String, ReportError> {
    let failed = |error: &dyn std::fmt::Display| ReportError { message: error.to_string() };
    let mut svg = String::new();
    let count = chart.bars.len().max(1) as f64;
    let tallest = chart.bars.iter().map(|bar| bar.iter().sum::<u64>()).max().unwrap_or_default().max(1) as f64;
    {
        let area = SVGBackend::with_string(&mut svg, chart.size).into_drawing_area();
        let mut context = ChartBuilder::on(&area)
            .margin(6)
            // Half of the last label stands there.
            .margin_right(20)
            .x_label_area_size(26)
            .y_label_area_size(52)
            .build_cartesian_2d(0.0..count, 0.0..tallest * 1.04)
            .map_err(|error| failed(&error))?;
        // A mark may stand behind the last bar, and between whole numbers: neither has a word.
        let name = |at: &f64| if *at < count { (chart.label)(at.max(0.0) as usize) } else { String::new() };
        let number = |value: &f64| if value.fract().abs() < 1e-6 { format!("{value:.0}") } else { String::new() };
        let middle = f64::from(chart.size.0.saturating_sub(78)) / count / 2.0;
        context
            .configure_mesh()
            .disable_x_mesh()
            .x_label_offset(if chart.centred { middle as i32 } else { 0 })
            .x_labels(chart.labels)
            .y_labels(5)
            .x_label_formatter(&name)
            .y_label_formatter(&number)
            .label_style(("sans-serif", 13).into_font().color(&INK))
            .axis_style(GRID)
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .draw()
            .map_err(|error| failed(&error))?;
        let gap = if chart.bars.len() > 60 { 0.08 } else { 0.15 };
        let mut rectangles = Vec::new();
        for (at, bar) in chart.bars.iter().enumerate() {
            let (left, right) = (at as f64 + gap, at as f64 + 1.0 - gap);
            if chart.mark_gaps && bar.iter().all(|&height| height == 0) {
                rectangles.push(Rectangle::new([(at as f64, 0.0), (at as f64 + 1.0, tallest)], GAP.filled()));
            }
            let mut foot = 0.0;
            for (series, &height) in bar.iter().enumerate().filter(|(_, height)| **height > 0) {
                let head = foot + height as f64;
                let colour = SERIES[series.min(SERIES.len() - 1)];
                rectangles.push(Rectangle::new([(left, foot), (right, head)], colour.filled()));
                foot = head;
            }
        }
        context.draw_series(rectangles).map_err(|error| failed(&error))?;
        area.present().map_err(|error| failed(&error))?;
    }
    // It scales with the page and is told by its caption.
    let (width, height) = chart.size;
    let fixed = format!("<svg width=\"{width}\" height=\"{height}\" ");
    Ok(svg.replacen(&fixed, "<svg aria-hidden=\"true\" focusable=\"false\" ", 1))
}

/// A series' colour as the page's style names it.
pub(super) fn series_class(series: usize) -> String {
    format!("s{}", series.min(SERIES.len() - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(bars_of: &[Vec<u64>], mark_gaps: bool) -> String {
        let label = |at: usize| format!("m{at}");
        bars(&Bars { size: (400, 200), bars: bars_of, mark_gaps, label: &label, labels: 4, centred: false }).unwrap()
    }

    #[test]
    fn each_part_of_a_stack_is_a_rectangle_and_a_gap_is_marked() {
        let svg = drawn(&[vec![3, 1], vec![0, 0], vec![0, 5]], true);
        let rectangles = |colour: &str| svg.matches(&format!("fill=\"{colour}\"")).count();
        assert_eq!((rectangles("#1D5FA8"), rectangles("#2A8A57"), rectangles("#F6D5CF")), (1, 2, 1), "{svg}");
        assert!(svg.starts_with("<svg aria-hidden=\"true\"") && svg.contains("viewBox"), "{svg}");
        assert!(!svg.contains("style=") && !svg.contains("<script"), "{svg}");
    }

    #[test]
    fn marks_are_whole_numbers_and_bars_that_are_there() {
        let svg = drawn(&[vec![2], vec![1], vec![2], vec![1]], false);
        let words: Vec<&str> = svg.split("</text>").filter_map(|part| part.rsplit('>').next()).map(str::trim).collect();
        for word in ["0", "1", "2", "m0", "m2"] {
            assert_eq!(words.iter().filter(|found| **found == word).count(), 1, "{word} in {words:?}");
        }
        assert!(!words.contains(&"m4"), "{words:?}");
    }

    #[test]
    fn nothing_to_draw_is_no_fault() {
        assert!(drawn(&[], true).ends_with("</svg>\n"));
    }
}
