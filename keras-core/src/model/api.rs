//! What every model can do.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use keras_shape::{Shape as Dims, ShapeError};

use super::entry::{Entered, Samples, check_entry, input_wants};
use super::layer::AnyLayer;
#[cfg(feature = "plot")]
use super::plot::Plot;
use super::predictions::{Predict, Source};
use super::structure::Structure;
use super::summary::Summary;
use crate::context::Context;
use crate::distribution::Ranks;
use crate::executor::Executor;
use crate::param::{Param, ParamId};
use crate::runtime::Runtime;
use crate::tensor::{Data, IntoInputs, OneSample, Raw, Shape, Shapes};
use crate::{Error, Result};

/// What a model keeps besides its layers.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Core {
    states: Mutex<HashMap<ParamId, Vec<Raw>>>,
    /// How many passes that do not train have drawn random numbers.
    passes: AtomicU64,
    runtime: RwLock<Runtime>,
    /// Whether it says anything: until then nobody waits for the lock.
    has_runtime: AtomicBool,
    /// The lengths that were checked last: those of the next step are the same nearly always.
    entered: Mutex<Option<Entered>>,
}

impl Core {
    /// An empty one.
    pub fn new() -> Self {
        Core::default()
    }

    /// The states that stateful layers have left, each by the layer's first weight.
    pub(crate) fn states(&self) -> HashMap<ParamId, Vec<Raw>> {
        lock(&self.states).clone()
    }

    /// What the model runs by, unless neither it nor the default says anything.
    pub(crate) fn said(&self) -> Option<Runtime> {
        let has_runtime = self.has_runtime.load(Ordering::Acquire);
        (has_runtime || crate::runtime::has_default()).then(|| self.runtime())
    }

    fn runtime(&self) -> Runtime {
        self.runtime.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A seed for the next thing that needs random numbers.
    pub(crate) fn next_seed(&self) -> u64 {
        self.said().map_or_else(crate::device::next_seed, |runtime| runtime.next_seed())
    }

    /// The processes that run the model together, where there are several.
    pub(crate) fn ranks(&self) -> Option<Arc<Ranks>> {
        self.said()?.ranks()
    }

    /// What runs the model in the place of plans on the CPU.
    pub(crate) fn executor(&self) -> Option<Arc<dyn Executor>> {
        self.said()?.device()
    }

    fn set_runtime(&self, runtime: Runtime) {
        *self.runtime.write().unwrap_or_else(PoisonError::into_inner) = runtime;
        self.has_runtime.store(true, Ordering::Release);
    }

    /// What the model gives for these lengths, if they are those that were checked last.
    pub(crate) fn entered(
        &self,
        structure: &'static Structure,
        inputs: &[Data<'_>],
        samples: Samples,
    ) -> Option<Vec<Dims>> {
        // Who would have to wait for another thread checks once more.
        let entered = self.entered.try_lock().ok()?;
        entered.as_ref().filter(|entered| entered.fits(structure, inputs, samples)).map(Entered::outputs)
    }

    /// Keeps what a check found.
    pub(crate) fn set_entered(&self, entered: Entered) {
        if let Ok(mut last) = self.entered.try_lock() {
            *last = Some(entered);
        }
    }

    /// Puts states that were saved in the place of those that are there.
    pub(crate) fn set_states(&self, states: HashMap<ParamId, Vec<Raw>>) {
        *lock(&self.states) = states;
    }
}

impl Clone for Core {
    fn clone(&self) -> Self {
        Core {
            states: Mutex::new(self.states()),
            passes: AtomicU64::new(self.passes.load(Ordering::Relaxed)),
            has_runtime: AtomicBool::new(self.has_runtime.load(Ordering::Acquire)),
            runtime: RwLock::new(self.runtime()),
            entered: Mutex::default(),
        }
    }
}

/// A model of which only the graph is known, not the types: what training and files work on.
pub trait AnyModel: Send + Sync {
    /// The graph.
    fn structure(&self) -> &'static Structure;
    /// The layers, in Keras's order.
    fn layers(&self) -> Vec<&dyn AnyLayer> {
        (0..self.structure().layers.len()).map(|index| self.layer_at(index)).collect()
    }
    /// One of the layers, by their order.
    ///
    /// # Panics
    /// There are not as many layers.
    fn layer_at(&self, index: usize) -> &dyn AnyLayer;
    /// The layers, to be changed.
    fn layers_mut(&mut self) -> Vec<&mut dyn AnyLayer>;
    /// What the model keeps besides.
    #[doc(hidden)]
    fn core(&self) -> &Core;

    /// All weights, each with its path: `dense/kernel`, and `inner/dense/kernel` of a model or a block in the model.
    fn named_params(&self) -> Vec<(String, &Param)> {
        let (structure, layers) = (self.structure(), self.layers());
        let mut named = Vec::new();
        for (at, layer) in layers.into_iter().enumerate() {
            let blocks = structure.blocks(at).into_iter().map(|block| structure.groups[block].name);
            let name = blocks.chain([layer.name()]).collect::<Vec<_>>().join("/");
            named.extend(layer.named_params().into_iter().map(|(path, p)| (format!("{name}/{path}"), p)));
        }
        named
    }

    /// What a pass that predicts begins with.
    #[doc(hidden)]
    fn inference(&self) -> Context {
        Context::inference().numbered(self.core().passes.fetch_add(1, Ordering::Relaxed))
    }

    /// Says by how many threads, from which seeds and on which device the model runs from now on, inner models included. An
    /// inner model that is used on its own has a runtime of its own.
    fn set_runtime(&self, runtime: Runtime) {
        self.core().set_runtime(runtime);
    }

    /// What the model runs by.
    fn runtime(&self) -> Runtime {
        self.core().runtime()
    }

    /// Says what runs the model from now on, inner models included: `predict`, `evaluate`, `fit`, looks into it and train steps
    /// of your own run there. `None` is this machine's CPU, whatever the [default](crate::runtime::set_default) is. The rest of
    /// its [runtime](Self::set_runtime) stays.
    fn set_executor(&self, executor: Option<Arc<dyn Executor>>) {
        let runtime = self.runtime();
        self.set_runtime(match executor {
            Some(executor) => runtime.executor(executor),
            None => runtime.cpu(),
        });
    }

    /// Forgets the states of stateful layers, as Keras's `reset_state`.
    fn reset_states(&self) {
        lock(&self.core().states).clear();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

border! {
[IntoInputs, OneSample]
/// A model that `model!` wrote.
///
/// See [Keras's Model](https://keras.io/api/models/model/) for the words.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model",
    note = "`model!(Name)` takes a model that `model! {{ struct Name {{ ... }} }}` defined; a layer of your own stands behind `=>`: `Input(4) => Name`"
)]
pub trait Model: AnyModel + Sized + 'static {
    /// The shape of the (first) input, as a type.
    type Input: Shape;
    /// The shape of the (first) output, as a type.
    type Output: Shape;
    /// The shapes of all inputs: `Of<S>` for one, a tuple of them for several.
    type Inputs: Shapes;
    /// The shapes of all outputs: `Of<S>` for one, a tuple of them for several.
    type Outputs: Shapes;

    /// What is wrong with the model for the parameters that it has.
    #[doc(hidden)]
    const PROBLEM: Option<ShapeError> = None;

    /// The shape of the input: `(None, 50)`.
    fn input_shape(&self) -> Dims {
        self.structure().inputs[0].spec.shape
    }

    /// The shape of the output: `(None, 10)`.
    fn output_shape(&self) -> Dims {
        self.structure().output_shape(0)
    }

    /// What Keras's `summary()` prints: `println!("{}", model.summary())`.
    fn summary(&self) -> Summary {
        Summary::new(self, None)
    }

    /// The multiply-adds of the forward pass of one sample whose inputs have these lengths, the batch axis left out:
    /// `model.multiply_adds(&[&[28, 28, 1]])?`. Only products count, see
    /// [`LayerConfig::multiply_adds`](keras_shape::LayerConfig::multiply_adds);
    /// `model.summary().cost(true)` shows them by layer.
    ///
    /// # Errors
    /// The inputs of the model are others, a layer cannot work on such lengths, or nobody knows what a layer costs: a
    /// `Lambda` or a layer of your own.
    fn multiply_adds(&self, lengths: &[&[usize]]) -> Result<u64> {
        super::cost::for_lengths(self, lengths)
    }

    /// A drawing of the model, as Keras's
    /// [`plot_model`](https://keras.io/api/utils/model_plotting_utils/#plotmodel-function) makes it:
    /// `model.plot().show_shapes(true).save("model.svg")?`.
    ///
    /// It is there with the feature `plot` of this crate.
    #[cfg(feature = "plot")]
    fn plot(&self) -> Plot<'_> {
        Plot::new(self)
    }

    crate::without::method!("plot", fn plot(&self) -> Self::Out, where Self: NeedsPlot);

    /// Writes the model with its weights as a `.keras` archive, which Keras 3 loads with the same outputs and summary. The
    /// file is either whole or as it was before, and equal models are equal bytes.
    ///
    /// # Errors
    /// The file cannot be written, its name does not end in `.keras`, or the model has what Keras does not: a layer of your
    /// own, a `Lambda`, `mask = None`.
    #[cfg(feature = "files")]
    fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        crate::files::keras::save_as(self, None, path.as_ref())
    }

    crate::without::method!("files", fn save(&self, impl AsRef<Path>) -> Result<()>, where Self: NeedsFiles);

    /// Writes the model with its weights as a file of [ONNX](https://onnx.ai) of opset 17, for inference, as Keras's
    /// [`export`](https://keras.io/api/models/model_saving_apis/export/). It takes batches and sequences of every length
    /// that the model takes; inputs and outputs have Keras's names. The file is either whole or as it was before, and equal
    /// models are equal bytes. [`onnx`](crate::files::onnx) says how layers are written.
    ///
    /// ```
    /// # use keras_core::prelude::*;
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("model.onnx");
    /// let model = model!(Input(None, 12) => GRU(24) => Dense(3, activation = softmax));
    /// model.export(&path)?;
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// The file cannot be written, its name does not end in `.onnx`, or a layer has an operation that ONNX has not, or not for
    /// lengths that only the data knows: the error names layer and operation.
    #[cfg(feature = "onnx")]
    fn export(&self, path: impl AsRef<Path>) -> Result<()> {
        crate::files::onnx::export(self, path.as_ref())
    }

    crate::without::method!("onnx", fn export(&self, impl AsRef<Path>) -> Result<()>, where Self: NeedsOnnx);

    /// Writes the weights as safetensors, or, with the feature `files`, as Keras does where the name ends in `.weights.h5`.
    /// The file is either whole or as it was before.
    ///
    /// # Errors
    /// The file cannot be written, its name ends in the extension of another format (`.keras`, `.h5`), or two weights
    /// have the same path, as weights of one name in a layer of your own.
    fn save_weights(&self, path: impl AsRef<Path>) -> Result<()> {
        crate::files::save_weights(self, path.as_ref())
    }

    /// Reads weights that [`save_weights`](Model::save_weights) wrote, or, with the feature `files`, those of any file of
    /// Keras, by the names of the layers where all agree, else by their order. Nothing changes unless all of them fit.
    ///
    /// # Errors
    /// The file is damaged, or holds the weights of another model: the message names those that differ.
    fn load_weights(&mut self, path: impl AsRef<Path>) -> Result<()> {
        crate::files::load_weights(self, path.as_ref())
    }

    /// Reads weights from a file of Keras: `.keras`, `.weights.h5` or a legacy `.h5`, by layer name or with mismatches
    /// skipped, which is transfer learning with another head. Set what is not the default, then `run`; the report says what
    /// was left out.
    ///
    /// ```no_run
    /// use keras_core::prelude::*;
    ///
    /// let mut model = model!(Input(4) => Dense(16, name = "base") => Dense(3, name = "new_head"));
    /// let report = model.load_weights_with("old.h5").by_name(true).skip_mismatch(true).run()?;
    /// println!("{report}");
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    #[cfg(feature = "files")]
    fn load_weights_with(&mut self, path: impl AsRef<Path>) -> crate::files::keras::LoadWeights<'_> {
        crate::files::keras::LoadWeights::new(self, path.as_ref().to_path_buf())
    }

    crate::without::method!("files", fn load_weights_with(&self, impl AsRef<Path>) -> Self::Out, where Self: NeedsFiles);

    /// The number of parameters.
    fn count_params(&self) -> usize {
        self.layers()
            .iter()
            .flat_map(|layer| layer.params())
            .map(|p| p.value.shape().iter().product::<usize>())
            .sum()
    }

    /// The layer of this name.
    fn get_layer(&self, name: &str) -> Option<&dyn AnyLayer> {
        self.layers().into_iter().find(|layer| layer.name() == name)
    }

    /// The layer of this name, to be changed.
    fn get_layer_mut(&mut self, name: &str) -> Option<&mut dyn AnyLayer> {
        self.layers_mut().into_iter().find(|layer| layer.name() == name)
    }

    /// The weights in Keras's order, each with its path, as `model.weights`.
    fn weights(&self) -> Vec<(String, Raw)> {
        super::nested::weights(self)
    }

    /// Sets all weights, in Keras's order.
    ///
    /// # Errors
    /// There are more or fewer, or one has another shape; then none is changed.
    fn set_weights(&mut self, weights: &[Raw]) -> Result<()> {
        let paths: Vec<String> = self.named_params().into_iter().map(|(path, _)| path).collect();
        let mut layers = self.layers_mut();
        let mut params: Vec<&mut Param> = layers.iter_mut().flat_map(|layer| layer.params_mut()).collect();
        if params.len() != weights.len() {
            return Err(Error::Argument(format!(
                "the model has {} weights, found {}",
                params.len(),
                weights.len()
            )));
        }
        for ((param, weight), path) in params.iter().zip(weights).zip(&paths) {
            if param.value.shape() != weight.shape() {
                let (expected, found) = (param.value.shape(), weight.shape());
                let message = format!("expected {expected:?}, found {found:?}");
                return Err(Error::shapes(format!("weight `{path}`"), message, &expected, &found));
            }
        }
        for (param, weight) in params.iter_mut().zip(weights) {
            param.value = weight.clone();
        }
        Ok(())
    }

    /// The shapes of all inputs.
    fn input_shapes(&self) -> Vec<Dims> {
        self.structure().inputs.iter().map(|info| info.spec.shape).collect()
    }

    /// The shapes of all outputs.
    fn output_shapes(&self) -> Vec<Dims> {
        (0..self.structure().outputs.len()).map(|i| self.structure().output_shape(i)).collect()
    }

    /// The model's output for each sample of `x`, 32 samples at a time: a tensor, or a tuple of them for
    /// a model of several outputs. `x` is an array or tensor; for several inputs a tuple in their order,
    /// or the struct of named inputs.
    ///
    /// # Errors
    /// An axis of `x` has another length than the model's input; inputs disagree on the number of
    /// samples or on an axis that they share; a number in front of an input of `dtype = int32` is not whole, or beyond
    /// `i32`.
    #[doc(alias("forward", "inference"))]
    fn predict<'a>(
        &self,
        x: impl IntoInputs<'a, Self::Inputs>,
    ) -> Result<<Self::Outputs as Shapes>::Tensors> {
        let data = x.into_inputs(&input_wants(self.structure()))?;
        // One batch, where the model fixes it: its output says so in its type.
        check_entry(self, &data, Samples::Batch)?;
        let batch = self.structure().fixed_batch().unwrap_or(32);
        Self::Outputs::tensors(super::predict::batches(self, &data, batch)?)
    }

    /// [`predict`](Model::predict) with Keras's arguments: set what is not the default, then `run`.
    ///
    /// ```
    /// use keras_core::prelude::*;
    ///
    /// let model = model!(Input(4) => Dense(2));
    /// let x = ndarray::Array2::<f32>::zeros((100, 4));
    /// let y = model.predict_with(&x).batch_size(25).steps(3).run()?;
    /// assert_eq!(y.shape(), [75, 2]);
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    fn predict_with<'a>(&'a self, x: impl IntoInputs<'a, Self::Inputs>) -> Predict<'a, Self> {
        Predict::new(self, Source::Memory(x.into_inputs(&input_wants(self.structure()))))
    }

    /// The model's outputs for batches that an iterator makes, each an array (or a tuple of them, or the struct of named
    /// inputs) as [`predict`](Model::predict) takes them by reference: data larger than memory. Set
    /// [`steps`](Predict::steps) if the iterator has no end, then `run`.
    ///
    /// ```
    /// use keras_core::prelude::*;
    ///
    /// let model = model!(Input(4) => Dense(2));
    /// let batches = (1..).map(|n| ndarray::Array2::<f32>::ones((n, 4)));
    /// let y = model.predict_batches(batches).steps(3).run()?;
    /// assert_eq!(y.shape(), [6, 2]);
    /// # Ok::<(), keras_core::Error>(())
    /// ```
    fn predict_batches<'a, I>(&'a self, batches: I) -> Predict<'a, Self>
    where
        I: IntoIterator,
        I::IntoIter: 'a,
        for<'b> &'b I::Item: IntoInputs<'b, Self::Inputs>,
    {
        let wants = input_wants(self.structure());
        let batches = batches.into_iter().map(move |batch| {
            let data = (&batch).into_inputs(&wants)?;
            Ok(data.into_iter().map(Data::into_owned).collect())
        });
        Predict::new(self, Source::Stream(Box::new(batches)))
    }

    /// The model's output for all samples of `x` as one batch, as Keras's `predict_on_batch`.
    ///
    /// # Errors
    /// As [`predict`](Model::predict).
    fn predict_on_batch<'a>(
        &self,
        x: impl IntoInputs<'a, Self::Inputs>,
    ) -> Result<<Self::Outputs as Shapes>::Tensors> {
        let data = x.into_inputs(&input_wants(self.structure()))?;
        check_entry(self, &data, Samples::Batch)?;
        Self::Outputs::tensors(super::predict::batches(self, &data, usize::MAX)?)
    }

    /// The model's output for one sample, without a batch axis: the quickest way to one answer. A model
    /// of several inputs takes a tuple of slices.
    ///
    /// An input of floats takes slices of `f32`. One of `dtype = int32` takes slices, arrays and `Vec`s of any integers,
    /// `bool`, and floats that are whole: what is no `i32` is refused, where Keras would cut it.
    ///
    /// On the CPU nothing is allocated after the first call, and calls on several threads do not wait for
    /// each other.
    ///
    /// # Errors
    /// As [`predict`](Model::predict): `x` is a batch of one.
    fn predict_one(&self, x: impl OneSample<Self::Inputs>) -> Result<<Self::Outputs as Shapes>::Numbers> {
        super::predict::one(self, &x)
    }
}
}
