//! What others must know of a layer beside its shapes, weights and costs.

/// What every layer declares of itself, in its own file and without defaults.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Whether its inputs are ids: integers come to it as they are.
    pub takes_ids: bool,
    /// Whether, while training, what it gives for one sample depends on the other samples of the batch.
    pub uses_batch: bool,
    /// The masks that a call may give by name.
    pub named_mask: NamedMask,
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

/// Declares the facts of a layer, in its file.
macro_rules! facts {
    ($class:ident { takes_ids: $ids:literal, uses_batch: $batch:literal, named_mask: $mask:ident }) => {
        impl $class {
            pub(crate) const fn facts(&self) -> $crate::Facts {
                $crate::Facts { takes_ids: $ids, uses_batch: $batch, named_mask: $crate::NamedMask::$mask }
            }
        }
    };
}
