//! Random numbers, as [`keras.random`](https://keras.io/api/random/): each is a function of a seed and of its place, so equal
//! seeds give equal numbers, whatever the number of threads. The numbers themselves are not Keras's, their distributions are.
//!
//! A seed is a tensor of two integers, such as a layer gets when it is traced, or one integer. Operations of the same
//! seed, shape and distribution give the same numbers: [`split`] makes several seeds of one.

mod draw;
mod philox;

use keras_kernels::threads::{self, Rows};

use crate::error::Problem;
use crate::graph::Operation;
use crate::op::{Applied, Cost, Eval, Op, Outputs, Spec, integers_mut, one};
use crate::operand::Operand;
use crate::shapes::broadcast_to;
use crate::symbolic::{apply, mistaken, settled};
use crate::{DType, Shape, Symbolic};
use philox::Bits;

/// What is drawn for each element, from the seed and numbers for all elements or tensors of the shape. Floats are there by
/// their bits: [`f32::from_bits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Distribution {
    /// Between two numbers, without the second.
    Uniform {
        /// The first.
        low: u32,
        /// The second.
        high: u32,
    },
    /// The normal distribution.
    Normal {
        /// Its mean.
        mean: u32,
        /// Its standard deviation.
        deviation: u32,
    },
    /// The normal distribution up to two standard deviations from the mean.
    TruncatedNormal {
        /// The mean of the whole.
        mean: u32,
        /// The standard deviation of the whole.
        deviation: u32,
    },
    /// Truth values.
    Bernoulli {
        /// The probability of true.
        probability: u32,
    },
    /// Integers between two, without the second.
    Integer {
        /// The first.
        low: i32,
        /// The second.
        high: i32,
    },
    /// From counts and probabilities.
    Binomial,
    /// From shapes.
    Gamma,
    /// From both parameters.
    Beta,
    /// Integers from logits `(batch, classes)`.
    Categorical,
    /// The integers from 0 on in an order of chance.
    Permutation,
    /// A seed of another number.
    Seed {
        /// The number.
        number: u32,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Random {
    name: &'static str,
    draw: Distribution,
    shape: Shape,
}

/// The key of a seed.
fn key(seed: &[i32]) -> [u32; 2] {
    [seed[0] as u32, seed.get(1).map_or(0, |x| *x as u32)]
}

impl Op for Random {
    fn name(&self) -> &'static str {
        self.name
    }

    fn describe(&self, _: &[&Spec]) -> Option<Operation> {
        Some(Operation::Random(self.draw))
    }

    fn infer(&self, inputs: &[&Spec]) -> Result<Outputs, Problem> {
        let seed = inputs[0];
        if seed.dtype != DType::Int32 {
            return Err(Problem::Type { of: "seed", found: seed.dtype, expected: "int32" });
        }
        if !seed.shape.is_empty() && seed.shape[..] != [2] {
            let shape = &seed.shape;
            return Err(Problem::Argument(format!("seed {shape} must be two integers (2,), or one ()")));
        }
        let dtype = match self.draw {
            Distribution::Integer { .. }
            | Distribution::Categorical
            | Distribution::Permutation
            | Distribution::Seed { .. } => DType::Int32,
            Distribution::Bernoulli { .. } => DType::Bool,
            _ => DType::Float32,
        };
        Ok(one(Spec::new(&self.shape, dtype)))
    }

    fn scratch(&self, inputs: &[&Spec]) -> usize {
        if self.draw == Distribution::Categorical { inputs[1].shape[1] } else { 0 }
    }

    fn eval(&self, io: Eval<'_, '_>) {
        let key = key(io.inputs[0].integers());
        let tensor = |i: usize| io.inputs[i].data;
        let to = &mut *io.outputs[0];
        let float = f32::from_bits;
        match self.draw {
            Distribution::Uniform { low, high } => {
                let (low, high) = (float(low), float(high));
                by_block(key, to, 10, |bits| bits.map(|bits| between(bits, low, high)));
            }
            Distribution::Normal { mean, deviation } => {
                let (mean, deviation) = (f64::from(float(mean)), f64::from(float(deviation)));
                by_block(key, to, 300, |[a, b, c, d]| {
                    let ([a, b], [c, d]) = (philox::normals(a, b), philox::normals(c, d));
                    [a, b, c, d].map(|x| (mean + deviation * x) as f32)
                });
            }
            Distribution::TruncatedNormal { mean, deviation } => {
                let (mean, deviation) = (f64::from(float(mean)), f64::from(float(deviation)));
                by_element(key, to, |_, bits| (mean + deviation * draw::truncated_normal(bits)) as f32);
            }
            Distribution::Bernoulli { probability } => {
                // The part of all 2³² numbers that is below.
                let limit = (f64::from(float(probability)) * 4_294_967_296.0).round() as u64;
                by_block(key, to, 8, |bits| bits.map(|bits| f32::from(u8::from(u64::from(bits) < limit))));
            }
            Distribution::Integer { low, high } => {
                let count = (i64::from(high) - i64::from(low)) as u64;
                by_element(key, to, |_, bits| {
                    let x = i64::from(low) + draw::integer(bits, count) as i64;
                    f32::from_bits(x as i32 as u32)
                });
            }
            Distribution::Binomial => {
                let (count, probability) = (tensor(1), tensor(2));
                by_element(key, to, |i, bits| draw::binomial(bits, count[i], probability[i]) as f32);
            }
            Distribution::Gamma => by_element(key, to, |i, bits| draw::gamma(bits, tensor(1)[i]) as f32),
            Distribution::Beta => by_element(key, to, |i, bits| {
                draw::beta(bits, f64::from(tensor(1)[i]), f64::from(tensor(2)[i])) as f32
            }),
            Distribution::Categorical => {
                let (classes, samples) = (io.inputs[1].shape()[1], self.shape[1].max(1));
                let rows = tensor(1).chunks_exact(classes).zip(integers_mut(to).chunks_exact_mut(samples));
                for (i, (logits, to)) in rows.enumerate() {
                    draw::categorical(key, i * samples, logits, io.scratch, to);
                }
            }
            Distribution::Permutation => {
                permute(key, integers_mut(to));
            }
            Distribution::Seed { number } => {
                let mut bits = Bits::of([key[0], key[1] ^ 0x5eed_5eed], number as usize);
                integers_mut(to).iter_mut().for_each(|to| *to = bits.next() as i32);
            }
        }
    }

    /// A draw has no derivative.
    fn gradient(&self, at: &Applied<'_>) -> Vec<Option<Symbolic>> {
        vec![None; at.inputs.len()]
    }

    fn cost(&self, _: &[&Spec], outputs: &[Spec]) -> Cost {
        let size = outputs[0].shape.size() as u64;
        Cost { multiply_adds: 10 * size, bytes: 4 * size }
    }
}

/// A number from `low` up to below `high`.
fn between(bits: u32, low: f32, high: f32) -> f32 {
    let size = f64::from(high) - f64::from(low);
    // 24 bits: the largest is below 1 as a float too.
    let x = (f64::from(low) + f64::from(bits >> 8) / 16_777_216.0 * size) as f32;
    if x >= high && low < high { high.next_down() } else { x }
}

/// The numbers from 0 on in any order.
fn permute(key: [u32; 2], to: &mut [i32]) {
    to.iter_mut().enumerate().for_each(|(i, to)| *to = i as i32);
    for i in (1..to.len()).rev() {
        to.swap(i, draw::integer(&mut Bits::of(key, i), i as u64 + 1) as usize);
    }
}

/// Fills a tensor by blocks of four numbers, each from a block of bits; `cost` is that of one in multiply-adds.
fn by_block(key: [u32; 2], to: &mut [f32], cost: usize, f: impl Fn([u32; 4]) -> [f32; 4] + Sync) {
    // Parts of whole blocks.
    let n = to.len();
    let blocks = n.div_ceil(4);
    let parts = threads::parts(n * (cost + 20), blocks);
    let start = |i: usize| (blocks * i / parts * 4).min(n);
    threads::each_at(parts, &start, Rows::new(to, 1), &|range, rows: Rows<'_>| {
        for (i, to) in rows.data.chunks_mut(4).enumerate() {
            let numbers = f(philox::block(key, range.start / 4 + i));
            to.copy_from_slice(&numbers[..to.len()]);
        }
    });
}

/// Fills a tensor by elements, each from bits of its own.
fn by_element(key: [u32; 2], to: &mut [f32], f: impl Fn(usize, &mut Bits) -> f32 + Sync) {
    let n = to.len();
    let parts = threads::parts(n * 1000, n);
    threads::each(n, parts, Rows::new(to, 1), &|range, rows: Rows<'_>| {
        for (to, i) in rows.data.iter_mut().zip(range) {
            *to = f(i, &mut Bits::of(key, i));
        }
    });
}

#[track_caller]
fn random(
    name: &'static str,
    draw: Distribution,
    shape: Shape,
    seed: Symbolic,
    with: &[Symbolic],
) -> Symbolic {
    let inputs: Vec<Symbolic> = [seed].iter().chain(with).cloned().collect();
    apply(Random { name, draw, shape }, &inputs)
}

#[track_caller]
fn wrong(name: &'static str, text: String) -> Symbolic {
    Symbolic::mistake(name, Problem::Argument(text))
}

/// Numbers of a normal distribution. Keras's defaults are a `mean` of 0 and a standard deviation of 1.
/// [Keras](https://keras.io/api/random/random_ops/#normal-function).
#[track_caller]
pub fn normal(shape: impl Into<Shape>, mean: f32, stddev: f32, seed: impl Operand) -> Symbolic {
    let draw = Distribution::Normal { mean: mean.to_bits(), deviation: stddev.to_bits() };
    random("normal", draw, shape.into(), seed.symbolic(), &[])
}

/// Numbers of a normal distribution without those more than two standard deviations from the mean. Keras's defaults are a
/// `mean` of 0 and a standard deviation of 1. [Keras](https://keras.io/api/random/random_ops/#truncatednormal-function).
#[track_caller]
pub fn truncated_normal(shape: impl Into<Shape>, mean: f32, stddev: f32, seed: impl Operand) -> Symbolic {
    let draw = Distribution::TruncatedNormal { mean: mean.to_bits(), deviation: stddev.to_bits() };
    random("truncated_normal", draw, shape.into(), seed.symbolic(), &[])
}

/// Numbers from `minval` to `maxval`, without `maxval`. Keras's defaults are 0 and 1; integers come from [`randint`].
/// [Keras](https://keras.io/api/random/random_ops/#uniform-function).
#[track_caller]
pub fn uniform(shape: impl Into<Shape>, minval: f32, maxval: f32, seed: impl Operand) -> Symbolic {
    if !(minval.is_finite() && maxval.is_finite() && minval <= maxval) {
        return wrong("uniform", format!("minval {minval} must not be above maxval {maxval}, both finite"));
    }
    let draw = Distribution::Uniform { low: minval.to_bits(), high: maxval.to_bits() };
    random("uniform", draw, shape.into(), seed.symbolic(), &[])
}

/// Integers from `minval` to `maxval`, without `maxval`. [Keras](https://keras.io/api/random/random_ops/#randint-function).
#[track_caller]
pub fn randint(shape: impl Into<Shape>, minval: i32, maxval: i32, seed: impl Operand) -> Symbolic {
    if minval >= maxval {
        let text =
            format!("there is no integer from {minval} on below {maxval}: maxval must be above minval");
        return wrong("randint", text);
    }
    random("randint", Distribution::Integer { low: minval, high: maxval }, shape.into(), seed.symbolic(), &[])
}

/// Truth values that are true with a `probability`.
#[track_caller]
pub fn bernoulli(shape: impl Into<Shape>, probability: f32, seed: impl Operand) -> Symbolic {
    if !(0.0..=1.0).contains(&probability) {
        return wrong("bernoulli", format!("a probability of {probability}; it must be from 0 to 1"));
    }
    let draw = Distribution::Bernoulli { probability: probability.to_bits() };
    random("bernoulli", draw, shape.into(), seed.symbolic(), &[])
}

/// A distribution of parameters that are numbers or tensors, spread to the shape.
#[track_caller]
fn spread<const K: usize>(
    name: &'static str,
    draw: Distribution,
    shape: Shape,
    parameters: [Symbolic; K],
    seed: Symbolic,
) -> Symbolic {
    let floats = parameters.map(|x| broadcast_to(crate::cast(x, DType::Float32), &shape));
    random(name, draw, shape, seed, &floats)
}

/// How many of `counts` trials succeed if each does with the probability, as floats. Both are numbers, or tensors that
/// broadcast to the shape. [Keras](https://keras.io/api/random/random_ops/#binomial-function).
#[track_caller]
pub fn binomial(
    shape: impl Into<Shape>,
    counts: impl Operand,
    probabilities: impl Operand,
    seed: impl Operand,
) -> Symbolic {
    let of = [counts.symbolic(), probabilities.symbolic()];
    spread("binomial", Distribution::Binomial, shape.into(), of, seed.symbolic())
}

/// Numbers of a gamma distribution of shape `alpha` and scale 1. `alpha` is a number, or a tensor that broadcasts to the
/// shape; no gradient passes to it. [Keras](https://keras.io/api/random/random_ops/#gamma-function).
#[track_caller]
pub fn gamma(shape: impl Into<Shape>, alpha: impl Operand, seed: impl Operand) -> Symbolic {
    spread("gamma", Distribution::Gamma, shape.into(), [alpha.symbolic()], seed.symbolic())
}

/// Numbers of a beta distribution. Its parameters are numbers, or tensors that broadcast to the shape; no gradient passes to
/// them. [Keras](https://keras.io/api/random/random_ops/#beta-function).
#[track_caller]
pub fn beta(
    shape: impl Into<Shape>,
    alpha: impl Operand,
    beta: impl Operand,
    seed: impl Operand,
) -> Symbolic {
    spread("beta", Distribution::Beta, shape.into(), [alpha.symbolic(), beta.symbolic()], seed.symbolic())
}

/// Numbers of classes that are drawn by `logits (batch, classes)`, the logarithms of what each class weighs: integers
/// `(batch, num_samples)`. [Keras](https://keras.io/api/random/random_ops/#categorical-function).
#[track_caller]
pub fn categorical(logits: impl Operand, num_samples: usize, seed: impl Operand) -> Symbolic {
    let (logits, seed) = (crate::cast(logits, DType::Float32), seed.symbolic());
    if let Some(mistake) = mistaken(&[&logits, &seed]) {
        return mistake;
    }
    let made = || {
        let shape = logits.shape().clone();
        let [batch, classes] = shape[..] else {
            return Err(Problem::Rank { of: "logits", shape, expected: "2 axes, batch and classes" });
        };
        if classes == 0 {
            return Err(Problem::Argument(format!("logits {shape} have no class to draw")));
        }
        let to = Shape::from([batch, num_samples]);
        Ok(random("categorical", Distribution::Categorical, to, seed.clone(), core::slice::from_ref(&logits)))
    };
    settled("categorical", made())
}

/// `x` with the elements along `axis` in an order of chance. [Keras](https://keras.io/api/random/random_ops/#shuffle-function).
#[track_caller]
pub fn shuffle(x: impl Operand, axis: isize, seed: impl Operand) -> Symbolic {
    let (x, seed) = (x.symbolic(), seed.symbolic());
    if let Some(mistake) = mistaken(&[&x, &seed]) {
        return mistake;
    }
    match crate::shape::axis_of(axis, x.ndim()) {
        Err(problem) => Symbolic::mistake("shuffle", problem),
        Ok(at) => {
            let order = random("shuffle", Distribution::Permutation, x.shape()[at].into(), seed, &[]);
            crate::take(x, order, axis)
        }
    }
}

/// `inputs` with a part `rate` of the elements 0, and the others divided by what is left of 1. `noise_shape`, if not `None`,
/// broadcasts to the shape: along its axes of length 1 all elements share a fate.
/// [Keras](https://keras.io/api/random/random_ops/#dropout-function).
#[track_caller]
pub fn dropout(
    inputs: impl Operand,
    rate: f32,
    noise_shape: impl Into<Option<Shape>>,
    seed: impl Operand,
) -> Symbolic {
    let x = crate::cast(inputs, DType::Float32);
    if x.is_mistake() {
        return x;
    }
    if !(0.0..1.0).contains(&rate) {
        return wrong("dropout", format!("a rate of {rate}; it must be at least 0 and below 1"));
    }
    let noise = noise_shape.into().unwrap_or_else(|| x.shape().clone());
    if noise.broadcast(x.shape()).as_ref() != Some(x.shape()) {
        return Symbolic::mistake("dropout", Problem::Broadcast { a: noise, b: x.shape().clone() });
    }
    if rate == 0.0 {
        return x;
    }
    let stays = 1.0 - rate;
    let draw = Distribution::Bernoulli { probability: stays.to_bits() };
    let kept = random("dropout", draw, noise, seed.symbolic(), &[]);
    crate::where_(kept, x / stays, 0.0)
}

/// Several seeds from one, each as good as any other: `count` tensors of two integers.
#[track_caller]
pub fn split(seed: impl Operand, count: usize) -> Vec<Symbolic> {
    let seed = seed.symbolic();
    let of = |number| random("split", Distribution::Seed { number }, 2.into(), seed.clone(), &[]);
    (0..count as u32).map(of).collect()
}
