//! The [safetensors](https://huggingface.co/docs/safetensors) format: eight bytes with the length of a header, the header as
//! JSON, which names the tensors and says where each lies, and their bytes one after the other.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::header::{self, Entry, WORDS};
use crate::message;

/// What the length of the header takes.
const LENGTH: usize = 8;

/// The longest header that the format allows.
const LONGEST: usize = 100_000_000;

/// The types of numbers, in the order of their alignment, and how many bits each takes.
const DTYPES: [(&str, usize); 20] = [
    ("BOOL", 8),
    ("F4", 4),
    ("F6_E2M3", 6),
    ("F6_E3M2", 6),
    ("U8", 8),
    ("I8", 8),
    ("F8_E5M2", 8),
    ("F8_E4M3", 8),
    ("F8_E8M0", 8),
    ("I16", 16),
    ("U16", 16),
    ("F16", 16),
    ("BF16", 16),
    ("I32", 32),
    ("U32", 32),
    ("F32", 32),
    ("C64", 64),
    ("F64", 64),
    ("I64", 64),
    ("U64", 64),
];

/// A tensor: the name of its type of numbers, its lengths, its bytes with the last axis innermost.
#[derive(Debug)]
pub(super) struct Tensor<'a> {
    pub dtype: &'static str,
    pub shape: Vec<usize>,
    pub data: &'a [u8],
}

/// What a file holds.
#[derive(Debug)]
pub(super) struct File<'a> {
    pub tensors: BTreeMap<String, Tensor<'a>>,
    /// What it says about itself.
    pub words: BTreeMap<String, String>,
}

/// Reads a file. What it claims about itself is checked against its true length before anything is made.
///
/// # Errors
/// It is no safetensors file, is cut short, or has a name twice: why, as the end of a sentence.
pub(super) fn read(bytes: &[u8]) -> Result<File<'_>, String> {
    let Some((length, rest)) = bytes.split_first_chunk::<LENGTH>() else {
        return Err(format!("its {} bytes do not hold the length of a header", bytes.len()));
    };
    let claimed = u64::from_le_bytes(*length);
    let length = usize::try_from(claimed).ok().filter(|length| *length <= LONGEST.min(rest.len()));
    let length = length.ok_or_else(|| {
        format!("its header would have {claimed} bytes, behind which there are {}", rest.len())
    })?;
    let (header, data) = rest.split_at(length);
    let header =
        header::read(header).map_err(|e| format!("its header names no tensors: {}", message::sentence(e)))?;
    if let Some(twice) = header.twice {
        return Err(format!("the header has the name `{}` twice", message::name(&twice)));
    }
    let mut places = Vec::with_capacity(header.tensors.len());
    let mut tensors = BTreeMap::new();
    for (name, entry) in header.tensors {
        let fault = |e: String| format!("`{}` {e}", message::name(&name));
        let (tensor, place) = tensor(entry, data).map_err(fault)?;
        places.push((place, name.clone()));
        tensors.insert(name, tensor);
    }
    places.sort_unstable();
    let mut end = 0;
    for ([from, to], name) in &places {
        if *from != end {
            let name = message::name(name);
            return Err(format!("`{name}` begins at byte {from}, and what is before it ends at byte {end}"));
        }
        end = *to;
    }
    if end != data.len() {
        return Err(format!("its tensors end at byte {end} of {}", data.len()));
    }
    Ok(File { tensors, words: header.words })
}

/// A tensor, and where its bytes begin and end in `data`.
fn tensor(entry: Entry, data: &[u8]) -> Result<(Tensor<'_>, [usize; 2]), String> {
    let dtype = entry.dtype.ok_or("has no `dtype`")?;
    let Some((dtype, bits)) = DTYPES.iter().find(|(name, _)| *name == dtype) else {
        return Err(format!("has numbers of an unknown type, `{}`", message::name(&dtype)));
    };
    let shape = entry.shape.ok_or("has no `shape`")?;
    let [from, to] = entry.data_offsets.ok_or("has no `data_offsets`")?;
    let Some(data) = data.get(from..to) else {
        return Err(format!("lies at bytes {from} to {to}, and there are {}", data.len()));
    };
    let numbers = shape.iter().try_fold(1_usize, |n, length| n.checked_mul(*length));
    let bits = numbers.and_then(|numbers| numbers.checked_mul(*bits));
    if bits.is_none() || bits != data.len().checked_mul(8) {
        return Err(format!("has {} bytes, which are no {} of {dtype}", data.len(), message::shape(&shape)));
    }
    Ok((Tensor { dtype, shape, data }, [from, to]))
}

/// The length and the header of a file of `tensors`, whose bytes are to follow in the order in which they stand afterwards:
/// those with the largest numbers first, then by name.
///
/// # Errors
/// A tensor has a name that the format keeps for itself, or the header is too long: why, as a sentence.
pub(super) fn header(
    tensors: &mut [(&str, Tensor<'_>)],
    words: Map<String, Value>,
) -> Result<Vec<u8>, String> {
    let place = |tensor: &Tensor<'_>| DTYPES.iter().position(|(name, _)| *name == tensor.dtype);
    tensors.sort_by(|(a, x), (b, y)| place(y).cmp(&place(x)).then(a.cmp(b)));
    let mut text = format!("{{\"{WORDS}\":{}", Value::Object(words));
    let mut end = 0;
    for (name, tensor) in &*tensors {
        if *name == WORDS {
            return Err(format!(
                "a tensor of a safetensors file cannot be called `{WORDS}`: give it another name"
            ));
        }
        let (shape, dtype, from) = (Value::from(tensor.shape.as_slice()), tensor.dtype, end);
        end += tensor.data.len();
        text += &format!(
            ",{}:{{\"dtype\":\"{dtype}\",\"shape\":{shape},\"data_offsets\":[{from},{end}]}}",
            Value::from(*name)
        );
    }
    text.push('}');
    // The numbers begin at a multiple of their alignment.
    let length = text.len().next_multiple_of(LENGTH);
    if length > LONGEST {
        return Err(format!(
            "the names of the tensors take {length} bytes, a safetensors file has place for {LONGEST}"
        ));
    }
    let mut bytes = (length as u64).to_le_bytes().to_vec();
    bytes.extend(text.bytes());
    bytes.resize(LENGTH + length, b' ');
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use safetensors::tensor::{Dtype, SafeTensors, TensorView};

    use super::*;

    /// The bytes of a file.
    fn file(tensors: &mut [(&str, Tensor<'_>)], words: &[(&str, &str)]) -> Vec<u8> {
        let words = words.iter().map(|(k, v)| (k.to_string(), Value::from(*v))).collect();
        let mut bytes = header(tensors, words).unwrap();
        bytes.extend(tensors.iter().flat_map(|(_, tensor)| tensor.data));
        bytes
    }

    /// A file with this header and so many bytes of data.
    fn with(header: &str, data: usize) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend(header.bytes());
        bytes.resize(bytes.len() + data, 0);
        bytes
    }

    proptest! {
        /// The same bytes as the library that the format comes from, which reads the same from them as we do.
        #[test]
        fn agrees_with_the_reference(
            tensors in prop::collection::btree_map("\\PC{0,6}", (0..20_usize, prop::collection::vec(0..4_usize, 0..3)), 0..6)
        ) {
            let bytes: Vec<u8> = (0..=255).cycle().take(4 * 9 * 8).collect();
            // Numbers of 4 and 6 bits come in fours.
            let full = |shape: &[usize]| [&[4], shape].concat();
            let data = |bits: usize, shape: &[usize]| &bytes[..full(shape).iter().product::<usize>() * bits / 8];
            let mut ours: Vec<_> = tensors.iter().map(|(name, (dtype, shape))| {
                let (dtype, bits) = DTYPES[*dtype];
                (name.as_str(), Tensor { dtype, shape: full(shape), data: data(bits, shape) })
            }).collect();
            let theirs = tensors.iter().map(|(name, (dtype, shape))| {
                let (dtype, bits) = DTYPES[*dtype];
                let theirs: Dtype = serde_json::from_value(dtype.into()).unwrap();
                (name.as_str(), TensorView::new(theirs, full(shape), data(bits, shape)).unwrap())
            });
            let written = file(&mut ours, &[("format", "\"x\"")]);
            let words = [("format".to_string(), "\"x\"".to_string())].into();
            prop_assert_eq!(&written, &safetensors::serialize(theirs, Some(words)).unwrap());
            let (read, reference) = (read(&written).unwrap(), SafeTensors::deserialize(&written).unwrap());
            prop_assert_eq!(read.tensors.len(), reference.len());
            for (name, tensor) in &read.tensors {
                let reference = reference.tensor(name).unwrap();
                prop_assert_eq!((tensor.shape.as_slice(), tensor.data), (reference.shape(), reference.data()));
                prop_assert_eq!(tensor.dtype, format!("{:?}", reference.dtype()));
            }
            prop_assert_eq!(&read.words["format"], "\"x\"");
        }

        /// No bytes are read that the library refuses, and none refused that it reads.
        #[test]
        fn refuses_what_the_reference_refuses(at in 0..200_usize, by in any::<u8>(), cut in 0..4_usize) {
            let mut bytes = file(
                &mut [
                    ("a", Tensor { dtype: "F32", shape: vec![2, 1], data: &[7; 8] }),
                    ("b", Tensor { dtype: "I64", shape: vec![], data: &[9; 8] }),
                ],
                &[("format", "x")],
            );
            let at = at % bytes.len();
            bytes[at] = by;
            bytes.truncate(bytes.len() - cut);
            let (ours, theirs) = (read(&bytes), SafeTensors::deserialize(&bytes));
            // It reads a name that stands twice.
            let lenient = ours.as_ref().is_err_and(|e| e.contains("twice"));
            prop_assert!(lenient || ours.is_ok() == theirs.is_ok(), "{ours:?} {theirs:?}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let fault = |bytes: &[u8]| read(bytes).unwrap_err();
        let one = |entry: &str, data: usize| fault(&with(&format!("{{\"a\":{entry}}}"), data));
        assert_eq!(fault(&[1, 2]), "its 2 bytes do not hold the length of a header");
        assert_eq!(
            fault(&[255; 8]),
            "its header would have 18446744073709551615 bytes, behind which there are 0"
        );
        assert_eq!(
            fault(&with("[]", 0)),
            "its header names no tensors: invalid type: sequence, expected the names of tensors at line 1 column 0"
        );
        assert!(fault(&with("{\"__metadata__\":{\"a\":1}}", 0)).contains("integer `1`, expected a string"));
        assert_eq!(fault(&with("{\"a\":{},\"a\":{}}", 0)), "the header has the name `a` twice");
        assert_eq!(one("{}", 0), "`a` has no `dtype`");
        assert_eq!(one(r#"{"dtype":"F3"}"#, 0), "`a` has numbers of an unknown type, `F3`");
        assert_eq!(one(r#"{"dtype":"F32"}"#, 0), "`a` has no `shape`");
        assert_eq!(one(r#"{"dtype":"F32","shape":[1]}"#, 0), "`a` has no `data_offsets`");
        assert!(one(r#"{"dtype":"F32","shape":[-1]}"#, 0).contains("integer `-1`, expected usize"));
        assert!(one(r#"{"data_offsets":[1]}"#, 0).contains("expected an array of length 2"));
        let at = |from: usize, to: usize| {
            one(&format!(r#"{{"dtype":"F32","shape":[2],"data_offsets":[{from},{to}]}}"#), 9)
        };
        assert_eq!(at(0, 10), "`a` lies at bytes 0 to 10, and there are 9");
        assert_eq!(at(8, 4), "`a` lies at bytes 8 to 4, and there are 9");
        assert_eq!(at(0, 4), "`a` has 4 bytes, which are no [2] of F32");
        assert_eq!(at(1, 9), "`a` begins at byte 1, and what is before it ends at byte 0");
        assert_eq!(at(0, 8), "its tensors end at byte 8 of 9");
        let huge = format!(r#"{{"dtype":"F32","shape":[{0},{0}],"data_offsets":[0,0]}}"#, usize::MAX);
        assert!(one(&huge, 0).starts_with("`a` has 0 bytes, which are no ["));
        // No numbers at all, however long the other axes would be.
        let none = format!(r#"{{"a":{{"dtype":"F32","shape":[{},0],"data_offsets":[0,0]}}}}"#, 1_u64 << 61);
        assert_eq!(read(&with(&none, 0)).unwrap().tensors["a"].shape, [1 << 61, 0]);
        let long = format!(r#"{{"dtype":"F32","shape":[{}1],"data_offsets":[0,0]}}"#, "1,".repeat(10_000));
        assert!(one(&long, 0).len() < 1000);
        let mut taken = [("__metadata__", Tensor { dtype: "F32", shape: vec![0], data: &[] })];
        assert!(header(&mut taken, Map::new()).is_err());
    }
}
