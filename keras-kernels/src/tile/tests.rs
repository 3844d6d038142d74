//! Every function over all exponents on every instruction set, and random programs against plain loops in f64.

use proptest::prelude::*;

use super::*;
use crate::math::tests::{numbers, ulps};

/// One instruction over operands of these kinds.
fn single(
    path: Path,
    space: (usize, usize),
    code: Code,
    operands: &[(Kind, &[f32])],
    kind: Kind,
) -> Vec<f32> {
    let mut from = [Slot::number(0.0); 3];
    for (i, (slot, (kind, _))) in from.iter_mut().zip(operands).enumerate() {
        *slot = Slot { kind: *kind, place: Place::Operand(i) };
    }
    let to = Slot { kind, place: Place::Result(0) };
    let kinds = operands.iter().map(|(kind, _)| *kind).collect();
    let program = Program::new(space, vec![Instruction { code, to, from }], 0, kinds, vec![kind]);
    let len = match kind {
        Kind::Full => space.0 * space.1,
        Kind::Column => space.0,
        Kind::Row => space.1,
        Kind::One => 1,
    };
    let mut y = vec![7.0; len];
    let data: Vec<&[f32]> = operands.iter().map(|(_, x)| *x).collect();
    program.run_on(path, &data, &mut [&mut y], &mut []);
    y
}

#[test]
fn functions_of_one_number_are_within_two_ulp() {
    use Unary as U;
    let truth = |x: bool| f64::from(u8::from(x));
    let is = |f: fn(f64) -> bool| move |x: f64| f64::from(u8::from(f(x)));
    let sign = |x: f64| if x == 0.0 || x.is_nan() { x } else { x.signum() };
    type Exact = Box<dyn Fn(f64) -> f64>;
    let cases: Vec<(Unary, Exact)> = vec![
        (U::Negative, Box::new(|x| -x)),
        (U::Absolute, Box::new(f64::abs)),
        (U::Sign, Box::new(sign)),
        (U::Square, Box::new(|x| x * x)),
        (U::Reciprocal, Box::new(|x| 1.0 / x)),
        (U::Sqrt, Box::new(f64::sqrt)),
        (U::Rsqrt, Box::new(|x| 1.0 / x.sqrt())),
        (U::Exp, Box::new(f64::exp)),
        (U::Log, Box::new(f64::ln)),
        (U::Log1p, Box::new(f64::ln_1p)),
        (U::Log2, Box::new(f64::log2)),
        (U::Log10, Box::new(f64::log10)),
        (U::Sin, Box::new(f64::sin)),
        (U::Cos, Box::new(f64::cos)),
        (U::Tan, Box::new(f64::tan)),
        (U::Arcsin, Box::new(f64::asin)),
        (U::Arccos, Box::new(f64::acos)),
        (U::Arctan, Box::new(f64::atan)),
        (U::Sinh, Box::new(f64::sinh)),
        (U::Cosh, Box::new(f64::cosh)),
        (U::Floor, Box::new(f64::floor)),
        (U::Ceil, Box::new(f64::ceil)),
        (U::Trunc, Box::new(f64::trunc)),
        (U::Round, Box::new(f64::round_ties_even)),
        (U::IsNan, Box::new(is(f64::is_nan))),
        (U::IsInf, Box::new(is(f64::is_infinite))),
        (U::IsFinite, Box::new(is(f64::is_finite))),
        (U::Not, Box::new(move |x| truth(x == 0.0))),
        (U::IsTrue, Box::new(move |x| truth(x != 0.0))),
    ];
    // A part of them: the functions are many, and their loops the same.
    let x: Vec<f32> = numbers().into_iter().step_by(7).collect();
    for (f, exact) in cases {
        for path in Path::all() {
            let y = single(path, (1, x.len()), Code::Unary(f), &[(Kind::Full, &x)], Kind::Full);
            for (x, y) in x.iter().zip(y) {
                let want = exact(f64::from(*x));
                assert!(ulps(y, want) <= 2.0, "{f:?} {path:?} {x:e}: {y:e}, {want:e}");
            }
        }
    }
}

#[test]
fn erf_is_that_of_the_normal_distribution() {
    let x = numbers();
    let y = single(path(), (1, x.len()), Code::Unary(Unary::Erf), &[(Kind::Full, &x)], Kind::Full);
    for (x, y) in x.iter().zip(y) {
        // Near 0 the share has no digits left for it: there the series' first two terms are exact.
        let a = f64::from(*x);
        let series = std::f64::consts::FRAC_2_SQRT_PI * (a - a * a * a / 3.0);
        let share = crate::math::tests::normal_share(a * std::f64::consts::SQRT_2);
        let want = if a.abs() < 1e-3 { series } else { 2.0 * share - 1.0 };
        assert!(ulps(y, want) <= 2.0, "{x:e}: {y:e}, {want:e}");
    }
}

#[test]
fn functions_of_two_numbers_have_pythons_values() {
    let (inf, nan) = (f32::INFINITY, f32::NAN);
    // From NumPy, float32.
    let cases: [(Binary, f32, f32, f32); 34] = [
        (Binary::FloorDivide, 7.0, 2.0, 3.0),
        (Binary::FloorDivide, -7.0, 2.0, -4.0),
        (Binary::FloorDivide, 7.0, -2.0, -4.0),
        (Binary::FloorDivide, 1.0, 0.1, 9.0),
        (Binary::FloorDivide, 1.0, inf, 0.0),
        (Binary::FloorDivide, inf, 0.0, inf),
        (Binary::FloorDivide, -1.0, inf, -1.0),
        (Binary::Mod, 7.0, 3.0, 1.0),
        (Binary::Mod, -7.0, 3.0, 2.0),
        (Binary::Mod, 7.0, -3.0, -2.0),
        (Binary::Mod, -7.0, -3.0, -1.0),
        (Binary::Mod, 1.0, 0.0, nan),
        (Binary::Maximum, nan, 1.0, nan),
        (Binary::Maximum, 1.0, nan, nan),
        (Binary::Maximum, -inf, 1.0, 1.0),
        (Binary::Minimum, nan, 1.0, nan),
        (Binary::Minimum, 1.0, nan, nan),
        (Binary::Minimum, inf, 1.0, 1.0),
        (Binary::Equal, nan, nan, 0.0),
        (Binary::NotEqual, nan, nan, 1.0),
        (Binary::Equal, 0.0, -0.0, 1.0),
        (Binary::Less, nan, 1.0, 0.0),
        (Binary::GreaterEqual, nan, 1.0, 0.0),
        (Binary::LessEqual, 1.0, 1.0, 1.0),
        (Binary::Greater, 2.0, 1.0, 1.0),
        (Binary::And, nan, 1.0, 1.0),
        (Binary::And, 0.0, 1.0, 0.0),
        (Binary::Or, 1.0, -1.0, 1.0),
        (Binary::Or, 0.0, 0.0, 0.0),
        (Binary::Xor, 1.0, 2.0, 0.0),
        (Binary::Xor, 0.0, 2.0, 1.0),
        (Binary::Logaddexp, -inf, -inf, -inf),
        (Binary::Logaddexp, 1000.0, 0.0, 1000.0),
        (Binary::Hypot, 3e30, 4e30, 5e30),
    ];
    for (f, a, b, want) in cases {
        for path in Path::all() {
            // In every lane, beside ordinary numbers.
            for at in 0..19 {
                let (mut x, mut y) = ([1.5f32; 19], [0.5f32; 19]);
                (x[at], y[at]) = (a, b);
                let z =
                    single(path, (19, 1), Code::Binary(f), &[(Kind::Full, &x), (Kind::Full, &y)], Kind::Full);
                assert!(z[at] == want || z[at].is_nan() && want.is_nan(), "{f:?} {a} {b}: {}", z[at]);
                assert!(z.iter().enumerate().all(|(i, z)| i == at || z.is_finite()), "{f:?} {z:?}");
            }
        }
    }
}

/// An operand of a kind, as it counts at row `i` and place `j`.
fn at(kind: Kind, x: &[f32], n: usize, i: usize, j: usize) -> f64 {
    f64::from(match kind {
        Kind::Full => x[i * n + j],
        Kind::Column => x[i],
        Kind::Row => x[j],
        Kind::One => x[0],
    })
}

fn data(len: usize, seed: usize) -> Vec<f32> {
    (0..len).map(|i| ((i * 7919 + seed * 104_729 + 13) % 2003) as f32 / 1001.0 - 1.0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn operands_of_every_kind_count_where_they_lie(
        rows in 0usize..70, n in 0usize..70, kinds in [0usize..4, 0usize..4, 0usize..4], code in 0usize..5
    ) {
        let all = [Kind::Full, Kind::Column, Kind::Row, Kind::One];
        let kinds = kinds.map(|k| all[k]);
        let len = |kind: Kind| match kind {
            Kind::Full => rows * n, Kind::Column => rows, Kind::Row => n, Kind::One => 1,
        };
        let x: Vec<Vec<f32>> = kinds.iter().enumerate().map(|(i, kind)| data(len(*kind), i)).collect();
        type Exact = fn(f64, f64, f64) -> f64;
        let (code, take, f) = [
            (Code::Unary(Unary::Square), 1, (|x, _, _| x * x) as Exact),
            (Code::Unary(Unary::Copy), 1, |x, _, _| x),
            (Code::Binary(Binary::Subtract), 2, |x, y, _| x - y),
            (Code::Where, 3, |x, y, z| if x == 0.0 { z } else { y }),
            (Code::MultiplyAdd, 3, |x, y, z| x * y + z),
        ][code];
        let operands: Vec<(Kind, &[f32])> = kinds.iter().zip(&x).take(take).map(|(k, x)| (*k, x.as_slice())).collect();
        for path in Path::all() {
            let y = single(path, (rows, n), code, &operands, Kind::Full);
            for i in 0..rows {
                for j in 0..n {
                    let v = [0, 1, 2].map(|k| if k < take { at(kinds[k], &x[k], n, i, j) } else { 0.0 });
                    let want = f(v[0], v[1], v[2]);
                    prop_assert!((f64::from(y[i * n + j]) - want).abs() < 1e-6, "{i} {j}");
                }
            }
        }
    }

    #[test]
    fn reductions_are_those_of_plain_loops(rows in 0usize..200, n in 0usize..60, which in 0usize..4, nan in any::<bool>()) {
        let reduce = [Reduce::Sum, Reduce::Product, Reduce::Max, Reduce::Min][which];
        let mut x = data(rows * n, 1);
        if which == 1 {
            x.iter_mut().for_each(|x| *x = 1.0 + *x * 1e-2);
        }
        if nan && !x.is_empty() {
            let at = x.len() / 2;
            x[at] = f32::NAN;
        }
        let join = |a: f64, b: f64| match reduce {
            Reduce::Sum => a + b,
            Reduce::Product => a * b,
            _ if a.is_nan() || b.is_nan() => f64::NAN,
            Reduce::Max => a.max(b),
            Reduce::Min => a.min(b),
        };
        let fold = |list: &mut dyn Iterator<Item = f32>| {
            list.fold(f64::from(reduce.neutral()), |a, b| join(a, f64::from(b)))
        };
        // Of a sum: 4 units in the last place of the sum of the sizes; of a product one for each factor.
        let size = 4.0 * x.iter().filter(|x| !x.is_nan()).map(|x| f64::from(x.abs())).sum::<f64>();
        let same = |y: f32, want: f64| {
            let y = f64::from(y);
            let bound = f64::from(f32::EPSILON) * if which == 1 { x.len() as f64 * want.abs() } else { size };
            y == want || y.is_nan() && want.is_nan() || (y - want).abs() <= bound
        };
        for path in Path::all() {
            let y = single(path, (rows, n), Code::Rows(reduce), &[(Kind::Full, &x)], Kind::Column);
            for (i, y) in y.iter().enumerate() {
                prop_assert!(same(*y, fold(&mut x[i * n..(i + 1) * n].iter().copied())), "row {i}");
            }
            let y = single(path, (rows, n), Code::Columns(reduce), &[(Kind::Full, &x)], Kind::Row);
            for (j, y) in y.iter().enumerate() {
                prop_assert!(same(*y, fold(&mut (0..rows).map(|i| x[i * n + j]))), "column {j}");
            }
            let y = single(path, (rows, n), Code::All(reduce), &[(Kind::Full, &x)], Kind::One);
            prop_assert!(same(y[0], fold(&mut x.iter().copied())), "all");
        }
        let mut y = vec![7.0; n * 3];
        let three: Vec<f32> = [&x[..], &x[..], &x[..]].concat();
        reduce_middle(reduce, &three, rows, n, &mut y);
        for (j, y) in y.iter().enumerate() {
            prop_assert!(same(*y, fold(&mut (0..rows).map(|i| x[i * n + j % n]))), "middle {j}");
        }
    }
}

#[test]
fn any_number_of_threads_gives_the_same_numbers() {
    // Large enough to be shared: a chain with numbers a row, and sums over rows and over all.
    for (rows, n) in [(1000, 257), (5003, 64), (300_000, 1), (70_001, 10)] {
        let full = |place| Slot { kind: Kind::Full, place };
        let zero = Slot::number(0.0);
        let x = full(Place::Operand(0));
        let (a, b) = (full(Place::Register(0)), full(Place::Result(0)));
        let column = Slot { kind: Kind::Column, place: Place::Result(3) };
        let instructions = vec![
            Instruction { code: Code::Unary(Unary::Exp), to: a, from: [x, zero, zero] },
            Instruction { code: Code::Rows(Reduce::Max), to: column, from: [a, zero, zero] },
            Instruction { code: Code::Binary(Binary::Subtract), to: b, from: [a, column, zero] },
            Instruction {
                code: Code::Columns(Reduce::Sum),
                to: Slot { kind: Kind::Row, place: Place::Result(1) },
                from: [b, zero, zero],
            },
            Instruction {
                code: Code::All(Reduce::Sum),
                to: Slot { kind: Kind::One, place: Place::Result(2) },
                from: [a, zero, zero],
            },
        ];
        let results = vec![Kind::Full, Kind::Row, Kind::One, Kind::Column];
        let program = Program::new((rows, n), instructions, 1, vec![Kind::Full], results);
        let x: Vec<f32> = (0..rows * n).map(|i| ((i * 7919 + 13) % 1009) as f32 / 504.0 - 1.0).collect();
        let run = |parts: usize| {
            let mut y = [vec![7.0; rows * n], vec![7.0; n], vec![7.0], vec![7.0; rows]];
            let mut results: Vec<&mut [f32]> = y.iter_mut().map(Vec::as_mut_slice).collect();
            let mut memory = vec![7.0; parts * program.own() + program.partial()];
            program.share(crate::simd::path(), parts, &[&x], &mut results, &mut memory);
            y
        };
        assert!(program.groups() > 3);
        let one = run(1);
        for parts in [2, 3, program.groups()] {
            assert_eq!(run(parts), one, "{rows} {n} {parts}");
        }
        // Against plain sums.
        let sum: f64 = x.iter().map(|x| f64::from(*x).exp()).sum();
        assert!((f64::from(one[2][0]) - sum).abs() < 1e-6 * sum, "{} {sum}", one[2][0]);
        for j in [0, n / 2, n - 1] {
            let row = |i: usize| x[i * n..(i + 1) * n].iter().map(|x| f64::from(*x).exp());
            let exact = |i: usize| row(i).nth(j).unwrap_or(0.0) - row(i).fold(f64::MIN, f64::max);
            let sum: f64 = (0..rows).step_by(1).map(exact).sum();
            assert!((f64::from(one[1][j]) - sum).abs() < 1e-5 * (1.0 + sum.abs()), "{} {sum}", one[1][j]);
        }
    }
}
