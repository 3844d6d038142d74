//! The loss and metrics that callbacks are shown.

/// Names and values, `loss` among them; at the end of an epoch `val_loss` too, if there is data to validate on.
pub type Logs = [(String, f64)];

/// The value of this name.
///
/// ```
/// use keras_core::training::callbacks::get;
///
/// assert_eq!(get(&[("loss".to_string(), 0.5)], "loss"), Some(0.5));
/// assert_eq!(get(&[("loss".to_string(), 0.5)], "val_loss"), None);
/// ```
pub fn get(logs: &Logs, name: &str) -> Option<f64> {
    logs.iter().find(|(known, _)| known == name).map(|(_, value)| *value)
}

/// Adds values to the logs; a name that is there already gets the new value in its old place.
pub fn merge(logs: &mut Vec<(String, f64)>, more: Vec<(String, f64)>) {
    for (name, value) in more {
        match logs.iter_mut().find(|(known, _)| *known == name) {
            Some(entry) => entry.1 = value,
            None => logs.push((name, value)),
        }
    }
}

/// What an epoch gives, in Keras's two orders: callbacks and histories have all names in alphabetical order, what is printed has
/// those of the validation behind those of the training. What callbacks log comes last in both.
pub(crate) struct EpochLogs {
    pub told: Vec<(String, f64)>,
    pub shown: Vec<(String, f64)>,
}

impl EpochLogs {
    /// Of what training gave and, if there was one, the validation.
    pub fn new(trained: Vec<(String, f64)>, tested: Option<Vec<(String, f64)>>) -> Self {
        let mut shown = trained;
        shown.extend(tested.into_iter().flatten().map(|(name, value)| (format!("val_{name}"), value)));
        let mut told = shown.clone();
        told.sort_by(|a, b| a.0.cmp(&b.0));
        EpochLogs { told, shown }
    }

    /// What one callback logs, the next ones and the history see.
    pub fn merge(&mut self, more: Vec<(String, f64)>) {
        merge(&mut self.shown, more.clone());
        merge(&mut self.told, more);
    }
}

/// The names, for messages.
pub(super) fn names(logs: &Logs) -> String {
    logs.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merging_replaces_and_adds() {
        let mut logs = vec![("loss".to_string(), 1.0), ("learning_rate".to_string(), 2.0)];
        merge(&mut logs, vec![("learning_rate".into(), 3.0), ("extra".into(), 4.0), ("extra".into(), 5.0)]);
        assert_eq!(names(&logs), "loss,learning_rate,extra");
        assert_eq!(get(&logs, "learning_rate"), Some(3.0));
        assert_eq!(get(&logs, "extra"), Some(5.0));
    }
}
