//! Files that are damaged, or made to harm: nothing panics, and nothing takes what a file only claims.
#![allow(missing_docs)]

use std::path::PathBuf;

use keras_files::{Array, KerasFile, Tree, make, pack};
use proptest::prelude::*;

/// The collected files, where they are: `KERAS_REAL_FILES`, or `../shared/real_files` beside the workspace.
fn real_files() -> Vec<Vec<u8>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/real_files");
    let folder = std::env::var_os("KERAS_REAL_FILES").map_or(beside, PathBuf::from);
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: there are no collected files in {}", folder.display());
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    let of_keras =
        |path: &PathBuf| path.extension().is_some_and(|e| e == "h5" || e == "hdf5" || e == "keras");
    let small = |bytes: &Vec<u8>| bytes.len() < 120_000;
    paths
        .iter()
        .filter(|path| of_keras(path))
        .filter_map(|path| std::fs::read(path).ok())
        .filter(small)
        .collect()
}

/// A small archive of our own, for machines without the collection.
fn archive() -> Vec<u8> {
    let mut tree = Tree::new();
    let kernel = Array::floats(vec![3, 2], vec![0.5; 6]).expect("six numbers");
    tree.group("layers/dense/vars").set("0", kernel);
    tree.group("layers/dense/vars").set("1", Array::floats(vec![2], vec![0.0; 2]).expect("two numbers"));
    let config = r#"{"module":"keras","class_name":"Functional","config":{"name":"m","layers":[
        {"class_name":"InputLayer","config":{"batch_shape":[null,3],"dtype":"float32","name":"a"},"name":"a","inbound_nodes":[]},
        {"class_name":"Dense","config":{"name":"dense","units":2,"activation":"relu"},"name":"dense","inbound_nodes":[
            {"args":[{"class_name":"__keras_tensor__","config":{"shape":[null,3],"dtype":"float32","keras_history":["a",0,0]}}],"kwargs":{}}]}],
        "input_layers":[["a",0,0]],"output_layers":[["dense",0,0]]}}"#;
    let weights = tree.to_bytes().expect("a file");
    let metadata = br#"{"keras_version":"3.15.1"}"#;
    pack(&[("metadata.json", metadata), ("config.json", config.as_bytes()), ("model.weights.h5", &weights)])
        .expect("an archive")
}

/// Everything that is read of a file.
fn read_all(bytes: Vec<u8>) {
    let Ok(file) = KerasFile::read(bytes) else { return };
    if let Ok(graph) = file.graph() {
        for layer in &graph.layers {
            let _ = make(layer, &file.writer);
        }
    }
    for weights in file.hdf5_files() {
        for path in weights.under("").map(str::to_string).collect::<Vec<_>>() {
            let _ = weights.array(&path);
        }
        for group in weights.groups("") {
            let _ = weights.texts(&group, "weight_names");
        }
    }
}

#[derive(Clone, Debug)]
enum Change {
    /// A byte becomes another.
    Set(prop::sample::Index, u8),
    /// Eight bytes become a number, as sizes and addresses are.
    Number(prop::sample::Index, u64),
    /// The file ends early.
    Cut(prop::sample::Index),
    /// A part stands once more elsewhere.
    Copy(prop::sample::Index, prop::sample::Index, u8),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let index = any::<prop::sample::Index>;
    let number = prop_oneof![Just(0), Just(u64::MAX), Just(1 << 40), Just(1 << 31), 0..100_000u64];
    let change = prop_oneof![
        4 => (index(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        4 => (index(), number).prop_map(|(at, number)| Change::Number(at, number)),
        1 => index().prop_map(Change::Cut),
        1 => (index(), index(), any::<u8>()).prop_map(|(from, to, n)| Change::Copy(from, to, n)),
    ];
    prop::collection::vec(change, 1..8)
}

fn changed(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        let n = bytes.len();
        match change {
            // Most of what a file says of itself stands at its beginning.
            Change::Set(at, byte) => {
                let at = at.index(n);
                bytes[at] = *byte;
            }
            Change::Number(at, number) => {
                let at = at.index(n) & !7;
                bytes.iter_mut().skip(at).zip(number.to_le_bytes()).for_each(|(to, byte)| *to = byte);
            }
            Change::Cut(at) => bytes.truncate(at.index(n)),
            Change::Copy(from, to, count) => {
                let (from, to) = (from.index(n), to.index(n));
                let count = usize::from(*count).min(n - from.max(to));
                bytes.copy_within(from..from + count, to);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_damaged_archive_is_read_or_refused(changes in changes()) {
        read_all(changed(archive(), &changes));
    }

    #[test]
    fn damaged_weights_are_read_or_refused(changes in changes()) {
        let mut tree = Tree::new();
        tree.group("layers/dense/vars").set("0", Array::floats(vec![3, 2], vec![0.5; 6]).expect("six numbers"));
        read_all(changed(tree.to_bytes().expect("a file"), &changes));
    }
}

#[test]
fn damaged_files_of_the_collection_are_read_or_refused() {
    let files = real_files();
    if files.is_empty() {
        return;
    }
    let strategy = (any::<prop::sample::Index>(), changes());
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(600);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(cases));
    runner
        .run(&strategy, |(which, changes)| {
            read_all(changed(which.get(&files).clone(), &changes));
            Ok(())
        })
        .expect("no panic");
}

#[test]
fn what_is_no_file_of_keras_is_refused_in_words() {
    let refused = |bytes: &[u8]| KerasFile::read(bytes.to_vec()).expect_err("no file of Keras").to_string();
    assert_eq!(refused(b""), "the file is empty");
    assert!(refused(b"GIF89a").contains("no file of Keras"));
    assert!(refused(b"PK\x03\x04 and nothing more").contains("not an archive, or damaged"));
    assert!(refused(b"\x89HDF\r\n\x1a\n").contains("not an HDF5 file, or damaged"));
    assert!(refused(&pack(&[("a.txt", b"a")]).expect("an archive")).contains("no `config.json`"));
}

#[test]
fn shards_lead_nowhere_else() {
    for name in ["../a.h5", "/etc/passwd", "a/b", "..", "C:x", ".hidden", ""] {
        let map = format!(r#"{{"weight_map":{{"/layers/dense/vars":"{name}"}}}}"#);
        let read = |_: &str| -> keras_files::Result<Vec<u8>> { panic!("no file is opened") };
        assert!(
            KerasFile::shards(&map, read).expect_err("no plain name").to_string().contains("plain name"),
            "{name}"
        );
    }
}
