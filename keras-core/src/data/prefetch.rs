//! Batches that are prepared on another thread.

use std::sync::mpsc::{Receiver, sync_channel};

/// What an iterator gives, prepared on a thread of its own while a step runs: up to `ahead` items wait. The thread ends with
/// the iterator, or when nobody takes its items any more.
///
/// # Panics
/// The system has no thread left.
///
/// ```
/// use keras_core::prelude::*;
/// use ndarray::Array2;
///
/// let batches = || (0..4).map(|i| (Array2::from_elem((8, 3), i as f32), Array2::from_elem((8, 1), 1.0f32)));
/// let mut model = model!(Input(3) => Dense(1)).compile(SGD::new(0.01), MeanSquaredError::new(), ());
/// model.fit_batches(|| keras_core::data::prefetch(batches(), 2)).epochs(2).verbose(0).run()?;
/// # Ok::<(), keras_core::Error>(())
/// ```
pub fn prefetch<I>(batches: I, ahead: usize) -> Prefetch<I::Item>
where
    I: IntoIterator,
    I::IntoIter: Send + 'static,
    I::Item: Send + 'static,
{
    let (sender, receiver) = sync_channel(ahead.max(1));
    let batches = batches.into_iter();
    let thread = std::thread::spawn(move || {
        for batch in batches {
            if sender.send(batch).is_err() {
                return;
            }
        }
    });
    Prefetch { items: receiver, thread: Some(thread) }
}

/// The items of [`prefetch`].
#[derive(Debug)]
pub struct Prefetch<T> {
    items: Receiver<T>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl<T> Iterator for Prefetch<T> {
    type Item = T;

    /// The next item.
    ///
    /// # Panics
    /// The iterator has panicked on its thread: the panic goes on here.
    fn next(&mut self) -> Option<T> {
        match self.items.recv() {
            Ok(item) => Some(item),
            Err(_) => {
                if let Some(Err(panic)) = self.thread.take().map(std::thread::JoinHandle::join) {
                    std::panic::resume_unwind(panic);
                }
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::prefetch;

    #[test]
    fn items_come_in_order_and_no_more_are_made_than_wait() {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let made = || MADE.load(Ordering::SeqCst);
        let mut items = prefetch(
            (0..1000).inspect(|_| {
                MADE.fetch_add(1, Ordering::SeqCst);
            }),
            3,
        );
        assert_eq!(items.by_ref().take(5).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        std::thread::sleep(std::time::Duration::from_millis(50));
        // Three wait, one is in the hands of the thread.
        assert!(made() <= 9, "{}", made());
        drop(items);
        assert_eq!(prefetch(0..3, 0).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    #[should_panic(expected = "a bad batch")]
    fn a_panic_goes_on() {
        prefetch((0..3).map(|i| assert!(i < 2, "a bad batch")), 1).for_each(drop);
    }
}
