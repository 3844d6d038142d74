//! Weights in files: what comes back, what is refused, and what is left after a crash.

mod hostile;

use std::path::{Path, PathBuf};
use std::process::Command;

use keras_core::Error;
use keras_core::device::with_seed;
use keras_core::prelude::*;
use ndarray::{Array2, Array3};

// ---------------------------------------------------------------------------------------------------- there and back

model! {
    struct Small {
        Input(3) => Dense(2, name = "first") => Dense(1, name = "second")
    }
}

model! {
    struct Everything {
        Input(None, dtype = int32)
            => Embedding(9, 4, mask_zero = true)
            => Bidirectional(LSTM(3, return_sequences = true))
            => TimeDistributed(Dense(5))
            => GRU(4)
            => BatchNormalization()
            => LayerNormalization()
            => PReLU()
            => Small2
    }
}

model! {
    struct Small2 { Input(4) => Dense(2) }
}

pub(super) fn bits(model: &impl Model) -> Vec<u32> {
    let values = Model::weights(model).into_iter().flat_map(|(_, raw)| raw.to_vec().expect("numbers"));
    values.map(f32::to_bits).collect()
}

pub(super) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

#[test]
fn what_is_saved_comes_back_bit_for_bit() {
    let folder = folder();
    let path = folder.path().join("weights.safetensors");
    let mut trained = with_seed(1, Everything::new).compile(Adam::new(0.1), MeanSquaredError::new(), ());
    let ids = Array2::from_shape_fn((4, 6), |(i, j)| ((i * 5 + j * 3) % 9) as i32);
    trained.train_on_batch(&ids, &Array2::<f32>::ones((4, 2))).expect("a step");
    trained.save_weights(&path).expect("a file");
    let mut other = with_seed(2, Everything::new);
    assert_ne!(bits(&other), bits(&*trained));
    other.load_weights(&path).expect("weights");
    assert_eq!(bits(&other), bits(&*trained));
    let of = |model: &Everything| model.predict(&ids).expect("outputs").to_vec().expect("numbers");
    assert_eq!(of(&other), of(&trained));
    // Saved again, the file is the same.
    let again = folder.path().join("again.safetensors");
    other.save_weights(&again).expect("a file");
    assert_eq!(std::fs::read(&again).expect("bytes"), std::fs::read(&path).expect("bytes"));
}

#[test]
fn the_format_is_safetensors_with_keras_s_paths() {
    let folder = folder();
    let path = folder.path().join("weights.safetensors");
    let model = Small::new();
    model.save_weights(&path).expect("a file");
    let bytes = std::fs::read(&path).expect("bytes");
    let length = u64::from_le_bytes(bytes[..8].try_into().expect("8 bytes")) as usize;
    let header: serde_json::Value = serde_json::from_slice(&bytes[8..8 + length]).expect("JSON");
    let mut names: Vec<&str> = header.as_object().expect("an object").keys().map(String::as_str).collect();
    names.retain(|name| *name != "__metadata__");
    names.sort_unstable();
    assert_eq!(names, ["first/bias", "first/kernel", "second/bias", "second/kernel"]);
    let data = &bytes[8 + length..];
    assert_eq!(data.len(), 4 * model.count_params());
    for (name, raw) in Model::weights(&model) {
        let info = &header[&name];
        assert_eq!(info["dtype"], "F32");
        let shape: Vec<usize> = info["shape"]
            .as_array()
            .expect("a shape")
            .iter()
            .map(|n| n.as_u64().expect("a length") as usize)
            .collect();
        assert_eq!(shape, raw.shape(), "{name}");
        let offset = |i: usize| info["data_offsets"][i].as_u64().expect("an offset") as usize;
        let found: Vec<u8> = raw.to_vec().expect("numbers").iter().flat_map(|x| x.to_le_bytes()).collect();
        assert_eq!(data[offset(0)..offset(1)], found, "{name}");
    }
}

#[test]
fn a_path_without_a_folder_and_one_in_another_alphabet() {
    let folder = folder();
    let path = folder.path().join("Gewichte für 模型 (1).safetensors");
    let model = Small::with_seed(1);
    model.save_weights(&path).expect("a file");
    let mut other = Small::with_seed(2);
    other.load_weights(&path).expect("weights");
    assert_eq!(bits(&other), bits(&model));
}

#[test]
fn the_weights_of_another_model_are_refused_by_name() {
    model! { struct Wider { Input(4) => Dense(2, name = "first") => Dense(1, name = "second") } }
    model! { struct Renamed { Input(3) => Dense(2, name = "first") => Dense(1, name = "third") } }
    model! { struct Longer { Input(3) => Dense(2, name = "first") => Dense(1, name = "second") => Dense(1, name = "x") } }
    model! { struct Other { Input(None, 3) => LSTM(2) } }
    let folder = folder();
    let path = folder.path().join("small.safetensors");
    Small::with_seed(1).save_weights(&path).expect("a file");
    fn refused(mut model: impl Model, path: &Path, words: &[&str], not: &[&str]) {
        let before = bits(&model);
        let error = model.load_weights(path).expect_err("another model");
        let Error::File { path: named, message } = &error else { panic!("{error:?}") };
        assert_eq!(Path::new(named), path);
        for word in words {
            assert!(message.contains(word), "no {word} in {message}");
        }
        for word in not {
            assert!(!message.contains(word), "{word} in {message}");
        }
        assert_eq!(bits(&model), before, "nothing has changed");
    }
    refused(Wider::new(), &path, &["`first/kernel` is [3, 2]", "[4, 2]"], &["second", "first/bias"]);
    refused(
        Renamed::new(),
        &path,
        &["`third/kernel` [2, 1] is missing", "`third/bias`", "`second/kernel` is not a weight"],
        &["first"],
    );
    refused(Longer::new(), &path, &["`x/kernel` [1, 1] is missing", "`x/bias`"], &["first", "second"]);
    refused(Other::new(), &path, &["missing", "is not a weight of the model"], &[]);
    // Fewer weights than the file has: what is too many is named.
    let long = folder.path().join("long.safetensors");
    Longer::new().save_weights(&long).expect("a file");
    refused(Small::new(), &long, &["`x/kernel` is not a weight of the model"], &["missing"]);
    // A long list stays readable.
    model! { struct Many { Input(3) => [Dense(3); 30] } }
    let mut many = Many::new();
    let error = many.load_weights(&path).expect_err("another model").to_string();
    assert!(error.lines().count() < 12 && error.contains("and "), "{error}");
}

#[test]
fn what_is_not_there_cannot_be_loaded() {
    let folder = folder();
    let mut model = Small::new();
    let before = bits(&model);
    for path in [folder.path().join("none.safetensors"), folder.path().to_path_buf(), PathBuf::new()] {
        let error = model.load_weights(&path).expect_err("no file");
        assert!(matches!(&error, Error::File { .. }), "{error:?}");
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
    }
    assert_eq!(bits(&model), before);
}

// --------------------------------------------------------------------------------------------------------- crashes

const CHILD: &str = "KERAS_TESTS_SAVE";

/// Not a test of its own: `crashes_leave_the_old_file` runs it as a process that may die or lack rights. It
/// prints what `save_weights` said.
#[test]
fn saves_in_a_process_of_its_own() {
    let Ok(path) = std::env::var(CHILD) else { return };
    match Big::with_seed(9).save_weights(&path) {
        Ok(()) => println!("saved"),
        Err(Error::File { path: named, message }) => println!("refused {named} because {message}"),
        Err(other) => println!("another error {other}"),
    }
}

model! {
    /// Larger than the limit that the shell sets.
    struct Big { Input(100) => Dense(100) }
}

/// The child's words, run by a shell with these commands before it.
fn child(path: &Path, before: &str) -> (bool, String) {
    let program = std::env::current_exe().expect("this program");
    let name = std::thread::current().name().expect("a test").to_string();
    let module = name.rsplit_once("::").expect("a module").0.to_string();
    let output = Command::new("bash")
        .args(["-c", &format!("{before} exec \"$0\" \"$@\""), &program.display().to_string()])
        .args([&format!("{module}::saves_in_a_process_of_its_own"), "--exact", "--nocapture"])
        .env(CHILD, path)
        .output()
        .expect("a process");
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).expect("a folder").count()
}

#[test]
fn a_crash_in_the_middle_leaves_the_old_file() {
    let folder = folder();
    let path = folder.path().join("weights.safetensors");
    Big::with_seed(1).save_weights(&path).expect("a file");
    let old = std::fs::read(&path).expect("bytes");
    // The system kills a process that writes more than 4 KiB.
    let (success, words) = child(&path, "ulimit -f 4; ulimit -c 0;");
    assert!(!success && !words.contains("saved"), "{words}");
    assert_eq!(std::fs::read(&path).expect("bytes"), old);
    let mut model = Big::with_seed(2);
    model.load_weights(&path).expect("the old weights");
    assert_eq!(bits(&model), bits(&Big::with_seed(1)));
    // What the killed process has left, the next save clears.
    assert_eq!(entries(folder.path()), 2);
    model.save_weights(&path).expect("a file");
    assert_eq!(entries(folder.path()), 1);
}

#[test]
fn a_full_disk_is_an_error_that_names_the_file() {
    let folder = folder();
    let path = folder.path().join("weights.safetensors");
    Big::with_seed(1).save_weights(&path).expect("a file");
    let old = std::fs::read(&path).expect("bytes");
    // The same limit as an error instead of a signal.
    let (success, words) = child(&path, "trap '' XFSZ; ulimit -f 4;");
    assert!(success, "{words}");
    let refused = format!("refused {} because ", path.display());
    assert!(words.contains(&refused), "{words}");
    let message = words.split(&refused).nth(1).unwrap_or_default();
    assert!(!message.contains(&path.display().to_string()), "the path twice: {words}");
    assert_eq!(std::fs::read(&path).expect("bytes"), old);
    assert_eq!(entries(folder.path()), 1, "nothing is left behind");
}

#[test]
fn without_the_right_to_write_the_file_stays() {
    // Root may write everywhere: the child is nobody then.
    let root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout.starts_with(b"0\n"));
    let program = std::env::current_exe().expect("this program");
    let nobody = if root { "setpriv --reuid 65534 --regid 65534 --clear-groups " } else { "" };
    let reachable = !root
        || Command::new("bash")
            .args(["-c", &format!("{nobody} test -x {}", program.display())])
            .status()
            .is_ok_and(|s| s.success());
    if !reachable {
        return;
    }
    let run = |path: &Path| child(path, &format!("run() {{ {nobody}\"$@\"; }}; run \"$0\" \"$@\"; exit $?;"));
    let mode = |path: &Path, mode: u32| {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("rights");
    };
    let folder = folder();
    let path = folder.path().join("weights.safetensors");
    Big::with_seed(1).save_weights(&path).expect("a file");
    let old = std::fs::read(&path).expect("bytes");
    // A folder where nothing can be made, a file that cannot be written.
    for (folder_mode, file_mode) in [(0o555, 0o666), (0o777, 0o444)] {
        mode(folder.path(), folder_mode);
        mode(&path, file_mode);
        let (success, words) = run(&path);
        mode(folder.path(), 0o755);
        assert!(success && words.contains(&format!("refused {}", path.display())), "{words}");
        assert_eq!(std::fs::read(&path).expect("bytes"), old);
        assert_eq!(entries(folder.path()), 1);
    }
    mode(folder.path(), 0o777);
    mode(&path, 0o666);
    let (success, words) = run(&path);
    assert!(success && words.contains("saved"), "{words}");
    assert_ne!(std::fs::read(&path).expect("bytes"), old);
}

#[test]
fn where_nothing_can_be_written_is_an_error() {
    let folder = folder();
    let file = folder.path().join("file");
    std::fs::write(&file, "x").expect("a file");
    for path in
        [folder.path().join("no/such/w.safetensors"), file.join("w.safetensors"), folder.path().to_path_buf()]
    {
        let error = Small::new().save_weights(&path).expect_err("no place");
        let Error::File { path: named, message } = &error else { panic!("{error:?}") };
        assert_eq!(Path::new(named), path);
        assert!(!message.contains(named.as_str()), "the path twice: {error}");
    }
    assert_eq!(std::fs::read(&file).expect("bytes"), b"x");
    assert_eq!(entries(folder.path()), 1);
}

/// A pipe, or `/dev/null`, is written to, not replaced by a file.
#[test]
fn what_is_no_file_is_not_replaced() {
    use std::os::unix::fs::FileTypeExt;
    let folder = folder();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    let file = folder.path().join("file.safetensors");
    let model = Small::with_seed(1);
    model.save_weights(&file).expect("a file");
    let reader = {
        let pipe = pipe.clone();
        std::thread::spawn(move || std::fs::read(pipe).expect("bytes"))
    };
    model.save_weights(&pipe).expect("a pipe takes bytes");
    assert!(std::fs::metadata(&pipe).expect("the pipe").file_type().is_fifo());
    assert_eq!(reader.join().expect("a reader"), std::fs::read(&file).expect("bytes"));
    assert_eq!(entries(folder.path()), 2);
}

#[test]
fn a_sequence_model_keeps_its_states_out_of_the_file() {
    model! { struct Stateful { Input(2, 3, batch = 1) => LSTM(2, stateful = true) } }
    let folder = folder();
    let path = folder.path().join("w.safetensors");
    let model = Stateful::with_seed(1);
    let x = Array3::<f32>::ones((1, 2, 3));
    let of = |model: &Stateful| model.predict(&x).expect("an output").to_vec().expect("numbers");
    let first = of(&model);
    assert_ne!(of(&model), first);
    model.save_weights(&path).expect("a file");
    let mut other = Stateful::with_seed(2);
    other.load_weights(&path).expect("weights");
    assert_eq!(of(&other), first);
}
