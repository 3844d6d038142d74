//! The operations that treat each number on its own, and those that take an axis together, by Keras's names.

/// Declares kinds of operations: the class that Keras's summary shows, and the name of the function.
macro_rules! kinds {
    ($(#[$meta:meta])* pub enum $name:ident { $( $(#[$kind_meta:meta])* $kind:ident = $text:literal $(| $alias:literal)* ),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name { $( $(#[$kind_meta])* $kind, )* }

        impl $name {
            /// Every function's name.
            pub const NAMES: &'static [&'static str] = &[$($text),*];

            /// The class that Keras's summary shows.
            pub const fn class(self) -> &'static str {
                match self { $( $name::$kind => stringify!($kind), )* }
            }

            /// Keras's name for the first node of this class, and of the function as a rule.
            pub const fn snake(self) -> &'static str {
                match self { $( $name::$kind => $text, )* }
            }

            /// The kind of this function.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $( $text $(| $alias)* => Some($name::$kind), )* _ => None }
            }
        }

        impl $crate::code::Coded for $name {
            fn code(&self) -> $crate::Code {
                $crate::Code::name([stringify!($name), self.class()])
            }
        }
    };
}

kinds! {
    /// An operation on each number.
    pub enum Unary {
        /// The magnitude.
        Absolute = "absolute" | "abs",
        /// The angle whose cosine it is.
        Arccos = "arccos",
        /// The number whose hyperbolic cosine it is.
        Arccosh = "arccosh",
        /// The angle whose sine it is.
        Arcsin = "arcsin",
        /// The number whose hyperbolic sine it is.
        Arcsinh = "arcsinh",
        /// The angle whose tangent it is.
        Arctan = "arctan",
        /// The number whose hyperbolic tangent it is.
        Arctanh = "arctanh",
        /// The cube root.
        Cbrt = "cbrt",
        /// The whole number that is not below.
        Ceil = "ceil",
        /// The cosine.
        Cos = "cos",
        /// The hyperbolic cosine.
        Cosh = "cosh",
        /// Degrees as radians.
        Deg2rad = "deg2rad",
        /// The error function.
        Erf = "erf",
        /// 1 without the error function.
        Erfc = "erfc",
        /// The number whose error function it is.
        Erfinv = "erfinv",
        /// `e` to its power.
        Exp = "exp",
        /// 2 to its power.
        Exp2 = "exp2",
        /// `exp(x) - 1`.
        Expm1 = "expm1",
        /// The whole number that is not above.
        Floor = "floor",
        /// `relu6(x + 3) / 6`.
        HardSigmoid = "hard_sigmoid",
        /// `x * hard_sigmoid(x)`.
        HardSilu = "hard_silu" | "hard_swish",
        /// `min(max(x, -1), 1)`.
        HardTanh = "hard_tanh",
        /// 1 where it is neither infinite nor NaN, else 0.
        Isfinite = "isfinite",
        /// 1 where it is infinite, else 0.
        Isinf = "isinf",
        /// 1 where it is NaN, else 0.
        Isnan = "isnan",
        /// The natural logarithm.
        Log = "log",
        /// The logarithm to base 10.
        Log10 = "log10",
        /// `log(1 + x)`.
        Log1p = "log1p",
        /// The logarithm to base 2.
        Log2 = "log2",
        /// `log(sigmoid(x))`.
        LogSigmoid = "log_sigmoid",
        /// 1 where it is 0, else 0.
        LogicalNot = "logical_not",
        /// The opposite number.
        Negative = "negative",
        /// 1 everywhere.
        OnesLike = "ones_like",
        /// Radians as degrees.
        Rad2deg = "rad2deg",
        /// `1 / x`.
        Reciprocal = "reciprocal",
        /// `max(x, 0)`.
        Relu = "relu",
        /// `min(max(x, 0), 6)`.
        Relu6 = "relu6",
        /// The nearest whole number, of two the even one.
        Round = "round",
        /// `1 / sqrt(x)`.
        Rsqrt = "rsqrt",
        /// Scaled ELU.
        Selu = "selu",
        /// `1 / (1 + exp(-x))`.
        Sigmoid = "sigmoid",
        /// -1, 0 or 1.
        Sign = "sign",
        /// `x * sigmoid(x)`.
        Silu = "silu" | "swish",
        /// The sine.
        Sin = "sin",
        /// `sin(pi x) / (pi x)`.
        Sinc = "sinc",
        /// The hyperbolic sine.
        Sinh = "sinh",
        /// `log(1 + exp(x))`.
        Softplus = "softplus",
        /// `x / (1 + |x|)`.
        Softsign = "softsign",
        /// `x` from 1 on, 0 up to -1, between them `(x + 1)^2 / 4`.
        SparsePlus = "sparse_plus",
        /// `(x + 1) / 2`, from 0 to 1.
        SparseSigmoid = "sparse_sigmoid",
        /// The square root.
        Sqrt = "sqrt",
        /// The square.
        Square = "square",
        /// Itself, without a gradient.
        StopGradient = "stop_gradient",
        /// The tangent.
        Tan = "tan",
        /// The hyperbolic tangent.
        Tanh = "tanh",
        /// `x - tanh(x)`.
        TanhShrink = "tanh_shrink",
        /// The whole part.
        Trunc = "trunc",
        /// 0 everywhere.
        ZerosLike = "zeros_like",
    }
}

impl Unary {
    /// Whether integers stay integers.
    pub const fn keeps_integers(self) -> bool {
        matches!(
            self,
            Unary::Absolute
                | Unary::HardTanh
                | Unary::Negative
                | Unary::OnesLike
                | Unary::Relu
                | Unary::Relu6
                | Unary::Round
                | Unary::Sign
                | Unary::Square
                | Unary::StopGradient
                | Unary::Trunc
                | Unary::ZerosLike
        )
    }

    /// Whether it gives truth values: integers, 0 or 1.
    pub const fn is_truth(self) -> bool {
        matches!(self, Unary::Isfinite | Unary::Isinf | Unary::Isnan | Unary::LogicalNot)
    }
}

kinds! {
    /// An operation on the numbers of two tensors, or of a tensor and one number.
    pub enum Binary {
        /// The sum.
        Add = "add",
        /// The angle of the point whose height is the first and whose way to the right is the second.
        Arctan2 = "arctan2",
        /// The quotient.
        Divide = "divide",
        /// The quotient, 0 where the second is 0.
        DivideNoNan = "divide_no_nan",
        /// Whether they are equal: 1 or 0.
        Equal = "equal",
        /// The whole part of the quotient, rounded down.
        FloorDivide = "floor_divide",
        /// Whether the first is larger: 1 or 0.
        Greater = "greater",
        /// Whether the first is not smaller: 1 or 0.
        GreaterEqual = "greater_equal",
        /// The root of the sum of their squares.
        Hypot = "hypot",
        /// Whether the first is smaller: 1 or 0.
        Less = "less",
        /// Whether the first is not larger: 1 or 0.
        LessEqual = "less_equal",
        /// The logarithm of the sum of `exp` of both.
        Logaddexp = "logaddexp",
        /// Whether neither is 0: 1 or 0.
        LogicalAnd = "logical_and",
        /// Whether one of them is not 0: 1 or 0.
        LogicalOr = "logical_or",
        /// Whether just one of them is not 0: 1 or 0.
        LogicalXor = "logical_xor",
        /// The larger.
        Maximum = "maximum",
        /// The smaller.
        Minimum = "minimum",
        /// What a division that rounds down leaves.
        Mod = "mod",
        /// The product.
        Multiply = "multiply",
        /// Whether they differ: 1 or 0.
        NotEqual = "not_equal",
        /// The first to the power of the second.
        Power = "power",
        /// The difference.
        Subtract = "subtract",
        /// The quotient, as `/` writes it.
        TrueDivide = "true_divide",
    }
}

impl Binary {
    /// Whether integers stay integers.
    pub const fn keeps_integers(self) -> bool {
        !matches!(
            self,
            Binary::Arctan2
                | Binary::Divide
                | Binary::DivideNoNan
                | Binary::Hypot
                | Binary::Logaddexp
                | Binary::TrueDivide
        )
    }

    /// Whether it gives truth values: integers, 0 or 1.
    pub const fn is_truth(self) -> bool {
        matches!(
            self,
            Binary::Equal
                | Binary::Greater
                | Binary::GreaterEqual
                | Binary::Less
                | Binary::LessEqual
                | Binary::LogicalAnd
                | Binary::LogicalOr
                | Binary::LogicalXor
                | Binary::NotEqual
        )
    }
}

kinds! {
    /// An operation that makes one number of those along axes.
    pub enum Reduction {
        /// Whether all are true: not 0.
        All = "all",
        /// Whether one is true: not 0.
        Any = "any",
        /// Where the largest is.
        Argmax = "argmax",
        /// Where the smallest is.
        Argmin = "argmin",
        /// The logarithm of the sum of `exp(x)`.
        Logsumexp = "logsumexp",
        /// The largest.
        Max = "max" | "amax",
        /// The mean.
        Mean = "mean",
        /// The one in the middle, of two their mean.
        Median = "median",
        /// The smallest.
        Min = "min" | "amin",
        /// The product.
        Prod = "prod",
        /// The largest without the smallest.
        Ptp = "ptp",
        /// The standard deviation.
        Std = "std",
        /// The sum.
        Sum = "sum",
        /// The variance.
        Var = "var",
    }
}

impl Reduction {
    /// Whether it gives the place of a number along one axis.
    pub const fn is_place(self) -> bool {
        matches!(self, Reduction::Argmax | Reduction::Argmin)
    }

    /// Whether it gives truth values.
    pub const fn is_truth(self) -> bool {
        matches!(self, Reduction::All | Reduction::Any)
    }

    /// Whether integers stay integers.
    pub const fn keeps_integers(self) -> bool {
        matches!(self, Reduction::Max | Reduction::Min | Reduction::Prod | Reduction::Ptp | Reduction::Sum)
    }
}

kinds! {
    /// An operation on each number that a number shapes.
    pub enum Curve {
        /// ELU whose slope at 0 is 1, whatever `alpha` is.
        Celu = "celu",
        /// 0 where `|x|` is not above `threshold`.
        HardShrink = "hard_shrink",
        /// Moved to 0 by `threshold`, and 0 where that would be passed.
        SoftShrink = "soft_shrink",
        /// `(x + sqrt(x^2 + b)) / 2`.
        Squareplus = "squareplus",
    }
}

impl Curve {
    /// Its only argument: the name of the number.
    pub const fn arguments(self) -> &'static [&'static str; 1] {
        match self {
            Curve::Celu => &["alpha"],
            Curve::HardShrink | Curve::SoftShrink => &["threshold"],
            Curve::Squareplus => &["b"],
        }
    }

    /// The name of the number and Keras's default.
    pub const fn number(self) -> (&'static str, f64) {
        let [name] = *self.arguments();
        let default = match self {
            Curve::Celu => 1.0,
            Curve::HardShrink | Curve::SoftShrink => 0.5,
            Curve::Squareplus => 4.0,
        };
        (name, default)
    }
}

kinds! {
    /// What stands around the numbers of a padded tensor.
    pub enum PadMode {
        /// One number.
        Constant = "constant",
        /// The number at the edge.
        Edge = "edge",
        /// Those behind the edge, from there on.
        Reflect = "reflect",
        /// Those from the edge on.
        Symmetric = "symmetric",
        /// Those from the other end on.
        Wrap = "wrap",
    }
}
