use super::check::free;
use super::pool::global_pool_layer;

global_pool_layer! {
    /// The largest number of all voxels, `(batch, depth, height, width, channels)` to `(batch, channels)`.
    /// [Keras](https://keras.io/api/layers/pooling_layers/global_max_pooling3d/).
    GlobalMaxPooling3D, 3, Drop
}

free!(GlobalMaxPooling3D);

facts!(GlobalMaxPooling3D { takes_ids: false, uses_batch: false, named_mask: None });
