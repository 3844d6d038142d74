//! What a trainer knows between steps besides the optimiser's state, to be saved and loaded.

use super::Trainer;
use crate::Result;
use crate::training::metrics::Metric;

/// The sums of an epoch that has begun, by name, in the order of the outputs.
pub(crate) type Sums = Vec<(String, Vec<f64>)>;

impl Trainer {
    /// The number of steps made, which dropout depends on.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Sets the number of steps made.
    pub fn set_steps(&mut self, steps: u64) {
        self.steps = steps;
    }

    /// The sums of loss and metrics so far.
    pub fn sums(&self) -> Sums {
        let mut sums = vec![("loss".to_string(), self.loss_mean.state().to_vec())];
        for output in &self.outputs {
            sums.push((output.mean.name().to_string(), output.mean.state().to_vec()));
            let metrics = output.all_metrics();
            sums.extend(metrics.map(|metric| (metric.name().to_string(), metric.state())));
        }
        sums
    }

    /// Takes over what [`sums`](Trainer::sums) gave.
    ///
    /// # Errors
    /// They are those of other metrics; then nothing changes.
    pub fn set_sums(&mut self, sums: &Sums) -> Result<()> {
        let mut rest = sums.iter();
        let mut next = |name: &str| match rest.next() {
            Some((known, sums)) if known == name => Ok(sums.as_slice()),
            Some((known, _)) => Err(other(&format!("`{}`", crate::message::name(known)), name)),
            None => Err(other("none more", name)),
        };
        let mut means = Vec::new();
        let mut metrics: Vec<Vec<Box<dyn Metric>>> = Vec::new();
        let of_loss = pair("loss", next("loss")?)?;
        for output in &self.outputs {
            let name = output.mean.name();
            means.push(pair(name, next(name)?)?);
            let mut own: Vec<_> = output.all_metrics().cloned().collect();
            for metric in &mut own {
                let sums = next(metric.name())?;
                metric.set_state(sums)?;
            }
            metrics.push(own);
        }
        self.loss_mean.set_state(of_loss);
        for ((output, mean), mut own) in self.outputs.iter_mut().zip(means).zip(metrics) {
            output.mean.set_state(mean);
            output.weighted = own.split_off(output.metrics.len());
            output.metrics = own;
        }
        Ok(())
    }
}

fn pair(name: &str, sums: &[f64]) -> Result<[f64; 2]> {
    crate::training::metrics::sums(name, sums)
}

fn other(found: &str, expected: &str) -> crate::Error {
    crate::Error::Argument(format!("the metrics are others: expected `{expected}`, found {found}"))
}
