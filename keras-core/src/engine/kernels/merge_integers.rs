//! Layers that make one tensor of integers of several. As in Keras, sums and products beyond `i32` wrap around.

use super::merge::Pairwise;
use super::stretch::Stretch;
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site};
use crate::tensor::{bits, integer};

/// A merging layer of integers, without masks, where it stands.
pub(super) fn choose(pairwise: Pairwise, site: &Site<'_>) -> Choice {
    let (shape, mut stretched) = (site.y(0), Vec::new());
    for i in 0..site.feeds.len() {
        if site.x(i) == shape {
            stretched.push(None);
            continue;
        }
        match Stretch::new(site.x(i), shape, false) {
            None => return Choice::Operations,
            stretch => stretched.push(stretch),
        }
    }
    Choice::native(MergeIntegers { pairwise, stretched })
}

struct MergeIntegers {
    pairwise: Pairwise,
    /// The inputs that are brought to the lengths of the output. They are only moved there.
    stretched: Vec<Option<Stretch>>,
}

impl Pairwise {
    fn of_integers(self, a: i32, b: i32) -> i32 {
        match self {
            // Keras's mean is of floats, to which this layer's inputs come as such.
            Pairwise::Add | Pairwise::Average => a.wrapping_add(b),
            Pairwise::Subtract => a.wrapping_sub(b),
            Pairwise::Multiply => a.wrapping_mul(b),
            Pairwise::Maximum => a.max(b),
            Pairwise::Minimum => a.min(b),
        }
    }
}

impl Kernel for MergeIntegers {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let y = &mut io.y[0];
        for (i, stretch) in self.stretched.iter_mut().enumerate() {
            let x = match stretch {
                Some(stretch) => {
                    stretch.fill(io.x.at(i));
                    &stretch.y[..]
                }
                None => io.x.at(i),
            };
            match i {
                0 => y.copy_from_slice(x),
                _ => y.iter_mut().zip(x).for_each(|(y, x)| {
                    *y = bits(self.pairwise.of_integers(integer(*y), integer(*x)));
                }),
            }
        }
        Ok(())
    }

    fn backward(&mut self, _: Backward<'_>) -> Result<()> {
        Ok(())
    }
}
