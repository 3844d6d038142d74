//! Products of samples against plain loops in f64.

mod common;

use common::{close, dot, numbers, numeric, on_every_path, wide};
use keras_kernels::dot::{Dot, Side};
use keras_kernels::threads;
use proptest::prelude::*;

/// A number of a factor.
fn at(side: Side, sample: usize, row: usize, j: usize) -> usize {
    let inner = if side.across { j * side.rows + row } else { row * side.depth + j };
    sample * side.rows * side.depth + inner
}

/// Rows brought to length 1.
fn unit(side: Side, batch: usize, x: &[f64]) -> Vec<f64> {
    let mut to = x.to_vec();
    for b in 0..batch {
        for r in 0..side.rows {
            let sum: f64 = (0..side.depth).map(|j| x[at(side, b, r, j)].powi(2)).sum();
            (0..side.depth).for_each(|j| to[at(side, b, r, j)] /= sum.max(1e-14).sqrt());
        }
    }
    to
}

fn product(sizes: &Dot, a: &[f64], b: &[f64]) -> Vec<f64> {
    let Dot { batch, left, right } = *sizes;
    let mut y = vec![];
    for n in 0..batch {
        for i in 0..left.rows {
            for j in 0..right.rows {
                y.push((0..left.depth).map(|k| a[at(left, n, i, k)] * b[at(right, n, j, k)]).sum());
            }
        }
    }
    y
}

/// Factors with axes of length 0 and 1.
#[test]
fn nothing_to_do() {
    for i in 0..243usize {
        let of = |digit: u32| [0, 1, 3][i / 3usize.pow(digit) % 3];
        let across = [i % 2 == 1, i / 2 % 2 == 1];
        let side = |rows: usize, across: bool| Side { rows, depth: of(3), across };
        let sizes = Dot { batch: of(0), left: side(of(1), across[0]), right: side(of(2), across[1]) };
        let lens = [sizes.left, sizes.right].map(|side| sizes.batch * side.rows * side.depth);
        let (a, b) = (numbers(lens[0], 1), numbers(lens[1], 2));
        let n = sizes.batch * sizes.left.rows * sizes.right.rows;
        let (mut y, mut da, mut db) = (vec![9.0; n], vec![9.0; a.len()], vec![9.0; b.len()]);
        sizes.forward(&a, &b, &mut y);
        close("y", &y, &product(&sizes, &wide(&a), &wide(&b)), 1e-5);
        sizes.backward(&a, &b, &numbers(n, 3), Some(&mut da), Some(&mut db));
        // A factor that meets nothing has no gradient.
        assert!(sizes.right.rows > 0 || da.iter().all(|d| *d == 0.0));
        assert!(sizes.left.rows > 0 || db.iter().all(|d| *d == 0.0));
        let (mut to, mut lengths) = (vec![9.0; a.len()], vec![9.0; sizes.batch * sizes.left.rows]);
        sizes.left.normalize(&a, &mut to, &mut lengths);
        assert!(lengths.iter().all(|length| *length != 9.0));
        sizes.left.normalize_backward(&a, &lengths, &mut to);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn products(batch in 1..4usize, rows in prop::array::uniform2(1..20usize), depth in 1..20usize,
        across in any::<[bool; 2]>(), normalize: bool, seed: u64) {
        let side = |i: usize| Side { rows: rows[i], depth, across: across[i] };
        let sizes = Dot { batch, left: side(0), right: side(1) };
        let seed = seed >> 8;
        let (a, mut b) = (numbers(batch * rows[0] * depth, seed), numbers(batch * rows[1] * depth, seed + 1));
        // A row that has no length. Its gradient has no scale, so that only what it leaves alone is compared.
        let empty = normalize && seed.is_multiple_of(3);
        if empty {
            (0..depth).for_each(|j| b[at(sizes.right, 0, 0, j)] = 0.0);
        }
        let dy = numbers(batch * rows[0] * rows[1], seed + 2);
        let run = |a: &[f64], b: &[f64]| match normalize {
            true => product(&sizes, &unit(sizes.left, batch, a), &unit(sizes.right, batch, b)),
            false => product(&sizes, a, b),
        };
        let (wa, wb) = (wide(&a), wide(&b));
        let y = run(&wa, &wb);
        let da = numeric(&wa, |a| dot(&run(a, &wb), &dy));
        let mut db = numeric(&wb, |b| dot(&run(&wa, b), &dy));
        on_every_path(|| {
            for parts in [1, 3] {
                threads::set_threads(parts);
                let (mut got, mut ga, mut gb) = (vec![9.0; y.len()], vec![9.0; a.len()], vec![9.0; b.len()]);
                let (mut ua, mut la) = (a.clone(), vec![0.0; batch * rows[0]]);
                let (mut ub, mut lb) = (b.clone(), vec![0.0; batch * rows[1]]);
                if normalize {
                    sizes.left.normalize(&a, &mut ua, &mut la);
                    sizes.right.normalize(&b, &mut ub, &mut lb);
                }
                sizes.forward(&ua, &ub, &mut got);
                close("y", &got, &y, 1e-5);
                sizes.backward(&ua, &ub, &dy, Some(&mut ga), Some(&mut gb));
                if normalize {
                    sizes.left.normalize_backward(&ua, &la, &mut ga);
                    sizes.right.normalize_backward(&ub, &lb, &mut gb);
                }
                if empty {
                    (0..depth).for_each(|j| {
                        let at = at(sizes.right, 0, 0, j);
                        (gb[at], db[at]) = (0.0, 0.0);
                    });
                }
                close("da", &ga, &da, 1e-4);
                close("db", &gb, &db, 1e-4);
            }
            threads::set_threads(0);
        });
    }
}
