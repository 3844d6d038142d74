//! `MultiHeadAttention`.

use keras_kernels::activation::Act;
use keras_kernels::aligned::Aligned;
use keras_kernels::attention::{Attention, AttentionGradients, Given, Hidden, Score};
use keras_kernels::dense::{Dense, DenseGradients};
use keras_kernels::scratch;
use keras_shape::layers::MultiHeadAttention;
use keras_shape::{Role, Shape, Size};

use super::attend::{Attend, Plan, Source, forward};
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Inputs, Kernel, Site, Weights, wanted};
use crate::engine::parts::count;

/// The layer where it stands. Axes that attention does not look along are left to the operations if others lie before
/// them.
pub(crate) fn choose(layer: &MultiHeadAttention, site: &Site<'_>) -> Choice {
    match kernel(layer, site) {
        Some(kernel) => Choice::native(kernel),
        None => Choice::Operations,
    }
}

fn kernel(layer: &MultiHeadAttention, site: &Site<'_>) -> Option<Heads> {
    let inputs = site.feeds.iter().take_while(|feed| feed.role.is_input()).count();
    if !(2..=3).contains(&inputs) {
        return None;
    }
    let (query, value, key) = (site.x(0), site.x(1), site.x(inputs - 1));
    let last = query.len().checked_sub(1)?;
    if last < 2 || value.len() != last + 1 || key.len() != last + 1 {
        return None;
    }
    let along = layer.looks_along(&Shape::fixed(query)).ok()?;
    let first = (1..last).find(|axis| along[*axis])?;
    let (batch, rows) = (count(&query[..first]), count(&query[first..last]));
    let columns = count(&key[first..last]);
    let fits = along[first..last].iter().all(|along| *along)
        && key[..last] == value[..last]
        && key[..first] == query[..first];
    let masked = site.masked() || site.feeds.len() > inputs;
    if !fits || (last > 2 && masked) || batch * rows * columns == 0 {
        return None;
    }
    let (Size::Known(heads), Size::Known(width)) = (layer.num_heads, layer.key_dim) else { return None };
    let Size::Known(value_width) = layer.value_size() else { return None };
    let window = match layer.sliding_window {
        None => None,
        Some(Size::Known(window)) => Some(window),
        Some(_) => return None,
    };
    let lengths = [batch, heads, rows, columns];
    let mut each = None;
    for i in (inputs..site.feeds.len()).filter(|i| site.feeds[*i].role == Role::AttentionMask) {
        let shape = match *site.x(i) {
            [batch, rows, columns] => [batch, 1, rows, columns],
            [batch, heads, rows, columns] => [batch, heads, rows, columns],
            _ => return None,
        };
        if each.is_some() || shape.iter().zip(&lengths).any(|(n, of)| n != of && *n != 1) {
            return None;
        }
        each = Some((i, shape));
    }
    let key_mask = match inputs {
        // The key is the value, with a mask of its own if one is given by name.
        2 => Source::of(site, Role::KeyMask, usize::MAX),
        _ => Source::of(site, Role::KeyMask, 2),
    };
    let attend = Attend::new(
        Plan {
            lengths,
            // A mask of the query that is given by name changes no number.
            row_source: site.feeds[0].mask.map(|_| Source::Carried(0)),
            column_sources: [Source::of(site, Role::ValueMask, 1), key_mask],
            each,
            causal: layer.use_causal_mask,
            window,
            dropout: layer.dropout,
            seed: layer.seed,
        },
        site,
    );
    let mut weights = 0;
    let mut project = |rows: usize, inputs: usize, units: usize, act: Act, keep: bool| {
        let sizes = Dense { rows, inputs, units, act };
        let kernel = weights;
        weights += if layer.use_bias { 2 } else { 1 };
        let y = Aligned::zeros(if keep { rows * units } else { 0 });
        Projection { sizes, kernel, bias: layer.use_bias.then_some(kernel + 1), y }
    };
    let (many, some) = (batch * rows, batch * columns);
    let (across, value_across) = (heads * width, heads * value_width);
    let q = project(many, query[last], across, Act::Linear, true);
    let k = project(some, key[last], across, Act::Linear, true);
    let gate = layer.use_gate.then(|| project(many, query[last], value_across, Act::Sigmoid, true));
    let v = project(some, value[last], value_across, Act::Linear, true);
    let out = project(many, value_across, count(site.y(0)) / many, Act::Linear, false);
    let n = many * value_across;
    let hidden = if layer.zeroes_hidden() { Hidden::Zeroed } else { Hidden::Replaced };
    Some(Heads {
        sizes: Attention { batch, heads, rows, columns, width, value: value_width, hidden },
        inputs,
        seen: Aligned::zeros(n),
        gated: Aligned::zeros(if gate.is_some() { n } else { 0 }),
        attend,
        q,
        k,
        v,
        gate,
        out,
    })
}

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

struct Heads {
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
