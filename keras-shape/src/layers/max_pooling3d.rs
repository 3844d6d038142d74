use super::check::free;
use super::pool::pool_layer;

pool_layer! {
    /// The largest number of each window, `(batch, depth, height, width, channels)` to
    /// `(batch, new_depth, new_height, new_width, channels)`.
    /// [Keras](https://keras.io/api/layers/pooling_layers/max_pooling3d/).
    MaxPooling3D, 3, [2 = crate::Ints::all(2)]
}

free!(MaxPooling3D);

facts!(MaxPooling3D { takes_ids: false, uses_batch: false, named_mask: None });
