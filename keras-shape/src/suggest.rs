//! "Did you mean": the nearest of the known names.

/// The name nearest to `word` by edit distance, if it is near enough to be a slip of the hand.
pub fn closest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(1);
    names
        .into_iter()
        .map(|name| {
            // A different case is the commonest slip: it counts as nothing.
            let d = distance(&word.to_lowercase(), &name.to_lowercase());
            (d, name)
        })
        .filter(|(d, _)| *d <= limit)
        .min_by_key(|(d, name)| (*d, name.len().abs_diff(word.len())))
        .map(|(_, name)| name)
}

/// Edit distance in which swapping two neighbours counts once (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let substitute = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = substitute.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["Dense", "Dropout", "LSTM", "Conv2D", "MaxPooling2D"];
        assert_eq!(closest("Dens", names), Some("Dense"));
        assert_eq!(closest("LTSM", names), Some("LSTM"));
        assert_eq!(closest("conv2d", names), Some("Conv2D"));
        assert_eq!(closest("MaxPool2D", names), Some("MaxPooling2D"));
        assert_eq!(closest("Banana", names), None);
        assert_eq!(closest("activaton", ["activation", "units"]), Some("activation"));
    }
}
