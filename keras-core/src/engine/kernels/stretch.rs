//! A tensor whose axes of length 1 are stretched to those of another.

use keras_kernels::aligned::Aligned;

use crate::engine::parts::count;

/// The numbers of a stretched tensor.
pub(super) struct Stretch {
    /// Axes from the first to the last, each with whether it is stretched; axes side by side that are treated alike
    /// are one, and those of length 1 none.
    axes: Vec<(usize, bool)>,
    /// The tensor in its new lengths.
    pub y: Aligned,
    /// The gradient of that.
    pub dy: Aligned,
}

impl Stretch {
    /// `from` in the lengths of `to`, if it can be stretched to these. A shorter shape gets axes of length 1 behind the
    /// batch axis.
    pub fn new(from: &[usize], to: &[usize], gradients: bool) -> Option<Stretch> {
        let mut own = from.to_vec();
        own.splice(1.min(from.len())..1.min(from.len()), vec![1; to.len().checked_sub(from.len())?]);
        let mut axes: Vec<(usize, bool)> = Vec::new();
        for (own, to) in own.iter().zip(to) {
            if own != to && *own != 1 {
                return None;
            }
            match axes.last_mut() {
                _ if *to == 1 => {}
                Some((n, stretched)) if *stretched == (own != to) => *n *= to,
                _ => axes.push((*to, own != to)),
            }
        }
        let n = count(to);
        Some(Stretch { axes, y: Aligned::zeros(n), dy: Aligned::zeros(if gradients { n } else { 0 }) })
    }

    /// Stretches `x`.
    pub fn fill(&mut self, x: &[f32]) {
        if !self.y.is_empty() {
            spread(&self.axes, x, &mut self.y);
        }
    }

    /// The gradient of the tensor before it was stretched.
    pub fn backward(&self, dx: &mut [f32]) {
        dx.fill(0.0);
        if !self.dy.is_empty() {
            gather(&self.axes, &self.dy, dx);
        }
    }
}

fn spread(axes: &[(usize, bool)], x: &[f32], y: &mut [f32]) {
    match axes {
        [] | [(_, false)] => y.copy_from_slice(x),
        [(_, true)] => y.fill(x[0]),
        [(n, stretched), rest @ ..] => {
            let (len, own) = (y.len() / n, if *stretched { 0 } else { x.len() / n });
            for (i, y) in y.chunks_exact_mut(len).enumerate() {
                spread(rest, if *stretched { x } else { &x[i * own..][..own] }, y);
            }
        }
    }
}

fn gather(axes: &[(usize, bool)], dy: &[f32], dx: &mut [f32]) {
    match axes {
        [] | [(_, false)] => dx.iter_mut().zip(dy).for_each(|(dx, dy)| *dx += dy),
        [(_, true)] => dx[0] += dy.iter().sum::<f32>(),
        [(n, stretched), rest @ ..] => {
            let (len, own) = (dy.len() / n, if *stretched { 0 } else { dx.len() / n });
            for (i, dy) in dy.chunks_exact(len).enumerate() {
                gather(rest, dy, if *stretched { &mut *dx } else { &mut dx[i * own..][..own] });
            }
        }
    }
}
