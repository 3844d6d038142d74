use std::borrow::Cow;

use keras_shape::OutputMode;
use ndarray::Array2;

use super::lookup::Lookup;
use super::reader::encode;
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

    /// How many places there are.
    pub fn vocabulary_size(&self) -> usize {
        self.lookup.size()
    }

    /// All words in the order of their places, padding and the unknown first.
    pub fn get_vocabulary(&self) -> Vec<String> {
        self.lookup.vocabulary(true)
    }

    /// Sets the vocabulary, each word once; padding and the unknown may stand before it.
    ///
    /// # Errors
    /// A word stands there twice; there are more than `max_tokens`; `tf_idf` needs weights.
    pub fn set_vocabulary<S: Into<String>>(&mut self, words: impl IntoIterator<Item = S>) -> Result<()> {
        self.lookup.set(words.into_iter().map(Into::into).collect(), None)
    }

    /// As [`set_vocabulary`](Self::set_vocabulary), with a weight for each word for `OutputMode::TfIdf`.
    ///
    /// # Errors
    /// As there; there are not as many weights.
    pub fn set_weighted_vocabulary<S: Into<String>>(
        &mut self,
        words: impl IntoIterator<Item = S>,
        idf_weights: &[f32],
    ) -> Result<()> {
        self.lookup.set(words.into_iter().map(Into::into).collect(), Some(idf_weights))
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

    /// Takes the words of these texts as vocabulary, the most frequent first.
    ///
    /// # Errors
    /// A vocabulary is set.
    pub fn adapt<S: AsRef<str>>(&mut self, texts: &[S]) -> Result<()> {
        self.lookup.adapt(&self.all(texts))
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

    fn all<S: AsRef<str>>(&self, texts: &[S]) -> Vec<Vec<String>> {
        texts.iter().map(|text| self.words(text.as_ref())).collect()
    }

    /// The places of the words of each text, `(texts, words)`, padded with 0.
    ///
    /// # Errors
    /// There is no vocabulary yet; `output_mode` is another.
    pub fn call<S: AsRef<str>>(&self, texts: &[S]) -> Result<Array2<i32>> {
        let rows: Vec<Vec<i32>> =
            self.all(texts).iter().map(|words| self.lookup.places(words)).collect::<Result<_>>()?;
        let longest = rows.iter().map(Vec::len).max().unwrap_or(0);
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
    /// There is no vocabulary yet; `output_mode` is `int`; an `output_sequence_length` is set.
    pub fn encode<S: AsRef<str>>(&self, texts: &[S]) -> Result<Array2<f32>> {
        if self.output_sequence_length.is_some() {
            return Err(Error::Argument(
                "`output_sequence_length` goes with `call`: places of words".to_string(),
            ));
        }
        self.lookup.encode(&self.all(texts))
    }
}
