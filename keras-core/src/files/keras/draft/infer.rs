//! What each call of a file gives, by the rules that `model!` checks with.

use keras_files::shown;
use keras_shape::layers::over_cells;
use keras_shape::{Inferred, Mask, Shape as Dims, TensorSpec, again, in_role, infer, weighed};

use super::super::functions::Function;
use super::calls::without_masks;
use super::inner::over_steps;
use super::{Drafting, Origin, Resolved, spec_of};
use crate::model::{own_outputs, without_lost};

/// A call that does not fit.
pub(super) struct Misfit {
    /// The call that drops a mask which is needed, if that is the fault.
    pub culprit: Option<usize>,
    /// What is wrong, with the name of the layer.
    pub text: String,
}

impl Drafting<'_> {
    /// What each call gives.
    ///
    /// # Errors
    /// The first call that does not fit.
    pub(super) fn infer(&self, resolved: &Resolved) -> Result<Vec<Inferred>, Misfit> {
        let mut known: Vec<Inferred> = Vec::new();
        let mut first: Vec<Option<Vec<Option<TensorSpec>>>> = vec![None; self.graph.layers.len()];
        for (at, (call, sources)) in self.calls.iter().zip(&resolved.sources).enumerate() {
            let specs: Vec<Option<TensorSpec>> = sources
                .iter()
                .zip(&call.roles)
                .map(|(source, role)| in_role(spec_of(*source, &resolved.inputs, &known), *role))
                .collect();
            let name = shown(&self.graph.layers[call.layer].name);
            if specs.contains(&None) {
                let text = format!("layer `{name}` takes a tensor that no layer gives");
                return Err(Misfit { culprit: None, text });
            }
            let wrong = |culprit, text: &str| Misfit { culprit, text: format!("layer `{name}`: {text}") };
            let before = first[call.layer].as_deref();
            let inferred = self.infer_call(at, &specs, before).map_err(|text| wrong(None, &text))?;
            match if self.ends[at] { without_lost(inferred) } else { inferred } {
                inferred @ Inferred::Known(_) => known.push(inferred),
                Inferred::Wrong(error) => {
                    let text = error.text();
                    return Err(wrong(error.culprit, text.as_str().lines().next().unwrap_or_default()));
                }
                Inferred::Unknown => return Err(wrong(None, "its output cannot be known")),
            }
            first[call.layer].get_or_insert(specs);
        }
        Ok(known)
    }

    /// What a call gives for these tensors; `first` are those of the layer's first call, if this is another.
    fn infer_call(
        &self,
        at: usize,
        specs: &[Option<TensorSpec>],
        first: Option<&[Option<TensorSpec>]>,
    ) -> Result<Inferred, String> {
        let (call, drop) = (&self.calls[at], self.drops[at]);
        let name = &self.graph.layers[call.layer].name;
        let (config, inferred) = match &self.sources[call.layer] {
            Some(Origin::Keras(made)) => {
                let config = call.args.of(made.config);
                let mut inferred = weighed(infer(&config, specs, at, drop), &config, specs);
                if call.no_masks {
                    inferred = without_masks(inferred, &infer(&config, specs, at, false), at);
                }
                (config, inferred)
            }
            Some(Origin::Cells(cells)) => {
                let config = call.args.of(cells.made.config);
                let [forward, backward] = cells.widths();
                (config, over_cells(&config, [&forward, &backward], specs, at, drop))
            }
            Some(Origin::Model(inner)) => return Ok(inner.outputs(name, specs, at, drop)),
            Some(Origin::Wrapped(inner)) => return Ok(over_steps(inner, name, specs, at, drop)),
            Some(Origin::Custom(custom, ..)) => {
                let shapes: Vec<Dims> = specs.iter().flatten().map(|spec| spec.shape).collect();
                let output = custom.output(&shapes).map_err(|error| error.to_string())?;
                return Ok(own_outputs(name, output, None, specs, at, drop));
            }
            Some(Origin::Function(function)) => {
                return self.infer_function(at, function, specs);
            }
            None => return Ok(Inferred::Unknown),
        };
        Ok(match first {
            Some(first) => again(inferred, &config, first, specs),
            None => inferred,
        })
    }

    /// What a call of a function gives: it is traced once for tensors that differ in their masks alone.
    fn infer_function(
        &self,
        at: usize,
        function: &Function,
        specs: &[Option<TensorSpec>],
    ) -> Result<Inferred, String> {
        let bare = |spec: TensorSpec| TensorSpec { mask: Mask::Absent, ..spec };
        let bare: Vec<Option<TensorSpec>> = specs.iter().map(|spec| spec.map(bare)).collect();
        if let Some((_, inferred)) = self.traced.borrow().get(&at).filter(|(known, _)| *known == bare) {
            return Ok(*inferred);
        }
        let inferred = function.infer(specs, self.tables)?;
        self.traced.borrow_mut().insert(at, (bare, inferred));
        Ok(inferred)
    }
}
