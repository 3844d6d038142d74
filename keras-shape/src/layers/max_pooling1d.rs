use super::check::free;
use super::pool::pool_layer;

pool_layer! {
    /// The largest number of each window, `(batch, steps, channels)` to `(batch, new_steps, channels)`.
    /// [Keras](https://keras.io/api/layers/pooling_layers/max_pooling1d/).
    MaxPooling1D, 1, [2 = crate::Ints::all(2)]
}

free!(MaxPooling1D);

facts!(MaxPooling1D { takes_ids: false, uses_batch: false, named_mask: None });
