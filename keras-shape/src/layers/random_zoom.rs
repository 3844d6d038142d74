use super::augment::{looked_up, same, unmirrored, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, FillMode, Interpolation, Outputs, ShapeError, TensorSpec, wording};

layer! {
    /// While training, makes what each image shows larger or smaller: with a factor of 0.2 a fifth more of it is shown, and
    /// all of it smaller, with -0.2 a fifth less.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_zoom/).
    pub struct RandomZoom {
        /// How much more of the height is shown: between `-height_factor` and `height_factor`, or between two numbers.
        height_factor: Factor,
        /// How much more of the width is shown; as of the height if not given.
        width_factor: Option<Factor> = None,
        /// What lies beyond the edges.
        fill_mode: FillMode = reflect,
        /// How pixels are found between those that there are: `nearest` or `bilinear`.
        interpolation: Interpolation = bilinear,
        /// Makes the numbers of chance the same in every run.
        seed: Option<u64> = None,
        /// The value beyond the edges where `fill_mode` is `constant`.
        fill_value: f64 = 0.0,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl RandomZoom {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(shown("height_factor", self.height_factor));
        tri!(match self.width_factor {
            Some(factor) => shown("width_factor", factor),
            None => Ok(()),
        });
        tri!(looked_up("RandomZoom", self.interpolation));
        tri!(unmirrored("RandomZoom", self.fill_mode));
        same("RandomZoom", inputs, self.data_format)
    }
}

/// More than nothing is shown.
const fn shown(arg: &'static str, factor: Factor) -> Result<(), ShapeError> {
    tri!(within("RandomZoom", arg, factor, -1.0, 1.0));
    let [least, _] = if factor.pair { factor.bounds(-1.0) } else { factor.numbers };
    if least > -1.0 {
        return Ok(());
    }
    Err(wording::range(
        "RandomZoom",
        arg,
        "` lies above -1, where nothing is left to be shown, found ",
        least,
    ))
}

weightless!(RandomZoom, Drop);
free!(RandomZoom);

facts!(RandomZoom { takes_ids: false, uses_batch: false, named_mask: None });
