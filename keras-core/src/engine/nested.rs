//! A model inside a model: a plan inside a plan.

use super::build::Wish;
use super::cast::to_floats;
use super::inner_strings::Wanted;
use super::kernel::{Backward, Change, Choice, Forward, Kernel, MaskShape, Site, Touched};
use super::plan::{Mode, Plan, Trained};
use super::strings::is_string;
use crate::layers::no_id;
use crate::model::{AnyLayer, AnyModel, Samples, inner_model};
use crate::tensor::{ArrayElement, bits};
use crate::{Error, Result};

/// A model as a layer.
pub(crate) struct Nested {
    plan: Plan,
    /// How many samples of the plan are one of the model around it: what is divided by the former counts so often.
    steps: f64,
}

impl Nested {
    /// The model where it stands.
    ///
    /// # Errors
    /// Lengths that no layer of it could work on.
    pub fn choose(model: &dyn AnyModel, site: &Site<'_>, kernels: bool) -> Result<Choice> {
        Ok(Choice::native(Nested::new(model, site, kernels, Samples::Batch)?))
    }

    /// The same for a model that is run on `steps` steps of each sample at once; nothing where that cannot be.
    ///
    /// What layers add to the loss they have divided by the samples of the larger batch. Its gradients are made inside the
    /// plan, where nobody knows of steps.
    ///
    /// # Errors
    /// As [`choose`](Nested::choose).
    pub fn of_steps(
        model: &dyn AnyModel,
        site: &Site<'_>,
        steps: usize,
        kernels: bool,
    ) -> Result<Option<Choice>> {
        let nested = Nested { steps: steps as f64, ..Nested::new(model, site, kernels, Samples::Steps)? };
        let fits = !(site.gradients && nested.plan.may_have_loss());
        Ok(fits.then(|| Choice::native(nested)))
    }

    /// A plan for the model where it stands.
    ///
    /// # Errors
    /// Lengths that no layer of it could work on.
    fn new(model: &dyn AnyModel, site: &Site<'_>, kernels: bool, samples: Samples) -> Result<Nested> {
        let lengths: Vec<&[usize]> = (0..site.feeds.len()).map(|i| site.x(i)).collect();
        let grads: Vec<bool> = site
            .feeds
            .iter()
            .map(|feed| site.gradients && site.memory.places[feed.tensor].grad.is_some())
            .collect();
        let shape = |mask: usize| site.memory.masks[mask].shape.as_slice();
        let masks: Vec<Option<&[usize]>> = site.feeds.iter().map(|feed| feed.mask.map(shape)).collect();
        let mode = Mode { training: site.training, gradients: site.gradients, untrained: 0 };
        let wish = Wish {
            mode,
            lengths: &lengths,
            input_grads: &grads,
            masks: &masks,
            kernels,
            again: site.again,
            samples,
            executor: None,
        };
        Ok(Nested { plan: Plan::new(model, &wish)?, steps: 1.0 })
    }
}

/// The model that a layer is.
fn inner(layer: &dyn AnyLayer) -> Result<&dyn AnyModel> {
    inner_model(layer).ok_or_else(|| Error::layer("no model"))
}

/// Numbers as an input of the inner model takes them.
fn hand_on(from: &[f32], whole: bool, takes_whole: bool, to: &mut [f32]) -> Result<()> {
    match (whole, takes_whole) {
        (true, false) => to_floats(from, to),
        (false, true) => {
            for (at, (to, x)) in to.iter_mut().zip(from).enumerate() {
                let Some(integer) = x.integer() else { return Err(no_id(*x, at)) };
                *to = bits(integer);
            }
        }
        _ => to.copy_from_slice(from),
    }
    Ok(())
}

impl Kernel for Nested {
    fn forward(&mut self, io: Forward<'_>) -> Result<()> {
        let own = self.plan.structure.inputs.len();
        self.plan.take_read(|i| io.x.at(own + i));
        for i in (0..own).filter(|i| !is_string(self.plan.structure, *i)) {
            let (from, whole) = (io.x.at(i), io.x.whole(i));
            let name = io.w.layer.name();
            hand_on(from, whole, self.plan.takes_whole(i), self.plan.input_mut(i))
                .map_err(|e| e.in_layer(name))?;
            self.plan.set_input_mask(i, io.x.mask_place(i));
        }
        self.plan.read_integers(inner(io.w.layer)?)?;
        self.plan.forward_from(inner(io.w.layer)?, io.context, io.w.left)?;
        for (i, (y, made)) in io.y.iter_mut().zip(io.made).enumerate() {
            // As the rule of the model says: the plan has a place for the same numbers.
            y.copy_from_slice(self.plan.output_as_is(i).0);
            let mask = self.plan.output_mask(i);
            made.present = mask.is_some();
            if let Some(mask) = mask {
                made.counts.clone_from(&mask.counts);
                made.shape.clone_from(&mask.shape);
            }
        }
        Ok(())
    }

    fn backward(&mut self, io: Backward<'_>) -> Result<()> {
        for i in 0..io.y.len() {
            if let (_, Some(grad)) = self.plan.output_grad(i) {
                match io.y.dy(i) {
                    Some(dy) => grad.copy_from_slice(dy),
                    None => grad.fill(0.0),
                }
            }
        }
        self.plan.backward_from(inner(io.w.layer)?, false, io.w.left)?;
        for (i, dx) in io.dx.iter_mut().enumerate().filter(|(_, dx)| !dx.is_empty()) {
            match self.plan.input_grad(i) {
                Some(grad) => dx.copy_from_slice(grad),
                None => dx.fill(0.0),
            }
        }
        for (grad, dw) in self.plan.gradients().zip(io.dw).filter(|(_, dw)| !dw.is_empty()) {
            match grad {
                Trained::Yes(Some(grad)) => dw.copy_from_slice(grad),
                Trained::Late(grad) => dw.copy_from_slice(&grad.whole()),
                _ => dw.fill(0.0),
            }
        }
        Ok(())
    }

    fn updates(&self, change: &mut dyn FnMut(usize, Change<'_>)) {
        // Weights of an inner model count through all its layers.
        let starts = self.plan.starts();
        self.plan.updates(&mut |layer, weight, how| change(starts[layer] + weight, how));
    }

    fn left<'a>(&'a self, tell: &mut dyn FnMut(usize, &'a [f32])) {
        self.plan.left(tell);
    }

    fn mask(&self, output: usize) -> Option<MaskShape> {
        self.plan.output_mask_shape(output).map(MaskShape::from_slice)
    }

    fn loss(&self) -> f64 {
        self.plan.extra_loss() * self.steps
    }

    fn needs_context(&self) -> bool {
        self.plan.needs_context()
    }

    fn held(&self) -> usize {
        self.plan.held
    }

    fn wanted(&self) -> Vec<Wanted> {
        self.plan.wanted()
    }

    fn by_operations(&self, layer: &dyn AnyLayer, names: &mut Vec<String>) {
        if let Some(model) = inner_model(layer) {
            self.plan.by_operations(model, names);
        }
    }

    fn may_have_loss(&self) -> bool {
        self.plan.may_have_loss()
    }

    fn touched(&self, i: usize, tell: Touched<'_>) -> bool {
        self.plan.touched(i, tell)
    }
}
