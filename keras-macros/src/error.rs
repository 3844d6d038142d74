//! Mistakes, collected so that one run of the compiler shows them all.

use std::collections::HashMap;
use std::rc::Rc;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;

use crate::limits;

/// The mistakes found so far.
#[derive(Clone, Default)]
pub struct Errors {
    list: Vec<Mistake>,
    /// Where each is and what it says: a layer that is repeated, or that stands in a function or a loop, makes its
    /// mistake once.
    known: HashMap<(usize, usize, String), usize>,
    count: usize,
    /// The applications of functions and rounds of loops that are being looked at, the outermost first.
    context: Vec<Rc<str>>,
}

#[derive(Clone)]
struct Mistake {
    error: syn::Error,
    context: Vec<Rc<str>>,
    /// How many other applications or rounds make it too.
    others: usize,
}

impl Errors {
    /// Notes a mistake at one token.
    pub fn at(&mut self, span: Span, message: impl std::fmt::Display) {
        self.push(syn::Error::new(span, shortened(message.to_string())));
    }

    /// Notes a mistake at a stretch of tokens.
    pub fn over(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.push(syn::Error::new_spanned(tokens, shortened(message.to_string())));
    }

    /// How many were found, those that are not reported counted too.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Notes a mistake that the compiler has reported already.
    pub fn is_reported(&mut self) {
        self.count += 1;
    }

    /// Notes a mistake that the parser found. After [`limits::MISTAKES`] different ones they are only counted.
    pub fn push(&mut self, mut error: syn::Error) {
        self.count += 1;
        if error.to_string().len() > limits::MESSAGE {
            error = syn::Error::new_spanned(error.to_compile_error(), shortened(error.to_string()));
        }
        let (line, column) = place(&error);
        // In a function or a loop one mistake has many forms, and the first is told.
        let text = if self.context.is_empty() { error.to_string() } else { String::new() };
        if let Some(at) = self.known.get(&(line, column, text.clone())) {
            let first = &mut self.list[*at];
            first.others += usize::from(first.context != self.context);
            return;
        }
        if self.is_full() {
            return;
        }
        self.known.insert((line, column, text), self.list.len());
        self.list.push(Mistake { error, context: self.context.clone(), others: 0 });
    }

    /// Notes the mistakes of `look` as made inside `context`.
    pub fn within<T>(&mut self, context: impl Into<Option<Rc<str>>>, look: impl FnOnce(&mut Self) -> T) -> T {
        let depth = self.context.len();
        self.context.extend(context.into());
        let result = look(self);
        self.context.truncate(depth);
        result
    }

    /// What is being looked at.
    pub fn context(&self) -> Vec<Rc<str>> {
        self.context.clone()
    }

    /// Looks at something else from here on.
    pub fn set_context(&mut self, context: Vec<Rc<str>>) {
        self.context = context;
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Whether further mistakes are not reported: then nothing more need be said of them.
    pub fn is_full(&self) -> bool {
        self.list.len() >= limits::MISTAKES
    }

    /// The mistakes without what led to them.
    pub fn plain(self) -> Vec<syn::Error> {
        self.list.into_iter().map(|mistake| mistake.error).collect()
    }

    /// The tokens that make the compiler report them, in the order of the source.
    pub fn into_tokens(mut self) -> TokenStream {
        let full = self.is_full();
        self.list.sort_by_key(|mistake| place(&mistake.error));
        let mut list: Vec<syn::Error> = self.list.into_iter().map(Mistake::into_error).collect();
        if let Some(last) = list.last().filter(|_| full) {
            let message = format!("the first {} mistakes are shown; there may be more", limits::MISTAKES);
            list.push(syn::Error::new(last.span(), message));
        }
        list.into_iter().map(syn::Error::into_compile_error).collect()
    }
}

impl Mistake {
    /// The error with the applications that led to it, the innermost first.
    fn into_error(self) -> syn::Error {
        if self.context.is_empty() {
            return self.error;
        }
        let mut path = self.context.iter().rev().map(|at| format!("\n{at}")).collect::<String>();
        match self.others {
            0 => {}
            1 => path += "\nand in one more place",
            more => path += &format!("\nand in {more} more places"),
        }
        let text = shortened(format!("{}{path}", self.error));
        syn::Error::new_spanned(self.error.to_compile_error(), text)
    }
}

/// The first of these reports.
pub fn first(errors: &TokenStream) -> TokenStream {
    let mut trees = errors.clone().into_iter();
    let mut first = TokenStream::new();
    for tree in trees.by_ref() {
        let is_end = matches!(tree, TokenTree::Group(_));
        first.extend([tree]);
        if is_end {
            break;
        }
    }
    first
}

fn place(error: &syn::Error) -> (usize, usize) {
    let start = error.span().start();
    (start.line, start.column)
}

/// A message of at most [`limits::MESSAGE`] characters: source that is quoted in it may be of any length.
fn shortened(message: String) -> String {
    match message.char_indices().nth(limits::MESSAGE) {
        Some((end, _)) => format!("{} ...", &message[..end]),
        None => message,
    }
}
