//! A loss of which nobody knows that it is a sum over samples: all ranks compute it from the outputs of all.

use super::planned::laid_out;
use super::{Memory, Output};
use crate::distribution::{Ranks, from_bytes, to_bytes};
use crate::engine::Plan;
use crate::{Error, Result};

/// The first axis of each is the samples.
#[derive(Default)]
struct Array {
    numbers: Vec<f32>,
    shape: Vec<usize>,
}

/// The loss of output `i` of all ranks, on the first of them, and 0 on the others; the gradient of this rank's output.
pub(super) fn loss(
    output: &Output,
    memory: &mut Memory,
    plan: &mut Plan,
    i: usize,
    backward: bool,
    ranks: &Ranks,
) -> Result<f64> {
    let idle = ranks.is_idle();
    let (p, shape) = plan.output(i);
    let own_rows = if idle { 0 } else { shape.first().copied().unwrap_or(0) };
    let mask = plan.output_mask(i);
    let counts: Vec<f32> =
        mask.map_or_else(Vec::new, |m| m.counts.iter().map(|c| f32::from(u8::from(*c))).collect());
    let (target, weights) = (&memory.targets[i], &memory.weights[i]);
    let own = [
        (&target.0[..], &target.1[..]),
        (p, shape),
        (&weights.values, &weights.shape),
        (&counts, mask.map_or(&[][..], |mask| &mask.shape)),
    ];
    let Gathered { whole: [target, outputs, weight, mask], before } = &gather(own, ranks)?;
    let shapes = [&target.shape[..], &outputs.shape, &weight.shape, &mask.shape];
    let laid_out = laid_out(output, &mut memory.plans, i, shapes, backward)?;
    let mut gradient = vec![0.0; if backward { outputs.numbers.len() } else { 0 }];
    let wanted = backward.then_some(gradient.as_mut_slice());
    let loss = laid_out.run(
        &target.numbers,
        &outputs.numbers,
        |i| weight.numbers[i],
        |i| mask.numbers[i],
        wanted,
    )?;
    if let (_, Some(own)) = plan.output_grad(i)
        && backward
    {
        let row: usize = outputs.shape[1..].iter().product();
        if idle {
            own.fill(0.0);
        } else {
            own.copy_from_slice(&gradient[*before * row..(before + own_rows) * row]);
        }
    }
    Ok(if ranks.is_first() { loss } else { 0.0 })
}

/// The batch of all ranks.
#[derive(Default)]
struct Gathered {
    /// Targets, outputs, weights, masks.
    whole: [Array; 4],
    /// The rows of the outputs that are those of ranks before this one.
    before: usize,
}

/// Puts together what all ranks have of targets, outputs, weights and masks.
fn gather(own: [(&[f32], &[usize]); 4], ranks: &Ranks) -> Result<Gathered> {
    let mut bytes = Vec::new();
    for (numbers, shape) in own {
        write(&mut bytes, numbers, shape, ranks.is_idle());
    }
    let all = ranks.exchange("the losses of a batch", Ok(bytes))?;
    let mut gathered = Gathered::default();
    for (rank, bytes) in all.iter().enumerate() {
        let mut rest = bytes.as_slice();
        for (part, array) in gathered.whole.iter_mut().enumerate() {
            let rows = append(array, &mut rest, rank)?;
            if part == 1 && rank < ranks.rank() {
                gathered.before += rows;
            }
        }
    }
    Ok(gathered)
}

/// Numbers with their shape; without rows where they do not count.
fn write(bytes: &mut Vec<u8>, numbers: &[f32], shape: &[usize], idle: bool) {
    bytes.extend((shape.len() as u64).to_le_bytes());
    for (axis, n) in shape.iter().enumerate() {
        let n = if idle && axis == 0 { 0 } else { *n };
        bytes.extend((n as u64).to_le_bytes());
    }
    if !idle {
        bytes.extend(to_bytes(numbers));
    }
}

/// Adds the rows of a rank; how many they are.
fn append(array: &mut Array, bytes: &mut &[u8], rank: usize) -> Result<usize> {
    let cut = || Error::Rank { rank, message: "its losses are cut off".into() };
    let mut take = |n: usize| {
        let (part, rest) = bytes.split_at_checked(n).ok_or_else(cut)?;
        *bytes = rest;
        Ok::<_, Error>(part)
    };
    let word = |bytes: &[u8]| bytes.try_into().map_or(0, u64::from_le_bytes) as usize;
    let axes = word(take(8)?);
    let mut shape = Vec::new();
    for _ in 0..axes {
        shape.push(word(take(8)?));
    }
    let Some((rows, row)) = shape.split_first() else { return Ok(0) };
    let n = shape.iter().product::<usize>();
    array.numbers.extend(from_bytes(take(4 * n)?));
    if array.shape.is_empty() {
        array.shape = shape.clone();
        return Ok(*rows);
    }
    if array.shape[1..] != *row {
        return Err(Error::Rank {
            rank,
            message: format!(
                "a batch of shape {shape:?}, and {:?} on the ranks before: only the number of samples may differ",
                array.shape
            ),
        });
    }
    array.shape[0] += rows;
    Ok(*rows)
}
