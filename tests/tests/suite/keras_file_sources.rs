//! `keras source`: what it prints compiles, takes the weights of the file, and gives its numbers.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use ::keras_files::{KerasFile, source};

use super::keras_files::{collection, fixture};

/// The program around the models: it compares outputs as `check` does.
const PROGRAM: &str = r#"
#![allow(dead_code, unused, non_camel_case_types)]
use keras_core::data::npy::Npz;
use keras_core::prelude::*;
use ndarray::{ArrayD, IxDyn};

fn arrays(path: &str, prefix: &str) -> Vec<ArrayD<f32>> {
    let mut file = Npz::open(path).expect("an archive");
    let mut all = Vec::new();
    while file.names().contains(&format!("{prefix}{}", all.len())) {
        let name = format!("{prefix}{}", all.len());
        let array = file.read::<f32, IxDyn>(&name);
        let array = array.or_else(|_| file.read::<i32, IxDyn>(&name).map(|ids| ids.mapv(|x| x as f32)));
        all.push(array.or_else(|_| file.read::<i64, IxDyn>(&name).map(|ids| ids.mapv(|x| x as f32))).expect("numbers"));
    }
    all
}

/// A library without the feature `files` has none, and is not taken.
fn reads_files() -> keras_core::Result<LoadedModel> {
    load_model("")
}

fn tell(name: &str, found: Vec<f32>, io: &str) {
    let wanted = &arrays(io, "output_")[0];
    assert_eq!(found.len(), wanted.len(), "{name}");
    let largest = wanted.iter().fold(0.0f32, |max, x| max.max(x.abs()));
    let worst = found.iter().zip(wanted).fold(0.0f32, |max, (a, b)| if (a - b).abs() <= max { max } else { (a - b).abs() });
    println!("{name} {}", worst / largest);
}
"#;

/// The libraries that a program needs, among what was built for this test: those with which it compiles.
fn libraries() -> Option<(PathBuf, PathBuf)> {
    let exe = std::env::current_exe().ok()?;
    let files = std::fs::read_dir(exe.parent()?).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let files: Vec<PathBuf> = files.collect();
    let named = |prefix: &str| {
        let is_one = |path: &&PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with(prefix) && name.ends_with(".rlib")
        };
        let mut found: Vec<PathBuf> = files.iter().filter(is_one).cloned().collect();
        found.sort_by_key(|path| std::cmp::Reverse(path.metadata().and_then(|data| data.modified()).ok()));
        found
    };
    let text = format!("{PROGRAM}\nfn main() {{}}\n");
    for core in named("libkeras_core-") {
        for array in named("libndarray-") {
            let folder = tempfile::tempdir().ok()?;
            if compile(&text, (&core, &array), folder.path(), "metadata").is_ok() {
                return Some((core, array));
            }
        }
    }
    None
}

fn compile(text: &str, (core, array): (&Path, &Path), folder: &Path, emit: &str) -> Result<PathBuf, String> {
    let (file, out) = (folder.join("sources.rs"), folder.join("sources"));
    std::fs::write(&file, text).map_err(|error| error.to_string())?;
    let with = |name: &str, path: &Path| format!("{name}={}", path.display());
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let folder = core.parent().ok_or("no folder")?;
    let output = Command::new(rustc)
        .args(["--edition", "2024", "--crate-type", "bin", "--emit", emit, "-L", &with("dependency", folder)])
        .args(["--extern", &with("keras_core", core), "--extern", &with("ndarray", array), "-o"])
        .args([&out, &file])
        .output()
        .map_err(|error| error.to_string())?;
    if output.status.success() { Ok(out) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

/// The source of a model and the name of its type.
fn of_file(path: &Path) -> Option<(String, String, usize)> {
    let file = KerasFile::read(std::fs::read(path).ok()?).ok()?;
    let graph = file.graph().ok()?;
    let stem = path.file_stem()?.to_string_lossy().into_owned();
    let text = source(&graph, &file.writer, &stem).ok()?;
    let name = text.rsplit("pub struct ").next()?.split_whitespace().next()?.to_string();
    (graph.outputs.len() == 1).then_some((text, name, graph.inputs.len()))
}

/// All files that have one output: those of others, and those of `tests/keras`.
fn files() -> Vec<(PathBuf, PathBuf)> {
    let mut all = Vec::new();
    for name in [
        "attention",
        "bidi",
        "embed",
        "k2_both_ways",
        "k3_inputs_crossed",
        "layer_activations",
        "mha",
        "nested",
        "operations_end_masks",
        "operations_every",
        "operations_masked",
        "operations_more",
        "operations_sources",
        "td_model",
    ] {
        all.push((fixture(&format!("{name}.keras")), fixture(&format!("{name}_io.npz"))));
    }
    for name in ["k1_norms_of_batches", "k22_both_ways", "operations_masked"] {
        all.push((fixture(&format!("{name}.h5")), fixture(&format!("{name}_io.npz"))));
    }
    let Some(folder) = collection() else { return all };
    let index = std::fs::read_to_string(folder.join("INDEX.jsonl")).expect("an index");
    for line in index.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).expect("JSON");
        if let (Some(file), Some(golden)) = (entry["file"].as_str(), entry["golden"].as_str()) {
            all.push((folder.join(file), folder.join(golden)));
        }
    }
    all
}

#[test]
fn sources_of_files_give_their_numbers() {
    let Some((core, array)) = libraries() else {
        println!("skipped: no library of keras-core that `rustc` can use");
        return;
    };
    let (mut text, mut main, mut count) = (PROGRAM.to_string(), String::new(), 0);
    for (path, io) in files() {
        let Some((source, name, inputs)) = of_file(&path) else { continue };
        let _ = writeln!(text, "mod m{count} {{\nuse keras_core::prelude::*;\n{source}\n}}");
        let args: Vec<String> = (0..inputs).map(|i| format!("&x[{i}]")).collect();
        let args = if inputs == 1 { args.concat() } else { format!("({})", args.join(", ")) };
        let _ = writeln!(
            main,
            "    let mut model = m{count}::{name}::new();\n    model.load_weights({path:?}).expect({path:?});\n    \
             let x = arrays({io:?}, \"input_\");\n    \
             tell({name:?}, model.predict_on_batch({args}).expect({path:?}).to_vec().expect(\"numbers\"), {io:?});"
        );
        count += 1;
    }
    let _ = writeln!(text, "fn main() {{\n{main}}}");
    let folder = tempfile::tempdir().expect("a folder");
    let program =
        compile(&text, (&core, &array), folder.path(), "link").unwrap_or_else(|error| panic!("{error}"));
    let output = Command::new(program).output().expect("a program that runs");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(printed.lines().count(), count, "{printed}");
    for line in printed.lines() {
        let worst: f32 = line.rsplit(' ').next().and_then(|x| x.parse().ok()).expect("a number");
        assert!(worst <= 1e-5, "{line}");
    }
    println!("{count} sources compile and give their numbers");
}
