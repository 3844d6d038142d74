//! A graph where a model is run: a plan on the CPU, or what its executor lays out.

use std::sync::Arc;

use keras_ops::{OpError, Plan, Symbolic};

use crate::executor::{Buffer, Executor, Prepared, TensorSpec};
use crate::model::AnyModel;
use crate::{Error, Result};

/// A graph laid out to be run as often as wanted.
pub(crate) enum Program {
    Plan(Plan),
    Elsewhere(Elsewhere),
}

/// A graph that an executor has laid out.
pub(crate) struct Elsewhere {
    executor: Arc<dyn Executor>,
    prepared: Box<dyn Prepared>,
    inputs: Vec<TensorSpec>,
    /// The outputs that no memory of the caller takes.
    outputs: Vec<Vec<f32>>,
    results: usize,
}

impl Program {
    /// Lays out how to compute `outputs` from `inputs` where all of `models` run; the first `results` outputs go to memory of
    /// the caller.
    ///
    /// # Errors
    /// A mistake in the graph, as `wrong` words it; models that run in different places.
    pub fn new(
        models: &[&dyn AnyModel],
        inputs: &[&Symbolic],
        outputs: &[&Symbolic],
        results: usize,
        wrong: impl Fn(&OpError) -> Error,
    ) -> Result<Program> {
        let mut executors = models.iter().map(|model| model.core().executor());
        let first = executors.next().flatten();
        if !executors.all(|other| same(first.as_ref(), other.as_ref())) {
            return Err(Error::Argument(
                "the models run by different executors\nhelp: give all of them the same, by `set_executor`"
                    .into(),
            ));
        }
        let Some(executor) = first else {
            return Ok(Program::Plan(Plan::with_results(inputs, outputs, results).map_err(|e| wrong(&e))?));
        };
        let prepared = executor.prepare(inputs, outputs)?;
        let spec = |x: &&Symbolic| TensorSpec::new(x.shape(), x.dtype());
        Ok(Program::Elsewhere(Elsewhere {
            executor,
            prepared,
            inputs: inputs.iter().map(spec).collect(),
            outputs: outputs[results..].iter().map(|y| vec![0.0; y.shape().size()]).collect(),
            results,
        }))
    }

    /// Whether it is laid out where a model runs.
    pub fn is_where(&self, model: &dyn AnyModel) -> bool {
        let own = match self {
            Program::Plan(_) => None,
            Program::Elsewhere(elsewhere) => Some(&elsewhere.executor),
        };
        same(own, model.core().executor().as_ref())
    }

    /// Computes all outputs.
    ///
    /// # Errors
    /// An operation fails, as `wrong` words it; the executor fails.
    pub fn run_into(
        &mut self,
        inputs: &[&[f32]],
        results: &mut [&mut [f32]],
        wrong: impl Fn(&OpError) -> Error,
    ) -> Result<()> {
        let Elsewhere { executor, prepared, inputs: specs, outputs, .. } = match self {
            Program::Plan(plan) => return plan.run_into(inputs, results).map_err(|e| wrong(&e)),
            Program::Elsewhere(elsewhere) => elsewhere,
        };
        let given = inputs.iter().zip(specs).map(|(x, spec)| executor.upload(x, spec));
        let found = prepared.run(&given.collect::<Result<Vec<Buffer>>>()?)?;
        let to = results.iter_mut().map(|to| &mut **to).chain(outputs.iter_mut().map(Vec::as_mut_slice));
        found.iter().zip(to).try_for_each(|(buffer, to)| executor.download(buffer, to))
    }

    /// The numbers of output `i`, as the last run computed them; none of one that lies in memory of the caller.
    pub fn output(&self, i: usize) -> &[f32] {
        match self {
            Program::Plan(plan) => plan.output(i),
            Program::Elsewhere(Elsewhere { outputs, results, .. }) => {
                i.checked_sub(*results).map_or(&[], |i| &outputs[i])
            }
        }
    }
}

/// Whether both are the same executor, or none.
pub(super) fn same(a: Option<&Arc<dyn Executor>>, b: Option<&Arc<dyn Executor>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => core::ptr::addr_eq(Arc::as_ptr(a), Arc::as_ptr(b)),
        (None, None) => true,
        _ => false,
    }
}
