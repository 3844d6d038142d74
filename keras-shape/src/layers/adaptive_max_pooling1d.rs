use super::check::free;
use super::pool::adaptive_pool_layer;

adaptive_pool_layer! {
    /// The largest number of windows that cover the input evenly, `(batch, steps, channels)` to `(batch, new_steps, channels)`.
    /// [Keras](https://keras.io/api/layers/pooling_layers/adaptive_max_pooling1d/).
    #[doc(alias = "AdaptiveMaxPool1d")]
    AdaptiveMaxPooling1D, 1, "steps"
}

free!(AdaptiveMaxPooling1D);

facts!(AdaptiveMaxPooling1D { takes_ids: false, uses_batch: false, named_mask: None });
