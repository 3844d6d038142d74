//! The table: how wide each column gets, and the lines that are drawn around the cells.
//!
//! Follows what `rich.table.Table(width=line_length, show_lines=True)` does with columns of fixed width, each
//! padded by one space on either side.

use super::wrap;

/// On which side of its column a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    Left,
    Center,
    Right,
}

/// A column as it is asked for, before borders and padding take their share.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub title: &'static str,
    pub align: Align,
    pub width: usize,
}

/// The lines of a table that is `line_length` wide. Each of `rows` has a text for each column.
pub(super) fn draw(columns: &[Column], rows: &[Vec<String>], line_length: usize) -> Vec<String> {
    let widths = fit(columns, line_length);
    let rule = |left, dash: &str, cross: &str, right| {
        let dashes: Vec<String> = widths.iter().map(|&width| dash.repeat(width)).collect();
        format!("{left}{}{right}", dashes.join(cross))
    };
    let titles: Vec<String> = columns.iter().map(|column| column.title.to_string()).collect();

    let mut lines = vec![rule("┏", "━", "┳", "┓")];
    lines.extend(draw_row(columns, &titles, &widths, "┃", true));
    lines.push(rule("┡", "━", "╇", "┩"));
    for (i, row) in rows.iter().enumerate() {
        if i > 0 {
            lines.push(rule("├", "─", "┼", "┤"));
        }
        lines.extend(draw_row(columns, row, &widths, "│", false));
    }
    lines.push(rule("└", "─", "┴", "┘"));
    lines
}

/// The lines of one row. Texts of fewer lines stand at the top, or at the bottom in the header.
fn draw_row(
    columns: &[Column],
    texts: &[String],
    widths: &[usize],
    border: &str,
    header: bool,
) -> Vec<String> {
    let cells: Vec<Vec<String>> = columns
        .iter()
        .zip(texts)
        .zip(widths)
        .map(|((column, text), &width)| cell(text, width, column.align))
        .collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
    let line = |at: usize| {
        let parts: Vec<String> = cells
            .iter()
            .zip(widths)
            .map(|(cell, &width)| {
                let skip = if header { height - cell.len() } else { 0 };
                let part = at.checked_sub(skip).and_then(|at| cell.get(at));
                part.cloned().unwrap_or_else(|| " ".repeat(width))
            })
            .collect();
        format!("{border}{}{border}", parts.join(border))
    };
    (0..height).map(line).collect()
}

/// The lines of one cell, each `width` wide with the padding. A cell of padding alone has no lines.
fn cell(text: &str, width: usize, align: Align) -> Vec<String> {
    let inner = width.saturating_sub(2);
    if inner == 0 {
        return Vec::new();
    }
    let lines = wrap::ellipsis(text, inner, align);
    lines.into_iter().map(|line| format!(" {line} ")).collect()
}

/// How wide the columns are between the borders. The widths asked for fill `line_length` already, so padding and
/// borders are taken away again, from all columns alike.
fn fit(columns: &[Column], line_length: usize) -> Vec<usize> {
    let room = line_length.saturating_sub(columns.len() + 1);
    let mut widths: Vec<usize> = columns.iter().map(|column| column.width + 2).collect();
    let mut excess = widths.iter().sum::<usize>().saturating_sub(room);
    let mut left = columns.len();
    for width in &mut widths {
        // Python rounds halves to even.
        let share = (excess as f64 / left as f64).round_ties_even() as usize;
        let share = share.min(*width);
        *width -= share;
        excess -= share;
        left -= 1;
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(width: usize) -> Column {
        Column { title: "T", align: Align::Left, width }
    }

    #[test]
    fn borders_are_taken_from_all_columns() {
        // 39 + 31 + 18 = 88, plus padding 6, plus 4 borders: 10 too many, taken as 3, 4 and 3.
        let widths = fit(&[column(39), column(31), column(18)], 88);
        assert_eq!(widths, [38, 29, 17]);
    }

    #[test]
    fn cells_without_room_are_blank() {
        let drawn = draw(&[column(4), column(4), column(4)], &[vec!["abc".to_string(); 3]], 12);
        assert_eq!(drawn[3], "│ … │  │ … │");
        assert!(drawn.iter().all(|line| line.chars().count() == 12), "{drawn:#?}");
    }

    #[test]
    fn a_tall_header_pushes_short_titles_down() {
        let mut columns = [column(9), column(9)];
        columns[0].title = "two words";
        let drawn = draw(&columns, &[], 18);
        assert_eq!(drawn[1], "┃ two   ┃        ┃");
        assert_eq!(drawn[2], "┃ words ┃ T      ┃");
    }
}
