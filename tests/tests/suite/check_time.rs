//! What `cargo check` takes for a model with functions and loops: processor time of the compiler with the macro as it
//! was built for this test, above that of an empty crate. When this was written, in a debug build of the macro, 200
//! layers took 0.5 s and 800 took 1.9 s.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A model of `blocks` residual blocks of eight layers.
fn residual(blocks: usize) -> String {
    format!(
        "use keras_core::prelude::*;
model! {{
    pub struct Big {{
        let conv = |x, filters, name| {{
            x => Conv2D(filters, 3, padding = same, name = \"{{name}}_conv\")
                => BatchNormalization(name = \"{{name}}_bn\")
                => Activation(relu, name = \"{{name}}_act\")
        }};
        let residual = |x, filters, name| {{
            let y = x => conv(filters, name = \"{{name}}_a\") => conv(filters, name = \"{{name}}_b\");
            [x, y] => Add(name = \"{{name}}_add\") => ReLU(name = \"{{name}}_out\")
        }};
        let mut x = Input(32, 32, 3) => Conv2D(16, 3, padding = same);
        for i in 0..{blocks} {{
            x = x => residual(16, name = \"block{{i}}\");
        }}
        x => GlobalAveragePooling2D() => Dense(10)
    }}
}}
"
    )
}

/// The library of keras-core among what was built for this test: of several the one that the compiler takes.
fn library() -> Option<PathBuf> {
    let exe = std::env::current_exe().ok()?;
    let files = std::fs::read_dir(exe.parent()?).ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let is_core = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("libkeras_core-") && (name.ends_with(".rlib") || name.ends_with(".rmeta"))
    };
    let mut found: Vec<PathBuf> = files.filter(is_core).collect();
    found.sort_by_key(|path| std::cmp::Reverse(path.metadata().and_then(|data| data.modified()).ok()));
    found.into_iter().find(|library| seconds(library, "use keras_core::prelude as _;").is_some())
}

/// The processor time that the compiler takes for a source; nothing if it does not compile.
fn seconds(library: &Path, source: &str) -> Option<f64> {
    let folder = tempfile::tempdir().ok()?;
    let (file, out) = (folder.path().join("model.rs"), folder.path().join("model.rmeta"));
    std::fs::write(&file, source).ok()?;
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut dependencies = std::ffi::OsString::from("dependency=");
    dependencies.push(library.parent()?);
    let mut core = std::ffi::OsString::from("keras_core=");
    core.push(library);
    let output = Command::new("sh")
        .args(["-c", "\"$@\" && times", "sh"])
        .arg(rustc)
        .args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata"])
        .arg("-L")
        .arg(dependencies)
        .arg("--extern")
        .arg(core)
        .arg("-o")
        .args([&out, &file])
        .output()
        .ok()?;
    if !output.status.success() {
        return None;
    }
    // The second line is of the processes that the shell waited for: `0m1.950s 0m0.120s`.
    let text = String::from_utf8_lossy(&output.stdout);
    let time = text.lines().nth(1)?.split_whitespace().next()?;
    let (minutes, seconds) = time.trim_end_matches('s').split_once('m')?;
    Some(minutes.parse::<f64>().ok()? * 60.0 + seconds.replace(',', ".").parse::<f64>().ok()?)
}

#[test]
fn the_time_to_check_a_model_grows_with_its_layers() {
    let Some(library) = library() else {
        println!("skipped: no library of keras-core that `rustc` can use");
        return;
    };
    let least = |source: &str| {
        let times = [seconds(&library, source), seconds(&library, source)];
        times.into_iter().map(|time| time.expect("it compiles")).fold(f64::INFINITY, f64::min)
    };
    let empty = least("use keras_core::prelude as _;");
    let small = least(&residual(25)) - empty;
    let large = least(&residual(100)) - empty;
    println!("200 layers: {small:.2} s, 800 layers: {large:.2} s");
    // Other processes share caches and memory: the limits are twice what an idle machine needs.
    assert!(small < 1.6, "200 layers take {small:.2} s");
    assert!(large < 4.0, "800 layers take {large:.2} s");
    assert!(large < 6.0 * small, "200 layers take {small:.2} s, 800 take {large:.2} s");
}
