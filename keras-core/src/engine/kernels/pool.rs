//! Pooling windows and the pooling of whole images, channels last.

use keras_kernels::pool::{Pool, Pool3d, largest_backward};
use keras_shape::{DataFormat, Ints, Padding};

use super::link::Link;
use super::window::{borders, image, pair};
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};
use crate::engine::parts::count;

/// What is made of a window.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Its largest number.
    Max,
    /// Its mean.
    Average,
}

/// A pooling layer's arguments.
pub(crate) struct Arguments<const N: usize> {
    pub size: Ints<N>,
    pub steps: Ints<N>,
    pub padding: Padding,
    pub format: Option<DataFormat>,
}

macro_rules! arguments {
    ($layer:expr) => {
        $crate::engine::kernels::pool::Arguments {
            size: $layer.pool_size,
            steps: $layer.steps(),
            padding: $layer.padding,
            format: $layer.data_format,
        }
    };
}
pub(crate) use arguments;

/// A pooling of windows where it stands.
pub(crate) fn choose<const N: usize>(kind: Kind, layer: &Arguments<N>, site: &Site<'_>) -> Choice {
    sized(layer, site).map_or(Choice::Operations, |pool| windows(kind, pool, site))
}

/// The kernel of windows of any number of axes.
pub(super) fn windows<P: Windows>(kind: Kind, pool: P, site: &Site<'_>) -> Choice {
    match kind {
        Kind::Max => {
            let which = if site.gradients { vec![0; count(site.y(0))] } else { Vec::new() };
            Choice::native(Largest { pool, which })
        }
        Kind::Average => Choice::native(Mean { pool }),
    }
}

/// The windows of a pooling of images or sequences that there is a kernel for.
fn sized<const N: usize>(layer: &Arguments<N>, site: &Site<'_>) -> Option<Pool> {
    if !site.one_input() || DataFormat::is_first(layer.format) {
        return None;
    }
    let ((batch, image, channels), (_, output, _)) = (image(site.x(0))?, image(site.y(0))?);
    let (window, stride) = (pair(&layer.size), pair(&layer.steps));
    let [pad_height, pad_width] = borders::<N>(layer.padding, image, window, stride);
    let pool = Pool { batch, image, channels, window, stride, pad_height, pad_width };
    (pool.output() == output).then_some(pool)
}

/// What a layer of windows is to a kernel for several layers.
pub(crate) fn largest<const N: usize>(layer: &Arguments<N>, site: &Site<'_>) -> Option<Link<'static>> {
    sized(layer, site).map(Link::Largest)
}

/// What the mean of each channel is to a kernel for several layers.
pub(crate) fn mean(format: Option<DataFormat>, site: &Site<'_>) -> Option<Link<'static>> {
    (site.one_input() && !DataFormat::is_first(format)).then_some(Link::Mean)
}

/// As [`image`]; of images with three axes planes lie below each other, which the whole image does not tell.
fn whole(shape: &[usize]) -> Option<(usize, [usize; 2], usize)> {
    match *shape {
        [batch, depth, height, width, channels] => Some((batch, [depth * height, width], channels)),
        _ => image(shape),
    }
}

/// A pooling of whole images where it stands.
pub(crate) fn global(kind: Kind, format: Option<DataFormat>, site: &Site<'_>) -> Choice {
    let Some((batch, sides, channels)) = whole(site.x(0)) else { return Choice::Operations };
    if !site.one_input() || DataFormat::is_first(format) || sides.contains(&0) {
        return Choice::Operations;
    }
    let pool = Pool::global(batch, sides, channels);
    match kind {
        Kind::Max => Choice::native(LargestOfAll { pool }),
        Kind::Average => Choice::native(Mean { pool }),
    }
}

/// Windows of images, which are pooled as [`Pool`] says.
pub(super) trait Windows: Send + 'static {
    fn max(&self, x: &[f32], y: &mut [f32], which: Option<&mut [u32]>);
    fn max_backward(&self, which: &[u32], dy: &[f32], dx: &mut [f32]);
    fn average(&self, x: &[f32], y: &mut [f32]);
    fn average_backward(&self, dy: &[f32], dx: &mut [f32]);
}

macro_rules! windows {
    ($($pool:ident)*) => { $(
        impl Windows for $pool {
            fn max(&self, x: &[f32], y: &mut [f32], which: Option<&mut [u32]>) {
                $pool::max(self, x, y, which);
            }

            fn max_backward(&self, which: &[u32], dy: &[f32], dx: &mut [f32]) {
                $pool::max_backward(self, which, dy, dx);
            }

            fn average(&self, x: &[f32], y: &mut [f32]) {
                $pool::average(self, x, y);
            }

            fn average_backward(&self, dy: &[f32], dx: &mut [f32]) {
                $pool::average_backward(self, dy, dx);
            }
        }
    )* };
}
windows! { Pool Pool3d }

struct Largest<P> {
    pool: P,
    /// Which pixel it was, for the gradient.
    which: Vec<u32>,
}

impl<P: Windows> Kernel for Largest<P> {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let which = Some(self.which.as_mut_slice()).filter(|which| !which.is_empty());
        self.pool.max(io.x.at(0), &mut io.y[0], which);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        if let (Some(dy), Some(dx)) = (io.y.dy(0), wanted(io.dx, 0)) {
            self.pool.max_backward(&self.which, dy, dx);
        }
        Ok(())
    }
}

struct Mean<P> {
    pool: P,
}

impl<P: Windows> Kernel for Mean<P> {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        self.pool.average(io.x.at(0), &mut io.y[0]);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        if let (Some(dy), Some(dx)) = (io.y.dy(0), wanted(io.dx, 0)) {
            self.pool.average_backward(dy, dx);
        }
        Ok(())
    }
}

/// The largest of a whole image. Where several are largest, they share the gradient, as in Keras.
struct LargestOfAll {
    pool: Pool,
}

impl Kernel for LargestOfAll {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        self.pool.max(io.x.at(0), &mut io.y[0], None);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        if let (Some(dy), Some(dx)) = (io.y.dy(0), wanted(io.dx, 0)) {
            largest_backward(io.x.at(0), io.y.y(0), dy, dx, self.pool.channels);
        }
        Ok(())
    }
}
