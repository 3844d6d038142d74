use super::conv_transpose::conv_transpose_layer;

conv_transpose_layer! {
    /// Transposed 1D convolution: `(batch, steps, channels)` to `(batch, new_steps, filters)`.
    /// [Keras](https://keras.io/api/layers/convolution_layers/convolution1d_transpose/).
    #[doc(alias("ConvTranspose1d", "Deconvolution1D"))]
    Conv1DTranspose, 1, "steps",
    {
        /// How much longer the output is at its end, less than `strides`; as the padding says if not given.
        output_padding: Option<crate::Ints<1>> = None,
        /// Where the channels are; last if not given.
        data_format: Option<crate::DataFormat> = None,
    }
}

facts!(Conv1DTranspose {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    linear_in: |_layer| crate::facts::LINEAR_IN_KERNEL,
});
