//! Random bits as a function of a seed and a counter: Philox4x32-10 (Salmon et al., 2011). Any part of the numbers can be
//! computed by any thread.

/// Bits of one seed, from a place on.
#[derive(Clone, Debug)]
pub(super) struct Bits {
    key: [u32; 2],
    counter: [u32; 4],
    block: [u32; 4],
    used: usize,
}

impl Bits {
    /// The bits that belong to element `i`: as many as are asked for, and never those of another element.
    pub fn of(key: [u32; 2], i: usize) -> Bits {
        let counter = [0, 1, i as u32, (i as u64 >> 32) as u32];
        Bits { key, counter, block: [0; 4], used: 4 }
    }

    /// The next 32 bits.
    pub fn next(&mut self) -> u32 {
        if self.used == 4 {
            self.block = philox(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        self.used += 1;
        self.block[self.used - 1]
    }

    /// The next number of a uniform distribution between 0 and 1, without both.
    pub fn unit(&mut self) -> f64 {
        unit(self.next())
    }

    /// The next number of a standard normal distribution.
    pub fn normal(&mut self) -> f64 {
        let (a, b) = (self.next(), self.next());
        normals(a, b)[0]
    }
}

/// The middle of one of 2³² equal parts of the numbers between 0 and 1.
pub(super) fn unit(bits: u32) -> f64 {
    (f64::from(bits) + 0.5) / 4_294_967_296.0
}

/// Two independent numbers of a standard normal distribution (Box and Muller).
pub(super) fn normals(a: u32, b: u32) -> [f64; 2] {
    let radius = (-2.0 * unit(a).ln()).sqrt();
    let (sin, cos) = (core::f64::consts::TAU * unit(b)).sin_cos();
    [radius * cos, radius * sin]
}

/// Four numbers of 32 bits for block `i` of a seed.
pub(super) fn block(key: [u32; 2], i: usize) -> [u32; 4] {
    philox([i as u32, (i as u64 >> 32) as u32, 0, 0], key)
}

fn philox(mut counter: [u32; 4], mut key: [u32; 2]) -> [u32; 4] {
    let product = |a: u32, b: u32| {
        let wide = u64::from(a) * u64::from(b);
        ((wide >> 32) as u32, wide as u32)
    };
    for _ in 0..10 {
        let (high0, low0) = product(0xd251_1f53, counter[0]);
        let (high1, low1) = product(0xcd9e_8d57, counter[2]);
        counter = [high1 ^ counter[1] ^ key[0], low1, high0 ^ counter[3] ^ key[1], low0];
        key = [key[0].wrapping_add(0x9e37_79b9), key[1].wrapping_add(0xbb67_ae85)];
    }
    counter
}

#[cfg(test)]
mod tests {
    use super::philox;

    /// The known answers of the authors' Random123.
    #[test]
    fn bits_are_those_of_philox() {
        let cases = [
            ([0; 4], [0; 2], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
            ([u32::MAX; 4], [u32::MAX; 2], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
            (
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344],
                [0xa409_3822, 0x299f_31d0],
                [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1],
            ),
        ];
        for (counter, key, expected) in cases {
            assert_eq!(philox(counter, key), expected);
        }
    }
}
