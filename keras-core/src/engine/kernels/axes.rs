//! Axes as Python numbers them.

/// The first of the axes that these are, if they are the last ones of a tensor of that rank.
pub(super) fn last(axes: &[isize], rank: usize) -> Option<usize> {
    let first = rank.checked_sub(axes.len()).filter(|first| *first < rank)?;
    let has =
        |at: usize| axes.iter().any(|axis| *axis == at as isize || *axis + rank as isize == at as isize);
    (first..rank).all(has).then_some(first)
}
