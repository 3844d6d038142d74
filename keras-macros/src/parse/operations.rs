//! Operations as Keras writes them in a model: `ops::mean(x, axis = 1)`, `x => ops::square()`.

use keras_shape::{Arg, Binary, Op, Signature};
use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::Path;
use syn::spanned::Spanned;

use super::arrays::{self, Array};
use super::ast::{Argument, Call, Chain, Item};
use super::chain::tensors;
use super::split::{at_comma, only_group};
use super::{Reader, args, bracket, chain};
use crate::error::Errors;

/// A function of `ops` with its arguments.
pub struct Function {
    name: Ident,
    args: Group,
    /// How many tokens it takes.
    tokens: usize,
    /// Whether it is one of `keras.activations`.
    activation: bool,
    /// Whether it is one of TensorFlow's.
    tensorflow: bool,
}

/// `ops::mean(...)` at the start of these tokens, also `keras.ops.mean(...)` and `keras.activations.gelu(...)`.
pub fn function(trees: &[TokenTree]) -> Option<Function> {
    let mut at = 0;
    let (mut in_ops, mut activation, mut tensorflow) = (false, false, false);
    loop {
        let TokenTree::Ident(name) = trees.get(at)? else { return None };
        let dots = match (trees.get(at + 1), trees.get(at + 2)) {
            (Some(TokenTree::Punct(dot)), _) if dot.as_char() == '.' => 1,
            (Some(TokenTree::Punct(a)), Some(TokenTree::Punct(b)))
                if (a.as_char(), b.as_char()) == (':', ':') =>
            {
                2
            }
            (Some(TokenTree::Group(args)), _) if in_ops && args.delimiter() == Delimiter::Parenthesis => {
                let (name, args) = (name.clone(), args.clone());
                return Some(Function { name, args, tokens: at + 2, activation, tensorflow });
            }
            _ => return None,
        };
        // `ops.nn.relu(x)`, `ops.numpy.mean(x)` and `tf.nn.relu(x)` are those of `ops`, too.
        let within = ["nn", "numpy", "math", "image", "linalg"].iter().any(|module| name == module)
            && (in_ops || name == "nn");
        activation = name == "activations" && !in_ops;
        if !within
            && !activation
            && (in_ops || !["keras", "tf", "keras_core", "ops"].iter().any(|module| name == module))
        {
            return None;
        }
        in_ops = within || activation || name == "ops";
        tensorflow = at == 0 && name == "tf" || tensorflow && name == "nn";
        at += 1 + dots;
    }
}

/// What stands for a tensor: a tensor, or a number or an array in its place.
pub enum Operand {
    Tensor(Chain),
    Number(Arg, TokenStream),
    Array(Array, TokenStream),
}

/// The functions that are layers of the same name in Keras's summary, with what these take.
const LAYERS: &[(&str, &str, &[&str], &[&str])] = &[
    ("concatenate", "Concatenate", &["xs"], &["axis"]),
    ("reshape", "Reshape", &["x"], &["newshape"]),
    ("softmax", "Softmax", &["x"], &["axis"]),
];

/// The one of `keras.activations` that is no function of `ops` in a graph.
const RELU: (&str, &str, &[&str], &[&str]) =
    ("relu", "ReLU", &["x"], &["negative_slope", "max_value", "threshold"]);

/// Whether a model may hold this function.
pub fn is_known(name: &str) -> bool {
    LAYERS.iter().any(|(function, ..)| *function == name) || Op::signature(name).is_some()
}

/// Reads a function of `ops` behind `items`; says how many tokens it took.
pub fn read(
    function: &Function,
    reader: &mut Reader,
    errors: &mut Errors,
    items: &mut Vec<Item>,
) -> Option<usize> {
    let (name, span) = (function.name.to_string(), function.name.span());
    // Keras's function is called `exponential`, and what it makes `Exp`.
    let name = if function.activation && name == "exponential" { "exp".to_string() } else { name };
    let relu = (function.activation && name == RELU.0).then_some(&RELU);
    let layer = relu.or_else(|| LAYERS.iter().find(|(function, ..)| *function == name));
    let signature = match layer {
        Some((_, _, tensors, arguments)) => Some(Signature { leading: &[], tensors, arguments }),
        None => Op::signature(&name).filter(|_| name != "get_item"),
    };
    let Some(signature) = signature else {
        errors.at(span, unknown(&name));
        items.push(Item::Broken(span));
        return Some(function.tokens);
    };
    let given = arguments(function, &signature, tensors(items), reader, errors);
    let Some(Given { operands, mut args }) = given else {
        items.clear();
        items.push(Item::Broken(span));
        return Some(function.tokens);
    };
    if name == "gelu" && !args.iter().any(|arg| arg.name.as_ref().is_some_and(|name| name == "approximate")) {
        args.extend(exact(function));
    }
    let left = std::mem::take(items);
    let mut all = operands;
    if !left.is_empty() {
        all.insert(0, Operand::Tensor(Chain { items: left, span }));
    }
    items.extend(match layer {
        Some((_, class, ..)) => of_layer(class, all, args, span, errors).items,
        None => node(&name, all, args, span, errors).items,
    });
    Some(function.tokens)
}

/// The default of `approximate` that `gelu` has in `keras.activations` and in TensorFlow, where it is another than that of `ops`.
fn exact(function: &Function) -> Option<Argument> {
    let (span, name) = (function.name.span(), Ident::new("approximate", function.name.span()));
    let tokens = TokenTree::Ident(Ident::new("false", span)).into();
    let exact =
        Argument { name: Some(name), axis: false, value: Arg::Bool(false), tokens, span, chain: None };
    (function.activation || function.tensorflow).then_some(exact)
}

fn unknown(name: &str) -> String {
    // Of tensors of a batch, they would multiply samples by other samples.
    let instead = match name {
        "dot" | "tensordot" | "inner" | "vdot" | "vecdot" => {
            Some("`[a, b] => Dot(axes = -1)`, `ops::matmul(a, b)` or `ops::einsum(\"bij,bjk->bik\", a, b)`")
        }
        "outer" => Some("`ops::einsum(\"bi,bj->bij\", a, b)`"),
        "kron" => Some("`ops::einsum(\"bi,bj->bij\", a, b) => Flatten()`"),
        _ => None,
    };
    if let Some(instead) = instead {
        return format!(
            "`ops::{name}` in a model would multiply samples of a batch by each other\nhelp: sample by sample: {instead}"
        );
    }
    match Op::near(name) {
        Some(near) => format!("no operation `ops::{name}` stands in a model; did you mean `ops::{near}`?"),
        None => format!(
            "no operation `ops::{name}` stands in a model\nhelp: a layer of your own computes with all of `keras_core::ops`"
        ),
    }
}

struct Given {
    operands: Vec<Operand>,
    args: Vec<Argument>,
}

/// Takes the arguments apart: tensors, of which the first may stand on the left of an arrow, and the others.
fn arguments(
    function: &Function,
    signature: &Signature,
    on_the_left: usize,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Option<Given> {
    let is_list = signature.tensors == ["xs"];
    let variadic = signature.is_variadic();
    let taken =
        if is_list || variadic { on_the_left.min(1) } else { on_the_left.min(signature.tensors.len()) };
    let all = signature.names();
    let on_the_left = &signature.tensors[..taken];
    let mut left: std::collections::VecDeque<&str> = all.iter().copied().collect();
    left.retain(|name| !on_the_left.contains(name));
    let mut args = Vec::new();
    let mut places: Vec<(&str, Operand)> = Vec::new();
    let name = &function.name;
    for piece in at_comma(function.args.stream()).into_iter().filter(|piece| !piece.is_empty()) {
        let trees: Vec<TokenTree> = piece.clone().into_iter().collect();
        let (key, tokens) = match args::named_value(&trees) {
            Some((key, rest)) => (Some(key.clone()), rest.iter().cloned().collect::<TokenStream>()),
            None => (None, piece),
        };
        let place = match &key {
            Some(key) => {
                let Some(found) = all.iter().find(|known| key == **known) else {
                    let text = format!("`ops::{name}` has no argument `{key}`; it has {}", all.join(", "));
                    errors.at(key.span(), text);
                    return None;
                };
                *found
            }
            // All behind the first are tensors.
            None if variadic && left.is_empty() => signature.tensors[0],
            None => match left.pop_front() {
                Some(place) => place,
                None => {
                    errors.over(&tokens, format!("`ops::{name}` takes no more arguments by position"));
                    return None;
                }
            },
        };
        if signature.tensors.contains(&place) {
            places.push((place, operand(tokens, is_list, reader, errors)));
        } else {
            let key = key.unwrap_or_else(|| Ident::new(place, tokens.span()));
            match args::value(&tokens, reader) {
                Ok(value) => {
                    let span = tokens.span();
                    args.push(Argument { name: Some(key), axis: false, value, span, tokens, chain: None });
                }
                Err(error) => {
                    errors.push(error);
                    return None;
                }
            }
        }
    }
    let is_enough = match variadic {
        true => places.len() + taken > 0,
        false => places.len() == signature.tensors.len() - taken,
    };
    if !is_enough {
        errors.at(name.span(), takes(&name.to_string(), signature));
        return None;
    }
    places.sort_by_key(|(place, _)| signature.tensors.iter().position(|name| name == place));
    Some(Given { operands: places.into_iter().map(|(_, operand)| operand).collect(), args })
}

/// What tensors a function takes.
fn takes(name: &str, signature: &Signature) -> String {
    if signature.tensors == ["xs"] {
        return format!("`ops::{name}` takes a list of tensors: `ops::{name}([a, b])`");
    }
    if signature.is_variadic() {
        return format!("`ops::{name}` takes tensors behind its {}", signature.leading.join(", "));
    }
    let names: Vec<String> = signature.tensors.iter().map(|name| format!("`{name}`")).collect();
    format!("`ops::{name}` takes {}", names.join(" and "))
}

/// A tensor, a list of tensors or a number.
pub fn operand(tokens: TokenStream, is_list: bool, reader: &mut Reader, errors: &mut Errors) -> Operand {
    let span = if tokens.is_empty() { Span::call_site() } else { tokens.span() };
    if is_list && let Some(group) = only_group(&tokens, Delimiter::Bracket) {
        let list = bracket(group.stream(), span, reader, errors);
        return Operand::Tensor(Chain { items: vec![list], span });
    }
    if let Some(number) = number(&tokens, reader) {
        return Operand::Number(number, tokens);
    }
    match arrays::read(&tokens, reader) {
        Some(Ok(array)) => return Operand::Array(array, tokens),
        Some(Err(error)) => {
            errors.push(error);
            return Operand::Tensor(Chain::broken(span));
        }
        None => {}
    }
    Operand::Tensor(match only_group(&tokens, Delimiter::Parenthesis) {
        Some(group) => chain(group.stream(), span, reader, errors),
        None => chain(tokens, span, reader, errors),
    })
}

/// A number, or a constant whose name is written as Rust's are: `SCALE`.
fn number(tokens: &TokenStream, reader: &mut Reader) -> Option<Arg> {
    if !is_number(tokens.clone()) {
        return None;
    }
    match args::value(tokens, reader) {
        Ok(number @ (Arg::Int(_) | Arg::Float(_) | Arg::Expr(_))) => Some(number),
        _ => None,
    }
}

fn is_number(tokens: TokenStream) -> bool {
    let mut has_value = false;
    tokens.into_iter().all(|tree| match tree {
        TokenTree::Literal(_) => {
            has_value = true;
            true
        }
        TokenTree::Punct(sign) => "+-*/:".contains(sign.as_char()),
        TokenTree::Group(group) => {
            has_value = true;
            group.delimiter() != Delimiter::Bracket && is_number(group.stream())
        }
        TokenTree::Ident(name) => {
            has_value = true;
            let name = name.to_string();
            name.len() > 1 && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        }
    }) && has_value
}

/// An operation applied to tensors, one of which may be a number or an array.
pub fn node(
    name: &str,
    operands: Vec<Operand>,
    args: Vec<Argument>,
    span: Span,
    errors: &mut Errors,
) -> Chain {
    let mut named: Vec<(Option<String>, Arg)> = Vec::new();
    for arg in args {
        named.push((arg.name.map(|name| name.to_string()), arg.value));
    }
    let mut tensors = Vec::new();
    let (count, mut function) = (operands.len(), name);
    for (i, operand) in operands.into_iter().enumerate() {
        match operand {
            Operand::Tensor(chain) => tensors.push(chain),
            Operand::Number(number, _) if count == 2 && Binary::from_name(name).is_some() => {
                named.push((Some(format!("x{}", i + 1)), number));
            }
            Operand::Number(number, _) if name == "where" && i > 0 => {
                named.push((Some(format!("x{i}")), number));
            }
            Operand::Array(array, _)
                if count == 2 && (Binary::from_name(name).is_some() || name == "matmul") =>
            {
                function = "constant";
                named.extend([
                    (Some("by".into()), Arg::Str(name.into())),
                    (Some("shape".into()), Arg::List(array.shape)),
                    (Some("values".into()), Arg::List(array.values)),
                    (Some("first".into()), Arg::Bool(i == 0)),
                ]);
            }
            Operand::Number(_, tokens) | Operand::Array(_, tokens) => {
                let what = if is_number(tokens.clone()) { "a number" } else { "an array" };
                errors.over(&tokens, format!("`ops::{name}` takes a tensor, and this is {what}"));
                return Chain::broken(span);
            }
        }
    }
    if tensors.is_empty() {
        errors.at(span, "two numbers: one side is a tensor");
        return Chain::broken(span);
    }
    let layer = if tensors.len() == 2 { merge_of(function) } else { None };
    let args = match layer {
        Some(_) => Vec::new(),
        None => vec![Argument {
            name: None,
            axis: false,
            value: Arg::Call(function.to_string(), named),
            tokens: TokenTree::Ident(Ident::new("op", span)).into(),
            span,
            chain: None,
        }],
    };
    applied(layer.unwrap_or("OperationNode"), tensors, args, span)
}

/// The layer that merges two tensors as an operation does.
fn merge_of(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "add" => "Add",
        "subtract" => "Subtract",
        "multiply" => "Multiply",
        "maximum" => "Maximum",
        "minimum" => "Minimum",
        _ => return None,
    })
}

fn of_layer(
    class: &str,
    operands: Vec<Operand>,
    mut args: Vec<Argument>,
    span: Span,
    errors: &mut Errors,
) -> Chain {
    let mut tensors = Vec::new();
    for operand in operands {
        match operand {
            Operand::Tensor(chain) => tensors.push(chain),
            Operand::Number(_, tokens) | Operand::Array(_, tokens) => {
                errors.over(&tokens, "a tensor stands here, and this is none");
                return Chain::broken(span);
            }
        }
    }
    if class == RELU.1 {
        // A mask ends at an operation.
        let tokens = TokenTree::Ident(Ident::new("None", span)).into();
        let name = Some(Ident::new("mask", span));
        args.push(Argument { name, axis: false, value: Arg::None, tokens, span, chain: None });
    }
    match (class, args.first_mut()) {
        ("Concatenate", None) => {
            errors.at(span, "`ops::concatenate` in a model needs `axis`: its default, 0, is the batch\nhelp: `axis = -1`, or the layer: `[a, b] => Concatenate()`");
            return Chain::broken(span);
        }
        ("Reshape", Some(arg)) => {
            // The batch axis stands first, as -1 or None; a layer does not name it.
            let Arg::List(lengths) = &arg.value else {
                errors.over(&arg.tokens, "`newshape` is a tuple, as `(-1, 6)`, with -1 for the batch");
                return Chain::broken(span);
            };
            if !matches!(lengths.first(), Some(Arg::Int(-1) | Arg::None)) {
                errors.over(
                    &arg.tokens,
                    "`newshape` begins with the batch axis, -1, which a model keeps: `(-1, 6)`",
                );
                return Chain::broken(span);
            }
            arg.value = Arg::List(lengths[1..].to_vec());
            arg.name = None;
        }
        ("Reshape", None) => {
            errors.at(span, "`ops::reshape` needs `newshape`: `ops::reshape(x, (-1, 6))`");
            return Chain::broken(span);
        }
        _ => {}
    }
    applied(class, tensors, args, span)
}

/// `tensor => Class(args)`, or `[tensors] => Class(args)`.
fn applied(class: &str, mut tensors: Vec<Chain>, args: Vec<Argument>, span: Span) -> Chain {
    let path = Path::from(Ident::new(class, span));
    let call = Call { path, args, application: Vec::new(), broken: false, operation: true };
    let mut items = match tensors.len() {
        1 => tensors.remove(0).items,
        _ => vec![Item::List(tensors, span)],
    };
    items.push(Item::Call(call));
    Chain { items, span }
}
