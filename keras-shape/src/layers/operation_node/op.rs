//! An operation with its arguments, read from a call.

use super::read::{Given, read};
use super::{Binary, Constant, Curve, Index, PadMode, Reduction, Subscripts, Unary};
use crate::arg::{Parsed, wrong};
use crate::{Arg, ArgType, Axes, DType, Interpolation, closest};

/// An operation of `keras.ops` with its arguments other than tensors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Op {
    /// Of each number.
    Unary(Unary),
    /// Of two tensors.
    Binary(Binary),
    /// Of a tensor and a number; whether the number is whole, and whether it stands first.
    Number(Binary, f64, bool, bool),
    /// Of a tensor and an array of a file; of no operation named, their product as matrices. Whether the array stands first.
    Constant(Option<Binary>, Constant, bool),
    /// Along axes, which stay with length 1 if the last is true.
    Reduce(Reduction, Axes, bool),
    /// `x[...]`.
    GetItem(&'static [Index]),
    /// One more axis of length 1.
    ExpandDims(isize),
    /// Axes of length 1 go.
    Squeeze(Axes),
    /// The axes in another order.
    Transpose(Axes),
    /// Tensors of one shape along a new axis.
    Stack(isize),
    /// The product of matrices.
    Matmul,
    /// Products of tensors, summed over axes.
    Einsum(Subscripts),
    /// The numbers along an axis from the smallest to the largest.
    Sort(isize),
    /// Where the numbers of an axis stand, from the smallest to the largest.
    Argsort(isize),
    /// So many largest numbers of the last axis, and where they stand.
    TopK(usize),
    /// Axes at other places, the others in their order.
    Moveaxis(Axes, Axes),
    /// The logarithm of softmax.
    LogSoftmax(Axes),
    /// The numbers as another type.
    Cast(DType),
    /// The numbers held between two.
    Clip(f64, f64),
    /// Class numbers as vectors of so many zeros and ones, along this axis.
    OneHot(usize, isize),
    /// The order along axes reversed.
    Flip(Axes),
    /// Each part along an axis so many times: one number for all, or one for each.
    Repeat(&'static [usize], isize),
    /// Moved along axes, by these numbers of places; what falls off comes in again.
    Roll(Axes, Axes),
    /// Sums so far along an axis.
    Cumsum(isize),
    /// `x` times the normal distribution function of `x`, or what Keras computes in its place by default.
    Gelu(bool),
    /// `x` above 0, below it times this.
    LeakyRelu(f64),
    /// `x` above 0, below it this times `exp(x) - 1`.
    Elu(f64),
    /// One tensor or number where a condition is true, else another; the numbers, where there are no tensors.
    Where(Option<f64>, Option<f64>),
    /// Parts along an axis: so many of one length, or between these places if there are any.
    Split(usize, &'static [usize], isize),
    /// All of it so many times along each axis.
    Tile(&'static [usize]),
    /// Two axes exchanged.
    Swapaxes(isize, isize),
    /// The length of vectors along axes, which stay with length 1 if the last is true.
    Norm(Axes, bool),
    /// Divided by the length along axes.
    Normalize(Axes),
    /// Of each number, shaped by another.
    Curve(Curve, f64),
    /// The first half of an axis times the sigmoid of the second.
    Glu(isize),
    /// What softmax is, but 0 where that would be small.
    Sparsemax(isize),
    /// `x` above the first number, else the second.
    Threshold(f64, f64),
    /// Numbers in the place of NaN and of both infinities; of none, the largest numbers.
    NanToNum(f64, Option<f64>, Option<f64>),
    /// Products so far along an axis.
    Cumprod(isize),
    /// Each number without the one before it, so many times, along an axis.
    Diff(usize, isize),
    /// Places of an axis, which goes if the one place was no list.
    Take(&'static [isize], bool, isize),
    /// Of each row along an axis the places that another tensor says.
    TakeAlongAxis(isize),
    /// So many before and after each axis, those of the first axis first.
    Pad(&'static [usize], PadMode, f64),
    /// Zeros above this diagonal of the last two axes.
    Tril(isize),
    /// Zeros below this diagonal of the last two axes.
    Triu(isize),
    /// A tensor for each place of an axis, whose length is the number if that is not 0.
    Unstack(usize, isize),
    /// Images of another height and width.
    Resize([usize; 2], Interpolation),
    /// Channels as blocks of so many pixels each way.
    DepthToSpace(usize),
    /// Blocks of so many pixels each way as channels.
    SpaceToDepth(usize),
}

/// The tensors and other arguments of a function, in Keras's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Names of the arguments that stand before the tensors.
    pub leading: &'static [&'static str],
    /// Names of the tensors; `xs` is a list of them, `operands` are as many as there are.
    pub tensors: &'static [&'static str],
    /// Names of the other arguments.
    pub arguments: &'static [&'static str],
}

const ONE: &[&str] = &["x"];

/// As many as there are.
const VARIADIC: &[&str] = &["operands"];

/// Those of `ops.image.resize`.
const RESIZE: &[&str] =
    &["size", "interpolation", "antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio", "data_format"];

const NONE: Signature = Signature { leading: &[], tensors: &[], arguments: &[] };

impl Signature {
    /// The names of all, in Keras's order.
    pub fn names(&self) -> Vec<&'static str> {
        [self.leading, self.tensors, self.arguments].concat()
    }

    /// Whether it takes as many tensors as there are, one after another.
    pub fn is_variadic(&self) -> bool {
        self.tensors == VARIADIC
    }

    /// The names of those that are no tensors.
    pub fn others(&self) -> Vec<&'static str> {
        [self.leading, self.arguments].concat()
    }
}

impl Op {
    /// The functions that are neither of each number nor along axes.
    const OTHERS: &'static [(&'static str, Signature)] = &[
        ("argsort", Signature { tensors: ONE, arguments: &["axis"], ..NONE }),
        ("cast", Signature { tensors: ONE, arguments: &["dtype"], ..NONE }),
        ("clip", Signature { tensors: ONE, arguments: &["x_min", "x_max"], ..NONE }),
        ("cumprod", Signature { tensors: ONE, arguments: &["axis"], ..NONE }),
        ("cumsum", Signature { tensors: ONE, arguments: &["axis"], ..NONE }),
        ("depth_to_space", Signature { tensors: ONE, arguments: &["block_size", "data_format"], ..NONE }),
        ("diff", Signature { tensors: &["a"], arguments: &["n", "axis"], ..NONE }),
        ("einsum", Signature { leading: &["subscripts"], tensors: VARIADIC, ..NONE }),
        ("elu", Signature { tensors: ONE, arguments: &["alpha"], ..NONE }),
        ("expand_dims", Signature { tensors: ONE, arguments: &["axis"], ..NONE }),
        ("flip", Signature { tensors: ONE, arguments: &["axis"], ..NONE }),
        ("gelu", Signature { tensors: ONE, arguments: &["approximate"], ..NONE }),
        ("get_item", Signature { tensors: ONE, arguments: &["key"], ..NONE }),
        ("glu", Signature { tensors: ONE, arguments: &["axis"], ..NONE }),
        ("leaky_relu", Signature { tensors: ONE, arguments: &["negative_slope"], ..NONE }),
        ("log_softmax", Signature { tensors: ONE, arguments: &["axis"], ..NONE }),
        ("matmul", Signature { tensors: &["x1", "x2"], arguments: &[], ..NONE }),
        ("moveaxis", Signature { tensors: ONE, arguments: &["source", "destination"], ..NONE }),
        ("nan_to_num", Signature { tensors: ONE, arguments: &["nan", "posinf", "neginf"], ..NONE }),
        ("norm", Signature { tensors: ONE, arguments: &["ord", "axis", "keepdims"], ..NONE }),
        ("normalize", Signature { tensors: ONE, arguments: &["axis", "order"], ..NONE }),
        ("one_hot", Signature { tensors: ONE, arguments: &["num_classes", "axis"], ..NONE }),
        ("pad", Signature { tensors: ONE, arguments: &["pad_width", "mode", "constant_values"], ..NONE }),
        ("repeat", Signature { tensors: ONE, arguments: &["repeats", "axis"], ..NONE }),
        ("resize", Signature { tensors: &["images"], arguments: RESIZE, ..NONE }),
        ("roll", Signature { tensors: ONE, arguments: &["shift", "axis"], ..NONE }),
        ("sort", Signature { tensors: ONE, arguments: &["axis"], ..NONE }),
        ("space_to_depth", Signature { tensors: ONE, arguments: &["block_size", "data_format"], ..NONE }),
        ("sparsemax", Signature { tensors: ONE, arguments: &["axis"], ..NONE }),
        ("split", Signature { tensors: ONE, arguments: &["indices_or_sections", "axis"], ..NONE }),
        ("squeeze", Signature { tensors: ONE, arguments: &["axis"], ..NONE }),
        ("stack", Signature { tensors: &["xs"], arguments: &["axis"], ..NONE }),
        ("swapaxes", Signature { tensors: ONE, arguments: &["axis1", "axis2"], ..NONE }),
        ("take", Signature { tensors: ONE, arguments: &["indices", "axis"], ..NONE }),
        ("take_along_axis", Signature { tensors: &["x", "indices"], arguments: &["axis"], ..NONE }),
        ("threshold", Signature { tensors: ONE, arguments: &["threshold", "default_value"], ..NONE }),
        ("tile", Signature { tensors: ONE, arguments: &["repeats"], ..NONE }),
        ("top_k", Signature { tensors: ONE, arguments: &["k", "sorted"], ..NONE }),
        ("transpose", Signature { tensors: ONE, arguments: &["axes"], ..NONE }),
        ("tril", Signature { tensors: ONE, arguments: &["k"], ..NONE }),
        ("triu", Signature { tensors: ONE, arguments: &["k"], ..NONE }),
        ("unstack", Signature { tensors: ONE, arguments: &["num", "axis"], ..NONE }),
        ("where", Signature { tensors: &["condition", "x1", "x2"], arguments: &[], ..NONE }),
    ];

    /// What the function of this name takes, if it is one of those that may stand in a model.
    pub fn signature(name: &str) -> Option<Signature> {
        if Unary::from_name(name).is_some() {
            return Some(Signature { tensors: ONE, arguments: &[], ..NONE });
        }
        if Binary::from_name(name).is_some() {
            return Some(Signature { tensors: &["x1", "x2"], arguments: &[], ..NONE });
        }
        if let Some(curve) = Curve::from_name(name) {
            return Some(Signature { tensors: ONE, arguments: curve.arguments(), ..NONE });
        }
        if Reduction::from_name(name).is_some() {
            return Some(Signature { tensors: ONE, arguments: &["axis", "keepdims"], ..NONE });
        }
        Self::OTHERS.iter().find(|(other, _)| *other == name).map(|(_, signature)| *signature)
    }

    /// The function of Keras's class of this name: `expand_dims` of `ExpandDims`.
    pub fn function_of(class: &str) -> Option<&'static str> {
        let is_it = |name: &&str| {
            let capital = |word: &str| {
                word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)).collect()
            };
            name.split('_').map(capital).collect::<Vec<String>>().concat() == class
        };
        let kinds = [Unary::NAMES, Binary::NAMES, Reduction::NAMES, Curve::NAMES, &["amax", "amin"]];
        let others = Self::OTHERS.iter().map(|(name, _)| *name);
        kinds.into_iter().flatten().copied().chain(others).find(is_it)
    }

    /// The name of a function that is nearly this.
    pub fn near(name: &str) -> Option<&'static str> {
        let others = Self::OTHERS.iter().map(|(name, _)| *name).filter(|name| *name != "get_item");
        let kinds = [Unary::NAMES, Binary::NAMES, Reduction::NAMES, Curve::NAMES].into_iter().flatten().copied();
        closest(name, kinds.chain(others))
    }

    /// The class that Keras's summary shows: `Negative`, `GetItem`.
    pub const fn class(&self) -> &'static str {
        self.names().0
    }

    /// Keras's automatic name: `negative`, `get_item`.
    pub const fn snake(&self) -> &'static str {
        self.names().1
    }

    const fn names(&self) -> (&'static str, &'static str) {
        match self {
            Op::Unary(op) => (op.class(), op.snake()),
            Op::Binary(op) | Op::Number(op, ..) | Op::Constant(Some(op), ..) => (op.class(), op.snake()),
            Op::Reduce(op, ..) => (op.class(), op.snake()),
            Op::GetItem(_) => ("GetItem", "get_item"),
            Op::ExpandDims(_) => ("ExpandDims", "expand_dims"),
            Op::Squeeze(_) => ("Squeeze", "squeeze"),
            Op::Transpose(_) => ("Transpose", "transpose"),
            Op::Stack(_) => ("Stack", "stack"),
            Op::Matmul | Op::Constant(None, ..) => ("Matmul", "matmul"),
            Op::Einsum(_) => ("Einsum", "einsum"),
            Op::Sort(_) => ("Sort", "sort"),
            Op::Argsort(_) => ("Argsort", "argsort"),
            Op::TopK(_) => ("TopK", "top_k"),
            Op::Moveaxis(..) => ("Moveaxis", "moveaxis"),
            Op::LogSoftmax(_) => ("LogSoftmax", "log_softmax"),
            Op::Cast(_) => ("Cast", "cast"),
            Op::Clip(..) => ("Clip", "clip"),
            Op::OneHot(..) => ("OneHot", "one_hot"),
            Op::Flip(_) => ("Flip", "flip"),
            Op::Repeat(..) => ("Repeat", "repeat"),
            Op::Roll(..) => ("Roll", "roll"),
            Op::Cumsum(_) => ("Cumsum", "cumsum"),
            Op::Gelu(_) => ("Gelu", "gelu"),
            Op::LeakyRelu(_) => ("LeakyRelu", "leaky_relu"),
            Op::Elu(_) => ("Elu", "elu"),
            Op::Where(..) => ("Where", "where"),
            Op::Split(..) => ("Split", "split"),
            Op::Tile(_) => ("Tile", "tile"),
            Op::Swapaxes(..) => ("Swapaxes", "swapaxes"),
            Op::Norm(..) => ("Norm", "norm"),
            Op::Normalize(_) => ("Normalize", "normalize"),
            Op::Curve(op, _) => (op.class(), op.snake()),
            Op::Glu(_) => ("Glu", "glu"),
            Op::Sparsemax(_) => ("Sparsemax", "sparsemax"),
            Op::Threshold(..) => ("Threshold", "threshold"),
            Op::NanToNum(..) => ("NanToNum", "nan_to_num"),
            Op::Cumprod(_) => ("Cumprod", "cumprod"),
            Op::Diff(..) => ("Diff", "diff"),
            Op::Take(..) => ("Take", "take"),
            Op::TakeAlongAxis(_) => ("TakeAlongAxis", "take_along_axis"),
            Op::Pad(..) => ("Pad", "pad"),
            Op::Tril(_) => ("Tril", "tril"),
            Op::Triu(_) => ("Triu", "triu"),
            Op::Unstack(..) => ("Unstack", "unstack"),
            Op::Resize(..) => ("Resize", "resize"),
            Op::DepthToSpace(_) => ("DepthToSpace", "depth_to_space"),
            Op::SpaceToDepth(_) => ("SpaceToDepth", "space_to_depth"),
        }
    }
}

impl ArgType for Op {
    const EXPECTS: &'static str = "an operation";
    const PLACEHOLDER: Self = Op::Unary(Unary::StopGradient);

    fn parse(arg: &Arg) -> Result<Parsed<Self>, String> {
        let Arg::Call(name, args) = arg else { return wrong(arg, Self::EXPECTS) };
        let mut given = Given::new(name, args);
        let (value, code) = read(name, &mut given)?;
        Ok(Parsed { value, code, sure: given.sure })
    }
}
