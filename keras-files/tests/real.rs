//! What the collected files say of themselves. Whether they give the right numbers is asked in the tests of the whole.
#![allow(missing_docs)]

use std::path::PathBuf;

use keras_files::{Format, Generation, KerasFile, Kind, make};

fn folder() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/real_files");
    let folder = std::env::var_os("KERAS_REAL_FILES").map_or(beside, PathBuf::from);
    if !folder.is_dir() {
        println!("skipped: there are no collected files in {}", folder.display());
        return None;
    }
    Some(folder)
}

fn read(name: &str) -> Option<KerasFile> {
    let bytes = std::fs::read(folder()?.join(name)).ok()?;
    Some(KerasFile::read(bytes).expect("a file of Keras"))
}

#[test]
fn writers_are_told_apart() {
    for (name, format, generation, theano) in [
        ("k1_lstm_th.h5", Format::LegacyModel, Generation::Keras1, true),
        ("k1_dense_tensorflow.h5", Format::LegacyModel, Generation::Keras1, false),
        ("k2_conv2d_theano.h5", Format::LegacyModel, Generation::Keras2, true),
        ("ethnicolr_census.h5", Format::LegacyModel, Generation::Keras2, false),
        ("textgenrnn_weights.hdf5", Format::LegacyWeights, Generation::Keras2, false),
        ("vae_decoder_3_8.keras", Format::Archive, Generation::Keras3, false),
    ] {
        let Some(file) = read(name) else { return };
        assert_eq!(
            (file.format, file.writer.generation, file.writer.theano),
            (format, generation, theano),
            "{name}"
        );
    }
}

#[test]
fn hard_sigmoid_is_that_of_the_writer() {
    let Some(file) = read("k2_reshape_lstm.h5") else { return };
    let graph = file.graph().expect("a graph");
    let lstm = make(graph.layer("lstm_1").expect("the layer"), &file.writer).expect("a layer");
    assert!(format!("{:?}", lstm.config).contains("recurrent_activation: HardSigmoidKeras2"));
    assert!(lstm.notes[0].contains("clip(0.2 x + 0.5, 0, 1)"), "{:?}", lstm.notes);
}

#[test]
fn a_shared_model_has_two_calls() {
    let Some(file) = read("deepcluster_nested_custom_3_5.keras") else { return };
    let graph = file.graph().expect("a graph");
    let encoder = graph.layer("encoder").expect("the encoder");
    assert_eq!((encoder.calls.len(), graph.inputs.len(), graph.kind), (2, 2, Kind::Functional));
    let inner = encoder.inner.as_ref().expect("a model");
    assert_eq!(inner.kind, Kind::Sequential);
    let own = graph.layers.iter().chain(&inner.layers).filter(|layer| layer.registered.is_some());
    assert_eq!(own.count(), 2);
}
