use keras_ops::{self as ops, Symbolic, Window};
use keras_shape::SpectralWindow;
use keras_shape::layers::MelSpectrogram;

use super::Operations;
use crate::Result;
use crate::model::Trace;

impl Operations for MelSpectrogram {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let length = self.fft_length.or(1);
        let sequence = self.sequence_length.map_or(length, |size| size.or(1));
        let window = match self.window {
            Some(SpectralWindow::Hamming) => Window::Hamming,
            // The rule refuses all others.
            Some(_) => Window::Hann,
            None => Window::Ones,
        };
        let (real, imag) = ops::stft(&inputs[0], sequence, self.sequence_stride.or(1), length, window, true);
        let mut y = ops::square(real) + ops::square(imag);
        if self.mag_exp != 2.0 {
            y = ops::power(y, self.mag_exp / 2.0);
        }
        let (rows, columns) = (length / 2 + 1, self.num_mel_bins.or(1));
        y = ops::matmul(y, ops::array(&self.pitches(rows, columns), [rows, columns]));
        if self.power_to_db {
            let base = 10.0 * self.ref_power.abs().max(self.min_power).log10();
            y = ops::log10(ops::maximum(y, self.min_power)) * 10.0 - base;
            y = ops::maximum(&y, ops::max(&y, None) - self.top_db);
        }
        Ok(vec![ops::swapaxes(y, -1, -2)])
    }
}

trait Pitches {
    fn pitches(&self, rows: usize, columns: usize) -> Vec<f32>;
}

impl Pitches for MelSpectrogram {
    /// How much each frequency counts for each pitch: triangles on the mel scale, each from the middle of the one before
    /// to that of the next. The lowest frequency, a constant, counts for none.
    fn pitches(&self, rows: usize, columns: usize) -> Vec<f32> {
        let mel = |hertz: f64| 1127.0 * (1.0 + hertz / 700.0).ln();
        let (low, high) = (mel(self.min_freq), mel(self.highest()));
        let edge = |i: usize| low + (high - low) * i as f64 / (columns + 1) as f64;
        let mut all = vec![0.0; rows * columns];
        for row in 1..rows {
            let own = mel(self.sampling_rate / 2.0 * row as f64 / (rows - 1) as f64);
            for column in 0..columns {
                let [before, middle, after] = [0, 1, 2].map(|i| edge(column + i));
                let slope = ((own - before) / (middle - before)).min((after - own) / (after - middle));
                all[row * columns + column] = slope.max(0.0) as f32;
            }
        }
        all
    }
}
