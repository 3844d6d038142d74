//! Outputs are Keras's for the same weights, which come from its own files. Skipped without a Python with Keras.

use std::path::Path;

use keras_core::data::npy;
use keras_core::ndarray::{Array4, ArrayD};
use keras_core::prelude::*;

/// What Keras makes of images, by weights that are in files.
struct Asked {
    what: String,
    folder: tempfile::TempDir,
    params: usize,
    x: Array4<f32>,
    y: Vec<f32>,
}

impl Asked {
    /// Asks Keras for the model of this class with these arguments; nothing where there is no Keras.
    fn new(class: &str, arguments: &str) -> Option<Asked> {
        let folder = tempfile::tempdir().unwrap();
        let words = ["compare", class, arguments].map(Path::new);
        let printed = crate::python::run("applications.py", &[words[0], words[1], words[2], folder.path()])?;
        let y: ArrayD<f32> = npy::read(folder.path().join("y.npy")).unwrap();
        Some(Asked {
            what: format!("{class} {arguments}"),
            params: printed.trim().parse().unwrap(),
            x: npy::read(folder.path().join("x.npy")).unwrap(),
            y: y.into_iter().collect(),
            folder,
        })
    }

    /// Compares outputs with those of Keras, to 1e-4 of the largest.
    fn check(&self, file: &str, found: &[f32]) {
        let what = &self.what;
        assert_eq!(found.len(), self.y.len(), "{what}");
        let largest = self.y.iter().fold(0.0_f32, |most, y| most.max(y.abs()));
        let between = |(a, b): (&f32, &f32)| (a - b).abs();
        let error = found.iter().zip(&self.y).map(between).fold(0.0_f32, f32::max);
        println!("{what} {file}: {:.1e} of the largest", error / largest);
        assert!(error <= 1e-4 * largest, "{what} {file}: {error} of {largest}");
        // The two images have two answers: no bias is all there is.
        let (first, second) = self.y.split_at(self.y.len() / 2);
        let change = first.iter().zip(second).map(between).fold(0.0_f32, f32::max);
        assert!(change > 1e-2 * largest, "{what}: {change} of {largest} between two images");
    }
}

macro_rules! compare {
    ($($feature:literal $test:ident $model:ident $class:ident $arguments:literal;)*) => { $(
        #[cfg(feature = $feature)]
        #[test]
        fn $test() {
            let Some(asked) = Asked::new(stringify!($class), $arguments) else { return };
            let mut model = $model::new();
            assert_eq!(model.count_params(), asked.params);
            for file in ["keras.h5", "keras.weights.h5"] {
                model.load_weights(asked.folder.path().join(file)).unwrap();
                asked.check(file, &model.predict(&asked.x).unwrap().to_vec().unwrap());
            }
        }
    )* };
}

/// The models as they are, at the size of Keras's defaults.
mod whole {
    use super::*;
    #[allow(unused_imports)]
    use keras_applications::*;

    compare! {
        "vgg16" vgg16 VGG16 VGG16 r#"{"image": [224, 224]}"#;
        "vgg19" vgg19 VGG19 VGG19 r#"{"image": [224, 224]}"#;
        "resnet50" resnet50 ResNet50 ResNet50 r#"{"image": [224, 224]}"#;
        "resnet101" resnet101 ResNet101 ResNet101 r#"{"image": [224, 224]}"#;
        "resnet152" resnet152 ResNet152 ResNet152 r#"{"image": [224, 224]}"#;
        "resnet50_v2" resnet50_v2 ResNet50V2 ResNet50V2 r#"{"image": [224, 224]}"#;
        "resnet101_v2" resnet101_v2 ResNet101V2 ResNet101V2 r#"{"image": [224, 224]}"#;
        "resnet152_v2" resnet152_v2 ResNet152V2 ResNet152V2 r#"{"image": [224, 224]}"#;
        "mobilenet" mobilenet MobileNet MobileNet r#"{"image": [224, 224]}"#;
        "mobilenet_v2" mobilenet_v2 MobileNetV2 MobileNetV2 r#"{"image": [224, 224]}"#;
        "mobilenet_v3_small" mobilenet_v3_small MobileNetV3Small MobileNetV3Small r#"{"image": [96, 96]}"#;
        "mobilenet_v3_large" mobilenet_v3_large MobileNetV3Large MobileNetV3Large r#"{"image": [96, 96]}"#;
        "densenet121" densenet121 DenseNet121 DenseNet121 r#"{"image": [224, 224]}"#;
        "densenet169" densenet169 DenseNet169 DenseNet169 r#"{"image": [224, 224]}"#;
        "densenet201" densenet201 DenseNet201 DenseNet201 r#"{"image": [224, 224]}"#;
        "efficientnet_b0" efficientnet_b0 EfficientNetB0 EfficientNetB0 r#"{"image": [224, 224]}"#;
        "efficientnet_b1" efficientnet_b1 EfficientNetB1 EfficientNetB1 r#"{"image": [240, 240]}"#;
        "efficientnet_b2" efficientnet_b2 EfficientNetB2 EfficientNetB2 r#"{"image": [260, 260]}"#;
        "efficientnet_b3" efficientnet_b3 EfficientNetB3 EfficientNetB3 r#"{"image": [300, 300]}"#;
        "efficientnet_b4" efficientnet_b4 EfficientNetB4 EfficientNetB4 r#"{"image": [380, 380]}"#;
        "efficientnet_b5" efficientnet_b5 EfficientNetB5 EfficientNetB5 r#"{"image": [456, 456]}"#;
        "efficientnet_b6" efficientnet_b6 EfficientNetB6 EfficientNetB6 r#"{"image": [528, 528]}"#;
        "efficientnet_b7" efficientnet_b7 EfficientNetB7 EfficientNetB7 r#"{"image": [600, 600]}"#;
        "efficientnet_v2_b0" efficientnet_v2_b0 EfficientNetV2B0 EfficientNetV2B0 r#"{"image": [224, 224]}"#;
        "efficientnet_v2_b1" efficientnet_v2_b1 EfficientNetV2B1 EfficientNetV2B1 r#"{"image": [240, 240]}"#;
        "efficientnet_v2_b2" efficientnet_v2_b2 EfficientNetV2B2 EfficientNetV2B2 r#"{"image": [260, 260]}"#;
        "efficientnet_v2_b3" efficientnet_v2_b3 EfficientNetV2B3 EfficientNetV2B3 r#"{"image": [300, 300]}"#;
        "efficientnet_v2_s" efficientnet_v2_s EfficientNetV2S EfficientNetV2S r#"{"image": [384, 384]}"#;
        "efficientnet_v2_m" efficientnet_v2_m EfficientNetV2M EfficientNetV2M r#"{"image": [480, 480]}"#;
        "efficientnet_v2_l" efficientnet_v2_l EfficientNetV2L EfficientNetV2L r#"{"image": [480, 480]}"#;
        "xception" xception Xception Xception r#"{"image": [299, 299]}"#;
        "inception_v3" inception_v3 InceptionV3 InceptionV3 r#"{"image": [299, 299]}"#;
        "inception_resnet_v2" inception_resnet_v2 InceptionResNetV2 InceptionResNetV2 r#"{"image": [299, 299]}"#;
        "nasnet_mobile" nasnet_mobile NASNetMobile NASNetMobile r#"{"image": [224, 224]}"#;
        "nasnet_large" nasnet_large NASNetLarge NASNetLarge r#"{"image": [331, 331]}"#;
        "convnext_tiny" convnext_tiny ConvNeXtTiny ConvNeXtTiny r#"{"image": [224, 224]}"#;
        "convnext_small" convnext_small ConvNeXtSmall ConvNeXtSmall r#"{"image": [224, 224]}"#;
        "convnext_base" convnext_base ConvNeXtBase ConvNeXtBase r#"{"image": [224, 224]}"#;
        "convnext_large" convnext_large ConvNeXtLarge ConvNeXtLarge r#"{"image": [224, 224]}"#;
        "convnext_xlarge" convnext_xlarge ConvNeXtXLarge ConvNeXtXLarge r#"{"image": [224, 224]}"#;
    }
}

/// Other arguments.
mod arguments {
    use super::*;

    macro_rules! with {
        ($($feature:literal $test:ident $class:ident $arguments:literal { $($model:tt)* })*) => { $(
            #[cfg(feature = $feature)]
            mod $test {
                use super::*;

                model! { struct Written { $($model)* } }

                compare! { $feature $test Written $class $arguments; }
            }
        )* };
    }

    with! {
        "vgg16" vgg16_features VGG16
        r#"{"image": [64, 48], "input_shape": [64, 48, 3], "include_top": false}"# {
            Input(64, 48, 3) => keras_applications::vgg16::vgg16(include_top = false)
        }
        "vgg19" vgg19_pooled VGG19
        r#"{"image": [32, 32], "input_shape": [32, 32, 3], "include_top": false, "pooling": "max"}"# {
            Input(32, 32, 3) => keras_applications::vgg19::vgg19(include_top = false, pooling = "max")
        }
        "resnet50" resnet50_pooled ResNet50
        r#"{"image": [64, 64], "include_top": false, "pooling": "avg"}"# {
            Input(None, None, 3) => keras_applications::resnet::resnet50(include_top = false, pooling = "avg")
        }
        "resnet50_v2" resnet50_v2_logits ResNet50V2
        r#"{"image": [65, 64], "input_shape": [65, 64, 3], "classes": 7, "classifier_activation": null}"# {
            Input(65, 64, 3) => keras_applications::resnet_v2::resnet50_v2(classes = 7, classifier_activation = None)
        }
        "mobilenet" mobilenet_half MobileNet
        r#"{"image": [96, 96], "input_shape": [96, 96, 3], "alpha": 0.5, "depth_multiplier": 2, "classes": 10}"# {
            Input(96, 96, 3) => keras_applications::mobilenet::mobilenet(alpha = 0.5, depth_multiplier = 2, classes = 10)
        }
        "mobilenet" mobilenet_features MobileNet
        r#"{"image": [97, 64], "alpha": 0.25, "include_top": false, "pooling": "max"}"# {
            Input(None, None, 3) => keras_applications::mobilenet::mobilenet(
                alpha = 0.25, include_top = false, pooling = "max"
            )
        }
        "mobilenet_v2" mobilenet_v2_wide MobileNetV2
        r#"{"image": [97, 64], "input_shape": [97, 64, 3], "alpha": 1.4, "classes": 10}"# {
            Input(97, 64, 3) => keras_applications::mobilenet_v2::mobilenet_v2(alpha = 1.4, classes = 10)
        }
        "mobilenet_v2" mobilenet_v2_narrow MobileNetV2
        r#"{"image": [64, 64], "alpha": 0.35, "include_top": false, "pooling": "avg"}"# {
            Input(None, None, 3) => keras_applications::mobilenet_v2::mobilenet_v2(
                alpha = 0.35, include_top = false, pooling = "avg"
            )
        }
        "mobilenet_v3_small" mobilenet_v3_minimalistic MobileNetV3Small
        r#"{"image": [64, 80], "input_shape": [64, 80, 3], "minimalistic": true, "alpha": 0.75, "classes": 9}"# {
            Input(64, 80, 3) => keras_applications::mobilenet_v3::mobilenet_v3_small(
                minimalistic = true, alpha = 0.75, classes = 9
            )
        }
        "mobilenet_v3_large" mobilenet_v3_wide MobileNetV3Large
        r#"{"image": [65, 64], "input_shape": [65, 64, 3], "alpha": 1.25, "include_preprocessing": false, "classes": 9}"# {
            Input(65, 64, 3) => keras_applications::mobilenet_v3::mobilenet_v3_large(
                alpha = 1.25, include_preprocessing = false, classes = 9
            )
        }
        "densenet121" densenet121_pooled DenseNet121
        r#"{"image": [64, 64], "include_top": false, "pooling": "max"}"# {
            Input(None, None, 3) => keras_applications::densenet::densenet121(include_top = false, pooling = "max")
        }
        "efficientnet_b0" efficientnet_b0_pooled EfficientNetB0
        r#"{"image": [64, 64], "include_top": false, "pooling": "avg"}"# {
            Input(None, None, 3) => keras_applications::efficientnet::efficientnet_b0(
                include_top = false, pooling = "avg"
            )
        }
        "xception" xception_features Xception
        r#"{"image": [71, 80], "include_top": false}"# {
            Input(None, None, 3) => keras_applications::xception::xception(include_top = false)
        }
        "inception_v3" inception_v3_pooled InceptionV3
        r#"{"image": [75, 75], "include_top": false, "pooling": "max"}"# {
            Input(None, None, 3) => keras_applications::inception_v3::inception_v3(
                include_top = false, pooling = "max"
            )
        }
        "inception_resnet_v2" inception_resnet_v2_pooled InceptionResNetV2
        r#"{"image": [75, 75], "include_top": false, "pooling": "avg"}"# {
            Input(None, None, 3) => keras_applications::inception_resnet_v2::inception_resnet_v2(
                include_top = false, pooling = "avg"
            )
        }
        "nasnet_mobile" nasnet_mobile_pooled NASNetMobile
        r#"{"image": [64, 64], "input_shape": [64, 64, 3], "include_top": false, "pooling": "avg"}"# {
            Input(64, 64, 3) => keras_applications::nasnet::nasnet_mobile(include_top = false, pooling = "avg")
        }
        "convnext_tiny" convnext_tiny_pooled ConvNeXtTiny
        r#"{"image": [64, 64], "include_top": false, "pooling": "max"}"# {
            Input(None, None, 3) => keras_applications::convnext::convnext_tiny(include_top = false, pooling = "max")
        }
    }
}
