//! Which vector instructions run: chosen once, when the program first asks.
//!
//! A loop that wants vectors is a [`Kernel`]: a struct of arguments with a `run` that is generic over the
//! instruction set. [`Path::run`] compiles it once for each set and calls the one that the machine has.
//! The vectors themselves come from [`pulp`].

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use pulp::{Scalar128b, Simd, WithSimd};

/// An instruction set that kernels are compiled for.
pub trait Isa: Simd {
    /// Whether it multiplies and adds in one instruction. Without it a fused multiply-add is a slow library call.
    const FUSED: bool;

    /// `a * b + c` in each lane, rounded once where the machine can.
    #[inline(always)]
    fn fma(self, a: Self::f32s, b: Self::f32s, c: Self::f32s) -> Self::f32s {
        if Self::FUSED { self.mul_add_e_f32s(a, b, c) } else { self.add_f32s(self.mul_f32s(a, b), c) }
    }

    /// `a * b + c` on single numbers, for loops that the compiler vectorises.
    #[inline(always)]
    fn fma1(self, a: f32, b: f32, c: f32) -> f32 {
        if Self::FUSED { a.mul_add(b, c) } else { a * b + c }
    }

    /// The larger of `x` and `low` in each lane; NaN where `x` is NaN. `low` is a number.
    #[inline(always)]
    fn at_least(self, x: Self::f32s, low: f32) -> Self::f32s {
        let low = self.splat_f32s(low);
        self.select_f32s(self.less_than_f32s(x, low), low, x)
    }

    /// The smaller of `x` and `high` in each lane; NaN where `x` is NaN. `high` is a number.
    #[inline(always)]
    fn at_most(self, x: Self::f32s, high: f32) -> Self::f32s {
        let high = self.splat_f32s(high);
        self.select_f32s(self.greater_than_f32s(x, high), high, x)
    }

    /// The larger of `x` and `low` in each lane; `low` where `x` is NaN.
    #[inline(always)]
    fn number_at_least(self, x: Self::f32s, low: f32) -> Self::f32s {
        let low = self.splat_f32s(low);
        self.select_f32s(self.greater_than_f32s(x, low), x, low)
    }

    /// Asks for the line of the cache that `p` is in, which need not exist.
    #[inline(always)]
    fn prefetch(self, p: *const f32) {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            // SAFETY: a hint, which no address makes invalid; every x86-64 has SSE, which it needs.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(p.cast()) };
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = p;
    }

    /// The first lanes of `x`; lanes beyond its end are 0.
    #[inline(always)]
    fn load(self, x: &[f32]) -> Self::f32s {
        let (whole, rest) = Self::as_simd_f32s(x);
        match whole.first() {
            Some(v) => *v,
            None => self.partial_load_f32s(rest),
        }
    }

    /// Writes the first lanes to `x`, as many as it holds.
    #[inline(always)]
    fn store(self, x: &mut [f32], v: Self::f32s) {
        let (whole, rest) = Self::as_mut_simd_f32s(x);
        match whole.first_mut() {
            Some(to) => *to = v,
            None => self.partial_store_f32s(rest, v),
        }
    }
}

/// x86's minimum and maximum return their second argument where one of the two is NaN: one instruction does what a
/// comparison and a selection do elsewhere.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
macro_rules! x86_minimum_and_maximum {
    () => {
        #[inline(always)]
        fn at_least(self, x: Self::f32s, low: f32) -> Self::f32s {
            self.max_f32s(self.splat_f32s(low), x)
        }

        #[inline(always)]
        fn at_most(self, x: Self::f32s, high: f32) -> Self::f32s {
            self.min_f32s(self.splat_f32s(high), x)
        }

        #[inline(always)]
        fn number_at_least(self, x: Self::f32s, low: f32) -> Self::f32s {
            self.max_f32s(x, self.splat_f32s(low))
        }
    };
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
impl Isa for pulp::x86::V4 {
    const FUSED: bool = true;
    x86_minimum_and_maximum!();
}
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
impl Isa for pulp::x86::V3 {
    const FUSED: bool = true;
    x86_minimum_and_maximum!();
}
#[cfg(target_arch = "aarch64")]
impl Isa for pulp::aarch64::Neon {
    const FUSED: bool = true;
}
impl Isa for Scalar128b {
    const FUSED: bool = false;
}

/// A loop that is compiled once for each instruction set.
pub trait Kernel {
    /// What it returns.
    type Out;

    /// Runs with the instruction set `s`. Must be `#[inline(always)]`, as must everything it calls with vectors,
    /// or the vectors fall apart into single numbers.
    fn run<S: Isa>(self, s: S) -> Self::Out;
}

struct With<K, S>(K, S);

impl<K: Kernel, S: Isa> WithSimd for With<K, S> {
    type Output = K::Out;

    #[inline(always)]
    fn with_simd<T: Simd>(self, _: T) -> K::Out {
        self.0.run(self.1)
    }
}

/// Whether loops are compiled for AVX-512 too.
#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
const AVX512: bool = cfg!(feature = "avx512");

/// Whether all machines of the target have vectors that fuse: a plain form is not compiled for them.
const VECTORS: bool = cfg!(any(
    target_feature = "neon",
    all(
        target_feature = "avx2",
        target_feature = "fma",
        target_feature = "bmi1",
        target_feature = "bmi2",
        target_feature = "lzcnt",
        target_feature = "popcnt"
    )
));

/// An instruction set that this machine has.
#[derive(Clone, Copy, Debug)]
pub enum Path {
    /// AVX-512: 16 lanes.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx512(pulp::x86::V4),
    /// AVX2 with FMA: 8 lanes.
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    Avx2(pulp::x86::V3),
    /// NEON: 4 lanes.
    #[cfg(target_arch = "aarch64")]
    Neon(pulp::aarch64::Neon),
    /// Plain Rust on groups of 4 numbers: any machine.
    Portable,
}

impl Path {
    /// All that this machine has and the program contains, the best first: at least one. AVX-512 is the feature `avx512`; what
    /// needs no vectors is left out where all machines of the target have AVX2 and FMA (`-C target-cpu=x86-64-v3`) or NEON.
    pub fn all() -> Vec<Path> {
        [
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            pulp::x86::V4::try_new().filter(|_| AVX512).map(Path::Avx512),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            pulp::x86::V3::try_new().map(Path::Avx2),
            #[cfg(target_arch = "aarch64")]
            pulp::aarch64::Neon::try_new().map(Path::Neon),
            (!VECTORS).then_some(Path::Portable),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Runs `kernel` with this instruction set.
    #[inline]
    pub fn run<K: Kernel>(self, kernel: K) -> K::Out {
        match self {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Path::Avx512(s) if AVX512 => Simd::vectorize(s, With(kernel, s)),
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Path::Avx2(s) => Simd::vectorize(s, With(kernel, s)),
            #[cfg(target_arch = "aarch64")]
            Path::Neon(s) => Simd::vectorize(s, With(kernel, s)),
            Path::Portable if !VECTORS => Simd::vectorize(Scalar128b, With(kernel, Scalar128b)),
            // One that is left out.
            #[allow(unreachable_patterns)]
            _ => known()[0].run(kernel),
        }
    }

    /// How many numbers one vector holds.
    pub fn lanes(self) -> usize {
        match self {
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Path::Avx512(_) => 16,
            #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
            Path::Avx2(_) => 8,
            #[cfg(target_arch = "aarch64")]
            Path::Neon(_) => 4,
            Path::Portable => 4,
        }
    }
}

/// 0: the best. Else one more than the place in [`Path::all`].
static FORCED: AtomicU8 = AtomicU8::new(0);

fn known() -> &'static [Path] {
    static KNOWN: OnceLock<Vec<Path>> = OnceLock::new();
    KNOWN.get_or_init(Path::all)
}

/// What operations that start now use.
pub fn path() -> Path {
    let all = known();
    #[cfg(test)]
    if let Some(n) = of_test::chosen() {
        return all[n.min(all.len() - 1)];
    }
    let forced = FORCED.load(Ordering::Relaxed) as usize;
    all[forced.saturating_sub(1).min(all.len() - 1)]
}

/// Makes every operation of the process use the set at place `n` of [`Path::all`], or the best for `None`: for
/// tests of the sets that a machine would not choose, and for measuring them.
pub fn force(n: Option<usize>) {
    FORCED.store(n.map_or(0, |n| (n + 1).min(known().len()) as u8), Ordering::Relaxed);
}

/// The set that a unit test chose for what it does, on all threads that do parts of it: the others run at the same time,
/// and the choice of [`force`] is theirs too.
#[cfg(test)]
pub(crate) mod of_test {
    use std::cell::Cell;

    thread_local! {
        static CHOSEN: Cell<Option<usize>> = const { Cell::new(None) };
    }

    pub(crate) fn chosen() -> Option<usize> {
        CHOSEN.get()
    }

    /// Does something with the set at place `n` of [`Path::all`](super::Path::all), or the last.
    pub(crate) fn on<R>(n: impl Into<Option<usize>>, f: impl FnOnce() -> R) -> R {
        let before = CHOSEN.replace(n.into());
        let result = f();
        CHOSEN.set(before);
        result
    }
}
