//! Line breaks, padding and cropping of one text, measured in terminal cells.
//!
//! Follows rich's `Text.wrap`: lines break between words, and a word that is too long for a line is either cut
//! off with `…` (in the table) or continued on the next line (outside of it).

use super::layout::Align;

/// The lines of `text` in a table cell of `width` (at least 1), each padded to it, over-long words cut with `…`.
pub(super) fn ellipsis(text: &str, width: usize, align: Align) -> Vec<String> {
    let lines = text.split('\n').flat_map(|line| break_words(line, width, false));
    lines
        .map(|line| {
            // Where nothing pads the right side, trailing space must not shift the text.
            let line = if align == Align::Left { line.as_str() } else { line.trim_end() };
            let line = if cells(line) > width { take(line, width - 1) + "…" } else { line.to_string() };
            let space = width - cells(&line).min(width);
            let before = match align {
                Align::Left => 0,
                Align::Center => space / 2,
                Align::Right => space,
            };
            " ".repeat(before) + &line + &" ".repeat(space - before)
        })
        .collect()
}

/// The lines of `text` on a terminal of `width`, over-long words continued on the next line.
pub(super) fn fold(text: &str, width: Option<usize>) -> Vec<String> {
    let lines = text.split('\n');
    match width {
        Some(width) if width > 0 => lines.flat_map(|line| break_words(line, width, true)).collect(),
        _ => lines.map(str::to_string).collect(),
    }
}

/// The part of `line` that fits on a terminal of `width`.
pub(super) fn crop(line: &str, width: usize) -> String {
    if cells(line) > width { take(line, width) } else { line.to_string() }
}

/// Breaks `line` between words. A word longer than `width` gets a line of its own, or several with `fold`.
fn break_words(line: &str, width: usize, fold: bool) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut current = String::new();
    for word in words(line) {
        let length = cells(word.trim_end());
        if length <= width.saturating_sub(cells(&current)) {
            current.push_str(word);
            continue;
        }
        if !current.is_empty() {
            lines.push(std::mem::take(&mut current));
        }
        if fold && length > width {
            let mut pieces = chop(word, width);
            current = pieces.pop().unwrap_or_default();
            lines.append(&mut pieces);
        } else {
            current.push_str(word);
        }
    }
    lines.push(current);
    lines.iter().map(|line| without_overhang(line, width)).collect()
}

/// Words with the white space after them. The first one has the white space before it as well.
fn words(line: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = 0;
    // Whether the word at `start` has begun, and whether white space has followed it.
    let (mut begun, mut ended) = (false, false);
    for (at, character) in line.char_indices() {
        match character.is_whitespace() {
            true => ended = begun,
            false if ended => {
                words.push(&line[start..at]);
                (start, ended) = (at, false);
            }
            false => begun = true,
        }
    }
    // White space alone is no word.
    if begun {
        words.push(&line[start..]);
    }
    words
}

/// `line` less the white space at its end that reaches beyond `width`.
fn without_overhang(line: &str, width: usize) -> String {
    let length = line.chars().count();
    let text = line.trim_end().chars().count();
    line.chars().take(length.min(width).max(text)).collect()
}

/// `word` in pieces of at most `width`.
fn chop(word: &str, width: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut used = 0;
    for character in word.chars() {
        let cells = cells_of(character);
        if used + cells > width && used > 0 {
            pieces.push(String::new());
            used = 0;
        }
        used += cells;
        if let Some(piece) = pieces.last_mut() {
            piece.push(character);
        }
    }
    pieces
}

/// The first `width` cells of `text`, which is longer. Half of a double-width character becomes a space.
fn take(text: &str, width: usize) -> String {
    let mut taken = String::new();
    let mut used = 0;
    for character in text.chars() {
        let cells = cells_of(character);
        if used + cells > width {
            taken.push_str(&" ".repeat(width - used));
            break;
        }
        used += cells;
        taken.push(character);
    }
    taken
}

/// How many terminal cells `text` takes.
fn cells(text: &str) -> usize {
    text.chars().map(cells_of).sum()
}

/// How many terminal cells a character takes. Joined emoji are not recognised as one.
fn cells_of(character: char) -> usize {
    match character as u32 {
        0x20..=0x7E => 1,
        // Control characters, combining marks, joiners.
        0..=0x1F | 0x7F..=0x9F | 0x300..=0x36F | 0x200B..=0x200F | 0x20D0..=0x20F0 | 0xFE00..=0xFE0F => 0,
        // Hangul, kana, Chinese characters, full-width forms, emoji.
        0x1100..=0x115F | 0x2E80..=0x303E | 0x3041..=0x33FF | 0x3400..=0x4DBF | 0x4E00..=0xA4CF => 2,
        0xA960..=0xA97C | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFE30..=0xFE6B | 0xFF01..=0xFF60 => 2,
        0xFFE0..=0xFFE6 | 0x1F300..=0x1F64F | 0x1F680..=0x1F6C5 | 0x1F900..=0x1F9FF => 2,
        0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_their_space() {
        assert_eq!(words("  a b  c "), ["  a ", "b  ", "c "]);
        assert_eq!(words(""), [""; 0]);
        assert_eq!(words("   "), [""; 0]);
    }

    #[test]
    fn long_words_are_cut_in_a_table() {
        let lines = ellipsis("input_layer[0][0], dense[0][0]", 17, Align::Left);
        assert_eq!(lines, ["input_layer[0][0…", "dense[0][0]      "]);
        assert_eq!(ellipsis("abc", 1, Align::Left), ["…"]);
    }

    #[test]
    fn long_words_go_on_outside_a_table() {
        assert_eq!(fold("ab abcdefgh x", Some(3)), ["ab ", "abc", "def", "gh ", "x"]);
        assert_eq!(fold("ab abcdefgh x", None), ["ab abcdefgh x"]);
        assert_eq!(fold("ab", Some(0)), ["ab"]);
    }

    #[test]
    fn texts_align() {
        assert_eq!(ellipsis("ab", 5, Align::Right), ["   ab"]);
        assert_eq!(ellipsis("ab", 5, Align::Center), [" ab  "]);
        assert_eq!(ellipsis("ab cd ", 3, Align::Right), [" ab", " cd"]);
    }

    #[test]
    fn wide_characters_count_double() {
        assert_eq!(ellipsis("模型", 5, Align::Left), ["模型 "]);
        assert_eq!(ellipsis("模型模型", 5, Align::Left), ["模型…"]);
        assert_eq!(ellipsis("模型模型", 4, Align::Left), ["模 …"]);
        assert_eq!(fold("模型模型", Some(5)), ["模型", "模型"]);
    }

    #[test]
    fn cropping_is_exact() {
        assert_eq!(crop("abcdef", 3), "abc");
        assert_eq!(crop("ab", 3), "ab");
        assert_eq!(crop("ab", 0), "");
    }
}
