use super::spatial_dropout::spatial_dropout_layer;

spatial_dropout_layer! {
    /// While training, drops whole channels of a volume.
    /// [Keras](https://keras.io/api/layers/regularization_layers/spatial_dropout3d/).
    #[doc(alias = "Dropout3d")]
    SpatialDropout3D, 3
}

facts!(SpatialDropout3D { takes_ids: false, uses_batch: false, named_mask: None });
