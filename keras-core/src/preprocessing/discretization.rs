use ndarray::Array1;

use crate::{Error, Result};

/// Numbers as those of their bins, whose boundaries are found in data so that each bin has as many:
/// [Keras's `Discretization`](https://keras.io/api/layers/preprocessing_layers/numerical/discretization/).
///
/// In a model, `Discretization(bin_boundaries = [...])` has the boundaries that this finds.
#[derive(Clone, Debug)]
pub struct Discretization {
    num_bins: usize,
    epsilon: f64,
    /// Numbers in order, and how many each stands for.
    summary: Vec<[f32; 2]>,
    boundaries: Vec<f32>,
}

impl Discretization {
    /// One of `num_bins` bins.
    pub fn new(num_bins: usize) -> Self {
        Discretization { num_bins, epsilon: 0.01, summary: Vec::new(), boundaries: Vec::new() }
    }

    /// How exactly the boundaries are found; 0.01 unless set.
    #[must_use]
    pub fn epsilon(mut self, epsilon: f64) -> Self {
        self.epsilon = epsilon;
        self
    }

    /// Finds the boundaries in these numbers, and in those of earlier calls.
    ///
    /// # Errors
    /// There are no numbers, or some that are none; `num_bins` is 0; `epsilon` is not between 0 and 1.
    pub fn adapt(&mut self, data: &[f32]) -> Result<()> {
        if self.num_bins == 0 || !(self.epsilon > 0.0 && self.epsilon <= 1.0) {
            let text = format!(
                "{} bins and an `epsilon` of {}: at least 1, and above 0 up to 1",
                self.num_bins, self.epsilon
            );
            return Err(Error::Argument(text));
        }
        if data.is_empty() || data.iter().any(|x| x.is_nan()) {
            return Err(Error::Argument(
                "boundaries are found in numbers, at least one and none NaN".to_string(),
            ));
        }
        let mut sorted = data.to_vec();
        sorted.sort_by(f32::total_cmp);
        let step = (sorted.len() as f64 * self.epsilon).max(1.0);
        let own = sorted.iter().skip((step - 1.0) as usize).step_by(step as usize);
        self.summary.extend(own.map(|x| [*x, step as f32]));
        self.summary.sort_by(|a, b| a[0].total_cmp(&b[0]));
        self.summary = compressed(&self.summary, self.epsilon);
        let mut bins = compressed(&self.summary, 1.0 / self.num_bins as f64);
        bins.pop();
        self.boundaries = bins.into_iter().map(|[x, _]| x).collect();
        Ok(())
    }

    /// The boundaries between bins.
    pub fn bin_boundaries(&self) -> &[f32] {
        &self.boundaries
    }

    /// For each number that of its bin: how many boundaries are not above it.
    ///
    /// # Errors
    /// There are no boundaries yet.
    pub fn call(&self, data: &[f32]) -> Result<Array1<i32>> {
        if self.summary.is_empty() {
            return Err(Error::Argument("there are no boundaries yet: `adapt` to data first".to_string()));
        }
        Ok(data.iter().map(|x| self.boundaries.partition_point(|bound| bound <= x) as i32).collect())
    }
}

/// Fewer numbers, one for each share `epsilon` of all.
fn compressed(summary: &[[f32; 2]], epsilon: f64) -> Vec<[f32; 2]> {
    if (summary.len() as f64) * epsilon < 1.0 {
        return summary.to_vec();
    }
    let mut sum = 0.0f32;
    let sums: Vec<f32> = summary
        .iter()
        .map(|[_, weight]| {
            sum += weight;
            sum
        })
        .collect();
    let shares: Vec<f64> = sums.iter().map(|own| f64::from(own / sum)).collect();
    let numbers: Vec<f64> = summary.iter().map(|[x, _]| f64::from(*x)).collect();
    let sums: Vec<f64> = sums.iter().map(|x| f64::from(*x)).collect();
    let count = (1.0 / epsilon).ceil() as usize;
    let mut before = 0.0;
    (0..count)
        .map(|i| {
            let at = epsilon + i as f64 * epsilon;
            let sum = between(at, &shares, &sums);
            let weight = sum - before;
            before = sum;
            [between(at, &shares, &numbers) as f32, weight as f32]
        })
        .collect()
}

/// The value at `x` of the line through the points of `xs`, which ascend, and `ys`.
fn between(x: f64, xs: &[f64], ys: &[f64]) -> f64 {
    let last = xs.len() - 1;
    match xs.partition_point(|own| *own <= x) {
        0 => ys[0],
        after if after > last => ys[last],
        after => {
            let slope = (ys[after] - ys[after - 1]) / (xs[after] - xs[after - 1]);
            slope * (x - xs[after - 1]) + ys[after - 1]
        }
    }
}
