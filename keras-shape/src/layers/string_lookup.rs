use super::categories::{dense, encoded, has_places, has_weights, salt};
use super::check::{any, free, tri, weightless};
use crate::{
    Dim, Integers, Numbers, OnlyUtf8, OutputMode, Outputs, ShapeError, Size, TensorSpec, Text, Vocabulary,
    Word,
};

layer! {
    /// For each string its place in a vocabulary. It stands behind an `Input(..., dtype = string)`, or what
    /// moves its strings.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/categorical/string_lookup/).
    ///
    /// A vocabulary that is found in data: leave `vocabulary` out and call `adapt` on the layer of the model,
    /// `model.string_lookup.adapt(&words)`.
    pub struct StringLookup {
        /// The most places that there may be, those kept for padding and the unknown included.
        max_tokens: Option<Size> = None,
        /// How many places are kept for strings that are not in the vocabulary.
        num_oov_indices: Size = [1 = Size::Known(1)],
        /// The string that stands for padding, at place 0.
        mask_token: Option<Word> = None,
        /// The string that stands for those that are not in the vocabulary.
        oov_token: Word = ["[UNK]" = Word("[UNK]")],
        /// The strings, each once; those kept for padding and the unknown may stand before them.
        vocabulary: Option<Vocabulary> = None,
        /// The weight of each string of the vocabulary, for `tf_idf`.
        idf_weights: Option<Numbers> = None,
        /// Only `false`: a model gives numbers.
        invert: bool = false,
        /// `int`, `one_hot`, `multi_hot`, `count` or `tf_idf`.
        output_mode: OutputMode = int,
        /// Whether the result is as wide as if there were `max_tokens` places.
        pad_to_max_tokens: bool = false,
        /// Only `false`: there are no sparse tensors.
        sparse: bool = false,
        /// Only `utf-8`, which strings are.
        encoding: OnlyUtf8 = None,
        /// A key of one or two numbers, with which SipHash puts the unknown to one of several places; FarmHash if `None`.
        salt: Option<Integers> = None,
    }
}

const CLASS: &str = "StringLookup";

/// So many strings of a vocabulary are looked at while a program is compiled.
const MOST: usize = 256;

impl StringLookup {
    /// How many places are kept for padding and the unknown.
    pub const fn start(&self) -> usize {
        let masks = self.mask_token.is_some() && matches!(self.output_mode, OutputMode::Int);
        masks as usize + self.num_oov_indices.or(1)
    }

    /// Whether what is kept for padding and the unknown stands before the vocabulary.
    const fn has_special(&self, words: &[&str]) -> bool {
        let mut i = 0;
        while i < self.start() {
            let special = match self.mask_token {
                Some(Word(mask)) if i == 0 && matches!(self.output_mode, OutputMode::Int) => mask,
                _ => self.oov_token.0,
            };
            if i >= words.len() || !crate::text::same(words[i], special) {
                return false;
            }
            i += 1;
        }
        true
    }

    /// How many places the vocabulary takes, if it and they are known.
    const fn places(&self) -> Option<usize> {
        match self.vocabulary {
            Some(Vocabulary(words)) if self.num_oov_indices.known().is_some() => {
                Some(if self.has_special(words) { words.len() } else { self.start() + words.len() })
            }
            _ => None,
        }
    }

    /// How many places there are, as far as the vocabulary is known.
    const fn depth(&self) -> Dim {
        let known = !matches!(self.max_tokens, Some(Size::Later)) && self.num_oov_indices.known().is_some();
        match (self.max_tokens, self.places()) {
            _ if !known => Dim::Later,
            (Some(Size::Known(n)), _) if self.pad_to_max_tokens => Dim::Fixed(n),
            (_, Some(places)) => Dim::Fixed(places),
            _ => Dim::NONE,
        }
    }

    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(any(CLASS, inputs));
        tri!(dense(CLASS, self.sparse));
        tri!(salt(CLASS, self.salt));
        tri!(self.check_arguments());
        tri!(vocabulary(CLASS, self.vocabulary));
        tri!(self.check_mask());
        let listed = match self.vocabulary {
            Some(Vocabulary(words)) => Some(words.len()),
            None => None,
        };
        tri!(has_weights(CLASS, self.output_mode, self.idf_weights, listed));
        tri!(wide(CLASS, self.output_mode, self.depth()));
        encoded(CLASS, &shape, self.output_mode, self.depth())
    }

    /// That the string for padding stands nowhere but before the vocabulary. Of a long list that is said when the model is
    /// made.
    const fn check_mask(&self) -> Result<(), ShapeError> {
        let (Some(Word(mask)), Some(Vocabulary(words))) = (self.mask_token, self.vocabulary) else {
            return Ok(());
        };
        let mut i = if self.has_special(words) { self.start() } else { 0 };
        let most = if words.len() < MOST { words.len() } else { MOST };
        while i < most {
            if crate::text::same(words[i], mask) {
                let text = Text::new()
                    .s(CLASS)
                    .s(": \"")
                    .s(mask)
                    .s("\", the `mask_token`, stands among the strings of `vocabulary`");
                let help = Text::new()
                    .s("leave it out there, or write at the beginning first `mask_token`, then `oov_token`");
                return Err(ShapeError::new(text).help(help).arg("vocabulary"));
            }
            i += 1;
        }
        Ok(())
    }

    const fn check_arguments(&self) -> Result<(), ShapeError> {
        if self.invert {
            let text =
                Text::new().s("StringLookup: `invert = true` gives strings, and a model gives numbers");
            let help = "end the model with the numbers, and make strings of them behind it: \
                        `preprocessing::StringLookup::new().vocabulary([...]).invert(&numbers)?`; Keras does it on TensorFlow alone";
            return Err(ShapeError::new(text).help(Text::new().s(help)).arg("invert"));
        }
        has_places(CLASS, self.max_tokens, self.places(), self.pad_to_max_tokens)
    }
}

/// That there are strings in a vocabulary, and each once. Of a long list that is said when the model is made: here it
/// would take too long.
pub(crate) const fn vocabulary(class: &str, words: Option<Vocabulary>) -> Result<(), ShapeError> {
    let Some(Vocabulary(words)) = words else { return Ok(()) };
    if words.is_empty() {
        let text = Text::new().s(class).s(": `vocabulary` is an empty list");
        return Err(ShapeError::new(text).arg("vocabulary"));
    }
    let mut i = 0;
    while i < words.len() && i < MOST {
        let mut before = 0;
        while before < i && !crate::text::same(words[before], words[i]) {
            before += 1;
        }
        if before < i && !unknown(words[i]) {
            let text = Text::new().s(class).s(": \"").s(words[i]).s("\" stands twice in `vocabulary`");
            return Err(ShapeError::new(text)
                .help(Text::new().s("each string has one place"))
                .arg("vocabulary"));
        }
        i += 1;
    }
    Ok(())
}

/// Several places may be kept for the unknown, which stand before the vocabulary.
const fn unknown(word: &str) -> bool {
    crate::text::same(word, "[UNK]")
}

/// That the width of the output is known where it depends on the vocabulary.
pub(crate) const fn wide(class: &str, mode: OutputMode, depth: Dim) -> Result<(), ShapeError> {
    if matches!(mode, OutputMode::Int) || !depth.is_dynamic() {
        return Ok(());
    }
    let text = Text::new()
        .s(class)
        .s(": with `output_mode = ")
        .s(mode.name())
        .s("` the output is as wide as the vocabulary, which is not known");
    let help =
        "write `vocabulary = [...]`, or say how wide it is: `max_tokens = 1000, pad_to_max_tokens = true`";
    Err(ShapeError::new(text).help(Text::new().s(help)).arg("output_mode"))
}

weightless!(StringLookup, Drop);
free!(StringLookup);

facts!(StringLookup {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    // Of `invert`, which is refused, its own words are said, whatever the input is of.
    strings: |layer| if layer.invert { crate::TakesStrings::Too } else { crate::TakesStrings::Only }
});
