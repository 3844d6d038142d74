use super::check::free;
use super::pool::adaptive_pool_layer;

adaptive_pool_layer! {
    /// The mean of windows that cover the input evenly, `(batch, height, width, channels)` to `(batch, new_height, new_width, channels)`.
    /// [Keras](https://keras.io/api/layers/pooling_layers/adaptive_average_pooling2d/).
    #[doc(alias = "AdaptiveAvgPool2d")]
    AdaptiveAveragePooling2D, 2, "height and width"
}

free!(AdaptiveAveragePooling2D);

facts!(AdaptiveAveragePooling2D { takes_ids: false, uses_batch: false, named_mask: None });
