//! `Rescaling`.

use keras_shape::layers::Rescaling;

use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};

/// A rescaling where it stands.
pub(crate) fn choose(layer: &Rescaling, site: &Site<'_>) -> Choice {
    let n = site.rows(0).1;
    let numbers = |numbers: &[f64]| match numbers {
        [one] => Some(vec![*one as f32; n]),
        many if many.len() == n => Some(many.iter().map(|x| *x as f32).collect()),
        _ => None,
    };
    match (numbers(layer.scale.0), numbers(layer.offset.0)) {
        (Some(scale), Some(offset)) if site.one_input() && n > 0 => Choice::native(Rescale { scale, offset }),
        _ => Choice::Operations,
    }
}

/// A factor and what is added for each channel.
struct Rescale {
    scale: Vec<f32>,
    offset: Vec<f32>,
}

impl Kernel for Rescale {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let n = self.scale.len();
        for (y, x) in io.y[0].chunks_exact_mut(n).zip(io.x.at(0).chunks_exact(n)) {
            let numbers = self.scale.iter().zip(&self.offset);
            y.iter_mut().zip(x).zip(numbers).for_each(|((y, x), (k, b))| *y = x * k + b);
        }
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let (Some(dy), Some(dx)) = (io.y.dy(0), wanted(io.dx, 0)) else { return Ok(()) };
        let n = self.scale.len();
        for (dx, dy) in dx.chunks_exact_mut(n).zip(dy.chunks_exact(n)) {
            dx.iter_mut().zip(dy).zip(&self.scale).for_each(|((dx, dy), k)| *dx = dy * k);
        }
        Ok(())
    }
}
