use super::check::free;
use super::pool::global_pool_layer;

global_pool_layer! {
    /// The largest number of all pixels, `(batch, height, width, channels)` to `(batch, channels)`.
    /// [Keras](https://keras.io/api/layers/pooling_layers/global_max_pooling2d/).
    GlobalMaxPooling2D, 2, Drop
}

free!(GlobalMaxPooling2D);

facts!(GlobalMaxPooling2D { takes_ids: false, uses_batch: false, named_mask: None });
