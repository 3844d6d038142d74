use super::check::free;
use super::pool::global_pool_layer;

global_pool_layer! {
    /// The mean of all pixels, `(batch, height, width, channels)` to `(batch, channels)`.
    /// [Keras](https://keras.io/api/layers/pooling_layers/global_average_pooling2d/).
    GlobalAveragePooling2D, 2, Drop
}

free!(GlobalAveragePooling2D);

facts!(GlobalAveragePooling2D { takes_ids: false, uses_batch: false, named_mask: None });
