//! HDF5, as far as Keras uses it: groups with attributes, and arrays in them. All that is asked of the library that
//! reads and writes it is asked here.

use std::collections::BTreeMap;

use hdf5_pure::{AttrValue, DType, Dataset, Datatype, File, FileBuilder, Group, GroupBuilder};

use keras_shape::{float_of_brain, float_of_half};

use crate::array::{Array, Numbers};
use crate::error::{Error, Result, sentence, shown};

/// Groups and arrays that a file may have: more than any model, and few enough that a file that is made to harm is
/// refused quickly.
const MAX_OBJECTS: usize = 1 << 18;

/// How deep groups may be nested.
const MAX_DEPTH: usize = 64;

/// No packed array has more bytes than this many for each byte of the file: what deflate can do at most.
const MAX_RATIO: u64 = 1100;

/// A file of which the names are read, and the arrays are not yet.
pub struct Hdf5 {
    length: u64,
    groups: BTreeMap<String, Group>,
    arrays: BTreeMap<String, Dataset>,
}

impl core::fmt::Debug for Hdf5 {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Hdf5").field("arrays", &self.arrays.keys()).finish_non_exhaustive()
    }
}

fn fault(error: impl core::fmt::Display) -> Error {
    Error::new(format!("not an HDF5 file, or damaged: {}", sentence(error)))
}

impl Hdf5 {
    /// Looks through the groups of a file.
    ///
    /// # Errors
    /// It is no HDF5 file, or damaged.
    pub fn new(bytes: Vec<u8>) -> Result<Self> {
        let length = bytes.len() as u64;
        let file = File::from_bytes(bytes).map_err(fault)?;
        let mut found = Hdf5 { length, groups: BTreeMap::new(), arrays: BTreeMap::new() };
        found.add(String::new(), file.root(), 0)?;
        Ok(found)
    }

    fn add(&mut self, path: String, group: Group, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(Error::new(format!("groups are nested more than {MAX_DEPTH} deep")));
        }
        let below = |name: &str| {
            // What was written on Windows by Keras 2.15 has names of one group such as `layers\conv1d`.
            let name = name.replace('\\', "/");
            if path.is_empty() { name } else { format!("{path}/{name}") }
        };
        for name in group.datasets().map_err(fault)? {
            let dataset = group.dataset(&name).map_err(fault)?;
            self.arrays.insert(below(&name), dataset);
        }
        for name in group.groups().map_err(fault)? {
            let inner = group.group(&name).map_err(fault)?;
            self.check_count()?;
            self.add(below(&name), inner, depth + 1)?;
        }
        self.groups.insert(path, group);
        self.check_count()
    }

    fn check_count(&self) -> Result<()> {
        if self.groups.len() + self.arrays.len() > MAX_OBJECTS {
            return Err(Error::new(format!("the file has more than {MAX_OBJECTS} groups and arrays")));
        }
        Ok(())
    }

    /// Whether there is a group of this path.
    pub fn has_group(&self, path: &str) -> bool {
        self.groups.contains_key(path) || self.under(path).next().is_some()
    }

    /// Whether there is an array of this path.
    pub fn has_array(&self, path: &str) -> bool {
        self.arrays.contains_key(path)
    }

    /// The paths of all arrays below a group, sorted.
    pub fn under<'a>(&'a self, path: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let from = self.arrays.range(prefix.clone()..);
        from.map(|(name, _)| name.as_str()).take_while(move |name| name.starts_with(&prefix))
    }

    /// The names of the groups right below a group.
    pub fn groups(&self, path: &str) -> Vec<String> {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let mut names: Vec<String> = self
            .groups
            .keys()
            .filter_map(|name| name.strip_prefix(&prefix))
            .filter_map(|rest| rest.split('/').next())
            .filter(|name| !name.is_empty())
            .map(str::to_string)
            .collect();
        names.dedup();
        names
    }

    fn attribute(&self, path: &str, name: &str) -> Result<Option<AttrValue>> {
        let Some(group) = self.groups.get(path) else { return Ok(None) };
        Ok(group.attrs().map_err(fault)?.remove(name))
    }

    /// A text that is an attribute of a group.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn text(&self, path: &str, name: &str) -> Result<Option<String>> {
        let Some(value) = self.attribute(path, name)? else { return Ok(None) };
        if let Some(text) = value.as_str() {
            return Ok(Some(text.to_string()));
        }
        Ok(value.as_strings().and_then(|texts| texts.first()).cloned())
    }

    /// A list of texts that is an attribute of a group, also where it is split because it is long:
    /// `layer_names0`, `layer_names1`, ...
    ///
    /// # Errors
    /// The file is damaged, or the attribute is something else.
    pub fn texts(&self, path: &str, name: &str) -> Result<Option<Vec<String>>> {
        let Some(group) = self.groups.get(path) else { return Ok(None) };
        let mut attributes = group.attrs().map_err(fault)?;
        if let Some(value) = attributes.remove(name) {
            return list(name, &value).map(Some);
        }
        let mut all = Vec::new();
        for part in 0.. {
            let Some(value) = attributes.remove(&format!("{name}{part}")) else { break };
            all.extend(list(name, &value)?);
            if all.len() > MAX_OBJECTS {
                return Err(Error::new(format!("`{name}` has more than {MAX_OBJECTS} entries")));
            }
        }
        Ok((!all.is_empty()).then_some(all))
    }

    /// The shape of the array of this path; nothing if there is none, or its shape cannot be read.
    pub fn shape(&self, path: &str) -> Option<Vec<u64>> {
        self.arrays.get(path)?.shape().ok()
    }

    /// The array of this path.
    ///
    /// # Errors
    /// There is none, it holds no numbers, or more than the file can.
    pub fn array(&self, path: &str) -> Result<Array> {
        let Some(dataset) = self.arrays.get(path) else {
            return Err(Error::new(format!("the array `{}` is missing", shown(path))));
        };
        let named = |error: hdf5_pure::Error| {
            Error::new(format!("the array `{}` cannot be read: {}", shown(path), sentence(error)))
        };
        let shape = dataset.shape().map_err(named)?;
        let shape: Option<Vec<usize>> = shape.iter().map(|n| usize::try_from(*n).ok()).collect();
        let count =
            shape.as_ref().and_then(|shape| shape.iter().try_fold(1u64, |n, d| n.checked_mul(*d as u64)));
        let size = dataset.element_size().map_err(named)?;
        let bytes = count.and_then(|count| count.checked_mul(size.max(1)));
        let most = if dataset.is_chunked() { self.length.saturating_mul(MAX_RATIO) } else { self.length };
        let (Some(shape), Some(bytes)) = (shape, bytes) else {
            return Err(Error::new(format!("the array `{}` is larger than memory can be", shown(path))));
        };
        if bytes > most {
            return Err(Error::new(format!(
                "the array `{}` claims {bytes} bytes, more than a file of {} bytes can hold",
                shown(path),
                self.length
            )));
        }
        let attributes = dataset.attrs().map_err(named)?;
        let brain = attributes.get("dtype").and_then(AttrValue::as_str) == Some("bfloat16");
        let data = numbers(dataset, brain).map_err(named)?;
        let Some(data) = data else {
            return Err(Error::new(format!("the array `{}` holds no numbers", shown(path))));
        };
        let array = Array { shape, data };
        if array.shape.iter().product::<usize>() != array.len() {
            return Err(Error::new(format!("the array `{}` is cut short", shown(path))));
        }
        Ok(array)
    }
}

/// The numbers of an array; nothing if it holds something else. `brain` says that 16 bits are a bfloat16.
fn numbers(dataset: &Dataset, brain: bool) -> core::result::Result<Option<Numbers>, hdf5_pure::Error> {
    Ok(Some(match dataset.dtype()? {
        DType::U16 if brain => Numbers::F32(dataset.read_u16()?.into_iter().map(float_of_brain).collect()),
        // NumPy has no such type, and h5py stores it as two bytes of nothing that it knows.
        DType::Other(kind) if matches!(*kind, Datatype::Opaque { size: 2, .. }) => {
            let bytes = dataset.read_raw()?;
            Numbers::F32(bytes.as_chunks().0.iter().map(|b| float_of_brain(u16::from_le_bytes(*b))).collect())
        }
        DType::F32 => Numbers::F32(dataset.read_f32()?),
        DType::F64 => Numbers::F32(dataset.read_f64()?.into_iter().map(|x| x as f32).collect()),
        DType::I8
        | DType::I16
        | DType::I32
        | DType::I64
        | DType::U8
        | DType::U16
        | DType::U32
        | DType::U64 => Numbers::I64(dataset.read_i64()?),
        DType::Other(_) if dataset.element_size()? == 2 => {
            let bytes = dataset.read_raw()?;
            Numbers::F32(bytes.as_chunks().0.iter().map(|b| float_of_half(u16::from_le_bytes(*b))).collect())
        }
        _ => return Ok(None),
    }))
}

/// The entries of a list of texts. NumPy makes an empty one an array of floats without numbers.
fn list(name: &str, value: &AttrValue) -> Result<Vec<String>> {
    if let Some(texts) = value.as_strings() {
        return Ok(texts.to_vec());
    }
    if let Some(text) = value.as_str() {
        return Ok(vec![text.to_string()]);
    }
    match value.to_f64s() {
        Some(numbers) if numbers.is_empty() => Ok(Vec::new()),
        _ => Err(Error::new(format!("`{}` is no list of names", shown(name)))),
    }
}

/// A group on its way into a file: what is in it by name.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    groups: BTreeMap<String, Tree>,
    arrays: BTreeMap<String, Array>,
    texts: BTreeMap<String, String>,
}

impl Tree {
    /// An empty group.
    pub fn new() -> Self {
        Tree::default()
    }

    /// The group of this path below, made where it is not there.
    pub fn group(&mut self, path: &str) -> &mut Tree {
        let mut at = self;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            at = at.groups.entry(name.to_string()).or_default();
        }
        at
    }

    /// Adds an array to this group.
    pub fn set(&mut self, name: &str, array: Array) {
        self.arrays.insert(name.to_string(), array);
    }

    /// Adds a text as an attribute of this group.
    pub fn set_text(&mut self, name: &str, text: &str) {
        self.texts.insert(name.to_string(), text.to_string());
    }

    /// The bytes of the file: the same for equal trees.
    ///
    /// # Errors
    /// A name that HDF5 does not take.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut file = FileBuilder::new();
        for (name, array) in &self.arrays {
            fill(file.create_dataset(name), array);
        }
        for (name, text) in &self.texts {
            file.set_attr(name, AttrValue::VarLenString(text.clone()));
        }
        for (name, tree) in &self.groups {
            let mut group = file.create_group(name);
            tree.write(&mut group);
            file.add_group(group.finish());
        }
        file.finish().map_err(|error| Error::new(format!("cannot be written as HDF5: {}", sentence(error))))
    }

    fn write(&self, group: &mut GroupBuilder) {
        for (name, array) in &self.arrays {
            fill(group.create_dataset(name), array);
        }
        for (name, text) in &self.texts {
            group.set_attr(name, AttrValue::VarLenString(text.clone()));
        }
        for (name, tree) in &self.groups {
            let mut inner = group.create_group(name);
            tree.write(&mut inner);
            group.add_group(inner.finish());
        }
    }
}

fn fill(dataset: &mut hdf5_pure::DatasetBuilder, array: &Array) {
    let shape: Vec<u64> = array.shape.iter().map(|n| *n as u64).collect();
    match &array.data {
        Numbers::F32(values) => dataset.with_f32_data(values),
        Numbers::I64(values) => dataset.with_i64_data(values),
    }
    .with_shape(&shape);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_as_it_was_written() {
        let mut tree = Tree::new();
        tree.set_text("a", "b");
        let array = Array::floats(vec![2, 1], vec![1.0, -0.5]).unwrap();
        tree.group("layers/dense/vars").set("0", array.clone());
        tree.group("optimizer/vars").set("0", Array { shape: vec![], data: Numbers::I64(vec![7]) });
        let bytes = tree.to_bytes().unwrap();
        assert_eq!(bytes, tree.to_bytes().unwrap());
        let file = Hdf5::new(bytes).unwrap();
        assert_eq!(file.text("", "a").unwrap().as_deref(), Some("b"));
        assert_eq!(file.array("layers/dense/vars/0").unwrap(), array);
        assert_eq!(file.array("optimizer/vars/0").unwrap().first(), Some(7.0));
        assert_eq!(file.under("layers").collect::<Vec<_>>(), ["layers/dense/vars/0"]);
        assert_eq!(file.groups("layers"), ["dense"]);
        assert!(file.array("layers/dense").is_err() && Hdf5::new(vec![1, 2, 3]).is_err());
    }
}
