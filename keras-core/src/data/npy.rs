//! NumPy's own files: `.npy` holds one array, `.npz` several by name.
//!
//! Source: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>, which Keras's examples load
//! their data from.

mod any;
mod header;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::path::Path;

use ndarray::{Array, ArrayBase, ArrayD, Dimension, IxDyn, ShapeBuilder};
use zip::ZipArchive;
use zip::result::ZipError;

use super::limit::Limit;
use super::{DataError, ReadOptions, write_atomically};
use crate::message;
use crate::tensor::Data;

mod sealed {
    pub trait Sealed {}
}

/// An element type of NumPy arrays that can be read and written: `f32`, `f64`, integers up to 64 bits, `bool`.
pub trait NpyElement: sealed::Sealed + Copy {
    #[doc(hidden)]
    const NAME: &'static str;
    /// The type in NumPy's words, without the order of bytes: `f4`.
    #[doc(hidden)]
    const CODE: &'static str;
    /// An element from its bytes, the most significant first if `big`.
    #[doc(hidden)]
    fn read(bytes: &[u8], big: bool) -> Self;
    /// Adds its bytes, the least significant first.
    #[doc(hidden)]
    fn write(self, to: &mut Vec<u8>);
}

macro_rules! npy_element {
    ($($type:ident $name:literal $code:literal),*) => { $(
        impl sealed::Sealed for $type {}
        impl NpyElement for $type {
            const NAME: &'static str = $name;
            const CODE: &'static str = $code;
            fn read(bytes: &[u8], big: bool) -> Self {
                let bytes = bytes.try_into().unwrap_or_default();
                if big { $type::from_be_bytes(bytes) } else { $type::from_le_bytes(bytes) }
            }
            fn write(self, to: &mut Vec<u8>) {
                to.extend(self.to_le_bytes());
            }
        }
    )* };
}

npy_element!(f32 "float32" "f4", f64 "float64" "f8");
npy_element!(u8 "uint8" "u1", u16 "uint16" "u2", u32 "uint32" "u4", u64 "uint64" "u8");
npy_element!(i8 "int8" "i1", i16 "int16" "i2", i32 "int32" "i4", i64 "int64" "i8");

impl sealed::Sealed for bool {}
impl NpyElement for bool {
    const NAME: &'static str = "bool";
    const CODE: &'static str = "b1";
    fn read(bytes: &[u8], _: bool) -> Self {
        bytes.iter().any(|byte| *byte != 0)
    }
    fn write(self, to: &mut Vec<u8>) {
        to.push(u8::from(self));
    }
}

/// Reads the array of a `.npy` file, with as many axes as the type asked for, in C order whatever order the file
/// has.
///
/// ```no_run
/// # fn main() -> Result<(), keras_core::data::DataError> {
/// let x: ndarray::Array2<f32> = keras_core::data::npy::read("x.npy")?;
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// [`DataError`] when the file cannot be read, is no `.npy` file, holds another element type or another number of
/// axes, or ends too early.
pub fn read<T: NpyElement, D: Dimension>(path: impl AsRef<Path>) -> Result<Array<T, D>, DataError> {
    read_with(path, &ReadOptions::new())
}

/// [`read`] with options: how much memory the array may take.
///
/// # Errors
///
/// As [`read`].
pub fn read_with<T: NpyElement, D: Dimension>(
    path: impl AsRef<Path>,
    options: &ReadOptions,
) -> Result<Array<T, D>, DataError> {
    let path = path.as_ref();
    let file = File::open(path).map_err(|source| DataError::read(path, source))?;
    read_array(path, "array", BufReader::new(file), options.of(path, false))
}

/// A `.npz` file, open for reading.
pub struct Npz {
    path: std::path::PathBuf,
    limit: Limit,
    archive: ZipArchive<BufReader<File>>,
}

impl Npz {
    /// Opens a `.npz` file.
    ///
    /// # Errors
    ///
    /// [`DataError`] when the file cannot be read or is no zip archive.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DataError> {
        Self::open_with(path, &ReadOptions::new())
    }

    /// [`Npz::open`] with options: how much each array may unpack to.
    ///
    /// # Errors
    ///
    /// As [`Npz::open`].
    pub fn open_with(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self, DataError> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|source| DataError::read(path, source))?;
        let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| match error {
            ZipError::Io(source) => DataError::read(path, source),
            error => DataError::malformed(path, "archive", error.to_string()),
        })?;
        let (path, limit) = (path.to_path_buf(), options.of(path, true));
        Ok(Self { path, limit, archive })
    }

    /// The names of the arrays, sorted.
    pub fn names(&self) -> Vec<String> {
        let files = self.archive.file_names();
        let mut names: Vec<String> =
            files.filter_map(|file| file.strip_suffix(".npy").map(str::to_string)).collect();
        names.sort();
        names
    }

    /// Reads the array named `name`, as [`read`] does.
    ///
    /// # Errors
    ///
    /// As [`read`], and [`DataError::Missing`] when there is no array of that name.
    pub fn read<T: NpyElement, D: Dimension>(&mut self, name: &str) -> Result<Array<T, D>, DataError> {
        let (path, place, limit) = (self.path.clone(), Self::place(name), self.limit);
        read_array(&path, &place, self.array(name, &place)?, limit)
    }

    /// Reads the array named `name`, whatever its elements are: numbers, also of 16 bits, truth values or strings (`U`, and `S`
    /// as UTF-8). A model takes such arrays as they are: `model.predict(&arrays[..])` of one that was read from a file.
    ///
    /// # Errors
    ///
    /// As [`Npz::read`]; it holds elements of another kind, such as Python objects.
    pub fn read_any(&mut self, name: &str) -> Result<Data<'static>, DataError> {
        self.read_typed(name).map(|(_, data)| data)
    }

    /// [`Npz::read_any`], and the type of the elements in NumPy's words: `<f4`.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn read_typed(&mut self, name: &str) -> Result<(String, Data<'static>), DataError> {
        let (path, place, limit) = (self.path.clone(), Self::place(name), self.limit);
        any::read(&path, &place, self.array(name, &place)?, limit)
    }

    fn place(name: &str) -> String {
        format!("array \"{}\"", message::name(name))
    }

    /// The bytes of an array.
    fn array(&mut self, name: &str, place: &str) -> Result<impl Read, DataError> {
        let available = self.names();
        if !available.iter().any(|there| there == name) {
            return Err(DataError::Missing {
                path: self.path.clone(),
                what: "array",
                name: name.to_string(),
                available,
            });
        }
        let file = self.archive.by_name(&format!("{name}.npy"));
        let file = file.map_err(|error| DataError::malformed(&self.path, place, error.to_string()))?;
        Ok(BufReader::new(file))
    }
}

/// Writes an array as a `.npy` file in C order, so that the file is either whole or not there.
///
/// # Errors
///
/// [`DataError::Write`] when the file cannot be written.
pub fn write<T, S, D>(path: impl AsRef<Path>, array: &ArrayBase<S, D>) -> Result<(), DataError>
where
    T: NpyElement,
    S: ndarray::Data<Elem = T>,
    D: Dimension,
{
    write_atomically(path.as_ref(), |out| {
        out.write_all(&start::<T>(array.shape()))?;
        let mut bytes = Vec::with_capacity(8);
        for element in array {
            bytes.clear();
            element.write(&mut bytes);
            out.write_all(&bytes)?;
        }
        Ok(())
    })
}

/// What a file of an array of this shape begins with. The elements start at a multiple of 64 bytes, as NumPy's do.
fn start<T: NpyElement>(shape: &[usize]) -> Vec<u8> {
    let order = if size_of::<T>() == 1 { '|' } else { '<' };
    let axes: String = shape.iter().map(|size| format!("{size}, ")).collect();
    let axes = if shape.len() == 1 { axes.trim_end() } else { axes.trim_end_matches(", ") };
    let header = format!("{{'descr': '{order}{}', 'fortran_order': False, 'shape': ({axes}), }}", T::CODE);
    let length = (10 + header.len() + 1).next_multiple_of(64) - 10;
    let padded = format!("{header:<width$}\n", width = length - 1);
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    // Some 20 bytes for each axis: never beyond 65,535.
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(padded.as_bytes());
    bytes
}

impl header::Header {
    /// The type of the elements in NumPy's words, without the order of bytes: `f4`.
    fn code(&self) -> &str {
        match self.dtype.split_at_checked(1) {
            Some(("<" | ">" | "|" | "=", code)) => code,
            _ => "",
        }
    }

    fn big(&self) -> bool {
        self.dtype.starts_with('>') || (self.dtype.starts_with('=') && cfg!(target_endian = "big"))
    }

    fn refused(&self, path: &Path, place: &str, expected: &'static str) -> DataError {
        DataError::ElementType {
            path: path.to_path_buf(),
            place: place.to_string(),
            expected,
            found: format!("the dtype '{}'", self.dtype),
        }
    }
}

fn opened(path: &Path, place: &str, reader: &mut impl Read) -> Result<header::Header, DataError> {
    header::read(reader).map_err(|error| match error {
        header::HeaderError::Io(source) => DataError::read(path, source),
        header::HeaderError::Malformed(problem) => DataError::malformed(path, place, problem),
    })
}

/// The axes of an array, and its elements in C order, each read from `size` bytes, the most significant first if that is true.
fn elements<T: Clone>(
    path: &Path,
    place: &str,
    mut reader: impl Read,
    limit: Limit,
    header: header::Header,
    size: usize,
    read: impl Fn(&[u8], bool) -> T,
) -> Result<(Vec<usize>, Vec<T>), DataError> {
    let big = header.big();
    let header::Header { fortran, shape, .. } = header;
    let count: u64 = shape.iter().map(|size| *size as u64).product();
    // An element may take more memory than bytes of the file.
    limit.check(path, place, count.checked_mul(size.max(size_of::<T>()) as u64))?;
    // Not collected by the length that the header claims: the memory grows with what is there.
    let mut values: Vec<T> = Vec::new();
    let mut bytes = vec![0; size];
    for at in 0..count {
        reader.read_exact(&mut bytes).map_err(|source| match source.kind() {
            ErrorKind::UnexpectedEof => {
                let problem =
                    format!("ends after {at} of {count} values, the shape is {}", message::shape(&shape));
                DataError::malformed(path, place, problem)
            }
            _ => DataError::read(path, source),
        })?;
        values.push(read(&bytes, big));
    }
    if !fortran {
        return Ok((shape, values));
    }
    let array = ArrayD::from_shape_vec(IxDyn(&shape).set_f(true), values)
        .map_err(|error| DataError::malformed(path, place, error.to_string()))?;
    let values = array.as_standard_layout().into_owned().into_raw_vec_and_offset().0;
    Ok((shape, values))
}

fn read_array<T: NpyElement, D: Dimension>(
    path: &Path,
    place: &str,
    mut reader: impl Read,
    limit: Limit,
) -> Result<Array<T, D>, DataError> {
    let found = opened(path, place, &mut reader)?;
    if found.code() != T::CODE {
        return Err(found.refused(path, place, T::NAME));
    }
    let (shape, values) = elements(path, place, reader, limit, found, size_of::<T>(), T::read)?;
    let array: ArrayD<T> = ArrayD::from_shape_vec(IxDyn(&shape), values)
        .map_err(|error| DataError::malformed(path, place, error.to_string()))?;
    array.into_dimensionality().map_err(|_| DataError::Axes {
        path: path.to_path_buf(),
        place: place.to_string(),
        expected: D::NDIM.unwrap_or(shape.len()),
        found: shape,
    })
}
