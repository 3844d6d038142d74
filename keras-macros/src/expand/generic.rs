//! Models with parameters: their constants are those of a type with the same parameters.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

use super::Expansion;
use crate::parse::ParameterKind;
use crate::probe::Axis;
use crate::resolve::TensorRef;

impl Expansion<'_> {
    /// One of the model's constants, where it is used.
    pub fn at(&self, constant: &Ident) -> TokenStream {
        if self.params.is_empty() {
            return quote! { #constant };
        }
        let (_, of, _) = self.params.generics.split_for_impl();
        quote_spanned! { constant.span()=> <__Proof #of>::#constant }
    }

    /// The type that has the constants.
    pub(super) fn proof(&self, constants: TokenStream) -> TokenStream {
        let (with, of, bounds) = self.params.generics.split_for_impl();
        let (types, shapes) = (self.params.types(), self.computed_shapes());
        quote! {
            #[doc(hidden)]
            pub struct __Proof #with (::core::marker::PhantomData<fn() -> (#(#types,)*)>) #bounds;
            impl #with __Proof #of #bounds { #constants }
            #shapes
        }
    }

    /// What is checked wherever the parameters are known: `__CHECK` panics on the layer's token, `__PROBLEM` is for
    /// who reports it where the model is used.
    pub(super) fn conditions(&self) -> TokenStream {
        let conditions = (0..self.graph.nodes.len()).map(|i| self.condition(i));
        let nodes = self.graph.nodes.iter().enumerate().map(|(i, node)| {
            let (name, inferred) = (&self.graph.layers[node.layer].name, self.node(i));
            quote! { (#name, &#inferred) }
        });
        let values = self.params.list.iter().map(|param| {
            let (name, text) = (&param.name, param.name.to_string());
            match param.kind {
                ParameterKind::Size | ParameterKind::Const => quote! { (#text, #name as usize, false) },
                ParameterKind::Bool => quote! { (#text, #name as usize, true) },
                ParameterKind::Number => {
                    quote! { (#text, <#name as ::keras_core::typenum::Unsigned>::USIZE, false) }
                }
            }
        });
        let (model, agreements) = (self.name.unraw().to_string(), self.agreements());
        let (blamed, blames) = self.blames();
        let blames = blames.into_iter().map(|(_, blame)| blame);
        quote! {
            #blamed
            const __PROBLEM: ::core::option::Option<::keras_core::shape::ShapeError> =
                ::keras_core::model::problem(#model, &[#(#values),*], &[#(#nodes),*]);
            const __CHECK: () = { #(#conditions)* #(#blames)* #agreements };
        }
    }

    /// `<In: LayerInput, const N: usize>`: the parameters of an `impl` of `Layer<In>`.
    pub(super) fn layer_generics(&self) -> TokenStream {
        let mut generics = self.params.generics.clone();
        let input: syn::GenericParam = syn::parse_quote!(In: ::keras_core::tensor::LayerInput);
        generics.params.insert(0, input);
        let (with, ..) = generics.split_for_impl();
        quote! { #with }
    }

    /// The shape of a tensor as a type.
    pub(super) fn generic_shape(&self, tensor: TensorRef, border: bool) -> TokenStream {
        let span = self.span_of(tensor);
        if self.broken || tensor == TensorRef::Broken {
            return quote! { ::keras_core::tensor::Unknown };
        }
        let (_, of, _) = self.params.generics.split_for_impl();
        let index = self.axes.index(tensor);
        let Some(axes) = self.axes.of(tensor) else {
            return quote_spanned! { span=> ::keras_core::tensor::Computed<__Proof #of, #index> };
        };
        let axes = axes.iter().enumerate().map(|(i, axis)| {
            if border {
                return axis.border();
            }
            axis.inside(quote! { ::keras_core::tensor::ComputedAxis<__Proof #of, #index, #i> })
        });
        quote_spanned! { span=> (#(#axes,)*) }
    }

    /// The shape of a tensor as a value.
    pub(super) fn shape_of(&self, tensor: TensorRef) -> TokenStream {
        let spec = self.spec(tensor);
        let shape = quote! { ::keras_core::model::shape_of(#spec) };
        if self.params.is_empty() || self.broken || matches!(tensor, TensorRef::Input(_)) {
            return shape;
        }
        // With this, the compiler goes through the nodes from the first: from the last it would nest too deep.
        let problem = self.at(&quote::format_ident!("__PROBLEM"));
        quote! {{ let _ = #problem; #shape }}
    }

    /// The shapes that no type can say, as values for `Computed`.
    fn computed_shapes(&self) -> TokenStream {
        let mut tensors: Vec<TensorRef> = self.graph.outputs.clone();
        tensors.extend((0..self.graph.inputs.len()).map(TensorRef::Input));
        tensors.extend(self.graph.nodes.iter().flat_map(|node| &node.inputs).copied());
        tensors.extend((0..self.graph.nodes.len()).map(|node| TensorRef::Node(node, 0)));
        let (with, of, bounds) = self.params.generics.split_for_impl();
        let mut seen = std::collections::HashSet::new();
        let needed = tensors.into_iter().filter(|tensor| {
            *tensor != TensorRef::Broken && !self.axes.is_known(*tensor) && seen.insert(*tensor)
        });
        let shapes = needed.map(|tensor| {
            let (index, spec) = (self.axes.index(tensor), self.spec(tensor));
            quote! {
                impl #with ::keras_core::tensor::ShapeAt<#index> for __Proof #of #bounds {
                    const DIMS: ::keras_core::shape::Shape = ::keras_core::model::shape_of(#spec);
                }
            }
        });
        quote! { #(#shapes)* }
    }

    /// What has to hold so that the shapes of inputs and outputs are types: `U2: Mul<H>`.
    pub(super) fn model_bounds(&self) -> TokenStream {
        let inputs = (0..self.graph.inputs.len()).map(TensorRef::Input);
        let tensors: Vec<TensorRef> = inputs.chain(self.graph.outputs.iter().copied()).collect();
        let mut seen = std::collections::HashSet::new();
        let mut bounds = Vec::new();
        for axis in tensors.iter().filter_map(|tensor| self.axes.of(*tensor)).flatten() {
            let Axis::Number(number) = axis else { continue };
            bounds.extend(number.all_bounds().into_iter().filter(|bound| seen.insert(bound.to_string())));
        }
        let given = self.params.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
        let given: Vec<TokenStream> = given.map(|predicate| quote! { #predicate }).collect();
        if self.broken || (bounds.is_empty() && given.is_empty()) {
            let (.., clause) = self.params.generics.split_for_impl();
            return quote! { #clause };
        }
        quote! { where #(#given,)* #(#bounds,)* }
    }

    /// Where the types of outputs were found by trying values, the truth is compared with them.
    fn agreements(&self) -> TokenStream {
        let mut checks = TokenStream::new();
        for output in &self.graph.outputs {
            let spec = self.spec(*output);
            for (i, axis) in self.axes.of(*output).unwrap_or_default().iter().enumerate() {
                let Some(value) = axis.value() else { continue };
                checks.extend(quote! { ::keras_core::model::agrees(#spec, #i, #value); });
            }
        }
        checks
    }
}
