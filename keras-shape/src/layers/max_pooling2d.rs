use super::check::free;
use super::pool::pool_layer;

pool_layer! {
    /// The largest number of each window, `(batch, height, width, channels)` to `(batch, new_height, new_width, channels)`.
    /// [Keras](https://keras.io/api/layers/pooling_layers/max_pooling2d/).
    MaxPooling2D, 2, [2 = crate::Ints::all(2)]
}

free!(MaxPooling2D);

facts!(MaxPooling2D { takes_ids: false, uses_batch: false, named_mask: None });
