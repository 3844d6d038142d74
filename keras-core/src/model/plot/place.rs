//! Where boxes, frames and edges stand, by the layout of the `dagre` crate: layers in ranks, few crossings, frames
//! that hold only their own.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dagre::graph::GraphOptions;
use dagre::{EdgeLabel, LayoutOptions, NodeLabel};

use super::RankDir;
use super::graph::{Graph, Item};
use crate::{Error, Result};

type Layout = dagre::graph::Graph<NodeLabel, EdgeLabel>;

/// The length of an arrow's head.
pub(super) const ARROW: f64 = 10.0;
/// How far an edge from a box to itself reaches out.
const LOOP: f64 = 30.0;

/// A rectangle by its middle.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Area {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Area {
    pub fn left(&self) -> f64 {
        self.x - self.width / 2.0
    }

    pub fn top(&self) -> f64 {
        self.y - self.height / 2.0
    }
}

/// Where everything stands.
#[derive(Default)]
pub(super) struct Placed {
    pub width: f64,
    pub height: f64,
    pub boxes: Vec<Area>,
    pub frames: Vec<(String, Area)>,
    pub edges: Vec<Route>,
}

impl Placed {
    /// Where boxes of these widths and heights stand.
    ///
    /// # Errors
    /// The layout does not work on this graph.
    pub fn new(graph: &Graph, sizes: &[(f64, f64)], rankdir: RankDir) -> Result<Placed> {
        let (layout, names) = laid_out(graph, sizes, rankdir)?;
        let area = |id: &str| -> Result<Area> {
            let label = layout.node(id).ok_or_else(failed)?;
            let (Some(x), Some(y)) = (label.x, label.y) else { return Err(failed()) };
            Ok(Area { x, y, width: label.width, height: label.height })
        };
        let boxes = (0..sizes.len()).map(|at| area(&format!("n{at}"))).collect::<Result<_>>()?;
        let mut placed = Placed { boxes, ..Placed::default() };
        for (at, name) in names.into_iter().enumerate() {
            placed.frames.push((name, area(&format!("c{at}"))?));
        }
        let along: Vec<Flow> = placed.boxes.iter().map(|area| Flow::new(*area, rankdir)).collect();
        for (at, (from, to)) in graph.edges.iter().enumerate() {
            let name = at.to_string();
            let label =
                layout.edge(&format!("n{from}"), &format!("n{to}"), Some(&name)).ok_or_else(failed)?;
            let points: Vec<(f64, f64)> = label.points.iter().map(|p| flow(p.x, p.y, rankdir)).collect();
            placed.edges.push(Route::new(&along, *from, *to, &points));
        }
        placed.move_to_zero(rankdir);
        Ok(placed)
    }
    /// Moves everything so that the drawing begins at zero, and measures it.
    fn move_to_zero(&mut self, rankdir: RankDir) {
        let areas: Vec<Area> =
            self.boxes.iter().copied().chain(self.frames.iter().map(|(_, area)| *area)).collect();
        let ends = areas.iter().map(|a| (a.left(), a.top(), a.left() + a.width, a.top() + a.height));
        let reach = self.edges.iter().flat_map(|route| &route.points).map(|p| {
            let (x, y) = flow(p.0, p.1, rankdir);
            (x, y, x, y)
        });
        let all = ends.chain(reach).reduce(|a, b| (a.0.min(b.0), a.1.min(b.1), a.2.max(b.2), a.3.max(b.3)));
        let (x0, y0, x1, y1) = all.unwrap_or_default();
        (self.width, self.height) = (x1 - x0, y1 - y0);
        for area in self.boxes.iter_mut().chain(self.frames.iter_mut().map(|(_, area)| area)) {
            (area.x, area.y) = (area.x - x0, area.y - y0);
        }
        let zero = flow(x0, y0, rankdir);
        for point in self.edges.iter_mut().flat_map(|route| &mut route.points) {
            *point = (point.0 - zero.0, point.1 - zero.1);
        }
    }
}

/// That the layout does not work on this graph.
fn failed() -> Error {
    Error::Argument("the boxes of this model cannot be laid out; `to_dot` can be".into())
}

/// The layout of the boxes, frames and edges of a graph, and the names of the frames.
fn laid_out(graph: &Graph, sizes: &[(f64, f64)], rankdir: RankDir) -> Result<(Layout, Vec<String>)> {
    let mut layout = Layout::with_options(GraphOptions { directed: true, multigraph: true, compound: true });
    for (at, (width, height)) in sizes.iter().enumerate() {
        let label = NodeLabel { width: *width, height: *height, ..NodeLabel::default() };
        layout.set_node(format!("n{at}"), Some(label));
    }
    let mut names = Vec::new();
    frames(&mut layout, &graph.items, None, &mut names);
    for (at, (from, to)) in graph.edges.iter().enumerate() {
        let mut label = EdgeLabel::default();
        if from == to {
            (label.width, label.height) = (LOOP, LOOP);
        }
        layout.set_edge(format!("n{from}"), format!("n{to}"), Some(label), Some(&at.to_string()));
    }
    let options = LayoutOptions {
        rankdir: match rankdir {
            RankDir::TB => dagre::RankDir::TB,
            RankDir::LR => dagre::RankDir::LR,
        },
        nodesep: 40.0,
        edgesep: 20.0,
        ranksep: 80.0,
        ..LayoutOptions::default()
    };
    // The layout is another crate's: whatever it meets there must not end the program.
    catch_unwind(AssertUnwindSafe(|| dagre::layout(&mut layout, Some(options)))).map_err(|_| failed())?;
    Ok((layout, names))
}

/// Tells the layout of the frames; gives their names.
fn frames(layout: &mut Layout, items: &[Item], parent: Option<&str>, names: &mut Vec<String>) {
    for item in items {
        let id = match item {
            Item::Box(at) => format!("n{at}"),
            // The layout wants something in a frame.
            Item::Frame(_, inner) if inner.is_empty() => continue,
            Item::Frame(name, inner) => {
                let id = format!("c{}", names.len());
                layout.set_node(id.clone(), Some(NodeLabel::default()));
                names.push(name.clone());
                frames(layout, inner, Some(&id), names);
                id
            }
        };
        if parent.is_some() {
            layout.set_parent(&id, parent);
        }
    }
}

/// A place as (across, along) the direction of the drawing, and back.
pub(super) fn flow(x: f64, y: f64, rankdir: RankDir) -> (f64, f64) {
    match rankdir {
        RankDir::TB => (x, y),
        RankDir::LR => (y, x),
    }
}

/// A box in the direction of the drawing.
#[derive(Clone, Copy)]
struct Flow {
    across: f64,
    along: f64,
    half_width: f64,
    half_length: f64,
}

impl Flow {
    fn new(area: Area, rankdir: RankDir) -> Flow {
        let (across, along) = flow(area.x, area.y, rankdir);
        let (width, length) = flow(area.width, area.height, rankdir);
        Flow { across, along, half_width: width / 2.0, half_length: length / 2.0 }
    }
}

/// The way of an edge, (across, along). Straight where boxes are beside it, bent between.
#[derive(Debug)]
pub(super) struct Route {
    pub points: Vec<(f64, f64)>,
    pub to_itself: bool,
}

impl Route {
    fn new(boxes: &[Flow], from: usize, to: usize, points: &[(f64, f64)]) -> Route {
        let (a, b) = (boxes[from], boxes[to]);
        if from == to {
            let (right, up) = (a.across + a.half_width, a.half_length / 2.0);
            let way = vec![
                (right, a.along + up),
                (right + LOOP, a.along + up),
                (right + LOOP, a.along - up),
                (right, a.along - up),
            ];
            return Route { points: way, to_itself: true };
        }
        // A layer that is used again gets an edge against the direction.
        let sign = if a.along <= b.along { 1.0 } else { -1.0 };
        let mut middle: Vec<(f64, f64)> =
            points.get(1..points.len().saturating_sub(1)).unwrap_or_default().to_vec();
        middle.sort_by(|p, q| (sign * p.1).total_cmp(&(sign * q.1)));
        // How far the boxes of the rank reach, at which a point is.
        let band = |along: f64| {
            let beside = boxes.iter().filter(|other| (other.along - along).abs() < 0.5);
            beside.map(|other| other.half_length).fold(0.0, f64::max)
        };
        let start = (a.across, a.along + sign * a.half_length);
        let end = (b.across, b.along - sign * b.half_length);
        let mut way = vec![start, (start.0, a.along + sign * band(a.along))];
        for (across, along) in middle {
            let half = band(along);
            way.push((across, along - sign * half));
            way.push((across, along + sign * half));
        }
        // The arrow stands straight on the box.
        way.push((end.0, b.along - sign * band(b.along).max(b.half_length + ARROW)));
        way.push(end);
        Route { points: way, to_itself: false }
    }
}
