//! Mistakes, collected so that one run of the compiler shows them all.

use std::rc::Rc;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The mistakes found so far.
#[derive(Default)]
pub struct Errors {
    list: Vec<Mistake>,
    /// The applications of functions and rounds of loops that are being looked at, the outermost first.
    context: Vec<Rc<str>>,
    /// Mistakes that the compiler reports by itself.
    elsewhere: usize,
}

struct Mistake {
    error: syn::Error,
    context: Vec<Rc<str>>,
    /// How many other applications or rounds make it too.
    others: usize,
}

impl Errors {
    /// Notes a mistake at one token.
    pub fn at(&mut self, span: Span, message: impl std::fmt::Display) {
        self.push(syn::Error::new(span, message));
    }

    /// Notes a mistake at a stretch of tokens.
    pub fn over(&mut self, tokens: impl ToTokens, message: impl std::fmt::Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.list.len() + self.elsewhere
    }

    /// Notes a mistake that the compiler has reported already.
    pub fn is_reported(&mut self) {
        self.elsewhere += 1;
    }

    /// Notes a mistake that the parser found.
    pub fn push(&mut self, error: syn::Error) {
        let context = self.context.clone();
        self.list.push(Mistake { error, context, others: 0 });
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
        self.len() == 0
    }

    /// The tokens that make the compiler report them, in the order of the source.
    pub fn into_tokens(mut self) -> TokenStream {
        let place = |mistake: &Mistake| {
            let start = mistake.error.span().start();
            (start.line, start.column)
        };
        self.list.sort_by_key(place);
        // A layer that is repeated, or that stands in a function or a loop, makes its mistake once.
        self.list.dedup_by(|a, b| {
            let inside = !a.context.is_empty() && !b.context.is_empty();
            let same = place(a) == place(b) && (inside || a.error.to_string() == b.error.to_string());
            b.others += usize::from(same && inside && a.context != b.context);
            same
        });
        self.list.into_iter().map(|mistake| mistake.into_error().into_compile_error()).collect()
    }
}

impl Mistake {
    /// The error with the applications that led to it, the innermost first.
    fn into_error(self) -> syn::Error {
        let mut error = self.error;
        if self.context.is_empty() {
            return error;
        }
        let mut path = self.context.iter().rev().map(|at| format!("\n{at}")).collect::<String>();
        match self.others {
            0 => {}
            1 => path += "\nand in one more place",
            more => path += &format!("\nand in {more} more places"),
        }
        let tokens = error.to_compile_error();
        error = syn::Error::new_spanned(tokens, format!("{error}{path}"));
        error
    }
}
