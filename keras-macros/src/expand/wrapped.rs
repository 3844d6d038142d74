//! `TimeDistributed` around blocks, models and own layers. A block is a type of its own beside the model, which nobody
//! has to name.

use std::rc::Rc;

use keras_shape::{TensorSpec, step_of};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use super::Expansion;
use super::imp::own_layer;
use super::types::type_of;
use crate::probe::Axes;
use crate::resolve::{Kind, Layer, TensorRef};

/// A tensor at one step: what the macro knows of it, and an expression of what the compiler knows.
pub(super) struct Step {
    known: Option<TensorSpec>,
    spec: TokenStream,
    span: Span,
}

impl Step {
    fn of(known: Option<TensorSpec>, spec: &TokenStream, span: Span) -> Self {
        Step { known: step_of(known), spec: quote! { ::keras_core::shape::step_of(#spec) }, span }
    }

    fn within(&self) -> Self {
        Step::of(self.known, &self.spec, self.span)
    }

    fn shape_type(&self) -> TokenStream {
        type_of(self.known, &self.spec, self.span)
    }
}

impl Expansion<'_> {
    /// The blocks that are types of their own.
    pub(super) fn blocks(&self) -> Vec<Expansion<'_>> {
        let layers = self.graph.layers.iter().enumerate();
        layers
            .filter_map(|(i, layer)| {
                let graph = layer.block()?;
                let node = self.graph.first(i)?;
                let shapes = self.shapes.inner.get(&node)?;
                let given = match layer.model() {
                    Some(_) => None,
                    None => {
                        let step = self.innermost_step(layer, *self.graph.nodes[node].inputs.first()?);
                        Some((format_ident!("__{}", self.block_name(i)), step.spec))
                    }
                };
                let layers = graph.layers.iter().map(|layer| (layer.name.as_str(), layer.span));
                Some(Expansion {
                    model: self.model,
                    graph,
                    shapes,
                    name: self.block_name(i),
                    keras_name: graph.model_name.clone(),
                    fields: super::names::fields(layers),
                    spans: super::spans(graph),
                    given,
                    inner: true,
                    configs: super::constants::configs(graph),
                    segments: super::constants::segments(graph),
                    proved: super::constants::proved(graph, shapes),
                    broken: self.broken,
                    reported: false,
                    // A model with parameters has no such blocks.
                    params: Rc::default(),
                    axes: Axes::default(),
                })
            })
            .collect()
    }

    /// A step of what is inside of all the wrappers that a layer is.
    fn innermost_step(&self, layer: &Layer, input: TensorRef) -> Step {
        let mut step = self.step(input, self.spec(input));
        let mut inner = &layer.kind;
        while let Kind::TimeDistributed { inner: next } = inner {
            inner = &next.kind;
            if let Kind::TimeDistributed { .. } = inner {
                step = step.within();
            }
        }
        step
    }

    /// The type of what layer `i` is or wraps, of this kind: one in scope, or that of a block or a model inside of the model.
    pub(super) fn own_type(&self, i: usize, kind: &Kind) -> TokenStream {
        match kind {
            Kind::Own { path, .. } => quote! { #path },
            _ => {
                let name = self.block_name(i);
                quote! { #name }
            }
        }
    }

    /// A block or a model inside of the model as layer `i` has it, for such an input.
    pub(super) fn new_block(&self, i: usize, name: &str, class: &str, input: &TokenStream) -> TokenStream {
        let block = self.block_name(i);
        quote! { <#block as ::keras_core::model::Layer<#input>>::__own(<#block>::new(), #name, #class) }
    }

    /// The type of the block that layer `i` wraps.
    pub(super) fn block_name(&self, i: usize) -> Ident {
        format_ident!("{}Block{}", self.name, i)
    }

    /// The constants of blocks, where those of the model are seen that they are made from.
    pub(super) fn block_implementations(&self) -> TokenStream {
        let blocks = self.blocks();
        let all = blocks.iter().map(|block| {
            let input = block.given.as_ref().map(|(name, spec)| {
                quote! {
                    const #name: ::core::option::Option<::keras_core::shape::TensorSpec> = #spec;
                }
            });
            let implementation = block.implementation();
            quote! { #input #implementation }
        });
        all.collect()
    }

    /// Attributes of a block, as far as they are those of the model that it is in.
    pub(super) fn as_outside(&self) -> (TokenStream, TokenStream) {
        let hidden = quote! { #[doc(hidden)] };
        match &self.model.head {
            Some(head) => {
                let derives = head.attrs.iter().filter(|attr| attr.path().is_ident("derive"));
                (quote! { #(#derives)* }, hidden)
            }
            None if self.graph.layers.iter().any(Layer::has_own) => (TokenStream::new(), hidden),
            None => (quote! { #[derive(Clone)] }, hidden),
        }
    }

    /// The type of a layer inside a wrapper, which `outer` is.
    pub(super) fn inner_type(&self, inner: &Layer, outer: &Layer) -> TokenStream {
        match &inner.kind {
            Kind::Own { path, .. } => quote! { ::keras_core::model::Own<#path> },
            Kind::Cells { .. } => quote! { ::keras_core::model::OwnCells },
            Kind::TimeDistributed { inner } => {
                let inner = self.inner_type(inner, outer);
                quote! { ::keras_core::model::TimeDistributed<#inner> }
            }
            Kind::Block { .. } | Kind::Model { .. } => {
                let at = self.graph.layers.iter().position(|layer| std::ptr::eq(layer, outer));
                let name = self.block_name(at.unwrap_or_default());
                quote! { ::keras_core::model::Own<#name> }
            }
            _ => quote! { ::keras_core::model::Core },
        }
    }

    /// A tensor at one step.
    pub(super) fn step(&self, tensor: TensorRef, spec: TokenStream) -> Step {
        Step::of(self.shapes.of(tensor), &spec, self.span_of(tensor))
    }

    /// What the layer inside the wrapper `layer` gives at a step, as an expression.
    pub(super) fn inside(&self, layer: usize, inner: &Layer, node: usize, step: &Step) -> TokenStream {
        let spec = &step.spec;
        match &inner.kind {
            Kind::Own { .. } | Kind::Block { .. } | Kind::Model { .. } => {
                let (path, input) = (self.own_type(layer, &inner.kind), step.shape_type());
                self.typed(&path, inner, &input).outputs(&inner.class(), spec, node, false)
            }
            Kind::Cells { cells, code, .. } => {
                let config = self.code(code);
                self.over_cells(cells, &config, (spec, core::slice::from_ref(spec)), node, false)
            }
            Kind::TimeDistributed { inner } => {
                let inside = self.inside(layer, inner, node, &step.within());
                let (name, at) = (inner.class(), step.span);
                quote_spanned! { at=> ::keras_core::shape::over_time(#name, #inside, &[#spec], false) }
            }
            _ => quote! { ::keras_core::shape::Inferred::Unknown },
        }
    }

    /// The wrapper of layer `i` as it is made.
    pub(super) fn new_wrapper(&self, i: usize, name: &str, inner: &Layer) -> TokenStream {
        let node = self.graph.first(i);
        let Some(input) = node.and_then(|node| self.graph.nodes[node].inputs.first()) else {
            return quote! { ::core::unreachable!() };
        };
        let inner = self.new_inner(i, inner, &self.step(*input, self.spec(*input)));
        quote! { ::keras_core::model::TimeDistributed::new(#name, #inner) }
    }

    fn new_inner(&self, i: usize, layer: &Layer, step: &Step) -> TokenStream {
        let (name, class) = (&layer.name, layer.class());
        match &layer.kind {
            Kind::Own { path, args } => {
                own_layer(&self.params, path, args.as_deref(), (name, &class), layer.span, &step.shape_type())
            }
            Kind::Block { .. } | Kind::Model { .. } => self.new_block(i, name, &class, &step.shape_type()),
            Kind::Cells { cells, code, .. } => self.new_cells(layer, cells, &self.code(code), &step.spec),
            Kind::TimeDistributed { inner } => {
                let inner = self.new_inner(i, inner, &step.within());
                quote! { ::keras_core::model::TimeDistributed::new(#name, #inner) }
            }
            _ => quote! { ::core::unreachable!() },
        }
    }
}
