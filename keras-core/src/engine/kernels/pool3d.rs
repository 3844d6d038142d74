//! Pooling windows of images with three axes, channels last.

use keras_kernels::pool::Pool3d;
use keras_shape::DataFormat;

use super::pool::{Arguments, Kind, windows};
use super::window::border;
use crate::engine::kernel::{Choice, Site};

/// A pooling where it stands.
pub(crate) fn choose(kind: Kind, layer: &Arguments<3>, site: &Site<'_>) -> Choice {
    sized(layer, site).map_or(Choice::Operations, |pool| windows(kind, pool, site))
}

fn sized(layer: &Arguments<3>, site: &Site<'_>) -> Option<Pool3d> {
    let ([batch, i @ .., channels], [_, o @ .., _]) = (site.x(0), site.y(0)) else { return None };
    let (image, windows): ([usize; 3], [usize; 3]) = (i.try_into().ok()?, o.try_into().ok()?);
    let [window, stride] = [layer.size, layer.steps].map(|ints| ints.0.map(|size| size.or(1)));
    let some = site.x(0).iter().chain(site.y(0)).all(|n| *n > 0);
    if !site.one_input() || DataFormat::is_first(layer.format) || !some {
        return None;
    }
    let before = core::array::from_fn(|i| border(layer.padding, image[i], window[i], stride[i]).0);
    Some(Pool3d { batch: *batch, image, channels: *channels, window, stride, before, windows })
}
