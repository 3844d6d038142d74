//! `.keras` archives: a zip file of two texts and the weights.

use std::io::{Cursor, Read, Write};

use keras_shape::{ArgType, LayerConfig, Vocabulary};
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::error::{Error, Result, sentence, shown};
use crate::parts::Counter;
use crate::writer::{Generation, Writer};

/// Entries that an archive may have.
pub(crate) const MAX_ENTRIES: usize = 10_000;

/// How many bytes a text in an archive may have at most.
const MAX_TEXT: u64 = 256 << 20;

/// How many bytes a text may have in any archive; more only where the archive is as large itself. As values, texts take up
/// thirty times their bytes.
const SMALL_TEXT: u64 = 16 << 20;

/// An entry has at most so many bytes for each byte of the archive: more than deflate can pack.
const MAX_RATIO: u64 = 1100;

/// An archive that is open for reading.
pub struct Archive {
    zip: ZipArchive<Cursor<Vec<u8>>>,
    length: u64,
}

impl core::fmt::Debug for Archive {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Archive").field("length", &self.length).finish_non_exhaustive()
    }
}

impl Archive {
    /// Looks through an archive.
    ///
    /// # Errors
    /// It is no zip archive, is damaged, or has more entries than any model.
    pub fn new(bytes: Vec<u8>) -> Result<Self> {
        let length = bytes.len() as u64;
        let zip = ZipArchive::new(Cursor::new(bytes));
        let zip =
            zip.map_err(|error| Error::new(format!("not an archive, or damaged: {}", sentence(error))))?;
        if zip.len() > MAX_ENTRIES {
            return Err(Error::new(format!("the archive has {} entries, more than any model", zip.len())));
        }
        Ok(Archive { zip, length })
    }

    /// The bytes of an entry; nothing if there is none of this name.
    ///
    /// # Errors
    /// It cannot be unpacked.
    pub fn entry(&mut self, name: &str) -> Result<Option<Vec<u8>>> {
        let limit = self.length.saturating_mul(MAX_RATIO);
        self.read(name, limit)
    }

    /// Whether there is an entry of this name.
    pub fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// A text; nothing if there is none of this name.
    ///
    /// # Errors
    /// It cannot be unpacked, or is no text.
    pub fn text(&mut self, name: &str) -> Result<Option<String>> {
        let limit = MAX_TEXT.min(self.length.saturating_mul(MAX_RATIO)).min(SMALL_TEXT.max(4 * self.length));
        let Some(bytes) = self.read(name, limit)? else { return Ok(None) };
        String::from_utf8(bytes).map(Some).map_err(|_| Error::new(format!("`{name}` is no UTF-8 text")))
    }

    /// What the archive says of the model, and who wrote it.
    ///
    /// # Errors
    /// It is none of Keras's, or damaged.
    pub fn architecture(&mut self) -> Result<(Value, Writer)> {
        let Some(config) = self.text("config.json")? else {
            let known = self.zip.file_names().map(str::to_owned);
            let known = crate::foreign::archive(known);
            return Err(Error::new(
                known.unwrap_or("the archive is not one of Keras: it has no `config.json`"),
            ));
        };
        let mut config = json(&config, "`config.json`")?;
        self.vocabularies(&mut config, "assets")?;
        let metadata = self.text("metadata.json")?;
        let metadata =
            metadata.map(|text| json(&text, "`metadata.json`")).transpose()?.unwrap_or(Value::Null);
        let version = metadata.get("keras_version").and_then(Value::as_str).map(str::to_string);
        let mut writer = Writer::new(version, None);
        if writer.version.is_none() {
            writer.generation = Generation::Keras3;
        }
        Ok((config, writer))
    }

    /// Puts the vocabularies that were found in data, which stand in files of their own, where those that were given as
    /// arguments stand. Layers are counted by classes there, as in the file of the weights.
    fn vocabularies(&mut self, model: &mut Value, folder: &str) -> Result<()> {
        let Some(layers) = model.pointer_mut("/config/layers").and_then(Value::as_array_mut) else {
            return Ok(());
        };
        let mut counter = Counter::default();
        for layer in layers {
            let Some(class) = layer.get("class_name").and_then(Value::as_str) else { continue };
            let own = format!("{folder}/layers/{}", counter.next(class));
            let known = LayerConfig::default_of(class);
            let Some(vocabulary) =
                known.and_then(|layer| layer.args().iter().find(|info| info.name == "vocabulary"))
            else {
                self.vocabularies(layer, &own)?;
                continue;
            };
            let integers = vocabulary.expects != Vocabulary::EXPECTS;
            let Some(config) = layer.get_mut("config").and_then(Value::as_object_mut) else { continue };
            if config.get("vocabulary").is_some_and(|given| !given.is_null()) {
                continue;
            }
            let Some(text) = self.text(&format!("{own}/vocabulary.txt"))? else { continue };
            let token = |line: &str| match line.parse::<i64>() {
                Ok(n) if integers => Value::from(n),
                _ => Value::from(line),
            };
            let tokens: Vec<Value> = text.split('\n').map(token).collect();
            if config.get("output_mode").is_some_and(|mode| mode == "tf_idf") {
                let path = own.strip_prefix("assets/").unwrap_or(&own);
                if let Some(weights) = self.idf_weights(path, tokens.len())? {
                    config.insert("idf_weights".into(), weights);
                }
            }
            config.insert("vocabulary".into(), tokens.into());
        }
        Ok(())
    }

    /// The weights of the tokens of a vocabulary that was found in data, which stand among those of the model, and behind them
    /// zeros where the output is wider.
    #[cfg(feature = "hdf5")]
    fn idf_weights(&mut self, layer: &str, count: usize) -> Result<Option<Value>> {
        let Some(bytes) = self.entry("model.weights.h5")? else { return Ok(None) };
        let file = crate::hdf5::Hdf5::new(bytes)?;
        let path = format!("{layer}/vars/idf_weights");
        if !file.has_array(&path) {
            return Ok(None);
        }
        let mut weights = file.array(&path)?.to_f32();
        weights.truncate(count);
        Ok(Some(weights.into()))
    }

    /// Without a reader of HDF5 they are not read.
    #[cfg(not(feature = "hdf5"))]
    fn idf_weights(&mut self, layer: &str, _count: usize) -> Result<Option<Value>> {
        let layer = shown(layer.rsplit('/').next().unwrap_or_default());
        Err(Error::new(format!(
            "layer `{layer}` multiplies by `idf_weights` that it has found in data: they stand among the weights, which are not read \
             while a program is compiled\nhelp: `keras source` writes the model with them, and `load_model` reads the file while the \
             program runs"
        )))
    }

    fn read(&mut self, name: &str, limit: u64) -> Result<Option<Vec<u8>>> {
        let Some(at) = self.zip.index_for_name(name) else { return Ok(None) };
        let fault = |error: &dyn core::fmt::Display| {
            Error::new(format!("`{}` in the archive cannot be read: {}", shown(name), sentence(error)))
        };
        let entry = self.zip.by_index(at).map_err(|error| fault(&error))?;
        let mut bytes = Vec::new();
        // The size that the archive claims is not believed: what arrives is counted.
        entry.take(limit + 1).read_to_end(&mut bytes).map_err(|error| fault(&error))?;
        if bytes.len() as u64 > limit {
            return Err(Error::new(format!("`{}` unpacks to more than {limit} bytes", shown(name))));
        }
        Ok(Some(bytes))
    }
}

/// How a text may be nested: serde_json has a limit of its own, 128.
pub(crate) fn json(text: &str, what: &str) -> Result<Value> {
    crate::json::read(text)
        .map_err(|error| Error::new(format!("{what} is damaged: {}", shown(&error.to_string()))))
}

/// Packs entries into an archive, stored as Keras stores them; the same bytes for the same entries.
///
/// # Errors
/// They are too large for a zip archive.
pub fn pack(entries: &[(&str, &[u8])]) -> Result<Vec<u8>> {
    let fault = |error: &dyn core::fmt::Display| Error::new(format!("cannot be packed: {}", sentence(error)));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default())
            .large_file(bytes.len() > u32::MAX as usize / 2);
        zip.start_file(*name, options).map_err(|error| fault(&error))?;
        zip.write_all(bytes).map_err(|error| fault(&error))?;
    }
    Ok(zip.finish().map_err(|error| fault(&error))?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_back() {
        let bytes = pack(&[("config.json", b"{}"), ("model.weights.h5", &[1, 2, 3])]).unwrap();
        assert_eq!(bytes, pack(&[("config.json", b"{}"), ("model.weights.h5", &[1, 2, 3])]).unwrap());
        let mut archive = Archive::new(bytes).unwrap();
        assert_eq!(archive.text("config.json").unwrap().as_deref(), Some("{}"));
        assert_eq!(archive.entry("model.weights.h5").unwrap(), Some(vec![1, 2, 3]));
        assert_eq!(archive.entry("other").unwrap(), None);
        assert!(Archive::new(vec![0; 100]).is_err());
    }

    #[test]
    fn a_text_that_unpacks_to_far_more_is_refused() {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file("config.json", packed).unwrap();
        zip.write_all(&vec![b' '; 20 << 20]).unwrap();
        let bytes = zip.finish().unwrap().into_inner();
        assert!(bytes.len() < 1 << 20);
        let error = Archive::new(bytes).unwrap().text("config.json").unwrap_err().to_string();
        assert!(error.contains("unpacks to more than"), "{error}");
    }
}
