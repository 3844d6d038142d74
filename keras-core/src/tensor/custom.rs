//! A function of our own on Burn's gradient tape: numbers that were computed elsewhere, with a gradient that is too.

use std::sync::Arc;

use burn::backend::{Backend, BackendTensor, DispatchTensor, DispatchTensorKind, TensorMetadata};
use burn::tensor::{Tensor, TensorData, read_sync};
use burn_autodiff::checkpoint::base::Checkpointer;
use burn_autodiff::checkpoint::strategy::NoCheckpointing;
use burn_autodiff::grads::Gradients;
use burn_autodiff::ops::{Backward, Ops, OpsKind, unary};

/// Maps the gradient of the result to that of the operand; nothing is given where it cannot be read.
type Map = dyn Fn(Option<&[f32]>) -> Vec<f32> + Send + Sync;

/// What maps the gradient of the result to that of the operand.
#[derive(Clone)]
pub(crate) struct Pullback(pub Arc<Map>);

impl core::fmt::Debug for Pullback {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Pullback")
    }
}

/// The step back through a function of our own.
#[derive(Debug)]
struct Step;

impl<B: Backend> Backward<B, 1> for Step {
    type State = Pullback;

    fn backward(self, ops: Ops<Pullback, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        unary::<B, _>(ops.parents, ops.node, grads, |dy| {
            let device = dy.device();
            let data =
                read_sync(B::float_into_data(dy)).map(|data| data.convert::<f32>().try_to_vec::<f32>());
            let dy = data.ok().and_then(core::result::Result::ok);
            let dx = (ops.state.0)(dy.as_deref());
            B::float_from_data(TensorData::from(dx.as_slice()), &device)
        });
    }
}

fn on_tape<B: Backend>(x: BackendTensor<B>, y: &[f32], pullback: Pullback) -> Option<BackendTensor<B>> {
    let BackendTensor::Autodiff(x) = x else { return None };
    let (x, node) = x.into_parts();
    let y = B::float_from_data(TensorData::from(y), &x.device());
    let prepared = <Step as Backward<B, 1>>::prepare::<NoCheckpointing>(Step, [node]);
    let y = match prepared.compute_bound().stateful() {
        OpsKind::Tracked(prepared) => prepared.finish(pullback, y),
        OpsKind::UnTracked(prepared) => prepared.finish(y),
    };
    Some(BackendTensor::Autodiff(y))
}

/// `y`, as what a function makes of `x` that has the gradient which `pullback` says; without a gradient where `x` is on
/// no tape.
pub(crate) fn custom(x: Tensor<1>, y: &[f32], pullback: Pullback) -> Tensor<1> {
    let device = x.device();
    let DispatchTensor { kind, autodiff } = x.into_dispatch();
    let kind = match kind {
        DispatchTensorKind::Autodiff(kind) => match *kind {
            #[cfg(feature = "flex")]
            DispatchTensorKind::Flex(x) => on_tape(x, y, pullback).map(DispatchTensorKind::Flex),
            #[cfg(any(
                feature = "wgpu",
                feature = "vulkan",
                feature = "metal",
                feature = "cuda",
                feature = "rocm"
            ))]
            DispatchTensorKind::Cube(x) => on_tape(x, y, pullback).map(DispatchTensorKind::Cube),
            #[allow(unreachable_patterns)]
            _ => None,
        },
        _ => None,
    };
    match kind {
        Some(kind) => {
            let kind = DispatchTensorKind::Autodiff(Box::new(kind));
            Tensor::from_dispatch(DispatchTensor { kind, autodiff })
        }
        None => Tensor::from_data(TensorData::from(y), &device),
    }
}
