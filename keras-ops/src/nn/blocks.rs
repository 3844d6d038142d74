//! Pixels into channels and back.

use super::sizes::DataFormat;
use crate::error::Problem;
use crate::operand::{Built, Operand};
use crate::shapes::shaped;
use crate::strided::permuted;
use crate::symbolic::{mistaken, settled};
use crate::{Shape, Symbolic};

/// A rearrangement of blocks before its optional arguments are set.
#[derive(Clone, Debug)]
pub struct BlocksCall {
    x: Symbolic,
    block_size: usize,
    data_format: DataFormat,
    to_depth: bool,
}

impl BlocksCall {
    /// Both ways take the axes apart, change places, and put them together.
    #[track_caller]
    fn value(&self) -> Result<Symbolic, Problem> {
        let (x, k) = (&self.x, self.block_size);
        if x.ndim() != 4 {
            let (shape, expected) = (x.shape().clone(), "4 axes: samples, two of the image, channels");
            return Err(Problem::Rank { of: "x", shape, expected });
        }
        if k < 2 {
            return Err(Problem::Argument(format!("block_size is {k}, and must be at least 2")));
        }
        let last = self.data_format == DataFormat::ChannelsLast;
        let (n, [h, w, c]) =
            (x.shape()[0], if last { [1, 2, 3] } else { [2, 3, 1] }.map(|axis| x.shape()[axis]));
        let axes: &[(&str, usize, usize)] = match self.to_depth {
            true => &[("height", h, k), ("width", w, k)],
            false => &[("channels", c, k * k)],
        };
        if let Some((of, length, by)) = axes.iter().find(|(_, length, by)| length % by != 0) {
            let text = format!("the {of} of x {}, {length}, must be a multiple of {by}", x.shape());
            return Err(Problem::Argument(text));
        }
        let (apart, order, to): (Shape, [usize; 6], Shape) = match (self.to_depth, last) {
            (false, true) => {
                let c = c / (k * k);
                ([n, h, w, k, k, c].into(), [0, 1, 3, 2, 4, 5], [n, h * k, w * k, c].into())
            }
            (false, false) => {
                let c = c / (k * k);
                ([n, c, k, k, h, w].into(), [0, 1, 4, 2, 5, 3], [n, c, h * k, w * k].into())
            }
            (true, true) => {
                let (h, w) = (h / k, w / k);
                ([n, h, k, w, k, c].into(), [0, 1, 3, 2, 4, 5], [n, h, w, c * k * k].into())
            }
            (true, false) => {
                let (h, w) = (h / k, w / k);
                ([n, c, h, k, w, k].into(), [0, 1, 3, 5, 2, 4], [n, c * k * k, h, w].into())
            }
        };
        Ok(shaped(&permuted(&shaped(x, apart, "reshape"), &order), to, "reshape"))
    }
}

impl Built<BlocksCall> {
    /// Where the channels are. [`DataFormat::ChannelsLast`] unless set.
    #[must_use]
    #[track_caller]
    pub fn data_format(mut self, data_format: DataFormat) -> Self {
        self.call.data_format = data_format;
        let name = if self.call.to_depth { "space_to_depth" } else { "depth_to_space" };
        let value = match mistaken(&[&self.call.x]) {
            Some(mistake) => mistake,
            None => settled(name, self.call.value()),
        };
        Built::new(value, self.call)
    }
}

#[track_caller]
fn blocks(x: Symbolic, block_size: usize, to_depth: bool) -> Built<BlocksCall> {
    let call = BlocksCall { x, block_size, data_format: DataFormat::default(), to_depth };
    Built::new(call.x.clone(), call).data_format(DataFormat::default())
}

/// Channels as blocks of pixels: `x (batch, height, width, channels)` gives
/// `(batch, height * block_size, width * block_size, channels / block_size²)`.
/// [Keras](https://keras.io/api/ops/nn/#depthtospace-function).
#[track_caller]
pub fn depth_to_space(x: impl Operand, block_size: usize) -> Built<BlocksCall> {
    blocks(x.symbolic(), block_size, false)
}

/// Blocks of pixels as channels: `x (batch, height, width, channels)` gives
/// `(batch, height / block_size, width / block_size, channels * block_size²)`.
/// [Keras](https://keras.io/api/ops/nn/#spacetodepth-function).
#[track_caller]
pub fn space_to_depth(x: impl Operand, block_size: usize) -> Built<BlocksCall> {
    blocks(x.symbolic(), block_size, true)
}
