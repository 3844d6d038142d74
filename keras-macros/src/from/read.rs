//! What a file says of its model, while the macro runs.

use std::path::{Path, PathBuf};

use keras_files::{Archive, Graph, reasons, sources};
use proc_macro2::TokenStream;

/// So many reasons are told.
const REASONS: usize = 12;

/// A file that has been read.
pub struct File {
    /// Where it is.
    pub path: PathBuf,
    bytes: Vec<u8>,
}

/// Reads a file, whose path begins in the folder of the crate that is being compiled.
///
/// # Errors
/// It cannot be read.
pub fn file(given: &str) -> Result<File, String> {
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let path = root.join(given);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(File { path, bytes }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let beside = Path::new("src").join(given);
            let hint = match root.join(&beside).is_file() {
                true => format!(": write \"{}\"", beside.display()),
                false => String::new(),
            };
            Err(format!(
                "there is no file `{given}`\nhelp: a path begins in the folder of the crate, where its Cargo.toml is{hint}"
            ))
        }
        Err(error) => Err(format!("`{given}` cannot be read: {error}")),
    }
}

/// The models of a file as the bodies of types of these names; last that of the whole, which is called `name`.
///
/// # Errors
/// Why they cannot be written, in words.
pub fn models(file: &File, name: &str) -> Result<Vec<(String, TokenStream)>, String> {
    let (graph, writer) = graph(file)?;
    let mut against: Vec<String> =
        reasons(&graph, &writer, &|_| None).iter().map(ToString::to_string).collect();
    if !against.is_empty() {
        let more = against.len().saturating_sub(REASONS);
        against.truncate(REASONS);
        if more > 0 {
            against.push(format!("and {more} more"));
        }
        return Err(format!(
            "the model ({writer}) cannot be written as source:\n  {}\nhelp: `LoadModel::new(path).custom(...)` takes layers of the author's own, while the program runs",
            against.join("\n  ")
        ));
    }
    let written = sources(&graph, &writer, name).map_err(|error| error.to_string())?;
    written
        .into_iter()
        .map(|written| match written.body.parse() {
            Ok(body) => Ok((written.name, body)),
            Err(_) => Err(format!("the source of the model cannot be read back: {}", crate::REPORT)),
        })
        .collect()
}

fn graph(file: &File) -> Result<(Graph, keras_files::Writer), String> {
    if file.bytes.starts_with(b"\x89HDF\r\n\x1a\n") {
        let stem = file.path.with_extension("keras");
        let stem = stem.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let own = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Err(format!(
            "an HDF5 file: only `.keras` archives are read while a program is compiled\nhelp: `keras convert {own} {stem}` makes one of it, and `load_model` reads it as it is while the program runs"
        ));
    }
    if !file.bytes.starts_with(b"PK") {
        return Err("this is no file of Keras: a `.keras` archive is needed".into());
    }
    let text = |error: keras_files::Error| error.to_string();
    let mut archive = Archive::new(file.bytes.clone()).map_err(text)?;
    let (config, writer) = archive.architecture().map_err(text)?;
    let graph = Graph::read(&config, &writer).map_err(text)?;
    Ok((graph, writer))
}
