//! What the projector of TensorBoard shows: the rows of embeddings as points.

use std::fmt::Write as _;
use std::path::Path;

use super::fault;
use crate::data::write_atomically;
use crate::training::callbacks::Control;
use crate::{Error, Result};

/// Files with a line for each row of an embedding, of which the folder's file says what stands in it: one for all
/// embeddings, or for each layer its own. They are named as seen from the folder of the logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EmbeddingsMetadata {
    /// One for all.
    Shared(String),
    /// Names of layers with their files.
    PerLayer(Vec<(String, String)>),
}

impl From<&str> for EmbeddingsMetadata {
    fn from(file: &str) -> Self {
        EmbeddingsMetadata::Shared(file.to_string())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for EmbeddingsMetadata {
    fn from(files: [(&str, &str); N]) -> Self {
        EmbeddingsMetadata::PerLayer(
            files.map(|(layer, file)| (layer.to_string(), file.to_string())).to_vec(),
        )
    }
}

impl EmbeddingsMetadata {
    fn of(&self, layer: &str) -> Option<&str> {
        match self {
            EmbeddingsMetadata::Shared(file) => Some(file),
            EmbeddingsMetadata::PerLayer(files) => {
                files.iter().find(|(name, _)| name == layer).map(|(_, file)| file.as_str())
            }
        }
    }
}

/// The file in which the rows of a layer are.
fn file_of(layer: &str) -> String {
    format!("{}_embeddings.tsv", layer.replace('/', "_"))
}

/// Says to the projector where the rows of each embedding are.
pub(super) fn configure(
    folder: &Path,
    metadata: Option<&EmbeddingsMetadata>,
    control: &Control<'_>,
) -> Result<()> {
    let layers = control.embeddings();
    if let Some(EmbeddingsMetadata::PerLayer(files)) = metadata
        && let Some((other, _)) = files.iter().find(|(name, _)| !layers.contains(name))
    {
        return Err(Error::Argument(format!(
            "TensorBoard: `embeddings_metadata` names the layer `{other}`; the layers that are embeddings: {}",
            if layers.is_empty() { "none".to_string() } else { layers.join(", ") }
        )));
    }
    let mut text = String::new();
    for layer in &layers {
        // Writing to a text does not fail.
        let _ = writeln!(text, "embeddings {{\n  tensor_name: {:?}", format!("{layer}/embeddings"));
        if let Some(file) = metadata.and_then(|metadata| metadata.of(layer)) {
            let _ = writeln!(text, "  metadata_path: {file:?}");
        }
        let _ = writeln!(text, "  tensor_path: {:?}\n}}", file_of(layer));
    }
    let path = folder.join("projector_config.pbtxt");
    std::fs::create_dir_all(folder).map_err(|error| fault(&path, &error))?;
    Ok(write_atomically(&path, |out| out.write_all(text.as_bytes()))?)
}

/// Writes the rows of each embedding as they are now.
pub(super) fn write(folder: &Path, control: &Control<'_>) -> Result<()> {
    let weights = control.weights();
    for layer in control.embeddings() {
        let name = format!("{layer}/embeddings");
        let Some((_, weight)) = weights.iter().find(|(own, _)| *own == name) else { continue };
        let width = weight.shape().last().copied().unwrap_or(1).max(1);
        let mut text = String::new();
        for row in weight.to_vec()?.chunks(width) {
            let numbers: Vec<String> = row.iter().map(f32::to_string).collect();
            text += &numbers.join("\t");
            text.push('\n');
        }
        let path = folder.join(file_of(&layer));
        write_atomically(&path, |out| out.write_all(text.as_bytes()))?;
    }
    Ok(())
}
