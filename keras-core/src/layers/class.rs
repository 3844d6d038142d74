//! What a class of layers computes, as functions: the linker keeps those of the classes that a program names.

use keras_ops::Symbolic;
use keras_shape::{LayerClass, LayerConfig};

use super::{Numbers, Operations};
use crate::engine::{Choice, Link, Site};
use crate::model::{AnyLayer, Trace};
use crate::preprocessing::Reader;
use crate::{Error, Result};

/// What is asked for the numbers of input `i`.
type Input<'a, 'n> = &'a mut dyn FnMut(usize) -> Option<Numbers<'n>>;

/// What the layers of a class compute. A layer in a model has it with its class, so that a program contains the arithmetic
/// of the classes that it names, and not of all.
#[doc(hidden)]
pub struct Class {
    pub(super) trace: fn(&LayerConfig, &[Symbolic], &mut Trace<'_>) -> Result<Vec<Symbolic>>,
    pub(super) check: fn(&LayerConfig, Input<'_, '_>) -> Result<()>,
    pub(super) kernel: fn(&LayerConfig, &Site<'_>) -> Result<Choice>,
    pub(super) link: for<'a> fn(&'a LayerConfig, &Site<'_>) -> Option<Link<'a>>,
    pub(super) reader: fn(&LayerConfig) -> Option<Result<Reader>>,
}

impl Class {
    /// That of one class.
    pub(super) const fn of<L: Operations + LayerClass>() -> Class {
        Class {
            trace: |config, inputs, cx| arguments::<L>(config)?.operations(inputs, cx),
            check: |config, input| arguments::<L>(config)?.check(input),
            kernel: |config, site| arguments::<L>(config)?.kernel(site),
            link: |config, site| L::of(config)?.link(site),
            reader: |config| L::of(config)?.reader(),
        }
    }
}

fn arguments<L: LayerClass>(config: &LayerConfig) -> Result<&L> {
    L::of(config).ok_or_else(|| Error::layer(format!("a {} is none of this class", config.class())))
}

impl core::fmt::Debug for Class {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Class").finish_non_exhaustive()
    }
}

/// A class of layers, as the type that [`Built`](crate::model::Built) layers have it by.
#[doc(hidden)]
pub trait Computes {
    /// What its layers compute.
    const CLASS: &'static Class;
}

/// Of a layer whose class only its arguments say.
impl Computes for () {
    const CLASS: &'static Class = Class::ANY;
}

/// A layer of Keras with what its class computes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arithmetic<'a> {
    pub config: &'a LayerConfig,
    class: &'static Class,
}

impl<'a> Arithmetic<'a> {
    /// That of a layer of a model, with these arguments.
    ///
    /// # Errors
    /// It is no layer of Keras.
    pub fn of(layer: &dyn AnyLayer, config: &'a LayerConfig) -> Result<Self> {
        let class = layer.computes().ok_or_else(|| Error::layer("it is no layer of Keras"))?;
        Ok(Arithmetic { config, class })
    }

    /// That of a layer whose class only its arguments say, such as one inside a wrapper. What calls this contains all
    /// layers.
    pub fn of_any(config: &'a LayerConfig) -> Self {
        Arithmetic { config, class: Class::ANY }
    }

    /// The class, to be kept beside the arguments.
    pub fn class(self) -> &'static Class {
        self.class
    }

    /// That of a layer of which both are kept.
    pub fn with(config: &'a LayerConfig, class: &'static Class) -> Self {
        Arithmetic { config, class }
    }

    /// The layer's tensors for `inputs`, in operations.
    ///
    /// # Errors
    /// An operation does not take its tensors.
    pub fn trace(self, inputs: &[Symbolic], cx: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let outputs = (self.class.trace)(self.config, inputs, cx)?;
        let regularizer = self.config.activity_regularizer();
        outputs.iter().for_each(|y| cx.regularize(&regularizer, y));
        Ok(outputs)
    }

    /// Looks at the numbers that the layer is given: `input(i)` has those of input `i`.
    ///
    /// # Errors
    /// They are not what the layer takes.
    pub fn check<'n>(self, input: &mut dyn FnMut(usize) -> Option<Numbers<'n>>) -> Result<()> {
        (self.class.check)(self.config, input)
    }

    /// The kernel that is written for the layer where it stands.
    ///
    /// # Errors
    /// A layer inside of it does not take what it is given.
    pub fn kernel(self, site: &Site<'_>) -> Result<Choice> {
        (self.class.kernel)(self.config, site)
    }

    /// What the layer is to a kernel that does several layers at once.
    pub fn link(self, site: &Site<'_>) -> Option<Link<'a>> {
        (self.class.link)(self.config, site)
    }

    /// What makes numbers of strings, of a layer that takes strings.
    ///
    /// # Errors
    /// A string stands twice in a vocabulary, and the like.
    pub fn reader(self) -> Option<Result<Reader>> {
        (self.class.reader)(self.config)
    }
}
