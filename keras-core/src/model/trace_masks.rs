//! The masks of a layer that is traced: those that its tensors carry, those given by name, those of its outputs.

use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::{LayerConfig, MaskRule, Role};

/// The masks of a layer's inputs and outputs.
#[derive(Default)]
pub(super) struct Masks {
    /// Of each input that is no mask by name, what the layer computes with.
    used: Vec<Option<Symbolic>>,
    /// What is handed on where the rule says that the layer hands its mask on.
    passed: Option<Symbolic>,
    named: Vec<(Role, Symbolic)>,
    /// What the layer has said of its outputs.
    outputs: Vec<(usize, Option<Symbolic>)>,
}

/// The mask of an output.
#[derive(Clone, Debug)]
pub(crate) enum OutputMask {
    Absent,
    /// The one that this tensor carries, counted through all that the layer is given.
    Carried(usize),
    /// One that the layer computes.
    Made(Symbolic),
}

impl OutputMask {
    /// A mask beside those that the inputs carry: one of these, or another.
    pub fn of(mask: Option<Symbolic>, carried: &[Option<Symbolic>]) -> OutputMask {
        let Some(mask) = mask else { return OutputMask::Absent };
        let same = |own: &Option<Symbolic>| {
            own.as_ref().is_some_and(|own| own.is_same_as(&mask) && own.shape() == mask.shape())
        };
        match carried.iter().position(same) {
            Some(input) => OutputMask::Carried(input),
            None => OutputMask::Made(mask),
        }
    }

    /// The mask, if the layer computes it.
    pub fn made(&self) -> Option<&Symbolic> {
        match self {
            OutputMask::Made(mask) => Some(mask),
            OutputMask::Absent | OutputMask::Carried(_) => None,
        }
    }
}

/// Truth values: all but 0 are true.
fn truth(mask: &Symbolic) -> Symbolic {
    ops::cast(mask, DType::Bool)
}

impl Masks {
    /// Of a layer that is given `tensors` in these roles, each with the mask that it carries.
    pub fn new(
        config: Option<&LayerConfig>,
        roles: &[Role],
        tensors: &[Symbolic],
        carried: &[Option<Symbolic>],
    ) -> Masks {
        let plain = || roles.iter().enumerate().filter(|(_, role)| role.is_operand());
        // One that tells of whole samples, the steps of a sequence around, says nothing of a layer's own steps.
        let of_steps = |mask: &Symbolic| {
            mask.ndim() > 1 || config.is_none_or(|config| !config.uses_mask() || config.takes_whole_steps())
        };
        let mut used: Vec<Option<Symbolic>> =
            plain().map(|(i, _)| carried[i].clone().filter(of_steps)).collect();
        let mut passed = used.first().cloned().flatten();
        let mut named = Vec::new();
        for (mask, role) in tensors.iter().zip(roles) {
            if role.is_operand() {
                continue;
            }
            named.push((*role, mask.clone()));
            let mask = truth(mask);
            let Some(config) = config.filter(|_| role.is_mask()) else { continue };
            let at = config.masked_input(*role);
            let is_input = plain().nth(at).is_some_and(|(_, role)| role.is_input());
            if config.mask_stands_for_carried(*role) && is_input {
                used[at] = Some(mask);
                if at == 0 {
                    passed.clone_from(&used[0]);
                }
            } else if config.ends_carried_mask(*role) {
                passed = None;
            }
        }
        if config.is_some_and(|config| config.only_hands_on(roles)) {
            used[0] = None;
        }
        Masks { used, passed, named, outputs: Vec::new() }
    }

    /// Of a layer inside another, whose inputs have these masks.
    pub fn inner(masks: &[Option<Symbolic>]) -> Masks {
        Masks {
            used: masks.to_vec(),
            passed: masks.first().cloned().flatten(),
            named: Vec::new(),
            outputs: Vec::new(),
        }
    }

    /// What the layer computes with.
    pub fn of_input(&self, i: usize) -> Option<Symbolic> {
        self.used.get(i).cloned().flatten()
    }

    pub fn named(&self, role: Role) -> Option<Symbolic> {
        self.named.iter().find(|(own, _)| *own == role).map(|(_, mask)| mask.clone())
    }

    pub fn set(&mut self, output: usize, mask: Option<Symbolic>) {
        self.outputs.push((output, mask.map(|mask| truth(&mask))));
    }

    /// The mask of each output: what the layer has said, else what its rule says.
    pub fn symbolic(&self, config: Option<&LayerConfig>, outputs: usize) -> Vec<Option<Symbolic>> {
        let by_rule = |i: usize| {
            let config = config.filter(|config| i < config.masked_outputs())?;
            match config.mask_rule() {
                MaskRule::Pass | MaskRule::UseAndPass => self.passed.clone(),
                MaskRule::PassAll | MaskRule::PassAny | MaskRule::Use | MaskRule::Drop | MaskRule::Make => {
                    None
                }
            }
        };
        let said = |i: usize| self.outputs.iter().rev().find(|(output, _)| *output == i);
        (0..outputs).map(|i| said(i).map_or_else(|| by_rule(i), |(_, mask)| mask.clone())).collect()
    }

    /// The masks of all outputs, where some tensors carry masks.
    pub fn of_outputs(
        &self,
        config: Option<&LayerConfig>,
        outputs: usize,
        carried: &[Option<Symbolic>],
    ) -> Vec<OutputMask> {
        let masks = self.symbolic(config, outputs).into_iter();
        masks.map(|mask| OutputMask::of(mask, carried)).collect()
    }
}
