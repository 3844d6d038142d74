//! The traits that make the struct a model.

use keras_shape::{CallArgs, DType};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;

use super::Expansion;
use super::constants::{Typed, call_args, role_variant};
use super::lists::Side;
use crate::parse::Argument;
use crate::parse::Params;
use crate::resolve::{Kind, Member, TensorRef};

impl Expansion<'_> {
    /// Everything, in an anonymous constant that keeps its helpers to itself.
    pub fn implementation(&self) -> TokenStream {
        let constants = self.constants();
        let blocks = self.block_implementations();
        let structure = self.structure();
        let inherent = self.inherent();
        let traits = self.traits();
        let proof = if self.params.is_empty() {
            quote! { #constants #blocks #structure }
        } else {
            self.proof(quote! { #constants #structure })
        };
        quote! {
            #[allow(non_upper_case_globals, clippy::all)]
            const _: () = {
                #proof
                #inherent
                #traits
            };
        }
    }

    /// The same interface without any truth behind it: the mistake is already reported.
    /// `errors` report it.
    pub fn broken_implementation(&self, errors: &TokenStream) -> TokenStream {
        let name = &self.name;
        let (with, of, bounds) = self.params.generics.split_for_impl();
        let inherent = quote! {
            impl #with #name #of #bounds {
                /// The model does not compile.
                pub fn new() -> Self { ::core::unreachable!() }
                /// The model does not compile.
                pub fn with_seed(_: u64) -> Self { ::core::unreachable!() }
                /// The model does not compile.
                pub fn weights(&self) -> ::std::vec::Vec<(::std::string::String, ::keras_core::tensor::Raw)> {
                    ::core::unreachable!()
                }
                /// The model does not compile.
                pub const INPUT_SHAPE: ::keras_core::shape::Shape = ::keras_core::shape::Shape::new(&[]);
                /// The model does not compile.
                pub const OUTPUT_SHAPE: ::keras_core::shape::Shape = ::keras_core::shape::Shape::new(&[]);
                /// The model does not compile.
                pub const PARAMS: usize = 0;
            }
            static __STRUCTURE: ::keras_core::model::Structure = ::keras_core::model::Structure {
                name: "", sequential: true, connected: false, inputs: &[], layers: &[], nodes: &[], outputs: &[],
                output_names: &[], outputs_named: false, output_fields: &[], groups: &[], order: &[], masks: &[], masked: &[],
            };
        };
        let traits = self.traits();
        let mistake = self.reported.then(|| quote! { const __MISTAKE: usize = { #errors 0 }; });
        quote! { const _: () = { #mistake #inherent #traits }; }
    }

    fn input_type(&self) -> TokenStream {
        // What is fed to a broken model may be wrong for the same reason as the model.
        if self.broken || self.graph.inputs.is_empty() {
            return quote! { ::keras_core::tensor::Unknown };
        }
        self.fed_type(0)
    }

    /// The shape of what is fed to input `i`, which says whether it takes integers.
    fn fed_type(&self, i: usize) -> TokenStream {
        let (shape, input) = (self.shape_type(TensorRef::Input(i)), &self.graph.inputs[i]);
        match (input.dtype, &input.tensor) {
            (DType::Int32, None) => quote! { ::keras_core::tensor::Integers<#shape> },
            (DType::String, None) => quote! { ::keras_core::tensor::Strings<#shape> },
            // A typed tensor holds floats.
            (DType::Float32, _) | (_, Some(_)) => shape,
        }
    }

    fn output_type(&self) -> TokenStream {
        if self.broken {
            return quote! { ::keras_core::tensor::Unknown };
        }
        match self.graph.outputs.first() {
            Some(tensor) => self.shape_type(*tensor),
            None => quote! { ::keras_core::tensor::Unknown },
        }
    }

    fn structure(&self) -> TokenStream {
        let inputs = self.graph.inputs.iter().enumerate().map(|(i, input)| {
            let (name, field, spec) = (&input.name, &input.field, self.at(&quote::format_ident!("__I{}", i)));
            quote! { ::keras_core::model::InputInfo { name: #name, field: #field, spec: #spec } }
        });
        let (layers, nodes) = (self.layer_infos(), self.node_infos());
        let outputs = self.graph.outputs.iter().map(|tensor| source(*tensor));
        let (name, sequential) = (&self.keras_name, self.graph.sequential);
        let groups = self.graph.groups.iter().map(|group| {
            let (name, parent) = (&group.name, option(group.parent));
            quote! { ::keras_core::model::BlockInfo { name: #name, parent: #parent } }
        });
        let (output_names, output_fields) = (&self.graph.output_names, &self.graph.output_fields);
        let (connected, outputs_named) = (self.graph.connected, self.graph.outputs_named);
        let order = self.graph.order.iter().map(|member| match member {
            Member::Input(i) => quote! { ::keras_core::model::Member::Input(#i) },
            Member::Layer(i) => quote! { ::keras_core::model::Member::Layer(#i) },
            Member::Block(i) => quote! { ::keras_core::model::Member::Block(#i) },
            Member::Mask(i) => quote! { ::keras_core::model::Member::Mask(#i) },
        });
        let (masks, masked) = (self.mask_infos(), self.masked());
        // What depends on a parameter cannot be a static.
        let (keyword, ty, reference) = if self.params.is_empty() {
            (quote! { static }, quote! { ::keras_core::model::Structure }, None)
        } else {
            (quote! { const }, quote! { &'static ::keras_core::model::Structure }, Some(quote! { & }))
        };
        quote! {
            #keyword __STRUCTURE: #ty = #reference ::keras_core::model::Structure {
                name: #name,
                sequential: #sequential,
                connected: #connected,
                inputs: &[#(#inputs),*],
                layers: #layers,
                nodes: #nodes,
                outputs: &[#(#outputs),*],
                output_names: &[#(#output_names),*],
                outputs_named: #outputs_named,
                output_fields: &[#(#output_fields),*],
                groups: &[#(#groups),*],
                order: &[#(#order),*],
                masks: #masks,
                masked: #masked,
            };
        }
    }

    /// What is known of each layer.
    fn layer_infos(&self) -> TokenStream {
        let infos = self.graph.layers.iter().enumerate().map(|(i, layer)| {
            let (name, class) = (&layer.name, layer.class());
            let config = match &layer.kind {
                Kind::Keras { .. } => {
                    let config = self.at(&self.config(i));
                    quote! { ::core::option::Option::Some(#config) }
                }
                _ => quote! { ::core::option::Option::None },
            };
            let (inside, group) = (self.inside_info(i), option(layer.group));
            quote! {
                ::keras_core::model::LayerInfo {
                    name: #name, class: #class, config: #config, inside: #inside, group: #group,
                }
            }
        });
        quote! { &[#(#infos),*] }
    }

    /// What a layer that is none of Keras's has inside.
    fn inside_info(&self, layer: usize) -> TokenStream {
        let inside = match &self.graph.layers[layer].kind {
            Kind::Own { .. } | Kind::Model { .. } => {
                let Some(first) = self.graph.first(layer) else {
                    return quote! { ::keras_core::model::Inside::Leaf };
                };
                let input = self.layer_input_type(&self.graph.nodes[first].inputs);
                let path = self.own_type(layer, &self.graph.layers[layer].kind);
                let typed = self.typed(&path, &self.graph.layers[layer], &input);
                return typed.write(|layer| quote! { ::keras_core::model::Inside::Own(&<#layer>::NESTED) });
            }
            Kind::TimeDistributed { .. } => quote! { EachStep },
            Kind::Cells { .. } => {
                let config = self.at(&self.config(layer));
                quote! { Cells(&#config) }
            }
            Kind::Keras { .. } | Kind::Lambda { .. } | Kind::Block { .. } | Kind::Broken(_) => {
                quote! { Leaf }
            }
        };
        quote! { ::keras_core::model::Inside::#inside }
    }

    /// Which layer each node applies, to what.
    fn node_infos(&self) -> TokenStream {
        let infos = self.graph.nodes.iter().enumerate().map(|(i, node)| {
            let (layer, outputs, drop_mask) = (node.layer, self.node(i), node.drop_mask);
            let precision = self.graph.layers[node.layer].precision;
            let call = call_args(&CallArgs { precision, ..node.call });
            let inputs = node.inputs.iter().map(|tensor| source(*tensor));
            let roles = node.roles.iter().map(|role| role_variant(*role));
            quote! {
                ::keras_core::model::NodeInfo {
                    layer: #layer, inputs: &[#(#inputs),*], roles: &[#(#roles),*], outputs: #outputs,
                    drop_mask: #drop_mask, call: #call,
                }
            }
        });
        let span = self.spans.last().copied().unwrap_or_else(Span::call_site);
        quote_spanned! { span=> &[#(#infos),*] }
    }

    /// The border of a model that does not compile: it takes anything, and gives as many tensors as it has outputs.
    fn anything(&self, outputs: usize) -> TokenStream {
        let (tensor, numbers) = if self.reported {
            let mistaken = quote! { ::keras_core::tensor::Mistaken<__MISTAKE> };
            (mistaken.clone(), mistaken)
        } else {
            (
                quote! { ::keras_core::tensor::Tensor<::keras_core::tensor::Unknown> },
                quote! { ::keras_core::tensor::Numbers },
            )
        };
        if outputs < 2 {
            return quote! { ::keras_core::tensor::Anything<#tensor, #numbers> };
        }
        let (tensors, numbers) = (vec![tensor; outputs], vec![numbers; outputs]);
        quote! { ::keras_core::tensor::Anything<(#(#tensors,)*), (#(#numbers,)*)> }
    }

    /// The shapes of all inputs; of a broken model, whatever is fed to it.
    fn inputs_type(&self) -> TokenStream {
        if self.broken || self.graph.inputs.is_empty() {
            return self.anything(1);
        }
        let shapes: Vec<TokenStream> = (0..self.graph.inputs.len()).map(|i| self.fed_type(i)).collect();
        self.model_list(Side::Inputs, &shapes)
    }

    /// The shapes of all outputs.
    fn outputs_type(&self) -> TokenStream {
        if self.broken || self.graph.outputs.is_empty() {
            return self.anything(self.model.tail.chains.len());
        }
        let shapes: Vec<TokenStream> =
            self.graph.outputs.iter().map(|tensor| self.shape_type(*tensor)).collect();
        self.model_list(Side::Outputs, &shapes)
    }

    /// What the model takes and gives as a layer of another model, with the names of its axes.
    fn nested(&self) -> TokenStream {
        // Nothing is known of what a broken model gives, and nothing that it is given is wrong.
        if self.broken {
            return quote! { ::core::option::Option::Some(::keras_core::model::Nested::BROKEN) };
        }
        let wants = (0..self.graph.inputs.len()).map(|i| self.spec(TensorRef::Input(i)));
        let gives = self.graph.outputs.iter().map(|tensor| self.spec(*tensor));
        let structure = self.structure_at();
        let nested = if self.params.is_empty() {
            quote! { new(&[#(#wants),*], &[#(#gives),*], #structure) }
        } else {
            let problem = self.at(&quote::format_ident!("__PROBLEM"));
            quote! { with(#problem, &[#(#wants),*], &[#(#gives),*], #structure) }
        };
        quote! { ::core::option::Option::Some(::keras_core::model::Nested::#nested) }
    }

    fn traits(&self) -> TokenStream {
        let (name, (with, of, bounds)) = (&self.name, self.params.generics.split_for_impl());
        let default = (!self.inner).then(|| {
            quote! {
                impl #with ::core::default::Default for #name #of #bounds {
                    fn default() -> Self { Self::new() }
                }
            }
        });
        let (any_model, model, layer) = (self.any_model_trait(), self.model_trait(), self.layer_trait());
        quote! { #default #any_model #model #layer }
    }

    /// What every model is while it runs: its structure, and its layers.
    fn any_model_trait(&self) -> TokenStream {
        let (name, (with, of, bounds)) = (&self.name, self.params.generics.split_for_impl());
        let structure = self.structure_at();
        let layers: Vec<_> = self
            .graph
            .layers
            .iter()
            .zip(&self.fields)
            .filter(|(layer, _)| !matches!(layer.kind, Kind::Broken(_)))
            .filter(|(layer, _)| {
                !self.broken || !matches!(layer.kind, Kind::TimeDistributed { .. } | Kind::Model { .. })
            })
            .map(|(_, field)| field)
            .collect();
        let at = 0..layers.len();
        quote! {
            impl #with ::keras_core::model::AnyModel for #name #of #bounds {
                fn structure(&self) -> &'static ::keras_core::model::Structure { #structure }
                fn layer_at(&self, index: usize) -> &dyn ::keras_core::model::AnyLayer {
                    match index {
                        #(#at => &self.#layers,)*
                        _ => ::core::panic!("there is no such layer"),
                    }
                }
                fn layers_mut(&mut self) -> ::std::vec::Vec<&mut dyn ::keras_core::model::AnyLayer> {
                    ::std::vec![#(&mut self.#layers),*]
                }
                fn core(&self) -> &::keras_core::model::Core { &self.__core }
            }
        }
    }

    /// The types of a model's inputs and outputs.
    fn model_trait(&self) -> TokenStream {
        let (input, output) = (self.input_type(), self.output_type());
        let (inputs, outputs) = (self.inputs_type(), self.outputs_type());
        let (name, model_bounds) = (&self.name, self.model_bounds());
        let (with, of, _) = self.params.generics.split_for_impl();
        let problem = (!self.broken && !self.params.is_empty()).then(|| {
            let problem = self.at(&quote::format_ident!("__PROBLEM"));
            quote! {
                const PROBLEM: ::core::option::Option<::keras_core::shape::ShapeError> = #problem;
            }
        });
        let span = self.graph.outputs.first().map_or_else(Span::call_site, |tensor| self.span_of(*tensor));
        quote_spanned! { span=>
            impl #with ::keras_core::model::Model for #name #of #model_bounds {
                #problem
                type Input = #input;
                type Output = #output;
                type Inputs = #inputs;
                type Outputs = #outputs;
            }
        }
    }

    /// What a model is as a layer of another.
    fn layer_trait(&self) -> TokenStream {
        let shape = match self.graph.outputs.first() {
            Some(tensor) if !self.broken => self.shape_of(*tensor),
            _ => quote! { ::keras_core::shape::Shape::new(&[]) },
        };
        let (name, nested, layer_with) = (&self.name, self.nested(), self.layer_generics());
        let (_, of, bounds) = self.params.generics.split_for_impl();
        quote! {
            // Not to be offered where another type is no layer.
            #[diagnostic::do_not_recommend]
            impl #layer_with ::keras_core::model::Layer<In> for #name #of #bounds {
                const OUTPUT: ::keras_core::shape::Shape = #shape;
                const NESTED: ::core::option::Option<::keras_core::model::Nested> = #nested;
                fn trace(
                    &self, _: In::Symbolic, _: &mut ::keras_core::model::Trace<'_>,
                ) -> ::keras_core::Result<::keras_core::ops::Symbolic> {
                    ::keras_core::model::nested_is_run()
                }
                fn nested(&self) -> ::core::option::Option<&dyn ::keras_core::model::AnyModel> {
                    ::core::option::Option::Some(self)
                }
                fn nested_mut(&mut self) -> ::core::option::Option<&mut dyn ::keras_core::model::AnyModel> {
                    ::core::option::Option::Some(self)
                }
            }
        }
    }
}

/// An own layer with its weights: made by `default` or `new`, and named.
pub(super) fn own_layer(
    params: &Params,
    path: &Path,
    args: Option<&[Argument]>,
    (name, class): (&str, &str),
    span: Span,
    input: &TokenStream,
) -> TokenStream {
    let value = own_value(params, path, args, span);
    // In the same words as the proof, so that the compiler reports both as one error.
    let typed = Typed { params, path: &quote! { #path }, span, input };
    typed.write(|layer| quote! { <#layer>::__own(#value, #name, #class) })
}

/// A value of a type in scope, made by `default` or `new`.
pub(super) fn own_value(params: &Params, path: &Path, args: Option<&[Argument]>, span: Span) -> TokenStream {
    match args {
        None => quote! { <#path as ::core::default::Default>::default() },
        Some(args) => {
            let value = |tokens: &TokenStream| params.values(tokens.clone());
            let positional = args.iter().filter(|a| a.name.is_none()).map(|a| value(&a.tokens));
            let named = args.iter().filter_map(|a| a.name.as_ref().map(|n| (n, value(&a.tokens))));
            let setters = named.map(|(n, tokens)| quote! { .#n(#tokens) });
            let new = quote_spanned! { span=> <#path>::new };
            let missing = missing(positional.clone().count());
            quote! {{ #missing #new(#(#positional),*) #(#setters)* }}
        }
    }
}

/// A trait whose `new` says that a type has none of its own.
fn missing(arguments: usize) -> TokenStream {
    if arguments > 4 {
        return TokenStream::new();
    }
    let name = quote::format_ident!("New{arguments}");
    quote! { #[allow(unused_imports)] use ::keras_core::model::missing::#name as _; }
}

fn option(index: Option<usize>) -> TokenStream {
    match index {
        Some(index) => quote! { ::core::option::Option::Some(#index) },
        None => quote! { ::core::option::Option::None },
    }
}

fn source(tensor: TensorRef) -> TokenStream {
    match tensor {
        TensorRef::Input(i) => quote! { ::keras_core::model::Source::Input(#i) },
        TensorRef::Node(node, i) => quote! { ::keras_core::model::Source::Node(#node, #i) },
        TensorRef::Broken => quote! { ::keras_core::model::Source::Input(0) },
    }
}
