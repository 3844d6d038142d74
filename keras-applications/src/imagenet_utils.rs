//! What stands before and behind a model: pixels as it was trained on them, and the names of its classes.
//!
//! See [`keras.applications.imagenet_utils`](https://keras.io/api/applications/).

use std::collections::HashMap;
use std::path::Path;

use keras_core::ndarray::{Array, Array2, ArrayBase, Axis, Data, RemoveAxis};
use keras_core::tensor::{Shape, Tensor};
use keras_core::{Error, Result};

/// How pixels from 0 to 255 become what a model was trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The channels in the order blue, green, red, each less its mean over ImageNet, without scaling.
    Caffe,
    /// Between -1 and 1.
    Tf,
    /// Between 0 and 1, and then each channel by its mean and standard deviation over ImageNet.
    Torch,
}

/// Where the channels of an image stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DataFormat {
    /// Last: `(height, width, 3)`, or with a batch in front.
    #[default]
    ChannelsLast,
    /// In front of height and width: `(3, height, width)`, or with a batch in front.
    ChannelsFirst,
}

/// A number that a pixel may be.
pub trait Pixel: Copy {
    /// The number as the models take it.
    fn as_f32(self) -> f32;
}

impl Pixel for u8 {
    fn as_f32(self) -> f32 {
        self.into()
    }
}

impl Pixel for f32 {
    fn as_f32(self) -> f32 {
        self
    }
}

impl Pixel for f64 {
    fn as_f32(self) -> f32 {
        self as f32
    }
}

impl Pixel for i32 {
    fn as_f32(self) -> f32 {
        self as f32
    }
}

/// The pixels of one image, or of a batch of them, as a model was trained on them. Computed in `f32`, as Keras does with
/// integers and `f32`.
///
/// ```
/// use keras_applications::imagenet_utils::{DataFormat, Mode, preprocess_input};
///
/// let image = keras_core::ndarray::Array3::<u8>::from_elem((2, 2, 3), 255);
/// let x = preprocess_input(&image, DataFormat::ChannelsLast, Mode::Tf)?;
/// assert_eq!(x[[0, 0, 0]], 1.0);
/// # Ok::<(), keras_core::Error>(())
/// ```
///
/// # Errors
/// The array has neither 3 axes nor 4, or other than 3 channels.
pub fn preprocess_input<A: Pixel, S: Data<Elem = A>, D: RemoveAxis>(
    x: &ArrayBase<S, D>,
    data_format: DataFormat,
    mode: Mode,
) -> Result<Array<f32, D>> {
    let rank = x.ndim();
    if rank != 3 && rank != 4 {
        return Err(Error::Argument(format!(
            "preprocess_input takes an image (height, width, 3) or a batch of them; this array is {:?}",
            x.shape()
        )));
    }
    let axis = match data_format {
        DataFormat::ChannelsLast => Axis(rank - 1),
        DataFormat::ChannelsFirst => Axis(rank - 3),
    };
    if x.len_of(axis) != 3 {
        return Err(Error::Argument(format!(
            "preprocess_input takes images of 3 channels; axis {} of {:?} has {}",
            axis.index(),
            x.shape(),
            x.len_of(axis)
        )));
    }
    let mut y = x.map(|pixel| pixel.as_f32());
    let (mean, deviation) = match mode {
        Mode::Tf => {
            y.mapv_inplace(|v| v / 127.5 - 1.0);
            return Ok(y);
        }
        Mode::Torch => {
            y.mapv_inplace(|v| v / 255.0);
            ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        }
        Mode::Caffe => {
            y.invert_axis(axis);
            ([103.939, 116.779, 123.68], [1.0; 3])
        }
    };
    for ((mut channel, mean), deviation) in y.axis_iter_mut(axis).zip(mean).zip(deviation) {
        channel.mapv_inplace(|v: f32| (v - mean) / deviation);
    }
    Ok(y.as_standard_layout().into_owned())
}

macro_rules! modes {
    ($($name:ident, $mode:ident, $does:literal;)*) => { $(
        #[doc = concat!("Makes pixels from 0 to 255 what the model was trained on: ", $does, ".")]
        ///
        /// # Errors
        /// The array is no image `(height, width, 3)` and no batch of them.
        pub fn $name<A: Pixel, S: Data<Elem = A>, D: RemoveAxis>(x: &ArrayBase<S, D>) -> Result<Array<f32, D>> {
            preprocess_input(x, DataFormat::ChannelsLast, Mode::$mode)
        }
    )* };
}

modes! {
    caffe, Caffe, "blue, green, red, each less its mean over ImageNet";
    tf, Tf, "numbers between -1 and 1";
    torch, Torch, "numbers between 0 and 1, by mean and standard deviation over ImageNet";
}

/// The pixels as they are: the model has a layer that scales them.
pub fn unchanged<A: Pixel, S: Data<Elem = A>, D: RemoveAxis>(x: &ArrayBase<S, D>) -> Array<f32, D> {
    x.map(|pixel| pixel.as_f32())
}

/// A class that a model sees in an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// The identifier in WordNet: `n02123045`.
    pub class_name: String,
    /// What it is called: `tabby`.
    pub description: String,
    /// What the model gives for it: a probability behind `softmax`.
    pub score: f32,
}

impl std::fmt::Display for Prediction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}): {:.4}", self.description, self.class_name, self.score)
    }
}

/// The names of classes by their numbers.
#[derive(Clone, Debug)]
pub struct ClassIndex(Vec<(String, String)>);

impl ClassIndex {
    /// Reads Keras's `imagenet_class_index.json`, or a file of one's own in this form: `{"0": ["n01440764", "tench"], ...}`.
    ///
    /// # Errors
    /// The file cannot be read, or is of another form.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let wrong = |message: String| Error::File { path: path.display().to_string(), message };
        let text = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
        let mut classes: HashMap<String, (String, String)> =
            serde_json::from_slice(&text).map_err(|error| {
                wrong(format!(
                    "this is no index of classes {{\"0\": [\"n01440764\", \"tench\"], ...}}: {error}"
                ))
            })?;
        let list: Option<Vec<_>> = (0..classes.len()).map(|i| classes.remove(&i.to_string())).collect();
        match list {
            Some(list) => Ok(ClassIndex(list)),
            None => Err(wrong("the classes are not numbered from 0 without gaps".into())),
        }
    }

    /// How many classes there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The `top` classes of each row of `predictions`, the surest first. Keras takes 5 if nothing is said.
    ///
    /// # Errors
    /// `predictions` is no array `(samples, classes)` of as many classes as the index has.
    pub fn decode(&self, predictions: &impl Scores, top: usize) -> Result<Vec<Vec<Prediction>>> {
        let scores = predictions.scores()?;
        if scores.ncols() != self.len() {
            return Err(Error::Argument(format!(
                "decode_predictions takes (samples, {}), one column for each class of the index; the predictions are {:?}",
                self.len(),
                scores.shape()
            )));
        }
        let row = |scores: keras_core::ndarray::ArrayView1<'_, f32>| {
            let mut order: Vec<usize> = (0..scores.len()).collect();
            order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]));
            let named = |i: usize| {
                let (class_name, description) = self.0[i].clone();
                Prediction { class_name, description, score: scores[i] }
            };
            order.into_iter().take(top).map(named).collect()
        };
        Ok(scores.rows().into_iter().map(row).collect())
    }
}

/// What a model predicts, one row for each sample.
pub trait Scores {
    /// The numbers as `(samples, classes)`.
    ///
    /// # Errors
    /// There are not two axes.
    fn scores(&self) -> Result<Array2<f32>>;
}

impl Scores for Array2<f32> {
    fn scores(&self) -> Result<Array2<f32>> {
        Ok(self.clone())
    }
}

impl<S: Shape> Scores for Tensor<S> {
    fn scores(&self) -> Result<Array2<f32>> {
        let [samples, classes] = self.shape()[..] else {
            return Err(Error::Argument(format!(
                "decode_predictions takes (samples, classes); the predictions are {:?}",
                self.shape()
            )));
        };
        Array2::from_shape_vec((samples, classes), self.to_vec()?)
            .map_err(|error| Error::Argument(error.to_string()))
    }
}

/// The `top` classes of each row of `predictions` with their names, the surest first. `class_index` is the path of
/// Keras's [`imagenet_class_index.json`](https://storage.googleapis.com/download.tensorflow.org/data/imagenet_class_index.json),
/// which Keras downloads to `~/.keras/models`. [`ClassIndex`] reads it once for many calls.
///
/// ```no_run
/// use keras_applications::mobilenet::{decode_predictions, preprocess_input};
/// use keras_core::prelude::*;
///
/// fn name(model: &keras_applications::MobileNet, photo: &ndarray::Array4<u8>) -> keras_core::Result<()> {
///     let predictions = model.predict(&preprocess_input(photo)?)?;
///     for class in &decode_predictions(&predictions, 5, "imagenet_class_index.json")?[0] {
///         println!("{class}");
///     }
///     Ok(())
/// }
/// # use keras_core::ndarray;
/// ```
///
/// # Errors
/// The file cannot be read, or the predictions are not `(samples, classes)` with as many classes as it names.
pub fn decode_predictions(
    predictions: &impl Scores,
    top: usize,
    class_index: impl AsRef<Path>,
) -> Result<Vec<Vec<Prediction>>> {
    ClassIndex::from_file(class_index)?.decode(predictions, top)
}
