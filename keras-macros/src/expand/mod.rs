//! From a graph to Rust: a struct with a field per layer, constants that prove the shapes again,
//! and the traits that make it a model.

mod cells;
mod code;
mod constants;
mod generic;
mod imp;
mod inherent;
mod lists;
mod masks;
mod named;
mod names;
mod rustdoc;
pub mod types;
mod wrapped;

use std::collections::HashSet;
use std::rc::Rc;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Ident;
use syn::ext::IdentExt;

use crate::editor;
use crate::error::Errors;
use crate::infer::Shapes;
use crate::parse::{Model, Params};
use crate::probe::Axes;
use crate::resolve::{Graph, Kind, Layer, TensorRef};

/// All that the parts of the expansion look at.
#[derive(Clone)]
pub struct Expansion<'a> {
    /// The syntax tree.
    pub model: &'a Model,
    /// The graph.
    pub graph: &'a Graph,
    /// What the macro knows of its tensors.
    pub shapes: &'a Shapes,
    /// The type's name.
    pub name: Ident,
    /// Keras's name of the model.
    pub keras_name: String,
    /// The field of each layer.
    pub fields: Vec<Ident>,
    /// The span of each node's constant.
    pub spans: Vec<Span>,
    /// The layer whose constant of arguments each layer has: one with the same arguments.
    pub configs: Vec<usize>,
    /// The first node of the segment that each node is in.
    pub segments: Vec<usize>,
    /// Whether the macro has proved all of each node.
    pub proved: Vec<bool>,
    /// What its input is, for a block inside a wrapper: the name of a constant outside of it, of type
    /// `Option<TensorSpec>`, and what that is.
    pub given: Option<(Ident, TokenStream)>,
    /// Whether it is a type beside the model, which nobody names.
    pub inner: bool,
    /// Whether a mistake has been reported: then the type is there, but nothing is proved.
    pub broken: bool,
    /// Whether the Rust of this model reports it, in a constant.
    pub reported: bool,
    /// The parameters of the model.
    pub params: Rc<Params>,
    /// The types of axes in a model with parameters.
    pub axes: Axes,
}

/// Writes the Rust of a model. With errors, the type is still defined, so that one mistake does not
/// make every use of the model another.
pub fn expand(
    model: &Model,
    graph: &Graph,
    shapes: &Shapes,
    axes: Axes,
    errors: Errors,
    editor: Option<&TokenStream>,
) -> TokenStream {
    let keras_name = match (&model.name, &model.head) {
        (Some(name), _) => name.clone(),
        (None, Some(head)) => crate::resolve::snake(&head.name.unraw().to_string()),
        (None, None) => graph.model_name.clone(),
    };
    let fields = names::fields(graph.layers.iter().map(|layer| (layer.name.as_str(), layer.span)));
    let (spans, broken) = (spans(graph), !errors.is_empty());
    let proved = constants::proved(graph, shapes);
    let (configs, segments) = (constants::configs(graph), constants::segments(graph));
    let mut x = Expansion {
        model,
        graph,
        shapes,
        name: type_name(model, graph),
        keras_name,
        fields,
        spans,
        given: None,
        inner: false,
        configs,
        segments,
        proved,
        broken,
        reported: false,
        params: bounded(model),
        axes,
    };
    // One mistake at a time: behind an error, a name may only seem to lead nowhere.
    let warnings = if broken { TokenStream::new() } else { warnings(model, graph, shapes) };
    let errors = errors.into_tokens();
    let (definition, lists) = (x.definition(), x.long_lists());
    if let Some(source) = editor {
        return x.for_an_editor(source, errors);
    }
    x.reported = !errors.is_empty();
    // A function with a mistake in it is not warned of: that of a value stands in the function around it, and the first of
    // them in the constant too. The compiler says it once.
    let report = if model.head.is_some() { errors.clone() } else { crate::error::first(&errors) };
    let implementation = if x.broken { x.broken_implementation(&report) } else { x.implementation() };
    match &model.head {
        Some(_) => {
            let named = x.named_structs();
            quote! { #warnings #definition #named #lists #implementation }
        }
        None => {
            let name = &x.name;
            quote! {{ #errors #warnings #definition #lists #implementation <#name>::new() }}
        }
    }
}

/// The name of the type: of a model without one, that of Keras's class.
fn type_name(model: &Model, graph: &Graph) -> Ident {
    match &model.head {
        Some(head) => head.name.clone(),
        None => Ident::new(if graph.sequential { "Sequential" } else { "Functional" }, Span::call_site()),
    }
}

/// The parameters of a model, with the bounds that its layers add.
fn bounded(model: &Model) -> Rc<Params> {
    let mut params = model.head.as_ref().map(|head| head.params.clone()).unwrap_or_default();
    let mut seen = HashSet::new();
    for bound in model.bounds.iter().filter(|bound| seen.insert(bound.to_string())) {
        if let Ok(bound) = syn::parse2::<syn::WherePredicate>(bound.clone()) {
            Rc::make_mut(&mut params).generics.make_where_clause().predicates.push(bound);
        }
    }
    params
}

/// What the compiler warns of in a model without mistakes.
fn warnings(model: &Model, graph: &Graph, shapes: &Shapes) -> TokenStream {
    let (unused, caution) = (crate::unused::warnings(model), crate::caution::warnings(graph, shapes));
    let params = model.unused.iter().map(crate::caution::unused_parameter);
    quote! { #unused #caution #(#params)* }
}

/// Where the constant of each node stands: at the own layer on which it depends, if there is one. If
/// that layer's constant panics, the compiler notes every use of every constant behind it; with one
/// span these notes are one.
fn spans(graph: &Graph) -> Vec<Span> {
    let mut own: Vec<Option<Span>> = Vec::new();
    for node in &graph.nodes {
        let layer = &graph.layers[node.layer];
        let before = node.inputs.iter().find_map(|tensor| match tensor {
            TensorRef::Node(before, _) => own[*before],
            _ => None,
        });
        own.push(if layer.is_typed() { Some(layer.span) } else { before });
    }
    own.into_iter().map(|span| span.unwrap_or_else(Span::call_site)).collect()
}

impl Expansion<'_> {
    /// What an editor sees of the model: see [`crate::editor`].
    fn for_an_editor(&self, source: &TokenStream, errors: TokenStream) -> TokenStream {
        let mut types = editor::Types::default();
        for (tensor, _, name) in &self.graph.bound {
            if let Some(spec) = self.shapes.of(*tensor)
                && !spec.shape.dims().contains(&keras_shape::Dim::Later)
            {
                let shape = self.shape_type(*tensor);
                types.note(*name, quote! { ::keras_core::tensor::Tensor<#shape> });
            }
        }
        let (params, body) = crate::parse::body_of(source);
        let item = editor::model(&params, body, &types);
        let errors = editor::without_names(errors);
        // The type keeps its name; what its fields are made of is said by the item before it.
        let (definition, lists) = (editor::hidden_inside(self.definition()), self.long_lists());
        let rest = if self.broken { self.broken_implementation(&errors) } else { self.implementation() };
        let rest = editor::hidden(quote! { #lists #rest });
        match &self.model.head {
            Some(_) => {
                let named = editor::hidden(self.named_structs());
                quote! { #item #errors #definition #named #rest }
            }
            None => {
                let (name, definition) = (&self.name, editor::hidden(definition));
                quote! {{ #item #errors #definition #rest <#name>::new() }}
            }
        }
    }

    /// The struct: a field per layer, in Keras's order.
    fn definition(&self) -> TokenStream {
        let name = &self.name;
        let (attrs, vis) = match &self.model.head {
            Some(head) => (head.attrs.as_slice(), &head.vis),
            None => (&[] as &[_], &syn::Visibility::Inherited),
        };
        let docs = match &self.model.head {
            Some(_) => self.rustdoc(),
            // An own layer may not be `Clone`, and nobody asked for it.
            None if self.graph.layers.iter().any(Layer::has_own) => quote! {},
            None => quote! { #[derive(Clone)] },
        };
        // A layer that could not be read at all has no name.
        let named = self.graph.layers.iter().zip(&self.fields).filter(|(layer, _)| !layer.name.is_empty());
        let blocks = self.blocks().into_iter().map(|block| {
            let (definition, lists) = (block.definition(), block.long_lists());
            quote! { #definition #lists }
        });
        let blocks: TokenStream = if self.broken { TokenStream::new() } else { blocks.collect() };
        let (attrs, docs) = if self.inner { self.as_outside() } else { (quote! { #(#attrs)* }, docs) };
        let fields = named.map(|(layer, field)| {
            let ty = self.field_type(layer);
            let doc = format!("`{}` ({})", layer.name, layer.class());
            quote! { #[doc = #doc] pub #field: #ty, }
        });
        let declared = self.params.declaration();
        let bounds = &self.params.generics.where_clause;
        // A parameter that is a type has to stand in a field.
        let types = self.params.types();
        let types = (!types.is_empty()).then(|| {
            quote! {
                #[doc(hidden)]
                pub __params: ::core::marker::PhantomData<fn() -> (#(#types,)*)>,
            }
        });
        quote! {
            #blocks
            #attrs
            #docs
            // A layer may have any name.
            #[allow(non_snake_case)]
            #vis struct #name #declared #bounds {
                #(#fields)*
                #[doc(hidden)]
                pub __core: ::keras_core::model::Core,
                #types
            }
        }
    }

    fn field_type(&self, layer: &Layer) -> TokenStream {
        match &layer.kind {
            Kind::Keras { config, .. } => {
                let class = Ident::new(config.row(), layer.span);
                quote! { ::keras_core::model::built::#class }
            }
            Kind::Own { path, .. } => quote! { ::keras_core::model::Own<#path> },
            Kind::Lambda { .. } => quote! { ::keras_core::model::Lambda },
            Kind::Cells { .. } => quote! { ::keras_core::model::OwnCells },
            Kind::TimeDistributed { .. } | Kind::Block { .. } | Kind::Model { .. } if self.broken => {
                quote! { ::keras_core::model::Core }
            }
            Kind::TimeDistributed { inner } => {
                let inner = self.inner_type(inner, layer);
                quote! { ::keras_core::model::TimeDistributed<#inner> }
            }
            Kind::Block { .. } | Kind::Model { .. } => self.inner_type(layer, layer),
            Kind::Broken(Some(class)) => {
                let class = Ident::new(class, layer.span);
                quote! { ::keras_core::model::built::#class }
            }
            Kind::Broken(None) => quote! { ::keras_core::model::Core },
        }
    }
}
