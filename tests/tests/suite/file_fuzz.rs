//! Files that are wrong in every way: those of others, of Keras and of ours, with bytes flipped, cut, doubled and replaced by
//! extremes, in the archive, in its HDF5 and in the JSON inside. None may make a reader panic, take long, or ask for more memory
//! than there are bytes for.
//!
//! A few seconds of it run with the other tests. `.ci/fuzz-files SECONDS` runs it longer; its variables are `FUZZ_SECONDS`,
//! `FUZZ_SEED`, and `FUZZ_LOG`, a file that holds the mutant being tried, should the process die of it; `FUZZ_FILE` tries it again.

#[path = "file_fuzz/mutate.rs"]
mod mutate;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use keras_core::data::npy::Npz;
use keras_core::device::with_seed;
use keras_core::prelude::*;
use ndarray::IxDyn;

use self::mutate::{Random, mutant};
use super::allocations::watched;
use super::keras_files::{collection, fixture};

/// What one mutant may take of the processor.
const LIMIT: Duration = Duration::from_secs(1);
/// What it may take on the wall before the process is ended: it hangs.
const HANGS: u64 = 60;
/// The largest piece of memory that a reader may ask for at once, for a file of so many bytes. Deflate packs a thousandfold, and
/// texts are read into lists of values.
fn most_memory(length: usize) -> usize {
    (64 << 20) + 64 * length
}
/// Larger files would leave time for few mutants.
const MOST_BYTES: usize = 300_000;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

model! {
    struct Small {
        Input(4) => Dense(3, activation = relu) => BatchNormalization() => Dense(2)
    }
}

/// The files that are mutated, with their names.
fn corpus(own: &Path) -> Vec<(String, Vec<u8>)> {
    let model = with_seed(1, Small::new).compile(Adam::new(0.01), MeanSquaredError::new(), ());
    for name in ["ours.keras", "ours.weights.h5", "ours.safetensors"] {
        let path = own.join(name);
        let written = if name == "ours.keras" { model.save(&path) } else { model.save_weights(&path) };
        written.expect("a file of ours");
    }
    let folders = [Some(own.to_path_buf()), fixture("x").parent().map(PathBuf::from), collection()];
    let mut all = Vec::new();
    for folder in folders.into_iter().flatten() {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
            .expect("a folder")
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        paths.sort();
        for path in paths {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let known = ["keras", "h5", "hdf5", "npz", "safetensors"].iter().any(|end| name.ends_with(end));
            let bytes = std::fs::read(&path).unwrap_or_default();
            if known && bytes.len() <= MOST_BYTES {
                all.push((name, bytes));
            }
        }
    }
    all
}

#[test]
fn no_mutant_of_a_file_breaks_a_reader() {
    let (seconds, seed) = (setting("FUZZ_SECONDS", 2), setting("FUZZ_SEED", 1));
    let log = std::env::var_os("FUZZ_LOG");
    let folder = tempfile::tempdir().expect("a folder");
    let corpus = corpus(folder.path());
    assert!(corpus.len() > 30, "{} files", corpus.len());
    let (started, mut found, mut count, mut read) = (Instant::now(), Vec::new(), 0, 0);
    let beat = watchdog();
    while started.elapsed() < Duration::from_secs(seconds) {
        let number = seed.wrapping_add(count);
        let (name, bytes) = mutant(&corpus, &mut Random::new(number));
        beat.fetch_add(1, Ordering::Relaxed);
        if let Some(log) = &log {
            std::fs::write(log, &bytes).expect("the log can be written");
        }
        let path = folder.path().join(format!("mutant_{}", name));
        std::fs::write(&path, &bytes).expect("a file");
        match tried(&path, bytes.len()) {
            Ok(is_read) => read += u64::from(is_read),
            Err(problem) => {
                found.push(format!("FUZZ_SEED={number} {name}: {problem}"));
                // Who waits for an hour sees it now.
                println!("{}", found[found.len() - 1]);
                if found.len() == 20 {
                    break;
                }
            }
        }
        std::fs::remove_file(&path).expect("a file");
        count += 1;
    }
    beat.store(u64::MAX, Ordering::Relaxed);
    println!("{count} mutants of {} files, {read} of them read, {} found", corpus.len(), found.len());
    assert!(found.is_empty(), "{}", found.join("\n"));
    // Mutants that nobody reads to the end try nothing.
    assert!(read > 0 || count < 50, "none of {count} mutants could be read");
}

/// One file, `FUZZ_FILE`: what killed the process, tried alone.
#[test]
fn the_file_that_is_named_breaks_no_reader() {
    let Some(path) = std::env::var_os("FUZZ_FILE").map(PathBuf::from) else { return };
    let length = std::fs::read(&path).expect("a file").len();
    println!("read: {:?}", tried(&path, length));
}

/// Ends the process when a mutant takes too long, as nothing else can; nothing is watched after `u64::MAX`.
fn watchdog() -> &'static AtomicU64 {
    static BEAT: AtomicU64 = AtomicU64::new(0);
    std::thread::spawn(|| {
        let (mut last, mut since) = (0, Instant::now());
        loop {
            std::thread::sleep(Duration::from_secs(1));
            let now = BEAT.load(Ordering::Relaxed);
            if now == u64::MAX {
                return;
            }
            if now != last {
                (last, since) = (now, Instant::now());
            }
            if since.elapsed().as_secs() > HANGS {
                println!("mutant {last} hangs: it is in FUZZ_LOG");
                std::process::abort();
            }
        }
    });
    &BEAT
}

/// The processor time of this thread, where the system tells it.
fn processor() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|word| word.parse().ok()).unwrap_or(0))
}

/// Reads a file in every way; says whether it could be, and what is wrong with the reader.
fn tried(path: &Path, length: usize) -> Result<bool, String> {
    let started = processor();
    let (result, largest) = watched(|| catch_unwind(AssertUnwindSafe(|| every_way(path))));
    let took = processor().saturating_sub(started);
    let read = result.map_err(|panic| {
        let text =
            panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        format!("it panics: {}", text.unwrap_or("without a message"))
    })?;
    if took > LIMIT {
        return Err(format!("it takes {took:?}"));
    }
    if largest > most_memory(length) {
        return Err(format!("it asks for {largest} bytes at once, for a file of {length}"));
    }
    Ok(read)
}

fn every_way(path: &Path) -> bool {
    if path.extension().is_some_and(|end| end == "npz") {
        let Ok(mut file) = Npz::open(path) else { return false };
        let names: Vec<String> = file.names().iter().map(|name| name.to_string()).collect();
        return names.iter().filter(|name| file.read::<f32, IxDyn>(name).is_ok()).count() > 0;
    }
    let mut small = with_seed(1, Small::new);
    let weights = small.load_weights(path).is_ok();
    if path.extension().is_some_and(|end| end == "safetensors") {
        return weights;
    }
    let skipped = small.load_weights_with(path).by_name(true).skip_mismatch(true).run().is_ok();
    let file = keras_files_of(path);
    let model = load_model(path);
    if let Ok(model) = &model {
        assert!(!model.summary().to_string().is_empty());
        assert!(!model.report().to_string().is_empty());
    }
    let is_model = model.is_ok();
    let compiled = model.ok().is_some_and(|model| model.compiled().is_ok());
    weights || skipped || file || is_model || compiled
}

/// The source of the model and the state of its optimiser.
fn keras_files_of(path: &Path) -> bool {
    use ::keras_files::{KerasFile, source};
    let Ok(file) = KerasFile::read(std::fs::read(path).unwrap_or_default()) else { return false };
    let state = file.optimizer().is_ok();
    let source = file.graph().is_ok_and(|graph| source(&graph, &file.writer, "mutant").is_ok());
    state && source
}
