//! Layers of your own, models inside models, and closures.

use std::sync::Arc;

use keras_ops::{self as ops, DType, Symbolic};
pub use keras_shape::WeightSpec;
use keras_shape::{Inferred, Mask, Outputs, Shape as Dims, ShapeError, TensorSpec, Text};

use super::api::AnyModel;
use super::layer::AnyLayer;
use super::nested::Nested;
use super::trace::Trace;
use crate::param::Param;
use crate::tensor::{LayerInput, check_dims};
use crate::{Error, Result};

type Function = Arc<dyn Fn(&[Symbolic]) -> Result<Symbolic> + Send + Sync>;

/// A layer of your own, for inputs of shape `In`. It takes part in the proof, the summary, training
/// and saving as Keras's layers do.
///
/// ```
/// use keras_core::prelude::*;
///
/// /// Multiplies each feature by a weight of its own.
/// #[derive(Default)]
/// struct Scale;
///
/// impl<B: Axis, const N: usize> Layer<(B, Len<N>)> for Scale {
///     // The shape of the output: here that of the input.
///     const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;
///
///     fn weights(&self) -> Vec<WeightSpec> {
///         vec![WeightSpec::new("scale", Dims::fixed(&[N]), Initializer::Ones)]
///     }
///
///     fn trace(&self, x: Symbolic, cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
///         Ok(x * cx.weight("scale"))
///     }
/// }
///
/// let model = model!(Input(3) => Scale => Dense(1));
/// assert_eq!(model.count_params(), 3 + 4);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer for inputs of shape `{In}`",
    label = "a layer of your own implements `Layer<In>` for the shapes that it takes (`Layer<Many<N>>` for more than 16 tensors)"
)]
pub trait Layer<In: LayerInput>: Send + Sync + 'static {
    /// The shape of the output, computed from `In::DIMS`. A `panic!` in it, with a message of your
    /// own, is a compile error in the model that uses the layer wrongly.
    const OUTPUT: Dims;

    /// What a model inside a model takes and gives, with the names of its axes.
    #[doc(hidden)]
    const NESTED: Option<Nested> = None;

    /// The weights that the layer wants for this input.
    fn weights(&self) -> Vec<WeightSpec> {
        Vec::new()
    }

    /// Writes what the layer computes in [operations](crate::ops). It is called once for the lengths of a batch; what it
    /// writes then runs in the same plan as the layers of Keras, forward and backward, and allocates nothing in a step.
    ///
    /// # Errors
    /// Whatever the layer finds wrong with its input.
    fn trace(&self, x: In::Symbolic, cx: &mut Trace<'_>) -> Result<Symbolic>;

    /// A model inside a model keeps its own layers.
    #[doc(hidden)]
    fn nested(&self) -> Option<&dyn AnyModel> {
        None
    }

    /// See [`Layer::nested`].
    #[doc(hidden)]
    fn nested_mut(&mut self) -> Option<&mut dyn AnyModel> {
        None
    }

    /// The layer as it stands in a model, with its weights made.
    #[doc(hidden)]
    fn __own(self, name: &str, class: &'static str) -> Own<Self>
    where
        Self: Sized,
    {
        Own::new::<In>(name, class, self)
    }
}

/// A layer for inputs of shape `In`. Models ask for this, and not for [`Layer`] itself, because the compiler would show
/// the implementation for the shapes that the layer does take.
#[doc(hidden)]
pub trait LayerFor<In: LayerInput> {
    /// The layer itself.
    type Layer: Layer<In>;
}

border! {
[impl]
#[diagnostic::do_not_recommend]
impl<In: LayerInput, T: Layer<In>> LayerFor<In> for T {
    type Layer = T;
}
}

/// An own layer in a model, or a model in a model; it derefs to the layer itself.
#[derive(Clone)]
pub struct Own<T> {
    layer: T,
    name: String,
    class: &'static str,
    trainable: bool,
    weights: Vec<Param>,
    missing: Option<String>,
    // The layer is generic over its input; the model is not.
    trace: fn(&T, &[Symbolic], &mut Trace<'_>) -> Result<Symbolic>,
    nested: fn(&T) -> Option<&dyn AnyModel>,
    nested_mut: fn(&mut T) -> Option<&mut dyn AnyModel>,
    output: Dims,
}

impl<T> Own<T> {
    /// Makes the layer's weights.
    fn new<In: LayerInput>(name: &str, class: &'static str, layer: T) -> Self
    where
        T: Layer<In>,
    {
        let (weights, missing) = Param::init_all(&layer.weights());
        Own {
            layer,
            name: name.to_string(),
            class,
            trainable: true,
            weights,
            missing,
            trace: |layer, x, cx| layer.trace(In::symbolic(x)?, cx),
            nested: T::nested,
            nested_mut: T::nested_mut,
            output: T::OUTPUT,
        }
    }
}

impl<T> core::ops::Deref for Own<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.layer
    }
}

impl<T> core::ops::DerefMut for Own<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.layer
    }
}

impl<T> core::fmt::Debug for Own<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} `{}`", self.class, self.name)
    }
}

impl<T: Send + Sync> AnyLayer for Own<T> {
    fn name(&self) -> &str {
        &self.name
    }

    fn class(&self) -> &str {
        self.class
    }

    fn trainable(&self) -> bool {
        self.trainable
    }

    fn set_trainable(&mut self, trainable: bool) {
        self.trainable = trainable;
        if let Some(nested) = (self.nested_mut)(&mut self.layer) {
            nested.layers_mut().into_iter().for_each(|layer| layer.set_trainable(trainable));
        }
    }

    fn params(&self) -> Vec<&Param> {
        let mut params: Vec<&Param> = self.weights.iter().collect();
        if let Some(nested) = (self.nested)(&self.layer) {
            params.extend(nested.layers().into_iter().flat_map(|layer| layer.params()));
        }
        params
    }

    fn param(&self, index: usize) -> Option<&Param> {
        self.weights.get(index).or_else(|| self.params().get(index).copied())
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        let mut params: Vec<&mut Param> = self.weights.iter_mut().collect();
        if let Some(nested) = (self.nested_mut)(&mut self.layer) {
            params.extend(nested.layers_mut().into_iter().flat_map(|layer| layer.params_mut()));
        }
        params
    }

    fn named_params(&self) -> Vec<(String, &Param)> {
        let mut named: Vec<_> = self.weights.iter().map(|param| (param.path.clone(), param)).collect();
        if let Some(nested) = (self.nested)(&self.layer) {
            named.extend(nested.named_params());
        }
        named
    }

    fn nested(&self) -> Option<&dyn AnyModel> {
        (self.nested)(&self.layer)
    }

    fn missing(&self) -> Option<&str> {
        self.missing.as_deref()
    }

    fn trace(&self, inputs: &[Symbolic], trace: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let y = (self.trace)(&self.layer, inputs, trace);
        output_of(&self.name, &self.output, y)
    }
}

/// What code of others gives, as floats, if it has the shape that was said.
pub(crate) fn output_of(name: &str, output: &Dims, y: Result<Symbolic>) -> Result<Vec<Symbolic>> {
    let y = y.and_then(|y| y.check().map_err(|e| Error::layer(e.to_string())))?;
    check_dims(&format!("the output of layer `{name}`"), output, y.shape())?;
    Ok(vec![ops::cast(y, DType::Float32)])
}

/// A closure in a model: Keras's
/// [`Lambda`](https://keras.io/api/layers/core_layers/lambda/).
#[derive(Clone)]
pub struct Lambda {
    name: String,
    output: Dims,
    function: Function,
}

impl Lambda {
    /// Wraps a closure that is written in [operations](crate::ops).
    #[doc(hidden)]
    pub fn new<In: LayerInput, Y: ops::Operand>(
        name: &str,
        output: Dims,
        function: impl Fn(In::Symbolic) -> Y + Send + Sync + 'static,
    ) -> Self {
        let function = move |inputs: &[Symbolic]| Ok(function(In::symbolic(inputs)?).symbolic());
        Lambda { name: name.to_string(), output, function: Arc::new(function) }
    }
}

impl core::fmt::Debug for Lambda {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Lambda `{}`", self.name)
    }
}

impl AnyLayer for Lambda {
    fn name(&self) -> &str {
        &self.name
    }

    fn class(&self) -> &str {
        "Lambda"
    }

    fn trainable(&self) -> bool {
        true
    }

    fn set_trainable(&mut self, _: bool) {}

    fn params(&self) -> Vec<&Param> {
        Vec::new()
    }

    fn params_mut(&mut self) -> Vec<&mut Param> {
        Vec::new()
    }

    fn trace(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let y = (self.function)(inputs)?;
        let found = y.shape().to_vec();
        output_of(&self.name, &self.output, Ok(y)).map_err(|error| of_closure(error, &found))
    }
}

/// The error of a closure that gives another shape than its input has, and does not say so.
fn of_closure(error: Error, found: &[usize]) -> Error {
    match error {
        Error::Shape { what, message, kind } => {
            let axes: Vec<String> = found.iter().skip(1).map(ToString::to_string).collect();
            let comma = if axes.len() == 1 { "," } else { "" };
            let help = format!(
                "\nhelp: a `Lambda` that changes the shape says which it gives, without the batch axis: `output_shape = ({}{comma})`",
                axes.join(", ")
            );
            let message = message.lines().next().unwrap_or_default().to_string() + &help;
            Error::Shape { what, message, kind }
        }
        other => other,
    }
}

/// The outputs of an own layer, for the proof.
#[doc(hidden)]
pub const fn own_outputs(
    name: &str,
    output: Dims,
    nested: Option<Nested>,
    inputs: &[Option<TensorSpec>],
    node: usize,
    drop_mask: bool,
) -> Inferred {
    if let Some(nested) = nested {
        return nested.outputs(name, inputs, drop_mask, node);
    }
    let [Some(input), ..] = inputs else { return Inferred::Unknown };
    let mut spec = TensorSpec::float(output);
    spec.mask = match input.mask {
        Mask::Present if !drop_mask => Mask::Lost(node),
        Mask::Lost(by) if !drop_mask => Mask::Lost(by),
        _ => Mask::Absent,
    };
    Inferred::Known(Outputs::one(spec))
}

/// The same of a model whose one output is asked for, as `base.output`: more are an error.
#[doc(hidden)]
pub const fn only_output(name: &str, inferred: Inferred) -> Inferred {
    match inferred {
        Inferred::Known(outputs) if outputs.len() > 1 => {
            let text = Text::new().s(name).s(" gives ").n(outputs.len()).s(" tensors; here one is asked for");
            let help = Text::new().s("apply it, and name them all: `let (a, b) = x => base;`");
            Inferred::Wrong(ShapeError::new(text).help(help))
        }
        inferred => inferred,
    }
}
