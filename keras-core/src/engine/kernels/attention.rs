//! `Attention` and `AdditiveAttention`.

use keras_kernels::aligned::Aligned;
use keras_kernels::attention::{Attention as Sizes, AttentionGradients, Given, Hidden, Score};
use keras_kernels::scratch;
use keras_shape::layers::{AdditiveAttention, Attention};
use keras_shape::{Role, ScoreMode};

use super::attend::{Attend, Plan, Source, forward};
use crate::Result;
use crate::engine::kernel::{Backward, Choice, Forward, Inputs, Kernel, Site, Weights, wanted};
use crate::engine::parts::count;

/// `Attention` where it stands.
pub(crate) fn attention(layer: &Attention, site: &Site<'_>) -> Choice {
    let compared = match layer.score_mode {
        ScoreMode::Dot => Compared::Dot { scale: layer.use_scale },
        ScoreMode::Concat => Compared::Concat { scale: layer.use_scale },
    };
    choose(compared, layer.use_causal_mask, layer.dropout, layer.seed, site)
}

/// `AdditiveAttention` where it stands.
pub(crate) fn additive(layer: &AdditiveAttention, site: &Site<'_>) -> Choice {
    let compared = Compared::Added { weights: layer.use_scale };
    choose(compared, layer.use_causal_mask, layer.dropout, layer.seed, site)
}

/// How a query is compared with a key.
#[derive(Clone, Copy)]
enum Compared {
    /// By their product, which a weight may scale.
    Dot { scale: bool },
    /// By the hyperbolic tangents of their sum, which a weight may scale, all times a weight.
    Concat { scale: bool },
    /// By the hyperbolic tangents of their sum, each perhaps times a weight.
    Added { weights: bool },
}

fn choose(compared: Compared, causal: bool, dropout: f64, seed: Option<u64>, site: &Site<'_>) -> Choice {
    let inputs = site.feeds.iter().take_while(|feed| feed.role.is_input()).count();
    // A mask of the query that is given by name would be that of the output, too.
    let of_query = site.feeds.iter().any(|feed| matches!(feed.role, Role::Mask | Role::QueryMask));
    if !(2..=3).contains(&inputs) || of_query {
        return Choice::Operations;
    }
    // Axes before the steps are samples.
    let sequence = |i: usize| match site.x(i) {
        [lead @ .., steps, features] if !lead.is_empty() => Some([count(lead), *steps, *features]),
        _ => None,
    };
    let (Some([batch, rows, width]), Some(value), Some(key)) =
        (sequence(0), sequence(1), sequence(inputs - 1))
    else {
        return Choice::Operations;
    };
    let columns = key[1];
    if key != [batch, columns, width] || value[..2] != [batch, columns] || batch * rows * columns == 0 {
        return Choice::Operations;
    }
    let plan = Plan {
        lengths: [batch, 1, rows, columns],
        row_source: site.feeds[0].mask.map(|_| Source::Carried(0)),
        // A mask of the key changes no number.
        column_sources: [Source::of(site, Role::ValueMask, 1), None],
        each: None,
        causal,
        window: None,
        dropout,
        seed,
    };
    let tanh = !matches!(compared, Compared::Dot { .. });
    Choice::native(Looks {
        sizes: Sizes {
            batch,
            heads: 1,
            key_heads: 1,
            rows,
            columns,
            width,
            value: value[2],
            hidden: Hidden::Lowered,
        },
        inputs,
        compared,
        weights: vec![1.0; if tanh { width } else { 0 }],
        attend: Attend::new(plan, site),
    })
}

struct Looks {
    sizes: Sizes,
    /// How many of the inputs are query, value and key.
    inputs: usize,
    compared: Compared,
    /// Of the features, for hyperbolic tangents.
    weights: Vec<f32>,
    attend: Attend,
}

impl Looks {
    fn given<'a>(&'a self, x: Inputs<'a>, w: Weights<'_>) -> Given<'a> {
        let number = |used: bool| if used { w.at(0).first().copied().unwrap_or(1.0) } else { 1.0 };
        Given {
            query: x.at(0),
            key: x.at(self.inputs - 1),
            value: x.at(1),
            score: match self.compared {
                Compared::Dot { scale } => Score::Dot(number(scale)),
                Compared::Concat { scale } => Score::Tanh { inner: number(scale), weights: &self.weights },
                Compared::Added { .. } => Score::Tanh { inner: 1.0, weights: &self.weights },
            },
            mask: self.attend.mask(x, false),
            factors: self.attend.factors(),
        }
    }

    /// The steps of the query in rows of `width` that its mask hides.
    fn hide(&self, rows: &mut [f32], width: usize) {
        if let Some(counts) = self.attend.rows.get() {
            rows.chunks_exact_mut(width).zip(counts).filter(|(_, c)| !**c).for_each(|(row, _)| row.fill(0.0));
        }
    }

    /// The gradients of the weights from those of the score's numbers.
    fn weights_back(&self, numbers: &[f32], dw: &mut [Aligned]) {
        let (first, second) = dw.split_at_mut(dw.len().min(1));
        let sum = |x: &[f32]| x.iter().sum::<f32>();
        let put = |to: Option<&mut [f32]>, x: f32| {
            if let Some(to) = to {
                to.fill(x);
            }
        };
        let width = self.sizes.width;
        match self.compared {
            Compared::Dot { .. } => put(wanted(first, 0), numbers[0]),
            Compared::Concat { scale: false } => put(wanted(first, 0), sum(&numbers[..width])),
            Compared::Concat { scale: true } => {
                put(wanted(first, 0), numbers[width]);
                put(wanted(second, 0), sum(&numbers[..width]));
            }
            Compared::Added { .. } => {
                if let Some(to) = wanted(first, 0) {
                    to.copy_from_slice(&numbers[..width]);
                }
            }
        }
    }
}

impl Kernel for Looks {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let (x, w) = (io.x, io.w);
        self.attend.look(x)?;
        self.attend.draw(io.context)?;
        match self.compared {
            Compared::Dot { .. } | Compared::Added { weights: false } => {}
            Compared::Concat { scale } => {
                let weight = w.at(usize::from(scale)).first().copied().unwrap_or(1.0);
                self.weights.fill(weight);
            }
            Compared::Added { weights: true } => self.weights.copy_from_slice(w.at(0)),
        }
        let mut shares = core::mem::take(&mut self.attend.shares);
        let (y, scores) = io.y.split_at_mut(1);
        forward(&self.sizes, &self.given(x, w), &mut shares, scores, &mut y[0]);
        self.attend.shares = shares;
        if let ([scores, ..], Some(factors)) = (scores, self.attend.factors()) {
            scores.iter_mut().zip(factors).for_each(|(x, f)| *x *= f);
        }
        self.hide(&mut y[0], self.sizes.value);
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        let (x, w) = (io.x, io.w);
        let n = io.y.y(0).len();
        // A gradient of its own where there is none, and where some of its steps do not count.
        let own = if io.y.dy(0).is_none() || self.attend.rows.get().is_some() { n } else { 0 };
        let trained = io.dw.iter().any(|dw| !dw.is_empty());
        let numbers = match (trained, self.compared) {
            (false, _) => 0,
            (true, Compared::Dot { .. }) => 1,
            (true, _) => self.sizes.width + 1,
        };
        let (factors, dscores) = (self.attend.factors(), io.y.dy(1));
        let dropped = if factors.is_some() && dscores.is_some() { self.attend.shares.len() } else { 0 };
        // The key is the value if there is no other.
        let (first, rest) = io.dx.split_at_mut(1);
        let (dvalue, key) = rest.split_at_mut(1);
        let (mut dvalue, dkey) = (wanted(dvalue, 0), wanted(key, 0).filter(|_| self.inputs == 3));
        let shared = if self.inputs == 2 { dvalue.as_deref().map_or(0, <[f32]>::len) } else { 0 };
        scratch::with(own + numbers + dropped + shared, |memory| {
            let (dy, memory) = memory.split_at_mut(own);
            let (score, memory) = memory.split_at_mut(numbers);
            let (dshares, more) = memory.split_at_mut(dropped);
            let dy = match io.y.dy(0) {
                Some(given) if dy.is_empty() => given,
                given => {
                    match given {
                        Some(given) => dy.copy_from_slice(given),
                        None => dy.fill(0.0),
                    }
                    self.hide(dy, self.sizes.value);
                    dy
                }
            };
            let dshares = match (factors, dscores) {
                (Some(factors), Some(d)) => {
                    dshares.iter_mut().zip(d).zip(factors).for_each(|((to, d), f)| *to = d * f);
                    Some(&*dshares)
                }
                (_, dscores) => dscores,
            };
            let to = AttentionGradients {
                query: wanted(first, 0),
                key: if shared > 0 { Some(&mut *more) } else { dkey },
                value: dvalue.as_deref_mut(),
                score: (numbers > 0).then_some(&mut *score),
            };
            self.sizes.backward(&self.given(x, w), &self.attend.shares, dy, dshares, to);
            if let Some(dvalue) = dvalue.filter(|_| shared > 0) {
                dvalue.iter_mut().zip(more).for_each(|(d, more)| *d += *more);
            }
            if numbers > 0 {
                self.weights_back(score, io.dw);
            }
        });
        Ok(())
    }

    fn needs_context(&self) -> bool {
        self.attend.needs_context()
    }
}
