//! The macro on models that are wrong in every way: each `model!` of the repository with tokens deleted, doubled,
//! swapped, nested, repeated and replaced by extremes. No mutant may make it panic, take long, or write what is no
//! Rust.
//!
//! A few seconds of it run with the other tests. `.ci/fuzz SECONDS` runs it longer; its variables are `FUZZ_SECONDS`,
//! `FUZZ_SEED`, and `FUZZ_LOG`, a file that holds the mutant being tried, should the process die of it.
#![allow(clippy::expect_used, clippy::panic)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use proc_macro2::TokenStream;

pub mod corpus;
mod deep;
mod mutate;
mod sizes;

use mutate::Random;

/// What one mutant may take; code that is not optimised is ten times slower.
const LIMIT: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 });
/// The most characters of a mutant: to read those of a larger one takes the time alone, in rustc too.
const LARGEST: usize = 32 << 20;
/// The most memory of the whole process, in KiB.
const MEMORY: u64 = 4 << 20;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// The stack on which rustc expands macros.
const STACK: usize = 8 << 20;

#[test]
fn no_mutant_of_a_model_breaks_the_macro() {
    let fuzz = std::thread::Builder::new().stack_size(STACK).spawn(fuzz);
    if let Err(panic) = fuzz.expect("a thread").join() {
        std::panic::resume_unwind(panic);
    }
}

fn fuzz() {
    let (seconds, seed) = (setting("FUZZ_SECONDS", 3), setting("FUZZ_SEED", 1));
    let log = std::env::var_os("FUZZ_LOG");
    let models = corpus::models(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")));
    assert!(models.len() > 100, "{} models", models.len());
    let mut found = Vec::new();
    let started = Instant::now();
    let mut count = 0;
    while started.elapsed() < Duration::from_secs(seconds) {
        let mutant = mutate::mutant(&models, &mut Random::new(seed.wrapping_add(count)));
        let text = mutant.to_string();
        count += 1;
        if text.len() > LARGEST {
            continue;
        }
        if let Some(log) = &log {
            std::fs::write(log, &text).expect("the log can be written");
        }
        if let Err(problem) = tried(&mutant) {
            let mut text = text;
            text.truncate(text.char_indices().nth(4_000).map_or(text.len(), |(at, _)| at));
            found.push(format!("FUZZ_SEED={} : {problem}\n{text}\n", seed.wrapping_add(count - 1)));
            // Who waits for an hour sees it now.
            println!("{}", found[found.len() - 1]);
            if found.len() == 20 {
                break;
            }
        }
    }
    println!("{count} mutants of {} models, {} found", models.len(), found.len());
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(memory() < MEMORY, "{} KiB", memory());
}

/// The most memory that this process has taken, in KiB; 0 where the system does not say.
fn memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// Measures the processor time of this thread where the system tells it, else the time on the wall: others may keep
/// the processor busy.
struct Clock(Instant, Option<Duration>);

impl Clock {
    fn start() -> Self {
        Clock(Instant::now(), Self::processor())
    }

    fn elapsed(&self) -> Duration {
        match (self.1, Self::processor()) {
            (Some(start), Some(now)) => now.saturating_sub(start),
            _ => self.0.elapsed(),
        }
    }

    fn processor() -> Option<Duration> {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    }
}

/// Expands a model; says what is wrong with what the macro does.
fn tried(model: &TokenStream) -> Result<Duration, String> {
    let started = Clock::start();
    let expanded = catch_unwind(AssertUnwindSafe(|| crate::model_impl(model.clone())));
    let took = started.elapsed();
    let for_an_editor = || {
        let (params, body) = crate::parse::body_of(model);
        crate::editor::model(&params, body, &Default::default())
    };
    let is_small = crate::limits::within(model.clone()).is_ok();
    if is_small && catch_unwind(AssertUnwindSafe(for_an_editor)).is_err() {
        return Err("it panics in an editor".to_string());
    }
    let expanded = expanded.map_err(|panic| {
        let text =
            panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
        format!("it panics: {}", text.unwrap_or("without a message"))
    })?;
    if took > LIMIT {
        return Err(format!("it takes {took:?}"));
    }
    checked(expanded).map(|()| took)
}

/// A value is a block, a named model is items; errors are few, and without them all of it is there.
fn checked(expanded: TokenStream) -> Result<(), String> {
    let text = expanded.to_string();
    let items = match syn::parse2::<syn::Expr>(expanded.clone()) {
        Ok(syn::Expr::Block(block)) => {
            let items = block.block.stmts.into_iter().filter_map(|statement| match statement {
                syn::Stmt::Item(item) => Some(item),
                _ => None,
            });
            items.collect()
        }
        _ => match syn::parse2::<syn::File>(expanded) {
            Ok(file) => file.items,
            Err(error) => {
                return Err(format!("what it writes is no Rust: {error}\n{}", around(&text, &error)));
            }
        },
    };
    if text.contains("that is a mistake in the macro") {
        return Err("a broken layer without an error".to_string());
    }
    let errors = text.matches("compile_error").count();
    // The last says that there may be more, and the first stands twice.
    if errors > crate::limits::MISTAKES + 2 {
        return Err(format!("{errors} errors"));
    }
    if errors == 0 {
        if text.contains("unreachable") {
            return Err("a broken model without an error".to_string());
        }
        for item in &items {
            let syn::Item::Struct(item) = item else { continue };
            let mut fields: Vec<String> =
                item.fields.iter().filter_map(|f| Some(f.ident.as_ref()?.to_string())).collect();
            let all = fields.len();
            fields.sort();
            fields.dedup();
            if fields.len() < all {
                return Err(format!("two fields of one name in {}", item.ident));
            }
        }
    }
    Ok(())
}

/// The tokens around a mistake, as far as its span says.
fn around(text: &str, error: &syn::Error) -> String {
    let column = error.span().start().column;
    text.chars().skip(column.saturating_sub(80)).take(200).collect()
}

/// Models that once made the macro panic, hang, take all memory or write what is no Rust.
const ONCE_BROKEN: &[&str] = &[
    "struct M<const UNITS: usize> { Input({ const N: usize = 3; N } = 5) => Dense(UNITS) }",
    "Input(4) => Dense(3, name = \"x\u{b2}\") => Dense(1)",
    "struct M { let r#type = Input(4); let y = Input(3); let r#fn = [r#type, y] => Concatenate(); (r#fn => Dense(1), r#fn) }",
    "let r#type = Input(3); Input(4, 8) => LSTM(3, initial_state = [r#type, r#type])",
    "Input(4, 8) => LSTM(9223372036854775807)",
    "let f = |x, kind| x => Dense(1, activation = kind); Input(4) => f(r#type)",
    "for kind in [r#type, r#fn] { }  Input(4) => Dense(1)",
    "let mut kind = 1; kind = r#type; Input(4) => Dense(1, name = kind)",
    "let f = |x, kind| x => Dense(1, name = \"{kind}\"); Input(4) => f(r#type)",
    "let x = Input(4); [a::b, x] => Add()",
    "let x = Input(4); [x, A::B] => Concatenate()",
    "let x = Input(4); [x, f::<>] => Add()",
    "let cnn = Conv2D(2, 3) => MaxPooling2D() => Flatten(); Input(WIDTH, WIDTH, WIDTH, 1) => TimeDistributed([[[[cnn; 10]; 100]; 10]; 4000]) => LSTM(WIDTH)",
    "let x = Input(4); [[Dense(1); 3], x] => Add()",
    "let x = Input(4); [(Dense(1)), Lambda(|x| x), x] => Add()",
    "let x = Input(4); [Dense(1), x] => Add()",
    "let x = Input(4); [x + a::b, x] => Add()",
    "Input(4) => f::<>(1)",
    "Input(4) => a::<>::f(1)",
    "let x = f::<>(Input(4), 1); x => Dense(2)",
    "Input(4) => f<>(1)",
    "Input(4) => self::f(1)",
    "Input(4) => a::r#fn(1)",
    "Input(4) => Self::f(1)",
    "Input(4) => ::f(1)",
    "pub fn f(x) { x => Self::g(1) }",
    "Input(tensor = 3 +) => Dense(1)",
    "Input(tensor = ) => Dense(1)",
    "Input(tensor = [a; b, c]) => Dense(1)",
    "Input(4) => Own({\"a\": 1})",
    "Input(4) => Own(type = 3)",
    "Input(4) => Own(_ = 3)",
    "Input(4) => Lambda({\"a\": 1})",
    "let type = Input(4); Input(4) => Dense(1)",
    "Input(4) => [[[Dense(1); 100]; 100]; 100]",
    "Input(4) => [Dense(1); 1999]",
    "let mut x = Input(4); for i in 0..10_000 { if i % 3 == 0 && i != 6 { x = x => Dense(i + 1, name = \"a{i}_{2 * i}\"); } else { let f = |x| x => Dense(i); } } x",
    "let f = |x, n| { let y = x => Dense(n); [x, y] => Add() }; let mut x = Input(4); for i in 0..100 { for j in 0..100 { x = x => f(4); } } x",
    "pub fn f(x, y, units, name = \"block\") { let z = x => Dense(units, mask = None \"{name}_out\"); [z, y] => [[[[Add(name = \"{name}_add\"); 0]; 4000]; 100]; 100] }",
    "pub fn f(x, y, units) { [x, y] => [[Add(); 100]; 100] }",
    "let a = Input(4); a => [[[[a; 2000]; 2000]; 2000]; 2000]",
    "let a = Dense(4) => Dense(2); Input(5, 8) => [[[TimeDistributed(a); 10]; 100]; 10]",
    "Input(2, 2, 3, 1) => TimeDistributed((((Flatten()))))",
    "Input(4) => RepeatVector(4611686018427387904) => Flatten()",
    "Input(340282366920938463463374607431768211456) => Dense(1)",
    "Input(4611686018427387904, 8) => Dense(1)",
    "pub struct Up<H: Unsigned> { Input({ [[H]] }) => Dense(4 * [[[H; 10]; 1]; 10]) => Up::<{ 2 * H }> => Dense(USIZE::H) }",
    "pub struct Up<H: Unsigned> { Input(4) => Dense(USIZE::H) }",
    "pub struct Up<H: Unsigned> { Input(9223372036854775807 * H) => Dense(H * 3, activation = tanh) => Dense(2 * H + 1) }",
];

/// The same where they are long.
fn long_once_broken() -> Vec<String> {
    let many = |n: usize, text: &str| text.repeat(n);
    let doublings: String = (1..=16).map(|i| format!("let b{i} = b{} => b{}; ", i - 1, i - 1)).collect();
    let numbered = |n: usize, text: fn(usize) -> String| (0..n).map(text).collect::<String>();
    let decoder = "x = x => Activation(\"relu\"); x = x => Conv2DTranspose(filters, 3, padding = \"same\"); \
        x = x => BatchNormalization(); x = x => UpSampling2D(2); \
        let residual = previous => UpSampling2D(2) => Conv2D(filters, 1, padding = \"same\"); \
        x = layers.add([x, residual]); previous = x;";
    vec![
        format!("struct ({}) {{ Input(4) => Dense(1) }}", many(1_000_000, "[()]")),
        // Loops end where a model has layers enough: the decoder of a U-Net, arithmetic, words, layers that nobody uses.
        format!(
            "let mut x = Input(32, 32, 8); let mut previous = x; for filters in [{}] {{ {} }} x",
            many(3_000, "8, 16, "),
            decoder
        ),
        format!(
            "let mut x = Input(32, 32, 8); let mut previous = x; for i in 0..10_000 {{ let filters = 2 * i + 1; {decoder} }} x"
        ),
        format!(
            "let mut n = 1; for i in 0..10_000 {{ {} }} Input(4) => Dense(n)",
            many(5, "n = (n + i * 3 - 1) % 7; ")
        ),
        format!("Input(5, 8) => TimeDistributed(Sentence {})", many(33_000, "==> ")),
        format!("Input(5, 8) => TimeDistributed(Step {})", many(1_450, "=> Step ")),
        format!("Input(5, 8) {}", many(1_450, "=> Step(2, rate = 0.5) ")),
        format!("Input(5, 8) {}", many(1_450, "=> TimeDistributed(Step) ")),
        format!("Input(5, 5, 8) {}", many(1_450, "=> TimeDistributed(TimeDistributed(Step)) ")),
        format!("Input(5, 8) {}", many(1_450, "=> TimeDistributed(Step => Step) ")),
        format!("Input(5, 8) {}", many(490, "=> TimeDistributed(Step => Step) ")),
        format!(
            "Input(5, 8) {}",
            many(1_450, "=> Step(2, rate = 0.5, center = true, name = 7, axes = [1, 2], f = a + b * c) ")
        ),
        format!(
            "Input(5, 8) {}",
            many(1_450, "=> a::b::Step::<3>(2, rate = 0.5, center = true, f = a + b * c) ")
        ),
        format!("let x = Input(5, 8); {} x", many(1_450, "let x = [x, x] => Step(2, rate = 0.5); ")),
        format!("struct M<const N: usize> {{ Input(5, 8) {} }}", many(1_450, "=> Step(2, rate = 0.5) ")),
        format!("struct M<const N: usize> {{ Input(5, N) {} }}", many(1_450, "=> Step(2, rate = 0.5) ")),
        format!(
            "struct M<const N: usize, const K: usize, H: Unsigned, J: Unsigned> {{ Input(5, N) {} }}",
            many(1_450, "=> Dense(N) ")
        ),
        format!(
            "struct M<const N: usize, const K: usize, H: Unsigned, J: Unsigned> {{ Input(5, N) {} }}",
            many(360, "=> Dense(N) => Dense(K) => Dense(H) => Dense(J) ")
        ),
        format!(
            "struct M<const N: usize, const K: usize, H: Unsigned, J: Unsigned> {{ Input(5, N) {} }}",
            many(60, "=> Dense(N) => Dense(K) => Dense(H) => Dense(J) ")
        ),
        format!("Input(5, 8) {}", many(370, "=> Step(2, rate = 0.5) => TimeDistributed(Dense(2) => Step) ")),
        format!("let b0 = Dense(4) => Dense(4); {doublings} Input(4) => b16"),
        format!("Input(4) => {}(1)", many(100_000, "n")),
        format!("Input(4) => Dense(1, {} = 1)", many(100_000, "n")),
        format!("Input(4) => {}", many(20_000, "Dense(1) ")),
        format!("Input(4) {}", many(20_000, "=> ")),
        format!("Input(4) {}", many(20_000, "=> Dense(1, name = \"same\") ")),
        format!("{} Input(4) => Dense(1)", many(20_000, "let x = Input(4); ")),
        format!("{} Input(4) => Dense(1)", numbered(20_000, |i| format!("let x{i} = y{i}; "))),
        format!("let x = Input(4); ({})", many(20_000, "x => Dense(1), ")),
        format!("let x = Input(4); [{}] => Add()", many(20_000, "x, ")),
        format!("Input({}) => Dense(1)", many(20_000, "4, ")),
        format!("Input(4) => Dense(units = 1, {})", many(20_000, "2, ")),
        format!("Input(4) => Dense({}1)", many(20_000, "-")),
        format!("Input(4) => Dense({}1)", many(20_000, "1 + ")),
        format!("Input(4) => Dense({}1{})", many(20_000, "("), many(20_000, ")")),
        format!("Input(4) => Dense(1 {})", many(20_000, "a = 2 ")),
        format!("{}Dense(1){}", many(20_000, "["), many(20_000, "]")),
        format!("Input(4) => {}u8{}(1)", many(20_000, "A<"), many(20_000, ">")),
        format!("Input(4) => Own({}1)", many(20_000, "|a, b| ")),
        format!("Input(4) => Own({}1)", many(20_000, "if a {} else ")),
        format!("Input(4) => Rescaling([{}])", many(20_000, "0.5, ")),
        format!("struct M {{ Input(4) => {} }}", many(20_000, "[")) + &many(20_000, "]"),
    ]
}

#[test]
fn what_once_broke_the_macro_does_not() {
    let short = ONCE_BROKEN.iter().map(ToString::to_string);
    for case in short.chain(long_once_broken()) {
        // Brackets that do not match are the compiler's to report.
        let Ok(tokens) = case.parse::<TokenStream>() else { continue };
        let start: String = case.chars().take(120).collect();
        let took = tried(&tokens).unwrap_or_else(|problem| panic!("{start}: {problem}"));
        println!("{took:>8.1?}  {start}");
    }
}

#[test]
fn a_panic_is_an_error_on_the_model() {
    let model = "pub struct Model { Input(4) => Dense(1) }".parse().expect("tokens");
    let text = crate::guarded(model, |_| panic!("index 3 of 2")).to_string();
    assert!(text.contains("compile_error") && text.contains("please report it"), "{text}");
    assert!(text.contains("index 3 of 2") && text.contains("struct Model"), "{text}");
    let value = "Input(4) => Dense(1)".parse().expect("tokens");
    let text = crate::guarded(value, |_| panic!("index 3 of 2")).to_string();
    assert!(text.starts_with('{') && text.contains("please report it"), "{text}");
}
