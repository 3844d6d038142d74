//! A layer of Keras on its own, on numbers, by its operations: what kernels and Keras's numbers are compared with.

use keras_ops::{self as ops, DType, Plan, Symbolic};
use keras_shape::{LayerConfig, Role};

use super::trace::{Given, Traced, specs, traced_config, wrong};
use super::trace_masks::OutputMask;
use crate::context::Context;
use crate::layers::Arithmetic;
use crate::param::{Param, ParamId};
use crate::tensor::{Raw, bits, integer};
use crate::{Error, Result};

/// A tensor that a layer is given or gives.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Value {
    /// The numbers.
    pub data: Raw,
    /// Which steps count: truth values, of the axes of the numbers but for the features; all if there is none.
    pub mask: Option<Raw>,
    /// What it is to the layer.
    pub role: Role,
}

impl Value {
    /// A value without a mask.
    pub fn new(data: Raw) -> Self {
        Value { data, mask: None, role: Role::Input }
    }

    /// The same value with this mask.
    #[must_use]
    pub fn with_mask(mut self, mask: Option<Raw>) -> Self {
        self.mask = mask;
        self
    }
}

/// What a layer has computed.
#[doc(hidden)]
pub struct Alone {
    /// What it gives.
    pub outputs: Vec<Value>,
    /// What it adds to the loss.
    pub losses: Vec<f32>,
    /// New values of weights that it keeps itself.
    pub updates: Vec<(ParamId, Raw)>,
    traced: Traced,
    data: Vec<Vec<f32>>,
}

impl Alone {
    /// Runs a layer with weights in the order of its rule. States go to and come from the context.
    ///
    /// # Errors
    /// Its operations do not fit its inputs; a weight of another size.
    pub fn run(
        config: &LayerConfig,
        weights: &[Param],
        inputs: &[Value],
        [training, frozen]: [bool; 2],
        context: &mut Context,
    ) -> Result<Alone> {
        let shapes: Vec<(Vec<usize>, Option<Vec<usize>>)> =
            inputs.iter().map(|x| (x.data.shape(), x.mask.as_ref().map(Raw::shape))).collect();
        let given = shapes.iter().zip(inputs).map(|((shape, mask), x)| Given {
            shape,
            whole: !x.data.is_float(),
            role: x.role,
            mask: mask.as_deref(),
        });
        let given: Vec<Given<'_>> = given.collect();
        let traced = traced_config(
            Arithmetic::of_any(config),
            &given,
            training,
            frozen,
            keras_shape::ComputePolicy::FLOAT32,
        )?;
        let rule = config.at_run_time().weights(&specs(&given));
        for ((rule, weight), wanted) in rule.as_slice().iter().zip(weights).zip(&traced.weights) {
            let (found, wanted) = (weight.value.shape(), wanted.shape());
            if found.iter().product::<usize>() != wanted.size() {
                let name = rule.path.as_str();
                return Err(Error::layer(format!(
                    "weight `{name}` has the shape {found:?}, and {wanted} is needed here"
                )));
            }
        }
        let data = numbers(&traced, weights, inputs, context)?;
        let all: Vec<&Symbolic> = traced.outputs.iter().chain(&traced.losses).chain(traced.left()).collect();
        let mut plan = Plan::new(&traced.known(), &all).map_err(wrong)?;
        plan.run(&data.iter().map(Vec::as_slice).collect::<Vec<_>>()).map_err(wrong)?;
        let first = traced.outputs.len() + traced.losses.len();
        let mut alone = Alone {
            outputs: outputs(&traced, &plan)?,
            losses: (traced.outputs.len()..first).map(|i| plan.output(i)[0]).collect(),
            updates: updates(&traced, weights, &plan, first)?,
            traced,
            data,
        };
        alone.leave(weights, inputs, &plan, context)?;
        Ok(alone)
    }

    /// Gives the outputs their masks, and the context the states.
    fn leave(
        &mut self,
        weights: &[Param],
        inputs: &[Value],
        plan: &Plan,
        context: &mut Context,
    ) -> Result<()> {
        let traced = &self.traced;
        let mut left = traced.outputs.len() + traced.losses.len() + traced.updates.len()..;
        for (output, mask) in self.outputs.iter_mut().zip(&traced.output_masks) {
            output.mask = match mask {
                OutputMask::Absent => None,
                OutputMask::Carried(input) => inputs[*input].mask.clone(),
                OutputMask::Made(_) => {
                    let at = left.next().unwrap_or_default();
                    let counts = plan.output(at).iter().map(|x| *x != 0.0).collect();
                    Some(Raw::from_bool(counts, plan.shape(at))?)
                }
            };
        }
        for kept in &traced.states {
            let states = kept.after.iter().zip(&mut left);
            let states = states.map(|(state, at)| (plan.output(at), &**state.shape()));
            context.leave_state(weights[kept.weight].id, states)?;
        }
        Ok(())
    }

    /// The gradients of the inputs and of the weights, where they are floats, from those of the outputs and what the layer
    /// adds to the loss.
    ///
    /// # Errors
    /// An operation has no gradient, or a gradient is of another size than its output.
    pub fn gradients(&self, dys: &[Vec<f32>]) -> Result<[Vec<Vec<f32>>; 2]> {
        let traced = &self.traced;
        let inputs: Vec<Symbolic> =
            traced.outputs.iter().map(|y| ops::input(y.shape(), DType::Float32)).collect();
        let roots = traced.outputs.iter().zip(&inputs).filter(|(y, _)| y.dtype().is_float());
        let mut roots: Vec<(Symbolic, Symbolic)> = roots.map(|(y, dy)| (y.clone(), dy.clone())).collect();
        roots.extend(traced.losses.iter().map(|loss| (loss.clone(), ops::ones(loss.shape()))));
        let flowing = traced.inputs.iter().zip(&traced.flows);
        let flowing = flowing.filter(|(x, flows)| **flows && x.dtype().is_float()).map(|(x, _)| x);
        let by: Vec<&Symbolic> = flowing.chain(&traced.weights).collect();
        let gradients = ops::vjp(&roots, &by);
        let known: Vec<&Symbolic> = traced.known().into_iter().chain(&inputs).collect();
        let mut plan = Plan::new(&known, &gradients.iter().collect::<Vec<_>>()).map_err(wrong)?;
        let data: Vec<&[f32]> = self.data.iter().chain(dys).map(Vec::as_slice).collect();
        plan.run(&data).map_err(wrong)?;
        let found = |i: usize| plan.output(i).to_vec();
        let split = by.len() - traced.weights.len();
        Ok([(0..split).map(found).collect(), (split..by.len()).map(found).collect()])
    }
}

fn outputs(traced: &Traced, plan: &Plan) -> Result<Vec<Value>> {
    let output = |(i, y): (usize, &Symbolic)| {
        let (numbers, shape) = (plan.output(i), plan.shape(i));
        Ok(Value::new(match y.dtype().is_float() {
            true => Raw::copied(numbers, shape)?,
            false => Raw::from_i32(numbers.iter().map(|x| integer(*x)).collect(), shape)?,
        }))
    };
    traced.outputs.iter().enumerate().map(output).collect()
}

/// The new values of weights, which the plan has from output `first` on; of several for one weight the last.
fn updates(traced: &Traced, weights: &[Param], plan: &Plan, first: usize) -> Result<Vec<(ParamId, Raw)>> {
    let mut updates: Vec<(ParamId, Raw)> = Vec::new();
    for (i, update) in traced.updates.iter().enumerate() {
        let weight = &weights[update.weight];
        let at = updates.iter().position(|(id, _)| *id == weight.id);
        let mut now = match at {
            Some(at) => updates.swap_remove(at).1,
            None => weight.value.clone(),
        };
        if let Some(now) = now.as_f32_mut() {
            match update.momentum {
                // Of a layer at each step of a sequence, each goes on from what the one before has left.
                Some(momentum) => crate::engine::blend(now, plan.output(first + i), momentum),
                None => now.copy_from_slice(plan.output(first + i)),
            }
        }
        updates.push((weight.id, now));
    }
    Ok(updates)
}

/// The numbers that a plan of the operations is given.
///
/// # Errors
/// The layer does not take the numbers, or a state has another shape than before.
fn numbers(
    traced: &Traced,
    weights: &[Param],
    inputs: &[Value],
    context: &mut Context,
) -> Result<Vec<Vec<f32>>> {
    let mut data: Vec<Vec<f32>> = Vec::new();
    for x in inputs.iter().map(|x| &x.data).chain(weights.iter().map(|weight| &weight.value)) {
        data.push(match x.is_float() {
            true => x.to_vec()?,
            false => x.to_integers()?.into_iter().map(bits).collect(),
        });
    }
    data.extend(traced.seeds.iter().map(|(_, own)| context.seed(*own).map(bits).to_vec()));
    traced.check(|i| &data[i])?;
    for mask in inputs.iter().filter_map(|x| x.mask.as_ref()) {
        data.push(mask.to_vec()?);
    }
    for draw in &traced.draws {
        let mut numbers = vec![0.0; draw.factors.shape().size()];
        context.fill_dropout(&mut numbers, draw.rate, draw.seed)?;
        data.push(numbers);
    }
    for kept in &traced.states {
        for (i, state) in kept.before.iter().enumerate() {
            let known = context.state(weights[kept.weight].id, i, state.shape())?;
            data.push(known.map_or_else(|| vec![0.0; state.shape().size()], <[f32]>::to_vec));
        }
    }
    Ok(data)
}
