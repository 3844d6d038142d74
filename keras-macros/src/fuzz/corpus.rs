//! The models of the repository.

use std::path::Path;

use proc_macro2::TokenStream;

/// The bodies of all `model!` in Rust files and documentation below a folder, each once, sorted.
pub fn models(root: &Path) -> Vec<TokenStream> {
    let mut texts = Vec::new();
    read(root, &mut texts);
    texts.sort();
    texts.dedup();
    texts.into_iter().filter_map(|text| text.parse().ok()).collect()
}

fn read(folder: &Path, texts: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if path.is_dir() {
            // This file is full of models that are meant to break.
            if !name.starts_with('.') && !["target", "fuzz", "wip"].contains(&&*name) {
                read(&path, texts);
            }
        } else if (name.ends_with(".rs") && name != "fuzz.rs") || name.ends_with(".md") {
            bodies(&std::fs::read_to_string(&path).unwrap_or_default(), texts);
        }
    }
}

/// What stands between the brackets behind each `model!`.
fn bodies(text: &str, texts: &mut Vec<String>) {
    // Models in doc comments are models too.
    let lines = text.lines().map(|line| {
        let start = line.trim_start();
        ["///", "//!"].iter().find_map(|mark| start.strip_prefix(mark)).unwrap_or(line)
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    for (at, mark) in text.match_indices("model!") {
        let rest = text[at + mark.len()..].trim_start();
        // A mention in a text has no brackets behind it.
        if !rest.starts_with(['(', '{', '[']) {
            continue;
        }
        let mut open = 0usize;
        let end = rest.char_indices().find(|(_, c)| {
            match c {
                '(' | '{' | '[' => open += 1,
                ')' | '}' | ']' => open = open.saturating_sub(1),
                _ => {}
            }
            open == 0
        });
        if let Some((end, ')' | '}' | ']')) = end {
            texts.push(rest[1..end].to_string());
        }
    }
}
