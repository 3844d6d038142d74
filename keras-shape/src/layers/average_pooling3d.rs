use super::check::free;
use super::pool::pool_layer;

pool_layer! {
    /// The mean of each window, `(batch, depth, height, width, channels)` to
    /// `(batch, new_depth, new_height, new_width, channels)`.
    /// [Keras](https://keras.io/api/layers/pooling_layers/average_pooling3d/).
    AveragePooling3D, 3
}

free!(AveragePooling3D);

facts!(AveragePooling3D { takes_ids: false, uses_batch: false, named_mask: None });
