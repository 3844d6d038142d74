//! Drawings as SVG and, with the feature `plot-png`, as PNG.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::data::write_atomically;
use crate::{Error, Result};

/// Where a part of a drawing goes.
pub(super) type Area<DB> = DrawingArea<DB, Shift>;

/// What becomes of a part of it.
pub(super) type Drawn<DB> = std::result::Result<(), DrawingAreaErrorKind<<DB as DrawingBackend>::ErrorType>>;

/// What can be drawn.
pub(super) trait Drawing {
    /// Width and height in pixels.
    ///
    /// # Errors
    /// There is nothing to draw, or it cannot be drawn in this size.
    fn size(&self) -> Result<(u32, u32)>;

    /// Draws it.
    fn draw<DB: DrawingBackend>(&self, area: &Area<DB>) -> Drawn<DB>;
}

fn wrong(error: impl std::fmt::Display) -> Error {
    Error::Argument(format!("this cannot be drawn: {error}"))
}

/// The name of the letters of drawings of models in bitmaps.
#[cfg(feature = "plot-png")]
pub(crate) const MODEL_FONT: &str = "keras model";

/// Letters of bitmaps are those of fonts that are built in, and drawings of trainings measure text by theirs.
#[cfg(feature = "plot-png")]
pub(crate) fn fonts() {
    use plotters::style::{FontStyle, register_font};
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // They are fonts: the crate ships them.
        let _ = register_font("sans-serif", FontStyle::Normal, epaint_default_fonts::HACK_REGULAR);
        let _ = register_font(MODEL_FONT, FontStyle::Normal, epaint_default_fonts::UBUNTU_LIGHT);
    });
}

#[cfg(not(feature = "plot-png"))]
fn fonts() {}

/// A drawing as SVG.
pub(super) fn svg(drawing: &impl Drawing) -> Result<String> {
    let size = drawing.size()?;
    fonts();
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE).and_then(|()| drawing.draw(&root)).and_then(|()| root.present()).map_err(wrong)?;
    }
    Ok(svg)
}

/// A drawing as PNG.
#[cfg(feature = "plot-png")]
pub(super) fn png(drawing: &impl Drawing) -> Result<Vec<u8>> {
    let (width, height) = drawing.size()?;
    fonts();
    let mut pixels = vec![0; width as usize * height as usize * 3];
    {
        let root = BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area();
        root.fill(&WHITE).and_then(|()| drawing.draw(&root)).and_then(|()| root.present()).map_err(wrong)?;
    }
    crate::data::png_of(&pixels, [width, height], 3).map_err(wrong)
}

/// Writes a drawing as what the path ends in.
pub(super) fn save(drawing: &impl Drawing, path: &Path) -> Result<()> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
    let bytes = match extension.as_str() {
        "svg" => svg(drawing)?.into_bytes(),
        #[cfg(feature = "plot-png")]
        "png" => png(drawing)?,
        #[cfg(not(feature = "plot-png"))]
        "png" => return Err(refused(path, "for `.png` build keras-core with the feature `plot-png`")),
        _ => return Err(refused(path, "this is drawn as `.svg`, or as `.png` with the feature `plot-png`")),
    };
    Ok(write_atomically(path, |out| std::io::Write::write_all(out, &bytes))?)
}

fn refused(path: &Path, message: &str) -> Error {
    Error::File { path: path.display().to_string(), message: message.into() }
}

/// The size of a drawing, if it is one that can be drawn.
pub(super) fn limited(width: u64, height: u64) -> Result<(u32, u32)> {
    const MOST: u64 = 16_384;
    match (u32::try_from(width), u32::try_from(height)) {
        (Ok(w), Ok(h)) if width <= MOST && height <= MOST => Ok((w, h)),
        _ => Err(Error::Argument(format!(
            "a drawing of {width} by {height} pixels: each side has at most {MOST}"
        ))),
    }
}
