//! How a table prints.

use core::fmt::{self, Display, Formatter};

use super::Table;

/// The most rows that are printed: the first ones.
const ROWS: usize = 5;
/// The most columns: of more, the first and the last ones.
const COLUMNS: usize = 8;

/// The names of the columns, the first five rows, and how many there are. A class number stands as the word that it was made of.
///
/// ```
/// use keras_core::data::csv;
///
/// let file = std::env::temp_dir().join("shown_flowers.csv");
/// std::fs::write(&file, "petal_width,species\n0.2,setosa\n1.4,versicolor\n")?;
/// let table = csv::read(&file, &csv::CsvOptions::default().column("species", csv::Column::classes()))?;
/// assert_eq!(
///     table.to_string(),
///     "petal_width     species\n        0.2      setosa\n        1.4  versicolor\n2 rows, 2 columns"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl<T: Display> Display for Table<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (rows, columns) = self.values.dim();
        let (first, last) =
            if columns > COLUMNS { (COLUMNS / 2, columns - COLUMNS / 2) } else { (columns, columns) };
        let mut shown: Vec<Vec<String>> = (0..first).map(|column| self.cells(column)).collect();
        if first < columns {
            shown.push(vec!["...".to_string(); rows.min(ROWS) + 1]);
        }
        shown.extend((last..columns).map(|column| self.cells(column)));
        let widths: Vec<usize> = shown
            .iter()
            .map(|cells| cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0))
            .collect();
        for row in 0..=rows.min(ROWS) {
            let cells = shown.iter().zip(&widths).map(|(cells, width)| format!("{:>width$}", cells[row]));
            writeln!(f, "{}", cells.collect::<Vec<_>>().join("  "))?;
        }
        if rows > ROWS {
            writeln!(f, "...")?;
        }
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        write!(f, "{rows} row{}, {columns} column{}", plural(rows), plural(columns))
    }
}

impl<T: Display> Table<T> {
    /// The name of a column and what stands in its first rows.
    fn cells(&self, column: usize) -> Vec<String> {
        let classes = self.made.iter().filter(|made| made.columns == (column..column + 1));
        let words = classes.filter_map(|made| made.words.as_deref()).next();
        let cell = |number: &T| {
            let number = number.to_string();
            let word = words.and_then(|words| words.get(number.parse::<usize>().ok()?));
            word.cloned().unwrap_or(number)
        };
        let numbers = self.values.column(column);
        let rows = numbers.iter().take(ROWS).map(cell);
        core::iter::once(self.names.get(column).cloned().unwrap_or_default()).chain(rows).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use ndarray::Array2;

    use super::*;

    #[test]
    fn wide_and_long_tables_are_cut() {
        let values = Array2::from_shape_fn((7, 10), |(row, column)| row as f32 * 0.5 + column as f32 * 100.0);
        let names = (0..10).map(|i| format!("c{i}")).collect();
        let table = Table { names, values, path: PathBuf::new(), made: Vec::new() };
        let text = table.to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 1 + 5 + 2, "{text}");
        assert_eq!(lines[0], " c0     c1     c2     c3  ...     c6     c7     c8     c9");
        assert_eq!(lines[2], "0.5  100.5  200.5  300.5  ...  600.5  700.5  800.5  900.5");
        assert_eq!(lines[7], "7 rows, 10 columns");
    }

    #[test]
    fn a_table_without_rows_or_columns_prints() {
        let empty = |rows, columns: usize| Table::<f32> {
            names: vec!["x".to_string(); columns],
            values: Array2::zeros((rows, columns)),
            path: PathBuf::new(),
            made: Vec::new(),
        };
        assert_eq!(empty(0, 1).to_string(), "x\n0 rows, 1 column");
        assert_eq!(empty(2, 0).to_string(), "\n\n\n2 rows, 0 columns");
    }
}
