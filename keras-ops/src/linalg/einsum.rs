//! `einsum`: products and sums over named axes.

use std::collections::BTreeMap;

use smallvec::SmallVec;

use super::contract::{Label, Labelled, contracted, work};
use crate::elementwise::cast_to;
use crate::error::Problem;
use crate::operand::Operand;
use crate::shapes::shaped;
use crate::strided::{Grid, picked};
use crate::symbolic::{mistaken, settled};
use crate::{DType, Shape, Symbolic};

/// Axes under `...` have labels from here on, counted from the last.
const UNNAMED: Label = 1 << 32;

/// The products of elements of `operands`, summed over the axes whose letter is not in the result:
/// `einsum("ij,jk->ik", &[&a, &b])` is a product of matrices.
///
/// A letter for each axis; `...` stands for any axes, which broadcast; a letter twice in one operand is its diagonal.
/// Without `->` the result has the axes of `...`, then the letters that are there once, in the order of the alphabet.
/// [Keras](https://keras.io/api/ops/numpy/#einsum-function).
#[track_caller]
pub fn einsum(subscripts: &str, operands: &[&dyn Operand]) -> Symbolic {
    let operands: Vec<Symbolic> = operands.iter().map(|x| x.symbolic()).collect();
    if let Some(mistake) = mistaken(&operands.iter().collect::<Vec<_>>()) {
        return mistake;
    }
    settled("einsum", computed(subscripts, &operands))
}

/// What the subscripts say.
struct Terms {
    inputs: Vec<Vec<Label>>,
    output: Vec<Label>,
}

fn computed(subscripts: &str, operands: &[Symbolic]) -> Result<Symbolic, Problem> {
    let terms = parsed(subscripts, operands)?;
    let dtype = operands.iter().map(Symbolic::dtype).max().unwrap_or(DType::Float32);
    // Sums of truth values are taken as floats.
    let inner = if dtype == DType::Bool { DType::Float32 } else { dtype };
    let mut list = Vec::with_capacity(operands.len());
    for (i, (x, labels)) in operands.iter().zip(&terms.inputs).enumerate() {
        list.push(diagonal(&cast_to(x, inner), labels, i)?);
    }
    let lengths = lengths(&list)?;
    for operand in &mut list {
        squeeze(operand, &lengths);
    }
    let output = &terms.output;
    while list.len() > 1 {
        list = summed_alone(list, output);
        let (i, j) = cheapest(&list);
        let b = list.remove(j);
        let a = list.remove(i);
        let keep =
            |label: Label| output.contains(&label) || list.iter().any(|other| other.labels.contains(&label));
        let y = contracted(&a, &b, &keep);
        list.push(y);
    }
    let last = list.swap_remove(0).summed(|label| output.contains(&label));
    Ok(cast_to(&last.ordered(output), dtype))
}

/// Each operand summed over what neither the result nor another operand has.
fn summed_alone(list: Vec<Labelled>, output: &[Label]) -> Vec<Labelled> {
    let all: Vec<Vec<Label>> = list.iter().map(|x| x.labels.clone()).collect();
    let elsewhere =
        |i: usize, label: &Label| all.iter().enumerate().any(|(j, labels)| j != i && labels.contains(label));
    let keep = |i: usize, label: Label| output.contains(&label) || elsewhere(i, &label);
    list.into_iter().enumerate().map(|(i, x)| x.summed(|label| keep(i, label))).collect()
}

/// The two operands whose product takes the fewest multiplications; the first of several.
fn cheapest(list: &[Labelled]) -> (usize, usize) {
    let pairs = (0..list.len()).flat_map(|i| (i + 1..list.len()).map(move |j| (i, j)));
    pairs.min_by_key(|(i, j)| work(&list[*i], &list[*j])).unwrap_or((0, 1))
}

fn wrong<T>(text: String) -> Result<T, Problem> {
    Err(Problem::Argument(text))
}

fn parsed(subscripts: &str, operands: &[Symbolic]) -> Result<Terms, Problem> {
    let text: String = subscripts.chars().filter(|c| !c.is_whitespace()).collect();
    let (left, right) = match text.split_once("->") {
        Some((left, right)) => (left, Some(right)),
        None => (text.as_str(), None),
    };
    let written: Vec<&str> = left.split(',').collect();
    if written.len() != operands.len() {
        let (n, m) = (written.len(), operands.len());
        return wrong(format!("`{subscripts}` names {n} operands, and {m} are given"));
    }
    let mut inputs = Vec::with_capacity(operands.len());
    for (i, (term, x)) in written.iter().zip(operands).enumerate() {
        inputs.push(term_labels(term, Some((x.shape(), i)), 0)?);
    }
    let mut counts: BTreeMap<Label, usize> = BTreeMap::new();
    inputs.iter().flatten().for_each(|label| *counts.entry(*label).or_default() += 1);
    let unnamed = counts.keys().filter(|label| **label >= UNNAMED).count();
    let output = match right {
        Some(right) => term_labels(right, None, unnamed)?,
        None => (0..unnamed)
            .rev()
            .map(|i| UNNAMED + i)
            .chain(counts.iter().filter(|(label, n)| **label < UNNAMED && **n == 1).map(|(label, _)| *label))
            .collect(),
    };
    for (i, label) in output.iter().enumerate() {
        let name = char::from_u32(*label as u32).unwrap_or('.');
        if output[..i].contains(label) {
            return wrong(format!("`{name}` is twice in the result of `{subscripts}`"));
        }
        if !counts.contains_key(label) {
            return wrong(format!("`{name}` is in the result of `{subscripts}`, and in no operand"));
        }
    }
    Ok(Terms { inputs, output })
}

/// The labels of a term: of operand `i` with its shape, or of the result with as many axes under `...` as the operands
/// have.
fn term_labels(term: &str, of: Option<(&Shape, usize)>, unnamed: usize) -> Result<Vec<Label>, Problem> {
    let (before, after) = match term.split_once("...") {
        Some((before, after)) => (before, Some(after)),
        None => (term, None),
    };
    let letters = before.chars().chain(after.unwrap_or("").chars());
    if let Some(other) = letters.clone().find(|c| !c.is_ascii_alphabetic()) {
        return wrong(format!("`{other}` in `{term}`: an axis is a letter, other axes are `...`, once"));
    }
    let named = letters.count();
    let open = match of {
        None => unnamed,
        Some((shape, i)) => match (shape.rank().checked_sub(named), after) {
            (Some(0), None) => 0,
            (Some(open), Some(_)) => open,
            _ => {
                let (rank, s) = (shape.rank(), if shape.rank() == 1 { "axis" } else { "axes" });
                return wrong(format!("`{term}` names {named} axes; operand {i} {shape} has {rank} {s}"));
            }
        },
    };
    let label = |c: char| c as Label;
    let mut labels: Vec<Label> = before.chars().map(label).collect();
    if let Some(after) = after {
        labels.extend((0..open).rev().map(|i| UNNAMED + i));
        labels.extend(after.chars().map(label));
    }
    Ok(labels)
}

/// With each label once: what has one twice is taken along its diagonal.
fn diagonal(x: &Symbolic, labels: &[Label], i: usize) -> Result<Labelled, Problem> {
    let mut own: Vec<Label> = Vec::with_capacity(labels.len());
    let mut lengths: Vec<usize> = Vec::new();
    let mut strides: SmallVec<[isize; 5]> = SmallVec::new();
    for ((label, length), stride) in labels.iter().zip(x.shape().iter()).zip(x.shape().strides()) {
        match own.iter().position(|known| known == label) {
            Some(axis) if lengths[axis] == *length => strides[axis] += stride as isize,
            Some(axis) => {
                let name = char::from_u32(*label as u32).unwrap_or('.');
                let (a, b, shape) = (lengths[axis], *length, x.shape());
                return wrong(format!("the axes `{name}` of operand {i} {shape} have {a} and {b}"));
            }
            None => {
                own.push(*label);
                lengths.push(*length);
                strides.push(stride as isize);
            }
        }
    }
    let x = match own.len() == labels.len() {
        true => x.clone(),
        false => picked(x, Grid::new(lengths.into(), 0, strides), "diagonal"),
    };
    Ok(Labelled { x, labels: own })
}

/// How long each label's axis is: a length of 1 fits every other.
fn lengths(list: &[Labelled]) -> Result<BTreeMap<Label, usize>, Problem> {
    let mut lengths: BTreeMap<Label, usize> = BTreeMap::new();
    for operand in list {
        for (label, length) in operand.labels.iter().zip(operand.x.shape().iter()) {
            let known = lengths.entry(*label).or_insert(*length);
            if *known == 1 {
                *known = *length;
            } else if *known != *length && *length != 1 {
                let name = match *label < UNNAMED {
                    true => format!("`{}`", char::from_u32(*label as u32).unwrap_or('.')),
                    false => "under `...`".to_string(),
                };
                return wrong(format!("an axis {name} has {known} in one operand and {length} in another"));
            }
        }
    }
    Ok(lengths)
}

/// Without axes of length 1 that are longer elsewhere.
fn squeeze(operand: &mut Labelled, lengths: &BTreeMap<Label, usize>) {
    let shape = operand.x.shape().clone();
    let stays = |axis: &usize| lengths[&operand.labels[*axis]] == shape[*axis];
    let axes: Vec<usize> = (0..shape.rank()).filter(stays).collect();
    operand.x = shaped(&operand.x, axes.iter().map(|axis| shape[*axis]).collect(), "squeeze");
    operand.labels = axes.iter().map(|axis| operand.labels[*axis]).collect();
}
