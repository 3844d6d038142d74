//! PNG of what has been placed, painted by `plotters` with a font that is built in.

use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Options;
use super::cards::{Drawing, MARGIN, Paint, Point, Rect, Step, TEXT, Words};
use super::graph::Graph;
use crate::training::drawing::{MODEL_FONT, fonts};
use crate::{Error, Result};

/// Graphviz counts in points, of which an inch has so many.
const POINTS: f64 = 72.0;
/// The most pixels a side has, as in Graphviz's own pictures, and the most there are: a larger drawing is made smaller.
const SIDE: f64 = 32_767.0;
const PIXELS: f64 = 6.4e7;

/// A drawing.
pub(super) fn write(graph: &Graph, options: &Options) -> Result<Vec<u8>> {
    fonts();
    let drawing = Drawing::new(graph, options)?;
    let (width, height) = drawing.size();
    if options.dpi == 0 {
        return Err(Error::Argument("`dpi` is 0: a picture has some pixels an inch".into()));
    }
    let least = (SIDE / width).min(SIDE / height).min((PIXELS / (width * height)).sqrt());
    let scale = (f64::from(options.dpi) / POINTS).min(least);
    // At least one pixel, however small the scale.
    let side = |length: f64| ((length * scale).round() as u32).max(1);
    let size = (side(width), side(height));
    let mut pixels = vec![255; size.0 as usize * size.1 as usize * 3];
    {
        let area = BitMapBackend::with_buffer(&mut pixels, size).into_drawing_area();
        let mut png = Png { area, scale, failed: None };
        drawing.paint(&mut png);
        let Png { area, failed, .. } = png;
        failed.map_or(Ok(()), Err).and_then(|()| area.present().map_err(|error| wrong(&error)))?;
    }
    crate::data::png_of(&pixels, [size.0, size.1], 3).map_err(|error| wrong(&error))
}

fn wrong(error: &dyn std::fmt::Display) -> Error {
    Error::Argument(format!("this model cannot be drawn: {error}"))
}

struct Png<'a> {
    area: DrawingArea<BitMapBackend<'a>, Shift>,
    /// Pixels of a unit.
    scale: f64,
    /// The first thing that went wrong.
    failed: Option<Error>,
}

fn color(word: &str) -> &'static RGBColor {
    match word {
        "white" => &WHITE,
        "forestgreen" => &RGBColor(34, 139, 34),
        "firebrick" => &RGBColor(178, 34, 34),
        _ => &BLACK,
    }
}

impl Png<'_> {
    /// The pixel at a place.
    fn at(&self, point: Point) -> (i32, i32) {
        let pixel = |length: f64| ((length + MARGIN) * self.scale).round() as i32;
        (pixel(point.0), pixel(point.1))
    }

    /// How many pixels wide a line is.
    fn stroke(&self, width: f64) -> u32 {
        ((width * self.scale).round() as u32).max(1)
    }

    /// Keeps the first error.
    fn note<E: std::fmt::Display>(&mut self, drawn: std::result::Result<(), E>) {
        if let (Err(error), None) = (drawn, &self.failed) {
            self.failed = Some(wrong(&error));
        }
    }

    /// Text from a place on, by the middle of its small letters; gives how many pixels wide it is.
    fn write(&mut self, (x, y): (i32, i32), text: &str, style: &TextStyle<'_>, bold: bool) -> i32 {
        if text.is_empty() {
            return 0;
        }
        // The font has one weight: bold letters are drawn twice more, a little to the side.
        let (more, by) = if bold { (2, self.scale * 0.4) } else { (0, 0.0) };
        for i in 0..=more {
            let place = (x + (f64::from(i) * by).round() as i32, y);
            let drawn = self.area.draw(&Text::new(text, place, style.clone()));
            self.note(drawn);
        }
        self.width(text, style)
    }

    fn width(&self, text: &str, style: &TextStyle<'_>) -> i32 {
        self.area.estimate_text_size(text, style).map_or(0, |(width, _)| width as i32)
    }

    fn style(&self, size: f64, ink: &str) -> TextStyle<'static> {
        let style = TextStyle::from((MODEL_FONT, (size * self.scale).max(1.0)).into_font());
        style.color(color(ink)).pos(Pos::new(HPos::Left, VPos::Center))
    }
}

impl Paint for Png<'_> {
    fn open(&mut self, _: &str, _: &str) {}

    fn close(&mut self) {}

    fn rect(&mut self, _: &str, [x, y, width, height]: Rect, fill: &str, dashed: bool) {
        let corners = [self.at((x, y)), self.at((x + width, y + height))];
        if fill != "none" {
            let drawn = self.area.draw(&Rectangle::new(corners, color(fill).filled()));
            self.note(drawn);
        }
        let [(left, top), (right, bottom)] = corners;
        let line = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        let style = BLACK.stroke_width(self.stroke(1.0));
        let drawn = if dashed {
            let (dash, gap) = (self.stroke(6.0), self.stroke(4.0));
            self.area.draw(&DashedPathElement::new(line, dash, gap, style))
        } else {
            self.area.draw(&PathElement::new(line, style))
        };
        self.note(drawn);
    }

    fn words(&mut self, (x, y): Point, words: &Words<'_>) {
        let style = self.style(words.size, words.ink);
        let (middle, line) = self.at((x, y - 0.25 * words.size));
        let wide: i32 = words.parts.iter().map(|part| self.width(part, &style)).sum();
        let mut at = middle - wide / 2;
        for (i, part) in words.parts.iter().enumerate() {
            at += self.write((at, line), part, &style, i == 1);
        }
    }

    fn label(&mut self, (x, y): Point, text: &str) {
        let style = self.style(TEXT, "black");
        let at = self.at((x, y - 0.25 * TEXT));
        self.write(at, text, &style, false);
    }

    fn edge(&mut self, line: &[Step], head: [Point; 3]) {
        let mut points: Vec<(i32, i32)> = Vec::new();
        let mut last = (0.0, 0.0);
        for step in line {
            match *step {
                Step::Move(to) | Step::Line(to) => {
                    points.push(self.at(to));
                    last = to;
                }
                Step::Curve(a, b, to) => {
                    points.extend((1..=CHORDS).map(|i| {
                        let t = f64::from(i) / f64::from(CHORDS);
                        self.at(bezier([last, a, b, to], t))
                    }));
                    last = to;
                }
            }
        }
        points.dedup();
        let style = BLACK.stroke_width(self.stroke(2.0));
        let drawn = self.area.draw(&PathElement::new(points, style));
        self.note(drawn);
        let drawn = self.area.draw(&Polygon::new(head.map(|point| self.at(point)), BLACK));
        self.note(drawn);
    }
}

/// Of how many straight pieces a curve is made.
const CHORDS: i32 = 24;

/// A place on a cubic curve.
fn bezier(points: [Point; 4], t: f64) -> Point {
    let u = 1.0 - t;
    let weights = [u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t];
    points.iter().zip(weights).fold((0.0, 0.0), |sum, (p, w)| (sum.0 + w * p.0, sum.1 + w * p.1))
}
