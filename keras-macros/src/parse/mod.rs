//! From tokens to a syntax tree.

mod added;
mod applications;
mod args;
mod arithmetic;
mod arrays;
mod ast;
mod axes;
mod begins;
mod binding;
mod chain;
mod choice;
mod comprehension;
mod env;
mod eval;
mod facts;
mod fault;
mod flow;
mod function;
mod given;
mod grown;
mod grown_dicts;
mod inner;
mod items;
mod misplaced;
mod named_lists;
mod needs;
mod number;
mod of_layers;
mod operations;
mod params;
mod parts;
mod pasted;
mod path_args;
mod powers;
mod pythonic;
mod room;
mod settings;
mod slips;
mod split;
mod sugar;
mod tokens;
mod unpack;
mod value;

use std::collections::HashMap;
use std::rc::Rc;

use proc_macro2::{Delimiter, Span, TokenStream};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Expr, Generics, Ident, Path, Token, Visibility};

pub use args::{as_call, modules};
pub use ast::{
    Argument, Body, Call, Chain, Count, Head, Inner, Inputs, Item, Made, Model, Param, Part, PartOf, Parts,
    Pattern, Scope, Statement, Tail, Trainable,
};
pub use axes::{Length, is_shape};
pub use comprehension::is_loop;
pub use eval::sign;
pub use facts::Fact;
pub use fault::{argument_in, at_fault};
pub use flow::statements;
pub use function::plain;
pub use inner::{is_model, makes_a_model};
pub use items::{Item as FunctionItem, With, item, with};
pub use params::{Parameter, ParameterKind, Params, names as mentions};
pub use split::{at_arrow, at_char, at_comma, only_group, without_angles};

use binding::binding;
use chain::{bracket, chain, parse_tail, read_items};

use crate::error::Errors;

/// What the parts of the parser share.
#[derive(Default)]
pub struct Reader {
    /// Expressions that only the compiler can evaluate.
    exprs: Vec<Expr>,
    /// What names stand for.
    env: env::Env,
    /// Functions of other places.
    items: items::Items,
    /// The lengths of axes that are asked for, and what is known of them from the reading before.
    questions: Vec<axes::Question>,
    lengths: Vec<Length>,
    /// The policy that the layers of the model compute by, if it says one, and where.
    policy: Option<(keras_shape::Arg, TokenStream)>,
    /// How many functions there are.
    functions: usize,
    /// How many bodies have been read, of how many tokens, and how many of them are open.
    bodies: usize,
    tokens: usize,
    depth: usize,
    /// How many layers, names and applications have been read, all chains together.
    read_items: usize,
    /// Whether there were too many.
    full: bool,
    /// Parameters of the model, whose values are not known here.
    params: Rc<Params>,
    /// The name of the model, if it has one.
    name: String,
    /// Models that layers are added to one by one.
    added: Vec<added::Added>,
    /// The number of the one of these whose line is read.
    beginning: Option<usize>,
    /// The names that elements of lists and dicts are bound to.
    made: HashMap<String, Made>,
    /// What the model ends with.
    tail: TokenStream,
    /// What has to hold so that the types of inner models are there.
    bounds: Vec<TokenStream>,
    /// The names of the functions that are being applied, the outermost first.
    open: Vec<String>,
}

impl Reader {
    /// How messages call a value: by the source of what has a name that nobody has written.
    fn shown(&self, value: &TokenStream) -> String {
        let text = plain(value);
        self.made.get(&text).map_or(text, |made| made.source.clone())
    }

    /// A message in which values that have a name nobody has written are called by their source.
    fn in_words(&self, text: String) -> String {
        let mut made: Vec<(&String, &Made)> = self.made.iter().collect();
        // `__part_12` before `__part_1`.
        made.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        made.into_iter().fold(text, |text, (name, made)| text.replace(name, &made.source))
    }

    /// Keeps an expression for the compiler, and gives its number.
    pub fn keep(&mut self, expr: Expr) -> usize {
        self.exprs.push(expr);
        self.exprs.len() - 1
    }
}

/// Reads a whole `model!`. What cannot be read is noted and left out; the rest is still there. Fails with the path of
/// a function that stands elsewhere and is not known yet. `values` are those of parameters, where they are tried;
/// `lengths` answers what it [asks for](axes).
pub fn model(
    with: &With,
    values: &[(Ident, TokenStream)],
    lengths: &[Length],
    errors: &mut Errors,
) -> Result<Model, Path> {
    let (head, body) = head(with.body.clone(), errors);
    let body = settings::settings(body);
    let span = head.as_ref().map_or_else(Span::call_site, |head| head.name.span());
    let mut reader = Reader { lengths: lengths.to_vec(), ..Reader::default() };
    let body = match head.as_ref().filter(|head| !head.params.is_empty()) {
        Some(head) => with_parameters(head, body, values, &mut reader),
        None => body,
    };
    let is_unused = |param: &&params::Parameter| {
        !param.name.to_string().starts_with('_') && !params::names(&body, &param.name)
    };
    let unused = reader.params.list.iter().filter(is_unused).map(|param| param.name.clone()).collect();
    with.items(&mut reader, errors);
    let body = if head.is_none() { unwrapped(body) } else { without_angles(body) };
    let (pieces, tail) = flow::statements(slips::semicolons(body, errors));
    let pasted::Body { pieces, tail, mut name, inputs, listed } = pasted::body(pieces, tail, errors);
    reader.tail = tail.clone();
    let mut statements = flow::read(pieces, &mut reader, errors);
    statements.extend(parts::begun(&tail, &mut reader, errors));
    let mut tail = flow::prepared(tail, &mut statements, &mut reader, errors);
    let mut begun = None;
    if let Some(whole) = pasted::sequential(&flow::fill(tail.clone(), &reader), &reader) {
        (tail, name, begun) = whole;
    }
    statements.extend(added::apply(&tail, &[], &mut reader, errors));
    let name = name.and_then(|name| pasted::name(name, &reader, errors));
    let tail = match pasted::named_outputs(&tail, &reader.env, errors) {
        Some(named) => named_outputs(named, &mut statements, span, &mut reader, errors),
        None => output((tail, listed), &statements, span, &mut reader, errors),
    };
    let inputs = inputs.map(|tokens| named_inputs(tokens, &mut statements, &mut reader, errors));
    match reader.wanted() {
        // Where a mistake has been made, that is told first.
        Some(path) if errors.is_empty() => Err(path),
        _ => Ok(Model {
            head,
            name,
            begun,
            inputs,
            statements,
            tail,
            exprs: reader.exprs,
            made: reader.made,
            bounds: reader.bounds,
            questions: reader.questions,
            policy: reader.policy,
            unused,
            written: reader.tokens,
        }),
    }
}

/// The body of a model with parameters, which have these values or are known to the compiler alone.
fn with_parameters(
    head: &Head,
    body: TokenStream,
    values: &[(Ident, TokenStream)],
    reader: &mut Reader,
) -> TokenStream {
    values.iter().for_each(|(name, value)| reader.env.constant(name, false, value.clone()));
    // Of a name that is none for a parameter nothing more is said.
    for param in head.params.list.iter().filter(|param| param.is_small()) {
        reader.env.constant(&param.name, false, quote::quote! { 1 });
    }
    if values.is_empty() {
        reader.params = head.params.clone();
        reader.name = head.name.to_string();
    }
    head.params.plain(body)
}

/// The output of a model: what stands behind its `statements`. Several may be `listed` in brackets.
fn output(
    (tail, listed): (TokenStream, bool),
    statements: &[Statement],
    span: Span,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Tail {
    if let Some((asked, message)) = misplaced::asks_of_a_model(&tail, reader) {
        errors.over(asked, message);
        return Tail::of(vec![ast::Chain::broken(span)]);
    }
    let last = statements.iter().rev().find_map(|statement| match statement {
        Statement::Let(binding) => binding.names.last(),
        _ => None,
    });
    match last {
        Some(name) if tail.is_empty() => {
            errors.at(
                name.span(),
                format!("the model has no output: its last line stands without `let` and `;`\nhelp: if the output is `{name}`, add the line `{name}`"),
            );
            Tail::of(Vec::new())
        }
        _ => {
            let listed = listed || reader.env.is_list(&tail);
            parse_tail(flow::fill(tail, reader), span, listed, reader, errors)
        }
    }
}

/// The inputs that a model says: a list, or a dict in the order of its keys.
fn named_inputs(
    tokens: TokenStream,
    statements: &mut Vec<Statement>,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Inputs {
    let prepared = flow::prepared(tokens.clone(), statements, reader, errors);
    let pieces = pasted::tensors_of(&prepared, &reader.env);
    let span = syn::spanned::Spanned::span(&tokens);
    let read = |piece| chain(flow::fill(piece, reader), span, reader, errors);
    Inputs { chains: pieces.into_iter().map(read).collect(), tokens }
}

/// The outputs that stand in a dict.
fn named_outputs(
    named: Vec<(String, TokenStream)>,
    statements: &mut Vec<Statement>,
    span: Span,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Tail {
    let (mut keys, mut chains) = (Vec::new(), Vec::new());
    for (key, value) in named {
        let value = flow::prepared(value, statements, reader, errors);
        chains.push(chain(flow::fill(value, reader), span, reader, errors));
        keys.push(key);
    }
    Tail { chains, keys: Some(keys) }
}

/// A body without the braces, as of a block of Rust, or the angle brackets that may stand around it.
fn unwrapped(body: TokenStream) -> TokenStream {
    without_angles(match only_group(&body, Delimiter::Brace) {
        Some(group) => group.stream(),
        None => body,
    })
}

/// The parameters and the body of a model, with or without a name before it.
pub fn body_of(tokens: &TokenStream) -> (Generics, TokenStream) {
    match head(tokens.clone(), &mut Errors::default()) {
        (Some(head), body) => (head.params.generics.clone(), without_angles(body)),
        (None, body) => (Generics::default(), unwrapped(body)),
    }
}

/// Attributes, visibility, name, parameters and body of a named model.
type HeadParts = (Vec<Attribute>, Visibility, Ident, Generics, TokenStream);

/// `#[..] pub struct Name { body }`, or just a body.
fn head(tokens: TokenStream, errors: &mut Errors) -> (Option<Head>, TokenStream) {
    let parser = |input: ParseStream| -> syn::Result<Option<HeadParts>> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis: Visibility = input.parse()?;
        if !input.peek(Token![struct]) {
            if attrs.is_empty() && matches!(vis, Visibility::Inherited) {
                TokenStream::parse(input)?;
                return Ok(None);
            }
            return Err(input.error("expected `struct Name { ... }`"));
        }
        input.parse::<Token![struct]>()?;
        let name: Ident = input.parse()?;
        let mut generics: Generics = input.parse()?;
        generics.where_clause = input.parse()?;
        let body;
        syn::braced!(body in input);
        let body = TokenStream::parse(&body)?;
        if !input.is_empty() {
            return Err(input.error("a model ends with its closing brace"));
        }
        Ok(Some((attrs, vis, name, generics, body)))
    };
    match parser.parse2(tokens.clone()) {
        Ok(Some((attrs, vis, name, generics, body))) => {
            let params = Rc::new(Params::new(generics, errors));
            (Some(Head { attrs, vis, name, params }), body)
        }
        Ok(None) => (None, tokens),
        Err(error) => {
            errors.push(error);
            (None, TokenStream::new())
        }
    }
}
