//! A layer with its arguments, and what its class makes of them.
//!
//! Constants are evaluated by functions that match on the class ([`LayerConfig::output`]): no constant can call through a
//! pointer. A program that calls one of them contains the rules of all layers. What runs in a program goes through the
//! [pointers](Rules) that come with each layer instead, so that the linker keeps the rules of those layers alone that the
//! program names.

use core::any::Any;
use core::fmt;

use crate::arg::AnyArg;
use crate::call_args::{CallArgs, Flags};
use crate::layers::Variant;
use crate::{
    Activation, ArgInfo, Code, Inner, MultiplyAdds, Outputs, Regularizer, ShapeError, TensorSpec, Weights,
    size,
};

/// A layer with its arguments.
#[derive(Clone, Copy)]
pub struct LayerConfig {
    pub(crate) variant: Variant,
    pub(crate) rules: &'static Rules,
}

/// A class of layers of Keras, which is the type of its arguments.
pub trait LayerClass: Copy + fmt::Debug + 'static {
    /// The arguments of a layer, if it is of this class.
    fn of(config: &LayerConfig) -> Option<&Self>;
    /// The layer with these arguments.
    fn config(self) -> LayerConfig;
}

/// What is shown each argument with its name.
pub(crate) type Show<'f, 'a> = &'f mut dyn FnMut(&'static str, &'a dyn AnyArg);

/// What a class makes of the arguments of one of its layers. Its functions are given layers of this class only.
pub(crate) struct Rules {
    pub class: &'static str,
    pub snake: &'static str,
    pub args: &'static [ArgInfo],
    pub arg_docs: &'static [(&'static str, &'static str)],
    pub output: fn(&LayerConfig, &[TensorSpec]) -> Result<Outputs, ShapeError>,
    pub weights: fn(&LayerConfig, &[TensorSpec]) -> Weights,
    pub multiply_adds: fn(&LayerConfig, &[TensorSpec]) -> MultiplyAdds,
    pub with_flags: fn(&LayerConfig, &Flags) -> LayerConfig,
    pub trained: fn(&LayerConfig, bool) -> LayerConfig,
    pub each: for<'a> fn(&'a LayerConfig, Show<'_, 'a>),
    pub debug: fn(&LayerConfig, &mut fmt::Formatter<'_>) -> fmt::Result,
}

impl LayerConfig {
    /// The arguments, of whichever class the layer is.
    pub const fn variant(&self) -> &Variant {
        &self.variant
    }

    /// The row of the table: `MaxPooling2D`.
    pub const fn row(&self) -> &'static str {
        self.rules.class
    }

    /// The class name: `MaxPooling2D`. Of an operation it is the operation's: `Negative`.
    pub const fn class(&self) -> &'static str {
        match self.operation() {
            Some(op) => op.class(),
            None => self.row(),
        }
    }

    /// Keras's automatic name: `max_pooling2d`.
    pub const fn snake(&self) -> &'static str {
        match self.operation() {
            Some(op) => op.snake(),
            None => self.rules.snake,
        }
    }

    /// The argument table.
    pub const fn args(&self) -> &'static [ArgInfo] {
        self.rules.args
    }

    /// Of each argument, its name with its default (`strides = 1`) and what it does.
    pub const fn arg_docs(&self) -> &'static [(&'static str, &'static str)] {
        self.rules.arg_docs
    }

    /// Shows each argument to `f`, in Keras's positional order.
    pub(crate) fn each<'a>(&'a self, f: Show<'_, 'a>) {
        (self.rules.each)(self, f);
    }

    /// The multiply-adds of the forward pass of one sample, for inputs that the layer accepts:
    /// [`output`](LayerConfig::output) says whether it does.
    pub fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        if inputs.is_empty() { MultiplyAdds::default() } else { (self.rules.multiply_adds)(self, inputs) }
    }

    /// The arguments with their values, in Keras's positional order.
    pub fn values(&self) -> Vec<(&'static str, &dyn Any)> {
        let mut values: Vec<(&'static str, &dyn Any)> = Vec::with_capacity(self.args().len());
        self.each(&mut |name, value| values.push((name, value)));
        values
    }

    /// The value of the argument of this name, if the layer has one of this type.
    fn value<T: Copy + 'static>(&self, of: &str) -> Option<T> {
        let mut found = None;
        self.each(&mut |name, value| {
            if name == of {
                let value: &dyn Any = value;
                found = value.downcast_ref().copied();
            }
        });
        found
    }

    /// The argument `activity_regularizer`, if the layer has one.
    pub(crate) fn activity(&self) -> Regularizer {
        self.value("activity_regularizer").unwrap_or(Regularizer::None)
    }

    /// The layer's activation, if it has such an argument.
    pub fn activation(&self) -> Option<Activation> {
        self.value("activation")
    }

    /// The argument with the largest size, if the layer has arguments that are sizes.
    pub fn largest_argument(&self) -> Option<(&'static str, usize)> {
        let sizes = self.values().into_iter();
        let sizes = sizes.filter_map(|(name, value)| Some((name, size::largest(value)?)));
        sizes.max_by_key(|(_, size)| *size)
    }

    /// The layers that a wrapper applies, as its arguments have them.
    pub fn wrapped(&self) -> Vec<Inner> {
        let mut layers = Vec::new();
        self.each(&mut |_, value| layers.extend_from_slice(value.held()));
        layers
    }

    /// Trains all layers in it, and those inside of them, or none.
    pub fn train_layers(&mut self, trainable: bool) {
        *self = self.at_run_time().trained(trainable);
    }

    /// The same of the layer and of the `code` that makes it again.
    pub fn train_inside(&mut self, code: &mut Code, trainable: bool) {
        self.train_layers(trainable);
        code.train(trainable);
    }

    /// The rules as a program calls them while it runs, in which case they are of this layer's class alone. The functions
    /// of the same names that are of [`LayerConfig`] itself are for constants: they name the rules of all layers, which
    /// then are part of the program.
    pub const fn at_run_time(&self) -> AtRunTime<'_> {
        AtRunTime(self)
    }
}

impl fmt::Debug for LayerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.rules.debug)(self, f)
    }
}

/// The rules of a layer, as a program calls them while it runs: see [`LayerConfig::at_run_time`].
#[derive(Clone, Copy, Debug)]
pub struct AtRunTime<'a>(pub(crate) &'a LayerConfig);

impl AtRunTime<'_> {
    /// The layer's tensors for these inputs.
    ///
    /// # Errors
    /// The layer does not take them.
    pub fn output(self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        (self.0.rules.output)(self.0, inputs)
    }

    /// The layer's weights for these inputs.
    pub fn weights(self, inputs: &[TensorSpec]) -> Weights {
        (self.0.rules.weights)(self.0, inputs)
    }

    /// The layer as a call with these arguments runs it.
    pub fn called(self, call: &CallArgs) -> LayerConfig {
        match call.flags() {
            Some(flags) => (self.0.rules.with_flags)(self.0, &flags),
            None => *self.0,
        }
    }

    /// The layer with all layers in it trained, and those inside of them, or none.
    pub fn trained(self, trainable: bool) -> LayerConfig {
        if self.0.wrapped().is_empty() { *self.0 } else { (self.0.rules.trained)(self.0, trainable) }
    }
}
