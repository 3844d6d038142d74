//! `keras verify FILE --io FILE.npz`.

use keras_core::data::npy::Npz;
use keras_core::prelude::*;
use keras_core::tensor::Data;

use crate::{From, Outcome};

/// Outputs agree to this much of the largest of them.
const TOLERANCE: f64 = 1e-5;

/// Reads the arguments: `FILE --io FILE.npz [--layers]`, in any order.
pub(crate) fn read(args: &[&str], weights: Option<&str>) -> Outcome {
    let (mut file, mut io, mut layers) = (None, None, false);
    let mut rest = args.iter();
    while let Some(arg) = rest.next() {
        match *arg {
            "--io" => io = rest.next(),
            "--layers" => layers = true,
            other if file.is_none() && !other.starts_with("--") => file = Some(arg),
            other => {
                return Err(format!(
                    "`{other}` is no argument of `keras verify FILE --io FILE.npz [--layers]`"
                ));
            }
        }
    }
    match (file, io) {
        (Some(file), Some(io)) => run(From { file, weights }, io, layers),
        _ => Err("`keras verify` takes a file and its arrays: `keras verify FILE --io FILE.npz`".into()),
    }
}

/// Runs the inputs of an archive of arrays, and compares the outputs with those in it, layer by layer before if that is
/// asked for.
fn run(from: From<'_>, io: &str, layers: bool) -> Outcome {
    let model = from.load()?;
    let mut arrays = Npz::open(io).map_err(|error| error.to_string())?;
    let (inputs, outputs) = (all(&mut arrays, "input_")?, all(&mut arrays, "output_")?);
    let inputs: Vec<&Data<'_>> = inputs.iter().map(|(_, data)| data).collect();
    if layers {
        compare_layers(&model, &mut arrays, &inputs, io)?;
    }
    let found = model.predict_on_batch(&inputs[..]).map_err(|error| error.to_string())?;
    if found.count() != outputs.len() {
        return Err(format!("the model has {} outputs, and `{io}` has {}", found.count(), outputs.len()));
    }
    let mut off = Vec::new();
    for (i, (found, (dtype, expected))) in found.iter().zip(&outputs).enumerate() {
        if found.shape() != expected.shape() {
            return Err(format!("output_{i} is {:?}, expected {:?}", found.shape(), expected.shape()));
        }
        let (difference, largest) =
            apart(&numbers_of(found.raw())?, &numbers(expected, &format!("output_{i}"))?);
        say!("output_{i}: max_abs_diff {difference:e} of max {largest:e}");
        let (share, most) = (difference / largest.max(f64::MIN_POSITIVE), tolerance(dtype));
        if share > most {
            off.push((share, most));
        }
    }
    match off.into_iter().max_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((share, most)) => Err(format!("outputs differ by {share:e} of the largest, more than {most:e}")),
        None => Ok(()),
    }
}

/// By how much of the largest numbers may differ from those of an array of this type: of 16 bits each is one of few, and so are those that
/// it was computed of.
fn tolerance(dtype: &str) -> f64 {
    match dtype.get(1..) {
        Some("f2") => 1.0 / 256.0,
        Some("V2") => 1.0 / 32.0,
        _ => TOLERANCE,
    }
}

/// By how much numbers differ, and the largest of those that are expected.
fn apart(found: &[f64], expected: &[f64]) -> (f64, f64) {
    let (mut difference, mut largest) = (0.0f64, 0.0f64);
    for (a, b) in found.iter().zip(expected) {
        // An infinity is itself, and a NaN is as far as can be.
        let apart = if a == b || a.is_nan() && b.is_nan() { 0.0 } else { (a - b).abs() };
        difference = if apart.is_nan() { f64::INFINITY } else { difference.max(apart) };
        largest = largest.max(b.abs());
    }
    (difference, largest)
}

/// Compares what layers give with the arrays `layer_NAME`, in the order of the model, and says where the first difference
/// arises.
fn compare_layers(model: &LoadedModel, arrays: &mut Npz, inputs: &[&Data<'_>], io: &str) -> Outcome {
    let mut first = None;
    let mut count = 0;
    for layer in model.structure().layers {
        let name = format!("layer_{}", layer.name);
        if !arrays.names().contains(&name) {
            continue;
        }
        count += 1;
        let (dtype, expected) = arrays.read_typed(&name).map_err(|error| error.to_string())?;
        // A layer that is the activation of this one stands behind it.
        let behind = format!("{}_activation", layer.name);
        let has_one = model.structure().layers.iter().any(|other| other.name == behind);
        let of = if has_one { behind.as_str() } else { layer.name };
        let found = model.layer_output(of, inputs).map_err(|error| error.to_string())?;
        let (difference, largest) = if found.shape() == expected.shape() {
            apart(&numbers_of(&found)?, &numbers(&expected, &name)?)
        } else {
            (f64::INFINITY, 0.0)
        };
        say!("{} ({}): max_abs_diff {difference:e} of max {largest:e}", layer.name, layer.class);
        if difference > tolerance(&dtype) * largest && first.is_none() {
            first = Some(layer.name);
        }
    }
    if count == 0 {
        return Err(format!("`{io}` has no outputs of layers: arrays with names as `layer_dense`"));
    }
    if let Some(layer) = first {
        say!("the first difference arises in layer `{layer}`");
    }
    Ok(())
}

/// The numbers of a tensor of a model.
fn numbers_of(found: &Raw) -> Result<Vec<f64>, String> {
    numbers(&Data::of_raw(found).map_err(|error| error.to_string())?, "the output")
}

/// The numbers of an array of the archive.
fn numbers(array: &Data<'_>, name: &str) -> Result<Vec<f64>, String> {
    array.numbers().ok_or_else(|| format!("`{name}` holds strings, and a model gives numbers"))
}

/// The arrays of these names with numbers behind them, in order, each with its type.
fn all(arrays: &mut Npz, prefix: &str) -> Result<Vec<(String, Data<'static>)>, String> {
    let mut all = Vec::new();
    while arrays.names().contains(&format!("{prefix}{}", all.len())) {
        let name = format!("{prefix}{}", all.len());
        all.push(arrays.read_typed(&name).map_err(|error| error.to_string())?);
    }
    if all.is_empty() {
        return Err(format!("there is no array `{prefix}0`"));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use keras_core::prelude::*;

    use super::read;

    /// An array of one axis and 1 more.
    fn npy(dtype: &str, count: usize, bytes: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': ({count}, 1), }}\n");
        [b"\x93NUMPY\x01\x00", &(header.len() as u16).to_le_bytes()[..], header.as_bytes(), bytes].concat()
    }

    /// Places in a vocabulary are counted from 1 in Keras, and 0 is what is not in it.
    #[test]
    fn strings_integers_and_halves_are_compared() {
        let folder = std::env::temp_dir().join(format!("keras-verify-any-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (file, io) = (folder.join("m.keras"), folder.join("io.npz"));
        let model = model!(
            let words = Input(1, dtype = string);
            let ids = Input(1, dtype = int32);
            let place = words => StringLookup(vocabulary = ["é", "dog"]);
            (place, ids => IntegerLookup(vocabulary = [70000, 7]) => Rescaling(0.5))
        );
        model.save(&file).unwrap();
        let letters = |c: char| u32::from(c).to_le_bytes();
        let words = ["dog", "é", "cat"].map(|word| {
            let mut all: Vec<u8> = word.chars().flat_map(letters).collect();
            all.resize(12, 0);
            all
        });
        let verified = |halves: [u16; 3]| {
            let mut archive = zip::ZipWriter::new(std::fs::File::create(&io).unwrap());
            for (name, array) in [
                ("input_0", npy("<U3", 3, &words.concat())),
                ("input_1", npy("<i8", 3, &[7i64, 70000, 1].map(i64::to_le_bytes).concat())),
                ("output_0", npy("<i8", 3, &[2i64, 1, 0].map(i64::to_le_bytes).concat())),
                ("output_1", npy("<f2", 3, &halves.map(u16::to_le_bytes).concat())),
            ] {
                archive.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
                archive.write_all(&array).unwrap();
            }
            archive.finish().unwrap();
            read(&[file.to_str().unwrap(), "--io", io.to_str().unwrap()], None)
        };
        let found = (verified([0x3c00, 0x3800, 0]), verified([0x3c00, 0x3c00, 0]));
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found.0, Ok(()));
        assert!(found.1.as_ref().is_err_and(|error| error.contains("differ by 5e-1")), "{:?}", found.1);
    }

    /// By Keras: the outputs of the model and of its layers.
    #[test]
    fn layers_are_compared_with_those_of_keras() {
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/keras_files");
        let file = format!("{fixtures}/layer_activations.keras");
        let io = format!("{fixtures}/layer_activations_layers.npz");
        assert_eq!(read(&[&file, "--layers", "--io", &io], None), Ok(()));
        assert_eq!(read(&["--io", &io, &file], None), Ok(()));
        let without = format!("{fixtures}/layer_activations_io.npz");
        assert!(
            read(&[&file, "--io", &without, "--layers"], None)
                .is_err_and(|error| error.contains("layer_dense"))
        );
        assert!(read(&[&file], None).is_err_and(|error| error.contains("--io")));
        assert!(read(&[&file, "--io", &io, "--layer"], None).is_err_and(|error| error.contains("--layer")));
    }
}
