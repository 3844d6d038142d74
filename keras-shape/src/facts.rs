//! What others must know of a layer beside its shapes, weights and costs.

/// What every layer declares of itself, in its own file and without defaults.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Whether its inputs are ids: integers come to it as they are.
    pub takes_ids: bool,
    /// What it makes of strings.
    pub strings: Strings,
    /// Whether, while training, what it gives for one sample depends on the other samples of the batch.
    pub uses_batch: bool,
    /// The masks that a call may give by name.
    pub named_mask: NamedMask,
    /// How it goes over the steps of a sequence with states, if it does: then it takes `initial_state`, and knows what to
    /// make of a mask that tells of whole samples, which are steps of a sequence around.
    pub over_steps: Option<OverSteps>,
    /// The arithmetic of a step, if it is a cell: one that `RNN` takes.
    pub cell: Option<crate::layers::Recurrent>,
}

/// What a layer makes of strings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strings {
    /// It takes none.
    No,
    /// It takes them in the place of numbers.
    Too,
    /// It takes nothing else.
    Only,
}

/// How a layer goes over the steps of a sequence with states.
#[derive(Clone, Copy, Debug)]
pub struct OverSteps {
    /// Whether each batch goes on from the states that the one before left (`stateful = true`).
    pub keeps_state: bool,
    /// How many of the outputs, from the first on, are the sequence that its mask is of.
    pub sequences: usize,
    /// What it has in common with the other layers of one recurrent cell, if it is one.
    pub cell: Option<crate::layers::Recurrent>,
    /// How `Bidirectional` sees it, if that takes it.
    pub pass: Option<crate::layers::Pass>,
}

/// The masks that a call may give a layer by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedMask {
    /// None.
    None,
    /// `mask = m`, of the steps `(batch, time)`.
    Steps,
    /// `mask = m`, of the steps and perhaps of axes behind them, which are those of a layer inside.
    StepsAndMore,
    /// `mask = m`, of the steps, which are this axis; none is carried there.
    StepsAt(usize),
    /// `mask = m`, of all axes but the last.
    AllButLast,
    /// `mask = m`, of the numbers themselves. One of steps that the input carries is lost.
    Elements,
    /// `mask = [query_mask, value_mask]`, each of all axes but the last.
    List,
    /// `query_mask = m`, `value_mask = m` and `key_mask = m`, of steps. The output has the mask that the query carries.
    Each,
}

/// Declares the facts of a layer, in its file. One that goes over steps with states says how, too.
macro_rules! facts {
    ($class:ident { takes_ids: $ids:literal, uses_batch: $batch:literal, named_mask: $mask:ident }) => {
        facts!($class { strings: No, takes_ids: $ids, uses_batch: $batch, named_mask: $mask });
    };
    (
        $class:ident {
            strings: $strings:ident, takes_ids: $ids:literal, uses_batch: $batch:literal, named_mask: $mask:ident
        }
    ) => {
        facts!(@declared $class, $strings, $ids, $batch, $mask, |layer| {
            let _ = layer;
            None
        }, None);
    };
    (
        $class:ident {
            takes_ids: $ids:literal, uses_batch: $batch:literal, named_mask: $mask:ident, cell: |$layer:ident| $cell:expr
        }
    ) => {
        facts!(@declared $class, No, $ids, $batch, $mask, |$layer| None, Some($cell));
    };
    (
        $class:ident {
            takes_ids: $ids:literal, uses_batch: $batch:literal, named_mask: $mask:ident,
            over_steps: |$layer:ident| $over:expr
        }
    ) => {
        facts!(@declared $class, No, $ids, $batch, $mask, |$layer| Some($over), None);
    };
    (@declared $class:ident, $strings:ident, $ids:literal, $batch:literal, $mask:ident, |$layer:ident| $over:expr, $cell:expr) => {
        impl $class {
            pub(crate) const fn facts(&self) -> $crate::Facts {
                let $layer = self;
                $crate::Facts {
                    takes_ids: $ids,
                    strings: $crate::facts::Strings::$strings,
                    uses_batch: $batch,
                    named_mask: $crate::NamedMask::$mask,
                    over_steps: $over,
                    cell: $cell,
                }
            }
        }
    };
}
