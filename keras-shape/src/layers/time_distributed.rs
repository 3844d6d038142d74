use super::check::{inside, one, tri};
use crate::{Inner, MAX_RANK, MaskRule, Outputs, ShapeError, TensorSpec, Text, Weights};

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
        let shape = input.shape;
        if shape.rank() < 3 {
            let text = Text::new()
                .s("TimeDistributed needs (batch, time, ...), 3 axes or more; the input ")
                .shape(&shape)
                .s(" has ")
                .n(shape.rank());
            let help = Text::new()
                .s("without a time axis, `")
                .s(self.layer.config.class())
                .s("` stands alone; if a recurrent layer comes before, give it `return_sequences = true`");
            return Err(ShapeError::new(text).help(help));
        }
        if self.layer.config.keeps_state() {
            let text = Text::new().s("TimeDistributed: a step cannot go on from the state of the step before; `layer` has `stateful = true`");
            return Err(ShapeError::new(text).help(Text::new().s("leave `stateful` out")).arg("layer"));
        }
        let outputs = match self.layer.config.output(&[step(input)]) {
            Ok(outputs) => outputs,
            Err(error) => return Err(inside(CLASS, "layer", &error)),
        };
        if outputs.len() != 1 {
            let text = Text::new()
                .s("TimeDistributed hands on one tensor a step; `")
                .s(self.layer.config.class())
                .s("` gives ")
                .n(outputs.len());
            let help = Text::new()
                .s("leave out what asks for more, as `return_state = true` or `merge_mode = None`");
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
        out.shape = out.shape.insert(1, shape.dim(1));
        Ok(Outputs::one(out))
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let name = match self.layer.name {
            Some(name) => name,
            None => self.layer.config.snake(),
        };
        Weights::NONE.with_inner(name, &self.layer.config.weights(&[step(&inputs[0])]))
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        match self.layer.config.mask_rule() {
            MaskRule::Use | MaskRule::UseAndPass => MaskRule::UseAndPass,
            MaskRule::Pass | MaskRule::PassAll | MaskRule::PassAny | MaskRule::Drop | MaskRule::Make => MaskRule::Pass,
        }
    }
}

/// The input as the inner layer sees it: without the time axis.
const fn step(input: &TensorSpec) -> TensorSpec {
    let mut step = *input;
    step.shape = input.shape.remove(1);
    step.mask = crate::Mask::Absent;
    step
}
