//! Crossentropies.

use super::softmax::exact;
use super::{Bits, LEAST, U, hold};
use crate::common::on_every_path;
use keras_kernels::softmax::*;

#[test]
fn from_logits() {
    let mut bits = Bits::new(21);
    on_every_path(|| {
        for classes in [1, 2, 3, 8, 10, 17, 100] {
            for kind in 0..30 {
                let row: Vec<f32> = (0..classes)
                    .map(|_| match kind % 6 {
                        0 => bits.unit() * 3.0,
                        1 => bits.unit() * 150.0,
                        2 => bits.unit() + 1e6,
                        3 => bits.scaled(120),
                        4 => {
                            if bits.next().is_multiple_of(5) {
                                f32::NEG_INFINITY
                            } else {
                                bits.unit()
                            }
                        }
                        _ => bits.any(),
                    })
                    .collect();
                let (c, n) = (bits.next() as usize % classes, classes as f64);
                let w = bits.scaled(20);
                let (mut loss, mut d) = ([9.0], vec![9.0; classes]);
                let (far, log) = exact(&row);
                let what = || format!("{classes} classes, {c} of {row:?}");
                let target = [c as i64];
                crossentropy_from_logits(
                    &row,
                    classes,
                    Target::Classes(&target),
                    Weight::Same(w),
                    &mut loss,
                    &mut d,
                );
                let wanted = far[c] + log;
                let allowed = if wanted.is_infinite() { 0.0 } else { (12.0 + n + 2.0 * wanted) * U };
                hold(&what, loss[0], wanted, allowed);
                for (i, far) in far.iter().enumerate() {
                    let (p, own) = ((-far - log).exp(), if i == c { 1.0 } else { 0.0 });
                    let scale = f64::from(w).abs();
                    let allowed = scale * ((14.0 + n + far.min(150.0)) * U * p + 2.0 * U * own + LEAST);
                    hold(&what, d[i], f64::from(w) * (p - own), allowed);
                }
            }
        }
    });
}

#[test]
fn from_logits_with_shares() {
    let mut bits = Bits::new(22);
    on_every_path(|| {
        for classes in [1, 2, 3, 8, 17, 100] {
            for kind in 0..20 {
                let reach = [1.0, 30.0, 300.0, 1e4][kind % 4];
                let row: Vec<f32> = (0..classes).map(|_| bits.unit() * reach).collect();
                let y: Vec<f32> = (0..classes)
                    .map(|_| if bits.next().is_multiple_of(3) { 0.0 } else { bits.unit().abs() })
                    .collect();
                let (mut loss, mut d) = ([9.0], vec![9.0; classes]);
                crossentropy_from_logits(
                    &row,
                    classes,
                    Target::Dense(&y),
                    Weight::Rows(&[0.25]),
                    &mut loss,
                    &mut d,
                );
                let ((far, log), n) = (exact(&row), classes as f64);
                let what = || format!("{classes} classes, {y:?} of {row:?}");
                let all: f64 = y.iter().map(|y| f64::from(*y)).sum();
                let wanted: f64 = y.iter().zip(&far).map(|(y, far)| f64::from(*y) * (far + log)).sum();
                hold(&what, loss[0], wanted, (4.0 + n) * U * wanted + (12.0 + n) * U * all + LEAST);
                for ((far, y), d) in far.iter().zip(&y).zip(&d) {
                    let (p, y) = ((-far - log).exp() * all, f64::from(*y));
                    let allowed =
                        0.25 * ((16.0 + 2.0 * n + far.min(150.0)) * U * p + 2.0 * U * y + LEAST * all);
                    hold(&what, *d, 0.25 * (p - y), allowed);
                }
            }
        }
    });
}

#[test]
fn of_probabilities() {
    let (low, high) = (f64::from(EPSILON), f64::from(1.0 - EPSILON));
    let mut bits = Bits::new(23);
    for classes in [1, 2, 3, 8, 17, 100] {
        for kind in 0..200 {
            let p: Vec<f32> = (0..classes)
                .map(|_| match kind % 5 {
                    0 => bits.unit().abs(),
                    1 => bits.scaled(30).abs(),
                    2 => bits.scaled(110).abs(),
                    3 => {
                        if bits.next().is_multiple_of(3) {
                            0.0
                        } else {
                            bits.unit().abs()
                        }
                    }
                    _ => bits.any().abs(),
                })
                .collect();
            let (c, n) = (bits.next() as usize % classes, classes as f64);
            let (mut loss, mut d) = ([9.0], vec![9.0; classes]);
            crossentropy(&p, classes, Target::Classes(&[c as i64]), Weight::Same(1.0), &mut loss, &mut d);
            let sum = super::ranged(p.iter().map(|p| f64::from(*p)).sum::<f64>());
            let q: Vec<f64> = p.iter().map(|p| f64::from(*p) / sum).collect();
            let what = || format!("{classes} classes, {c} of {p:?}");
            if q.iter().any(|q| q.is_nan()) {
                assert!(loss[0].is_nan() && d.iter().all(|d| d.is_nan()), "{}: {loss:?} {d:?}", what());
                continue;
            }
            let wanted = -q[c].clamp(low, high).ln();
            let error = (4.0 + n) * U;
            hold(&what, loss[0], wanted, error + 3.0 * U * wanted);
            // Within its error of an end a number may be on either side.
            if [low, high].iter().any(|end| (q[c] - end).abs() <= 2.0 * error * end) {
                continue;
            }
            let is_inside = q[c] > low && q[c] < high;
            for (i, d) in d.iter().enumerate() {
                let (all, own) = (1.0 / sum, if i == c { 1.0 / f64::from(p[c]) } else { 0.0 });
                let (wanted, size) = if is_inside { (all - own, all + own) } else { (0.0, 0.0) };
                hold(&what, *d, wanted, error * size + LEAST);
            }
        }
    }
}
