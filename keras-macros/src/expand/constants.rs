//! The constants in which the compiler runs the shape rules again, on what it alone can evaluate.

use keras_shape::{CallArgs, DType, Dim, MaskRule, Role};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::Expansion;
use crate::infer::{Shapes, callers};
use crate::parse::Params;
use crate::resolve::{Graph, Kind, Layer, Node, TensorRef};

impl Expansion<'_> {
    /// The layer of this type, as one for this input.
    pub(super) fn typed<'a>(
        &'a self,
        path: &'a TokenStream,
        layer: &Layer,
        input: &'a TokenStream,
    ) -> Typed<'a> {
        Typed { params: &self.params, path, span: layer.span, input }
    }

    /// The constant that holds what is known of a node's outputs.
    pub fn node(&self, node: usize) -> TokenStream {
        if self.is_proved(node) {
            let (first, at) = (self.segments[node], node - self.segments[node]);
            let segment = self.at(&self.segment_name(first));
            return quote! { #segment[#at] };
        }
        self.at(&self.node_name(node))
    }

    /// The name of a node's constant, where it has one of its own.
    fn node_name(&self, node: usize) -> Ident {
        format_ident!("__N{}", node, span = self.spans[node])
    }

    fn segment_name(&self, first: usize) -> Ident {
        format_ident!("__S{}", first, span = self.spans[first])
    }

    fn is_proved(&self, node: usize) -> bool {
        self.proved[node]
    }

    /// The name of the constant of a layer's arguments.
    pub fn config(&self, layer: usize) -> Ident {
        format_ident!("__C{}", self.configs[layer])
    }

    /// What is known of a tensor, as an expression of type `Option<TensorSpec>`.
    pub fn spec(&self, tensor: TensorRef) -> TokenStream {
        match tensor {
            TensorRef::Input(i) => {
                let input = self.at(&format_ident!("__I{}", i));
                quote! { ::core::option::Option::Some(#input) }
            }
            TensorRef::Node(node, i) => {
                let node = self.node(node);
                quote! { #node.output(#i) }
            }
            TensorRef::Broken => quote! { ::core::option::Option::None },
        }
    }

    /// What is known of the tensors that a node is given, each in its role.
    pub fn given(&self, node: &Node) -> Vec<TokenStream> {
        // No node is that far: all are seen from outside of their segments.
        self.given_in(node, usize::MAX)
    }

    /// The same inside the segment that begins at node `first`.
    fn given_in(&self, node: &Node, first: usize) -> Vec<TokenStream> {
        let given = node.inputs.iter().zip(&node.roles);
        given
            .map(|(tensor, role)| match (self.spec_in(*tensor, first), role) {
                (spec, Role::Input) => spec,
                (spec, role) => {
                    let role = role_variant(*role);
                    quote! { ::keras_core::shape::in_role(#spec, #role) }
                }
            })
            .collect()
    }

    /// Every constant: inputs, arguments, nodes, and the check of each node.
    pub fn constants(&self) -> TokenStream {
        let inputs = self.graph.inputs.iter().enumerate().map(|(i, input)| {
            let name = format_ident!("__I{}", i);
            if let Some((given, _)) = &self.given {
                return quote! {
                    const #name: ::keras_core::shape::TensorSpec = ::keras_core::model::step_spec(#given);
                };
            }
            let dims = input.dims.iter().map(|dim| self.code(dim));
            if let Some(tensor) = &input.tensor {
                return quote! {
                    const #name: ::keras_core::shape::TensorSpec = ::keras_core::model::like::<#tensor>();
                };
            }
            let make = match input.dtype {
                DType::Float32 => quote! { float },
                DType::Int32 => quote! { int },
                DType::String => quote! { string },
            };
            quote! {
                const #name: ::keras_core::shape::TensorSpec =
                    ::keras_core::shape::TensorSpec::#make(::keras_core::shape::Shape::new(&[#(#dims),*]));
            }
        });
        let configs = self.graph.layers.iter().enumerate().filter_map(|(i, layer)| match &layer.kind {
            Kind::Keras { code, .. } | Kind::Cells { code, .. } if self.configs[i] == i => {
                let (name, code) = (self.config(i), self.code(code));
                Some(quote! { const #name: ::keras_core::shape::LayerConfig = #code; })
            }
            _ => None,
        });
        let checks = if self.params.is_empty() {
            let checks = (0..self.graph.nodes.len()).filter(|i| !self.is_proved(*i)).map(|i| self.check(i));
            let (blamed, blames) = self.blames();
            let blames =
                blames.into_iter().map(|(span, blame)| quote_spanned! { span=> const _: () = #blame; });
            quote! { #(#checks)* #blamed #(#blames)* }
        } else {
            self.conditions()
        };
        let count = self.graph.nodes.len();
        let starts = (0..count).filter(|i| self.segments[*i] == *i);
        let nodes = starts.map(|first| {
            let end = (first..count).find(|i| self.segments[*i] != first).unwrap_or(count);
            self.segment(first..end)
        });
        quote! { #(#inputs)* #(#configs)* #(#nodes)* #checks }
    }

    fn segment(&self, nodes: std::ops::Range<usize>) -> TokenStream {
        let first = nodes.start;
        let lets = nodes.clone().map(|i| {
            let (local, value) = (self.local(i), self.inferred(i, first));
            quote! { let #local: ::keras_core::shape::Inferred = #value; }
        });
        let lets: Vec<TokenStream> = lets.collect();
        let locals: Vec<Ident> = nodes.clone().map(|i| self.local(i)).collect();
        let (segment, length) = (self.segment_name(first), nodes.len());
        let constants = nodes.clone().filter(|i| !self.is_proved(*i)).map(|i| {
            let (name, at) = (self.node_name(i), i - first);
            let segment = self.at(&segment);
            quote! { const #name: ::keras_core::shape::Inferred = #segment[#at]; }
        });
        quote! {
            const #segment: [::keras_core::shape::Inferred; #length] = { #(#lets)* [#(#locals),*] };
            #(#constants)*
        }
    }

    /// A node inside the constant of its segment.
    fn local(&self, node: usize) -> Ident {
        format_ident!("__n{}", node, span = self.spans[node])
    }

    /// What is known of a tensor, inside the segment that begins at node `first`.
    fn spec_in(&self, tensor: TensorRef, first: usize) -> TokenStream {
        match tensor {
            TensorRef::Node(node, i) if node >= first => {
                let node = self.local(node);
                quote! { #node.output(#i) }
            }
            tensor => self.spec(tensor),
        }
    }

    /// A panic in a constant is an error of plain `cargo check`, on the layer's own token.
    fn check(&self, i: usize) -> TokenStream {
        let (condition, span) = (self.condition(i), self.graph.span(i));
        quote_spanned! { span=> const _: () = #condition; }
    }

    /// The constant of the error for which another node is to blame than the one that finds it: one that dropped a mask. And
    /// blocks that panic with it, one for each node that may drop a mask, with the span of it. What the macro has proved has none.
    pub(super) fn blames(&self) -> (Option<TokenStream>, Vec<(Span, TokenStream)>) {
        if self.proved.iter().all(|proved| *proved) {
            return (None, Vec::new());
        }
        let starts = (0..self.graph.nodes.len()).filter(|i| self.segments[*i] == *i);
        let segments = starts.map(|first| self.at(&self.segment_name(first)));
        let constant = quote! {
            const __BLAMED: ::core::option::Option<::keras_core::shape::ShapeError> =
                ::keras_core::shape::blamed(&[#(&#segments),*]);
        };
        let blamed = self.at(&format_ident!("__BLAMED"));
        let drops = |node: &Node| match &self.graph.layers[node.layer].kind {
            Kind::Keras { config, code, .. } if !code.has_expression() => {
                let keeps = matches!(config.mask_rule(), MaskRule::Pass | MaskRule::Make);
                !keeps || node.roles.iter().any(|role| role.is_mask())
            }
            _ => true,
        };
        let nodes = self.graph.nodes.iter().enumerate().filter(|(_, node)| drops(node));
        let blames = nodes.map(|(i, _)| {
            let span = self.graph.span(i);
            let block = quote_spanned! { span=>
                {
                    let message = ::keras_core::shape::blame(&#blamed, #i);
                    if !message.is_empty() { ::core::panic!("{}", message.as_str()) }
                }
            };
            (span, block)
        });
        (Some(constant), blames.collect())
    }

    /// A block that panics with what is wrong at a node.
    pub(super) fn condition(&self, i: usize) -> TokenStream {
        let (name, span) = (self.node(i), self.graph.span(i));
        let node = &self.graph.nodes[i];
        let message = if node.inputs.len() < 2 {
            quote! { message() }
        } else {
            // Where tensors meet, the message calls them by name.
            let given =
                callers(self.graph, i).into_iter().zip(self.given(node)).map(|((who, from), spec)| {
                    quote! { ::keras_core::shape::Given { who: #who, from: #from, spec: #spec } }
                });
            quote! { message_about(&[#(#given),*]) }
        };
        quote_spanned! { span=>
            {
                let message = #name.#message;
                if !message.is_empty() { ::core::panic!("{}", message.as_str()) }
            }
        }
    }

    /// What a node gives, as an expression.
    fn inferred(&self, i: usize, first: usize) -> TokenStream {
        let node = &self.graph.nodes[i];
        let layer = &self.graph.layers[node.layer];
        let inputs = self.given_in(node, first);
        let drop_mask = node.drop_mask;
        let span = layer.span;
        match &layer.kind {
            Kind::Keras { code, .. } => self.inferred_keras(i, code.has_expression(), &inputs, first),
            Kind::Lambda { output, .. } => {
                let output = match output {
                    Some(dims) => {
                        let dims = dims.iter().map(|(_, dim)| self.code(dim));
                        quote! { ::core::option::Option::Some(&[#(#dims),*]) }
                    }
                    None => quote! { ::core::option::Option::None },
                };
                let at = self.spans[i];
                quote_spanned! { at=> ::keras_core::shape::lambda(&[#(#inputs),*], #output, #i) }
            }
            Kind::Own { .. } | Kind::Model { .. } => {
                let input = self.layer_input_type(&node.inputs);
                let layer_type = self.own_type(node.layer, &layer.kind);
                let typed = Typed { params: &self.params, path: &layer_type, span, input: &input };
                let called = match &layer.kind {
                    Kind::Model { .. } => format!("`{}`", layer.name),
                    _ => layer.class(),
                };
                let outputs = typed.outputs(&called, &quote! { #(#inputs),* }, i, drop_mask);
                match self.graph.apart.get(&i) {
                    Some(apart) if apart.names == 1 && apart.all => {
                        quote! { ::keras_core::model::only_output(#called, #outputs) }
                    }
                    _ => outputs,
                }
            }
            Kind::TimeDistributed { inner } => {
                let (name, [input]) = (inner.class(), node.inputs.as_slice()) else {
                    return quote! { ::keras_core::shape::Inferred::Unknown };
                };
                let step = self.step(*input, inputs[0].clone());
                let inside = self.inside(node.layer, inner, i, &step);
                let at = self.spans[i];
                quote_spanned! { at=>
                    ::keras_core::shape::over_time(#name, #inside, &[#(#inputs),*], #drop_mask)
                }
            }
            Kind::Cells { cells, .. } => {
                let config = self.at(&self.config(node.layer));
                let Some(spec) = inputs.first() else {
                    return quote! { ::keras_core::shape::Inferred::Unknown };
                };
                self.over_cells(cells, &config, (spec, &inputs), i, drop_mask)
            }
            Kind::Block { .. } | Kind::Broken(_) => quote! { ::keras_core::shape::Inferred::Unknown },
        }
    }
}

impl Expansion<'_> {
    /// What a layer of Keras gives; `later` says that only the compiler knows its arguments.
    fn inferred_keras(&self, i: usize, later: bool, inputs: &[TokenStream], first: usize) -> TokenStream {
        let (node, at) = (&self.graph.nodes[i], self.spans[i]);
        let drop_mask = node.drop_mask;
        let mut config = self.at(&self.config(node.layer));
        if node.call.changes_config() {
            let call = call_args(&node.call);
            config = quote! { #call.of(#config) };
        }
        let mut infer = quote_spanned! { at=>
            ::keras_core::shape::infer(&#config, &[#(#inputs),*], #i, #drop_mask)
        };
        // What is known here has been weighed here.
        let known = |tensor: &TensorRef| {
            self.shapes.of(*tensor).is_some_and(|spec| !spec.shape.dims().contains(&Dim::Later))
        };
        if later || !node.inputs.iter().all(known) {
            infer = quote_spanned! { at=>
                ::keras_core::shape::weighed(#infer, &#config, &[#(#inputs),*])
            };
        }
        let Some(before) = self.graph.before(i) else { return infer };
        let made_for = self.given_in(before, first);
        quote_spanned! { at=>
            ::keras_core::shape::again(#infer, &#config, &[#(#made_for),*], &[#(#inputs),*])
        }
    }
}

/// For each node whether the macro has proved all of it: then the compiler, which runs the same rules, finds the same,
/// and each constant that it need not check is time saved. Behind a constant that only the compiler knows nothing is
/// proved, though a shape may be known in part.
pub fn proved(graph: &Graph, shapes: &Shapes) -> Vec<bool> {
    let mut all: Vec<bool> = Vec::new();
    for (i, node) in graph.nodes.iter().enumerate() {
        let is_known = |tensor: &TensorRef| {
            shapes.of(*tensor).is_some_and(|spec| !spec.shape.dims().contains(&Dim::Later))
        };
        let is_sound = |tensor: &TensorRef| match tensor {
            TensorRef::Input(_) => is_known(tensor),
            TensorRef::Node(before, _) => all.get(*before) == Some(&true) && is_known(tensor),
            TensorRef::Broken => false,
        };
        // The weights of a shared layer are made where it is applied first.
        let first = graph.first(node.layer).is_none_or(|first| first >= i || all[first]);
        let sure =
            matches!(&graph.layers[node.layer].kind, Kind::Keras { code, .. } if !code.has_expression());
        let gives = shapes.nodes[i].outputs().is_some() && is_known(&TensorRef::Node(i, 0));
        let proved = first && sure && gives && node.inputs.iter().all(is_sound);
        all.push(proved);
    }
    all
}

/// For each layer the first one with the same arguments, if those are known here.
pub fn configs(graph: &Graph) -> Vec<usize> {
    let mut first = std::collections::HashMap::new();
    let layers = graph.layers.iter().enumerate();
    let of = layers.map(|(i, layer)| match &layer.kind {
        Kind::Keras { code, .. } if !code.has_expression() => *first.entry(format!("{code:?}")).or_insert(i),
        _ => i,
    });
    of.collect()
}

/// For each node the first of those that are computed in one constant with it. If each had a constant of its own that
/// refers to the one before, the compiler would nest as deep as the model and give up at 128 layers. An own layer
/// begins a segment, because its type is computed from what comes before.
pub fn segments(graph: &Graph) -> Vec<usize> {
    const LENGTH: usize = 16;
    let mut first = 0;
    let nodes = graph.nodes.iter().enumerate();
    let of = nodes.map(|(i, node)| {
        if graph.layers[node.layer].is_typed() || i - first == LENGTH {
            first = i;
        }
        first
    });
    of.collect()
}

/// A layer of a type, as one for an input.
pub struct Typed<'a> {
    /// Of the model that it stands in.
    pub params: &'a Params,
    /// Its type.
    pub path: &'a TokenStream,
    /// Its token, where "not a layer for inputs of shape ..." points.
    pub span: Span,
    /// The type of the input's shape.
    pub input: &'a TokenStream,
}

impl Typed<'_> {
    /// Rust in which the layer stands, as `LAYER as Layer<INPUT>`.
    pub fn write(&self, rust: impl Fn(TokenStream) -> TokenStream) -> TokenStream {
        let (path, input) = (self.path, self.input);
        let layer = |input: &TokenStream| {
            quote_spanned! { self.span=>
                <#path as ::keras_core::model::LayerFor<#input>>::Layer as ::keras_core::model::Layer<#input>
            }
        };
        // An item inside cannot name the parameters of the model.
        if !self.params.is_empty() {
            return rust(layer(input));
        }
        let rust = rust(layer(&quote_spanned! { self.span=> __In }));
        quote! {{ type __In = #input; #rust }}
    }

    /// What it gives.
    pub fn outputs(&self, class: &str, inputs: &TokenStream, node: usize, drop_mask: bool) -> TokenStream {
        self.write(|layer| {
            quote! {
                ::keras_core::model::own_outputs(
                    #class, <#layer>::OUTPUT, <#layer>::NESTED, &[#inputs], #node, #drop_mask,
                )
            }
        })
    }
}

/// What a call says, as a Rust expression.
pub fn call_args(call: &CallArgs) -> TokenStream {
    if *call == CallArgs::NONE {
        return quote! { ::keras_core::shape::CallArgs::NONE };
    }
    let fields = [
        ("training", call.training),
        ("return_attention_scores", call.return_attention_scores),
        ("use_causal_mask", call.use_causal_mask),
        ("reverse", call.reverse),
    ];
    let fields = fields.into_iter().filter_map(|(name, value)| {
        let (name, value) = (Ident::new(name, Span::call_site()), value?);
        Some(quote! { #name: ::core::option::Option::Some(#value), })
    });
    let precision = call.precision.map(|precision| {
        let name = Ident::new(&format!("{precision:?}"), Span::call_site());
        quote! { precision: ::core::option::Option::Some(::keras_core::shape::Precision::#name), }
    });
    quote! { ::keras_core::shape::CallArgs { #(#fields)* #precision ..::keras_core::shape::CallArgs::NONE } }
}

/// A role as a Rust expression.
pub fn role_variant(role: Role) -> TokenStream {
    let variant = match role {
        Role::Input => quote! { Input },
        Role::InitialState => quote! { InitialState },
        Role::AttentionMask => quote! { AttentionMask },
        Role::Mask => quote! { Mask },
        Role::QueryMask => quote! { QueryMask },
        Role::ValueMask => quote! { ValueMask },
        Role::KeyMask => quote! { KeyMask },
        Role::CountWeights => quote! { CountWeights },
    };
    quote! { ::keras_core::shape::Role::#variant }
}
