//! Graphs of operations as files of [ONNX](https://onnx.ai).
//!
//! An [`Export`] has the same computation traced at several sets of lengths. Where a shape differs between them, what
//! is written computes it from the lengths of the inputs; what is the same in all of them is written as a number. So a file
//! takes batches and sequences of every length. [`bytes`] makes the file, with the operators of opset 17.
//!
//! ```
//! use keras_ops::{self as ops, DType};
//! use keras_onnx::{Export, Input, Trace, Weight};
//!
//! // x (batch, 2) times a kernel, for batches of 2, 3 and 5.
//! let trace = |batch: usize| {
//!     let (x, kernel) = (ops::input([batch, 2], DType::Float32), ops::input([2, 3], DType::Float32));
//!     let y = ops::matmul(&x, &kernel);
//!     Trace { inputs: vec![x], weights: vec![kernel], outputs: vec![y], ..Trace::default() }
//! };
//! let export = Export {
//!     name: "product".into(),
//!     inputs: vec![Input { name: "x".into(), axes: vec![Some("batch".into()), None] }],
//!     outputs: vec!["y".into()],
//!     weights: vec![Weight { path: "kernel".into(), numbers: vec![0.0; 6] }],
//!     layers: vec![],
//!     traces: vec![trace(2), trace(3), trace(5)],
//!     probes: vec![],
//! };
//! let file = keras_onnx::bytes(&export)?;
//! assert!(file.windows(6).any(|text| text == b"MatMul"));
//! # Ok::<(), keras_onnx::ExportError>(())
//! ```

mod constants;
mod dims;
mod emit;
mod finish;
mod level;
mod model;
mod places;
mod probe;
mod proto;
mod resized;
#[cfg(test)]
mod tests;
mod writer;

use keras_ops::Symbolic;

/// What is to be written.
#[derive(Clone, Debug, Default)]
pub struct Export {
    /// The name of the graph.
    pub name: String,
    /// The inputs.
    pub inputs: Vec<Input>,
    /// The names of the outputs.
    pub outputs: Vec<String>,
    /// The weights.
    pub weights: Vec<Weight>,
    /// The names of the layers that [`Trace::layers`] tells of.
    pub layers: Vec<String>,
    /// The computation for several sets of lengths; one is enough where all are fixed.
    pub traces: Vec<Trace>,
    /// The computation for other lengths, much shorter and longer ones: whether it is the same one there. What is found for
    /// the traces must hold for these, too.
    pub probes: Vec<Trace>,
}

/// An input.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// The names of its axes, those of them whose length is not fixed.
    pub axes: Vec<Option<String>>,
}

/// A weight: an initialiser of the file.
#[derive(Clone, Debug, Default)]
pub struct Weight {
    /// Its name.
    pub path: String,
    /// Its numbers.
    pub numbers: Vec<f32>,
}

/// The computation for inputs of certain lengths.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// The inputs.
    pub inputs: Vec<Symbolic>,
    /// The weights.
    pub weights: Vec<Symbolic>,
    /// What else is given when the graph runs, and no file can hold, and why not.
    pub refused: Vec<(Symbolic, String)>,
    /// What each layer gives, in the order in which they are applied.
    pub layers: Vec<Vec<Symbolic>>,
    /// The outputs.
    pub outputs: Vec<Symbolic>,
}

/// Why a graph cannot be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportError {
    /// The layer, if it is in one.
    pub layer: Option<String>,
    /// The operation, by its name in `keras.ops`; nothing where it is about the graph as a whole.
    pub operation: Option<&'static str>,
    /// What is wrong.
    pub reason: String,
}

impl core::fmt::Display for ExportError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if let Some(layer) = &self.layer {
            write!(f, "layer `{layer}`: ")?;
        }
        match self.operation {
            Some(operation) => {
                write!(f, "`{operation}` cannot be written in the operators of ONNX: {}", self.reason)
            }
            None => f.write_str(&self.reason),
        }
    }
}

impl core::error::Error for ExportError {}

/// The result of everything that can fail here.
pub(crate) type Result<T> = core::result::Result<T, ExportError>;

/// The file.
///
/// # Errors
/// The traces are not of one computation; an operation has no form in ONNX, or not for every length; the file would be
/// larger than the 2 GB that protobuf allows.
pub fn bytes(export: &Export) -> Result<Vec<u8>> {
    let graph = writer::graph(export)?;
    let size: usize = graph.initializers.iter().map(|one| one.data.len()).sum();
    if size > i32::MAX as usize / 100 * 99 {
        let reason = format!("the weights are {size} bytes, and a file of ONNX has at most 2 GB");
        return Err(ExportError { layer: None, operation: None, reason });
    }
    Ok(model::bytes(&graph))
}
