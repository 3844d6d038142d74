use super::categories::{dense, encoded, has_places, has_weights, salt};
use super::check::{any, free, tri, weightless};
use super::string_lookup::wide;
use crate::{
    Dim, Integers, Numbers, OnlyInt64, OovMethod, OutputMode, Outputs, ShapeError, Size, TensorSpec, Text,
};

layer! {
    /// For each integer its place in a vocabulary, or with `invert` the integer at a place.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/categorical/integer_lookup/).
    ///
    /// A vocabulary that is found in data: leave `vocabulary` out, right behind an input, and call `adapt` on the layer of the
    /// model, `model.integer_lookup.adapt(&ids)`.
    pub struct IntegerLookup {
        /// The most places that there may be, those kept for padding and the unknown included.
        max_tokens: Option<Size> = None,
        /// How many places are kept for integers that are not in the vocabulary.
        num_oov_indices: Size = [1 = Size::Known(1)],
        /// The integer that stands for padding, at place 0.
        mask_token: Option<isize> = None,
        /// The integer that stands for those that are not in the vocabulary.
        oov_token: isize = [-1 = -1],
        /// The integers, each once; those kept for padding and the unknown may stand before them.
        vocabulary: Option<Integers> = None,
        /// `int64`, as which integers of 32 bits are read here.
        vocabulary_dtype: OnlyInt64 = None,
        /// The weight of each integer of the vocabulary, for `tf_idf`.
        idf_weights: Option<Numbers> = None,
        /// Whether it goes from places to integers.
        invert: bool = false,
        /// `int`, `one_hot`, `multi_hot`, `count` or `tf_idf`.
        output_mode: OutputMode = int,
        /// Only `false`: there are no sparse tensors.
        sparse: bool = false,
        /// Whether the result is as wide as if there were `max_tokens` places.
        pad_to_max_tokens: bool = false,
        /// How an integer that is not in the vocabulary gets to one of several places kept for these.
        oov_method: OovMethod = floormod,
        /// A key of one or two numbers, for `farmhash`: then SipHash is the hash.
        salt: Option<Integers> = None,
    }
}

const CLASS: &str = "IntegerLookup";

impl IntegerLookup {
    /// How many places are kept for padding.
    pub const fn masks(&self) -> usize {
        (self.mask_token.is_some() && matches!(self.output_mode, OutputMode::Int)) as usize
    }

    /// At which place the vocabulary begins.
    pub const fn start(&self) -> usize {
        self.masks() + self.num_oov_indices.or(1)
    }

    /// Whether what is kept for padding and the unknown stands before the vocabulary.
    pub const fn has_special(&self) -> bool {
        let Some(Integers(list)) = self.vocabulary else { return false };
        let mut i = 0;
        while i < self.start() {
            let special = match self.mask_token {
                Some(mask) if i < self.masks() => mask,
                _ => self.oov_token,
            };
            if i >= list.len() || list[i] != special {
                return false;
            }
            i += 1;
        }
        true
    }

    /// The vocabulary without what is kept for padding and the unknown.
    pub const fn tokens(&self) -> &'static [isize] {
        let Some(Integers(list)) = self.vocabulary else { return &[] };
        if self.has_special() { list.split_at(self.start()).1 } else { list }
    }

    /// Whether its vocabulary is found in data.
    pub const fn waits(&self) -> bool {
        self.vocabulary.is_none()
    }

    /// How many places there are.
    pub const fn depth(&self) -> usize {
        match self.max_tokens {
            Some(Size::Known(n)) if self.pad_to_max_tokens => n,
            _ => self.start() + self.tokens().len(),
        }
    }

    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(any(CLASS, inputs));
        tri!(dense(CLASS, self.sparse));
        tri!(salt(CLASS, self.salt));
        tri!(self.check_vocabulary());
        tri!(self.check_arguments());
        let known = !matches!(self.max_tokens, Some(Size::Later)) && self.num_oov_indices.known().is_some();
        let depth = match (known, self.waits() && !self.pad_to_max_tokens) {
            (false, _) => Dim::Later,
            (true, true) => Dim::NONE,
            (true, false) => Dim::Fixed(self.depth()),
        };
        tri!(wide(CLASS, self.output_mode, depth));
        encoded(CLASS, &shape, self.output_mode, depth)
    }

    const fn check_vocabulary(&self) -> Result<(), ShapeError> {
        let Some(Integers(list)) = self.vocabulary else {
            if !self.invert {
                return Ok(());
            }
            let text =
                Text::new().s("IntegerLookup: `invert = true` needs the `vocabulary`, a list of integers");
            return Err(ShapeError::new(text).arg("invert"));
        };
        let tokens = self.tokens();
        if list.is_empty() {
            return Err(ShapeError::new(Text::new().s("IntegerLookup: `vocabulary` is an empty list"))
                .arg("vocabulary"));
        }
        let mut i = 0;
        while i < tokens.len() {
            let mut before = 0;
            while before < i && tokens[before] != tokens[i] {
                before += 1;
            }
            if before < i {
                let text = Text::new().s("IntegerLookup: ").i(tokens[i]).s(" stands twice in `vocabulary`");
                return Err(ShapeError::new(text)
                    .help(Text::new().s("each integer has one place"))
                    .arg("vocabulary"));
            }
            let special = match self.mask_token {
                Some(mask) if mask == tokens[i] => Some("mask_token"),
                _ if self.invert && self.oov_token == tokens[i] => Some("oov_token"),
                _ => None,
            };
            if let Some(special) = special {
                let text = Text::new().s("IntegerLookup: ").i(tokens[i]).s(", the `").s(special);
                let text = text.s("`, stands among the integers of `vocabulary`");
                let help = Text::new()
                    .s("leave it out there, or write at the beginning first `mask_token`, then `oov_token`");
                return Err(ShapeError::new(text).help(help).arg("vocabulary"));
            }
            i += 1;
        }
        Ok(())
    }

    const fn check_arguments(&self) -> Result<(), ShapeError> {
        if self.num_oov_indices.is_zero() && !self.invert {
            let text = Text::new().s("IntegerLookup: with `num_oov_indices = 0` an integer that is not in the vocabulary is an error, which a model cannot tell while it runs");
            let help = Text::new().s("keep one place for these, `num_oov_indices = 1`; or look them up before the model, with `keras_core::preprocessing::IntegerLookup`");
            return Err(ShapeError::new(text).help(help).arg("num_oov_indices"));
        }
        let places = if self.waits() { None } else { Some(self.start() + self.tokens().len()) };
        tri!(has_places(CLASS, self.max_tokens, places, self.pad_to_max_tokens));
        if self.invert && !matches!(self.output_mode, OutputMode::Int) {
            let text =
                Text::new().s("IntegerLookup: with `invert = true` it gives integers, `output_mode = int`");
            return Err(ShapeError::new(text).arg("output_mode"));
        }
        if self.salt.is_some() && !matches!(self.oov_method, OovMethod::Farmhash) {
            let text =
                Text::new().s("IntegerLookup: `salt` is a key of a hash, and `oov_method` is `floormod`");
            return Err(ShapeError::new(text)
                .help(Text::new().s("write `oov_method = farmhash`"))
                .arg("salt"));
        }
        let listed = match self.vocabulary {
            Some(Integers(list)) => Some(list.len()),
            None => None,
        };
        has_weights(CLASS, self.output_mode, self.idf_weights, listed)
    }
}

weightless!(IntegerLookup, Drop);
free!(IntegerLookup);

facts!(IntegerLookup { takes_ids: true, uses_batch: false, named_mask: None, adapts: |layer| layer.waits() });
