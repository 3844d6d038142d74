//! What is no mistake and yet hardly meant: the compiler warns of it, in our words.

use keras_shape::{Activation, Dim, LayerConfig, Shape};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::spanned::Spanned;

use crate::infer::Shapes;
use crate::resolve::{Graph, Kind, TensorRef};

/// Code of which the compiler warns. Procedural macros have no warnings of their own on stable Rust: the use of
/// something deprecated has the text that stands beside it.
pub fn warnings(graph: &Graph, shapes: &Shapes) -> TokenStream {
    let mut told: Vec<usize> = Vec::new();
    let mut tokens = TokenStream::new();
    for (i, node) in graph.nodes.iter().enumerate() {
        let layer = &graph.layers[node.layer];
        let Kind::Keras { config, .. } = &layer.kind else { continue };
        let Some(shape) = shapes.of(TensorRef::Node(i, 0)).map(|spec| spec.shape) else { continue };
        if told.contains(&node.layer) {
            continue;
        }
        if let Some((argument, text)) = always_the_same(config, &shape) {
            told.push(node.layer);
            let span = layer.args.get(argument).map_or(layer.span, Spanned::span);
            tokens.extend(warning(span, &text));
        }
    }
    tokens
}

/// An activation that compares the numbers of an axis which has only one; with the argument that says so.
fn always_the_same(config: &LayerConfig, output: &Shape) -> Option<(&'static str, String)> {
    let facts = config.facts();
    let (function, argument, alone) = match (facts.activation_over, facts.each_step) {
        (Some((function, axes)), _) => {
            let one = |axis: &isize| output.axis(*axis).is_some_and(|at| output.dim(at) == Dim::Fixed(1));
            (function, "axis", !axes.list.is_empty() && axes.list.iter().all(one))
        }
        (None, Some(inner)) => (inner.config.activation()?, "layer", output.last() == Dim::Fixed(1)),
        (None, None) => match config.activation()? {
            Activation::Layer(inner) => {
                let (argument, text) = always_the_same(inner.config, output)?;
                return Some((if argument == "layer" { argument } else { "activation" }, text));
            }
            function => (function, "activation", output.last() == Dim::Fixed(1)),
        },
    };
    let always = match function {
        Activation::Softmax | Activation::Sparsemax => 1,
        Activation::LogSoftmax => 0,
        _ => return None,
    };
    let name = function.name();
    alone.then(|| {
        (argument, format!("`{name}` over an axis of length 1 always gives {always}\nhelp: one probability is `sigmoid`; a class each of several is `softmax` over as many numbers"))
    })
}

/// A parameter of a model that nothing in it depends on.
pub fn unused_parameter(name: &Ident) -> TokenStream {
    let text = format!(
        "nothing in this model depends on the parameter `{name}`\nhelp: leave it out, or write `_{name}` if it is meant"
    );
    warning_called("unused_parameter", name.span(), &text)
}

fn warning(span: Span, text: &str) -> TokenStream {
    warning_called("always_the_same", span, text)
}

fn warning_called(name: &str, span: Span, text: &str) -> TokenStream {
    let (name, plain) = (Ident::new(name, span), Ident::new(name, Span::call_site()));
    quote! {
        #[allow(non_upper_case_globals)]
        const _: () = {
            #[deprecated(note = #text)]
            const #plain: () = ();
            #name
        };
    }
}
