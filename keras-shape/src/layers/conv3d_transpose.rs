use super::conv_transpose::conv_transpose_layer;

conv_transpose_layer! {
    /// Transposed 3D convolution: `(batch, depth, height, width, channels)` to `(batch, new_depth, new_height, new_width, filters)`.
    /// [Keras](https://keras.io/api/layers/convolution_layers/convolution3d_transpose/).
    #[doc(alias("ConvTranspose3d", "Deconvolution3D"))]
    Conv3DTranspose, 3, "depth, height and width",
    {
        /// Where the channels are; last if not given.
        data_format: Option<crate::DataFormat> = None,
        /// How much longer the output is at its end, less than `strides`; as the padding says if not given.
        output_padding: Option<crate::Ints<3>> = None,
    }
}

facts!(Conv3DTranspose {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    linear_in: |_layer| crate::facts::LINEAR_IN_KERNEL,
});
