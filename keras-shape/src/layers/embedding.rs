use super::check::{free, one, tri};
use super::lora;
use crate::arg::OnlyNone;
use crate::geometry::positive;
use crate::{
    Constraint, Initializer, MAX_RANK, MaskRule, Outputs, Regularizer, Shape, ShapeError, Size, TensorSpec,
    Text, WeightSpec, Weights,
};

layer! {
    /// Looks up a vector for each number, `(batch, ...)` to `(batch, ..., output_dim)`.
    /// [Keras](https://keras.io/api/layers/core_layers/embedding/).
    pub struct Embedding {
        /// How many numbers there are: ids run from 0 to `input_dim - 1`.
        input_dim: Size,
        /// The size of a vector.
        output_dim: Size,
        /// How the vectors begin.
        embeddings_initializer: Initializer = uniform,
        /// What the vectors add to the loss.
        embeddings_regularizer: Regularizer = None,
        /// What the vectors are held to.
        embeddings_constraint: Constraint = None,
        /// Whether the id 0 is padding, which later layers skip.
        mask_zero: bool = false,
        /// Only `None`: weights come from `load_weights`.
        weights: OnlyNone = None,
        /// The rank of what is trained in place of the vectors, which are frozen (LoRA).
        lora_rank: Option<Size> = None,
        /// What is trained counts `lora_alpha / lora_rank` times; `lora_rank` if `None`. Keras 3.15 forgets it where the layer is
        /// made with it, and not where `enable_lora` is called with it.
        lora_alpha: Option<f64> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

const CLASS: &str = "Embedding";

impl Embedding {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let (rank, alpha) = (self.lora_rank, self.lora_alpha);
        tri!(lora::check(CLASS, rank, alpha, self.embeddings_constraint, "embeddings_constraint"));
        self.rule(CLASS, inputs)
    }

    /// The rule of a layer of this class that looks ids up.
    pub(super) const fn rule(&self, class: &str, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(one(class, inputs)).shape;
        tri!(positive(class, "input_dim", self.input_dim));
        tri!(positive(class, "output_dim", self.output_dim));
        if shape.rank() >= MAX_RANK {
            let text = Text::new()
                .s(class)
                .s(" adds an axis, and tensors have at most ")
                .n(MAX_RANK)
                .s("; the input ")
                .shape(&shape)
                .s(" has that many");
            return Err(ShapeError::new(text));
        }
        Ok(Outputs::float(shape.push(self.output_dim.dim())))
    }

    pub(crate) const fn weights(&self, _: &[TensorSpec]) -> Weights {
        let shape = Shape::new(&[self.input_dim.dim(), self.output_dim.dim()]);
        let (rank, regularizer) = (self.lora_rank, self.embeddings_regularizer);
        let table = WeightSpec::new("embeddings", shape, self.embeddings_initializer);
        let table = lora::kernel(table, rank, regularizer, self.embeddings_constraint);
        let names = ["lora_embeddings_a", "lora_embeddings_b"];
        lora::and_matrices(Weights::NONE.with(table), names, &shape, rank, regularizer)
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        if self.mask_zero { MaskRule::Make } else { MaskRule::Drop }
    }
}

free!(Embedding);

facts!(Embedding {
    takes_ids: true,
    uses_batch: false,
    named_mask: None,
    mask_from: |_layer| crate::MaskFrom::NotZero,
    is_embedding: |_layer| true,
});
