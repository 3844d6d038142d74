//! Who wrote a file.

/// The generations of Keras, between which arguments and layouts of weights have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Generation {
    /// Keras 1.
    Keras1,
    /// Keras 2 and tf.keras.
    Keras2,
    /// Keras 3.
    Keras3,
}

/// Who wrote a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// The version, as the file says it.
    pub version: Option<String>,
    /// The backend, where the file says it.
    pub backend: Option<String>,
    /// The generation.
    pub generation: Generation,
    /// Whether convolutions flip their kernels, as those of Theano do.
    pub theano: bool,
    /// Whether a file of Keras 1 has images with their channels first, which some of its layers do not say.
    pub channels_first: bool,
}

impl Writer {
    /// A writer of this version.
    pub fn new(version: Option<String>, backend: Option<String>) -> Self {
        let generation = match version.as_deref().and_then(major) {
            Some(0 | 1) => Generation::Keras1,
            Some(2) => Generation::Keras2,
            Some(_) => Generation::Keras3,
            // Weights of Keras 1 do not say who wrote them.
            None => Generation::Keras1,
        };
        let theano = backend.as_deref() == Some("theano");
        Writer { version, backend, generation, theano, channels_first: false }
    }

    /// Whether images are made larger without shifting by half a pixel, as TensorFlow 1 did: Keras until 2.3, and that of
    /// TensorFlow until 1.12.
    pub fn resizes_from_corners(&self) -> bool {
        let (version, tf) = match self.version.as_deref().unwrap_or_default().split_once("-tf") {
            Some((version, _)) => (version, true),
            None => (self.version.as_deref().unwrap_or_default(), false),
        };
        let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
        let version = [(); 2].map(|()| parts.next().unwrap_or(0));
        let before = if tf { [2, 2] } else { [2, 4] };
        self.generation == Generation::Keras2 && !self.theano && version < before
    }
}

fn major(version: &str) -> Option<u32> {
    version.split('.').next()?.trim().parse().ok()
}

impl core::fmt::Display for Writer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match &self.version {
            Some(version) => write!(f, "Keras {}", crate::shown(version))?,
            None if self.generation == Generation::Keras3 => f.write_str("Keras 3")?,
            None => f.write_str("Keras 1")?,
        }
        match (&self.backend, self.theano) {
            (Some(backend), _) => write!(f, " on {}", crate::shown(backend)),
            (None, true) => f.write_str(" on Theano"),
            (None, false) => Ok(()),
        }
    }
}
