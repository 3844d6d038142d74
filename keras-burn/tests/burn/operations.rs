//! Every operation of `keras-ops` beside its plan.

use keras_ops::random;
use keras_ops::{self as ops, DType, Symbolic};
use proptest::prelude::*;

use crate::agree::{agree, agree_natively, agree_within, numbers};

/// Numbers at which functions are special.
fn special() -> Vec<f32> {
    let whole = [0.0, 1.0, 2.0, 3.0, 6.0, 0.5, 1.5, 2.5, 1e-3, 1e-40, 0.3, 0.9, 20.0, 90.0, 1e10, f32::MAX];
    let signed = whole.iter().flat_map(|x| [*x, -*x]);
    signed.chain([f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 3e9, -3e9, 2_147_483_648.0]).collect()
}

/// Integers at which functions are special.
fn special_integers() -> Vec<i32> {
    vec![0, 1, -1, 2, -2, 7, -7, 100, i32::MAX, i32::MIN, i32::MAX - 1, i32::MIN + 1, 65_536, -65_536]
}

fn bits(x: &[i32]) -> Vec<f32> {
    ops::integers(x).to_vec()
}

/// All pairs.
fn pairs<T: Copy>(x: &[T]) -> (Vec<T>, Vec<T>) {
    x.iter().flat_map(|a| x.iter().map(move |b| (*a, *b))).unzip()
}

type Unary = fn(&Symbolic) -> Symbolic;

/// Functions of one float, and whether they run on the device.
fn unaries() -> Vec<(&'static str, Unary, bool)> {
    macro_rules! list {
        ($($name:ident)*) => { vec![$((stringify!($name), (|x| ops::$name(x)) as Unary, true)),*] };
    }
    let mut all = list!(
        reciprocal sqrt rsqrt exp expm1 log log1p log2 log10 arcsin arccos arctan sinh cosh tanh arcsinh
        arccosh arctanh erf relu relu6 sigmoid softplus softsign silu mish selu hard_sigmoid hard_sigmoid_keras2
        hard_silu hard_tanh sparse_plus sparse_sigmoid log_sigmoid negative absolute sign square floor ceil
        trunc isnan isinf isfinite logical_not stop_gradient
    );
    all.push(("round", |x| ops::round(x, 0), true));
    all.push(("leaky_relu", |x| ops::leaky_relu(x, 0.2), true));
    all.push(("elu", |x| ops::elu(x, 1.5), true));
    all.push(("gelu", |x| ops::gelu(x, false), true));
    all.push(("gelu approximate", |x| ops::gelu(x, true), true));
    all.push(("int", |x| ops::cast(x, DType::Int32), true));
    all.push(("bool", |x| ops::cast(x, DType::Bool), true));
    all.push(("tanh_shrink", |x| ops::tanh_shrink(x), false));
    all.push(("squareplus", |x| ops::squareplus(x), false));
    all
}

#[test]
fn functions_of_one_number() {
    let numbers = special();
    let x = ops::input([numbers.len()], DType::Float32);
    for (name, f, native) in unaries() {
        let y = f(&x);
        let mut all = vec![y.clone()];
        if y.dtype().is_float() && !matches!(name, "sign" | "floor" | "ceil" | "trunc" | "round") {
            let dx = ops::gradients(&y, &[&x]).remove(0);
            // Where a slope is what is left of two large numbers, or one of them is infinite, both are right.
            let calm = ops::less(ops::absolute(&x), 1e4);
            all.push(ops::where_(calm, dx, 0.0));
        }
        let executor = agree_within(name, &[&x], &all, &[&numbers], [4e-5, 1e-6]);
        assert_eq!(executor.on_host().is_empty(), native, "{name}: {:?}", executor.on_host());
    }
    // The arguments of angles are not reduced alike where they are huge.
    let small: Vec<f32> = numbers.into_iter().map(|x| if x.abs() > 1e3 { 1.0 } else { x }).collect();
    agree("angles", &[&x], &[ops::sin(&x), ops::cos(&x), ops::tan(&x)], &[&small]);
}

#[test]
fn functions_of_two_numbers() {
    let (a, b) = pairs(&special());
    let [x, y] = [(); 2].map(|()| ops::input([a.len()], DType::Float32));
    let all: Vec<(&str, Symbolic)> = vec![
        ("add", ops::add(&x, &y)),
        ("subtract", ops::subtract(&x, &y)),
        ("multiply", ops::multiply(&x, &y)),
        ("divide", ops::divide(&x, &y)),
        ("maximum", ops::maximum(&x, &y)),
        ("minimum", ops::minimum(&x, &y)),
        ("logaddexp", ops::logaddexp(&x, &y)),
        ("equal", ops::equal(&x, &y)),
        ("not_equal", ops::not_equal(&x, &y)),
        ("less", ops::less(&x, &y)),
        ("less_equal", ops::less_equal(&x, &y)),
        ("greater", ops::greater(&x, &y)),
        ("greater_equal", ops::greater_equal(&x, &y)),
        ("and", ops::logical_and(&x, &y)),
        ("or", ops::logical_or(&x, &y)),
        ("xor", ops::logical_xor(&x, &y)),
        ("where", ops::where_(ops::greater(&x, &y), &x, &y)),
        ("clip", ops::clip(&x, -1.0, &y)),
        ("divide_no_nan", ops::divide_no_nan(&x, &y)),
        ("power", ops::power(&x, &y)),
        ("arctan2", ops::arctan2(&x, &y)),
        ("truth", ops::less(ops::isnan(&x), ops::isfinite(&y))),
    ];
    for (name, z) in all {
        agree_natively(name, &[&x, &y], &[z], &[&a, &b]);
    }
    let on_host = [ops::floor_divide(&x, &y), ops::mod_(&x, &y), ops::hypot(&x, &y)];
    let executor = agree("host", &[&x, &y], &on_host, &[&a, &b]);
    assert_eq!(executor.on_host(), ["floor_divide", "hypot", "mod"]);
}

#[test]
fn integers_wrap_around() {
    let (a, b) = pairs(&special_integers());
    let [x, y] = [(); 2].map(|()| ops::input([a.len()], DType::Int32));
    let (a, b) = (bits(&a), bits(&b));
    let native = [
        ops::add(&x, &y),
        ops::subtract(&x, &y),
        ops::multiply(&x, &y),
        ops::maximum(&x, &y),
        ops::minimum(&x, &y),
        ops::equal(&x, &y),
        ops::not_equal(&x, &y),
        ops::less(&x, &y),
        ops::less_equal(&x, &y),
        ops::greater(&x, &y),
        ops::greater_equal(&x, &y),
        ops::where_(ops::less(&x, &y), &x, &y),
        ops::negative(&x),
        ops::sign(&x),
        ops::square(&x),
        ops::cast(&x, DType::Float32),
        ops::cast(&x, DType::Bool),
        ops::cast(ops::less(&x, &y), DType::Int32),
        ops::concatenate([&x, &y], 0),
        ops::sum(&x, 0).build(),
        ops::prod(ops::maximum(&x, 3), 0).build(),
        ops::max(&x, 0).build(),
        ops::min(&x, 0).build(),
    ];
    agree_natively("integers", &[&x, &y], &native, &[&a, &b]);
    let host = [
        ops::absolute(&x),
        ops::floor_divide(&x, &y),
        ops::mod_(&x, &y),
        ops::power(&x, &y),
        ops::matmul(&x, &y),
        ops::cumsum(&x, 0),
        ops::cumprod(ops::maximum(&x, 3), 0),
        ops::segment_sum(&x, ops::zeros_like(&x), 1),
        ops::scatter(ops::expand_dims(ops::zeros_like(&x), 1), &y, [2]),
    ];
    agree("integers", &[&x, &y], &host, &[&a, &b]);
}

/// A tensor of each kind in a shape.
fn shaped(shape: &[usize]) -> (Symbolic, Vec<f32>) {
    (ops::input(shape, DType::Float32), numbers(shape.iter().product(), shape.len() as u32))
}

#[test]
fn reductions_see_nan() {
    let x = ops::input([3, 4, 2], DType::Float32);
    let mut given = numbers(24, 5);
    given[3] = f32::NAN;
    given[13] = f32::INFINITY;
    given[20] = f32::NEG_INFINITY;
    given[21] = 0.0;
    let positive = ops::greater(&x, 0.0);
    for axes in [vec![0], vec![1], vec![2], vec![0, 2], vec![1, 2], vec![0, 1, 2]] {
        let axes: Vec<isize> = axes;
        let all = [
            ops::sum(&x, axes.clone()).build(),
            ops::mean(&x, axes.clone()).keepdims(true).build(),
            ops::max(&x, axes.clone()).build(),
            ops::min(&x, axes.clone()).build(),
            ops::prod(&x, axes.clone()).build(),
            ops::var(&x, axes.clone()).build(),
            ops::logsumexp(&x, axes.clone()).build(),
            ops::any(&positive, axes.clone()).build(),
            ops::all(&positive, axes.clone()).build(),
        ];
        agree_natively(&format!("reductions over {axes:?}"), &[&x], &all, &[&given]);
    }
    let orders = [
        ops::argmax(&x, 1).build(),
        ops::argmin(&x, 2).build(),
        ops::argsort(&x, 1),
        ops::sort(&x, 0),
        ops::top_k(&x, 2).0,
        ops::top_k(&x, 1).1,
        ops::cumprod(&x, 1),
    ];
    agree("orders", &[&x], &orders, &[&given]);
}

#[test]
fn places_of_elements() {
    let (x, given) = shaped(&[3, 4, 5]);
    let every = |x: &Symbolic| {
        vec![
            ops::transpose(x, [2isize, 0, 1].to_vec()),
            ops::swapaxes(x, 0, 1),
            ops::flip(x, 1),
            ops::slice(x, [1, 0, 2], [2, 4, 3]),
            ops::repeat(x, 2, 1),
            ops::tile(x, [1usize, 2, 1].as_slice()),
            ops::roll(x, 2, 2),
            ops::tril(x, 0),
            ops::triu(x, 1),
            ops::diagonal(x, 0).build(),
            ops::concatenate([x, x], -1),
            ops::stack([x, x], 1),
            ops::reshape(x, [5, -1]),
            ops::expand_dims(x, 1),
            ops::broadcast_to(x, [2, 3, 4, 5]),
        ]
    };
    let mut all = every(&x);
    let loss = all.iter().fold(ops::zeros(()), |sum, y| sum + ops::sum(ops::square(y), None));
    all.extend(ops::gradients(loss, &[&x]));
    agree_natively("places", &[&x], &all, &[&given]);
    let whole = ops::cast(&x * 3.0, DType::Int32);
    agree_natively("places of integers", &[&x], &every(&whole), &[&given]);
    agree_natively("places of truth values", &[&x], &every(&ops::greater(&x, 0.0)), &[&given]);
}

#[test]
fn elements_by_number() {
    let (x, given) = shaped(&[4, 3, 2]);
    let at = ops::input([5], DType::Int32);
    let numbers = bits(&[0, -1, 3, 9, -7]);
    let taken = ops::take(&x, &at, 0);
    let along = ops::reshape(&at, [5, 1, 1]);
    let mut all = vec![
        taken.clone(),
        ops::take_along_axis(&x, &along, 0),
        ops::take(ops::cast(&x, DType::Int32), &at, 1),
        ops::take(ops::greater(&x, 0.0), &at, 1),
        ops::one_hot(&at, 4, -1),
        ops::segment_sum(ops::reshape(&x, [-1]), ops::concatenate([&at, &at, &at, &at], 0), 0),
    ];
    all.pop();
    all.extend(ops::gradients(ops::where_(ops::isnan(&taken), 0.0, ops::square(&taken)), &[&x]));
    let picked = ops::take_along_axis(&x, &along, 0);
    all.extend(ops::gradients(ops::where_(ops::isnan(&picked), 0.0, ops::square(&picked)), &[&x]));
    agree_natively("by number", &[&x, &at], &all, &[&given, &numbers]);
    let segments = [
        ops::segment_sum(&x, ops::array(&[1, 0, 1, 5], [4]), 3),
        ops::segment_max(&x, ops::array(&[1, 0, 1, 5], [4]), 3),
        ops::scatter(ops::array(&[1, 0, 1, 7], [4, 1]), ops::cast(&x, DType::Int32), [3, 3, 2]),
    ];
    agree("segments", &[&x], &segments, &[&given]);
}

#[test]
fn softmax_and_normalisation() {
    let x = ops::input([4, 6], DType::Float32);
    let mut given = numbers(24, 3);
    given[0] = f32::NAN;
    given[7] = f32::INFINITY;
    (12..18).for_each(|i| given[i] = f32::NEG_INFINITY);
    agree_natively("softmax", &[&x], &[ops::softmax(&x, -1), ops::log_softmax(&x, -1)], &[&given]);
    let given = numbers(24, 4);
    let (gamma, beta) = (ops::input([6], DType::Float32), ops::input([6], DType::Float32));
    let (g, b) = (numbers(6, 5), numbers(6, 6));
    for (name, y) in [
        ("softmax", ops::softmax(&x, 0)),
        ("log_softmax", ops::log_softmax(&x, -1)),
        ("layer_normalization", ops::layer_normalization(&x).gamma(&gamma).beta(&beta).build()),
        ("plain", ops::layer_normalization(&x).build() * &gamma + &beta),
    ] {
        let loss = ops::sum(ops::square(&y) * &gamma, None).build();
        let mut all = vec![y];
        all.extend(ops::gradients(&loss, &[&x, &gamma, &beta]));
        // Gradients of gradients.
        let first = all[1].clone();
        all.extend(ops::gradients(ops::square(first), &[&x]));
        agree_within(name, &[&x, &gamma, &beta], &all, &[&given, &g, &b], [2e-4, 2e-5]);
    }
}

#[test]
fn attention() {
    let shapes = [[2, 3, 2, 4], [2, 5, 2, 4], [2, 5, 2, 4]];
    let given: Vec<Vec<f32>> = (0..3).map(|i| numbers(shapes[i].iter().product(), i as u32)).collect();
    let x = shapes.map(|shape| ops::input(shape, DType::Float32));
    let mask = ops::array(&[true, false, true, true, false], [1, 1, 1, 5]);
    for (causal, masked) in [(false, false), (true, false), (false, true), (true, true)] {
        let mut call = ops::dot_product_attention(&x[0], &x[1], &x[2]).is_causal(causal);
        if masked {
            call = call.mask(&mask);
        }
        let y = call.build();
        let mut all = vec![y.clone()];
        all.extend(ops::gradients(ops::square(&y), &[&x[0], &x[1], &x[2]]));
        let numbers: Vec<&[f32]> = given.iter().map(Vec::as_slice).collect();
        agree_natively(&format!("attention {causal} {masked}"), &[&x[0], &x[1], &x[2]], &all, &numbers);
    }
}

#[test]
fn a_scan_runs_step_by_step() {
    let (x, given) = shaped(&[5, 2, 3]);
    let (w, of_w) = shaped(&[3, 3]);
    for reverse in [false, true] {
        let step = |carry: &[Symbolic], x: &[Symbolic]| {
            let h = ops::tanh(ops::matmul(&carry[0], &w) + &x[0]);
            (vec![h.clone()], vec![h])
        };
        let (last, all) = ops::scan(step, &[&ops::zeros([2, 3])], &[&x], None, reverse);
        let loss = ops::sum(ops::square(&all[0]), None) + ops::sum(&last[0], None);
        let mut outputs = vec![last[0].clone(), all[0].clone()];
        outputs.extend(ops::gradients(loss, &[&x, &w]));
        agree_natively("scan", &[&x, &w], &outputs, &[&given, &of_w]);
    }
}

#[test]
fn what_burn_does_not_have_runs_on_the_host() {
    let (x, given) = shaped(&[3, 3]);
    let seed = ops::array(&[3, 4], [2]);
    let (re, im) = ops::fft((&x, ops::zeros([3, 3])));
    let outputs = [
        random::normal([4, 5], 0.0, 1.0, &seed),
        random::dropout(&x, 0.5, None, &seed),
        ops::det(&x),
        ops::inv(&x),
        re,
        im,
    ];
    let executor = agree("host", &[&x], &outputs, &[&given]);
    assert_eq!(executor.on_host(), ["det", "dropout", "fft", "normal", "solve"]);
}

/// Shapes of which one broadcasts to the other.
fn two_shapes() -> impl Strategy<Value = (Vec<usize>, Vec<usize>)> {
    let axes = prop::collection::vec((0usize..5, prop::bool::weighted(0.3), prop::bool::weighted(0.3)), 0..5);
    (axes, 0usize..3).prop_map(|(axes, cut)| {
        let of = |one: bool, n: usize| if one { 1 } else { n };
        let a: Vec<usize> = axes.iter().map(|(n, one, _)| of(*one, *n)).collect();
        let b: Vec<usize> = axes.iter().map(|(n, _, one)| of(*one, *n)).skip(cut.min(axes.len())).collect();
        (a, b)
    })
}

/// A convolution: axes, lengths, kernels, strides, dilations, channels, filters, groups, same padding.
type Conv = (Vec<(usize, usize, usize, usize)>, usize, usize, usize, bool);

fn convolutions() -> impl Strategy<Value = Conv> {
    let axis = (1usize..7, 1usize..4, 1usize..4, 1usize..3);
    (prop::collection::vec(axis, 1..4), 1usize..3, 1usize..3, 1usize..3, any::<bool>())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn elementwise_of_any_shapes((a, b) in two_shapes(), from in 0usize..20) {
        let ((x, mut of_x), (y, mut of_y)) = (shaped(&a), shaped(&b));
        let odd = [f32::NAN, 0.0, f32::INFINITY, 1e-40, -0.0, f32::NEG_INFINITY, -1e-41];
        for numbers in [&mut of_x, &mut of_y] {
            numbers.iter_mut().skip(from).step_by(4).zip(odd).for_each(|(to, x)| *to = x);
        }
        let z = ops::maximum(&x * &y, &x - &y) + ops::where_(ops::less(&x, &y), ops::tanh(&x), &y);
        let mut all = vec![z.clone(), ops::sum(&z, None).build()];
        all.extend(ops::gradients(ops::square(&z), &[&x, &y]));
        agree("elementwise", &[&x, &y], &all, &[&of_x, &of_y]);
    }

    #[test]
    fn reductions_of_any_shapes(
        shape in prop::collection::vec(0usize..5, 1..5), at in 0usize..4, keep: bool, odd in 0usize..30,
    ) {
        let (x, mut given) = shaped(&shape);
        given.iter_mut().skip(odd).step_by(11).zip([f32::INFINITY, 0.0, f32::NAN]).for_each(|(to, x)| *to = x);
        let axis = (at % shape.len()) as isize;
        let mut all = vec![
            ops::sum(&x, axis).keepdims(keep).build(),
            ops::prod(&x, axis).keepdims(keep).build(),
            ops::cumsum(&x, axis),
            ops::any(ops::greater(&x, 1.0), axis).build(),
        ];
        if shape[axis as usize] > 0 {
            all.push(ops::max(&x, axis).keepdims(keep).build());
            all.push(ops::softmax(&x, axis));
        }
        let loss = all.iter().filter(|y| y.dtype().is_float());
        let loss = loss.fold(ops::zeros(()), |sum, y| sum + ops::sum(ops::square(y), None));
        all.extend(ops::gradients(loss, &[&x]));
        agree_within("reductions", &[&x], &all, &[&given], [1e-4, 1e-5]);
    }

    #[test]
    fn products_of_any_shapes(lead in two_shapes(), m in 0usize..5, k in 0usize..5, n in 0usize..5, turn: bool) {
        let (mut a, mut b) = lead;
        a.extend([m, k]);
        b.extend(if turn { [n, k] } else { [k, n] });
        let ((x, of_x), (y, of_y)) = (shaped(&a), shaped(&b));
        let right = if turn { ops::swapaxes(&y, -1, -2) } else { y.clone() };
        let z = ops::matmul(&x, &right);
        let mut all = vec![z.clone()];
        all.extend(ops::gradients(ops::square(&z), &[&x, &y]));
        agree_within("matmul", &[&x, &y], &all, &[&of_x, &of_y], [1e-4, 1e-5]);
    }

    #[test]
    fn slices_and_paddings(
        axes in prop::collection::vec((1usize..6, 0usize..3, 0usize..3, 0usize..3, -2isize..3), 1..4)
    ) {
        let shape: Vec<usize> = axes.iter().map(|(n, ..)| *n).collect();
        let (x, given) = shaped(&shape);
        let mut y = x.clone();
        for (axis, (n, from, before, after, step)) in axes.iter().enumerate() {
            let width: Vec<(usize, usize)> =
                (0..axes.len()).map(|k| if k == axis { (*before, *after) } else { (0, 0) }).collect();
            y = ops::pad(&y, width).build();
            if *step < 0 {
                y = ops::flip(&y, axis as isize);
            }
            let count = (n - from.min(&(n - 1))).div_ceil(step.unsigned_abs().max(1));
            let at: Vec<i32> = (0..count).map(|i| (from.min(&(n - 1)) + i * step.unsigned_abs().max(1)) as i32).collect();
            y = ops::take(&y, ops::array(&at, [at.len()]), axis as isize);
        }
        let mut all = vec![y.clone()];
        all.extend(ops::gradients(ops::square(&y), &[&x]));
        agree_natively("slices", &[&x], &all, &[&given]);
    }

    #[test]
    fn convolutions_of_any_shapes((axes, channels, filters, groups, same) in convolutions()) {
        let regular = axes.iter().all(|(_, _, stride, dilation)| *stride == 1 || *dilation == 1);
        let fits = same || axes.iter().all(|(n, k, _, d)| (k - 1) * d < *n);
        prop_assume!(regular && fits);
        let of = |f: fn(&(usize, usize, usize, usize)) -> usize| axes.iter().map(f).collect::<Vec<usize>>();
        let around = |first: usize, rest: Vec<usize>, last: usize| [vec![first], rest, vec![last]].concat();
        let (x, of_x) = shaped(&around(2, of(|a| a.0), channels * groups));
        let mut kernel = of(|a| a.1);
        kernel.extend([channels, filters * groups]);
        let (w, of_w) = shaped(&kernel);
        let (strides, dilations) = (of(|a| a.2), of(|a| a.3));
        let padding = if same { ops::Padding::Same } else { ops::Padding::Valid };
        let y = ops::conv(&x, &w)
            .strides(strides.as_slice())
            .padding(padding)
            .dilation_rate(dilations.as_slice())
            .build();
        let mut all = vec![y.clone()];
        all.extend(ops::gradients(ops::square(&y), &[&x, &w]));
        let first = all[1].clone();
        all.extend(ops::gradients(ops::square(first), &[&w]));
        let executor = agree_within("conv", &[&x, &w], &all, &[&of_x, &of_w], [1e-3, 1e-3]);
        prop_assert!(executor.on_host().is_empty());
    }

    #[test]
    fn pools_of_any_shapes(axes in prop::collection::vec((1usize..7, 1usize..4, 1usize..4), 1..4), same: bool) {
        prop_assume!(same || axes.iter().all(|(n, k, _)| k <= n));
        let mut shape: Vec<usize> = vec![2];
        shape.extend(axes.iter().map(|(n, ..)| *n));
        shape.push(3);
        let (x, mut given) = shaped(&shape);
        let sizes: Vec<usize> = axes.iter().map(|(_, k, _)| *k).collect();
        let strides: Vec<usize> = axes.iter().map(|(_, _, stride)| *stride).collect();
        let padding = if same { ops::Padding::Same } else { ops::Padding::Valid };
        given[0] = f32::NAN;
        let last = given.len() - 1;
        given[last] = f32::NEG_INFINITY;
        let largest = ops::max_pool(&x, sizes.as_slice()).strides(strides.as_slice()).padding(padding).build();
        let mean = ops::average_pool(&x, sizes.as_slice()).strides(strides.as_slice()).padding(padding).build();
        let mut all = vec![largest.clone(), mean.clone()];
        all.extend(ops::gradients(&largest * 2.0, &[&x]));
        all.extend(ops::gradients(&mean * 2.0, &[&x]));
        let first = ops::gradients(ops::square(&mean), &[&x]).remove(0);
        all.extend(ops::gradients(ops::square(first), &[&x]));
        let executor = agree_within("pools", &[&x], &all, &[&given], [1e-4, 1e-5]);
        prop_assert!(executor.on_host().is_empty());
    }
}
