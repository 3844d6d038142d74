//! Models that take strings: numbers are those of Keras 3.15 on TensorFlow.

use keras_core::prelude::*;
use ndarray::{Array2, arr2};

model! {
    /// Strings and numbers side by side, as in Keras's example of structured data.
    pub struct Records {
        let kind = Input(1, dtype = string);
        let notes = Input(1, dtype = string);
        let numbers = Input(2);
        let of_kind = kind => StringLookup(vocabulary = ["the", "cat", "dog"], output_mode = one_hot);
        let of_notes = notes
            => TextVectorization(vocabulary = ["the", "cat", "dog"])
            => Embedding(5, 3)
            => GlobalAveragePooling1D();
        [of_kind, of_notes, numbers] => Concatenate() => Dense(1)
    }
}

#[test]
fn a_text_is_the_places_of_its_words() {
    let model = model!(Input(1, dtype = string) => TextVectorization(vocabulary = ["the", "cat", "dog"]));
    let y = model.predict(&["the cat sat", "the dog, the cat"]).unwrap();
    assert_eq!(y.shape(), [2, 4]);
    assert_eq!(y.to_vec().unwrap(), [2.0, 3.0, 1.0, 0.0, 2.0, 4.0, 2.0, 3.0]);
    assert_eq!(*model.predict_one("the cat sat").unwrap(), [2.0, 3.0, 1.0]);
    // Nothing of it is a word: one place of padding.
    assert_eq!(*model.predict_one("...").unwrap(), [0.0]);
}

#[test]
fn modes_of_texts_are_those_of_keras() {
    let texts = ["the cat sat", "the dog, the cat"];
    let model = model!(Input(1, dtype = string)
        => TextVectorization(vocabulary = ["the", "cat", "dog"], output_mode = "multi_hot"));
    assert_eq!(model.predict(&texts).unwrap().to_vec().unwrap(), [1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0]);
    let model = model!(Input(dtype = string)
        => TextVectorization(vocabulary = ["the", "cat", "dog"], output_mode = "count"));
    assert_eq!(model.predict(&texts).unwrap().to_vec().unwrap(), [1.0, 1.0, 1.0, 0.0, 0.0, 2.0, 1.0, 1.0]);
    let model = model!(Input(1, dtype = string) => TextVectorization(
        vocabulary = ["the", "cat", "dog"], output_mode = tf_idf, idf_weights = [0.5, 0.2, 0.3]));
    let y = model.predict(&texts).unwrap().to_vec().unwrap();
    let wanted = [1.0 / 3.0, 0.5, 0.2, 0.0, 0.0, 1.0, 0.2, 0.3];
    assert!(y.iter().zip(wanted).all(|(y, wanted)| (y - wanted).abs() < 1e-6), "{y:?}");
    let model =
        model!(Input(1, dtype = string) => TextVectorization(vocabulary = ["the", "cat", "dog"], ngrams = 2));
    let y = model.predict(&texts).unwrap();
    assert_eq!(y.shape(), [2, 7]);
    assert_eq!(y.to_vec().unwrap(), [2., 3., 1., 1., 1., 0., 0., 2., 4., 2., 3., 1., 1., 1.]);
    let model = model!(Input(1, dtype = string)
        => TextVectorization(vocabulary = ["the", "cat", "dog"], output_sequence_length = 4));
    assert_eq!(model.predict(&texts).unwrap().to_vec().unwrap(), [2., 3., 1., 0., 2., 4., 2., 3.]);
    let model = model!(Input(1, dtype = string) => TextVectorization(vocabulary = ["the", "cat", "dog"],
        max_tokens = 10, pad_to_max_tokens = true, output_mode = multi_hot));
    let y = model.predict(&texts).unwrap();
    assert_eq!((y.shape(), &y.to_vec().unwrap()[..5]), (vec![2, 10], &[1., 1., 1., 0., 0.][..]));
}

#[test]
fn words_are_looked_up_as_in_keras() {
    let rows = [["the", "", "q"], ["x", "cat", "dog"]];
    let model =
        model!(Input(3, dtype = string) => StringLookup(vocabulary = ["the", "cat", "dog"], mask_token = ""));
    assert_eq!(model.predict(&rows).unwrap().to_vec().unwrap(), [2., 0., 1., 1., 3., 4.]);
    assert_eq!(*model.predict_one(&rows[0]).unwrap(), [2., 0., 1.]);
    let rows =
        vec![vec!["the".to_string(), "the".into(), "q".into()], vec!["x".into(), "cat".into(), "dog".into()]];
    let model = model!(Input(3, dtype = string)
        => StringLookup(vocabulary = ["the", "cat", "dog"], output_mode = count));
    assert_eq!(model.predict(&rows).unwrap().to_vec().unwrap(), [1., 2., 0., 0., 1., 0., 1., 1.]);
    let model = model!(Input(3, dtype = string)
        => StringLookup(vocabulary = ["the", "cat", "dog"], output_mode = one_hot));
    assert_eq!(model.predict(&rows).unwrap().shape(), [2, 3, 4]);
}

#[test]
fn buckets_of_words_are_those_of_keras() {
    let words = ["the", "x"].map(String::from).to_vec();
    let hashed = |model: &dyn Fn(&Vec<String>) -> Vec<f32>| model(&words);
    let model = model!(Input(1, dtype = string) => Hashing(5));
    assert_eq!(hashed(&|x| model.predict(x).unwrap().to_vec().unwrap()), [4., 0.]);
    let model = model!(Input(1, dtype = string) => Hashing(5, mask_value = "x"));
    assert_eq!(hashed(&|x| model.predict(x).unwrap().to_vec().unwrap()), [3., 0.]);
    let model = model!(Input(1, dtype = string) => Hashing(5, salt = [3, 4]));
    assert_eq!(hashed(&|x| model.predict(x).unwrap().to_vec().unwrap()), [3., 0.]);
    let model = model!(Input(1, dtype = string) => Hashing(5, output_mode = one_hot));
    assert_eq!(
        hashed(&|x| model.predict(x).unwrap().to_vec().unwrap()),
        [0., 0., 0., 0., 1., 1., 0., 0., 0., 0.]
    );
}

model! {
    struct Crossed {
        let word = Input(1, dtype = string);
        let number = Input(1, dtype = int32);
        [word, number] => HashedCrossing(7)
    }
}

#[test]
fn strings_and_integers_are_crossed() {
    let model = Crossed::new();
    let y = model.predict((&["x", "y", "zz"], &arr2(&[[1], [22], [-3]]))).unwrap();
    assert_eq!(y.to_vec().unwrap(), [0., 3., 0.]);
    assert_eq!(*model.predict_one(("y", &[22])).unwrap(), [3.0]);
}

fn records() -> (Vec<String>, Vec<&'static str>, Array2<f32>, Array2<f32>) {
    let kinds = ["the", "cat", "owl", "dog", "cat"].map(String::from).to_vec();
    let notes = vec!["the cat sat", "dog", "", "the the the the", "no such words"];
    let x = Array2::from_shape_fn((5, 2), |(i, j)| (i + j) as f32 / 5.0);
    let y = Array2::from_shape_fn((5, 1), |(i, _)| i as f32);
    (kinds, notes, x, y)
}

#[test]
fn strings_and_numbers_are_mixed_and_trained_on() {
    set_random_seed(3);
    let (kinds, notes, x, y) = records();
    let mut model = Records::new().compile(Adam::new(0.05), MeanSquaredError::new(), ());
    let before = model.evaluate((&kinds, &notes, &x), &y).verbose(0).run().unwrap();
    model.fit((&kinds, &notes, &x), &y).epochs(60).batch_size(2).verbose(0).run().unwrap();
    let after = model.evaluate((&kinds, &notes, &x), &y).verbose(0).run().unwrap();
    assert!(after.loss() < 0.2 * before.loss(), "{before} {after}");
    let all =
        model.predict(RecordsInputs { kind: &kinds, notes: &notes, numbers: &x }).unwrap().to_vec().unwrap();
    let row: Vec<f32> = x.row(3).to_vec();
    let one = model.predict_one((&kinds[3], notes[3], &row)).unwrap();
    assert!((one[0] - all[3]).abs() < 1e-5);
    let y0 = model.train_on_batch((&kinds, &notes, &x), &y).unwrap();
    assert!(y0[0].1.is_finite());
}

#[test]
fn the_summary_is_that_of_keras() {
    let text = Records::new().summary().to_string();
    assert!(text.contains("(StringLookup)") && text.contains("(TextVectorization)"), "{text}");
}

#[test]
fn numbers_for_strings_and_strings_for_numbers_are_refused_in_words() {
    let numbers = model!(Input(1) => Dense(2));
    let error = numbers.predict(&["a", "b"]).unwrap_err().to_string();
    assert!(error.contains("takes numbers, found strings"), "{error}");
    let rows = [vec!["a"], vec!["a", "b"]];
    let strings = model!(Input(1, dtype = string) => StringLookup(vocabulary = ["a"]));
    let error = strings.predict(&rows).unwrap_err().to_string();
    assert!(error.contains("sample 1 has 2 strings, and those before 1"), "{error}");
}

#[test]
fn a_vocabulary_is_learnt_from_data() {
    let mut model = model!(Input(1, dtype = string) => StringLookup() => Embedding(5, 2) => Flatten());
    let error = model.predict(&["a"]).unwrap_err().to_string();
    assert!(error.contains("there is no vocabulary yet"), "{error}");
    model.string_lookup.adapt(&["b", "a", "b", "c"]).unwrap();
    assert_eq!(model.string_lookup.get_vocabulary().unwrap(), ["[UNK]", "b", "c", "a"]);
    assert_eq!(model.predict(&["a", "zz"]).unwrap().shape(), [2, 2]);
    let mut model = model!(Input(1, dtype = string) => TextVectorization(max_tokens = 20));
    model.text_vectorization.adapt(&["hi you", "you there"]).unwrap();
    assert_eq!(model.text_vectorization.get_vocabulary().unwrap(), ["", "[UNK]", "you", "there", "hi"]);
    assert_eq!(*model.predict_one("Hi, there!").unwrap(), [4.0, 3.0]);
    let mut model = model!(Input(1, dtype = string) => StringLookup(vocabulary = ["a"]));
    assert!(model.string_lookup.adapt(&["b"]).unwrap_err().to_string().contains("given as an argument"));
}

/// The numbers are those of Keras 3.15 on TensorFlow: `StringLookup(output_mode="tf_idf", ...)`, `set_vocabulary(vocab, weights)`.
#[test]
fn vocabularies_are_set_with_weights() {
    let mut model = model!(Input(4, dtype = string)
        => StringLookup(output_mode = tf_idf, max_tokens = 6, pad_to_max_tokens = true));
    let data = [["a", "c", "d", "d"], ["d", "z", "b", "z"]];
    assert!(model.predict(&data).unwrap_err().to_string().contains("there is no vocabulary yet"));
    let layer = &mut model.string_lookup;
    assert!(layer.set_vocabulary(&["a", "b"]).unwrap_err().to_string().contains("needs a weight"));
    layer.set_weighted_vocabulary(&["a", "b", "c", "d"], &[0.25, 0.75, 0.6, 0.4]).unwrap();
    assert_eq!(layer.get_vocabulary_without_special_tokens().unwrap(), ["a", "b", "c", "d"]);
    assert_eq!(layer.vocabulary_size().unwrap(), 5);
    let wanted = [0., 0.25, 0., 0.6, 0.8, 0., 1., 0., 0.75, 0., 0.4, 0.];
    assert_eq!(model.predict(&data).unwrap().to_vec().unwrap(), wanted);
    // Of rows as samples: ln(1 + 2 / (1 + rows with the token)).
    model.string_lookup.adapt(&data).unwrap();
    assert_eq!(model.string_lookup.get_vocabulary().unwrap(), ["[UNK]", "d", "z", "c", "b", "a"]);
    let (two, one) = ((1.0f64 + 2.0 / 3.0).ln() as f32, 2f32.ln());
    let y = model.predict(&data).unwrap().to_vec().unwrap();
    let wanted = [0., 2. * two, 0., one, 0., one, 0., two, 2. * one, 0., one, 0.];
    assert!(y.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-6), "{y:?}");
    // One that is an argument is replaced by one of the same length, as the output is as wide.
    let mut given =
        model!(Input(1, dtype = string) => StringLookup(vocabulary = ["a", "b"], output_mode = multi_hot));
    given.string_lookup.set_vocabulary(&["c", "d"]).unwrap();
    assert_eq!(given.predict(&["c", "a"]).unwrap().to_vec().unwrap(), [0., 1., 0., 1., 0., 0.]);
    let error = given.string_lookup.set_vocabulary(&["c", "d", "e"]).unwrap_err().to_string();
    assert!(error.contains("3 places; found 4"), "{error}");
    assert!(given.string_lookup.adapt(&["c", "d"]).unwrap_err().to_string().contains("given as an argument"));
}

/// Strings go through layers and operations that move them: the places are those of Keras 3.15 on TensorFlow.
#[test]
fn strings_are_moved_before_they_are_looked_up() {
    let x = arr2(&[["a", "b"], ["c", "q"]]);
    macro_rules! places {
        ($model:expr) => {{
            let y = $model.predict(&x).unwrap();
            (y.shape(), y.to_vec().unwrap())
        }};
    }
    let model =
        model!(Input(2, dtype = string) => Reshape((2, 1)) => StringLookup(vocabulary = ["a", "b", "c"]));
    assert_eq!(places!(model), (vec![2, 2, 1], vec![1., 2., 3., 0.]));
    let model = model!(Input(2, dtype = string) => Identity() => Flatten() => StringLookup(vocabulary = ["a", "b", "c"]));
    assert_eq!(places!(model), (vec![2, 2], vec![1., 2., 3., 0.]));
    let model = model!(Input(2, dtype = string) => RepeatVector(2) => Permute((2, 1)) => Cropping1D((1, 0))
        => StringLookup(vocabulary = ["a", "b", "c"]));
    assert_eq!(places!(model), (vec![2, 1, 2], vec![2., 2., 0., 0.]));
    let model = model! {
        let x = Input(2, dtype = string);
        let twice = [x, x] => Concatenate();
        twice => StringLookup(vocabulary = ["a", "b", "c"])
    };
    assert_eq!(places!(model), (vec![2, 4], vec![1., 2., 1., 2., 3., 0., 3., 0.]));
    let model = model! {
        let x = Input(2, dtype = string);
        let last = x[.., 1..];
        let both = ops::stack([x, x], axis = 1);
        let wide = ops::expand_dims(x, axis = -1);
        let a = last => StringLookup(vocabulary = ["a", "b", "c"]);
        let b = both => StringLookup(vocabulary = ["a", "b", "c"]);
        let c = wide => StringLookup(vocabulary = ["a", "b", "c"]);
        let text = x[.., ..1] => TextVectorization(vocabulary = ["a", "b", "c"]);
        let hashed = x[.., ..1] => Hashing(5);
        (a, b, c, text, hashed)
    };
    let (a, b, c, text, hashed) = model.predict(&x).unwrap();
    assert_eq!(a.to_vec().unwrap(), [2., 0.]);
    assert_eq!(b.to_vec().unwrap(), [1., 2., 1., 2., 3., 0., 3., 0.]);
    assert_eq!(c.shape(), [2, 2, 1]);
    assert_eq!((text.shape(), text.to_vec().unwrap()), (vec![2, 1], vec![2., 4.]));
    assert_eq!(hashed.to_vec().unwrap(), [4., 2.]);
    let one = model.predict_one(&["c", "q"]).unwrap();
    assert_eq!((&*one.0, &*one.3, &*one.4), (&[0.][..], &[4.][..], &[2.][..]));
}

/// The length of moved texts is that of their own longest, not of those that are left out; and files keep what moves them.
#[test]
fn moved_texts_have_lengths_of_their_own() {
    let rows = arr2(&[["the cat", "the dog the cat sat"], ["dog", "a"]]);
    let model = model! {
        let x = Input(2, dtype = string);
        x[.., ..1] => TextVectorization(vocabulary = ["the", "cat", "dog"]) => Embedding(5, 2) => GlobalAveragePooling1D() => Dense(1)
    };
    let first = model!(Input(1, dtype = string)
        => TextVectorization(vocabulary = ["the", "cat", "dog"]) => Embedding(5, 2) => GlobalAveragePooling1D() => Dense(1));
    let mut first = first;
    let weights: Vec<Raw> = model.weights().into_iter().map(|(_, raw)| raw).collect();
    first.set_weights(&weights).unwrap();
    let wanted = first.predict(&["the cat", "dog"]).unwrap().to_vec().unwrap();
    assert_eq!(model.predict(&rows).unwrap().to_vec().unwrap(), wanted);
    assert_eq!(model.predict_one(&["the cat", "the dog the cat sat"]).unwrap()[0], wanted[0]);
    let path = tempfile::tempdir().unwrap();
    let path = path.path().join("moved.keras");
    model.save(&path).unwrap();
    assert_eq!(load_model(&path).unwrap().predict(&rows).unwrap().to_vec().unwrap(), wanted);
}

#[test]
fn files_keep_strings_and_vocabularies() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.keras");
    let (kinds, notes, x, _) = records();
    let model = Records::with_seed(5);
    model.save(&path).unwrap();
    let loaded = load_model(&path).unwrap();
    let (a, b) =
        (model.predict((&kinds, &notes, &x)).unwrap(), loaded.predict((&kinds, &notes, &x)).unwrap());
    assert_eq!(a.to_vec().unwrap(), b.to_vec().unwrap());
    let mut model = model!(Input(1, dtype = string) => StringLookup());
    model.string_lookup.adapt(&["b", "a", "b", "c"]).unwrap();
    model.save(&path).unwrap();
    let loaded = load_model(&path).unwrap();
    assert_eq!(loaded.predict(&vec!["a", "b", "q"]).unwrap().to_vec().unwrap(), [3., 1., 0.]);
    let error = loaded.predict(&arr2(&[[1.0f32]])).unwrap_err().to_string();
    assert!(error.contains("takes strings"), "{error}");
}

/// Arrays of strings, in rows and without an axis of 1, owned and not.
#[test]
fn arrays_of_strings_are_taken_as_lists_are() {
    let rows = arr2(&[["the", "", "q"], ["x", "cat", "dog"]]);
    let model =
        model!(Input(3, dtype = string) => StringLookup(vocabulary = ["the", "cat", "dog"], mask_token = ""));
    let wanted = [2., 0., 1., 1., 3., 4.];
    assert_eq!(model.predict(&rows).unwrap().to_vec().unwrap(), wanted);
    let owned = rows.mapv(String::from);
    assert_eq!(model.predict(&owned).unwrap().to_vec().unwrap(), wanted);
    assert_eq!(model.predict(&owned.view()).unwrap().to_vec().unwrap(), wanted);
    assert_eq!(model.predict(&owned.into_dyn()).unwrap().to_vec().unwrap(), wanted);
    // Column by column in memory.
    let turned = rows.t().as_standard_layout().to_owned();
    assert_eq!(model.predict(&turned.t()).unwrap().to_vec().unwrap(), wanted);
    let error = model.predict(&turned).unwrap_err().to_string();
    assert!(error.contains("axis 1"), "{error}");
    let (kinds, notes, x, y) = records();
    let (kinds, notes) = (ndarray::Array1::from_vec(kinds), ndarray::Array1::from_vec(notes));
    let model = Records::with_seed(3);
    let lists = model.predict((&kinds.to_vec(), &notes.to_vec(), &x)).unwrap();
    assert_eq!(model.predict((&kinds, &notes, &x)).unwrap().to_vec().unwrap(), lists.to_vec().unwrap());
    let column = kinds.insert_axis(ndarray::Axis(1));
    let mut model = model.compile(SGD::new(0.01), MeanSquaredError::new(), ());
    model.fit((&column, &notes, &x), &y).epochs(2).batch_size(2).verbose(0).run().unwrap();
}

model! {
    /// A file of Keras, by `string_files.py`.
    struct Ngrams from "fixtures/keras_files/text_ngrams.keras", embed = true
}

#[test]
fn a_model_of_a_file_takes_strings() {
    let model = Ngrams::pretrained().unwrap();
    let y = model.predict(&["The cat sat.", "dog the DOG, cat!"]).unwrap();
    assert_eq!(y.shape(), [2, 7]);
    assert_eq!(y.to_vec().unwrap(), [2., 3., 1., 6., 1., 0., 0., 4., 2., 4., 3., 1., 1., 1.]);
    assert_eq!(*model.predict_one("cat").unwrap(), [3.0]);
}
