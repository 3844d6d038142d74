//! A drawing of a training: each metric by epoch, with that of the validation beside it.

use std::path::Path;

use plotters::prelude::*;
use plotters::style::RelativeSize;

use super::drawing::{self, Area, Drawing, Drawn, limited};
use super::history::{History, unknown_metric};
use crate::{Error, Result};

/// The curves of a [`History`], one panel for each metric: `loss` and `val_loss` in one.
///
/// ```
/// use keras_core::prelude::*;
///
/// let mut history = keras_core::training::history::History::default();
/// history.push(0, &[("loss", 0.9), ("val_loss", 1.0)]);
/// history.push(1, &[("loss", 0.5), ("val_loss", 0.7)]);
/// let folder = std::env::temp_dir();
/// history.plot().title("My first model").save(folder.join("curves.svg"))?;
/// # Ok::<(), keras_core::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "`save` writes the drawing"]
pub struct Curves<'a> {
    history: &'a History,
    metrics: Option<Vec<String>>,
    title: String,
    width: u32,
    height: u32,
}

/// What is drawn in one panel: training, then validation. Epochs count from 1.
struct Panel {
    name: String,
    lines: Vec<(&'static str, Vec<(f64, f64)>)>,
}

const VALIDATION: &str = "val_";
const COLORS: [RGBColor; 2] = [RGBColor(31, 119, 180), RGBColor(255, 127, 14)];

impl<'a> Curves<'a> {
    pub(super) fn new(history: &'a History) -> Self {
        Curves { history, metrics: None, title: String::new(), width: 640, height: 320 }
    }

    /// The metrics to draw, without `val_`; all if this is not set.
    pub fn metrics<N: Into<String>>(mut self, metrics: impl IntoIterator<Item = N>) -> Self {
        self.metrics = Some(metrics.into_iter().map(Into::into).collect());
        self
    }

    /// Stands above the curves.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Width and height of each panel, in pixels: 640 by 320 if this is not set.
    pub fn panel_size(mut self, width: u32, height: u32) -> Self {
        (self.width, self.height) = (width, height);
        self
    }

    /// The drawing as SVG.
    ///
    /// # Errors
    /// There is nothing to draw, a metric does not exist, or a panel is too small or too large to draw in.
    pub fn to_svg(&self) -> Result<String> {
        drawing::svg(&self.drawing()?)
    }

    /// The drawing as PNG.
    ///
    /// # Errors
    /// As [`to_svg`](Curves::to_svg).
    #[cfg(feature = "plot-png")]
    pub fn to_png(&self) -> Result<Vec<u8>> {
        drawing::png(&self.drawing()?)
    }

    /// Writes the drawing as SVG or, with the feature `plot-png`, as PNG, by what the path ends in: `.svg` or `.png`. The file
    /// is either whole or not there.
    ///
    /// # Errors
    /// As [`to_svg`](Curves::to_svg); the path ends otherwise, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        drawing::save(&self.drawing()?, path.as_ref())
    }

    fn drawing(&self) -> Result<Panels<'_>> {
        let panels = self.panels()?;
        let fits = |side: u32| (100..=10_000).contains(&side);
        if !fits(self.width) || !fits(self.height) {
            let (width, height) = (self.width, self.height);
            return Err(Error::Argument(format!(
                "`panel_size` of {width} by {height}: give each from 100 to 10000 pixels"
            )));
        }
        Ok(Panels { panels, curves: self })
    }

    fn panels(&self) -> Result<Vec<Panel>> {
        let own = |name: &str| name.strip_prefix(VALIDATION).unwrap_or(name).to_string();
        let mut names: Vec<String> = Vec::new();
        for name in self.history.names().map(own) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if let Some(wanted) = &self.metrics {
            for name in wanted {
                if !names.contains(name) {
                    let names: Vec<&str> = names.iter().map(String::as_str).collect();
                    return Err(Error::Argument(unknown_metric(name, &names)));
                }
            }
            names.clone_from(wanted);
        }
        let panels = names.into_iter().map(|name| {
            let validation = self.history.points(&format!("{VALIDATION}{name}"));
            let lines = [("training", self.history.points(&name)), ("validation", validation)];
            Panel { name, lines: lines.into_iter().filter(|(_, points)| !points.is_empty()).collect() }
        });
        let panels: Vec<Panel> = panels.collect();
        if panels.is_empty() {
            return Err(Error::Argument("there is nothing to draw: the history has no metrics".into()));
        }
        Ok(panels)
    }
}

/// The panels of a drawing, one below the other.
struct Panels<'a> {
    panels: Vec<Panel>,
    curves: &'a Curves<'a>,
}

impl Drawing for Panels<'_> {
    fn size(&self) -> Result<(u32, u32)> {
        let title = if self.curves.title.is_empty() { 0 } else { 36 };
        limited(self.curves.width.into(), u64::from(self.curves.height) * self.panels.len() as u64 + title)
    }

    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        let title = self.curves.title.as_str();
        let area = if title.is_empty() { area.clone() } else { area.titled(title, ("sans-serif", 22))? };
        let parts = area.split_evenly((self.panels.len(), 1));
        parts.iter().zip(&self.panels).try_for_each(|(area, panel)| draw_panel(area, panel))
    }
}

/// From the least to the largest, with a margin; numbers that are not finite are left out.
fn range(numbers: impl Iterator<Item = f64>, margin: f64) -> std::ops::Range<f64> {
    let (low, high) = numbers
        .filter(|n| n.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), n| (a.min(n), b.max(n)));
    if low > high {
        return 0.0..1.0;
    }
    // Of equal or huge numbers the difference says nothing.
    let wide = high / 2.0 - low / 2.0;
    let margin = if wide > 0.0 { wide * 2.0 * margin } else { low.abs().max(1.0) * 0.05 };
    (low - margin).max(f64::MIN / 4.0)..(high + margin).min(f64::MAX / 4.0)
}

fn draw_panel<DB: DrawingBackend>(area: &Area<DB>, panel: &Panel) -> Drawn<DB> {
    let points = || panel.lines.iter().flat_map(|(_, points)| points.iter().copied());
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .caption(&panel.name, ("sans-serif", 16))
        .x_label_area_size(34)
        .y_label_area_size(64)
        .build_cartesian_2d(range(points().map(|(x, _)| x), 0.02), range(points().map(|(_, y)| y), 0.05))?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc("epoch")
        .x_label_formatter(&|x| if x.fract() == 0.0 { format!("{x}") } else { String::new() })
        .y_label_formatter(&|y| super::progress::format_metric(*y))
        .draw()?;
    for ((name, points), color) in panel.lines.iter().zip(COLORS) {
        // A line ends where a number is none, and goes on behind it.
        for (i, part) in points.split(|(_, y)| !y.is_finite()).filter(|part| !part.is_empty()).enumerate() {
            let line = LineSeries::new(part.iter().copied(), color.stroke_width(2)).point_size(2);
            let drawn = chart.draw_series(line)?;
            if i == 0 {
                drawn
                    .label(*name)
                    .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], color.stroke_width(2)));
            }
        }
    }
    if panel.lines.len() > 1 {
        chart
            .configure_series_labels()
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK.mix(0.3))
            .label_font(("sans-serif", RelativeSize::Height(0.04).min(12)))
            .draw()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history() -> History {
        let mut history = History::default();
        history.push(0, &[("accuracy", 0.5), ("loss", 0.9), ("val_accuracy", 0.4), ("val_loss", 1.0)]);
        history.push(1, &[("accuracy", 0.7), ("loss", f64::NAN), ("val_accuracy", 0.6), ("val_loss", 0.8)]);
        history.push(2, &[("accuracy", 0.8), ("loss", 0.3), ("val_accuracy", 0.6), ("val_loss", 0.7)]);
        history
    }

    #[test]
    fn each_metric_has_a_panel_with_its_validation() -> Result<()> {
        let history = history();
        let svg = history.plot().title("Flowers").to_svg()?;
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        for text in ["Flowers", "accuracy", "loss", "training", "validation", "epoch"] {
            assert!(svg.contains(&format!("\n{text}\n")), "{text}: {svg}");
        }
        assert!(!svg.contains("val_") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        // A point for each number that there is, and none for what is not.
        assert_eq!(svg.matches("<circle").count(), 11, "{svg}");
        let one = history.plot().metrics(["loss"]).to_svg()?;
        assert!(!one.contains("accuracy"));
        Ok(())
    }

    #[test]
    fn what_cannot_be_drawn_is_refused_or_left_out() -> Result<()> {
        assert!(History::default().plot().to_svg().unwrap_err().to_string().contains("nothing to draw"));
        let (history, message) = (history(), "there is no metric `los` among accuracy, loss");
        assert_eq!(history.plot().metrics(["los"]).to_svg().unwrap_err().to_string(), message);
        assert!(history.plot().panel_size(0, 9).to_svg().unwrap_err().to_string().contains("panel_size"));
        for extreme in [0.0, 5.0, -1e300, 1e300, f64::MAX, f64::MIN, 1e-320, f64::NAN, f64::INFINITY] {
            for other in [extreme, 1.0] {
                let mut history = History::default();
                history.push(0, &[("loss", extreme)]);
                history.push(1, &[("loss", other)]);
                assert!(history.plot().to_svg()?.contains("epoch"), "{extreme} {other}");
            }
        }
        Ok(())
    }
}
