//! SVG of what has been placed.

use core::fmt::Write;

use super::cards::{Drawing, MARGIN, Paint, Point, Rect, Step, TEXT, Words};
use super::graph::Graph;
use super::{Options, escape};
use crate::Result;

/// A drawing.
pub(super) fn write(graph: &Graph, options: &Options) -> Result<String> {
    let drawing = Drawing::new(graph, options)?;
    let (width, height) = drawing.size();
    let mut out = Svg(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.1} {height:.1}\" \
         font-family=\"Helvetica, Arial, 'Liberation Sans', sans-serif\" font-size=\"{TEXT}\">\n\
         <title>{}</title>\n<rect class=\"page\" width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <g transform=\"translate({MARGIN} {MARGIN})\">\n",
        escape(&graph.name)
    ));
    drawing.paint(&mut out);
    out.0.push_str("</g>\n</svg>\n");
    Ok(out.0)
}

struct Svg(String);

fn at(point: Point) -> String {
    format!("{:.1} {:.1}", point.0, point.1)
}

impl Paint for Svg {
    fn open(&mut self, class: &str, title: &str) {
        let _ = writeln!(self.0, "<g class=\"{class}\">\n<title>{}</title>", escape(title));
    }

    fn close(&mut self) {
        self.0.push_str("</g>\n");
    }

    fn rect(&mut self, class: &str, [x, y, width, height]: Rect, fill: &str, dashed: bool) {
        let dashes = if dashed { " stroke-dasharray=\"6 4\"" } else { "" };
        let _ = writeln!(
            self.0,
            r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" fill="{fill}" stroke="black"{dashes}/>"#,
        );
    }

    fn words(&mut self, (x, y): Point, words: &Words<'_>) {
        let [before, bold, after] = words.parts.map(escape);
        let _ = writeln!(
            self.0,
            r#"<text x="{x:.1}" y="{y:.1}" font-size="{}" fill="{}" text-anchor="middle">{before}<tspan font-weight="bold">{bold}</tspan>{after}</text>"#,
            words.size, words.ink,
        );
    }

    fn label(&mut self, (x, y): Point, text: &str) {
        let _ = writeln!(self.0, r#"<text x="{x:.1}" y="{y:.1}">{}</text>"#, escape(text));
    }

    fn edge(&mut self, line: &[Step], [tip, left, right]: [Point; 3]) {
        let steps: Vec<String> = line
            .iter()
            .map(|step| match *step {
                Step::Move(to) => format!("M {}", at(to)),
                Step::Line(to) => format!("L {}", at(to)),
                Step::Curve(a, b, to) => format!("C {}, {}, {}", at(a), at(b), at(to)),
            })
            .collect();
        let _ = writeln!(
            self.0,
            "<g class=\"edge\"><path d=\"{}\" fill=\"none\" stroke=\"black\" stroke-width=\"2\"/>\
             <path d=\"M {} L {} L {} Z\" fill=\"black\"/></g>",
            steps.join(" "),
            at(tip),
            at(left),
            at(right),
        );
    }
}
