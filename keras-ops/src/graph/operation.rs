//! What an operation computes, as data.

use std::sync::Arc;

pub use keras_kernels::activation::Act;
pub use keras_kernels::rare::Rare;
pub use keras_kernels::tile::{Binary, Reduce, Unary};

pub use crate::arrays::gather::Outside;
pub use crate::elementwise::bits::Bits;
pub use crate::nn::conv::op::{Convolution, Geometry as ConvGeometry, Side as ConvSide};
pub use crate::nn::pool::op::{Geometry as PoolGeometry, Pool, Task as PoolTask, Windows};
pub use crate::random::Distribution;

use crate::custom::CustomOp;
use crate::{DType, Symbolic};

/// An operation with its arguments: what a [`Node`](super::Node) computes. Shapes and types are those of the node's
/// tensors.
///
/// New variants are added when operations are: whoever matches has an arm for the rest, and lets
/// [`Node::plan`](super::Node::plan) compute it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Operation {
    /// Elements that are known, in the order in which they lie in memory, as an input of the type would be given to a
    /// [`Plan`](crate::Plan).
    Constant(Arc<[f32]>),
    /// A function of every element; integers have few of them.
    Unary(Unary),
    /// A function of every pair of elements, with NumPy's broadcasting. Arithmetic of integers wraps around, what divides
    /// by 0 is 0.
    Binary(Binary),
    /// A function of every pair of integers, with NumPy's broadcasting.
    Bits(Bits),
    /// The float next to the first on the way to the second, with NumPy's broadcasting.
    NextAfter,
    /// The same bits as another type.
    Bitcast {
        /// Floats or integers.
        dtype: DType,
    },
    /// Elements of the second tensor where the first is true, else of the third, with NumPy's broadcasting.
    Where,
    /// To another type: floats are rounded towards 0 and held within the range of integers, NaN becomes 0; true is 1.
    Cast,
    /// The same elements; no gradient passes.
    StopGradient,
    /// The same elements in another shape.
    Reshape,
    /// Elements repeated by NumPy's rule.
    BroadcastTo,
    /// A reduction over axes, in ascending order, which stay with a length of 1.
    Reduce {
        /// What is done.
        reduce: Reduce,
        /// Over which axes.
        axes: Vec<usize>,
    },
    /// Axis `i` of the result is axis `axes[i]`.
    Transpose {
        /// The order.
        axes: Vec<usize>,
    },
    /// From `start` on each axis every `step`-th element (backwards where that is negative), as many as the result has.
    Slice {
        /// The first element along each axis.
        start: Vec<usize>,
        /// The distance along each axis; never 0.
        step: Vec<isize>,
    },
    /// Element `(i, j, ...)` of the result is element `start + i * strides[0] + j * strides[1] + ...` of the tensor in the
    /// order in which it lies in memory: what a transpose or a slice does not say, such as a diagonal.
    Strided {
        /// The place of the first element.
        start: usize,
        /// The distances, as many as the result has axes.
        strides: Vec<isize>,
    },
    /// The inverse of [`Slice`](Operation::Slice): elements put into a tensor that is `fill` everywhere else.
    Pad {
        /// The place of the first element along each axis.
        start: Vec<usize>,
        /// The distance of two along each axis; never 0.
        step: Vec<isize>,
        /// What all other elements are: a float, or an integer by its bits.
        fill: f32,
    },
    /// The inverse of [`Strided`](Operation::Strided): elements added to a tensor of zeros at their places; where `fill` is
    /// not 0 no place is met twice, and elements replace it.
    ScatterStrided {
        /// The place of the first element.
        start: usize,
        /// The distances, as many as the operand has axes.
        strides: Vec<isize>,
        /// What elements are that nothing is added to: a float, or an integer by its bits.
        fill: f32,
    },
    /// Tensors one after the other.
    Concatenate {
        /// Along this axis.
        axis: usize,
    },
    /// Elements by number. Operands are the tensor `x` and integers; negative ones count from the end.
    Gather {
        /// The numbers are places along this axis.
        axis: usize,
        /// `false`: each number takes a slice, and the axes of the numbers stand in the place of `axis` (`take`). `true`: each
        /// number takes one element at its own place along the other axes (`take_along_axis`).
        along: bool,
        /// What is given for numbers that no element has.
        outside: Outside,
    },
    /// Zeros, to which elements are added by number (truth values: or). Operands are the elements and integers, which are as
    /// in [`Gather`](Operation::Gather); what has a number that no place has is left out.
    Scatter {
        /// The numbers are places along this axis.
        axis: usize,
        /// As in [`Gather`](Operation::Gather).
        along: bool,
    },
    /// Reductions of the slices along the first axis that have the same number. Operands are the elements and the numbers of
    /// one axis; what has a number below 0 or of no segment is left out.
    SegmentReduce {
        /// What is done.
        reduce: Reduce,
    },
    /// Sums or products of the elements up to each.
    Cumulative {
        /// Along this axis.
        axis: usize,
        /// From the last element on.
        reverse: bool,
        /// Products, not sums.
        product: bool,
    },
    /// `y[i] = b[i] + a[i] * y[i - 1]` (`reverse`: `y[i + 1]`), the first is `b`. Operands are `a` and `b`.
    LinearRecurrence {
        /// Along this axis.
        axis: usize,
        /// From the last element on.
        reverse: bool,
    },
    /// The numbers that the elements along the last axis have in their order; equal ones keep theirs.
    Argsort {
        /// The largest first. NaN counts as the largest.
        descending: bool,
    },
    /// The number of the largest element along an axis, which stays; the first of several, the first NaN if there is one; -0
    /// is below 0.
    ArgMax {
        /// Along this axis.
        axis: usize,
    },
    /// The number of the smallest element along an axis, as [`ArgMax`](Operation::ArgMax).
    ArgMin {
        /// Along this axis.
        axis: usize,
    },
    /// Products of matrices in the last two axes; the axes before broadcast.
    Matmul {
        /// Whether each operand holds the matrices transposed.
        transposed: [bool; 2],
    },
    /// A convolution, or one of its gradients.
    Convolution(Convolution),
    /// A pooling, or one of its gradients.
    Pool(Pool),
    /// Softmax over the last axis.
    Softmax,
    /// The logarithm of softmax over the last axis.
    LogSoftmax,
    /// The gradient of softmax from its result `y` and `dy`.
    SoftmaxGradient,
    /// The gradient of the logarithm of softmax from its result `y` and `dy`.
    LogSoftmaxGradient,
    /// The threshold of sparsemax along an axis, which stays, and its derivatives by each element.
    SparsemaxThreshold {
        /// Along this axis.
        axis: usize,
    },
    /// Layer normalisation of each row of `x (rows, n)`. Further operands are `gamma (n)` and `beta (n)`, where there are.
    /// Results are the normalised rows, and `2 * rows` numbers for the gradient: the means, then `1 / sqrt(variance +
    /// epsilon)` of each row.
    LayerNormalization {
        /// Whether there is a `gamma`.
        gamma: bool,
        /// Whether there is a `beta`.
        beta: bool,
        /// What is added to the variance.
        epsilon: f32,
    },
    /// The gradients of [`LayerNormalization`](Operation::LayerNormalization) by `x`, `gamma` and `beta`, from `x`, `gamma`
    /// where there is, the second result, and `dy`. What stands for a `gamma` that is not there is of no use.
    LayerNormalizationGradient {
        /// Whether there is a `gamma`.
        gamma: bool,
        /// What is added to the variance.
        epsilon: f32,
    },
    /// Scaled dot product attention of a query, key and value `(batch, steps, heads, width)`, and a mask of truth values that
    /// broadcasts to `(batch, heads, steps, steps)` where there is one. Results are the attention's, and its weights `(batch,
    /// heads, steps of the query, steps of the key)`.
    Attention {
        /// What the products are multiplied by.
        scale: f32,
        /// Whether a step sees only those up to its own.
        causal: bool,
        /// Whether there is a mask.
        masked: bool,
    },
    /// The gradients of [`Attention`](Operation::Attention) by query, key and value, from its operands, the weights and `dy`.
    AttentionGradient {
        /// As in [`Attention`](Operation::Attention).
        scale: f32,
        /// As in [`Attention`](Operation::Attention).
        causal: bool,
        /// As in [`Attention`](Operation::Attention).
        masked: bool,
    },
    /// A loop over steps.
    Scan(Scan),
    /// Random numbers. Operands are the seed, and what the distribution asks for.
    Random(Distribution),
    /// The Fourier transform along the last axis, without a factor. Operands are real parts, imaginary parts, and
    /// [`FftTable`](Operation::FftTable); results are both parts.
    Fft {
        /// The inverse.
        inverse: bool,
    },
    /// What [`Fft`](Operation::Fft) reads, in a form of its own.
    FftTable {
        /// For transforms of so many numbers.
        length: usize,
    },
    /// `x` of `a x = b` for square matrices in the last two axes.
    Solve,
    /// The determinants of square matrices, their signs, and the logarithms of their sizes.
    Determinant,
    /// The lower triangles whose product with their transpose are the matrices; NaN where there is none.
    Cholesky,
    /// Singular values of matrices that have no fewer rows than columns, in descending order. Results are the vectors on the
    /// left as columns, the values, and the vectors on the right as rows.
    Svd,
    /// The eigenvalues of symmetric matrices in ascending order, and their vectors as columns.
    Eigh,
    /// Columns at right angles and an upper triangle whose product matrices are that have no fewer rows than columns.
    Qr,
    /// [`lu_factor`](crate::lu_factor), and as a third output the rows in their new order.
    LuFactor,
    /// Integers by hashing: the bucket of each.
    HashBuckets {
        /// How many buckets there are.
        buckets: u64,
        /// The key of SipHash; without one it is FarmHash's fingerprint.
        key: Option<[u64; 2]>,
    },
    /// Integers by hashing: the bucket of those at each place of all operands.
    CrossedBuckets {
        /// How many buckets there are.
        buckets: u64,
    },
    /// Integers by a table.
    LookUp {
        /// What is looked for, in ascending order.
        keys: Vec<i32>,
        /// What is found.
        values: Vec<i32>,
        /// What integers become that are not in the table.
        other: i32,
    },
    /// An operation from outside of this crate.
    Custom(Arc<dyn CustomOp>),
}

/// A loop over steps: [`scan`](crate::scan) as an operation.
///
/// Operands are the carry, the tensors whose elements along the first axis the steps have, and what is the same at each
/// step. Results are the last carry, and what each step gives, stacked along a first axis.
#[derive(Clone, Debug)]
pub struct Scan {
    /// How many steps there are.
    pub length: usize,
    /// From the last step to the first.
    pub reverse: bool,
    /// How many of the operands are carry.
    pub carries: usize,
    /// How many of the operands have an element for each step.
    pub xs: usize,
    /// What stands for the carry, an element of each of the tensors, and what is the same, in [`results`](Self::results).
    pub arguments: Vec<Symbolic>,
    /// The next carry, then what the step gives.
    pub results: Vec<Symbolic>,
}
