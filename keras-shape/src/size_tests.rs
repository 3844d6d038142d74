use super::*;
use crate::ErrorKind;
use crate::build::Build;
use crate::{Arg, Inferred, LayerConfig, Role, again, in_role, infer, weighed};

fn layer(class: &str, args: &[(Option<&str>, Arg)]) -> Option<LayerConfig> {
    let mut build = Build::new(LayerConfig::default_of(class)?);
    for (name, arg) in args {
        build.set(*name, arg).ok()?;
    }
    build.finish().ok().map(|(config, _, _)| config)
}

fn given(axes: &[Dim]) -> TensorSpec {
    TensorSpec::float(Shape::new(axes))
}

fn message(config: &LayerConfig, input: TensorSpec) -> String {
    match weighed(infer(config, &[Some(input)], 0, false), config, &[Some(input)]) {
        Inferred::Wrong(error) => {
            assert_eq!(error.kind, ErrorKind::TooLarge, "{error}");
            error.to_string()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_no_memory_holds_is_refused_in_words() {
    let big = Arg::Int(4_611_686_018_427_387_904);
    let features = given(&[Dim::NONE, Dim::Fixed(4)]);
    let dense = layer("Dense", &[(None, big.clone())]).expect("a layer");
    assert_eq!(
        message(&dense, features),
        "Dense would give (None, 4611686018427387904), more than 281474976710656 numbers (2^48), which no memory holds\nhelp: write smaller sizes"
    );
    let repeat = layer("RepeatVector", &[(None, big.clone())]).expect("a layer");
    assert!(message(&repeat, features).contains("(None, 4611686018427387904, 4)"));
    let dense = layer("Dense", &[(None, Arg::Int(1 << 40))]).expect("a layer");
    assert_eq!(
        message(&dense, given(&[Dim::NONE, Dim::Fixed(1 << 20)])),
        "Dense: its `kernel` would be (1048576, 1099511627776), more than 281474976710656 numbers (2^48), which no memory holds\nhelp: write smaller sizes"
    );
    let embedding = layer("Embedding", &[(None, big), (None, Arg::Int(8))]).expect("a layer");
    assert!(message(&embedding, features).contains("`embeddings` would be (4611686018427387904, 8)"));
    let up = layer("UpSampling2D", &[(None, Arg::Int(i128::from(u64::MAX)))]).expect("a layer");
    let image = given(&[Dim::NONE, Dim::Fixed(4), Dim::Fixed(4), Dim::Fixed(3)]);
    assert!(
        message(&up, image).contains("(None, 18446744073709551615 or more, 18446744073709551615 or more, 3)")
    );
    let flatten = layer("Flatten", &[]).expect("a layer");
    let wide = given(&[Dim::NONE, Dim::Fixed(1 << 30), Dim::Fixed(1 << 30)]);
    assert!(
        message(&flatten, wide)
            .starts_with("Flatten: the input is (None, 1073741824, 1073741824), more than")
    );
}

#[test]
fn the_largest_argument_is_found() {
    let largest =
        |class: &str, args: &[(Option<&str>, Arg)]| layer(class, args).and_then(|l| l.largest_argument());
    let pair = Arg::List(vec![Arg::Int(3), Arg::Int(900)]);
    assert_eq!(largest("Conv2D", &[(None, Arg::Int(8)), (None, pair.clone())]), Some(("kernel_size", 900)));
    assert_eq!(largest("Reshape", &[(None, pair.clone())]), Some(("target_shape", 900)));
    assert_eq!(largest("ZeroPadding2D", &[(None, pair)]), Some(("padding", 900)));
    assert_eq!(largest("LSTM", &[(None, Arg::Int(7))]), Some(("units", 7)));
    assert_eq!(largest("Flatten", &[]), None);
}

#[test]
fn a_tensor_without_axes_is_refused() {
    for class in ["Flatten", "Softmax", "PReLU", "BatchNormalization", "LayerNormalization", "Identity"] {
        let config = layer(class, &[]).expect("a layer");
        let Inferred::Wrong(error) = infer(&config, &[Some(given(&[]))], 0, false) else { panic!("{class}") };
        assert!(error.to_string().contains("batch axis"), "{error}");
    }
}

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn number(&mut self) -> usize {
        const ALL: [usize; 14] =
            [0, 1, 1, 2, 3, 4, 7, 1 << 20, 1 << 31, 1 << 32, 1 << 47, 1 << 62, usize::MAX / 2, usize::MAX];
        ALL[self.below(ALL.len())]
    }

    fn arg(&mut self, depth: usize) -> Arg {
        match self.below(if depth == 0 { 8 } else { 12 }) {
            0..4 => Arg::Int(self.number() as i128),
            4 => Arg::Int(-(self.number() as i128)),
            5 => Arg::Float([0.5, -1.0, 1e300, f64::NAN, f64::INFINITY][self.below(5)]),
            6 => Arg::Bool(self.below(2) == 0),
            7 => Arg::Word(
                ["same", "relu", "glu", "None", "causal", "channels_first", "concat"][self.below(7)].into(),
            ),
            8 => Arg::None,
            9 => Arg::Expr(self.below(3)),
            10 => Arg::Call(
                ["LSTM", "Dense", "GRU", "Conv2D", "MaxNorm", "L2"][self.below(6)].into(),
                (0..1 + self.below(3)).map(|_| (None, self.arg(0))).collect(),
            ),
            _ => Arg::List((0..self.below(4)).map(|_| self.arg(depth - 1)).collect()),
        }
    }

    fn dim(&mut self) -> Dim {
        match self.below(8) {
            0 => Dim::NONE,
            1 => Dim::Dynamic(Some("time")),
            2 => Dim::Later,
            3 => Dim::Dynamic(Some("time")).then(crate::Follows::times(self.number())),
            _ => Dim::Fixed(self.number()),
        }
    }

    fn layer(&mut self) -> Option<LayerConfig> {
        let class = LayerConfig::CLASSES[self.below(LayerConfig::CLASSES.len())];
        let mut build = Build::new(LayerConfig::default_of(class)?);
        for info in LayerConfig::default_of(class)?.args() {
            if !info.required && self.below(6) > 0 {
                continue;
            }
            // A few tries find something that the argument takes.
            let taken = (0..4).any(|_| build.set(Some(info.name), &self.arg(2)).is_ok());
            if !taken && info.required {
                return None;
            }
        }
        build.finish().ok().map(|(config, _, _)| config)
    }
}

#[test]
fn no_rule_panics_and_no_shape_is_larger_than_it_may_be() {
    let mut random = Random(1);
    let (mut known, mut wrong) = (0, 0);
    for _ in 0..60_000 {
        let Some(config) = random.layer() else { continue };
        let inputs: Vec<Option<TensorSpec>> = (0..[1, 1, 1, 2, 3, 0][random.below(6)])
            .map(|i| {
                let axes: Vec<Dim> = (0..random.below(7)).map(|_| random.dim()).collect();
                let role = if i > 0 && random.below(4) == 0 { Role::Mask } else { Role::Input };
                in_role(Some(given(&axes)), role)
            })
            .collect();
        let inferred = weighed(infer(&config, &inputs, 0, false), &config, &inputs);
        let _ = again(inferred, &config, &inputs, &inputs);
        let _ = config.largest_argument();
        match inferred {
            Inferred::Known(outputs) => {
                known += 1;
                assert!((0..outputs.len()).all(|i| numbers(&outputs.get(i).shape).is_some()), "{config:?}");
                let inputs: Vec<TensorSpec> = inputs.into_iter().flatten().collect();
                let weights = config.weights(&inputs);
                assert!(weights.count(false).is_none_or(|n| n <= MAX_NUMBERS), "{config:?}");
                let _ = config.multiply_adds(&inputs).to_string();
            }
            Inferred::Wrong(error) => {
                wrong += 1;
                assert!(!error.to_string().is_empty());
            }
            Inferred::Unknown => {}
        }
    }
    assert!(known > 2_000 && wrong > 2_000, "{known} known, {wrong} wrong");
}
