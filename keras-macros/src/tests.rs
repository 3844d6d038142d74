//! What the macro writes, as files that can be read and reviewed: `src/snapshots/*.rs`. After a
//! change on purpose, run with `UPDATE_SNAPSHOTS=1` and read the difference in the commit.
#![allow(clippy::expect_used, clippy::panic)]

use std::path::Path;

use proc_macro2::TokenStream;

/// Compares the expansion of a model with its snapshot.
fn snapshot(name: &str, model: &str) {
    let tokens: TokenStream = model.parse().expect("tokens");
    let expanded = crate::model_impl(tokens);
    // A value expands to a block, and prettyplease prints files.
    let file = match syn::parse2::<syn::File>(expanded.clone()) {
        Ok(file) => file,
        Err(_) => {
            syn::parse2(quote::quote! { fn value() { let _ = #expanded; } }).expect("the expansion is Rust")
        }
    };
    let found = format!("// {}\n\n{}", model.trim().replace('\n', "\n// "), prettyplease::unparse(&file));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/snapshots").join(format!("{name}.rs"));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &found).expect("a snapshot can be written");
        return;
    }
    let wanted = std::fs::read_to_string(&path).unwrap_or_default();
    if wanted != found {
        panic!(
            "the expansion of `{name}` has changed; `UPDATE_SNAPSHOTS=1 cargo test -p keras-macros` accepts it\n{}",
            difference(&wanted, &found)
        );
    }
}

/// The lines that differ, between those that do not.
fn difference(wanted: &str, found: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (wanted.lines().collect(), found.lines().collect());
    // The longest common subsequence from each pair of places on.
    let mut common = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] =
                if a[i] == b[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut out) = (0, 0, String::new());
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
        } else if j == b.len() || (i < a.len() && common[i + 1][j] >= common[i][j + 1]) {
            out += &format!("- {:>4}  {}\n", i + 1, a[i]);
            i += 1;
        } else {
            out += &format!("+ {:>4}  {}\n", j + 1, b[j]);
            j += 1;
        }
    }
    out
}

#[test]
fn a_chain_is_a_value() {
    snapshot("value", "Input(4) => Dense(3, activation = relu) => Dropout(0.5) => Dense(1)");
}

#[test]
fn a_named_struct_has_a_field_for_each_layer() {
    snapshot(
        "named",
        "/// Sorts sequences.\n#[derive(Clone)]\npub struct Classifier {\n    Input(None, 50) => LSTM(64, name = \"memory\") => [Dense(10); 2]\n}",
    );
}

#[test]
fn constants_are_left_to_the_compiler() {
    snapshot("constants", "struct Narrow { Input(FEATURES) => Dense(2 * HIDDEN) => Dense(1) }");
}

#[test]
fn an_own_layer_is_asked_for_its_shape() {
    snapshot(
        "own_layer",
        "struct Scaled { Input(4) => Scale(2.0, center = true) => layers::Shift => Dense(1) }",
    );
}

#[test]
fn bindings_make_a_graph() {
    snapshot(
        "graph",
        "struct Twice {\n    let x = Input(8);\n    let tower = Dense(4) => Dense(2);\n    x => tower => Dense(1)\n}",
    );
}

#[test]
fn a_model_with_parameters_has_its_constants_in_a_type() {
    snapshot(
        "generic",
        "pub struct Head<const UNITS: usize, const BIAS: bool = true> { Input(None, UNITS) => Dense(2 * UNITS, use_bias = BIAS) => Own::<UNITS> => Dense(3) }",
    );
}

#[test]
fn a_number_of_typenum_is_a_type_and_a_value() {
    snapshot("typenum", "struct Doubled<H: Unsigned> { Input(2 * H) => Dense(H + 1) }");
}

#[test]
fn a_broken_model_keeps_the_fields_known_so_far() {
    snapshot("broken", "pub struct Broken { Input(None, 50) => LSTM(64) => Dense(activation = relu) => }");
}

#[test]
fn a_difference_shows_the_lines_that_changed() {
    assert_eq!(difference("a\nb\nc", "a\nx\nc"), "-    2  b\n+    2  x\n");
}

#[test]
fn a_crate_under_another_name_is_the_only_one_that_is_named() {
    let sources = [
        "crate = my::keras; pub struct A { let a = Input(N); let b = Input(4); ([a, b] => Own => Dense(2), b => Lambda(|x| x)) }",
        "crate = ::my::keras; Input(4) => LSTM(2)",
        "crate = crate::keras; pub fn f(x, units = 3) { x => Dense(units) }",
        "crate = my::keras; Input(4) => f(5)",
        "crate = my::keras; pub struct A { Input(4) => => Dense(2) }",
        "crate = my::keras; pub struct A { Input(4) => Dens(2) }",
    ];
    for source in sources {
        let expanded = crate::model_impl(source.parse().expect("tokens")).to_string();
        let at = expanded.find("keras_core");
        let around = at.map(|at| &expanded[at.saturating_sub(60)..(at + 60).min(expanded.len())]);
        assert_eq!(around, None, "{source}");
    }
    let expanded = crate::model_impl("crate = 5; Input(4) => Dense(2)".parse().expect("tokens")).to_string();
    assert!(expanded.contains("`crate` is the path of the crate"), "{expanded}");
}

#[test]
fn a_panic_is_one_error_at_every_entry() {
    let broken = |_: TokenStream| -> TokenStream { panic!("out of luck") };
    let items = [
        "pub struct A { Input(4) => Dense(2) }",
        "pub fn f(x) { x => Dense(2) }",
        "crate = my::keras; fn f(x) { x }",
    ];
    let expanded: Vec<String> =
        items.iter().map(|item| crate::guarded(item.parse().expect("tokens"), broken).to_string()).collect();
    let value = crate::guarded("Input(4) => Dense(2)".parse().expect("tokens"), broken);
    for item in &expanded {
        assert!(syn::parse_str::<syn::File>(item).is_ok(), "{item}");
        assert_eq!(item.matches("compile_error").count(), 1, "{item}");
        assert!(
            item.contains("that is a mistake in the macro, not yours") && item.contains("out of luck"),
            "{item}"
        );
    }
    // The type is there for those who use it.
    assert!(expanded[0].contains("pub struct A"));
    assert!(syn::parse2::<syn::Expr>(value).is_ok());
}

#[test]
fn a_function_past_a_limit_is_one_error() {
    let deep = format!("fn f(x) {{ x => Dense({}1{}) }}", "(".repeat(100), ")".repeat(100));
    let expanded = crate::model_impl(deep.parse().expect("tokens"));
    assert!(syn::parse2::<syn::File>(expanded.clone()).is_ok(), "{expanded}");
    assert_eq!(expanded.to_string().matches("compile_error").count(), 1);
}

#[test]
fn a_layer_in_a_wrapper_may_be_named_by_a_path() {
    let expanded = |layer: &str| {
        let source = format!("Input(6, 4) => TimeDistributed({layer}) => Dense(1)");
        crate::model_impl(source.parse().expect("tokens")).to_string()
    };
    for (path, name) in [("blocks::Own", "Own"), ("crate::blocks::Own(3, a = 2)", "Own(3, a = 2)")] {
        let text = expanded(path);
        assert!(!text.contains("unreachable") && !text.contains("compile_error"), "{text}");
        assert_eq!(text.replace("crate :: ", "").replace("blocks :: ", ""), expanded(name), "{path}");
    }
    for (args, problem) in [
        ("blocks::Own", "`Own` has no direction"),
        ("LSTM(3), backward_layer = blocks::Own", "`Own` has no direction"),
        ("N", "`N` is a parameter of the model, a number: no layer is called so"),
    ] {
        let source =
            format!("struct M<const N: usize> {{ Input(6, 4) => Bidirectional({args}) => Dense(N) }}");
        let text = crate::model_impl(source.parse().expect("tokens")).to_string();
        assert!(text.contains(problem) && text.matches("compile_error").count() == 1, "{text}");
    }
}

/// How many different mistakes are told: rustc says one that stands in several places of an expansion once.
fn mistakes(text: &str) -> usize {
    let told: std::collections::BTreeSet<&str> = text
        .split("compile_error ! {")
        .skip(1)
        .map(|rest| rest.split('}').next().unwrap_or_default())
        .collect();
    told.len()
}

#[test]
fn a_path_is_no_tensor() {
    for list in ["[a::b, x]", "[x, x => Dense(4), a::b::c]"] {
        let source = format!("let x = Input(4); {list} => Add()");
        let text = crate::model_impl(source.parse().expect("tokens")).to_string();
        assert!(text.contains("expected a tensor, found the path `a::b"), "{text}");
        assert_eq!(mistakes(&text), 1, "{text}");
    }
}

#[test]
fn a_list_of_one_merges_and_a_tensor_does_not() {
    for layer in ["Add()", "Average()", "Maximum()", "Minimum()", "Multiply()", "Concatenate()"] {
        for (source, wrong) in [("[x]", 0), ("[x => Dense(4)]", 0), ("x", 1), ("x => Dense(4)", 1)] {
            let source = format!("let x = Input(4); {source} => {layer}");
            let text = crate::model_impl(source.parse().expect("tokens")).to_string();
            assert_eq!(mistakes(&text), wrong, "{source}: {text}");
            assert_eq!(text.contains("merges a list of tensors, found 1"), wrong > 0, "{source}: {text}");
        }
    }
}

#[test]
fn a_layer_is_no_tensor() {
    for list in
        ["[Dense(4), x]", "[x, [Dense(4); 3]]", "[x, (Dense(4) => ReLU())]", "[x, Dense(4) => ReLU()]"]
    {
        let source = format!("let x = Input(4); {list} => Add()");
        let text = crate::model_impl(source.parse().expect("tokens")).to_string();
        assert!(text.contains("expected a tensor, found a layer"), "{text}");
        assert_eq!(mistakes(&text), 1, "{text}");
    }
}

#[test]
fn a_wrapper_around_nothing() {
    let source = "let block = Sequential([]); Input(2, 4, 3) => TimeDistributed(block)";
    let text = crate::model_impl(source.parse().expect("tokens")).to_string();
    assert!(text.contains("a wrapper takes a layer, and this block has none"), "{text}");
    assert_eq!(mistakes(&text), 1, "{text}");
}

#[test]
fn a_list_is_taken_apart() {
    let expanded = |line: &str| {
        let source = format!(
            "let a = Input(3); let b = Input(4); {line}; let u = y => Dense(2); [u, z => Dense(2)] => Add()"
        );
        crate::model_impl(source.parse().expect("tokens")).to_string()
    };
    assert_eq!(mistakes(&expanded("let (y, z) = [a, b]")), 0);
    assert_eq!(mistakes(&expanded("let (y, z, ..) = [a, b, a]")), 0);
    let cases = [
        ("let (y, z, w) = [a, b]", "2 tensors, and 3 names for them"),
        ("let (y, z) = [a, b, a]", "3 tensors, and 2 names for them"),
        ("let (y, z) = a", "1 tensor, and 2 names for them"),
    ];
    for (line, wanted) in cases {
        let text = expanded(line);
        assert!(text.contains(wanted), "{line}: {text}");
        assert_eq!(mistakes(&text), 1, "{line}: {text}");
    }
}

#[test]
fn a_tensor_is_no_argument_of_an_own_layer() {
    for call in ["Inner(mask = m)", "Inner(m)", "own::Gate(3, by = m)"] {
        let source = format!("let x = Input(4); let m = Input(3); [x => {call}, m => Dense(2)] => Add()");
        let text = crate::model_impl(source.parse().expect("tokens")).to_string();
        assert!(text.contains("`m` is a tensor, and an argument of a model"), "{text}");
        assert_eq!(mistakes(&text), 1, "{call}: {text}");
    }
}

#[test]
fn what_is_repeated_is_one_layer() {
    let source = "struct T { Input(4) => [Dense [0]; 3] }";
    let text = crate::model_impl(source.parse().expect("tokens")).to_string();
    assert!(text.contains("expected one layer and a number"), "{text}");
}

#[test]
fn empty_parentheses_hold_no_tensor() {
    let sources = [
        "({ () })",
        "{ [{ () }] }",
        "{ { () } } Model",
        "()",
        "let x = { () }; x => Dense(1)",
        "{ { (,) } }",
        "(,)",
        "let x = { (,) }; x => Dense(1)",
    ];
    for source in sources {
        let text = crate::model_impl(source.parse().expect("tokens")).to_string();
        assert!(text.contains("`()` holds no tensor"), "{text}");
        assert_eq!(mistakes(&text), 1, "{text}");
    }
}

/// The expansions of two models are one.
fn same(source: &str, plain: &str) {
    let expanded = |source: &str| crate::model_impl(source.parse().expect("tokens")).to_string();
    let (found, wanted) = (expanded(source), expanded(plain));
    assert!(!wanted.contains("compile_error"), "{plain}: {wanted}");
    assert_eq!(found, wanted, "{source}");
}

#[test]
fn a_layer_of_a_module_is_one_layer_as_a_parameter() {
    for (before, behind) in [
        ("let twice = |x, layer| { let y = x => layer; y => layer }; twice(Input(4), ", "Dense(4))"),
        ("let f = |x, layer = ", "Dense(4)| { let y = x => layer; y => layer }; f(Input(4))"),
        ("let mut x = Input(4); for l in [", "Dense(4)] { x = x => l; x = x => l; } x"),
    ] {
        same(&format!("{before}layers.{behind}"), &format!("{before}{behind}"));
        same(&format!("{before}keras.layers.{behind}"), &format!("{before}{behind}"));
    }
    let apart = "let x = Input(4); x => Dense(4) => Dense(4)";
    let expanded = |source: &str| crate::model_impl(source.parse().expect("tokens")).to_string();
    let twice = "let mut x = Input(4); for l in [layers.Dense(4)] { x = x => l; x = x => l; } x";
    assert_ne!(expanded(twice), expanded(apart));
}

#[test]
fn what_is_spread_reaches_to_the_comma() {
    for (source, plain) in [
        (
            "let s = [(3, 3), (5, 5)]; Input(9, 9, 1) => Conv2D(8, *s[1:])",
            "Input(9, 9, 1) => Conv2D(8, (5, 5))",
        ),
        ("let s = [(3, 2), (5, 5)]; Input(9, 9, 1) => Conv2D(8, *s[0])", "Input(9, 9, 1) => Conv2D(8, 3, 2)"),
        ("let d = (1,); Input(3) => Reshape((*d * 2, 3))", "Input(3) => Reshape((1, 1, 3))"),
        ("let d = (9, 9, 1); Input((*d[:2], 3)) => Conv2D(8, 3)", "Input((9, 9, 3)) => Conv2D(8, 3)"),
        ("let d = (9,); Input((*d + (9,), 3)) => Conv2D(8, 3)", "Input((9, 9, 3)) => Conv2D(8, 3)"),
        (
            "let f = |pre| { Input(shape = (*pre, 3)) => Dense(2) }; f(())",
            "let f = |pre| { Input(shape = (3,)) => Dense(2) }; f(())",
        ),
        (
            "let f = |pre| { Input(shape = (4, *pre)) => Dense(2) }; f(())",
            "let f = |pre| { Input(shape = (4,)) => Dense(2) }; f(())",
        ),
        ("let pre = (); Input(shape = (*pre, 3)) => Dense(2)", "Input(shape = (3,)) => Dense(2)"),
        ("let u = [8, \"relu\"]; Input(4) => Dense(*u)", "Input(4) => Dense(8, \"relu\")"),
        (
            "let c = {\"use_bias\": false}; Input(4) => Dense(8, **c)",
            "Input(4) => Dense(8, use_bias = false)",
        ),
    ] {
        same(source, plain);
    }
}

#[test]
fn choices_of_a_power_end_at_their_words() {
    for (source, plain) in [
        ("let m = 8; let n = 3; Input(4) => Dense(if m == 2 ** n { 8 } else { 4 })", "Input(4) => Dense(8)"),
        ("let n = 3; Input(4) => Dense(if (n - 1) ** 2 > 4 { 8 } else { 4 })", "Input(4) => Dense(4)"),
    ] {
        same(source, plain);
    }
}

#[test]
fn a_layer_may_be_an_activation_under_a_parameter() {
    same(
        "let f = |x, act| { x => Dense(4, activation = act) }; f(Input(4), layers.LeakyReLU(0.2))",
        "let f = |x, act| { x => Dense(4, activation = LeakyReLU(0.2)) }; f(Input(4), 1)",
    );
}

#[test]
fn lambda_is_a_name_of_rust_too() {
    same(
        "let lambda = Input(4); let x = Input(4); [lambda, x] => Concatenate()",
        "let lambda = Input(4); let x = Input(4); [lambda, x,] => Concatenate()",
    );
    same(
        "let f = |x, lambda, n| { x => Dense(n, kernel_regularizer = L2(lambda)) }; f(Input(4), 0.5, 3)",
        "let f = |x, a, n| { x => Dense(n, kernel_regularizer = L2(a)) }; f(Input(4), 0.5, 3)",
    );
}

#[test]
fn settings_of_keras_are_known_in_functions_of_their_own() {
    let item = "fn f(x) { ops.maximum(x, keras.backend.epsilon()) }";
    let text = crate::model_impl(item.parse().expect("tokens")).to_string();
    assert!(text.contains("1e-7") && !text.contains("epsilon"), "{text}");
    // A constant of Rust may be called `K`.
    let model = "Input(4) => LayerNormalization(epsilon = K.epsilon())";
    let text = crate::model_impl(model.parse().expect("tokens")).to_string();
    assert!(text.contains("K . epsilon ()"), "{text}");
}

#[test]
fn names_of_a_pattern_of_which_one_is_used_hide_nothing() {
    let model = |name: &str| {
        format!(
            "let mut x = Input(5, 3); let (_, h, c) = x => LSTM(5, return_state = true); for i in 0..2 {{ let ({name}, h, c) = x => LSTM(5, return_state = true); x = {{ let z = y; z => RepeatVector(5) }}; }} x => LSTM(5, initial_state = [h, c])"
        )
    };
    let expanded = |source: &str| crate::model_impl(source.parse().expect("tokens")).to_string();
    let text = expanded(&model("y"));
    assert!(!text.contains("compile_error"), "{text}");
    let alone = "let mut x = Input(3); for i in 0..2 { let x = x => Dense(3); } x => Dense(1)";
    assert!(expanded(alone).contains("ends with its braces"));
}

#[test]
fn what_is_said_of_pasted_lines() {
    for (source, message) in [
        (
            "let f = |x, l| { x => l }; f(Input(4), layers.Dense(8) Dense(3))",
            "`=>` is missing before `Dense`",
        ),
        (
            "let x = Input(5, 3); let (y, ()) = x => LSTM(4); y",
            "the parentheses of a pattern hold a name each",
        ),
        (
            "let deep = true; let x = Input(3); x => Dense(2) if deep else x",
            "a choice is written `if true { x => Dense (2) } else { x }`",
        ),
        (
            "let mut x = Input(3); for n in 0..2 { x = x => Dense(3); } x => Dense(n)",
            "`n` is the variable of a loop",
        ),
        ("let xs = [0] * 10000 * 10000; Input(3) => Dense(xs[0])", "compile_error"),
        ("let n = [1, 2] * 9223372036854775807; Input(3) => Dense(n[0])", "compile_error"),
        ("let x = Input(3); ops.maximum(x, K.epsilon())", "`keras.backend.epsilon()`"),
        ("Input(3) => Dense(out[1:])", "`out` is no list that is known here"),
    ] {
        let text = crate::model_impl(source.parse().expect("tokens")).to_string();
        assert!(text.contains(message), "{source}: {text}");
    }
    let index =
        crate::model_impl("Input(3) => Dense(SIZES[at::HIDDEN])".parse().expect("tokens")).to_string();
    assert!(!index.contains("compile_error"), "{index}");
}
