//! Arguments: `3`, `units = 3`, `(3, 3)`, `relu`, `"relu"`, `L2(0.01)`, `2 * HIDDEN`.

use keras_shape::{Arg, LayerConfig, MAX_WEIGHTS, is_call};
use proc_macro2::{Delimiter, Group, Ident, Spacing, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Expr, ExprUnary, Lit, UnOp};

use super::ast::Argument;
use super::eval::value_of;
use super::number::{self, Number};
use super::split::{at_comma, has_colon, only_group};
use super::{Reader, function, pythonic};
use crate::error::Errors;
use crate::numbers;

/// Reads the arguments between two parentheses.
pub fn arguments(tokens: TokenStream, reader: &mut Reader, errors: &mut Errors) -> Vec<Argument> {
    arguments_of(None, tokens, reader, errors)
}

/// The same of a layer that may wrap others, in the argument of this name.
pub fn arguments_of(
    wraps: Option<&str>,
    tokens: TokenStream,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Vec<Argument> {
    let mut pieces = at_comma(tokens);
    // A comma may stand at the end.
    if pieces.last().is_some_and(TokenStream::is_empty) {
        pieces.pop();
    }
    let mut args = Vec::new();
    for piece in pieces {
        match wraps.and_then(|arg| wrapped(arg, &piece, args.is_empty(), reader, errors)) {
            Some(arg) => args.push(arg),
            None => argument(piece, reader, errors, &mut args),
        }
    }
    args
}

/// The layer of a wrapper, where it is more than a layer of Keras with arguments.
fn wrapped(
    arg: &str,
    piece: &TokenStream,
    is_first: bool,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Option<Argument> {
    let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
    let (name, tokens) = match named_value(&trees) {
        Some((name, rest)) if name == arg || (arg == "layer" && name == "backward_layer") => {
            (Some(name.clone()), rest.iter().cloned().collect::<TokenStream>())
        }
        _ if is_first && named(piece.clone()).0.is_none() => (None, piece.clone()),
        _ => return None,
    };
    if tokens.is_empty() || is_layer_of_keras(&tokens) || is_value(&tokens) {
        return None;
    }
    // Cells of an `RNN`, all of Keras.
    if arg != "layer" && are_cells_of_keras(&tokens) {
        return None;
    }
    let span = tokens.span();
    let chain = Some(super::chain(tokens.clone(), span, reader, errors).into());
    Some(Argument { name, axis: false, value: Arg::None, tokens, span, chain })
}

/// A number, a text or `None`, which is no layer in any sense.
fn is_value(tokens: &TokenStream) -> bool {
    match tokens.clone().into_iter().next() {
        Some(TokenTree::Literal(_)) => true,
        Some(TokenTree::Punct(sign)) => sign.as_char() == '-',
        Some(TokenTree::Ident(word)) => word == "None" || word == "true" || word == "false",
        _ => false,
    }
}

/// `LSTM(16)`, also inside of wrappers.
fn is_layer_of_keras(tokens: &TokenStream) -> bool {
    let Some((name, args)) = call(&without_modules(tokens)) else { return false };
    if !LayerConfig::is_class(&name) {
        return false;
    }
    let Some(arg) = wraps(&name) else { return true };
    let (of, first) = named(at_comma(args).into_iter().next().unwrap_or_default());
    let is_cells = arg != "layer" && (of.is_some_and(|of| of != arg) || are_cells_of_keras(&first));
    first.is_empty() || is_value(&first) || is_cells || is_layer_of_keras(&first)
}

/// `[LSTMCell(16), GRUCell(8)]`: a list without a cell of somebody's own.
fn are_cells_of_keras(tokens: &TokenStream) -> bool {
    let Some(list) = only_group(tokens, Delimiter::Bracket).map(|group| group.stream()) else { return false };
    let repeats =
        list.clone().into_iter().any(|tree| matches!(&tree, TokenTree::Punct(p) if p.as_char() == ';'));
    repeats || at_comma(list).iter().all(|cell| cell.is_empty() || is_value(cell) || is_layer_of_keras(cell))
}

/// The argument in which a layer takes any layer, if it does.
pub fn wraps(class: &str) -> Option<&'static str> {
    LayerConfig::default_of(class)?.facts().wraps
}

/// The arguments of `(training = true)` behind a layer: of its application, if each has a name.
pub fn application(tree: &TokenTree, reader: &mut Reader, errors: &mut Errors) -> Option<Vec<Argument>> {
    let TokenTree::Group(group) = tree else { return None };
    let pieces = at_comma(group.stream());
    let mut pieces = pieces.iter().filter(|piece| !piece.is_empty()).peekable();
    pieces.peek()?;
    let all_named = pieces.all(|piece| named(piece.clone()).0.is_some());
    let is_call = all_named && group.delimiter() == Delimiter::Parenthesis;
    is_call.then(|| arguments(group.stream(), reader, errors))
}

/// The name before an argument, whether it is one of an axis, `time: None`, and what stands behind it.
fn name_and_value(input: ParseStream) -> syn::Result<(Option<Ident>, bool, TokenStream)> {
    let named = input.peek(Ident::peek_any) && input.peek2(syn::Token![=]) && !input.peek2(syn::Token![==]);
    let axis = input.peek(Ident::peek_any) && input.peek2(syn::Token![:]) && !input.peek2(syn::Token![::]);
    if !named && !axis {
        return Ok((None, false, TokenStream::parse(input)?));
    }
    let name = input.call(Ident::parse_any)?;
    if axis {
        input.parse::<syn::Token![:]>()?;
    } else {
        input.parse::<syn::Token![=]>()?;
    }
    if input.is_empty() {
        return Err(syn::Error::new(name.span(), format!("`{name}` needs a value: `{name} = ...`")));
    }
    Ok((Some(name), axis, TokenStream::parse(input)?))
}

fn argument(tokens: TokenStream, reader: &mut Reader, errors: &mut Errors, args: &mut Vec<Argument>) {
    let (name, axis, tokens) = match name_and_value.parse2(tokens.clone()) {
        Ok(parts) => parts,
        Err(error) => {
            errors.push(error);
            return;
        }
    };
    if tokens.is_empty() {
        errors
            .at(name.map_or_else(Span::call_site, |n| n.span()), "an argument is missing between two commas");
        return;
    }
    if let Some(message) = pythonic::argument(&tokens) {
        errors.over(&tokens, message);
        return;
    }
    // `activation == "relu"`
    if name.is_none()
        && let Some(key) = compared(&tokens)
    {
        errors.over(&tokens, format!("an argument is given with one `=`: `{key} = ...`"));
        return;
    }
    let (tokens, rest) = before_missing_comma(tokens);
    if let Some(next) = rest.clone().into_iter().next() {
        errors.over(&next, format!("a comma is missing before `{next}`"));
    }
    let span = tokens.span();
    // `Input(tensor = Tensor<(Dyn, Len<64>)>)` names a type.
    if name.as_ref().is_some_and(|name| name == "tensor") && !axis {
        args.push(Argument { name, axis, value: Arg::None, tokens, span, chain: None });
        return;
    }
    // `'relu'`: the compiler has said that this is no string.
    if is_python_string(&tokens) {
        errors.is_reported();
        return;
    }
    // A closure or a list of tensors is read by whoever takes it.
    let are_states = name.as_ref().is_some_and(|name| name == "initial_state");
    match value(&tokens, reader) {
        Err(error) if are_states && unknown_part(&tokens).is_some() => errors.push(of_states(&error)),
        Ok(value) => args.push(Argument { name, axis, value, tokens, span, chain: None }),
        Err(error) => errors.push(error),
    }
    if !rest.is_empty() {
        argument(rest, reader, errors, args);
    }
}

/// The name in `name == value`.
fn compared(tokens: &TokenStream) -> Option<String> {
    let mut trees = tokens.clone().into_iter();
    match (trees.next()?, trees.next()?, trees.next()?) {
        (TokenTree::Ident(name), TokenTree::Punct(a), TokenTree::Punct(b)) => {
            (a.as_char() == '=' && a.spacing() == Spacing::Joint && b.as_char() == '=')
                .then(|| name.to_string())
        }
        _ => None,
    }
}

/// A value, and the next argument if no comma stands between: `3 activation = relu`.
fn before_missing_comma(tokens: TokenStream) -> (TokenStream, TokenStream) {
    let parser = |input: ParseStream| -> syn::Result<(Expr, TokenStream)> {
        Ok((input.parse()?, TokenStream::parse(input)?))
    };
    match parser.parse2(tokens.clone()) {
        Ok((value, rest))
            if matches!(
                rest.clone().into_iter().next(),
                Some(TokenTree::Ident(_) | TokenTree::Literal(_))
            ) =>
        {
            (value.to_token_stream(), rest)
        }
        _ => (tokens, TokenStream::new()),
    }
}

/// Text between single quotes, which Rust has for single characters only.
fn is_python_string(tokens: &TokenStream) -> bool {
    let mut trees = tokens.clone().into_iter();
    match (trees.next(), trees.next()) {
        (Some(TokenTree::Literal(literal)), None) => {
            let text = literal.to_string();
            text.starts_with('\'') && syn::parse_str::<syn::LitChar>(&text).is_err()
        }
        _ => false,
    }
}

/// The modules that stand before a name of Keras in Python: `keras.regularizers.L2(0.01)`.
pub const MODULES: &[&str] = &[
    "tf",
    "tensorflow",
    "keras",
    "python",
    "jax",
    "nn",
    "ops",
    "layers",
    "models",
    "activations",
    "initializers",
    "regularizers",
    "constraints",
];

/// A name without the modules before it.
pub fn without_modules(tokens: &TokenStream) -> TokenStream {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    trees[modules(&trees)..].iter().cloned().collect()
}

/// How many tokens are modules of Keras with their dots, before a name.
pub fn modules(trees: &[TokenTree]) -> usize {
    let mut at = 0;
    while let [TokenTree::Ident(module), TokenTree::Punct(dot), TokenTree::Ident(_), ..] = &trees[at..]
        && dot.as_char() == '.'
        && MODULES.iter().any(|known| module == known)
    {
        at += 2;
    }
    at
}

/// `name(args)` as a call of Keras, whatever the name is.
pub fn as_call(tokens: &TokenStream) -> Option<Arg> {
    let (name, args) = call(&without_modules(tokens))?;
    call_args(args, &mut Reader::default()).ok().map(|args| Arg::Call(name, args))
}

fn call_args(args: TokenStream, reader: &mut Reader) -> syn::Result<Vec<(Option<String>, Arg)>> {
    let pieces = at_comma(args).into_iter().filter(|piece| !piece.is_empty());
    let args = pieces.map(|piece| {
        let (name, tokens) = named(piece);
        Ok((name, value(&tokens, reader)?))
    });
    args.collect()
}

/// Reads a value.
pub fn value(tokens: &TokenStream, reader: &mut Reader) -> syn::Result<Arg> {
    // A value put in the place of a name: see `Env::fill`.
    if let Some(group) = only_group(tokens, Delimiter::None) {
        return value(&group.stream(), reader);
    }
    let known = without_modules(tokens);
    let in_module = known.clone().into_iter().count() < tokens.clone().into_iter().count();
    let tokens = &known;
    if let Some(group) =
        only_group(tokens, Delimiter::Parenthesis).or_else(|| only_group(tokens, Delimiter::Bracket))
    {
        return list(&group, reader);
    }
    if let Some((name, args)) = call(tokens) {
        let is_class = name.chars().next().is_some_and(char::is_uppercase);
        if is_class || in_module || is_call(&name) {
            return Ok(Arg::Call(name, call_args(args, reader)?));
        }
    }
    if let Some(entries) = only_group(tokens, Delimiter::Brace).and_then(|group| dict(group.stream())) {
        let entries = entries.into_iter().map(|(key, tokens)| Ok((Some(key), value(&tokens, reader)?)));
        return entries.collect::<syn::Result<_>>().map(|list| Arg::Call("dict".into(), list));
    }
    let mut tokens = tokens.clone();
    match number::number(&tokens) {
        Some(Ok(Number::Known(number))) => return Ok(number),
        Some(Ok(Number::Rust(rust))) => tokens = rust,
        Some(Err(error)) => return Err(error),
        None => {}
    }
    let source = tokens.clone();
    let expr = expression(tokens, reader)?;
    if let Expr::Lit(syn::ExprLit { lit: Lit::Int(number), .. }) = &expr
        && number.base10_parse::<i128>().is_err()
    {
        let message = format!("this number is larger than any size: the largest is {}", usize::MAX);
        return Err(syn::Error::new(number.span(), message));
    }
    if let Expr::Assign(assign) = &expr {
        let message = "a value cannot be an assignment\nhelp: an argument by its name is `name = value`; whether two values are equal says `==`";
        return Err(syn::Error::new_spanned(assign, message));
    }
    if let Some(known) = literal(&expr) {
        return Ok(known);
    }
    // `int(filters * alpha)`, `if stride == 1 { "same" } else { "valid" }`.
    if matches!(expr, Expr::Call(_) | Expr::If(_) | Expr::Index(_) | Expr::MethodCall(_) | Expr::Binary(_))
        && let Some(known) = value_of(source)
    {
        return value(&known.tokens(expr.span()), reader);
    }
    numbers::Number::of(&expr, &reader.params)?;
    Ok(Arg::Expr(reader.keep(expr)))
}

/// An expression of Rust, or what is wrong with one that Python might have.
fn expression(tokens: TokenStream, reader: &Reader) -> syn::Result<Expr> {
    if let Ok(name) = syn::parse2::<Ident>(tokens.clone())
        && reader.env.has_ended(&name)
    {
        let message = match reader.env.went_through(&name) {
            true => format!(
                "`{name}` is the variable of a loop, and ends with it\nhelp: bind what is needed behind the loop before it, `let mut last = 0;`, and give it its value inside, `last = {name};`"
            ),
            false => format!(
                "`{name}` ends with the braces that it is bound in\nhelp: bind it by the choice: `let {name} = if ... {{ 1 }} else {{ 2 }};`; or before it, `let mut {name} = 1;`, and give it another value inside, `{name} = 2;`"
            ),
        };
        return Err(syn::Error::new(name.span(), message));
    }
    if let Some(message) = unknown_part(&tokens) {
        return Err(syn::Error::new_spanned(&tokens, message));
    }
    syn::parse2(tokens.clone()).map_err(|error| match function::is_closure(&tokens) {
        true => syn::Error::new_spanned(
            &tokens,
            "the function of a `Lambda` is one of Rust, and this is none\nhelp: what Keras's operations do stands in a model without a layer: `let y = x[:, -3:, :];`, `ops.square(x)`",
        ),
        false => error,
    })
}

/// What to say of Python's `out[1:]`, of a list that is not known here.
fn unknown_part(tokens: &TokenStream) -> Option<String> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let [TokenTree::Ident(name), TokenTree::Group(index)] = trees.as_slice() else { return None };
    let is_slice = index.delimiter() == Delimiter::Bracket && has_colon(&index.stream());
    is_slice.then(|| format!("`{name}` is no list that is known here"))
}

/// What is said of a list that is not known, as the states of a layer.
fn of_states(error: &syn::Error) -> syn::Error {
    let message = format!(
        "{error}\nhelp: of the tensors of one layer each has a name: `let (y, h, c) = x => LSTM(...);`, then `[h, c]`"
    );
    syn::Error::new(error.span(), message)
}

/// Reads what stands in parentheses or a bracket.
fn list(group: &Group, reader: &mut Reader) -> syn::Result<Arg> {
    let mut pieces = at_comma(group.stream());
    let trailing = pieces.last().is_some_and(TokenStream::is_empty);
    if trailing {
        pieces.pop();
    }
    // `(3)` is a number in parentheses, as in Python.
    if pieces.len() == 1 && !trailing && group.delimiter() == Delimiter::Parenthesis {
        return value(&pieces[0], reader);
    }
    if let Some((layer, count)) = repeated(group) {
        let layer = value(&layer, reader)?;
        return Ok(Arg::List(vec![layer; count]));
    }
    pieces.iter().map(|piece| value(piece, reader)).collect::<syn::Result<_>>().map(Arg::List)
}

/// The layer and the number of `[LSTMCell(16); 3]`: so many with these arguments.
fn repeated(list: &Group) -> Option<(TokenStream, usize)> {
    let trees: Vec<TokenTree> = list.stream().into_iter().collect();
    let [layer @ .., TokenTree::Punct(semicolon), TokenTree::Literal(count)] = trees.as_slice() else {
        return None;
    };
    let layer: TokenStream = layer.iter().cloned().collect();
    let count = count.to_string().parse().ok().filter(|count| *count <= MAX_WEIGHTS)?;
    (list.delimiter() == Delimiter::Bracket && semicolon.as_char() == ';' && is_layer_of_keras(&layer))
        .then_some((layer, count))
}

/// The entries of Python's `{"key": value, ...}`; a block of Rust is none.
fn dict(tokens: TokenStream) -> Option<Vec<(String, TokenStream)>> {
    let pieces = at_comma(tokens).into_iter().filter(|piece| !piece.is_empty());
    let entries: Option<Vec<_>> = pieces
        .map(|piece| {
            let mut trees = piece.into_iter();
            let key = syn::parse2::<syn::LitStr>(trees.next()?.into()).ok()?.value();
            let colon = matches!(trees.next()?, TokenTree::Punct(colon) if colon.as_char() == ':');
            colon.then(|| (key, trees.collect()))
        })
        .collect();
    entries.filter(|entries| !entries.is_empty())
}

/// `name(args)`, where the name has no path.
fn call(tokens: &TokenStream) -> Option<(String, TokenStream)> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    called(&trees).map(|(name, args)| (name.to_string(), args.stream()))
}

/// The name and the arguments of a call with nothing around it.
pub fn called(trees: &[TokenTree]) -> Option<(&Ident, &Group)> {
    match trees {
        [TokenTree::Ident(name), TokenTree::Group(args)] if args.delimiter() == Delimiter::Parenthesis => {
            Some((name, args))
        }
        _ => None,
    }
}

/// `name = value` without spans, for arguments of arguments.
fn named(tokens: TokenStream) -> (Option<String>, TokenStream) {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    match named_value(&trees) {
        Some((name, rest)) if !rest.is_empty() => (Some(name.to_string()), rest.iter().cloned().collect()),
        _ => (None, tokens),
    }
}

/// The name and what follows of `name = value`; `block => Dense(2)` has no name.
pub fn named_value(trees: &[TokenTree]) -> Option<(&Ident, &[TokenTree])> {
    match trees {
        [TokenTree::Ident(_), TokenTree::Punct(eq), TokenTree::Punct(end), ..]
            if eq.as_char() == '=' && eq.spacing() == Spacing::Joint && end.as_char() == '>' =>
        {
            None
        }
        [TokenTree::Ident(name), TokenTree::Punct(eq), rest @ ..] if eq.as_char() == '=' => {
            Some((name, rest))
        }
        _ => None,
    }
}

/// A value that is known here; anything else is an expression for the compiler.
fn literal(expr: &Expr) -> Option<Arg> {
    match expr {
        Expr::Lit(lit) => match &lit.lit {
            Lit::Int(n) => n.base10_parse().ok().map(Arg::Int),
            Lit::Float(x) => x.base10_parse().ok().map(Arg::Float),
            Lit::Bool(b) => Some(Arg::Bool(b.value)),
            Lit::Str(s) => Some(Arg::Str(s.value())),
            _ => None,
        },
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match literal(expr)? {
            Arg::Int(n) => Some(Arg::Int(-n)),
            Arg::Float(x) => Some(Arg::Float(-x)),
            _ => None,
        },
        Expr::Path(path) if path.qself.is_none() => {
            let ident = path.path.get_ident()?.unraw().to_string();
            if ident == "None" {
                return Some(Arg::None);
            }
            // `HIDDEN` is a constant, `relu` a word of Keras.
            let is_constant = !ident.chars().any(char::is_lowercase);
            (!is_constant).then_some(Arg::Word(ident))
        }
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}
