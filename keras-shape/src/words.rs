//! The words that Keras's arguments take: activations, padding and the like.

words! {
    /// An activation function, by [Keras's names](https://keras.io/api/layers/activations/).
    pub enum Activation in activations as "an activation" default Linear
    or {
        /// A layer without weights that stands for its function: `LeakyReLU(negative_slope = 0.1)`.
        Layer by crate::activation::parse
    } {
        /// `x`.
        Linear = linear | None,
        /// `max(x, 0)`.
        Relu = relu,
        /// `min(max(x, 0), 6)`.
        Relu6 = relu6,
        /// `exp(x) - 1` below 0.
        Elu = elu,
        /// Scaled ELU.
        Selu = selu,
        /// `exp(x) - 1` below 0, continuously differentiable (alpha 1).
        Celu = celu,
        /// `x` times the normal distribution function of `x`.
        Gelu = gelu,
        /// `x * sigmoid(x)`.
        Silu = silu | swish,
        /// `1 / (1 + exp(-x))`.
        Sigmoid = sigmoid,
        /// `relu6(x + 3) / 6`.
        HardSigmoid = hard_sigmoid,
        /// `clip(0.2 x + 0.5, 0, 1)`: what `hard_sigmoid` was in Keras 1 and 2.
        HardSigmoidKeras2 = hard_sigmoid_keras2,
        /// `x * hard_sigmoid(x)`.
        HardSilu = hard_silu | hard_swish,
        /// `x` held to [-1, 1].
        HardTanh = hard_tanh,
        /// 0 within [-0.5, 0.5], else `x`.
        HardShrink = hard_shrink,
        /// `x` moved towards 0 by 0.5.
        SoftShrink = soft_shrink,
        /// `tanh(x)`.
        Tanh = tanh,
        /// `x - tanh(x)`.
        TanhShrink = tanh_shrink,
        /// `log(1 + exp(x))`.
        Softplus = softplus,
        /// `x / (1 + |x|)`.
        Softsign = softsign,
        /// `exp(x)` over its sum on the last axis.
        Softmax = softmax,
        /// The logarithm of softmax.
        LogSoftmax = log_softmax,
        /// The nearest point of the simplex, on the last axis.
        Sparsemax = sparsemax,
        /// `(x + sqrt(x^2 + 4)) / 2`.
        Squareplus = squareplus,
        /// A sparse softplus: `(x + 1)^2 / 4` within [-1, 1].
        SparsePlus = sparse_plus,
        /// A sparse sigmoid: `(x + 1) / 2` within [-1, 1].
        SparseSigmoid = sparse_sigmoid,
        /// `log(sigmoid(x))`.
        LogSigmoid = log_sigmoid,
        /// `x * tanh(softplus(x))`.
        Mish = mish,
        /// `exp(x)`.
        Exponential = exponential,
        /// `0.2 x` below 0.
        LeakyRelu = leaky_relu,
        /// Half of the last axis times the sigmoid of the other half.
        Glu = glu,
        /// `x` above the threshold, else the default value.
        Threshold = threshold,
    }
}

words! {
    /// What a window does at the border of its input.
    pub enum Padding in paddings as "a padding" default Valid any case {
        /// The window stays inside.
        Valid = valid,
        /// Zeros at the border keep the length (over the stride).
        Same = same,
        /// Zeros before the first step only, so that no step sees a later one (1D convolution).
        Causal = causal,
    }
}

words! {
    /// Where the channels are.
    pub enum DataFormat in data_formats as "a data format" default ChannelsLast any case {
        /// `(batch, height, width, channels)`.
        ChannelsLast = channels_last,
        /// `(batch, channels, height, width)`.
        ChannelsFirst = channels_first,
    }
}

impl DataFormat {
    /// Whether the channels come first; Keras's default is last.
    pub const fn is_first(format: Option<DataFormat>) -> bool {
        matches!(format, Some(DataFormat::ChannelsFirst))
    }
}

words! {
    /// How new pixels come from old ones.
    pub enum Interpolation in interpolations as "an interpolation" default Nearest any case {
        /// The nearest pixel.
        Nearest = nearest,
        /// Linear on both axes.
        Bilinear = bilinear,
        /// Cubic on both axes (Keys, a = -0.5).
        Bicubic = bicubic,
        /// Lanczos with 3 lobes.
        Lanczos3 = lanczos3,
        /// Lanczos with 5 lobes.
        Lanczos5 = lanczos5,
        /// Linear on both axes from the corners of pixels, not from their middles: `bilinear` of Keras until 2.3.
        BilinearKeras2 = bilinear_keras2,
    }
}

words! {
    /// How `Attention` compares a query with a key.
    pub enum ScoreMode in score_modes as "a score mode" default Dot {
        /// Their product.
        Dot = dot,
        /// The hyperbolic tangent of their sum.
        Concat = concat,
    }
}

words! {
    /// How the two directions of `Bidirectional` are put together.
    pub enum MergeMode in merge_modes as "a merge mode" default Concat {
        /// Side by side on the last axis.
        Concat = concat,
        /// Their sum.
        Sum = sum,
        /// Their product.
        Mul = mul,
        /// Their mean.
        Ave = ave,
    }
}

words! {
    /// What becomes of the numbers of categories.
    pub enum OutputMode in output_modes as "an output mode" default Int {
        /// They stay.
        Int = int,
        /// Zeros, and a one at the place of the number.
        OneHot = one_hot,
        /// Zeros, and ones at the places of all numbers of a sample.
        MultiHot = multi_hot | binary,
        /// How often each number comes in a sample.
        Count = count,
        /// How often each number comes in a sample, times a weight for each number.
        TfIdf = tf_idf,
    }
}

words! {
    /// What lies beyond the edges of an image.
    pub enum FillMode in fill_modes as "a fill mode" default Reflect {
        /// One value.
        Constant = constant,
        /// The element at the edge: `a a a | a b c | c c c`.
        Nearest = nearest,
        /// The elements from the other end on: `a b c | a b c | a b c`.
        Wrap = wrap,
        /// The elements before, the edge once: `c b | a b c | b a`.
        Mirror = mirror,
        /// The elements before, the edge twice: `c b a | a b c | c b a`.
        Reflect = reflect,
    }
}

words! {
    /// How numbers that are in no vocabulary get to one of several places.
    pub enum OovMethod in oov_methods as "a method" default Floormod {
        /// The number modulo the number of places.
        Floormod = floormod,
        /// The hash of its digits modulo the number of places.
        Farmhash = farmhash,
    }
}

words! {
    /// What is done to a text before it is split.
    pub enum Standardize in standardizations as "a standardization" default LowerAndStripPunctuation {
        /// Letters of ASCII become small, punctuation of ASCII goes.
        LowerAndStripPunctuation = lower_and_strip_punctuation,
        /// Letters of ASCII become small.
        Lower = lower,
        /// Punctuation of ASCII goes.
        StripPunctuation = strip_punctuation,
    }
}

words! {
    /// How a text is split into words.
    pub enum Split in splits as "a way to split a text" default Whitespace {
        /// At white space of ASCII.
        Whitespace = whitespace,
        /// Each character is a word.
        Character = character,
    }
}

words! {
    /// What `STFTSpectrogram` gives of a spectrum.
    pub enum SpectrogramMode in spectrogram_modes as "a mode of a spectrogram" default Log {
        /// The logarithms of the amplitudes.
        Log = log,
        /// The amplitudes.
        Magnitude = magnitude,
        /// The density of the power, of both halves of the spectrum.
        Psd = psd,
        /// The real parts.
        Real = real,
        /// The imaginary parts.
        Imag = imag,
        /// The phases.
        Angle = angle,
        /// The real and then the imaginary parts.
        Stft = stft,
    }
}

words! {
    /// What a spectrum is divided by.
    pub enum SpectralScaling in spectral_scalings as "a scaling" default Density {
        /// The square root of the sum of squares of the window.
        Density = density,
        /// The sum of the window.
        Spectrum = spectrum,
    }
}

words! {
    /// Which parts of a spectrum a kernel computes.
    pub enum SpectralSide in spectral_sides as "a side" default Real {
        /// The real parts.
        Real = real,
        /// The imaginary parts.
        Imag = imag,
    }
}

words! {
    /// What the samples of a piece of a sound count.
    pub enum SpectralWindow in spectral_windows as "a window" default Hann {
        /// Von Hann's window.
        Hann = hann,
        /// Hamming's window.
        Hamming = hamming,
        /// Bartlett's and von Hann's window in one.
        BartlettHann = barthann,
        /// A triangle that ends in zeros.
        Bartlett = bartlett,
        /// Blackman's window.
        Blackman = blackman,
        /// The window of Blackman and Harris, of four terms.
        BlackmanHarris = blackmanharris,
        /// Bohman's window.
        Bohman = bohman,
        /// All samples count the same.
        Boxcar = boxcar,
        /// Half a wave.
        Cosine = cosine,
        /// Falls by the same part from sample to sample.
        Exponential = exponential,
        /// A window with a flat top, of five terms.
        FlatTop = flattop,
        /// The middle of a sinc.
        Lanczos = lanczos,
        /// Nuttall's window, of four terms.
        Nuttall = nuttall,
        /// Parzen's window.
        Parzen = parzen,
        /// Taylor's window, of four side lobes 30 decibels down.
        Taylor = taylor,
        /// A triangle that ends before its zeros.
        Triangle = triang,
        /// Flat in its middle half, von Hann's beside it.
        Tukey = tukey,
    }
}

words! {
    /// Which way `RandomFlip` turns images.
    pub enum FlipMode in flip_modes as "a flip mode" default HorizontalAndVertical {
        /// Left and right.
        Horizontal = horizontal,
        /// Top and bottom.
        Vertical = vertical,
        /// Both.
        HorizontalAndVertical = horizontal_and_vertical,
    }
}
