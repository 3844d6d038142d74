//! NumPy's own files: `.npy` holds one array, `.npz` several by name.
//!
//! Source: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>, which Keras's examples load
//! their data from.

mod any;
mod header;

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
        let (path, place, limit) = (self.path.clone(), Self::place(name), self.limit);
        any::read(&path, &place, self.array(name, &place)?, limit)
    }

    /// The type of the elements of the array named `name`, in NumPy's words: `<f4`.
    ///
    /// # Errors
    ///
    /// As [`Npz::read`].
    pub fn dtype(&mut self, name: &str) -> Result<String, DataError> {
        let (path, place) = (self.path.clone(), Self::place(name));
        Ok(opened(&path, &place, &mut self.array(name, &place)?)?.header.dtype)
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

/// What stands before the elements of an array.
struct Found {
    header: header::Header,
}

impl Found {
    /// The type of the elements in NumPy's words, without the order of bytes: `f4`.
    fn code(&self) -> &str {
        match self.header.dtype.split_at_checked(1) {
            Some(("<" | ">" | "|" | "=", code)) => code,
            _ => "",
        }
    }

    fn big(&self) -> bool {
        self.header.dtype.starts_with('>')
            || (self.header.dtype.starts_with('=') && cfg!(target_endian = "big"))
    }

    fn refused(&self, path: &Path, place: &str, expected: &'static str) -> DataError {
        DataError::ElementType {
            path: path.to_path_buf(),
            place: place.to_string(),
            expected,
            found: format!("the dtype '{}'", self.header.dtype),
        }
    }
}

fn opened(path: &Path, place: &str, reader: &mut impl Read) -> Result<Found, DataError> {
    let header = header::read(reader).map_err(|error| match error {
        header::HeaderError::Io(source) => DataError::read(path, source),
        header::HeaderError::Malformed(problem) => DataError::malformed(path, place, problem),
    })?;
    Ok(Found { header })
}

/// How an element is read: from so many bytes, the most significant first if that is true.
struct Element<'a, T> {
    size: usize,
    read: &'a dyn Fn(&[u8], bool) -> T,
}

/// The axes of an array, and its elements in C order.
fn elements<T: Clone>(
    path: &Path,
    place: &str,
    mut reader: impl Read,
    limit: Limit,
    found: Found,
    element: Element<'_, T>,
) -> Result<(Vec<usize>, Vec<T>), DataError> {
    let big = found.big();
    let header::Header { fortran, shape, .. } = found.header;
    let count: u64 = shape.iter().map(|size| *size as u64).product();
    limit.check(path, place, count.checked_mul(element.size.max(1) as u64))?;
    // Not collected by the length that the header claims: the memory grows with what is there.
    let mut values: Vec<T> = Vec::new();
    let mut bytes = vec![0; element.size];
    for at in 0..count {
        reader.read_exact(&mut bytes).map_err(|source| match source.kind() {
            ErrorKind::UnexpectedEof => {
                let problem =
                    format!("ends after {at} of {count} values, the shape is {}", message::shape(&shape));
                DataError::malformed(path, place, problem)
            }
            _ => DataError::read(path, source),
        })?;
        values.push((element.read)(&bytes, big));
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
    let element = Element { size: size_of::<T>(), read: &T::read };
    let (shape, values) = elements(path, place, reader, limit, found, element)?;
    let array: ArrayD<T> = ArrayD::from_shape_vec(IxDyn(&shape), values)
        .map_err(|error| DataError::malformed(path, place, error.to_string()))?;
    array.into_dimensionality().map_err(|_| DataError::Axes {
        path: path.to_path_buf(),
        place: place.to_string(),
        expected: D::NDIM.unwrap_or(shape.len()),
        found: shape,
    })
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use ndarray::{Array1, Array2, Array3, array};
    use tempfile::TempDir;

    use super::*;

    fn npy(header: &str, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(header.len()).unwrap().to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
    }

    fn file(folder: &TempDir, bytes: &[u8]) -> PathBuf {
        let path = folder.path().join("a.npy");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    #[test]
    fn arrays_come_back_as_written() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a.npy");
        let array = array![[1.5_f32, -2.0, 3.0], [4.0, f32::MAX, 6.0]];
        write(&path, &array).unwrap();
        assert_eq!(read::<f32, ndarray::Ix2>(&path).unwrap(), array);
        // A view in another order is written in its logical order.
        write(&path, &array.t()).unwrap();
        assert_eq!(read::<f32, ndarray::Ix2>(&path).unwrap(), array.t());
        let numbers: Array3<i64> =
            Array3::from_shape_fn((2, 3, 4), |(i, j, k)| (i * 12 + j * 4 + k) as i64 - 5);
        write(&path, &numbers).unwrap();
        assert_eq!(read::<i64, ndarray::Ix3>(&path).unwrap(), numbers);
        write(&path, &Array1::<u8>::zeros(0)).unwrap();
        assert_eq!(read::<u8, ndarray::Ix1>(&path).unwrap().len(), 0);
    }

    #[test]
    fn other_orders_and_byte_orders_are_understood() {
        let folder = TempDir::new().unwrap();
        let bytes: Vec<u8> = [1_i32, 4, 2, 5, 3, 6].iter().flat_map(|n| n.to_be_bytes()).collect();
        let header = "{'descr': '>i4', 'fortran_order': True, 'shape': (2, 3), }          \n";
        let array: Array2<i32> = read(file(&folder, &npy(header, &bytes))).unwrap();
        assert_eq!(array, array![[1, 2, 3], [4, 5, 6]]);
        assert!(array.is_standard_layout());
    }

    /// As NumPy writes them.
    #[test]
    fn elements_of_any_kind_are_read() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a.npz");
        let header = |dtype: &str, shape: &str| {
            format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}\n")
        };
        let halves: Vec<u8> =
            [0x3c00_u16, 0xc000, 0x0001, 0x7c00, 0x3555].into_iter().flat_map(u16::to_le_bytes).collect();
        let letters: Vec<u8> =
            ['é', 'x', 'y', '\0'].into_iter().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        let brain: Vec<u8> = [0x3f80_u16, 0xc040].into_iter().flat_map(u16::to_le_bytes).collect();
        let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        for (name, dtype, shape, bytes) in [
            ("halves", "<f2", "(5,)", halves),
            ("brain", "|V2", "(2,)", brain),
            ("letters", "<U2", "(2, 1)", letters),
            ("bytes", "|S3", "(2,)", b"ab\0cde".to_vec()),
            ("long", "<i8", "(1,)", 5_000_000_000_i64.to_le_bytes().to_vec()),
            ("objects", "|O", "(1,)", vec![0; 8]),
        ] {
            archive.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut archive, &npy(&header(dtype, shape), &bytes)).unwrap();
        }
        archive.finish().unwrap();
        let mut arrays = Npz::open(&path).unwrap();
        let mut numbers = |name: &str| {
            let data = arrays.read_any(name).unwrap();
            (0..data.samples()).map(|i| data.number(i)).collect::<Vec<f64>>()
        };
        let third = 0.333_251_953_125;
        assert_eq!(numbers("halves"), [1.0, -2.0, 2f64.powi(-24), f64::INFINITY, third]);
        assert_eq!(numbers("brain"), [1.0, -3.0]);
        assert_eq!(numbers("long"), [5e9]);
        let letters = arrays.read_any("letters").unwrap();
        assert_eq!((letters.shape(), letters.strings(&[0, 1]).concat()), (&[2, 1][..], "éxy".to_string()));
        assert_eq!(arrays.read_any("bytes").unwrap().strings(&[0, 1]), ["ab", "cde"]);
        let error = arrays.read_any("objects").unwrap_err().to_string();
        assert!(error.ends_with("holds the dtype '|O', not numbers or strings"), "{error}");
    }

    #[test]
    fn wrong_files_are_refused_in_words() {
        let folder = TempDir::new().unwrap();
        let error = |bytes: &[u8]| {
            let read: Result<Array1<f32>, _> = read(file(&folder, bytes));
            let error = read.unwrap_err().to_string();
            error.split_once("a.npy, array: ").map(|(_, rest)| rest.to_string()).unwrap_or(error)
        };
        let with_shape =
            |shape: &str| format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}\n");
        assert_eq!(error(b"hello there"), "not a .npy file");
        assert_eq!(error(b""), "not a .npy file");
        assert_eq!(error(&npy(&with_shape("(3,)"), &[0; 8])), "ends after 2 of 3 values, the shape is [3]");
        assert_eq!(error(&npy(&with_shape("(1, 1)"), &[0; 4])), "has the shape [1, 1], not 1 axes");
        let doubles = with_shape("(1,)").replace("<f4", "<f8");
        assert_eq!(error(&npy(&doubles, &[0; 8])), "holds the dtype '<f8', not float32");
    }

    #[test]
    fn claims_cost_nothing() {
        let folder = TempDir::new().unwrap();
        for shape in
            ["(999999999999,)", "(4294967296, 4294967296, 4294967296)", "(0, 9999999999, 9999999999)"]
        {
            let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}\n");
            assert!(read::<u8, IxDyn>(file(&folder, &npy(&header, &[1]))).is_err(), "{shape}");
        }
    }

    #[test]
    fn what_unpacks_to_too_much_is_refused() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a.npz");
        // 300 MiB of zeros pack to a thousandth.
        let size = 300 << 20;
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': ({size},)}}\n");
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        let options = options.compression_method(zip::CompressionMethod::Deflated);
        zip.start_file("x.npy", options).unwrap();
        std::io::Write::write_all(&mut zip, &npy(&header, &[])).unwrap();
        let zeros = vec![0; 1 << 20];
        for _ in 0..300 {
            std::io::Write::write_all(&mut zip, &zeros).unwrap();
        }
        zip.finish().unwrap();
        let read = |options: &ReadOptions| Npz::open_with(&path, options)?.read::<u8, ndarray::Ix1>("x");
        let error = read(&ReadOptions::new()).unwrap_err();
        assert!(matches!(&error, DataError::Limit { limit: 268_435_456, .. }), "{error:?}");
        assert!(error.to_string().ends_with(
            "a.npz, array \"x\": takes more than 268435456 bytes of memory; if that is right, say how many with \
             `limit`"
        ));
        assert!(read(&ReadOptions::new().limit(size - 1)).is_err());
        // A plain file holds what it holds; a limit that is set is kept.
        let path = file(&folder, &npy("{'descr': '|u1', 'fortran_order': False, 'shape': (9,)}\n", &[1; 9]));
        let read = |limit: u64| read_with::<u8, ndarray::Ix1>(&path, &ReadOptions::new().limit(limit));
        assert!(matches!(read(8), Err(DataError::Limit { limit: 8, .. })));
        assert_eq!(read(9).unwrap().len(), 9);
    }

    #[test]
    fn archives_hold_arrays_by_name() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("a.npz");
        let mut writer = zip::ZipWriter::new(File::create(&path).unwrap());
        for (name, values) in [("y", vec![1_i64, 2]), ("x/0", vec![3, 4, 5])] {
            writer.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
            let mut bytes = start::<i64>(&[values.len()]);
            values.into_iter().for_each(|value: i64| value.write(&mut bytes));
            std::io::Write::write_all(&mut writer, &bytes).unwrap();
        }
        writer.finish().unwrap();
        let mut npz = Npz::open(&path).unwrap();
        assert_eq!(npz.names(), ["x/0", "y"]);
        assert_eq!(npz.read::<i64, ndarray::Ix1>("x/0").unwrap(), array![3, 4, 5]);
        let error = npz.read::<i64, ndarray::Ix1>("z").unwrap_err().to_string();
        assert!(error.ends_with("no array \"z\"; there are: x/0, y"), "{error}");
        let error = npz.read::<f32, ndarray::Ix1>("y").unwrap_err().to_string();
        assert!(error.ends_with("array \"y\": holds the dtype '<i8', not float32"), "{error}");
        std::fs::write(&path, b"no archive").unwrap();
        assert!(matches!(Npz::open(&path), Err(DataError::Malformed { .. })));
    }
}
