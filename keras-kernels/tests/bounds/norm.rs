//! Batch and layer normalisation.

use super::{Bits, LEAST, U, hold, ranged};
use crate::common::on_every_path;
use keras_kernels::norm::*;

/// Numbers of some kind: ordinary ones, far from 0, tiny, of any size, anything.
fn draw(bits: &mut Bits, kind: usize, n: usize) -> Vec<f32> {
    let far = bits.scaled(17);
    (0..n)
        .map(|_| match kind {
            0 => bits.unit(),
            1 => far + bits.unit(),
            2 => bits.unit() * 1e-30,
            3 => bits.scaled(30),
            4 => bits.scaled(120),
            _ => bits.any(),
        })
        .collect()
}

#[test]
fn a_given_mean_and_variance() {
    let mut bits = Bits::new(41);
    on_every_path(|| {
        for (n, kind) in [1, 3, 8, 16, 19].into_iter().flat_map(|n| (0..6).map(move |kind| (n, kind))) {
            for epsilon in [1e-3f32, 1e-12] {
                let (x, mean) = (draw(&mut bits, kind, 5 * n), draw(&mut bits, kind, n));
                let variance: Vec<f32> = draw(&mut bits, kind, n).iter().map(|v| v.abs()).collect();
                let (gamma, beta) = (draw(&mut bits, kind, n), draw(&mut bits, kind, n));
                let mut y = vec![9.0; x.len()];
                normalize(&x, &mean, &variance, Some(&gamma), Some(&beta), epsilon, &mut y);
                for (i, y) in y.iter().enumerate() {
                    let j = i % n;
                    let [x, m, v, g, b] = [x[i], mean[j], variance[j], gamma[j], beta[j]].map(f64::from);
                    let deviation = ranged(v + f64::from(epsilon)).sqrt();
                    let (scale, distance) = (f64::from((g / deviation) as f32), ranged(x - m));
                    let wanted = distance * scale + b;
                    // A subnormal scale has lost digits.
                    let lost = distance.abs() * f64::from(f32::from_bits(1));
                    let allowed = U * (6.0 * (distance * scale).abs() + b.abs()) + lost + LEAST;
                    let what = || format!("{kind}: {x:e} {m:e} {v:e} {g:e} {b:e} {epsilon}");
                    hold(
                        &what,
                        *y,
                        wanted,
                        if wanted.is_finite() { allowed } else { 0.0 * wanted.abs().min(1.0) },
                    );
                }
            }
        }
    });
}

#[test]
fn moments_of_columns() {
    let mut bits = Bits::new(42);
    on_every_path(|| {
        for (n, rows) in [(1, 1), (1, 7), (3, 40), (8, 1000), (17, 300), (2, 70_000)] {
            for kind in 0..4 {
                let scale = if kind == 3 { bits.scaled(50) } else { 1.0 };
                let x: Vec<f32> = draw(&mut bits, kind.min(2), rows * n).iter().map(|x| x * scale).collect();
                let (mut mean, mut variance) = (vec![9.0; n], vec![9.0; n]);
                moments(&x, &mut mean, &mut variance);
                for j in 0..n {
                    let column = || x.iter().skip(j).step_by(n).map(|x| f64::from(*x));
                    let m = column().sum::<f64>() / rows as f64;
                    let v = column().map(|x| (x - m).powi(2)).sum::<f64>() / rows as f64;
                    let what = || format!("{rows} rows, {kind}, around {m:e}, variance {v:e}");
                    let off = 2.0 * U * m.abs() + 1e-5 * v.sqrt() + LEAST;
                    hold(&what, mean[j], m, off);
                    let step = 2.0 * U * m.abs();
                    hold(&what, variance[j], v, 1e-5 * v + step * (step + v.sqrt()) + LEAST);
                }
            }
        }
    });
}

#[test]
fn what_is_no_number_stays_in_its_column() {
    for rows in [1, 5, 3000] {
        on_every_path(|| {
            for n in [1, 7, 16, 21] {
                let mut bits = Bits::new(43);
                let x = draw(&mut bits, 0, rows * n);
                let (mut mean, mut variance) = (vec![9.0; n], vec![9.0; n]);
                moments(&x, &mut mean, &mut variance);
                for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                    for j in [0, n / 2, n - 1] {
                        let mut x = x.clone();
                        x[(rows / 2) * n + j] = bad;
                        let (mut m, mut v) = (vec![9.0; n], vec![9.0; n]);
                        moments(&x, &mut m, &mut v);
                        for i in 0..n {
                            let same = (m[i], v[i]) == (mean[i], variance[i]);
                            assert!(
                                if i == j { !m[i].is_finite() && v[i].is_nan() } else { same },
                                "{i} {j} {m:?} {v:?}"
                            );
                        }
                    }
                }
            }
        });
    }
}

#[test]
fn rows_by_their_own_moments() {
    let mut bits = Bits::new(44);
    on_every_path(|| {
        for (n, kind) in [1, 2, 3, 8, 16, 19, 100].into_iter().flat_map(|n| (0..5).map(move |kind| (n, kind)))
        {
            for epsilon in [1e-3f32, 1e-6] {
                let scale = if kind == 4 { bits.scaled(60) } else { 1.0 };
                let x: Vec<f32> = draw(&mut bits, kind.min(3), 3 * n).iter().map(|x| x * scale).collect();
                let (gamma, beta) = (draw(&mut bits, 0, n), draw(&mut bits, 0, n));
                let (mut y, mut saved) = (vec![9.0; 3 * n], vec![9.0; 6]);
                layer_norm(&x, Some(&gamma), Some(&beta), epsilon, &mut y, &mut saved);
                for (row, (x, y)) in x.chunks(n).zip(y.chunks(n)).enumerate() {
                    let mean = x.iter().map(|x| f64::from(*x)).sum::<f64>() / n as f64;
                    let square = |x: &f32| ranged((f64::from(*x) - mean).powi(2));
                    let variance = ranged(x.iter().map(square).sum::<f64>()) / n as f64;
                    let inv = 1.0 / (variance + f64::from(epsilon)).sqrt();
                    let most = x.iter().map(|x| (f64::from(*x) - mean).abs()).fold(0.0, f64::max) * inv;
                    for ((x, y), (g, b)) in x.iter().zip(y).zip(gamma.iter().zip(&beta)) {
                        let (g, b) = (f64::from(*g), f64::from(*b));
                        let wanted = (f64::from(*x) - mean) * inv * g + b;
                        let allowed = U * ((12.0 + n as f64) * most * g.abs() + b.abs()) + LEAST;
                        let what =
                            || format!("row {row} of {n}, {kind}, around {mean:e}, variance {variance:e}");
                        hold(&what, *y, wanted, allowed);
                    }
                }
            }
        }
    });
}

#[test]
fn gradients_of_batches() {
    let mut bits = Bits::new(45);
    on_every_path(|| {
        for (n, rows) in [(1, 2), (3, 40), (17, 300), (2, 5000)] {
            for kind in 0..6 {
                let reach = [0, 10, 40][kind % 3];
                let x: Vec<f32> = (0..rows * n).map(|_| bits.unit() * 2f32.powi(reach)).collect();
                let dy: Vec<f32> = (0..rows * n).map(|_| bits.scaled(20)).collect();
                let gamma = draw(&mut bits, 0, n);
                let (mut mean, mut variance) = (vec![9.0; n], vec![9.0; n]);
                moments(&x, &mut mean, &mut variance);
                let training = kind < 3;
                let (mut dx, mut dgamma, mut dbeta) = (vec![9.0; rows * n], vec![9.0; n], vec![9.0; n]);
                normalize_backward(
                    training,
                    &x,
                    &mean,
                    &variance,
                    Some(&gamma),
                    1e-3,
                    &dy,
                    Some(&mut dx),
                    &mut dgamma,
                    &mut dbeta,
                );
                for j in 0..n {
                    let column = |a: &[f32]| -> Vec<f64> {
                        a.iter().skip(j).step_by(n).map(|x| f64::from(*x)).collect()
                    };
                    let (x, dy, dx) = (column(&x), column(&dy), column(&dx));
                    // By the moments that it is given.
                    let inv = 1.0 / (f64::from(variance[j]) + f64::from(1e-3f32)).sqrt();
                    let hat: Vec<f64> = x.iter().map(|x| (x - f64::from(mean[j])) * inv).collect();
                    let what = || format!("{rows} rows, column {j} of {n}, {kind}");
                    let (beta, size) = (dy.iter().sum::<f64>(), dy.iter().map(|d| d.abs()).sum::<f64>());
                    hold(&what, dbeta[j], beta, 1e-5 * size);
                    let terms = || dy.iter().zip(&hat).map(|(d, h)| d * h);
                    let (slope, sizes) = (terms().sum::<f64>(), terms().map(f64::abs).sum::<f64>());
                    hold(&what, dgamma[j], slope, 1e-5 * sizes);
                    let (k, a) = (1.0 / rows as f64, inv * f64::from(gamma[j]));
                    for ((d, h), dx) in dy.iter().zip(&hat).zip(&dx) {
                        let (less, more) = if training {
                            (k * (beta + h * slope), k * (size + h.abs() * sizes))
                        } else {
                            (0.0, 0.0)
                        };
                        hold(
                            &what,
                            *dx as f32,
                            a * (d - less),
                            a.abs() * (8.0 * U * d.abs() + 2e-5 * more) + LEAST,
                        );
                    }
                }
            }
        }
    });
}

#[test]
fn gradients_of_rows() {
    let mut bits = Bits::new(46);
    on_every_path(|| {
        for (n, rows) in [(1, 3), (2, 3), (8, 40), (19, 300), (100, 7)] {
            for reach in [0, 10, 40] {
                let x: Vec<f32> = (0..rows * n).map(|_| bits.unit() * 2f32.powi(reach)).collect();
                let dy: Vec<f32> = (0..rows * n).map(|_| bits.scaled(20)).collect();
                let gamma = draw(&mut bits, 0, n);
                let (mut y, mut saved) = (vec![9.0; rows * n], vec![9.0; 2 * rows]);
                layer_norm(&x, Some(&gamma), None, 1e-3, &mut y, &mut saved);
                let (mut dx, mut dgamma, mut dbeta) = (vec![9.0; rows * n], vec![9.0; n], vec![9.0; n]);
                layer_norm_backward(&x, Some(&gamma), &saved, &dy, &mut dx, &mut dgamma, &mut dbeta);
                let (means, invs) = saved.split_at(rows);
                let hat =
                    |r: usize, j: usize| (f64::from(x[r * n + j]) - f64::from(means[r])) * f64::from(invs[r]);
                let d = |r: usize, j: usize| f64::from(dy[r * n + j]);
                for r in 0..rows {
                    let g = |j: usize| d(r, j) * f64::from(gamma[j]);
                    let k = 1.0 / n as f64;
                    let each = |f: &dyn Fn(usize) -> f64| k * (0..n).map(f).sum::<f64>();
                    let (a, b) = (each(&g), each(&|j| g(j) * hat(r, j)));
                    let (sa, sb) = (each(&|j| g(j).abs()), each(&|j| (g(j) * hat(r, j)).abs()));
                    for j in 0..n {
                        let (h, inv) = (hat(r, j), f64::from(invs[r]));
                        let size = g(j).abs() + sa + h.abs() * sb;
                        let what = || format!("row {r} of {n}, {reach}");
                        hold(
                            &what,
                            dx[r * n + j],
                            (g(j) - a - h * b) * inv,
                            (10.0 + n as f64) * U * size * inv + LEAST,
                        );
                    }
                }
                for j in 0..n {
                    let all = |f: &dyn Fn(usize) -> f64| (0..rows).map(f).sum::<f64>();
                    let what = || format!("column {j} of {n}");
                    let k = (4.0 + rows as f64) * U;
                    hold(&what, dbeta[j], all(&|r| d(r, j)), k * all(&|r| d(r, j).abs()));
                    hold(
                        &what,
                        dgamma[j],
                        all(&|r| d(r, j) * hat(r, j)),
                        k * all(&|r| (d(r, j) * hat(r, j)).abs()) + LEAST,
                    );
                }
            }
        }
    });
}
