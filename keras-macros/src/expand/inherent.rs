//! What a model has besides traits: `new`, the number of parameters, and what users call.

use proc_macro2::TokenStream;
use quote::quote;

use super::Expansion;
use super::imp::own_layer;
use crate::resolve::{Kind, TensorRef};

impl Expansion<'_> {
    /// `new`, the number of parameters, and what users call.
    pub(super) fn inherent(&self) -> TokenStream {
        let name = &self.name;
        let fields = self.fields.iter().enumerate().map(|(i, field)| {
            let value = self.new_layer(i);
            quote! { #field: #value, }
        });
        let params = self.parameter_count();
        let (with, of, bounds) = self.params.generics.split_for_impl();
        let proved = (!self.params.is_empty()).then(|| {
            let check = self.at(&quote::format_ident!("__CHECK"));
            quote! { const { #check } }
        });
        let types =
            (!self.params.types().is_empty()).then(|| quote! { __params: ::core::marker::PhantomData, });
        // Nobody names the type of a block.
        let interface = (!self.inner).then(|| self.interface());
        quote! {
            impl #with #name #of #bounds {
                #params

                /// The model with fresh weights.
                pub fn new() -> Self {
                    #proved
                    Self { #(#fields)* __core: ::keras_core::model::Core::new(), #types }
                }

                #interface
            }
        }
    }

    /// What users call besides `new`.
    fn interface(&self) -> TokenStream {
        let input = self.graph.inputs.first().map(|_| {
            let first = self.at(&quote::format_ident!("__I0"));
            quote! {
                /// The shape of the input, the batch axis first.
                pub const INPUT_SHAPE: ::keras_core::shape::Shape = #first.shape;
            }
        });
        let output = self.graph.outputs.first().map(|tensor| {
            let shape = self.shape_of(*tensor);
            quote! {
                /// The shape of the output, the batch axis first.
                pub const OUTPUT_SHAPE: ::keras_core::shape::Shape = #shape;
            }
        });
        // `Model` may ask for more of the parameters.
        let weights = if self.params.is_empty() {
            quote! { ::keras_core::model::Model::weights }
        } else {
            quote! { ::keras_core::model::weights }
        };
        quote! {
            #input
            #output

            /// The model with weights that follow from `seed` alone.
            pub fn with_seed(seed: u64) -> Self {
                ::keras_core::device::with_seed(seed, Self::new)
            }

            // A model is a layer too, which has `weights` of its own: here it is the model's that is meant.
            /// The weights in Keras's order, each with its path, as `model.weights`.
            pub fn weights(
                &self,
            ) -> ::std::vec::Vec<(::std::string::String, ::keras_core::tensor::Raw)> {
                #weights(self)
            }
        }
    }

    /// The number of parameters as a constant; an own layer's weights are known at run time only.
    fn parameter_count(&self) -> TokenStream {
        let mut blocks = Vec::new();
        for (i, layer) in self.graph.layers.iter().enumerate() {
            match &layer.kind {
                Kind::Keras { .. } | Kind::Lambda { .. } => {}
                Kind::TimeDistributed { .. } | Kind::Model { .. }
                    if layer.block().is_some() && !layer.has_own() =>
                {
                    blocks.push(self.block_name(i));
                }
                Kind::Own { .. }
                | Kind::Cells { .. }
                | Kind::TimeDistributed { .. }
                | Kind::Block { .. }
                | Kind::Model { .. }
                | Kind::Broken(_) => {
                    return TokenStream::new();
                }
            }
        }
        let structure = self.structure_at();
        quote! {
            /// The number of parameters.
            pub const PARAMS: usize = ::keras_core::model::total_params(#structure) #(+ <#blocks>::PARAMS)*;
        }
    }

    /// A reference to what is known of the model.
    pub(super) fn structure_at(&self) -> TokenStream {
        if self.broken || self.params.is_empty() {
            return quote! { &__STRUCTURE };
        }
        self.at(&quote::format_ident!("__STRUCTURE"))
    }

    fn new_layer(&self, i: usize) -> TokenStream {
        let (made, layer) = (self.plain_layer(i), &self.graph.layers[i]);
        match &layer.kind {
            Kind::Own { .. } | Kind::TimeDistributed { .. } | Kind::Model { .. } if layer.is_frozen() => {
                quote! {{
                    let mut layer = #made;
                    ::keras_core::model::AnyLayer::set_trainable(&mut layer, false);
                    layer
                }}
            }
            _ => made,
        }
    }

    /// The same before it is frozen, of what is not frozen as it is made.
    fn plain_layer(&self, i: usize) -> TokenStream {
        let layer = &self.graph.layers[i];
        let (name, class) = (&layer.name, layer.class());
        match &layer.kind {
            Kind::Keras { .. } => {
                let (structure, trainable) = (self.structure_at(), layer.trainable);
                quote! { ::keras_core::model::Built::of(#structure, #i, #trainable) }
            }
            Kind::Own { path, args } => {
                let input = self.layer_input(i);
                own_layer(&self.params, path, args.as_deref(), (name, &class), layer.span, &input)
            }
            Kind::Model { .. } => self.new_block(i, name, &class, &self.layer_input(i)),
            Kind::Lambda { closure, .. } => {
                let input = self.layer_input(i);
                let node = self.graph.first(i).unwrap_or(0);
                let spec = self.spec(TensorRef::Node(node, 0));
                let closure = self.params.values(closure.clone());
                quote! {
                    ::keras_core::model::Lambda::new::<#input, _>(
                        #name, ::keras_core::model::shape_of(#spec), #closure,
                    )
                }
            }
            Kind::TimeDistributed { inner } => self.new_wrapper(i, name, inner),
            Kind::Cells { cells, .. } => {
                let node = self.graph.first(i).and_then(|node| self.graph.nodes[node].inputs.first());
                let spec = self.spec(node.copied().unwrap_or(TensorRef::Broken));
                let config = self.config(i);
                self.new_cells(layer, cells, &self.at(&config), &spec)
            }
            Kind::Block { .. } | Kind::Broken(_) => quote! { ::core::unreachable!() },
        }
    }

    fn layer_input(&self, layer: usize) -> TokenStream {
        let node = self.graph.first(layer);
        self.layer_input_type(node.map(|node| self.graph.nodes[node].inputs.as_slice()).unwrap_or_default())
    }
}
