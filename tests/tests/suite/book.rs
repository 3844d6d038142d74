//! The book: every chapter is in its summary and among the documentation tests, and what it says that the compiler says is
//! what the compiler says.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of a folder with this ending.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.flatten().map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|found| found == ending)).collect()
}

fn chapters() -> Vec<PathBuf> {
    files(&root().join("book/src"), "md").into_iter().filter(|path| !path.ends_with("SUMMARY.md")).collect()
}

#[test]
fn every_chapter_is_listed_and_tested() {
    let summary = text(&root().join("book/src/SUMMARY.md"));
    let tested = text(&root().join("tests/src/book.rs"));
    let chapters = chapters();
    assert!(chapters.len() > 8, "{chapters:?}");
    for chapter in chapters {
        let name = chapter.file_name().and_then(|name| name.to_str()).expect("a name");
        assert!(summary.contains(&format!("({name})")), "{name} is not in SUMMARY.md");
        assert!(tested.contains(&format!("book/src/{name}\"")), "{name} is not in tests/src/book.rs");
    }
}

/// The blocks of a page in this language.
fn blocks<'a>(page: &'a str, language: &str) -> Vec<&'a str> {
    let begin = format!("```{language}\n");
    page.split(&begin).skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

#[test]
fn errors_are_quoted_as_the_compiler_gives_them() {
    let cases = files(&root().join("tests/tests/compile_fail"), "stderr");
    let said: Vec<String> = cases.iter().map(|path| text(path)).collect();
    let pages = chapters().into_iter().chain([root().join("README.md")]);
    let mut quoted = 0;
    for page in pages {
        let content = text(&page);
        for line in blocks(&content, "text").iter().flat_map(|block| block.lines()) {
            let line = line.trim();
            if !["error", "help: ", "= note: "].iter().any(|begin| line.starts_with(begin)) {
                continue;
            }
            quoted += 1;
            assert!(said.iter().any(|case| case.contains(line)), "{}: no case says {line}", page.display());
        }
    }
    assert!(quoted >= 8, "{quoted}");
}

/// Links of the book stay in it: as HTML, which mdBook makes of its folder alone, they lead nowhere else. That they lead
/// somewhere is tested with those of all pages.
#[test]
fn links_of_the_book_stay_in_it() {
    for page in chapters().into_iter().chain([root().join("book/src/SUMMARY.md")]) {
        let content = text(&page);
        let links = content.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.starts_with("http") && !link.contains(' ')) {
            assert!(!link.contains('/'), "{}: {link} leads out of the book", page.display());
        }
    }
}
