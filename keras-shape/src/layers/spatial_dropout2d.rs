use super::spatial_dropout::spatial_dropout_layer;

spatial_dropout_layer! {
    /// While training, drops whole channels of an image.
    /// [Keras](https://keras.io/api/layers/regularization_layers/spatial_dropout2d/).
    #[doc(alias = "Dropout2d")]
    SpatialDropout2D, 2
}

facts!(SpatialDropout2D { takes_ids: false, uses_batch: false, named_mask: None });
