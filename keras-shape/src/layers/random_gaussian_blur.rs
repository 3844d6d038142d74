use super::augment::{same, value_range, within};
use super::check::{free, tri, weightless};
use crate::{DataFormat, Factor, Ints, Outputs, ShapeError, Size, TensorSpec, Text, ValueRange};

layer! {
    /// While training, blurs some of the images.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/image_augmentation/random_gaussian_blur/).
    pub struct RandomGaussianBlur {
        /// How likely it is for an image: a number between 0 and this, or between two numbers.
        factor: Factor = [1.0 = Factor::one(1.0)],
        /// Over how many pixels, along width and height: odd numbers.
        kernel_size: Ints<2> = [3 = Ints::all(3)],
        /// The standard deviation: between 0 and this, or between two numbers.
        sigma: Factor = [1.0 = Factor::one(1.0)],
        /// The least and the largest value of the images.
        value_range: ValueRange = [(0, 255) = ValueRange::BYTES],
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// Makes the numbers of chance the same in every run.
        seed: Option<u64> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

impl RandomGaussianBlur {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(within("RandomGaussianBlur", "factor", self.factor, 0.0, 1.0));
        tri!(within("RandomGaussianBlur", "sigma", self.sigma, 0.0, 1.0));
        tri!(value_range("RandomGaussianBlur", self.value_range));
        tri!(odd(self.kernel_size));
        same("RandomGaussianBlur", inputs, self.data_format)
    }
}

/// There is a pixel in the middle.
const fn odd(size: Ints<2>) -> Result<(), ShapeError> {
    let mut i = 0;
    while i < 2 {
        if let Size::Known(n) = size.0[i]
            && n % 2 == 0
        {
            let text = Text::new().s("RandomGaussianBlur: `kernel_size` is odd, found ").n(n);
            return Err(ShapeError::new(text).arg("kernel_size"));
        }
        i += 1;
    }
    Ok(())
}

weightless!(RandomGaussianBlur, Drop);
free!(RandomGaussianBlur);

facts!(RandomGaussianBlur { takes_ids: false, uses_batch: false, named_mask: None });
