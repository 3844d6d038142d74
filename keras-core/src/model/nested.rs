//! A model as a layer of another: what it takes and gives, and what is wrong with it for the parameters that it has.

use keras_shape::{
    DType, Dim, Inferred, Mask, Outputs, Shape as Dims, ShapeError, TensorSpec, Text, wording,
};

use super::Model;
use super::nested_masks::{DROPPED_INSIDE, MOST_OUTPUTS, Masks, masks_of};
use super::proof::shape_of;
use super::structure::Structure;

/// What is known of several tensors.
type Specs = &'static [Option<TensorSpec>];

/// What a model inside a model takes and gives, with the names of its axes.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Nested {
    wants: Specs,
    gives: Specs,
    wrong: Option<ShapeError>,
    structure: Option<&'static Structure>,
}

/// The graph by its address: it would print all models inside, and there is one for each content.
impl core::fmt::Debug for Nested {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let structure = self.structure.map(core::ptr::from_ref);
        f.debug_struct("Nested")
            .field("wants", &self.wants)
            .field("gives", &self.gives)
            .field("structure", &structure)
            .finish_non_exhaustive()
    }
}

impl Nested {
    /// A model in which something is wrong, and said elsewhere.
    pub const BROKEN: Nested = Nested { wants: &[], gives: &[], wrong: None, structure: None };

    /// A model that takes and gives these tensors, with its graph.
    pub const fn new(wants: Specs, gives: Specs, structure: &'static Structure) -> Self {
        Nested { wants, gives, wrong: None, structure: Some(structure) }
    }

    /// A model with parameters, in which this is wrong for those that it has.
    pub const fn with(
        wrong: Option<ShapeError>,
        wants: Specs,
        gives: Specs,
        structure: &'static Structure,
    ) -> Self {
        Nested { wants, gives, wrong, structure: Some(structure) }
    }

    /// The masks of its outputs where its inputs are those given.
    #[allow(clippy::result_large_err, reason = "constants have no boxes")]
    pub(super) const fn masks(self, given: &[Option<TensorSpec>]) -> Result<Masks, ShapeError> {
        let (mut i, mut carried) = (0, false);
        while i < given.len() {
            if let Some(spec) = given[i] {
                carried = carried || !matches!(spec.mask, Mask::Absent);
            }
            i += 1;
        }
        if let Some(structure) = self.structure
            && carried
            && given.len() == self.wants.len()
        {
            return masks_of(structure, given);
        }
        // Those that it makes itself.
        let mut masks = [Mask::Absent; MOST_OUTPUTS];
        let mut i = 0;
        while i < self.gives.len() && i < MOST_OUTPUTS {
            if let Some(spec) = self.gives[i] {
                masks[i] = spec.mask;
            }
            i += 1;
        }
        Ok(masks)
    }

    pub(super) const fn outputs(
        self,
        name: &str,
        given: &[Option<TensorSpec>],
        drop_mask: bool,
        node: usize,
    ) -> Inferred {
        match self.wrong {
            Some(error) => Inferred::Wrong(error),
            None => match nested_outputs(name, self.wants, self.gives, given) {
                Inferred::Known(outputs) => self.with_masks(outputs, given, drop_mask, node),
                inferred => inferred,
            },
        }
    }

    /// Its outputs with the masks that they carry where the inputs are those given.
    const fn with_masks(
        self,
        outputs: Outputs,
        given: &[Option<TensorSpec>],
        drop_mask: bool,
        node: usize,
    ) -> Inferred {
        let masks = match self.masks(given) {
            _ if drop_mask => [Mask::Absent; MOST_OUTPUTS],
            Ok(masks) => masks,
            Err(error) => return Inferred::Wrong(error),
        };
        let mut marked = outputs;
        let mut i = 0;
        while i < outputs.len() {
            let mask = match masks[i] {
                Mask::Lost(DROPPED_INSIDE) => Mask::Lost(node),
                mask => mask,
            };
            marked = marked.with_mask(i, mask);
            i += 1;
        }
        Inferred::Known(marked)
    }
}

/// What is wrong with a model that has parameters, for these values of them: the first layer that does not fit. Each
/// parameter has its value and whether it is a truth value.
#[doc(hidden)]
pub const fn problem(
    model: &str,
    parameters: &[(&str, usize, bool)],
    nodes: &[(&str, &Inferred)],
) -> Option<ShapeError> {
    let mut i = 0;
    while i < nodes.len() {
        if let (mut layer, Inferred::Wrong(error)) = nodes[i] {
            if let Some(culprit) = error.culprit
                && culprit < nodes.len()
            {
                layer = nodes[culprit].0;
            }
            let mut text = Text::new().s("in `").s(layer).s("` of ").s(model).s(" with ");
            let mut p = 0;
            while p < parameters.len() {
                let (name, value, is_truth) = parameters[p];
                text = text.s(if p == 0 { "" } else { ", " }).s(name).s(" = ");
                text = match (is_truth, value) {
                    (false, n) => text.n(n),
                    (true, 0) => text.s("false"),
                    (true, _) => text.s("true"),
                };
                p += 1;
            }
            return Some(ShapeError::new(text.s(": ").t(&error.message)).help(error.help));
        }
        i += 1;
    }
    None
}

border! {
[Model]
/// What is wrong with a model for its parameters, in words; nothing if all is well.
#[doc(hidden)]
pub const fn problem_of<M: Model>() -> Text<1024> {
    match M::PROBLEM {
        Some(error) => error.text(),
        None => Text::new(),
    }
}
}

/// The weights of a model, each with its path.
#[doc(hidden)]
pub fn weights(model: &dyn super::AnyModel) -> Vec<(String, crate::tensor::Raw)> {
    model.named_params().into_iter().map(|(path, p)| (path, p.value.clone())).collect()
}

/// That an axis has the length that its type says.
///
/// # Panics
/// If it has another: then `model!` is mistaken.
#[doc(hidden)]
pub const fn agrees(spec: Option<TensorSpec>, axis: usize, length: usize) {
    if let Some(spec) = spec
        && let Dim::Fixed(found) = spec.shape.dim(axis)
        && found != length
    {
        let text = Text::<512>::new().s("`model!` took axis ").n(axis).s(" of the output for ").n(length);
        let text = text.s(", and it is ").n(found).s(": that is a mistake in the macro; please report it");
        panic!("{}", text.as_str());
    }
}

/// The outputs of a model that is a layer of another, for these inputs. Lengths that only the data
/// knows are those of the tensors that the outer model gives: by name, and the batch axis always.
const fn nested_outputs(
    name: &str,
    wants: &[Option<TensorSpec>],
    gives: &[Option<TensorSpec>],
    given: &[Option<TensorSpec>],
) -> Inferred {
    // The inner model is wrong itself, and says so.
    if gives.is_empty() {
        return Inferred::Unknown;
    }
    let mut i = 0;
    while i < given.len() {
        if given[i].is_none() {
            return Inferred::Unknown;
        }
        i += 1;
    }
    if wants.len() != given.len() {
        return Inferred::Wrong(wording::tensors_of_a_model(name, wants.len(), given.len()));
    }
    if let Some(error) = strings_inside(name, wants, given) {
        return Inferred::Wrong(error);
    }
    let mut i = 0;
    while i < wants.len() {
        if let Some(error) = nested_problem(name, shape_of(wants[i]), shape_of(given[i])) {
            return Inferred::Wrong(match in_wrong_order(name, wants, given, i) {
                Some(error) => error,
                None => error,
            });
        }
        i += 1;
    }
    let mut outputs: Option<Outputs> = None;
    let mut o = 0;
    while o < gives.len() {
        let Some(mut spec) = gives[o] else { return Inferred::Unknown };
        let mut axis = 0;
        while axis < spec.shape.rank() {
            let bound = bound_to(spec.shape.dim(axis), axis == 0, wants, given);
            spec.shape = spec.shape.with(axis, bound);
            axis += 1;
        }
        outputs = Some(match outputs {
            None => Outputs::one(spec),
            Some(outputs) => outputs.and(spec),
        });
        o += 1;
    }
    match outputs {
        Some(outputs) => Inferred::Known(outputs),
        None => Inferred::Unknown,
    }
}

/// That a model inside a model is given strings where it takes numbers, or numbers where it takes strings.
const fn strings_inside(
    name: &str,
    wants: &[Option<TensorSpec>],
    given: &[Option<TensorSpec>],
) -> Option<ShapeError> {
    let mut i = 0;
    while i < given.len() {
        if let (Some(spec), Some(want)) = (given[i], wants[i])
            && matches!(spec.dtype, DType::String) != matches!(want.dtype, DType::String)
        {
            return Some(match spec.dtype {
                DType::String => wording::no_strings(name),
                DType::Float32 | DType::Int32 => wording::only_strings(name),
            });
        }
        i += 1;
    }
    None
}

/// What an axis of an inner model's output is in the outer model.
const fn bound_to(dim: Dim, batch: bool, wants: &[Option<TensorSpec>], given: &[Option<TensorSpec>]) -> Dim {
    if !dim.is_dynamic() {
        return dim;
    }
    if batch {
        return match given {
            [Some(first), ..] => first.shape.dim(0),
            _ => dim,
        };
    }
    let Some(name) = dim.name() else { return dim };
    let mut i = 0;
    while i < wants.len() {
        let (want, given) = (shape_of(wants[i]), shape_of(given[i]));
        let mut axis = 0;
        while axis < want.rank() {
            if want.dim(axis).same(Dim::Dynamic(Some(name))) {
                return match dim {
                    Dim::Derived(_, follows) => given.dim(axis).then(follows),
                    _ => given.dim(axis),
                };
            }
            axis += 1;
        }
        i += 1;
    }
    Dim::NONE
}

/// Which axes of a tensor are not what a model takes: all before the last, and the last.
const fn differ(wants: Dims, given: Dims) -> (bool, bool) {
    if given.rank() != wants.rank() {
        return (true, true);
    }
    let (mut before_last, mut last) = (false, false);
    let mut axis = 0;
    while axis < wants.rank() {
        let fits = match (wants.dim(axis), given.dim(axis)) {
            (Dim::Fixed(a), Dim::Fixed(b)) => a == b,
            (Dim::Fixed(_), _) => false,
            _ => true,
        };
        if axis + 1 == wants.rank() {
            last = !fits;
        } else if !fits {
            before_last = true;
        }
        axis += 1;
    }
    (before_last, last)
}

/// What is wrong if a model is given another tensor than it takes.
const fn nested_problem(name: &str, wants: Dims, given: Dims) -> Option<ShapeError> {
    let (before_last, last) = differ(wants, given);
    if !before_last && !last {
        return None;
    }
    let error = wording::shape_of_a_model(name, &wants, &given);
    if before_last || wants.rank() < 2 {
        return Some(error);
    }
    let help = Text::new().s("`Dense(").d(wants.last()).s(")` before it brings the tensor to that width");
    Some(error.help(help))
}

/// Two tensors of which each is what the other should be.
const fn in_wrong_order(
    name: &str,
    wants: &[Option<TensorSpec>],
    given: &[Option<TensorSpec>],
    i: usize,
) -> Option<ShapeError> {
    let mut j = i + 1;
    while j < wants.len() {
        let (here, there) =
            (differ(shape_of(wants[i]), shape_of(given[j])), differ(shape_of(wants[j]), shape_of(given[i])));
        if !here.0 && !here.1 && !there.0 && !there.1 {
            let text = Text::new().s("two tensors are in the wrong order: ").s(name).s(" takes ");
            let text = text.shape(&shape_of(wants[i])).s(" as number ").n(i + 1).s(" and ");
            let text = text.shape(&shape_of(wants[j])).s(" as number ").n(j + 1);
            let help = Text::new()
                .s("swap number ")
                .n(i + 1)
                .s(" and number ")
                .n(j + 1)
                .s(" of the list before `=>`");
            return Some(ShapeError::new(text).help(help));
        }
        j += 1;
    }
    None
}
