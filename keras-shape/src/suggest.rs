//! "Did you mean": the nearest of the known names.

/// The longest word that is compared: nobody slips on one letter of a longer one.
const LONGEST: usize = 64;
/// The most names that a word is compared with.
const MOST_NAMES: usize = 1_000;

/// The name nearest to `word` by edit distance, if it is near enough to be a slip of the hand. Of names that are
/// equally near it is the first in the alphabet. Words of more than 64 letters, and names after the first thousand,
/// are not compared.
pub fn closest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // A different case is the commonest slip: it counts as nothing.
    let letters = |word: &str| word.chars().take(LONGEST + 1).flat_map(char::to_lowercase).collect();
    let lower: Vec<char> = letters(word);
    if lower.len() > LONGEST {
        return None;
    }
    let limit = (word.chars().count() / 3).max(1);
    names
        .into_iter()
        .take(MOST_NAMES)
        // Most names are ruled out by their length alone; that of ASCII is known without reading it.
        .filter(|name| !name.is_ascii() || name.len().abs_diff(lower.len()) <= limit)
        .filter_map(|name| Some((distance(&lower, &letters(name), limit)?, name)))
        .min_by_key(|(d, name)| (*d, name.len().abs_diff(word.len()), *name))
        .map(|(_, name)| name)
}

/// Edit distance in which swapping two neighbours counts once (optimal string alignment), if it is at most `limit`.
fn distance(a: &[char], b: &[char], limit: usize) -> Option<usize> {
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    // The row being filled, and the two before it.
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let (mut before, mut twice_before) = (row.clone(), row.clone());
    for i in 1..=a.len() {
        std::mem::swap(&mut twice_before, &mut before);
        std::mem::swap(&mut before, &mut row);
        row[0] = i;
        for j in 1..=b.len() {
            let substitute = before[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = substitute.min(before[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(twice_before[j - 2] + 1);
            }
            row[j] = best;
        }
        if row.iter().min() > Some(&limit) && before.iter().min() > Some(&limit) {
            return None;
        }
    }
    row.last().copied().filter(|d| *d <= limit)
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
        assert_eq!(closest("ab", ["ac", "aa"]), Some("aa"));
    }

    #[test]
    fn distances_are_those_of_the_whole_table() {
        let chars = |word: &str| word.chars().collect::<Vec<char>>();
        let d = |a: &str, b: &str, limit| distance(&chars(a), &chars(b), limit);
        assert_eq!(d("kitten", "sitting", 3), Some(3));
        assert_eq!(d("kitten", "sitting", 2), None);
        assert_eq!(d("abcd", "badc", 2), Some(2));
        assert_eq!(d("", "abc", 3), Some(3));
        assert_eq!(d("abc", "", 2), None);
        assert_eq!(d("ca", "abc", 3), Some(3));
    }

    #[test]
    fn words_without_end_are_not_compared() {
        let long = "a".repeat(100_000);
        let started = std::time::Instant::now();
        assert_eq!(closest(&long, ["Dense"]), None);
        assert_eq!(closest("Dense", [long.as_str()]), None);
        let many: Vec<String> = (0..100_000).map(|i| format!("{i:063}")).collect();
        closest(&"1".repeat(63), many.iter().map(String::as_str));
        assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    }
}
