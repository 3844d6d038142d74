//! Graphviz's language.

use core::fmt::Write;

use super::graph::{Cell, Graph, Item, LayerBox};
use super::{Options, visible};

/// A drawing as Keras's `model_to_dot` writes it.
pub(super) fn write(graph: &Graph, options: &Options) -> String {
    let mut out = format!(
        "digraph G {{\nrankdir={};\nconcentrate=true;\ndpi={};\nsplines=ortho;\nnode [shape=record];\n",
        options.rankdir.word(),
        options.dpi
    );
    items(&mut out, graph, &graph.items, options, &mut 0);
    for (from, to) in &graph.edges {
        let _ = writeln!(out, "n{from} -> n{to} [penwidth=2];");
    }
    out.push_str("}\n");
    out
}

fn items(out: &mut String, graph: &Graph, list: &[Item], options: &Options, frames: &mut usize) {
    for item in list {
        match item {
            Item::Box(at) => {
                let label = label(&graph.boxes[*at], options);
                let _ = writeln!(out, "n{at} [label=<{label}>, fontname=Helvetica, border=0, margin=0];");
            }
            Item::Frame(name, inner) => {
                let _ = writeln!(out, "subgraph cluster_{frames} {{\nstyle=dashed;");
                let _ = writeln!(out, "label={};\nlabeljust=l;", quoted(name));
                *frames += 1;
                items(out, graph, inner, options, frames);
                out.push_str("}\n");
            }
        }
    }
}

/// Text in a table: Graphviz puts the node's name for `\N` there, too.
fn escape(text: &str) -> String {
    super::escape(text).replace('\\', "\\\\")
}

/// A quoted string, in which backslashes and entities would have a meaning.
fn quoted(text: &str) -> String {
    let plain: String = text.chars().map(visible).collect();
    format!("\"{}\"", plain.replace('&', "&amp;").replace('\\', "\\\\").replace('"', "\\\""))
}

/// The table of a layer.
fn label(layer: &LayerBox, options: &Options) -> String {
    let cells = layer.cells(options);
    let span = cells.len().max(1);
    // Graphviz takes no empty element.
    let title = if options.names && !layer.name.is_empty() {
        format!("<b>{}</b> ({})", escape(&layer.name), escape(&layer.class))
    } else {
        format!("<b>{}</b>", escape(&layer.class))
    };
    let mut out = String::from(r#"<table border="0" cellborder="1" bgcolor="black" cellpadding="10">"#);
    let _ = write!(
        out,
        r#"<tr><td colspan="{span}" bgcolor="black"><font point-size="16" color="white">{title}</font></td></tr>"#
    );
    if let Some(activation) = layer.activation(options) {
        let _ = write!(
            out,
            r#"<tr><td bgcolor="white" colspan="{span}"><font point-size="14">Activation: <b>{activation}</b></font></td></tr>"#
        );
    }
    if !cells.is_empty() {
        out.push_str("<tr>");
        for cell in cells {
            let _ = match cell {
                Cell::Value(word, value) => write!(
                    out,
                    r#"<td bgcolor="white"><font point-size="14">{word}: <b>{}</b></font></td>"#,
                    escape(value)
                ),
                Cell::Trainable(trainable) => {
                    let (color, word) = trained(trainable);
                    write!(
                        out,
                        r#"<td bgcolor="{color}"><font point-size="14" color="white"><b>{word}</b></font></td>"#
                    )
                }
            };
        }
        out.push_str("</tr>");
    }
    out.push_str("</table>");
    out
}

/// Keras's colour and word.
pub(super) fn trained(trainable: bool) -> (&'static str, &'static str) {
    if trainable { ("forestgreen", "Trainable") } else { ("firebrick", "Non-trainable") }
}
