//! What is said of axes after a few values were tried holds for all values.
#![allow(clippy::expect_used, clippy::panic)]

use proc_macro2::{Ident, Literal, Span, TokenStream};

use super::{Axes, Axis};
use crate::error::Errors;
use crate::parse::With;
use crate::resolve::TensorRef;

/// Numbers that look random, the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

const SIZES: [&str; 12] =
    ["N", "M", "2 * N", "N + M", "N * M", "3", "M + 1", "2 * M + 3", "N / 2", "7", "N", "M"];

/// A model over sequences, with parameters wherever they may stand.
fn model(random: &mut Random) -> String {
    let header =
        ["const N: usize, const M: usize", "N: Unsigned, M: Unsigned", "const N: usize, const M: usize = 3"];
    let mut body = format!("let x = Input({}, {});\n", random.of(&SIZES), random.of(&SIZES));
    let mut sequence = true;
    for _ in 0..random.below(6) + 1 {
        let size = random.of(&SIZES);
        let small = random.of(&["1", "2", "3", "M"]);
        let layer = match (sequence, random.below(9)) {
            (_, 0) => format!("Dense({size})"),
            (true, 1) => format!("Conv1D({size}, {small}, padding = same)"),
            (true, 2) => format!("Conv1D({size}, {small})"),
            (true, 3) => format!("MaxPooling1D({small})"),
            (true, 4) => format!("Conv1D(4, 1, strides = {small})"),
            (true, 5) => format!("LSTM({size}, return_sequences = true)"),
            (true, 6) => {
                sequence = false;
                "Flatten()".to_string()
            }
            (true, 7) => {
                sequence = false;
                "GlobalAveragePooling1D()".to_string()
            }
            (false, 1) => {
                sequence = true;
                format!("RepeatVector({size})")
            }
            (false, 2) => {
                body += &format!("let x = [x, x => Dense({size})] => Concatenate();\n");
                continue;
            }
            _ => "ReLU()".to_string(),
        };
        body += &format!("let x = x => {layer};\n");
    }
    format!("struct Tried<{}> {{ {body} x }}", random.of(&header))
}

fn given(values: &[(&str, usize)]) -> Vec<(Ident, TokenStream)> {
    let number = |n: usize| TokenStream::from(proc_macro2::TokenTree::Literal(Literal::usize_unsuffixed(n)));
    values.iter().map(|(name, n)| (Ident::new(name, Span::call_site()), number(*n))).collect()
}

/// What an axis is said to be, for these values; nothing if nothing is said.
fn said(axis: &Axis, values: &[(&str, usize)]) -> Option<i128> {
    let value = |name: &Ident| values.iter().find(|(n, _)| name == n).map(|(_, v)| *v as i128);
    match axis {
        Axis::Fixed(n) => Some(*n as i128),
        Axis::Constant(tokens) => value(&syn::parse2(tokens.clone()).expect("a name")),
        Axis::Number(number) => number.at(&value),
        Axis::Open | Axis::Unknown => None,
    }
}

#[test]
fn what_is_said_of_axes_holds_for_all_values() {
    let mut random = Random(7);
    let (mut compared, mut numbers, mut constants) = (0, 0, 0);
    for _ in 0..250 {
        let source = model(&mut random);
        let with = With::nothing(source.parse().expect("tokens"));
        let mut errors = Errors::default();
        let Ok(model) = crate::parse::model(&with, &[], &[], &mut errors) else { panic!("{source}") };
        let graph = crate::resolve::resolve(&model, &mut errors);
        crate::infer::infer(&graph, &mut errors);
        if !errors.is_empty() {
            continue;
        }
        let axes = Axes::find(&with, &model, &graph);
        for _ in 0..12 {
            let values = [("N", random.below(90) + 1), ("M", random.below(12) + 1)];
            let Some((tried, shapes)) = crate::read(&with, &given(&values), &mut errors) else { continue };
            if !std::mem::take(&mut errors).is_empty() {
                continue;
            }
            for node in 0..tried.nodes.len() {
                let tensor = TensorRef::Node(node, 0);
                let (Some(spec), Some(axes)) = (shapes.of(tensor), axes.of(tensor)) else { continue };
                assert_eq!(spec.shape.rank(), axes.len(), "{source}");
                for (i, axis) in axes.iter().enumerate() {
                    let Some(said) = said(axis, &values) else { continue };
                    assert_eq!(
                        spec.shape.dim(i).fixed(),
                        Some(said as usize),
                        "{source} {values:?} axis {i}"
                    );
                    compared += 1;
                    numbers += usize::from(matches!(axis, Axis::Number(_)));
                    constants += usize::from(matches!(axis, Axis::Constant(_)));
                }
            }
        }
    }
    assert!(compared > 2000 && numbers > 200 && constants > 200, "{compared} {numbers} {constants}");
}
