//! What a drawing is made of: boxes with rows of text, frames and edges, for whatever paints them.

use super::dot::trained;
use super::graph::{Cell, Graph, LayerBox};
use super::place::{ARROW, Area, Placed, Route, flow};
use super::{Options, RankDir, visible};
use crate::Result;

/// Sizes of letters.
const TITLE: f64 = 16.0;
pub(super) const TEXT: f64 = 14.0;
/// Between text and border.
const PAD: f64 = 10.0;
/// Heights of rows.
const TITLE_ROW: f64 = 36.0;
const ROW: f64 = 34.0;
/// Around the drawing.
pub(super) const MARGIN: f64 = 20.0;

/// Left, top, width and height.
pub(super) type Rect = [f64; 4];
/// A place.
pub(super) type Point = (f64, f64);

/// A part of a line.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Move(Point),
    Line(Point),
    /// A cubic curve: two points that pull at it, and its end.
    Curve(Point, Point, Point),
}

/// A line of text, a part of it bold.
pub(super) struct Words<'a> {
    pub size: f64,
    pub ink: &'static str,
    /// Before the bold part, the bold part, behind it.
    pub parts: [&'a str; 3],
}

/// What paints.
pub(super) trait Paint {
    /// Begins a group of shapes.
    fn open(&mut self, class: &str, title: &str);
    /// Ends it.
    fn close(&mut self);
    fn rect(&mut self, class: &str, rect: Rect, fill: &str, dashed: bool);
    /// Text around the middle at `x` on the base line `y`.
    fn words(&mut self, at: Point, words: &Words<'_>);
    /// The name of a frame, from `x` on.
    fn label(&mut self, at: Point, text: &str);
    /// A line and the head of its arrow.
    fn edge(&mut self, line: &[Step], head: [Point; 3]);
}

/// A drawing of boxes that know their places.
pub(super) struct Drawing {
    cards: Vec<Card>,
    placed: Placed,
    rankdir: RankDir,
}

impl Drawing {
    pub fn new(graph: &Graph, options: &Options) -> Result<Drawing> {
        let cards: Vec<Card> = graph.boxes.iter().map(|layer| Card::new(layer, options)).collect();
        let sizes: Vec<(f64, f64)> = cards.iter().map(|card| (card.width, card.height)).collect();
        let placed = Placed::new(graph, &sizes, options.rankdir)?;
        Ok(Drawing { cards, placed, rankdir: options.rankdir })
    }

    /// Width and height, margins included.
    pub fn size(&self) -> (f64, f64) {
        (self.placed.width + 2.0 * MARGIN, self.placed.height + 2.0 * MARGIN)
    }

    /// Paints it, from the corner inside the margins.
    pub fn paint(&self, out: &mut dyn Paint) {
        for (name, area) in &self.placed.frames {
            frame(out, name, *area);
        }
        for edge in &self.placed.edges {
            edge.draw(out, self.rankdir);
        }
        for (card, area) in self.cards.iter().zip(&self.placed.boxes) {
            card.draw(out, *area);
        }
    }
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

    fn draw(&self, out: &mut dyn Paint, left: f64, top: f64) {
        let (x, y) = (left + self.x, top + self.y);
        out.rect("cell", [x, y, self.width, self.height], self.fill, false);
        let parts = [self.before.as_str(), &self.bold, &self.after];
        let words = Words { size: self.size, ink: self.ink, parts };
        out.words((x + self.width / 2.0, y + self.height / 2.0 + 0.35 * self.size), &words);
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

    fn draw(&self, out: &mut dyn Paint, area: Area) {
        let (left, top) = (area.left(), area.top());
        out.open("layer", &self.name);
        out.rect("box", [left, top, self.width, self.height], "white", false);
        for tile in &self.tiles {
            tile.draw(out, left, top);
        }
        out.close();
    }
}

/// A frame with its name in the corner.
fn frame(out: &mut dyn Paint, name: &str, area: Area) {
    let (left, top) = (area.left(), area.top());
    out.open("nested", name);
    out.rect("frame", [left, top, area.width, area.height], "none", true);
    out.label((left + 6.0, top + 4.0 + TEXT), &cut(name, TEXT, area.width - 12.0));
    out.close();
}

impl Route {
    fn draw(&self, out: &mut dyn Paint, rankdir: RankDir) {
        let at = |p: Point| flow(p.0, p.1, rankdir);
        let [.., before, tip] = self.points.as_slice() else { return };
        let Some(first) = self.points.first() else { return };
        // The arrow's direction, and where the line ends in it.
        let (dx, dy) = if self.to_itself {
            (-1.0, 0.0)
        } else {
            (0.0, if self.points.first().is_some_and(|p| p.1 <= tip.1) { 1.0 } else { -1.0 })
        };
        let neck = (tip.0 - dx * ARROW, tip.1 - dy * ARROW);
        let mut line = vec![Step::Move(at(*first))];
        if self.to_itself {
            let turn = self.points.get(1).copied().unwrap_or(*before);
            line.push(Step::Curve(at(turn), at(*before), at(neck)));
        } else {
            let mut last = *first;
            let count = self.points.len();
            for (i, point) in self.points.iter().enumerate().skip(1) {
                let point = if i + 1 == count { neck } else { *point };
                line.push(if (point.0 - last.0).abs() < 0.05 {
                    Step::Line(at(point))
                } else {
                    let half = (last.1 + point.1) / 2.0;
                    Step::Curve(at((last.0, half)), at((point.0, half)), at(point))
                });
                last = point;
            }
        }
        let side = ARROW * 0.4;
        let wings = [(neck.0 - dy * side, neck.1 - dx * side), (neck.0 + dy * side, neck.1 + dx * side)];
        out.edge(&line, [at(*tip), at(wings[0]), at(wings[1])]);
    }
}
