//! What a layer costs: the multiply-adds of its forward pass for one sample.
//!
//! Counted is what the field counts as MACs: each multiplication whose result is added to a sum, in matrix products,
//! convolutions and attention. Biases, activations, normalisation, pooling, merges and looking up embeddings count
//! nothing, though they take time. Masks and padding save nothing: a window of a convolution counts whole at the
//! edge too, and a masked step as any other.

use std::fmt;

use crate::layers::{Tensors, tensors};
use crate::summary::thousands;
use crate::{Dim, Shape, TensorSpec, Weights};

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

/// The numbers in the first `count` weights: what one position is multiplied with.
pub(crate) fn kernels(weights: Weights, count: usize) -> MultiplyAdds {
    let kernels = weights.as_slice().iter().take(count);
    kernels.fold(MultiplyAdds::default(), |sum, kernel| {
        sum.plus(&MultiplyAdds::new(1).times(kernel.shape.size_from(0)))
    })
}

/// As many for each place along these axes.
pub(crate) fn along(
    each: MultiplyAdds,
    shape: &Shape,
    axes: impl IntoIterator<Item = usize>,
) -> MultiplyAdds {
    axes.into_iter().fold(each, |all, axis| all.times(shape.dim(axis)))
}

/// Each step of the query with each of the key: a feature of the key if the scores are products, and the value.
pub(crate) fn attention(inputs: &[TensorSpec], products: bool) -> MultiplyAdds {
    let Ok(Tensors { query, value, key }) = tensors("Attention", inputs) else {
        return MultiplyAdds::unknown();
    };
    let rank = query.rank();
    let scores = if products { MultiplyAdds::new(1).times(key.last()) } else { MultiplyAdds::default() };
    let pair = scores.plus(&MultiplyAdds::new(1).times(value.last()));
    along(pair, &query, 1..rank - 1).times(value.dim(rank - 2))
}
