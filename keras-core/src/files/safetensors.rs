//! The [safetensors](https://huggingface.co/docs/safetensors) format: eight bytes with the length of a header, the header as
//! JSON, which names the tensors and says where each lies, and their bytes one after the other.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::header::repeated_name;
use crate::message;

/// What the length of the header takes.
const LENGTH: usize = 8;

/// The longest header that the format allows.
const LONGEST: usize = 100_000_000;

/// The name in the header of what a file says about itself.
const WORDS: &str = "__metadata__";

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
    let header: Map<String, Value> = serde_json::from_slice(header)
        .map_err(|e| format!("its header is no JSON that names tensors: {}", message::sentence(e)))
        .and_then(|read| match repeated_name(header) {
            Some(twice) => Err(format!("the header has the name `{}` twice", message::name(&twice))),
            None => Ok(read),
        })?;
    let (mut words, mut tensors) = (BTreeMap::new(), Vec::new());
    for (name, value) in header {
        if name == WORDS && value.is_null() {
            continue;
        } else if name == WORDS {
            words = self::words(value)?;
        } else {
            let fault = |e: String| format!("`{}` {e}", message::name(&name));
            let (tensor, place) = tensor(&value, data).map_err(fault)?;
            tensors.push((place, name, tensor));
        }
    }
    tensors.sort_by_key(|(place, ..)| *place);
    let mut end = 0;
    for ([from, to], name, _) in &tensors {
        if *from != end {
            let name = message::name(name);
            return Err(format!("`{name}` begins at byte {from}, and what is before it ends at byte {end}"));
        }
        end = *to;
    }
    if end != data.len() {
        return Err(format!("its tensors end at byte {end} of {}", data.len()));
    }
    Ok(File { tensors: tensors.into_iter().map(|(_, name, tensor)| (name, tensor)).collect(), words })
}

fn words(value: Value) -> Result<BTreeMap<String, String>, String> {
    serde_json::from_value(value)
        .map_err(|e| format!("`{WORDS}` is no table of texts: {}", message::sentence(e)))
}

/// A tensor, and where its bytes begin and end in `data`.
fn tensor<'a>(value: &Value, data: &'a [u8]) -> Result<(Tensor<'a>, [usize; 2]), String> {
    let dtype = value["dtype"].as_str().ok_or("has no `dtype`")?;
    let Some((dtype, bits)) = DTYPES.iter().find(|(name, _)| *name == dtype) else {
        return Err(format!("has numbers of an unknown type, `{}`", message::name(dtype)));
    };
    let shape = lengths(&value["shape"]).ok_or("has no `shape`, a list of whole numbers")?;
    let offsets = lengths(&value["data_offsets"]).unwrap_or_default();
    let [from, to] = *offsets else { return Err("has no `data_offsets`, two whole numbers".to_string()) };
    let Some(data) = data.get(from..to) else {
        return Err(format!("lies at bytes {from} to {to}, and there are {}", data.len()));
    };
    let bits = shape.iter().try_fold(*bits, |n, length| n.checked_mul(*length));
    if bits != data.len().checked_mul(8) {
        return Err(format!("has {} bytes, which are no {shape:?} of {dtype}", data.len()));
    }
    Ok((Tensor { dtype, shape, data }, [from, to]))
}

fn lengths(value: &Value) -> Option<Vec<usize>> {
    value.as_array()?.iter().map(|n| usize::try_from(n.as_u64()?).ok()).collect()
}

/// The length and the header of a file of `tensors`, whose bytes are to follow in the order in which they stand afterwards:
/// those with the largest numbers first, then by name.
///
/// # Errors
/// A tensor has a name or a type that the format has not, or the header is too long: why, as a sentence.
pub(super) fn header(
    tensors: &mut [(&str, Tensor<'_>)],
    words: BTreeMap<String, String>,
) -> Result<Vec<u8>, String> {
    let place = |tensor: &Tensor<'_>| DTYPES.iter().position(|(name, _)| *name == tensor.dtype);
    tensors.sort_by(|(a, x), (b, y)| place(y).cmp(&place(x)).then(a.cmp(b)));
    let mut text = format!("{{\"{WORDS}\":{}", Value::from_iter(words));
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
        let words = words.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
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
            tensors in prop::collection::btree_map("\\PC{0,6}", (0..4_usize, prop::collection::vec(0..4_usize, 0..3)), 0..6)
        ) {
            let types = [Dtype::F32, Dtype::F64, Dtype::I64, Dtype::U64];
            let names = ["F32", "F64", "I64", "U64"];
            let bytes: Vec<u8> = (0..=255).cycle().take(80).collect();
            let data = |dtype: usize, shape: &[usize]| {
                &bytes[..shape.iter().product::<usize>() * if dtype == 0 { 4 } else { 8 }]
            };
            let mut ours: Vec<_> = tensors.iter().map(|(name, (dtype, shape))| {
                (name.as_str(), Tensor { dtype: names[*dtype], shape: shape.clone(), data: data(*dtype, shape) })
            }).collect();
            let theirs = tensors.iter().map(|(name, (dtype, shape))| {
                (name.as_str(), TensorView::new(types[*dtype], shape.clone(), data(*dtype, shape)).unwrap())
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
            // It reads a name that stands twice, and ignores names that it does not know.
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
        assert!(fault(&with("[]", 0)).starts_with("its header is no JSON that names tensors: "));
        assert!(
            fault(&with("{\"__metadata__\":{\"a\":1}}", 0))
                .starts_with("`__metadata__` is no table of texts: ")
        );
        assert_eq!(fault(&with("{\"a\":1,\"a\":2}", 0)), "the header has the name `a` twice");
        assert_eq!(one("{}", 0), "`a` has no `dtype`");
        assert_eq!(one(r#"{"dtype":"F3"}"#, 0), "`a` has numbers of an unknown type, `F3`");
        assert_eq!(one(r#"{"dtype":"F32","shape":[-1]}"#, 0), "`a` has no `shape`, a list of whole numbers");
        assert_eq!(one(r#"{"dtype":"F32","shape":[1]}"#, 0), "`a` has no `data_offsets`, two whole numbers");
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
        let mut taken = [("__metadata__", Tensor { dtype: "F32", shape: vec![0], data: &[] })];
        assert!(header(&mut taken, BTreeMap::new()).is_err());
    }
}
