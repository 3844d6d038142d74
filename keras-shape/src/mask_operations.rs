//! The operations of which Keras makes masks in a model of the functional API, where each is a node of the graph beside the
//! layers: `not_equal`, `any`, `logical_or`.
//!
//! Keras makes them where it calls a layer, and gives the masks that come of them to layers with an argument `mask`. They
//! have rows in summaries and places in files; what models compute here does not need them.

use std::collections::{HashMap, HashSet};

use crate::{CallArgs, Dim, LayerConfig, MaskRule, NamedMask, Precision, Role, Shape};

/// Of which operations Keras makes the mask of a layer's output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MaskFrom {
    /// Of none beside what its rule says: the layer hands a mask on as it is, or `logical_or` of the masks of all tensors.
    Handed,
    /// `not_equal(ids, 0)`.
    NotZero,
    /// `any(not_equal(x, value), axis = -1)`.
    Other(f64),
    /// The masks of all tensors, each as wide as its tensor, joined on this axis.
    Joined(isize),
    /// `convert_to_tensor` of the mask of the first tensor.
    Converted,
    /// Its output has a mask where arrays are computed alone, and none in the graph.
    Hidden,
}

/// An operation that makes a mask of other tensors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum MaskOperation {
    /// Numbers of another type: of 16 bits, or of 32 if `None`.
    Cast(Option<Precision>),
    /// Where a tensor is not this number; whether that is written as a whole one.
    NotEqual(f64, bool),
    /// Whether any is true, along the last axis.
    Any,
    /// One more axis, behind the last.
    ExpandDims,
    /// As many times false as the tensor has numbers.
    ZerosLike,
    /// As many times true.
    OnesLike,
    /// Where one of two is true.
    LogicalOr,
    /// One behind the other on this axis.
    Concatenate(isize),
    /// What it is given.
    ConvertToTensor,
}

impl MaskOperation {
    /// Keras's class.
    pub const fn class(self) -> &'static str {
        self.names().0
    }

    /// Keras's automatic name.
    pub const fn snake(self) -> &'static str {
        self.names().1
    }

    const fn names(self) -> (&'static str, &'static str) {
        match self {
            MaskOperation::Cast(_) => ("Cast", "cast"),
            MaskOperation::NotEqual(..) => ("NotEqual", "not_equal"),
            MaskOperation::Any => ("Any", "any"),
            MaskOperation::ExpandDims => ("ExpandDims", "expand_dims"),
            MaskOperation::ZerosLike => ("ZerosLike", "zeros_like"),
            MaskOperation::OnesLike => ("OnesLike", "ones_like"),
            MaskOperation::LogicalOr => ("LogicalOr", "logical_or"),
            MaskOperation::Concatenate(_) => ("Concatenate", "concatenate"),
            MaskOperation::ConvertToTensor => ("ConvertToTensor", "convert_to_tensor"),
        }
    }

    /// The shape of what it gives for tensors of these shapes.
    pub fn shape(self, inputs: &[Shape]) -> Shape {
        let Some(first) = inputs.first() else { return Shape::new(&[]) };
        match self {
            MaskOperation::Any if first.rank() > 0 => first.remove(first.rank() - 1),
            MaskOperation::ExpandDims => first.push(Dim::Fixed(1)),
            MaskOperation::LogicalOr => inputs[1..].iter().fold(*first, stretched),
            MaskOperation::Concatenate(axis) => {
                inputs[1..].iter().fold(*first, |sum, next| joined(sum, next, axis))
            }
            MaskOperation::Any
            | MaskOperation::Cast(_)
            | MaskOperation::NotEqual(..)
            | MaskOperation::ZerosLike
            | MaskOperation::OnesLike
            | MaskOperation::ConvertToTensor => *first,
        }
    }
}

/// Two shapes laid over each other from the last axis on.
fn stretched(a: Shape, b: &Shape) -> Shape {
    let (long, short) = if a.rank() < b.rank() { (*b, a) } else { (a, *b) };
    let skip = long.rank() - short.rank();
    (0..short.rank()).fold(long, |out, axis| match (long.dim(skip + axis), short.dim(axis)) {
        (Dim::Fixed(1), dim) => out.with(skip + axis, dim),
        (_, dim @ Dim::Fixed(n)) if n != 1 => out.with(skip + axis, dim),
        _ => out,
    })
}

fn joined(a: Shape, b: &Shape, axis: isize) -> Shape {
    let at = if axis < 0 { axis + a.rank() as isize } else { axis } as usize;
    if at < a.rank() && at < b.rank() { a.with(at, a.dim(at).plus(b.dim(at))) } else { a }
}

/// A tensor of a model, or the mask that an operation makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MaskSource {
    /// An input of the model.
    Input(usize),
    /// An output of a node.
    Node(usize, usize),
    /// What the operation of this number gives.
    Mask(usize),
}

/// What is called.
#[derive(Clone, Copy, Debug)]
pub enum Called<'a> {
    /// A layer of Keras.
    Keras(&'a LayerConfig),
    /// `TimeDistributed` around what is no layer of Keras with arguments.
    EachStep,
    /// A `Sequential` within the model, or a function of the author's: each has an argument `mask`, and no mask comes out.
    Chain,
    /// A model, which takes the masks of all its inputs; or a layer of the author's own, which takes none.
    Own,
}

/// A call of a layer.
#[derive(Clone, Copy, Debug)]
pub struct MaskCall<'a> {
    /// What is called.
    pub called: Called<'a>,
    /// The number by which tensors name it.
    pub node: usize,
    /// The tensors that it is given, each in its role.
    pub inputs: &'a [(MaskSource, Role)],
    /// Whether `mask = None` is said.
    pub drop_mask: bool,
    /// What is said beside.
    pub call: CallArgs,
    /// The numbers of 16 bits in which the layer computes, if it does.
    pub precision: Option<Precision>,
}

/// An operation of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct MaskNode {
    /// Its name.
    pub name: String,
    /// What it computes.
    pub operation: MaskOperation,
    /// Of which tensors.
    pub inputs: Vec<MaskSource>,
}

/// A mask that Keras gives a call by itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaskGiven {
    /// The number of the call.
    pub node: usize,
    /// The mask.
    pub mask: MaskSource,
    /// Whether it does so if a model is called, and not if that is a layer of the author's own.
    pub if_model: bool,
}

/// The masks of a graph, while its layers are called one after the other.
#[derive(Clone, Debug, Default)]
pub struct Masks {
    /// The operations, in the order in which Keras makes them.
    pub nodes: Vec<MaskNode>,
    /// Which call is given which mask as `mask`, by Keras itself.
    pub given: Vec<MaskGiven>,
    carried: HashMap<MaskSource, MaskSource>,
    /// Masks with as many axes as what they are of.
    full: HashSet<MaskSource>,
    precisions: HashMap<MaskSource, Precision>,
    /// Inputs that are no floats.
    others: HashSet<MaskSource>,
}

/// How names are numbered: the next one for the automatic name of a class.
type Number<'a> = &'a mut dyn FnMut(&str) -> String;

impl Masks {
    /// An input of the model, which is of floats or not.
    pub fn input(&mut self, input: usize, floats: bool) {
        if !floats {
            self.others.insert(MaskSource::Input(input));
        }
    }

    /// Calls a layer.
    pub fn call(&mut self, call: &MaskCall<'_>, number: Number<'_>) {
        let inputs = self.converted(call, number);
        let carried = self.carried(call);
        let if_model = matches!(call.called, Called::Own);
        let given = self.gives(call).into_iter().map(|mask| MaskGiven { node: call.node, mask, if_model });
        self.given.extend(given);
        let (config, rule) = match call.called {
            Called::Keras(config) => (Some(config), config.mask_rule()),
            Called::EachStep => (None, MaskRule::Pass),
            Called::Chain | Called::Own => (None, MaskRule::Drop),
        };
        let named = |role: Role| call.inputs.iter().find(|(_, own)| *own == role).map(|(mask, _)| *mask);
        let list = config.is_some_and(|config| config.facts().named_mask == NamedMask::List);
        let mut previous = if list { named(Role::QueryMask) } else { named(Role::Mask) };
        if let Some(mask) =
            previous.filter(|_| config.is_some_and(|config| config.ends_carried_mask(Role::Mask)))
        {
            self.full.insert(mask);
        }
        if !call.drop_mask {
            previous = previous.or_else(|| carried.first().copied().flatten());
        } else if !list {
            previous = None;
        }
        let from = config.map_or(MaskFrom::Handed, |config| config.facts().mask_from);
        let masked = config.map_or(1, LayerConfig::masked_outputs);
        let mask = match rule {
            MaskRule::Drop | MaskRule::Use => None,
            MaskRule::Make => self.made(from, &inputs, number),
            MaskRule::Pass | MaskRule::UseAndPass => match (from, previous) {
                (MaskFrom::Hidden, _) => None,
                (MaskFrom::Converted, Some(mask)) => {
                    Some(self.add(MaskOperation::ConvertToTensor, vec![mask], number))
                }
                (_, previous) => previous,
            },
            MaskRule::PassAll | MaskRule::PassAny if call.drop_mask => None,
            MaskRule::PassAll => self.either(&carried, number),
            MaskRule::PassAny => self.joined(from, &inputs, &carried, number),
        };
        let follows = config.is_some_and(LayerConfig::is_operation);
        let precision = if follows {
            inputs.first().and_then(|x| self.precisions.get(x).copied())
        } else {
            call.precision
        };
        for output in 0..crate::MAX_OUTPUTS {
            let tensor = MaskSource::Node(call.node, output);
            self.precisions.extend(precision.map(|precision| (tensor, precision)));
            self.carried.extend(mask.filter(|_| output < masked).map(|mask| (tensor, mask)));
        }
    }

    /// The masks that Keras itself gives a call.
    pub fn gives(&self, call: &MaskCall<'_>) -> Vec<MaskSource> {
        let carried = self.carried(call);
        if self.is_given(call, carried.len()) { carried.into_iter().flatten().collect() } else { Vec::new() }
    }

    /// The masks that the tensors of a call carry.
    fn carried(&self, call: &MaskCall<'_>) -> Vec<Option<MaskSource>> {
        let operands = call.inputs.iter().filter(|(_, role)| role.is_operand());
        operands.map(|(tensor, _)| self.carried.get(tensor).copied()).collect()
    }

    /// Whether Keras itself gives a call the masks of its tensors as an argument. It does where nothing else is named and
    /// no tensor is converted: then the arguments that it adds are those that it notes down.
    fn is_given(&self, call: &MaskCall<'_>, operands: usize) -> bool {
        if call.drop_mask || call.inputs.len() > operands || says_anything(&call.call) {
            return false;
        }
        let takes = match call.called {
            Called::Keras(config) => {
                let one_mask = match config.facts().named_mask {
                    NamedMask::None | NamedMask::List | NamedMask::Each => false,
                    NamedMask::Steps
                    | NamedMask::StepsAndMore
                    | NamedMask::StepsAt(_)
                    | NamedMask::AllButLast
                    | NamedMask::Elements => true,
                };
                one_mask && call.inputs.iter().all(|(_, role)| role.is_input())
            }
            Called::EachStep | Called::Chain => true,
            // A model converts nothing by itself.
            Called::Own => return true,
        };
        takes && operands == 1 && !self.converts(call, call.inputs[0].0)
    }

    /// Whether a call brings a tensor to the numbers in which the layer computes. Ids stay what they are.
    fn converts(&self, call: &MaskCall<'_>, tensor: MaskSource) -> bool {
        let as_it_is = match call.called {
            Called::Keras(config) => config.is_operation() || config.facts().takes_ids,
            Called::Own => true,
            Called::EachStep | Called::Chain => false,
        };
        !as_it_is && !self.others.contains(&tensor) && self.precisions.get(&tensor).copied() != call.precision
    }

    /// The tensors of a call as the layer computes with them.
    fn converted(&mut self, call: &MaskCall<'_>, number: Number<'_>) -> Vec<MaskSource> {
        let mut inputs = Vec::new();
        for (tensor, role) in call.inputs {
            if !role.is_operand() {
                continue;
            }
            inputs.push(match self.converts(call, *tensor) {
                true => self.add(MaskOperation::Cast(call.precision), vec![*tensor], number),
                false => *tensor,
            });
        }
        inputs
    }

    fn made(&mut self, from: MaskFrom, inputs: &[MaskSource], number: Number<'_>) -> Option<MaskSource> {
        let input = *inputs.first()?;
        match from {
            MaskFrom::NotZero => Some(self.add(MaskOperation::NotEqual(0.0, true), vec![input], number)),
            MaskFrom::Other(value) => {
                let other = self.add(MaskOperation::NotEqual(value, false), vec![input], number);
                Some(self.add(MaskOperation::Any, vec![other], number))
            }
            MaskFrom::Handed | MaskFrom::Joined(_) | MaskFrom::Converted | MaskFrom::Hidden => None,
        }
    }

    fn either(&mut self, carried: &[Option<MaskSource>], number: Number<'_>) -> Option<MaskSource> {
        let all: Option<Vec<MaskSource>> = carried.iter().copied().collect();
        let mut masks = all?.into_iter();
        let first = masks.next()?;
        Some(masks.fold(first, |a, b| self.add(MaskOperation::LogicalOr, vec![a, b], number)))
    }

    fn joined(
        &mut self,
        from: MaskFrom,
        inputs: &[MaskSource],
        carried: &[Option<MaskSource>],
        number: Number<'_>,
    ) -> Option<MaskSource> {
        let MaskFrom::Joined(axis) = from else { return None };
        if carried.iter().all(Option::is_none) {
            return None;
        }
        let mut wide = Vec::new();
        for (input, mask) in inputs.iter().zip(carried) {
            wide.push(match mask {
                None => self.add(MaskOperation::OnesLike, vec![*input], number),
                Some(mask) if self.full.contains(mask) => *mask,
                Some(mask) => {
                    let column = self.add(MaskOperation::ExpandDims, vec![*mask], number);
                    let zeros = self.add(MaskOperation::ZerosLike, vec![*input], number);
                    self.add(MaskOperation::LogicalOr, vec![column, zeros], number)
                }
            });
        }
        let all = self.add(MaskOperation::Concatenate(axis), wide, number);
        Some(self.add(MaskOperation::Any, vec![all], number))
    }

    fn add(&mut self, operation: MaskOperation, inputs: Vec<MaskSource>, number: Number<'_>) -> MaskSource {
        let node = MaskNode { name: number(operation.snake()), operation, inputs };
        self.nodes.push(node);
        let made = MaskSource::Mask(self.nodes.len() - 1);
        if let MaskOperation::Cast(Some(precision)) = operation {
            self.precisions.insert(made, precision);
        }
        made
    }
}

/// Whether a call says anything but its tensors. The numbers in which a layer computes are said where it is made.
fn says_anything(call: &CallArgs) -> bool {
    CallArgs { precision: None, quantized: None, zeros_first: false, ..*call } != CallArgs::NONE
}
