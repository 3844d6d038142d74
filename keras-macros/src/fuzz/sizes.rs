//! Numbers at the edge in every place that takes one: each argument of each layer, axes, repetitions, rounds, defaults
//! and arithmetic.

use keras_shape::LayerConfig;
use proc_macro2::TokenStream;

use super::tried;

/// Numbers, and what computes them.
const NUMBERS: &[&str] = &[
    "0",
    "1",
    "-1",
    "2147483648",
    "4294967296",
    "281474976710656",
    "4611686018427387904",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "170141183460469231731687303715884105727",
    "-170141183460469231731687303715884105727",
    "9223372036854775807 + 9223372036854775807",
    "9223372036854775807 * 9223372036854775807 * 9223372036854775807",
    "-170141183460469231731687303715884105727 - 2",
    "2 ** 127",
    "2 ** -1",
    "0 ** 0",
    "1 / 0",
    "1 % 0",
    "1e300",
    "-1e300",
    "1e999",
    "0.5",
    "usize::MAX",
    "usize::MAX + 1",
    "u8::MAX",
    "WIDTH",
    "WIDTH * 9223372036854775807",
    "WIDTH / 0",
    "H",
    "9223372036854775807 * H",
    "H / 0",
    "H - 9223372036854775807",
    "N",
    "N * 18446744073709551615",
    "N - 1",
    "None",
];

/// One number, or several as a layer may take them.
const FORMS: &[&str] = &["#", "(#, #)", "((#, #), (#, #))", "[#]", "(1, #)", "{ # }"];

const INPUTS: &[&str] = &[
    "Input(4)",
    "Input(None, 4)",
    "Input(6, 4)",
    "Input(6, 6, 4)",
    "Input(6, 6, 6, 4)",
    "Input(5, dtype = int32)",
    "Input(N, N, H)",
];

/// Other places of a number.
const PLACES: &[&str] = &[
    "Input(#) => Dense(1)",
    "Input(#, #) => Flatten() => Dense(1)",
    "Input(#, #, #) => GlobalAveragePooling2D() => Dense(1)",
    "Input(time: #, 4) => LSTM(#)",
    "Input(4, batch = #) => Dense(#)",
    "Input(shape = (#, #)) => Flatten()",
    "Input(4) => [Dense(#); #]",
    "Input(4) => [[Dense(1); #]; #]",
    "Input(None, 4) => TimeDistributed(Dense(#)) => Bidirectional(GRU(#))",
    "let x = Input(4); [x => Dense(#), x => Dense(#)] => Concatenate(axis = #)",
    "let x = Input(4); x => Dense(x.shape[#])",
    "let x = Input(#); x => Dense(x.shape[-1] * #)",
    "let x = Input(4); let mut n = #; n += #; n *= #; n -= 1; x => Dense(n)",
    "let mut x = Input(4); for i in #..# { x = x => Dense(i); } x => Dense(1)",
    "let mut x = Input(4); for i in (#..=#).rev().step_by(#) { x = x => Dense(i); } x => Dense(1)",
    "let mut x = Input(4); for i in range(#, #, #) { x = x => Dense(i); } x => Dense(1)",
    "let f = |x, n = #| x => Dense(n + #); Input(4) => f(#)",
    "let a = [#, #]; Input(4) => Dense(a[#])",
    "let n = abs(#).max(#).pow(#); Input(4) => Dense(n)",
    "let n = int(#) + round(#) + floor(#); Input(4) => Dense(n)",
    "let x = Input(4); if # > # { x => Dense(#) } else { x }",
    "Input(4) => Dense(1, name = \"a{#}\")",
    "Input(4) => Own(#, a = #)",
    "Input(4) => Own::<{ # }>(#)",
    "Input(4) => Lambda(|x| x, (#, #))",
    "Input(4) => Dense(1, kernel_initializer = RandomNormal(stddev = #, seed = #))",
    "Input(4) => Dense(1, kernel_regularizer = L1L2(#, #), kernel_constraint = MaxNorm(#, axis = #))",
];

/// Tries a model as it is, with a name, and with parameters whose defaults are such numbers too.
fn tries(body: &str, number: &str, turn: usize) {
    let source = match turn % 4 {
        0 => body.to_string(),
        1 => format!("struct M<const N: usize, H: Unsigned> {{ {body} }}"),
        2 => format!("struct M<H: Unsigned = {number}, const N: usize = {number}> {{ {body} }}"),
        _ => format!("struct M<const N: i128 = {{ {number} }}, H: Unsigned> {{ {body} }}"),
    };
    if let Ok(tokens) = source.parse::<TokenStream>() {
        tried(&tokens).unwrap_or_else(|problem| panic!("{source}: {problem}"));
    }
}

#[test]
fn a_number_at_the_edge_is_taken_or_refused_wherever_it_stands() {
    for (i, place) in PLACES.iter().enumerate() {
        for (k, number) in NUMBERS.iter().enumerate() {
            for turn in 0..if cfg!(debug_assertions) { 1 } else { 4 } {
                tries(&place.replace('#', number), number, turn + i + k);
            }
        }
    }
}

#[test]
fn a_number_at_the_edge_is_taken_or_refused_by_each_argument() {
    // Code that is not optimised has time for some of them.
    let step = if cfg!(debug_assertions) { 31 } else { 7 };
    let mut turn = 0;
    for class in LayerConfig::CLASSES {
        let args = LayerConfig::default_of(class).map(|config| config.args()).unwrap_or_default();
        for arg in args {
            let others = args.iter().filter(|other| other.required && other.name != arg.name);
            let others: String = others.map(|other| format!(", {} = 2", other.name)).collect();
            for (number, form) in
                NUMBERS.iter().flat_map(|number| FORMS.iter().map(move |form| (number, form)))
            {
                turn += 1;
                if turn % step != 0 {
                    continue;
                }
                let layer = format!("{class}({} = {}{others})", arg.name, form.replace('#', number));
                let input = INPUTS[turn / step % INPUTS.len()];
                let body = match turn / step % 5 {
                    0 => format!("let x = {input}; [x, x] => {layer}"),
                    1 => format!("{input} => TimeDistributed({layer})"),
                    2 => format!("{input} => Bidirectional({layer})"),
                    _ => format!("{input} => {layer} => Dense(1)"),
                };
                tries(&body, number, turn / step / 5);
            }
        }
    }
}
