//! IDX files, in which MNIST and its relatives come: `train-images-idx3-ubyte` and the like, plain or gzipped.
//!
//! A file holds one array: two zero bytes, a byte for the element type, a byte for the number of axes, each axis as
//! a big-endian 32-bit number, then the elements, big-endian, last axis fastest.
//!
//! Source: <https://keras.io/api/datasets/mnist/>, <http://yann.lecun.com/exdb/mnist/>.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use ndarray::{Array, Array1, Array3, ArrayD, Dimension, IxDyn};

use super::{DataError, ReadOptions};
use crate::message;

mod sealed {
    pub trait Sealed {}
}

/// An element type that IDX files know: `u8`, `i8`, `i16`, `i32`, `f32`, `f64`.
pub trait IdxElement: sealed::Sealed + Copy {
    #[doc(hidden)]
    const CODE: u8;
    #[doc(hidden)]
    const NAME: &'static str;
    #[doc(hidden)]
    fn from_bytes(bytes: &[u8]) -> Vec<Self>;
}

macro_rules! idx_element {
    ($($type:ident $code:literal),*) => {
        $(
            impl sealed::Sealed for $type {}
            impl IdxElement for $type {
                const CODE: u8 = $code;
                const NAME: &'static str = stringify!($type);
                fn from_bytes(bytes: &[u8]) -> Vec<Self> {
                    let (elements, _) = bytes.as_chunks();
                    elements.iter().map(|element| Self::from_be_bytes(*element)).collect()
                }
            }
        )*

        fn type_name(code: u8) -> Option<&'static str> {
            match code {
                $($code => Some(stringify!($type)),)*
                _ => None,
            }
        }
    };
}

idx_element!(u8 0x08, i8 0x09, i16 0x0B, i32 0x0C, f32 0x0D, f64 0x0E);

/// Reads the array of an IDX file, plain or gzipped, with as many axes as the type asked for.
///
/// ```no_run
/// # fn main() -> Result<(), keras_core::data::DataError> {
/// let images: ndarray::Array3<u8> = keras_core::data::idx::read("train-images-idx3-ubyte.gz")?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// [`DataError`] when the file cannot be read, is no IDX file, holds another element type or another number of
/// axes, is shorter or longer than its axes say, or is packed so well that it takes more than 256 MiB and 32 times its
/// size (see [`ReadOptions::limit`]).
pub fn read<T: IdxElement, D: Dimension>(path: impl AsRef<Path>) -> Result<Array<T, D>, DataError> {
    read_with(path, &ReadOptions::new())
}

/// [`read`] with options: how much a packed file may unpack to.
///
/// # Errors
///
/// As [`read`].
pub fn read_with<T: IdxElement, D: Dimension>(
    path: impl AsRef<Path>,
    options: &ReadOptions,
) -> Result<Array<T, D>, DataError> {
    let path = path.as_ref();
    let array: ArrayD<T> = read_any(path, *options)?;
    let found = array.shape().to_vec();
    let place = "header".to_string();
    array.into_dimensionality().map_err(|_| DataError::Axes {
        path: path.to_path_buf(),
        place,
        expected: D::NDIM.unwrap_or(found.len()),
        found,
    })
}

/// Reads images `(sample, row, column)` from one file and their labels `(sample)` from another, as MNIST has them.
///
/// # Errors
///
/// As [`read`], and [`DataError::Lengths`] when there are not as many labels as images.
pub fn read_labelled(images: impl AsRef<Path>, labels: impl AsRef<Path>) -> Result<Labelled, DataError> {
    read_labelled_with(images, labels, &ReadOptions::new())
}

/// [`read_labelled`] with options: how much each of the two files may unpack to.
///
/// # Errors
///
/// As [`read_labelled`].
pub fn read_labelled_with(
    images: impl AsRef<Path>,
    labels: impl AsRef<Path>,
    options: &ReadOptions,
) -> Result<Labelled, DataError> {
    let images: Array3<u8> = read_with(images, options)?;
    let labels: Array1<u8> = read_with(labels, options)?;
    if images.shape()[0] != labels.len() {
        return Err(DataError::Lengths {
            left: images.shape()[0],
            left_name: "images",
            right: labels.len(),
            right_name: "labels",
        });
    }
    Ok((images, labels))
}

/// Images `(sample, row, column)` and labels `(sample)`.
pub type Labelled = (Array3<u8>, Array1<u8>);

/// Reads what is to train on and what is to test on from a folder that holds MNIST's four files under their
/// usual names (or those of Fashion-MNIST, which are the same), plain or with `.gz`. As
/// `keras.datasets.mnist.load_data()`, which downloads them.
///
/// # Errors
///
/// As [`read_labelled`].
pub fn load_mnist(folder: impl AsRef<Path>) -> Result<(Labelled, Labelled), DataError> {
    load_mnist_with(folder, &ReadOptions::new())
}

/// [`load_mnist`] with options: how much each of the four files may unpack to.
///
/// # Errors
///
/// As [`load_mnist`].
pub fn load_mnist_with(
    folder: impl AsRef<Path>,
    options: &ReadOptions,
) -> Result<(Labelled, Labelled), DataError> {
    let folder = folder.as_ref();
    let part = |name: &str| {
        let images = either(folder, &format!("{name}-images-idx3-ubyte"));
        let labels = either(folder, &format!("{name}-labels-idx1-ubyte"));
        read_labelled_with(images, labels, options)
    };
    Ok((part("train")?, part("t10k")?))
}

/// The file `name` or, where that is not there, `name.gz`.
fn either(folder: &Path, name: &str) -> PathBuf {
    let zipped = folder.join(format!("{name}.gz"));
    let plain = folder.join(name);
    if !plain.exists() && zipped.exists() { zipped } else { plain }
}

fn read_any<T: IdxElement>(path: &Path, options: ReadOptions) -> Result<ArrayD<T>, DataError> {
    let open = || File::open(path).map(BufReader::new);
    let failed = |source| DataError::read(path, source);
    // By content rather than name: a browser may have unpacked the file and kept its name, or the reverse.
    let mut start = Vec::new();
    open().map_err(failed)?.take(2).read_to_end(&mut start).map_err(failed)?;
    let file = open().map_err(failed)?;
    let mut reader: Box<dyn Read> = match start[..] {
        [0x1F, 0x8B] => Box::new(BufReader::new(MultiGzDecoder::new(file))),
        _ => Box::new(file),
    };

    let [zero, zero_too, code, axes] = header(path, &mut reader, "header")?;
    if zero != 0 || zero_too != 0 {
        return Err(DataError::malformed(
            path,
            "header",
            "not an IDX file: it does not start with two zero bytes",
        ));
    }
    if code != T::CODE {
        return Err(DataError::ElementType {
            path: path.to_path_buf(),
            place: "header".to_string(),
            expected: T::NAME,
            found: type_name(code).map_or_else(|| format!("the unknown type {code:#04x}"), str::to_string),
        });
    }
    let mut shape = Vec::with_capacity(axes.into());
    for axis in 0..axes {
        let size = u32::from_be_bytes(header(path, &mut reader, &format!("axis {axis}"))?);
        shape.push(size as usize);
    }
    let elements = shape.iter().try_fold(1_u64, |product, &size| product.checked_mul(size as u64));
    let bytes = elements.and_then(|elements| elements.checked_mul(size_of::<T>() as u64));
    let claimed = bytes.filter(|&bytes| bytes < u64::MAX).ok_or_else(|| {
        DataError::malformed(
            path,
            "header",
            format!("the shape {} is larger than any file", message::shape(&shape)),
        )
    })?;
    options.of(path, start[..] == [0x1F, 0x8B]).check(path, "header", Some(claimed))?;

    // The memory grows with what is there, and one byte more shows whether there is too much.
    let mut data = Vec::new();
    reader.take(claimed + 1).read_to_end(&mut data).map_err(failed)?;
    let found = data.len() as u64;
    if found != claimed {
        let found = if found > claimed { "more".to_string() } else { found.to_string() };
        let problem =
            format!("the shape {} takes {claimed} bytes, but there are {found}", message::shape(&shape));
        return Err(DataError::malformed(path, "data", problem));
    }
    ArrayD::from_shape_vec(IxDyn(&shape), T::from_bytes(&data))
        .map_err(|error| DataError::malformed(path, "header", error.to_string()))
}

fn header(path: &Path, reader: &mut dyn Read, place: &str) -> Result<[u8; 4], DataError> {
    let mut bytes = [0; 4];
    match reader.read_exact(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
            Err(DataError::malformed(path, place, "not an IDX file: it ends within its header"))
        }
        Err(error) => Err(DataError::read(path, error)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use ndarray::{Array2, array};
    use tempfile::TempDir;

    use super::*;

    fn file(folder: &TempDir, name: &str, bytes: &[u8]) -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn images() -> Vec<u8> {
        let mut bytes = vec![0, 0, 8, 3];
        for size in [2_u32, 1, 3] {
            bytes.extend(size.to_be_bytes());
        }
        bytes.extend([1, 2, 3, 4, 5, 255]);
        bytes
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn plain_and_gzipped_files_read_alike() {
        let folder = TempDir::new().unwrap();
        let expected = array![[[1, 2, 3]], [[4, 5, 255]]];
        let plain: Array3<u8> = read(file(&folder, "a", &images())).unwrap();
        assert_eq!(plain, expected);
        let zipped: Array3<u8> = read(file(&folder, "b", &gzip(&images()))).unwrap();
        assert_eq!(zipped, expected);
    }

    #[test]
    fn numbers_are_big_endian() {
        let folder = TempDir::new().unwrap();
        let mut bytes = vec![0, 0, 0x0D, 1, 0, 0, 0, 2];
        bytes.extend(1.5_f32.to_be_bytes());
        bytes.extend((-2.0_f32).to_be_bytes());
        let read: Array1<f32> = read(file(&folder, "a", &bytes)).unwrap();
        assert_eq!(read, array![1.5, -2.0]);
    }

    #[test]
    fn the_four_files_load_together() {
        let folder = TempDir::new().unwrap();
        let labels = [0, 0, 8, 1, 0, 0, 0, 2, 7, 9];
        file(&folder, "train-images-idx3-ubyte", &images());
        file(&folder, "train-labels-idx1-ubyte.gz", &gzip(&labels));
        file(&folder, "t10k-images-idx3-ubyte.gz", &gzip(&images()));
        let labels_path = file(&folder, "t10k-labels-idx1-ubyte", &labels);
        let ((images, labels), _) = load_mnist(folder.path()).unwrap();
        assert_eq!(images.shape(), [2, 1, 3]);
        assert_eq!(labels, array![7, 9]);
        std::fs::write(labels_path, [0, 0, 8, 1, 0, 0, 0, 1, 7]).unwrap();
        let error = load_mnist(folder.path()).unwrap_err().to_string();
        assert_eq!(error, "2 images but 1 labels: each needs its own");
    }

    #[test]
    fn labelled_images_have_a_limit() {
        let folder = TempDir::new().unwrap();
        let labels = [0, 0, 8, 1, 0, 0, 0, 2, 7, 9];
        for part in ["train", "t10k"] {
            file(&folder, &format!("{part}-images-idx3-ubyte.gz"), &gzip(&images()));
            file(&folder, &format!("{part}-labels-idx1-ubyte.gz"), &gzip(&labels));
        }
        let [images, labels] =
            ["images-idx3", "labels-idx1"].map(|name| folder.path().join(format!("train-{name}-ubyte.gz")));
        // Six bytes of pixels, two of labels.
        for (bytes, fits) in [(5, false), (6, true)] {
            let options = ReadOptions::new().limit(bytes);
            let found = [
                read_labelled_with(&images, &labels, &options).map(|_| ()),
                load_mnist_with(folder.path(), &options).map(|_| ()),
            ];
            for found in found {
                assert_eq!(found.is_ok(), fits);
                let is_limit = matches!(found, Err(DataError::Limit { limit: 5, .. }));
                assert!(fits || is_limit, "{found:?}");
            }
        }
    }

    #[test]
    fn wrong_files_are_refused_in_words() {
        let folder = TempDir::new().unwrap();
        let error = |bytes: &[u8]| {
            let read: Result<Array2<u8>, _> = read(file(&folder, "a", bytes));
            let error = read.unwrap_err().to_string();
            error.split_once("/a, ").map(|(_, rest)| rest.to_string()).unwrap_or(error)
        };
        assert_eq!(error(b""), "header: not an IDX file: it ends within its header");
        assert_eq!(error(b"PK\x03\x04"), "header: not an IDX file: it does not start with two zero bytes");
        assert_eq!(error(&[0, 0, 0x0D, 1, 0, 0, 0, 0]), "header: holds f32, not u8");
        assert_eq!(error(&[0, 0, 0x77, 1]), "header: holds the unknown type 0x77, not u8");
        assert_eq!(error(&[0, 0, 8, 2, 0, 0, 0, 1]), "axis 1: not an IDX file: it ends within its header");
        assert_eq!(error(&images()), "header: has the shape [2, 1, 3], not 2 axes");
        let longer = [&[0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 1], &[5, 6][..]].concat();
        assert_eq!(error(&longer), "data: the shape [1, 1] takes 1 bytes, but there are more");
        assert!(matches!(read::<u8, ndarray::Ix1>("/no/such/file"), Err(DataError::Read { .. })));
    }

    #[test]
    fn claims_cost_nothing() {
        let folder = TempDir::new().unwrap();
        // Terabytes, then more than 64 bits can count.
        for axes in [2_u8, 255] {
            let mut bytes = vec![0, 0, 8, axes];
            bytes.extend([0, 0xFF, 0xFF, 0xFF].repeat(axes.into()));
            let path = file(&folder, "a", &bytes);
            let error = read::<u8, IxDyn>(&path).unwrap_err();
            assert!(matches!(error, DataError::Malformed { .. }), "{error}");
        }
        // Nothing at all, in a shape that counts no elements but is too large for an array.
        let mut bytes = vec![0, 0, 8, 4, 0, 0, 0, 0];
        bytes.extend([0xFF; 12]);
        assert!(read::<u8, IxDyn>(file(&folder, "a", &bytes)).is_err());
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a.gz");
        let size = 300_u32 << 20;
        let mut packed = GzEncoder::new(std::fs::File::create(&path).unwrap(), Compression::fast());
        packed.write_all(&[0, 0, 8, 1]).unwrap();
        packed.write_all(&size.to_be_bytes()).unwrap();
        let zeros = vec![0; 1 << 20];
        for _ in 0..300 {
            packed.write_all(&zeros).unwrap();
        }
        packed.finish().unwrap();
        let read = |options: &ReadOptions| read_with::<u8, ndarray::Ix1>(&path, options);
        let error = read(&ReadOptions::new()).unwrap_err();
        assert!(matches!(&error, DataError::Limit { limit: 268_435_456, .. }), "{error:?}");
        assert_eq!(read(&ReadOptions::new().limit(size.into())).unwrap().len(), size as usize);
    }
}
