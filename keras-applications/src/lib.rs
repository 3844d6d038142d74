//! The models of [keras.applications](https://keras.io/api/applications/), written in [`model!`](keras_core::model!).
//!
//! Each model is a type with its weights, for images of Keras's size and 1000 classes:
//!
//! ```no_run
//! # #[cfg(all(feature = "mobilenet", feature = "files"))]
//! # fn main() -> keras_core::Result<()> {
//! use keras_applications::mobilenet::{MobileNet, decode_predictions, preprocess_input};
//! use keras_core::ndarray::Array4;
//! use keras_core::prelude::*;
//!
//! let mut model = MobileNet::new();
//! // As Keras offers it for download, or as it saves it.
//! model.load_weights("mobilenet_1_0_224_tf.h5")?;
//! let photos = Array4::<u8>::zeros((1, 224, 224, 3));
//! let predictions = model.predict(&preprocess_input(&photos)?)?;
//! for class in &decode_predictions(&predictions, 5, "imagenet_class_index.json")?[0] {
//!     println!("{class}");
//! }
//! # Ok(())
//! # }
//! # #[cfg(not(all(feature = "mobilenet", feature = "files")))]
//! # fn main() {}
//! ```
//!
//! and a function in `model!`, which takes Keras's arguments: `include_top`, `pooling`, `classes`, `classifier_activation`,
//! and `alpha` or `dropout` where Keras has them. The size of the images is that of the `Input` before it, and `None` is one
//! that the data knows. So a model of another size, or one that goes on behind the features, is a line:
//!
//! ```
//! # #[cfg(feature = "mobilenet_v2")]
//! # fn main() {
//! use keras_applications::mobilenet_v2::mobilenet_v2;
//! use keras_core::prelude::*;
//!
//! model! {
//!     /// What is seen in an image, without classes.
//!     struct Features { Input(96, 96, 3) => mobilenet_v2(alpha = 0.5, include_top = false, pooling = "avg") }
//! }
//!
//! model! {
//!     /// Three classes of one's own behind it.
//!     struct Flowers {
//!         let features = Features;
//!         let image = Input(96, 96, 3);
//!         image => features(training = false) => Dropout(0.2) => Dense(3, activation = softmax)
//!     }
//! }
//! let mut model = Flowers::new();
//! model.features.set_trainable(false);
//! # }
//! # #[cfg(not(feature = "mobilenet_v2"))]
//! # fn main() {}
//! ```
//!
//! In a model, `let base = keras.applications.MobileNetV2(include_top = false, weights = None, input_shape = (96, 96, 3));` is Keras's
//! function: `base.output`, `base.get_layer("block_6_expand_relu").output`, `base.layers[:-4]` and `base.trainable = false;` are there, as
//! Keras's guides write transfer learning.
//!
//! Layers have Keras's names, so that its files of weights fit, and summaries are Keras's, line by line. `preprocess_input`
//! and `decode_predictions` stand in each module; [`imagenet_utils`] has what they are made of.
//!
//! # What they cost to compile
//!
//! Each model is a feature, of its type in small letters, and `all` are all of them. A function costs nothing where it is
//! not applied; what is compiled is the type. Processor seconds of a debug build, without the crates that
//! it depends on, by `.ci/applications time`:
//!
//! | feature | `cargo check` | `cargo build` |
//! |---|---|---|
//! | `vgg16` | 0.4 | 0.6 |
//! | `vgg19` | 0.4 | 0.6 |
//! | `resnet50` | 1.7 | 1.8 |
//! | `resnet101` | 2.3 | 2.4 |
//! | `resnet152` | 2.7 | 3.2 |
//! | `resnet50_v2` | 1.7 | 2.1 |
//! | `resnet101_v2` | 2.5 | 2.8 |
//! | `resnet152_v2` | 3.3 | 3.7 |
//! | `mobilenet` | 0.7 | 0.9 |
//! | `mobilenet_v2` | 1.0 | 1.2 |
//! | `mobilenet_v3_small` | 1.5 | 1.8 |
//! | `mobilenet_v3_large` | 1.7 | 1.9 |
//! | `densenet121` | 2.3 | 2.6 |
//! | `densenet169` | 2.9 | 3.4 |
//! | `densenet201` | 3.4 | 3.4 |
//! | `efficientnet_b0` | 3.2 | 3.5 |
//! | `efficientnet_b1` | 3.9 | 4.2 |
//! | `efficientnet_b2` | 3.7 | 4.1 |
//! | `efficientnet_b3` | 4.1 | 4.2 |
//! | `efficientnet_b4` | 4.5 | 4.8 |
//! | `efficientnet_b5` | 4.8 | 5.2 |
//! | `efficientnet_b6` | 5.3 | 5.6 |
//! | `efficientnet_b7` | 5.7 | 6.2 |
//! | `efficientnet_v2_b0` | 1.5 | 1.7 |
//! | `efficientnet_v2_b1` | 1.7 | 1.9 |
//! | `efficientnet_v2_b2` | 1.9 | 2.2 |
//! | `efficientnet_v2_b3` | 2.1 | 2.4 |
//! | `efficientnet_v2_s` | 2.4 | 2.8 |
//! | `efficientnet_v2_m` | 3.3 | 3.7 |
//! | `efficientnet_v2_l` | 4.4 | 4.8 |
//! | `xception` | 0.8 | 1.1 |
//! | `inception_v3` | 1.5 | 1.8 |
//! | `inception_resnet_v2` | 5.5 | 6.0 |
//! | `nasnet_mobile` | 5.2 | 5.8 |
//! | `nasnet_large` | 6.6 | 7.3 |
//! | `convnext_tiny` | 1.5 | 1.7 |
//! | `convnext_small` | 2.6 | 2.9 |
//! | `convnext_base` | 2.4 | 2.7 |
//! | `convnext_large` | 2.9 | 3.1 |
//! | `convnext_xlarge` | 2.6 | 2.7 |
#![deny(unsafe_code)]

// The functions name layers of this crate by its name, also in here.
extern crate self as keras_applications;

pub mod imagenet_utils;
pub mod padding;
pub mod pooling;

#[cfg(any(
    feature = "convnext_tiny",
    feature = "convnext_small",
    feature = "convnext_base",
    feature = "convnext_large",
    feature = "convnext_xlarge"
))]
pub mod convnext;
#[cfg(any(feature = "densenet121", feature = "densenet169", feature = "densenet201"))]
pub mod densenet;
#[cfg(any(
    feature = "efficientnet_b0",
    feature = "efficientnet_b1",
    feature = "efficientnet_b2",
    feature = "efficientnet_b3",
    feature = "efficientnet_b4",
    feature = "efficientnet_b5",
    feature = "efficientnet_b6",
    feature = "efficientnet_b7"
))]
pub mod efficientnet;
#[cfg(any(
    feature = "efficientnet_v2_b0",
    feature = "efficientnet_v2_b1",
    feature = "efficientnet_v2_b2",
    feature = "efficientnet_v2_b3",
    feature = "efficientnet_v2_s",
    feature = "efficientnet_v2_m",
    feature = "efficientnet_v2_l"
))]
pub mod efficientnet_v2;
#[cfg(feature = "inception_resnet_v2")]
pub mod inception_resnet_v2;
#[cfg(feature = "inception_v3")]
pub mod inception_v3;
#[cfg(feature = "mobilenet")]
pub mod mobilenet;
#[cfg(feature = "mobilenet_v2")]
pub mod mobilenet_v2;
#[cfg(any(feature = "mobilenet_v3_small", feature = "mobilenet_v3_large"))]
pub mod mobilenet_v3;
#[cfg(any(feature = "nasnet_mobile", feature = "nasnet_large"))]
pub mod nasnet;
#[cfg(any(feature = "resnet50", feature = "resnet101", feature = "resnet152"))]
pub mod resnet;
#[cfg(any(feature = "resnet50_v2", feature = "resnet101_v2", feature = "resnet152_v2"))]
pub mod resnet_v2;
#[cfg(feature = "vgg16")]
pub mod vgg16;
#[cfg(feature = "vgg19")]
pub mod vgg19;
#[cfg(feature = "xception")]
pub mod xception;

#[cfg(feature = "convnext_base")]
pub use convnext::ConvNeXtBase;
#[cfg(feature = "convnext_large")]
pub use convnext::ConvNeXtLarge;
#[cfg(feature = "convnext_small")]
pub use convnext::ConvNeXtSmall;
#[cfg(feature = "convnext_tiny")]
pub use convnext::ConvNeXtTiny;
#[cfg(feature = "convnext_xlarge")]
pub use convnext::ConvNeXtXLarge;
#[cfg(feature = "densenet121")]
pub use densenet::DenseNet121;
#[cfg(feature = "densenet169")]
pub use densenet::DenseNet169;
#[cfg(feature = "densenet201")]
pub use densenet::DenseNet201;
#[cfg(feature = "efficientnet_b0")]
pub use efficientnet::EfficientNetB0;
#[cfg(feature = "efficientnet_b1")]
pub use efficientnet::EfficientNetB1;
#[cfg(feature = "efficientnet_b2")]
pub use efficientnet::EfficientNetB2;
#[cfg(feature = "efficientnet_b3")]
pub use efficientnet::EfficientNetB3;
#[cfg(feature = "efficientnet_b4")]
pub use efficientnet::EfficientNetB4;
#[cfg(feature = "efficientnet_b5")]
pub use efficientnet::EfficientNetB5;
#[cfg(feature = "efficientnet_b6")]
pub use efficientnet::EfficientNetB6;
#[cfg(feature = "efficientnet_b7")]
pub use efficientnet::EfficientNetB7;
#[cfg(feature = "efficientnet_v2_b0")]
pub use efficientnet_v2::EfficientNetV2B0;
#[cfg(feature = "efficientnet_v2_b1")]
pub use efficientnet_v2::EfficientNetV2B1;
#[cfg(feature = "efficientnet_v2_b2")]
pub use efficientnet_v2::EfficientNetV2B2;
#[cfg(feature = "efficientnet_v2_b3")]
pub use efficientnet_v2::EfficientNetV2B3;
#[cfg(feature = "efficientnet_v2_l")]
pub use efficientnet_v2::EfficientNetV2L;
#[cfg(feature = "efficientnet_v2_m")]
pub use efficientnet_v2::EfficientNetV2M;
#[cfg(feature = "efficientnet_v2_s")]
pub use efficientnet_v2::EfficientNetV2S;
#[cfg(feature = "inception_resnet_v2")]
pub use inception_resnet_v2::InceptionResNetV2;
#[cfg(feature = "inception_v3")]
pub use inception_v3::InceptionV3;
#[cfg(feature = "mobilenet")]
pub use mobilenet::MobileNet;
#[cfg(feature = "mobilenet_v2")]
pub use mobilenet_v2::MobileNetV2;
#[cfg(feature = "mobilenet_v3_large")]
pub use mobilenet_v3::MobileNetV3Large;
#[cfg(feature = "mobilenet_v3_small")]
pub use mobilenet_v3::MobileNetV3Small;
#[cfg(feature = "nasnet_large")]
pub use nasnet::NASNetLarge;
#[cfg(feature = "nasnet_mobile")]
pub use nasnet::NASNetMobile;
#[cfg(feature = "resnet50")]
pub use resnet::ResNet50;
#[cfg(feature = "resnet101")]
pub use resnet::ResNet101;
#[cfg(feature = "resnet152")]
pub use resnet::ResNet152;
#[cfg(feature = "resnet50_v2")]
pub use resnet_v2::ResNet50V2;
#[cfg(feature = "resnet101_v2")]
pub use resnet_v2::ResNet101V2;
#[cfg(feature = "resnet152_v2")]
pub use resnet_v2::ResNet152V2;
#[cfg(feature = "vgg16")]
pub use vgg16::VGG16;
#[cfg(feature = "vgg19")]
pub use vgg19::VGG19;
#[cfg(feature = "xception")]
pub use xception::Xception;
