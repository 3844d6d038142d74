//! The Python that has Keras, where there is one.

use std::path::{Path, PathBuf};
use std::process::Command;

/// `KERAS_PYTHON`, or `../venv/bin/python` beside the workspace; nothing, with a word, where neither has Keras 3.
fn python() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../venv/bin/python");
    // A worktree is one folder deeper.
    let deeper = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../venv/bin/python");
    let found = match std::env::var_os("KERAS_PYTHON") {
        Some(path) => Some(PathBuf::from(path)),
        None => [beside, deeper].into_iter().find(|path| path.exists()),
    };
    if found.is_none() {
        println!("skipped: there is no Python with Keras; KERAS_PYTHON says where");
    }
    found
}

/// As [`run`], where the Python has these modules too.
pub fn run_with(modules: &str, script: &str, args: &[&Path]) -> Option<String> {
    let has = Command::new(python()?).args(["-c", &format!("import {modules}")]).output();
    if !has.is_ok_and(|output| output.status.success()) {
        println!("skipped: the Python has no {modules}");
        return None;
    }
    run(script, args)
}

/// Runs a program of `tests/keras`, and gives what it prints; nothing where there is no Python with Keras.
pub fn run(script: &str, args: &[&Path]) -> Option<String> {
    let python = python()?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("keras").join(script);
    let mut command = Command::new(python);
    command.arg(script).args(args).env("KERAS_BACKEND", "jax").env("CUDA_VISIBLE_DEVICES", "");
    let output = command.output().expect("a program that runs");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
    Some(text)
}
