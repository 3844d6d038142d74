//! Padding in front of convolutions with strides, as TensorFlow's `"same"` pads.

use keras_core::prelude::*;

model! {
    /// Pads images in front of a convolution with strides of 2 and a kernel of `kernel_size` x `kernel_size`: an axis of an
    /// even length, or of one that only the data knows, gets one row less in front.
    ///
    /// ```
    /// use keras_applications::padding::correct_pad;
    /// use keras_core::prelude::*;
    ///
    /// let model = model!(Input(32, 33, 3) => correct_pad(3, name = "pad"));
    /// assert_eq!(model.output_shape().to_string(), "(None, 33, 35, 3)");
    /// ```
    pub fn correct_pad(x, kernel_size, name) {
        let correct = (kernel_size / 2).floor();
        let mut rows = 1;
        let mut columns = 1;
        if x.shape[1] != None { rows = 1 - x.shape[1] % 2; }
        if x.shape[2] != None { columns = 1 - x.shape[2] % 2; }
        x => ZeroPadding2D(padding = ((correct - rows, correct), (correct - columns, correct)), name = name)
    }
}
