//! What a layer costs: the multiply-adds of its forward pass for one sample.
//!
//! Counted is what the field counts as MACs: each multiplication whose result is added to a sum, in matrix products,
//! convolutions and attention. Biases, activations, normalisation, pooling, merges and looking up embeddings count
//! nothing, though they take time. Masks and padding save nothing: a window of a convolution counts whole at the
//! edge too, and a masked step as any other.

use std::fmt;

use crate::layers::{Tensors, tensors};
use crate::summary::thousands;
use crate::{Dim, LayerConfig, Shape, TensorSpec};

/// A number of multiply-adds. Lengths that only the data knows stay as factors: `12,800 x time` are 12,800 for each
/// step of the axis `time`, `12,800 x None` for each step of an axis without a name. Two that are called `None` need
/// not be equally long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MultiplyAdds {
    /// Sums of a number times lengths, each list of lengths once.
    terms: Vec<(u64, Vec<Dim>)>,
    unknown: bool,
}

impl MultiplyAdds {
    /// So many.
    pub fn new(count: u64) -> Self {
        MultiplyAdds { terms: vec![(count, Vec::new())], unknown: false }.normal()
    }

    /// A number that nobody knows, `?`: of a layer of your own, or past 2^64.
    pub fn unknown() -> Self {
        MultiplyAdds { terms: Vec::new(), unknown: true }
    }

    /// As many for each step of this length.
    #[must_use]
    pub fn times(mut self, length: Dim) -> Self {
        if length == Dim::Later {
            return MultiplyAdds::unknown();
        }
        for (count, lengths) in &mut self.terms {
            match length {
                Dim::Fixed(n) => match count.checked_mul(n as u64) {
                    Some(product) => *count = product,
                    // Past 2^64 a number would be wrong.
                    None => return MultiplyAdds::unknown(),
                },
                length => lengths.push(length),
            }
        }
        self.normal()
    }

    /// Both together.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        self.terms.extend_from_slice(&other.terms);
        self.unknown |= other.unknown;
        self.normal()
    }

    /// The number, if it is known and no length is missing.
    pub fn number(&self) -> Option<u64> {
        match &self.terms[..] {
            _ if self.unknown => None,
            [] => Some(0),
            [(count, lengths)] if lengths.is_empty() => Some(*count),
            _ => None,
        }
    }

    /// Whether a part of it is not known.
    pub fn is_unknown(&self) -> bool {
        self.unknown
    }

    /// The lengths that only the data knows, as they are printed.
    pub fn lengths(&self) -> Vec<String> {
        let mut lengths: Vec<String> =
            self.terms.iter().flat_map(|(_, lengths)| lengths.iter().map(factor)).collect();
        lengths.sort();
        lengths.dedup();
        lengths
    }

    /// One form for each sum: terms of fewer lengths first, none of them twice.
    fn normal(mut self) -> Self {
        for (_, lengths) in &mut self.terms {
            lengths.sort_by_cached_key(factor);
        }
        self.terms.sort_by_cached_key(|(_, lengths)| {
            (lengths.len(), lengths.iter().map(factor).collect::<Vec<String>>())
        });
        let mut overflow = false;
        self.terms.dedup_by(|next, kept| {
            let same = next.1 == kept.1;
            if same {
                let (sum, past) = kept.0.overflowing_add(next.0);
                (kept.0, overflow) = (sum, overflow | past);
            }
            same
        });
        if overflow {
            return MultiplyAdds::unknown();
        }
        self.terms.retain(|(count, _)| *count > 0);
        self
    }
}

/// A length as a factor: `time`, `(time - 2)`.
fn factor(length: &Dim) -> String {
    match length {
        Dim::Derived(..) => format!("({length})"),
        _ => length.to_string(),
    }
}

impl fmt::Display for MultiplyAdds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut texts: Vec<String> = Vec::new();
        for (count, lengths) in &self.terms {
            let factors = std::iter::once(thousands(count)).chain(lengths.iter().map(factor));
            texts.push(factors.collect::<Vec<String>>().join(" x "));
        }
        if self.unknown {
            texts.push("?".to_string());
        }
        f.write_str(if texts.is_empty() { "0".to_string() } else { texts.join(" + ") }.as_str())
    }
}

impl LayerConfig {
    /// The multiply-adds of the forward pass of one sample, for inputs that the layer accepts:
    /// [`output`](LayerConfig::output) says whether it does.
    pub fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        let Some(input) = inputs.first().map(|spec| spec.shape) else { return MultiplyAdds::default() };
        match self {
            LayerConfig::Dense(_) => {
                along(self.kernels(inputs, 1), &input, 1..input.rank().saturating_sub(1))
            }
            // The kernel at each place that it takes, which is that of an output.
            LayerConfig::Conv1D(layer) => {
                convolution(self, inputs, crate::layers::steps_axis(layer.data_format), 1)
            }
            LayerConfig::Conv2D(layer) => {
                convolution(self, inputs, crate::layers::steps_axis(layer.data_format), 2)
            }
            LayerConfig::LSTM(_) | LayerConfig::GRU(_) | LayerConfig::SimpleRNN(_) => {
                self.kernels(inputs, 2).times(input.dim(1))
            }
            LayerConfig::Bidirectional(layer) => match layer.directions() {
                Ok(directions) => {
                    let [forward, backward] =
                        directions.layers.map(|layer| layer.multiply_adds(&[inputs[0]]));
                    forward.plus(&backward)
                }
                Err(_) => MultiplyAdds::unknown(),
            },
            LayerConfig::TimeDistributed(layer) => {
                let step = TensorSpec { shape: input.remove(1), ..inputs[0] };
                layer.layer.config.multiply_adds(&[step]).times(input.dim(1))
            }
            LayerConfig::Attention(layer) => {
                // Scores by `tanh` are a sum without factors.
                let products = matches!(layer.score_mode, crate::ScoreMode::Dot);
                attention(inputs, products)
            }
            // The sum of the `tanh` has a factor for each feature with `use_scale` only.
            LayerConfig::AdditiveAttention(layer) => attention(inputs, layer.use_scale),
            LayerConfig::MultiHeadAttention(_) => self.multi_head(inputs),
            LayerConfig::Dot(layer) => {
                let (Some(other), Some(axis)) = (inputs.get(1), layer.axes.list.last()) else {
                    return MultiplyAdds::unknown();
                };
                let Some(summed) = other.shape.axis(*axis) else { return MultiplyAdds::unknown() };
                let rest = other.shape.remove(summed);
                let each = along(MultiplyAdds::new(1), &input, 1..input.rank());
                along(each, &rest, 1..rest.rank())
            }
            // No products; written out so that a new layer has to say what it costs.
            LayerConfig::Activation(_)
            | LayerConfig::Add(_)
            | LayerConfig::Average(_)
            | LayerConfig::AveragePooling1D(_)
            | LayerConfig::AveragePooling2D(_)
            | LayerConfig::BatchNormalization(_)
            | LayerConfig::Concatenate(_)
            | LayerConfig::Dropout(_)
            | LayerConfig::ELU(_)
            | LayerConfig::Embedding(_)
            | LayerConfig::Flatten(_)
            | LayerConfig::GlobalAveragePooling1D(_)
            | LayerConfig::GlobalAveragePooling2D(_)
            | LayerConfig::GlobalMaxPooling1D(_)
            | LayerConfig::GlobalMaxPooling2D(_)
            | LayerConfig::Identity(_)
            | LayerConfig::LayerNormalization(_)
            | LayerConfig::LeakyReLU(_)
            | LayerConfig::Masking(_)
            | LayerConfig::Maximum(_)
            | LayerConfig::MaxPooling1D(_)
            | LayerConfig::MaxPooling2D(_)
            | LayerConfig::Minimum(_)
            | LayerConfig::Multiply(_)
            | LayerConfig::Permute(_)
            | LayerConfig::PReLU(_)
            | LayerConfig::ReLU(_)
            | LayerConfig::RepeatVector(_)
            | LayerConfig::Rescaling(_)
            | LayerConfig::Reshape(_)
            | LayerConfig::Softmax(_)
            | LayerConfig::SpatialDropout1D(_)
            | LayerConfig::SpatialDropout2D(_)
            | LayerConfig::Subtract(_)
            | LayerConfig::UpSampling2D(_)
            | LayerConfig::ZeroPadding2D(_) => MultiplyAdds::default(),
        }
    }

    /// The numbers in the first `count` weights: what one position is multiplied with.
    fn kernels(&self, inputs: &[TensorSpec], count: usize) -> MultiplyAdds {
        let weights = self.weights(inputs);
        let kernels = weights.as_slice().iter().take(count);
        kernels.fold(MultiplyAdds::default(), |sum, kernel| {
            sum.plus(&MultiplyAdds::new(1).times(kernel.shape.size_from(0)))
        })
    }

    /// Projections of query, key and value to heads, scores, what they weigh, and the projection back.
    fn multi_head(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        let LayerConfig::MultiHeadAttention(layer) = self else { return MultiplyAdds::unknown() };
        let Ok(Tensors { query, value, key }) = tensors("MultiHeadAttention", inputs) else {
            return MultiplyAdds::unknown();
        };
        let Ok(looks_along) = layer.looks_along(&query) else { return MultiplyAdds::unknown() };
        let last = query.rank() - 1;
        let mut sum = MultiplyAdds::default();
        for weight in self.weights(inputs).as_slice() {
            let path = weight.path;
            let positions = match path.as_str() {
                "key/kernel" => &key,
                "value/kernel" => &value,
                name if name.ends_with("/kernel") => &query,
                _ => continue,
            };
            let kernel = MultiplyAdds::new(1).times(weight.shape.size_from(0));
            sum = sum.plus(&along(kernel, positions, 1..last));
        }
        // A pair of steps: the product of query and key, and the share of the value.
        let both = layer.key_dim.dim().plus(layer.value_size().dim());
        let pair = MultiplyAdds::new(1).times(layer.num_heads.dim()).times(both);
        let seen = (1..last).filter(|axis| looks_along[*axis]);
        sum.plus(&along(along(pair, &query, 1..last), &value, seen))
    }
}

/// As many for each place along these axes.
fn along(each: MultiplyAdds, shape: &Shape, axes: impl IntoIterator<Item = usize>) -> MultiplyAdds {
    axes.into_iter().fold(each, |all, axis| all.times(shape.dim(axis)))
}

fn convolution(config: &LayerConfig, inputs: &[TensorSpec], first: usize, axes: usize) -> MultiplyAdds {
    match config.output(inputs) {
        Ok(outputs) => along(config.kernels(inputs, 1), &outputs.get(0).shape, first..first + axes),
        Err(_) => MultiplyAdds::unknown(),
    }
}

/// Each step of the query with each of the key: a feature of the key if the scores are products, and the value.
fn attention(inputs: &[TensorSpec], products: bool) -> MultiplyAdds {
    let Ok(Tensors { query, value, key }) = tensors("Attention", inputs) else {
        return MultiplyAdds::unknown();
    };
    let rank = query.rank();
    let scores = if products { MultiplyAdds::new(1).times(key.last()) } else { MultiplyAdds::default() };
    let pair = scores.plus(&MultiplyAdds::new(1).times(value.last()));
    along(pair, &query, 1..rank - 1).times(value.dim(rank - 2))
}
