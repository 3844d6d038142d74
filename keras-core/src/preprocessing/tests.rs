//! What real Keras 3.15.1 gives on TensorFlow 2.

use ndarray::array;

use super::*;
use crate::Result;

const TEXTS: [&str; 4] =
    ["The quick brown fox, the lazy dog!", "A dog: the DOG", "quick quick fox", "\u{c4}pfel  und\tBirnen."];

#[test]
fn texts_are_those_of_keras() -> Result<()> {
    let mut words = TextVectorization::new();
    assert!(words.call(&["fox"]).is_err(), "without a vocabulary");
    words.adapt(&TEXTS)?;
    let expected = "|[UNK]|the|quick|dog|fox|\u{c4}pfel|und|lazy|brown|birnen|a";
    assert_eq!(words.get_vocabulary(), expected.split('|').collect::<Vec<_>>());
    let y = words.call(&["the fox und xyz", "", "dog \u{c4}pfel \u{e4}pfel"])?;
    assert_eq!(y, array![[2, 5, 7, 1], [0, 0, 0, 0], [4, 6, 1, 0]]);

    let mut words = TextVectorization::new().max_tokens(6).output_sequence_length(3);
    words.adapt(&TEXTS)?;
    assert_eq!(words.vocabulary_size(), 6);
    assert_eq!(words.call(&TEXTS)?, array![[2, 3, 1], [1, 4, 2], [3, 3, 5], [1, 1, 1]]);

    let mut words = TextVectorization::new().ngrams(2).standardize(Standardize::Lower);
    words.adapt(&TEXTS)?;
    assert_eq!(words.get_vocabulary()[4..8], ["\u{c4}pfel und", "\u{c4}pfel", "und birnen.", "und"]);
    assert_eq!(words.call(&TEXTS[1..3])?, array![[27, 20, 2, 22, 26, 19, 10], [3, 3, 18, 11, 12, 0, 0]]);

    let mut words =
        TextVectorization::new().split(Split::Character).standardize(Standardize::StripPunctuation);
    words.adapt(&["ab,c", "bc \u{e9}"])?;
    assert_eq!(words.get_vocabulary(), ["", "[UNK]", "c", "b", "\u{e9}", "a", " "]);
    assert_eq!(words.call(&["a \u{e9}!z"])?, array![[5, 6, 4, 1]]);
    Ok(())
}

#[test]
fn encoded_texts_are_those_of_keras() -> Result<()> {
    let encoded = |mode| {
        let mut words = TextVectorization::new().output_mode(mode).max_tokens(9).pad_to_max_tokens(true);
        words.adapt(&TEXTS)?;
        words.encode(&["the fox und xyz the"])
    };
    assert_eq!(encoded(OutputMode::MultiHot)?, array![[1., 1., 0., 0., 1., 0., 1., 0., 0.]]);
    assert_eq!(encoded(OutputMode::Count)?, array![[1., 2., 0., 0., 1., 0., 1., 0., 0.]]);
    let expected = [0.972_955_1, 1.694_595_7, 0., 0., 0.847_297_85, 0., 1.098_612_3, 0., 0.];
    let found = encoded(OutputMode::TfIdf)?;
    assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found}");
    Ok(())
}

#[test]
fn words_are_those_of_keras() -> Result<()> {
    let mut words = StringLookup::new();
    words.adapt(&["b", "a", "b", "c", "a"])?;
    assert_eq!(words.get_vocabulary(), ["[UNK]", "b", "a", "c"]);
    assert_eq!(words.call(&["a", "z", "b"])?, array![2, 0, 1]);

    let all = ["a", "z", "", "hello", "b", "world"];
    let mut words = StringLookup::new().num_oov_indices(5).mask_token("");
    words.set_vocabulary(["a", "b"])?;
    assert_eq!(words.call(&all)?, array![6, 3, 0, 2, 7, 4]);
    let mut words = StringLookup::new().num_oov_indices(5).salt(3, 4);
    words.set_vocabulary(["a", "b"])?;
    assert_eq!(words.call(&all)?, array![5, 3, 1, 4, 6, 1]);

    let samples = [vec!["a", "z", "a"], vec!["b", "b", "b"]];
    let mut words = StringLookup::new().output_mode(OutputMode::Count);
    words.set_vocabulary(["a", "b"])?;
    assert_eq!(words.encode(&samples)?, array![[1., 2., 0.], [0., 0., 3.]]);
    let mut words = StringLookup::new().output_mode(OutputMode::TfIdf);
    assert!(words.set_vocabulary(["a", "b"]).is_err(), "without weights");
    words.set_weighted_vocabulary(["a", "b"], &[0.5, 2.0])?;
    assert_eq!(words.encode(&samples)?, array![[1.25, 1., 0.], [0., 0., 6.]]);

    let mut words = StringLookup::new().mask_token("");
    words.set_vocabulary(["", "[UNK]", "a", "b"])?;
    assert_eq!(words.invert(&[0, 1, 2, 3, 9])?.to_vec(), ["", "[UNK]", "a", "b", "[UNK]"]);
    Ok(())
}

#[test]
fn integers_are_those_of_keras() -> Result<()> {
    let mut numbers = IntegerLookup::new();
    numbers.adapt(&[5, 7, 5, -3, 7, 5])?;
    assert_eq!(numbers.get_vocabulary(), [-1, 5, 7, -3]);
    assert_eq!(numbers.call(&[5, 1, -3])?, array![1, 0, 3]);
    let all: [i64; 4] = [10, 11, -5, 12_345_678_901];
    let mut numbers = IntegerLookup::new().num_oov_indices(4);
    numbers.set_vocabulary([10, 20])?;
    assert_eq!(numbers.call(&all)?, array![4, 3, 3, 1]);
    let mut numbers = IntegerLookup::new().num_oov_indices(4).farmhash();
    numbers.set_vocabulary([10, 20])?;
    assert_eq!(numbers.call(&all)?, array![4, 3, 0, 0]);
    Ok(())
}

#[test]
fn hashes_of_words_are_those_of_keras() -> Result<()> {
    let long = "a longer text that has more than sixty four bytes, so that blocks are hashed too";
    let found = Hashing::new(1_000_003).call(&["a", "\u{c4}pfel", "", long])?;
    assert_eq!(found, array![291_400, 691_320, 377_723, 835_364]);
    let hashing = Hashing::new(7).mask_value("a").salt(5, 6);
    assert_eq!(hashing.call(&["a", "\u{c4}pfel", "", "word"])?, array![0, 2, 1, 5]);
    assert!(Hashing::new(0).call(&["a"]).is_err());
    Ok(())
}

#[test]
fn boundaries_are_those_of_keras() -> Result<()> {
    let x: Vec<f32> = (0..500u32).map(|i| (i * 7919 % 1009) as f32 / 10.0).collect();
    let near = |found: &[f32], expected: &[f32]| {
        assert!(
            found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 2e-5),
            "{found:?} {expected:?}"
        );
    };
    let mut bins = Discretization::new(5);
    bins.adapt(&x)?;
    near(bins.bin_boundaries(), &[19.999_985, 40.199_986, 60.399_99, 80.399_994]);
    let mut bins = Discretization::new(4).epsilon(0.05);
    bins.adapt(&x[..300])?;
    bins.adapt(&x[300..])?;
    near(bins.bin_boundaries(), &[25.000_004, 50.500_004, 75.7]);
    let mut bins = Discretization::new(3);
    assert!(bins.call(&[1.0]).is_err(), "without boundaries");
    bins.adapt(&[1.0, 5.0, 2.0, 8.0, 3.0])?;
    near(bins.bin_boundaries(), &[1.666_666_6, 3.666_666_5]);
    assert_eq!(bins.call(&[0.0, 2.0, 2.5, 9.0])?, array![0, 1, 1, 2]);
    Ok(())
}

#[test]
fn mistakes_are_told_in_words() {
    let message = |result: Result<()>| result.unwrap_err().to_string();
    let set = |words: &[&str]| {
        StringLookup::new().mask_token("m").max_tokens(4).set_vocabulary(words.iter().copied())
    };
    assert!(message(set(&["a", "b", "a"])).contains("\"a\" stands twice"));
    assert!(message(set(&["a", "m"])).contains("`mask_token`"));
    assert!(message(set(&["a", "b", "c"])).contains("`max_tokens` is 4"));
    assert!(message(set(&[])).contains("empty"));
    let mut strict = StringLookup::new().num_oov_indices(0);
    strict.set_vocabulary(["a"]).unwrap();
    assert!(strict.call(&["b"]).unwrap_err().to_string().contains("\"b\" is not in the vocabulary"));
    // What is set may be learnt anew; what is given as an argument not.
    strict.adapt(&["b"]).unwrap();
    assert_eq!(strict.get_vocabulary(), ["b"]);
    assert!(message(strict.vocabulary(["a"]).unwrap().adapt(&["b"])).contains("given as an argument"));
}

/// The examples of Keras's documentation of `StringLookup`, with the numbers that Keras 3.15 gives.
#[test]
fn examples_of_string_lookup() -> Result<()> {
    let vocab = ["a", "b", "c", "d"];
    let data = [["a", "c", "d"], ["d", "z", "b"]];
    assert_eq!(StringLookup::new().vocabulary(vocab)?.call(&data)?, array![[1, 3, 4], [4, 0, 2]]);
    let mut layer = StringLookup::new();
    layer.adapt(&data)?;
    assert_eq!(layer.get_vocabulary(), ["[UNK]", "d", "z", "c", "b", "a"]);
    assert_eq!(layer.get_vocabulary_without_special_tokens(), ["d", "z", "c", "b", "a"]);
    assert_eq!(layer.call(&data)?, array![[5, 3, 1], [1, 2, 4]]);
    let layer = StringLookup::new().num_oov_indices(2).vocabulary(vocab)?;
    assert_eq!(layer.call(&[["a", "c", "d"], ["m", "z", "b"]])?, array![[2, 4, 5], [0, 1, 3]]);
    let layer = StringLookup::new().output_mode(OutputMode::OneHot).vocabulary(vocab)?;
    let one_hot = layer.encode(&["a", "b", "c", "d", "z"])?;
    let rows = array![[0., 1., 0., 0., 0.], [0., 0., 1., 0., 0.], [0., 0., 0., 1., 0.], [0., 0., 0., 0., 1.]];
    assert_eq!(one_hot.slice(ndarray::s![..4, ..]), rows);
    assert_eq!(one_hot.row(4), array![1., 0., 0., 0., 0.]);
    let data = [["a", "c", "d", "d"], ["d", "z", "b", "z"]];
    let layer = StringLookup::new().output_mode(OutputMode::MultiHot).vocabulary(vocab)?;
    assert_eq!(layer.encode(&data)?, array![[0., 1., 0., 1., 1.], [1., 0., 1., 0., 1.]]);
    // One list is one sample.
    assert_eq!(layer.encode(&data[1])?, array![[1., 0., 1., 0., 1.]]);
    let layer = StringLookup::new().output_mode(OutputMode::Count).vocabulary(vocab)?;
    assert_eq!(layer.encode(&data)?, array![[0., 1., 0., 1., 2.], [2., 0., 1., 0., 1.]]);
    let mut layer = StringLookup::new().output_mode(OutputMode::TfIdf);
    layer.set_weighted_vocabulary(vocab, &[0.25, 0.75, 0.6, 0.4])?;
    assert_eq!(layer.encode(&data)?, array![[0., 0.25, 0., 0.6, 0.8], [1.0, 0., 0.75, 0., 0.4]]);
    layer.set_weighted_vocabulary(["[UNK]", "a", "b", "c", "d"], &[0.9, 0.25, 0.75, 0.6, 0.4])?;
    let wanted = array![[0., 0.25, 0., 0.6, 0.8], [1.8, 0., 0.75, 0., 0.4]];
    assert_eq!(layer.encode(&data)?, wanted);
    let layer = StringLookup::new().output_mode(OutputMode::TfIdf).idf_weights(&[0.9, 0.25, 0.75, 0.6, 0.4]);
    assert_eq!(layer.vocabulary(["[UNK]", "a", "b", "c", "d"])?.encode(&data)?, wanted);
    let layer = StringLookup::new().vocabulary(vocab)?;
    let words = array![["a", "c", "d"], ["d", "[UNK]", "b"]];
    assert_eq!(layer.invert(&[[1, 3, 4], [4, 0, 2]])?, words);
    assert_eq!(layer.invert(&layer.call(&[["a", "c", "d"], ["d", "z", "b"]])?)?, words);
    assert!(layer.call(&[vec!["a"], vec!["a", "b"]]).is_err(), "rows of different lengths");
    Ok(())
}

/// Those of `IntegerLookup` and `TextVectorization`.
#[test]
fn examples_of_the_other_lookups() -> Result<()> {
    let vocab = [12, 36, 1138, 42];
    let data = [[12, 1138, 42], [42, 1000, 36]];
    assert_eq!(IntegerLookup::new().vocabulary(vocab)?.call(&data)?, array![[1, 3, 4], [4, 0, 2]]);
    let mut layer = IntegerLookup::new();
    layer.adapt(&data)?;
    assert_eq!(layer.get_vocabulary(), [-1, 42, 1138, 1000, 36, 12]);
    assert_eq!(layer.call(&data)?, array![[5, 2, 1], [1, 3, 4]]);
    let layer = IntegerLookup::new().num_oov_indices(2).vocabulary(vocab)?;
    assert_eq!(layer.call(&[[12, 1138, 42], [37, 1000, 36]])?, array![[2, 4, 5], [1, 0, 3]]);
    let data = [[12, 1138, 42, 42], [42, 7, 36, 7]];
    let layer = IntegerLookup::new().output_mode(OutputMode::TfIdf).idf_weights(&[0.25, 0.75, 0.6, 0.4]);
    assert_eq!(
        layer.vocabulary(vocab)?.encode(&data)?,
        array![[0., 0.25, 0., 0.6, 0.8], [1.0, 0., 0.75, 0., 0.4]]
    );
    let layer = IntegerLookup::new().vocabulary(vocab)?;
    assert_eq!(layer.invert(&[[1, 3, 4], [4, 0, 2]])?, array![[12, 1138, 42], [42, -1, 36]]);

    let mut words = TextVectorization::new().max_tokens(5000).output_sequence_length(4);
    words.adapt(&["foo bar", "bar baz", "baz bada boom"])?;
    assert_eq!(words.call(&[["foo qux bar"], ["qux baz"]])?, array![[4, 1, 3, 0], [1, 2, 0, 0]]);
    let words = words.vocabulary(["earth", "wind", "and", "fire"])?;
    assert_eq!(words.get_vocabulary(), ["", "[UNK]", "earth", "wind", "and", "fire"]);
    assert!(words.call(&[["a", "b"]]).is_err(), "two texts in a row");
    Ok(())
}
