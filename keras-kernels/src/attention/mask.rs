//! Which scores of an attention count.

use super::Attention;

/// Which scores count: those of which everything here says so.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mask<'a> {
    /// Which steps of the query look at anything, `(batch, rows)`.
    pub rows: Option<&'a [bool]>,
    /// Which steps of the key are looked at, `(batch, columns)`.
    pub columns: Option<&'a [bool]>,
    /// Whether a step looks only at itself and those before.
    pub causal: bool,
    /// A step looks less than this far.
    pub window: Option<usize>,
    /// Each score on its own.
    pub each: Option<Counts<'a>>,
}

/// Whether each score counts, where it does not all depend on one of its steps.
#[derive(Clone, Copy, Debug)]
pub struct Counts<'a> {
    /// What is not 0 counts.
    pub data: &'a [f32],
    /// `(batch, heads, rows, columns)`, or 1 in place of an axis along which all are the same.
    pub shape: [usize; 4],
}

impl Counts<'_> {
    #[inline(always)]
    fn at(&self, at: [usize; 4]) -> bool {
        let place = (0..4).fold(0, |place, i| place * self.shape[i] + at[i].min(self.shape[i] - 1));
        self.data[place] != 0.0
    }
}

impl Mask<'_> {
    /// Whether all scores count.
    pub fn is_none(&self) -> bool {
        self.rows.is_none()
            && self.columns.is_none()
            && !self.causal
            && self.window.is_none()
            && self.each.is_none()
    }

    pub(super) fn check(&self, of: &Attention) {
        let lengths = [of.batch, of.heads, of.rows, of.columns];
        assert!(self.rows.is_none_or(|x| x.len() == of.batch * of.rows), "the mask of the query");
        assert!(self.columns.is_none_or(|x| x.len() == of.batch * of.columns), "the mask of the key");
        if let Some(Counts { data, shape }) = self.each {
            assert!(shape.iter().zip(&lengths).all(|(n, of)| n == of || *n == 1), "the mask of the scores");
            assert_eq!(data.len(), shape.iter().product::<usize>(), "the mask of the scores");
        }
    }

    /// Replaces those of the scores of a query step, `at` in `(batch, heads, rows)`, that do not count, each once.
    #[inline(always)]
    pub(super) fn hide(&self, of: &Attention, at: [usize; 3], row: &mut [f32], with: impl Fn(f32) -> f32) {
        let [sample, head, i] = at;
        let n = row.len();
        let looks = self.rows.is_none_or(|x| x[sample * of.rows + i]);
        let window = self.window.unwrap_or(usize::MAX);
        let end = if self.causal { i + 1 } else { i.saturating_add(window) };
        let end = if looks { end.min(n) } else { 0 };
        let start = i.saturating_add(1).saturating_sub(window).min(end);
        let (before, rest) = row.split_at_mut(start);
        let (seen, behind) = rest.split_at_mut(end - start);
        before.iter_mut().for_each(|x| *x = with(*x));
        behind.iter_mut().for_each(|x| *x = with(*x));
        let columns = self.columns.map(|x| &x[sample * n + start..sample * n + end]);
        match (columns, self.each) {
            (None, None) => {}
            (Some(counts), None) => {
                seen.iter_mut().zip(counts).for_each(|(x, counts)| *x = if *counts { *x } else { with(*x) });
            }
            (columns, Some(each)) => {
                for (j, x) in seen.iter_mut().enumerate() {
                    if !columns.is_none_or(|c| c[j]) || !each.at([sample, head, i, start + j]) {
                        *x = with(*x);
                    }
                }
            }
        }
    }
}
