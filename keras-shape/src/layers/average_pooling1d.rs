use super::check::free;
use super::pool::pool_layer;

pool_layer! {
    /// The mean of each window, `(batch, steps, channels)` to `(batch, new_steps, channels)`.
    /// [Keras](https://keras.io/api/layers/pooling_layers/average_pooling1d/).
    AveragePooling1D, 1
}

free!(AveragePooling1D);

facts!(AveragePooling1D { takes_ids: false, uses_batch: false, named_mask: None });
