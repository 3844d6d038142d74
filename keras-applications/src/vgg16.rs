//! [VGG16](https://keras.io/api/applications/vgg/#vgg16-function).

use keras_core::prelude::*;

pub use crate::imagenet_utils::{caffe as preprocess_input, decode_predictions};
use crate::pooling::pooled;

model! {
    /// The layers of VGG16 behind images `x` of at least 32 x 32 pixels. With `include_top` they need a fixed size.
    ///
    /// ```
    /// use keras_applications::vgg16::vgg16;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(64, 64, 3) => vgg16(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 512)");
    /// ```
    pub fn vgg16(x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax") {
        let mut x = x;
        for (block, (convolutions, filters)) in [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)].enumerate() {
            for i in 0..convolutions {
                x = x => Conv2D(
                    filters, (3, 3), activation = "relu", padding = "same", name = "block{block + 1}_conv{i + 1}"
                );
            }
            x = x => MaxPooling2D((2, 2), strides = (2, 2), name = "block{block + 1}_pool");
        }
        if include_top {
            x => Flatten(name = "flatten")
                => Dense(4096, activation = "relu", name = "fc1")
                => Dense(4096, activation = "relu", name = "fc2")
                => Dense(classes, activation = classifier_activation, name = "predictions")
        } else {
            x => pooled(pooling)
        }
    }
}

model! {
    /// VGG16 for 1000 classes and images of 224 x 224: 138,357,544 parameters.
    ///
    /// ```no_run
    /// use keras_applications::VGG16;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = VGG16::new();
    /// model.load_weights("vgg16_weights_tf_dim_ordering_tf_kernels.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct VGG16 {
        // A chain that binds no tensor would be a `Sequential`, which Keras's is not.
        let image = Input(224, 224, 3);
        image => vgg16()
    }
}
