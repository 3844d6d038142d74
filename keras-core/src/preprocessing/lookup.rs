//! A vocabulary: tokens and their places.

use std::borrow::Borrow;
use std::collections::{HashMap, HashSet};
use std::fmt::Debug;
use std::hash::Hash;

use keras_shape::OutputMode;
use ndarray::{Array, Array2};

use super::tokens::{Tokens, in_axes};
use crate::{Error, Result};

/// What a vocabulary is of: words or integers.
pub(crate) trait Token: Clone + Eq + Hash + Ord + Debug + Borrow<Self::Borrowed> {
    /// As it is looked for: a `str` where the vocabulary is of `String`s.
    type Borrowed: ?Sized + Eq + Hash + Debug;
    /// Its place among `n` that are kept for the unknown.
    fn unknown(token: &Self::Borrowed, n: usize, key: Option<[u64; 2]>) -> usize;
}

/// Tokens and their places, with the arguments of Keras's `IndexLookup`.
#[derive(Clone, Debug)]
pub(crate) struct Lookup<T> {
    pub max_tokens: Option<usize>,
    pub num_oov_indices: usize,
    pub mask_token: Option<T>,
    pub oov_token: T,
    pub output_mode: OutputMode,
    pub pad_to_max_tokens: bool,
    pub key: Option<[u64; 2]>,
    /// Without those kept for padding and the unknown; nothing before there is a vocabulary.
    tokens: Vec<T>,
    places: HashMap<T, usize>,
    /// Of all places, for `tf_idf`.
    weights: Vec<f32>,
    /// The weights that the vocabulary gets which is given as an argument.
    pub idf_weights: Option<Vec<f32>>,
    /// Whether the vocabulary is given as an argument: then none is taken from data.
    given: bool,
}

fn wrong<T>(text: String) -> Result<T> {
    Err(Error::Argument(text))
}

impl<T: Token> Lookup<T> {
    pub fn new(oov_token: T) -> Self {
        Lookup {
            max_tokens: None,
            num_oov_indices: 1,
            mask_token: None,
            oov_token,
            output_mode: OutputMode::Int,
            pad_to_max_tokens: false,
            key: None,
            tokens: Vec::new(),
            places: HashMap::new(),
            weights: Vec::new(),
            idf_weights: None,
            given: false,
        }
    }

    /// How many places are kept for padding.
    fn masks(&self) -> usize {
        usize::from(self.mask_token.is_some() && self.output_mode == OutputMode::Int)
    }

    /// At which place the vocabulary begins.
    fn start(&self) -> usize {
        self.masks() + self.num_oov_indices
    }

    fn check(&self) -> Result<()> {
        if self.max_tokens.is_some_and(|most| most <= self.start()) {
            return wrong(format!(
                "`max_tokens` of {} leaves no place for a token: {} are kept for padding and the unknown",
                self.max_tokens.unwrap_or_default(),
                self.start()
            ));
        }
        if self.pad_to_max_tokens && self.max_tokens.is_none() {
            return wrong("`pad_to_max_tokens(true)` needs `max_tokens`".to_string());
        }
        Ok(())
    }

    /// Sets the vocabulary; those kept for padding and the unknown may stand before it. `weights` has one number for
    /// each of what is given, for `tf_idf`.
    pub fn set(&mut self, all: Vec<T>, weights: Option<&[f32]>) -> Result<()> {
        self.check()?;
        let special: Vec<&T> = (0..self.start())
            .map(|place| match &self.mask_token {
                Some(mask) if place < self.masks() => mask,
                _ => &self.oov_token,
            })
            .collect();
        let has_special =
            all.len() >= special.len() && all.iter().zip(&special).all(|(own, token)| own == *token);
        let tokens = if has_special { all[special.len()..].to_vec() } else { all.clone() };
        if all.is_empty() {
            return wrong("the vocabulary is empty".to_string());
        }
        let mut seen = HashSet::new();
        if let Some(twice) = tokens.iter().find(|token| !seen.insert(*token)) {
            return wrong(format!("{twice:?} stands twice in the vocabulary"));
        }
        if let Some(mask) = self.mask_token.as_ref().filter(|mask| tokens.contains(mask)) {
            return wrong(format!("{mask:?}, the `mask_token`, stands among the tokens of the vocabulary"));
        }
        if let Some(most) = self.max_tokens.filter(|most| self.start() + tokens.len() > *most) {
            return wrong(format!(
                "a vocabulary of {} places, and `max_tokens` is {most}",
                self.start() + tokens.len()
            ));
        }
        match (weights, self.output_mode == OutputMode::TfIdf) {
            (Some(weights), true) if weights.len() == all.len() => {
                let before = if has_special { 0 } else { self.start() };
                let mean = weights.iter().map(|x| f64::from(*x)).sum::<f64>() / weights.len() as f64;
                self.weights = vec![mean as f32; before];
                self.weights.extend_from_slice(weights);
            }
            (Some(weights), true) => {
                return wrong(format!("{} weights for a vocabulary of {}", weights.len(), all.len()));
            }
            (None, true) => {
                return wrong("`tf_idf` needs a weight for each token of the vocabulary".to_string());
            }
            (Some(_), false) => return wrong("weights of tokens go with `tf_idf`".to_string()),
            (None, false) => {}
        }
        self.place(tokens);
        Ok(())
    }

    /// Sets the vocabulary that is given as an argument, with the weights that are.
    pub fn give(&mut self, all: Vec<T>) -> Result<()> {
        let weights = self.idf_weights.take();
        self.set(all, weights.as_deref())?;
        self.given = true;
        Ok(())
    }

    /// The weights of the places of the tokens, those kept for the unknown first; none without `tf_idf`.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// The same with zeros for the places to which the output is padded.
    #[cfg(feature = "files")]
    pub fn padded_weights(&self) -> Option<Vec<f32>> {
        let mut all = self.weights.clone();
        all.resize(self.depth(), 0.0);
        (!self.weights.is_empty()).then_some(all)
    }

    fn place(&mut self, tokens: Vec<T>) {
        self.places = tokens.iter().cloned().zip(self.start()..).collect();
        self.tokens = tokens;
    }

    /// Takes the tokens of these samples as vocabulary: the most frequent first, of equally frequent ones the last in
    /// their order first.
    pub fn adapt(&mut self, samples: &[Vec<T>]) -> Result<()> {
        self.check()?;
        if self.given {
            return wrong("the vocabulary is given as an argument, so none is taken from data".to_string());
        }
        let mut counts: HashMap<&T, (usize, usize)> = HashMap::new();
        for sample in samples {
            let mut seen = HashSet::new();
            for token in sample {
                let count = counts.entry(token).or_default();
                count.0 += 1;
                count.1 += usize::from(seen.insert(token));
            }
        }
        let special = |token: &T| *token == self.oov_token || self.mask_token.as_ref() == Some(token);
        let mut counts: Vec<(usize, &T, usize)> =
            counts.into_iter().filter(|(token, _)| !special(token)).map(|(t, (n, of))| (n, t, of)).collect();
        counts.sort_by(|a, b| b.cmp(a));
        counts.truncate(self.max_tokens.map_or(usize::MAX, |most| most - self.start()));
        if self.output_mode == OutputMode::TfIdf {
            let weight = |in_samples: usize| (1.0 + samples.len() as f64 / (1.0 + in_samples as f64)).ln();
            let own: Vec<f64> = counts.iter().map(|(_, _, n)| weight(*n)).collect();
            let mean = own.iter().sum::<f64>() / own.len().max(1) as f64;
            let all = std::iter::repeat_n(mean, self.start()).chain(own);
            self.weights = all.map(|x| x as f32).collect();
        }
        let tokens = counts.into_iter().map(|(_, token, _)| token.clone()).collect();
        self.place(tokens);
        Ok(())
    }

    /// All tokens by their places; with `special`, those kept for padding and the unknown before them.
    pub fn vocabulary(&self, special: bool) -> Vec<T> {
        let masks = self.mask_token.iter().take(self.masks()).cloned();
        let oov = std::iter::repeat_n(self.oov_token.clone(), self.num_oov_indices);
        let before: Vec<T> = masks.chain(oov).collect();
        before.into_iter().filter(|_| special).chain(self.tokens.iter().cloned()).collect()
    }

    pub fn size(&self) -> usize {
        self.start() + self.tokens.len()
    }

    /// How wide a sample of zeros and ones is.
    fn depth(&self) -> usize {
        self.max_tokens.filter(|_| self.pad_to_max_tokens).unwrap_or_else(|| self.size())
    }

    /// The place of a token; nothing for padding that does not count.
    pub(super) fn find(&self, token: &T::Borrowed) -> Result<Option<usize>> {
        if self.mask_token.as_ref().is_some_and(|mask| mask.borrow() == token) {
            return Ok(if self.output_mode == OutputMode::Int { Some(0) } else { None });
        }
        if let Some(place) = self.places.get(token) {
            return Ok(Some(*place));
        }
        match self.num_oov_indices {
            0 => wrong(format!(
                "{token:?} is not in the vocabulary, and `num_oov_indices(0)` keeps no place for such; keep one"
            )),
            n => Ok(Some(self.masks() + T::unknown(token, n, self.key))),
        }
    }

    /// The weight of a place, for `tf_idf`.
    pub(super) fn weight(&self, place: usize) -> f32 {
        self.weights.get(place).copied().unwrap_or(0.0)
    }

    pub(super) fn check_vocabulary(&self) -> Result<()> {
        match self.tokens.is_empty() {
            true => wrong("there is no vocabulary yet: give one, or `adapt` to data first".to_string()),
            false => Ok(()),
        }
    }

    /// The place of each token.
    pub fn places<X: Tokens<T> + ?Sized>(&self, data: &X) -> Result<Array<i32, X::Dim>> {
        self.check_vocabulary()?;
        if self.output_mode != OutputMode::Int {
            return wrong(format!("`output_mode` is `{}`: `encode` gives that", self.output_mode.name()));
        }
        let place = |token: &T| Ok(self.find(token.borrow())?.map_or(0, |place| place as i32));
        in_axes(data, data.rows().iter().flatten().map(place).collect::<Result<_>>()?)
    }

    /// Each sample as zeros and ones, counts, or weighted counts.
    pub fn encode<X: Tokens<T> + ?Sized>(&self, data: &X) -> Result<Array2<f32>> {
        self.check_vocabulary()?;
        let mut samples = data.rows();
        // Tokens without rows are one sample, but where each is encoded by itself.
        if data.alone() && self.output_mode != OutputMode::OneHot {
            samples = vec![samples.concat()];
        }
        let mut y = Array2::zeros((samples.len(), self.depth()));
        for (sample, mut row) in samples.iter().zip(y.rows_mut()) {
            if self.output_mode == OutputMode::OneHot && sample.len() != 1 {
                return wrong(format!("`one_hot` takes samples of one token, found one of {}", sample.len()));
            }
            for token in sample {
                let Some(place) = self.find(token.borrow())? else { continue };
                match self.output_mode {
                    OutputMode::Int => {
                        return wrong(
                            "`output_mode` is `int`: `call` gives the places of tokens".to_string(),
                        );
                    }
                    OutputMode::OneHot | OutputMode::MultiHot => row[place] = 1.0,
                    OutputMode::Count => row[place] += 1.0,
                    OutputMode::TfIdf => row[place] += self.weights.get(place).copied().unwrap_or(0.0),
                }
            }
        }
        Ok(y)
    }

    /// The token at each place; the one for the unknown where there is none.
    pub fn tokens_at<X: Tokens<i64> + ?Sized>(&self, places: &X) -> Result<Array<T, X::Dim>> {
        let at = |place: &i64| {
            if *place == 0 && self.masks() == 1 {
                return self.mask_token.clone();
            }
            usize::try_from(*place)
                .ok()?
                .checked_sub(self.start())
                .and_then(|at| self.tokens.get(at))
                .cloned()
        };
        let token = |place: &i64| at(place).unwrap_or_else(|| self.oov_token.clone());
        in_axes(places, places.rows().iter().flatten().map(token).collect())
    }
}
