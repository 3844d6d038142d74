//! Convolutions whose kernel is another at each place.

use keras_files::{Implementation, Local};
use keras_ops::{self as ops, Symbolic};
use keras_shape::{Dim, Shape as Dims};

use crate::{Error, Result};

/// So many numbers a kernel may have.
const MOST: usize = 1 << 27;

/// So many places the windows of all places may have together.
const MOST_SEEN: usize = 1 << 22;

/// Such a layer with an input of known lengths.
pub(super) struct Place<'a> {
    local: &'a Local,
    channels: usize,
    /// The lengths of the axes of places, before and behind.
    from: Vec<usize>,
    to: Vec<usize>,
}

impl<'a> Place<'a> {
    /// # Errors
    /// An input that the layer does not take.
    pub(super) fn new(local: &'a Local, input: &Dims) -> Result<Self> {
        let axes = local.kernel.len();
        let order = if local.channels_first { "channels first" } else { "channels last" };
        let lengths: Option<Vec<usize>> = input.dims().iter().skip(1).map(|dim| dim.fixed()).collect();
        let lengths = lengths.filter(|lengths| lengths.len() == axes + 1);
        let Some(mut from) = lengths else {
            let says = format!("it takes {axes} axes of known lengths and {order}; found {input}");
            return Err(Error::layer(says));
        };
        let channels = from.remove(if local.channels_first { 0 } else { axes });
        let mut to = Vec::with_capacity(axes);
        for ((length, kernel), stride) in from.iter().zip(&local.kernel).zip(&local.strides) {
            if !local.same && kernel > length {
                return Err(Error::layer(format!(
                    "a window of {kernel} is longer than the {length} of {input}"
                )));
            }
            let reach = if local.same { *length } else { length - kernel + 1 };
            to.push(reach.div_ceil(*stride));
        }
        let product = |lengths: &[usize]| lengths.iter().try_fold(1usize, |all, n| all.checked_mul(*n));
        let (seen, whole) = (product(&[to.as_slice(), &local.kernel].concat()), product(&from));
        if seen.is_none_or(|n| n > MOST_SEEN) || whole.is_none_or(|n| n > MOST) {
            return Err(Error::layer(format!("windows of {input} that see more than {MOST_SEEN} places")));
        }
        let place = Place { local, channels, from, to };
        let numbers = [place.count(), place.window(), channels, local.filters];
        let (numbers, all) = (product(&numbers), product(&place.all_shape()));
        let most = if local.implementation == Implementation::All { all } else { numbers };
        if channels == 0 || numbers.zip(most).is_none_or(|(a, b)| a.max(b) > MOST) {
            return Err(Error::layer(format!("a kernel of more than {MOST} numbers, or of none")));
        }
        Ok(place)
    }

    /// How many places there are.
    fn count(&self) -> usize {
        self.to.iter().product()
    }

    fn window(&self) -> usize {
        self.local.kernel.iter().product()
    }

    /// The axes of places with those of channels.
    fn with<T: Clone>(&self, places: &[T], channels: T) -> Vec<T> {
        let channels = [channels];
        if self.local.channels_first { [&channels, places].concat() } else { [places, &channels].concat() }
    }

    pub(super) fn output(&self, batch: Dim) -> Dims {
        let places: Vec<Dim> = self.to.iter().map(|n| Dim::Fixed(*n)).collect();
        Dims::new(&[&[batch][..], &self.with(&places, Dim::Fixed(self.local.filters))].concat())
    }

    fn all_shape(&self) -> Vec<usize> {
        [self.with(&self.from, self.channels), self.with(&self.to, self.local.filters)].concat()
    }

    pub(super) fn kernel_shape(&self) -> Vec<usize> {
        match self.local.implementation {
            Implementation::Windows => vec![self.count(), self.window() * self.channels, self.local.filters],
            Implementation::All => self.all_shape(),
            Implementation::Sparse => {
                let inside = self.taps().iter().flatten().filter(|at| at.is_some()).count();
                vec![inside * self.channels * self.local.filters]
            }
        }
    }

    pub(super) fn bias_shape(&self) -> Vec<usize> {
        [self.to.as_slice(), &[self.local.filters]].concat()
    }

    /// For each place of the output those of the input in its window; none beyond the border.
    fn taps(&self) -> Vec<Vec<Option<usize>>> {
        let mut all = vec![vec![Some(0)]];
        for axis in 0..self.from.len() {
            let (length, kernel) = (self.from[axis], self.local.kernel[axis]);
            // Keras's windows stand about their middle, whatever the stride.
            let before = if self.local.same { kernel / 2 } else { 0 };
            let along = (0..self.to[axis]).map(|place| {
                let tap = |tap: usize| {
                    let at = (place * self.local.strides[axis] + tap).checked_sub(before)?;
                    (at < length).then_some(at)
                };
                (0..kernel).map(tap).collect::<Vec<_>>()
            });
            let along: Vec<Vec<Option<usize>>> = along.collect();
            let joined = |outer: &Option<usize>, inner: &Option<usize>| Some((*outer)? * length + (*inner)?);
            all = all
                .iter()
                .flat_map(|outer| {
                    along.iter().map(move |inner| {
                        outer.iter().flat_map(|a| inner.iter().map(move |b| joined(a, b))).collect()
                    })
                })
                .collect();
        }
        all
    }

    /// The place of a number among those of an axis of places and one of channels.
    fn flat(&self, place: usize, channel: usize, places: usize, channels: usize) -> usize {
        if self.local.channels_first { channel * places + place } else { place * channels + channel }
    }

    /// Where each number of `(places, window * channels, filters)` stands in the kernel of the file; behind its end where the
    /// window is beyond the border.
    fn table(&self, taps: &[Vec<Option<usize>>]) -> Vec<i32> {
        let (count, filters) = (self.count(), self.local.filters);
        let inputs = self.from.iter().product::<usize>();
        let mut pairs = Vec::with_capacity(count * self.window() * self.channels * filters);
        for (place, taps) in taps.iter().enumerate() {
            for tap in taps {
                for channel in 0..self.channels {
                    let from = tap.map(|tap| self.flat(tap, channel, inputs, self.channels));
                    let to = |filter| self.flat(place, filter, count, filters);
                    pairs.extend((0..filters).map(|filter| from.map(|from| (to(filter), from))));
                }
            }
        }
        let outputs = count * filters;
        let mut sorted: Vec<(usize, usize)> = pairs.iter().flatten().copied().collect();
        let whole = self.local.implementation == Implementation::All;
        if !whole {
            sorted.sort_unstable();
        }
        let end = if whole { inputs * self.channels * outputs } else { sorted.len() };
        let at = |pair: &Option<(usize, usize)>| match pair {
            None => end,
            Some((to, from)) if whole => from * outputs + to,
            Some(pair) => sorted.binary_search(pair).unwrap_or(end),
        };
        pairs.iter().map(|pair| at(pair) as i32).collect()
    }

    /// The kernel as `(places, window * channels, filters)`, the channels of a place beside each other.
    fn windows(&self, kernel: &Symbolic, taps: &[Vec<Option<usize>>]) -> Symbolic {
        let (count, window, channels) = (self.count(), self.window(), self.channels);
        let shape = [count, window * channels, self.local.filters];
        if self.local.implementation != Implementation::Windows {
            let ended = ops::concatenate([&ops::ravel(kernel), &ops::zeros([1])], 0);
            return ops::take(ended, ops::array(&self.table(taps), shape), 0);
        }
        if !self.local.channels_first {
            return kernel.clone();
        }
        let apart = [count, channels, window, self.local.filters].map(|n| n as isize);
        let turned = ops::swapaxes(ops::reshape(kernel, apart), 1, 2);
        ops::reshape(turned, shape.map(|n| n as isize))
    }

    pub(super) fn trace(&self, x: &Symbolic, kernel: &Symbolic, bias: Option<Symbolic>) -> Symbolic {
        let (batch, count, channels) = (x.shape()[0], self.count(), self.channels);
        let inputs = self.from.iter().product::<usize>();
        let long = |lengths: &[usize]| lengths.iter().map(|n| *n as isize).collect::<Vec<isize>>();
        let x = if self.local.channels_first {
            ops::swapaxes(ops::reshape(x, long(&[batch, channels, inputs])), 1, 2)
        } else {
            ops::reshape(x, long(&[batch, inputs, channels]))
        };
        let taps = self.taps();
        // Beyond the border the kernel is zero: any number will do.
        let places: Vec<i32> = taps.iter().flatten().map(|at| at.unwrap_or(0) as i32).collect();
        let seen = ops::take(x, ops::array(&places, [places.len()]), 1);
        let seen = ops::reshape(seen, long(&[batch, count, self.window() * channels]));
        let y = ops::matmul(ops::swapaxes(seen, 0, 1), self.windows(kernel, &taps));
        // (batch, places, filters)
        let y = ops::swapaxes(y, 0, 1);
        let y = if self.local.channels_first { ops::swapaxes(y, 1, 2) } else { y };
        let shape = self.with(&self.to, self.local.filters);
        let y = ops::reshape(y, long(&[&[batch], shape.as_slice()].concat()));
        match bias {
            // Keras reads its numbers in the order of the output, whichever order they were made for.
            Some(bias) => y + ops::reshape(bias, long(&shape)),
            None => y,
        }
    }
}
