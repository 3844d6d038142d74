//! A drawing of a confusion matrix.

use std::path::Path;

use plotters::prelude::*;
use plotters::style::FontTransform;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::classification::ConfusionMatrix;
use super::drawing::{self, Area, Drawing, Drawn, limited};
use crate::{Error, Result};

/// The most classes of a drawing.
const MOST: usize = 200;
const FONT: &str = "sans-serif";
/// The width of a letter of the font of names, in pixels: enough for any font.
const LETTER: u32 = 9;
const MARGIN: u32 = 12;

/// A drawing of a [`ConfusionMatrix`]: a field for each pair of a true class and a predicted one, the darker the larger the share
/// of the true class, with the number of samples in it.
///
/// ```
/// use keras_core::training::ConfusionMatrix;
/// use ndarray::arr1;
///
/// let matrix = ConfusionMatrix::new(&arr1(&[0, 1, 2, 2, 2]), &arr1(&[0, 0, 2, 2, 1]))?
///     .class_names(["cat", "dog", "fox"])?;
/// matrix.plot().title("Pets").save(std::env::temp_dir().join("matrix.svg"))?;
/// # Ok::<(), keras_core::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "`save` writes the drawing"]
pub struct MatrixPlot<'a> {
    matrix: &'a ConfusionMatrix,
    title: String,
    shares: bool,
}

impl<'a> MatrixPlot<'a> {
    pub(super) fn new(matrix: &'a ConfusionMatrix) -> Self {
        MatrixPlot { matrix, title: String::new(), shares: false }
    }

    /// Stands above the matrix.
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// Shows the share of the samples of the true class, `0.67`, in the place of their number: `normalize = "true"` of
    /// scikit-learn.
    pub fn normalize(mut self, normalize: bool) -> Self {
        self.shares = normalize;
        self
    }

    /// The drawing as SVG.
    ///
    /// # Errors
    /// There are more than 200 classes.
    pub fn to_svg(&self) -> Result<String> {
        drawing::svg(self)
    }

    /// The drawing as PNG.
    ///
    /// # Errors
    /// As [`to_svg`](MatrixPlot::to_svg).
    #[cfg(feature = "plot-png")]
    pub fn to_png(&self) -> Result<Vec<u8>> {
        drawing::png(self)
    }

    /// Writes the drawing as SVG or, with the feature `plot-png`, as PNG, by what the path ends in: `.svg` or `.png`. The file
    /// is either whole or not there.
    ///
    /// # Errors
    /// As [`to_svg`](MatrixPlot::to_svg); the path ends otherwise, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        drawing::save(self, path.as_ref())
    }

    /// The share of the true class that a field has.
    fn share(&self, row: usize, column: usize) -> f64 {
        let counts = self.matrix.counts();
        let all = counts.row(row).sum();
        if all == 0 { 0.0 } else { counts[[row, column]] as f64 / all as f64 }
    }

    fn text(&self, row: usize, column: usize) -> String {
        if self.shares {
            format!("{:.2}", self.share(row, column))
        } else {
            self.matrix.counts()[[row, column]].to_string()
        }
    }

    /// Where things are.
    fn layout(&self) -> Layout {
        let names = self.matrix.names();
        let letters = names.iter().map(|name| shown(name).chars().count()).max().unwrap_or(0) as u32;
        let classes = names.len();
        let text =
            (0..classes * classes).map(|i| self.text(i / classes, i % classes).len()).max().unwrap_or(1);
        let cell = (text as u32 * LETTER + 12).max(36);
        let upright = letters * LETTER > cell;
        let below = if upright { letters * LETTER } else { 16 };
        Layout {
            cell,
            // The word "true" stands on its side at the left.
            left: MARGIN + 22 + letters * LETTER + 8,
            top: MARGIN + if self.title.is_empty() { 0 } else { 34 },
            below: below + 8,
            upright,
        }
    }
}

struct Layout {
    cell: u32,
    left: u32,
    top: u32,
    below: u32,
    /// Whether the names below the columns are read from below.
    upright: bool,
}

/// A name as far as there is room for it.
fn shown(name: &str) -> String {
    const ROOM: usize = 24;
    match name.char_indices().nth(ROOM) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_string(),
    }
}

impl Drawing for MatrixPlot<'_> {
    fn size(&self) -> Result<(u32, u32)> {
        let classes = self.matrix.names().len();
        if classes > MOST {
            return Err(Error::Argument(format!(
                "{classes} classes: a confusion matrix is drawn of at most {MOST}"
            )));
        }
        let layout = self.layout();
        let side = u64::from(layout.cell) * classes as u64;
        let title = self.title.chars().count() as u64 * 12 + 2 * u64::from(MARGIN);
        let width = (u64::from(layout.left) + side + u64::from(MARGIN)).max(title);
        limited(width, u64::from(layout.top + layout.below) + side + 22 + u64::from(MARGIN))
    }

    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB> {
        let layout = self.layout();
        let classes = self.matrix.names().len();
        let at = |i: usize| i as i32 * layout.cell as i32;
        let (left, top, cell) = (layout.left as i32, layout.top as i32, layout.cell as i32);
        let centred = |size: u32| TextStyle::from((FONT, size)).pos(Pos::new(HPos::Center, VPos::Center));
        if !self.title.is_empty() {
            let (width, _) = area.dim_in_pixel();
            let place = (width as i32 / 2, MARGIN as i32 + 12);
            area.draw(&Text::new(self.title.clone(), place, centred(22)))?;
        }
        for row in 0..classes {
            for column in 0..classes {
                let (x, y) = (left + at(column), top + at(row));
                let share = self.share(row, column);
                area.draw(&Rectangle::new([(x, y), (x + cell, y + cell)], shade(share).filled()))?;
                let ink = if share > 0.5 { WHITE } else { BLACK };
                let middle = (x + cell / 2, y + cell / 2);
                area.draw(&Text::new(self.text(row, column), middle, centred(14).color(&ink)))?;
            }
        }
        let end = (left + at(classes), top + at(classes));
        area.draw(&Rectangle::new([(left, top), end], BLACK.stroke_width(1)))?;
        for (i, name) in self.matrix.names().iter().enumerate() {
            let row = TextStyle::from((FONT, 14)).pos(Pos::new(HPos::Right, VPos::Center));
            area.draw(&Text::new(shown(name), (left - 6, top + at(i) + cell / 2), row))?;
            let column = TextStyle::from((FONT, 14)).pos(Pos::new(HPos::Center, VPos::Top));
            let turned = FontTransform::Rotate270;
            let column = match layout.upright {
                true => TextStyle::from((FONT, 14).into_font().transform(turned))
                    .pos(Pos::new(HPos::Right, VPos::Center)),
                false => column,
            };
            area.draw(&Text::new(shown(name), (left + at(i) + cell / 2, end.1 + 6), column))?;
        }
        let bottom = (left + at(classes) / 2, end.1 + layout.below as i32 + 12);
        area.draw(&Text::new("predicted", bottom, centred(16)))?;
        let turned = TextStyle::from((FONT, 16).into_font().transform(FontTransform::Rotate270));
        let side = (MARGIN as i32 + 6, top + at(classes) / 2);
        area.draw(&Text::new("true", side, turned.pos(Pos::new(HPos::Center, VPos::Center))))
    }
}

/// From white to blue.
fn shade(share: f64) -> RGBColor {
    let part = |full: f64| (255.0 + (full - 255.0) * share.clamp(0.0, 1.0)).round() as u8;
    RGBColor(part(8.0), part(81.0), part(156.0))
}

#[cfg(test)]
mod tests {
    use ndarray::arr1;

    use super::*;

    fn matrix() -> ConfusionMatrix {
        let counted = ConfusionMatrix::new(&arr1(&[0, 1, 2, 2, 2]), &arr1(&[0, 0, 2, 2, 1])).unwrap();
        counted.class_names(["cat", "dog", "fox < all"]).unwrap()
    }

    #[test]
    fn each_pair_of_classes_has_a_field() -> Result<()> {
        let svg = matrix().plot().title("Pets").to_svg()?;
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        for text in ["Pets", "cat", "dog", "fox &lt; all", "true", "predicted"] {
            assert!(svg.contains(&format!("\n{text}\n")), "{text}: {svg}");
        }
        // Background, fields and frame.
        assert_eq!(svg.matches("<rect").count(), 1 + 9 + 1, "{svg}");
        // Two of three foxes were told: 2, or two thirds. A third of blue on white is #ADC5DE.
        assert_eq!(svg.matches("\n2\n").count(), 1);
        assert!(svg.contains("#ADC5DE"), "{svg}");
        let shares = matrix().plot().normalize(true).to_svg()?;
        assert!(shares.contains("\n0.67\n") && shares.contains("\n0.33\n") && shares.contains("\n1.00\n"));
        Ok(())
    }

    #[cfg(feature = "plot-png")]
    #[test]
    fn a_bitmap_has_the_colours_of_the_fields() -> Result<()> {
        let (matrix, folder) = (matrix(), tempfile::tempdir().unwrap());
        let plot = matrix.plot();
        plot.save(folder.path().join("m.png"))?;
        let bytes = std::fs::read(folder.path().join("m.png")).unwrap();
        assert_eq!(bytes, plot.to_png()?);
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((frame.width, frame.height), plot.size()?);
        let (layout, width) = (plot.layout(), frame.width as usize);
        let pixel = |x: u32, y: u32| &pixels[(y as usize * width + x as usize) * 3..][..3];
        let corner = |row: u32, column: u32| {
            pixel(layout.left + column * layout.cell + 3, layout.top + row * layout.cell + 3).to_vec()
        };
        assert_eq!(corner(0, 0), [8, 81, 156]);
        assert_eq!(corner(0, 1), [255, 255, 255]);
        assert_eq!(corner(2, 1), [0xad, 0xc5, 0xde]);
        // There are letters: dark pixels left of the fields.
        let dark = |x: u32, y: u32| pixel(x, y).iter().all(|channel| *channel < 100);
        let count = (0..layout.left - 2)
            .flat_map(|x| (0..frame.height).map(move |y| (x, y)))
            .filter(|(x, y)| dark(*x, *y));
        assert!(count.count() > 50);
        Ok(())
    }

    #[test]
    fn what_cannot_be_drawn_is_refused() {
        let many = ConfusionMatrix::new(&arr1(&[0, 300]), &arr1(&[0, 300])).unwrap();
        assert!(many.plot().to_svg().unwrap_err().to_string().contains("301 classes"));
        let path = std::env::temp_dir().join("matrix.jpg");
        assert!(matrix().plot().save(path).unwrap_err().to_string().contains("drawn as `.svg`"));
    }
}
