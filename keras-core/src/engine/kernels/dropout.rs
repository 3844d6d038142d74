//! `Dropout`, `SpatialDropout1D` and `SpatialDropout2D`.

use keras_kernels::aligned::Aligned;
use keras_shape::layers::{Dropout, SpatialDropout1D, SpatialDropout2D};
use keras_shape::{DataFormat, Extent, Size};

use super::views::same;
use crate::context::Context;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};
use crate::engine::parts::count;
use crate::{Error, Result};

/// The factors of dropout: 0 for what is dropped.
pub(super) struct Factors {
    rate: f64,
    seed: Option<u64>,
    all: Aligned,
}

impl Factors {
    /// Room for `n` factors.
    pub fn new(n: usize, rate: f64, seed: Option<u64>) -> Self {
        Factors { rate, seed, all: Aligned::zeros(n) }
    }

    /// Draws new ones.
    pub fn draw(&mut self, context: Option<&mut Context>) -> Result<()> {
        let Some(context) = context else { return Err(Error::layer("no context")) };
        context.fill_dropout(&mut self.all, self.rate, self.seed)
    }

    /// All of them.
    pub fn all(&self) -> &[f32] {
        &self.all
    }

    /// The factors in rows.
    pub fn rows(&self, width: usize) -> impl Iterator<Item = &[f32]> {
        self.all.chunks_exact(width)
    }
}

/// Single numbers, or as `noise_shape` says.
pub(crate) fn choose(layer: &Dropout, site: &Site<'_>) -> Choice {
    let mut noise = site.x(0).to_vec();
    for (length, entry) in noise.iter_mut().zip(layer.noise_shape.map_or(&[][..], |shape| shape.0)) {
        if let Extent::Size(Size::Known(n)) = entry {
            *length = *n;
        }
    }
    drop(noise, layer.rate, layer.seed, site)
}

/// Whole features of a sequence.
pub(crate) fn spatial1d(layer: &SpatialDropout1D, site: &Site<'_>) -> Choice {
    let mut noise = site.x(0).to_vec();
    if let Some(steps) = noise.get_mut(1) {
        *steps = 1;
    }
    drop(noise, layer.rate, layer.seed, site)
}

/// Whole channels of an image.
pub(crate) fn spatial2d(layer: &SpatialDropout2D, site: &Site<'_>) -> Choice {
    let mut noise = site.x(0).to_vec();
    let first = if DataFormat::is_first(layer.data_format) { 2 } else { 1 };
    for length in noise.iter_mut().skip(first).take(2) {
        *length = 1;
    }
    drop(noise, layer.rate, layer.seed, site)
}

fn drop(noise: Vec<usize>, rate: f64, seed: Option<u64>, site: &Site<'_>) -> Choice {
    if !site.training || rate == 0.0 {
        return same(site);
    }
    let shape = site.x(0);
    if !site.one_input() || shape.iter().zip(&noise).any(|(length, noise)| noise != length && *noise != 1) {
        return Choice::Operations;
    }
    // Axes side by side that are both dropped whole, or both number by number, are one.
    let mut axes: Vec<(usize, bool)> = Vec::new();
    for (length, noise) in shape.iter().zip(&noise) {
        let whole = *noise == 1 && *length != 1;
        match axes.last_mut() {
            _ if *length == 1 => {}
            Some((n, before)) if *before == whole => *n *= length,
            _ => axes.push((*length, whole)),
        }
    }
    let mut axes = axes.as_slice();
    let mut next = |whole: bool| match axes {
        [(n, own), rest @ ..] if *own == whole => {
            axes = rest;
            *n
        }
        _ => 1,
    };
    let [_, n, m, k] = [next(true), next(false), next(true), next(false)];
    if !axes.is_empty() {
        return Choice::Operations;
    }
    let axes = if m == 1 { [1, 1, n * k] } else { [n, m, k] };
    Choice::native(DropoutKernel { factors: Factors::new(count(&noise), rate, seed), axes })
}

struct DropoutKernel {
    factors: Factors,
    /// An input `(any, n, m, k)` has factors `(1, n, 1, k)`.
    axes: [usize; 3],
}

/// What is dropped is 0 even if it was infinite or NaN.
fn kept(x: f32, factor: f32) -> f32 {
    if factor == 0.0 { 0.0 } else { x * factor }
}

impl DropoutKernel {
    fn apply(&self, x: &[f32], y: &mut [f32]) {
        let [n, m, k] = self.axes;
        if x.is_empty() {
            return;
        }
        let factors = (0..x.len() / (n * m * k)).flat_map(|_| self.factors.rows(k));
        let blocks = x.chunks_exact(m * k).zip(y.chunks_exact_mut(m * k));
        for ((x, y), factors) in blocks.zip(factors) {
            if let [factor] = factors {
                y.iter_mut().zip(x).for_each(|(y, x)| *y = kept(*x, *factor));
                continue;
            }
            for (x, y) in x.chunks_exact(k).zip(y.chunks_exact_mut(k)) {
                y.iter_mut().zip(x).zip(factors).for_each(|((y, x), f)| *y = kept(*x, *f));
            }
        }
    }
}

impl Kernel for DropoutKernel {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        self.factors.draw(io.context)?;
        self.apply(io.x.at(0), &mut io.y[0]);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        if let (Some(dy), Some(dx)) = (io.y.dy(0), wanted(io.dx, 0)) {
            self.apply(dy, dx);
        }
        Ok(())
    }

    fn needs_context(&self) -> bool {
        true
    }
}
