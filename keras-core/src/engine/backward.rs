//! The backward pass of a plan.

use keras_kernels::aligned::Aligned;
use keras_shape::Regularizer;

use super::again::Numbering;
use super::finals::Done;
use super::kernel::{Backward, Given, Inputs, Taken, Weights};
use super::parts::Want;
use super::plan::{Plan, layer_of};
use crate::Result;
use crate::model::AnyModel;
use crate::param::Param;

impl Plan {
    /// Computes the gradients of all weights from those of the outputs, which [`Plan::output_grad`] was filled with. If
    /// `late`, large ones of which only the optimiser wants to know are [left to it](Trained::Late).
    ///
    /// # Errors
    /// An operation that has no gradient.
    pub fn backward(&mut self, model: &dyn AnyModel, late: bool) -> Result<()> {
        self.backward_from(model, late, &[])
    }

    /// The same after [`forward_from`](Plan::forward_from).
    ///
    /// # Errors
    /// As [`backward`](Plan::backward).
    pub fn backward_from(
        &mut self,
        model: &dyn AnyModel,
        late: bool,
        outer: &[(usize, &[f32])],
    ) -> Result<()> {
        self.backward_here(model, late, outer, &mut |_, _| {})
    }

    pub(super) fn backward_here(
        &mut self,
        model: &dyn AnyModel,
        late: bool,
        outer: &[(usize, &[f32])],
        done: Done<'_>,
    ) -> Result<()> {
        if let Some(external) = &mut self.external {
            external.backward(&mut self.memory, &self.outputs, &self.params)?;
            self.tell_finals(done);
            return Ok(());
        }
        let Plan { memory, steps, spare, starts, params, finals, .. } = self;
        let mut finals = finals.iter().peekable();
        let weights = Numbering { starts, total: params.len() };
        let (mut dx, mut dw): (Taken, Taken) = Default::default();
        for at in (0..steps.len()).rev() {
            let (earlier, rest) = steps.split_at_mut(at);
            let step = &mut rest[0];
            let Some(kernel) = &mut step.kernel else { continue };
            if !step.back.runs {
                continue;
            }
            let also = step.second.map(|second| model.layer_at(second));
            let left = weights.left(earlier, (step.layer, step.second), &step.before, outer);
            let layer = layer_of(model, step.layer, step.cast);
            let plain = |param: &Param| matches!(param.regularizer, Regularizer::None);
            let is_late = late && step.back.may_be_late && layer.param(0).is_some_and(plain);
            step.back.is_late = is_late;
            let grads = &mut memory.grads;
            lend(&step.back.dx, false, grads, spare, &mut dx);
            lend(&step.back.dw, is_late, grads, spare, &mut dw);
            let result = kernel.backward(Backward {
                x: Inputs { feeds: &step.feeds, memory },
                w: Weights { layer, also, left: &left, first: 0 },
                y: Given { outputs: &step.outputs, known: &step.back.known, memory },
                dx: &mut dx,
                dw: &mut dw,
                late: is_late,
            });
            let grads = &mut memory.grads;
            take_back(&step.back.dx, false, grads, spare, &mut dx);
            take_back(&step.back.dw, is_late, grads, spare, &mut dw);
            result?;
            while let Some((_, param)) = finals.next_if(|(step, _)| *step == at) {
                params[*param].grad.iter().for_each(|own| done(*param, &memory.grads[*own]));
            }
        }
        Ok(())
    }
}

/// Lends a kernel the memory of the gradients that it fills: their own, or a spare one for what is added to a gradient that
/// is there already. One that is `first_is_late` or that nobody wants has none.
fn lend(
    wants: &[Option<Want>],
    first_is_late: bool,
    grads: &mut [Aligned],
    spare: &mut Vec<Aligned>,
    lent: &mut Taken,
) {
    for (i, want) in wants.iter().enumerate() {
        lent.push(match want {
            _ if first_is_late && i == 0 => Aligned::default(),
            None => Aligned::default(),
            Some(Want { grad, add: false, .. }) => core::mem::take(&mut grads[*grad]),
            Some(Want { len, add: true, .. }) => {
                let mut buffer = spare.pop().unwrap_or_default();
                buffer.resized(*len);
                buffer
            }
        });
    }
}

/// Takes back what [`lend`] has lent, and adds what is to be added.
fn take_back(
    wants: &[Option<Want>],
    first_is_late: bool,
    grads: &mut [Aligned],
    spare: &mut Vec<Aligned>,
    lent: &mut Taken,
) {
    for (i, (want, buffer)) in wants.iter().zip(lent.drain(..)).enumerate() {
        match want {
            _ if first_is_late && i == 0 => {}
            None => {}
            Some(Want { grad, add: false, .. }) => grads[*grad] = buffer,
            Some(Want { grad, add: true, .. }) => {
                grads[*grad].iter_mut().zip(&buffer).for_each(|(sum, x)| *sum += x);
                spare.push(buffer);
            }
        }
    }
}
