//! Which instruction sets the other tests go through. It prints them: `cargo test --test paths -- --nocapture`.

mod common;

use common::on_every_path;
use keras_kernels::simd::{Isa, Kernel, Path, path};

/// The number of lanes, as the compiler knows it.
struct Lanes;

impl Kernel for Lanes {
    type Out = usize;

    #[inline(always)]
    fn run<S: Isa>(self, _: S) -> usize {
        S::F32_LANES
    }
}

fn name(path: Path) -> &'static str {
    match path {
        #[cfg(target_arch = "x86_64")]
        Path::Avx512(_) => "AVX-512",
        #[cfg(target_arch = "x86_64")]
        Path::Avx2(_) => "AVX2",
        #[cfg(target_arch = "aarch64")]
        Path::Neon(_) => "NEON",
        Path::Portable => "portable",
    }
}

#[test]
fn every_set_of_the_machine_has_its_turn() {
    // Asked of the standard library: what is expected must not come from what is tested.
    #[cfg(target_arch = "x86_64")]
    let sets = {
        macro_rules! has {
            ($($feature:tt)*) => { true $(&& is_x86_feature_detected!($feature))* };
        }
        let avx2 = has!("avx2" "fma" "bmi1" "bmi2" "lzcnt");
        let avx512 =
            cfg!(feature = "avx512") && avx2 && has!("avx512f" "avx512bw" "avx512cd" "avx512dq" "avx512vl");
        [(avx512, "AVX-512"), (avx2, "AVX2"), (!cfg!(target_feature = "avx2"), "portable")]
    };
    #[cfg(target_arch = "aarch64")]
    let sets = [(true, "NEON")];
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let sets = [(true, "portable")];
    let sets: Vec<_> = sets.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect();

    let (mut ran, mut lanes) = (vec![], vec![]);
    on_every_path(|| {
        ran.push(name(path()));
        lanes.push((path().lanes(), path().run(Lanes)));
    });
    println!("on {}: {}", std::env::consts::ARCH, ran.join(", "));
    assert_eq!(ran, sets);
    assert!(lanes.iter().all(|(said, are)| said == are), "{lanes:?}");
    assert_eq!(name(path()), sets[0], "the best is chosen");
}
