//! What more users of Keras reported of training, with numbers of Keras 3.15.1 on TensorFlow. On JAX, Keras counts the
//! activity penalty of a layer that is applied twice only once.

// As Keras prints them.
#![allow(clippy::excessive_precision)]

use keras_core::prelude::*;
use ndarray::{Array2, Array3};

use keras_tests::json::{near, values};

/// `((np.arange(n) * m) % k - k // 2) / k` in the Python beside each test.
fn numbers(n: usize, m: usize, k: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * m % k) as f32 - (k / 2) as f32) / k as f32).collect()
}

/// Weight `i` is `numbers(size, 7, 11 + i)`.
fn fill(model: &mut impl Model) {
    let shapes = model.weights().into_iter().map(|(_, weight)| weight.shape()).enumerate();
    let weights: Vec<Raw> = shapes
        .map(|(i, shape)| {
            let own = numbers(shape.iter().product(), 7, 11 + i);
            Raw::from_f32(own, &shape).expect("a tensor")
        })
        .collect();
    model.set_weights(&weights).expect("the weights fit");
}

// keras#1820: with g the `numbers` above,
// i = keras.Input((3, 2), batch_size=2); m = keras.Model(i, Dense(1)(Bidirectional(GRU(2, stateful=True))(Masking()(i))))
// m.set_weights([g(w.size, 7, 11 + k).reshape(w.shape) for k, w in enumerate(m.get_weights())])
// x = g(36, 5, 13).reshape(6, 3, 2); x[0, 2] = x[2, 0] = x[3, 1:] = x[5, 0] = 0; y = g(6, 3, 5).reshape(6, 1)
// m.compile(SGD(0.1), 'mse'); m.predict(x, batch_size=2); reset_state() of both directions
// m.fit(x, y, batch_size=2, epochs=3, shuffle=False); m.evaluate(x, y, batch_size=2); m.predict(x, batch_size=2)
#[test]
fn states_go_on_from_batch_to_batch_and_from_epoch_to_epoch() {
    let mut x = Array3::from_shape_vec((6, 3, 2), numbers(36, 5, 13)).expect("sequences");
    for (sample, steps) in [(0, 2..3), (2, 0..1), (3, 1..3), (5, 0..1)] {
        x.slice_mut(ndarray::s![sample, steps, ..]).fill(0.0);
    }
    let y = Array2::from_shape_vec((6, 1), numbers(6, 3, 5)).expect("targets");
    macro_rules! case {
        ($name:literal, $model:expr, $before:expr, $history:expr, $loss:expr, $after:expr) => {{
            let mut model = $model;
            fill(&mut model);
            let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
            macro_rules! predicted {
                () => {{
                    let batches = [0, 2, 4].map(|from| x.slice(ndarray::s![from..from + 2, .., ..]));
                    let found =
                        batches.map(|x| model.predict(&x).expect("outputs").to_vec().expect("numbers"));
                    found.concat()
                }};
            }
            near(concat!($name, ": before"), &predicted!(), &$before, 2e-6);
            model.reset_states();
            let fit = model.fit(&x, &y).batch_size(2).epochs(3).shuffle(false).verbose(0);
            let history = fit.run().expect("a history");
            let losses: Vec<f32> = history.get("loss").expect("losses").iter().map(|v| *v as f32).collect();
            near(concat!($name, ": losses"), &losses, &$history, 2e-6);
            let evaluation = model.evaluate(&x, &y).batch_size(2).verbose(0).run().expect("a loss");
            near(concat!($name, ": evaluate"), &[evaluation.loss() as f32], &[$loss], 2e-6);
            near(concat!($name, ": after"), &predicted!(), &$after, 2e-6);
        }};
    }
    case!(
        "GRU both ways masked",
        model!(Input(3, 2, batch = 2) => Masking() => Bidirectional(GRU(2, stateful = true)) => Dense(1)),
        [-0.28825980, -0.31190932, -0.28978983, -0.35090458, -0.28395709, -0.28783303],
        [0.14052515, 0.11404699, 0.11025047],
        0.10179096,
        [-0.06126806, -0.10385922, -0.09364131, -0.13914250, -0.08075127, -0.09280929]
    );
    case!(
        "LSTM both ways masked",
        model!(Input(3, 2, batch = 2) => Masking() => Bidirectional(LSTM(2, stateful = true)) => Dense(1)),
        [-0.39097983, -0.40238741, -0.39535797, -0.41155678, -0.36410934, -0.39113802],
        [0.16840547, 0.11427385, 0.10417240],
        0.09776477,
        [-0.07062110, -0.11391459, -0.11097735, -0.13401207, -0.09070167, -0.12044077]
    );
    case!(
        "SimpleRNN both ways masked",
        model!(Input(3, 2, batch = 2) => Masking() => Bidirectional(SimpleRNN(2, stateful = true)) => Dense(1)),
        [-0.31500328, -0.42827576, -0.52735704, -0.45747513, -0.42491990, -0.55601251],
        [0.18143177, 0.10304665, 0.09242059],
        0.08232952,
        [0.03975943, -0.02620548, -0.16157317, -0.05222295, -0.03615856, -0.19580363]
    );
    case!(
        "GRU both ways",
        model!(Input(3, 2, batch = 2) => Bidirectional(GRU(2, stateful = true)) => Dense(1)),
        [-0.26431459, -0.31190932, -0.28550601, -0.33350697, -0.28333551, -0.28626117],
        [0.13823213, 0.11317897, 0.11012974],
        0.10116593,
        [-0.05855945, -0.10588005, -0.08935431, -0.13019326, -0.08212158, -0.08883682]
    );
    case!(
        "LSTM both ways",
        model!(Input(3, 2, batch = 2) => Bidirectional(LSTM(2, stateful = true)) => Dense(1)),
        [-0.37749997, -0.40238741, -0.38939881, -0.40735722, -0.36320895, -0.38832074],
        [0.16746803, 0.11464771, 0.10410142],
        0.09743181,
        [-0.07516500, -0.11172789, -0.11299174, -0.13550249, -0.09005916, -0.11810483]
    );
    case!(
        "SimpleRNN both ways",
        model!(Input(3, 2, batch = 2) => Bidirectional(SimpleRNN(2, stateful = true)) => Dense(1)),
        [-0.41256988, -0.42827576, -0.49007380, -0.50066602, -0.42762595, -0.50486827],
        [0.18759800, 0.10069263, 0.08514893],
        0.07397814,
        [-0.10814598, -0.01151811, -0.13631825, -0.10238846, -0.02184892, -0.16122115]
    );
    case!(
        "GRU one way masked",
        model!(Input(3, 2, batch = 2) => Masking() => GRU(2, stateful = true) => Dense(1)),
        [-0.35262400, -0.34781402, -0.32133889, -0.35521060, -0.35256463, -0.32356650],
        [0.14473855, 0.10581496, 0.09905505],
        0.09253693,
        [-0.10265845, -0.09886533, -0.08433333, -0.10337870, -0.09970483, -0.08283551]
    );
    case!(
        "LSTM one way masked",
        model!(Input(3, 2, batch = 2) => Masking() => LSTM(2, stateful = true) => Dense(1)),
        [-0.42367366, -0.42023969, -0.41900277, -0.42039385, -0.41073763, -0.41705376],
        [0.17663318, 0.11407746, 0.09899700],
        0.09198689,
        [-0.11145493, -0.11628083, -0.11897022, -0.12049550, -0.11280882, -0.11997775]
    );
    case!(
        "SimpleRNN one way masked",
        model!(Input(3, 2, batch = 2) => Masking() => SimpleRNN(2, stateful = true) => Dense(1)),
        [-0.27040213, -0.22329427, -0.34177673, -0.27191752, -0.24919060, -0.36538780],
        [0.10729294, 0.08582921, 0.08154867],
        0.07465623,
        [-0.02121934, -0.01573813, -0.14939503, -0.05449080, -0.03868207, -0.18280093]
    );
    case!(
        "GRU one way",
        model!(Input(3, 2, batch = 2) => GRU(2, stateful = true) => Dense(1)),
        [-0.33876348, -0.34781402, -0.32051891, -0.33674917, -0.35274041, -0.32206982],
        [0.14116521, 0.10423393, 0.09844653],
        0.09222501,
        [-0.09909181, -0.10368070, -0.08233330, -0.09431036, -0.10361280, -0.08107039]
    );
    case!(
        "LSTM one way",
        model!(Input(3, 2, batch = 2) => LSTM(2, stateful = true) => Dense(1)),
        [-0.41956788, -0.42023969, -0.41782403, -0.41826570, -0.41063568, -0.41547385],
        [0.17609167, 0.11408728, 0.09887207],
        0.09177807,
        [-0.11405842, -0.11534546, -0.11973634, -0.12038760, -0.11221219, -0.11781003]
    );
    case!(
        "SimpleRNN one way",
        model!(Input(3, 2, batch = 2) => SimpleRNN(2, stateful = true) => Dense(1)),
        [-0.34281182, -0.22329427, -0.35056680, -0.30210704, -0.24847426, -0.37353700],
        [0.10998080, 0.07829351, 0.07110027],
        0.06362285,
        [-0.15677370, 0.01100150, -0.14338468, -0.08182476, -0.01204765, -0.17347145]
    );
}

// keras#8807: a = g(12, 5, 13).reshape(4, 3); b = g(12, 3, 7).reshape(4, 3); y4 = g(16, 3, 5).reshape(4, 4)
// s = g(24, 5, 13).reshape(4, 2, 3); y1 = g(8, 3, 5).reshape(4, 2, 1); weights and compile as above
// m.evaluate(x, y, batch_size=2), then the losses of m.fit(x, y, batch_size=2, epochs=2, shuffle=False), then the weights
// Keras 3.15 forgets the penalty of a layer in TimeDistributed, and of a SimpleRNN; here they count. `td` is Keras's Dense
// without the wrapper, `bidi` its Bidirectional(RNN(SimpleRNNCell(2, ..), activity_regularizer=..)).
#[test]
fn each_application_of_a_layer_adds_its_activity_and_the_layer_its_weights_once() {
    let matrix = |rows, columns, m, k| {
        Array2::from_shape_vec((rows, columns), numbers(rows * columns, m, k)).expect("a matrix")
    };
    let (a, b, y4) = (matrix(4, 3, 5, 13), matrix(4, 3, 3, 7), matrix(4, 4, 3, 5));
    let s = Array3::from_shape_vec((4, 2, 3), numbers(24, 5, 13)).expect("sequences");
    let y1 = Array3::from_shape_vec((4, 2, 1), numbers(8, 3, 5)).expect("targets");
    macro_rules! case {
        ($name:literal, $model:expr, $x:expr, $y:expr, $losses:expr, $weights:expr) => {{
            let mut model = $model;
            fill(&mut model);
            let mut model = model.compile(SGD::new(0.1), MeanSquaredError::new(), ());
            let evaluation = model.evaluate($x, $y).batch_size(2).verbose(0).run().expect("a loss");
            let mut losses = vec![evaluation.loss() as f32];
            let fit = model.fit($x, $y).batch_size(2).epochs(2).shuffle(false).verbose(0);
            let history = fit.run().expect("a history");
            losses.extend(history.get("loss").expect("losses").iter().map(|v| *v as f32));
            near(concat!($name, ": losses"), &losses, &$losses, 2e-6);
            near(concat!($name, ": weights"), &values(&*model), &$weights, 2e-6);
        }};
    }
    case!(
        "shared",
        model!(
            let a = Input(3);
            let b = Input(3);
            let dense = Dense(2, kernel_regularizer = L2(0.1), activity_regularizer = L1(0.05));
            [a => dense, b => dense] => Concatenate()
        ),
        (&a, &b),
        &y4,
        [0.30845827, 0.29640636, 0.24961510],
        [-0.42292312, 0.14765660, -0.14448535, 0.40091538, 0.07053879, -0.23122707, -0.33460626, 0.06925270]
    );
    case!(
        "nested",
        model!(
            let a = Input(3);
            let b = Input(3);
            let inner = Inner;
            [a => inner, b => inner] => Concatenate()
        ),
        (&a, &b),
        &y4,
        [0.30845827, 0.29640636, 0.24961510],
        [-0.42292312, 0.14765660, -0.14448535, 0.40091538, 0.07053879, -0.23122707, -0.33460626, 0.06925270]
    );
    case!(
        "td",
        model!(Input(2, 3) => TimeDistributed(Dense(1, kernel_regularizer = L2(0.1), activity_regularizer = L1(0.05)))),
        &s,
        &y1,
        [0.39465660, 0.35146075, 0.21614170],
        [-0.38479123, 0.15933183, -0.14369270, -0.19816214]
    );
    case!(
        "bidi",
        model!(Input(2, 3) => Bidirectional(SimpleRNN(2, kernel_regularizer = L2(0.1), activity_regularizer = L1(0.05)))),
        &s,
        &y4,
        [0.32423228, 0.32000804, 0.29448929],
        [
            -0.39981008,
            0.15622729,
            -0.16882633,
            0.40292507,
            0.08115269,
            -0.21105579,
            -0.51405561,
            0.07470156,
            -0.33067545,
            0.23862414,
            -0.44051924,
            0.09496562,
            -0.45219553,
            -0.02104868,
            -0.45924297,
            -0.00261161,
            -0.46400848,
            0.00605454,
            -0.48385736,
            -0.01515065,
            0.46520934,
            -0.06811594,
            -0.47751400,
            -0.02053245
        ]
    );
    case!(
        "lstm",
        model!(Input(2, 3) => LSTM(1, return_sequences = true, kernel_regularizer = L2(0.1), activity_regularizer = L1(0.05))),
        &s,
        &y1,
        [0.19676526, 0.19464563, 0.18609959],
        [
            -0.41970026,
            0.16795911,
            -0.16718075,
            0.41881952,
            0.08322088,
            -0.25200894,
            0.34074536,
            -0.00062984,
            -0.33551615,
            0.25157034,
            -0.08548611,
            -0.41941744,
            -0.49998605,
            0.08334809,
            -0.33393538,
            0.25003454,
            -0.46473277,
            0.07627282,
            -0.36608928,
            0.15153556
        ]
    );
}

model! {
    /// A model that another applies twice.
    pub struct Inner { Input(3) => Dense(2, kernel_regularizer = L2(0.1), activity_regularizer = L1(0.05)) }
}
