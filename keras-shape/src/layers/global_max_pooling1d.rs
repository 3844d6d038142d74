use super::check::free;
use super::pool::global_pool_layer;

global_pool_layer! {
    /// The largest number of all steps, `(batch, steps, channels)` to `(batch, channels)`.
    /// [Keras](https://keras.io/api/layers/pooling_layers/global_max_pooling1d/).
    GlobalMaxPooling1D, 1, Drop
}

free!(GlobalMaxPooling1D);

facts!(GlobalMaxPooling1D { takes_ids: false, uses_batch: false, named_mask: None });
