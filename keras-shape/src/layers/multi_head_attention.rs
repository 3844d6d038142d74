use super::attend::{Tensors, check_mask, key_mismatch, tensors};
use super::check::{axis_in, defined, share, tri};
use crate::cost::{MultiplyAdds, along};
use crate::equation::axes;
use crate::geometry::positive;
use crate::{
    Axes, Constraint, Dim, Ignored, Initializer, MAX_RANK, Mask, MaskRule, Outputs, Regularizer, Shape,
    ShapeError, Size, Sizes, TensorSpec, Text, WeightSpec, Weights, wording,
};

layer! {
    /// Attention of several heads, each on projections of its own: `[query, value]` or `[query, value, key]`, each
    /// `(batch, time, features)`. [Keras](https://keras.io/api/layers/attention_layers/multi_head_attention/).
    ///
    /// It takes `value_mask`, `key_mask` and `attention_mask`. `query_mask` changes no number and is not handed on, as
    /// in Keras 3.15, which goes by the mask that the query carries.
    ///
    /// A step of the query from which the masks hide every step of the key sees the mean of all values; with
    /// `return_attention_scores` or a `dropout` above 0, also when it does not train, it sees zeros. So it is in Keras.
    #[doc(alias = "SelfAttention")]
    pub struct MultiHeadAttention {
        /// How many heads there are.
        num_heads: Size,
        /// The width of a head's query and key.
        key_dim: Size,
        /// The width of a head's value; that of the key if `None`.
        value_dim: Option<Size> = None,
        /// The share of the scores dropped while training.
        dropout: f64 = 0.0,
        /// Whether the projections have a bias.
        use_bias: bool = true,
        /// The axes of the output after the steps; the features of the query if `None`.
        output_shape: Option<Sizes> = None,
        /// The axes that attention looks along; all between batch and features if `None`.
        attention_axes: Option<Axes> = None,
        /// How far a step may look: less than this many steps.
        sliding_window: Option<Size> = None,
        /// Chooses an implementation in Keras; changes no number.
        flash_attention: Option<Ignored> = None,
        /// How the kernels begin.
        kernel_initializer: Initializer = glorot_uniform,
        /// How the biases begin.
        bias_initializer: Initializer = zeros,
        /// What the kernels add to the loss.
        kernel_regularizer: Regularizer = None,
        /// What the biases add to the loss.
        bias_regularizer: Regularizer = None,
        /// What the projections' outputs add to the loss.
        activity_regularizer: Regularizer = None,
        /// What the kernels are held to.
        kernel_constraint: Constraint = None,
        /// What the biases are held to.
        bias_constraint: Constraint = None,
        /// Whether a projection of the query, between 0 and 1, multiplies what attention gives.
        use_gate: bool = false,
        /// Makes dropout the same in every run.
        seed: Option<u64> = None,
        /// Whether the scores come as a second output.
        return_attention_scores: bool = false,
        /// Whether a step may only look at itself and those before.
        use_causal_mask: bool = false,
    }
}

const CLASS: &str = "MultiHeadAttention";

impl MultiHeadAttention {
    /// The width of a head's value.
    pub const fn value_size(&self) -> Size {
        match self.value_dim {
            Some(size) => size,
            None => self.key_dim,
        }
    }

    /// Whether the scores of a query step that may look at no key step are all 0, and not all the same: so Keras does
    /// where it applies the softmax itself, with `return_attention_scores` or `dropout`, and not where a fused function
    /// does it.
    pub const fn zeroes_hidden(&self) -> bool {
        self.return_attention_scores || self.dropout > 0.0
    }

    /// Which axes of a tensor of this shape attention looks along: one bit each.
    ///
    /// # Errors
    /// One of them is the batch axis, the features, or none at all.
    pub const fn looks_along(&self, shape: &Shape) -> Result<[bool; MAX_RANK], ShapeError> {
        let mut along = [false; MAX_RANK];
        let last = shape.rank().saturating_sub(1);
        let Some(axes) = self.attention_axes else {
            let mut axis = 1;
            while axis < last {
                along[axis] = true;
                axis += 1;
            }
            return Ok(along);
        };
        let mut i = 0;
        while i < axes.list.len() {
            let at = tri!(axis_in(CLASS, "attention_axes", axes.list[i], shape));
            if at == 0 || at == last || along[at] {
                let text = Text::new().s(CLASS).s(": `attention_axes` ");
                let text = if along[at] {
                    text.s("names axis ").n(at).s(" twice")
                } else {
                    text.s("lie between the batch axis 0 and the features, axis ")
                        .n(last)
                        .s("; found ")
                        .i(axes.list[i])
                };
                return Err(ShapeError::new(text).arg("attention_axes"));
            }
            along[at] = true;
            i += 1;
        }
        if axes.list.is_empty() {
            let text = Text::new().s(CLASS).s(": `attention_axes` is an empty list");
            let help = Text::new().s("leave it out to look along all axes");
            return Err(ShapeError::new(text).help(help).arg("attention_axes"));
        }
        Ok(along)
    }

    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let t = tri!(tensors(CLASS, inputs));
        tri!(self.check_arguments(&t.query));
        tri!(check_sequences(inputs));
        let rank = t.query.rank();
        if rank >= MAX_RANK {
            let text = Text::new().s(CLASS).s(" works with one more axis, that of the heads: the query ");
            let text = text.shape(&t.query).s(" would have ").n(rank + 1).s(", more than ").n(MAX_RANK);
            return Err(ShapeError::new(text).help(Text::new().s("`Reshape` joins axes")));
        }
        tri!(defined(CLASS, "the features of the query", &t.query, t.query.last()));
        tri!(defined(CLASS, "the features of the value", &t.value, t.value.last()));
        tri!(defined(CLASS, "the features of the key", &t.key, t.key.last()));
        let along = tri!(self.looks_along(&t.query));
        tri!(self.check_steps(inputs, &t, &along));
        let out = Outputs::float(tri!(self.output_of(&t.query)));
        let n = inputs.len();
        if n > 0 && !inputs[n - 1].role.is_input() {
            let wanted = [t.query.batch(), self.num_heads.dim(), t.query.dim(1), t.value.dim(1)];
            tri!(check_mask(CLASS, &inputs[n - 1], &wanted));
        }
        if !self.return_attention_scores {
            return Ok(out);
        }
        let scores = tri!(self.scores(&t, &along));
        Ok(out.and(TensorSpec::float(scores)))
    }

    /// The axes between batch and features: those of key and value agree, and those that attention does not look along are
    /// the query's, too.
    const fn check_steps(
        &self,
        inputs: &[TensorSpec],
        t: &Tensors,
        along: &[bool; MAX_RANK],
    ) -> Result<(), ShapeError> {
        let mut axis = 1;
        while axis < t.query.rank() - 1 {
            let (q, v, k) = (t.query.dim(axis), t.value.dim(axis), t.key.dim(axis));
            // A length that only the data knows against a constant: Keras refuses it too.
            let mixed = (v.is_dynamic() && k.is_fixed()) || (v.is_fixed() && k.is_dynamic());
            if v.clashes(k) || mixed {
                return Err(key_mismatch(CLASS, inputs, v, k));
            }
            if !along[axis] && q.clashes(v) {
                let text = Text::new()
                    .s(CLASS)
                    .s(" does not look along axis ")
                    .n(axis)
                    .s(", where query and value must agree: ");
                let help = "name that axis in `attention_axes`, or bring both to the same length";
                let error = wording::lengths(text, inputs, axis as isize, q, v, help);
                return Err(if self.attention_axes.is_some() { error.arg("attention_axes") } else { error });
            }
            axis += 1;
        }
        Ok(())
    }

    /// The shape of the output: that of the query, with `output_shape` in the place of the features.
    const fn output_of(&self, query: &Shape) -> Result<Shape, ShapeError> {
        let Some(Sizes(sizes)) = self.output_shape else { return Ok(*query) };
        if sizes.is_empty() {
            return Ok(*query);
        }
        let steps = query.rank() - 1;
        if steps + sizes.len() > MAX_RANK {
            let text = Text::new().s(CLASS).s(": the result would have more than ").n(MAX_RANK).s(" axes");
            return Err(ShapeError::new(text).arg("output_shape"));
        }
        let mut out = query.remove(steps);
        let mut i = 0;
        while i < sizes.len() {
            tri!(positive(CLASS, "output_shape", sizes[i]));
            out = out.push(sizes[i].dim());
            i += 1;
        }
        Ok(out)
    }

    /// The shape of the scores: `(batch, axes that attention does not look along, heads, query steps, key steps)`.
    const fn scores(&self, t: &Tensors, along: &[bool; MAX_RANK]) -> Result<Shape, ShapeError> {
        if !tri!(self.in_order(&t.query)) {
            let text = Text::new().s(CLASS).s(": the axes of the scores stand in the order of the tensors: name `attention_axes` from the first to the last");
            return Err(ShapeError::new(text).arg("attention_axes"));
        }
        let mut scores = Shape::new(&[t.query.batch()]);
        let mut axes = 2;
        let mut axis = 1;
        while axis < t.query.rank() - 1 {
            axes += if along[axis] { 2 } else { 1 };
            if !along[axis] {
                scores = scores.push(t.query.dim(axis));
            }
            axis += 1;
        }
        if axes > MAX_RANK {
            let text =
                Text::new().s(CLASS).s(": the scores would have ").n(axes).s(" axes, more than ").n(MAX_RANK);
            let help =
                Text::new().s("name fewer axes in `attention_axes`, or leave out `return_attention_scores`");
            return Err(ShapeError::new(text).help(help).arg("return_attention_scores"));
        }
        scores = push_all(scores.push(self.num_heads.dim()), &t.query, along);
        Ok(push_all(scores, &t.value, along))
    }

    /// Whether `attention_axes` go from the first axis to the last.
    const fn in_order(&self, query: &Shape) -> Result<bool, ShapeError> {
        let Some(axes) = self.attention_axes else { return Ok(true) };
        let mut i = 1;
        while i < axes.list.len() {
            let before = tri!(axis_in(CLASS, "attention_axes", axes.list[i - 1], query));
            if before > tri!(axis_in(CLASS, "attention_axes", axes.list[i], query)) {
                return Ok(false);
            }
            i += 1;
        }
        Ok(true)
    }

    const fn check_arguments(&self, query: &Shape) -> Result<(), ShapeError> {
        tri!(positive(CLASS, "num_heads", self.num_heads));
        tri!(positive(CLASS, "key_dim", self.key_dim));
        tri!(positive(CLASS, "value_dim", self.value_size()));
        tri!(share(CLASS, "dropout", self.dropout));
        if let Some(size) = self.sliding_window {
            tri!(positive(CLASS, "sliding_window", size));
        }
        // What lies before or behind a single axis of steps, the first, are samples.
        let in_a_row = match self.attention_axes {
            Some(axes) if axes.list.len() == 1 => {
                tri!(axis_in(CLASS, "attention_axes", axes.list[0], query)) == 1
            }
            _ => query.rank() <= 3,
        };
        if !in_a_row && (self.use_causal_mask || self.sliding_window.is_some()) {
            let arg = if self.use_causal_mask { "use_causal_mask" } else { "sliding_window" };
            let text = Text::new()
                .s(CLASS)
                .s(": `")
                .s(arg)
                .s("` needs one axis of steps, (batch, time, features); the query is ");
            let help = Text::new().s("`Reshape` or `TimeDistributed` make sequences of it");
            return Err(ShapeError::new(text.shape(query)).help(help).arg(arg));
        }
        Ok(())
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let Ok(t) = tensors(CLASS, inputs) else { return Weights::NONE };
        let (heads, key, value) = (self.num_heads.dim(), self.key_dim.dim(), self.value_size().dim());
        let mut out = Shape::new(&[]);
        match self.output_shape {
            Some(Sizes(sizes)) if !sizes.is_empty() => {
                let mut i = 0;
                while i < sizes.len() {
                    out = out.push(sizes[i].dim());
                    i += 1;
                }
            }
            _ => out = out.push(t.query.last()),
        }
        let mut back = Shape::new(&[heads, value]);
        let mut i = 0;
        while i < out.rank() {
            back = back.push(out.dim(i));
            i += 1;
        }
        let weights = self.projection(Weights::NONE, "query", t.query.last(), key);
        let weights = self.projection(weights, "key", t.key.last(), key);
        let weights =
            if self.use_gate { self.projection(weights, "gate", t.query.last(), value) } else { weights };
        let weights = self.projection(weights, "value", t.value.last(), value);
        self.pair(weights, "attention_output", back, out, 2)
    }

    /// From features to heads.
    const fn projection(&self, weights: Weights, name: &str, features: Dim, width: Dim) -> Weights {
        let heads = self.num_heads.dim();
        self.pair(weights, name, Shape::new(&[features, heads, width]), Shape::new(&[heads, width]), 1)
    }

    /// A kernel, of which the first `inputs` axes are those of the input, and perhaps a bias.
    pub(super) const fn pair(
        &self,
        weights: Weights,
        name: &str,
        kernel: Shape,
        bias: Shape,
        inputs: usize,
    ) -> Weights {
        let path: Text<96> = Text::new().s(name).s("/kernel");
        let (input, all) = ((1 << inputs) - 1, (1 << kernel.rank()) - 1);
        let begins = self.kernel_initializer.along(axes(input), axes(all & !input));
        let kernel = WeightSpec::new(path.as_str(), kernel, begins)
            .regularizer(self.kernel_regularizer)
            .constraint(self.kernel_constraint);
        let path: Text<96> = Text::new().s(name).s("/bias");
        let bias = WeightSpec::new(path.as_str(), bias, self.bias_initializer)
            .regularizer(self.bias_regularizer)
            .constraint(self.bias_constraint);
        weights.with(kernel).with_if(self.use_bias, bias)
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        MaskRule::UseAndPass
    }
}

/// Masks are of the steps of sequences, not of images.
const fn check_sequences(inputs: &[TensorSpec]) -> Result<(), ShapeError> {
    let query = inputs[0].shape;
    let mut i = 0;
    while i < inputs.len() && query.rank() > 3 {
        let explicit = !inputs[i].role.is_input();
        if explicit || matches!(inputs[i].mask, Mask::Present) {
            let text =
                Text::new().s(CLASS).s(" uses masks on sequences, (batch, time, features); the query is ");
            let help = "`Reshape` makes a sequence of it; `mask = None` leaves the mask of the inputs out";
            let error = ShapeError::new(text.shape(&query)).help(Text::new().s(help));
            return Err(if explicit { error.arg(inputs[i].role.name()) } else { error });
        }
        i += 1;
    }
    Ok(())
}

/// Appends the axes that attention looks along.
const fn push_all(mut scores: Shape, of: &Shape, along: &[bool; MAX_RANK]) -> Shape {
    let mut axis = 1;
    while axis < of.rank() - 1 {
        if along[axis] {
            scores = scores.push(of.dim(axis));
        }
        axis += 1;
    }
    scores
}

impl MultiHeadAttention {
    /// The multiply-adds of one sample.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        // Projections of query, key and value to heads, scores, what they weigh, and the projection back.
        let Ok(Tensors { query, value, key }) = tensors(CLASS, inputs) else {
            return MultiplyAdds::unknown();
        };
        let Ok(looks_along) = self.looks_along(&query) else { return MultiplyAdds::unknown() };
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
        let both = self.key_dim.dim().plus(self.value_size().dim());
        let pair = MultiplyAdds::new(1).times(self.num_heads.dim()).times(both);
        let seen = (1..last).filter(|axis| looks_along[*axis]);
        sum.plus(&along(along(pair, &query, 1..last), &value, seen))
    }
}

// Its projections have the regularizer.
facts!(MultiHeadAttention {
    takes_ids: false,
    uses_batch: false,
    named_mask: Each,
    makes_applied: |_layer| ["softmax", "dropout", "", "", "", "", "", "", "", "", ""],
    named_inputs: |_layer| &["value", "key"],
    regularizes_output: |_layer| false,
});
