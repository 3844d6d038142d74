//! `model.summary()`: the text that Keras prints about a model, character for character.
//!
//! Rendering is a pure function of a [`SummaryTable`], so that the macro crate can show a summary while it
//! expands and the core crate can print one of a live model, both through the same code. Nothing here looks at
//! the terminal: how wide it is comes in as [`SummaryOptions::columns`].
//!
//! Keras prints through Python's `rich`; the two halves of what rich does to the text live in `layout` (column
//! widths, borders) and `wrap` (line breaks, `…`).
//!
//! Source: <https://keras.io/api/models/model/#summary-method>.

mod layout;
mod wrap;

use std::fmt;

use layout::{Align, Column};

use crate::MultiplyAdds;

/// The widest table that is drawn. A wider `line_length` is an error rather than gigabytes of dashes.
pub const MAX_LINE_LENGTH: usize = 10_000;

/// How much wider the table is with the column of multiply-adds.
const COST_WIDTH: usize = 22;

/// Where that column begins, as a part of the width.
const COST_POSITION: f64 = 0.80;

/// What a summary says about one model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SummaryTable {
    /// The model's name, as in `Model: "sequential"`.
    pub model_name: String,
    /// The layers in Keras's order. A `Sequential` model has no row for its input, a functional one has.
    pub rows: Vec<SummaryRow>,
    /// Whether the model branches. Only then does the table have the column "Connected to", and is 108 wide by
    /// default instead of 88.
    pub connected: bool,
    /// The lines under the table.
    pub totals: Totals,
}

/// One layer of a [`SummaryTable`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SummaryRow {
    /// The layer's name, such as `dense_1`.
    pub name: String,
    /// The layer's class, such as `Dense`.
    pub class: String,
    /// The output shape as text: `(None, 10)` (see [`format_shape`]), several shapes as a Python list or tuple
    /// of those, `?` where the shape is not known.
    pub output_shape: String,
    /// How many parameters the layer has, `None` for a layer that is not built yet.
    pub params: Option<usize>,
    /// Whether the layer trains, `None` for a layer without weights. Shown with `show_trainable` only.
    pub trainable: Option<bool>,
    /// The tensors that the layer is called on (see [`format_connection`]). Shown in a connected table only.
    pub connected_to: Vec<String>,
    /// 0 for a layer of the model itself, 1 for a layer of a model within it, and so on. Rows deeper than 0 follow
    /// the row of the model that holds them, and are shown with `expand_nested` only.
    pub depth: usize,
    /// What the layer costs, `?` where nobody knows. Shown with `cost` only.
    pub multiply_adds: MultiplyAdds,
}

/// A number of parameters and the memory that they take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParamCount {
    /// How many scalars.
    pub params: usize,
    /// Their size in bits, since a boolean counts as one bit.
    pub bits: u64,
}

impl ParamCount {
    /// The count of `params` parameters of `bits_each` bits: 32 for `float32`.
    pub fn new(params: usize, bits_each: u32) -> Self {
        let bits = (params as u64).saturating_mul(u64::from(bits_each));
        Self { params, bits }
    }

    /// Both counts together.
    pub fn plus(self, other: Self) -> Self {
        Self { params: self.params.saturating_add(other.params), bits: self.bits.saturating_add(other.bits) }
    }
}

/// The parameter counts under the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Parameters that training changes.
    pub trainable: ParamCount,
    /// Parameters that it does not, such as the moving averages of `BatchNormalization`.
    pub non_trainable: ParamCount,
    /// The optimizer's own state, `None` before the first training step (Keras then prints no line for it).
    pub optimizer: Option<ParamCount>,
}

impl Totals {
    /// Everything together. Keras counts the optimizer's state as parameters of the model here.
    pub fn total(&self) -> ParamCount {
        let own = self.trainable.plus(self.non_trainable);
        own.plus(self.optimizer.unwrap_or_default())
    }
}

/// How a summary is drawn: the arguments of Keras's `summary()`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SummaryOptions {
    /// The width of the table. `None` takes Keras's default: 88, or 108 with "Connected to", and 12 more with
    /// `show_trainable`, but never more than the terminal's columns less 4.
    pub line_length: Option<usize>,
    /// How wide the terminal is. Keras cuts off what does not fit, also when `line_length` asks for more.
    /// `None` for text that goes to no terminal: nothing is cut.
    pub columns: Option<usize>,
    /// Whether to show the layers of models within the model.
    pub expand_nested: bool,
    /// Whether to show which layers train.
    pub show_trainable: bool,
    /// Whether to show what the model costs, which Keras cannot: a column of multiply-adds, and lines under the table.
    pub cost: bool,
}

/// Why a summary cannot be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SummaryError {
    /// A column would be narrower than 4 characters, which Keras refuses too.
    TooNarrow {
        /// The width asked for.
        line_length: usize,
    },
    /// More than [`MAX_LINE_LENGTH`].
    TooWide {
        /// The width asked for.
        line_length: usize,
    },
}

impl fmt::Display for SummaryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooNarrow { line_length } => write!(
                f,
                "insufficient console width to print summary: line_length = {line_length} leaves a column fewer \
                 than 4 characters"
            ),
            Self::TooWide { line_length } => {
                write!(f, "line_length = {line_length} is too wide for a summary: at most {MAX_LINE_LENGTH}")
            }
        }
    }
}

impl std::error::Error for SummaryError {}

impl SummaryTable {
    /// The summary as Keras prints it, with a line break at the end and no colours.
    ///
    /// # Errors
    ///
    /// [`SummaryError`] when `line_length` (or a narrow terminal) leaves no room for the columns.
    pub fn render(&self, options: &SummaryOptions) -> Result<String, SummaryError> {
        let line_length = self.line_length(options);
        if line_length > MAX_LINE_LENGTH {
            return Err(SummaryError::TooWide { line_length });
        }
        let columns = self.columns(line_length, options)?;
        let rows = self.rows.iter().filter(|row| row.depth == 0 || options.expand_nested);
        let rows: Vec<Vec<String>> = rows.map(|row| row.cells(self.connected, options)).collect();

        let mut lines = wrap::fold(&format!("Model: \"{}\"", self.model_name), options.columns);
        lines.extend(layout::draw(&columns, &rows, line_length));
        let mut totals = self.totals.lines();
        if options.cost {
            totals.extend(self.cost_lines());
        }
        for line in totals {
            lines.extend(wrap::fold(&line, options.columns));
        }
        let mut text = String::new();
        for line in lines {
            match options.columns {
                Some(columns) => text.push_str(&wrap::crop(&line, columns)),
                None => text.push_str(&line),
            }
            text.push('\n');
        }
        Ok(text)
    }

    fn line_length(&self, options: &SummaryOptions) -> usize {
        // Keras takes 0 for "not given", as Python's `or` does.
        if let Some(asked) = options.line_length.filter(|&asked| asked != 0) {
            return asked;
        }
        let trainable = if options.show_trainable { 12 } else { 0 };
        let cost = if options.cost { COST_WIDTH } else { 0 };
        let default = if self.connected { 108 } else { 88 } + trainable + cost;
        match options.columns {
            Some(columns) => default.min(columns.saturating_sub(4)),
            None => default,
        }
    }

    fn columns(&self, line_length: usize, options: &SummaryOptions) -> Result<Vec<Column>, SummaryError> {
        let mut columns = vec![
            ("Layer (type)", Align::Left, if self.connected { 0.3 } else { 0.45 }),
            ("Output Shape", Align::Left, if self.connected { 0.56 } else { 0.80 }),
            ("Param #", Align::Right, if self.connected { 0.74 } else { 1.0 }),
        ];
        if self.connected {
            columns.push(("Connected to", Align::Left, 1.0));
        }
        if options.show_trainable {
            for (_, _, position) in &mut columns {
                *position *= 0.90;
            }
            columns.push(("Trainable", Align::Center, 1.0));
        }
        if options.cost {
            for (_, _, position) in &mut columns {
                *position *= COST_POSITION;
            }
            columns.push(("Multiply-adds", Align::Right, 1.0));
        }
        let mut end = 0;
        let column = |(title, align, position): (&'static str, Align, f64)| {
            // Cut down to whole characters, in the very floating-point arithmetic that Python does.
            let position = (position * line_length as f64) as usize;
            let width = position.saturating_sub(end);
            if width < 4 {
                return Err(SummaryError::TooNarrow { line_length });
            }
            end = position;
            Ok(Column { title, align, width })
        };
        columns.into_iter().map(column).collect()
    }
}

impl SummaryTable {
    /// The lines that `cost` adds: sums over all layers, and what the signs in them mean.
    fn cost_lines(&self) -> Vec<String> {
        let rows = self.rows.iter().filter(|row| row.depth == 0);
        let sum = rows.fold(MultiplyAdds::default(), |sum, row| sum.plus(&row.multiply_adds));
        let own = self.totals.trainable.plus(self.totals.non_trainable);
        let size = format_memory(own.bits);
        let mut lines = vec![
            format!(" Total multiply-adds per sample: {sum}"),
            format!(" Parameter bytes: {} ({size})", thousands(own.bits.div_ceil(8))),
        ];
        let lengths = sum.lengths();
        if !lengths.is_empty() {
            lines.push(format!(" Lengths that come with the data: {}", lengths.join(", ")));
        }
        if sum.is_unknown() {
            lines.push(" ?: not known, of a layer that is not Keras's, or past 2^64".to_string());
        }
        lines
    }
}

impl SummaryRow {
    /// The texts of the row, one for each column.
    fn cells(&self, connected: bool, options: &SummaryOptions) -> Vec<String> {
        let branch = match self.depth {
            0 => String::new(),
            depth => "   ".repeat(depth) + "└ ",
        };
        let mut cells = vec![
            format!("{branch}{} ({})", self.name, self.class),
            self.output_shape.clone(),
            match self.params {
                Some(params) => thousands(params),
                None => "0 (unbuilt)".to_string(),
            },
        ];
        if connected {
            cells.push(match self.connected_to.is_empty() {
                true => "-".to_string(),
                false => self.connected_to.join(", "),
            });
        }
        if options.show_trainable {
            cells.push(match self.trainable {
                Some(true) => "Y".to_string(),
                Some(false) => "N".to_string(),
                None => "-".to_string(),
            });
        }
        if options.cost {
            cells.push(self.multiply_adds.to_string());
        }
        cells
    }
}

impl Totals {
    fn lines(&self) -> Vec<String> {
        let mut lines = vec![
            total_line("Total params", self.total()),
            total_line("Trainable params", self.trainable),
            total_line("Non-trainable params", self.non_trainable),
        ];
        lines.extend(self.optimizer.map(|count| total_line("Optimizer params", count)));
        lines
    }
}

fn total_line(label: &str, count: ParamCount) -> String {
    let size = format_memory(count.bits);
    format!(" {label}: {} ({size})", thousands(count.params))
}

/// A shape as a summary shows it: `(None, 10)`. Unlike Python, Keras shows a shape of one axis as `(None)`.
pub fn format_shape(dims: &[Option<usize>]) -> String {
    let dims: Vec<String> =
        dims.iter().map(|dim| dim.map_or_else(|| "None".to_string(), |dim| dim.to_string())).collect();
    format!("({})", dims.join(", "))
}

/// An entry of "Connected to", `dense[0][1]`: output `tensor` of the call numbered `node` of the layer `name`.
pub fn format_connection(name: &str, node: usize, tensor: usize) -> String {
    format!("{name}[{node}][{tensor}]")
}

/// A size in memory as Keras words it: `427.29 KB`.
pub fn format_memory(bits: u64) -> String {
    let units = ["B", "KB", "MB", "GB", "TB", "PB"];
    let mut size = bits as f64 / 8.0;
    for unit in units {
        if size < 1024.0 {
            return format!("{size:.2} {unit}");
        }
        size /= 1024.0;
    }
    // Beyond petabytes Keras has divided once too often; so do we, to print the same.
    format!("{size:.2} PB")
}

/// A whole number with commas: `109,386`.
pub(crate) fn thousands(number: impl fmt::Display) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> SummaryTable {
        let row = |name: &str, depth| SummaryRow {
            name: name.to_string(),
            class: "Dense".to_string(),
            output_shape: format_shape(&[None, Some(10)]),
            params: Some(7850),
            trainable: Some(true),
            depth,
            ..SummaryRow::default()
        };
        SummaryTable {
            model_name: "sequential".to_string(),
            rows: vec![row("dense", 0), row("inner", 1)],
            ..SummaryTable::default()
        }
    }

    #[test]
    fn numbers_and_sizes_read_as_in_keras() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_000), "1,000");
        assert_eq!(thousands(25_636_712), "25,636,712");
        assert_eq!(format_memory(109_386 * 32), "427.29 KB");
        assert_eq!(format_memory(3), "0.38 B");
        assert_eq!(format_memory(8 << 10), "1.00 KB");
        assert_eq!(format_memory(u64::MAX), "2.00 PB");
        assert_eq!(format_shape(&[None]), "(None)");
        assert_eq!(format_connection("dense", 0, 1), "dense[0][1]");
    }

    #[test]
    fn totals_include_the_optimizer_and_saturate() {
        let totals = Totals {
            trainable: ParamCount::new(10, 32),
            non_trainable: ParamCount::new(2, 1),
            optimizer: Some(ParamCount::new(20, 32)),
        };
        assert_eq!(totals.total(), ParamCount { params: 32, bits: 962 });
        assert_eq!(ParamCount::new(usize::MAX, 64).bits, u64::MAX);
    }

    #[test]
    fn nested_rows_show_only_when_asked() {
        let plain = table().render(&SummaryOptions::default()).unwrap();
        assert!(!plain.contains("inner"));
        let options = SummaryOptions { expand_nested: true, ..Default::default() };
        let expanded = table().render(&options).unwrap();
        assert!(expanded.contains("│    └ inner (Dense)   "), "{expanded}");
    }

    #[test]
    fn the_default_width_follows_columns_and_kind() {
        let width = |table: &SummaryTable, columns, show_trainable| {
            let options = SummaryOptions { columns, show_trainable, ..Default::default() };
            let text = table.render(&options).unwrap();
            text.lines().nth(1).unwrap().chars().count()
        };
        let mut table = table();
        assert_eq!(width(&table, None, false), 88);
        assert_eq!(width(&table, None, true), 100);
        assert_eq!(width(&table, Some(80), true), 76);
        table.connected = true;
        assert_eq!(width(&table, None, false), 108);
        assert_eq!(width(&table, None, true), 120);
    }

    #[test]
    fn impossible_widths_are_errors() {
        let width = |line_length| {
            let options = SummaryOptions { line_length: Some(line_length), ..Default::default() };
            table().render(&options)
        };
        assert_eq!(width(3), Err(SummaryError::TooNarrow { line_length: 3 }));
        assert_eq!(width(usize::MAX), Err(SummaryError::TooWide { line_length: usize::MAX }));
        assert!(width(20).is_ok());
        let terminal = SummaryOptions { columns: Some(0), ..Default::default() };
        assert!(table().render(&terminal).is_err());
    }
}
