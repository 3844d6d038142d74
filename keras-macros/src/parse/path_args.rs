//! What stands in place of a model's parameters where it is used: `Residual::<filters * 2, 1>`.

use proc_macro2::{Ident, Punct, Spacing, TokenStream, TokenTree};
use quote::quote;
use syn::Expr;
use syn::spanned::Spanned;

use super::Reader;
use super::eval::{Value, eval};
use super::params::{ParameterKind, Params};
use super::split::at_comma;
use crate::error::Errors;
use crate::numbers::Number;

/// A path whose arguments, `<filters * 2, 1>`, are read as those of layers are.
pub fn read(trees: &[TokenTree], reader: &mut Reader, errors: &mut Errors) -> TokenStream {
    let is = |tree: &TokenTree, c: char| matches!(tree, TokenTree::Punct(p) if p.as_char() == c);
    let (open, close) = (trees.iter().position(|t| is(t, '<')), trees.iter().rposition(|t| is(t, '>')));
    let (Some(open), Some(close)) = (open, close) else { return trees.iter().cloned().collect() };
    if close < open || close + 1 != trees.len() {
        return trees.iter().cloned().collect();
    }
    let is_name =
        |tree: &TokenTree| if let TokenTree::Ident(name) = tree { Some(name.clone()) } else { None };
    let Some(model) = trees[..open].iter().rev().find_map(is_name) else {
        return trees.iter().cloned().collect();
    };
    let mut tokens: TokenStream = trees[..=open].iter().cloned().collect();
    // Commas in arguments of arguments stand behind `::<`, or the argument is no number.
    let inside: TokenStream = trees[open + 1..close].iter().cloned().collect();
    let plain = !trees[open + 1..close].iter().any(|tree| is(tree, '<'));
    let pieces = if plain { at_comma(inside) } else { vec![inside] };
    let last = pieces.len() - 1;
    for (i, piece) in pieces.into_iter().enumerate() {
        match argument(piece.clone(), &model, &reader.params) {
            Ok((argument, number)) => {
                tokens.extend(argument);
                reader.bounds.extend(number.iter().flat_map(Number::all_bounds));
            }
            Err(refused) => {
                errors.push(refused.error);
                // Nothing more is said of it.
                tokens.extend(refused.instead);
            }
        }
        if i < last {
            tokens.extend([TokenTree::Punct(Punct::new(',', Spacing::Alone))]);
        }
    }
    tokens.extend([trees[close].clone()]);
    tokens
}

/// An argument that no type can have.
struct Refused {
    error: syn::Error,
    /// What stands in its place.
    instead: TokenStream,
}

/// What an application gives in place of a parameter, as `Residual::<filters * 2>`: values that are known are written
/// out, and arithmetic of numbers of typenum becomes a type.
fn argument(
    tokens: TokenStream,
    model: &Ident,
    params: &Params,
) -> Result<(TokenStream, Option<Number>), Refused> {
    let Ok(expr) = syn::parse2::<Expr>(tokens.clone()) else { return Ok((tokens, None)) };
    let inner = match &expr {
        Expr::Block(block) => match block.block.stmts.as_slice() {
            [syn::Stmt::Expr(inner, None)] => inner,
            _ => &expr,
        },
        expr => expr,
    };
    match eval(inner) {
        Some(value @ (Value::Int(_) | Value::Bool(_))) => return Ok((value.tokens(tokens.span()), None)),
        Some(Value::Float(x)) if x.fract() == 0.0 && x.abs() < 1e15 => {
            return Ok((Value::Int(x as i128).tokens(tokens.span()), None));
        }
        _ => {}
    }
    match Number::of(inner, params) {
        Ok(Some(number)) if !number.is_plain() => return Ok((number.ty.clone(), Some(number))),
        Ok(_) => {}
        Err(error) => return Err(Refused { error, instead: quote! { 1 } }),
    }
    match params.named_in(&tokens).first() {
        Some(param) if crate::probe::alone(inner).is_none() && param.kind != ParameterKind::Number => {
            let (name, function) = (param.name.clone(), crate::resolve::snake(&model.to_string()));
            let small = name.to_string().to_lowercase();
            let message = format!(
                "`{inner}` is arithmetic of the parameter `{name}`, which stable Rust takes in no type\nhelp: as a number of typenum it may be computed, `{name}: Unsigned` here and in `{model}`; or write `{model}` as a function, `model! {{ pub fn {function}(x, {small}) {{ ... }} }}`",
                inner = quote! { #inner },
            );
            Err(Refused { error: syn::Error::new_spanned(&tokens, message), instead: quote! { #name } })
        }
        _ => Ok((tokens, None)),
    }
}
