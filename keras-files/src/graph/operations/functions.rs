//! Functions of `keras.ops` for which `model!` has no words.

use crate::parts::snake;
use crate::shown;

/// The classes of those that `load_model` reads, sorted.
#[rustfmt::skip]
pub const FUNCTIONS: &[&str] = &[
    "Abs", "AdaptiveAveragePool", "AdaptiveMaxPool", "AffineTransform", "All", "Angle", "Any", "Append",
    "Arccosh", "Arcsinh", "Arctan2", "Arctanh", "Argpartition", "Argsort", "ArraySplit", "Average",
    "AveragePool", "BatchNorm", "BinaryCrossentropy", "BitwiseAnd", "BitwiseInvert", "BitwiseLeftShift",
    "BitwiseNot", "BitwiseOr", "BitwiseRightShift", "BitwiseXor", "CDist", "CTCLoss", "CategoricalCrossentropy",
    "Cbrt", "Celu", "Cholesky", "Clip", "Concatenate", "Conj", "Conjugate", "Conv", "Copy", "CountNonzero",
    "CropImages", "Cross", "Cumprod", "Cumsum", "Deg2rad", "DepthToSpace", "DepthwiseConv", "Det", "Diagonal",
    "Diff", "Digitize", "DivideNoNan", "Dot", "DotProductAttention", "Dsplit", "Dstack", "Eigh", "Einsum",
    "EmptyLike", "Erfc", "Erfinv", "Exp2", "ExtractPatches", "ExtractSequences", "FFT", "FFT2", "Fabs",
    "Fliplr", "Fmax", "Fmin", "Fmod", "Fold", "FullLike", "GaussianBlur", "Gcd", "Glu", "HSVToRGB",
    "HardShrink", "HardTanh", "Heaviside", "Hsplit", "Hstack", "Hypot", "I0", "IFFT2", "IRFFT", "ISTFT", "Imag",
    "InTopK", "Inner", "Inv", "IsIn", "Isclose", "Isfinite", "Isinf", "Isnan", "Isneginf", "Isposinf", "Isreal",
    "LayerNorm", "Lcm", "Ldexp", "LeftShift", "LogSoftmax", "Logaddexp", "Logaddexp2", "Logdet", "LogicalXor",
    "LuFactor", "MatrixRank", "MaxPool", "Median", "Moments", "Moveaxis", "MultiHot", "NanToNum", "Nanargmax",
    "Nanargmin", "Nancumprod", "Nancumsum", "Nanmax", "Nanmean", "Nanmedian", "Nanmin", "Nanpercentile",
    "Nanprod", "Nanquantile", "Nanstd", "Nansum", "Nanvar", "Nextafter", "Norm", "Normalize", "OneHot",
    "OnesLike", "Pad", "PadImages", "Percentile", "PerspectiveTransform", "Pinv", "Ptp", "Qr", "Quantile",
    "RFFT", "RGBToGrayscale", "RGBToHSV", "RMSNorm", "Rad2deg", "Real", "Repeat", "Resize", "RightShift",
    "Roll", "Rot90", "Round", "SSIM", "STFT", "SVD", "SearchSorted", "Select", "SeparableConv", "Signbit",
    "Sinc", "Slice", "SliceUpdate", "Slogdet", "SobelEdges", "SoftShrink", "Softmax", "Solve",
    "SolveTriangular", "Sort", "SpaceToDepth", "SparseCategoricalCrossentropy", "SparsePlus", "SparseSigmoid",
    "Sparsemax", "Squareplus", "Stack", "Take", "TakeAlongAxis", "TanhShrink", "Tensordot", "Threshold", "Tile",
    "TopK", "Trace", "Trapezoid", "Tril", "Triu", "Trunc", "Unfold", "UnravelIndex", "Unstack", "Where",
    "ZerosLike",
];

/// What stands against a call of a function in a source: `why`, as a sentence without its end.
pub(super) fn not_so(class: &str, why: String) -> String {
    if FUNCTIONS.binary_search(&class).is_err() || why == unspoken(class) {
        return why;
    }
    format!(
        "it is the function `ops.{}` of Keras, and `model!` has no words for this call of it ({why}): `load_model` reads it",
        snake(class)
    )
}

/// What stands against a function in a source.
pub(super) fn unspoken(class: &str) -> String {
    if FUNCTIONS.binary_search(&class).is_ok() {
        let name = if class == "CDist" { "cdist".to_string() } else { snake(class) };
        return format!(
            "it is the function `ops.{name}` of Keras, for which `model!` has no words: `load_model` reads it"
        );
    }
    let why = match class {
        "SegmentMax" | "SegmentSum" => "it puts samples of a batch together, which are apart in a model",
        "Unique" => "how many numbers it gives only the data knows",
        "AssociativeScan" | "Cond" | "Map" | "Scan" | "Switch" | "VectorizedMap" | "WhileLoop" => {
            "the Python code that it is given is not run"
        }
        _ => return format!("it is the operation `{}` of Keras, which is not read here", shown(class)),
    };
    format!("it is the function `ops.{}` of Keras: {why}", snake(class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_sorted_and_called_as_keras_calls_them() {
        assert!(FUNCTIONS.is_sorted());
        for (class, name) in [("TopK", "top_k"), ("Argsort", "argsort"), ("CountNonzero", "count_nonzero")] {
            assert!(unspoken(class).contains(&format!("`ops.{name}`")), "{}", unspoken(class));
        }
        assert!(unspoken("Elsewhere").contains("not read"));
    }
}
