//! `x.shape[-1]`: the length of an axis, where it is known while the macro expands.
//!
//! Shapes are inferred when a model has been read, and what is read may depend on them. So a model that asks for shapes
//! is read again with the lengths that came out, until they are those that it was read with. What stands before a place
//! decides what is known there, so each time one more is right at least; as a rule, two or three times are enough.

use keras_shape::{Dim, TensorSpec};
use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, TokenStream, TokenTree};
use syn::Expr;

use super::ast::Statement;
use super::facts::Fact;

use super::{Reader, comprehension, pythonic};
use crate::error::Errors;

/// What is known of an axis that a model asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Length {
    /// So many.
    Known(usize),
    /// One that comes with the data: what to say where a number is needed.
    Data(String),
    /// The layers of a model.
    Layers(Vec<Fact>),
    /// None that is known here: why, in words; nothing where a mistake before it is told already.
    Unknown(Option<String>),
}

/// A place where the length of an axis is asked for.
#[derive(Clone, Debug)]
pub struct Question {
    /// The tensor.
    pub name: Ident,
    /// The axis, as Python counts; none where it is asked how many there are.
    pub axis: Option<i128>,
    /// Whether [parts](super::parts) are asked for, not a length.
    pub parts: bool,
}

impl Question {
    /// The answer, by what is known of the tensor.
    pub fn answer(&self, spec: Option<TensorSpec>, told: bool) -> Length {
        if self.parts {
            return Length::Unknown(None);
        }
        let name = &self.name;
        let Some(spec) = spec else {
            let why = format!(
                "the shape of `{name}` is not known while the macro expands: the compiler computes it from an own layer or a model, or from a constant"
            );
            return Length::Unknown((!told).then_some(why));
        };
        let shape = spec.shape;
        let Some(axis) = self.axis else { return Length::Known(shape.rank()) };
        let axis = isize::try_from(axis).ok().and_then(|axis| shape.axis(axis));
        let Some(axis) = axis else {
            let last = shape.rank().saturating_sub(1);
            let why = format!(
                "`{name}` is {shape}, whose axes are 0 to {last}, or -1 to -{} from the end",
                last + 1
            );
            return Length::Unknown(Some(why));
        };
        match shape.dim(axis) {
            Dim::Fixed(n) => Length::Known(n),
            Dim::Later => Length::Unknown(Some(format!(
                "axis {axis} of `{name}` is made of a constant, which the compiler knows only after the macro\nhelp: write the constant here too"
            ))),
            Dim::Dynamic(_) | Dim::Derived(..) => Length::Data(format!(
                "`{name}` is {shape}: the length of axis {axis} comes with the data\nhelp: write a number in `Input` if it is always the same"
            )),
        }
    }
}

/// Puts lengths in the place of `x.shape[-1]`, but for what stands in braces, which is read later. Says before which
/// statements the tensors are what they are here.
pub fn fill(
    tokens: TokenStream,
    reader: &mut Reader,
    statements: &mut Vec<Statement>,
    errors: &mut Errors,
) -> TokenStream {
    if !mentions(&tokens) {
        return tokens;
    }
    let trees = listed(tokens.into_iter().collect());
    let mut filled = TokenStream::new();
    let mut at = 0;
    while at < trees.len() {
        if let Some((name, asked, taken)) = question(&trees[at..], is_bound(&trees[..at]), reader) {
            let whole: TokenStream = trees[at..at + taken].iter().cloned().collect();
            let behind = &trees[at + taken..];
            let (answer, more) = answered(asked, &name, &whole, behind, reader, statements, errors);
            filled.extend([answer]);
            at += taken + more;
            continue;
        }
        match &trees[at] {
            TokenTree::Group(group) if group.delimiter() != Delimiter::Brace => {
                let mut inner =
                    Group::new(group.delimiter(), fill(group.stream(), reader, statements, errors));
                inner.set_span(group.span());
                filled.extend([TokenTree::Group(inner)]);
            }
            tree => filled.extend([tree.clone()]),
        }
        at += 1;
    }
    filled
}

/// `x.shape` in the place of `list(x.shape)` and `tuple(x.shape)`, which are the same lengths.
fn listed(trees: Vec<TokenTree>) -> Vec<TokenTree> {
    let (mut out, mut at) = (Vec::new(), 0);
    while at < trees.len() {
        if let (TokenTree::Ident(word), Some(TokenTree::Group(args))) = (&trees[at], trees.get(at + 1))
            && (word == "list" || word == "tuple")
            && args.delimiter() == Delimiter::Parenthesis
        {
            let inside: Vec<TokenTree> = args.stream().into_iter().collect();
            let is_shape = |word: &TokenTree| matches!(word, TokenTree::Ident(word) if word == "shape");
            if let [TokenTree::Ident(_), TokenTree::Punct(_), shape, ..] = inside.as_slice()
                && is_shape(shape)
            {
                out.extend(inside);
                at += 2;
                continue;
            }
        }
        out.push(trees[at].clone());
        at += 1;
    }
    out
}

/// Asks, and gives the answer as it stands in the place of the question; and how many tokens `behind` that it takes.
fn answered(
    asked: Asked,
    name: &Ident,
    whole: &TokenStream,
    behind: &[TokenTree],
    reader: &mut Reader,
    statements: &mut Vec<Statement>,
    errors: &mut Errors,
) -> (TokenTree, usize) {
    let mut ask = |axis: Option<i128>| {
        let number = reader.questions.len();
        statements.push(Statement::Shape(number, name.clone()));
        reader.questions.push(Question { name: name.clone(), axis, parts: false });
        reader.lengths.get(number).cloned().map(|length| match length {
            Length::Data(why) => Length::Data(reader.in_words(why)),
            Length::Unknown(why) => Length::Unknown(why.map(|why| reader.in_words(why))),
            length => length,
        })
    };
    let bounds = match asked {
        Asked::Axis(axis) => {
            let length = ask(Some(axis));
            let Some(equal) = compared_with_none(behind) else {
                return (number(length, whole, name, errors), 0);
            };
            let from_data = matches!(length, Some(Length::Data(_)));
            let word = if from_data == equal { "true" } else { "false" };
            return (TokenTree::Ident(Ident::new(word, name.span())), 3);
        }
        Asked::Part(bounds) => bounds,
    };
    let rank = match ask(None) {
        Some(Length::Known(rank)) => rank,
        // It is asked for the first time.
        None => 1,
        unknown => return (number(unknown, whole, name, errors), 0),
    };
    let mut told = Vec::new();
    for axis in comprehension::places(bounds, rank) {
        told.push(match ask(Some(axis as i128)) {
            // As Keras has it in shapes.
            Some(Length::Data(_)) => TokenTree::Ident(Ident::new("None", name.span())),
            length => number(length, whole, name, errors),
        });
        told.push(TokenTree::Punct(Punct::new(',', Spacing::Alone)));
    }
    let mut part = Group::new(Delimiter::Parenthesis, told.into_iter().collect());
    part.set_span(name.span());
    (TokenTree::Group(part), 0)
}

/// The length that is the answer to a question, as a number.
fn number(length: Option<Length>, whole: &TokenStream, name: &Ident, errors: &mut Errors) -> TokenTree {
    let length = match length {
        Some(Length::Known(n)) => n,
        Some(Length::Unknown(Some(why)) | Length::Data(why)) => {
            errors.over(whole, why);
            1
        }
        // Where it is not known, or asked for the first time, any number does.
        Some(Length::Unknown(None) | Length::Layers(_)) | None => 1,
    };
    let mut literal = Literal::usize_unsuffixed(length);
    literal.set_span(name.span());
    literal.into()
}

/// What is asked of a shape.
enum Asked {
    /// The length of an axis.
    Axis(i128),
    /// Those from an axis to another.
    Part(comprehension::Slice),
}

/// Whether `== None` stands here, or `!= None`: whether the length is one that the data knows.
fn compared_with_none(trees: &[TokenTree]) -> Option<bool> {
    let [TokenTree::Punct(first), TokenTree::Punct(second), TokenTree::Ident(none), ..] = trees else {
        return None;
    };
    match (first.as_char(), second.as_char()) {
        ('=', '=') if none == "None" => Some(true),
        ('!', '=') if none == "None" => Some(false),
        _ => None,
    }
}

/// Whether a shape is asked for anywhere.
fn mentions(tokens: &TokenStream) -> bool {
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Ident(word) => word == "shape" || word == "get_shape" || word == "int_shape",
        TokenTree::Group(group) => group.delimiter() != Delimiter::Brace && mentions(&group.stream()),
        _ => false,
    })
}

/// Whether what follows is bound to a name: `let shape =`.
fn is_bound(before: &[TokenTree]) -> bool {
    matches!(
        before,
        [TokenTree::Ident(word), .., TokenTree::Ident(_), TokenTree::Punct(equals)]
            if word == "let" && equals.as_char() == '=' && before.len() <= 4
    )
}

/// `x.shape[-1]` or `x.shape[1:]`, of a tensor: its name, what is asked, and how many tokens these are. All of it may be `bound`
/// to a name.
fn question(trees: &[TokenTree], bound: bool, reader: &Reader) -> Option<(Ident, Asked, usize)> {
    let (name, taken) = pythonic::shape(trees, reader)?;
    if bound && taken == trees.len() {
        return Some((name, Asked::Part([None; 3]), taken));
    }
    let Some(TokenTree::Group(index)) = trees.get(taken) else { return None };
    if index.delimiter() != Delimiter::Bracket {
        return None;
    }
    if let Some(bounds) = comprehension::slice(&index.stream(), &reader.env) {
        return Some((name, Asked::Part(bounds), taken + 1));
    }
    Some((name, Asked::Axis(reader.env.integer(index.stream())?), taken + 1))
}

/// A whole `x.shape`, for what is asked in another way.
pub fn is_shape(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Field(field) => match (&*field.base, &field.member) {
            (Expr::Path(path), syn::Member::Named(member)) if member == "shape" => {
                path.path.get_ident().map(ToString::to_string)
            }
            _ => None,
        },
        Expr::Index(index) => is_shape(&index.expr),
        Expr::Binary(binary) => is_shape(&binary.left).or_else(|| is_shape(&binary.right)),
        Expr::Paren(paren) => is_shape(&paren.expr),
        Expr::Group(group) => is_shape(&group.expr),
        _ => None,
    }
}
