//! Named models with parameters: they are, node by node, the models of that size written out.
#![allow(clippy::unwrap_used)]

use keras_core::prelude::*;
use keras_core::typenum::{Prod, U2, U3, U5, U10, U16, U50};
use ndarray::{Array2, Array3, Array4};

model! {
    /// A residual block.
    #[derive(Clone)]
    pub struct Residual<const FILTERS: usize, const STRIDES: usize = 1> {
        let x = Input(8, 8, FILTERS);
        let y = x
            => Conv2D(FILTERS * 2, 3, strides = STRIDES, padding = same, activation = relu)
            => Conv2D(filters = FILTERS, kernel_size = 3, padding = same);
        let short = x => Conv2D(FILTERS, 1, strides = STRIDES);
        [short, y] => Add() => ReLU()
    }
}

model! {
    pub struct Head<const FEATURES: usize, const UNITS: usize = 3, const BIAS: bool = true> {
        Input(FEATURES) => Dense(UNITS * 4, activation = relu, use_bias = BIAS) => Dense(UNITS)
    }
}

model! {
    /// An inner model with the same parameter, and with a number.
    pub struct Nested<const WIDTH: usize> {
        let a = Input(WIDTH, name = "left");
        let b = Input(WIDTH);
        let joined = [a => Head::<WIDTH, 4>, b => Head::<WIDTH, 4>()] => Concatenate();
        let out = joined => Dense(WIDTH);
        (out, joined)
    }
}

model! {
    pub struct Up<H: Unsigned> {
        Input(2 * H) => Dense(H * 3, activation = tanh) => Dense(2 * H + 1)
    }
}

model! {
    pub struct UpAndDown<H: Unsigned> {
        Input(H) => Dense(4 * H) => Up::<{ 2 * H }> => Dense(H::USIZE)
    }
}

/// What a model is: layers and their arguments, nodes and what they give, inputs and outputs.
fn described(model: &impl Model) -> String {
    let structure = model.structure();
    let mut text = String::new();
    for layer in structure.layers {
        text += &format!("{} {} {:?}\n", layer.name, layer.class, layer.config);
    }
    for node in structure.nodes {
        let outputs: Vec<_> = (0..4).map(|i| node.outputs.output(i)).collect();
        text += &format!("{} {:?} {:?} {outputs:?}\n", node.layer, node.inputs, node.roles);
    }
    for input in structure.inputs {
        text += &format!("{} {} {:?}\n", input.name, input.field, input.spec);
    }
    text + &format!("{:?} {:?} {:?}", structure.outputs, structure.output_names, structure.output_fields)
}

fn weights(model: &impl Model) -> Vec<(String, Vec<usize>, Vec<f32>)> {
    Model::weights(model).into_iter().map(|(path, raw)| (path, raw.shape(), raw.to_vec().unwrap())).collect()
}

/// The same layers, weights of one seed, and outputs.
macro_rules! same {
    ($generic:ty, $written:ident, $x:expr) => {{
        let (a, b) = (<$generic>::with_seed(5), $written::with_seed(5));
        assert_eq!(described(&a), described(&b));
        assert_eq!(weights(&a), weights(&b));
        assert_eq!(a.count_params(), <$generic>::PARAMS);
        assert_eq!(<$generic>::PARAMS, $written::PARAMS);
        assert_eq!(<$generic>::INPUT_SHAPE, $written::INPUT_SHAPE);
        assert_eq!(<$generic>::OUTPUT_SHAPE, $written::OUTPUT_SHAPE);
        let x = $x;
        let (y, z) = (a.predict(&x).unwrap(), b.predict(&x).unwrap());
        assert_eq!(y.shape(), z.shape());
        assert_eq!(y.to_vec().unwrap(), z.to_vec().unwrap());
        let names = |text: String| text.split_once('\n').map(|(_, rest)| rest.to_string());
        assert_eq!(names(a.summary().to_string()), names(b.summary().to_string()));
    }};
}

macro_rules! residual_of_each_size {
    ($($filters:literal $twice:literal $strides:literal;)*) => { $({
        model! {
            struct Written {
                let x = Input(8, 8, $filters);
                let y = x
                    => Conv2D($twice, 3, strides = $strides, padding = same, activation = relu)
                    => Conv2D(filters = $filters, kernel_size = 3, padding = same);
                let short = x => Conv2D($filters, 1, strides = $strides);
                [short, y] => Add() => ReLU()
            }
        }
        let x = Array4::from_shape_fn((2, 8, 8, $filters), |(i, j, k, c)| ((i + 3 * j + 5 * k + 7 * c) % 11) as f32 / 11.0);
        same!(Residual<$filters, $strides>, Written, x);
    })* };
}

#[test]
fn a_model_with_parameters_is_that_of_its_size() {
    residual_of_each_size! { 1 2 1; 2 4 1; 3 6 2; 5 10 3; 7 14 4; 8 16 2; 13 26 1; 16 32 5; 21 42 7; 32 64 8; }
}

macro_rules! heads {
    ($($features:literal $units:literal $four:literal $bias:literal;)*) => { $({
        model! {
            struct Written {
                Input($features) => Dense($four, activation = relu, use_bias = $bias) => Dense($units)
            }
        }
        let x = Array2::from_shape_fn((3, $features), |(i, j)| ((i * 5 + j * 3) % 7) as f32 / 7.0);
        same!(Head<$features, $units, $bias>, Written, x);
    })* };
}

#[test]
fn several_parameters_with_defaults() {
    heads! { 1 1 4 true; 4 3 12 false; 9 2 8 true; 17 31 124 false; 48 48 192 true; 61 72 288 false; }
    // A parameter that is left out has its default.
    let model: Head<6> = Head::<6>::with_seed(1);
    let all: Head<6, 3, true> = Head::with_seed(1);
    assert_eq!(weights(&model), weights(&all));
}

#[test]
fn the_types_at_the_border_have_the_parameters() {
    let model = Head::<4, 2>::new();
    let x: Tensor<(Len<1>, Len<4>)> = Tensor::from([[1.0, 2.0, 3.0, 4.0]]);
    let y: Tensor<(Dyn, Len<2>)> = model.predict(&x).unwrap();
    assert_eq!(y.shape(), [1, 2]);
    // What strides leave is arithmetic, which is compared when the program runs.
    let y: Tensor<(Dyn, Dyn, Dyn, Len<4>)> =
        Residual::<4, 2>::new().predict(&Array4::<f32>::zeros((1, 8, 8, 4))).unwrap();
    assert_eq!(y.shape(), [1, 4, 4, 4]);
    let error = Residual::<4>::new().predict(&Array4::<f32>::zeros((1, 8, 8, 5))).unwrap_err().to_string();
    assert!(error.contains("axis 3 has 5, and (None, 8, 8, 4) has 4 there"), "{error}");
}

/// A function for every size.
fn trained<const FEATURES: usize, const UNITS: usize>(model: Head<FEATURES, UNITS>, x: &Array2<f32>) -> f32 {
    let y = Array2::<f32>::from_elem((x.nrows(), UNITS), 0.5);
    let mut model = model.compile(Adam::new(0.05), MeanSquaredError::new(), ());
    model.fit(x, &y).epochs(60).verbose(0).run().unwrap();
    model.evaluate(x, &y).verbose(0).run().unwrap().loss() as f32
}

#[test]
fn a_function_takes_any_size() {
    let x = Array2::from_shape_fn((16, 5), |(i, j)| ((i * 3 + j) % 4) as f32 / 4.0);
    assert!(trained(Head::<5, 2>::with_seed(2), &x) < 0.01);
    assert!(trained(Head::<5, 7>::with_seed(2), &x) < 0.01);
}

#[test]
fn models_with_parameters_stand_in_other_models() {
    model! {
        struct Stacked {
            let twice = |x, filters| x => Residual::<filters> => Residual::<filters, 1>();
            let shared = Residual::<4>;
            let mut x = Input(8, 8, 3) => Conv2D(4, 1) => shared => shared => [Residual::<4>; 2] => twice(4);
            for filters in [2, 4] {
                x = x => Conv2D(2 * filters, 1) => Residual::<filters * 2>(name = "stage_{filters}");
            }
            x => GlobalAveragePooling2D() => Head::<8> => Dense(1)
        }
    }
    let model = Stacked::with_seed(3);
    let of = |filters: usize| {
        let conv = |i: usize, o: usize, k: usize| i * o * k * k + o;
        conv(filters, 2 * filters, 3) + conv(2 * filters, filters, 3) + conv(filters, filters, 1)
    };
    let own = (3 * 4 + 4) + (4 * 4 + 4) + (4 * 8 + 8) + (3 + 1);
    let head = (8 * 12 + 12) + (12 * 3 + 3);
    assert_eq!(model.count_params(), own + 5 * of(4) + of(4) + of(8) + head);
    let names: Vec<&str> = model.layers().iter().map(|layer| layer.name()).collect();
    assert_eq!(
        names,
        [
            "conv2d",
            "residual",
            "residual_1",
            "residual_2",
            "residual_3",
            "residual_4",
            "conv2d_1",
            "stage_2",
            "conv2d_2",
            "stage_4",
            "global_average_pooling2d",
            "head",
            "dense"
        ]
    );
    let paths: Vec<String> = model.weights().into_iter().map(|(path, _)| path).collect();
    assert!(paths.contains(&"residual_1/conv2d_1/kernel".to_string()), "{paths:?}");
    assert_eq!(model.predict(&Array4::<f32>::ones((2, 8, 8, 3))).unwrap().shape(), [2, 1]);

    // Weights of one size are saved and read again, and not those of another.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("weights.safetensors");
    let (a, mut b) = (Residual::<4>::with_seed(1), Residual::<4>::with_seed(2));
    a.save_weights(&path).unwrap();
    b.load_weights(&path).unwrap();
    assert_eq!(weights(&a), weights(&b));
    assert!(Residual::<5>::new().load_weights(&path).is_err());
}

#[test]
fn several_inputs_and_outputs_have_names() {
    let model = Nested::<6>::with_seed(4);
    let (a, b) = (Array2::<f32>::ones((3, 6)), Array2::<f32>::zeros((3, 6)));
    let (out, joined) = model.predict(NestedInputs { left: &a, b: &b }).unwrap();
    let (out_2, joined_2) = model.predict((&a, &b)).unwrap();
    assert_eq!((out.shape(), joined.shape()), (vec![3, 6], vec![3, 8]));
    assert_eq!(
        (out.to_vec().unwrap(), joined.to_vec().unwrap()),
        (out_2.to_vec().unwrap(), joined_2.to_vec().unwrap())
    );
    let losses = NestedOutputs { out: MeanSquaredError::new(), joined: MeanSquaredError::new() };
    let mut model = model.compile(SGD::new(0.1), losses, ());
    let targets = (Array2::<f32>::zeros((3, 6)), Array2::<f32>::zeros((3, 8)));
    let history = model
        .fit((&a, &b), NestedOutputs { out: &targets.0, joined: &targets.1 })
        .epochs(5)
        .verbose(0)
        .run()
        .unwrap();
    let losses = history.get("loss").unwrap();
    assert!(losses[4] < losses[0]);
    // An inner model with parameters, in front of which are two tensors.
    let outer = model!(let x = Input(6); let y = Input(6); let (o, j) = [x, y] => Nested::<6>; [o, j] => Concatenate());
    assert_eq!(outer.output_shape().to_string(), "(None, 14)");
}

model! { pub type Small = Residual<2>; }

#[test]
fn a_size_has_a_name() {
    assert_eq!(weights(&Small::with_seed(9)), weights(&Residual::<2>::with_seed(9)));
    assert_eq!(model!(Residual::<2>).count_params(), Small::PARAMS);
    assert_eq!(model!(Residual::<2, 2>()).output_shape().to_string(), "(None, 4, 4, 2)");
    assert_eq!(Residual::<2>::default().clone().count_params(), Small::PARAMS);
}

#[test]
fn numbers_of_typenum_are_parameters() {
    model! { struct Written { Input(10) => Dense(15, activation = tanh) => Dense(11) } }
    same!(Up<U5>, Written, Array2::<f32>::ones((2, 10)));
    // The axes are the numbers that arithmetic gives, and those of `Len`.
    let x: Tensor<(Len<1>, Prod<U2, U5>)> = Tensor::<(Len<1>, Len<10>)>::from([[0.5; 10]]).check().unwrap();
    let model = Up::<U5>::with_seed(5);
    let y: Tensor<(Dyn, keras_core::typenum::U11)> = model.predict(&x).unwrap();
    let z = model.predict(&Tensor::<(Len<1>, Len<10>)>::from([[0.5; 10]])).unwrap();
    assert_eq!(y.to_vec().unwrap(), z.to_vec().unwrap());
    assert_eq!(y.shape(), [1, 11]);
    // A number of typenum where a model has a literal or a constant parameter.
    let x: Tensor<(Dyn, U50)> = Tensor::new(Tensor::<(Len<1>, Len<50>)>::from([[0.5; 50]])).unwrap();
    assert_eq!(model!(Input(50) => Dense(3)).predict(&x).unwrap().shape(), [1, 3]);
    assert_eq!(Head::<50>::new().predict(&x).unwrap().shape(), [1, 3]);
}

#[test]
fn arithmetic_of_typenum_goes_to_inner_models() {
    let model = UpAndDown::<U3>::with_seed(1);
    let of_up = (12 * 18 + 18) + (18 * 13 + 13);
    assert_eq!(model.count_params(), (3 * 12 + 12) + of_up + (13 * 3 + 3));
    assert_eq!(model.predict(&Array2::<f32>::ones((4, 3))).unwrap().shape(), [4, 3]);
    let outer = model!(Input(16) => UpAndDown::<U16> => UpAndDown::<U16>(name = "again") => Dense(2));
    assert_eq!(outer.predict(&Array2::<f32>::ones((4, 16))).unwrap().shape(), [4, 2]);
    assert_eq!(Up::<U10>::OUTPUT_SHAPE.to_string(), "(None, 21)");
}

const RATE: f64 = 0.25;

model! {
    /// Arithmetic as typenum writes it, a constant that is no number of axes, and the default of a number.
    struct Written<H: Unsigned, const N: usize = 4> {
        let a = Input(Prod<U2, H>) => Dropout(RATE);
        let b = Input(N) => Dropout(RATE, seed = 1) => Dense(Diff<Sum<Prod<U2, H>, U3>, U3>);
        [a, b] => Concatenate() => Up::<Prod<U2, H>> => Dense(N)
    }
}

model! {
    struct Dropped<const N: usize> { Input(N) => Dropout(RATE) => Dense(WIDTH) => Dense(N) }
}

#[test]
fn arithmetic_is_written_as_in_typenum_too() {
    let y: Tensor<(Dyn, Len<7>)> = Dropped::<7>::new().predict(&Array2::<f32>::ones((1, 7))).unwrap();
    assert_eq!(y.shape(), [1, 7]);
    let model = Written::<U3>::new();
    assert_eq!(model.count_params(), 30 + 234 + 247 + 56);
    let a: Tensor<(Len<2>, Prod<U2, U3>)> = Tensor::from([[1.0; 6]; 2]).check().unwrap();
    // Behind an inner model, the type of the output is known where the program checks it.
    let y: Tensor<(Dyn, Len<4>)> =
        model.predict((&a, &Array2::<f32>::ones((2, 4)))).unwrap().check().unwrap();
    assert_eq!(y.shape(), [2, 4]);
}

/// Multiplies each feature by a weight of its own.
#[derive(Default)]
struct Scale<const N: usize>;

impl<const N: usize, B: Axis> Layer<(B, Len<N>)> for Scale<N> {
    const OUTPUT: Dims = <(B, Len<N>) as Shape>::DIMS;
    fn weights(&self) -> Vec<WeightSpec> {
        vec![WeightSpec::new("scale", Dims::fixed(&[N]), Initializer::Ones)]
    }
    fn trace(&self, x: Symbolic, cx: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(x * cx.weight("scale"))
    }
}

/// Hands on what it is given, whatever the axes are.
#[derive(Default)]
struct Same;

impl<A: Axis, B: Axis> Layer<(A, B)> for Same {
    const OUTPUT: Dims = <(A, B) as Shape>::DIMS;
    fn trace(&self, x: Symbolic, _: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
        Ok(x)
    }
}

const WIDTH: usize = 12;

model! {
    struct WithOwn<const N: usize> {
        Input(N) => Lambda(|x| x * 2.0) => Dense(3 * N) => Same => Dense(WIDTH) => Dense(N)
    }
}

#[test]
fn closures_stand_behind_models_with_parameters() {
    model! { struct Inner<const UNITS: usize> { Input(4) => Dense(UNITS, kernel_initializer = ones) } }
    model! {
        struct Outer<const UNITS: usize> { Input(4) => Inner::<UNITS> => Lambda(|x| x * 2.0) => Dense(UNITS) }
    }
    model! { struct Doubled<const UNITS: usize> { Input(4) => Inner::<UNITS> => Lambda(|x| x * 2.0) } }
    let x = Array2::<f32>::ones((2, 4));
    assert_eq!(Outer::<3>::new().predict(&x).unwrap().shape(), [2, 3]);
    assert_eq!(Doubled::<3>::new().predict(&x).unwrap().to_vec().unwrap(), [8.0; 6]);
}

#[test]
fn own_layers_stand_in_models_with_parameters() {
    model! { struct Scaled<const N: usize> { Input(3, N) => Flatten() => Dense(N) => Scale::<N> } }
    assert_eq!(Scaled::<4>::new().count_params(), (12 * 4 + 4) + 4);
    assert_eq!(Scaled::<4>::new().predict(&Array3::<f32>::ones((2, 3, 4))).unwrap().shape(), [2, 4]);
    let model = WithOwn::<5>::with_seed(1);
    assert_eq!(model.count_params(), (5 * 15 + 15) + (15 * 12 + 12) + (12 * 5 + 5));
    let y = model.predict(&Array2::<f32>::ones((2, 5))).unwrap();
    // The output follows an own layer, so its shape is compared when the program runs.
    assert_eq!(y.to_array().unwrap().shape(), [2, 5]);
    let mut model = model.compile(SGD::new(0.01), MeanSquaredError::new(), ());
    let (x, t) = (Array2::<f32>::ones((4, 5)), Array2::<f32>::ones((4, 5)));
    model.fit(&x, &t).epochs(2).verbose(0).run().unwrap();
    let wrong = model.fit(&x, &Array2::<f32>::ones((4, 11))).verbose(0).run().unwrap_err().to_string();
    assert!(wrong.contains("axis 1 has 11"), "{wrong}");
}

model! {
    struct Sequence<const FEATURES: usize, const UNITS: usize> {
        Input(time: None, FEATURES)
            => Bidirectional(LSTM(UNITS, return_sequences = true))
            => TimeDistributed(Dense(UNITS, activation = relu))
            => GRU(UNITS)
            => Dense(FEATURES, activation = softmax)
    }
}

#[test]
fn sequences_and_class_numbers() {
    let model = Sequence::<4, 6>::with_seed(2);
    let lstm = 2 * 4 * (4 * 6 + 6 * 6 + 6);
    assert_eq!(model.count_params(), lstm + (12 * 6 + 6) + 3 * (6 * 6 + 6 * 6 + 2 * 6) + (6 * 4 + 4));
    let x = Array3::from_shape_fn((8, 5, 4), |(i, j, k)| ((i + j * k) % 5) as f32);
    let labels = ndarray::Array1::from_shape_fn(8, |i| (i % 4) as u8);
    let mut model = model.compile(Adam::new(0.01), SparseCategoricalCrossentropy::new(), Accuracy::new());
    model.fit(&x, &labels).epochs(1).verbose(0).run().unwrap();
    let y: Tensor<(Dyn, Len<4>)> = model.predict(&x).unwrap();
    assert_eq!(y.shape(), [8, 4]);
}

model! {
    /// Many layers: the constants of one are found from those before, which must not nest as deep.
    struct Deep<const WIDTH: usize> { Input(WIDTH) => [Dense(WIDTH); 200] }
}

#[test]
fn many_layers_with_a_parameter() {
    assert_eq!(Deep::<3>::PARAMS, 200 * 12);
    let outer = model!(Input(4) => Deep::<4> => Dense(1));
    assert_eq!(outer.count_params(), 200 * 20 + 5);
}

model! {
    /// A size that strides divide, and one that a constant of another place gives.
    struct Conved<const SIZE: usize, const KERNEL: usize, const STRIDES: usize> {
        Input(SIZE, SIZE, 1)
            => Conv2D(2, KERNEL, strides = STRIDES)
            => MaxPooling2D(2)
            => UpSampling2D(2)
            => Conv2D(WIDTH, 1)
    }
}

#[test]
fn axes_that_depend_on_parameters_are_compared_when_the_program_runs() {
    // 9 gives (9 - 2) / 1 + 1 = 8, halved and doubled 8; 10 gives 9, then 4 and 8.
    for (size, shape) in
        [(9, Conved::<9, 2, 1>::OUTPUT_SHAPE.to_string()), (10, Conved::<10, 2, 1>::OUTPUT_SHAPE.to_string())]
    {
        assert_eq!(shape, "(None, 8, 8, 12)", "{size}");
    }
    let y: Tensor<(Dyn, Dyn, Dyn, Len<12>)> =
        Conved::<10, 2, 1>::new().predict(&Array4::<f32>::ones((1, 10, 10, 1))).unwrap();
    assert_eq!(y.shape(), [1, 8, 8, 12]);
    // The same size where the probed relation is not an equality.
    model! { struct Halves<const N: usize> { Input(N, 3) => MaxPooling1D(2) => Keeps() } }
    struct Keeps;
    impl Keeps {
        fn new() -> Self {
            Keeps
        }
    }
    impl<B: Axis, T: Axis, C: Axis> Layer<(B, T, C)> for Keeps {
        const OUTPUT: Dims = <(B, T, C) as Shape>::DIMS;
        fn trace(&self, x: Symbolic, _: &mut Trace<'_>) -> keras_core::Result<Symbolic> {
            Ok(x)
        }
    }
    assert_eq!(Halves::<9>::OUTPUT_SHAPE.to_string(), "(None, 4, 3)");
    assert_eq!(Halves::<9>::new().predict(&Array3::<f32>::ones((2, 9, 3))).unwrap().shape(), [2, 4, 3]);
}
