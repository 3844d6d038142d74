//! The shapes of all inputs or outputs of a model as one type.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use syn::Ident;

use super::Expansion;
use super::types::list_of;

/// Up to here the lists of `keras_core::tensor` are tuples.
pub const TUPLES: usize = 8;

/// Which tensors of a model a list is of.
#[derive(Clone, Copy)]
pub enum Side {
    /// What it takes.
    Inputs,
    /// What it gives.
    Outputs,
}

impl Expansion<'_> {
    /// The shapes of all inputs or outputs: `Of<S>` for one, a tuple of them for several, for many a type of the
    /// model's own.
    pub fn model_list(&self, side: Side, shapes: &[TokenStream]) -> TokenStream {
        if shapes.len() <= TUPLES {
            return list_of(shapes);
        }
        let name = self.list_name(side);
        quote! { #name<#(#shapes),*> }
    }

    /// A list of these shapes, too long for a tuple.
    pub fn list_of(&self, side: Side, shapes: &[Ident]) -> TokenStream {
        let name = self.list_name(side);
        quote! { #name<#(#shapes),*> }
    }

    fn list_name(&self, side: Side) -> Ident {
        match side {
            Side::Inputs => format_ident!("{}InputShapes", self.name),
            Side::Outputs => format_ident!("{}OutputShapes", self.name),
        }
    }

    /// The types of lists that are too long for tuples, with all that such a list has to have.
    pub fn long_lists(&self) -> TokenStream {
        if self.broken {
            return TokenStream::new();
        }
        let inputs = self.long_list(Side::Inputs, self.graph.inputs.len());
        let outputs = self.long_list(Side::Outputs, self.graph.outputs.len());
        quote! { #inputs #outputs }
    }

    fn long_list(&self, side: Side, count: usize) -> TokenStream {
        if count <= TUPLES {
            return TokenStream::new();
        }
        let name = self.list_name(side);
        let shapes: Vec<Ident> = (0..count).map(|i| format_ident!("S{i}")).collect();
        let values: Vec<Ident> = (0..count).map(|i| format_ident!("V{i}")).collect();
        let places = (0..count).map(Literal::usize_unsuffixed);
        let n = Literal::usize_unsuffixed(count);
        let vis = self.model.head.as_ref().map(|head| &head.vis);
        let losses = match side {
            Side::Inputs => TokenStream::new(),
            Side::Outputs => quote! {
                ::keras_core::__loss_lists! {
                    [#name<#(#shapes),*>]
                    [#name<#(::keras_core::training::losses::TargetShape<#values, #shapes>),*>]
                    [#name<#(::keras_core::training::losses::TargetShape<V, #shapes>),*>]
                    #n (#(#shapes #values),*);
                }
            },
        };
        quote! {
            #[doc(hidden)]
            #vis struct #name<#(#shapes),*>(::core::marker::PhantomData<fn() -> (#(#shapes,)*)>);
            ::keras_core::__tensor_lists! { [#name<#(#shapes),*>] #n (#(#shapes #values #places),*); }
            #losses
        }
    }
}
