//! Files of Keras 1.2.2 and 2.2.4 by those very versions (`tests/keras/make_old_files.py`), and what was another thing then.

use keras_core::prelude::*;

use super::keras_files::{check, fixture};

#[test]
fn layers_of_keras_1_give_its_numbers() {
    for name in [
        "k1_convlstm",
        "k1_convlstm_first",
        "k1_cosine",
        "k1_deconv_even",
        "k1_deconv_odd",
        "k1_deconv_valid",
        "k1_linear_input",
        "k1_merged_functional",
        "k1_merged_models",
        "k1_merged_with_itself",
        "k1_separable_first",
        "k1_shared_slopes",
        "k1_silent_first",
    ] {
        check(name, &fixture(&format!("{name}.h5")), &fixture(&format!("{name}_io.npz")));
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
