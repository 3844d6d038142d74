//! Lines of Python that have another form here, and what to write for them.

use proc_macro2::{Delimiter, Group, Ident, Spacing, TokenStream, TokenTree};
use quote::quote_spanned;

use super::args::{MODULES, modules, named_value};
use super::eval::Value;
use super::flow::is_punct;
use super::function::plain;
use super::grown::GROWS;
use super::split::{at_comma, only_group};
use super::{Reader, applications};

/// What is called on a model when it has been made.
const CALLED_LATER: &[&str] = &[
    "compile",
    "fit",
    "evaluate",
    "predict",
    "summary",
    "save",
    "save_weights",
    "load_weights",
    "build",
    "fit_generator",
    "train_on_batch",
];

/// What to say of `return x`.
pub const RETURN: &str = "the result stands last, without `return`: `x => Dense(1)`";

/// What to write for a statement of Python that has another form here.
pub fn of_python(tokens: &TokenStream) -> Option<String> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let message = match trees.as_slice() {
        [TokenTree::Ident(name), TokenTree::Punct(sign), value @ ..]
            if sign.as_char() == '=' && sign.spacing() == Spacing::Alone =>
        {
            return Some(unbound(name, value));
        }
        [TokenTree::Ident(of), TokenTree::Punct(dot), TokenTree::Ident(name), TokenTree::Group(args), ..]
            if dot.as_char() == '.' && args.delimiter() == Delimiter::Parenthesis =>
        {
            return on_a_name(of, &name.to_string());
        }
        [
            TokenTree::Ident(_),
            TokenTree::Punct(dot),
            ..,
            TokenTree::Ident(name),
            TokenTree::Punct(equals),
            _,
        ] if dot.as_char() == '.' && equals.as_char() == '=' && name == "trainable" => {
            "what is trained is said of a layer, a block or a model that `let` has bound, with a value that is known here: `base.trainable = false;`\nhelp: of a model that has been made, it is `model.dense.set_trainable(false)`"
        }
        [TokenTree::Ident(word), TokenTree::Ident(_) | TokenTree::Group(_) | TokenTree::Literal(_), ..] => {
            match word.to_string().as_str() {
                "return" => RETURN,
                "def" => "a function is written `let f = |x, units| { x => Dense(units) };`",
                "while" => "a loop in a model goes through what is known: `for i in 0..3 { ... }`",
                "elif" => "`elif` is written `else if`, on the line of the brace before it",
                "class" => return Some(class(&trees)),
                "assert" => "an assertion is written `assert!(filters > 0);`",
                "import" | "from" => "a model needs no imports: leave the line out",
                "print" => {
                    "a model prints nothing: leave the line out; `println!(\"{}\", model.summary())` goes behind it"
                }
                _ => return choice(&trees),
            }
        }
        trees => return choice(trees),
    };
    Some(message.to_string())
}

/// What to say of a line by which the list of a model's layers would grow or shrink: `base.layers.pop()`.
pub fn of_the_layers(line: &TokenStream) -> Option<String> {
    let trees: Vec<TokenTree> = line.clone().into_iter().collect();
    let [TokenTree::Ident(of), TokenTree::Punct(dot), TokenTree::Ident(layers), rest @ ..] = trees.as_slice()
    else {
        return None;
    };
    let [TokenTree::Punct(_), TokenTree::Ident(method), TokenTree::Group(_)] = rest else { return None };
    let grows = dot.as_char() == '.' && layers == "layers" && GROWS.iter().any(|known| method == known);
    grows.then(|| {
        format!(
            "`{of}.layers` is a list of its own each time, in Keras too: `{method}` changes no layer of `{of}`\nhelp: leave this line out; what stands before the last layer is `{of}.layers[-2].output`"
        )
    })
}

/// What to write for `class Linear(layers.Layer): ...`.
fn class(trees: &[TokenTree]) -> String {
    let name = trees.get(1).map(ToString::to_string).unwrap_or_default();
    let of = match trees.get(2) {
        Some(TokenTree::Group(of)) => of.stream().into_iter().last().map(|of| of.to_string()),
        _ => None,
    };
    match of.as_deref() {
        Some("Model" | "Sequential") => format!(
            "a model of your own is a type, outside of this one: `model! {{ pub struct {name} {{ Input(4) => Dense(1) }} }}`, applied as `x => {name}()`"
        ),
        _ => format!(
            "a layer of your own is a type of Rust, outside of the model: `impl Layer<...> for {name}`, applied as `x => {name}::new(...)`\nhelp: the page `Layers, losses and train steps of your own` of the book (book/src/own.md) begins with one; of a few operations it is a function in here: `let linear = |x| ops::relu(x) * 2.0;`"
        ),
    }
}

/// What to write for Python's `x if n > 1 else y`.
fn choice(trees: &[TokenTree]) -> Option<String> {
    let word =
        |known: &str| trees.iter().position(|tree| matches!(tree, TokenTree::Ident(word) if word == known));
    let is_body =
        |tree: &TokenTree| matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    let (at, otherwise) = (word("if").filter(|at| *at > 0)?, word("else")?);
    if otherwise < at || trees.iter().any(is_body) {
        return None;
    }
    let part = |trees: &[TokenTree]| plain(&trees.iter().cloned().collect());
    // The `=` of a binding, not that of an arrow or a comparison.
    let is_alone = |tree: &TokenTree| matches!(tree, TokenTree::Punct(sign) if sign.as_char() == '=' && sign.spacing() == Spacing::Alone);
    let is_begin =
        |i: &usize| is_alone(&trees[*i]) && !is_joint(i.checked_sub(1).map(|before| &trees[before]));
    let begin = (0..at).find(is_begin).map_or(0, |equals| equals + 1);
    // A choice that begins with its condition is another form.
    if begin == at {
        return None;
    }
    let (condition, value, other) =
        (part(&trees[at + 1..otherwise]), part(&trees[begin..at]), part(&trees[otherwise + 1..]));
    let bound = if begin > 0 { part(&trees[..begin]) + " " } else { String::new() };
    Some(format!("a choice is written `{bound}if {condition} {{ {value} }} else {{ {other} }}`"))
}

fn is_joint(tree: Option<&TokenTree>) -> bool {
    matches!(tree, Some(TokenTree::Punct(sign)) if sign.spacing() == Spacing::Joint)
}

/// `x = layers.Dense(8)(x)` without `let`.
fn unbound(name: &Ident, value: &[TokenTree]) -> String {
    let class = match &value[modules(value)..] {
        [TokenTree::Ident(class), ..] => class.to_string(),
        _ => String::new(),
    };
    match class.as_str() {
        "Sequential" | "Model" => {
            format!("a name is bound by `let`, and the line ends with `;`: `let {name} = {class}(...);`")
        }
        "Input" => {
            format!("a name is bound by `let`, and the line ends with `;`: `let {name} = Input(...);`")
        }
        _ => format!("a name is bound by `let`, and the line ends with `;`: `let {name} = ...;`"),
    }
}

/// `model.compile(...)`, `outputs.append(x)`.
fn on_a_name(of: &Ident, method: &str) -> Option<String> {
    if MODULES.iter().any(|module| of == module) {
        return None;
    }
    if method == "add" {
        return Some(format!(
            "layers are added to a `Sequential`: `let {of} = Sequential();` stands before it"
        ));
    }
    if method == "pop" {
        return Some(format!(
            "nothing is taken out of `{of}` again: leave out what `pop` would take, and this line"
        ));
    }
    if let Some(message) = called_later(method, &of.to_string()) {
        return Some(message);
    }
    GROWS.contains(&method).then(|| {
        format!("`{of}` is no list that is made here: `let mut {of} = [];` stands before the first `{of}.{method}(...)`")
    })
}

/// What to say of a method that is called on the model `of` when it has been made.
pub fn called_later(method: &str, of: &str) -> Option<String> {
    if !CALLED_LATER.contains(&method) {
        return None;
    }
    let call = match method {
        "compile" => "let mut model = model!(...).compile(...);".to_string(),
        "fit_generator" => "model.fit_batches(...).run()?".to_string(),
        "fit" | "evaluate" => format!("model.{method}(...).run()?"),
        "summary" => "println!(\"{}\", model.summary())".to_string(),
        "build" => {
            return Some(format!(
                "a model is built where it stands, as it begins with `Input(...)`: leave `{of}.build(...)` out"
            ));
        }
        _ => format!("model.{method}(...)?"),
    };
    Some(format!(
        "a model is made of layers here; `{method}` is called on it when it has been made: `{call}`"
    ))
}

/// What to say of a name behind modules that are no layers: `keras.applications.VGG16(...)`, `base.output`.
pub fn of_modules(prefix: &[String], name: &str) -> Option<String> {
    let is_in = |module: &str| prefix.iter().any(|word| word == module);
    if let Some(message) = applications::bind_it(name).filter(|_| is_in("applications")) {
        return Some(message);
    }
    if is_in("applications") && matches!(name, "preprocess_input" | "decode_predictions") {
        let module = prefix.last().map_or("mobilenet_v2", String::as_str);
        let given = if name == "preprocess_input" {
            "images, before the model is given them"
        } else {
            "what a model has predicted"
        };
        return Some(format!(
            "`{name}` is no layer: it is called on {given}\nhelp: `keras_applications::{module}::{name}(...)?`, outside of `model!`"
        ));
    }
    if is_in("applications") {
        return Some(format!(
            "`{name}` is a model of its own: the crate `keras-applications` has the models of `keras.applications`"
        ));
    }
    if is_in("optimizers") || is_in("losses") || is_in("metrics") || is_in("callbacks") {
        return Some(format!(
            "`{name}` is no layer: it goes to the model that has been made, `model!(...).compile(...)`, or to its training"
        ));
    }
    let of = prefix.last().filter(|_| prefix.len() == 1)?;
    matches!(name, "input" | "output" | "inputs" | "outputs").then(|| {
        format!(
            "no model, block or layer is called `{of}` here: `{name}` is asked of one that `let` has bound"
        )
    })
}

/// What to write for an argument of Python that has another form here.
pub fn argument(tokens: &TokenStream) -> Option<String> {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    match trees.as_slice() {
        [TokenTree::Ident(word), TokenTree::Ident(_), ..] if word == "lambda" => {
            Some("a function without a name is written `|x| x * 2.0`".into())
        }
        [TokenTree::Punct(star), ..] if star.as_char() == '*' => {
            Some("arguments are written one by one: a list or a dict of them has no form here".into())
        }
        _ => {
            let at = trees.iter().position(|tree| matches!(tree, TokenTree::Ident(word) if word == "if"))?;
            let value = plain(&trees[..at].iter().cloned().collect());
            (at > 0)
                .then(|| format!("a choice of a value is written `if n > 1 {{ {value} }} else {{ ... }}`"))
        }
    }
}

/// Whether this is `model.compile(...)` and the like.
pub fn is_called_later(tokens: &TokenStream) -> bool {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    matches!(
        trees.as_slice(),
        [TokenTree::Ident(_), TokenTree::Punct(dot), TokenTree::Ident(name), TokenTree::Group(_)]
            if dot.as_char() == '.' && CALLED_LATER.iter().any(|later| name == later)
    )
}

/// The lines that `let (a, b) = (x, y);` and `let (_, h, w, c) = x.shape;` stand for.
pub fn several(piece: &TokenStream, reader: &Reader) -> Option<Vec<TokenStream>> {
    let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
    let [TokenTree::Ident(word), TokenTree::Group(names), TokenTree::Punct(equals), value @ ..] =
        trees.as_slice()
    else {
        return None;
    };
    if word != "let" || names.delimiter() != Delimiter::Parenthesis || equals.as_char() != '=' {
        return None;
    }
    let names: Vec<TokenStream> =
        at_comma(names.stream()).into_iter().filter(|name| !name.is_empty()).collect();
    let at = names.first()?.clone();
    let values: Vec<TokenStream> = match length_of(value, reader) {
        Some(tensor) => {
            (0..names.len()).map(|i| quote_spanned! { tensor.span()=> #tensor.shape[#i] }).collect()
        }
        None => {
            let is_tuple = |tokens: &TokenStream| only_group(tokens, Delimiter::Parenthesis);
            let value: TokenStream = value.iter().cloned().collect();
            // `let (height, width) = size;` of a name that stands for two numbers.
            let list =
                is_tuple(&value).or_else(|| is_tuple(&super::flow::constant(&reader.env.fill(value))?))?;
            at_comma(list.stream()).into_iter().filter(|value| !value.is_empty()).collect()
        }
    };
    // Python reads all values first.
    let texts: Vec<String> = names.iter().map(plain).collect();
    let is_apart = !values.iter().any(|value| texts.iter().any(|name| mentions(value, name)));
    if values.len() != names.len() || values.len() < 2 || !is_apart {
        return None;
    }
    let used = names.into_iter().zip(values).filter(|(name, _)| plain(name) != "_");
    Some(
        used.map(|(name, value)| quote_spanned! { syn::spanned::Spanned::span(&at)=> let #name = #value })
            .collect(),
    )
}

pub(super) fn mentions(tokens: &TokenStream, name: &str) -> bool {
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Ident(word) => word == name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        _ => false,
    })
}

/// The tensor whose whole shape this is.
fn length_of(trees: &[TokenTree], reader: &Reader) -> Option<Ident> {
    let (name, taken) = shape(trees, reader)?;
    (taken == trees.len()).then_some(name)
}

/// The tensor in `x.shape`, `x.get_shape()`, `x.shape.as_list()`, `K.int_shape(x)` or `ops.shape(x)` at the beginning, and how
/// many tokens these are.
pub fn shape(trees: &[TokenTree], reader: &Reader) -> Option<(Ident, usize)> {
    let is_dot = |at: usize| is_punct(trees.get(at), '.');
    let word = |at: usize| match trees.get(at) {
        Some(TokenTree::Ident(word)) => word.to_string(),
        _ => String::new(),
    };
    let call = |at: usize| match trees.get(at) {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => Some(group),
        _ => None,
    };
    let is_empty = |at: usize| call(at).is_some_and(|args| args.stream().is_empty());
    let TokenTree::Ident(first) = trees.first()? else { return None };
    if reader.env.is_tensor(first) && is_dot(1) {
        let end = match word(2).as_str() {
            "shape" => 3,
            "get_shape" if is_empty(3) => 4,
            _ => return None,
        };
        let listed = is_dot(end) && word(end + 1) == "as_list" && is_empty(end + 2);
        return Some((first.clone(), if listed { end + 3 } else { end }));
    }
    let mut at = 0;
    while is_dot(at + 1) && matches!(word(at).as_str(), "keras" | "tf" | "K" | "backend" | "ops") {
        at += 2;
    }
    let is_function = at > 0 && matches!(word(at).as_str(), "int_shape" | "shape");
    let inside: Vec<TokenTree> = call(at + 1).filter(|_| is_function)?.stream().into_iter().collect();
    match inside.as_slice() {
        [TokenTree::Ident(name)] if reader.env.is_tensor(name) => Some((name.clone(), at + 2)),
        _ => None,
    }
}

/// A function of TensorFlow or of Keras's old backend that is applied to tensors: its name, and what it is called in `ops`.
pub fn of_backend(trees: &[TokenTree]) -> Option<(&Ident, String)> {
    let mut at = 0;
    let mut is_backend = false;
    while let [TokenTree::Ident(module), TokenTree::Punct(dot), ..] = &trees[at..]
        && dot.as_char() == '.'
    {
        match module.to_string().as_str() {
            "K" | "backend" | "tf" | "tensorflow" | "np" => is_backend = true,
            "math" | "image" | "linalg" | "signal" | "random" if is_backend => {}
            "keras" | "layers" | "activations" | "applications" if at == 0 || is_backend => {
                is_backend = false
            }
            _ => return None,
        }
        at += 2;
    }
    let [TokenTree::Ident(name), TokenTree::Group(args), ..] = &trees[at..] else { return None };
    let text = name.to_string();
    let is_small = text.starts_with(char::is_lowercase);
    if !is_backend || !is_small || args.delimiter() != Delimiter::Parenthesis {
        return None;
    }
    let name_here = match text.as_str() {
        "reduce_mean" => "mean",
        "reduce_sum" => "sum",
        "reduce_max" => "max",
        "reduce_min" => "min",
        "reduce_prod" => "prod",
        "reduce_variance" => "var",
        "concat" => "concatenate",
        "pow" => "power",
        "permute_dimensions" => "transpose",
        "batch_dot" | "dot" => "matmul",
        "clip_by_value" => "clip",
        other => other,
    };
    Some((name, name_here.to_string()))
}

/// How a layer that is applied as in Python, `Dense(3)(Dense(4)(x))`, is written: `x => Dense(4) => Dense(3)`.
pub fn arrowed(tokens: &TokenStream) -> String {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let start = modules(&trees);
    if let [TokenTree::Ident(name), TokenTree::Group(args), TokenTree::Group(given)] = &trees[start..]
        && given.delimiter() == Delimiter::Parenthesis
    {
        return applied(&name.to_string(), !args.stream().is_empty(), given);
    }
    if let Some(list) = only_group(tokens, Delimiter::Bracket) {
        let all = at_comma(list.stream()).into_iter().filter(|piece| !piece.is_empty());
        return format!("[{}]", all.map(|piece| arrowed(&piece)).collect::<Vec<_>>().join(", "));
    }
    plain(tokens)
}

/// Whether a layer is given tensors by name in these parentheses: `(query = x, value = y)`.
pub fn gives_tensors(given: &Group) -> bool {
    at_comma(given.stream()).into_iter().any(|piece| {
        let trees: Vec<TokenTree> = piece.into_iter().collect();
        named_value(&trees).is_some_and(|(key, _)| !is_said_of_a_call(&key.to_string()))
    })
}

/// How the layer `name`, perhaps with arguments, is applied to what Python gives it in parentheses: tensors before the arrow, and
/// what is said of the application among the arguments: `x => LSTM(..., initial_state = [h, c])`.
pub fn applied(name: &str, has_arguments: bool, given: &Group) -> String {
    let (mut tensors, mut said) = (Vec::new(), Vec::new());
    for piece in at_comma(given.stream()).into_iter().filter(|piece| !piece.is_empty()) {
        let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
        let list = only_group(&piece, Delimiter::Bracket);
        match named_value(&trees) {
            Some((key, value)) if is_said_of_a_call(&key.to_string()) => {
                said.push(format!("{key} = {}", plain(&value.iter().cloned().collect())));
            }
            Some((_, value)) => tensors.push(arrowed(&value.iter().cloned().collect())),
            // The states of a recurrent layer.
            None if list.is_some() && !tensors.is_empty() => {
                said.push(format!("initial_state = {}", plain(&piece)));
            }
            None => match list {
                Some(list) if at_comma(list.stream()).len() == 1 => tensors.push(arrowed(&list.stream())),
                _ => tensors.push(arrowed(&piece)),
            },
        }
    }
    let tensors = match tensors.as_slice() {
        [one] => one.clone(),
        all => format!("[{}]", all.join(", ")),
    };
    if has_arguments {
        said.insert(0, "...".into());
    }
    let is_bound = !name.starts_with(char::is_uppercase);
    match said.is_empty() && is_bound {
        true => format!("{tensors} => {name}"),
        false => format!("{tensors} => {name}({})", said.join(", ")),
    }
}

/// Whether an argument of a call is no tensor that the layer computes with alone: a mask, states, or how it computes.
fn is_said_of_a_call(name: &str) -> bool {
    let of_calls = ["training", "return_attention_scores", "use_causal_mask", "reverse", "sample_weight"];
    keras_shape::vocabulary::Common::NAMES.contains(&name) || of_calls.contains(&name)
}

/// The value of `"conv{}_{}".format(i, j)` or `"conv%d_%s" % (i, j)`.
pub fn formatted(text: &str, values: &[Value], signs: bool) -> Option<Value> {
    let (mut out, mut rest, mut next) = (String::new(), text, 0);
    let open = if signs { '%' } else { '{' };
    while let Some(at) = rest.find(open) {
        out += &rest[..at];
        rest = &rest[at + 1..];
        let value = if signs {
            let kind = rest.chars().next()?;
            rest = &rest[kind.len_utf8()..];
            if kind == '%' {
                out.push('%');
                continue;
            }
            matches!(kind, 'd' | 's' | 'i').then_some(next)?
        } else {
            let close = rest.find('}')?;
            let key = &rest[..close];
            rest = &rest[close + 1..];
            if key.is_empty() { next } else { key.parse().ok()? }
        };
        next += 1;
        out += &values.get(value)?.inside_a_word()?;
    }
    out += rest;
    Some(Value::Word(out, true))
}
