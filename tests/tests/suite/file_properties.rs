//! Files of any content: reading them fails in words or succeeds, never panics, and never asks for more memory than its
//! limit. What is written comes back to the bit.

use std::path::{Path, PathBuf};

use keras_core::data::{ReadOptions, csv, idx, npy};
use keras_core::prelude::*;
use ndarray::{ArrayD, IxDyn};
use proptest::prelude::*;

use crate::allocations::watched;
use crate::files::folder;

model! {
    struct Tiny { Input(3) => Dense(2, name = "first") => Dense(1, name = "second") }
}

/// What readers may hold beyond a limit: buffers, names and messages.
const ROOM: usize = 256 * 1024;
/// The limit of packed files.
const LIMIT: usize = 64 * 1024;

/// Bytes of a good file of each kind.
fn good(folder: &Path, kind: usize, bits: &[u32]) -> Vec<u8> {
    let path = folder.join("good");
    match kind {
        0 => {
            let path = folder.join("good.safetensors");
            Tiny::new().save_weights(&path).expect("a file");
            std::fs::read(path).expect("bytes")
        }
        1 => {
            let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
            let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
            bytes.extend(format!("{header:<117}\n").into_bytes());
            bytes.extend(bits.iter().cycle().take(6).flat_map(|x| x.to_le_bytes()));
            bytes
        }
        2 => std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/constraints.npz"))
            .expect("an npz"),
        3 => {
            let mut bytes = vec![0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3];
            bytes.extend(bits.iter().cycle().take(6).map(|x| *x as u8));
            bytes
        }
        _ => {
            let rows = bits.chunks(2).map(|row| format!("{},{}\n", row[0] % 1000, row[row.len() - 1] % 7));
            let _ = path;
            format!("a,b\n{}", rows.collect::<String>()).into_bytes()
        }
    }
}

/// Reads a file as each kind of file: each fails or not.
fn read_all(path: &Path) -> usize {
    let options = ReadOptions::new().limit(LIMIT as u64);
    let mut read = 0;
    read += usize::from(npy::read_with::<f32, IxDyn>(path, &options).is_ok());
    if let Ok(mut file) = npy::Npz::open_with(path, &options) {
        for name in file.names() {
            read += usize::from(file.read::<f32, IxDyn>(&name).is_ok());
        }
    }
    read += usize::from(idx::read_with::<u8, IxDyn>(path, &options).is_ok());
    read += usize::from(csv::read(path, &csv::CsvOptions::default()).is_ok());
    read
}

/// Reads bytes as every kind of file, with an eye on memory.
fn try_bytes(folder: &Path, bytes: &[u8]) -> Result<(), TestCaseError> {
    let path: PathBuf = folder.join("tried");
    std::fs::write(&path, bytes).expect("a file");
    let (_, largest) = watched(|| read_all(&path));
    prop_assert!(
        largest <= ROOM + LIMIT + 16 * bytes.len(),
        "{} bytes asked for, of {}",
        largest,
        bytes.len()
    );
    let mut model = Tiny::new();
    let before = bits_of(&model);
    let path = folder.join("tried.safetensors");
    std::fs::write(&path, bytes).expect("a file");
    let (result, largest) = watched(|| model.load_weights(&path));
    prop_assert!(largest <= ROOM + 16 * bytes.len(), "{} bytes asked for, of {}", largest, bytes.len());
    if let Err(error) = result {
        prop_assert_eq!(bits_of(&model), before, "{}", error);
    }
    Ok(())
}

fn bits_of(model: &impl Model) -> Vec<u32> {
    crate::files::bits(model)
}

/// Packs bytes as gzip does when it does not compress: enough for a reader to unpack.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    for (i, block) in bytes.chunks(65_535).enumerate() {
        let last = (i + 1) * 65_535 >= bytes.len();
        out.push(u8::from(last));
        out.extend((block.len() as u16).to_le_bytes());
        out.extend((!(block.len() as u16)).to_le_bytes());
        out.extend(block);
    }
    let mut crc = !0u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    out.extend((!crc).to_le_bytes());
    out.extend((bytes.len() as u32).to_le_bytes());
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in 0..5usize, keep in 0..40usize) {
        let folder = folder();
        try_bytes(folder.path(), &bytes)?;
        // The beginning of a good file, then noise.
        let good = good(folder.path(), kind, &[7, 8, 9]);
        let mut bytes = [&good[..keep.min(good.len())], &bytes[..]].concat();
        try_bytes(folder.path(), &bytes)?;
        bytes = stored(&bytes);
        try_bytes(folder.path(), &bytes)?;
    }

    #[test]
    fn cut_and_changed(kind in 0..5usize, cut in any::<u32>(), changes in proptest::collection::vec((any::<u32>(), any::<u8>()), 0..4)) {
        let folder = folder();
        let mut bytes = good(folder.path(), kind, &[1, 2, 3, 4]);
        for (at, byte) in changes {
            let n = bytes.len();
            // Near the beginning, where headers are, more often.
            bytes[if at.is_multiple_of(2) { at as usize / 2 % n } else { at as usize / 2 % n.min(160) }] = byte;
        }
        try_bytes(folder.path(), &bytes)?;
        try_bytes(folder.path(), &stored(&bytes))?;
        bytes.truncate(cut as usize % (bytes.len() + 1));
        try_bytes(folder.path(), &bytes)?;
    }

    /// Weights of any bits, NaN of any payload among them.
    #[test]
    fn what_is_saved_comes_back(bits in proptest::collection::vec(any::<u32>(), 11)) {
        let folder = folder();
        let path = folder.path().join("weights.safetensors");
        let mut model = Tiny::new();
        let shapes: Vec<Vec<usize>> = model.weights().iter().map(|(_, w)| w.shape()).collect();
        let mut rest = bits.iter().map(|x| f32::from_bits(*x));
        let raws: Vec<Raw> = shapes
            .iter()
            .map(|shape| {
                let values = rest.by_ref().take(shape.iter().product()).collect();
                Raw::from_f32(values, shape).expect("a tensor")
            })
            .collect();
        model.set_weights(&raws).expect("the weights fit");
        let before = bits_of(&model);
        model.save_weights(&path).expect("a file");
        let mut other = Tiny::new();
        other.load_weights(&path).expect("weights");
        prop_assert_eq!(bits_of(&other), before);
    }

    /// Arrays of any bits and shape through the readers of NumPy's and IDX files, packed or not.
    #[test]
    fn arrays_come_back(shape in proptest::collection::vec(1..5usize, 1..4), seed in any::<u32>()) {
        let folder = folder();
        let n: usize = shape.iter().product();
        let bits: Vec<u32> = (0..n as u32).map(|i| seed.wrapping_mul(i * 2 + 1).rotate_left(i)).collect();
        let dims: Vec<String> = shape.iter().map(ToString::to_string).collect();
        let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({},), }}", dims.join(", "));
        let mut bytes = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        bytes.extend(format!("{header:<117}\n").into_bytes());
        bytes.extend(bits.iter().flat_map(|x| x.to_le_bytes()));
        let path = folder.path().join("array.npy");
        std::fs::write(&path, &bytes).expect("a file");
        let found: ArrayD<f32> = npy::read(&path).expect("an array");
        prop_assert_eq!(found.shape(), &shape[..]);
        prop_assert_eq!(found.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), bits.clone());
        let mut bytes = vec![0, 0, 0x0d, shape.len() as u8];
        bytes.extend(shape.iter().flat_map(|n| (*n as u32).to_be_bytes()));
        bytes.extend(bits.iter().flat_map(|x| x.to_be_bytes()));
        for bytes in [stored(&bytes), bytes] {
            let path = folder.path().join("array.idx");
            std::fs::write(&path, &bytes).expect("a file");
            let found: ArrayD<f32> = idx::read(&path).expect("an array");
            prop_assert_eq!(found.shape(), &shape[..]);
            prop_assert_eq!(found.iter().map(|x| x.to_bits()).collect::<Vec<_>>(), bits.clone());
        }
    }
}
