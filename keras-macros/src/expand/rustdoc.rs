//! The model's summary as documentation of its type.

use keras_shape::summary::{
    ParamCount, SummaryOptions, SummaryRow, SummaryTable, Totals, format_connection, format_shape,
};
use keras_shape::{TensorSpec, in_role};
use proc_macro2::TokenStream;
use quote::quote;

use super::Expansion;
use crate::resolve::{Kind, Layer, TensorRef};

impl Expansion<'_> {
    /// `model.summary()` as Keras prints it, as far as the macro knows: a shape that only the compiler
    /// can compute shows as `?`.
    pub fn rustdoc(&self) -> TokenStream {
        let table = self.table();
        let Ok(text) = table.render(&SummaryOptions::default()) else { return TokenStream::new() };
        let text = format!("\n```text\n{text}```");
        quote! { #[doc = #text] }
    }

    fn table(&self) -> SummaryTable {
        let (mut trainable, mut frozen) = (0usize, 0usize);
        let mut calls_of: Vec<Vec<usize>> = vec![Vec::new(); self.graph.layers.len()];
        for (i, node) in self.graph.nodes.iter().enumerate() {
            calls_of[node.layer].push(i);
        }
        let mut rows: Vec<SummaryRow> = Vec::new();
        if !self.graph.sequential {
            rows.extend(self.graph.inputs.iter().enumerate().map(|(i, input)| SummaryRow {
                name: input.name.clone(),
                class: "InputLayer".to_string(),
                output_shape: self.shape_text(TensorRef::Input(i)),
                params: Some(0),
                connected_to: vec!["-".to_string()],
                ..SummaryRow::default()
            }));
        }
        for (layer, calls) in self.graph.layers.iter().zip(calls_of) {
            let Some(first) = calls.first().filter(|_| !layer.name.is_empty()) else { continue };
            let counts = self.counts(layer, *first);
            if let Some((t, f)) = counts {
                // Each is at most 2^48, and so is their sum where no mistake is reported.
                trainable = trainable.saturating_add(t);
                frozen = frozen.saturating_add(f);
            }
            let inputs = calls.iter().flat_map(|node| &self.graph.nodes[*node].inputs);
            rows.push(SummaryRow {
                name: layer.name.clone(),
                class: layer.class(),
                output_shape: self.shape_text(TensorRef::Node(*first, 0)),
                params: counts.map(|(t, f)| t + f),
                connected_to: inputs.map(|tensor| self.connection(*tensor)).collect(),
                ..SummaryRow::default()
            });
        }
        SummaryTable {
            model_name: self.keras_name.clone(),
            rows,
            connected: !self.graph.sequential,
            totals: Totals {
                trainable: ParamCount::new(trainable, 32),
                non_trainable: ParamCount::new(frozen, 32),
                optimizer: None,
            },
        }
    }

    /// The shape of a tensor; in a model with parameters they stand in it by name.
    fn shape_text(&self, tensor: TensorRef) -> String {
        match self.axes.of(tensor) {
            Some(axes) => {
                let axes: Vec<String> = axes.iter().map(|axis| axis.text()).collect();
                format!("({})", axes.join(", "))
            }
            None => text(self.shapes.of(tensor)),
        }
    }

    /// Trainable and other parameters of a layer.
    fn counts(&self, layer: &Layer, node: usize) -> Option<(usize, usize)> {
        if let (Some(block), Some(shapes)) = (layer.block(), self.shapes.inner.get(&node)) {
            let inside = Expansion { graph: block, shapes, given: None, ..self.clone() };
            let layers =
                block.layers.iter().enumerate().map(|(i, layer)| inside.counts(layer, block.first(i)?));
            let all = layers.collect::<Option<Vec<_>>>()?;
            return Some(all.iter().fold((0, 0), |sum, (t, f)| (sum.0 + t, sum.1 + f)));
        }
        let Kind::Keras { config, .. } = &layer.kind else { return None };
        let node_of = &self.graph.nodes[node];
        let given = node_of.inputs.iter().zip(&node_of.roles);
        let inputs: Option<Vec<TensorSpec>> =
            given.map(|(tensor, role)| in_role(self.shapes.of(*tensor), *role)).collect();
        // The rule's weights make sense only for inputs that it accepts.
        self.shapes.nodes[node].outputs()?;
        let weights = config.weights(&inputs?);
        let (all, trained) = (weights.count(false)?, weights.count(true)?);
        Some(if layer.trainable { (trained, all - trained) } else { (0, all) })
    }

    fn connection(&self, tensor: TensorRef) -> String {
        match tensor {
            TensorRef::Input(i) => format_connection(&self.graph.inputs[i].name, 0, 0),
            TensorRef::Node(node, output) => {
                let layer = self.graph.nodes[node].layer;
                format_connection(&self.graph.layers[layer].name, self.graph.calls_before(node), output)
            }
            TensorRef::Broken => "?".to_string(),
        }
    }
}

/// A shape as Keras prints it; names of axes are ours, and stay out.
fn text(spec: Option<TensorSpec>) -> String {
    let Some(spec) = spec else { return "?".to_string() };
    let dims = spec.shape.dims();
    if dims.contains(&keras_shape::Dim::Later) {
        let texts: Vec<String> = dims
            .iter()
            .map(|dim| match dim {
                keras_shape::Dim::Fixed(n) => n.to_string(),
                keras_shape::Dim::Dynamic(_) | keras_shape::Dim::Derived(..) => "None".to_string(),
                keras_shape::Dim::Later => "?".to_string(),
            })
            .collect();
        return format!("({})", texts.join(", "));
    }
    format_shape(&dims.iter().map(|dim| dim.fixed()).collect::<Vec<_>>())
}
