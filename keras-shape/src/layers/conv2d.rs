use super::conv::conv_layer;

conv_layer! {
    /// 2D convolution, `(batch, height, width, channels)` to `(batch, new_height, new_width, filters)`.
    /// [Keras](https://keras.io/api/layers/convolution_layers/convolution2d/).
    Conv2D, 2, "height and width"
}

facts!(Conv2D {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    linear_in: |_layer| crate::facts::LINEAR_IN_KERNEL,
});
