//! Links of the pages lead somewhere: to a file that is there, and to a heading that the page has.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The pages that people read, as paths from the root: those at the top, and all in the folders of pages.
fn pages() -> Vec<String> {
    fn walk(folder: &str, found: &mut Vec<String>) {
        let Ok(entries) = std::fs::read_dir(root().join(folder)) else { return };
        for entry in entries.map(Result::unwrap) {
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                walk(&path, found);
            } else if path.ends_with(".md") {
                found.push(path);
            }
        }
    }
    let mut pages: Vec<String> =
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"].map(String::from).to_vec();
    walk("book", &mut pages);
    pages
}

fn text(page: &str) -> String {
    std::fs::read_to_string(root().join(page)).unwrap_or_else(|error| panic!("{page}: {error}"))
}

/// The lines of a page that are no code, each with its number.
fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut fenced = false;
    let outside = |(_, line): &(usize, &str)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    };
    text.lines().enumerate().map(|(i, line)| (i + 1, line)).filter(outside).collect()
}

/// A line with the code in it blanked out: brackets there are no links.
fn without_code(line: &str) -> String {
    let parts = line.split('`').enumerate();
    parts.map(|(i, part)| if i % 2 == 0 { part.to_string() } else { "_".repeat(part.len()) }).collect()
}

/// Where the links of a line lead: `[words](target)` and `[words]: target`.
fn links(line: &str) -> Vec<String> {
    let line = without_code(line);
    let mut found: Vec<String> = line
        .split("](")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once(')')?.0.split(' ').next()?.to_string()))
        .collect();
    if line.starts_with('[')
        && let Some((_, target)) = line.split_once("]: ")
    {
        found.push(target.trim().to_string());
    }
    found
}

/// The anchors of a page, as GitHub makes them of its headings.
fn anchors(page: &str) -> Vec<String> {
    let text = text(page);
    let mut seen: HashMap<String, usize> = HashMap::new();
    let headings = prose(&text).into_iter().filter_map(|(_, line)| {
        let heading = line.trim_start_matches('#');
        (heading.len() < line.len() && heading.starts_with(' ')).then(|| heading.trim())
    });
    headings
        .map(|heading| {
            let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
            let slug: String = kept.collect::<String>().to_lowercase().replace(' ', "-");
            let before = seen.entry(slug.clone()).and_modify(|n| *n += 1).or_insert(0);
            if *before == 0 { slug } else { format!("{slug}-{before}") }
        })
        .collect()
}

/// What is wrong with a link of a page.
fn fault(page: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').map_or((target, None), |(path, anchor)| (path, Some(anchor)));
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let file = if path.is_empty() { page.to_string() } else { format!("{folder}/{path}") };
    let file = file.trim_start_matches('/');
    if !root().join(file).exists() {
        return Some(format!("no file {file}"));
    }
    let anchor = anchor.filter(|_| file.ends_with(".md"))?;
    (!anchors(file).iter().any(|own| own == anchor)).then(|| format!("{file} has no heading #{anchor}"))
}

/// The pages and pictures that a line names without a link, in this repository's own folders.
fn named(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split(|c: char| !(c.is_alphanumeric() || "/._-".contains(c)));
    words.filter(|word| {
        let word = word.trim_end_matches('.');
        word.starts_with("book/") && (word.ends_with(".md") || word.ends_with(".svg"))
    })
}

#[test]
fn links_of_pages_lead_somewhere() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for page in pages() {
        let text = text(&page);
        for (at, line) in prose(&text) {
            for target in links(line) {
                count += 1;
                wrong.extend(fault(&page, &target).map(|fault| format!("{page}:{at}: {fault}")));
            }
            for name in named(line).filter(|name| !root().join(name.trim_end_matches('.')).exists()) {
                wrong.push(format!("{page}:{at}: no page {name}"));
            }
        }
    }
    assert!(count > 4, "{count}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn dead_links_are_seen() {
    assert!(fault("README.md", "book/src/no.md").is_some());
    assert!(fault("book/src/names.md", "../../README.md").is_none());
    assert!(fault("book/src/names.md", "README.md").is_some());
    assert!(fault("README.md", "#no-such-heading").is_some());
    assert!(fault("README.md", "#licence").is_none());
    assert!(fault("README.md", "https://keras.io/nothing").is_none());
    assert_eq!(links("[a](b.md) and `[c](d)` ![e](f.svg \"g\")"), ["b.md", "f.svg"]);
    assert_eq!(named("see book/a.md, and b.md").collect::<Vec<_>>(), ["book/a.md"]);
}

macro_rules! table {
    ($($class:ident in $module:ident as $snake:literal $(or $alias:ident)*),* $(,)?) => {
        const LAYERS: &[&str] = &[$(stringify!($class)),*];
    };
}
keras_core::shape::for_each_layer!(table);

/// Each layer stands in the index of `keras_core::layers`, from which its page is reached.
#[test]
fn layers_stand_in_the_index() {
    let source = text("keras-core/src/layers/mod.rs");
    let index: String = source.lines().take_while(|line| line.starts_with("//!")).collect();
    let is_operation = |class: &str| {
        keras_core::shape::LayerConfig::default_of(class).is_some_and(|config| config.is_operation())
    };
    let missing: Vec<_> = LAYERS
        .iter()
        .filter(|class| !is_operation(class) && !index.contains(&format!("[`{class}`]")))
        .collect();
    assert!(missing.is_empty(), "not in the docs of keras_core::layers: {missing:?}");
}
