//! What is said of the sources: a layer is matched on in its own files alone, and the pages for contributors name what
//! there is.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// All files and folders below, as paths from the root; not what is built, nor what Git keeps.
fn all() -> Vec<String> {
    fn walk(folder: &Path, path: &str, found: &mut Vec<String>) {
        let entries =
            std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if ["target", ".git", "snapshots"].contains(&name.as_str()) {
                continue;
            }
            let path = if path.is_empty() { name } else { format!("{path}/{name}") };
            found.push(path.clone());
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                walk(&entry.path(), &path, found);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root(), "", &mut found);
    found
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The library's own code: what its crates are made of, without the tests inside.
fn sources() -> Vec<(String, String)> {
    let is_source =
        |path: &String| path.ends_with(".rs") && path.contains("/src/") && path.starts_with("keras-");
    let without_tests = |path: String| {
        let whole = text(&path);
        let own = whole.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_string();
        (path, own)
    };
    all().into_iter().filter(is_source).map(without_tests).collect()
}

macro_rules! table {
    ($($class:ident in $module:ident as $snake:literal $(or $alias:ident)*),* $(,)?) => {
        /// The layers, each with the module that is its own.
        const LAYERS: &[(&str, &str)] = &[$((stringify!($class), stringify!($module))),*];
    };
}
keras_shape::for_each_layer!(table);

/// The layers' folders: of the rules and of the arithmetic.
const FOLDERS: [&str; 2] = ["keras-shape/src/layers", "keras-core/src/layers"];

fn is_own_file(path: &str, module: &str) -> bool {
    FOLDERS.iter().any(|folder| {
        path == format!("{folder}/{module}.rs") || path.starts_with(&format!("{folder}/{module}/"))
    })
}

/// The word that begins here.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// What a line says of a layer that it may not say in this file.
fn misplaced(path: &str, line: &str) -> Option<String> {
    let code = line.split("//").next().unwrap_or_default();
    let table = FOLDERS.iter().any(|folder| path == format!("{folder}/mod.rs"));
    let uses = ["LayerConfig::", "Variant::"];
    for (of, rest) in uses.iter().flat_map(|of| code.split(of).skip(1).map(move |rest| (of, rest))) {
        match rest.chars().next() {
            Some('{' | '*') => return Some("`use` of the variants".to_string()),
            // What is made for each row of the table.
            Some('$') if !table => return Some("a match on variants that a macro is given".to_string()),
            _ => {}
        }
        let name = word(rest);
        let own = LAYERS.iter().find(|(class, _)| *class == name);
        if own.is_some_and(|(_, module)| !is_own_file(path, module)) {
            return Some(format!("`{of}{name}`"));
        }
    }
    // Files of Keras say what layers are by their classes.
    let files = path.starts_with("keras-files/") || path.starts_with("keras-core/src/files/");
    let compares = ["class() == \"", "class(), \"", "row() == \"", "row(), \""];
    let compared = compares.iter().find_map(|begin| Some(word(code.split_once(begin)?.1)));
    let is_layer = |name: &&str| LAYERS.iter().any(|(class, _)| class == name);
    let name = compared.filter(is_layer).filter(|_| !files)?;
    Some(format!("a class compared with \"{name}\""))
}

/// What others ask of a layer it declares where its arguments are (`facts!`): a new layer would otherwise silently get
/// what the last arm says.
#[test]
fn layers_are_matched_on_in_their_own_files() {
    let sources = sources();
    assert!(sources.len() > 500, "{}", sources.len());
    let found: Vec<String> = sources
        .iter()
        .flat_map(|(path, text)| {
            let lines = text.lines().enumerate();
            lines.filter_map(move |(i, line)| Some(format!("{path}:{}: {}", i + 1, misplaced(path, line)?)))
        })
        .collect();
    assert!(
        found.is_empty(),
        "outside of the layer's own files; declare a fact (keras-shape/src/facts.rs) instead:\n{}",
        found.join("\n")
    );
}

#[test]
fn what_is_misplaced_is_seen() {
    let seen = |path: &str, line: &str| misplaced(path, line).is_some();
    let (core, shape) = ("keras-core/src/model/layer.rs", "keras-shape/src/layers/dense.rs");
    assert!(seen(core, "    if let LayerConfig::Dense(layer) = config {"));
    assert!(seen(core, "matches!(config, Some(shape::LayerConfig::GRU(_)))"));
    assert!(seen(core, "    if let Variant::Dense(layer) = config.variant() {"));
    assert!(seen(core, "$(Variant::$class(layer) => layer.axis,)*"));
    assert!(seen(core, "use keras_shape::LayerConfig::{Dense, GRU};"));
    assert!(seen(core, "$(LayerConfig::$class(layer) => layer.axis,)*"));
    assert!(seen(core, "if config.class() == \"Dense\" {"));
    assert!(seen(core, "matches!(config.class(), \"GRU\" | \"LSTM\")"));
    assert!(seen(shape, "LayerConfig::GRU(_) => 1,"));
    assert!(!seen(shape, "LayerConfig::Dense(_) => 1,"));
    assert!(!seen("keras-shape/src/layers/operation_node/mod.rs", "LayerConfig::OperationNode(_) => 1,"));
    assert!(!seen("keras-core/src/layers/mod.rs", "$(Variant::$class(layer) => layer.axis,)*"));
    assert!(!seen(core, "LayerConfig::default_of(class) // LayerConfig::Dense"));
}

/// Functions that match on all classes of layers are for constants: a program that calls one contains all layers.
#[test]
fn what_runs_calls_rules_of_one_class() {
    let all =
        ["config.output(", "config.weights(", " infer(config", "::infer(config", ".call.of(", "Class::ANY"];
    // Constants; layers of files; wrappers, whose inner layers only their arguments tell.
    let may = |path: &str| {
        path == "keras-core/src/model/proof.rs"
            || path == "keras-core/src/model/nested_masks.rs"
            || path.starts_with("keras-core/src/files/")
            || path.starts_with("keras-core/src/layers/")
    };
    let sources = sources().into_iter().filter(|(path, _)| path.starts_with("keras-core/src/") && !may(path));
    let found: Vec<String> = sources
        .flat_map(|(path, source)| {
            let lines = source.lines().map(str::to_string).enumerate().collect::<Vec<_>>();
            let calls = lines.into_iter().filter(|(_, line)| all.iter().any(|call| line.contains(call)));
            calls.map(move |(at, line)| format!("{path}:{}: {}", at + 1, line.trim())).collect::<Vec<_>>()
        })
        .collect();
    assert!(found.is_empty(), "go by `config.at_run_time()` or `Arithmetic::of`:\n{}", found.join("\n"));
}

/// The pages for those who change the library.
const PAGES: [&str; 2] = ["ARCHITECTURE.md", "CONTRIBUTING.md"];

/// What stands between backticks on a page, with the line where it begins; blocks of code are left out.
fn code_spans(page: &str) -> Vec<(usize, String)> {
    let mut spans = Vec::new();
    let mut fenced = false;
    for (i, line) in page.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            spans.extend(line.split('`').skip(1).step_by(2).map(|span| (i + 1, span.to_string())));
        }
    }
    spans
}

/// The names that the sources define: types, functions, macros, constants, variants.
fn defined() -> HashSet<String> {
    let mut names = HashSet::new();
    for (_, text) in sources() {
        for line in text.lines().map(str::trim_start) {
            let mut words =
                line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
            let mut last = "";
            for word in words.by_ref() {
                let keywords = ["struct", "enum", "trait", "fn", "type", "const", "mod", "macro_rules"];
                if keywords.contains(&last) {
                    names.insert(word.to_string());
                }
                last = word;
            }
            let first = word(line);
            if first.starts_with(char::is_uppercase) && line[first.len()..].starts_with([',', '(', ' ']) {
                names.insert(first.to_string());
            }
        }
    }
    names
}

/// Words of Rust and of programs, which nothing here defines.
const FOREIGN: [&str; 5] = ["Copy", "SAFETY", "keras", "unsafe", "const"];

/// What a page names that is not there.
fn unknown(span: &str, paths: &[String], names: &HashSet<String>) -> bool {
    if span.contains(' ') {
        return span.split(' ').any(|part| part.contains('/') && unknown(part, paths, names));
    }
    let is_path = |c: char| c.is_alphanumeric() || "_./-".contains(c);
    let has_ending = [".rs", ".md", ".txt", ".py"].iter().any(|ending| span.ends_with(ending));
    if span.chars().all(is_path) && (span.contains('/') || has_ending || span.starts_with("keras-")) {
        let tail = format!("/{}", span.trim_end_matches('/'));
        return !paths.iter().any(|path| format!("/{path}").ends_with(&tail));
    }
    // `Node::plan`, `layer!`, `cx.add_loss(...)`, `ErrorKind`: the last name of each.
    let name = span.trim_end_matches('!');
    let name = name.strip_prefix("cx.").map_or(name, word);
    let name = name.rsplit("::").next().unwrap_or(name);
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let is_folder = paths.iter().any(|path| path == name);
    plain && !FOREIGN.contains(&name) && !is_folder && !names.contains(name)
}

#[test]
fn the_pages_for_contributors_name_what_there_is() {
    let (paths, names) = (all(), defined());
    let mut wrong = Vec::new();
    for page in PAGES {
        let spans = code_spans(&text(page));
        assert!(spans.len() > 50, "{page}: {}", spans.len());
        let spans = spans.into_iter().filter(|(_, span)| unknown(span, &paths, &names));
        wrong.extend(spans.map(|(line, span)| format!("{page}:{line}: `{span}`")));
    }
    assert!(wrong.is_empty(), "not in this repository:\n{}", wrong.join("\n"));
}

#[test]
fn what_there_is_not_is_seen() {
    let (paths, names) = (all(), defined());
    for span in [
        "engine/nothing.rs",
        "keras-nothing",
        "nothing.rs",
        "NoSuchName",
        "cx.no_such(0)",
        "Op::no_such",
        "no_such!",
        "python keras-core/no.py X",
    ] {
        assert!(unknown(span, &paths, &names), "{span}");
    }
    for span in [
        "engine/build.rs",
        "keras-core",
        "op.rs",
        "Choice",
        "cx.add_loss(...)",
        "Node::plan",
        "layer!",
        "metrics/",
    ] {
        assert!(!unknown(span, &paths, &names), "{span}");
    }
}
