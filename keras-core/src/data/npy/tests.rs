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
    let numbers: Array3<i64> = Array3::from_shape_fn((2, 3, 4), |(i, j, k)| (i * 12 + j * 4 + k) as i64 - 5);
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
    let with_shape = |shape: &str| format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}}}\n");
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
    for shape in ["(999999999999,)", "(4294967296, 4294967296, 4294967296)", "(0, 9999999999, 9999999999)"] {
        let header = format!("{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}\n");
        assert!(read::<u8, IxDyn>(file(&folder, &npy(&header, &[1]))).is_err(), "{shape}");
    }
    // Strings of no bytes take no place in the file, but in memory.
    for dtype in ["|S0", "<U0", "|S1"] {
        let header = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': (200000000,)}}\n");
        let path = folder.path().join("a.npz");
        let mut zip = zip::ZipWriter::new(File::create(&path).unwrap());
        zip.start_file("x.npy", zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, &npy(&header, &[])).unwrap();
        zip.finish().unwrap();
        let told = Npz::open(&path).unwrap().read_any("x").unwrap_err().to_string();
        assert!(told.contains("takes more than 268435456 bytes of memory"), "{dtype}: {told}");
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
