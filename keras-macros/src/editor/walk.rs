//! The statements and chains of a model, whatever state they are in.

use std::collections::HashMap;

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::quote;

use syn::Generics;

use super::Types;
use super::tokens::{
    any, closure, ends_small, fields as fields_of, function_doc, is, is_brace, is_layer, is_parenthesis,
    module_name, names, path_length, shown, unbound, worded,
};
use crate::parse::{at_arrow, at_char, at_comma, is_loop, modules, statements};

/// What a name stands for.
#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    /// A number or word: a variable.
    Value,
    /// A tensor: a variable.
    Tensor,
    /// A function or block: a struct in the module of this number.
    Step(usize),
}

/// A function or block of a model, as a struct.
struct Step {
    name: Ident,
    module: usize,
    doc: String,
    fields: Vec<(Ident, String)>,
}

/// What is known on the way through a model.
pub struct Walk<'a> {
    types: &'a Types,
    pub scope: HashMap<String, Kind>,
    steps: Vec<Step>,
}

impl<'a> Walk<'a> {
    pub fn new(types: &'a Types) -> Self {
        Walk { types, scope: HashMap::new(), steps: Vec::new() }
    }

    /// Modules of all that may follow `=>`; a name that is bound twice is in two modules.
    pub fn modules(&self) -> TokenStream {
        let count = self.steps.iter().map(|step| step.module + 1).max().unwrap_or(1);
        let modules = (0..count).map(|module| {
            let name = module_name(module);
            let steps = self.steps.iter().filter(|step| step.module == module).map(|step| {
                let Step { name, doc, fields, .. } = step;
                let fields = fields_of(fields);
                quote! { #[doc = #doc] pub struct #name { #fields } }
            });
            quote! {
                mod #name {
                    pub use ::keras_core::shape::vocabulary::layers::*;
                    #(#steps)*
                }
            }
        });
        modules.collect()
    }

    fn step(&mut self, name: &Ident, doc: String, fields: Vec<(Ident, String)>) {
        let module = self.steps.iter().filter(|step| step.name == *name).count();
        self.steps.push(Step { name: name.clone(), module, doc, fields });
        self.scope.insert(name.to_string(), Kind::Step(module));
    }

    /// The parameters of a model: constants have their values, and types that are numbers become variables too.
    pub fn parameters(&mut self, params: &Generics) -> TokenStream {
        let constants = params.const_params().map(|param| &param.ident);
        let types: Vec<&Ident> = params.type_params().map(|param| &param.ident).collect();
        for name in constants.chain(types.iter().copied()) {
            self.scope.insert(name.to_string(), Kind::Value);
        }
        let value = any();
        quote! { #(let #types = #value;)* }
    }

    /// Statements and a result, in a scope of their own.
    pub fn body(&mut self, tokens: TokenStream) -> TokenStream {
        let outer = self.scope.clone();
        let (pieces, tail) = statements(tokens);
        let mut out: TokenStream = pieces.into_iter().map(|piece| self.statement(piece)).collect();
        out.extend(self.statement(tail));
        self.scope = outer;
        out
    }

    fn statement(&mut self, tokens: TokenStream) -> TokenStream {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let word = match trees.first() {
            Some(TokenTree::Ident(word)) => word.to_string(),
            _ => String::new(),
        };
        match word.as_str() {
            "let" => self.binding(&trees[1..]),
            "for" => self.for_loop(&trees[1..]),
            "if" => self.choice(&trees),
            _ => match trees.iter().take(3).position(|tree| is(Some(tree), '=')) {
                Some(at) if at > 0 && !is(trees.get(at + 1), '>') => {
                    let (name, rest) = (&trees[0], self.chain(trees[at + 1..].iter().cloned().collect()));
                    quote! { let _ = #name; #rest }
                }
                _ => self.chain(trees.into_iter().collect()),
            },
        }
    }

    fn binding(&mut self, trees: &[TokenTree]) -> TokenStream {
        let equals = trees.iter().position(|tree| is(Some(tree), '=')).unwrap_or(trees.len());
        let names = names(&trees[..equals]);
        let rest: TokenStream = trees.iter().skip(equals + 1).cloned().collect();
        let Some(name) = names.first() else { return self.chain(rest) };
        if let Some((params, body)) = closure(&rest) {
            let doc = function_doc("this model", &params);
            let (fields, inside) = self.function(params, body);
            self.step(name, doc, fields);
            return inside;
        }
        match self.kind(&rest) {
            Kind::Value => {
                let value = super::args::rust(&rest).unwrap_or_else(any);
                self.scope.insert(name.to_string(), Kind::Value);
                quote! { let #name = #value; }
            }
            Kind::Tensor => {
                let mut out = self.chain(rest);
                names.iter().for_each(|name| out.extend(self.tensor(name)));
                out
            }
            Kind::Step(_) => {
                let doc = format!("Layers of this model, with one set of weights: `{}`.", shown(&rest));
                let out = self.chain(rest);
                self.step(name, doc, Vec::new());
                out
            }
        }
    }

    /// A variable with the type of a tensor.
    fn tensor(&mut self, name: &Ident) -> TokenStream {
        self.scope.insert(name.to_string(), Kind::Tensor);
        let ty = self.types.of(name.span()).cloned();
        let ty = ty.unwrap_or_else(|| quote! { ::keras_core::tensor::Tensor<_> });
        quote! { let #name: #ty = ::keras_core::shape::vocabulary::any(); }
    }

    /// What a `let` binds.
    fn kind(&self, tokens: &TokenStream) -> Kind {
        let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let trees = &trees[modules(&trees)..];
        let called = matches!(trees.get(1), Some(TokenTree::Group(_)));
        match trees.first() {
            Some(TokenTree::Ident(name)) => match self.scope.get(&name.to_string()) {
                Some(Kind::Step(module)) if !called => Kind::Step(*module),
                Some(Kind::Value) => Kind::Value,
                Some(_) => Kind::Tensor,
                None if at_arrow(tokens.clone()).0.len() > 1 && !is_layer(name) => Kind::Tensor,
                None if is_layer(name) => Kind::Step(0),
                None if name == "Input" || name == "if" || called => Kind::Tensor,
                None => Kind::Value,
            },
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => Kind::Tensor,
            Some(TokenTree::Group(group)) if at_arrow(group.stream()).0.len() > 1 => Kind::Tensor,
            _ if at_arrow(tokens.clone()).0.len() > 1 => Kind::Tensor,
            _ => Kind::Value,
        }
    }

    /// The fields and the statements of a function.
    pub fn function(
        &mut self,
        params: TokenStream,
        body: TokenStream,
    ) -> (Vec<(Ident, String)>, TokenStream) {
        let outer = self.scope.clone();
        let (mut fields, mut out) = (Vec::new(), TokenStream::new());
        for (i, piece) in at_comma(params).into_iter().enumerate() {
            let Some(name) = names(&piece.clone().into_iter().take(2).collect::<Vec<_>>()).into_iter().next()
            else {
                continue;
            };
            if i > 0 {
                let text = shown(&piece);
                fields.push((name.clone(), format!("`{}`", text.trim_start_matches("mut "))));
            }
            if i == 0 || self.types.of(name.span()).is_some() {
                out.extend(self.tensor(&name));
                continue;
            }
            let trees: Vec<TokenTree> = piece.into_iter().collect();
            let equals = trees.iter().position(|tree| is(Some(tree), '='));
            let default = equals.map(|at| trees[at + 1..].iter().cloned().collect());
            let value = default.as_ref().and_then(super::args::rust).unwrap_or_else(any);
            self.scope.insert(name.to_string(), Kind::Value);
            out.extend(quote! { let #name = #value; });
        }
        let body = self.body(body);
        self.scope = outer;
        (fields, quote! { { #out #body } })
    }

    fn for_loop(&mut self, trees: &[TokenTree]) -> TokenStream {
        let is_in = |tree: &TokenTree| matches!(tree, TokenTree::Ident(word) if word == "in");
        let (Some(at), Some(TokenTree::Group(group))) = (trees.iter().position(is_in), trees.last()) else {
            return TokenStream::new();
        };
        let outer = self.scope.clone();
        let head = self.loop_head(&trees[..at], trees.get(at + 1..trees.len() - 1).unwrap_or_default());
        let body = self.body(group.stream());
        self.scope = outer;
        quote! { #head { #body } }
    }

    /// `for (a, b) in list`, whose names are values from here on.
    fn loop_head(&mut self, pattern: &[TokenTree], list: &[TokenTree]) -> TokenStream {
        let list = super::args::rust(&list.iter().cloned().collect()).unwrap_or_else(any);
        let names = names(pattern);
        self.scope.extend(names.iter().map(|name| (name.to_string(), Kind::Value)));
        quote! { for (#(#names),*) in #list }
    }

    /// `if a { ... } else { ... }`, and perhaps `=> layer` behind it.
    fn choice(&mut self, trees: &[TokenTree]) -> TokenStream {
        let (mut out, mut at) = (TokenStream::new(), 0);
        while let Some(TokenTree::Ident(word)) = trees.get(at)
            && (word == "if" || word == "else")
        {
            at += 1;
            if word == "else" && matches!(trees.get(at), Some(TokenTree::Ident(word)) if word == "if") {
                continue;
            }
            let Some(brace) = trees[at..].iter().position(is_brace).map(|brace| at + brace) else { break };
            let condition: TokenStream = trees[at..brace].iter().cloned().collect();
            if let Some(condition) = super::args::rust(&condition) {
                out.extend(quote! { let _ = #condition; });
            }
            if let TokenTree::Group(group) = &trees[brace] {
                let body = self.body(group.stream());
                out.extend(quote! { { #body } });
            }
            at = brace + 1;
        }
        out.extend(self.chain(trees[at..].iter().cloned().collect()));
        out
    }

    /// `source => layer => layer`.
    pub fn chain(&mut self, tokens: TokenStream) -> TokenStream {
        let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
        if matches!(trees.first(), Some(TokenTree::Ident(word)) if word == "if") {
            return self.choice(&trees);
        }
        let (pieces, _) = at_arrow(tokens);
        let mut out = TokenStream::new();
        for (i, piece) in pieces.into_iter().enumerate() {
            if !piece.is_empty() {
                out.extend(self.item(piece));
            } else if i > 0 {
                // Where the next layer is about to be written.
                let module = module_name(0);
                out.extend(quote! { let _: #module::; });
            }
        }
        out
    }

    /// What stands between two arrows: one layer, tensor or list, or several with signs between.
    fn item(&mut self, tokens: TokenStream) -> TokenStream {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let (mut out, mut at) = (TokenStream::new(), modules(&trees));
        while let Some(tree) = trees.get(at) {
            at += match tree {
                // Behind a layer with its arguments stand those of its call.
                TokenTree::Group(group) if at > 0 && is_parenthesis(&trees[at - 1]) => {
                    out.extend(self.values(group.stream()));
                    1
                }
                TokenTree::Group(group) => {
                    out.extend(self.group(group));
                    1
                }
                TokenTree::Ident(_) => {
                    let length = path_length(&trees[at..]);
                    let path = &trees[at..at + length];
                    match (path, trees.get(at + length)) {
                        ([TokenTree::Ident(name)], Some(TokenTree::Group(group)))
                            if group.delimiter() == Delimiter::Parenthesis =>
                        {
                            out.extend(self.call(name, group.stream()));
                            length + 1
                        }
                        ([TokenTree::Ident(name)], _) => {
                            out.extend(self.name(name));
                            length
                        }
                        (path, Some(TokenTree::Group(group)))
                            if group.delimiter() == Delimiter::Parenthesis && ends_small(path) =>
                        {
                            let path = path.iter().map(worded);
                            out.extend(self.elsewhere(&quote! { #(#path)* }, group.stream()));
                            length + 1
                        }
                        (path, Some(TokenTree::Group(group)))
                            if group.delimiter() == Delimiter::Parenthesis =>
                        {
                            out.extend(self.own(path));
                            out.extend(self.values(group.stream()));
                            length + 1
                        }
                        (path, _) => {
                            out.extend(self.own(path));
                            length
                        }
                    }
                }
                _ => 1,
            };
        }
        out
    }

    /// The type of a model or of an own layer. What is computed among its arguments are values beside it.
    fn own(&mut self, path: &[TokenTree]) -> TokenStream {
        let open = path.iter().position(|tree| is(Some(tree), '<'));
        let Some(open) = open.filter(|_| is(path.last(), '>')) else {
            return quote! { let _: #(#path)*; };
        };
        let (mut args, mut values) = (TokenStream::new(), TokenStream::new());
        let (before, inside) = (&path[..open], &path[open + 1..path.len() - 1]);
        for (i, arg) in at_comma(inside.iter().cloned().collect()).into_iter().enumerate() {
            if i > 0 {
                args.extend(quote! { , });
            }
            match self.computed(&arg) {
                Some(value) => {
                    let value = self.value(value, None);
                    args.extend(quote! { _ });
                    values.extend(quote! { let _ = #value; });
                }
                None => args.extend(arg),
            }
        }
        quote! { let _: #(#before)* < #args >; #values }
    }

    /// An argument of a type that is a value: a variable, or arithmetic, perhaps in brackets.
    fn computed(&self, arg: &TokenStream) -> Option<TokenStream> {
        let trees: Vec<TokenTree> = arg.clone().into_iter().collect();
        match trees.as_slice() {
            [] => None,
            [TokenTree::Ident(name)] => {
                (self.scope.get(&name.to_string()) == Some(&Kind::Value)).then(|| arg.clone())
            }
            [TokenTree::Group(group)] => Some(group.stream()),
            _ => syn::parse2::<syn::GenericArgument>(arg.clone()).is_err().then(|| arg.clone()),
        }
    }

    /// A block in braces, or the parts of a list.
    fn group(&mut self, group: &Group) -> TokenStream {
        if group.delimiter() == Delimiter::Brace {
            let body = self.body(group.stream());
            return quote! { { #body } };
        }
        if is_loop(&group.stream()) {
            return self.list_loop(&group.stream());
        }
        let pieces = at_char(group.stream(), ';').into_iter().flat_map(at_comma);
        pieces.filter(|piece| !piece.is_empty()).map(|piece| self.statement(piece)).collect()
    }

    /// The loops of `[x => Dense(n) for n in sizes]`, with the element inside.
    fn list_loop(&mut self, tokens: &TokenStream) -> TokenStream {
        let trees: Vec<TokenTree> = tokens.clone().into_iter().collect();
        let is_word =
            |tree: &TokenTree, wanted: &str| matches!(tree, TokenTree::Ident(word) if word == wanted);
        let mut parts = trees.split(|tree| is_word(tree, "for"));
        let element: TokenStream = parts.next().unwrap_or_default().iter().cloned().collect();
        let outer = self.scope.clone();
        let mut around = Vec::new();
        for part in parts {
            let at = part.iter().position(|tree| is_word(tree, "in")).unwrap_or(part.len());
            let list = part.get(at + 1..).unwrap_or_default().split(|tree| is_word(tree, "if")).next();
            around.push(self.loop_head(&part[..at], list.unwrap_or_default()));
        }
        let body = self.statement(element);
        self.scope = outer;
        around.into_iter().rev().fold(body, |body, around| quote! { #around { #body } })
    }

    /// A name without arguments.
    fn name(&self, name: &Ident) -> TokenStream {
        match self.scope.get(&name.to_string()) {
            Some(Kind::Step(module)) => {
                let module = module_name(*module);
                quote! { let _: #module::#name; }
            }
            Some(_) => quote! { let _ = #name; },
            None => unbound(name),
        }
    }
}
