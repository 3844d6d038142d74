//! The header of a safetensors file, read without a tree of everything that stands in it.

use core::fmt;
use core::marker::PhantomData;
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
#[derive(Debug, Default)]
pub(super) struct Header {
    pub words: BTreeMap<String, String>,
    pub tensors: BTreeMap<String, Entry>,
    /// A name that stands twice in one object: parsers of trees take the last of several values without a word.
    pub twice: Option<String>,
    has_words: bool,
}

/// Reads a header.
///
/// # Errors
/// It is no JSON of this form.
pub(super) fn read(text: &[u8]) -> serde_json::Result<Header> {
    serde_json::from_slice(text)
}

/// What is read from an object of JSON, a name at a time.
trait Object: Default {
    /// What the object should be.
    const WHAT: &'static str;

    /// Takes the value of a name; says whether it had one already.
    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error>;

    /// Where the first name is kept that stands twice.
    fn twice(&mut self) -> &mut Option<String>;
}

/// Reads an object.
struct Reader<T>(PhantomData<T>);

impl<'de, T: Object> Visitor<'de> for Reader<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::WHAT)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut read = T::default();
        while let Some(name) = map.next_key::<String>()? {
            if read.take(&name, &mut map)? {
                read.twice().get_or_insert(name);
            }
        }
        Ok(read)
    }
}

macro_rules! objects {
    ($($name:ty),*) => { $(
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_map(Reader(PhantomData))
            }
        }
    )* };
}
objects!(Header, Words, Entry);

impl Object for Header {
    const WHAT: &'static str = "the names of tensors";

    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        let (inside, again) = if name == WORDS {
            let words: Words = map.next_value::<Option<Words>>()?.unwrap_or_default();
            self.words = words.texts;
            (words.twice, core::mem::replace(&mut self.has_words, true))
        } else {
            let mut entry: Entry = map.next_value()?;
            (entry.twice.take(), self.tensors.insert(name.to_string(), entry).is_some())
        };
        self.twice = self.twice.take().or(inside);
        Ok(again)
    }

    fn twice(&mut self) -> &mut Option<String> {
        &mut self.twice
    }
}

/// What a file says about itself: texts by name.
#[derive(Default)]
struct Words {
    texts: BTreeMap<String, String>,
    twice: Option<String>,
}

impl Object for Words {
    const WHAT: &'static str = "texts by name";

    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        Ok(self.texts.insert(name.to_string(), map.next_value()?).is_some())
    }

    fn twice(&mut self) -> &mut Option<String> {
        &mut self.twice
    }
}

impl Object for Entry {
    const WHAT: &'static str = "a tensor: its `dtype`, `shape` and `data_offsets`";

    fn take<'de, A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<bool, A::Error> {
        Ok(match name {
            "dtype" => self.dtype.replace(map.next_value()?).is_some(),
            "shape" => self.shape.replace(map.next_value()?).is_some(),
            "data_offsets" => self.data_offsets.replace(map.next_value()?).is_some(),
            _ => {
                map.next_value::<IgnoredAny>()?;
                false
            }
        })
    }

    fn twice(&mut self) -> &mut Option<String> {
        &mut self.twice
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
