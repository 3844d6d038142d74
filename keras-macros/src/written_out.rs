//! Random models with functions, defaults, loops, choices and `let mut`, held to the same models written out by hand.
#![allow(clippy::expect_used, clippy::panic)]

use std::collections::HashMap;
use std::fmt::Write;

use proptest::prelude::*;

use crate::functions::same;

/// A number of the source: of what is bound where it stands.
#[derive(Clone, Debug)]
enum Number {
    Plain(i64),
    Name(&'static str),
    Twice(Box<Number>),
    More(Box<Number>, i64),
}

/// A statement that changes `x`.
#[derive(Clone, Debug)]
enum Step {
    Dense(Number),
    /// `Dense(n, activation = ...)` behind `Dropout(0.5)`, in one chain.
    Chain(Number, &'static str),
    /// Steps beside the tensor before them, put together.
    Branch(Vec<Step>),
    /// A function, its `n`, and perhaps its `m` by name.
    Call(usize, Number, Option<Number>),
    For(Vec<i64>, Vec<Step>),
    Range(i64, Vec<Step>),
    If(Number, i64, Vec<Step>, Option<Vec<Step>>),
    /// A number that changes: `let mut k = ..; for .. { k *= 2; x = x => Dense(k); }`.
    Growing(i64, i64),
}

/// `|mut x, n, m = ..| { steps }`.
#[derive(Clone, Debug)]
struct Function {
    default: Number,
    steps: Vec<Step>,
    /// Whether the result stands in one line with a layer more.
    more: bool,
}

/// Choices, from bytes that proptest makes and shrinks; 0 where they end, which is the simplest choice.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn up_to(&mut self, most: usize) -> usize {
        self.0.next().map_or(0, |byte| usize::from(*byte) % (most + 1))
    }

    fn number(&mut self, names: &[&'static str]) -> Number {
        let plain = Number::Plain(1 + self.up_to(8) as i64);
        match self.up_to(4) {
            1 | 2 if !names.is_empty() => Number::Name(names[self.up_to(names.len() - 1)]),
            3 if !names.is_empty() => Number::Twice(Box::new(Number::Name(names[0]))),
            4 if !names.is_empty() => {
                Number::More(Box::new(Number::Name(names[names.len() - 1])), self.up_to(3) as i64)
            }
            _ => plain,
        }
    }

    fn steps(&mut self, functions: usize, names: &[&'static str], depth: usize) -> Vec<Step> {
        (0..=self.up_to(2)).map(|_| self.step(functions, names, depth)).collect()
    }

    fn step(&mut self, functions: usize, names: &[&'static str], depth: usize) -> Step {
        let inner = |name| names.iter().copied().chain([name]).collect::<Vec<_>>();
        match self.up_to(if depth > 2 { 3 } else { 8 }) {
            1 => Step::Chain(self.number(names), ["relu", "tanh", "\"sigmoid\""][self.up_to(2)]),
            2 | 3 if functions > 0 => {
                let named = (self.up_to(1) == 1).then(|| self.number(names));
                Step::Call(self.up_to(functions - 1), self.number(names), named)
            }
            3 => Step::Growing(1 + self.up_to(3) as i64, self.up_to(3) as i64),
            4 => Step::Branch(self.steps(functions, names, depth + 1)),
            5 => {
                let list = (0..self.up_to(3)).map(|_| 1 + self.up_to(6) as i64).collect();
                Step::For(list, self.steps(functions, &inner("i"), depth + 1))
            }
            6 => Step::Range(self.up_to(2) as i64, self.steps(functions, &inner("j"), depth + 1)),
            7 | 8 => {
                let (left, right) = (self.number(names), self.up_to(8) as i64);
                let taken = self.steps(functions, names, depth + 1);
                let other = (self.up_to(1) == 1).then(|| self.steps(functions, names, depth + 1));
                Step::If(left, right, taken, other)
            }
            _ => Step::Dense(self.number(names)),
        }
    }
}

impl Number {
    fn text(&self) -> String {
        match self {
            Number::Plain(n) => n.to_string(),
            Number::Name(name) => name.to_string(),
            Number::Twice(n) => format!("2 * {}", n.text()),
            Number::More(n, more) => format!("{} + {more}", n.text()),
        }
    }

    fn value(&self, known: &HashMap<&str, i64>) -> i64 {
        match self {
            Number::Plain(n) => *n,
            Number::Name(name) => known[name],
            Number::Twice(n) => 2 * n.value(known),
            Number::More(n, more) => n.value(known) + more,
        }
    }
}

/// The statements as they are, with functions, loops and choices.
fn short(steps: &[Step], depth: usize, out: &mut String) {
    for step in steps {
        let _ = match step {
            Step::Dense(n) => writeln!(out, "x = x => Dense({});", n.text()),
            Step::Chain(n, word) => {
                writeln!(out, "x = x => Dropout(0.5) => Dense({}, activation = {word});", n.text())
            }
            Step::Branch(inner) => {
                let _ = writeln!(out, "let b{depth} = x;");
                short(inner, depth + 1, out);
                writeln!(out, "x = [b{depth}, x] => Concatenate();")
            }
            Step::Call(function, n, None) => writeln!(out, "x = x => f{function}({});", n.text()),
            Step::Call(function, n, Some(m)) => {
                writeln!(out, "x = f{function}(x, m = {}, n = {});", m.text(), n.text())
            }
            Step::For(list, inner) => {
                let _ = writeln!(out, "for i in {list:?} {{");
                short(inner, depth + 1, out);
                writeln!(out, "}}")
            }
            Step::Range(count, inner) => {
                let _ = writeln!(out, "for j in 1..={count} {{");
                short(inner, depth + 1, out);
                writeln!(out, "}}")
            }
            Step::If(left, right, taken, other) => {
                let _ = writeln!(out, "if {} > {right} {{", left.text());
                short(taken, depth + 1, out);
                if let Some(other) = other {
                    let _ = writeln!(out, "}} else {{");
                    short(other, depth + 1, out);
                }
                writeln!(out, "}}")
            }
            Step::Growing(start, rounds) => writeln!(
                out,
                "let mut k = {start}; for _ in 0..{rounds} {{ k *= 2; x = x => Dense(k); }} x = x => Dense(k + 1);"
            ),
        };
    }
}

/// The statements written out, each with numbers in the place of names.
fn long(
    steps: &[Step],
    depth: usize,
    functions: &[Function],
    known: &HashMap<&'static str, i64>,
    out: &mut String,
) {
    for step in steps {
        if out.len() > 20_000 {
            return;
        }
        let _ = match step {
            Step::Dense(n) => writeln!(out, "let x = x => Dense({});", n.value(known)),
            Step::Chain(n, word) => writeln!(
                out,
                "let x = x => Dropout(0.5); let x = x => Dense({}, activation = {word});",
                n.value(known)
            ),
            Step::Branch(inner) => {
                let _ = writeln!(out, "let b{depth} = x;");
                long(inner, depth + 1, functions, known, out);
                writeln!(out, "let x = [b{depth}, x] => Concatenate();")
            }
            Step::Call(function, n, m) => {
                let called = &functions[*function];
                let mut inside = HashMap::from([("n", n.value(known))]);
                let m = m.as_ref().map_or_else(|| called.default.value(&inside), |m| m.value(known));
                inside.insert("m", m);
                // Names of a function are its own: `b0` of the caller stays what it is.
                let mut body = String::new();
                long(&called.steps, 100 * (function + 1) + 10 * depth, functions, &inside, &mut body);
                out.push_str(&body);
                if called.more { writeln!(out, "let x = x => Dense({m});") } else { Ok(()) }
            }
            Step::For(list, inner) => {
                for i in list {
                    let mut inside = known.clone();
                    inside.insert("i", *i);
                    long(inner, depth + 1, functions, &inside, out);
                }
                Ok(())
            }
            Step::Range(count, inner) => {
                for j in 1..=*count {
                    let mut inside = known.clone();
                    inside.insert("j", j);
                    long(inner, depth + 1, functions, &inside, out);
                }
                Ok(())
            }
            Step::If(left, right, taken, other) => {
                if left.value(known) > *right {
                    long(taken, depth + 1, functions, known, out);
                } else if let Some(other) = other {
                    long(other, depth + 1, functions, known, out);
                }
                Ok(())
            }
            Step::Growing(start, rounds) => {
                let mut k = *start;
                for _ in 0..*rounds {
                    k *= 2;
                    let _ = writeln!(out, "let x = x => Dense({k});");
                }
                writeln!(out, "let x = x => Dense({});", k + 1)
            }
        };
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_global_rejects: 4000, ..ProptestConfig::default() })]

    #[test]
    fn a_model_with_functions_and_loops_is_the_model_written_out(
        bytes in prop::collection::vec(any::<u8>(), 10..120)
    ) {
        let mut choices = Choices(bytes.iter());
        let mut functions: Vec<Function> = Vec::new();
        let mut text = String::new();
        for i in 0..choices.up_to(3) {
            let default = choices.number(&["n"]);
            let steps = choices.steps(i, &["n", "m"], 0);
            let more = choices.up_to(1) == 1;
            let mut body = String::new();
            short(&steps, 0, &mut body);
            let result = if more { "x => Dense(m)" } else { "x" };
            let _ = writeln!(text, "let f{i} = |mut x, n, m = {}| {{\n{body}{result}\n}};", default.text());
            functions.push(Function { default, steps, more });
        }
        // Each is applied, else it is warned of.
        let applied = (0..functions.len()).map(|i| Step::Call(i, Number::Plain(2), None));
        let mut steps = choices.steps(functions.len(), &[], 0);
        steps.extend(applied);
        let _ = writeln!(text, "let mut x = Input(4);");
        short(&steps, 0, &mut text);
        text += "x => Dense(1)";
        let mut written = "let x = Input(4);\n".to_string();
        long(&steps, 0, &functions, &HashMap::new(), &mut written);
        written += "x => Dense(1)";
        prop_assume!(written.len() < 20_000);
        same(&text, &written);
    }
}
