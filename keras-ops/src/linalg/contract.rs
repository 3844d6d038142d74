//! Products of two tensors whose axes have labels: axes of the same label run together.

use keras_kernels::tile::Reduce;

use super::product::product;
use crate::reduce::reduce;
use crate::shapes::shaped;
use crate::strided::permuted;
use crate::{Shape, Symbolic};

/// What an axis is called.
pub(super) type Label = usize;

/// A tensor with a label for each axis, all different.
#[derive(Clone, Debug)]
pub(super) struct Labelled {
    pub x: Symbolic,
    pub labels: Vec<Label>,
}

impl Labelled {
    fn length(&self, label: Label) -> usize {
        self.labels.iter().position(|own| *own == label).map_or(1, |axis| self.x.shape()[axis])
    }

    fn size(&self, labels: &[Label]) -> usize {
        labels.iter().map(|label| self.length(*label)).product()
    }

    /// With the axes in this order.
    #[track_caller]
    pub fn ordered(&self, labels: &[Label]) -> Symbolic {
        let axes: Vec<usize> =
            labels.iter().filter_map(|label| self.labels.iter().position(|own| own == label)).collect();
        permuted(&self.x, &axes)
    }

    /// The sum over all axes but those that are kept.
    #[track_caller]
    pub fn summed(self, keep: impl Fn(Label) -> bool) -> Labelled {
        let axes: Vec<usize> = (0..self.labels.len()).filter(|axis| !keep(self.labels[*axis])).collect();
        if axes.is_empty() {
            return self;
        }
        let sum = reduce(&self.x, Reduce::Sum, &axes, "sum");
        let (lengths, labels): (Shape, Vec<Label>) = (0..self.labels.len())
            .filter(|axis| !axes.contains(axis))
            .map(|axis| (sum.shape()[axis], self.labels[axis]))
            .unzip_shape();
        Labelled { x: shaped(&sum, lengths, "squeeze"), labels }
    }
}

/// Lengths and labels apart.
trait UnzipShape {
    fn unzip_shape(self) -> (Shape, Vec<Label>);
}

impl<I: Iterator<Item = (usize, Label)>> UnzipShape for I {
    fn unzip_shape(self) -> (Shape, Vec<Label>) {
        let (lengths, labels): (Vec<usize>, Vec<Label>) = self.unzip();
        (lengths.into(), labels)
    }
}

/// How the labels of two tensors fall apart.
struct Groups {
    /// In both and in the result.
    batch: Vec<Label>,
    /// In both, summed.
    summed: Vec<Label>,
    a: Vec<Label>,
    b: Vec<Label>,
}

impl Groups {
    fn new(a: &Labelled, b: &Labelled, keep: &dyn Fn(Label) -> bool) -> Groups {
        let both = |label: &&Label| b.labels.contains(label);
        Groups {
            batch: a.labels.iter().filter(both).filter(|label| keep(**label)).copied().collect(),
            summed: a.labels.iter().filter(both).filter(|label| !keep(**label)).copied().collect(),
            a: a.labels.iter().filter(|label| !b.labels.contains(label)).copied().collect(),
            b: b.labels.iter().filter(|label| !a.labels.contains(label)).copied().collect(),
        }
    }
}

/// Multiplications of [`contracted`].
pub(super) fn work(a: &Labelled, b: &Labelled) -> u128 {
    let lengths = |of: &Labelled| of.x.shape().iter().map(|n| *n as u128).product::<u128>();
    let own: u128 = b.labels.iter().filter(|l| !a.labels.contains(l)).map(|l| b.length(*l) as u128).product();
    lengths(a) * own
}

/// The product of two tensors of the same type, summed over the labels that are in both and not kept. A label that is in
/// one only must be kept.
#[track_caller]
pub(super) fn contracted(a: &Labelled, b: &Labelled, keep: &dyn Fn(Label) -> bool) -> Labelled {
    let mut groups = Groups::new(a, b, keep);
    if groups.summed.is_empty() {
        return multiplied(a, b, &groups);
    }
    // The order of the summed axes in which one of the two needs no copy.
    let lies = |of: &Labelled, groups: &Groups, own: &[Label]| {
        of.labels == [&groups.batch[..], own, &groups.summed].concat()
            || of.labels == [&groups.batch[..], &groups.summed, own].concat()
    };
    if !lies(a, &groups, &groups.a) {
        groups.summed = b.labels.iter().filter(|label| groups.summed.contains(label)).copied().collect();
    }
    let Groups { batch, summed, a: of_a, b: of_b } = &groups;
    let matrices = |x: &Labelled, own: &[Label], first: bool| {
        let own_first = [&batch[..], own, summed].concat();
        let summed_first = [&batch[..], summed, own].concat();
        let as_is =
            if x.labels == own_first { Some(true) } else { (x.labels == summed_first).then_some(false) };
        let is_first = as_is.unwrap_or(first);
        let y = x.ordered(if is_first { &own_first } else { &summed_first });
        let (rows, columns) = (x.size(own), x.size(summed));
        let [rows, columns] = if is_first { [rows, columns] } else { [columns, rows] };
        let before = if batch.is_empty() { None } else { Some(x.size(batch)) };
        (shaped(&y, before.into_iter().chain([rows, columns]).collect(), "reshape"), is_first)
    };
    let (left, a_first) = matrices(a, of_a, true);
    let (right, b_first) = matrices(b, of_b, false);
    let y = product(&left, &right, [!a_first, b_first]);
    let labels = [&batch[..], of_a, of_b].concat();
    let length = |label: &Label| if of_b.contains(label) { b.length(*label) } else { a.length(*label) };
    Labelled { x: shaped(&y, labels.iter().map(length).collect(), "reshape"), labels }
}

/// The product where nothing is summed.
#[track_caller]
fn multiplied(a: &Labelled, b: &Labelled, groups: &Groups) -> Labelled {
    let labels = [&groups.batch[..], &groups.a, &groups.b].concat();
    let spread = |x: &Labelled| {
        let lengths = labels.iter().map(|label| x.length(*label)).collect();
        shaped(&x.ordered(&labels), lengths, "reshape")
    };
    Labelled { x: spread(a) * spread(b), labels }
}
