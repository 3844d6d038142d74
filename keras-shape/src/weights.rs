//! The weights that a layer makes for an input of a shape.

use crate::{Constraint, Dim, Initializer, Regularizer, Shape, Text};

/// The most weights that one layer may have.
pub const MAX_WEIGHTS: usize = 24;

/// One weight of a layer.
#[derive(Clone, Copy, Debug)]
pub struct WeightSpec {
    /// Keras's path below the layer: `kernel`, `lstm_cell/recurrent_kernel`.
    pub path: Text<96>,
    /// Its axes.
    pub shape: Shape,
    /// How it begins.
    pub initializer: Initializer,
    /// What it adds to the loss.
    pub regularizer: Regularizer,
    /// What it is held to after each step.
    pub constraint: Constraint,
    /// Whether an optimiser changes it.
    pub trainable: bool,
    /// Whether it would if all layers that it stands in are trained: moving averages are of no optimiser.
    pub trains: bool,
    /// Whether the second quarter begins at 1: the bias of an LSTM's forget gate.
    pub unit_forget_bias: bool,
}

impl WeightSpec {
    /// A trainable weight without regulariser and constraint.
    pub const fn new(path: &str, shape: Shape, initializer: Initializer) -> Self {
        WeightSpec {
            path: Text::new().s(path),
            shape,
            initializer,
            regularizer: Regularizer::None,
            constraint: Constraint::None,
            trainable: true,
            trains: true,
            unit_forget_bias: false,
        }
    }

    /// Adds a regulariser.
    pub const fn regularizer(mut self, regularizer: Regularizer) -> Self {
        self.regularizer = regularizer;
        self
    }

    /// Adds a constraint.
    pub const fn constraint(mut self, constraint: Constraint) -> Self {
        self.constraint = constraint;
        self
    }

    /// Marks it as changed by the layer itself, not by an optimiser.
    pub const fn frozen(mut self) -> Self {
        self.trainable = false;
        self.trains = false;
        self
    }
}

/// The weights of one layer, in Keras's order.
#[derive(Clone, Copy, Debug)]
pub struct Weights {
    len: usize,
    list: [WeightSpec; MAX_WEIGHTS],
}

impl Weights {
    /// A layer without weights.
    pub const NONE: Weights =
        Weights { len: 0, list: [WeightSpec::new("", Shape::new(&[]), Initializer::Zeros); MAX_WEIGHTS] };

    /// Adds a weight.
    pub const fn with(mut self, weight: WeightSpec) -> Self {
        self.list[self.len] = weight;
        self.len += 1;
        self
    }

    /// Adds a weight if `when`.
    pub const fn with_if(self, when: bool, weight: WeightSpec) -> Self {
        if when { self.with(weight) } else { self }
    }

    /// Adds the weights of an inner layer, `prefix` and a slash before their paths.
    pub const fn with_inner(mut self, prefix: &str, inner: &Weights) -> Self {
        let mut i = 0;
        while i < inner.len {
            let mut weight = inner.list[i];
            weight.path = Text::new().s(prefix).s("/").t(&inner.list[i].path);
            self = self.with(weight);
            i += 1;
        }
        self
    }

    /// The weights as a slice.
    pub const fn as_slice(&self) -> &[WeightSpec] {
        self.list.split_at(self.len).0
    }

    /// The same of a layer that is not trained.
    pub const fn frozen(mut self) -> Self {
        let mut i = 0;
        while i < self.len {
            self.list[i].trainable = false;
            i += 1;
        }
        self
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The number of parameters, of the trainable weights only if so asked; `None` if a shape is
    /// not known yet.
    pub const fn count(&self, trainable_only: bool) -> Option<usize> {
        let mut sum = 0usize;
        let mut i = 0;
        while i < self.len {
            if self.list[i].trainable || !trainable_only {
                match self.list[i].shape.size_from(0) {
                    Dim::Fixed(n) => sum = sum.saturating_add(n),
                    _ => return None,
                }
            }
            i += 1;
        }
        Some(sum)
    }
}
