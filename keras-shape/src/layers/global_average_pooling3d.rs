use super::check::free;
use super::pool::global_pool_layer;

global_pool_layer! {
    /// The mean of all voxels, `(batch, depth, height, width, channels)` to `(batch, channels)`.
    /// [Keras](https://keras.io/api/layers/pooling_layers/global_average_pooling3d/).
    GlobalAveragePooling3D, 3, Drop
}

free!(GlobalAveragePooling3D);

facts!(GlobalAveragePooling3D { takes_ids: false, uses_batch: false, named_mask: None });
