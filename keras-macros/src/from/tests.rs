use quote::quote;

use crate::model_impl;

/// What the compiler is told, and the rest.
fn said(tokens: proc_macro2::TokenStream) -> (Vec<String>, String) {
    let text = model_impl(tokens).to_string();
    let told = text.split(":: core :: compile_error !").skip(1);
    (told.map(|rest| rest.split('}').next().unwrap_or_default().to_string()).collect(), text)
}

#[cfg(not(feature = "from"))]
#[test]
fn without_the_readers_of_files_the_feature_is_named() {
    let (told, text) = said(quote! { pub struct Classifier from "models/classifier.keras" });
    assert!(told.iter().all(|told| told.contains("features = [\\\"files\\\"]")), "{told:?}");
    assert!(!told.is_empty() && text.contains("pub struct Classifier"), "{text}");
}

#[cfg(feature = "from")]
#[test]
fn models_inside_are_types_whose_names_begin_with_that_of_the_whole() {
    let path = "../tests/fixtures/keras_files/nested.keras";
    let (told, text) = said(quote! {
        /// A model.
        #[derive(Clone)]
        pub(crate) struct Nested from #path, embed = true
    });
    assert!(told.is_empty(), "{told:?}");
    let models = text.replace("NestedInputs", "").matches("pub (crate) struct Nested").count();
    assert_eq!((text.matches("derive (Clone)").count(), models), (3, 3), "{text}");
    // One for the weights, one that makes the compiler look at the file.
    assert_eq!(text.matches("include_bytes !").count(), 2);
    assert!(syn::parse_str::<syn::File>(&text).is_ok());
}

#[cfg(feature = "from")]
#[test]
fn what_is_wrong_is_told_with_a_type_that_is_still_there() {
    for (path, words) in [
        ("none.keras", "there is no file `none.keras`"),
        ("Cargo.toml", "no file of Keras"),
        ("../tests/fixtures/keras_files/embed_io.npz", "not a file of Keras"),
        ("../tests/fixtures/keras_files/embed.h5", "keras convert embed.h5 embed.keras"),
        ("../tests/fixtures/keras_files/lambda.keras", "`lambda` is a `Lambda`"),
    ] {
        let (told, text) = said(quote! { struct Broken from #path });
        assert!(told.iter().all(|told| told.contains(words)) && !told.is_empty(), "{path}: {told:?}");
        assert!(text.contains("struct Broken") && text.contains("fn pretrained"), "{path}: {text}");
        assert!(syn::parse_str::<syn::File>(&text).is_ok(), "{path}");
    }
}

#[test]
fn what_is_written_wrong_is_told_in_words() {
    for (tokens, words) in [
        (quote! { struct A from model.keras }, "stands in quotes"),
        (quote! { struct A<const N: usize> from "a.keras" }, "no parameters"),
        (quote! { struct A from "a.keras" embed = true }, "behind the path stands nothing"),
        (quote! { struct A from "a.keras", embed = yes }, "behind the path stands nothing"),
        (quote! { struct A from "a.keras", embedded = true }, "`embedded` is no option"),
        (quote! { struct A from "a.keras", embed = true, embed = true }, "given twice"),
        (quote! { from "a.keras" }, "has a name"),
    ] {
        let (told, text) = said(tokens);
        assert!(told.iter().all(|told| told.contains(words)) && !told.is_empty(), "{words}: {text}");
    }
}

/// `tests/keras/string_files.py` writes it.
#[cfg(feature = "from")]
#[test]
fn numbers_that_a_layer_has_found_in_data_are_not_read() {
    let path = "../tests/fixtures/keras_files/learnt_tf_idf.keras";
    let (told, _) = said(quote! { pub struct Texts from #path });
    assert!(told.iter().any(|told| told.contains("`idf_weights` that it has found in data")), "{told:?}");
}
