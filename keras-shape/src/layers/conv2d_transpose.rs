use super::conv_transpose::conv_transpose_layer;

conv_transpose_layer! {
    /// Transposed 2D convolution: `(batch, height, width, channels)` to `(batch, new_height, new_width, filters)`.
    /// [Keras](https://keras.io/api/layers/convolution_layers/convolution2d_transpose/).
    #[doc(alias("ConvTranspose2d", "Deconvolution2D"))]
    Conv2DTranspose, 2, "height and width",
    {
        /// How much longer the output is at its end, less than `strides`; as the padding says if not given.
        output_padding: Option<crate::Ints<2>> = None,
        /// Where the channels are; last if not given.
        data_format: Option<crate::DataFormat> = None,
    }
}

facts!(Conv2DTranspose {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    linear_in: |_layer| crate::facts::LINEAR_IN_KERNEL,
});
