//! LSTM, GRU and SimpleRNN in one direction of time: what the layers and `Bidirectional` are made of.

use keras_kernels::activation::Act;
use keras_kernels::aligned::Aligned;
use keras_kernels::rare::Rare;
use keras_kernels::recurrent::{
    Given, Gru, GruGradients, GruWeights, Lstm, LstmGradients, LstmWeights, Sequence, SimpleRnn,
    SimpleRnnGradients, SimpleRnnWeights,
};
use keras_kernels::threads;
use keras_shape::layers::{CellKind, Recurrent};
use keras_shape::{Activation, Role};

use super::activation::{Activated, activated};
use super::dropout::Factors;
use crate::context::Context;
use crate::engine::kernel::{Inputs, Site, Weights};
use crate::engine::parts::MaskPlace;
use crate::{Error, Result};

/// A recurrent layer without its outputs: they lie where its owner wants them.
pub(super) struct Direction {
    cell: Cell,
    pub size: Sequence,
    /// Whether the output has every step.
    pub sequences: bool,
    /// Whether a step that does not count gives zeros.
    zeros: bool,
    /// How many weights and states it has.
    pub weights: usize,
    pub states: usize,
    cache: Aligned,
    dropout: Option<Dropout>,
    /// Gradients that nobody asks for but that are computed anyway.
    unwanted: [Aligned; 3],
}

enum Cell {
    Lstm(Lstm),
    Gru(Gru),
    Simple(SimpleRnn),
}

/// Dropout of the input: the same features at every step.
struct Dropout {
    factors: Factors,
    /// The input with some of it dropped.
    x: Aligned,
}

/// What a direction computes from.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    pub x: &'a [f32],
    pub mask: Option<&'a [bool]>,
    /// The first `h` and `c`.
    pub states: [Option<&'a [f32]>; 2],
    /// Kernel, recurrent kernel and bias.
    pub weights: [Option<&'a [f32]>; 3],
}

impl<'a> Sources<'a> {
    /// From the inputs of a layer, whose states and weights are those from these numbers on.
    pub fn new(
        direction: &Direction,
        x: Inputs<'a>,
        w: Weights<'a>,
        mask: Option<&'a [bool]>,
        state: usize,
        weight: usize,
    ) -> Self {
        let has = x.feeds.get(1).is_some_and(|feed| feed.role == Role::InitialState);
        let state = |i: usize| (has && i < direction.states).then(|| x.at(state + i));
        let weight = |i: usize| if i < direction.weights { w.get(weight + i) } else { None };
        Sources { x: x.at(0), mask, states: [state(0), state(1)], weights: [weight(0), weight(1), weight(2)] }
    }
}

/// The gradients of the outputs of a direction.
#[derive(Clone, Copy)]
pub(super) struct Received<'a> {
    /// Of the output: every step, or the last.
    pub y: Option<&'a [f32]>,
    /// Of the last `h` and `c`.
    pub states: [Option<&'a [f32]>; 2],
}

/// Where the gradients of a direction go.
pub(super) struct Targets<'a> {
    pub x: Option<&'a mut [f32]>,
    pub states: [Option<&'a mut [f32]>; 2],
    pub weights: [Option<&'a mut [f32]>; 3],
}

impl<'a> Targets<'a> {
    /// Into these gradients, where they are not empty.
    pub fn new(x: Option<&'a mut [f32]>, states: &'a mut [Aligned], weights: &'a mut [Aligned]) -> Self {
        fn all<const N: usize>(grads: &mut [Aligned]) -> [Option<&mut [f32]>; N] {
            let mut grads = grads.iter_mut();
            core::array::from_fn(|_| {
                grads.next().map(Aligned::as_mut_slice).filter(|grad: &&mut [f32]| !grad.is_empty())
            })
        }
        Targets { x, states: all(states), weights: all(weights) }
    }
}

/// What a direction is for.
pub(super) struct Setting<'a> {
    /// Batch, time, features.
    pub x: &'a [usize],
    pub training: bool,
    pub gradients: bool,
}

impl Direction {
    /// The direction that a recurrent layer is, if there is a kernel for it.
    pub fn new(layer: &Recurrent, setting: &Setting<'_>) -> Option<Direction> {
        let [batch, time, inputs] = *setting.x else { return None };
        let drops = |rate: f64| setting.training && rate != 0.0 && (rate < 1.0 || layer.gates == 1);
        if time == 0 || layer.stateful || (setting.training && layer.recurrent_dropout != 0.0) {
            return None;
        }
        let (units, go_backwards) = (layer.units.known()?, layer.go_backwards);
        let size = Sequence { batch, time, inputs, units, go_backwards, threads: threads::threads() };
        let act = from_output(layer.activation)?;
        let gate = || from_output(layer.recurrent_activation);
        let (cell, cache) = match layer.kind {
            CellKind::Lstm => {
                let lstm = Lstm { size, act, recurrent_act: gate()? };
                (Cell::Lstm(lstm), lstm.cache_len())
            }
            CellKind::Gru => {
                let gru = Gru { size, act, recurrent_act: gate()?, reset_after: layer.two_biases };
                (Cell::Gru(gru), gru.cache_len())
            }
            CellKind::Simple => (Cell::Simple(SimpleRnn { size, act }), 0),
        };
        let dropout = drops(layer.dropout).then(|| Dropout {
            factors: Factors::new(batch * inputs, layer.dropout, layer.seed),
            x: Aligned::zeros(batch * time * inputs),
        });
        Some(Direction {
            cell,
            size,
            sequences: layer.return_sequences,
            zeros: layer.zero_output_for_mask,
            weights: layer.weight_count(),
            states: layer.states,
            cache: Aligned::zeros(if setting.gradients { cache } else { 0 }),
            dropout,
            unwanted: unwanted(layer, &size),
        })
    }

    /// Whether it needs random numbers.
    pub fn needs_context(&self) -> bool {
        self.dropout.is_some()
    }

    /// Numbers of all states.
    pub fn all(&self) -> usize {
        self.size.batch * self.size.time * self.size.units
    }

    /// Numbers of the output.
    pub fn out(&self) -> usize {
        if self.sequences { self.all() } else { self.size.batch * self.size.units }
    }

    /// Whether the states of all steps, in the order of the steps, are the output as they are.
    pub fn plain(&self, masked: bool) -> bool {
        self.sequences && !(masked && self.zeros)
    }

    /// Fills `hs`, the states after every step in the order of the steps, and `c`, the last cell of an LSTM.
    pub fn forward(
        &mut self,
        from: &Sources<'_>,
        hs: &mut [f32],
        c: Option<&mut [f32]>,
        context: Option<&mut Context>,
    ) -> Result<()> {
        let x = match &mut self.dropout {
            Some(dropout) => dropout.apply(from.x, &self.size, context)?,
            None => from.x,
        };
        let given = Given { x, mask: from.mask, h0: from.states[0] };
        let [w, u, b] = from.weights;
        let (w, u) = (w.unwrap_or_default(), u.unwrap_or_default());
        let cache = Some(self.cache.as_mut_slice()).filter(|cache| !cache.is_empty());
        match &self.cell {
            Cell::Lstm(lstm) => lstm.forward(given, from.states[1], LstmWeights { w, u, b }, cache, hs, c),
            Cell::Gru(gru) => gru.forward(given, GruWeights { w, u, b }, cache, hs),
            Cell::Simple(simple) => simple.forward(given, SimpleRnnWeights { w, u, b }, hs),
        }
        Ok(())
    }

    /// The output in the order of the steps, from the states of all steps.
    pub fn output(&self, hs: &[f32], mask: Option<&[bool]>, y: &mut [f32]) {
        let Sequence { time, units, .. } = self.size;
        if self.sequences {
            y.copy_from_slice(hs);
        } else {
            self.last(hs, y);
        }
        let steps = if self.sequences { 0..time } else { time - 1..time };
        self.zero(mask, steps, y, units);
    }

    /// The states after the last step.
    pub fn last(&self, hs: &[f32], h: &mut [f32]) {
        let Sequence { time, units, .. } = self.size;
        for (h, hs) in h.chunks_exact_mut(units).zip(hs.chunks_exact(time * units)) {
            h.copy_from_slice(&hs[(time - 1) * units..]);
        }
    }

    /// Makes those of these steps zero, in `y (batch, steps, units)`, that give zeros.
    fn zero(&self, mask: Option<&[bool]>, steps: core::ops::Range<usize>, y: &mut [f32], units: usize) {
        let Some(mask) = mask.filter(|_| self.zeros) else { return };
        let time = self.size.time;
        for (y, mask) in y.chunks_exact_mut(steps.len() * units).zip(mask.chunks_exact(time)) {
            for (y, s) in y.chunks_exact_mut(units).zip(steps.clone()) {
                if !mask[if self.size.go_backwards { time - 1 - s } else { s }] {
                    y.fill(0.0);
                }
            }
        }
    }

    /// Numbers of memory that [`Direction::backward`] wants.
    pub fn memory(&self, masked: bool, with_state: bool) -> usize {
        let zeros = masked && self.zeros;
        if zeros || (with_state && !self.sequences) { self.out() } else { 0 }
    }

    /// The gradients, from what the forward pass was given and made. `memory` is as long as [`Direction::memory`] says.
    pub fn backward(
        &mut self,
        from: &Sources<'_>,
        hs: &[f32],
        received: Received<'_>,
        memory: &mut [f32],
        to: Targets<'_>,
    ) {
        let inputs = self.size.inputs;
        let dc = received.states[1];
        let (dy, dh) = self.of_steps(from.mask, received, memory);
        let x = self.dropout.as_ref().map_or(from.x, |dropout| dropout.x.as_slice());
        let given = Given { x, mask: from.mask, h0: from.states[0] };
        let [w, u, b] = from.weights;
        let (w, u) = (w.unwrap_or_default(), u.unwrap_or_default());
        let Targets { x: mut dx, states: [dh0, dc0], weights } = to;
        let mut unwanted = self.unwanted.iter_mut();
        let lengths = [w.len(), u.len(), self.cell.bias()];
        let mut lengths = lengths.into_iter();
        let [dw, du, db] = weights.map(|grad| {
            let (own, len) = (unwanted.next(), lengths.next().unwrap_or(0));
            match (grad, own) {
                (Some(grad), _) => grad,
                (None, Some(own)) => own.resized(len),
                (None, None) => &mut [],
            }
        });
        let own_dx = dx.as_deref_mut();
        match &self.cell {
            Cell::Lstm(lstm) => {
                let to = LstmGradients { dw, du, db, dx: own_dx, dh0, dc0 };
                let (c0, weights) = (from.states[1], LstmWeights { w, u, b });
                lstm.backward(given, c0, weights, hs, &self.cache, dy, dh, dc, to);
            }
            Cell::Gru(gru) => {
                let to = GruGradients { dw, du, db, dx: own_dx, dh0 };
                gru.backward(given, GruWeights { w, u, b }, hs, &self.cache, dy, dh, to);
            }
            Cell::Simple(simple) => {
                let to = SimpleRnnGradients { dw, du, db, dx: own_dx, dh0 };
                simple.backward(given, SimpleRnnWeights { w, u, b }, hs, dy, dh, to);
            }
        }
        if let (Some(dropout), Some(dx)) = (&self.dropout, dx) {
            dropout.backward(dx, self.size.time, inputs);
        }
    }

    /// The gradients of all steps and of the last state, from those of the output and the last state: where the output has
    /// one step only, it is that state, and a step that gives zeros has no gradient. Sums lie in `memory`.
    fn of_steps<'a>(
        &self,
        mask: Option<&[bool]>,
        received: Received<'a>,
        memory: &'a mut [f32],
    ) -> (Option<&'a [f32]>, Option<&'a [f32]>) {
        let Sequence { time, units, .. } = self.size;
        let Received { y: dy, states: [dh, _] } = received;
        let zeros = self.zeros && mask.is_some();
        if let Some(given) = dy
            && zeros
        {
            memory.copy_from_slice(given);
            let steps = if self.sequences { 0..time } else { time - 1..time };
            self.zero(mask, steps, memory, units);
        }
        match (dy, dh) {
            (Some(_), dh) if self.sequences && zeros => (Some(memory), dh),
            (dy, dh) if self.sequences => (dy, dh),
            (Some(dy), Some(dh)) => {
                if !zeros {
                    memory.copy_from_slice(dy);
                }
                memory.iter_mut().zip(dh).for_each(|(sum, d)| *sum += d);
                (None, Some(memory))
            }
            (Some(_), None) if zeros => (None, Some(memory)),
            (dy, dh) => (None, dy.or(dh)),
        }
    }
}

impl Cell {
    /// Numbers of the bias.
    fn bias(&self) -> usize {
        match self {
            Cell::Lstm(lstm) => 4 * lstm.size.units,
            Cell::Gru(gru) => (if gru.reset_after { 6 } else { 3 }) * gru.size.units,
            Cell::Simple(simple) => simple.size.units,
        }
    }
}

impl Dropout {
    /// Draws the factors and drops.
    fn apply(&mut self, x: &[f32], size: &Sequence, context: Option<&mut Context>) -> Result<&[f32]> {
        let Sequence { time, inputs, .. } = *size;
        self.factors.draw(context)?;
        let rows = x.chunks_exact(time * inputs).zip(self.x.chunks_exact_mut(time * inputs));
        for ((x, to), factors) in rows.zip(self.factors.rows(inputs)) {
            for (x, to) in x.chunks_exact(inputs).zip(to.chunks_exact_mut(inputs)) {
                to.iter_mut().zip(x).zip(factors).for_each(|((to, x), f)| *to = x * f);
            }
        }
        Ok(&self.x)
    }

    /// Makes the gradient of what is left of the input, `(batch, time, inputs)`, that of the input.
    fn backward(&self, dx: &mut [f32], time: usize, inputs: usize) {
        for (dx, factors) in dx.chunks_exact_mut(time * inputs).zip(self.factors.rows(inputs)) {
            for step in dx.chunks_exact_mut(inputs) {
                step.iter_mut().zip(factors).for_each(|(d, f)| *d *= f);
            }
        }
    }
}

/// The kernel of an activation whose gradient comes from its output.
fn from_output(activation: Activation) -> Option<Act> {
    match activated(activation)? {
        Activated::Rare(Rare::HardTanh) => Some(Act::HardTanh),
        other => other.in_place(),
    }
}

/// Memory for the gradient of a bias that there is not.
fn unwanted(layer: &Recurrent, size: &Sequence) -> [Aligned; 3] {
    let bias = if layer.use_bias { 0 } else { 6 * size.units };
    [Aligned::default(), Aligned::default(), Aligned::zeros(bias)]
}

/// Where the mask that a layer applies comes from.
#[derive(Clone, Copy)]
pub(super) enum Applied {
    /// The sequence carries it.
    Carried,
    /// This input is it, in numbers.
    Named(usize),
}

impl Applied {
    /// The mask that a recurrent layer applies where it stands, and how many initial states it is given; nothing if it is
    /// given anything else. Beside initial states Keras hands a carried mask on and does not apply it.
    pub fn of(site: &Site<'_>) -> Option<(Option<Applied>, usize)> {
        let count = |role: Role| site.feeds.iter().skip(1).filter(|feed| feed.role == role).count();
        let (states, masks) = (count(Role::InitialState), count(Role::Mask));
        if states + masks + 1 != site.feeds.len() || masks > 1 {
            return None;
        }
        let named = site.feeds.iter().position(|feed| feed.role == Role::Mask);
        // States come first, and a mask of another shape is said to be one by the operations.
        if named.is_some_and(|at| at != 1 + states || site.x(at) != &site.x(0)[..2]) {
            return None;
        }
        let carried = (states == 0 && site.feeds[0].mask.is_some()).then_some(Applied::Carried);
        Some((named.map(Applied::Named).or(carried), states))
    }
}

impl Applied {
    /// The shape of the mask that the first `n` outputs have, if it is not one that the sequence carries.
    pub fn shape(mask: Option<Applied>, size: &Sequence, output: usize, n: usize) -> Option<[usize; 2]> {
        matches!(mask, Some(Applied::Named(_))).then_some([size.batch, size.time]).filter(|_| output < n)
    }

    /// Gives the first outputs a mask by name, where they have room for one.
    pub fn hand_on(mask: Option<Applied>, x: Inputs<'_>, made: &mut [MaskPlace]) {
        for made in made {
            made.present = false;
            if let Some(Applied::Named(at)) = mask
                && made.counts.len() == x.at(at).len()
            {
                made.counts.iter_mut().zip(x.at(at)).for_each(|(to, x)| *to = *x != 0.0);
                made.present = true;
            }
        }
    }
}

/// Which steps count, `(batch, time)`, from a mask of that shape or, as Keras takes it too, `(batch, time, features)`,
/// where a step counts if one of its features does; `own` is memory for that.
pub(super) fn steps<'a>(
    mask: Option<Applied>,
    x: Inputs<'a>,
    size: &Sequence,
    own: &'a mut Vec<bool>,
) -> Result<Option<&'a [bool]>> {
    let Sequence { batch, time, .. } = *size;
    let mask = match mask {
        None => return Ok(None),
        Some(Applied::Named(at)) => {
            own.clear();
            own.extend(x.at(at).iter().map(|x| *x != 0.0));
            return Ok(Some(own));
        }
        Some(Applied::Carried) => match x.mask_place(0) {
            Some(mask) => mask,
            None => return Ok(None),
        },
    };
    match mask.shape.as_slice() {
        [b, t] if [*b, *t] == [batch, time] => Ok(Some(&mask.counts)),
        [b, t, width] if [*b, *t] == [batch, time] => {
            own.clear();
            own.extend((0..batch * time).map(|i| mask.counts[i * width..][..*width].contains(&true)));
            Ok(Some(own))
        }
        shape => Err(Error::layer(format!(
            "a mask of shape {shape:?} does not fit a sequence of (batch, time) ({batch}, {time})"
        ))),
    }
}
