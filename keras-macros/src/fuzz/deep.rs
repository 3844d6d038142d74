//! Source that is deep, long, or grows when it is read. Who reads it goes one call deeper with each bracket, operator or
//! argument of a type, so each kind is tried at its limit, in a quarter of rustc's stack, and far beyond.

use proc_macro2::TokenStream;

use super::tried;

/// How often; code that is not optimised takes less of the stack, and more time.
const TIMES: &[usize] = if cfg!(debug_assertions) { &[62, 390] } else { &[31, 62, 130, 190, 390, 20_000] };

/// Each kind of nesting: what stands before, so often as said, in the middle, and behind.
const NESTED: &[(&str, &str, &str, &str, &str)] = &[
    ("Input(4) => ", "[", "Dense(1)", "]", ""),
    ("Input(4) => ", "(", "Dense(1)", ")", ""),
    ("Input(4) => Dense(", "(", "1", ")", ")"),
    ("Input(4) => Dense(", "[", "1", "]", ")"),
    ("Input(4) => Dense(", "{", "1", "}", ")"),
    ("Input(4) => ", "A<", "u8", ">", "(1)"),
    ("Input(4) => Own::<", "A<", "u8", ">", ">(1)"),
    ("Input(tensor = ", "A<", "u8", ">", ")"),
    ("Input(tensor = (", "&", "u8", "", "))"),
    ("Input(tensor = ", "&'a ", "u8", "", ")"),
    ("Input(tensor = ", "*const ", "u8", "", ")"),
    ("Input(tensor = ", "fn() -> ", "u8", "", ")"),
    ("Input(tensor = ", "impl Fn() -> ", "u8", "", ")"),
    ("Input(tensor = ", "(&&&&", "u8", ")", ")"),
    ("Input(tensor = ", "&&&&A<u8, ", "u8", ">", ")"),
    ("struct M<H: Unsigned> { Input(4) => Own::<", "A<", "H", ">", ">(1) }"),
    ("struct M<H: Unsigned> { Input(", "Sum<U2, ", "H", ">", ") => Dense(H) }"),
    ("struct M<H: Unsigned> { Input(", "H + ", "H", "", ") => Dense(H) }"),
    ("struct M<H: Unsigned> { Input(", "(H * ", "H", ")", ") => Dense(H) }"),
    ("struct M<H: Unsigned> { Input(4) => Own::<{", "H + ", "H", "", "}>() }"),
    ("struct M<H: ", "A<", "u8", ">", "> { Input(4) => Dense(1) }"),
    ("struct M<const N: ", "&", "u8", "", "> { Input(4) => Dense(N) }"),
    ("struct M<const N: usize = {", "-", "1", "", "}> { Input(4) => Dense(N) }"),
    ("type M = ", "A<", "u8", ">", ";"),
    ("M::<", "A<", "u8", ">", ">"),
    ("Input(4) => Dense(", "-", "1", "", ")"),
    ("Input(4) => Dense(", "!", "true", "", ")"),
    ("Input(4) => Dense(", "1 + ", "1", "", ")"),
    ("Input(4) => Dense(", "2 ** ", "1", "", ")"),
    ("Input(4) => Dense(", "(1+1+1+", "1", ")", ")"),
    ("Input(4) => Dense(", "- #[a] ", "1", "", ")"),
    ("Input(4) => Dense(1, kernel_initializer = ", "HeNormal(", "1", ")", ")"),
    ("Input(4) => Dense(1, kernel_initializer = ", "{\"a\": ", "1", "}", ")"),
    ("Input(4) => Own(", "|a| ", "a", "", ")"),
    ("Input(4) => Own(", "|a, b| ", "a", "", ")"),
    ("Input(4) => Own(", "move || ", "a", "", ")"),
    ("Input(4) => Own(", "return ", "a", "", ")"),
    ("Input(4) => Own(", "break 'a ", "a", "", ")"),
    ("Input(4) => Own(", "if ", "a", "", ")"),
    ("Input(4) => Own(", "if a {} else ", "{}", "", ")"),
    ("Input(4) => Own(", "match a { b => ", "1", "}", ")"),
    ("Input(4) => Own(", "a = ", "a", "", ")"),
    ("Input(4) => Own(", "", "a", "?", ")"),
    ("Input(4) => Own(", "", "a", ".b", ")"),
    ("Input(4) => Own(", "", "a", "(1)", ")"),
    ("Input(4) => Own(", "", "a", "[1]", ")"),
    ("Input(4) => Own(", "", "a", " as b", ")"),
    ("Input(4) => Own(", "(", "a", "()()())", ")"),
    ("Input(4) => Own(a as ", "&", "b", "", ")"),
    ("Input(4) => ", "TimeDistributed(", "Dense(1)", ")", ""),
    ("Input(4) => ", "Sequential([", "Dense(1)", "])", ""),
    ("let x = Input(4); ", "[x, ", "x", "] => Add()", ""),
    ("let x = Input(4); ", "x + ", "x", "", ""),
    ("let x = Input(4); ", "(x + ", "x", ")", ""),
    ("let x = Input(4); ", "Dense(1)(", "x", ")", ""),
    ("let x = Input(4); ", "if true {", "x", "} else { x }", ""),
    ("let x = Input(4); ", "if false { x } else ", "{ x }", "", ""),
    ("let f = ", "|x| x => ", "Dense(1)", "", "; Input(4) => f"),
    ("let ", "(", "x", ")", " = Input(4); x"),
    ("pub fn f(x) { ", "for i in 0..2 { ", "x", "}", " }"),
    ("pub fn f(x, n = ", "-", "1", "", ") { x => Dense(n) }"),
    // Each of them names the one before.
    ("let a = [1]; ", "let a = [a]; ", "", "", "Input(4) => Own(a)"),
    ("let a = [1]; ", "let a = [a, a]; ", "", "", "Input(4) => Own(a)"),
    ("let a = [1]; ", "let a = a + a; ", "", "", "Input(4) => Own(a)"),
    ("let a = \"ab\"; ", "let a = a + a; ", "", "", "Input(4) => Dense(1, name = a)"),
    ("let a = \"ab\"; ", "let a = \"{a}{a}\"; ", "", "", "Input(4) => Dense(1, name = a)"),
    ("let mut a = 2; ", "a *= a; ", "", "", "Input(4) => Dense(a)"),
    ("let mut a = [1]; ", "a = a + a; ", "", "", "Input(4) => Own(a)"),
    ("let mut a = [1]; for i in 0..", "1", "", "", " { a = a + a; } Input(4) => Own(a)"),
    ("let f = |x, a| x => Dense(a); ", "let f = |x, a| x => f(a + a); ", "", "", "Input(4) => f(WIDTH)"),
    ("let f = |x, a| x => Dense(a); ", "let f = |x, a| x => f(-a); ", "", "", "Input(4) => f(WIDTH)"),
    ("let f = |x, a| x => Own(a); ", "let f = |x, a| x => f([a, a]); ", "", "", "Input(4) => f(WIDTH)"),
    ("let f = |x, a| x => Dense(1); ", "let f = |x, a| x => f(a)  => f(a); ", "", "", "Input(4) => f(WIDTH)"),
    ("Input(4) => Own(\"", "{a}", "", "", "\")"),
    ("let a = \"ab\"; Input(4) => Dense(1, name = \"", "{a}", "", "", "\")"),
    ("Input(4) => Dense(1", "0", "", "", ")"),
    ("Input(4) => Dense(1.", "0", "", "", ")"),
    ("Input(4) => Dense(1e", "0", "", "", "1)"),
];

/// Half of it where code is optimised, as macros are not unless a profile says so: `syn` takes 60 KiB for each type in a
/// type then.
const STACK: usize = super::STACK / if cfg!(debug_assertions) { 4 } else { 2 };

#[test]
fn what_is_deep_or_grows_is_read_or_refused() {
    let nested = std::thread::Builder::new().stack_size(STACK).spawn(nested);
    if let Err(panic) = nested.expect("a thread").join() {
        std::panic::resume_unwind(panic);
    }
}

fn nested() {
    for (start, open, middle, close, end) in NESTED {
        for times in TIMES.iter().copied() {
            let (open, close) = (open.repeat(times), close.repeat(times));
            let source = format!("{start}{open}{middle}{close}{end}");
            let Ok(tokens) = source.parse::<TokenStream>() else { continue };
            // What overflows the stack cannot say which it was.
            print!("{times} times: {start}{}... ", open.chars().take(20).collect::<String>());
            let took = tried(&tokens).unwrap_or_else(|problem| panic!("{problem}"));
            println!("{took:.1?}");
        }
    }
}

/// What stands as often in parameters whose defaults are made of those before.
#[test]
fn defaults_that_double_are_refused() {
    let params: String = (1..60).map(|i| format!(", a{i} = a{} + a{}", i - 1, i - 1)).collect();
    let source = format!("let f = |x, a0{params}| x => Dense(a59); Input(4) => f(WIDTH)");
    let tokens: TokenStream = source.parse().expect("tokens");
    tried(&tokens).unwrap_or_else(|problem| panic!("{problem}"));
    assert!(crate::model_impl(tokens).to_string().contains("this value is too large"));
}
