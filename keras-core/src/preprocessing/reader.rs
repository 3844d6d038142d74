//! What a layer of a model makes of strings: numbers, before the plan of the model runs.

use std::borrow::Cow;

use keras_ops::fingerprint::{CROSSING, crossed, fingerprint};
use keras_shape::layers::{IntegerLookup, StringLookup, TextVectorization};
use keras_shape::{Integers, OovMethod, OutputMode, Vocabulary, Word};

use super::lookup::Lookup;
use super::string_lookup::bucket;
use super::text_vectorization::{Split, Standardize, TextVectorization as Words};
use crate::layers::key;
use crate::tensor::bits;
use crate::{Error, Result};

/// The strings or integers of a batch in front of such a layer, row by row.
pub(crate) enum Column<'a> {
    Strings(Vec<Cow<'a, str>>),
    Integers(Vec<i32>),
}

impl Column<'_> {
    /// The strings; none of integers.
    pub fn strings(&self) -> &[Cow<'_, str>] {
        match self {
            Column::Strings(strings) => strings,
            Column::Integers(_) => &[],
        }
    }

    /// The hash with which `HashedCrossing` crosses a value.
    fn feature(&self, i: usize) -> u64 {
        match self {
            Column::Strings(strings) => fingerprint(strings[i].as_bytes()),
            Column::Integers(integers) => i64::from(integers[i]) as u64,
        }
    }
}

/// A layer that reads strings, with its vocabulary in a table.
#[derive(Clone, Debug)]
pub(crate) enum Reader {
    Lookup(Lookup<String>),
    Integers(Lookup<i64>),
    Words(Words),
    Hashing { bins: usize, mask: Option<&'static str>, key: Option<[u64; 2]>, mode: OutputMode },
    Crossing { bins: usize, mode: OutputMode },
}

impl Reader {
    /// That of strings. A layer that has no vocabulary yet has an empty one.
    ///
    /// # Errors
    /// A string stands twice in the vocabulary, and the like.
    pub fn of_lookup(layer: &StringLookup) -> Result<Reader> {
        lookup(layer).map(Reader::Lookup)
    }

    /// That of integers. A layer that has no vocabulary yet has an empty one.
    ///
    /// # Errors
    /// An integer stands twice in the vocabulary, and the like.
    pub fn of_integers(layer: &IntegerLookup) -> Result<Reader> {
        integers(layer).map(Reader::Integers)
    }

    /// That of texts. A layer that has no vocabulary yet has an empty one.
    ///
    /// # Errors
    /// A word stands twice in the vocabulary, and the like.
    pub fn of_words(layer: &TextVectorization) -> Result<Reader> {
        words(layer).map(Reader::Words)
    }

    /// How many words the longest of these texts has; at least one, of padding.
    pub fn longest<'a>(&self, texts: impl Iterator<Item = &'a str>) -> usize {
        match self {
            Reader::Words(words) => texts.map(|text| words.words(text).len()).max().unwrap_or(0).max(1),
            _ => 1,
        }
    }

    /// The weights of all places, as wide as the output; none without `tf_idf`.
    #[cfg(feature = "files")]
    pub fn idf_weights(&self) -> Option<Vec<f32>> {
        match self {
            Reader::Lookup(lookup) => lookup.padded_weights(),
            Reader::Words(words) => words.lookup().padded_weights(),
            Reader::Integers(lookup) => lookup.padded_weights(),
            Reader::Hashing { .. } | Reader::Crossing { .. } => None,
        }
    }

    /// Makes the numbers of a batch: integers in the [bits] of an `f32` if the layer gives integers.
    ///
    /// # Errors
    /// There is no vocabulary; a string is not in it, and no place is kept for such.
    pub fn read(&self, columns: &[Column<'_>], samples: usize, out: &mut [f32]) -> Result<()> {
        out.fill(0.0);
        let [first, ..] = columns else { return Ok(()) };
        match self {
            Reader::Lookup(lookup) => {
                lookup.check_vocabulary()?;
                let strings = first.strings();
                let place = |i: usize| lookup.find(&*strings[i]);
                encode(lookup.output_mode, strings.len(), samples, out, &place, &|at| lookup.weight(at))
            }
            Reader::Integers(lookup) => {
                lookup.check_vocabulary()?;
                let Column::Integers(all) = first else { return Ok(()) };
                let place = |i: usize| lookup.find(&i64::from(all[i]));
                encode(lookup.output_mode, all.len(), samples, out, &place, &|at| lookup.weight(at))
            }
            Reader::Words(words) => words.read(first.strings(), samples, out),
            Reader::Hashing { bins, mask, key, mode } => {
                let strings = first.strings();
                let place = |i: usize| {
                    Ok(Some(match mask.filter(|_| *bins > 1) {
                        Some(mask) if mask == strings[i] => 0,
                        Some(_) => bucket(&strings[i], *bins as u64 - 1, *key) as usize + 1,
                        None => bucket(&strings[i], *bins as u64, *key) as usize,
                    }))
                };
                encode(*mode, strings.len(), samples, out, &place, &|_| 1.0)
            }
            Reader::Crossing { bins, mode } => {
                let place = |i: usize| {
                    let hash = columns.iter().map(|column| column.feature(i)).fold(CROSSING, crossed);
                    Ok(Some((hash % *bins as u64) as usize))
                };
                encode(*mode, samples, samples, out, &place, &|_| 1.0)
            }
        }
    }
}

/// Layers with a vocabulary of such tokens.
pub(crate) trait HasLookup<T> {
    /// The vocabulary, if there is one of these.
    fn lookup(&mut self) -> Option<&mut Lookup<T>>;

    /// The tokens of each sample.
    ///
    /// # Errors
    /// There are several texts in a sample.
    fn samples(&self, rows: Vec<Vec<T>>) -> Result<Vec<Vec<T>>>;
}

impl HasLookup<String> for Reader {
    fn lookup(&mut self) -> Option<&mut Lookup<String>> {
        match self {
            Reader::Lookup(lookup) => Some(lookup),
            Reader::Words(words) => Some(words.lookup_mut()),
            Reader::Integers(_) | Reader::Hashing { .. } | Reader::Crossing { .. } => None,
        }
    }

    fn samples(&self, rows: Vec<Vec<String>>) -> Result<Vec<Vec<String>>> {
        match self {
            Reader::Words(words) => words.all(&rows),
            _ => Ok(rows),
        }
    }
}

impl HasLookup<i64> for Reader {
    fn lookup(&mut self) -> Option<&mut Lookup<i64>> {
        match self {
            Reader::Integers(lookup) => Some(lookup),
            _ => None,
        }
    }

    fn samples(&self, rows: Vec<Vec<i64>>) -> Result<Vec<Vec<i64>>> {
        Ok(rows)
    }
}

/// Writes places as the mode has them: as they are, as a row for each, or as a row for each sample.
pub(super) fn encode(
    mode: OutputMode,
    count: usize,
    samples: usize,
    out: &mut [f32],
    place: &dyn Fn(usize) -> Result<Option<usize>>,
    weight: &dyn Fn(usize) -> f32,
) -> Result<()> {
    let (rows, per_row) = match mode {
        OutputMode::Int | OutputMode::OneHot => (count, 1),
        OutputMode::MultiHot | OutputMode::Count | OutputMode::TfIdf => (samples, count / samples.max(1)),
    };
    let width = out.len() / rows.max(1);
    for (row, out) in out.chunks_exact_mut(width.max(1)).enumerate() {
        for i in row * per_row..(row + 1) * per_row {
            let found = place(i)?;
            if mode == OutputMode::Int {
                out[0] = bits(found.map_or(0, |place| place as i32));
                continue;
            }
            let Some(found) = found else { continue };
            let Some(to) = out.get_mut(found) else {
                return Err(Error::layer(format!(
                    "the vocabulary has a place {found}, and the output is {width} wide"
                )));
            };
            match mode {
                OutputMode::Count => *to += 1.0,
                OutputMode::TfIdf => *to += weight(found),
                _ => *to = 1.0,
            }
        }
    }
    Ok(())
}

fn weights(numbers: Option<keras_shape::Numbers>) -> Option<Vec<f32>> {
    numbers.map(|numbers| numbers.0.iter().map(|x| *x as f32).collect())
}

fn owned(vocabulary: Vocabulary) -> Vec<String> {
    vocabulary.0.iter().map(|word| (*word).to_string()).collect()
}

fn lookup(layer: &StringLookup) -> Result<Lookup<String>> {
    let mut lookup = Lookup::new(layer.oov_token.0.to_string());
    lookup.max_tokens = layer.max_tokens.and_then(|size| size.known());
    lookup.num_oov_indices = layer.num_oov_indices.or(1);
    lookup.mask_token = layer.mask_token.map(|Word(mask)| mask.to_string());
    lookup.output_mode = layer.output_mode;
    lookup.pad_to_max_tokens = layer.pad_to_max_tokens;
    lookup.key = key(layer.salt);
    if let Some(vocabulary) = layer.vocabulary {
        lookup.set(owned(vocabulary), weights(layer.idf_weights).as_deref())?;
    }
    Ok(lookup)
}

fn integers(layer: &IntegerLookup) -> Result<Lookup<i64>> {
    let mut lookup = Lookup::new(layer.oov_token as i64);
    lookup.max_tokens = layer.max_tokens.and_then(|size| size.known());
    lookup.num_oov_indices = layer.num_oov_indices.or(1);
    lookup.mask_token = layer.mask_token.map(|mask| mask as i64);
    lookup.output_mode = layer.output_mode;
    lookup.pad_to_max_tokens = layer.pad_to_max_tokens;
    // FarmHash is told by a key of zeros.
    let farmhash = matches!(layer.oov_method, OovMethod::Farmhash);
    lookup.key = key(layer.salt).or(farmhash.then_some([0, 0]));
    if let Some(Integers(list)) = layer.vocabulary {
        lookup.set(list.iter().map(|x| *x as i64).collect(), weights(layer.idf_weights).as_deref())?;
    }
    Ok(lookup)
}

fn words(layer: &TextVectorization) -> Result<Words> {
    let mut words = Words::new()
        .standardize(match layer.standardize {
            None => Standardize::Not,
            Some(keras_shape::Standardize::LowerAndStripPunctuation) => Standardize::LowerAndStripPunctuation,
            Some(keras_shape::Standardize::Lower) => Standardize::Lower,
            Some(keras_shape::Standardize::StripPunctuation) => Standardize::StripPunctuation,
        })
        .split(match layer.split {
            None => Split::Not,
            Some(keras_shape::Split::Whitespace) => Split::Whitespace,
            Some(keras_shape::Split::Character) => Split::Character,
        })
        .output_mode(layer.output_mode)
        .pad_to_max_tokens(layer.pad_to_max_tokens);
    if let Some(ngrams) = layer.ngrams {
        words = words.ngrams_of(ngrams.0);
    }
    if let Some(most) = layer.max_tokens.and_then(|size| size.known()) {
        words = words.max_tokens(most);
    }
    match (layer.vocabulary, weights(layer.idf_weights)) {
        (Some(vocabulary), Some(weights)) => words.set_weighted_vocabulary(owned(vocabulary), &weights)?,
        (Some(vocabulary), None) => words.set_vocabulary(owned(vocabulary))?,
        (None, _) => {}
    }
    Ok(words)
}
