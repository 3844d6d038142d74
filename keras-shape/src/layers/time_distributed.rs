use super::check::{inside, one, tri};
use crate::cost::MultiplyAdds;
use crate::{
    Dim, Inferred, Inner, MAX_RANK, Mask, MaskRule, Outputs, ShapeError, TensorSpec, Text, Weights, wording,
};

layer! {
    /// Applies a layer at every step of a sequence, `(batch, time, ...)` to `(batch, time, ...)`.
    /// [Keras](https://keras.io/api/layers/recurrent_layers/time_distributed/).
    ///
    /// An `activity_regularizer` of the inner layer counts as it would without the wrapper: the penalty of all steps, over
    /// the size of the batch. (Keras 3.15 forgets it here; Keras 2 did not.)
    pub struct TimeDistributed {
        /// The layer that sees one step at a time.
        layer: Inner,
    }
}

const CLASS: &str = "TimeDistributed";

impl TimeDistributed {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let input = tri!(one(CLASS, inputs));
        tri!(has_steps(input, self.layer.config.class()));
        if self.layer.config.keeps_state() {
            let text = Text::new().s("TimeDistributed: a step cannot go on from the state of the step before; `layer` has `stateful = true`");
            return Err(ShapeError::new(text).help(Text::new().s("leave `stateful` out")).arg("layer"));
        }
        let outputs = match self.layer.config.output(&[step(input)]) {
            Ok(outputs) => outputs,
            Err(error) => return Err(inside(CLASS, "layer", &error)),
        };
        all_steps(input, &outputs, self.layer.config.class())
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let name = match self.layer.name {
            Some(name) => name,
            None => self.layer.config.snake(),
        };
        Weights::NONE.with_inner(name, &self.layer.weights(&[step(&inputs[0])]))
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        match self.layer.config.mask_rule() {
            MaskRule::Use | MaskRule::UseAndPass => MaskRule::UseAndPass,
            MaskRule::Pass | MaskRule::PassAll | MaskRule::PassAny | MaskRule::Drop | MaskRule::Make => {
                MaskRule::Pass
            }
        }
    }
}

/// Whether there are steps at each of which something is left.
const fn has_steps(input: &TensorSpec, inner: &str) -> Result<(), ShapeError> {
    let shape = input.shape;
    if shape.rank() >= 3 {
        return Ok(());
    }
    let help = Text::new()
        .s("without a time axis, `")
        .s(inner)
        .s("` stands alone; if a recurrent layer comes before, give it `return_sequences = true`");
    Err(wording::too_few_axes("TimeDistributed", &shape, 3, "(batch, time, ...)", help))
}

/// What comes of the one output that there is at each step.
const fn all_steps(input: &TensorSpec, outputs: &Outputs, inner: &str) -> Result<Outputs, ShapeError> {
    if outputs.len() != 1 {
        let text = Text::new()
            .s("TimeDistributed hands on one tensor a step; `")
            .s(inner)
            .s("` gives ")
            .n(outputs.len());
        let help =
            Text::new().s("leave out what asks for more, as `return_state = true` or `merge_mode = None`");
        return Err(ShapeError::new(text).help(help).arg("layer"));
    }
    let mut out = outputs.get(0);
    if out.shape.rank() >= MAX_RANK {
        let text = Text::new()
            .s("TimeDistributed adds the time axis to ")
            .shape(&out.shape)
            .s(", and tensors have at most ")
            .n(MAX_RANK)
            .s(" axes");
        return Err(ShapeError::new(text));
    }
    out.shape = out.shape.with(0, input.shape.batch()).insert(1, input.shape.dim(1));
    Ok(Outputs::one(out))
}

/// A tensor as the layer inside `TimeDistributed` sees it: one step at a time, of a batch that may be any.
pub const fn step_of(input: Option<TensorSpec>) -> Option<TensorSpec> {
    match input {
        Some(input) if input.shape.rank() >= 3 => {
            let mut step = step(&input);
            step.shape = step.shape.with(0, Dim::NONE);
            step.role = crate::Role::Input;
            Some(step)
        }
        _ => None,
    }
}

/// What `TimeDistributed` gives around something that is no layer of Keras's with arguments alone: a block, a model or
/// a layer of somebody's own, called `name`, which gives `inner` at a [step](step_of).
pub const fn over_time(
    name: &str,
    inner: Inferred,
    inputs: &[Option<TensorSpec>],
    drop_mask: bool,
) -> Inferred {
    let [Some(input)] = inputs else {
        let text = Text::new().s("TimeDistributed takes one tensor, found ").n(inputs.len());
        return if inputs.len() == 1 { Inferred::Unknown } else { Inferred::Wrong(ShapeError::new(text)) };
    };
    if let Err(error) = has_steps(input, name) {
        return Inferred::Wrong(error);
    }
    let outputs = match inner {
        Inferred::Known(outputs) => outputs,
        // What is wrong inside is a mistake of a place inside.
        Inferred::Wrong(error) => {
            let mut error = inside(CLASS, "layer", &error);
            error.culprit = None;
            return Inferred::Wrong(error);
        }
        Inferred::Unknown => return Inferred::Unknown,
    };
    match all_steps(input, &outputs, name) {
        Ok(outputs) => {
            let mut out = outputs.get(0);
            out.mask = if drop_mask { Mask::Absent } else { input.mask };
            Inferred::Known(Outputs::one(out))
        }
        Err(error) => Inferred::Wrong(error),
    }
}

/// The input as the inner layer sees it: without the time axis.
const fn step(input: &TensorSpec) -> TensorSpec {
    let mut step = *input;
    step.shape = input.shape.remove(1);
    step.mask = crate::Mask::Absent;
    step
}

impl TimeDistributed {
    /// The multiply-adds of one sample.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        let input = inputs[0].shape;
        let step = TensorSpec { shape: input.remove(1), ..inputs[0] };
        self.layer.config.multiply_adds(&[step]).times(input.dim(1))
    }
}

facts!(TimeDistributed {
    takes_ids: false,
    uses_batch: false,
    named_mask: StepsAndMore,
    each_step: |layer| Some(layer.layer),
    wraps: |_layer| Some("layer"),
});
