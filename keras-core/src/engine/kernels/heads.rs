//! Attention of several heads between projections of query, key and value and one of what they have seen.

use keras_kernels::activation::Act;
use keras_kernels::aligned::Aligned;
use keras_kernels::attention::{Attention, AttentionGradients, Given, Score};
use keras_kernels::dense::{Dense, DenseGradients};
use keras_kernels::scratch;

use super::attend::{Attend, forward};
use crate::Result;
use crate::engine::kernel::{Backward, Forward, Inputs, Kernel, Weights, wanted};

/// A dense layer inside.
struct Projection {
    sizes: Dense,
    /// Which weights.
    kernel: usize,
    bias: Option<usize>,
    y: Aligned,
}

impl Projection {
    fn forward(&mut self, x: &[f32], w: Weights<'_>) {
        let bias = self.bias.map(|i| w.at(i));
        self.sizes.forward(x, w.at(self.kernel), bias, &mut self.y, None);
    }

    /// Fills the gradients of the weights and of `x`, which is added to if it already has one.
    fn backward(
        &self,
        x: &[f32],
        w: Weights<'_>,
        dy: &[f32],
        dx: Option<&mut [f32]>,
        add: bool,
        dw: &mut [Aligned],
    ) {
        let (kernel, bias) = dw.split_at_mut(self.kernel + 1);
        let (dw, db) = (wanted(kernel, self.kernel), self.bias.and_then(|_| wanted(bias, 0)));
        let w = w.at(self.kernel);
        let back = |to: DenseGradients<'_>| self.sizes.backward(x, w, &self.y, dy, to);
        match dx {
            Some(dx) if add => scratch::with(dx.len(), |more| {
                back(DenseGradients { dx: Some(&mut *more), dw, db, dz: None });
                dx.iter_mut().zip(more).for_each(|(dx, more)| *dx += *more);
            }),
            dx => back(DenseGradients { dx, dw, db, dz: None }),
        }
    }
}

pub(super) struct Heads {
    sizes: Attention,
    /// How many of the inputs are query, value and key.
    inputs: usize,
    q: Projection,
    k: Projection,
    v: Projection,
    gate: Option<Projection>,
    out: Projection,
    attend: Attend,
    /// What the heads have seen, `(batch, rows, heads, value)`.
    seen: Aligned,
    /// The same behind the gate.
    gated: Aligned,
}

impl Heads {
    /// `features` are those of query, key, value and result. The weights are those of the projections of query, key, the
    /// gate if there is one, value and what was seen, in this order, each perhaps with a bias.
    pub fn new(
        sizes: Attention,
        features: [usize; 4],
        use_bias: bool,
        use_gate: bool,
        inputs: usize,
        attend: Attend,
    ) -> Heads {
        let Attention { batch, heads, key_heads, rows, columns, width, value, .. } = sizes;
        let mut weights = 0;
        let mut project = |rows: usize, inputs: usize, units: usize, act: Act, keep: bool| {
            let sizes = Dense { rows, inputs, units, act };
            let kernel = weights;
            weights += if use_bias { 2 } else { 1 };
            let y = Aligned::zeros(if keep { rows * units } else { 0 });
            Projection { sizes, kernel, bias: use_bias.then_some(kernel + 1), y }
        };
        let (many, some) = (batch * rows, batch * columns);
        let [query, key, values, out] = features;
        let q = project(many, query, heads * width, Act::Linear, true);
        let k = project(some, key, key_heads * width, Act::Linear, true);
        let gate = use_gate.then(|| project(many, query, heads * value, Act::Sigmoid, true));
        let v = project(some, values, key_heads * value, Act::Linear, true);
        let out = project(many, heads * value, out, Act::Linear, false);
        let n = many * heads * value;
        let gated = Aligned::zeros(if use_gate { n } else { 0 });
        Heads { sizes, inputs, seen: Aligned::zeros(n), gated, attend, q, k, v, gate, out }
    }

    fn given<'a>(&'a self, x: Inputs<'a>) -> Given<'a> {
        Given {
            query: &self.q.y,
            key: &self.k.y,
            value: &self.v.y,
            score: Score::Dot(1.0 / (self.sizes.width as f32).sqrt()),
            mask: self.attend.mask(x, true),
            factors: self.attend.factors(),
        }
    }
}

impl Kernel for Heads {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let (x, w) = (io.x, io.w);
        self.attend.look(x)?;
        self.q.forward(x.at(0), w);
        self.k.forward(x.at(self.inputs - 1), w);
        if let Some(gate) = &mut self.gate {
            gate.forward(x.at(0), w);
        }
        self.v.forward(x.at(1), w);
        self.attend.draw(io.context)?;
        let (mut seen, mut shares) =
            (core::mem::take(&mut self.seen), core::mem::take(&mut self.attend.shares));
        let (y, scores) = io.y.split_at_mut(1);
        forward(&self.sizes, &self.given(x), &mut shares, scores, &mut seen);
        (self.seen, self.attend.shares) = (seen, shares);
        let mut seen = &self.seen;
        if let Some(gate) = &self.gate {
            self.gated.iter_mut().zip(seen).zip(&gate.y).for_each(|((y, x), gate)| *y = x * gate);
            seen = &self.gated;
        }
        let out = &self.out;
        out.sizes.forward(seen, w.at(out.kernel), out.bias.map(|i| w.at(i)), &mut y[0], None);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let (x, w, dw) = (io.x, io.w, io.dw);
        let [q, k, v, n] = [self.q.y.len(), self.k.y.len(), self.v.y.len(), self.seen.len()];
        let missing = if io.y.dy(0).is_none() { io.y.y(0).len() } else { 0 };
        let gate = if self.gate.is_some() { n } else { 0 };
        scratch::with(q + k + v + n + gate + missing, |memory| {
            let (dq, memory) = memory.split_at_mut(q);
            let (dk, memory) = memory.split_at_mut(k);
            let (dv, memory) = memory.split_at_mut(v);
            let (dseen, memory) = memory.split_at_mut(n);
            let (dgate, zeros) = memory.split_at_mut(gate);
            zeros.fill(0.0);
            let dy = io.y.dy(0).unwrap_or(zeros);
            let seen = if self.gate.is_some() { &self.gated } else { &self.seen };
            self.out.backward(seen, w, dy, Some(dseen), false, dw);
            let (first, rest) = io.dx.split_at_mut(1);
            let mut dquery = wanted(first, 0);
            if let Some(gate) = &self.gate {
                for (((dgate, d), seen), gate) in
                    dgate.iter_mut().zip(&mut *dseen).zip(&self.seen).zip(&gate.y)
                {
                    (*dgate, *d) = (*d * seen, *d * gate);
                }
                gate.backward(x.at(0), w, dgate, dquery.as_deref_mut(), false, dw);
            }
            let to = AttentionGradients { query: Some(dq), key: Some(dk), value: Some(dv), score: None };
            self.sizes.backward(&self.given(x), &self.attend.shares, dseen, io.y.dy(1), to);
            self.q.backward(x.at(0), w, dq, dquery, self.gate.is_some(), dw);
            self.v.backward(x.at(1), w, dv, wanted(rest, 0), false, dw);
            self.k.backward(
                x.at(self.inputs - 1),
                w,
                dk,
                wanted(rest, self.inputs - 2),
                self.inputs == 2,
                dw,
            );
        });
        Ok(())
    }

    fn needs_context(&self) -> bool {
        self.attend.needs_context()
    }
}
