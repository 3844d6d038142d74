//! Results from images, and the gradients of images from those of results: each number is a sum over the elements of the
//! kernel that meet it.

use core::cell::RefCell;
use core::ops::Range;

use super::Depthwise;
use crate::activation::Act;
use crate::lanes::{Lanes, PerLanes, per_lanes_from};
use crate::math;
use crate::simd::{Isa, Kernel, Path};
use crate::threads::{self, Rows, parts};

/// Where the rows of the kernel begin that meet a row, and the row of the source that each meets.
type Lines = Vec<(usize, usize)>;

/// The most places of a [`Run`]: what they read stays in the cache while one vector of channels after the other is summed.
const LONGEST: usize = 256;

/// Places of a row that meet the same elements of the kernel, whose sources are as far apart for all of them.
struct Run {
    /// The first place.
    first: usize,
    count: usize,
    /// Where the list of [`Places`] has the elements of a row of the kernel that they meet.
    taps: Range<usize>,
    /// Where these slide along the source.
    slide: Option<Slide>,
}

/// All places of a row.
#[derive(Default)]
struct Places {
    runs: Vec<Run>,
    /// Where elements of a row of the kernel begin in it, and the places in a row of the source that they meet.
    taps: Vec<(usize, usize)>,
}

/// How many lists a thread keeps: a call needs one at a time, and gradients a second.
const MOST_KEPT: usize = 4;

thread_local! {
    /// Lists that are not in use, for the next call: steps of a training allocate nothing, however large the kernel is.
    static KEPT: RefCell<Vec<Places>> = const { RefCell::new(Vec::new()) };
    static LINES: RefCell<Lines> = const { RefCell::new(Vec::new()) };
}

/// Lends `f` an empty list, which the thread keeps.
fn with_lines(f: impl FnOnce(&mut Lines)) {
    let mut lines = LINES.take();
    lines.clear();
    f(&mut lines);
    LINES.set(lines);
}

/// Whether each element of a row of the kernel meets one place further in the source than the element before or one place
/// less, if these places are `step` apart, as those of the run are: then a place of the source is met by several places of
/// the run.
fn slides(taps: &[(usize, usize)], step: usize) -> Option<Slide> {
    let [(k, x), (next, y), ..] = *taps else { return None };
    let (apart, onwards) = (next - k, y > x);
    let pair = |two: &[(usize, usize)]| {
        let (from, to) = if onwards { (two[0].1, two[1].1) } else { (two[1].1, two[0].1) };
        two[1].0 - two[0].0 == apart && to == from + step
    };
    taps.windows(2).all(pair).then_some(Slide { apart, onwards })
}

/// What is summed, seen from the numbers that are computed.
pub(super) struct Gather<'a> {
    of: &'a Depthwise,
    /// Whether images are computed, from results.
    back: bool,
    path: Path,
    w: &'a [f32],
    /// Added to the sums, one for each channel.
    bias: Option<&'a [f32]>,
    /// What is done to the numbers last.
    act: Act,
    places: Places,
}

impl Drop for Gather<'_> {
    fn drop(&mut self) {
        let places = core::mem::take(&mut self.places);
        // A thread that ends keeps nothing.
        let _ = KEPT.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            if kept.len() < MOST_KEPT {
                kept.push(places);
            }
        });
    }
}

impl<'a> Gather<'a> {
    /// Results of images, with a bias and an activation that goes by its output alone.
    pub fn results(of: &'a Depthwise, path: Path, w: &'a [f32], bias: Option<&'a [f32]>, act: Act) -> Self {
        Gather { of, back: false, path, w, bias, act, places: places(of, false) }
    }

    /// Gradients of images from those of results.
    pub fn images(of: &'a Depthwise, path: Path, w: &'a [f32]) -> Self {
        Gather { of, back: true, path, w, bias: None, act: Act::Linear, places: places(of, true) }
    }

    /// Lengths of the axes of what is computed, and of what from.
    fn lengths(&self) -> [[usize; 3]; 2] {
        let both = [self.of.windows, self.of.image];
        if self.back { [both[1], both[0]] } else { both }
    }

    /// All of the batch.
    pub fn all(&self, source: &[f32], to: &mut [f32]) {
        let ([[depth, height, width], [d, h, w]], channels) = (self.lengths(), self.of.channels);
        let (row, rows, sample) = (width * channels, self.of.batch * depth * height, d * h * w * channels);
        if to.is_empty() {
            return;
        }
        threads::each(rows, parts(self.of.work(), rows), Rows::new(to, row), &|these, to| {
            with_lines(|lines| {
                for (i, to) in these.zip(to.data.chunks_exact_mut(row)) {
                    let source = &source[i / (depth * height) * sample..][..sample];
                    self.row(source, [i / height % depth, i % height], lines, to);
                }
            });
        });
    }

    /// One sample.
    pub fn sample(&self, source: &[f32], to: &mut [f32]) {
        let [[_, height, width], _] = self.lengths();
        with_lines(|lines| {
            for (i, to) in to.chunks_exact_mut((width * self.of.channels).max(1)).enumerate() {
                self.row(source, [i / height, i % height], lines, to);
            }
        });
    }

    /// One row of a sample, with memory for what it meets.
    fn row(&self, source: &[f32], at: [usize; 2], lines: &mut Lines, to: &mut [f32]) {
        self.find(at, lines);
        self.path.run(Row { of: self, source, lines, to: &mut *to });
        if self.act != Act::Relu {
            self.act.forward_on(self.path, to);
        }
    }

    /// Puts into `lines` what meets a row.
    fn find(&self, at: [usize; 2], lines: &mut Lines) {
        let ([_, [_, height, width]], [kd, kh, kw]) = (self.lengths(), self.of.kernel);
        lines.clear();
        for kz in 0..kd {
            let Some(z) = source(self.of, self.back, 0, at[0], kz) else { continue };
            for ky in 0..kh {
                let Some(y) = source(self.of, self.back, 1, at[1], ky) else { continue };
                let (tap, row) = ((kz * kh + ky) * kw, (z * height + y) * width);
                lines.push((tap * self.of.channels, row * self.of.channels));
            }
        }
    }
}

/// What element `tap` of the kernel meets for place `at` of an axis.
fn source(of: &Depthwise, back: bool, axis: usize, at: usize, tap: usize) -> Option<usize> {
    if back { of.window_at(axis, at, tap) } else { of.pixel_at(axis, at, tap) }
}

/// How far the sources of two places of a run are apart, and the places themselves: gradients of images meet the same
/// elements only as often as windows begin.
fn steps(of: &Depthwise, back: bool) -> (usize, usize) {
    if back { (1, of.stride[2]) } else { (of.stride[2], 1) }
}

/// The places of a row, all of them.
fn places(of: &Depthwise, back: bool) -> Places {
    let width = if back { of.image[2] } else { of.windows[2] };
    let (step, apart) = steps(of, back);
    let Places { mut runs, mut taps } = KEPT.with_borrow_mut(Vec::pop).unwrap_or_default();
    runs.clear();
    taps.clear();
    for phase in 0..apart.min(width) {
        let begin = runs.len();
        for x in (phase..width).step_by(apart) {
            let met = || (0..of.kernel[2]).filter_map(|k| Some((k, source(of, back, 2, x, k)?)));
            let last = runs[begin..].last_mut().filter(|run: &&mut Run| run.count < LONGEST);
            if let Some(run) = last {
                let moved = taps[run.taps.clone()].iter().map(|(k, x)| (*k, x + step * run.count));
                if met().eq(moved) {
                    run.count += 1;
                    continue;
                }
            }
            let from = taps.len();
            taps.extend(met());
            let slide = slides(&taps[from..], step);
            runs.push(Run { first: x, count: 1, taps: from..taps.len(), slide });
        }
    }
    taps.iter_mut().for_each(|(k, x)| (*k, *x) = (*k * of.channels, *x * of.channels));
    Places { runs, taps }
}

/// Rows of the kernel whose elements meet places of the source that are as far apart as the sources of two places of the
/// run.
#[derive(Clone, Copy)]
struct Slide {
    /// From an element to the next.
    apart: usize,
    /// Whether the next element meets the next place of the source, not the one before.
    onwards: bool,
}

/// One row.
struct Row<'a> {
    of: &'a Gather<'a>,
    source: &'a [f32],
    lines: &'a [(usize, usize)],
    to: &'a mut [f32],
}

impl Kernel for Row<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Isa>(self, s: S) {
        let Row { of, source, lines, to } = self;
        let (step, apart) = steps(of.of, of.back);
        let channels = of.of.channels;
        for run in &of.places.runs {
            let block = Block {
                source,
                w: of.w,
                lines,
                taps: &of.places.taps[run.taps.clone()],
                count: run.count,
                slide: run.slide,
                step: step * channels,
                to: &mut *to,
                first: run.first * channels,
                apart: apart * channels,
                bias: of.bias,
                relu: of.act == Act::Relu,
                channels,
            };
            block.all(s);
        }
    }
}

/// Some places of a row.
struct Block<'a> {
    source: &'a [f32],
    w: &'a [f32],
    lines: &'a [(usize, usize)],
    /// Of the run: its elements of a row of the kernel, how many places it has, and whether they slide.
    taps: &'a [(usize, usize)],
    count: usize,
    slide: Option<Slide>,
    /// From the source of a place to that of the next.
    step: usize,
    to: &'a mut [f32],
    /// Where the first place is, and how far it is to the next.
    first: usize,
    apart: usize,
    bias: Option<&'a [f32]>,
    relu: bool,
    channels: usize,
}

impl Block<'_> {
    /// So many places from `at` on, of one vector of channels, or one place of so many vectors: `by` is how far they are
    /// apart in kernel, source and results.
    #[inline(always)]
    fn together<S: Isa, const TAIL: bool, const N: usize>(
        &mut self,
        s: S,
        lanes: Lanes<TAIL>,
        at: usize,
        by: [usize; 3],
    ) {
        let mut sums = [s.splat_f32s(0.0); N];
        let taps = self.taps;
        for (tap, row) in self.lines {
            let row = row + at * self.step;
            for (k, x) in taps {
                let (w, source) = (tap + k, row + x);
                let [x] = lanes.grid::<S, 1, N>(s, self.source, source, [0, by[1]]);
                if by[0] == 0 {
                    let w = lanes.of(s, self.w, w);
                    for (sum, x) in sums.iter_mut().zip(x) {
                        *sum = s.fma(x, w, *sum);
                    }
                } else {
                    let [w] = lanes.grid::<S, 1, N>(s, self.w, w, [0, by[0]]);
                    for ((sum, x), w) in sums.iter_mut().zip(x).zip(w) {
                        *sum = s.fma(x, w, *sum);
                    }
                }
            }
        }
        self.put(s, lanes, sums, at, [by[0], by[2]]);
    }

    /// So many places from `at` on, of one vector of channels, where rows of `K` elements slide along the source, whose `M`
    /// places, `N + K - 1`, are read once for a row. The terms of a sum come in the order of [`together`](Block::together).
    // Vectors that are chosen by known numbers stay in registers.
    #[allow(clippy::needless_range_loop)]
    #[inline(always)]
    fn sliding<S: Isa, const TAIL: bool, const N: usize, const K: usize, const M: usize, const ON: bool>(
        &mut self,
        s: S,
        lanes: Lanes<TAIL>,
        at: usize,
        apart: usize,
    ) {
        let mut sums = [s.splat_f32s(0.0); N];
        // The element that is read first of all, and the place of the source that lies first.
        let (element, place) = (self.taps[0].0, self.taps[if ON { 0 } else { K - 1 }].1);
        for (tap, row) in self.lines {
            let (w, first) = (tap + element, row + place);
            let [x] = lanes.grid::<S, 1, M>(s, self.source, first + at * self.step, [0, self.step]);
            let [w] = lanes.grid::<S, 1, K>(s, self.w, w, [0, apart]);
            for k in 0..K {
                for n in 0..N {
                    let x = if ON { x[n + k] } else { x[n + K - 1 - k] };
                    sums[n] = s.fma(x, w[k], sums[n]);
                }
            }
        }
        self.put(s, lanes, sums, at, [0, self.apart]);
    }

    /// What is done to sums, and writes them: `by` is how far they are apart in the bias and in the results.
    #[inline(always)]
    fn put<S: Isa, const TAIL: bool, const N: usize>(
        &mut self,
        s: S,
        lanes: Lanes<TAIL>,
        mut sums: [S::f32s; N],
        at: usize,
        by: [usize; 2],
    ) {
        if let Some(bias) = self.bias {
            let [bias] = lanes.grid::<S, 1, N>(s, bias, 0, [0, by[0]]);
            for (sum, bias) in sums.iter_mut().zip(bias) {
                *sum = s.add_f32s(*sum, bias);
            }
        }
        if self.relu {
            for sum in &mut sums {
                *sum = math::relu(s, *sum);
            }
        }
        lanes.put_grid(s, self.to, self.first + at * self.apart, [0, by[1]], [sums]);
    }

    /// So many places from `at` on.
    #[inline(always)]
    fn places<S: Isa, const TAIL: bool, const N: usize>(&mut self, s: S, lanes: Lanes<TAIL>, at: usize) {
        self.together::<S, TAIL, N>(s, lanes, at, [0, self.step, self.apart]);
    }

    /// All places, of at least `N`, so many at a time, with all their channels: memory goes from one place to the next. The
    /// last of them perhaps once more.
    #[inline(always)]
    fn many<S: Isa, const N: usize>(&mut self, s: S, first: usize) {
        for from in self.pieces(N) {
            per_lanes_from(s, first, self.channels, &mut Several::<N> { block: self, at: from });
        }
    }

    /// The same where rows of `K` elements slide along the source.
    #[inline(always)]
    fn slid<S: Isa, const N: usize, const K: usize, const M: usize>(&mut self, s: S, slide: Slide) {
        for from in self.pieces(N) {
            let channels = self.channels;
            per_lanes_from(s, 0, channels, &mut Slid::<N, K, M> { block: self, at: from, slide });
        }
    }

    /// Where each piece of so many places begins, of at least as many.
    #[inline(always)]
    fn pieces(&self, places: usize) -> impl Iterator<Item = usize> + use<> {
        let count = self.count;
        let last = count - places;
        (0..count).step_by(places).map(move |at| at.min(last))
    }
}

/// So many places of a block, where rows of the kernel slide along the source.
struct Slid<'b, 'a, const N: usize, const K: usize, const M: usize> {
    block: &'b mut Block<'a>,
    at: usize,
    slide: Slide,
}

impl<const N: usize, const K: usize, const M: usize> PerLanes for Slid<'_, '_, N, K, M> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        let apart = self.slide.apart * self.block.channels;
        match self.slide.onwards {
            true => self.block.sliding::<S, TAIL, N, K, M, true>(s, lanes, self.at, apart),
            false => self.block.sliding::<S, TAIL, N, K, M, false>(s, lanes, self.at, apart),
        }
    }
}

/// So many places of a block.
struct Several<'b, 'a, const N: usize> {
    block: &'b mut Block<'a>,
    at: usize,
}

impl<const N: usize> PerLanes for Several<'_, '_, N> {
    #[inline(always)]
    fn run<S: Isa, const TAIL: bool>(&mut self, s: S, lanes: Lanes<TAIL>) {
        self.block.places::<S, TAIL, N>(s, lanes, self.at);
    }
}

impl Block<'_> {
    /// All places.
    #[inline(always)]
    fn all<S: Isa>(mut self, s: S) {
        let (channels, l, count) = (self.channels, S::F32_LANES, self.count);
        let mut j = 0;
        // Sums of a place wait for each other: where there are few places, vectors of channels go together.
        while count < 4 && j + 4 * l <= channels {
            for at in 0..count {
                self.together::<S, false, 4>(s, Lanes { j, n: l }, at, [l, l, l]);
            }
            j += 4 * l;
        }
        match (count, self.taps.len(), self.slide) {
            (8.., 3, Some(slide)) => self.slid::<S, 8, 3, 10>(s, slide),
            (8.., 5, Some(slide)) => self.slid::<S, 8, 5, 12>(s, slide),
            (8.., 7, Some(slide)) => self.slid::<S, 8, 7, 14>(s, slide),
            (8.., ..) => self.many::<S, 8>(s, j),
            (4.., 3, Some(slide)) => self.slid::<S, 4, 3, 6>(s, slide),
            (4.., ..) => self.many::<S, 4>(s, j),
            _ => self.many::<S, 1>(s, j),
        }
    }
}
