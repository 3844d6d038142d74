//! SVG of what has been placed.

use core::fmt::Write;

use super::dot::trained;
use super::graph::{Cell, Graph, LayerBox};
use super::place::{ARROW, Area, Placed, Route, flow};
use super::{Options, RankDir, escape, visible};
use crate::Result;

/// Sizes of letters.
const TITLE: f64 = 16.0;
const TEXT: f64 = 14.0;
/// Between text and border.
const PAD: f64 = 10.0;
/// Heights of rows.
const TITLE_ROW: f64 = 36.0;
const ROW: f64 = 34.0;
/// Around the drawing.
const MARGIN: f64 = 20.0;

/// A drawing.
pub(super) fn write(graph: &Graph, options: &Options) -> Result<String> {
    let cards: Vec<Card> = graph.boxes.iter().map(|layer| Card::new(layer, options)).collect();
    let sizes: Vec<(f64, f64)> = cards.iter().map(|card| (card.width, card.height)).collect();
    let placed = Placed::new(graph, &sizes, options.rankdir)?;
    let (width, height) = (placed.width + 2.0 * MARGIN, placed.height + 2.0 * MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.1} {height:.1}\" \
         font-family=\"Helvetica, Arial, 'Liberation Sans', sans-serif\" font-size=\"{TEXT}\">\n\
         <title>{}</title>\n<rect class=\"page\" width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <g transform=\"translate({MARGIN} {MARGIN})\">\n",
        escape(&graph.name)
    );
    for (name, area) in &placed.frames {
        frame(&mut out, name, *area);
    }
    for edge in &placed.edges {
        edge.draw(&mut out, options.rankdir);
    }
    for (card, area) in cards.iter().zip(&placed.boxes) {
        card.draw(&mut out, *area);
    }
    out.push_str("</g>\n</svg>\n");
    Ok(out)
}

/// A text that is as wide as no usual font makes it: bold Helvetica and a fifth more.
fn width(text: &str, size: f64) -> f64 {
    let em = |c: char| match c {
        'i' | 'j' | 'l' | 'I' | '\'' | '|' | '.' | ',' | ':' | ';' | ' ' | '/' | '\\' => 0.28,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '{' | '}' | '-' | '`' | '!' | '*' => 0.39,
        'm' | 'w' | '%' | 'M' | 'W' | '@' => 0.98,
        'A'..='Z' | '&' => 0.78,
        '\0'..='\x7f' => 0.61,
        '\u{80}'..='\u{2dff}' => 0.85,
        _ => 1.0,
    };
    1.2 * size * text.chars().map(em).sum::<f64>()
}

/// Text as it is shown, cut to a width.
fn cut(text: &str, size: f64, room: f64) -> String {
    let shown: String = text.chars().map(visible).collect();
    if width(&shown, size) <= room {
        return shown;
    }
    let (mut out, mut used) = (String::new(), width("\u{2026}", size));
    for c in shown.chars() {
        used += width(c.encode_utf8(&mut [0; 4]), size);
        if used > room {
            break;
        }
        out.push(c);
    }
    out.push('\u{2026}');
    out
}

/// A rectangle with text in it.
struct Tile {
    /// In the box.
    x: f64,
    y: f64,
    width: f64,
    height: f64,
    size: f64,
    fill: &'static str,
    ink: &'static str,
    before: String,
    bold: String,
    after: String,
}

impl Tile {
    fn new(size: f64, fill: &'static str, ink: &'static str, before: &str, bold: &str, after: &str) -> Tile {
        let shown = |text: &str| text.chars().map(visible).collect::<String>();
        let (before, bold, after) = (shown(before), shown(bold), shown(after));
        let width = 2.0 * PAD + width(&before, size) + width(&bold, size) + width(&after, size);
        let height = if size == TITLE { TITLE_ROW } else { ROW };
        Tile { x: 0.0, y: 0.0, width: width.ceil(), height, size, fill, ink, before, bold, after }
    }

    fn draw(&self, out: &mut String, left: f64, top: f64) {
        let (x, y) = (left + self.x, top + self.y);
        let _ = writeln!(
            out,
            r#"<rect class="cell" x="{x:.1}" y="{y:.1}" width="{:.1}" height="{:.1}" fill="{}" stroke="black"/>"#,
            self.width, self.height, self.fill
        );
        let _ = writeln!(
            out,
            r#"<text x="{:.1}" y="{:.1}" font-size="{}" fill="{}" text-anchor="middle">{}<tspan font-weight="bold">{}</tspan>{}</text>"#,
            x + self.width / 2.0,
            y + self.height / 2.0 + 0.35 * self.size,
            self.size,
            self.ink,
            escape(&self.before),
            escape(&self.bold),
            escape(&self.after),
        );
    }
}

/// A box with its rows.
struct Card {
    name: String,
    width: f64,
    height: f64,
    tiles: Vec<Tile>,
}

impl Card {
    fn new(layer: &LayerBox, options: &Options) -> Card {
        let title = if options.names && !layer.name.is_empty() {
            Tile::new(TITLE, "black", "white", "", &layer.name, &format!(" ({})", layer.class))
        } else {
            Tile::new(TITLE, "black", "white", "", &layer.class, "")
        };
        let mut rows = vec![vec![title]];
        if let Some(activation) = layer.activation(options) {
            rows.push(vec![Tile::new(TEXT, "white", "black", "Activation: ", activation, "")]);
        }
        let cells = layer.cells(options);
        if !cells.is_empty() {
            let tile = |cell: &Cell<'_>| match cell {
                Cell::Value(word, value) => {
                    Tile::new(TEXT, "white", "black", &format!("{word}: "), value, "")
                }
                Cell::Trainable(trainable) => {
                    let (color, word) = trained(*trainable);
                    Tile::new(TEXT, color, "white", "", word, "")
                }
            };
            rows.push(cells.iter().map(tile).collect());
        }
        let wide = |row: &Vec<Tile>| row.iter().map(|tile| tile.width).sum::<f64>();
        let full = rows.iter().map(wide).fold(0.0, f64::max);
        let mut height = 0.0;
        for row in &mut rows {
            let more = (full - wide(row)) / row.len() as f64;
            let (mut x, mut high) = (0.0, 0.0);
            for tile in row {
                tile.width += more;
                (tile.x, tile.y) = (x, height);
                x += tile.width;
                high = f64::max(high, tile.height);
            }
            height += high;
        }
        Card { name: layer.name.clone(), width: full, height, tiles: rows.into_iter().flatten().collect() }
    }

    fn draw(&self, out: &mut String, area: Area) {
        let (left, top) = (area.left(), area.top());
        let _ = writeln!(out, "<g class=\"layer\">\n<title>{}</title>", escape(&self.name));
        let _ = writeln!(
            out,
            r#"<rect class="box" x="{left:.1}" y="{top:.1}" width="{:.1}" height="{:.1}" fill="white" stroke="black"/>"#,
            self.width, self.height
        );
        for tile in &self.tiles {
            tile.draw(out, left, top);
        }
        out.push_str("</g>\n");
    }
}

/// A frame with its name in the corner.
fn frame(out: &mut String, name: &str, area: Area) {
    let (left, top) = (area.left(), area.top());
    let _ = writeln!(
        out,
        "<g class=\"nested\">\n<title>{}</title>\n\
         <rect class=\"frame\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"none\" \
         stroke=\"black\" stroke-dasharray=\"6 4\"/>\n<text x=\"{:.1}\" y=\"{:.1}\">{}</text>\n</g>",
        escape(name),
        area.width,
        area.height,
        left + 6.0,
        top + 4.0 + TEXT,
        escape(&cut(name, TEXT, area.width - 12.0)),
    );
}

impl Route {
    fn draw(&self, out: &mut String, rankdir: RankDir) {
        let at = |p: (f64, f64)| {
            let (x, y) = flow(p.0, p.1, rankdir);
            format!("{x:.1} {y:.1}")
        };
        let [.., before, tip] = self.points.as_slice() else { return };
        let Some(first) = self.points.first() else { return };
        // The arrow's direction, and where the line ends in it.
        let (dx, dy) = if self.to_itself {
            (-1.0, 0.0)
        } else {
            (0.0, if self.points.first().is_some_and(|p| p.1 <= tip.1) { 1.0 } else { -1.0 })
        };
        let neck = (tip.0 - dx * ARROW, tip.1 - dy * ARROW);
        let mut path = format!("M {}", at(*first));
        if self.to_itself {
            let turn = self.points.get(1).copied().unwrap_or(*before);
            let _ = write!(path, " C {}, {}, {}", at(turn), at(*before), at(neck));
        } else {
            let mut last = *first;
            let count = self.points.len();
            for (i, point) in self.points.iter().enumerate().skip(1) {
                let point = if i + 1 == count { neck } else { *point };
                if (point.0 - last.0).abs() < 0.05 {
                    let _ = write!(path, " L {}", at(point));
                } else {
                    let half = (last.1 + point.1) / 2.0;
                    let _ = write!(path, " C {}, {}, {}", at((last.0, half)), at((point.0, half)), at(point));
                }
                last = point;
            }
        }
        let side = ARROW * 0.4;
        let wings = [(neck.0 - dy * side, neck.1 - dx * side), (neck.0 + dy * side, neck.1 + dx * side)];
        let _ = writeln!(
            out,
            "<g class=\"edge\"><path d=\"{path}\" fill=\"none\" stroke=\"black\" stroke-width=\"2\"/>\
             <path d=\"M {} L {} L {} Z\" fill=\"black\"/></g>",
            at(*tip),
            at(wings[0]),
            at(wings[1]),
        );
    }
}
