//! The header of a safetensors file, read without a tree of everything that stands in it.

use core::fmt;
use std::collections::BTreeMap;

use serde_core::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};

/// The name in the header of what a file says about itself.
pub(super) const WORDS: &str = "__metadata__";

/// What a header says of a tensor.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub dtype: Option<String>,
    pub shape: Option<Vec<usize>>,
    pub data_offsets: Option<[usize; 2]>,
    /// A name that stands twice in it.
    twice: Option<String>,
}

/// A header: what the file says about itself, and its tensors by name.
#[derive(Debug)]
pub(super) struct Header {
    pub words: BTreeMap<String, String>,
    pub tensors: BTreeMap<String, Entry>,
    /// A name that stands twice in one object: parsers of trees take the last of several values without a word.
    pub twice: Option<String>,
}

/// Reads a header.
///
/// # Errors
/// It is no JSON of this form.
pub(super) fn read(text: &[u8]) -> serde_json::Result<Header> {
    serde_json::from_slice(text)
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Names;
        impl<'de> Visitor<'de> for Names {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the names of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Header, A::Error> {
                let (mut words, mut tensors, mut twice) = (None, BTreeMap::new(), None);
                while let Some(name) = map.next_key::<String>()? {
                    let again = if name == WORDS {
                        words.replace(map.next_value::<Option<Words>>()?).is_some()
                    } else {
                        let entry: Entry = map.next_value()?;
                        twice = twice.or_else(|| entry.twice.clone());
                        tensors.insert(name.clone(), entry).is_some()
                    };
                    twice = twice.or_else(|| again.then_some(name));
                }
                let Words { texts, twice: among } = words.flatten().unwrap_or_default();
                Ok(Header { words: texts, tensors, twice: twice.or(among) })
            }
        }
        from.deserialize_map(Names)
    }
}

/// What a file says about itself: texts by name.
#[derive(Default)]
struct Words {
    texts: BTreeMap<String, String>,
    twice: Option<String>,
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = Words;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("texts by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Words, A::Error> {
                let mut words = Words::default();
                while let Some((name, text)) = map.next_entry::<String, String>()? {
                    if words.texts.insert(name.clone(), text).is_some() {
                        words.twice = Some(name);
                    }
                }
                Ok(words)
            }
        }
        from.deserialize_map(Texts)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a tensor: its `dtype`, `shape` and `data_offsets`")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
                let mut entry = Entry::default();
                while let Some(name) = map.next_key::<String>()? {
                    let again = match name.as_str() {
                        "dtype" => entry.dtype.replace(map.next_value()?).is_some(),
                        "shape" => entry.shape.replace(map.next_value()?).is_some(),
                        "data_offsets" => entry.data_offsets.replace(map.next_value()?).is_some(),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            false
                        }
                    };
                    if again {
                        entry.twice = Some(name);
                    }
                }
                Ok(entry)
            }
        }
        from.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_once_in_its_object() {
        let twice = |text: &str| read(text.as_bytes()).unwrap().twice;
        assert_eq!(twice(r#"{"a":{"dtype":"F32"},"c":{"dtype":"F32"},"__metadata__":{"a":"a"}}"#), None);
        assert_eq!(twice(r#"{"a":{"shape":[3,3],"more":{"x":1,"x":1}},"__metadata__":null}"#), None);
        for (text, name) in [
            (r#"{"a":{}, "b":{}, "a" :{}}"#, "a"),
            (r#"{"a":{"dtype":"F32","dtype":"F32"}}"#, "dtype"),
            (r#"{"__metadata__":{"b":"","b":""}}"#, "b"),
            (r#"{"__metadata__":{},"__metadata__":{}}"#, "__metadata__"),
            (r#"{"a\"":{},"a\"":{}}"#, "a\""),
            (r#"{"a":{},"\u0061":{}}"#, "a"),
        ] {
            assert_eq!(twice(text).as_deref(), Some(name));
        }
        for text in
            ["", "{", "{\"a", "}}}}", "{\"a\\", "\u{0}", "[]", &"[".repeat(100_000), &"{\"a\":".repeat(1000)]
        {
            assert!(read(text.as_bytes()).is_err());
        }
    }
}
