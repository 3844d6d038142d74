use super::check::{inside, tri};
use crate::geometry::positive;
use crate::{
    DType, Initializer, Inner, MAX_WEIGHTS, MaskRule, MultiplyAdds, Outputs, Shape, ShapeError, Size,
    TensorSpec, Text, WeightSpec, Weights,
};

layer! {
    /// Holds the largest singular value of a layer's kernel to 1: each training step first divides the kernel by an
    /// estimate of it ([Miyato et al.](https://arxiv.org/abs/1802.05957)).
    /// [Keras](https://keras.io/api/layers/normalization_layers/spectral_normalization/).
    ///
    /// It wraps layers with a weight `kernel` or `embeddings`. The kernel is kept divided, and its gradient is that of the
    /// divided kernel, as Keras does on TensorFlow and PyTorch.
    #[doc(alias = "SpectralNorm")]
    pub struct SpectralNormalization {
        /// The layer whose kernel is divided.
        layer: Inner,
        /// How many steps of the power method a training step takes.
        power_iterations: Size = [1 = Size::Known(1)],
    }
}

const CLASS: &str = "SpectralNormalization";

/// The weight that is kept beside those of the layer.
const VECTOR: &str = "vector_u";

impl SpectralNormalization {
    /// The name that stands before those of the layer's weights.
    pub const fn prefix(&self) -> &'static str {
        match self.layer.name {
            Some(name) => name,
            None => self.layer.config.snake(),
        }
    }

    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        tri!(positive(CLASS, "power_iterations", self.power_iterations));
        let outputs = match self.layer.config.output(inputs) {
            Ok(outputs) => outputs,
            Err(error) => return Err(inside(CLASS, "layer", &error)),
        };
        let class = self.layer.config.class();
        if has_lora(&self.layer.config.weights(inputs)) {
            let text = Text::new()
                .s(CLASS)
                .s(" divides a kernel that is trained, and that of ")
                .s(class)
                .s(" is frozen by `lora_rank`");
            return Err(ShapeError::new(text).help(Text::new().s("leave one of both out")).arg("layer"));
        }
        if kernel(&self.layer.config.weights(inputs)).is_none() {
            let text = Text::new()
                .s(CLASS)
                .s(" divides the `kernel` or the `embeddings` of a layer, and ")
                .s(class)
                .s(" has neither");
            let help = Text::new().s("it wraps `Dense`, `EinsumDense`, `Embedding` and convolutions");
            return Err(ShapeError::new(text).help(help).arg("layer"));
        }
        if inputs.len() == 1
            && matches!(inputs[0].dtype, DType::Int32)
            && matches!(outputs.get(0).dtype, DType::Float32)
        {
            let text = Text::new()
                .s(CLASS)
                .s(" gives numbers of the type of its input, as Keras does: int32 would cut those of ");
            let help = Text::new().s("leave `dtype = int32` of `Input` out: ids are read from floats, too");
            return Err(ShapeError::new(text.s(class)).help(help).arg("layer"));
        }
        Ok(outputs)
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let inner = self.layer.weights(inputs);
        let Some(at) = kernel(&inner) else { return Weights::NONE };
        let shape = Shape::new(&[crate::Dim::Fixed(1), inner.as_slice()[at].shape.last()]);
        let begins = Initializer::TruncatedNormal { mean: 0.0, stddev: 0.02, seed: None };
        let inner = Weights::NONE.with_inner(self.prefix(), &inner);
        // The kernel is a weight of the wrapper too, and so comes first.
        let mut weights =
            Weights::NONE.with(inner.as_slice()[at]).with(WeightSpec::new(VECTOR, shape, begins).frozen());
        let mut i = 0;
        while i < inner.len() && weights.len() < MAX_WEIGHTS {
            if i != at {
                weights = weights.with(inner.as_slice()[i]);
            }
            i += 1;
        }
        weights
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        // Keras's symbolic tensors lose the mask here, its arrays, which are what models compute with, do not: the result is
        // the array that the layer has given its mask.
        self.layer.config.mask_rule()
    }

    /// The multiply-adds of one sample.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        self.layer.config.multiply_adds(inputs)
    }
}

/// Whether a kernel is frozen, and narrow matrices are trained in its place.
const fn has_lora(weights: &Weights) -> bool {
    let weights = weights.as_slice();
    let mut i = 0;
    while i < weights.len() {
        let path = weights[i].path;
        if crate::text::same(path.as_str(), "lora_kernel_a")
            || crate::text::same(path.as_str(), "lora_embeddings_a")
        {
            return true;
        }
        i += 1;
    }
    false
}

/// Where the weight is that is divided.
const fn kernel(weights: &Weights) -> Option<usize> {
    let weights = weights.as_slice();
    let mut i = 0;
    while i < weights.len() {
        let path = weights[i].path;
        if crate::text::same(path.as_str(), "kernel") || crate::text::same(path.as_str(), "embeddings") {
            return Some(i);
        }
        i += 1;
    }
    None
}

facts!(SpectralNormalization {
    takes_ids: false,
    uses_batch: true,
    named_mask: None,
    mask_from: |_layer| crate::MaskFrom::Hidden,
});
