use super::check::free;
use super::pool::adaptive_pool_layer;

adaptive_pool_layer! {
    /// The mean of windows that cover the input evenly, `(batch, steps, channels)` to `(batch, new_steps, channels)`.
    /// [Keras](https://keras.io/api/layers/pooling_layers/adaptive_average_pooling1d/).
    #[doc(alias = "AdaptiveAvgPool1d")]
    AdaptiveAveragePooling1D, 1, "steps"
}

free!(AdaptiveAveragePooling1D);

facts!(AdaptiveAveragePooling1D { takes_ids: false, uses_batch: false, named_mask: None });
