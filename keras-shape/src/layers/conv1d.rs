use super::conv::conv_layer;

conv_layer! {
    /// 1D convolution, `(batch, steps, channels)` to `(batch, new_steps, filters)`.
    /// [Keras](https://keras.io/api/layers/convolution_layers/convolution1d/).
    Conv1D, 1, "steps"
}

facts!(Conv1D {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    linear_in: |_layer| crate::facts::LINEAR_IN_KERNEL,
});
