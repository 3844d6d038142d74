//! Layers as the activations of others: `Dense(64, activation = LeakyReLU(negative_slope = 0.1))`.

use crate::arg::Parsed;
use crate::layers::{ELU, LeakyReLU, ReLU, Softmax};
use crate::{
    Activation, Arg, ArgType, Dim, Inner, LayerConfig, Outputs, Shape, ShapeError, TensorSpec, Text,
};

/// What a layer computes that may be an activation: one without weights, whose output has the shape of its input.
#[derive(Clone, Copy, Debug)]
pub enum Activates {
    /// A function by name.
    Function(Activation),
    /// That of `ReLU`.
    ReLU(ReLU),
    /// That of `LeakyReLU`.
    LeakyReLU(LeakyReLU),
    /// That of `ELU`.
    ELU(ELU),
    /// That of `Softmax`.
    Softmax(Softmax),
}

/// Reads a layer of Keras with arguments; nothing if it is something else.
pub(crate) fn parse(arg: &Arg) -> Option<Result<Parsed<Activation>, String>> {
    let Arg::Call(class, _) = arg else { return None };
    if LayerConfig::default_of(class)?.facts().activates.is_none() {
        return Some(Err(format!(
            "expected an activation, found the layer `{class}`; of layers `ReLU`, `LeakyReLU`, `ELU`, `Softmax` and `Activation` are functions\nhelp: any other stands after this one: `=> {class}(...)`"
        )));
    }
    Some(Inner::parse(arg).map(|inner| Parsed {
        value: Activation::Layer(inner.value),
        code: crate::Code::of(["Activation", "Layer"], inner.code),
        sure: inner.sure,
    }))
}

/// What is wrong with a layer as an activation of numbers of this shape.
const fn layer_on(input: &TensorSpec, inner: Inner) -> Result<Outputs, ShapeError> {
    let inputs = [*input];
    let result = match inner.config.facts().activates {
        Some(Activates::Function(function)) => return activated(input, function),
        Some(Activates::ReLU(layer)) => layer.output(&inputs),
        Some(Activates::LeakyReLU(layer)) => layer.output(&inputs),
        Some(Activates::ELU(layer)) => layer.output(&inputs),
        Some(Activates::Softmax(layer)) => layer.output(&inputs),
        None => {
            let text =
                Text::new().s("`").s(inner.config.class()).s("` is no function that may be an activation");
            Err(ShapeError::new(text))
        }
    };
    match result {
        Ok(outputs) => Ok(outputs),
        Err(error) => Err(error.arg("activation")),
    }
}

/// The shape after an activation: `glu` halves the last axis, all others keep it.
pub(crate) const fn activated(input: &TensorSpec, activation: Activation) -> Result<Outputs, ShapeError> {
    let shape = input.shape;
    match activation {
        Activation::Layer(inner) => return layer_on(input, inner),
        Activation::Threshold => return Err(without_threshold()),
        Activation::Glu => {}
        _ => return Ok(Outputs::float(shape)),
    }
    match shape.last() {
        Dim::Fixed(n) if n % 2 == 1 => {
            let text =
                Text::new().s("`glu` halves the last axis, which has ").n(n).s(" features: an odd number");
            let help = Text::new().s("make it ").n(n.saturating_add(1));
            Err(ShapeError::new(text).help(help).arg("activation"))
        }
        Dim::Fixed(n) => Ok(Outputs::float(shape.with_last(Dim::Fixed(n / 2)))),
        Dim::Dynamic(_) | Dim::Derived(..) => Ok(Outputs::float(shape.with_last(Dim::NONE))),
        Dim::Later => Ok(Outputs::float(shape.with_last(Dim::Later))),
    }
}

const fn without_threshold() -> ShapeError {
    let text =
        Text::new().s("`threshold` as an activation does not say which threshold and which value below it");
    let help = Text::new().s("add a layer: `ReLU(threshold = 1.0)`, or `Lambda` for another value below");
    ShapeError::new(text).help(help).arg("activation")
}

/// Whether an activation of a state, which has this shape, keeps it; `arg` is the argument that it is.
pub(crate) const fn keeps_state(
    class: &str,
    arg: &'static str,
    function: Activation,
    state: &Shape,
) -> Result<(), ShapeError> {
    match function {
        Activation::Glu => {
            let text = Text::new()
                .s(class)
                .s(": `glu` halves what it is applied to, and the state must keep its size");
            let help = Text::new().s("use a function that keeps the size, as `tanh` or `sigmoid`");
            Err(ShapeError::new(text).help(help).arg(arg))
        }
        Activation::Layer(inner) => match inner.config.facts().activates {
            Some(Activates::Function(function)) => keeps_state(class, arg, function, state),
            _ => match layer_on(&TensorSpec::float(*state), inner) {
                Ok(_) => Ok(()),
                Err(error) => Err(error.arg(arg)),
            },
        },
        Activation::Threshold => Err(without_threshold().arg(arg)),
        _ => Ok(()),
    }
}
