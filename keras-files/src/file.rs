//! A file of Keras, whatever it is.

use serde_json::Value;

use crate::archive::{Archive, json};
use crate::array::Array;
use crate::assign::{self, Assigned, By};
use crate::bins;
use crate::error::{Error, Result, shown};
use crate::foreign;
use crate::graph::Graph;
use crate::hdf5::Hdf5;
use crate::lora::Scales;
use crate::parts::ModelPart;
use crate::writer::{Generation, Writer};

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A `.keras` archive: a model with its weights.
    Archive,
    /// A `.weights.h5`: weights by path.
    Weights,
    /// A legacy `.h5` of a model with its weights.
    LegacyModel,
    /// A legacy `.h5` of weights alone.
    LegacyWeights,
    /// The text that `to_json` of a model gives: a model without its weights.
    Architecture,
}

impl Format {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Format::Archive => "a `.keras` archive",
            Format::Weights => "a `.weights.h5` of Keras 3",
            Format::LegacyModel => "a legacy `.h5` model",
            Format::LegacyWeights => "a legacy `.h5` of weights",
            Format::Architecture => "a `.json` of a model",
        }
    }
}

/// A file that has been read: what it says of its model, and its weights, which are read when they are asked for.
#[derive(Debug)]
pub struct KerasFile {
    /// What it is.
    pub format: Format,
    /// Who wrote it.
    pub writer: Writer,
    /// The configuration of the model, as it stands in the file; none in a file of weights.
    pub config: Option<Value>,
    /// What the model was compiled with, if it was.
    pub training: Option<Value>,
    files: Vec<Hdf5>,
    /// The group of a legacy file in which the weights are.
    root: &'static str,
}

impl KerasFile {
    /// Whether these bytes begin as a file that [`read`](KerasFile::read) looks into.
    pub fn is_one(bytes: &[u8]) -> bool {
        bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\x89HDF\r\n\x1a\n")
    }

    /// Reads what a file says of itself.
    ///
    /// # Errors
    /// It is none of Keras's, or damaged.
    pub fn read(bytes: Vec<u8>) -> Result<Self> {
        if bytes.starts_with(b"PK") {
            return Self::archive(bytes);
        }
        if bytes.starts_with(b"\x89HDF\r\n\x1a\n") {
            return Self::hdf5(bytes);
        }
        Self::architecture(&bytes).ok_or_else(|| Error::new(foreign::what(&bytes)))
    }

    /// The model of the text that `to_json` of a model gives; nothing if these bytes are none.
    pub fn architecture(bytes: &[u8]) -> Option<Self> {
        let config = architecture(bytes)?;
        let said = |key: &str| config.get(key).and_then(Value::as_str).map(str::to_string);
        let mut writer = Writer::new(said("keras_version"), said("backend"));
        // Keras 3 does not say its version here, and every class with its module.
        if writer.version.is_none() && config.get("module").is_some() {
            writer.generation = Generation::Keras3;
        }
        if writer.generation == Generation::Keras1 {
            writer.channels_first = has_channels_first(&config);
        }
        let training = config.get("compile_config").filter(|value| !value.is_null()).cloned();
        let format = Format::Architecture;
        Some(KerasFile { format, writer, config: Some(config), training, files: Vec::new(), root: "" })
    }

    /// Whether it has weights.
    pub fn has_weights(&self) -> bool {
        !self.files.is_empty()
    }

    fn archive(bytes: Vec<u8>) -> Result<Self> {
        let mut archive = Archive::new(bytes)?;
        let (mut config, writer) = archive.architecture()?;
        let mut files = Vec::new();
        if let Some(weights) = archive.entry("model.weights.h5")? {
            files.push(Hdf5::new(weights)?);
        } else if let Some(shards) = archive.text("model.weights.json")? {
            for name in shards_of(&shards)? {
                let bytes = archive.entry(&name)?;
                let bytes =
                    bytes.ok_or_else(|| Error::new(format!("the shard `{}` is missing", shown(&name))))?;
                files.push(Hdf5::new(bytes)?);
            }
        } else if archive.has("model.weights.npz") {
            return Err(Error::new(
                "the weights are in `model.weights.npz`, as Python objects that are not read: save the model again with \
                 `model.save`, which writes `model.weights.h5`",
            ));
        }
        if let (Generation::Keras2, Some(file)) = (writer.generation, files.first()) {
            bins::settle(&mut config, file);
        }
        let training = config.get("compile_config").filter(|value| !value.is_null()).cloned();
        Ok(KerasFile { format: Format::Archive, writer, config: Some(config), training, files, root: "" })
    }

    fn hdf5(bytes: Vec<u8>) -> Result<Self> {
        let file = Hdf5::new(bytes)?;
        let mut config =
            file.text("", "model_config")?.map(|text| json(&text, "`model_config`")).transpose()?;
        let training =
            file.text("", "training_config")?.map(|text| json(&text, "`training_config`")).transpose()?;
        let root = if file.has_group("model_weights") && file.texts("", "layer_names")?.is_none() {
            "model_weights"
        } else {
            ""
        };
        let legacy = file.texts(root, "layer_names")?.is_some();
        let said = |name: &str| -> Result<Option<String>> {
            Ok(match file.text("", name)? {
                Some(text) => Some(text),
                None => file.text(root, name)?,
            })
        };
        let mut writer = Writer::new(said("keras_version")?, said("backend")?);
        if writer.generation == Generation::Keras1 && writer.backend.is_none() {
            writer.theano = legacy && !has_colons(&file, root)?;
        }
        if writer.generation == Generation::Keras1 {
            writer.channels_first = config.as_ref().is_some_and(has_channels_first);
        }
        if let (Generation::Keras2, Some(config)) = (writer.generation, &mut config) {
            bins::settle(config, &file);
        }
        let format = match (&config, legacy) {
            (Some(_), _) => Format::LegacyModel,
            (None, true) => Format::LegacyWeights,
            (None, false) => {
                let keras = ["layers", "_layer_checkpoint_dependencies", "vars"];
                if !keras.iter().any(|group| file.has_group(group)) {
                    return Err(Error::new("an HDF5 file, but none of Keras: it has no layers"));
                }
                writer.generation = Generation::Keras3;
                Format::Weights
            }
        };
        Ok(KerasFile { format, writer, config, training, files: vec![file], root })
    }

    /// Adds the files of the shards that a `.weights.json` names, each read by `read`.
    ///
    /// # Errors
    /// The text is none of this kind, or a shard cannot be read.
    pub fn shards(text: &str, mut read: impl FnMut(&str) -> Result<Vec<u8>>) -> Result<Self> {
        let mut files = Vec::new();
        for name in shards_of(text)? {
            files.push(Hdf5::new(read(&name)?)?);
        }
        let mut writer = Writer::new(None, None);
        writer.generation = Generation::Keras3;
        Ok(KerasFile { format: Format::Weights, writer, config: None, training: None, files, root: "" })
    }

    /// The graph of the model.
    ///
    /// # Errors
    /// The file has weights alone, or what it says is no graph.
    pub fn graph(&self) -> Result<Graph> {
        let Some(config) = &self.config else {
            return Err(Error::new(format!(
                "this is {}, without the model that they are of: write the model with `model!`, and read them with \
                 `load_weights`",
                self.format.name()
            )));
        };
        Graph::read(config, &self.writer)
    }

    /// Which array of the file is which weight of a model.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn assign(&self, model: &ModelPart, by: By) -> Result<Assigned> {
        match (self.format, self.files.first()) {
            (Format::LegacyModel | Format::LegacyWeights, Some(file)) => {
                let scales = Scales::of(self.config.as_ref());
                assign::legacy(file, self.root, model, (&self.writer, &scales), by)
            }
            _ => assign::by_path(&self.files, model),
        }
    }

    /// The weights in the file, in its order, each with its shape: those of an optimiser and of metrics are none.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn stored_weights(&self) -> Result<Vec<(String, Vec<u64>)>> {
        let mut found = Vec::new();
        for file in &self.files {
            let shaped = |path: String, below: &str| {
                let shape = file.shape(&format!("{below}{path}")).unwrap_or_default();
                (path, shape)
            };
            if matches!(self.format, Format::LegacyModel | Format::LegacyWeights) {
                let below = if self.root.is_empty() { String::new() } else { format!("{}/", self.root) };
                let paths = assign::legacy_paths(file, self.root)?;
                found.extend(paths.into_iter().map(|path| shaped(path, &below)));
            } else {
                let is_weight =
                    |path: &&str| !path.starts_with("optimizer/") && !path.starts_with("metrics/");
                found.extend(file.under("").filter(is_weight).map(|path| shaped(path.to_string(), "")));
            }
        }
        Ok(found)
    }

    /// The variables of the optimiser with their names, in order; none where the file has none.
    ///
    /// # Errors
    /// The file is damaged.
    pub fn optimizer(&self) -> Result<Vec<(String, Array)>> {
        let has_one = |file: &&Hdf5| file.has_group("optimizer") || file.has_group("optimizer_weights");
        let Some(file) = self.files.iter().find(has_one) else { return Ok(Vec::new()) };
        if self.format == Format::LegacyModel {
            let names = file.texts("optimizer_weights", "weight_names")?.unwrap_or_default();
            let named = |name: String| Ok((name.clone(), file.array(&format!("optimizer_weights/{name}"))?));
            return names.into_iter().map(named).collect();
        }
        let prefix = "optimizer/vars/";
        let numbers = file.under("optimizer/vars").filter_map(|path| path.strip_prefix(prefix)?.parse().ok());
        let mut numbers: Vec<usize> = numbers.collect();
        numbers.sort_unstable();
        let named = |number: usize| Ok((number.to_string(), file.array(&format!("{prefix}{number}"))?));
        numbers.into_iter().map(named).collect()
    }

    /// Whether the optimiser is one inside a `LossScaleOptimizer`. Of a model of the policy `mixed_float16`, Keras writes the
    /// optimiser that `compile` was given, and the variables of that and of the `LossScaleOptimizer` which it has put around it.
    pub fn scales_losses(&self) -> bool {
        self.files.iter().any(|file| file.has_group("optimizer/inner_optimizer"))
    }

    /// The files in which the weights are.
    pub fn hdf5_files(&self) -> &[Hdf5] {
        &self.files
    }
}

/// The model of a text that `to_json` of a model gives; also where that text was written as a JSON text once more.
fn architecture(bytes: &[u8]) -> Option<Value> {
    if !matches!(bytes.trim_ascii_start().first()?, b'{' | b'"') {
        return None;
    }
    let config = crate::json::read(str::from_utf8(bytes).ok()?).ok()?;
    let config = match config {
        Value::String(text) => crate::json::read(&text).ok()?,
        config => config,
    };
    (config.get("class_name").is_some() && config.get("config").is_some()).then_some(config)
}

/// Whether a layer of Keras 1 says that the channels come first.
fn has_channels_first(config: &Value) -> bool {
    match config {
        Value::Array(list) => list.iter().any(has_channels_first),
        Value::Object(object) => object
            .iter()
            .any(|(key, value)| key == "dim_ordering" && *value == "th" || has_channels_first(value)),
        _ => false,
    }
}

/// Whether the names of the weights end in `:0`, as those of TensorFlow's variables do.
fn has_colons(file: &Hdf5, root: &str) -> Result<bool> {
    for layer in file.texts(root, "layer_names")?.unwrap_or_default() {
        let group = if root.is_empty() { layer } else { format!("{root}/{layer}") };
        let names = file.texts(&group, "weight_names")?.unwrap_or_default();
        if let Some(name) = names.first() {
            return Ok(name.contains(':'));
        }
    }
    Ok(true)
}

/// The names of the files that a map of shards names, each once. None leads out of the folder.
fn shards_of(text: &str) -> Result<Vec<String>> {
    let map = json(text, "the map of shards")?;
    let Some(map) = map.get("weight_map").and_then(Value::as_object) else {
        return Err(Error::new("the map of shards has no `weight_map`"));
    };
    let mut names: Vec<String> = Vec::new();
    for value in map.values() {
        let of_entry = match value {
            Value::Array(list) => list.iter().collect(),
            one => vec![one],
        };
        for name in of_entry {
            let Some(name) = name.as_str() else { return Err(Error::new("the name of a shard is no text")) };
            let plain = !name.is_empty() && !name.contains(['/', '\\', ':', '\0']) && !name.starts_with('.');
            if !plain {
                return Err(Error::new(format!(
                    "a shard is called `{}`, which is no plain name",
                    shown(name)
                )));
            }
            if !names.iter().any(|other| other == name) {
                names.push(name.to_string());
            }
        }
        if names.len() > 10_000 {
            return Err(Error::new("the weights are in more than 10000 files"));
        }
    }
    names.sort();
    Ok(names)
}
