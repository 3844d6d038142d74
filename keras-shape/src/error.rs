//! What is wrong with a shape or an argument, in words.

use crate::{Dim, Text};

/// What a mistake is about, with what was found and what is needed as values. Axes are numbered as in Python: 0 is the
/// batch axis, -1 the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Anything else: what it is, the message alone says.
    Other,
    /// A sequence, `(batch, time, features)`, is needed where there are only features.
    NeedsSequence,
    /// A layer is given another number of tensors than it takes.
    Tensors {
        /// How many it takes, at the least.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A tensor has another number of axes, the batch axis included.
    Rank {
        /// How many are needed, at the least.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// A tensor has no axis of this number.
    NoAxis {
        /// The number.
        axis: isize,
        /// How many axes there are.
        rank: usize,
    },
    /// An axis has another length.
    Length {
        /// The axis.
        axis: isize,
        /// The length that is needed.
        expected: Dim,
        /// The length that there is.
        found: Dim,
    },
    /// Only the data knows the length of an axis that must be a constant.
    Open {
        /// The length.
        found: Dim,
    },
    /// A window, such as the kernel of a convolution, is longer than the axis on which it slides.
    Window {
        /// How many steps it covers.
        size: usize,
        /// How many steps there are.
        length: usize,
    },
    /// An argument is outside of its range; [`ShapeError::arg`] is its name.
    Range,
    /// A tensor or a weight would hold more numbers than [`MAX_NUMBERS`](crate::MAX_NUMBERS).
    TooLarge,
}

/// A mistake in a model: what was found, what is needed, and what to write instead.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ShapeError {
    /// What was found and what is needed.
    pub message: Text<512>,
    /// What to write instead, where that is known.
    pub help: Text<384>,
    /// The argument at fault, if it is one argument.
    pub arg: Option<&'static str>,
    /// Where that argument is a layer: the argument of it that is at fault, and of a layer in that.
    pub inside: [Option<&'static str>; 2],
    /// The place in the model of the layer at fault, if it is not the one being checked.
    pub culprit: Option<usize>,
    /// What it is about.
    pub kind: ErrorKind,
}

impl ShapeError {
    /// An error with this message.
    pub const fn new(message: Text<512>) -> Self {
        ShapeError {
            message,
            help: Text::new(),
            arg: None,
            inside: [None; 2],
            culprit: None,
            kind: ErrorKind::Other,
        }
    }

    /// Adds what to write instead.
    pub const fn help(mut self, help: Text<384>) -> Self {
        self.help = help;
        self
    }

    /// Names the argument at fault.
    pub const fn arg(mut self, arg: &'static str) -> Self {
        self.arg = Some(arg);
        self
    }

    /// Names the layer at fault by its place in the model.
    pub const fn culprit(mut self, node: usize) -> Self {
        self.culprit = Some(node);
        self
    }

    /// Says what it is about.
    pub const fn kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// Message and help as one text, as the compiler and the run time print it.
    pub const fn text(&self) -> Text<1024> {
        let text = Text::new().t(&self.message);
        if self.help.is_empty() { text } else { text.s("\nhelp: ").t(&self.help) }
    }
}

impl core::fmt::Display for ShapeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.text().as_str())
    }
}

impl core::fmt::Debug for ShapeError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ShapeError {}
