//! Layers that put numbers elsewhere: joined, with zeros around them.

use keras_kernels::join::{put, take};
use keras_shape::DataFormat;
use keras_shape::layers::{Concatenate, ZeroPadding2D};

use super::window::{image, pair};
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, Site, wanted};
use crate::engine::parts::count;

/// Tensors joined on an axis. Masks are left to the operations.
pub(crate) fn concatenate(layer: &Concatenate, site: &Site<'_>) -> Choice {
    let shape = site.y(0);
    let axis = if layer.axis < 0 { layer.axis + shape.len() as isize } else { layer.axis };
    let Some(axis) = usize::try_from(axis).ok().filter(|axis| *axis < shape.len()) else {
        return Choice::Operations;
    };
    let fits =
        |x: &[usize]| x.len() == shape.len() && (0..shape.len()).all(|i| i == axis || x[i] == shape[i]);
    let all: usize = (0..site.feeds.len()).map(|i| site.x(i).get(axis).copied().unwrap_or(0)).sum();
    let inputs = site.feeds.iter().all(|feed| feed.role.is_input());
    if site.masked() || !inputs || all != shape[axis] || !(0..site.feeds.len()).all(|i| fits(site.x(i))) {
        return Choice::Operations;
    }
    let widths = (0..site.feeds.len()).map(|i| count(&site.x(i)[axis..])).collect();
    Choice::native(Join { row: count(&shape[axis..]), widths })
}

struct Join {
    /// Numbers of the output from the joined axis on.
    row: usize,
    /// Those of each input.
    widths: Vec<usize>,
}

impl Kernel for Join {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let mut from = 0;
        for (i, width) in self.widths.iter().enumerate().filter(|(_, width)| **width > 0) {
            put(io.x.at(i), from..from + width, &mut io.y[0], self.row);
            from += width;
        }
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let Some(dy) = io.y.dy(0) else { return Ok(()) };
        let mut from = 0;
        for (i, width) in self.widths.iter().enumerate().filter(|(_, width)| **width > 0) {
            if let Some(dx) = wanted(io.dx, i) {
                take(dy, self.row, from..from + width, dx);
            }
            from += width;
        }
        Ok(())
    }
}

/// An image in a frame of zeros.
pub(crate) fn zero_padding2d(layer: &ZeroPadding2D, site: &Site<'_>) -> Choice {
    let Some((_, [h, w], c)) = image(site.x(0)) else { return Choice::Operations };
    let [[top, bottom], [left, right]] = layer.padding.0.each_ref().map(pair);
    let fits = site.y(0).get(1..) == Some(&[h + top + bottom, w + left + right, c][..]);
    if !site.one_input() || DataFormat::is_first(layer.data_format) || !fits {
        return Choice::Operations;
    }
    Choice::native(Frame {
        height: h,
        row: w * c,
        wide: (w + left + right) * c,
        before: (top * (w + left + right) + left) * c,
        image: (h + top + bottom) * (w + left + right) * c,
    })
}

struct Frame {
    height: usize,
    /// Numbers in a row of the image.
    row: usize,
    /// Numbers in a row of the frame.
    wide: usize,
    /// Numbers of the frame before the first of the image.
    before: usize,
    /// Numbers in the frame of one image.
    image: usize,
}

impl Frame {
    /// Calls `f(place in the output, place in the input)` for each row of each image.
    fn rows(&self, len: usize, mut f: impl FnMut(core::ops::Range<usize>, core::ops::Range<usize>)) {
        let images = len / (self.height * self.row).max(1);
        for i in 0..images * self.height {
            let (image, y) = (i / self.height, i % self.height);
            let (from, to) = (i * self.row, image * self.image + self.before + y * self.wide);
            f(to..to + self.row, from..from + self.row);
        }
    }
}

impl Kernel for Frame {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let (x, y) = (io.x.at(0), &mut io.y[0]);
        y.fill(0.0);
        self.rows(x.len(), |to, from| y[to].copy_from_slice(&x[from]));
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        if let (Some(dy), Some(dx)) = (io.y.dy(0), wanted(io.dx, 0)) {
            self.rows(dx.len(), |to, from| dx[from].copy_from_slice(&dy[to]));
        }
        Ok(())
    }
}
