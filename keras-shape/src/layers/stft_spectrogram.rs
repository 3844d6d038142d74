use super::check::{defined, ranked, tri};
use crate::cost::{MultiplyAdds, kernels};
use crate::geometry::{Window, conv_length, positive};
use crate::{
    DataFormat, Dim, Initializer, MaskRule, Outputs, Padding, Shape, ShapeError, Size, SpectralScaling,
    SpectralSide, SpectralWindow, SpectrogramMode, TensorSpec, Text, WeightSpec, Weights,
};

layer! {
    /// A sound as the strengths of its frequencies over time, by convolutions whose kernels are trained like others,
    /// unless `trainable = false`: `(batch, samples, channels)` to `(batch, frames, channels * frequencies)`, with
    /// `expand_dims` to `(batch, frames, frequencies, channels)`; there are `fft_length / 2 + 1` frequencies.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/audio_preprocessing/stft_spectrogram/).
    pub struct STFTSpectrogram {
        /// What is given: `log`, `magnitude`, `psd`, `real`, `imag`, `angle`, or `stft`, the real and then the imaginary parts.
        mode: SpectrogramMode = [log = SpectrogramMode::Log],
        /// How many samples a frame has.
        frame_length: Size = [256 = Size::Known(256)],
        /// How many samples frames are apart; half of `frame_length` if `None`.
        frame_step: Option<Size> = None,
        /// The samples of the transform; the power of two from `frame_length` on if `None`.
        fft_length: Option<Size> = None,
        /// What the samples of a frame count, by the name that SciPy has for it; all the same if `None`.
        window: Option<SpectralWindow> = [hann = Some(SpectralWindow::Hann)],
        /// Whether the window is one of a period.
        periodic: bool = false,
        /// What the window is divided by, `density` or `spectrum`; nothing if `None`.
        scaling: Option<SpectralScaling> = [density = Some(SpectralScaling::Density)],
        /// `same` puts zeros around the sound.
        padding: Padding = valid,
        /// Whether frequencies have an axis of their own, as images do.
        expand_dims: bool = false,
        /// Where the channels are; last if not given.
        data_format: Option<DataFormat> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

const CLASS: &str = "STFTSpectrogram";

impl STFTSpectrogram {
    /// How many samples frames are apart.
    pub const fn step(&self) -> Size {
        match (self.frame_step, self.frame_length) {
            (Some(step), _) => step,
            (None, Size::Known(length)) => Size::Known(length / 2),
            (None, Size::Later) => Size::Later,
        }
    }

    /// The samples of the transform.
    pub const fn transform(&self) -> Size {
        match (self.fft_length, self.frame_length) {
            (Some(length), _) => length,
            (None, Size::Known(length)) => Size::Known(match length.checked_next_power_of_two() {
                Some(power) => power,
                None => length,
            }),
            (None, Size::Later) => Size::Later,
        }
    }

    const fn frequencies(&self) -> Dim {
        match self.transform() {
            Size::Known(length) => Dim::Fixed(length / 2 + 1),
            Size::Later => Dim::Later,
        }
    }

    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let first = DataFormat::is_first(self.data_format);
        let axes = if first { "(batch, channels, samples)" } else { "(batch, samples, channels)" };
        let shape = tri!(ranked(CLASS, inputs, 3, axes));
        tri!(positive(CLASS, "frame_length", self.frame_length));
        tri!(self.check_lengths());
        if matches!(self.padding, Padding::Causal) {
            let text = Text::new().s("STFTSpectrogram: `padding` is `valid` or `same`, found `causal`");
            return Err(ShapeError::new(text).arg("padding"));
        }
        let (time, channel) = if first { (2, 1) } else { (1, 2) };
        tri!(defined(CLASS, "the number of channels", &shape, shape.dim(channel)));
        let window = Window { layer: CLASS, size_arg: "frame_length", size_word: "frame" };
        let one = Size::Known(1);
        let frames =
            tri!(conv_length(shape.dim(time), self.frame_length, self.step(), one, self.padding, &window));
        let parts = if matches!(self.mode, SpectrogramMode::Stft) { 2 } else { 1 };
        let (batch, channels) = (shape.batch(), shape.dim(channel));
        let frequencies = self.frequencies().times(Dim::Fixed(parts));
        let all = channels.times(frequencies);
        Ok(Outputs::float(match (first, self.expand_dims) {
            (false, false) => Shape::new(&[batch, frames, all]),
            (false, true) => Shape::new(&[batch, frames, frequencies, channels]),
            (true, false) => Shape::new(&[batch, all, frames]),
            (true, true) => Shape::new(&[batch, channels, frames, frequencies]),
        }))
    }

    const fn check_lengths(&self) -> Result<(), ShapeError> {
        let Size::Known(frame) = self.frame_length else { return Ok(()) };
        if let Size::Known(step) = self.step()
            && (step == 0 || step > frame)
        {
            let text =
                Text::new().s("STFTSpectrogram: frames of ").n(frame).s(" samples are from 1 to ").n(frame);
            let text = text.s(" samples apart, found ").n(step);
            let help = Text::new().s("`frame_step` is half of `frame_length` if it is not given");
            return Err(ShapeError::new(text).help(help).arg(if self.frame_step.is_some() {
                "frame_step"
            } else {
                "frame_length"
            }));
        }
        if let Some(Size::Known(transform)) = self.fft_length
            && transform < frame
        {
            let text = Text::new().s("STFTSpectrogram: `fft_length` of ").n(transform);
            let text = text.s(" is less than the ").n(frame).s(" samples of a frame, its `frame_length`");
            return Err(ShapeError::new(text).arg("fft_length"));
        }
        Ok(())
    }

    pub(crate) const fn weights(&self, _: &[TensorSpec]) -> Weights {
        let shape = Shape::new(&[self.frame_length.dim(), Dim::Fixed(1), self.frequencies()]);
        let real = WeightSpec::new("real_kernel", shape, self.begins(SpectralSide::Real));
        let imag = WeightSpec::new("imag_kernel", shape, self.begins(SpectralSide::Imag));
        Weights::NONE
            .with_if(!matches!(self.mode, SpectrogramMode::Imag), real)
            .with_if(!matches!(self.mode, SpectrogramMode::Real), imag)
    }

    const fn begins(&self, side: SpectralSide) -> Initializer {
        Initializer::STFT { side, window: self.window, scaling: self.scaling, periodic: self.periodic }
    }
}

impl STFTSpectrogram {
    pub(crate) const fn mask_rule(&self) -> MaskRule {
        MaskRule::Drop
    }

    /// The multiply-adds of one sample: each kernel at each frame of each channel.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        let Ok(outputs) = self.output(inputs) else { return MultiplyAdds::unknown() };
        let (out, shape) = (outputs.get(0).shape, inputs[0].shape);
        let first = DataFormat::is_first(self.data_format);
        let frames = if first { 2 } else { 1 };
        kernels(self.weights(inputs), 2).times(out.dim(frames)).times(shape.dim(if first { 1 } else { 2 }))
    }
}

facts!(STFTSpectrogram { takes_ids: false, uses_batch: false, named_mask: None });
