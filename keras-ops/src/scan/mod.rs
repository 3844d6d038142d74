//! Loops: a body that is traced once and run for each step.

mod body;
mod op;
mod whole;

use std::sync::Arc;

pub use self::whole::{associative_scan, map, vectorized_map};

use self::body::{Body, captured};
use self::op::Scan;
use crate::create::array;
use crate::elementwise::{cast_to, logical_and, where_};
use crate::error::Problem;
use crate::op::Spec;
use crate::operand::Operand;
use crate::symbolic::{apply_all, mistaken};
use crate::traced::arguments;
use crate::{DType, Shape, Symbolic};

/// The first tensor of a loop that is not what it must be, in words.
fn fits(carry: &[Symbolic], next: &[Symbolic]) -> Result<(), Problem> {
    if carry.len() != next.len() {
        let (n, m) = (carry.len(), next.len());
        return Err(Problem::Argument(format!(
            "the body is given {n} tensors of the carry, and returns {m}"
        )));
    }
    for (i, (a, b)) in carry.iter().zip(next).enumerate() {
        if a.spec() != b.spec() {
            let text = format!(
                "tensor {i} of the carry is {} {}, and the body returns {} {}: it must stay the same",
                a.shape(),
                a.dtype(),
                b.shape(),
                b.dtype()
            );
            return Err(Problem::Argument(text));
        }
    }
    Ok(())
}

/// The number of steps: the length of every one of `xs`.
fn steps(xs: &[Symbolic], length: Option<usize>) -> Result<usize, Problem> {
    let mut known = length;
    for (i, x) in xs.iter().enumerate() {
        let Some(own) = x.shape().first() else {
            let (shape, expected) = (Shape::EMPTY, "at least 1 axis: that of the steps");
            return Err(Problem::Rank { of: "each of xs", shape, expected });
        };
        let steps = *known.get_or_insert(*own);
        if steps != *own {
            let text = format!("tensor {i} of xs {} has {own} steps, and there are {steps}", x.shape());
            return Err(Problem::Argument(text));
        }
    }
    known.ok_or_else(|| Problem::Argument("without xs a length is needed".to_string()))
}

/// What a loop makes: the last carry and the results of all steps.
pub(crate) type Looped = (Vec<Symbolic>, Vec<Symbolic>);

/// Applies a body that was traced from `own` arguments (carry, then elements of `xs`) to `results` (next carry, then
/// elements of what is stacked). The carry at the start of each step is stacked too, behind the others: the gradient
/// needs it.
#[track_caller]
fn applied(
    init: &[Symbolic],
    xs: &[Symbolic],
    length: usize,
    reverse: bool,
    own: Vec<Symbolic>,
    (next, ys): Looped,
) -> Looped {
    let carries = init.len();
    let results: Vec<Symbolic> = next.iter().chain(&ys).chain(&own[..carries]).cloned().collect();
    let around = captured(&results, &own);
    let body = match Body::new(own, &around, &results) {
        Ok(body) => Arc::new(body),
        Err(mistake) => return all(&Symbolic::of_mistake(*mistake), carries, ys.len()),
    };
    let scan = Scan { body, length, reverse, carries, xs: xs.len() };
    let inputs: Vec<Symbolic> = init.iter().chain(xs).chain(&around).cloned().collect();
    let mut made = apply_all(scan, &inputs);
    if made.len() < carries + ys.len() {
        return all(&made[0], carries, ys.len());
    }
    made.truncate(carries + ys.len());
    let stacked = made.split_off(carries);
    (made, stacked)
}

/// A mistake in place of everything.
fn all(mistake: &Symbolic, carries: usize, ys: usize) -> Looped {
    (vec![mistake.clone(); carries], vec![mistake.clone(); ys])
}

fn symbols(list: &[&dyn Operand]) -> Vec<Symbolic> {
    list.iter().map(|x| x.symbolic()).collect()
}

#[track_caller]
pub(crate) fn scanned(
    f: impl FnOnce(&[Symbolic], &[Symbolic]) -> Looped,
    init: &[Symbolic],
    xs: &[Symbolic],
    length: Option<usize>,
    reverse: bool,
) -> Looped {
    let steps = steps(xs, length);
    let specs: Vec<Spec> =
        xs.iter().map(|x| Spec::new(x.shape().get(1..).unwrap_or(&[]), x.dtype())).collect();
    let own = arguments(init.iter().map(Symbolic::spec).chain(&specs));
    let (next, ys) = f(&own[..init.len()], &own[init.len()..]);
    let operands: Vec<&Symbolic> = init.iter().chain(xs).chain(&next).chain(&ys).collect();
    let (carries, count) = (init.len(), ys.len());
    if let Some(mistake) = mistaken(&operands) {
        return all(&mistake, carries, count);
    }
    match fits(init, &next).and(steps) {
        Err(problem) => all(&Symbolic::mistake("scan", problem), carries, count),
        Ok(0) if next.is_empty() && ys.is_empty() => (Vec::new(), Vec::new()),
        Ok(steps) => applied(init, xs, steps, reverse, own, (next, ys)),
    }
}

/// Runs `f` for each step along the first axis of `xs`, with tensors that are carried from step to step.
///
/// `f` is given the carry, which is `init` at first, and the element of each of `xs` at a step. It returns the next carry,
/// in the same shapes and types, and results of the step. What comes back is the last carry, and the results stacked along
/// a new first axis. `f` is called once, to be traced; it may read tensors from around it. `length` is the number of steps
/// where there are no `xs`. With `reverse` the last step comes first. The gradient is a scan in the other direction.
/// [Keras](https://keras.io/api/ops/core/#scan-function).
///
/// ```
/// use keras_ops::{self as ops, DType};
///
/// // The running sums of 5 rows.
/// let x = ops::input([5, 3], DType::Float32);
/// let start = ops::zeros([3]);
/// let (last, sums) = ops::scan(
///     |carry, x| {
///         let sum = &carry[0] + &x[0];
///         (vec![sum.clone()], vec![sum])
///     },
///     &[&start],
///     &[&x],
///     None,
///     false,
/// );
/// assert_eq!((&**last[0].shape(), &**sums[0].shape()), (&[3][..], &[5, 3][..]));
/// ```
#[track_caller]
pub fn scan(
    f: impl FnOnce(&[Symbolic], &[Symbolic]) -> (Vec<Symbolic>, Vec<Symbolic>),
    init: &[&dyn Operand],
    xs: &[&dyn Operand],
    length: Option<usize>,
    reverse: bool,
) -> (Vec<Symbolic>, Vec<Symbolic>) {
    scanned(f, &symbols(init), &symbols(xs), length, reverse)
}

/// Runs `body_fun` for each number from `lower` to `upper`, without that: it is given the number and the tensors that it
/// returned last, `init_val` at first. [Keras](https://keras.io/api/ops/core/#foriloop-function).
#[track_caller]
pub fn fori_loop(
    lower: i32,
    upper: i32,
    body_fun: impl FnOnce(&Symbolic, &[Symbolic]) -> Vec<Symbolic>,
    init_val: &[&dyn Operand],
) -> Vec<Symbolic> {
    let numbers: Vec<i32> = (lower..upper).collect();
    let numbers = array(&numbers, numbers.len());
    scanned(|carry, i| (body_fun(&i[0], carry), Vec::new()), &symbols(init_val), &[numbers], None, false).0
}

/// Runs `body` while `cond`, a truth value, holds of the tensors that it returned last, `loop_vars` at first, but not more
/// often than `maximum_iterations`.
///
/// As many steps are computed as there can be; those after the condition fails change nothing, and have no gradient.
/// [Keras](https://keras.io/api/ops/core/#whileloop-function).
#[track_caller]
pub fn while_loop(
    cond: impl FnOnce(&[Symbolic]) -> Symbolic,
    body: impl FnOnce(&[Symbolic]) -> Vec<Symbolic>,
    loop_vars: &[&dyn Operand],
    maximum_iterations: usize,
) -> Vec<Symbolic> {
    let mut init = symbols(loop_vars);
    let count = init.len();
    init.push(array(&[true], ()));
    // What is wrong is told by a place of the caller, not of this closure.
    let mut wrong = None;
    let step = |carry: &[Symbolic], _: &[Symbolic]| {
        let vars = &carry[..count];
        let (holds, made) = (cond(vars), body(vars));
        if let Some(mistake) = mistaken(&[&holds]) {
            return (vec![mistake; count + 1], Vec::new());
        }
        if holds.ndim() != 0 {
            let (shape, expected) = (holds.shape().clone(), "no axes: one truth value");
            wrong = Some(Problem::Rank { of: "cond", shape, expected });
        } else if mistaken(&made.iter().collect::<Vec<_>>()).is_none() {
            wrong = fits(vars, &made).err();
        }
        if wrong.is_some() {
            return (carry.to_vec(), Vec::new());
        }
        let on = logical_and(&carry[count], cast_to(&holds, DType::Bool));
        let next = made.iter().zip(vars).map(|(new, old)| where_(&on, new, old)).chain([on.clone()]);
        (next.collect(), Vec::new())
    };
    let mut last = scanned(step, &init, &[], Some(maximum_iterations), false).0;
    if let Some(problem) = wrong {
        return vec![Symbolic::mistake("while_loop", problem); count];
    }
    last.truncate(count);
    last
}
