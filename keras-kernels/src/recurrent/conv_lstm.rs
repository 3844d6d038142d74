//! An LSTM whose products are convolutions.
//!
//! A sample goes through all of its steps while its state is in the cache; threads take whole samples. What a pixel does to
//! its gates is a row of an LSTM.

use super::lstm::pair;
use super::lstm_gates::{Acts, Gates, GatesBackward, Stage};
use crate::activation::Act;
use crate::conv::{Conv, ConvGradients, Prepared, WayBack};
use crate::simd::{Path, path};
use crate::threads::{self, Rows, parts};
use crate::{scratch, vector};

/// A recurrent convolution: [Keras's `ConvLSTM2D`](https://keras.io/api/layers/recurrent_layers/conv_lstm2d/), channels last,
/// gates in the order i, f, c, o, the first state 0.
#[derive(Clone, Copy, Debug)]
pub struct ConvLstm {
    /// The convolution of one step of one sample: to four times as many filters as the state has channels.
    pub inputs: Conv,
    /// The convolution of the state of one sample, to as many.
    pub states: Conv,
    /// Samples.
    pub batch: usize,
    /// Steps.
    pub time: usize,
    /// Whether the last step is taken first.
    pub go_backwards: bool,
    /// Whether the states after all steps are given, in the order in which they are taken; else that after the last.
    pub sequences: bool,
    /// The activation of the candidate and of the cell. Not one that [needs its input](Act::needs_input).
    pub act: Act,
    /// The activation of the gates. Not one that [needs its input](Act::needs_input).
    pub recurrent_act: Act,
}

/// The weights of a recurrent convolution.
#[derive(Clone, Copy, Debug)]
pub struct ConvLstmWeights<'a> {
    /// Of [`ConvLstm::inputs`].
    pub w: &'a Prepared,
    /// Of [`ConvLstm::states`].
    pub u: &'a Prepared,
    /// `(4 * channels of the state)`.
    pub b: Option<&'a [f32]>,
    /// Whether all numbers of `u` are finite: zeros times these are known.
    pub finite: bool,
}

/// What [`ConvLstm::backward`] fills.
#[derive(Debug, Default)]
pub struct ConvLstmGradients<'a> {
    /// Of the sequences.
    pub dx: Option<&'a mut [f32]>,
    /// Of the kernel of the inputs.
    pub dw: Option<&'a mut [f32]>,
    /// Of the kernel of the states.
    pub du: Option<&'a mut [f32]>,
    /// Of the bias.
    pub db: Option<&'a mut [f32]>,
}

/// What is kept of the steps of some samples: the activated gates, the states before each step, the cells and their
/// activations.
struct Kept<'a> {
    gates: &'a mut [f32],
    before: &'a mut [f32],
    cells: &'a mut [f32],
    activated: &'a mut [f32],
}

impl ConvLstm {
    /// Numbers of a state.
    fn state(&self) -> usize {
        self.states.x_len()
    }

    /// Length of the memory that a forward pass leaves for the backward pass.
    pub fn cache_len(&self) -> usize {
        self.batch * self.time * 7 * self.state()
    }

    /// Length of the output.
    pub(super) fn output_len(&self) -> usize {
        self.batch * if self.sequences { self.time } else { 1 } * self.state()
    }

    /// Multiply-adds.
    fn work(&self) -> usize {
        self.batch * self.time * (self.inputs.work() + self.states.work())
    }

    fn acts(&self) -> Acts {
        Acts { act: self.act, recurrent: self.recurrent_act }
    }

    fn check(&self, x: usize, y: usize) {
        let n = self.state();
        assert!(
            !self.act.needs_input() && !self.recurrent_act.needs_input(),
            "not an activation for an LSTM"
        );
        assert!(self.inputs.batch == 1 && self.states.batch == 1, "one sample");
        assert!([self.inputs.y_len(), self.states.y_len()] == [4 * n; 2], "convolutions");
        assert!(self.states.filters == 4 * self.states.channels, "gates");
        let linear = [self.inputs.act, self.states.act] == [Act::Linear; 2];
        assert!(linear && self.time > 0, "convolutions without activations, of some steps");
        let right = x == self.batch * self.time * self.inputs.x_len() && y == self.output_len();
        assert!(right, "shapes");
    }

    /// Where in time a step is.
    fn at(&self, step: usize) -> usize {
        if self.go_backwards { self.time - 1 - step } else { step }
    }

    /// The output `y`, `(batch, time, ..., filters)` or `(batch, ..., filters)`, of `x (batch, time, ..., channels)`. `cache`
    /// is what [`ConvLstm::backward`] wants.
    ///
    /// # Panics
    /// A slice has not its shape, an activation needs its input for its gradient, or there are no steps.
    pub fn forward(&self, x: &[f32], weights: ConvLstmWeights, cache: Option<&mut [f32]>, y: &mut [f32]) {
        self.check(x.len(), y.len());
        assert!(cache.as_ref().is_none_or(|cache| cache.len() == self.cache_len()), "cache");
        if y.is_empty() {
            return;
        }
        let n = self.state();
        let steps = if cache.is_some() { self.time } else { 0 };
        let Kept { gates, before, cells, activated } = Kept::of(cache.unwrap_or_default(), 1);
        let [sample, output] = [x.len(), y.len()].map(|all| all / self.batch);
        let rows = |kept, steps| Rows::new(kept, steps * n);
        let kept = (rows(gates, 4 * steps), rows(before, steps), rows(cells, steps), rows(activated, steps));
        let job = (kept.0, kept.1, kept.2, kept.3, Rows::new(y, output));
        threads::each(self.batch, parts(self.work(), self.batch), job, &|these, job| {
            // Without a cache there is memory for one step, and for two cells.
            let own = if steps == 0 { 7 * n } else { 0 };
            scratch::with(5 * n + own, |memory| {
                let (h, memory) = memory.split_at_mut(n);
                let (sums, own) = memory.split_at_mut(4 * n);
                for (i, at) in these.enumerate() {
                    let part = |width: usize| i * width..(i + 1) * width;
                    let kept = match steps {
                        0 => Kept::of(own, 0),
                        _ => Kept {
                            gates: &mut job.0.data[part(4 * steps * n)],
                            before: &mut job.1.data[part(steps * n)],
                            cells: &mut job.2.data[part(steps * n)],
                            activated: &mut job.3.data[part(steps * n)],
                        },
                    };
                    let x = &x[at * sample..][..sample];
                    self.sample(x, &weights, kept, [h, sums], &mut job.4.data[part(output)]);
                }
            });
        });
    }

    /// One sample, with memory for a state and its convolution.
    fn sample(
        &self,
        x: &[f32],
        weights: &ConvLstmWeights,
        kept: Kept,
        [h, sums]: [&mut [f32]; 2],
        y: &mut [f32],
    ) {
        let (n, path, inputs, units) = (h.len(), path(), self.inputs.x_len(), self.states.channels);
        let Kept { gates, before, cells, activated } = kept;
        let slots = [gates.len() / (4 * n), cells.len() / n, activated.len() / n];
        let slot = |step: usize, slots: usize| {
            let at = self.at(step) % slots;
            at * n..(at + 1) * n
        };
        h.fill(0.0);
        for step in 0..self.time {
            let at = self.at(step);
            let z = &mut gates[at % slots[0] * 4 * n..][..4 * n];
            self.inputs.forward(&x[at * inputs..][..inputs], weights.w, weights.b, z);
            // Of the first state it is known, unless something is not finite.
            if step > 0 || !weights.finite {
                self.states.forward(h, weights.u, None, sums);
                vector::add(path, z, sums);
            }
            if let Some(before) = before.get_mut(at * n..(at + 1) * n) {
                before.copy_from_slice(h);
            }
            let here = slot(step, slots[1]);
            let (previous, c) = match step {
                0 => (&[][..], &mut cells[here]),
                _ => pair(cells, slot(step - 1, slots[1]), here),
            };
            let (tc, to, stage) = (&mut activated[slot(step, slots[2])], &mut *h, Stage::Fused);
            self.acts().forward(path, Gates { z, previous, c, tc, to, h: units, row: units, stage });
            if self.sequences {
                y[step * n..][..n].copy_from_slice(h);
            }
        }
        if !self.sequences {
            y.copy_from_slice(h);
        }
    }

    /// The gradients, from what [`ConvLstm::forward`] was given and left in `cache`, which they are then computed in; `dy` is
    /// that of the output, `w` and `u` are the weights as they were before they were prepared.
    ///
    /// # Panics
    /// As [`ConvLstm::forward`].
    pub fn backward(
        &self,
        x: &[f32],
        [w, u]: [&[f32]; 2],
        cache: &mut [f32],
        dy: &[f32],
        to: ConvLstmGradients,
    ) {
        self.check(x.len(), dy.len());
        assert!(cache.len() == self.cache_len(), "cache");
        let path = path();
        // What tiles round away is relative to the largest number of a tile, not to the terms of each sum. On the way back
        // through the steps that would go into the gates of all earlier steps, so there the sums are plain. The gradients of
        // sequences and kernels feed nothing else, and there tiles are used where numbers are even.
        let [inputs, states] = [self.inputs, self.states].map(|conv| Conv { tiles: true, ..conv });
        let through = Conv { tiles: false, ..self.states };
        let Kept { gates, before, cells, activated } = Kept::of(cache, 1);
        if !dy.is_empty() {
            let steps = self.time * self.state();
            let (rows, parts) = (Rows::new(&mut *gates, 4 * steps), parts(2 * self.work(), self.batch));
            through.with_way_back(path, u, |back| {
                threads::each(self.batch, parts, rows, &|these, gates| {
                    for (i, gates) in these.zip(gates.data.chunks_exact_mut(4 * steps)) {
                        let part = i * steps..(i + 1) * steps;
                        let dy = &dy[i * (dy.len() / self.batch)..][..dy.len() / self.batch];
                        let cells = [&cells[part.clone()], &activated[part]];
                        self.sample_backward(path, &back, gates, cells, dy);
                    }
                });
            });
        }
        let all = self.batch * self.time;
        let ConvLstmGradients { dx, dw, du, db } = to;
        let of_inputs = ConvGradients { dx, dw, db };
        Conv { batch: all, ..inputs }.backward(x, w, gates, gates, of_inputs);
        let of_states = ConvGradients { dw: du, ..Default::default() };
        Conv { batch: all, ..states }.backward(before, u, gates, gates, of_states);
    }

    /// Puts the gradients of what goes into the gates of one sample in the place of the gates.
    fn sample_backward(
        &self,
        path: Path,
        back: &WayBack,
        gates: &mut [f32],
        [cells, activated]: [&[f32]; 2],
        dy: &[f32],
    ) {
        let (n, units) = (self.state(), self.states.channels);
        scratch::with(7 * n + back.pad_len(), |memory| {
            let (z, memory) = memory.split_at_mut(4 * n);
            let (dh, memory) = memory.split_at_mut(n);
            let (dc, memory) = memory.split_at_mut(n);
            let (tmp, frame) = memory.split_at_mut(n);
            dh.fill(0.0);
            dc.fill(0.0);
            for step in (0..self.time).rev() {
                let of = |step: usize| self.at(step) * n..(self.at(step) + 1) * n;
                if self.sequences {
                    vector::add(path, dh, &dy[step * n..][..n]);
                } else if step + 1 == self.time {
                    dh.copy_from_slice(dy);
                }
                let dz = &mut gates[4 * of(step).start..][..4 * n];
                z.copy_from_slice(dz);
                let previous = if step > 0 { &cells[of(step - 1)] } else { &[] };
                let (tc, dc) = (&activated[of(step)], &mut *dc);
                let all = GatesBackward { z, dz: &mut *dz, previous, tc, dh, dc, tmp: &[], h: units };
                self.acts().backward(path, all, tmp);
                if step > 0 {
                    back.image(path, dz, || false, frame, dh);
                }
            }
        });
    }
}

impl<'a> Kept<'a> {
    /// The parts of a cache of all steps; with `states` 0, of memory for one step and two cells.
    fn of(cache: &'a mut [f32], states: usize) -> Self {
        let n = cache.len() / 7;
        let (gates, rest) = cache.split_at_mut(4 * n);
        let (before, rest) = rest.split_at_mut(states * n);
        let (cells, activated) = rest.split_at_mut(if states == 0 { 2 * n } else { n });
        Kept { gates, before, cells, activated }
    }
}
