use super::check::free;
use super::pool::global_pool_layer;

global_pool_layer! {
    /// The mean of all steps that are not masked, `(batch, steps, channels)` to `(batch, channels)`.
    /// [Keras](https://keras.io/api/layers/pooling_layers/global_average_pooling1d/).
    GlobalAveragePooling1D, 1, Use
}

free!(GlobalAveragePooling1D);
