//! Arguments, as fields of the struct of their layer or function.

use keras_shape::{ArgInfo, LayerConfig, vocabulary::Common};
use proc_macro2::{Delimiter, Ident, Span, TokenStream, TokenTree};
use quote::quote;

use super::tokens::{ends_small, is, is_half_a_layer, is_layer, module_name, unbound};
use super::walk::{Kind, Walk};
use crate::parse::{at_comma, modules};

/// An expression of Rust with the spans of the source; nothing if it is none.
pub fn rust(tokens: &TokenStream) -> Option<TokenStream> {
    syn::parse2::<syn::Expr>(tokens.clone()).ok().map(|_| quote! { (#tokens) })
}

/// The module of the words that an argument takes.
fn words(expects: &str) -> Option<&'static str> {
    Some(match expects {
        "an activation" => "activations",
        "an initializer" => "initializers",
        "a mode of a spectrogram" => "spectrogram_modes",
        "a scaling" => "spectral_scalings",
        "a regularizer" => "regularizers",
        "a constraint" => "constraints",
        "a method" => "oov_methods",
        "an output mode" => "output_modes",
        "a padding" => "paddings",
        "a window" => "spectral_windows",
        "a data format" => "data_formats",
        "a fill mode" => "fill_modes",
        "a flip mode" => "flip_modes",
        "an interpolation" => "interpolations",
        "a score mode" => "score_modes",
        "a merge mode" => "merge_modes",
        _ => return None,
    })
}

/// `name = value` or a value alone.
fn split(tokens: TokenStream) -> (Option<Ident>, TokenStream) {
    let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
    match trees.as_slice() {
        [TokenTree::Ident(name), sign, rest @ ..]
            if is(Some(sign), '=') && !is(rest.first(), '=') && !is(rest.first(), '>') =>
        {
            (Some(name.clone()), rest.iter().cloned().collect())
        }
        _ => (None, tokens),
    }
}

impl Walk<'_> {
    /// A layer or function with arguments, as a statement.
    pub fn call(&mut self, name: &Ident, args: TokenStream) -> TokenStream {
        let class = name.to_string();
        let module = match self.scope.get(&class) {
            Some(Kind::Step(module)) => *module,
            Some(_) => return self.values(args),
            // `ops.where`: no path of Rust.
            None if syn::parse_str::<Ident>(&class).is_err() => return self.values(args),
            None if is_layer(name) || class == "Input" => 0,
            None if ends_small(&[TokenTree::Ident(name.clone())]) && !is_half_a_layer(name) => {
                return self.elsewhere(&quote! { #name }, args);
            }
            None => {
                // A type in scope, a function of another place, or a name that is not complete.
                let (name, values) = (unbound(name), self.values(args));
                return quote! { #name #values };
            }
        };
        let table = match self.scope.get(&class) {
            None => LayerConfig::default_of(&class).map_or(&[] as &[ArgInfo], |layer| layer.args()),
            Some(_) => &[],
        };
        let module = module_name(module);
        let literal = self.literal(&quote! { #module::#name }, class == "Input", table, args);
        quote! { let _ = #literal; }
    }

    /// A function of another place with arguments, as a statement.
    pub fn elsewhere(&mut self, path: &TokenStream, args: TokenStream) -> TokenStream {
        let literal = self.literal(path, false, &[], args);
        quote! { let _ = #literal; }
    }

    /// The struct at `path` with these arguments, as an expression; `table` are those of a layer.
    fn literal(
        &mut self,
        path: &TokenStream,
        is_input: bool,
        table: &[ArgInfo],
        args: TokenStream,
    ) -> TokenStream {
        let (mut fields, mut after) = (TokenStream::new(), TokenStream::new());
        let mut next = 0;
        let pieces = at_comma(args);
        let last = pieces.len().saturating_sub(1);
        for (i, piece) in pieces.into_iter().enumerate() {
            if piece.is_empty() {
                // Where the next argument is about to be written.
                fields.extend((i < last).then(|| quote! { , }));
                continue;
            }
            let (key, value) = split(piece);
            match key {
                Some(key) if Common::NAMES.iter().any(|common| key == common) && !is_input => {
                    let value = self.value(value, None);
                    after.extend(quote! {
                        let _ = ::keras_core::shape::vocabulary::Common {
                            #key: #value, ..::keras_core::shape::vocabulary::any()
                        };
                    });
                }
                Some(key) => {
                    let info = table.iter().find(|info| key == info.name);
                    let value = self.value(value, info);
                    fields.extend(quote! { #key: #value, });
                }
                None => {
                    let info = table.get(next);
                    next += 1;
                    match (self.partial(&value, info), info) {
                        // The name of an argument that is being written.
                        (Some(partial), _) if i == last => fields.extend(quote! { #partial }),
                        (Some(partial), _) => fields.extend(quote! { #partial, }),
                        (None, Some(info)) => {
                            let field = Ident::new(info.name, Span::call_site());
                            let value = self.value(value, Some(info));
                            fields.extend(quote! { #field: #value, });
                        }
                        (None, None) => {
                            let value = self.value(value, None);
                            after.extend(quote! { let _ = #value; });
                        }
                    }
                }
            }
        }
        quote! { { let _ = #path { #fields ..::keras_core::shape::vocabulary::any() }; #after } }
    }

    /// A single small word that is no value.
    fn partial(&self, value: &TokenStream, info: Option<&ArgInfo>) -> Option<Ident> {
        let mut trees = value.clone().into_iter();
        let (Some(TokenTree::Ident(word)), None) = (trees.next(), trees.next()) else { return None };
        let text = word.to_string();
        let small = text.starts_with(|c: char| c.is_lowercase());
        let is_value = self.scope.contains_key(&text)
            || matches!(text.as_str(), "true" | "false")
            || info.is_some_and(|info| words(info.expects).is_some() && is_word(&text));
        (small && !is_value).then_some(word)
    }

    /// The value of an argument, as an expression.
    pub fn value(&mut self, tokens: TokenStream, info: Option<&ArgInfo>) -> TokenStream {
        let expects = info.map_or("", |info| info.expects);
        let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let trees = &trees[modules(&trees)..];
        let module = words(expects).map(|module| Ident::new(module, Span::call_site()));
        let inside = match (trees, module) {
            ([], Some(module)) => quote! { ::keras_core::shape::vocabulary::#module:: },
            ([], None) => return TokenStream::new(),
            ([TokenTree::Ident(name), rest @ ..], module) => {
                let text = name.to_string();
                let args = match rest {
                    [TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
                        Some(group.stream())
                    }
                    _ => None,
                };
                match (args, module) {
                    (None, _) if rest.is_empty() && self.scope.contains_key(&text) => {
                        match self.scope.get(&text) {
                            Some(Kind::Step(module)) => {
                                let module = module_name(*module);
                                quote! { { let _: #module::#name; } }
                            }
                            _ => quote! { #name },
                        }
                    }
                    (None, Some(module)) if rest.is_empty() && text != "None" => {
                        quote! { ::keras_core::shape::vocabulary::#module::#name }
                    }
                    // The compiler knows the type here, and offers `true` and `false` first.
                    (None, None) if rest.is_empty() && expects.starts_with("`true`") => {
                        return quote! { #name };
                    }
                    (Some(args), Some(module)) if module != "activations" => {
                        let values = self.values(args);
                        quote! { { let _ = ::keras_core::shape::vocabulary::#module::#name; #values } }
                    }
                    // Of an activation, that is a layer.
                    (Some(args), _)
                        if is_layer(name) || matches!(self.scope.get(&text), Some(Kind::Step(_))) =>
                    {
                        let call = self.call(name, args);
                        quote! { { #call } }
                    }
                    _ => rust(&trees.iter().cloned().collect()).unwrap_or_else(super::tokens::any),
                }
            }
            ([TokenTree::Group(group)], _) if group.delimiter() == Delimiter::Bracket => {
                let values = self.values(group.stream());
                quote! { { #values } }
            }
            _ => rust(&trees.iter().cloned().collect()).unwrap_or_else(super::tokens::any),
        };
        quote! { ::keras_core::shape::vocabulary::value(#inside) }
    }

    /// Values without places, as statements.
    pub fn values(&mut self, args: TokenStream) -> TokenStream {
        let pieces = at_comma(args).into_iter().filter(|piece| !piece.is_empty());
        let values = pieces.map(|piece| {
            let (_, tokens) = split(piece);
            let value = self.value(tokens, None);
            quote! { let _ = #value; }
        });
        values.collect()
    }
}

/// Whether a word is one of Keras's for some argument.
fn is_word(text: &str) -> bool {
    use keras_shape::{
        Activation, DataFormat, FillMode, FlipMode, Interpolation, MergeMode, Padding, ScoreMode,
    };
    Activation::from_name(text).is_some()
        || Padding::from_name(text).is_some()
        || DataFormat::from_name(text).is_some()
        || Interpolation::from_name(text).is_some()
        || FillMode::from_name(text).is_some()
        || FlipMode::from_name(text).is_some()
        || ScoreMode::from_name(text).is_some()
        || MergeMode::from_name(text).is_some()
        || keras_shape::is_call(text)
}
