//! Functions that make layers, `let conv = |filters| Conv2D(filters, 3);`, applied as one: `x => conv(32)`; and Python's
//! `partial(Conv2D, kernel_size = 3)`, which is a layer with other defaults.

use keras_shape::LayerConfig;
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::quote_spanned;

use super::ast::{Chain, Item, Statement};
use super::env::Env;
use super::function::Function;
use super::split::{at_arrow, at_comma, only_group};
use super::{Reader, added, args, chain, flow, pasted, sugar};
use crate::error::Errors;

/// Whether a function makes a layer, a block or a model: what it gives begins with one, and not with a tensor.
pub fn is(function: &Function) -> bool {
    let (statements, tail) = parts(&function.body);
    let begun: Vec<Ident> = statements
        .iter()
        .filter_map(pasted::bound)
        .filter(|(_, value)| pasted::is_whole(value))
        .map(|(name, _)| name)
        .collect();
    if begun.iter().any(|name| pasted::is_word(&tail, name)) {
        return true;
    }
    let first: Vec<TokenTree> = at_arrow(tail).0.into_iter().next().unwrap_or_default().into_iter().collect();
    match &first[args::modules(&first)..] {
        [TokenTree::Ident(class), TokenTree::Group(args)] if args.delimiter() == Delimiter::Parenthesis => {
            let name = class.to_string();
            let is_layer =
                LayerConfig::is_class(&name) || ["Lambda", "Sequential", "Model"].contains(&name.as_str());
            is_layer || function.env.get_function(class).is_some_and(|inner| is(&inner))
        }
        _ => false,
    }
}

/// The statements and the result of a body.
fn parts(body: &TokenStream) -> (Vec<TokenStream>, TokenStream) {
    match only_group(body, Delimiter::Brace) {
        Some(group) => flow::statements(group.stream()),
        None => (Vec::new(), body.clone()),
    }
}

/// Whether nothing of the graph comes of a statement: choices and loops that add layers.
fn is_nothing(statement: &Statement) -> bool {
    match statement {
        Statement::Scope(scope) => {
            scope.params.is_empty() && scope.exports.is_empty() && scope.statements.iter().all(is_nothing)
        }
        Statement::Skipped(_) | Statement::Begun(_) => true,
        _ => false,
    }
}

/// What such a function makes, where its parameters are known; nothing if it does more than that.
pub fn read(body: &TokenStream, span: Span, reader: &mut Reader, errors: &mut Errors) -> Option<Item> {
    let (statements, tail) = parts(body);
    let (env, asked, before) = (reader.env.clone(), reader.questions.len(), errors.clone());
    let mut all = flow::read(statements, reader, errors);
    let tail = flow::prepared(tail, &mut all, reader, errors);
    if !all.iter().all(is_nothing) {
        // It is read again as a body, with what was known before.
        reader.env = env;
        reader.questions.truncate(asked);
        *errors = before;
        return None;
    }
    if let Some((layers, other, _)) = added::whole(&tail, reader) {
        let args = quote_spanned! { span=> [#(#layers),*], #(#other),* };
        return sugar::sequential(&args, reader, errors);
    }
    let mut made: Chain = chain(flow::fill(tail, reader), span, reader, errors);
    Some(match made.items.len() {
        1 => made.items.remove(0),
        _ => Item::Nested(made),
    })
}

/// A layer with defaults of its own.
#[derive(Clone)]
pub struct Partial {
    class: TokenStream,
    /// The names of the arguments that it gives, with these.
    given: Vec<(String, TokenStream)>,
}

/// `partial(Conv2D, kernel_size = 3)`, if this is one and all its arguments have names.
pub fn partial(tokens: &TokenStream, env: &Env) -> Option<Partial> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let (path, call) = trees.split_at(trees.len().checked_sub(2)?);
    let (name, args) = args::called(call)?;
    let is_path = path.iter().all(|tree| {
        matches!(tree, TokenTree::Ident(word) if word == "functools") || flow::is_punct(Some(tree), '.')
    });
    if name != "partial" || !is_path || env.get_function(name).is_some() {
        return None;
    }
    let mut pieces = at_comma(args.stream()).into_iter().filter(|piece| !piece.is_empty());
    let class = args::without_modules(&pieces.next()?);
    let given = pieces.map(|piece| {
        let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
        args::named_value(&trees).map(|(name, _)| (name.to_string(), env.fill(piece)))
    });
    Some(Partial { class, given: given.collect::<Option<_>>()? })
}

impl Partial {
    /// The layer with these arguments before its own, of which those by the same names are left out.
    pub fn with(&self, given: &Group) -> TokenStream {
        let pieces: Vec<TokenStream> =
            at_comma(given.stream()).into_iter().filter(|piece| !piece.is_empty()).collect();
        let says = |name: &str| {
            pieces.iter().any(|piece| {
                let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
                args::named_value(&trees).is_some_and(|(key, _)| key == name)
            })
        };
        let own = self.given.iter().filter(|(name, _)| !says(name)).map(|(_, piece)| piece);
        let class = &self.class;
        quote_spanned! { given.span()=> #class (#(#pieces,)* #(#own),*) }
    }
}
