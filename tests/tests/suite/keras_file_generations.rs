//! Files of Keras 1.2.2 and 2.2.4 by those very versions (`tests/keras/make_old_files.py`), and what was another thing then.

use keras_core::files::keras::LoadModel;
use keras_core::prelude::*;
use keras_core::tensor::AnyOutputs;

use super::keras_files::{arrays, assert_close, check, fixture};

#[test]
fn layers_of_keras_1_give_its_numbers() {
    for name in [
        "k1_convlstm",
        "k1_convlstm_first",
        "k1_cosine",
        "k1_deconv_even",
        "k1_deconv_odd",
        "k1_deconv_valid",
        "k1_highway",
        "k1_linear_input",
        "k1_local",
        "k1_local_images",
        "k1_local_images_first",
        "k1_maxout",
        "k1_merged_functional",
        "k1_merged_models",
        "k1_merged_with_itself",
        "k1_norms_of_batches",
        "k1_norms_of_samples",
        "k1_separable_first",
        "k1_shared_slopes",
        "k1_silent_first",
    ] {
        check(name, &fixture(&format!("{name}.h5")), &fixture(&format!("{name}_io.npz")));
    }
}

/// Kernels that are others at each place, as Keras 2.2.4 keeps them and in the three ways of TensorFlow 2.12
/// (`tests/keras/make_file_local.py`); recurrent convolutions in both directions.
#[test]
fn layers_of_keras_2_give_its_numbers() {
    for name in [
        "k22_local.h5",
        "k22_local_images.h5",
        "k22_both_ways.h5",
        "k2_local.h5",
        "k2_local.keras",
        "k2_both_ways.h5",
        "k2_both_ways.keras",
    ] {
        let stem = name.split('.').next().expect("a name");
        check(name, &fixture(name), &fixture(&format!("{stem}_io.npz")));
    }
}

/// Layers whose weights stand under names of their own, that do nothing where a model predicts, and that are a chain of others
/// (`tests/keras/make_file_rare.py`); they are written as layers of Keras 3.
#[test]
fn rare_layers_give_the_numbers_of_keras() {
    let folder = tempfile::tempdir().expect("a folder");
    for stem in [
        "k2_stretched",
        "k2_synchronized",
        "k2_sequence_mask",
        "k2_standardized",
        "pipeline",
        "pipeline_chain",
    ] {
        let io = fixture(&format!("{stem}_io.npz"));
        for end in ["h5", "keras"] {
            let name = format!("{stem}.{end}");
            check(&name, &fixture(&name), &io);
            let again = folder.path().join(format!("again_{stem}.keras"));
            load_model(fixture(&name)).expect("a model").save(&again).expect("a file");
            check(&name, &again, &io);
        }
    }
    let model = load_model(fixture("k2_stretched.h5")).expect("a model");
    let notes = &model.report().notes;
    assert!(
        notes.iter().any(|note| note.contains("`random_height`: `RandomHeight` is none of Keras 3")),
        "{notes:?}"
    );
}

/// The tensors of a dict go to the inputs of their names (`tests/keras/make_file_inner_dicts.py`).
#[test]
fn models_inside_are_called_with_dicts() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["inner_dicts.keras", "k2_inner_dicts.keras", "k2_inner_dicts.h5"] {
        let stem = name.split('.').next().expect("a name");
        let (file, io) = (fixture(name), fixture(&format!("{stem}_io.npz")));
        check(name, &file, &io);
        let again = folder.path().join("again.keras");
        load_model(&file).expect("a model").save(&again).expect("a file");
        check(name, &again, &io);
    }
}

/// Keras 3 applies no mask beside states but one by name (`tests/keras/make_file_states_masked.py`).
#[test]
fn masks_beside_states_are_applied_as_in_keras_2() {
    check("states", &fixture("k2_states_masked.h5"), &fixture("k2_states_masked_io.npz"));
}

/// They train, and their weights are written and read again, alone; Keras 3 has no such class.
#[test]
fn layers_of_old_train_and_keep_their_weights() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["k1_local_images_first", "k1_highway", "k1_maxout", "k1_norms_of_samples"] {
        let model = load_model(fixture(&format!("{name}.h5"))).expect("a model");
        let io = fixture(&format!("{name}_io.npz"));
        let (x, y) = (arrays(&io, "input_").remove(0), arrays(&io, "output_").remove(0) + 1.0);
        let mut model = model.compile(SGD::new(0.02), MeanSquaredError::new(), ());
        let before = model.evaluate(&x, &y).verbose(0).run().expect("a loss").loss();
        model.fit(&x, &y).epochs(8).verbose(0).run().expect("a history");
        let after = model.evaluate(&x, &y).verbose(0).run().expect("a loss").loss();
        assert!(after < before, "{name}: {after} instead of {before}");
        let path = folder.path().join(format!("{name}.weights.h5"));
        model.save_weights(&path).expect("weights");
        let mut again = load_model(fixture(&format!("{name}.h5"))).expect("a model");
        again.load_weights(&path).expect("weights");
        for ((path, there), (_, here)) in again.weights().iter().zip(model.weights()) {
            assert_eq!(there.to_vec().expect("numbers"), here.to_vec().expect("numbers"), "{name}: {path}");
        }
        if name != "k1_norms_of_samples" {
            let error = model.save(folder.path().join("again.keras")).expect_err("no such class").to_string();
            assert!(error.contains("which Keras does not have"), "{error}");
        }
    }
}

/// What `model!` has no words for is named, and who reads it.
#[test]
fn sources_say_what_they_lack() {
    for (name, says) in [
        (
            "k1_highway.h5",
            "is a `Highway` as Keras had it before Keras 3, for which `model!` has no words: `load_model` reads it",
        ),
        ("k2_local.h5", "is a `LocallyConnected1D` as Keras had it"),
        (
            "functions_arrays.keras",
            "it is the function `ops.take` of Keras, and `model!` has no words for this call of it (`indices` of `ops::take` is one place of the axis or a list of them, which are whole numbers): `load_model` reads it",
        ),
        ("operations_unknown.keras", "it is the function `ops.i0` of Keras, for which `model!` has no words"),
    ] {
        let file = ::keras_files::KerasFile::read(std::fs::read(fixture(name)).expect("a file"))
            .expect("a file of Keras");
        let graph = file.graph().expect("a graph");
        let error = ::keras_files::source(&graph, &file.writer, "model").expect_err("no words").to_string();
        assert!(error.contains(says), "{name}: {error}");
    }
}

#[test]
fn words_that_are_dropped_in_training_are_noted() {
    let model = load_model(fixture("k1_merged_models.h5")).expect("a model");
    assert!(model.report().to_string().contains("`dropout` of whole words"), "{}", model.report());
}

#[test]
fn bilinear_of_keras_2_2_keeps_its_numbers() {
    check("bilinear", &fixture("k22_bilinear.h5"), &fixture("k22_bilinear_io.npz"));
    let model = load_model(fixture("k22_bilinear.h5")).expect("a model");
    assert!(model.report().to_string().contains("corner of a pixel"), "{}", model.report());
}

#[test]
fn attention_told_of_no_masks_computes_without_them() {
    for name in ["no_masks", "no_masks_named"] {
        check(name, &fixture(&format!("{name}.keras")), &fixture(&format!("{name}_io.npz")));
    }
}

#[test]
fn a_mask_that_is_handed_on_around_a_layer_is_refused() {
    let error = load_model(fixture("no_masks_used.keras")).expect_err("the mask is used behind").to_string();
    for part in ["`look`", "mask = [None, ...]", "`behind`"] {
        assert!(error.contains(part), "{error}");
    }
}

/// By Keras 3.15 (`tests/keras/make_file_inner_masks.py`): masks that models inside make, use and hand on, named in calls or not;
/// merges that compute with the masks of some of their tensors and hand none on; recurrent convolutions both ways, patches.
#[test]
fn masks_inside_of_models_and_merges_are_those_of_keras() {
    for name in ["inner_masks", "merged_masks", "both_ways_patches"] {
        check(name, &fixture(&format!("{name}.keras")), &fixture(&format!("{name}_io.npz")));
    }
}

/// By Keras 3.15 (`tests/keras/make_file_mixed.py`): a wrapper computes as the layer in it says. Both have the policy in a file.
#[test]
fn wrappers_of_16_bits_are_written_as_they_were_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.keras");
    let model = load_model(fixture("mixed_wrapper.keras")).expect("a model");
    model.save(&path).expect("a file");
    let x = arrays(&fixture("mixed_wrapper_io.npz"), "input_").remove(0);
    let numbers = |model: &LoadedModel| model.predict(&x).expect("outputs").to_vec().expect("numbers");
    assert_eq!(numbers(&load_model(&path).expect("a model")), numbers(&model));
    // Of 8 significant bits.
    let wanted = &arrays(&fixture("mixed_wrapper_io.npz"), "output_")[0];
    let largest = wanted.iter().fold(0.0f32, |max, x| max.max(x.abs()));
    assert!(numbers(&model).iter().zip(wanted).all(|(a, b)| (a - b).abs() <= largest / 32.0));
    let read = ::keras_files::KerasFile::read(std::fs::read(&path).expect("bytes")).expect("an archive");
    let graph = read.graph().expect("a graph");
    let config = &graph.layer("bidirectional").expect("the layer").config;
    assert_eq!(config["dtype"], "mixed_bfloat16");
    assert_eq!(config["layer"]["config"]["dtype"], "mixed_bfloat16");
}

/// As Keras has it: a chain with a second output says no more of what is connected than one without.
#[test]
fn a_chain_of_several_outputs_is_summarised_as_a_chain() {
    let model = load_model(fixture("chain_outputs.keras")).expect("a model");
    let wanted = std::fs::read_to_string(fixture("chain_outputs.txt")).expect("a text");
    assert_eq!(model.summary().to_string().trim(), wanted.trim());
}

/// Of `tests/keras/make_file_written_elsewhere.py`, by TensorFlow 2.14 and Keras 3.15: layers of one class that 2.14 counts once each,
/// and boundaries of bins that were found in data, by tf_keras 2.21 also of models inside.
#[test]
fn archives_of_2_14_and_bins_of_data_give_the_numbers_of_their_writers() {
    check("chain", &fixture("k2_14_chain.keras"), &fixture("k2_14_chain_io.npz"));
    for (file, io) in [
        ("k2_bins.keras", "k2_bins_io.npz"),
        ("k2_bins.h5", "k2_bins_io.npz"),
        ("k2_bins_inside.keras", "k2_bins_inside_io.npz"),
        ("k2_bins_inside.h5", "k2_bins_inside_io.npz"),
        ("k3_bins.keras", "k3_bins_io.npz"),
        ("k3_bins.h5", "k3_bins_io.npz"),
    ] {
        check(file, &fixture(file), &fixture(io));
    }
}

/// `to_json` and `save_weights` of TensorFlow 2.14 and Keras 3.15; `hard_sigmoid` is that of each.
#[test]
fn an_architecture_takes_the_weights_of_another_file() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, weights) in [("k2_alone", "k2_alone_weights.h5"), ("k3_alone", "k3_alone.weights.h5")] {
        let text = fixture(&format!("{name}.json"));
        let model = LoadModel::new(&text).weights(fixture(weights)).run().expect("a model");
        let io = fixture(&format!("{name}_io.npz"));
        let found: AnyOutputs =
            model.predict_on_batch(&arrays(&io, "input_").iter().collect::<Vec<_>>()[..]).expect("outputs");
        let found = found.iter().next().expect("an output").to_vec().expect("numbers");
        assert_close(name, &found, &arrays(&io, "output_")[0]);

        let error = load_model(&text).expect_err("no weights").to_string();
        assert!(error.contains("without its weights") && error.contains(".weights("), "{error}");
        // As Python writes a text that is dumped once more.
        let again = folder.path().join("again.json");
        let quoted = serde_json::to_string(&std::fs::read_to_string(&text).expect("a text")).expect("JSON");
        std::fs::write(&again, quoted).expect("a file");
        LoadModel::new(&again).weights(fixture(weights)).run().expect("the same model");
    }
}

#[test]
fn files_that_are_none_of_keras_are_told_by_what_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("model.h5");
    std::fs::write(&path, "version https://git-lfs.github.com/spec/v1\noid sha256:5e23\nsize 80482608\n")
        .expect("a file");
    let error = load_model(&path).expect_err("a pointer").to_string();
    assert!(error.contains("`git lfs pull`"), "{error}");
    let mut model = model!(Input(2) => Dense(1));
    let error = model.load_weights(&path).expect_err("a pointer").to_string();
    assert!(error.contains("`git lfs pull`"), "{error}");
}
