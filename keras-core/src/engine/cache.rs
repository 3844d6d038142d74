//! Plans that are kept for the next batch of the same lengths.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use keras_kernels::threads::Threads;

use super::build::{Wish, trainable, trains_anyway};
use super::plan::{Mode, Plan};
use super::program::same;
use crate::Result;
use crate::executor::Executor;
use crate::model::{AnyModel, Samples};
use crate::runtime::Runtime;

/// Plans that a thread keeps. A training run needs two (the last batch of an epoch is shorter), its validation two.
const KEPT: usize = 8;

thread_local! {
    static PLANS: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
    static KERNELS: Cell<bool> = const { Cell::new(true) };
}

/// A plan, and what it is for.
struct Entry {
    structure: usize,
    mode: Mode,
    lengths: Vec<Vec<usize>>,
    /// Whether it matters which layers are frozen.
    by_trainable: bool,
    trainable: Vec<bool>,
    /// What runs the model in the place of kernels.
    executor: Option<Arc<dyn Executor>>,
    /// Whether layers are run by kernels that are written for them.
    kernels: bool,
    /// Into how many parts work is split: sums of another number are added in another order.
    threads: usize,
    plan: Plan,
}

/// Gives the memory of this thread's plans back: after the last use of a large model, say. Plans are made anew when
/// they are needed.
pub fn clear() {
    PLANS.with_borrow_mut(Vec::clear);
    keras_kernels::scratch::clear();
}

/// Runs `f` with every layer by its operations, none by a kernel that is written for it: to compare the two.
pub fn without<T>(f: impl FnOnce() -> T) -> T {
    /// Puts it back even if `f` panics.
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            KERNELS.set(self.0);
        }
    }
    let _before = Before(KERNELS.replace(false));
    f()
}

/// Whether layers are run by kernels that are written for them, on this thread now.
pub(super) fn kernels() -> bool {
    KERNELS.get()
}

/// A plan while it is used; it goes back to the thread's plans afterwards. Until it is dropped there is an entry, and the
/// thread splits its work as the model's runtime says.
pub(crate) struct InUse {
    entry: Option<Entry>,
    _threads: Option<Threads>,
}

/// Why [`InUse`] always leads to a plan.
const HAS_PLAN: &str = "an entry goes when it is dropped";

impl core::ops::Deref for InUse {
    type Target = Plan;
    fn deref(&self) -> &Plan {
        match &self.entry {
            Some(Entry { plan, .. }) => plan,
            _ => unreachable!("{HAS_PLAN}"),
        }
    }
}

impl core::ops::DerefMut for InUse {
    fn deref_mut(&mut self) -> &mut Plan {
        match &mut self.entry {
            Some(Entry { plan, .. }) => plan,
            _ => unreachable!("{HAS_PLAN}"),
        }
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        // A plan whose kernel panicked (code of an own layer may) is without the buffers that the kernel held.
        if let Some(entry) = self.entry.take().filter(|_| !std::thread::panicking()) {
            keep(entry);
        }
    }
}

fn keep(entry: Entry) {
    // A thread that ends has no place for plans any more.
    let _ = PLANS.try_with(|plans| {
        let mut plans = plans.borrow_mut();
        if plans.len() >= KEPT {
            plans.remove(0);
        }
        plans.push(entry);
    });
}

/// A plan for inputs of these lengths.
///
/// The plan belongs to the thread, so callers on several threads do not wait for each other.
///
/// # Errors
/// Lengths that no layer could work on.
pub(crate) fn take(model: &dyn AnyModel, mode: Mode, lengths: &[&[usize]]) -> Result<InUse> {
    let runtime = model.core().said();
    let threads_of_model = runtime.as_ref().and_then(Runtime::enter);
    let (kernels, threads) = (kernels(), keras_kernels::threads::threads_key());
    let structure = core::ptr::from_ref(model.structure()) as usize;
    let executor = runtime.as_ref().and_then(Runtime::device);
    // Taken out while it runs: a layer may use another model, or this one.
    let found = PLANS.with_borrow_mut(|plans| {
        let fits = |entry: &Entry| {
            entry.structure == structure
                && entry.mode == mode
                && same(entry.executor.as_ref(), executor.as_ref())
                && entry.kernels == kernels
                && entry.threads == threads
                && entry.lengths.iter().map(Vec::as_slice).eq(lengths.iter().copied())
                && (!entry.by_trainable || same_trainable(model, &entry.trainable))
        };
        plans.iter().rposition(fits).map(|i| plans.remove(i))
    });
    let entry = match found {
        Some(entry) => entry,
        None => {
            let executor = executor.clone();
            let wish = Wish {
                mode,
                lengths,
                input_grads: &[],
                masks: &[],
                kernels,
                again: false,
                samples: Samples::Batch,
                executor,
            };
            let plan = Plan::new(model, &wish)?;
            let mut flags = Vec::new();
            trainable(model, &mut flags);
            let lengths = lengths.iter().map(|lengths| lengths.to_vec()).collect();
            // Frozen layers predict as others do, unless they are told to train.
            let by_trainable = mode != Mode::PREDICT || trains_anyway(model);
            Entry {
                structure,
                mode,
                lengths,
                by_trainable,
                trainable: flags,
                kernels,
                threads,
                executor: wish.executor,
                plan,
            }
        }
    };
    Ok(InUse { entry: Some(entry), _threads: threads_of_model })
}

fn same_trainable(model: &dyn AnyModel, flags: &[bool]) -> bool {
    let mut now = Vec::with_capacity(flags.len());
    trainable(model, &mut now);
    now == flags
}
