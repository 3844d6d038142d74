//! [InceptionV3](https://keras.io/api/applications/inceptionv3/), as keras.applications writes it.

use keras_core::prelude::*;

model! {
    /// A convolution without bias, a normalisation and a ReLU.
    pub fn conv2d_bn(x, filters, num_row, num_col, padding = "same", strides = (1, 1)) {
        x => Conv2D(filters, (num_row, num_col), strides = strides, padding = padding, use_bias = false)
            => BatchNormalization(axis = 3, scale = false)
            => Activation("relu")
    }
}

model! {
    /// InceptionV3 for 1000 classes, with the layer names of keras.applications.
    pub struct InceptionV3 {
        let pool_branch = |x, filters| {
            x => AveragePooling2D((3, 3), strides = (1, 1), padding = "same") => conv2d_bn(filters, 1, 1)
        };
        let mut x = Input(299, 299, 3)
            => conv2d_bn(32, 3, 3, strides = (2, 2), padding = "valid")
            => conv2d_bn(32, 3, 3, padding = "valid")
            => conv2d_bn(64, 3, 3)
            => MaxPooling2D((3, 3), strides = (2, 2))
            => conv2d_bn(80, 1, 1, padding = "valid")
            => conv2d_bn(192, 3, 3, padding = "valid")
            => MaxPooling2D((3, 3), strides = (2, 2));

        // mixed 0, 1, 2: 35 x 35
        for (i, pooled) in [32, 64, 64].enumerate() {
            let branch1x1 = x => conv2d_bn(64, 1, 1);
            let branch5x5 = x => conv2d_bn(48, 1, 1) => conv2d_bn(64, 5, 5);
            let branch3x3dbl = x => conv2d_bn(64, 1, 1) => conv2d_bn(96, 3, 3) => conv2d_bn(96, 3, 3);
            let branch_pool = x => pool_branch(pooled);
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
        x => GlobalAveragePooling2D(name = "avg_pool")
            => Dense(1000, activation = "softmax", name = "predictions")
    }
}
