use super::Pass;
use super::check::{inside, tri};
use crate::arg::OnlyNone;
use crate::call_args::Flags;
use crate::cost::MultiplyAdds;
use crate::{
    Inner, LayerConfig, MAX_OUTPUTS, MAX_WEIGHTS, MaskRule, MergeMode, Outputs, Shape, ShapeError, Size,
    TensorSpec, Text, Weights,
};

layer! {
    /// Runs a recurrent layer over time in both directions. [Keras](https://keras.io/api/layers/recurrent_layers/bidirectional/).
    ///
    /// Beside `initial_state` a mask that the input carries is handed on and not applied: padded steps count, as in Keras
    /// 3.15. `mask = m` is applied always.
    pub struct Bidirectional {
        /// The layer that runs forward: `LSTM`, `GRU`, `SimpleRNN`, `RNN` or a recurrent convolution, as `ConvLSTM2D`.
        layer: Inner,
        /// How the two outputs become one; `None` leaves them two.
        merge_mode: Option<MergeMode> = [concat = Some(MergeMode::Concat)],
        /// Only `None`: weights come from `load_weights`.
        weights: OnlyNone = None,
        /// The layer that runs backward, if it is not a copy of `layer`.
        backward_layer: Option<Inner> = None,
    }
}

const CLASS: &str = "Bidirectional";

/// The layers of the two directions, forward first.
#[derive(Clone, Copy, Debug)]
pub struct Directions {
    /// The layers as they run: their `go_backwards` set, masked steps of sequences zero as Keras does.
    pub layers: [LayerConfig; 2],
    /// How each of them goes over a sequence.
    pub passes: [Pass; 2],
}

impl Bidirectional {
    /// The layers of the two directions.
    ///
    /// # Errors
    /// One of them is not recurrent, or they do not go together.
    pub const fn directions(&self) -> Result<Directions, ShapeError> {
        let forward = match self.layer.config.pass() {
            Some(pass) => pass,
            None => return Err(not_recurrent("layer", self.layer.config)),
        };
        let backward = match &self.backward_layer {
            None if forward.go_backwards => {
                let text = Text::new().s("Bidirectional makes the backward layer itself: `layer` must run forward, found `go_backwards = true`");
                let help = Text::new().s("leave `go_backwards` out");
                return Err(ShapeError::new(text).help(help).arg("layer"));
            }
            None => Pass { go_backwards: true, ..forward },
            Some(inner) => match inner.config.pass() {
                Some(pass) => pass,
                None => return Err(not_recurrent("backward_layer", inner.config)),
            },
        };
        if forward.go_backwards == backward.go_backwards {
            let text = Text::new()
                .s("Bidirectional: `backward_layer` must run against `layer`, found `go_backwards = ")
                .s(word(backward.go_backwards))
                .s("` for both");
            let help =
                Text::new().s("write `backward_layer = ").s(backward.class).s("(..., go_backwards = true)`");
            return Err(ShapeError::new(text).help(help).arg("backward_layer"));
        }
        tri!(agree("return_sequences", forward.return_sequences, backward.return_sequences));
        tri!(agree("return_state", forward.return_state, backward.return_state));
        tri!(agree("stateful", forward.stateful, backward.stateful));
        if let (Some(mode), Size::Known(f), Size::Known(b)) = (self.merge_mode, forward.units, backward.units)
            && f != b
            && !matches!(mode, MergeMode::Concat)
        {
            let text = Text::new()
                .s("Bidirectional: `merge_mode = ")
                .s(mode.name())
                .s("` needs both directions equally wide; they have ")
                .n(f)
                .s(" and ")
                .n(b)
                .s(" units");
            let help = Text::new().s("give both the same `units`, or use `merge_mode = concat`");
            return Err(ShapeError::new(text).help(help).arg("merge_mode"));
        }
        let second = match &self.backward_layer {
            Some(inner) => inner.config,
            None => self.layer.config,
        };
        let layers = [directed(self.layer.config, &forward), directed(second, &backward)];
        Ok(Directions { layers, passes: [forward, backward] })
    }

    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let directions = tri!(self.directions());
        let [f, b] = directions.passes;
        if inputs.len() > 1 && inputs[1].role.is_input() {
            return Err(crate::wording::one_sequence(CLASS, inputs.len()));
        }
        let given = inputs.len().saturating_sub(1);
        if given > 0 && given != f.states + b.states {
            let text = Text::new()
                .s("Bidirectional begins with ")
                .n(f.states + b.states)
                .s(" states, those of the forward layer first; found ")
                .n(given);
            let mut error = ShapeError::new(text).arg("initial_state");
            if f.states == b.states && f.states <= 2 {
                let all = if f.states == 2 { "[h, c, backward_h, backward_c]" } else { "[h, backward_h]" };
                error = error.help(Text::new().s("write `initial_state = ").s(all).s("`"));
            }
            return Err(error);
        }
        let (forward_inputs, backward_inputs) =
            (part(inputs, 1, f.states), part(inputs, 1 + f.states, b.states));
        let forward = match directions.layers[0].output(forward_inputs.as_slice()) {
            Ok(outputs) => outputs,
            Err(error) => return Err(inside(CLASS, "layer", &error)),
        };
        let backward = match directions.layers[1].output(backward_inputs.as_slice()) {
            Ok(outputs) => outputs,
            Err(error) => {
                let arg = if self.backward_layer.is_some() { "backward_layer" } else { "layer" };
                return Err(inside(CLASS, arg, &error));
            }
        };
        tri!(self.check_room(&directions, inputs, forward.len() + backward.len()));
        let (y, back) = (forward.get(0), backward.get(0));
        tri!(self.check_merge(&y.shape, &back.shape));
        let mut out = match self.merge_mode {
            // On the last axis, also where the channels come first.
            Some(MergeMode::Concat) => {
                let width = y.shape.last().plus(back.shape.last());
                Outputs::float(y.shape.with_last(width))
            }
            Some(_) => Outputs::one(y),
            None => Outputs::one(y).and(back),
        };
        let mut i = 1;
        while i < forward.len() {
            out = out.and(forward.get(i));
            i += 1;
        }
        let mut i = 1;
        while i < backward.len() {
            out = out.and(backward.get(i));
            i += 1;
        }
        Ok(out)
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let Ok(directions) = self.directions() else { return Weights::NONE };
        let forward = self.layer.weights_of(directions.layers[0].weights(inputs));
        let back = match &self.backward_layer {
            Some(layer) => layer,
            None => &self.layer,
        };
        let backward = back.weights_of(directions.layers[1].weights(inputs));
        if forward.len() + backward.len() > MAX_WEIGHTS {
            return Weights::NONE;
        }
        let [first, second] = self.inner_names();
        Weights::NONE.with_inner(first.as_str(), &forward).with_inner(second.as_str(), &backward)
    }

    /// What the names of the weights of the two layers begin with.
    pub const fn inner_names(&self) -> [Text<64>; 2] {
        [prefixed("forward_", &self.layer), self.backward_name()]
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        match self.layer.config.pass() {
            Some(_) => self.layer.config.mask_rule(),
            None => MaskRule::Drop,
        }
    }

    /// Whether the two outputs can be merged: those of convolutions have axes beside their channels.
    const fn check_merge(&self, y: &Shape, back: &Shape) -> Result<(), ShapeError> {
        let Some(mode) = self.merge_mode else { return Ok(()) };
        let concat = matches!(mode, MergeMode::Concat);
        let mut fits = y.rank() == back.rank();
        let mut axis = 1;
        while fits && axis < y.rank() {
            fits = (concat && axis + 1 == y.rank()) || !y.dim(axis).clashes(back.dim(axis));
            axis += 1;
        }
        if fits {
            return Ok(());
        }
        let text = Text::new()
            .s("Bidirectional: `merge_mode = ")
            .s(mode.name())
            .s("` merges outputs of shapes that agree");
        let text = text.s(if concat { " but for the last axis" } else { "" });
        let text = text.s("; the forward layer gives ").shape(y).s(", the backward layer ").shape(back);
        let help = Text::new().s("`merge_mode = None` leaves them two tensors");
        Err(ShapeError::new(text).help(help).arg("backward_layer"))
    }

    /// Whether both directions together have no more weights and give no more tensors than one layer may.
    const fn check_room(
        &self,
        directions: &Directions,
        inputs: &[TensorSpec],
        outputs: usize,
    ) -> Result<(), ShapeError> {
        let [f, b] = &directions.layers;
        let weights = f.weights(inputs).len() + b.weights(inputs).len();
        let outputs = if self.merge_mode.is_none() { outputs } else { outputs - 1 };
        let (what, found, most) = match (weights > MAX_WEIGHTS, outputs > MAX_OUTPUTS) {
            (true, _) => (" weights", weights, MAX_WEIGHTS),
            (_, true) => (" outputs", outputs, MAX_OUTPUTS),
            (false, false) => return Ok(()),
        };
        let text = Text::new().s("Bidirectional: both directions together would have ").n(found).s(what);
        let text = text.s("; a layer has at most ").n(most);
        let help = Text::new()
            .s("the numbers are the same with a layer for each cell and direction, one behind the other");
        Err(ShapeError::new(text).help(help).arg("layer"))
    }

    /// A backward layer of its own keeps its name, or gets the one that Keras gives it in a fresh session.
    const fn backward_name(&self) -> Text<64> {
        let Some(inner) = &self.backward_layer else { return prefixed("backward_", &self.layer) };
        let name = Text::new();
        match (inner.name, self.layer.name) {
            (Some(own), _) => name.s(own),
            (None, None) if crate::text::same(inner.config.snake(), self.layer.config.snake()) => {
                name.s(inner.config.snake()).s("_1")
            }
            _ => name.s(inner.config.snake()),
        }
    }
}

const fn word(b: bool) -> &'static str {
    if b { "true" } else { "false" }
}

const fn not_recurrent(arg: &'static str, config: &LayerConfig) -> ShapeError {
    let text = Text::new()
        .s("Bidirectional runs a recurrent layer, as `LSTM`, `GRU`, `RNN` or `ConvLSTM2D`; `")
        .s(arg)
        .s("` is `")
        .s(config.class())
        .s("`");
    let help = Text::new()
        .s("to apply a layer at every step, write `TimeDistributed(")
        .s(config.class())
        .s("(...))`");
    ShapeError::new(text).help(help).arg(arg)
}

const fn agree(name: &str, forward: bool, backward: bool) -> Result<(), ShapeError> {
    if forward == backward {
        return Ok(());
    }
    let text = Text::new()
        .s("Bidirectional: both directions must have the same `")
        .s(name)
        .s("`; `layer` has ")
        .s(word(forward))
        .s(", `backward_layer` has ")
        .s(word(backward));
    let help = Text::new()
        .s("write `")
        .s(name)
        .s(" = ")
        .s(word(forward))
        .s("` in `backward_layer`, or change `layer`");
    Err(ShapeError::new(text).help(help).arg("backward_layer"))
}

/// The layer as it runs in one direction.
const fn directed(config: &LayerConfig, pass: &Pass) -> LayerConfig {
    config.with_flags(&Flags {
        go_backwards: Some(pass.go_backwards),
        zero_output_for_mask: Some(pass.return_sequences),
        ..Flags::NONE
    })
}

/// The sequence and the `count` states from `from` on, as far as there are any.
const fn part(inputs: &[TensorSpec], from: usize, count: usize) -> Part {
    let mut part = Part { len: 0, list: [TensorSpec::float(crate::Shape::new(&[])); MOST] };
    let mut i = 0;
    while i < inputs.len() {
        if (i == 0 || (i >= from && i < from + count)) && part.len < part.list.len() {
            part.list[part.len] = inputs[i];
            part.len += 1;
        }
        i += 1;
    }
    part
}

/// A sequence and the most states of one direction.
const MOST: usize = 1 + super::stacked_rnn_cells::MAX_STATES;

struct Part {
    len: usize,
    list: [TensorSpec; MOST],
}

impl Part {
    const fn as_slice(&self) -> &[TensorSpec] {
        self.list.split_at(self.len).0
    }
}

/// The inner layer's name behind `prefix`, which is not put twice.
const fn prefixed(prefix: &str, inner: &Inner) -> Text<64> {
    let name = match inner.name {
        Some(name) => name,
        None => inner.config.snake(),
    };
    let n = prefix.len();
    let has = name.len() >= n && {
        let (head, _) = name.as_bytes().split_at(n);
        let (mut i, mut same) = (0, true);
        while i < n {
            same = same && head[i] == prefix.as_bytes()[i];
            i += 1;
        }
        same
    };
    if has { Text::new().s(name) } else { Text::new().s(prefix).s(name) }
}

impl Bidirectional {
    /// The multiply-adds of one sample.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        let Ok(directions) = self.directions() else { return MultiplyAdds::unknown() };
        let [forward, backward] = directions.layers.map(|layer| layer.multiply_adds(&[inputs[0]]));
        forward.plus(&backward)
    }
}

facts!(Bidirectional {
    takes_ids: false,
    uses_batch: false,
    named_mask: Steps,
    over_steps: |layer| Some(crate::OverSteps {
        keeps_state: layer.layer.config.keeps_state(),
        sequences: if layer.merge_mode.is_none() { 2 } else { 1 },
        cell: None,
        pass: None,
        both_ways: Some(*layer),
    }),
    wraps: |_layer| Some("layer"),
});
