//! `RNN` around cells that are no cells of Keras with arguments: types in scope, and lists in which one stands.

use keras_shape::{Arg, Code, LayerConfig};

use super::call::Arguments;
use super::{Bound, Kind, Layer, Resolver, snake};
use crate::parse::{Argument, Call, Chain, Item};

impl Resolver<'_> {
    /// Gives `RNN` its cells; false if they are wrong.
    pub(super) fn set_cells(&mut self, read: &mut Arguments, chain: &Chain, arg: &Argument) -> bool {
        let (list, path) = match chain.items.as_slice() {
            [Item::List(list, _)] => (list.as_slice(), "stacked_rnn_cells/".to_string()),
            [Item::Call(call)] if is_stack(&call.name()) => match self.stack(call) {
                Some((list, path)) => (list, path),
                None => return false,
            },
            [Item::Name(name)] if self.bound_stack(name).is_some() => {
                return self.set_wrapped(read, "cell", chain, arg);
            }
            _ => (core::slice::from_ref(chain), String::new()),
        };
        if list.is_empty() {
            return self.set_wrapped(read, "cell", chain, arg);
        }
        let mut cells: Vec<Layer> = Vec::new();
        for chain in list {
            let before = self.errors.len();
            let Some(mut cell) = self.wrapped_layer(chain, arg) else { return false };
            let wrong = match &cell.kind {
                Kind::Own { .. } => None,
                Kind::Keras { config, .. } if config.cell().is_some() => None,
                Kind::Broken(_) => return false,
                Kind::Block { .. } => Some("a block of layers".to_string()),
                Kind::Model { .. } => Some("a model".to_string()),
                _ => Some(format!("`{}`", cell.class())),
            };
            if let Some(what) = wrong {
                if self.errors.len() == before {
                    self.errors.at(
                        chain.span,
                        format!(
                            "`RNN` runs cells, and {what} is none\nhelp: `LSTMCell`, `GRUCell`, `SimpleRNNCell` or a type of your own that implements `Cell`"
                        ),
                    );
                }
                return false;
            }
            let own = if cell.named { cell.name.clone() } else { free(&path, &snake(&cell.class()), &cells) };
            cell.name = format!("{path}{own}");
            cells.push(cell);
        }
        if let ([Layer { kind: Kind::Keras { .. }, .. }], "") = (cells.as_slice(), path.as_str()) {
            return self.set_inner_layer(read, "cell", &cells[0], arg);
        }
        let stand_in = Arg::Call("SimpleRNNCell".to_string(), vec![(None, Arg::Int(1))]);
        if let Err(message) = read.build.set(arg.name.as_ref().map(|_| "cell"), &stand_in) {
            self.errors.over(&arg.tokens, message);
            return false;
        }
        read.cells[0] = cells;
        true
    }

    /// The stack of cells of Keras that a name is bound to.
    fn bound_stack(&self, name: &syn::Path) -> Option<usize> {
        let Some(Bound::Block(layers, _)) = self.bound_at(name) else {
            return None;
        };
        let [layer] = layers.as_slice() else { return None };
        let Kind::Keras { config, .. } = &self.graph.layers[*layer].kind else { return None };
        config.facts().stack.is_some().then_some(*layer)
    }

    /// `RNN` or `Bidirectional` of these cells.
    pub(super) fn of_cells(
        &mut self,
        call: &Call,
        (config, code): (LayerConfig, Code),
        mut cells: [Vec<Layer>; 2],
    ) -> Kind {
        if let Some(layer) = config.both_ways() {
            if layer.backward_layer.is_none() {
                cells[1] = cells[0].clone();
            }
            if cells.iter().any(Vec::is_empty) {
                self.errors.at(
                    call.span(),
                    "one direction of this `Bidirectional` has a cell of your own, and the other none\nhelp: give both an `RNN` with a cell of your own, or run the layers apart, one with `go_backwards = true`, and merge what they give",
                );
                return Kind::Broken(Some(config.row()));
            }
        }
        Kind::Cells { config, code, cells }
    }

    /// The cells of a stack, and what stands before their names.
    fn stack<'a>(&mut self, call: &'a Call) -> Option<(&'a [Chain], String)> {
        let mut path = "stacked_rnn_cells/".to_string();
        let mut list = None;
        for arg in &call.args {
            match (&arg.chain, arg.name.as_ref().map(ToString::to_string).as_deref(), &arg.value) {
                (Some(chain), ..) if let [Item::List(cells, _)] = chain.items.as_slice() => {
                    list = Some(cells.as_slice());
                }
                (None, Some("name"), Arg::Str(name) | Arg::Word(name)) => path = format!("{name}/"),
                _ => {
                    self.errors.over(
                        &arg.tokens,
                        "`StackedRNNCells` takes a list of cells, and a `name`: `StackedRNNCells([LSTMCell(16), LSTMCell(8)])`",
                    );
                    return None;
                }
            }
        }
        list.map(|list| (list, path))
    }
}

/// Whether a layer of this class is a stack of cells.
fn is_stack(class: &str) -> bool {
    LayerConfig::default_of(class).is_some_and(|config| config.facts().stack.is_some())
}

/// A name that no cell before it has, as Keras counts them.
fn free(path: &str, name: &str, before: &[Layer]) -> String {
    let taken = |name: &str| before.iter().any(|cell| cell.name == format!("{path}{name}"));
    if !taken(name) {
        return name.to_string();
    }
    (1..).map(|n| format!("{name}_{n}")).find(|name| !taken(name)).unwrap_or_default()
}
