//! `model.summary()` is Keras's, line by line but for the first, which names the model.

use std::io::Read;

use keras_core::prelude::*;

/// What `keras/applications.py` wrote down, without the first line, which names the model.
fn printed(class: &str) -> String {
    let path = format!("{}/tests/data/{class}.txt.gz", env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text
}

fn check(model: &impl Model, class: &str) {
    let summary = model.summary().line_length(100).to_string();
    // The first line has the name of the type, as Keras writes the names of classes.
    let (_, found) = summary.split_once('\n').unwrap();
    let wanted = printed(class);
    for (at, (found, wanted)) in found.trim_end().lines().zip(wanted.trim_end().lines()).enumerate() {
        assert_eq!(found.trim_end(), wanted.trim_end(), "line {} of {class}", at + 2);
    }
    assert_eq!(found.trim_end().lines().count(), wanted.trim_end().lines().count());
}

macro_rules! names {
    ($($feature:literal $test:ident $class:ident;)*) => { $(
        #[cfg(feature = $feature)]
        #[test]
        fn $test() {
            check(&keras_applications::$class::new(), stringify!($class));
        }
    )* };
}

names! {
    "vgg16" vgg16 VGG16;
    "vgg19" vgg19 VGG19;
    "resnet50" resnet50 ResNet50;
    "resnet101" resnet101 ResNet101;
    "resnet152" resnet152 ResNet152;
    "resnet50_v2" resnet50_v2 ResNet50V2;
    "resnet101_v2" resnet101_v2 ResNet101V2;
    "resnet152_v2" resnet152_v2 ResNet152V2;
    "mobilenet" mobilenet MobileNet;
    "mobilenet_v2" mobilenet_v2 MobileNetV2;
    "mobilenet_v3_small" mobilenet_v3_small MobileNetV3Small;
    "mobilenet_v3_large" mobilenet_v3_large MobileNetV3Large;
    "densenet121" densenet121 DenseNet121;
    "densenet169" densenet169 DenseNet169;
    "densenet201" densenet201 DenseNet201;
    "efficientnet_b0" efficientnet_b0 EfficientNetB0;
    "efficientnet_b1" efficientnet_b1 EfficientNetB1;
    "efficientnet_b2" efficientnet_b2 EfficientNetB2;
    "efficientnet_b3" efficientnet_b3 EfficientNetB3;
    "efficientnet_b4" efficientnet_b4 EfficientNetB4;
    "efficientnet_b5" efficientnet_b5 EfficientNetB5;
    "efficientnet_b6" efficientnet_b6 EfficientNetB6;
    "efficientnet_b7" efficientnet_b7 EfficientNetB7;
    "efficientnet_v2_b0" efficientnet_v2_b0 EfficientNetV2B0;
    "efficientnet_v2_b1" efficientnet_v2_b1 EfficientNetV2B1;
    "efficientnet_v2_b2" efficientnet_v2_b2 EfficientNetV2B2;
    "efficientnet_v2_b3" efficientnet_v2_b3 EfficientNetV2B3;
    "efficientnet_v2_s" efficientnet_v2_s EfficientNetV2S;
    "efficientnet_v2_m" efficientnet_v2_m EfficientNetV2M;
    "efficientnet_v2_l" efficientnet_v2_l EfficientNetV2L;
    "xception" xception Xception;
    "inception_v3" inception_v3 InceptionV3;
    "inception_resnet_v2" inception_resnet_v2 InceptionResNetV2;
    "nasnet_mobile" nasnet_mobile NASNetMobile;
    "nasnet_large" nasnet_large NASNetLarge;
    "convnext_tiny" convnext_tiny ConvNeXtTiny;
    "convnext_small" convnext_small ConvNeXtSmall;
    "convnext_base" convnext_base ConvNeXtBase;
    "convnext_large" convnext_large ConvNeXtLarge;
    "convnext_xlarge" convnext_xlarge ConvNeXtXLarge;
}

/// As in Keras, whose layers of ConvNeXt begin with the name of the model.
#[cfg(feature = "convnext_tiny")]
#[test]
fn a_name_begins_those_of_its_layers() {
    let model = model!(
        let base = keras.applications.ConvNeXtTiny(
            include_top = False, weights = None, input_shape = (32, 32, 3), name = "mine"
        );
        keras.Model(base.input, base.get_layer("mine_stage_3_block_2_layer_scale").output)
    );
    let summary = model.summary().to_string();
    assert!(summary.contains("mine_stem (Sequential)") && !summary.contains("convnext_tiny"), "{summary}");
}
