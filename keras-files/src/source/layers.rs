//! Layers and inputs, as a person would write them.

use keras_shape::check_name;

use super::Body;
use super::text::arguments;
use crate::config::{make, wrapped_model};
use crate::error::{Error, Result, shown};
use crate::graph::{Call, Input, Kind, Layer};
use crate::keras1::class_of;
use crate::old::{old_layer, unspoken};
use crate::parts::Counter;
use crate::quantized::unspoken as unspoken_quantized;

impl Body<'_, '_> {
    pub(super) fn shared_layer(&mut self, at: usize) -> Result<String> {
        if let Some(name) = self.shared.get(&at) {
            return Ok(name.clone());
        }
        let text = self.layer(at, &self.graph.layers[at].calls[0].clone())?;
        let name = self.name(&format!("{}_layer", self.graph.layers[at].name));
        self.lines.push(format!("let {name} = {text};"));
        self.shared.insert(at, name.clone());
        Ok(name)
    }

    pub(super) fn input(&self, layer: &Layer, input: &Input, named: bool) -> Result<String> {
        let axes = input.shape.get(1..).unwrap_or_default();
        let mut args: Vec<String> =
            axes.iter().map(|n| n.map_or("None".to_string(), |n| n.to_string())).collect();
        if let Some(batch) = input.shape.first().copied().flatten() {
            args.push(format!("batch = {batch}"));
        }
        if input.dtype.starts_with("int") || input.dtype.starts_with("uint") {
            args.push("dtype = int32".into());
        } else if input.dtype == "string" {
            args.push("dtype = string".into());
        }
        args.extend(self.given_name(layer).filter(|_| named));
        Ok(format!("Input({})", args.join(", ")))
    }

    /// `name = "..."`, where a layer is not called as `model!` would call it. Of layers of one class either all have it or
    /// none, as `model!` counts those without.
    fn given_name(&self, layer: &Layer) -> Option<String> {
        let class = |layer: &Layer| {
            if layer.input.is_some() { "InputLayer" } else { class_of(&layer.class, self.types.writer) }
                .to_string()
        };
        let mut counter = Counter::default();
        let own = class(layer);
        let same: Vec<&Layer> = self.graph.layers.iter().filter(|other| class(other) == own).collect();
        let as_counted = same.iter().all(|other| other.name == counter.next(&own));
        // In a chain the order of the source is that of the file.
        if as_counted && (same.len() == 1 || self.graph.kind == Kind::Sequential) {
            return None;
        }
        check_name(&layer.name).is_ok().then(|| format!("name = {:?}", layer.name))
    }

    /// A layer with its arguments.
    pub(super) fn layer(&mut self, at: usize, _: &Call) -> Result<String> {
        let layer = &self.graph.layers[at];
        if let Some(inner) = &layer.inner {
            return self.types.inside(inner, &layer.name, Some(&layer.name));
        }
        if let Some(inner) = wrapped_model(layer, self.types.writer)? {
            let inner = self.types.inside(&inner, &inner.name, None)?;
            let named = self.given_name(layer).map(|named| format!(", {named}"));
            return Ok(format!("TimeDistributed({inner}{})", named.unwrap_or_default()));
        }
        if old_layer(layer, self.types.writer).is_some() {
            return Err(Error::new(unspoken(layer)));
        }
        let made = make(layer, self.types.writer)
            .map_err(|wrong| Error::new(format!("layer `{}`: {}", shown(&layer.name), wrong.join("; "))))?;
        if made.stored.quantized.is_some() {
            return Err(Error::new(unspoken_quantized(&layer.name)));
        }
        let mut args = arguments(&made);
        args.extend(self.given_name(layer));
        if let Some(precision) = crate::precision(layer) {
            args.push(format!("dtype = \"{}\"", precision.policy()));
        }
        if !made.trainable {
            args.push("trainable = false".into());
        }
        Ok(format!("{}({})", made.config.class(), args.join(", ")))
    }
}
