use std::borrow::Cow;

use keras_shape::OutputMode;
use ndarray::{Array1, Array2};

use super::lookup::Lookup;
use super::reader::encode;
use super::string_lookup::methods;
use super::tokens::Tokens;
use crate::{Error, Result};

/// What is done to a text before it is split.
#[derive(Clone, Copy, Debug)]
pub enum Standardize {
    /// Nothing.
    Not,
    /// Letters of ASCII become small, punctuation of ASCII goes.
    LowerAndStripPunctuation,
    /// Letters of ASCII become small.
    Lower,
    /// Punctuation of ASCII goes.
    StripPunctuation,
    /// What a function of yours makes of it.
    With(fn(&str) -> String),
}

/// How a text is split into words.
#[derive(Clone, Copy, Debug)]
pub enum Split {
    /// Not at all: it is one word.
    Not,
    /// At white space of ASCII.
    Whitespace,
    /// Each character is a word.
    Character,
    /// As a function of yours does.
    With(fn(&str) -> Vec<String>),
}

/// Texts as the places of their words in a vocabulary:
/// [Keras's `TextVectorization`](https://keras.io/api/layers/preprocessing_layers/text/text_vectorization/).
///
/// Place 0 is padding, place 1 any word that is not in the vocabulary.
#[derive(Clone, Debug)]
pub struct TextVectorization {
    standardize: Standardize,
    split: Split,
    ngrams: Vec<usize>,
    output_sequence_length: Option<usize>,
    lookup: Lookup<String>,
}

impl Default for TextVectorization {
    fn default() -> Self {
        TextVectorization::new()
    }
}

impl TextVectorization {
    /// One with Keras's arguments, without a vocabulary.
    pub fn new() -> Self {
        let mut lookup = Lookup::new("[UNK]".to_string());
        lookup.mask_token = Some(String::new());
        TextVectorization {
            standardize: Standardize::LowerAndStripPunctuation,
            split: Split::Whitespace,
            ngrams: Vec::new(),
            output_sequence_length: None,
            lookup,
        }
    }

    /// The most places that there may be, those of padding and the unknown included; any number unless set.
    #[must_use]
    pub fn max_tokens(mut self, most: usize) -> Self {
        self.lookup.max_tokens = Some(most);
        self
    }

    /// What is done to a text before it is split; `LowerAndStripPunctuation` unless set.
    #[must_use]
    pub fn standardize(mut self, how: Standardize) -> Self {
        self.standardize = how;
        self
    }

    /// How a text is split; `Whitespace` unless set.
    #[must_use]
    pub fn split(mut self, how: Split) -> Self {
        self.split = how;
        self
    }

    /// Takes as words also up to `n` words in a row, with a space between them.
    #[must_use]
    pub fn ngrams(self, n: usize) -> Self {
        self.ngrams_of(&(1..=n).collect::<Vec<_>>())
    }

    /// Takes as words what stands in a row, so many words each: `&[2]` takes pairs alone.
    #[must_use]
    pub fn ngrams_of(mut self, widths: &[usize]) -> Self {
        self.ngrams = widths.to_vec();
        self
    }

    /// What [`encode`](Self::encode) gives; `OutputMode::Int`, for [`call`](Self::call), unless set.
    #[must_use]
    pub fn output_mode(mut self, mode: OutputMode) -> Self {
        self.lookup.output_mode = mode;
        self
    }

    /// How many words of a text there are in what `call` gives: longer ones are cut, shorter ones padded. As many as in
    /// the longest text unless set.
    #[must_use]
    pub fn output_sequence_length(mut self, length: usize) -> Self {
        self.output_sequence_length = Some(length);
        self
    }

    /// Whether what `encode` gives is as wide as if there were `max_tokens` places; false unless set.
    #[must_use]
    pub fn pad_to_max_tokens(mut self, pad: bool) -> Self {
        self.lookup.pad_to_max_tokens = pad;
        self
    }

    /// The weight of each word of the [`vocabulary`](Self::vocabulary) that is given next, for `OutputMode::TfIdf`.
    #[must_use]
    pub fn idf_weights(mut self, weights: &[f32]) -> Self {
        self.lookup.idf_weights = Some(weights.to_vec());
        self
    }

    /// With this vocabulary, each word once; padding and the unknown may stand before it. It is the last argument: the others
    /// say how it is read. Then none is taken from data.
    ///
    /// # Errors
    /// A word stands there twice; there are more than `max_tokens`; `tf_idf` needs `idf_weights`.
    pub fn vocabulary<S: Into<String>>(mut self, words: impl IntoIterator<Item = S>) -> Result<Self> {
        self.lookup.give(words.into_iter().map(Into::into).collect())?;
        Ok(self)
    }

    methods!(String, lookup);

    /// The vocabulary.
    #[cfg(feature = "files")]
    pub(super) fn lookup(&self) -> &Lookup<String> {
        &self.lookup
    }

    /// The vocabulary, to be changed.
    pub(super) fn lookup_mut(&mut self) -> &mut Lookup<String> {
        &mut self.lookup
    }

    /// The words of a text.
    pub(super) fn words(&self, text: &str) -> Vec<String> {
        let lower = matches!(self.standardize, Standardize::Lower | Standardize::LowerAndStripPunctuation);
        let strip =
            matches!(self.standardize, Standardize::StripPunctuation | Standardize::LowerAndStripPunctuation);
        let mut text = match self.standardize {
            Standardize::With(function) => function(text),
            _ if lower => text.to_ascii_lowercase(),
            _ => text.to_string(),
        };
        if strip {
            text.retain(|c| !c.is_ascii_punctuation());
        }
        let space = |c: char| matches!(c, ' ' | '\t'..='\r');
        let words: Vec<String> = match self.split {
            Split::Not => vec![text],
            Split::Whitespace => {
                text.split(space).filter(|word| !word.is_empty()).map(String::from).collect()
            }
            Split::Character => text.chars().map(String::from).collect(),
            Split::With(function) => function(&text),
        };
        if self.ngrams.is_empty() {
            return words;
        }
        let of =
            |width: &usize| words.windows((*width).max(1)).map(|words| words.join(" ")).collect::<Vec<_>>();
        self.ngrams.iter().flat_map(of).collect()
    }

    /// Takes the words of these texts as vocabulary, the most frequent first. Rows of texts have one each.
    ///
    /// # Errors
    /// A vocabulary is given as an argument; there are rows of several texts.
    pub fn adapt<X: Tokens<String> + ?Sized>(&mut self, texts: &X) -> Result<()> {
        self.lookup.adapt(&self.all(texts)?)
    }

    /// Writes each text as `output_mode` has it, padded with 0 to the length of a row of `out`.
    pub(super) fn read(&self, texts: &[Cow<'_, str>], samples: usize, out: &mut [f32]) -> Result<()> {
        self.lookup.check_vocabulary()?;
        let width = out.len() / samples.max(1);
        for (text, row) in texts.iter().zip(out.chunks_exact_mut(width.max(1))) {
            let words = self.words(text);
            let place = |i: usize| self.lookup.find(&words[i]);
            match self.lookup.output_mode {
                OutputMode::Int => encode(
                    OutputMode::Int,
                    words.len().min(width),
                    1,
                    &mut row[..words.len().min(width)],
                    &place,
                    &|_| 1.0,
                )?,
                mode => encode(mode, words.len(), 1, row, &place, &|at| self.lookup.weight(at))?,
            }
        }
        Ok(())
    }

    /// The words of each text.
    pub(super) fn all<X: Tokens<String> + ?Sized>(&self, texts: &X) -> Result<Vec<Vec<String>>> {
        let words = |row: &Vec<String>| match row.as_slice() {
            [text] => Ok(self.words(text)),
            row => Err(Error::Argument(format!(
                "each text is a sample: a row has one, and there is one of {}",
                row.len()
            ))),
        };
        texts.rows().iter().map(words).collect()
    }

    /// The places of the words of each text, `(texts, words)`, padded with 0. Rows of texts have one each.
    ///
    /// # Errors
    /// There is no vocabulary yet; `output_mode` is another; there are rows of several texts.
    pub fn call<X: Tokens<String> + ?Sized>(&self, texts: &X) -> Result<Array2<i32>> {
        let rows: Vec<Array1<i32>> =
            self.all(texts)?.iter().map(|words| self.lookup.places(words)).collect::<Result<_>>()?;
        let longest = rows.iter().map(Array1::len).max().unwrap_or(0);
        let length = self.output_sequence_length.unwrap_or(longest);
        let mut y = Array2::zeros((rows.len(), length));
        for (row, mut to) in rows.iter().zip(y.rows_mut()) {
            row.iter().zip(&mut to).for_each(|(place, to)| *to = *place);
        }
        Ok(y)
    }

    /// Each text as [`output_mode`](Self::output_mode) has it: `(texts, places)`.
    ///
    /// # Errors
    /// There is no vocabulary yet; `output_mode` is `int`; an `output_sequence_length` is set; there are rows of several texts.
    pub fn encode<X: Tokens<String> + ?Sized>(&self, texts: &X) -> Result<Array2<f32>> {
        if self.output_sequence_length.is_some() {
            return Err(Error::Argument(
                "`output_sequence_length` goes with `call`: places of words".to_string(),
            ));
        }
        self.lookup.encode(&self.all(texts)?)
    }
}
