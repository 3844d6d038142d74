//! `Dot`.

use keras_kernels::aligned::Aligned;
use keras_kernels::dot::{Dot as Sizes, Side};
use keras_shape::layers::Dot;

use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Inputs, Kernel, Site, wanted};
use crate::engine::parts::count;

/// The products where they stand. An axis with others on both sides, apart from the batch, is left to the operations.
pub(crate) fn choose(layer: &Dot, site: &Site<'_>) -> Choice {
    let inputs = site.feeds.len() == 2 && site.feeds.iter().all(|feed| feed.role.is_input());
    let axes = match *layer.axes.list {
        [axis] => [axis, axis],
        [i, j] => [i, j],
        _ => return Choice::Operations,
    };
    // What the product does not look at, masks, ends here.
    if !inputs || site.masked() {
        return Choice::Operations;
    }
    let (Some(left), Some(right)) = (side(site.x(0), axes[0]), side(site.x(1), axes[1])) else {
        return Choice::Operations;
    };
    let batch = site.x(0)[0];
    if left.depth != right.depth || site.x(1)[0] != batch {
        return Choice::Operations;
    }
    let factor = |side: Side| match layer.normalize {
        true => Unit {
            numbers: Aligned::zeros(batch * side.rows * side.depth),
            lengths: Aligned::zeros(batch * side.rows),
        },
        false => Unit::default(),
    };
    Choice::native(Product {
        units: [factor(left), factor(right)],
        sizes: Sizes { batch, left, right },
        normalize: layer.normalize,
    })
}

/// A factor as a matrix for each sample.
fn side(shape: &[usize], axis: isize) -> Option<Side> {
    let at = if axis < 0 { axis + shape.len() as isize } else { axis };
    let at = usize::try_from(at).ok().filter(|at| (1..shape.len()).contains(at))?;
    let (before, behind) = (count(&shape[1..at]), count(&shape[at + 1..]));
    match (before, behind) {
        (rows, 1) => Some(Side { rows, depth: shape[at], across: false }),
        (1, rows) => Some(Side { rows, depth: shape[at], across: true }),
        _ => None,
    }
}

struct Product {
    sizes: Sizes,
    normalize: bool,
    units: [Unit; 2],
}

/// A factor brought to length 1.
#[derive(Default)]
struct Unit {
    numbers: Aligned,
    lengths: Aligned,
}

impl Product {
    fn factors<'a>(&'a self, x: Inputs<'a>) -> [&'a [f32]; 2] {
        if self.normalize { [&self.units[0].numbers, &self.units[1].numbers] } else { [x.at(0), x.at(1)] }
    }
}

impl Kernel for Product {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        if self.normalize {
            for (i, (unit, side)) in
                self.units.iter_mut().zip([self.sizes.left, self.sizes.right]).enumerate()
            {
                side.normalize(io.x.at(i), &mut unit.numbers, &mut unit.lengths);
            }
        }
        let [a, b] = self.factors(io.x);
        self.sizes.forward(a, b, &mut io.y[0]);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let [a, b] = self.factors(io.x);
        let (first, second) = io.dx.split_at_mut(1);
        let (mut da, mut db) = (wanted(first, 0), wanted(second, 0));
        self.sizes.backward(a, b, dy, da.as_deref_mut(), db.as_deref_mut());
        if self.normalize {
            for ((d, unit), side) in
                [da, db].into_iter().zip(&self.units).zip([self.sizes.left, self.sizes.right])
            {
                if let Some(d) = d {
                    side.normalize_backward(&unit.numbers, &unit.lengths, d);
                }
            }
        }
        Ok(())
    }
}
