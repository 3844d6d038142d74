//! Functions in the body of a model: `let residual = |x, filters, strides = 1| { ... };`, applied as a layer is. Each
//! application is read anew, with values in the place of parameters, so it has layers and weights of its own.

use std::cell::Cell;
use std::rc::Rc;

use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser};
use syn::spanned::Spanned;

use super::Reader;
use super::ast::{Body, Item, Param, Statement};
use super::env::Env;
use super::eval::{Value, value_of};
use super::flow::body;
use super::given::{Given, arguments, default, given};
use super::of_layers;
use super::split::{at_comma, only_group};
use super::value::{self, Budget};
use crate::error::Errors;

/// A function of a body.
pub struct Function {
    id: usize,
    pub(super) name: String,
    pub(super) params: Vec<Parameter>,
    pub(super) body: TokenStream,
    /// What was known where it was written.
    pub(super) env: Env,
    /// Whether it could not be read: then its applications say nothing more.
    broken: bool,
    /// Whether it may be a function of [values](super::value).
    may_have_value: bool,
    /// Whether it has been applied as one.
    evaluated: Rc<Cell<bool>>,
    /// Whether it was written as a function that makes one of tensors.
    makes_function: bool,
}

impl Function {
    /// How many parameters it has, and how many of them have no default.
    pub fn parameters(&self) -> (usize, usize) {
        (self.params.len(), self.params.iter().filter(|param| param.default.is_none()).count())
    }

    /// The value of an application with these arguments, if it is a function of values.
    pub fn value(&self, args: TokenStream, budget: &Budget) -> Option<Value> {
        if self.broken || !self.may_have_value {
            return None;
        }
        let value = value::apply(self, args, budget)?;
        self.evaluated.set(true);
        Some(value)
    }

    /// The initializer, regularizer or constraint that an application makes, if it makes one.
    pub fn setting(&self, args: TokenStream, budget: &Budget) -> Option<TokenStream> {
        if self.broken || !self.may_have_value {
            return None;
        }
        let setting = value::setting(self, args, budget)?;
        self.evaluated.set(true);
        Some(setting)
    }

    /// Whether it may be a function of values.
    pub fn may_have_value(&self) -> bool {
        self.may_have_value
    }

    /// Notes that its mistakes are reported: its applications say nothing more.
    pub fn break_off(&mut self) {
        self.broken = true;
    }

    /// Brings a function of another place along, for the body.
    pub fn bring(&mut self, path: String, function: Rc<Function>) {
        self.env.bring(path, function);
    }
}

/// A parameter of a function.
pub struct Parameter {
    pub(super) name: Ident,
    pub(super) mutable: bool,
    pub(super) default: Option<TokenStream>,
}

/// Whether the right side of a `let` is a function.
pub fn is_closure(tokens: &TokenStream) -> bool {
    matches!(tokens.clone().into_iter().next(), Some(TokenTree::Punct(p)) if p.as_char() == '|')
}

/// Reads `|x, filters, strides = 1| { ... }`.
pub fn define(
    name: &Ident,
    tokens: TokenStream,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Option<Statement> {
    let curried = curried(&tokens);
    let shadow = curried.as_ref().and_then(|curried| curried.shadow.clone());
    let makes_function = curried.as_ref().is_some_and(|curried| curried.of_tensors);
    let tokens = curried.map_or(tokens, |curried| curried.tokens);
    // One in a dict is called as the source calls it.
    let text = name.to_string();
    let text = reader.made.get(&text).map_or(text, |made| made.source.clone());
    let function = closure(text.clone(), tokens.clone(), reader, errors);
    let mut function = function.unwrap_or_else(|| Function {
        id: 0,
        name: text,
        params: Vec::new(),
        body: TokenStream::new(),
        env: Env::default(),
        broken: true,
        may_have_value: false,
        evaluated: Rc::default(),
        makes_function,
    });
    function.makes_function = makes_function;
    if let Some(shadow) = shadow {
        let text = format!(
            "`{shadow}` means one thing in the outer function and another in the inner one: give one of them another name"
        );
        errors.at(shadow.span(), text);
        function.broken = true;
    }
    let function = Rc::new(function);
    let (id, evaluated) = (function.id, function.evaluated.clone());
    reader.env.function(name, function);
    Some(Statement::Function(id, name.clone(), tokens, evaluated))
}

/// A function that makes a function, as one.
struct Curried {
    tokens: TokenStream,
    /// Whether the inner one has to be given something.
    of_tensors: bool,
    /// A name that would not be the same in one function as in two.
    shadow: Option<Ident>,
}

/// A function that makes a function, `|width| { let apply = |x| { ... }; apply }`, as the function that both are when they are
/// applied behind each other: `|x, width| { ... }`. What the inner one has to be given is first, as tensors are; its defaults are
/// behind the parameters of the outer one, whose arguments stand in the first parentheses.
fn curried(tokens: &TokenStream) -> Option<Curried> {
    let (outer, body) = at_bars(tokens)?;
    let (mut statements, tail) = super::flow::statements(only_group(&body, Delimiter::Brace)?.stream());
    let inner = match syn::parse2::<Ident>(tail.clone()) {
        Ok(name) => {
            let (bound, value) = super::pasted::bound(&statements.pop()?)?;
            (bound == name).then_some(value)?
        }
        Err(_) => tail,
    };
    let (params, body) = at_bars(&inner)?;
    let body = only_group(&body, Delimiter::Brace).map_or(body, |group| group.stream());
    let pieces = |list: TokenStream| at_comma(list).into_iter().filter(|piece| !piece.is_empty());
    let (defaults, needed): (Vec<_>, Vec<_>) =
        pieces(params).partition(|piece| key(piece.clone()).0.is_some());
    let shadow = shadow(&needed, &defaults, &outer, &statements);
    let all = needed.iter().cloned().chain(pieces(outer)).chain(defaults);
    let tokens = quote::quote! { |#(#all),*| { #(#statements;)* #body } };
    Some(Curried { tokens, of_tensors: !needed.is_empty(), shadow })
}

/// A parameter of an inner function that the outer one binds or means otherwise, or a name of the outer one in a default of the
/// inner: where the statements of both stand in one body, these would be taken for each other.
fn shadow(
    needed: &[TokenStream],
    defaults: &[TokenStream],
    outer: &TokenStream,
    statements: &[TokenStream],
) -> Option<Ident> {
    let names = needed.iter().chain(defaults).flat_map(|piece| {
        let is_name = |tree: TokenTree| match tree {
            TokenTree::Ident(name) if name != "mut" => Some(name),
            _ => None,
        };
        piece.clone().into_iter().find_map(is_name)
    });
    let values: Vec<TokenStream> = at_comma(outer.clone()).into_iter().map(|piece| key(piece).1).collect();
    for name in names {
        let in_default =
            || values.iter().any(|value| value.clone().into_iter().count() > 1 && mentions(value, &name));
        let in_statement = |piece: &TokenStream| {
            let bound = bound_names(piece);
            // A function has parameters of its own, which may well be called so.
            let is_function = super::pasted::bound(piece).is_some_and(|(_, value)| is_closure(&value));
            bound.contains(&name) || !is_function && mentions(piece, &name)
        };
        if in_default() || statements.iter().any(in_statement) {
            return Some(name);
        }
    }
    let bound = statements.iter().flat_map(bound_names);
    let in_value = |name: &Ident| defaults.iter().any(|piece| mentions(&key(piece.clone()).1, name));
    bound.into_iter().find(in_value)
}

/// The names that a `let` binds.
fn bound_names(piece: &TokenStream) -> Vec<Ident> {
    fn of(tokens: TokenStream) -> Vec<Ident> {
        let names = tokens.into_iter().flat_map(|tree| match tree {
            TokenTree::Ident(name) => vec![name],
            TokenTree::Group(group) => of(group.stream()),
            _ => Vec::new(),
        });
        names.collect()
    }
    let mut trees = piece.clone().into_iter();
    if !matches!(trees.next(), Some(TokenTree::Ident(word)) if word == "let") {
        return Vec::new();
    }
    of(trees.take_while(|tree| !matches!(tree, TokenTree::Punct(sign) if sign.as_char() == '=')).collect())
}

/// Whether a name stands for something here: not behind a dot, and not as the name of an argument.
fn mentions(tokens: &TokenStream, name: &Ident) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is = |at: Option<usize>, c: char| matches!(at.and_then(|at| trees.get(at)), Some(TokenTree::Punct(p)) if p.as_char() == c);
    trees.iter().enumerate().any(|(i, tree)| match tree {
        TokenTree::Ident(word) => {
            let is_key = is(Some(i + 1), '=') && !is(Some(i + 2), '=') && !is(Some(i + 2), '>');
            word == name && !is_key && !is(i.checked_sub(1), '.')
        }
        TokenTree::Group(group) => mentions(&group.stream(), name),
        _ => false,
    })
}

/// What stands between the bars of a function, and behind them.
fn at_bars(tokens: &TokenStream) -> Option<(TokenStream, TokenStream)> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is_bar = |tree: &TokenTree| matches!(tree, TokenTree::Punct(p) if p.as_char() == '|');
    trees.first().filter(|tree| is_bar(tree))?;
    let close = trees.iter().skip(1).position(is_bar)? + 1;
    Some((trees[1..close].iter().cloned().collect(), trees[close + 1..].iter().cloned().collect()))
}

/// Reads the parameters and the body of a function.
pub fn closure(
    name: String,
    tokens: TokenStream,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Option<Function> {
    let Some((between, body)) = at_bars(&tokens) else {
        errors.over(&tokens, "the parameters of a function stand between bars: `|x, filters| { ... }`");
        return None;
    };
    let before = errors.len();
    let mut params: Vec<Parameter> = Vec::new();
    for piece in at_comma(between) {
        if piece.is_empty() {
            continue;
        }
        match parameter.parse2(piece) {
            Ok(param) if params.iter().any(|other| other.name == param.name) => {
                errors.at(param.name.span(), format!("two parameters are called `{}`", param.name));
            }
            Ok(param) => params.push(param),
            Err(error) => errors.push(error),
        }
    }
    if body.is_empty() {
        errors.over(&tokens, "the function has no body: `|x, filters| { x => Dense(filters) }`");
        return None;
    }
    reader.functions += 1;
    Some(Function {
        id: reader.functions,
        name,
        params,
        may_have_value: value::may_have(&body),
        evaluated: Rc::default(),
        body,
        env: reader.env.inner(),
        broken: errors.len() > before,
        makes_function: false,
    })
}

/// `x`, `mut x` or `strides = 1`.
fn parameter(input: ParseStream) -> syn::Result<Parameter> {
    let mutable = input.parse::<Option<syn::Token![mut]>>()?.is_some();
    let name: Ident = input.parse()?;
    if input.is_empty() {
        return Ok(Parameter { name, mutable, default: None });
    }
    if !input.peek(syn::Token![=]) {
        return Err(
            input.error("a parameter is a name, or a name with a default, as in `|x, filters, strides = 1|`")
        );
    }
    input.parse::<syn::Token![=]>()?;
    Ok(Parameter { name, mutable, default: Some(TokenStream::parse(input)?) })
}

/// A value in its shortest form, if it is known here: `2 * 3` is `6`.
pub fn known(tokens: &TokenStream) -> Option<TokenStream> {
    let span = tokens.span();
    value_of(tokens.clone()).map(|value| value.tokens(span))
}

/// Binds a name in the environment, and says how the graph learns of it.
fn bind(name: &Ident, mutable: bool, given: Given, env: &mut Env) -> Option<Param> {
    match given {
        Given::Value(value) => {
            env.constant(name, mutable, value);
            None
        }
        Given::Chain(chain) => {
            env.tensor(name, mutable);
            Some(Param::Chain(chain))
        }
        Given::Function(function) => {
            let id = function.id;
            env.function(name, function);
            Some(Param::Function(id))
        }
    }
}

/// Binds a loop variable: a statement of its body, where the graph has to know of it.
pub fn bind_element(
    name: &Ident,
    value: TokenStream,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Option<(Ident, Param)> {
    let given = given(name, value, reader, errors)?;
    let param = bind(name, false, given, &mut reader.env)?;
    Some((name.clone(), param))
}

/// Reads the application of a function to `tensors` tensors, with the tokens between its parentheses.
pub fn apply(
    function: &Rc<Function>,
    args: Option<TokenStream>,
    span: Span,
    tensors: usize,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Item {
    if function.broken {
        errors.is_reported();
        return Item::Broken(span);
    }
    let is_function = tensors == 0 && args.is_some() && function.makes_function;
    let of_layers = of_layers::is(function);
    let tensors = if of_layers { 0 } else { tensors };
    let text = called(function, args.as_ref());
    if is_function {
        errors.at(span, is_a_function(&text));
        return Item::Broken(span);
    }
    if tensors == 0 && args.is_none() && !function.params.is_empty() {
        let name = &function.name;
        errors.at(span, format!("`{name}` is a function, not a tensor: apply it, as in `x => {name}(...)`"));
        return Item::Broken(span);
    }
    if !reader.enter(&function.body, span, errors) {
        return Item::Broken(span);
    }
    let item = errors.within(context(&text, span), |errors| {
        let before = errors.len();
        let given = arguments(function, args.unwrap_or_default(), span, tensors, reader, errors);
        if errors.len() > before {
            return Item::Broken(span);
        }
        let (env, params) = bound(function, given, tensors, reader, errors);
        let outer = std::mem::replace(&mut reader.env, env);
        reader.open.push(function.name.clone());
        if of_layers
            && params.is_empty()
            && let Some(item) = of_layers::read(&function.body, span, reader, errors)
        {
            reader.open.pop();
            reader.env = outer;
            function.evaluated.set(true);
            return item;
        }
        let mut read = read_body(function, span, reader, errors);
        reader.open.pop();
        reader.env = outer;
        read.function = Some(function.id);
        read.params = params;
        read.context = Some(context(&text, span));
        read.span = span;
        Item::Body(Box::new(read))
    });
    reader.leave();
    item
}

/// A call as it is written.
fn called(function: &Function, args: Option<&TokenStream>) -> String {
    args.map_or_else(|| function.name.clone(), |args| format!("{}({})", function.name, plain(args)))
}

/// What to say of the application of a function that makes another, where no tensor stands before it.
fn is_a_function(text: &str) -> String {
    let text = shown(text);
    let bare = text.trim_start_matches('`');
    format!("{text} is a function, not a tensor: apply it where it is made, `x => {bare}")
}

/// Reads what a function does, where its names are bound.
fn read_body(function: &Function, span: Span, reader: &mut Reader, errors: &mut Errors) -> Body {
    match only_group(&function.body, Delimiter::Brace) {
        Some(group) => body(group.stream(), group.span_close(), reader, errors),
        None => body(function.body.clone(), span, reader, errors),
    }
}

/// What stands for each name inside a function, and what the graph has to know of its parameters. The first `tensors` of them are
/// what stands before the arrow.
fn bound(
    function: &Function,
    given: Vec<Option<Given>>,
    tensors: usize,
    reader: &mut Reader,
    errors: &mut Errors,
) -> (Env, Vec<(Ident, Param)>) {
    let mut env = function.env.inner();
    let mut params = Vec::new();
    for (i, (param, given)) in function.params.iter().zip(given).enumerate() {
        let bound = match given {
            None if i < tensors => {
                env.tensor(&param.name, param.mutable);
                Some(Param::Tensor(i))
            }
            None => match default(param, &env, reader, errors) {
                Some(given) => bind(&param.name, param.mutable, given, &mut env),
                None => continue,
            },
            Some(given) => bind(&param.name, param.mutable, given, &mut env),
        };
        params.extend(bound.map(|bound| (param.name.clone(), bound)));
    }
    (env, params)
}

/// What to say of a function that applies itself.
pub fn applies_itself(name: &str) -> String {
    format!(
        "`{name}` applies itself, which has no end\nhelp: repeat with a loop: `for i in 0..3 {{ x = x => ...; }}`"
    )
}

/// `name = value`, or a value alone.
pub fn key(tokens: TokenStream) -> (Option<Ident>, TokenStream) {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let is =
        |tree: Option<&TokenTree>, c: char| matches!(tree, Some(TokenTree::Punct(p)) if p.as_char() == c);
    match trees.as_slice() {
        [TokenTree::Ident(name), eq, rest @ ..]
            if is(Some(eq), '=') && !rest.is_empty() && !is(rest.first(), '=') && !is(rest.first(), '>') =>
        {
            (Some(name.clone()), rest.iter().cloned().collect())
        }
        _ => (None, tokens),
    }
}

/// "in `residual(64, strides = 2)`, line 12", for the mistakes inside.
pub fn context(text: &str, span: Span) -> Rc<str> {
    Rc::from(format!("in {}, applied in line {}", shown(text), span.start().line))
}

/// Source in backquotes, not too much of it.
pub fn shown(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("`{}...`", &text[..at]),
        None => format!("`{text}`"),
    }
}

/// Tokens as one would write them.
pub fn plain(tokens: &TokenStream) -> String {
    let text = tokens.to_string().replace('\n', " ");
    text.replace(" ,", ",").replace("( ", "(").replace(" )", ")").replace("[ ", "[").replace(" ]", "]")
}
