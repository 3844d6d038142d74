//! Metrics with arguments in files: those of `tests/keras/make_file_metrics.py` give what they give in Keras, also when they are
//! written again.

use keras_core::Result;
use keras_core::data::npy::Npz;
use keras_core::prelude::*;
use ndarray::{Array1, Array2, Ix1, Ix2};

use super::keras_files::fixture;

/// That each metric of the file has the value that Keras gives it.
fn check(model: LoadedModel, x: &Array2<f32>, y: &Array2<f32>, values: &Array1<f32>) -> Result<()> {
    let found = model.compiled()?.evaluate(x, y).batch_size(8).verbose(0).run()?;
    let names = include_str!("../../fixtures/keras_files/metrics_names.txt");
    assert_eq!(names.lines().count(), values.len());
    for (name, wanted) in names.lines().zip(values) {
        let found = found.get(name).unwrap_or_else(|| panic!("there is no `{name}` in {found:?}"));
        assert!((found - f64::from(*wanted)).abs() < 2e-5, "{name}: {found} instead of {wanted}");
    }
    Ok(())
}

#[test]
fn metrics_of_a_file_have_their_arguments() -> Result<()> {
    let mut io = Npz::open(fixture("metrics_io.npz")).expect("an archive");
    let x = io.read::<f32, Ix2>("x").expect("inputs");
    let y = io.read::<f32, Ix2>("y").expect("targets");
    let values = io.read::<f32, Ix1>("values").expect("values");
    check(load_model(fixture("metrics.keras"))?, &x, &y, &values)?;
    let folder = tempfile::tempdir().expect("a folder");
    let again = folder.path().join("again.keras");
    load_model(fixture("metrics.keras"))?.compiled()?.save(&again)?;
    check(load_model(&again)?, &x, &y, &values)
}
