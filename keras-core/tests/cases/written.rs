//! Kernels that are written for a layer against its operations: the same layer as a plan and traced, on random arguments,
//! shapes and numbers, infinities, NaN, subnormal numbers and ties among them.

use keras_core::engine::{squares, weighted, without};
use keras_core::shape::{Dim, Shape, TensorSpec};
use keras_core::{Error, Result};
use serde_json::{Value as Json, json};

use super::super::python;
use super::graph;

/// Choices of chance that a seed fixes.
pub(super) struct Choices(pub(super) u64);

impl Choices {
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }

    pub(super) fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }

    pub(super) fn length(&mut self) -> usize {
        [1, 2, 3, 4, 5, 7, 8, 17][self.below(8)]
    }

    pub(super) fn shape(&mut self, rank: usize) -> Vec<usize> {
        (0..rank).map(|axis| if axis < 2 { 1 + self.below(5) } else { self.length() }).collect()
    }

    /// Numbers of ordinary size, many of them equal; if `special`, others among them.
    pub(super) fn numbers(&mut self, n: usize, special: bool) -> Vec<f32> {
        const SPECIAL: [f32; 16] = [
            f32::INFINITY,
            f32::NEG_INFINITY,
            f32::NAN,
            1e-40,
            -1e-40,
            0.0,
            -0.0,
            1.0,
            -1.0,
            0.5,
            -0.5,
            3.0,
            -3.0,
            6.0,
            90.0,
            -90.0,
        ];
        let mut number = |_| match self.below(if special { 6 } else { 5 }) {
            0..3 => self.below(2001) as f32 / 500.0 - 2.0,
            3..5 => self.below(9) as f32 / 2.0 - 2.0,
            _ => SPECIAL[self.below(SPECIAL.len())],
        };
        (0..n).map(&mut number).collect()
    }
}

pub(super) const ACTIVATIONS: &[&str] = &[
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "sigmoid",
    "hard_sigmoid",
    "tanh",
    "softplus",
    "softsign",
    "softmax",
    "log_softmax",
    "mish",
    "exponential",
    "hard_silu",
    "hard_tanh",
    "linear",
];

/// A layer for which a kernel is written, in Python, with the shapes of its inputs.
fn layer(c: &mut Choices) -> (String, Vec<Vec<usize>>) {
    match c.below(9) {
        0..3 => with_weights(c),
        3..8 => plain(c),
        _ => several(c),
    }
}

/// A layer with weights.
fn with_weights(c: &mut Choices) -> (String, Vec<Vec<usize>>) {
    let (act, padding, bias) = (c.of(ACTIVATIONS), c.of(&["valid", "same"]), c.of(&["True", "False"]));
    let (rank, size, stride) = (2 + c.below(3), 1 + c.below(3), 1 + c.below(3));
    let (any, sequence, image) = (c.shape(rank), c.shape(3), c.shape(4));
    let one = |source: String, shape: Vec<usize>| (source, vec![shape]);
    match c.below(10) {
        0 => one(format!("Dense({}, activation='{act}', use_bias={bias})", c.length()), any),
        1 => {
            let padding = c.of(&["valid", "same", "causal"]);
            one(
                format!(
                    "Conv1D({}, {size}, strides={stride}, padding='{padding}', activation='{act}', use_bias={bias})",
                    c.length()
                ),
                sequence,
            )
        }
        2 => one(
            format!(
                "Conv1D({}, {size}, dilation_rate=2, padding='{padding}', activation='{act}')",
                c.length()
            ),
            sequence,
        ),
        3 => one(
            format!(
                "Conv2D({}, ({size}, {stride}), strides={stride}, padding='{padding}', activation='{act}', use_bias={bias})",
                c.length()
            ),
            image,
        ),
        4 => {
            one(format!("Conv2D({}, {size}, dilation_rate={stride}, padding='{padding}')", c.length()), image)
        }
        5 => one(format!("Dense({}, activation='{act}')", c.length()), c.shape(2)),
        6 => {
            // Of one sample all that is left is rounding.
            let any = any.iter().enumerate().map(|(i, n)| if i == 0 { n + 2 } else { *n }).collect();
            one(c.of(&["BatchNormalization()", "BatchNormalization(scale=False, epsilon=0.1)"]).into(), any)
        }
        7 => one(c.of(&["PReLU()", "PReLU(shared_axes=[1])"]).into(), any),
        8 => normalised_groups(c),
        _ => volumes(c),
    }
}

/// Groups of channels, each with a mean of its own.
fn normalised_groups(c: &mut Choices) -> (String, Vec<Vec<usize>>) {
    let (groups, rank) = (1 + c.below(3), 2 + c.below(4));
    let mut shape = c.shape(rank);
    shape[rank - 1] *= groups;
    // Of one number all that is left is rounding.
    shape[rank - 1] += if shape[1..].iter().product::<usize>() == groups { groups } else { 0 };
    let more = c.of(&["", ", center=False", ", scale=False, epsilon=0.1"]);
    (format!("GroupNormalization({groups}{more})"), vec![shape])
}

/// Convolutions of volumes, or of images one after the other.
fn volumes(c: &mut Choices) -> (String, Vec<Vec<usize>>) {
    let (padding, bias, last) =
        (c.of(&["valid", "same"]), c.of(&["True", "False"]), c.of(&["True", "False"]));
    let (size, other, stride, filters) = (1 + c.below(3), 1 + c.below(3), 1 + c.below(2), 1 + c.below(9));
    let act = c.of(ACTIVATIONS);
    let axes = 1 + c.below(3);
    let mut shape = c.shape(2);
    shape.extend((0..axes).map(|_| 3 + c.below(4)));
    shape.push(1 + c.below(4));
    let more = format!("strides={stride}, padding='{padding}', use_bias={bias}");
    let source = match axes {
        3 => {
            shape.remove(1);
            format!("Conv3D({filters}, ({size}, {other}, {size}), activation='{act}', {more})")
        }
        2 => format!("ConvLSTM2D({filters}, ({size}, {other}), return_sequences={last}, {more})"),
        _ => format!(
            "ConvLSTM1D({filters}, {size}, go_backwards={last}, recurrent_activation='{act}', {more})"
        ),
    };
    (source, vec![shape])
}

/// A layer of one tensor without much of its own.
fn plain(c: &mut Choices) -> (String, Vec<Vec<usize>>) {
    let (act, padding) = (c.of(ACTIVATIONS), c.of(&["valid", "same"]));
    let (rank, size, stride) = (2 + c.below(3), 1 + c.below(3), 1 + c.below(3));
    let (any, sequence, image) = (c.shape(rank), c.shape(3), c.shape(4));
    let one = |source: String, shape: Vec<usize>| (source, vec![shape]);
    match c.below(17) {
        0 => one(format!("Activation('{act}')"), any),
        1 => one(format!("MaxPooling1D({size}, strides={stride}, padding='{padding}')"), sequence),
        2 => one(format!("AveragePooling1D({size}, strides={stride}, padding='{padding}')"), sequence),
        3 => one(format!("MaxPooling2D(({size}, {stride}), padding='{padding}')"), image),
        4 => one(format!("AveragePooling2D(({stride}, {size}), strides={size}, padding='{padding}')"), image),
        5 => one(c.of(&["GlobalMaxPooling1D()", "GlobalAveragePooling1D(keepdims=True)"]).into(), sequence),
        6 => one(c.of(&["GlobalMaxPooling2D(keepdims=True)", "GlobalAveragePooling2D()"]).into(), image),
        7 => one(c.of(&["ReLU()", "ReLU(6.0)", "ReLU(negative_slope=0.25)"]).into(), any),
        8 => one(c.of(&["LeakyReLU(0.5)", "ELU(0.5)", "ELU()"]).into(), any),
        9 => one(c.of(&["Softmax()", "Softmax(axis=(1, 2))"]).into(), sequence),
        10 => one(c.of(&["Flatten()", "Permute((2, 1))", "Reshape((-1, 1))"]).into(), sequence),
        11 => one(format!("RepeatVector({size})"), c.shape(2)),
        12 => one("Rescaling(0.5, offset=-1.25)".into(), any),
        13 => one(format!("UpSampling2D(({size}, {stride}))"), image),
        14 => one(format!("ZeroPadding2D((({size}, 0), (1, {stride})))"), image),
        15 => one(
            c.of(&[
                "LayerNormalization()",
                "LayerNormalization(axis=(1, 2), center=False)",
                "LayerNormalization(scale=False, epsilon=0.1)",
            ])
            .into(),
            sequence,
        ),
        _ => one("Masking(0.5)".into(), sequence),
    }
}

/// A layer of several tensors.
fn several(c: &mut Choices) -> (String, Vec<Vec<usize>>) {
    let (rank, size) = (2 + c.below(3), 1 + c.below(3));
    let (any, sequence) = (c.shape(rank), c.shape(3));
    match c.below(3) {
        0 => {
            let class = c.of(&["Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum"]);
            let mut shapes = vec![any.clone(); if class == "Subtract" { 2 } else { 2 + c.below(2) }];
            let last = shapes.len() - 1;
            for length in shapes[last].iter_mut().skip(1) {
                *length = if c.below(3) == 0 { 1 } else { *length };
            }
            (format!("{class}()"), shapes)
        }
        1 => {
            let mut other = any.clone();
            let axis = 1 + c.below(rank - 1);
            other[axis] = c.length();
            (format!("Concatenate({axis})"), vec![any, other])
        }
        _ => {
            let [batch, n, k] = [sequence[0], sequence[1], sequence[2]];
            let (axes, other) =
                if c.below(2) == 0 { (2, vec![batch, size, k]) } else { (1, vec![batch, n, size]) };
            let normalize = c.of(&["True", "False"]);
            (format!("Dot({axes}, normalize={normalize})"), vec![sequence, other])
        }
    }
}

/// Convolutions of each channel, then of all.
fn separated(c: &mut Choices) -> (String, Vec<Vec<usize>>) {
    let (sequence, image) = (c.shape(3), c.shape(4));
    let (act, padding, bias) = (c.of(ACTIVATIONS), c.of(&["valid", "same"]), c.of(&["True", "False"]));
    let (filters, size, other, step) = (c.length(), 1 + c.below(3), 1 + c.below(3), 1 + c.below(2));
    let spread = c.of(&["strides", "dilation_rate"]);
    let more = format!("{spread}={step}, padding='{padding}', activation='{act}', use_bias={bias}");
    match c.below(2) {
        0 => (format!("SeparableConv1D({filters}, {size}, {more})"), vec![sequence]),
        _ => (format!("SeparableConv2D({filters}, ({size}, {other}), {more})"), vec![image]),
    }
}

/// Convolutions of each channel by itself, by either name.
fn by_channel(c: &mut Choices) -> (String, Vec<Vec<usize>>) {
    let rank = 3 + c.below(3);
    let mut shape = c.shape(rank);
    let (act, padding, bias) = (c.of(ACTIVATIONS), c.of(&["valid", "same"]), c.of(&["True", "False"]));
    let [size, other, step] = [1 + c.below(4), 1 + c.below(3), 1 + c.below(3)];
    let spread = c.of(&["strides", "dilation_rate"]);
    let more = format!("{spread}={step}, padding='{padding}', activation='{act}', use_bias={bias}");
    let depth = c.of(&["", "depth_multiplier=1, ", "depth_multiplier=2, "]);
    let grouped = c.below(3) == 0 || shape.len() == 5;
    let channels = shape[shape.len() - 1].max(if grouped { 2 } else { 1 });
    *shape.last_mut().expect("channels") = channels;
    let source = match (shape.len(), grouped) {
        (3, false) => format!("DepthwiseConv1D({size}, {depth}{more})"),
        (3, true) => format!("Conv1D({channels}, {size}, groups={channels}, {more})"),
        (4, false) => format!("DepthwiseConv2D(({size}, {other}), {depth}{more})"),
        (4, true) => format!("Conv2D({channels}, ({size}, {other}), groups={channels}, {more})"),
        _ => format!("Conv3D({channels}, ({size}, 1, {other}), groups={channels}, {more})"),
    };
    (source, vec![shape])
}

/// Convolutions turned round.
fn transposed(c: &mut Choices) -> (String, Vec<Vec<usize>>) {
    let rank = 3 + c.below(3);
    let mut shape = c.shape(rank.min(4));
    shape.splice(1..1, (4..rank).map(|_| 1 + c.below(3)));
    let (act, padding, bias) = (c.of(ACTIVATIONS), c.of(&["valid", "same"]), c.of(&["True", "False"]));
    let [filters, size, other, stride] = [c.length(), 1 + c.below(4), 1 + c.below(4), 1 + c.below(3)];
    let spread = match c.below(3) {
        0 => "dilation_rate=2".to_string(),
        1 => format!("strides={stride}, output_padding={}", c.below(stride)),
        _ => format!("strides={stride}"),
    };
    let more = format!("{spread}, padding='{padding}', activation='{act}', use_bias={bias}");
    let source = match rank {
        3 => format!("Conv1DTranspose({filters}, {size}, {more})"),
        4 => format!("Conv2DTranspose({filters}, ({size}, {other}), {more})"),
        _ => format!("Conv3DTranspose({filters}, ({other}, {size}, {size}), {more})"),
    };
    (source, vec![shape])
}

/// Images of another size, by interpolation.
fn resized(c: &mut Choices) -> (String, Vec<Vec<usize>>) {
    let by = c.of(&["bilinear", "bicubic", "lanczos3", "lanczos5"]);
    let source = match c.below(2) {
        0 => format!("UpSampling2D(({}, {}), interpolation='{by}')", 1 + c.below(3), 1 + c.below(3)),
        _ => {
            let antialias = c.of(&["True", "False"]);
            let [height, width] = [1 + c.below(9), 1 + c.below(9)];
            format!("Resizing({height}, {width}, interpolation='{by}', antialias={antialias})")
        }
    };
    (source, vec![c.shape(4)])
}

/// Whether they are the same up to rounding, relative to the largest of the others: sums may go another way.
pub(super) fn same(found: &[f32], wanted: &[f32]) -> bool {
    let finite = wanted.iter().filter(|x| x.is_finite()).fold(0.0, |max: f32, x| max.max(x.abs()));
    let near = |a: &f32, b: &f32| a == b || a.is_nan() && b.is_nan() || (a - b).abs() <= 1e-5 * finite + 1e-6;
    found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| near(a, b))
}

/// What differs between the kernel and the operations of a layer with these shapes of its inputs.
fn differences(c: &mut Choices, (source, shapes): (String, Vec<Vec<usize>>)) -> Result<Option<String>> {
    let training = c.below(2) == 0;
    let config = python::layer(&source).map_err(Error::Argument)?;
    let open = |shape: &Vec<usize>| TensorSpec::float(Shape::fixed(shape).with(0, Dim::NONE));
    let specs: Vec<TensorSpec> = shapes.iter().map(open).collect();
    // What the rule refuses is another test's.
    let Ok(outputs) = config.output(&specs) else { return Ok(None) };
    let special = c.below(2) == 0;
    let weights: Vec<Json> = config
        .weights(&specs)
        .as_slice()
        .iter()
        .map(|weight| {
            let shape: Vec<usize> = weight.shape.dims().iter().filter_map(|dim| dim.fixed()).collect();
            let positive = weight.path.as_str().ends_with("variance");
            let v = c.numbers(shape.iter().product(), false);
            let v: Vec<f32> = v.into_iter().map(|x| if positive { x.abs() + 0.5 } else { x }).collect();
            json!({ "shape": shape, "v": v })
        })
        .collect();
    let case = json!({ "shapes": shapes, "weights": weights });
    let graph = graph(config, outputs, &case)?;
    let inputs: Vec<(Vec<f32>, Vec<usize>)> =
        shapes.iter().map(|shape| (c.numbers(shape.iter().product(), special), shape.clone())).collect();
    let n = without(|| squares(&graph, &inputs))?.outputs[0].len();
    let dy = c.numbers(n, false);
    let wanted = without(|| weighted(&graph, &inputs, std::slice::from_ref(&dy), training))?;
    let found = weighted(&graph, &inputs, &[dy], training)?;
    let name = format!("{source} {shapes:?} training {training}");
    if !same(&found.outputs[0], &wanted.outputs[0]) {
        return Ok(Some(format!(
            "{name}:\n  x {inputs:?}\n  kernel {:?}\n  traced {:?}",
            found.outputs[0], wanted.outputs[0]
        )));
    }
    let trained = wanted.trained.iter().zip(&wanted.gradients).zip(&found.gradients).enumerate();
    for (i, ((_, wanted), found)) in trained.filter(|(_, ((trained, _), _))| **trained) {
        let (found, wanted) = (found.clone().unwrap_or_default(), wanted.clone().unwrap_or_default());
        if !same(&found, &wanted) {
            return Ok(Some(format!(
                "{name}: gradient {i}\n  x {inputs:?}\n  kernel {found:?}\n  traced {wanted:?}"
            )));
        }
    }
    Ok(None)
}

/// Holds so many layers of chance to their operations.
pub(super) fn hold(cases: u64, layer: fn(&mut Choices) -> (String, Vec<Vec<usize>>)) -> Result<()> {
    let mut wrong = Vec::new();
    for seed in 0..cases {
        let mut choices = Choices(seed * 7919 + 1);
        choices.below(2);
        let layer = layer(&mut choices);
        wrong.extend(differences(&mut choices, layer)?.map(|text| format!("seed {seed}: {text}")));
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}

#[test]
fn kernels_are_the_operations_of_their_layers() -> Result<()> {
    hold(1500, layer)
}

#[test]
fn kernels_of_separable_convolutions_are_their_operations() -> Result<()> {
    hold(300, separated)
}

#[test]
fn kernels_of_convolutions_by_channel_are_their_operations() -> Result<()> {
    hold(400, by_channel)
}

#[test]
fn kernels_of_transposed_convolutions_are_their_operations() -> Result<()> {
    hold(400, transposed)
}

#[test]
fn kernels_of_resized_images_are_their_operations() -> Result<()> {
    hold(300, resized)
}
