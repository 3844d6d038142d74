//! What callbacks remember across an interruption.

use crate::tensor::Raw;

/// What a callback has to remember when a training is interrupted: numbers and tensors by name.
#[derive(Clone, Debug, Default)]
pub struct CallbackState {
    pub(crate) class: String,
    pub(crate) numbers: Vec<(String, f64)>,
    pub(crate) tensors: Vec<(String, Raw)>,
}

impl CallbackState {
    /// Nothing yet, of a callback of this class. When training goes on, the first state of a class goes to the first
    /// callback of that class, and so on.
    pub fn new(class: impl Into<String>) -> Self {
        CallbackState { class: class.into(), ..CallbackState::default() }
    }

    /// Adds a number.
    #[must_use]
    pub fn number(mut self, name: impl Into<String>, number: f64) -> Self {
        self.numbers.push((name.into(), number));
        self
    }

    /// Adds a number, if there is one.
    #[must_use]
    pub fn maybe(self, name: impl Into<String>, number: Option<f64>) -> Self {
        match number {
            Some(number) => self.number(name, number),
            None => self,
        }
    }

    /// Adds tensors.
    #[must_use]
    pub fn tensors(mut self, tensors: impl IntoIterator<Item = (String, Raw)>) -> Self {
        self.tensors.extend(tensors);
        self
    }

    /// The class that the state is of.
    pub fn class(&self) -> &str {
        &self.class
    }

    /// The number of this name.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.numbers.iter().find(|(known, _)| known == name).map(|(_, number)| *number)
    }

    /// The number of this name as a count; 0 if there is none.
    pub fn count(&self, name: &str) -> usize {
        self.get(name).map_or(0, |number| number as usize)
    }

    /// All tensors, in the order in which they were added.
    pub fn all_tensors(&self) -> &[(String, Raw)] {
        &self.tensors
    }
}
