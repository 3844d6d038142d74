//! Mutants of files.

use ::keras_files::{Archive, pack};
use serde_json::{Value, json};

/// Random numbers that follow from a seed: SplitMix64.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

/// A file with one to four mistakes in it.
pub fn mutant(corpus: &[(String, Vec<u8>)], random: &mut Random) -> (String, Vec<u8>) {
    let (name, bytes) = random.one_of(corpus);
    let mut bytes = bytes.clone();
    for _ in 0..=random.below(4) {
        bytes = match (bytes.starts_with(b"PK"), random.below(4)) {
            (true, 0 | 1) => in_archive(bytes.clone(), random).unwrap_or(bytes),
            (_, 3) => words(bytes, random),
            _ => structure(bytes, random),
        };
    }
    (name.clone(), bytes)
}

/// An archive of which a text or the weights are mutated, and the rest is whole.
fn in_archive(bytes: Vec<u8>, random: &mut Random) -> Option<Vec<u8>> {
    let mut archive = Archive::new(bytes).ok()?;
    let names = ["metadata.json", "config.json", "model.weights.h5"];
    let mut entries: Vec<(&str, Vec<u8>)> = Vec::new();
    for name in names {
        entries.extend(archive.entry(name).ok().flatten().map(|bytes| (name, bytes)));
    }
    let at = random.below(entries.len().checked_sub(1)? + 1);
    let at = if random.below(2) == 0 { at } else { at.min(1) };
    let (name, bytes) = &mut entries[at];
    if name.ends_with("json") {
        let mut value: Value = serde_json::from_slice(bytes).ok()?;
        for _ in 0..=random.below(3) {
            value = in_json(value, random);
        }
        *bytes = value.to_string().into_bytes();
    } else {
        *bytes = structure(std::mem::take(bytes), random);
    }
    if random.below(20) == 0 {
        *name = *random.one_of(&[
            "../config.json",
            "/etc/model.weights.h5",
            "config.json/..",
            "model.weights.json",
        ]);
    }
    let entries: Vec<(&str, &[u8])> = entries.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
    pack(&entries).ok()
}

/// Marks of the structures of HDF5, of zip archives and of NumPy's arrays, beside which sizes and places stand.
const MARKS: [&[u8]; 12] = [
    b"TREE",
    b"HEAP",
    b"SNOD",
    b"OHDR",
    b"OCHK",
    b"GCOL",
    b"\x89HDF",
    b"PK\x01\x02",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"NUMPY",
    b"FRHP",
];

/// A place in a file: any, near its start, or near a mark.
fn place(bytes: &[u8], random: &mut Random) -> usize {
    match random.below(4) {
        0 => random.below(bytes.len()),
        1 => random.below(bytes.len().min(2048)),
        _ => {
            let mark = *random.one_of(&MARKS);
            let found: Vec<usize> = bytes
                .windows(mark.len())
                .enumerate()
                .filter(|(_, part)| *part == mark)
                .map(|(at, _)| at)
                .collect();
            let at = if found.is_empty() { random.below(bytes.len()) } else { *random.one_of(&found) };
            (at + random.below(96)).min(bytes.len().saturating_sub(1))
        }
    }
}

/// Bytes that are changed, cut, doubled or filled.
fn structure(mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    if bytes.is_empty() {
        return bytes;
    }
    let at = place(&bytes, random);
    match random.below(9) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at] = *random.one_of(&[0, 1, 0x7f, 0x80, 0xff]),
        2 | 3 => {
            let numbers = [
                0,
                1,
                u64::MAX,
                u64::MAX - 1,
                i64::MAX as u64,
                1 << 31,
                1 << 32,
                1 << 40,
                at as u64,
                1 << 20,
            ];
            let number = random.one_of(&numbers).to_le_bytes();
            let width = *random.one_of(&[2usize, 4, 8]);
            let end = (at + width).min(bytes.len());
            bytes[at..end].copy_from_slice(&number[..end - at]);
        }
        4 => bytes.truncate(at),
        5 => {
            let end = (at + random.below(64)).min(bytes.len());
            bytes.drain(at..end);
        }
        6 => {
            let (from, length) = (place(&bytes, random), random.below(256));
            let part = bytes[from..(from + length).min(bytes.len())].to_vec();
            let end = (at + part.len()).min(bytes.len());
            bytes[at..end].copy_from_slice(&part[..end - at]);
        }
        7 => {
            let (from, length) = (place(&bytes, random), random.below(256));
            let part = bytes[from..(from + length).min(bytes.len())].to_vec();
            bytes.splice(at..at, part);
        }
        _ => {
            let (end, fill) = ((at + random.below(64)).min(bytes.len()), *random.one_of(&[0, 0xff]));
            bytes[at..end].fill(fill);
        }
    }
    bytes
}

/// Texts in the file, such as the configuration in an attribute, with other letters of the same number.
fn words(mut bytes: Vec<u8>, random: &mut Random) -> Vec<u8> {
    let start = random.below(bytes.len());
    let is_text = |byte: &u8| byte.is_ascii_alphanumeric() || b"{}[]:,\"".contains(byte);
    // Where text is: many such bytes in a row.
    let found =
        bytes[start..].windows(12).position(|part| part.iter().all(|b| is_text(b) || b" ._-".contains(b)));
    let Some(at) = found.map(|found| start + found) else { return structure(bytes, random) };
    for _ in 0..=random.below(3) {
        let at = (at + random.below(400)).min(bytes.len() - 1);
        bytes[at] = match bytes[at] {
            b'0'..=b'9' => *random.one_of(b"0123456789-e.9999"),
            b'{' | b'}' | b'[' | b']' | b',' | b':' | b'"' => *random.one_of(b"{}[],:\" "),
            _ => *random.one_of(b"aenrtul_0\"\\\xff\0"),
        };
    }
    bytes
}

/// Names of classes that are exchanged.
const CLASSES: [&str; 24] = [
    "Dense",
    "LSTM",
    "GRU",
    "RNN",
    "Bidirectional",
    "TimeDistributed",
    "Conv2D",
    "Conv1DTranspose",
    "Flatten",
    "Reshape",
    "Embedding",
    "Concatenate",
    "Dot",
    "Sequential",
    "Functional",
    "InputLayer",
    "Lambda",
    "MultiHeadAttention",
    "Merge",
    "StackedRNNCells",
    "EinsumDense",
    "GetItem",
    "TFOpLambda",
    "Normalization",
];

/// A value of which one part, wherever it is, is another.
fn in_json(mut value: Value, random: &mut Random) -> Value {
    let count = parts(&value);
    let (at, from) = (random.below(count), random.below(count));
    let copied = part(&value, from).cloned().unwrap_or(Value::Null);
    let other = match random.below(10) {
        0 => json!(null),
        1 => json!(random.below(2) == 0),
        2 => random
            .one_of(&[
                json!(-1),
                json!(0),
                json!(1),
                json!(2),
                json!(1 << 20),
                json!(u64::MAX),
                json!(i64::MIN),
            ])
            .clone(),
        3 => random.one_of(&[json!(1e308), json!(-1e-308), json!(0.5), json!(1e19)]).clone(),
        4 => json!(random.one_of(&CLASSES)),
        5 => random
            .one_of(&[json!(""), json!("a\u{0}\u{202e}b/../c"), json!("x".repeat(5000)), json!("same")])
            .clone(),
        6 => random.one_of(&[json!([]), json!({}), json!([[]]), json!([null, null, 3])]).clone(),
        7 => (0..100).fold(copied, |inner, _| json!([inner])),
        _ => copied,
    };
    if let Some(place) = part_mut(&mut value, &mut { at }) {
        match (random.below(4), &mut *place) {
            (0, Value::Array(list)) if !list.is_empty() => {
                let item = list[random.below(list.len())].clone();
                if random.below(2) == 0 {
                    list.push(item);
                } else {
                    list.remove(random.below(list.len()));
                }
            }
            (0, Value::Object(object)) if !object.is_empty() => {
                let key = object.keys().nth(random.below(object.len())).cloned().unwrap_or_default();
                object.remove(&key);
            }
            _ => *place = other,
        }
    }
    value
}

fn parts(value: &Value) -> usize {
    1 + match value {
        Value::Array(list) => list.iter().map(parts).sum(),
        Value::Object(object) => object.values().map(parts).sum(),
        _ => 0,
    }
}

fn part(value: &Value, at: usize) -> Option<&Value> {
    let mut left = at;
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        if left == 0 {
            return Some(value);
        }
        left -= 1;
        match value {
            Value::Array(list) => open.extend(list.iter().rev()),
            Value::Object(object) => open.extend(object.values()),
            _ => {}
        }
    }
    None
}

fn part_mut<'a>(value: &'a mut Value, at: &mut usize) -> Option<&'a mut Value> {
    if *at == 0 {
        return Some(value);
    }
    *at -= 1;
    match value {
        Value::Array(list) => list.iter_mut().find_map(|inner| part_mut(inner, at)),
        Value::Object(object) => object.values_mut().find_map(|inner| part_mut(inner, at)),
        _ => None,
    }
}
