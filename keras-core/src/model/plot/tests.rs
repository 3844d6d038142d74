use std::collections::HashSet;

use super::*;
use crate::model::{AnyLayer, BlockInfo, Core, LayerInfo, Structure};
use crate::param::Param;
use crate::prelude::*;

model! {
    struct Encoder {
        let x = Input(4);
        let y = x => Dense(8, activation = relu);
        [y, x => Dense(8)] => Add() => Dense(3)
    }
}

model! {
    struct Tail { Input(3) => Dense(5) => (Dense(4) => Dropout(0.5)) }
}

/// What stands in a DOT: the names of boxes, edges by name, and frames.
fn read(dot: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    let mut boxes: Vec<(String, String)> = Vec::new();
    let (mut edges, mut frames, mut depth) = (Vec::new(), Vec::new(), 0);
    for line in dot.lines() {
        if let Some((id, rest)) = line.split_once(" [label=<") {
            let name = rest.split("<b>").nth(1).unwrap().split("</b>").next().unwrap();
            boxes.push((id.to_string(), format!("{}{name}", "  ".repeat(depth - 1))));
        } else if let Some((from, rest)) = line.split_once(" -> ") {
            let to = rest.split(' ').next().unwrap();
            let name = |id: &str| boxes.iter().find(|b| b.0 == id).unwrap().1.trim().to_string();
            edges.push(format!("{} -> {}", name(from), name(to)));
        } else if let Some(name) = line.strip_prefix("label=") {
            frames.push(name.to_string());
        }
        if line.ends_with('{') {
            depth += 1;
        } else if line == "}" {
            depth -= 1;
        }
    }
    assert_eq!(depth, 0);
    (boxes.into_iter().map(|b| b.1).collect(), edges, frames)
}

/// The rectangles of a class, as left, top, right, bottom.
fn rectangles(svg: &str, class: &str) -> Vec<[f64; 4]> {
    let number = |tag: &str, name: &str| -> f64 {
        tag.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
    };
    let all = svg.split("<rect ").filter(|tag| tag.starts_with(&format!("class=\"{class}\"")));
    all.map(|tag| {
        let tag = format!(" {tag}");
        let (x, y) = (number(&tag, "x"), number(&tag, "y"));
        [x, y, x + number(&tag, "width"), y + number(&tag, "height")]
    })
    .collect()
}

fn overlap(a: &[f64; 4], b: &[f64; 4]) -> bool {
    a[0] < b[2] - 0.1 && b[0] < a[2] - 0.1 && a[1] < b[3] - 0.1 && b[1] < a[3] - 0.1
}

fn assert_apart(svg: &str) {
    let boxes = rectangles(svg, "box");
    for (i, a) in boxes.iter().enumerate() {
        for b in &boxes[..i] {
            assert!(!overlap(a, b), "{a:?} and {b:?}");
        }
    }
    for frame in rectangles(svg, "frame") {
        for b in &boxes {
            let inside = b[0] > frame[0] && b[1] > frame[1] && b[2] < frame[2] && b[3] < frame[3];
            assert!(inside || !overlap(b, &frame), "{b:?} across {frame:?}");
        }
    }
}

/// A small check that a text is XML: elements are closed, attributes quoted, entities known.
fn assert_xml(text: &str) {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    let words = |text: &str| {
        assert!(!text.contains('>') && text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
        for entity in text.split('&').skip(1) {
            assert!(["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|e| entity.starts_with(e)), "{text}");
        }
    };
    while let Some((before, after)) = rest.split_once('<') {
        words(before);
        let (tag, after) = after.split_once('>').unwrap();
        rest = after;
        assert!(!tag.contains('<') && tag.matches('"').count() % 2 == 0, "{tag}");
        words(tag);
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap());
        }
    }
    assert!(open.is_empty() && rest == "\n");
}

fn all(model: &dyn AnyModel) -> Plot<'_> {
    let plot = plot_model(model).show_shapes(true).show_dtype(true).show_layer_names(true);
    plot.expand_nested(true).show_layer_activations(true).show_trainable(true)
}

#[test]
fn a_sequential_is_drawn_without_its_input() {
    let mut model = model!(Input(5) => Dense(4, activation = relu) => Dropout(0.1) => Dense(1));
    model.dense_1.set_trainable(false);
    let (boxes, edges, frames) = read(&all(&model).to_dot());
    assert_eq!(boxes, ["dense", "dropout", "dense_1"]);
    assert_eq!(edges, ["dense -> dropout", "dropout -> dense_1"]);
    assert!(frames.is_empty());
    // As Keras's `model_to_dot` writes it.
    let dot = all(&model).to_dot();
    let dense = r#"n0 [label=<<table border="0" cellborder="1" bgcolor="black" cellpadding="10"><tr><td colspan="4" bgcolor="black"><font point-size="16" color="white"><b>dense</b> (Dense)</font></td></tr><tr><td bgcolor="white" colspan="4"><font point-size="14">Activation: <b>relu</b></font></td></tr><tr><td bgcolor="white"><font point-size="14">Input shape: <b>(None, 5)</b></font></td><td bgcolor="white"><font point-size="14">Output shape: <b>(None, 4)</b></font></td><td bgcolor="white"><font point-size="14">Output dtype: <b>float32</b></font></td><td bgcolor="forestgreen"><font point-size="14" color="white"><b>Trainable</b></font></td></tr></table>>, fontname=Helvetica, border=0, margin=0];"#;
    assert!(dot.contains(dense), "{dot}");
    assert!(dot.contains("Activation: <b>linear</b>"));
    assert_eq!(dot.matches("Trainable</b>").count(), 1);
    assert_eq!(dot.matches("Non-trainable</b>").count(), 1);
    let plain = model.plot().to_dot();
    assert!(plain.starts_with("digraph G {\nrankdir=TB;\n") && plain.contains("<b>Dense</b>"));
    assert!(!plain.contains("dense") && !plain.contains("shape:"));
    assert!(model.plot().rankdir(RankDir::LR).to_dot().contains("rankdir=LR;"));
}

#[test]
fn each_use_of_a_tensor_is_an_edge() {
    let model = model!(
        let a = Input(5);
        let b = Input(3);
        let shared = Dense(4);
        let x = a => Dense(4);
        let y = b => Dense(4);
        [x, x, y] => Add() => shared => shared => Dense(1)
    );
    let (boxes, edges, _) = read(&all(&model).expand_nested(false).to_dot());
    assert_eq!(boxes.len(), 7, "{boxes:?}");
    assert_eq!(edges.iter().filter(|e| **e == "dense_1 -> add").count(), 2, "{edges:?}");
    assert!(edges.iter().any(|e| e == "b -> dense_2" || e == "input_layer_1 -> dense_2"), "{edges:?}");
    // A layer that is applied to its own output.
    assert!(edges.iter().any(|e| e == "dense -> dense"), "{edges:?}");
    let dot = all(&model).to_dot();
    assert!(dot.contains("Input shape: <b>[(None, 4), (None, 4), (None, 4)]</b>"));
    let svg = all(&model).to_svg().unwrap();
    assert_eq!(svg.matches("class=\"edge\"").count(), edges.len());
    assert_xml(&svg);
    assert_apart(&svg);
}

/// Keras's `plot_model` draws the operations that make masks.
#[test]
fn masks_are_boxes() {
    let model = model!(
        let ids = Input(None, dtype = int32);
        let words = ids => Embedding(10, 4, mask_zero = true);
        let marked = Input(None, 4) => Masking();
        let sum = [words, marked] => Add();
        sum => LSTM(3)
    );
    let (mut boxes, mut edges, _) = read(&all(&model).to_dot());
    boxes.sort();
    edges.sort();
    let names = [
        "add",
        "any",
        "embedding",
        "input_layer",
        "input_layer_1",
        "logical_or",
        "lstm",
        "masking",
        "not_equal",
        "not_equal_1",
    ];
    assert_eq!(boxes, names);
    let wanted = [
        "add -> lstm",
        "any -> logical_or",
        "embedding -> add",
        "input_layer -> embedding",
        "input_layer -> not_equal",
        "input_layer_1 -> masking",
        "input_layer_1 -> not_equal_1",
        "logical_or -> lstm",
        "masking -> add",
        "not_equal -> logical_or",
        "not_equal_1 -> any",
    ];
    assert_eq!(edges, wanted);
}

#[test]
fn models_inside_models_are_frames() {
    let model = model!(
        let a = Input(4);
        let x = a => Encoder;
        let block = Dense(6) => (Dense(3) => Dropout(0.1)) => Dense(3);
        [x => block, x] => Add() => Tail => Dense(1)
    );
    let (boxes, edges, frames) = read(&model.plot().show_layer_names(true).to_dot());
    assert_eq!(boxes.len(), 6, "{boxes:?}");
    assert_eq!(edges.len(), 6, "{edges:?}");
    assert!(frames.is_empty());

    let plot = all(&model);
    let (boxes, edges, frames) = read(&plot.to_dot());
    assert_eq!(frames.len(), 5, "{frames:?}");
    // The encoder is no `Sequential`: its input is drawn. The tail is one.
    assert_eq!(boxes.iter().filter(|b| b.starts_with("  ")).count(), 5 + 4 + 3, "{boxes:?}");
    assert_eq!(boxes.iter().filter(|b| b.starts_with("    ")).count(), 2 + 2, "{boxes:?}");
    assert_eq!(boxes.len(), 1 + 5 + 4 + 1 + 3 + 1, "{boxes:?}");
    assert_eq!(edges.len(), 16, "{edges:?}");
    for rankdir in [RankDir::TB, RankDir::LR] {
        let svg = plot.rankdir(rankdir).to_svg().unwrap();
        assert_xml(&svg);
        assert_apart(&svg);
        assert_eq!(rectangles(&svg, "frame").len(), 5);
        save(&svg, &format!("nested_{rankdir:?}"));
    }
}

/// For looking at: `KERAS_PLOTS=folder cargo test`.
fn save(svg: &str, name: &str) {
    if let Ok(folder) = std::env::var("KERAS_PLOTS") {
        std::fs::write(format!("{folder}/{name}.svg"), svg).unwrap();
    }
}

#[test]
fn fifty_layers_are_readable() {
    let model = model!(
        let image = Input(32, 32, 3);
        let extra = Input(7);
        let stem = image => [Conv2D(8, 3, padding = same, activation = relu); 4];
        let a = [stem => [Conv2D(8, 3, padding = same); 5], stem] => Add();
        let b = [a => [Conv2D(8, 1) ; 4], a => [Conv2D(8, 3, padding = same) ; 6], a => MaxPooling2D(3, strides = 1, padding = same) => Conv2D(8, 1)] => Concatenate();
        let c = [b => [Conv2D(24, 3, padding = same); 6], b] => Add() => GlobalAveragePooling2D();
        let d = extra => [Dense(16, activation = relu); 6];
        let e = [c, d, extra] => Concatenate() => [Dense(32); 9];
        (e => Dense(4) => Dense(10, activation = softmax), [e, c] => Concatenate() => Dense(1))
    );
    let layers = model.structure().layers.len();
    assert!(layers >= 50, "{layers}");
    for (rankdir, full) in [(RankDir::TB, true), (RankDir::LR, true), (RankDir::TB, false)] {
        let plot = all(&model).rankdir(rankdir).show_shapes(full);
        let svg = plot.to_svg().unwrap();
        assert_eq!(rectangles(&svg, "box").len(), layers + 2);
        assert_apart(&svg);
        assert_xml(&svg);
        assert_eq!(svg, plot.to_svg().unwrap());
        save(&svg, &format!("fifty_{rankdir:?}_{full}"));
    }
}

const HOSTILE: &str = "\"a\"\n<b>&amp;'\\N\\\0\u{7f}\u{fffe} -- ]]> ]; n9 -> n8";

struct Fake;

impl AnyLayer for Fake {
    fn name(&self) -> &str {
        HOSTILE
    }
    fn class(&self) -> &str {
        HOSTILE
    }
    fn trainable(&self) -> bool {
        true
    }
    fn set_trainable(&mut self, _: bool) {}
    fn params(&self) -> Vec<&Param> {
        Vec::new()
    }
    fn params_mut(&mut self) -> Vec<&mut Param> {
        Vec::new()
    }
}

struct Renamed(&'static Structure, Vec<Fake>);

impl AnyModel for Renamed {
    fn structure(&self) -> &'static Structure {
        self.0
    }
    fn layers(&self) -> Vec<&dyn AnyLayer> {
        self.1.iter().map(|layer| layer as &dyn AnyLayer).collect()
    }
    fn layer_at(&self, index: usize) -> &dyn AnyLayer {
        &self.1[index]
    }
    fn layers_mut(&mut self) -> Vec<&mut dyn AnyLayer> {
        Vec::new()
    }
    fn core(&self) -> &Core {
        unreachable!("nothing is computed")
    }
}

#[test]
fn names_are_escaped() {
    let model = model!(Input(3) => (Dense(2) => Dense(2)) => Dense(1));
    let real = model.structure();
    let layers: Vec<LayerInfo> = real.layers.iter().map(|l| LayerInfo { name: HOSTILE, ..*l }).collect();
    let groups = vec![BlockInfo { name: HOSTILE, parent: None }; real.groups.len()];
    let structure = Structure { name: HOSTILE, layers: layers.leak(), groups: groups.leak(), ..*real };
    let model = Renamed(Box::leak(Box::new(structure)), vec![Fake, Fake, Fake]);
    let dot = all(&model).to_dot();
    let escaped = "&quot;a&quot;\u{240a}&lt;b&gt;&amp;amp;&#39;\\\\N\\\\\u{2400}\u{2421}\u{fffd} -- ]]&gt; ]; n9 -&gt; n8";
    assert!(dot.contains(&format!("<b>{escaped}</b> ({escaped})")), "{dot}");
    let label =
        "label=\"\\\"a\\\"\u{240a}<b>&amp;amp;'\\\\N\\\\\u{2400}\u{2421}\u{fffd} -- ]]> ]; n9 -> n8\";";
    assert!(dot.contains(label), "{dot}");
    assert_eq!(dot.lines().filter(|line| line.starts_with('n') && line.contains("[label=")).count(), 3);
    let svg = all(&model).to_svg().unwrap();
    assert_xml(&svg);
    assert_apart(&svg);
    save(&svg, "hostile");
    if let Ok(folder) = std::env::var("KERAS_PLOTS") {
        std::fs::write(format!("{folder}/hostile.dot"), dot).unwrap();
    }
}

#[test]
fn files_are_picked_by_extension() {
    let model = model!(Input(3) => Dense(1));
    let folder = tempfile::tempdir().unwrap();
    let plot = model.plot().show_shapes(true);
    plot.save(folder.path().join("model.SVG")).unwrap();
    plot.save(folder.path().join("model.dot")).unwrap();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("model.SVG"), plot.to_svg().unwrap());
    assert_eq!(read("model.dot"), plot.to_dot());
    assert!(plot.dpi(96).to_dot().contains("dpi=96;"));
    for (name, told) in [("model.pdf", "`.svg` or `.dot`"), ("model", "`.svg` or `.dot`")] {
        let error = plot.save(folder.path().join(name)).unwrap_err();
        assert!(matches!(&error, Error::File { .. }) && error.to_string().contains(told), "{error}");
        assert!(!folder.path().join(name).exists());
    }
    assert!(plot.save(folder.path().join("none/model.svg")).is_err());
    let files: HashSet<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|f| f.unwrap().file_name()).collect();
    assert_eq!(files.len(), 2);
    let png = plot.save(folder.path().join("model.png"));
    #[cfg(not(feature = "plot-png"))]
    assert!(png.unwrap_err().to_string().contains("the feature `plot-png`"));
    #[cfg(feature = "plot-png")]
    assert!(png.is_ok() && std::fs::read(folder.path().join("model.png")).unwrap() == plot.to_png().unwrap());
}

/// Width, height and pixels of a PNG in three colours.
#[cfg(feature = "plot-png")]
fn pixels(bytes: &[u8]) -> (usize, usize, Vec<u8>) {
    let mut reader = ::png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!(info.color_type, ::png::ColorType::Rgb);
    (info.width as usize, info.height as usize, pixels)
}

/// What the SVG has at a place, the PNG has there: white page, black boxes with letters in them, frames and arrows.
#[cfg(feature = "plot-png")]
#[test]
fn pictures_show_what_the_svg_shows() {
    let mut model = model!(
        let x = Input(4);
        let y = x => Encoder() => Dense(3, activation = relu);
        [y, x => Dense(3)] => Add() => Tail()
    );
    model.dense.set_trainable(false);
    let plot = all(&model);
    save(&plot.to_svg().unwrap(), "picture");
    let bytes = plot.to_png().unwrap();
    if let Ok(folder) = std::env::var("KERAS_PLOTS") {
        std::fs::write(format!("{folder}/picture.png"), &bytes).unwrap();
    }
    let svg = plot.to_svg().unwrap();
    let (width, height, image) = pixels(&bytes);
    let number = |name: &str| -> f64 {
        svg.split(&format!(" {name}=\"")).nth(1).unwrap().split('"').next().unwrap().parse().unwrap()
    };
    let scale = 200.0 / 72.0;
    assert!((width as f64 - number("width") * scale).abs() < 3.0, "{width}");
    assert!((height as f64 - number("height") * scale).abs() < 3.0, "{height}");
    let share = |[x0, y0, x1, y1]: [f64; 4], color: [u8; 3]| {
        let pixel = |at: f64| ((at + 20.0) * scale).round() as usize;
        let (rows, columns) = (pixel(y0) + 6..pixel(y1) - 6, pixel(x0) + 6..pixel(x1) - 6);
        let all = rows.len() * columns.len();
        let same = rows.flat_map(|row| columns.clone().map(move |column| (row * width + column) * 3));
        same.filter(|at| image[*at..at + 3] == color).count() as f64 / all as f64
    };
    let cells = rectangles(&svg, "cell");
    let fills = svg.split("<rect class=\"cell\"").skip(1).map(|tag| tag.split("fill=\"").nth(1).unwrap());
    let mut seen = HashSet::new();
    for (cell, fill) in cells.iter().zip(fills.map(|fill| fill.split('"').next().unwrap())) {
        let color = match fill {
            "black" => [0, 0, 0],
            "white" => [255, 255, 255],
            "forestgreen" => [34, 139, 34],
            "firebrick" => [178, 34, 34],
            other => panic!("{other}"),
        };
        seen.insert(fill);
        let share = share(*cell, color);
        // Most is the ground, some is letters.
        assert!((0.6..0.995).contains(&share), "{fill}: {share}");
    }
    assert_eq!(seen.len(), 4);
    // Around the boxes is the page.
    assert_eq!(image[..3], [255, 255, 255]);
    let (half, _, _) = pixels(&plot.dpi(100).to_png().unwrap());
    assert!(half.abs_diff(width / 2) <= 1, "{half} of {width}");
    assert!(plot.dpi(0).to_png().unwrap_err().to_string().contains("`dpi` is 0"));
    // A picture that would be huge is made smaller.
    let (wide, high, _) = pixels(&plot.dpi(100_000).to_png().unwrap());
    assert!(wide * high <= 64_100_000 && wide.max(high) <= 32_767, "{wide} by {high}");
}
