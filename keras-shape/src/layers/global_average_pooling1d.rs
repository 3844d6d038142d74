use super::check::free;
use super::pool::global_pool_layer;

global_pool_layer! {
    /// The mean of all steps that are not masked, `(batch, steps, channels)` to `(batch, channels)`.
    /// [Keras](https://keras.io/api/layers/pooling_layers/global_average_pooling1d/).
    GlobalAveragePooling1D, 1, Use
}

free!(GlobalAveragePooling1D);

impl GlobalAveragePooling1D {
    pub(crate) const fn facts(&self) -> crate::Facts {
        let named_mask = crate::NamedMask::StepsAt(super::steps_axis(self.data_format));
        crate::Facts { named_mask, ..crate::Facts::PLAIN }
    }
}
