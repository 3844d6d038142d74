//! Hashes of strings, to the bit those of TensorFlow: FarmHash's `Fingerprint64` and SipHash-2-4.

const K0: u64 = 0xc3a5_c85c_97cb_3127;
const K1: u64 = 0xb492_b66f_be98_f273;
const K2: u64 = 0x9ae1_6a3b_2f90_404f;

/// Eight bytes from `at` on, the lowest first.
fn word(s: &[u8], at: usize) -> u64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&s[at..at + 8]);
    u64::from_le_bytes(bytes)
}

fn half(s: &[u8], at: usize) -> u64 {
    u64::from(u32::from_le_bytes([s[at], s[at + 1], s[at + 2], s[at + 3]]))
}

fn shift_mix(x: u64) -> u64 {
    x ^ (x >> 47)
}

fn times(a: u64, b: u64) -> u64 {
    a.wrapping_mul(b)
}

/// The sum of all, without a carry out.
fn sum<const N: usize>(terms: [u64; N]) -> u64 {
    terms.iter().fold(0, |sum, term| sum.wrapping_add(*term))
}

/// Two numbers into one.
fn mixed(u: u64, v: u64, by: u64) -> u64 {
    let a = shift_mix(times(u ^ v, by));
    times(shift_mix(times(v ^ a, by)), by)
}

/// The fingerprint of a string: what `tf.strings.to_hash_bucket_fast` takes modulo the number of buckets.
///
/// [FarmHash](https://github.com/google/farmhash) defines it, and that it stays as it is.
pub fn fingerprint(s: &[u8]) -> u64 {
    match s.len() {
        0..=16 => short(s),
        17..=32 => medium(s),
        33..=64 => long(s),
        _ => blocks(s),
    }
}

fn short(s: &[u8]) -> u64 {
    let n = s.len();
    let by = K2.wrapping_add(n as u64 * 2);
    if n >= 8 {
        let (a, b) = (sum([word(s, 0), K2]), word(s, n - 8));
        let c = sum([times(b.rotate_right(37), by), a]);
        let d = times(sum([a.rotate_right(25), b]), by);
        return mixed(c, d, by);
    }
    if n >= 4 {
        return mixed(sum([n as u64, half(s, 0) << 3]), half(s, n - 4), by);
    }
    if n == 0 {
        return K2;
    }
    let (a, b, c) = (u64::from(s[0]), u64::from(s[n / 2]), u64::from(s[n - 1]));
    let (y, z) = (a + (b << 8), n as u64 + (c << 2));
    times(shift_mix(times(y, K2) ^ times(z, K0)), K2)
}

fn medium(s: &[u8]) -> u64 {
    let n = s.len();
    let by = K2.wrapping_add(n as u64 * 2);
    let (a, b) = (times(word(s, 0), K1), word(s, 8));
    let (c, d) = (times(word(s, n - 8), by), times(word(s, n - 16), K2));
    let u = sum([sum([a, b]).rotate_right(43), c.rotate_right(30), d]);
    let v = sum([a, sum([b, K2]).rotate_right(18), c]);
    mixed(u, v, by)
}

fn long(s: &[u8]) -> u64 {
    let n = s.len();
    let by = K2.wrapping_add(n as u64 * 2);
    let (a, b) = (times(word(s, 0), K2), word(s, 8));
    let (c, d) = (times(word(s, n - 8), by), times(word(s, n - 16), K2));
    let y = sum([sum([a, b]).rotate_right(43), c.rotate_right(30), d]);
    let z = mixed(y, sum([a, sum([b, K2]).rotate_right(18), c]), by);
    let (e, f) = (times(word(s, 16), by), word(s, 24));
    let g = times(sum([y, word(s, n - 32)]), by);
    let h = times(sum([z, word(s, n - 24)]), by);
    let u = sum([sum([e, f]).rotate_right(43), g.rotate_right(30), h]);
    let v = sum([e, sum([f, a]).rotate_right(18), g]);
    mixed(u, v, by)
}

/// 32 bytes from `at` on, into two numbers.
fn weak(s: &[u8], at: usize, a: u64, b: u64) -> (u64, u64) {
    let [w, x, y, z] = [0, 8, 16, 24].map(|offset| word(s, at + offset));
    let a = sum([a, w]);
    let b = sum([b, a, z]).rotate_right(21);
    let sum_of_three = sum([a, x, y]);
    (sum([sum_of_three, z]), sum([b, sum_of_three.rotate_right(44), a]))
}

/// What is carried from one block of 64 bytes to the next.
struct State {
    x: u64,
    y: u64,
    z: u64,
    v: (u64, u64),
    w: (u64, u64),
}

impl State {
    /// Takes a block in; `scale` is 1, and 9 for the last.
    fn block(&mut self, s: &[u8], at: usize, by: u64, scale: u64) {
        let State { x, y, z, v, w } = self;
        *x = times(sum([*x, *y, v.0, word(s, at + 8)]).rotate_right(37), by);
        *y = times(sum([*y, v.1, word(s, at + 48)]).rotate_right(42), by);
        *x ^= times(w.1, scale);
        *y = sum([*y, times(v.0, scale), word(s, at + 40)]);
        *z = times(sum([*z, w.0]).rotate_right(33), by);
        *v = weak(s, at, times(v.1, by), sum([*x, w.0]));
        *w = weak(s, at + 32, sum([*z, w.1]), sum([*y, word(s, at + 16)]));
        core::mem::swap(z, x);
    }
}

fn blocks(s: &[u8]) -> u64 {
    const SEED: u64 = 81;
    let n = s.len();
    let y = sum([times(SEED, K1), 113]);
    let z = times(shift_mix(sum([times(y, K2), 113])), K2);
    let mut state = State { x: sum([times(SEED, K2), word(s, 0)]), y, z, v: (0, 0), w: (0, 0) };
    for at in (0..(n - 1) / 64 * 64).step_by(64) {
        state.block(s, at, K1, 1);
    }
    let by = sum([K1, (state.z & 0xff) << 1]);
    state.w.0 = sum([state.w.0, (n as u64 - 1) & 63]);
    state.v.0 = sum([state.v.0, state.w.0]);
    state.w.0 = sum([state.w.0, state.v.0]);
    state.block(s, n - 64, by, 9);
    let State { x, y, z, v, w } = state;
    let first = sum([mixed(v.0, w.0, by), times(shift_mix(y), K0), z]);
    mixed(first, sum([mixed(v.1, w.1, by), x]), by)
}

/// SipHash-2-4 with a key of two numbers: what `tf.strings.to_hash_bucket_strong` takes modulo the number of buckets.
pub fn sip_hash(key: [u64; 2], s: &[u8]) -> u64 {
    let mut v = [
        key[0] ^ 0x736f_6d65_7073_6575,
        key[1] ^ 0x646f_7261_6e64_6f6d,
        key[0] ^ 0x6c79_6765_6e65_7261,
        key[1] ^ 0x7465_6462_7974_6573,
    ];
    let mut take = |word: u64| {
        v[3] ^= word;
        (0..2).for_each(|_| round(&mut v));
        v[0] ^= word;
    };
    let whole = s.len() / 8 * 8;
    (0..whole).step_by(8).for_each(|at| take(word(s, at)));
    let mut last = [0; 8];
    last[..s.len() - whole].copy_from_slice(&s[whole..]);
    last[7] = s.len() as u8;
    take(u64::from_le_bytes(last));
    v[2] ^= 0xff;
    (0..4).for_each(|_| round(&mut v));
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

fn round(v: &mut [u64; 4]) {
    let mut mix = |a: usize, b: usize, by: u32| {
        v[a] = v[a].wrapping_add(v[b]);
        v[b] = v[b].rotate_left(by) ^ v[a];
    };
    mix(0, 1, 13);
    mix(2, 3, 16);
    v[0] = v[0].rotate_left(32);
    let mut mix = |a: usize, b: usize, by: u32| {
        v[a] = v[a].wrapping_add(v[b]);
        v[b] = v[b].rotate_left(by) ^ v[a];
    };
    mix(0, 3, 21);
    mix(2, 1, 17);
    v[2] = v[2].rotate_left(32);
}

/// Two fingerprints into one, the order counts: what `tf.sparse.cross_hashed` crosses by.
pub fn crossed(first: u64, second: u64) -> u64 {
    const BY: u64 = 0xc6a4_a793_5bd1_e995;
    let by_second = first ^ BY ^ times(shift_mix(times(second, BY)), BY);
    shift_mix(times(shift_mix(times(by_second, BY)), BY))
}

/// The key with which crossing begins.
pub const CROSSING: u64 = 0xDE_CAFC_AFFE;

#[cfg(test)]
mod tests {
    use super::*;

    /// Strings of all lengths up to 200: `chr(33 + (i * 7 + n) % 90)` for each place `i`.
    fn text(n: usize) -> Vec<u8> {
        (0..n).map(|i| 33 + ((i * 7 + n) % 90) as u8).collect()
    }

    /// The sums are of real TensorFlow 2: `to_hash_bucket_fast(text(n), 2**61 - 1)` and, with the key
    /// [133, 137], `to_hash_bucket_strong`, for n from 0 to 200, each times n + 1, modulo 2^64.
    #[test]
    fn hashes_are_those_of_tensorflow() {
        const BUCKETS: u64 = (1 << 61) - 1;
        let (mut fast, mut strong) = (0, 0);
        for n in 0..=200 {
            fast = sum([fast, times(fingerprint(&text(n)) % BUCKETS, n as u64 + 1)]);
            strong = sum([strong, times(sip_hash([133, 137], &text(n)) % BUCKETS, n as u64 + 1)]);
        }
        assert_eq!(fast, 4368004197981947041);
        assert_eq!(strong, 13905758438055497316);
    }

    /// Crosses of real TensorFlow 2, `tf.sparse.cross_hashed(columns, 1000003)`: integers are their own fingerprints.
    #[test]
    fn crosses_are_those_of_tensorflow() {
        let cross = |features: &[u64]| features.iter().fold(CROSSING, |all, x| crossed(all, *x)) % 1_000_003;
        let rows = [[1, 5, 0], [2, 6, 1], [-3_i64 as u64, 7, 2], [100_000, 8, 3]];
        assert_eq!(rows.map(|row| cross(&row[..2])), [507_143, 481_182, 787_960, 788_462]);
        assert_eq!(rows.map(|row| cross(&row)), [290_673, 176_765, 504_090, 670_887]);
        let words = ["A", "bcd", "hello world, this is long", ""].map(|word| fingerprint(word.as_bytes()));
        let found: Vec<u64> = words.iter().zip(rows).map(|(word, row)| cross(&[*word, row[1]])).collect();
        assert_eq!(found, [182_353, 201_818, 850_510, 60_046]);
    }
}
