use super::check::free;
use super::pool::pool_layer;

pool_layer! {
    /// The mean of each window, `(batch, height, width, channels)` to `(batch, new_height, new_width, channels)`.
    /// [Keras](https://keras.io/api/layers/pooling_layers/average_pooling2d/).
    AveragePooling2D, 2
}

free!(AveragePooling2D);

facts!(AveragePooling2D { takes_ids: false, uses_batch: false, named_mask: None });
