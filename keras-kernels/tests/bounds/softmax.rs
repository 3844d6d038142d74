//! Softmax and its logarithm.

use super::{Bits, LEAST, U, hold};
use crate::common::on_every_path;
use keras_kernels::softmax::*;

/// Rows of logits of every kind, and how many classes they have.
fn all_rows() -> Vec<(usize, Vec<f32>)> {
    let mut bits = Bits::new(3);
    let mut rows = Vec::new();
    for classes in [1, 2, 3, 7, 8, 9, 16, 17, 33, 100, 1000] {
        for kind in 0..40 {
            let row = (0..classes).map(|_| match kind % 8 {
                // Ordinary ones, near each other, far apart, far from 0, tiny, of any size, and with anything among them.
                0 => bits.unit() * 3.0,
                1 => bits.unit() * 1e-3 + 50.0,
                2 => bits.unit() * 120.0,
                3 => bits.unit() + 1e6,
                4 => bits.scaled(149) * 1e-38,
                5 => bits.scaled(126),
                6 => {
                    if bits.next().is_multiple_of(64) {
                        f32::NEG_INFINITY
                    } else {
                        bits.unit()
                    }
                }
                _ => bits.any(),
            });
            rows.push((classes, row.collect()));
        }
    }
    rows
}

/// Of a row: how far each logit is below the largest, and the logarithm of the sum of the exponentials of these.
pub fn exact(row: &[f32]) -> (Vec<f64>, f64) {
    let max = row
        .iter()
        .fold(f64::NEG_INFINITY, |max, x| if x.is_nan() { f64::NAN } else { max.max(f64::from(*x)) });
    let max = if row.iter().any(|x| x.is_nan()) { f64::NAN } else { max };
    let d: Vec<f64> = row.iter().map(|x| max - f64::from(*x)).collect();
    let log = d.iter().map(|d| (-d).exp()).sum::<f64>().ln();
    (d, log)
}

#[test]
fn softmax_is_within_its_bound() {
    let rows = all_rows();
    on_every_path(|| {
        for (classes, row) in &rows {
            let (d, log) = exact(row);
            let n = *classes as f64;
            let (mut y, mut l) = (row.clone(), row.clone());
            softmax(&mut y, *classes);
            log_softmax(&mut l, *classes);
            for (i, d) in d.iter().enumerate() {
                let p = (-d - log).exp();
                // Beyond 150 the exponential is 0 whatever it is multiplied by.
                let allowed = (12.0 + n + d.min(150.0)) * U * p + LEAST;
                hold(&|| format!("softmax of {classes}, {i}, {:e} below {row:?}", d), y[i], p, allowed);
                let allowed = ((12.0 + n) + 2.0 * (d + log)) * U;
                let wanted = -d - log;
                let allowed = if wanted.is_infinite() { 0.0 } else { allowed };
                hold(&|| format!("log softmax of {classes}, {i}"), l[i], wanted, allowed);
            }
        }
    });
}

#[test]
fn a_row_does_not_disturb_the_next() {
    let mut bits = Bits::new(8);
    on_every_path(|| {
        for classes in [1, 3, 8, 16, 19] {
            let plain: Vec<f32> = (0..3 * classes).map(|_| bits.unit()).collect();
            let mut alone = plain.clone();
            softmax(&mut alone, classes);
            for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX] {
                for lane in 0..classes {
                    let mut y = plain.clone();
                    y[classes + lane] = bad;
                    softmax(&mut y, classes);
                    assert_eq!(y[..classes], alone[..classes]);
                    assert_eq!(y[2 * classes..], alone[2 * classes..]);
                    let own = &y[classes..2 * classes];
                    // As Keras on JAX: infinity minus itself.
                    let nan =
                        bad.is_nan() || bad == f32::INFINITY || (classes == 1 && bad == f32::NEG_INFINITY);
                    assert!(own.iter().all(|y| y.is_nan() == nan), "{bad}: {own:?}");
                    assert!(nan || (own[lane] == if bad > 0.0 { 1.0 } else { 0.0 }), "{bad}: {own:?}");
                }
            }
        }
    });
}

#[test]
fn gradients_are_within_their_bounds() {
    let mut bits = Bits::new(5);
    on_every_path(|| {
        for classes in [1, 2, 3, 8, 17, 100] {
            for reach in [0, 20, 60] {
                let mut y: Vec<f32> = (0..classes).map(|_| bits.unit() * 30.0).collect();
                let mut l = y.clone();
                softmax(&mut y, classes);
                log_softmax(&mut l, classes);
                let dy: Vec<f32> = (0..classes).map(|_| bits.scaled(reach)).collect();
                let (mut dx, n) = (vec![9.0; classes], classes as f64);
                softmax_backward(&y, &dy, &mut dx, classes);
                let terms = || y.iter().zip(&dy).map(|(y, d)| f64::from(*y) * f64::from(*d));
                let (sum, size) = (terms().sum::<f64>(), terms().map(f64::abs).sum::<f64>());
                for i in 0..classes {
                    let (p, d) = (f64::from(y[i]), f64::from(dy[i]));
                    let allowed = (4.0 + n) * U * p * (d.abs() + size) + LEAST;
                    hold(&|| format!("softmax gradient {i} of {classes}"), dx[i], p * (d - sum), allowed);
                }
                log_softmax_backward(&l, &dy, &mut dx, classes);
                let (sum, size) = dy
                    .iter()
                    .fold((0.0, 0.0), |(sum, size), d| (sum + f64::from(*d), size + f64::from(*d).abs()));
                for i in 0..classes {
                    let (p, d) = (f64::from(l[i]).exp(), f64::from(dy[i]));
                    let allowed = (8.0 + n) * U * (d.abs() + p * size) + LEAST * size;
                    hold(&|| format!("log softmax gradient {i} of {classes}"), dx[i], d - p * sum, allowed);
                }
            }
        }
    });
}
