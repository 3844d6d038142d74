//! Masks given by name: `mask = m`, `query_mask = m`.

use crate::wording::{differ, remedy};
use crate::{Dim, LayerConfig, Mask, MaskRule, NamedMask, Role, Shape, ShapeError, TensorSpec, Text};

/// The most tensors that one layer takes.
pub(crate) const MAX_INPUTS: usize = 256;

/// As many tensors as almost every layer takes at most: constants with room for more take longer to compute.
pub(crate) const FEW_INPUTS: usize = 8;

/// What a layer is given besides masks by name: those have taken the place of the masks that its inputs carry.
#[derive(Clone, Copy)]
pub(crate) struct Placed<const N: usize> {
    pub list: [TensorSpec; N],
    pub len: usize,
}

impl<const N: usize> Placed<N> {
    pub const fn none() -> Self {
        Placed { list: [TensorSpec::float(Shape::new(&[])); N], len: 0 }
    }

    pub const fn as_slice(&self) -> &[TensorSpec] {
        self.list.split_at(self.len).0
    }
}

impl LayerConfig {
    /// Whether it computes with the mask of its input.
    pub const fn uses_mask(&self) -> bool {
        matches!(self.mask_rule(), MaskRule::Use | MaskRule::UseAndPass)
    }

    /// Whether a mask by name in this role takes the place of the one that its input carries.
    pub const fn mask_stands_for_carried(&self, role: Role) -> bool {
        match self.facts().named_mask {
            NamedMask::Elements => false,
            NamedMask::Each => !matches!(role, Role::QueryMask),
            NamedMask::None
            | NamedMask::Steps
            | NamedMask::StepsAndMore
            | NamedMask::StepsAt(_)
            | NamedMask::AllButLast
            | NamedMask::List => true,
        }
    }

    /// Whether the mask that the input carries ends at a layer that is given one by name in this role.
    pub const fn ends_carried_mask(&self, _: Role) -> bool {
        matches!(self.facts().named_mask, NamedMask::Elements)
    }

    /// Whether it knows what to make of a mask that tells of whole samples: steps of an outer sequence.
    pub const fn takes_whole_steps(&self) -> bool {
        self.facts().over_steps.is_some()
    }

    /// Whether the layer, given tensors in these roles, hands on the mask that its input carries without looking at it:
    /// Keras gives a recurrent layer that is given `initial_state` no mask but one by name.
    pub const fn only_hands_on(&self, roles: &[Role]) -> bool {
        let (mut state, mut mask) = (false, false);
        let mut i = 0;
        while i < roles.len() {
            state = state || matches!(roles[i], Role::InitialState);
            mask = mask || matches!(roles[i], Role::Mask);
            i += 1;
        }
        state && !mask && self.takes(Role::InitialState)
    }
}

/// Puts the inputs into `placed`, with the masks given by name in the place of theirs. It holds 256 tensors for some layers,
/// which are not moved: each move takes as much stack again.
pub(crate) const fn place<const N: usize>(
    config: &LayerConfig,
    inputs: &[TensorSpec],
    node: usize,
    placed: &mut Placed<N>,
) {
    let mut i = 0;
    while i < inputs.len() {
        if !inputs[i].role.is_mask() {
            placed.list[placed.len] = inputs[i];
            placed.len += 1;
        }
        i += 1;
    }
    i = 0;
    while i < inputs.len() {
        let at = config.masked_input(inputs[i].role);
        if inputs[i].role.is_mask() && at < placed.len && placed.list[at].role.is_input() {
            let before = placed.list[at].mask;
            placed.list[at].mask = match (config.facts().named_mask, inputs[i].role) {
                // A mask of numbers, not of steps: it ends here, and what the input carries is lost.
                (NamedMask::Elements, _) if matches!(before, Mask::Present) => Mask::Lost(node),
                (NamedMask::Elements, _) => before,
                // Keras hands on the mask that the query carries.
                (NamedMask::Each, Role::QueryMask) => match before {
                    Mask::Lost(_) => Mask::Absent,
                    before => before,
                },
                // The mask is of the steps, wherever they are; the rule for one that is carried is another.
                (NamedMask::StepsAt(_), _) => Mask::Absent,
                (
                    NamedMask::None
                    | NamedMask::Steps
                    | NamedMask::StepsAndMore
                    | NamedMask::AllButLast
                    | NamedMask::List
                    | NamedMask::Each,
                    _,
                ) => Mask::Present,
            };
        }
        i += 1;
    }
}

/// Whether the layer hands on the mask that its input carries without looking at it: Keras gives a recurrent layer that
/// is given `initial_state` no mask but one by name.
pub(crate) const fn only_hands_on(config: &LayerConfig, inputs: &[TensorSpec]) -> bool {
    let (mut state, mut mask) = (false, false);
    let mut i = 0;
    while i < inputs.len() {
        state = state || matches!(inputs[i].role, Role::InitialState);
        mask = mask || matches!(inputs[i].role, Role::Mask);
        i += 1;
    }
    state && !mask && config.takes(Role::InitialState)
}

/// The mask of the first outputs of a layer that is given these tensors: all of them, and without the masks by name.
pub(crate) const fn mask_after(
    config: &LayerConfig,
    with_masks: &[TensorSpec],
    inputs: &[TensorSpec],
    node: usize,
) -> Result<Mask, ShapeError> {
    let rule = config.mask_rule();
    let first = if inputs.is_empty() { Mask::Absent } else { inputs[0].mask };
    Ok(match (rule, together(rule, inputs, node)) {
        // What is not looked at may be lost.
        (MaskRule::UseAndPass, _) if only_hands_on(config, with_masks) => first,
        (MaskRule::Use, _) if only_hands_on(config, with_masks) => Mask::Absent,
        (MaskRule::Make, _) => Mask::Present,
        (MaskRule::Pass | MaskRule::PassAll | MaskRule::PassAny, mask) => mask,
        (MaskRule::Use | MaskRule::UseAndPass, Mask::Lost(dropper)) => {
            let message = Text::new()
                .s("this layer drops the mask of padded steps, and ")
                .s(config.class())
                .s(" further down would use it: padding would count as data");
            let help = Text::new().s(
                "write `mask = None` among this layer's arguments to drop the mask on purpose, or move the layer behind the one that uses the mask",
            );
            return Err(ShapeError::new(message).help(help).culprit(dropper));
        }
        (MaskRule::Use, _) => Mask::Absent,
        (MaskRule::UseAndPass, mask) => mask,
        (MaskRule::Drop, Mask::Absent) => Mask::Absent,
        (MaskRule::Drop, Mask::Present) => Mask::Lost(node),
        (MaskRule::Drop, Mask::Lost(by)) => Mask::Lost(by),
    })
}

/// The mask that the first [`masked_outputs`](LayerConfig::masked_outputs) of a layer carry, given tensors of which the shapes are
/// known to fit.
///
/// # Errors
/// It would use a mask that was dropped at the node which the error names as culprit.
pub const fn mask_of_outputs(
    config: &LayerConfig,
    inputs: &[TensorSpec],
    node: usize,
) -> Result<Mask, ShapeError> {
    if inputs.len() <= FEW_INPUTS {
        let mut placed = Placed::<FEW_INPUTS>::none();
        place(config, inputs, node, &mut placed);
        mask_after(config, inputs, placed.as_slice(), node)
    } else {
        let mut placed = Placed::<MAX_INPUTS>::none();
        place(config, inputs, node, &mut placed);
        mask_after(config, inputs, placed.as_slice(), node)
    }
}

/// The mask that a layer of several tensors begins with. A mask that the rule cannot hand on is lost here.
const fn together(rule: MaskRule, inputs: &[TensorSpec], node: usize) -> Mask {
    let first = if inputs.is_empty() { Mask::Absent } else { inputs[0].mask };
    let (mut present, mut plain, mut lost, mut ranks) = (0, 0, Mask::Absent, true);
    let mut i = 0;
    while i < inputs.len() {
        if inputs[i].role.is_input() {
            plain += 1;
            ranks = ranks && inputs[i].shape.rank() == inputs[0].shape.rank();
            match inputs[i].mask {
                Mask::Present => present += 1,
                Mask::Lost(_) if matches!(lost, Mask::Absent) => lost = inputs[i].mask,
                _ => {}
            }
        }
        i += 1;
    }
    match rule {
        MaskRule::Make | MaskRule::Pass => first,
        // Before a mask is used, it must not be lost in any input; what goes on is that of the first.
        MaskRule::Use | MaskRule::UseAndPass => match lost {
            Mask::Absent => first,
            lost => lost,
        },
        MaskRule::PassAll if present == plain && ranks => first,
        MaskRule::PassAll if present > 0 && matches!(lost, Mask::Absent) => Mask::Lost(node),
        MaskRule::PassAll => lost,
        MaskRule::PassAny | MaskRule::Drop if present > 0 => Mask::Present,
        MaskRule::PassAny | MaskRule::Drop => lost,
    }
}

/// Whether each mask given by name is of the steps of its input.
pub(crate) const fn check(config: &LayerConfig, inputs: &[TensorSpec]) -> Result<(), ShapeError> {
    let mut i = 0;
    while i < inputs.len() {
        if inputs[i].role.is_mask()
            && let Some(error) = problem(config, inputs, i)
        {
            return Err(error);
        }
        i += 1;
    }
    Ok(())
}

const fn problem(config: &LayerConfig, inputs: &[TensorSpec], i: usize) -> Option<ShapeError> {
    let (class, role, mask) = (config.class(), inputs[i].role, inputs[i].shape);
    let arg = config.mask_argument(role);
    if matches!(role, Role::Mask) && config.masks_in_a_list() {
        let text = Text::new().s(class).s(" takes a list of masks, of the query and of the value");
        let help = "write `mask = [query_mask, value_mask]`; `None` stands for a mask that there is not";
        return Some(ShapeError::new(text).help(Text::new().s(help)).arg(arg));
    }
    let mut other = i + 1;
    while other < inputs.len() {
        if inputs[other].role as u8 == role as u8 {
            let text = Text::new().s(class).s(" takes one `").s(arg).s("`, found more");
            return Some(ShapeError::new(text).help(Text::new().s("leave one of them")).arg(arg));
        }
        other += 1;
    }
    let mut at = config.masked_input(role);
    if at >= inputs.len() || !inputs[at].role.is_input() {
        // The key is the value if there is none.
        at = 1;
    }
    let input = inputs[at].shape;
    if let NamedMask::Elements = config.facts().named_mask {
        return number_mask(class, &input, &mask);
    }
    let wanted = steps(config, &input);
    let more = matches!(config.facts().named_mask, NamedMask::StepsAndMore) && mask.rank() < input.rank();
    let mut fits = mask.rank() == wanted.rank() || (more && mask.rank() > wanted.rank());
    let (mut a, mut b) = (Dim::NONE, Dim::NONE);
    let mut axis = 0;
    while fits && axis < wanted.rank() {
        (a, b) = (wanted.dim(axis), mask.dim(axis));
        // One number may stand for all of an axis.
        let one = matches!(config.facts().named_mask, NamedMask::AllButLast) && matches!(b, Dim::Fixed(1));
        fits = one || !a.clashes(b);
        axis += 1;
    }
    if fits {
        return None;
    }
    let text =
        Text::new().s(class).s(": `").s(arg).s("` says of each step whether it counts, ").shape(&wanted);
    let text = text.s("; found ").shape(&mask);
    if mask.rank() == wanted.rank() {
        let text = differ(text.s(": "), a, b);
        if matches!(role, Role::QueryMask) && swapped(config, inputs, i) {
            let help = "the masks are in the wrong order: write `mask = [query_mask, value_mask]`";
            return Some(ShapeError::new(text).help(Text::new().s(help)).arg(arg));
        }
        let help = remedy(a, b, "give the mask one number for each step of its input");
        return Some(ShapeError::new(text).help(help).arg(arg));
    }
    let help = if mask.rank() == wanted.rank() + 1 && matches!(mask.last(), Dim::Fixed(1)) {
        Text::new().s("`Reshape` takes the last axis away: `m => Reshape((-1,))`")
    } else {
        Text::new()
            .s("a mask has no axis of features: one number for each step, 1 where it counts and 0 where not")
    };
    Some(ShapeError::new(text).help(help).arg(arg))
}

/// Whether the mask after this one is that of the query, and this one that of the value.
const fn swapped(config: &LayerConfig, inputs: &[TensorSpec], i: usize) -> bool {
    if !config.masks_in_a_list() || i + 1 >= inputs.len() || !matches!(inputs[i + 1].role, Role::ValueMask) {
        return false;
    }
    let (query, value) = (steps(config, &inputs[0].shape), steps(config, &inputs[1].shape));
    let mut fits = inputs[i].shape.rank() == value.rank() && inputs[i + 1].shape.rank() == query.rank();
    let mut axis = 0;
    while fits && axis < query.rank() {
        fits = !inputs[i].shape.dim(axis).clashes(value.dim(axis))
            && !inputs[i + 1].shape.dim(axis).clashes(query.dim(axis));
        axis += 1;
    }
    fits
}

/// The axes that a mask by name has.
const fn steps(config: &LayerConfig, input: &Shape) -> Shape {
    match config.facts().named_mask {
        NamedMask::StepsAt(axis) => Shape::new(&[input.batch(), input.dim(axis)]),
        NamedMask::List | NamedMask::AllButLast => input.remove(input.rank().saturating_sub(1)),
        NamedMask::None
        | NamedMask::Steps
        | NamedMask::StepsAndMore
        | NamedMask::Elements
        | NamedMask::Each => Shape::new(&[input.batch(), input.dim(1)]),
    }
}

/// A mask of the numbers themselves, axes of 1 stretched. Keras also takes one of fewer axes; but the first
/// axis of a tensor in a model is the batch, which would then be laid over another.
const fn number_mask(class: &str, input: &Shape, mask: &Shape) -> Option<ShapeError> {
    let mut fits = mask.rank() == input.rank();
    let mut axis = 0;
    while fits && axis < input.rank() {
        let m = mask.dim(axis);
        fits = matches!(m, Dim::Fixed(1)) || !m.clashes(input.dim(axis));
        axis += 1;
    }
    if fits {
        return None;
    }
    let text = Text::new().s(class).s(": `mask` says of each number whether it counts, ").shape(input);
    let text = text.s("; found ").shape(mask);
    let help = "axes of it may be 1; a mask of steps becomes one of numbers by `Reshape`, as `m => Reshape((-1, 1))`";
    Some(ShapeError::new(text).help(Text::new().s(help)).arg("mask"))
}
