use super::categories::{dense, has_places, has_weights};
use super::check::{any, free, tri, weightless};
use super::string_lookup::{vocabulary, wide};
use crate::geometry::positive;
use crate::{
    Dim, Ngrams, Numbers, OnlyUtf8, OutputMode, Outputs, Shape, ShapeError, Size, Split, Standardize,
    TensorSpec, Text, Vocabulary, wording,
};

layer! {
    /// For each text the places of its words in a vocabulary. It stands behind an `Input(1, dtype = string)`, or what
    /// moves its strings.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/text/text_vectorization/).
    ///
    /// A vocabulary that is found in data: leave `vocabulary` out and call `adapt` on the layer of the model,
    /// `model.text_vectorization.adapt(&texts)`.
    #[doc(alias = "Tokenizer")]
    pub struct TextVectorization {
        /// The most places that there may be, those of padding and the unknown included.
        max_tokens: Option<Size> = None,
        /// What is done to a text first: `lower_and_strip_punctuation`, `lower`, `strip_punctuation` or `None`.
        standardize: Option<Standardize> = [lower_and_strip_punctuation = Some(Standardize::LowerAndStripPunctuation)],
        /// How it is split into words: `whitespace`, `character` or `None`.
        split: Option<Split> = [whitespace = Some(Split::Whitespace)],
        /// How many words in a row count as one: `2` for up to two, `(2,)` for pairs alone.
        ngrams: Option<Ngrams> = None,
        /// `int`, `multi_hot`, `count` or `tf_idf`.
        output_mode: OutputMode = int,
        /// How many words of each text there are in the output; as many as in the longest text of a batch if `None`.
        output_sequence_length: Option<Size> = None,
        /// Whether the result is as wide as if there were `max_tokens` places.
        pad_to_max_tokens: bool = false,
        /// The words, each once; `""` and `"[UNK]"`, for padding and the unknown, may stand before them.
        vocabulary: Option<Vocabulary> = None,
        /// The weight of each word of the vocabulary, for `tf_idf`.
        idf_weights: Option<Numbers> = None,
        /// Only `false`: there are no sparse tensors.
        sparse: bool = false,
        /// Only `false`: texts are padded.
        ragged: bool = false,
        /// Only `utf-8`, which strings are.
        encoding: OnlyUtf8 = None,
    }
}

const CLASS: &str = "TextVectorization";

impl TextVectorization {
    /// How many places are kept for padding and the unknown.
    pub const fn start(&self) -> usize {
        if matches!(self.output_mode, OutputMode::Int) { 2 } else { 1 }
    }

    /// How many places the vocabulary takes, if it is known.
    const fn places(&self) -> Option<usize> {
        let Some(Vocabulary(words)) = self.vocabulary else { return None };
        let special = if matches!(self.output_mode, OutputMode::Int) {
            words.len() > 1 && crate::text::same(words[0], "") && crate::text::same(words[1], "[UNK]")
        } else {
            !words.is_empty() && crate::text::same(words[0], "[UNK]")
        };
        Some(if special { words.len() } else { self.start() + words.len() })
    }

    const fn depth(&self) -> Dim {
        match (self.max_tokens, self.places()) {
            (Some(Size::Later), _) => Dim::Later,
            (Some(Size::Known(n)), _) if self.pad_to_max_tokens => Dim::Fixed(n),
            (_, Some(places)) => Dim::Fixed(places),
            _ => Dim::NONE,
        }
    }

    /// Whether how many words the output has depends on the texts of a batch.
    pub const fn follows_texts(&self) -> bool {
        matches!(self.output_mode, OutputMode::Int) && self.output_sequence_length.is_none()
    }

    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(any(CLASS, inputs));
        tri!(dense(CLASS, self.sparse));
        if self.ragged {
            let text = Text::new().s(
                "TextVectorization: `ragged = true` asks for a ragged tensor, of which there are none here",
            );
            let help = Text::new().s("leave it out: shorter texts are padded with 0");
            return Err(ShapeError::new(text).help(help).arg("ragged"));
        }
        // What Keras declares for several texts in a sample that are not split is one axis short of what it gives.
        if shape.rank() > 2 || (shape.rank() == 2 && !matches!(shape.last(), Dim::Fixed(1) | Dim::Later)) {
            return Err(wording::rank(CLASS, &shape, 2, "(batch, 1): one text of each sample"));
        }
        tri!(self.check_arguments());
        tri!(vocabulary(CLASS, self.vocabulary));
        let listed = match self.vocabulary {
            Some(Vocabulary(words)) => Some(words.len()),
            None => None,
        };
        tri!(has_weights(CLASS, self.output_mode, self.idf_weights, listed));
        let batch = Shape::new(&[shape.batch()]);
        if matches!(self.output_mode, OutputMode::Int) {
            let length = match self.output_sequence_length {
                Some(size) => {
                    tri!(positive(CLASS, "output_sequence_length", size));
                    size.dim()
                }
                None => Dim::NONE,
            };
            return Ok(Outputs::one(TensorSpec::int(batch.push(length))));
        }
        tri!(wide(CLASS, self.output_mode, self.depth()));
        Ok(Outputs::float(batch.push(self.depth())))
    }

    const fn check_arguments(&self) -> Result<(), ShapeError> {
        if matches!(self.output_mode, OutputMode::OneHot) {
            let text = Text::new().s("TextVectorization: `output_mode` is `int`, `multi_hot`, `count` or `tf_idf`, found `one_hot`");
            return Err(ShapeError::new(text).arg("output_mode"));
        }
        if self.output_sequence_length.is_some() && !matches!(self.output_mode, OutputMode::Int) {
            let text =
                Text::new().s("TextVectorization: `output_sequence_length` goes with `output_mode = int`");
            return Err(ShapeError::new(text)
                .help(Text::new().s("leave it out"))
                .arg("output_sequence_length"));
        }
        has_places(CLASS, self.max_tokens, self.places(), self.pad_to_max_tokens)
    }
}

weightless!(TextVectorization, Drop);
free!(TextVectorization);

facts!(TextVectorization {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    strings: |_layer| crate::TakesStrings::Only,
    follows_texts: |layer| layer.follows_texts(),
    makes: |_layer| ["string_lookup", "", "", "", "", "", "", "", "", "", ""],
});
