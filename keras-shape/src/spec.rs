//! What is known of a tensor before it exists.

use crate::Dim;

/// The most axes that a tensor may have, the batch axis included.
pub const MAX_RANK: usize = 8;

/// The axes of a tensor, the batch axis first.
#[derive(Clone, Copy)]
pub struct Shape {
    rank: usize,
    dims: [Dim; MAX_RANK],
}

impl Shape {
    /// A shape of these axes; those past [`MAX_RANK`] are dropped.
    pub const fn new(dims: &[Dim]) -> Self {
        let mut all = [Dim::Fixed(1); MAX_RANK];
        let rank = if dims.len() < MAX_RANK { dims.len() } else { MAX_RANK };
        let mut i = 0;
        while i < rank {
            all[i] = dims[i];
            i += 1;
        }
        Shape { rank, dims: all }
    }

    /// A shape of constants only.
    pub const fn fixed(dims: &[usize]) -> Self {
        let mut shape = Shape::new(&[]);
        let mut i = 0;
        while i < dims.len() && i < MAX_RANK {
            shape = shape.push(Dim::Fixed(dims[i]));
            i += 1;
        }
        shape
    }

    /// The number of axes, the batch axis included.
    pub const fn rank(&self) -> usize {
        self.rank
    }

    /// The axis at `axis`; 1 past the end, so that constants need no `Option`.
    pub const fn dim(&self, axis: usize) -> Dim {
        if axis < self.rank { self.dims[axis] } else { Dim::Fixed(1) }
    }

    /// The axes as a slice.
    pub const fn dims(&self) -> &[Dim] {
        self.dims.split_at(self.rank).0
    }

    /// The last axis: the features of a channels-last tensor.
    pub const fn last(&self) -> Dim {
        if self.rank == 0 { Dim::Fixed(1) } else { self.dims[self.rank - 1] }
    }

    /// The batch axis.
    pub const fn batch(&self) -> Dim {
        self.dim(0)
    }

    /// The same shape with `dim` in place of the axis at `axis`.
    pub const fn with(mut self, axis: usize, dim: Dim) -> Self {
        if axis < self.rank {
            self.dims[axis] = dim;
        }
        self
    }

    /// The same shape with `dim` as last axis.
    pub const fn with_last(self, dim: Dim) -> Self {
        if self.rank == 0 { self } else { self.with(self.rank - 1, dim) }
    }

    /// The same shape with one more axis at the end.
    pub const fn push(mut self, dim: Dim) -> Self {
        if self.rank < MAX_RANK {
            self.dims[self.rank] = dim;
            self.rank += 1;
        }
        self
    }

    /// The same shape without the axis at `axis`.
    pub const fn remove(self, axis: usize) -> Self {
        let mut out = Shape::new(&[]);
        let mut i = 0;
        while i < self.rank {
            if i != axis {
                out = out.push(self.dims[i]);
            }
            i += 1;
        }
        out
    }

    /// The same shape with `dim` inserted before the axis at `axis`.
    pub const fn insert(self, axis: usize, dim: Dim) -> Self {
        let mut out = Shape::new(&[]);
        let mut i = 0;
        while i < self.rank {
            if i == axis {
                out = out.push(dim);
            }
            out = out.push(self.dims[i]);
            i += 1;
        }
        if axis >= self.rank { out.push(dim) } else { out }
    }

    /// The product of the axes from `from` on.
    pub const fn size_from(&self, from: usize) -> Dim {
        let mut size = Dim::Fixed(1);
        let mut i = from;
        while i < self.rank {
            size = size.times(self.dims[i]);
            i += 1;
        }
        size
    }

    /// Whether both have the same rank and axes known to be the same.
    pub const fn same(&self, other: &Shape) -> bool {
        if self.rank != other.rank {
            return false;
        }
        let mut i = 0;
        while i < self.rank {
            if !self.dims[i].same(other.dims[i]) {
                return false;
            }
            i += 1;
        }
        true
    }

    /// Python's axis numbers: negative ones count from the end.
    pub const fn axis(&self, axis: isize) -> Option<usize> {
        let at = if axis < 0 { axis + self.rank as isize } else { axis };
        if at < 0 || at >= self.rank as isize { None } else { Some(at as usize) }
    }
}

impl PartialEq for Shape {
    fn eq(&self, other: &Self) -> bool {
        self.same(other)
    }
}

impl core::fmt::Display for Shape {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(crate::Text::<256>::new().shape(self).as_str())
    }
}

impl core::fmt::Debug for Shape {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        core::fmt::Display::fmt(self, f)
    }
}

/// What the numbers of a tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DType {
    /// 32-bit floats, Keras's default.
    Float32,
    /// 32-bit integers: indices.
    Int32,
    /// Strings: words and texts, of which a layer makes numbers.
    String,
}

impl DType {
    /// Keras's name of it.
    pub const fn name(self) -> &'static str {
        match self {
            DType::Float32 => "float32",
            DType::Int32 => "int32",
            DType::String => "string",
        }
    }
}

/// Whether a tensor carries a mask that says which time steps count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// There never was one.
    Absent,
    /// There is one.
    Present,
    /// The layer at this place in the model dropped it without being told to.
    Lost(usize),
}

/// What a layer does with the mask of its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaskRule {
    /// Hands it on.
    Pass,
    /// Hands on what the masks of all inputs make together; one input without a mask ends it.
    PassAll,
    /// Hands on what the masks of the inputs make together, if one has a mask.
    PassAny,
    /// Computes with it and hands it on.
    UseAndPass,
    /// Computes with it; its output needs none.
    Use,
    /// Does not know of masks.
    Drop,
    /// Makes a new one.
    Make,
}

/// What a tensor is to the layer that it is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// One of the tensors in front of the `=>`.
    Input,
    /// `initial_state = [h, c]`.
    InitialState,
    /// `attention_mask = m`.
    AttentionMask,
    /// `mask = m`: which steps count, in place of the mask that the input carries.
    Mask,
    /// `query_mask = m`, or the first of `mask = [q, v]`.
    QueryMask,
    /// `value_mask = m`, or the second of `mask = [q, v]`.
    ValueMask,
    /// `key_mask = m`.
    KeyMask,
    /// `count_weights = w`: how much each number counts.
    CountWeights,
}

impl Role {
    /// The role that a tensor has as the value of this argument.
    pub const fn from_name(name: &str) -> Option<Role> {
        use Role::{AttentionMask, CountWeights, InitialState, KeyMask, Mask, QueryMask, ValueMask};
        let all = [InitialState, AttentionMask, Mask, QueryMask, ValueMask, KeyMask, CountWeights];
        let mut i = 0;
        while i < all.len() {
            if crate::text::same(all[i].name(), name) {
                return Some(all[i]);
            }
            i += 1;
        }
        None
    }

    /// The argument that the tensor is the value of.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Input => "inputs",
            Role::InitialState => "initial_state",
            Role::AttentionMask => "attention_mask",
            Role::Mask => "mask",
            Role::QueryMask => "query_mask",
            Role::ValueMask => "value_mask",
            Role::KeyMask => "key_mask",
            Role::CountWeights => "count_weights",
        }
    }

    /// Whether it takes the place of a mask that an input carries.
    pub const fn is_mask(self) -> bool {
        matches!(self, Role::Mask | Role::QueryMask | Role::ValueMask | Role::KeyMask)
    }

    /// Whether the layer computes with its numbers, so that gradients flow to it: the others are masks.
    pub const fn is_operand(self) -> bool {
        matches!(self, Role::Input | Role::InitialState | Role::CountWeights)
    }

    /// Whether it stands in front of the `=>`.
    pub const fn is_input(self) -> bool {
        matches!(self, Role::Input)
    }
}

/// A tensor as the value of a layer's argument.
pub const fn in_role(spec: Option<TensorSpec>, role: Role) -> Option<TensorSpec> {
    match spec {
        Some(mut spec) => {
            spec.role = role;
            Some(spec)
        }
        None => None,
    }
}

/// What is known of a tensor: shape, dtype and mask.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TensorSpec {
    /// Its axes, the batch axis first.
    pub shape: Shape,
    /// Its numbers.
    pub dtype: DType,
    /// Its mask.
    pub mask: Mask,
    /// What it is to the layer that it is given to.
    pub role: Role,
}

impl TensorSpec {
    /// A float tensor without a mask.
    pub const fn float(shape: Shape) -> Self {
        TensorSpec { shape, dtype: DType::Float32, mask: Mask::Absent, role: Role::Input }
    }

    /// An integer tensor without a mask.
    pub const fn int(shape: Shape) -> Self {
        TensorSpec { shape, dtype: DType::Int32, mask: Mask::Absent, role: Role::Input }
    }

    /// A tensor of strings.
    pub const fn string(shape: Shape) -> Self {
        TensorSpec { shape, dtype: DType::String, mask: Mask::Absent, role: Role::Input }
    }
}
