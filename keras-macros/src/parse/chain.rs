//! Chains: `source => layer => layer`, and what stands between two arrows.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Expr, Path};

use super::ast::{Call, Chain, Item, Tail};
use super::misplaced::{
    applied_in_parentheses, applies_a_name, merges_arguments, misspelt_input, of_backend, wraps_a_function,
};
use super::split::{at_arrow, at_char, at_comma, only_group};
use super::{
    Reader, args, arithmetic, choice, comprehension, flow, function, inner, misplaced, operations, path_args,
    pythonic, slips, sugar,
};
use crate::error::Errors;

/// The results of a body, or the outputs of a model; whether they stand in a list that is `listed` by a name.
pub fn parse_tail(
    tokens: TokenStream,
    span: Span,
    listed: bool,
    reader: &mut Reader,
    errors: &mut Errors,
) -> Tail {
    if let Some(group) = only_group(&tokens, Delimiter::Parenthesis) {
        let pieces: Vec<TokenStream> =
            at_comma(group.stream()).into_iter().filter(|piece| !piece.is_empty()).collect();
        if pieces.is_empty() {
            errors
                .at(group.span(), "`()` holds no tensor: write a chain of layers, as `Input(4) => Dense(1)`");
            return Tail::of(Vec::new());
        }
        let chains = pieces.into_iter().map(|piece| chain(piece, span, reader, errors)).collect();
        return Tail::of(chains);
    }
    // A list of outputs that has a name; a loop that is left is told to be none that is known.
    let is_list = |group: &Group| listed && !comprehension::is_loop(&group.stream());
    if let Some(group) = only_group(&tokens, Delimiter::Bracket).filter(is_list) {
        let chains = at_comma(group.stream()).into_iter().filter(|piece| !piece.is_empty());
        return Tail::of(chains.map(|piece| chain(piece, span, reader, errors)).collect());
    }
    if tokens.is_empty() {
        errors.at(span, "this model is empty: write a chain of layers, as `Input(4) => Dense(1)`");
        return Tail::of(Vec::new());
    }
    let chain = chain(tokens, span, reader, errors);
    Tail::of(vec![chain])
}

/// `source => layer => layer`.
pub fn chain(tokens: TokenStream, fallback: Span, reader: &mut Reader, errors: &mut Errors) -> Chain {
    let span = if tokens.is_empty() { fallback } else { tokens.span() };
    let mut items = Vec::new();
    let mut tokens = tokens;
    if let Some(message) = pythonic::of_python(&tokens) {
        errors.over(tokens.clone().into_iter().next(), message);
        return Chain::broken(span);
    }
    if only_group(&tokens, Delimiter::Brace).is_some_and(|dict| comprehension::is_loop(&dict.stream())) {
        errors.over(
            &tokens,
            "a dict of tensors is written out, as `{\"a\": x, \"b\": y}`; what a loop makes is a list: `[layer.output for layer in base.layers]`",
        );
        return Chain::broken(span);
    }
    if only_group(&tokens, Delimiter::Brace).is_some() && comprehension::dict(&tokens).is_some() {
        errors.over(
            &tokens,
            "several results of a function stand in parentheses, in their order and without names: `(a, b)`\nhelp: those that Keras names in a dict it counts in the order of their names",
        );
        return Chain::broken(span);
    }
    if flow::begins_a_body(&tokens) {
        let Some((item, rest)) = choice::item(&tokens, reader, errors) else {
            errors.over(
                tokens.into_iter().next(),
                "a choice is written `if strides > 1 { x => Conv2D(...) } else { x }`",
            );
            return Chain::broken(span);
        };
        items.push(item);
        if rest.is_empty() {
            return Chain { items, span };
        }
        tokens = reader.env.fill(rest);
    }
    let starts_with_body = !items.is_empty();
    let (mut pieces, arrows) = at_arrow(slips::arrows(tokens, errors));
    if starts_with_body && pieces.first().is_some_and(TokenStream::is_empty) {
        pieces.remove(0);
    }
    for (i, piece) in pieces.into_iter().enumerate() {
        // Behind as many mistakes as are reported there is nothing more to say.
        if errors.is_full() {
            items.push(Item::Broken(span));
            break;
        }
        if !piece.is_empty() {
            read_items(piece, reader, errors, &mut items);
            continue;
        }
        match (i.checked_sub(1).and_then(|i| arrows.get(i)), arrows.first()) {
            (Some(arrow), _) => errors.over(arrow, "a layer is missing after `=>`, as in `=> Dense(1)`"),
            (None, Some(arrow)) => {
                errors.over(arrow, "nothing stands before `=>`: a model starts with `Input(...)`")
            }
            (None, None) => errors.at(fallback, "a chain of layers is missing, as `Input(4) => Dense(1)`"),
        }
        items.push(Item::Broken(span));
    }
    Chain { items, span }
}

/// Reads what stands between two arrows: one item, or several if an arrow is missing.
pub fn read_items(tokens: TokenStream, reader: &mut Reader, errors: &mut Errors, items: &mut Vec<Item>) {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = trees.as_slice();
    while !errors.is_full()
        && let Some(next) = read_item(rest, reader, errors, items)
    {
        let what = match &rest[next] {
            TokenTree::Group(_) => "[".to_string(),
            name => name.to_string(),
        };
        errors.over(&rest[next], format!("`=>` is missing before `{what}`"));
        rest = &rest[next..];
    }
}

/// Reads one item; if an arrow is missing behind it, says where the next begins.
fn read_item(
    trees: &[TokenTree],
    reader: &mut Reader,
    errors: &mut Errors,
    items: &mut Vec<Item>,
) -> Option<usize> {
    reader.read_items += 1;
    if let Some(layer) = layer_of_a_parameter(trees) {
        // What stands behind it is read, or said, as it would be without the name.
        read_items(layer.into_iter().collect(), reader, errors, items);
        return None;
    }
    if let [tree] = trees
        && let Some(item) = single(tree, tensors(items), reader, errors)
    {
        items.push(item);
        return None;
    }
    if items.is_empty()
        && let Some(result) = arithmetic::read(trees, reader, errors)
    {
        items.extend(result.items);
        return None;
    }
    if let Some(function) = operations::function(trees) {
        let next = operations::read(&function, reader, errors, items)?;
        return behind(trees.get(next)?, errors).then_some(next);
    }
    if of_backend(trees, errors, items) {
        return None;
    }
    if misplaced::applies_a_parameter(trees, errors, items) {
        return None;
    }
    let end = arguments_at(trees);
    // `x layers.Dense(8)`
    if let [TokenTree::Ident(name), TokenTree::Ident(_), TokenTree::Punct(dot), ..] = &trees[..end]
        && dot.as_char() == '.'
        && reader.env.is_bound(name)
    {
        items.push(Item::Name(Path::from(name.clone())));
        return Some(1);
    }
    let path = match path(&trees[..end], reader, errors) {
        Ok(path) => path,
        Err(error) => {
            errors.push(error);
            items.push(Item::Broken(span_of(trees)));
            return None;
        }
    };
    match trees.get(end) {
        Some(TokenTree::Group(group)) => read_layer(path, group, (trees, end), reader, errors, items),
        _ => {
            items.push(Item::Name(path));
            None
        }
    }
}

fn span_of(trees: &[TokenTree]) -> Span {
    trees.iter().cloned().collect::<TokenStream>().span()
}

/// The layer that a parameter stands for, or that the class which it stands for makes with arguments.
fn layer_of_a_parameter(trees: &[TokenTree]) -> Option<Vec<TokenTree>> {
    if let [TokenTree::Group(class), args @ TokenTree::Group(_)] = trees
        && class.delimiter() == Delimiter::None
        && let Some(TokenTree::Ident(name)) = class.stream().into_iter().last()
        && keras_shape::LayerConfig::is_class(&name.to_string())
    {
        return Some(class.stream().into_iter().chain([args.clone()]).collect());
    }
    let [TokenTree::Group(value)] = trees else { return None };
    let is_one = value.delimiter() == Delimiter::None && at_arrow(value.stream()).0.len() == 1;
    is_one.then(|| value.stream().into_iter().collect())
}

/// Where the arguments of a layer stand, if it has some; else how many tokens there are.
fn arguments_at(trees: &[TokenTree]) -> usize {
    // What stands in the arguments of a type, `Up::<(2 * H)>`, are not those of a layer.
    let mut open = 0usize;
    let is_call = |tree: &TokenTree| {
        match tree {
            TokenTree::Punct(p) if p.as_char() == '<' => open += 1,
            TokenTree::Punct(p) if p.as_char() == '>' => open = open.saturating_sub(1),
            _ => {}
        }
        open == 0 && matches!(tree, TokenTree::Group(g) if g.delimiter() == Delimiter::Parenthesis)
    };
    trees.iter().position(is_call).unwrap_or(trees.len())
}

/// Reads a layer with its arguments, `group`, which are token `end`; if an arrow is missing behind it, says where the next item
/// begins.
fn read_layer(
    path: Path,
    group: &proc_macro2::Group,
    (trees, end): (&[TokenTree], usize),
    reader: &mut Reader,
    errors: &mut Errors,
    items: &mut Vec<Item>,
) -> Option<usize> {
    let args = group.stream();
    // Python's way to write a block.
    if path.is_ident("Sequential")
        && let Some(block) = sugar::sequential(&args, reader, errors)
    {
        items.push(block);
        if let Some(next) = trees.get(end + 1) {
            errors.over(next, "expected `=>` and the next layer, or the end of the model\nhelp: a block is applied with an arrow, and with arguments by its name: `let encoder = Sequential([...]);`, then `x => encoder(training = false)`");
        }
        return None;
    }
    if path.is_ident("Model")
        && let Some(model) = inner::read(group, &trees[..=end], reader, errors)
    {
        items.push(model);
        return behind(trees.get(end + 1)?, errors).then_some(end + 1);
    }
    let starts = items.is_empty();
    let mut refuse = |place: TokenStream, message: String| {
        errors.over(place, message);
        items.push(Item::Broken(span_of(trees)));
    };
    if let Some(message) = wraps_a_function(&path, group, reader) {
        refuse(args, message);
        return None;
    }
    if starts && let Some(message) = merges_arguments(&path, group, reader) {
        refuse(trees[..=end].iter().cloned().collect(), message);
        return None;
    }
    let args_given = !args.is_empty();
    if starts && applies_a_name(&path, group, &trees[..=end], reader, errors) {
        items.push(Item::Broken(span_of(trees)));
        return None;
    }
    let name = path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
    if starts && misplaced::names_tensors(&name, args_given, trees.get(end + 1), reader, errors, items) {
        return None;
    }
    let next = end + 1 + read_call(path, args, trees.get(end + 1), reader, errors, items)?;
    match trees.get(next)? {
        // `Dense(8)(x)`: a tensor, where the layer alone would be a block.
        TokenTree::Group(given) if starts && given.delimiter() == Delimiter::Parenthesis => {
            applied_in_parentheses(&name, args_given, given, reader, errors);
            items.clear();
            items.push(Item::Broken(given.span()));
            None
        }
        other => behind(other, errors).then_some(next),
    }
}

/// An item of one token: a list, a block or a name.
fn single(tree: &TokenTree, inputs: usize, reader: &mut Reader, errors: &mut Errors) -> Option<Item> {
    match tree {
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::Bracket => Some(bracket(group.stream(), group.span(), reader, errors)),
            Delimiter::Parenthesis => Some(Item::Nested(chain(group.stream(), group.span(), reader, errors))),
            Delimiter::Brace | Delimiter::None => None,
        },
        // Of a reserved word it is said where it is bound.
        TokenTree::Ident(name) => Some(match reader.env.get_function(name) {
            Some(function) => function::apply(&function, None, name.span(), inputs, reader, errors),
            None => Item::Name(Path::from(name.clone())),
        }),
        _ => None,
    }
}

/// Reads a layer or a function with its arguments, and those of its call, which may stand `behind` them; says how many
/// tokens these were. Nothing if what follows is not read: of a name that is no function, and of a function of another
/// place that is not known yet, since the whole model is read again when it is.
fn read_call(
    path: Path,
    args: TokenStream,
    behind: Option<&TokenTree>,
    reader: &mut Reader,
    errors: &mut Errors,
    items: &mut Vec<Item>,
) -> Option<usize> {
    let function = path.get_ident().and_then(|name| reader.env.get_function(name));
    let sugared = if function.is_some() { None } else { sugar::function(&path, &args, reader, errors) };
    let (path, args) = match sugared.filter(|_| items.is_empty()) {
        Some((list, path, args)) => {
            items.push(list);
            (path, args)
        }
        None => (path, args),
    };
    let function = match function {
        Some(function) => Some(function),
        None => match reader.item(&path) {
            Some(None) => {
                items.push(Item::Broken(path.span()));
                return None;
            }
            Some(found) => found,
            None => None,
        },
    };
    let mut read = 0;
    items.push(match function {
        Some(function) => function::apply(&function, Some(args), path.span(), tensors(items), reader, errors),
        None => {
            let before = errors.len();
            if let Some(message) = reader.unknown_function(&path) {
                errors.at(path.span(), message);
                items.push(Item::Broken(path.span()));
                return None;
            }
            let wraps = path.segments.last().and_then(|last| args::wraps(&last.ident.to_string()));
            let args = args::arguments_of(wraps, args, reader, errors);
            let broken = errors.len() > before;
            let mut call = Call { path, args, application: Vec::new(), broken, operation: false };
            let is_input = call.path.is_ident("Input") || call.path.is_ident("InputLayer");
            let behind = behind.filter(|_| !is_input);
            if let Some(application) = behind.and_then(|next| args::application(next, reader, errors)) {
                call.application = application;
                call.broken |= errors.len() > before;
                read = 1;
            }
            sugar::input_layer(&mut call);
            if let Some(input) = misspelt_input(&call, errors) {
                call.path = input;
            }
            if call.path.is_ident("Input") { Item::Input(call) } else { Item::Call(call) }
        }
    });
    Some(read)
}

/// Whether an item begins right behind another; of anything else that stands there, says what is wrong.
fn behind(next: &TokenTree, errors: &mut Errors) -> bool {
    match next {
        TokenTree::Ident(_) => return true,
        TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket => return true,
        TokenTree::Group(_) => {
            errors.over(next, "a layer is applied with an arrow: `x => Dense(8)`, not `Dense(8)(x)`");
        }
        TokenTree::Punct(sign) if sign.as_char() == '#' => errors.over(next, "a comment begins with `//`"),
        TokenTree::Punct(sign) if "+-*".contains(sign.as_char()) => {
            errors.over(next, format!("`{sign}` stands between tensors: `(x => Dense(8)) {sign} y`"));
        }
        _ => errors.over(next, "expected `=>` and the next layer, or the end of the model"),
    }
    false
}

/// How many tensors stand before an arrow.
pub fn tensors(before: &[Item]) -> usize {
    match before.last() {
        None => 0,
        Some(Item::List(chains, _)) => chains.len(),
        Some(Item::Body(body)) => body.tail.chains.len(),
        Some(_) => 1,
    }
}

/// A path, perhaps after Python's `layers.`.
fn path(trees: &[TokenTree], reader: &mut Reader, errors: &mut Errors) -> syn::Result<Path> {
    let trees = &trees[args::modules(trees)..];
    let is_dot = |tree: &TokenTree| matches!(tree, TokenTree::Punct(p) if p.as_char() == '.');
    let start = trees.iter().rposition(is_dot).map_or(0, |at| at + 1);
    if start > 0 && start < trees.len() {
        let prefix: TokenStream = trees[..start].iter().cloned().collect();
        let prefix_text = prefix.to_string().replace(' ', "");
        let words: Vec<String> = prefix
            .clone()
            .into_iter()
            .filter(|tree| matches!(tree, TokenTree::Ident(_)))
            .map(|tree| tree.to_string())
            .collect();
        if let Some(message) = pythonic::of_modules(&words, &trees[start].to_string()) {
            return Err(syn::Error::new_spanned(&prefix, message));
        }
        if let [TokenTree::Ident(of), TokenTree::Punct(_), TokenTree::Ident(method)] = trees
            && reader.env.is_tensor(of)
        {
            let message = misplaced::method(&of.to_string(), &method.to_string());
            return Err(syn::Error::new_spanned(method, message));
        }
        errors.over(&prefix, format!("a layer stands without `{prefix_text}`: `{}(...)`", trees[start]));
    }
    if let [TokenTree::Literal(value), ..] = &trees[start..] {
        let message = format!("expected a tensor or a layer, found `{value}`");
        return Err(syn::Error::new(value.span(), message));
    }
    let tokens = path_args::read(&trees[start..], reader, errors);
    let parser = |input: ParseStream| {
        let path = input
            .parse::<Path>()
            .map_err(|error| syn::Error::new(error.span(), "expected a layer, as `Dense(8)`"))?;
        if input.is_empty() {
            return Ok(path);
        }
        Err(input.error("expected `=>` or the end of the model: layers are joined as `Dense(8) => Dense(1)`"))
    };
    parser.parse2(tokens)
}

/// `[layer; N]` or `[a, b]`.
pub fn bracket(tokens: TokenStream, span: Span, reader: &mut Reader, errors: &mut Errors) -> Item {
    let mut halves = at_char(tokens.clone(), ';').into_iter();
    let (first, count) = (halves.next().unwrap_or_default(), halves.next());
    match count {
        Some(count) => match syn::parse2::<Expr>(count) {
            Ok(count) if !first.is_empty() => {
                let (mut items, before) = (Vec::new(), errors.len());
                read_items(first, reader, errors, &mut items);
                match items.pop() {
                    Some(item) if items.is_empty() => Item::Repeat(Box::new(item), count, span),
                    _ => {
                        if errors.len() == before {
                            errors.at(span, "expected one layer and a number, as in `[Dense(8); 3]`");
                        }
                        Item::Broken(span)
                    }
                }
            }
            Ok(_) => {
                errors.at(span, "expected a layer and a number, as in `[Dense(8); 3]`");
                Item::Broken(span)
            }
            Err(error) => {
                errors.push(error);
                Item::Broken(span)
            }
        },
        None if comprehension::is_loop(&tokens) => {
            comprehension::unread(&tokens, span, &reader.env, errors);
            Item::Broken(span)
        }
        None => {
            let chains = at_comma(tokens)
                .into_iter()
                .filter(|piece| !piece.is_empty())
                .map(|piece| chain(piece, span, reader, errors))
                .collect();
            Item::List(chains, span)
        }
    }
}
