//! All gradients of a convolution of each channel by itself, a sample at a time: what one of them has read is still in the
//! cache for the next.

use super::gather::Gather;
use super::{Depthwise, weights};
use crate::activation::Act;
use crate::conv::Make;
use crate::simd::Path;
use crate::threads::{self, Rows, parts};
use crate::{scratch, vector};

/// What [`Depthwise::backward`] fills.
#[derive(Debug, Default)]
pub struct DepthwiseGradients<'a> {
    /// Of the images.
    pub dx: Option<&'a mut [f32]>,
    /// Of the kernel.
    pub dw: Option<&'a mut [f32]>,
    /// Of the bias.
    pub db: Option<&'a mut [f32]>,
}

/// What came last in [`Depthwise::apply`].
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'a> {
    /// The activation, whose gradient goes by its output.
    pub act: Act,
    /// The results; of [`Act::Linear`] nobody looks at them.
    pub y: &'a [f32],
}

/// Samples fall into at most so many groups, whose sums are added in their order: the same for any number of threads.
const GROUPS: usize = 64;

/// Where the gradients of the results come from.
#[derive(Clone, Copy)]
pub(super) enum Slope<'a> {
    /// They lie in memory.
    Given(&'a [f32]),
    /// `make(sample, part, gradients)` fills those of a sample, all of it.
    Made(&'a Make<'a>),
}

/// The gradients from those of the sums.
pub(super) fn all(of: &Depthwise, path: Path, x: &[f32], w: &[f32], slope: Slope, to: DepthwiseGradients) {
    let DepthwiseGradients { dx, dw, db } = to;
    of.check(x.len(), if dx.is_some() { w.len() } else { of.weights() }, of.results());
    assert!(dx.as_ref().is_none_or(|dx| dx.len() == x.len()), "gradients of images");
    assert!(dw.as_ref().is_none_or(|dw| dw.len() == of.weights()), "gradients of the kernel");
    assert!(db.as_ref().is_none_or(|db| db.len() == of.channels), "gradients of the bias");
    let (kernel, bias) = (dw.as_ref().map_or(0, |dw| dw.len()), db.as_ref().map_or(0, |db| db.len()));
    if of.results() == 0 {
        return [dx, dw, db].into_iter().flatten().for_each(|x| x.fill(0.0));
    }
    let each = of.batch.div_ceil(GROUPS);
    let (groups, image) = (of.batch.div_ceil(each), of.pixels() / of.batch);
    let samples = Samples { of, path, x, slope, back: dx.is_some().then(|| Gather::images(of, path, w)) };
    scratch::with(groups * (kernel + bias), |sums| {
        sums.fill(0.0);
        let job = (Rows::new(&mut *sums, kernel + bias), Rows::optional(dx, each * image));
        threads::each(groups, parts(2 * of.work(), groups), job, &|these, (sums, dx)| {
            let (mut sums, mut dx, first) = (sums.data, dx.wanted(), these.start * each);
            for group in these {
                let (own, rest) = core::mem::take(&mut sums).split_at_mut(kernel + bias);
                sums = rest;
                for i in group * each..of.batch.min((group + 1) * each) {
                    let dx = dx.as_deref_mut().map(|dx| &mut dx[(i - first) * image..][..image]);
                    let (dw, db) = own.split_at_mut(kernel);
                    samples.add(i, dw, db, dx);
                }
            }
        });
        for (to, start) in [(dw, 0), (db, kernel)] {
            let Some(to) = to else { continue };
            to.fill(0.0);
            for sums in sums.chunks_exact((kernel + bias).max(1)) {
                vector::add(path, to, &sums[start..][..to.len()]);
            }
        }
    });
}

/// The samples of a batch.
struct Samples<'a> {
    of: &'a Depthwise,
    path: Path,
    x: &'a [f32],
    slope: Slope<'a>,
    /// What makes the gradients of images, if they are wanted.
    back: Option<Gather<'a>>,
}

impl Samples<'_> {
    /// Adds what sample `i` gives to the gradients of kernel and bias, where they are not empty, and fills those of its
    /// image.
    fn add(&self, i: usize, dw: &mut [f32], db: &mut [f32], dx: Option<&mut [f32]>) {
        let (of, path) = (self.of, self.path);
        let (image, result) = (of.pixels() / of.batch, of.results() / of.batch);
        let gradients = |dz: &[f32]| {
            if !db.is_empty() {
                vector::add_rows(path, db, dz);
            }
            if !dw.is_empty() {
                weights::add(of, path, &self.x[i * image..][..image], dz, dw);
            }
            if let (Some(back), Some(dx)) = (&self.back, dx) {
                back.sample(dz, dx);
            }
        };
        match self.slope {
            Slope::Given(dy) => gradients(&dy[i * result..][..result]),
            Slope::Made(make) => scratch::with(result, |dz| {
                make(i, 0..result, dz);
                gradients(dz);
            }),
        }
    }
}
