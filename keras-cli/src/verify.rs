//! `keras verify FILE --io FILE.npz`.

use keras_core::data::DataError;
use keras_core::data::npy::Npz;
use keras_core::prelude::*;
use ndarray::{ArrayD, IxDyn};

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
    crate::takes_numbers(&model, from.file)?;
    let mut arrays = Npz::open(io).map_err(|error| error.to_string())?;
    let (inputs, outputs) = (all(&mut arrays, "input_")?, all(&mut arrays, "output_")?);
    let inputs: Vec<&ArrayD<f32>> = inputs.iter().collect();
    if layers {
        compare_layers(&model, &mut arrays, &inputs, io)?;
    }
    let found = model.predict_on_batch(&inputs[..]).map_err(|error| error.to_string())?;
    if found.count() != outputs.len() {
        return Err(format!("the model has {} outputs, and `{io}` has {}", found.count(), outputs.len()));
    }
    let mut worst = 0.0;
    for (i, (found, expected)) in found.iter().zip(&outputs).enumerate() {
        if found.shape() != expected.shape() {
            return Err(format!("output_{i} is {:?}, expected {:?}", found.shape(), expected.shape()));
        }
        let found = found.to_vec().map_err(|error| error.to_string())?;
        let (difference, largest) = apart(&found, expected);
        say!("output_{i}: max_abs_diff {difference:e} of max {largest:e}");
        worst = f64::max(worst, difference / largest.max(f64::MIN_POSITIVE));
    }
    if worst > TOLERANCE {
        return Err(format!("outputs differ by {worst:e} of the largest, more than {TOLERANCE:e}"));
    }
    Ok(())
}

/// By how much numbers differ, and the largest of those that are expected.
fn apart(found: &[f32], expected: &ArrayD<f32>) -> (f64, f64) {
    let (mut difference, mut largest) = (0.0f64, 0.0f64);
    for (a, b) in found.iter().zip(expected) {
        let apart = (f64::from(*a) - f64::from(*b)).abs();
        // A NaN is as far as can be.
        difference =
            if apart.is_nan() && !(a.is_nan() && b.is_nan()) { f64::INFINITY } else { difference.max(apart) };
        largest = largest.max(f64::from(b.abs()));
    }
    (difference, largest)
}

/// Compares what layers give with the arrays `layer_NAME`, in the order of the model, and says where the first difference
/// arises.
fn compare_layers(model: &LoadedModel, arrays: &mut Npz, inputs: &[&ArrayD<f32>], io: &str) -> Outcome {
    let mut first = None;
    let mut count = 0;
    for layer in model.structure().layers {
        let name = format!("layer_{}", layer.name);
        if !arrays.names().contains(&name) {
            continue;
        }
        count += 1;
        let expected = array(arrays, &name)?;
        // A layer that is the activation of this one stands behind it.
        let behind = format!("{}_activation", layer.name);
        let has_one = model.structure().layers.iter().any(|other| other.name == behind);
        let of = if has_one { behind.as_str() } else { layer.name };
        let found = model.layer_output(of, inputs).map_err(|error| error.to_string())?;
        let (difference, largest) = if found.shape() == expected.shape() {
            apart(&found.to_vec().map_err(|error| error.to_string())?, &expected)
        } else {
            (f64::INFINITY, 0.0)
        };
        say!("{} ({}): max_abs_diff {difference:e} of max {largest:e}", layer.name, layer.class);
        if difference > TOLERANCE * largest && first.is_none() {
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

/// The array of this name as floats.
fn array(arrays: &mut Npz, name: &str) -> Result<ArrayD<f32>, String> {
    let mut read = arrays.read::<f32, IxDyn>(name);
    macro_rules! or_as {
        ($($type:ty => $float:expr),*) => { $(
            if let Err(DataError::ElementType { .. }) = read {
                read = arrays.read::<$type, IxDyn>(name).map(|array| array.mapv($float));
            }
        )* };
    }
    or_as!(
        f64 => |x| x as f32, i32 => |x| x as f32, i64 => |x| x as f32, bool => |x| f32::from(u8::from(x)), u8 => f32::from,
        i8 => f32::from, i16 => f32::from, u16 => f32::from, u32 => |x| x as f32, u64 => |x| x as f32
    );
    read.map_err(|error| match error {
        DataError::ElementType { path, place, found, .. } => format!(
            "{}, {place}: holds {found}, and no floats of 32 or 64 bits, integers or truth values; `.astype(\"float32\")` makes \
             such of other numbers",
            path.display()
        ),
        other => other.to_string(),
    })
}

/// The arrays of these names with numbers behind them, in order, as floats.
fn all(arrays: &mut Npz, prefix: &str) -> Result<Vec<ArrayD<f32>>, String> {
    let mut all = Vec::new();
    while arrays.names().contains(&format!("{prefix}{}", all.len())) {
        let name = format!("{prefix}{}", all.len());
        all.push(array(arrays, &name)?);
    }
    if all.is_empty() {
        return Err(format!("there is no array `{prefix}0`"));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::read;

    #[test]
    fn arrays_of_other_elements_are_refused_in_words() {
        let folder = std::env::temp_dir().join(format!("keras-verify-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("io.npz");
        // An archive of one array of two numbers of 16 bits.
        let header = "{'descr': '<f2', 'fortran_order': False, 'shape': (2,), }\n";
        let mut array = b"\x93NUMPY\x01\x00".to_vec();
        array.extend((header.len() as u16).to_le_bytes());
        array.extend(header.as_bytes());
        array.extend([0, 0x3c, 0, 0x40]);
        let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
        archive.start_file("input_0.npy", zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(&array).unwrap();
        archive.finish().unwrap();
        let mut arrays = keras_core::data::npy::Npz::open(&path).unwrap();
        let told = super::array(&mut arrays, "input_0").unwrap_err();
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(told.contains("holds the dtype '<f2', and no floats of 32 or 64 bits"), "{told}");
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
