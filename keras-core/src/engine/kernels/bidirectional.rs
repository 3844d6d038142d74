//! `Bidirectional`: two directions, put together step by step.

use keras_kernels::aligned::Aligned;
use keras_kernels::scratch;
use keras_shape::MergeMode;
use keras_shape::layers::Bidirectional;

use super::direction::{Applied, Direction, Received, Setting, Sources, Targets, steps};
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Kernel, MaskShape, Site, wanted};

/// A recurrent layer in both directions where it stands.
pub(crate) fn choose(layer: &Bidirectional, site: &Site<'_>) -> Choice {
    let setting = Setting { x: site.x(0), training: site.training, gradients: site.gradients };
    let Ok(directions) = layer.directions() else { return Choice::Operations };
    let [Some(forward), Some(backward)] =
        directions.layers.map(|layer| Direction::new(&layer.recurrent()?, &setting))
    else {
        return Choice::Operations;
    };
    let (f, b) = (&forward, &backward);
    let Some((mask, states)) = Applied::of(site) else { return Choice::Operations };
    let widths =
        core::iter::repeat_n(f.size.units, f.states).chain(core::iter::repeat_n(b.size.units, b.states));
    let fits = |(i, units): (usize, usize)| site.x(1 + i) == [f.size.batch, units];
    if states > 0 && (states != f.states + b.states || !widths.enumerate().all(fits)) {
        return Choice::Operations;
    }
    let outputs = if layer.merge_mode.is_none() { 2 } else { 1 };
    let masked = mask.is_some();
    let (state, weight) = (1 + f.states, f.weights);
    let with_state = site.outputs.len() > outputs;
    let side = |direction: Direction, state: usize, weight: usize, output: usize| {
        let n = |n: usize, wanted: bool| Aligned::zeros(if wanted { n } else { 0 });
        let (all, out) = (direction.all(), direction.out());
        Side {
            hs: n(all, true),
            out: n(out, !direction.plain(masked)),
            dout: n(out, site.gradients),
            memory: n(direction.memory(masked, with_state), site.gradients),
            direction,
            state,
            weight,
            output: if with_state { output } else { usize::MAX },
        }
    };
    let after = outputs + f.states;
    Choice::native(BidirectionalKernel {
        merge: layer.merge_mode,
        mask,
        sides: [side(forward, 1, 0, outputs), side(backward, state, weight, after)],
        steps: Vec::new(),
    })
}

struct BidirectionalKernel {
    merge: Option<MergeMode>,
    /// The mask that is applied.
    mask: Option<Applied>,
    sides: [Side; 2],
    steps: Vec<bool>,
}

/// One of the two directions.
struct Side {
    direction: Direction,
    /// The states of all steps, in the order in which they were taken.
    hs: Aligned,
    /// The output in that order; empty if it is the states.
    out: Aligned,
    /// The gradient of the output in that order.
    dout: Aligned,
    memory: Aligned,
    /// Its first initial state among the inputs, its first weight, its first state among the outputs.
    state: usize,
    weight: usize,
    output: usize,
}

impl Side {
    fn out(&self) -> &[f32] {
        if self.out.is_empty() { &self.hs } else { &self.out }
    }
}

/// For each step of the merged output, in its order, where it is in each direction's: the second gives its last step
/// first.
fn places(direction: &Direction) -> impl Iterator<Item = (usize, usize)> + use<> {
    let (batch, time) = (direction.size.batch, if direction.sequences { direction.size.time } else { 1 });
    (0..batch * time).map(move |i| (i, i / time * time + (time - 1 - i % time)))
}

impl Kernel for BidirectionalKernel {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        Applied::hand_on(self.mask, io.x, io.made);
        let mask = steps(self.mask, io.x, &self.sides[0].direction.size, &mut self.steps)?;
        let mut context = io.context;
        for side in &mut self.sides {
            let direction = &mut side.direction;
            let from = Sources::new(direction, io.x, io.w, mask, side.state, side.weight);
            let (c, hs) = (io.y.get_mut(side.output.saturating_add(1)), &mut side.hs);
            let c = c.filter(|_| direction.states == 2).map(Aligned::as_mut_slice);
            direction.forward(&from, hs, c, context.as_deref_mut())?;
            if let Some(h) = io.y.get_mut(side.output) {
                direction.last(hs, h);
            }
            if !side.out.is_empty() {
                direction.output(hs, mask, &mut side.out);
            }
        }
        let [f, b] = &self.sides;
        let (n, m) = (f.direction.size.units, b.direction.size.units);
        let (forward, backward) = (f.out(), b.out());
        let [y, rest @ ..] = io.y else { return Ok(()) };
        for (i, j) in places(&f.direction) {
            let (a, b) = (&forward[i * n..][..n], &backward[j * m..][..m]);
            let both = a.iter().zip(b);
            match self.merge {
                None => {
                    y[i * n..][..n].copy_from_slice(a);
                    rest[0][i * m..][..m].copy_from_slice(b);
                }
                Some(MergeMode::Concat) => {
                    y[i * (n + m)..][..n].copy_from_slice(a);
                    y[i * (n + m) + n..][..m].copy_from_slice(b);
                }
                Some(MergeMode::Sum) => {
                    y[i * n..][..n].iter_mut().zip(both).for_each(|(y, (a, b))| *y = a + b)
                }
                Some(MergeMode::Mul) => {
                    y[i * n..][..n].iter_mut().zip(both).for_each(|(y, (a, b))| *y = a * b)
                }
                Some(MergeMode::Ave) => {
                    y[i * n..][..n].iter_mut().zip(both).for_each(|(y, (a, b))| *y = (a + b) / 2.0);
                }
            }
        }
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let mask = steps(self.mask, io.x, &self.sides[0].direction.size, &mut self.steps)?;
        let received = match self.merge {
            None => [io.y.dy(0), io.y.dy(1)],
            Some(_) => [io.y.dy(0); 2],
        };
        let [f, b] = &mut self.sides;
        let (n, m) = (f.direction.size.units, b.direction.size.units);
        let (mut forward, mut backward) = (core::mem::take(&mut f.dout), core::mem::take(&mut b.dout));
        for (i, j) in places(&f.direction) {
            let (a, d) = (&mut forward[i * n..][..n], &mut backward[j * m..][..m]);
            let step = |dy: Option<_>, from: usize, n: usize| dy.map(|dy: &[f32]| &dy[from..from + n]);
            let (da, db) = match self.merge {
                Some(MergeMode::Concat) => {
                    (step(received[0], i * (n + m), n), step(received[1], i * (n + m) + n, m))
                }
                _ => (step(received[0], i * n, n), step(received[1], i * m, m)),
            };
            if let Some(da) = da {
                a.copy_from_slice(da);
            }
            if let Some(db) = db {
                d.copy_from_slice(db);
            }
            match self.merge {
                Some(MergeMode::Mul) => {
                    a.iter_mut().zip(&b.out()[j * m..]).for_each(|(d, y)| *d *= y);
                    d.iter_mut().zip(&f.out()[i * n..]).for_each(|(d, y)| *d *= y);
                }
                Some(MergeMode::Ave) => a.iter_mut().chain(d).for_each(|d| *d /= 2.0),
                _ => {}
            }
        }
        (f.dout, b.dout) = (forward, backward);

        let (dx, states) = io.dx.split_at_mut(1);
        let mut dx = wanted(dx, 0);
        let first = states.len().min(f.direction.states);
        let (forward_states, backward_states) = states.split_at_mut(first);
        let (forward_weights, backward_weights) = io.dw.split_at_mut(io.dw.len().min(f.direction.weights));
        let targets = [(forward_states, forward_weights), (backward_states, backward_weights)];
        let mut all = self.sides.iter_mut().zip(received).zip(targets);
        let mut play = |x: Option<&mut [f32]>| {
            let Some(((side, dy), (states, weights))) = all.next() else { return };
            let Side { direction, hs, dout, memory, state, weight, output, .. } = side;
            let from = Sources::new(direction, io.x, io.w, mask, *state, *weight);
            let dc = (direction.states == 2).then(|| io.y.dy(output.saturating_add(1))).flatten();
            let received = Received { y: dy.map(|_| dout.as_slice()), states: [io.y.dy(*output), dc] };
            direction.backward(&from, hs, received, memory, Targets::new(x, states, weights));
        };
        play(dx.as_deref_mut());
        match dx {
            Some(dx) => scratch::with(dx.len(), |other| {
                play(Some(&mut *other));
                dx.iter_mut().zip(other).for_each(|(sum, d)| *sum += *d);
            }),
            None => play(None),
        }
        Ok(())
    }

    fn mask(&self, output: usize) -> Option<MaskShape> {
        Applied::shape(
            self.mask,
            &self.sides[0].direction.size,
            output,
            if self.merge.is_none() { 2 } else { 1 },
        )
        .map(|shape| MaskShape::from_slice(&shape))
    }

    fn needs_context(&self) -> bool {
        self.sides.iter().any(|side| side.direction.needs_context())
    }
}
