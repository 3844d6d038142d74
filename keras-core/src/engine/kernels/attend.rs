//! What the kernels of attention layers share: masks, dropout and shares.

use keras_kernels::aligned::Aligned;
use keras_kernels::attention::{Attention, Counts, Given, Mask};
use keras_shape::Role;

use super::dropout::Factors;
use crate::context::Context;
use crate::engine::kernel::{Inputs, Site};
use crate::{Error, Result};

/// The most masks that one layer looks at for the steps of its key.
const SOURCES: usize = 2;

/// Where a mask comes from.
#[derive(Clone, Copy)]
pub(super) enum Source {
    /// An input carries it.
    Carried(usize),
    /// An input is it, in numbers.
    Named(usize),
}

impl Source {
    /// The mask of input `at`: the one in this role, or else what the input carries.
    pub fn of(site: &Site<'_>, role: Role, at: usize) -> Option<Source> {
        let named = site.feeds.iter().position(|feed| feed.role == role).map(Source::Named);
        named.or_else(|| site.feeds.get(at)?.mask.map(|_| Source::Carried(at)))
    }
}

/// Which steps count.
#[derive(Default)]
pub(super) struct Steps {
    counts: Vec<bool>,
    present: bool,
}

impl Steps {
    fn new(n: usize) -> Self {
        Steps { counts: vec![true; n], present: false }
    }

    fn fill(&mut self, x: Inputs<'_>, sources: impl IntoIterator<Item = Source>) -> Result<()> {
        self.present = false;
        self.counts.fill(true);
        for source in sources {
            let n = match source {
                Source::Carried(i) => match x.mask_place(i) {
                    Some(mask) => {
                        self.counts.iter_mut().zip(&mask.counts).for_each(|(a, b)| *a &= b);
                        mask.counts.len()
                    }
                    None => continue,
                },
                Source::Named(i) => {
                    self.counts.iter_mut().zip(x.at(i)).for_each(|(a, b)| *a &= *b != 0.0);
                    x.at(i).len()
                }
            };
            if n != self.counts.len() {
                let message = format!("a mask of {n} steps does not fit {} steps", self.counts.len());
                return Err(Error::layer(message));
            }
            self.present = true;
        }
        Ok(())
    }

    /// The mask, if there is one this time.
    pub fn get(&self) -> Option<&[bool]> {
        self.present.then_some(&self.counts)
    }
}

/// Which scores count where the layer stands, and what dropout does to the shares.
pub(super) struct Attend {
    /// Which steps of the query look at anything.
    pub rows: Steps,
    columns: Steps,
    row_source: Option<Source>,
    column_sources: [Option<Source>; SOURCES],
    /// The input that says of each score whether it counts, and its lengths.
    each: Option<(usize, [usize; 4])>,
    causal: bool,
    window: Option<usize>,
    factors: Option<Factors>,
    /// The shares of the last forward pass, where a backward pass follows.
    pub shares: Aligned,
}

/// What [`Attend::new`] is made from.
pub(super) struct Plan {
    /// Samples, heads, steps of the query and of the key.
    pub lengths: [usize; 4],
    pub row_source: Option<Source>,
    pub column_sources: [Option<Source>; SOURCES],
    pub each: Option<(usize, [usize; 4])>,
    pub causal: bool,
    pub window: Option<usize>,
    pub dropout: f64,
    pub seed: Option<u64>,
}

impl Attend {
    pub fn new(plan: Plan, site: &Site<'_>) -> Self {
        let [batch, _, rows, columns] = plan.lengths;
        let n: usize = plan.lengths.iter().product();
        let steps = |any: bool, n: usize| if any { Steps::new(n) } else { Steps::default() };
        Attend {
            rows: steps(plan.row_source.is_some(), batch * rows),
            columns: steps(plan.column_sources.iter().any(Option::is_some), batch * columns),
            row_source: plan.row_source,
            column_sources: plan.column_sources,
            each: plan.each,
            causal: plan.causal,
            window: plan.window,
            factors: (site.training && plan.dropout != 0.0).then(|| Factors::new(n, plan.dropout, plan.seed)),
            shares: Aligned::zeros(if site.gradients { n } else { 0 }),
        }
    }

    pub fn needs_context(&self) -> bool {
        self.factors.is_some()
    }

    /// Takes the masks of this time.
    pub fn look(&mut self, x: Inputs<'_>) -> Result<()> {
        self.rows.fill(x, self.row_source)?;
        self.columns.fill(x, self.column_sources.into_iter().flatten())
    }

    /// Draws what is dropped, if anything.
    pub fn draw(&mut self, context: Option<&mut Context>) -> Result<()> {
        match &mut self.factors {
            Some(factors) => factors.draw(context),
            None => Ok(()),
        }
    }

    /// What the shares are multiplied with.
    pub fn factors(&self) -> Option<&[f32]> {
        self.factors.as_ref().map(Factors::all)
    }

    /// Which scores count; `looks` says whether the mask of the query hides scores.
    pub fn mask<'a>(&'a self, x: Inputs<'a>, looks: bool) -> Mask<'a> {
        Mask {
            rows: self.rows.get().filter(|_| looks),
            columns: self.columns.get(),
            causal: self.causal,
            window: self.window,
            each: self.each.map(|(i, shape)| Counts { data: x.at(i), shape }),
        }
    }
}

/// Computes `y`, and the shares into `kept` and into the layer's second output where there are such.
pub(super) fn forward(
    sizes: &Attention,
    given: &Given<'_>,
    kept: &mut [f32],
    scores: &mut [Aligned],
    y: &mut [f32],
) {
    match scores {
        [scores, ..] if kept.is_empty() => sizes.forward(given, Some(scores), y),
        [] if kept.is_empty() => sizes.forward(given, None, y),
        _ => {
            sizes.forward(given, Some(&mut *kept), y);
            scores.iter_mut().for_each(|scores| scores.copy_from_slice(kept));
        }
    }
}
