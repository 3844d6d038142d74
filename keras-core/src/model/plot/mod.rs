//! Drawings of models, as Keras's
//! [`plot_model`](https://keras.io/api/utils/model_plotting_utils/) makes them.

mod build;
mod cards;
mod dot;
mod graph;
mod place;
#[cfg(feature = "plot-png")]
mod png;
mod svg;
#[cfg(test)]
mod tests;

use std::path::Path;

use super::api::AnyModel;
use crate::data::write_atomically;
use crate::{Error, Result};

/// Where a drawing goes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RankDir {
    /// From top to bottom.
    #[default]
    TB,
    /// From left to right.
    LR,
}

impl RankDir {
    fn word(self) -> &'static str {
        match self {
            RankDir::TB => "TB",
            RankDir::LR => "LR",
        }
    }
}

/// What the boxes of a drawing show.
#[derive(Clone, Copy, Debug)]
struct Options {
    shapes: bool,
    dtype: bool,
    names: bool,
    rankdir: RankDir,
    nested: bool,
    activations: bool,
    trainable: bool,
    /// Pixels an inch, of pictures.
    dpi: u32,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            shapes: false,
            dtype: false,
            names: false,
            rankdir: RankDir::TB,
            nested: false,
            activations: false,
            trainable: false,
            dpi: 200,
        }
    }
}

/// A drawing of a model, with the options and defaults of Keras's `plot_model`. It needs no other program.
///
/// ```
/// use keras_core::model::plot::RankDir;
/// use keras_core::prelude::*;
///
/// let model = model!(
///     let a = Input(5);
///     let b = Input(3);
///     [a => Dense(4, activation = relu), b => Dense(4)] => Add() => Dense(1)
/// );
/// let plot = model.plot().show_shapes(true).show_layer_names(true).rankdir(RankDir::LR);
/// # let folder = std::env::temp_dir();
/// plot.save(folder.join("model.svg"))?;
/// assert!(plot.to_dot().contains("Output shape: <b>(None, 4)</b>"));
/// # Ok::<(), keras_core::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Plot<'a> {
    model: &'a dyn AnyModel,
    options: Options,
}

/// The drawing of a model: `model.plot()` in Keras's word, for any [`AnyModel`].
///
/// ```
/// use keras_core::model::plot::plot_model;
/// use keras_core::prelude::*;
///
/// let model = model!(Input(4) => Dense(8, activation = relu) => Dense(2));
/// let svg = plot_model(&model).show_layer_names(true).show_layer_activations(true).to_svg()?;
/// assert!(svg.starts_with("<svg") && svg.contains("dense_1"));
/// # Ok::<(), keras_core::Error>(())
/// ```
pub fn plot_model(model: &dyn AnyModel) -> Plot<'_> {
    Plot::new(model)
}

impl<'a> Plot<'a> {
    pub(super) fn new(model: &'a dyn AnyModel) -> Self {
        Plot { model, options: Options::default() }
    }

    /// Shows what shapes a layer takes and gives.
    #[must_use]
    pub fn show_shapes(mut self, show_shapes: bool) -> Self {
        self.options.shapes = show_shapes;
        self
    }

    /// Shows whether a layer gives floats or integers.
    #[must_use]
    pub fn show_dtype(mut self, show_dtype: bool) -> Self {
        self.options.dtype = show_dtype;
        self
    }

    /// Shows the layers' names besides their classes.
    #[must_use]
    pub fn show_layer_names(mut self, show_layer_names: bool) -> Self {
        self.options.names = show_layer_names;
        self
    }

    /// Where the drawing goes to: from top to bottom by default.
    #[must_use]
    pub fn rankdir(mut self, rankdir: RankDir) -> Self {
        self.options.rankdir = rankdir;
        self
    }

    /// Draws the layers of models inside the model, and of blocks, each in a frame.
    #[must_use]
    pub fn expand_nested(mut self, expand_nested: bool) -> Self {
        self.options.nested = expand_nested;
        self
    }

    /// Shows the activations of layers that have one.
    #[must_use]
    pub fn show_layer_activations(mut self, show_layer_activations: bool) -> Self {
        self.options.activations = show_layer_activations;
        self
    }

    /// Shows which layers are trained.
    #[must_use]
    pub fn show_trainable(mut self, show_trainable: bool) -> Self {
        self.options.trainable = show_trainable;
        self
    }

    /// How many pixels an inch of a PNG has, of 72 points each: 200 by default, as in Keras. A drawing that would have more
    /// than 32,767 pixels on a side, or 64 million of them, is made smaller, as Graphviz does.
    #[must_use]
    pub fn dpi(mut self, dpi: u32) -> Self {
        self.options.dpi = dpi;
        self
    }

    /// The drawing in [Graphviz's language](https://graphviz.org/doc/info/lang.html), as Keras's
    /// `model_to_dot` writes it, with an edge for each tensor that a layer takes.
    pub fn to_dot(&self) -> String {
        dot::write(&self.graph(), &self.options)
    }

    /// The drawing as SVG, which browsers show.
    ///
    /// # Errors
    /// The layout of the boxes fails.
    pub fn to_svg(&self) -> Result<String> {
        svg::write(&self.graph(), &self.options)
    }

    /// The drawing as PNG, in letters of a font that is built in.
    ///
    /// # Errors
    /// The layout of the boxes fails, or [`dpi`](Plot::dpi) is 0.
    #[cfg(feature = "plot-png")]
    pub fn to_png(&self) -> Result<Vec<u8>> {
        png::write(&self.graph(), &self.options)
    }

    /// Writes the drawing by what the path ends in: `.svg`, `.png` with the feature `plot-png`, or `.dot` in Graphviz's
    /// language. The file is either whole or as it was before.
    ///
    /// # Errors
    /// The path ends otherwise; the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        let refused =
            |message: &str| Error::File { path: path.display().to_string(), message: message.into() };
        let bytes = match extension.as_str() {
            "svg" => self.to_svg()?.into_bytes(),
            "dot" => self.to_dot().into_bytes(),
            #[cfg(feature = "plot-png")]
            "png" => self.to_png()?,
            #[cfg(not(feature = "plot-png"))]
            "png" => {
                return Err(refused("for `.png` build keras-core with the feature `plot-png`"));
            }
            _ => {
                return Err(refused(
                    "a model is drawn as `.svg` or `.dot`, or as `.png` with the feature `plot-png`; Graphviz makes \
                     other formats of `.dot`: `dot -Tpdf model.dot -o model.pdf`",
                ));
            }
        };
        Ok(write_atomically(path, |file| file.write_all(&bytes))?)
    }

    fn graph(&self) -> graph::Graph {
        graph::Graph::new(self.model, self.options.nested)
    }
}

impl core::fmt::Debug for Plot<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "plot of `{}` with {:?}", self.model.structure().name, self.options)
    }
}

/// Text for XML and for Graphviz's labels: what has a meaning there is escaped, control characters become
/// pictures of themselves.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().map(visible) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(c),
        }
    }
    out
}

/// A control character as its picture: XML has no way to write most of them.
fn visible(c: char) -> char {
    match c {
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        _ => c,
    }
}
