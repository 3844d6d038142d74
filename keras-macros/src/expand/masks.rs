//! The operations of which Keras makes masks, as Rust.

use keras_shape::{MaskOperation, MaskSource, Precision};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use super::Expansion;

impl Expansion<'_> {
    /// What each operation computes, of which tensors.
    pub(super) fn mask_infos(&self) -> TokenStream {
        let infos = self.graph.masks.nodes.iter().map(|mask| {
            let (name, operation) = (&mask.name, operation(mask.operation));
            let inputs = mask.inputs.iter().map(|mask| source(*mask));
            quote! {
                ::keras_core::model::MaskInfo { name: #name, operation: #operation, inputs: &[#(#inputs),*] }
            }
        });
        quote! { &[#(#infos),*] }
    }

    /// The nodes that are given masks, each with its mask.
    pub(super) fn masked(&self) -> TokenStream {
        let given = self.graph.masks.given.iter().map(|given| {
            let (node, mask, if_model) = (given.node, source(given.mask), given.if_model);
            quote! { ::keras_core::shape::MaskGiven { node: #node, mask: #mask, if_model: #if_model } }
        });
        quote! { &[#(#given),*] }
    }
}

fn operation(operation: MaskOperation) -> TokenStream {
    let precision = |precision: Precision| {
        let name = format_ident!("{precision:?}");
        quote! { ::core::option::Option::Some(::keras_core::shape::Precision::#name) }
    };
    let variant = match operation {
        MaskOperation::Cast(to) => {
            let to = to.map_or(quote! { ::core::option::Option::None }, precision);
            quote! { Cast(#to) }
        }
        MaskOperation::NotEqual(number, whole) => {
            // Rust has no words for these as numbers.
            let number = match number {
                _ if number.is_nan() => quote! { f64::NAN },
                _ if number == f64::INFINITY => quote! { f64::INFINITY },
                _ if number == f64::NEG_INFINITY => quote! { f64::NEG_INFINITY },
                number => quote! { #number },
            };
            quote! { NotEqual(#number, #whole) }
        }
        MaskOperation::Any => quote! { Any },
        MaskOperation::ExpandDims => quote! { ExpandDims },
        MaskOperation::ZerosLike => quote! { ZerosLike },
        MaskOperation::OnesLike => quote! { OnesLike },
        MaskOperation::LogicalOr => quote! { LogicalOr },
        MaskOperation::Concatenate(axis) => quote! { Concatenate(#axis) },
        MaskOperation::ConvertToTensor => quote! { ConvertToTensor },
    };
    quote! { ::keras_core::shape::MaskOperation::#variant }
}

fn source(source: MaskSource) -> TokenStream {
    let variant = match source {
        MaskSource::Input(input) => quote! { Input(#input) },
        MaskSource::Node(node, output) => quote! { Node(#node, #output) },
        MaskSource::Mask(mask) => quote! { Mask(#mask) },
    };
    quote! { ::keras_core::shape::MaskSource::#variant }
}
