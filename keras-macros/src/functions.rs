//! Models written with functions, loops and choices are, node by node, the models written out by hand.
#![allow(clippy::expect_used, clippy::panic)]

use proc_macro2::TokenStream;

/// What the macro writes for a model.
fn expansion(model: &str) -> String {
    let tokens: TokenStream = model.parse().expect("tokens");
    crate::model_impl(tokens).to_string()
}

pub(crate) fn same(short: &str, long: &str) {
    let (a, b) = (expansion(short), expansion(long));
    assert!(!b.contains("compile_error"), "{b}");
    if let Some(at) = a.find("compile_error") {
        panic!("{}", &a[at..(at + 600).min(a.len())]);
    }
    if let Some(at) = a.chars().zip(b.chars()).position(|(a, b)| a != b) {
        let part = |text: &str| text.chars().skip(at.saturating_sub(100)).take(300).collect::<String>();
        panic!("{short}\nis not\n{long}\n{}\n\n{}", part(&a), part(&b));
    }
    assert_eq!(a.len(), b.len());
}

/// The messages of the mistakes in a model, each once, as the compiler shows them.
fn mistakes(model: &str) -> Vec<String> {
    let text = expansion(model);
    let parts = text.split("compile_error ! {").skip(1);
    let mut seen = std::collections::HashSet::new();
    parts
        .map(|part| {
            let literal = part.trim_start();
            let mut end = 1;
            while let Some(at) = literal[end..].find('"') {
                end += at + 1;
                if !literal[..end - 1].ends_with('\\') {
                    break;
                }
            }
            syn::parse_str::<syn::LitStr>(&literal[..end]).map(|lit| lit.value()).unwrap_or_default()
        })
        .filter(|message| seen.insert(message.clone()))
        .collect()
}

#[test]
fn a_function_is_written_out_at_each_application() {
    same(
        "let residual = |x, filters, strides = 1| {
            let y = x => Conv2D(filters, 3, strides = strides, padding = same) => ReLU();
            let s = x => Conv2D(filters, 1, strides = strides);
            [y, s] => Add()
         };
         let x = Input(8, 8, 3);
         let x = x => residual(4);
         let x = x => residual(2 * 4, strides = 2);
         x => Flatten() => Dense(1)",
        "let x = Input(8, 8, 3);
         let y = x => Conv2D(4, 3, strides = 1, padding = same) => ReLU();
         let s = x => Conv2D(4, 1, strides = 1);
         let x = [y, s] => Add();
         let y = x => Conv2D(8, 3, strides = 2, padding = same) => ReLU();
         let s = x => Conv2D(8, 1, strides = 2);
         let x = [y, s] => Add();
         x => Flatten() => Dense(1)",
    );
}

#[test]
fn functions_of_numbers_are_their_values() {
    same(
        "let depth = |v, divisor = 8| {
            let mut n = max(divisor, ((v + divisor / 2) / divisor).floor() * divisor);
            if n < 0.9 * v { n += divisor; }
            n
         };
         let repeats = |n| (1.8 * n).ceil();
         let name = |i, j| \"block{i}{chr(j + 97)}\";
         let mut x = Input(6);
         for i in 0..repeats(1) { x = x => Dense(depth(24 * 0.75), name = name(i, 2)); }
         let n = if depth(3) > 4 { depth(33, divisor = 10) } else { 1 };
         x => Dense(n) => Dense(if n == 1 { 2 } else { int(n * 0.3) }, activation = if n > 3 { \"relu\" } else { None })",
        "let x = Input(6);
         let x = x => Dense(24, name = \"block0c\");
         let x = x => Dense(24, name = \"block1c\");
         x => Dense(30) => Dense(9, activation = \"relu\")",
    );
}

#[test]
fn functions_of_values_grow_no_further_than_a_model() {
    let mut model = String::from("let f0 = |v| v + 1;");
    for i in 1..40 {
        model += &format!("let f{i} = |v| f{0}(v) + f{0}(v);", i - 1);
    }
    // 2^39 applications are not computed: the compiler is left to say that there is no such function.
    let begin = std::time::Instant::now();
    assert!(expansion(&(model + "Input(4) => Dense(f39(1))")).contains("f39 (1)"));
    assert!(begin.elapsed().as_secs() < 10, "{:?}", begin.elapsed());
    assert!(!mistakes("let f = |v| v + v; Input(4) => Dense(f(2), 3) => f(2)").is_empty());
}

#[test]
fn loops_take_elements_apart() {
    same(
        "let mut x = Input(4);
         for (i, (units, (activation, bias))) in [(8, (relu, true)), (16, (tanh, false))].enumerate() {
             x = x => Dense(units, activation = activation, use_bias = bias, name = \"d{i}\");
         }
         x",
        "let x = Input(4);
         let x = x => Dense(8, activation = relu, use_bias = true, name = \"d0\");
         x => Dense(16, activation = tanh, use_bias = false, name = \"d1\")",
    );
    let found = mistakes(
        "let mut x = Input(4); for (i, (a, b)) in [8, 9].enumerate() { x = x => Dense(a, name = \"{b}{i}\"); } x",
    );
    assert!(found.iter().any(|text| text.contains("2 names stand before `in`")), "{found:?}");
}

#[test]
fn an_assertion_says_what_is_wrong() {
    let model = |units: &str| {
        format!(
            "let f = |x, units| {{ assert!(units > 2, \"units is {{units}}, and more than 2\"); x => Dense(units) }}; Input(4) => f({units})"
        )
    };
    same(&model("3"), "Input(4) => Dense(3)");
    let found = mistakes(&model("2"));
    assert!(found.len() == 1 && found[0].starts_with("units is 2, and more than 2"), "{found:?}");
    assert!(found[0].contains("in `f(2)`, applied in line 1"), "{found:?}");
    for (model, words) in [
        ("assert!(true); Input(4)", "an assertion is written"),
        ("assert!(N > 2, \"n\"); Input(4)", "a condition in a model"),
        ("assert!; Input(4)", "an assertion is written"),
    ] {
        assert!(mistakes(model).iter().any(|text| text.contains(words)), "{model}: {:?}", mistakes(model));
    }
}

#[test]
fn a_length_that_the_data_knows_is_none() {
    let model = |input: &str| {
        format!(
            "let pad = |x| {{ let mut n = 1; if x.shape[1] != None {{ n = 1 - x.shape[1] % 2; }} x => ZeroPadding1D(n) }}; {input} => pad"
        )
    };
    same(&model("Input(None, 3)"), "Input(None, 3) => ZeroPadding1D(1)");
    same(&model("Input(5, 3)"), "Input(5, 3) => ZeroPadding1D(0)");
    same(&model("Input(6, 3)"), "Input(6, 3) => ZeroPadding1D(1)");
    same(
        "let x = Input(None, 3); if x.shape[1] == None { x => LSTM(2) } else { x }",
        "let x = Input(None, 3); x => LSTM(2)",
    );
}

#[test]
fn a_name_that_is_none_is_not_given() {
    same(
        "let block = |x, name = None| {
             let relu = if name == None { None } else { \"{name}_relu\" };
             x => Dense(3, name = name) => ReLU(name = relu)
         };
         Input(4) => block => block(name = \"b\") => block()",
        "Input(4) => Dense(3) => ReLU() => Dense(3, name = \"b\") => ReLU(name = \"b_relu\") => Dense(3) => ReLU()",
    );
}

#[test]
fn functions_stand_in_the_middle_of_chains() {
    same(
        "let block = |x, units| x => Dense(units) => ReLU();
         Input(4) => block(3) => block(units = 2) => Dense(1)",
        "Input(4) => Dense(3) => ReLU() => Dense(2) => ReLU() => Dense(1)",
    );
}

#[test]
fn functions_are_called_as_in_python_too() {
    same(
        "let block = |x, units, rate = 0.5| x => Dense(units) => Dropout(rate);
         let x = Input(4);
         let x = block(x, 8);
         let y = block(x, units = 4, rate = 0.1);
         y => Dense(1)",
        "let x = Input(4);
         let x = x => Dense(8) => Dropout(0.5);
         let y = x => Dense(4) => Dropout(0.1);
         y => Dense(1)",
    );
}

#[test]
fn functions_apply_functions_and_have_several_results() {
    same(
        "let half = |x, n| x => Dense(n / 2);
         let two = |x, n| { let a = x => half(n); let b = x => Dense(n); (a, b) };
         let x = Input(4);
         let (a, b) = x => two(8);
         [a, b] => Concatenate() => Dense(1)",
        "let x = Input(4);
         let a = x => Dense(4);
         let b = x => Dense(8);
         [a, b] => Concatenate() => Dense(1)",
    );
}

#[test]
fn loops_run_with_an_index_in_names() {
    same(
        "let mut x = Input(4);
         for (i, units) in [8, 16].enumerate() {
             for j in 0..2 { x = x => Dense(units, name = \"block{i + 1}_{j}\"); }
         }
         x => Dense(1)",
        "let x = Input(4);
         let x = x => Dense(8, name = \"block1_0\");
         let x = x => Dense(8, name = \"block1_1\");
         let x = x => Dense(16, name = \"block2_0\");
         let x = x => Dense(16, name = \"block2_1\");
         x => Dense(1)",
    );
}

#[test]
fn choices_take_one_branch() {
    same(
        "let stage = |x, units, drop = None, activation = relu| {
             let mut y = x => Dense(units, activation = activation);
             if drop != None { y = y => Dropout(drop); }
             let y = if units > 4 { y => Dense(4) } else if units == 4 { y } else { y => Dense(5) };
             y
         };
         let x = Input(4);
         let x = x => stage(8, drop = 0.5);
         let x = x => stage(4, activation = tanh);
         x => stage(3)",
        "let x = Input(4);
         let y = x => Dense(8, activation = relu);
         let y = y => Dropout(0.5);
         let x = y => Dense(4);
         let x = x => Dense(4, activation = tanh);
         let y = x => Dense(3, activation = relu);
         y => Dense(5)",
    );
}

#[test]
fn numbers_change_in_loops() {
    same(
        "let mut filters = 2;
         let mut x = Input(4);
         for _ in 0..3 { x = x => Dense(filters); filters *= 2; }
         x => Dense(filters)",
        "let x = Input(4);
         let x = x => Dense(2);
         let x = x => Dense(4);
         let x = x => Dense(8);
         x => Dense(16)",
    );
}

#[test]
fn a_function_sees_the_names_where_it_was_written() {
    same(
        "let shared = Dense(4);
         let n = 3;
         let f = |x| x => shared => Dense(n);
         let n = 4;
         let shared = Dense(5);
         let x = Input(4);
         x => f => shared => Dense(n) => f",
        "let shared_a = Dense(4);
         let shared_b = Dense(5);
         let x = Input(4);
         x => shared_a => Dense(3) => shared_b => Dense(4) => shared_a => Dense(3)",
    );
}

#[test]
fn layers_tensors_and_functions_are_arguments() {
    same(
        "let twice = |x, layer, skip| { let y = x => layer => layer; [y, skip] => Add() };
         let apply = |x, f, n| x => f(n);
         let x = Input(4);
         let y = x => Dense(4);
         let z = y => twice(Dense(4), skip = x);
         z => apply(|x, n| x => Dense(n), 3)",
        "let x = Input(4);
         let y = x => Dense(4);
         let layer = Dense(4);
         let skip = x;
         let y = y => layer => layer;
         let z = [y, skip] => Add();
         let x = z;
         x => Dense(3)",
    );
}

#[test]
fn mistakes_in_a_function_name_the_application() {
    let found = mistakes(
        "let block = |x, units| x => Dense(units) => LSTM(4);
         let x = Input(4);
         let a = x => block(3);
         let b = x => block(5);
         [a, b] => Add()",
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("in `block(3)`, applied in line 3"), "{found:?}");
}

#[test]
fn mistakes_at_an_application_say_what_is_missing() {
    for (model, words) in [
        ("let f = |x, n| x => Dense(n); Input(4) => f()", "`f` needs `n`: `f(n = ...)`"),
        ("let f = |x, units| x => Dense(units); Input(4) => f(unit = 3)", "did you mean `units`?"),
        ("let f = |x, n| x => Dense(n); Input(4) => f(3, 4)", "`f` takes `x`, `n`"),
        ("let f = |x, n| x => Dense(n); let a = Input(4); a => f(n = 3, n = 4)", "`n` is given twice"),
        ("let f = |x| x => Dense(3); let a = Input(4); [f, a] => Add()", "`f` is a function, not a tensor"),
        ("let x = Input(4); for i in N { x = x => Dense(3); } x", "a loop in a model goes through"),
        ("let x = Input(4); for i in 0..2 { x = x => Dense(3); } x", "let mut x"),
        ("let x = Input(4); let y = if N > 2 { x } else { x => Dense(2) }; y", "a condition in a model"),
        ("let mut x = Input(4); for i in 0..2 { x => Dense(3) } x", "a `;` is missing"),
        ("let f = |x, n| { let y = x => Dense(n); }; Input(4) => f(2)", "this has no result"),
        ("let mut x = Input(4); for i in 0..100000 { x = x => Dense(3); } x", "at most 10000 rounds"),
    ] {
        let found = mistakes(model);
        assert!(found.iter().any(|text| text.contains(words)), "{model}: {found:?}");
        assert!(found.len() <= 2, "{model}: {found:?}");
    }
}

#[test]
fn a_bound_layer_takes_tensors_where_it_is_applied() {
    same(
        "let x = Input(None, 4); let h = Input(8);
         let decoder = GRU(8);
         x => decoder(initial_state = h) => Dense(1)",
        "let x = Input(None, 4); let h = Input(8);
         x => GRU(8, initial_state = h) => Dense(1)",
    );
    let found = mistakes("let x = Input(None, 4); let f = GRU(8); x => f(units = 3)");
    assert!(found[0].contains("`units` is no argument of a call of GRU"), "{found:?}");
}

/// A function that stands elsewhere: the model asks for it, and goes on when it is given.
#[test]
fn functions_of_other_places_are_asked_for() {
    let item = expansion("/// Docs.\npub fn block(x, units = 3) { x => Dense(units) => ReLU() }");
    assert!(item.contains("pub use __model_function_block_") && item.contains(" as block"), "{item}");
    let asked: TokenStream = expansion("Input(4) => block() => blocks::other(2)").parse().expect("tokens");
    let trees: Vec<proc_macro2::TokenTree> = asked.into_iter().collect();
    assert_eq!(trees[0].to_string(), "block");
    let proc_macro2::TokenTree::Group(rest) = &trees[2] else { panic!("{trees:?}") };
    let mut given: TokenStream =
        "{ |x, units = 3| { x => Dense(units) => ReLU() } }".parse().expect("tokens");
    given.extend(rest.stream());
    let asked: Vec<proc_macro2::TokenTree> = crate::with_impl(given).into_iter().collect();
    let path: TokenStream = asked[..4].iter().cloned().collect();
    assert_eq!(path.to_string().replace(' ', ""), "blocks::other");
    let Some(proc_macro2::TokenTree::Group(rest)) = asked.last() else { panic!("{asked:?}") };
    let mut given: TokenStream = "{ |x, n| { x => Dense(n) } }".parse().expect("tokens");
    given.extend(rest.stream());
    let found = crate::with_impl(given).to_string();
    assert!(found == expansion("Input(4) => Dense(3) => ReLU() => Dense(2)"), "{found}");
}

#[test]
fn functions_are_applied_inside_of_applications() {
    same(
        "let f = |x, n| x => Dense(n);
         let sum = |x, y| { let z = x + y; z => ReLU() };
         let x = Input(4);
         let y = f(f(x, 8), 4);
         let z = sum(f(y => Dropout(0.5), 4), y);
         z => Dense(1)",
        "let x = Input(4);
         let x = x => Dense(8);
         let y = x => Dense(4);
         let x = y => Dropout(0.5);
         let x = x => Dense(4);
         let z = [x, y] => Add();
         z => ReLU() => Dense(1)",
    );
}

#[test]
fn the_sum_of_two_tensors_is_a_tensor_wherever_it_is_bound() {
    same(
        "let x = Input(4); let y = x => Dense(4); let z = x + y; z => Dense(1)",
        "let x = Input(4); let y = x => Dense(4); let z = [x, y] => Add(); z => Dense(1)",
    );
    same(
        "let block = |x| { let y = x => Dense(4); let z = x + y; z => Dense(4) }; let x = Input(4); x => block => Dense(1)",
        "let x = Input(4); let y = x => Dense(4); let z = [x, y] => Add(); z => Dense(4) => Dense(1)",
    );
    same(
        "let tag = \"a\" + \"_b\"; Input(4) => Dense(1, name = tag)",
        "Input(4) => Dense(1, name = \"a_b\")",
    );
}
