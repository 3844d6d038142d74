use super::conv::conv_layer;

conv_layer! {
    /// 3D convolution, `(batch, depth, height, width, channels)` to
    /// `(batch, new_depth, new_height, new_width, filters)`.
    /// [Keras](https://keras.io/api/layers/convolution_layers/convolution3d/).
    Conv3D, 3, "depth, height and width"
}

facts!(Conv3D {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    linear_in: |_layer| crate::facts::LINEAR_IN_KERNEL,
});
