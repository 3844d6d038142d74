//! Layers with random arguments.

use keras_core::prelude::Dims;
use keras_core::shape::{Arg, Build, LayerConfig};

/// Numbers that decide what is generated; smaller ones, and 0 after the last, decide for what is simpler.
pub(crate) struct Choices<'a> {
    pub(crate) list: &'a [u32],
    pub(crate) at: usize,
}

impl Choices<'_> {
    pub(crate) fn below(&mut self, n: usize) -> usize {
        let choice = self.list.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        choice as usize % n
    }

    pub(crate) fn between(&mut self, from: usize, to: usize) -> usize {
        from + self.below(to - from + 1)
    }

    /// True in one of `n` cases.
    pub(crate) fn rarely(&mut self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    pub(crate) fn of<'t>(&mut self, words: &[&'t str]) -> &'t str {
        words[self.below(words.len())]
    }
}

pub(crate) fn int(n: usize) -> Arg {
    Arg::Int(n as i128)
}

pub(crate) fn word(word: &str) -> Arg {
    Arg::Word(word.into())
}

pub(crate) type Args = Vec<(&'static str, Arg)>;

/// A pair of numbers, or one number for both.
fn pair(c: &mut Choices<'_>, from: usize, to: usize) -> Arg {
    let first = c.between(from, to);
    if c.rarely(3) { Arg::List(vec![int(first), int(c.between(from, to))]) } else { int(first) }
}

fn activation(c: &mut Choices<'_>, args: &mut Args) {
    if c.rarely(3) {
        let words = ["relu", "tanh", "sigmoid", "softmax", "gelu", "glu", "hard_swish", "relu6", "softplus"];
        args.push(("activation", word(c.of(&words))));
    }
}

fn format(c: &mut Choices<'_>, args: &mut Args) {
    if c.rarely(4) {
        args.push(("data_format", word("channels_first")));
    }
}

fn convolution(c: &mut Choices<'_>, axes: usize) -> Args {
    let groups = if c.rarely(4) { 2 } else { 1 };
    let filters = if c.rarely(8) { c.between(1, 4) } else { groups * c.between(1, 3) };
    let size = |c: &mut Choices<'_>, to| if axes == 2 { pair(c, 1, to) } else { int(c.between(1, to)) };
    let mut args = vec![("filters", int(filters)), ("kernel_size", size(c, 3))];
    if groups > 1 {
        args.push(("groups", int(groups)));
    }
    match c.below(4) {
        1 => args.push(("strides", size(c, 3))),
        2 => args.push(("dilation_rate", size(c, 3))),
        3 if c.rarely(3) => args.extend([("strides", int(2)), ("dilation_rate", int(2))]),
        _ => {}
    }
    match c.below(4) {
        1 | 2 => args.push(("padding", word("same"))),
        3 => args.push(("padding", word("causal"))),
        _ => {}
    }
    if c.rarely(3) {
        args.push(("use_bias", Arg::Bool(false)));
    }
    format(c, &mut args);
    activation(c, &mut args);
    args
}

fn pool(c: &mut Choices<'_>, axes: usize) -> Args {
    let mut args = Vec::new();
    let size = |c: &mut Choices<'_>| if axes == 2 { pair(c, 1, 3) } else { int(c.between(1, 3)) };
    if c.rarely(2) {
        args.push(("pool_size", size(c)));
    }
    if c.rarely(3) {
        args.push(("strides", size(c)));
    }
    if c.rarely(2) {
        args.push(("padding", word("same")));
    }
    format(c, &mut args);
    args
}

fn recurrent(c: &mut Choices<'_>, class: &str) -> Args {
    let mut args = vec![("units", int(c.between(1, 3)))];
    for (name, rate) in [
        ("return_sequences", 2),
        ("go_backwards", 4),
        ("return_state", 8),
        ("unroll", 8),
        ("zero_output_for_mask", 8),
    ] {
        if c.rarely(rate) {
            args.push((name, Arg::Bool(true)));
        }
    }
    if c.rarely(4) {
        args.push(("use_bias", Arg::Bool(false)));
    }
    if class == "GRU" && c.rarely(2) {
        args.push(("reset_after", Arg::Bool(false)));
    }
    args
}

pub(crate) const CLASSES: [&str; 36] = [
    "Dense",
    "Conv1D",
    "Conv2D",
    "MaxPooling1D",
    "MaxPooling2D",
    "AveragePooling1D",
    "AveragePooling2D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "Flatten",
    "Reshape",
    "Permute",
    "RepeatVector",
    "LSTM",
    "GRU",
    "SimpleRNN",
    "Bidirectional",
    "TimeDistributed",
    "BatchNormalization",
    "LayerNormalization",
    "UpSampling2D",
    "ZeroPadding2D",
    "Dropout",
    "Embedding",
    "Activation",
    "Softmax",
    "Masking",
    "PReLU",
    "ReLU",
    "LeakyReLU",
    "ELU",
    "Rescaling",
    "SpatialDropout1D",
    "SpatialDropout2D",
];

/// Layers that go with a tensor of this rank, and now and then one that does not.
pub(crate) fn class(c: &mut Choices<'_>, rank: usize) -> &'static str {
    if c.rarely(8) {
        return c.of(&CLASSES);
    }
    let anywhere = [
        "Dense",
        "BatchNormalization",
        "LayerNormalization",
        "Flatten",
        "Reshape",
        "Permute",
        "Dropout",
        "Activation",
        "Softmax",
        "PReLU",
        "ReLU",
        "LeakyReLU",
        "ELU",
        "Rescaling",
    ];
    let here: &[&str] = match rank {
        2 => &["Dense", "RepeatVector", "Reshape"],
        3 => &[
            "Conv1D",
            "Conv1D",
            "LSTM",
            "GRU",
            "SimpleRNN",
            "Bidirectional",
            "TimeDistributed",
            "MaxPooling1D",
            "AveragePooling1D",
            "GlobalMaxPooling1D",
            "GlobalAveragePooling1D",
            "Masking",
            "SpatialDropout1D",
        ],
        4 => &[
            "Conv2D",
            "Conv2D",
            "Conv2D",
            "MaxPooling2D",
            "AveragePooling2D",
            "GlobalMaxPooling2D",
            "GlobalAveragePooling2D",
            "UpSampling2D",
            "ZeroPadding2D",
            "TimeDistributed",
            "SpatialDropout2D",
        ],
        _ => &["TimeDistributed"],
    };
    if c.below(3) < 2 { c.of(here) } else { c.of(&anywhere) }
}

/// The arguments of a layer for an input of this shape.
pub(crate) fn arguments(c: &mut Choices<'_>, class: &str, shape: &Dims, depth: usize) -> Args {
    let rank = shape.rank();
    let mut args = Vec::new();
    match class {
        "Dense" => {
            args.push(("units", int(c.between(1, 4))));
            activation(c, &mut args);
        }
        "Conv1D" => args = convolution(c, 1),
        "Conv2D" => args = convolution(c, 2),
        "MaxPooling1D" | "AveragePooling1D" => args = pool(c, 1),
        "MaxPooling2D" | "AveragePooling2D" => args = pool(c, 2),
        "GlobalMaxPooling1D" | "GlobalMaxPooling2D" | "GlobalAveragePooling1D" | "GlobalAveragePooling2D" => {
            if c.rarely(2) {
                args.push(("keepdims", Arg::Bool(true)));
            }
            format(c, &mut args);
        }
        "Reshape" => {
            let known: usize = shape.dims()[1..].iter().filter_map(|d| d.fixed()).product();
            let parts: Vec<usize> = (1..=known).filter(|n| known.is_multiple_of(*n)).collect();
            let part = if c.rarely(6) { c.between(1, 5) } else { parts[c.below(parts.len())] };
            let rest = if c.rarely(2) { Arg::Int(-1) } else { int((known / part).max(1)) };
            let mut list = vec![rest, int(part)];
            if c.rarely(3) {
                list.push(int(1));
            }
            args.push(("target_shape", Arg::List(list)));
        }
        "Permute" => {
            let mut axes: Vec<usize> = (1..rank.max(2)).collect();
            for i in (1..axes.len()).rev() {
                axes.swap(i, c.below(i + 1));
            }
            if c.rarely(8) {
                axes.push(1);
            }
            args.push(("dims", Arg::List(axes.into_iter().map(int).collect())));
        }
        "RepeatVector" => args.push(("n", int(c.between(1, 4)))),
        "LSTM" | "GRU" | "SimpleRNN" => args = recurrent(c, class),
        "Bidirectional" => {
            let inner = c.of(&["LSTM", "GRU", "SimpleRNN"]);
            let inner_args = recurrent(c, inner).into_iter().map(|(n, a)| (Some(n.to_string()), a)).collect();
            args.push(("layer", Arg::Call(inner.to_string(), inner_args)));
            let modes = ["concat", "sum", "mul", "ave", "None"];
            match c.of(&modes) {
                "concat" => {}
                "None" => args.push(("merge_mode", Arg::None)),
                mode => args.push(("merge_mode", word(mode))),
            }
        }
        "TimeDistributed" => {
            let step = if rank > 2 { shape.remove(1) } else { *shape };
            let inner = self::class(c, step.rank());
            let inner = if depth > 1 && inner == "TimeDistributed" { "Dense" } else { inner };
            let inner_args = arguments(c, inner, &step, depth + 1);
            let inner_args = inner_args.into_iter().map(|(n, a)| (Some(n.to_string()), a)).collect();
            args.push(("layer", Arg::Call(inner.to_string(), inner_args)));
        }
        "BatchNormalization" | "LayerNormalization" | "Softmax" if rank > 2 && c.rarely(3) => {
            let axis = c.between(1, rank - 1) as i128;
            args.push(("axis", Arg::Int(if c.rarely(2) { axis - rank as i128 } else { axis })));
        }
        "UpSampling2D" => {
            args.push(("size", pair(c, 1, 3)));
            if c.rarely(3) {
                args.push(("interpolation", word("bilinear")));
            }
            format(c, &mut args);
        }
        "ZeroPadding2D" => {
            let row = |c: &mut Choices<'_>| Arg::List(vec![int(c.below(3)), int(c.below(3))]);
            let padding = if c.rarely(2) { Arg::List(vec![row(c), row(c)]) } else { pair(c, 0, 2) };
            args.push(("padding", padding));
            format(c, &mut args);
        }
        "Dropout" | "SpatialDropout1D" | "SpatialDropout2D" => args.push(("rate", Arg::Float(0.5))),
        "Embedding" => {
            args.extend([("input_dim", int(7)), ("output_dim", int(c.between(1, 3)))]);
            if c.rarely(2) {
                args.push(("mask_zero", Arg::Bool(true)));
            }
        }
        "Activation" => args.push(("activation", word(c.of(&["relu", "tanh", "softmax", "glu", "selu"])))),
        "Rescaling" => args.push(("scale", Arg::Float(0.5))),
        "PReLU" if rank > 2 && c.rarely(2) => {
            args.push(("shared_axes", Arg::List((1..rank - 1).map(int).collect())));
        }
        _ => {}
    }
    args
}

/// The layer, and whether all that its shapes depend on is known to the macro.
pub(crate) fn build(class: &str, args: &Args) -> Result<(LayerConfig, bool), String> {
    let mut build = Build::new(LayerConfig::default_of(class).expect("a class"));
    for (name, arg) in args {
        build.set(Some(name), arg)?;
    }
    build.finish().map(|(config, _, sure)| (config, sure))
}

/// The layer as the macro sees it where some of its numbers are constants that only the compiler can evaluate.
pub(crate) fn build_later(
    c: &mut Choices<'_>,
    class: &str,
    args: &Args,
) -> Result<(LayerConfig, bool), String> {
    fn hide(c: &mut Choices<'_>, arg: &Arg) -> Arg {
        match arg {
            Arg::Int(n) if *n > 0 && c.rarely(2) => Arg::Expr(0),
            Arg::List(list) => Arg::List(list.iter().map(|arg| hide(c, arg)).collect()),
            Arg::Call(name, args) => {
                Arg::Call(name.clone(), args.iter().map(|(name, arg)| (name.clone(), hide(c, arg))).collect())
            }
            other => other.clone(),
        }
    }
    let mut hidden = args.clone();
    for i in 0..args.len() {
        let shown = core::mem::replace(&mut hidden[i].1, hide(c, &args[i].1));
        // Some arguments take numbers only.
        if build(class, &hidden).is_err() {
            hidden[i].1 = shown;
        }
    }
    build(class, &hidden)
}
