use super::check::{free, ranked, tri, weightless};
use crate::geometry::positive;
use crate::{Dim, Follows, Outputs, ShapeError, Size, SpectralWindow, TensorSpec, Text};

layer! {
    /// A sound as the strengths of its pitches, `(batch, samples)` to `(batch, num_mel_bins, frames)`: a spectrogram on the
    /// mel scale. [Keras](https://keras.io/api/layers/preprocessing_layers/audio_preprocessing/mel_spectrogram/).
    ///
    /// With `power_to_db` the loudest place of the whole batch says what is too quiet, as in Keras.
    pub struct MelSpectrogram {
        /// How many samples a frame has, with zeros around them.
        fft_length: Size = [2048 = Size::Known(2048)],
        /// How many samples frames are apart.
        sequence_stride: Size = [512 = Size::Known(512)],
        /// How many samples of the sound are in a frame; `fft_length` if `None`.
        sequence_length: Option<Size> = None,
        /// What the samples of a frame count, `hann` or `hamming`; all the same if `None`.
        window: Option<SpectralWindow> = [hann = Some(SpectralWindow::Hann)],
        /// How many samples a second has.
        sampling_rate: f64 = 16000.0,
        /// How many pitches there are.
        num_mel_bins: Size = [128 = Size::Known(128)],
        /// The lowest frequency.
        min_freq: f64 = 20.0,
        /// The highest frequency; half of `sampling_rate` if `None`.
        max_freq: Option<f64> = None,
        /// Whether the strengths are in decibels.
        power_to_db: bool = true,
        /// How many decibels below the loudest place are told apart.
        top_db: f64 = 80.0,
        /// The power of the amplitudes: 1 for these themselves, 2 for energies.
        mag_exp: f64 = 2.0,
        /// The strength below which all are as quiet.
        min_power: f64 = 1e-10,
        /// The strength of 0 decibels.
        ref_power: f64 = 1.0,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

const CLASS: &str = "MelSpectrogram";

impl MelSpectrogram {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(ranked(CLASS, inputs, 2, "(batch, samples)"));
        tri!(positive(CLASS, "fft_length", self.fft_length));
        tri!(positive(CLASS, "sequence_stride", self.sequence_stride));
        tri!(positive(CLASS, "num_mel_bins", self.num_mel_bins));
        if let Some(size) = self.sequence_length {
            tri!(positive(CLASS, "sequence_length", size));
            if let (Size::Known(length), Size::Known(whole)) = (size, self.fft_length)
                && length > whole
            {
                let text = Text::new().s("MelSpectrogram: `sequence_length` of ").n(length);
                let text = text.s(" is more than the ").n(whole).s(" samples of a frame, its `fft_length`");
                return Err(ShapeError::new(text).arg("sequence_length"));
            }
        }
        if let Some(window) = self.window
            && !matches!(window, SpectralWindow::Hann | SpectralWindow::Hamming)
        {
            let text =
                Text::new().s("MelSpectrogram: `window` is `hann` or `hamming`, found `").s(window.name());
            let help = "`STFTSpectrogram` has this window";
            return Err(ShapeError::new(text.s("`")).help(Text::new().s(help)).arg("window"));
        }
        tri!(self.frequencies());
        let (Size::Known(length), Size::Known(stride)) = (self.fft_length, self.sequence_stride) else {
            let out = crate::Shape::new(&[shape.batch(), self.num_mel_bins.dim(), Dim::Later]);
            return Ok(Outputs::float(out));
        };
        // The first frame has the first sample in its middle, samples are mirrored at the ends.
        let beyond = length / 2;
        let frames = match shape.last() {
            Dim::Fixed(n) if n <= beyond => {
                let text = Text::new()
                    .s("MelSpectrogram: a frame of ")
                    .n(length)
                    .s(" samples needs a sound of more than ");
                let text = text.n(beyond).s("; the input is ").shape(&shape);
                return Err(ShapeError::new(text).arg("fft_length"));
            }
            Dim::Fixed(n) => Dim::Fixed((n + 2 * beyond - length) / stride + 1),
            named => named.then(Follows::plus(2 * beyond)).then(Follows::window(length, stride)),
        };
        Ok(Outputs::float(crate::Shape::new(&[shape.batch(), self.num_mel_bins.dim(), frames])))
    }

    /// The highest frequency.
    pub const fn highest(&self) -> f64 {
        match self.max_freq {
            Some(max) if max != 0.0 => max,
            _ => (self.sampling_rate / 2.0) as u64 as f64,
        }
    }

    const fn frequencies(&self) -> Result<(), ShapeError> {
        let (low, high) = (self.min_freq, self.highest());
        if low >= 0.0 && high > low {
            return Ok(());
        }
        let text = Text::new().s("MelSpectrogram: pitches from ").f(low).s(" to ").f(high).s(" hertz");
        let help = Text::new().s("`min_freq` is at least 0 and below `max_freq`, or half of `sampling_rate`");
        Err(ShapeError::new(text).help(help).arg(if self.max_freq.is_some() {
            "max_freq"
        } else {
            "min_freq"
        }))
    }
}

weightless!(MelSpectrogram, Drop);
free!(MelSpectrogram);

facts!(MelSpectrogram { takes_ids: false, uses_batch: false, named_mask: None });
