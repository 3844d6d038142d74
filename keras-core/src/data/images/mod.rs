//! Folders of images.

mod decode;
mod resample;

use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2, Array4};

use super::folder::{Labels, Listed, Listing};
use super::{DataError, Prefetch, Subset, prefetch};

/// The channels of images.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorMode {
    /// One: the brightness.
    Grayscale,
    /// Red, green and blue.
    #[default]
    Rgb,
    /// These and how opaque.
    Rgba,
}

impl ColorMode {
    /// How many channels there are.
    pub const fn channels(self) -> usize {
        match self {
            ColorMode::Grayscale => 1,
            ColorMode::Rgb => 3,
            ColorMode::Rgba => 4,
        }
    }
}

/// How pixels of another size are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resampling {
    /// Of the nearest one.
    Nearest,
    /// Of the two nearest along each axis.
    #[default]
    Bilinear,
    /// Of the four nearest along each axis.
    Bicubic,
}

/// How a folder of images is read: what [`image_dataset_from_directory`] begins.
#[derive(Clone, Debug)]
pub struct ImageFolder {
    directory: PathBuf,
    listing: Listing,
    reading: Reading,
}

/// What is done to an image.
#[derive(Clone, Copy, Debug)]
struct Reading {
    color_mode: ColorMode,
    image_size: [usize; 2],
    interpolation: Resampling,
    crop: bool,
    pad: bool,
}

/// The `.png`, `.jpg` and `.jpeg` files of a folder, in which there is a folder for each class, with their classes:
/// `photos/cat/1.jpg`, `photos/dog/2.png`. As `keras.utils.image_dataset_from_directory`, with its defaults: 256 by 256 pixels
/// of red, green and blue from 0 to 255, in a random order. Set what is not a default, then `read`.
///
/// ```no_run
/// use keras_core::data::{Subset, image_dataset_from_directory};
/// use keras_core::prelude::*;
///
/// let photos = || image_dataset_from_directory("photos").image_size([160, 160]).seed(7).validation_split(0.2);
/// let (train, kept) = (photos().subset(Subset::Training).read()?, photos().subset(Subset::Validation).read()?);
/// let mut model = model! {
///     Input(160, 160, 3) => Rescaling(1. / 255) => Conv2D(16, 3, activation = relu) => GlobalAveragePooling2D()
///         => Dense(2, activation = softmax)
/// }
/// .compile("adam", SparseCategoricalCrossentropy::new(), ["accuracy"]);
/// model.fit_batches(|| train.batches(32)).epochs(5).run()?;
/// # let _ = kept;
/// # Ok::<(), keras_core::Error>(())
/// ```
///
/// With the same seed the order, and so what is kept for validation, is that of Keras; without shuffling files come class by
/// class in the order of their paths. Numbers of JPEG files may differ from those of Keras by up to 4 of 255: TensorFlow decodes them by a fast, less exact transform.
///
/// Source: <https://keras.io/api/data_loading/image/>.
pub fn image_dataset_from_directory(directory: impl AsRef<Path>) -> ImageFolder {
    ImageFolder {
        directory: directory.as_ref().to_path_buf(),
        listing: Listing::default(),
        reading: Reading {
            color_mode: ColorMode::Rgb,
            image_size: [256, 256],
            interpolation: Resampling::Bilinear,
            crop: false,
            pad: false,
        },
    }
}

impl ImageFolder {
    super::folder::listing_arguments!();

    /// The channels of images: red, green and blue.
    #[must_use]
    pub fn color_mode(mut self, color_mode: ColorMode) -> Self {
        self.reading.color_mode = color_mode;
        self
    }

    /// Height and width to which images are resized: 256 each.
    #[must_use]
    pub fn image_size(mut self, image_size: [usize; 2]) -> Self {
        self.reading.image_size = image_size;
        self
    }

    /// How they are resized: bilinear.
    #[must_use]
    pub fn interpolation(mut self, interpolation: Resampling) -> Self {
        self.reading.interpolation = interpolation;
        self
    }

    /// Whether what sticks out beyond the ratio of the size is cut off first: false.
    #[must_use]
    pub fn crop_to_aspect_ratio(mut self, crop: bool) -> Self {
        self.reading.crop = crop;
        self
    }

    /// Whether what lacks to the ratio of the size is filled with zeros: false.
    #[must_use]
    pub fn pad_to_aspect_ratio(mut self, pad: bool) -> Self {
        self.reading.pad = pad;
        self
    }

    /// Finds the files; images are read when they are asked for.
    ///
    /// # Errors
    /// A folder that cannot be read or has no images; arguments that do not go together.
    pub fn read(self) -> Result<Images, DataError> {
        let wrong = |name, problem: &str| Err(DataError::Argument { name, problem: problem.into() });
        if self.reading.crop && self.reading.pad {
            return wrong("pad_to_aspect_ratio", "an image is cut or filled up, not both");
        }
        if self.reading.image_size.contains(&0) {
            return wrong("image_size", "an image has at least one pixel");
        }
        let Listed { class_names, files } = self.listing.files(&self.directory, &["png", "jpg", "jpeg"])?;
        Ok(Images { class_names, files, reading: self.reading })
    }
}

/// Images with their labels, each read when it is asked for.
#[derive(Clone, Debug)]
pub struct Images {
    class_names: Vec<String>,
    files: Vec<(PathBuf, i32)>,
    reading: Reading,
}

/// Images `(batch, height, width, channels)` from 0 to 255, and the label of each.
pub type ImageBatch = (Array4<f32>, Array1<i32>);

impl Images {
    /// The classes: a label is a place among them.
    pub fn class_names(&self) -> &[String] {
        &self.class_names
    }

    /// How many images there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there are none, which `read` refuses.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The files.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(path, _)| path.as_path())
    }

    /// The label of each image: `label_mode = "int"`.
    pub fn labels(&self) -> Array1<i32> {
        self.files.iter().map(|(_, label)| *label).collect()
    }

    /// The labels one-hot: `label_mode = "categorical"`.
    pub fn categorical(&self) -> Array2<f32> {
        let classes = self.class_names.len();
        Array2::from_shape_fn((self.len(), classes), |(i, class)| {
            f32::from(u8::from(self.files[i].1 == class as i32))
        })
    }

    /// The labels of two classes as a column of 0 and 1: `label_mode = "binary"`.
    ///
    /// # Errors
    /// There are more or fewer classes than two.
    pub fn binary(&self) -> Result<Array2<f32>, DataError> {
        if self.class_names.len() != 2 {
            let problem = format!("`binary` is for 2 classes, found {}", self.class_names.len());
            return Err(DataError::Argument { name: "label_mode", problem });
        }
        Ok(Array2::from_shape_fn((self.len(), 1), |(i, _)| self.files[i].1 as f32))
    }

    /// All images at once.
    ///
    /// # Errors
    /// A file that cannot be read or is no image.
    pub fn images(&self) -> Result<Array4<f32>, DataError> {
        load(&self.files, self.reading)
    }

    /// Batches of so many images, read on another thread while the one before is used. The last may be smaller.
    ///
    /// Each is an error where a file cannot be read or is no image.
    pub fn batches(&self, batch_size: usize) -> Prefetch<Result<ImageBatch, DataError>> {
        let (files, reading, size) = (self.files.clone(), self.reading, batch_size.max(1));
        let count = files.len().div_ceil(size);
        let batch = move |i: usize| {
            let files = &files[i * size..files.len().min((i + 1) * size)];
            Ok((load(files, reading)?, files.iter().map(|(_, label)| *label).collect()))
        };
        prefetch((0..count).map(batch), 2)
    }
}

fn load(files: &[(PathBuf, i32)], reading: Reading) -> Result<Array4<f32>, DataError> {
    let Reading { color_mode, image_size: [height, width], interpolation, crop, pad } = reading;
    let mut values = Vec::with_capacity(files.len() * height * width * color_mode.channels());
    for (path, _) in files {
        let image = decode::read(path, color_mode)?;
        let resized = match (crop, pad) {
            (true, _) => resample::cropped(&image, [height, width], interpolation),
            (false, true) => resample::padded(&image, [height, width], interpolation),
            (false, false) => resample::resize(&image, [height, width], interpolation),
        };
        values.extend(resized.values);
    }
    let shape = (files.len(), height, width, color_mode.channels());
    Array4::from_shape_vec(shape, values)
        .map_err(|error| DataError::Argument { name: "image_size", problem: error.to_string() })
}
