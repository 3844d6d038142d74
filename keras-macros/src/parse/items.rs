//! Functions that are items of their own: `model! { pub fn residual(x, filters, strides = 1) { ... } }`. Such an item
//! becomes a macro that hands its source to the model that names it, because a macro sees no other item.

use std::rc::Rc;

use keras_shape::LayerConfig;
use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, Path, Visibility};

use super::Reader;
use super::function::{Function, applies_itself, closure};
use super::needs::needs;
use super::settings::settings;
use crate::error::Errors;

/// `pub fn residual(x, filters, strides = 1) { ... }`.
pub struct Item {
    attrs: Vec<Attribute>,
    vis: Visibility,
    name: Ident,
    params: TokenStream,
    body: Group,
}

/// Reads a function that stands alone, if that is what the macro is given.
pub fn item(tokens: &TokenStream) -> Option<syn::Result<Item>> {
    let is_function = |input: ParseStream| -> syn::Result<bool> {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let is_function = input.peek(syn::Token![fn]);
        TokenStream::parse(input)?;
        Ok(is_function)
    };
    if !Parser::parse2(is_function, tokens.clone()).unwrap_or(false) {
        return None;
    }
    let parser = |input: ParseStream| -> syn::Result<Item> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        input.parse::<syn::Token![fn]>()?;
        let name = input.parse()?;
        let params;
        syn::parenthesized!(params in input);
        let params = TokenStream::parse(&params)?;
        let group: Group = match input.parse::<TokenTree>() {
            Ok(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => group,
            Ok(other) if other.to_string() == "-" => {
                return Err(syn::Error::new(
                    other.span(),
                    "a function of a model has no types: `fn residual(x, filters) { ... }`",
                ));
            }
            Ok(other) => {
                return Err(syn::Error::new(
                    other.span(),
                    "the body of a function stands in braces: `fn residual(x, filters) { ... }`",
                ));
            }
            Err(_) => return Err(input.error("a function needs a body: `fn residual(x, filters) { ... }`")),
        };
        if !input.is_empty() {
            return Err(
                input.error("a `model!` holds one function, or one model: write one `model!` for each")
            );
        }
        // Whoever applies the function gets it with what Keras is set to.
        let mut body = Group::new(Delimiter::Brace, settings(group.stream()));
        body.set_span(group.span());
        Ok(Item { attrs, vis, name, params: settings(params), body })
    };
    Some(parser.parse2(tokens.clone()))
}

impl Item {
    /// The function that it applies, stands elsewhere and is not among those that are `known`.
    pub fn wanted(&self, known: &With) -> Option<Path> {
        let mut needs = needs(&self.params, &self.body.stream()).into_iter();
        needs.find(|path| !path.is_ident(&self.name) && !known.has(path))
    }

    /// The macro that hands the function on, with those that it applies.
    pub fn expand(self, known: &With, errors: &mut Errors) -> TokenStream {
        let Item { attrs, vis, name, params, body } = self;
        let source = quote! { |#params| #body };
        if needs(&params, &body.stream()).iter().any(|path| path.is_ident(&name)) {
            errors.at(name.span(), applies_itself(&name.to_string()));
        }
        // What is wrong whatever the function is applied to is said here, and models that apply it say nothing.
        let function = closure(name.to_string(), source.clone(), &mut Reader::default(), errors);
        let (count, required) = function.map_or((0, 0), |function| function.parameters());
        let mistakes = match errors.is_empty() {
            true => crate::trial::mistakes(known, &name, &source, count, required),
            false => Vec::new(),
        };
        let broken = (!mistakes.is_empty()).then(|| quote! { ! });
        mistakes.into_iter().for_each(|mistake| errors.push(mistake));
        let editor = crate::editor::is_asking().then(|| {
            let (attrs, head) = (quote! { #(#attrs)* }, quote! { #vis struct #name });
            crate::editor::function(&attrs, &head, params.clone(), body.stream())
        });
        let inner = format_ident!("__model_function_{}_{:x}", name, place(&name));
        let brought = &known.known;
        let export = matches!(vis, Visibility::Public(_)).then(|| quote! { #[macro_export] });
        quote! {
            #editor
            #[doc(hidden)]
            #export
            macro_rules! #inner {
                ($($rest:tt)*) => { ::keras_core::__model_with! { { [#brought] #broken #source } $($rest)* } };
            }
            #(#attrs)*
            #[allow(unused_imports)]
            #vis use #inner as #name;
        }
    }
}

/// A number for the place of a name. Exported macros share one module, whatever modules their functions are in.
fn place(name: &Ident) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let (span, mut hasher) = (name.span(), DefaultHasher::new());
    if proc_macro::is_available() {
        span.unwrap().file().hash(&mut hasher);
    }
    (span.start().line, span.start().column).hash(&mut hasher);
    hasher.finish()
}

/// What a model has been given of the functions that it names, and the next that it needs.
#[derive(Default)]
pub struct Items {
    known: Vec<(String, TokenStream, Rc<Function>)>,
    wanted: Option<Path>,
}

/// A model with functions of other places.
pub struct With {
    /// The functions, as `(path) { source }`.
    known: TokenStream,
    /// The model.
    pub body: TokenStream,
    /// Where the crate is, if that is said.
    pub krate: Option<syn::Result<Path>>,
    /// Whether it was written down from a file, where masks end without a word.
    pub from_file: bool,
}

/// Reads `{ source } (path) [ known ] { body }`, which the macro of an item makes.
pub fn with(tokens: TokenStream) -> Option<With> {
    let trees: Vec<TokenTree> = tokens.into_iter().collect();
    let [TokenTree::Group(source), TokenTree::Group(path), TokenTree::Group(known), TokenTree::Group(body)] =
        trees.as_slice()
    else {
        return None;
    };
    let mut known = known.stream();
    known.extend([TokenTree::Group(path.clone()), TokenTree::Group(source.clone())]);
    let (krate, body) = crate::krate::split(body.stream());
    Some(With { known, body, krate, from_file: false })
}

impl With {
    /// What the reader of the model is to know.
    pub fn items(&self, reader: &mut Reader, errors: &mut Errors) {
        let trees: Vec<TokenTree> = self.known.clone().into_iter().collect();
        for pair in trees.chunks(2) {
            let [TokenTree::Group(path), TokenTree::Group(source)] = pair else { continue };
            // Its own mistakes are reported where it is written.
            match brought(path.stream(), source.stream(), reader) {
                Some(function) => {
                    let path = path.stream();
                    reader.items.known.push((text(&path), path, function));
                }
                None => errors.over(path.stream(), "this function cannot be read"),
            }
        }
    }

    /// Whether the function at `path` is among them.
    fn has(&self, path: &Path) -> bool {
        let path = text(&quote! { #path });
        let trees: Vec<TokenTree> = self.known.clone().into_iter().collect();
        trees
            .chunks(2)
            .any(|pair| matches!(pair, [TokenTree::Group(known), _] if text(&known.stream()) == path))
    }

    /// A model that knows these functions and the function `name`.
    pub fn trial(&self, name: &Ident, source: &TokenStream, model: TokenStream) -> Self {
        let known = &self.known;
        With {
            known: quote! { #known (#name) { [#known] #source } },
            body: model,
            krate: None,
            from_file: false,
        }
    }

    /// The tokens that ask the item at `wanted` for its source.
    pub fn ask(&self, wanted: &Path) -> TokenStream {
        let (known, body) = (&self.known, &self.body);
        let krate = match &self.krate {
            Some(Ok(path)) => quote! { crate = #path; },
            _ => TokenStream::new(),
        };
        if crate::editor::is_asking() {
            // What the name is, the item for the editor says.
            let wanted = crate::editor::hidden(quote! { #wanted });
            return quote! { #wanted ! { (#wanted) [#known] { #krate #body } } };
        }
        quote! { #wanted ! { (#wanted) [#known] { #krate #body } } }
    }

    /// What has been written, with the names of the crate where it is.
    pub fn placed(&self, tokens: TokenStream) -> TokenStream {
        match &self.krate {
            Some(Ok(path)) => crate::krate::placed(&quote! { #path }, tokens),
            _ => tokens,
        }
    }

    /// A model that knows no function yet.
    pub fn nothing(tokens: TokenStream) -> Self {
        let (krate, body) = crate::krate::split(tokens);
        With { known: TokenStream::new(), body, krate, from_file: false }
    }
}

/// Reads `[functions that it applies] |params| body`, with `!` before the parameters of one that is wrong.
fn brought(path: TokenStream, source: TokenStream, reader: &mut Reader) -> Option<Rc<Function>> {
    let name = path.into_iter().last().map(|tree| tree.to_string()).unwrap_or_default();
    let mut trees: Vec<TokenTree> = source.into_iter().collect();
    let inner = match trees.first() {
        Some(TokenTree::Group(inner)) if inner.delimiter() == Delimiter::Bracket => inner.stream(),
        _ => TokenStream::new(),
    };
    if !inner.is_empty() || matches!(trees.first(), Some(TokenTree::Group(_))) {
        trees.remove(0);
    }
    // Its item has reported that it is wrong.
    let is_reported = matches!(trees.first(), Some(TokenTree::Punct(mark)) if mark.as_char() == '!');
    if is_reported {
        trees.remove(0);
    }
    let mut function = closure(name, trees.into_iter().collect(), reader, &mut Errors::default())?;
    if is_reported {
        function.break_off();
    }
    let pairs: Vec<TokenTree> = inner.into_iter().collect();
    for pair in pairs.chunks(2) {
        let [TokenTree::Group(path), TokenTree::Group(source)] = pair else { continue };
        function.bring(text(&path.stream()), brought(path.stream(), source.stream(), reader)?);
    }
    Some(Rc::new(function))
}

fn text(path: &TokenStream) -> String {
    path.to_string().replace(' ', "")
}

impl Reader {
    /// The function of another place that a path names. One that is not known yet is noted: the model is read again
    /// with it.
    pub(super) fn item(&mut self, path: &Path) -> Option<Option<Rc<Function>>> {
        let last = path.segments.last()?.ident.to_string();
        let is_small = last.starts_with(|c: char| c.is_lowercase() || c == '_');
        // No macro stands at a path with arguments, or in a type.
        let is_item = |segment: &syn::PathSegment| segment.arguments.is_none() && segment.ident != "Self";
        if !is_small || !path.segments.iter().all(is_item) {
            return None;
        }
        let source = quote! { #path };
        let key = text(&source);
        if let Some(function) = self.env.get_item(&key) {
            return Some(Some(function));
        }
        if let Some((_, _, function)) = self.items.known.iter().find(|(known, ..)| *known == key) {
            return Some(Some(function.clone()));
        }
        if let Some(name) = path.get_ident() {
            // `dense(8)` and `max_pooling_2d(2)` are slips for layers.
            let plain = last.replace('_', "");
            let mut layers = LayerConfig::CLASSES.iter().copied().chain(["Lambda", "Input"]);
            let is_layer = layers.any(|class| class.eq_ignore_ascii_case(&plain));
            if is_layer || self.env.is_bound(name) || self.env.is_near(&last) {
                return None;
            }
        }
        if self.items.wanted.is_none() {
            self.items.wanted = Some(path.clone());
        }
        Some(None)
    }

    /// What to say of a call by a small name that is no function known here.
    pub(super) fn unknown_function(&self, path: &Path) -> Option<String> {
        let name = path.get_ident()?;
        let text = name.to_string();
        let is_small = text.starts_with(|c: char| c.is_lowercase() || c == '_');
        if !is_small || self.env.is_bound(name) {
            return None;
        }
        if self.open.contains(&text) {
            return Some(applies_itself(&text));
        }
        let hint = match self.env.near_function(&text) {
            Some(near) => format!("; did you mean `{near}`?"),
            // It is looked for elsewhere, or is a slip for a layer.
            None if !self.env.is_near(&text) => return None,
            None => String::new(),
        };
        Some(format!(
            "there is no function `{text}`{hint}\nhelp: a function is bound before it is applied: `let {text} = |x| {{ ... }};`"
        ))
    }

    /// The function that is needed and not known.
    pub(super) fn wanted(&mut self) -> Option<Path> {
        self.items.wanted.take()
    }
}
