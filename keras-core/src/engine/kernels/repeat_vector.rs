//! `RepeatVector`.

use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};

/// A row several times where it stands.
pub(crate) fn choose(site: &Site<'_>) -> Choice {
    match (site.one_input(), site.y(0)) {
        (true, &[_, times, width]) if width > 0 && times > 0 => Choice::native(Repeat { times, width }),
        _ => Choice::Operations,
    }
}

struct Repeat {
    times: usize,
    width: usize,
}

impl Kernel for Repeat {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let rows = io.x.at(0).chunks_exact(self.width);
        for (x, y) in rows.zip(io.y[0].chunks_exact_mut(self.times * self.width)) {
            y.chunks_exact_mut(self.width).for_each(|y| y.copy_from_slice(x));
        }
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let (Some(dy), Some(dx)) = (io.y.dy(0), wanted(io.dx, 0)) else { return Ok(()) };
        for (dx, dy) in dx.chunks_exact_mut(self.width).zip(dy.chunks_exact(self.times * self.width)) {
            dx.fill(0.0);
            for dy in dy.chunks_exact(self.width) {
                dx.iter_mut().zip(dy).for_each(|(sum, d)| *sum += d);
            }
        }
        Ok(())
    }
}
