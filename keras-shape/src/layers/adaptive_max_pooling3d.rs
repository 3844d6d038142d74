use super::check::free;
use super::pool::adaptive_pool_layer;

adaptive_pool_layer! {
    /// The largest number of windows that cover the input evenly, `(batch, depth, height, width, channels)` to `(batch, new_depth, new_height, new_width, channels)`.
    /// [Keras](https://keras.io/api/layers/pooling_layers/adaptive_max_pooling3d/).
    #[doc(alias = "AdaptiveMaxPool3d")]
    AdaptiveMaxPooling3D, 3, "depth, height and width"
}

free!(AdaptiveMaxPooling3D);

facts!(AdaptiveMaxPooling3D { takes_ids: false, uses_batch: false, named_mask: None });
