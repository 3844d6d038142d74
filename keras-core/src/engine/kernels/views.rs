//! Layers whose output has the numbers of the input: nothing is computed or copied.

use keras_shape::DataFormat;
use keras_shape::layers::Flatten;

use crate::engine::kernel::{Choice, Site};

/// The same numbers in other axes.
pub(crate) fn same(site: &Site<'_>) -> Choice {
    if site.one_input() { Choice::Same } else { Choice::Operations }
}

/// The same numbers, unless channels have to be moved to the end.
pub(crate) fn flatten(layer: &Flatten, site: &Site<'_>) -> Choice {
    if DataFormat::is_first(layer.data_format) && site.x(0).len() > 2 {
        Choice::Operations
    } else {
        same(site)
    }
}
