//! [InceptionV3](https://keras.io/api/applications/inceptionv3/).

use keras_core::prelude::*;

pub use crate::imagenet_utils::{decode_predictions, tf as preprocess_input};
use crate::pooling::pooled;

model! {
    /// A convolution without bias, a normalisation and a ReLU.
    fn conv2d_bn(x, filters, num_row, num_col, padding = "same", strides = (1, 1)) {
        x => Conv2D(filters, (num_row, num_col), strides = strides, padding = padding, use_bias = false)
            => BatchNormalization(axis = 3, scale = false)
            => Activation("relu")
    }
}

model! {
    /// The layers of InceptionV3 behind images `x` of at least 75 x 75 pixels.
    ///
    /// ```
    /// use keras_applications::inception_v3::inception_v3;
    /// use keras_core::prelude::*;
    ///
    /// model! { struct Features { Input(75, 75, 3) => inception_v3(include_top = false, pooling = "avg") } }
    /// assert_eq!(Features::OUTPUT_SHAPE.to_string(), "(None, 2048)");
    /// ```
    pub fn inception_v3(
        x, include_top = true, pooling = None, classes = 1000, classifier_activation = "softmax"
    ) {
        let pool_branch = |x, filters| {
            x => AveragePooling2D((3, 3), strides = (1, 1), padding = "same") => conv2d_bn(filters, 1, 1)
        };
        let mut x = x
            => conv2d_bn(32, 3, 3, strides = (2, 2), padding = "valid")
            => conv2d_bn(32, 3, 3, padding = "valid")
            => conv2d_bn(64, 3, 3)
            => MaxPooling2D((3, 3), strides = (2, 2))
            => conv2d_bn(80, 1, 1, padding = "valid")
            => conv2d_bn(192, 3, 3, padding = "valid")
            => MaxPooling2D((3, 3), strides = (2, 2));

        // mixed 0, 1, 2: 35 x 35
        for (i, filters) in [32, 64, 64].enumerate() {
            let branch1x1 = x => conv2d_bn(64, 1, 1);
            let branch5x5 = x => conv2d_bn(48, 1, 1) => conv2d_bn(64, 5, 5);
            let branch3x3dbl = x => conv2d_bn(64, 1, 1) => conv2d_bn(96, 3, 3) => conv2d_bn(96, 3, 3);
            let branch_pool = x => pool_branch(filters);
            x = [branch1x1, branch5x5, branch3x3dbl, branch_pool] => Concatenate(axis = 3, name = "mixed{i}");
        }

        // mixed 3: 17 x 17 x 768
        let branch3x3 = x => conv2d_bn(384, 3, 3, strides = (2, 2), padding = "valid");
        let branch3x3dbl = x
            => conv2d_bn(64, 1, 1)
            => conv2d_bn(96, 3, 3)
            => conv2d_bn(96, 3, 3, strides = (2, 2), padding = "valid");
        let branch_pool = x => MaxPooling2D((3, 3), strides = (2, 2));
        x = [branch3x3, branch3x3dbl, branch_pool] => Concatenate(axis = 3, name = "mixed3");

        // mixed 4, 5, 6, 7: 17 x 17 x 768
        for (i, n) in [128, 160, 160, 192].enumerate() {
            let branch1x1 = x => conv2d_bn(192, 1, 1);
            let branch7x7 = x => conv2d_bn(n, 1, 1) => conv2d_bn(n, 1, 7) => conv2d_bn(192, 7, 1);
            let branch7x7dbl = x
                => conv2d_bn(n, 1, 1)
                => conv2d_bn(n, 7, 1)
                => conv2d_bn(n, 1, 7)
                => conv2d_bn(n, 7, 1)
                => conv2d_bn(192, 1, 7);
            let branch_pool = x => pool_branch(192);
            x = [branch1x1, branch7x7, branch7x7dbl, branch_pool] => Concatenate(axis = 3, name = "mixed{4 + i}");
        }

        // mixed 8: 8 x 8 x 1280
        let branch3x3 = x => conv2d_bn(192, 1, 1) => conv2d_bn(320, 3, 3, strides = (2, 2), padding = "valid");
        let branch7x7x3 = x
            => conv2d_bn(192, 1, 1)
            => conv2d_bn(192, 1, 7)
            => conv2d_bn(192, 7, 1)
            => conv2d_bn(192, 3, 3, strides = (2, 2), padding = "valid");
        let branch_pool = x => MaxPooling2D((3, 3), strides = (2, 2));
        x = [branch3x3, branch7x7x3, branch_pool] => Concatenate(axis = 3, name = "mixed8");

        // mixed 9, 10: 8 x 8 x 2048
        for i in 0..2 {
            let branch1x1 = x => conv2d_bn(320, 1, 1);
            let branch3x3 = x => conv2d_bn(384, 1, 1);
            let branch3x3_1 = branch3x3 => conv2d_bn(384, 1, 3);
            let branch3x3_2 = branch3x3 => conv2d_bn(384, 3, 1);
            let branch3x3 = [branch3x3_1, branch3x3_2] => Concatenate(axis = 3, name = "mixed9_{i}");
            let branch3x3dbl = x => conv2d_bn(448, 1, 1) => conv2d_bn(384, 3, 3);
            let branch3x3dbl_1 = branch3x3dbl => conv2d_bn(384, 1, 3);
            let branch3x3dbl_2 = branch3x3dbl => conv2d_bn(384, 3, 1);
            let branch3x3dbl = [branch3x3dbl_1, branch3x3dbl_2] => Concatenate(axis = 3);
            let branch_pool = x => pool_branch(192);
            x = [branch1x1, branch3x3, branch3x3dbl, branch_pool] => Concatenate(axis = 3, name = "mixed{9 + i}");
        }
        if include_top {
            x => GlobalAveragePooling2D(name = "avg_pool")
                => Dense(classes, activation = classifier_activation, name = "predictions")
        } else {
            x => pooled(pooling)
        }
    }
}

model! {
    /// InceptionV3 for 1000 classes and images of 299 x 299: 23,851,784 parameters.
    ///
    /// ```no_run
    /// use keras_applications::InceptionV3;
    /// use keras_core::prelude::*;
    ///
    /// let mut model = InceptionV3::new();
    /// model.load_weights("inception_v3_weights_tf_dim_ordering_tf_kernels.h5")?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[derive(Clone)]
    pub struct InceptionV3 { Input(299, 299, 3) => inception_v3() }
}
