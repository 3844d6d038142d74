//! Files that are broken, or made to do harm.

use std::path::Path;

use keras_core::Error;
use keras_core::prelude::*;
use ndarray::Array2;

use super::{Small, bits, folder};
use crate::allocations::watched;

/// Loads bytes as a file. Whatever they are: no panic, no more memory than the file is worth, and on
/// an error the file is named and the model as it was.
fn load(model: &mut Small, path: &Path, bytes: &[u8]) -> Result<(), String> {
    std::fs::write(path, bytes).expect("a file");
    let before = bits(model);
    let (result, largest) = watched(|| model.load_weights(path));
    let limit = 64 * 1024 + 8 * bytes.len();
    assert!(largest <= limit, "{largest} bytes asked for, the file has {}", bytes.len());
    result.map_err(|error| {
        assert_eq!(bits(model), before, "{error}");
        let Error::File { path: named, message } = error else { panic!("{error:?}") };
        assert_eq!(Path::new(&named), path);
        message
    })
}

fn saved() -> Vec<u8> {
    let folder = folder();
    let path = folder.path().join("small.safetensors");
    Small::with_seed(5).save_weights(&path).expect("a file");
    std::fs::read(&path).expect("bytes")
}

#[test]
fn every_prefix_is_refused() {
    let (folder, whole) = (folder(), saved());
    let path = folder.path().join("cut.safetensors");
    let mut model = Small::new();
    for length in 0..whole.len() {
        let result = load(&mut model, &path, &whole[..length]);
        assert!(result.is_err(), "{length} of {} bytes", whole.len());
    }
    load(&mut model, &path, &whole).expect("the whole file");
    let mut longer = whole;
    longer.push(0);
    assert!(load(&mut model, &path, &longer).is_err(), "one byte too many");
}

#[test]
fn flipped_bits_are_errors_or_other_numbers() {
    let (folder, whole) = (folder(), saved());
    let path = folder.path().join("flipped.safetensors");
    let header = 8 + u64::from_le_bytes(whole[..8].try_into().expect("8 bytes")) as usize;
    let (mut loaded, mut refused) = (0, 0);
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let mut model = Small::with_seed(6);
        match load(&mut model, &path, &bytes) {
            Ok(()) => {
                loaded += 1;
                assert_eq!(model.count_params(), 11);
            }
            Err(_) => {
                refused += 1;
                assert!(bit / 8 < header, "bit {bit} is data: any number will do");
            }
        }
    }
    assert!(loaded >= 11 * 32 && refused >= 500, "{loaded} {refused}");
}

fn file(header: &[u8], data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(header);
    bytes.extend(std::iter::repeat_n(0, data));
    bytes
}

/// A header of Small's weights, one of them as `$entry`.
fn header(entry: &str) -> Vec<u8> {
    let rest = r#""first/bias":{"dtype":"F32","shape":[2],"data_offsets":[24,32]},
        "second/kernel":{"dtype":"F32","shape":[2,1],"data_offsets":[32,40]},
        "second/bias":{"dtype":"F32","shape":[1],"data_offsets":[40,44]}"#;
    format!("{{{entry}{rest}}}").into_bytes()
}

#[test]
fn hostile_headers_are_refused() {
    let folder = folder();
    let path = folder.path().join("hostile.safetensors");
    let mut model = Small::new();
    let kernel = |rest: &str| header(&format!("\"first/kernel\":{{{rest}}},"));
    let right = kernel(r#""dtype":"F32","shape":[3,2],"data_offsets":[0,24]"#);
    load(&mut model, &path, &file(&right, 44)).expect("this is how it should be");
    assert_eq!(bits(&model), [0; 11]);
    let mut model = Small::new();
    let entries = [
        // Shapes and offsets beyond everything, of each other, and of the file.
        r#""dtype":"F32","shape":[18446744073709551615,18446744073709551615],"data_offsets":[0,24]"#,
        r#""dtype":"F32","shape":[4294967296,4294967296,4],"data_offsets":[0,24]"#,
        r#""dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,24]"#,
        r#""dtype":"F32","shape":[3,2],"data_offsets":[0,18446744073709551615]"#,
        r#""dtype":"F32","shape":[3,2],"data_offsets":[18446744073709551600,24]"#,
        r#""dtype":"F32","shape":[3,2],"data_offsets":[24,0]"#,
        r#""dtype":"F32","shape":[3,2],"data_offsets":[4,28]"#,
        r#""dtype":"F32","shape":[3,2],"data_offsets":[20,44]"#,
        r#""dtype":"F32","shape":[3,2],"data_offsets":[44,68]"#,
        r#""dtype":"F32","shape":[3,2],"data_offsets":[1000000,1000024]"#,
        r#""dtype":"F32","shape":[3,3],"data_offsets":[0,24]"#,
        r#""dtype":"F32","shape":[-3,-2],"data_offsets":[0,24]"#,
        r#""dtype":"F32","shape":[1e300,2],"data_offsets":[0,24]"#,
        r#""dtype":"F32","shape":[3.5,2],"data_offsets":[0,24]"#,
        r#""dtype":"F32","shape":[0],"data_offsets":[0,0]"#,
        r#""dtype":"F32","shape":[],"data_offsets":[0,4]"#,
        r#""dtype":"F32","shape":[3,2],"data_offsets":[0]"#,
        r#""dtype":"F32","shape":[3,2]"#,
        r#""dtype":"F32","shape":[3,2],"data_offsets":[0,24],"more":1"#,
        r#""dtype":"F99","shape":[3,2],"data_offsets":[0,24]"#,
        r#""dtype":"I32","shape":[3,2],"data_offsets":[0,24]"#,
        r#""dtype":"U8","shape":[3,8],"data_offsets":[0,24]"#,
        r#""dtype":"F64","shape":[3],"data_offsets":[0,24]"#,
        r#""dtype":null,"shape":null,"data_offsets":null"#,
        "",
    ];
    for entry in entries {
        if let Ok(()) = load(&mut model, &path, &file(&kernel(entry), 44)) {
            // An unknown word in an entry may be passed over; the weights are right then.
            assert!(entry.contains("more"), "{entry}");
            assert_eq!(bits(&model), [0; 11]);
        }
    }
    let twice = r#""first/kernel":{"dtype":"F32","shape":[3,2],"data_offsets":[0,24]},"#;
    let other = r#""first/kernel":{"dtype":"F32","shape":[3,2],"data_offsets":[20,44]},"#;
    assert!(
        load(&mut model, &path, &file(&header(&format!("{twice}{other}")), 44)).is_err(),
        "two of a name"
    );
    let headers: [Vec<u8>; 9] = [
        Vec::new(),
        b"{}".to_vec(),
        b"[]".to_vec(),
        b"null".to_vec(),
        b"{\"first/kernel\":".to_vec(),
        b"\xff\xfe{}".to_vec(),
        right.iter().map(|b| if *b == b'k' { 0xC3 } else { *b }).collect(),
        vec![b'['; 200_000],
        b"{\"a\":".repeat(50_000),
    ];
    for header in &headers {
        assert!(load(&mut model, &path, &file(header, 44)).is_err(), "{:?}", &header[..header.len().min(20)]);
    }
    // A header as long as the program's address space.
    for length in [u64::MAX, u64::MAX - 7, 1 << 63, 1 << 40, 100_000_001, 1_000_000, right.len() as u64 + 45]
    {
        let mut bytes = file(&right, 44);
        bytes[..8].copy_from_slice(&length.to_le_bytes());
        assert!(load(&mut model, &path, &bytes).is_err(), "{length}");
    }
}

#[test]
fn names_of_tensors_cannot_hurt() {
    let folder = folder();
    let path = folder.path().join("names.safetensors");
    let long = "x".repeat(10_000);
    for name in ["../../etc/passwd", "", "\\u0000", "first/kernel\\n", "\\ud83e\\udd80", long.as_str()] {
        let entry = format!("\"{name}\":{{\"dtype\":\"F32\",\"shape\":[3,2],\"data_offsets\":[0,24]}},");
        let error = load(&mut Small::new(), &path, &file(&header(&entry), 44)).expect_err("another weight");
        assert!(error.contains("`first/kernel` [3, 2] is missing"), "{error}");
        assert!(error.len() < 1000, "{} characters", error.len());
    }
}

#[test]
fn numbers_that_are_none_are_data() {
    let folder = folder();
    let path = folder.path().join("nan.safetensors");
    let mut whole = saved();
    let at = whole.len() - 12;
    let odd = [0x7fc0_1234u32, 0xff80_0000, 0x0000_0001];
    for (i, bits) in odd.iter().enumerate() {
        whole[at + 4 * i..at + 4 * i + 4].copy_from_slice(&bits.to_le_bytes());
    }
    let mut model = Small::new();
    load(&mut model, &path, &whole).expect("weights");
    let found = bits(&model);
    for bits in odd {
        assert!(found.contains(&bits), "{bits:x} in {found:x?}");
    }
    assert!(model.predict(&Array2::<f32>::ones((2, 3))).is_ok());
}

#[test]
fn doubles_are_taken_as_floats() {
    let folder = folder();
    let path = folder.path().join("double.safetensors");
    let header = br#"{"first/kernel":{"dtype":"F64","shape":[3,2],"data_offsets":[0,48]},
        "first/bias":{"dtype":"F32","shape":[2],"data_offsets":[48,56]},
        "second/kernel":{"dtype":"F32","shape":[2,1],"data_offsets":[56,64]},
        "second/bias":{"dtype":"F32","shape":[1],"data_offsets":[64,68]}}"#;
    let mut bytes = file(header, 68);
    let start = bytes.len() - 68;
    for i in 0..6 {
        bytes[start + 8 * i..start + 8 * i + 8].copy_from_slice(&(i as f64 + 0.5).to_le_bytes());
    }
    let mut model = Small::new();
    load(&mut model, &path, &bytes).expect("weights");
    assert_eq!(model.first.weights()[0].value().to_vec().expect("numbers"), [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]);
}

#[test]
fn a_number_too_large_for_32_bits_is_refused() {
    let folder = folder();
    let path = folder.path().join("doubles.safetensors");
    let entry = r#""first/kernel":{"dtype":"F64","shape":[3,2],"data_offsets":[44,92]},"#;
    let rest = r#""first/bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},
        "second/kernel":{"dtype":"F32","shape":[2,1],"data_offsets":[8,16]},
        "second/bias":{"dtype":"F32","shape":[1],"data_offsets":[16,20]}"#;
    let text = format!("{{{}{rest}}}", entry.replace("[44,92]", "[20,68]"));
    for (number, fits) in
        [(1e300, false), (-1e39, false), (3e38, true), (f64::INFINITY, true), (1e-300, true)]
    {
        let mut bytes = file(text.as_bytes(), 68);
        let at = 8 + text.len() + 20;
        bytes[at + 16..at + 24].copy_from_slice(&f64::to_le_bytes(number));
        let result = load(&mut Small::new(), &path, &bytes);
        assert_eq!(result.is_ok(), fits, "{number} {result:?}");
        if let Err(message) = result {
            let words = format!("`first/kernel` holds {number:e}, which is too large for a 32-bit float");
            assert!(message.contains(&words), "{message}");
        }
    }
}

#[test]
fn names_that_come_twice_are_refused() {
    let folder = folder();
    let path = folder.path().join("twice.safetensors");
    let one = r#""first/kernel":{"dtype":"F32","shape":[3,2],"data_offsets":[0,24]},"#;
    for other in [one.to_string(), one.replace("first/k", "first\\u002fk")] {
        let message = load(&mut Small::new(), &path, &file(&header(&format!("{one}{other}")), 44));
        let message = message.expect_err("a name twice");
        assert!(message.ends_with("cut short: the header has the name `first/kernel` twice"), "{message}");
    }
}

#[test]
fn messages_about_files_stay_short() {
    let folder = folder();
    let path = folder.path().join("long.safetensors");
    let ones = vec!["1"; 1_000_000].join(",");
    let shape = format!(r#""first/kernel":{{"dtype":"F32","shape":[{ones}],"data_offsets":[0,4]}},"#);
    let rest = r#""first/bias":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},
        "second/kernel":{"dtype":"F32","shape":[2,1],"data_offsets":[12,20]},
        "second/bias":{"dtype":"F32","shape":[1],"data_offsets":[20,24]}"#;
    let mut model = Small::new();
    std::fs::write(&path, file(format!("{{{shape}{rest}}}").as_bytes(), 24)).expect("a file");
    let message = model.load_weights(&path).expect_err("a million axes").to_string();
    assert!(message.contains("[1, 1, 1, 1, 1, 1, 1, 1, ...] with 1000000 axes"), "{message:.2000}");
    assert!(message.len() < 2000, "{}", message.len());
    // A name, and a word where there should be a type, of a million letters.
    let name = "x".repeat(1_000_000);
    for text in [
        format!(r#"{{"{name}":{{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}}}"#),
        format!(r#"{{"a":{{"dtype":"{name}","shape":[1],"data_offsets":[0,4]}}}}"#),
        format!(r#"{{"{name}":{{"dtype":"F32","shape":[1],"data_offsets":[0,8]}}}}"#),
        format!(
            r#"{{"{name}":{{"dtype":"F32","shape":[1],"data_offsets":[0,4]}},"{name}":{{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}}}"#
        ),
    ] {
        std::fs::write(&path, file(text.as_bytes(), 4)).expect("a file");
        let message = model.load_weights(&path).expect_err("not this model").to_string();
        assert!(message.len() < 2000, "{}", message.len());
    }
}
