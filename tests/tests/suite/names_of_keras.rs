//! `book/src/names.md`, the table of Keras's public names, is true.

use keras_core::shape::{Activation, Arg, ArgType, Constraint, Initializer, LayerConfig, Regularizer};
use keras_core::training::metrics::IntoMetrics;

/// Of a module of Keras, each name and what the table says of it.
fn table(module: &str) -> Vec<(&'static str, &'static str)> {
    let page = include_str!("../../../book/src/names.md");
    let head = format!("| `keras.{module}` | here |");
    let rows = page.split(&head).nth(1).unwrap_or_else(|| panic!("{module}")).lines().skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let rows: Vec<_> = rows
        .map(|line| {
            let mut cells = line.trim_matches('|').splitn(2, '|').map(str::trim);
            (cells.next().unwrap_or_default().trim_matches('`'), cells.next().unwrap_or_default())
        })
        .collect();
    assert!(rows.len() > 5, "{module}");
    rows
}

/// That the table says yes of those names that are here, and no with a reason of the others.
#[track_caller]
fn assert_true(module: &str, is_here: impl Fn(&str) -> bool) {
    let wrong: Vec<_> = table(module)
        .into_iter()
        .filter(|(name, says)| {
            let yes = *says == "yes" || says.starts_with("yes: ");
            let explained = yes || says.starts_with("no: ");
            // What is called otherwise here is said to be.
            let wrong = !explained || (yes != is_here(name) && !says.starts_with("yes: "));
            wrong && !says.starts_with("the module")
        })
        .collect();
    assert!(wrong.is_empty(), "keras.{module}: {wrong:?}");
}

/// The names that a module of this crate hands on.
fn public(source: &str) -> Vec<&str> {
    let uses = source.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next());
    uses.flat_map(|names| names.split(|c: char| !c.is_alphanumeric() && c != '_')).collect()
}

#[test]
fn layers() {
    let is_here = |name: &str| LayerConfig::is_class(name);
    assert_true("layers", is_here);
    // The page has those that are none in `model!`. `Input` and `Lambda` have arguments that are no values.
    let explained = table("layers");
    let known = |name: &str| {
        let without_values = ["Input", "InputLayer", "Lambda"].contains(&name);
        without_values || explained.iter().any(|(other, _)| *other == name)
    };
    let all = include_str!("../../../keras-shape/tests/data/signatures.txt").lines();
    let all: Vec<&str> = all.filter_map(|line| Some(line.split_once(':')?.0)).collect();
    assert!(all.len() > 150, "{}", all.len());
    let missing = LayerConfig::MISSING;
    let untold: Vec<_> =
        all.iter().filter(|name| !is_here(name) && !known(name) && !missing.contains(name)).collect();
    assert!(untold.is_empty(), "neither here, nor missing, nor in book/src/names.md: {untold:?}");
    let found: Vec<_> = missing.iter().filter(|name| is_here(name)).collect();
    assert!(found.is_empty(), "no longer missing: {found:?}");
}

#[test]
fn what_is_trained_with() {
    let losses = public(include_str!("../../../keras-core/src/training/losses/mod.rs"));
    assert_true("losses", |name| {
        name.starts_with(char::is_uppercase) && losses.contains(&name) || name == "Loss"
    });
    let metrics = public(include_str!("../../../keras-core/src/training/metrics/mod.rs"));
    assert_true("metrics", |name| {
        let by_name = name.into_metrics().iter().all(|metric| metric.fault().is_none());
        metrics.contains(&name) || by_name || name == "Metric"
    });
    let optimizers = public(include_str!("../../../keras-core/src/training/optimizers/mod.rs"));
    assert_true("optimizers", |name| optimizers.contains(&name) || name == "Optimizer");
    let schedules = public(include_str!("../../../keras-core/src/training/optimizers/schedules/mod.rs"));
    assert_true("optimizers.schedules", |name| schedules.contains(&name));
    let callbacks = public(include_str!("../../../keras-core/src/training/callbacks/mod.rs"));
    assert_true("callbacks", |name| callbacks.contains(&name) || name == "History");
}

#[test]
fn words() {
    let word = |name: &str| Arg::Word(name.to_string());
    let call = |name: &str| Arg::Call(name.to_string(), Vec::new());
    assert_true("initializers", |name| {
        Initializer::parse(&word(name)).is_ok() || Initializer::parse(&call(name)).is_ok()
    });
    assert_true("regularizers", |name| {
        Regularizer::parse(&word(name)).is_ok() || Regularizer::parse(&call(name)).is_ok()
    });
    assert_true("constraints", |name| {
        Constraint::parse(&word(name)).is_ok() || Constraint::parse(&call(name)).is_ok()
    });
    assert_true("activations", |name| Activation::from_name(name).is_some());
}

#[test]
fn utilities() {
    let data = public(include_str!("../../../keras-core/src/data/mod.rs"));
    assert_true("utils", |name| data.contains(&name) || name == "set_random_seed");
}

/// Names that the compiler finds among the operations, each in words behind each other.
macro_rules! operations {
    ($($name:ident)*) => {
        const OPERATIONS: &[&str] = &[$(stringify!($name)),*];
        #[allow(unused_imports)]
        mod found {
            $(use keras_core::ops::$name as _;)*
        }
    };
}
#[rustfmt::skip]
operations! {
    abs absolute adaptive_average_pool adaptive_max_pool add all allclose amax amin angle any append arange arccos
    arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin argpartition argsort array array_split
    associative_scan average average_pool bartlett batch_normalization binary_crossentropy bincount bitwise_and
    bitwise_invert bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor blackman broadcast_to
    cast categorical_crossentropy cbrt cdist ceil celu cholesky cholesky_inverse clip concatenate conj conjugate conv
    conv_transpose copy corrcoef correlate cos cosh count_nonzero cross ctc_loss cumprod cumsum deg2rad
    depth_to_space depthwise_conv det diag diagflat diagonal diff digitize divide divide_no_nan dot
    dot_product_attention dsplit dstack eigh einsum elu empty empty_like equal erf erfc erfinv exp exp2 expand_dims
    expm1 extract_sequences eye fabs fft fft2 flip fliplr flipud floor floor_divide fmax fmin fmod fold fori_loop
    full full_like gcd gelu geomspace glu greater greater_equal hamming hanning hard_shrink hard_sigmoid hard_silu
    hard_swish hard_tanh heaviside histogram hsplit hstack hypot i0 identity ifft2 imag in_top_k inner inv irfft
    isclose isfinite isin isinf isnan isneginf isposinf isreal istft kaiser kron layer_normalization lcm ldexp
    leaky_relu left_shift less less_equal linspace log log10 log1p log2 log_sigmoid log_softmax logaddexp logaddexp2
    logdet logical_and logical_not logical_or logical_xor logspace logsumexp lstsq lu_factor map matmul matrix_rank
    max max_pool maximum mean median meshgrid min minimum moments moveaxis multi_hot multiply nan_to_num nanargmax
    nanargmin nancumprod nancumsum nanmax nanmean nanmedian nanmin nanpercentile nanprod nanquantile nanstd nansum
    nanvar negative nextafter norm normalize not_equal one_hot ones ones_like outer pad percentile pinv power prod
    psnr ptp qr quantile rad2deg ravel real rearrange reciprocal relu relu6 repeat reshape rfft right_shift
    rms_normalization roll rot90 round rsqrt saturate_cast scan scatter scatter_update searchsorted segment_max
    segment_min segment_prod segment_sum select selu separable_conv sigmoid sign signbit silu sin sinc sinh slice
    slice_update slogdet soft_shrink softmax softplus softsign solve solve_triangular sort space_to_depth
    sparse_categorical_crossentropy sparse_plus sparse_sigmoid sparsemax split sqrt square squareplus squeeze stack
    std stft stop_gradient subtract sum svd swapaxes swish take take_along_axis tan tanh tanh_shrink tensordot
    threshold tile top_k trace transpose trapezoid tri tril triu true_divide trunc unfold unique unravel_index
    unstack vander var vdot vectorized_map view vsplit vstack while_loop zeros zeros_like
}

#[test]
fn operations() {
    assert_true("ops", |name| OPERATIONS.contains(&name));
    let all = table("ops");
    assert_eq!(all.len(), 341);
    assert!(OPERATIONS.iter().all(|name| all.iter().any(|(other, _)| name == other)));
}
