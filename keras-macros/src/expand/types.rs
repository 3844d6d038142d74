//! Shapes as types, for the border with data and for own layers.

use keras_shape::{Dim, TensorSpec};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::Expansion;
use crate::resolve::TensorRef;

/// The most tensors for which `LayerInput` has a list of shapes.
const LISTED: usize = 16;

impl Expansion<'_> {
    /// The shape of a tensor as a type.
    pub fn shape_type(&self, tensor: TensorRef) -> TokenStream {
        if !self.params.is_empty() {
            return self.generic_shape(tensor, true);
        }
        let span = self.span_of(tensor);
        let known = self.shapes.of(tensor);
        if known.is_none() && (self.broken || tensor == TensorRef::Broken) {
            return quote! { ::keras_core::tensor::Unknown };
        }
        type_of(known, &self.spec(tensor), span)
    }

    /// Where the constant of a tensor stands; its type is computed from that.
    pub fn span_of(&self, tensor: TensorRef) -> Span {
        match tensor {
            TensorRef::Node(node, _) => self.spans[node],
            TensorRef::Input(_) | TensorRef::Broken => Span::call_site(),
        }
    }

    /// What a layer is given: a shape for one tensor, a list of shapes for several, the number of many.
    pub fn layer_input_type(&self, tensors: &[TensorRef]) -> TokenStream {
        let shape = |tensor: &TensorRef| match self.params.is_empty() {
            true => self.shape_type(*tensor),
            false => self.generic_shape(*tensor, false),
        };
        match tensors {
            [] => quote! { ::keras_core::tensor::Unknown },
            [one] => shape(one),
            _ if tensors.len() > LISTED => {
                let count = tensors.len();
                quote! { ::keras_core::tensor::Many<#count> }
            }
            _ => list_of(&tensors.iter().map(shape).collect::<Vec<_>>()),
        }
    }
}

/// The shape of a tensor as a type, from what the macro knows of it, and from the expression of what the compiler knows.
pub(super) fn type_of(known: Option<TensorSpec>, spec: &TokenStream, span: Span) -> TokenStream {
    let Some(known) = known else { return computed_type(spec, span) };
    let axes = known.shape.dims().iter().enumerate().map(|(axis, dim)| match dim {
        Dim::Fixed(n) => quote! { ::keras_core::tensor::Len<#n> },
        Dim::Dynamic(_) | Dim::Derived(..) => quote! { ::keras_core::tensor::Dyn },
        Dim::Later => {
            quote_spanned! { span=> ::keras_core::tensor::Len<{ ::keras_core::model::axis(#spec, #axis) }> }
        }
    });
    quote! { (#(#axes,)*) }
}

/// The type of a tensor of which the macro knows nothing: the output of an own layer, say. The compiler computes rank
/// and axes. A macro writes that: it is long, and a model may have a thousand of them.
fn computed_type(spec: &TokenStream, span: Span) -> TokenStream {
    quote_spanned! { span=> ::keras_core::__computed_shape!(#spec) }
}

/// Shapes as a list: `Of<S>` for one, a tuple of them for several.
pub(super) fn list_of(shapes: &[TokenStream]) -> TokenStream {
    match shapes {
        [one] => quote! { ::keras_core::tensor::Of<#one> },
        _ => quote! { (#(::keras_core::tensor::Of<#shapes>,)*) },
    }
}
