//! The order in which NumPy's `RandomState(seed).shuffle` puts a list: that of Keras's datasets from folders.

/// The generator MT19937 of Matsumoto and Nishimura, as NumPy begins it from one number.
struct Mersenne {
    state: [u32; SIZE],
    at: usize,
}

const SIZE: usize = 624;

impl Mersenne {
    fn new(seed: u32) -> Self {
        let mut state = [seed; SIZE];
        for i in 1..SIZE {
            let before = state[i - 1];
            state[i] = 1_812_433_253u32.wrapping_mul(before ^ (before >> 30)).wrapping_add(i as u32);
        }
        Mersenne { state, at: SIZE }
    }

    fn twist(&mut self) {
        for i in 0..SIZE {
            let bits = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % SIZE] & 0x7FFF_FFFF);
            let odd = if bits & 1 == 1 { 0x9908_B0DF } else { 0 };
            self.state[i] = self.state[(i + 397) % SIZE] ^ (bits >> 1) ^ odd;
        }
        self.at = 0;
    }

    fn next(&mut self) -> u32 {
        if self.at == SIZE {
            self.twist();
        }
        let mut y = self.state[self.at];
        self.at += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9D2C_5680;
        y ^= (y << 15) & 0xEFC6_0000;
        y ^ (y >> 18)
    }

    /// A number up to `most`, each as likely.
    fn up_to(&mut self, most: u32) -> u32 {
        let mask = most.checked_ilog2().map_or(0, |bits| u32::MAX >> (31 - bits));
        loop {
            let drawn = self.next() & mask;
            if drawn <= most {
                return drawn;
            }
        }
    }
}

/// Puts a list in the order that `numpy.random.RandomState(seed).shuffle` does.
pub(super) fn shuffle<T>(list: &mut [T], seed: u32) {
    let mut random = Mersenne::new(seed);
    for i in (1..list.len()).rev() {
        // No folder has more files than 32 bits count.
        list.swap(i, random.up_to(i as u32) as usize);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `numpy.random.RandomState(seed).shuffle(list(range(n)))`; `RandomState(5489).randint` has the generator's own check
    /// value 3499211612 first.
    #[test]
    fn the_order_is_that_of_numpy() {
        assert_eq!(Mersenne::new(5489).next(), 3_499_211_612);
        let order = |seed: u32, n: usize| {
            let mut list: Vec<usize> = (0..n).collect();
            shuffle(&mut list, seed);
            list
        };
        assert_eq!(order(1337, 10), ORDER_1337);
        assert_eq!(order(0, 7), ORDER_0);
        assert_eq!(order(3, 1), [0]);
        assert_eq!(order(3, 0), [0usize; 0]);
    }

    const ORDER_1337: [usize; 10] = [6, 3, 0, 4, 5, 2, 1, 9, 8, 7];
    const ORDER_0: [usize; 7] = [6, 2, 1, 3, 0, 5, 4];
}
