use super::check::{one, tri};
use super::dense::activated;
use super::lora;
use crate::cost::MultiplyAdds;
use crate::equation::{Ellipsis, Equation, Letters, Terms, axes, position, twice};
use crate::{
    Activation, Constraint, Dim, Extent, Initializer, MAX_RANK, MaskRule, Outputs, PartialShape, Regularizer,
    Shape, ShapeError, Size, TensorSpec, Text, WeightSpec, Weights,
};

layer! {
    /// A dense layer over any axes: `activation(einsum(equation, input, kernel) + bias)`.
    /// [Keras](https://keras.io/api/layers/core_layers/einsum_dense/).
    pub struct EinsumDense {
        /// Which axes are multiplied and summed: `abc,cd->abd`, `...x,xy->...y` or `ab...,bc->ac...`.
        equation: Equation,
        /// The axes of the result that have letters, without the batch; `None` is a length of the input.
        output_shape: PartialShape,
        /// Applied to the result.
        activation: Activation = linear,
        /// The letters of the axes of the result along which the bias differs; no bias if `None`.
        bias_axes: Option<Letters> = None,
        /// How the kernel begins.
        kernel_initializer: Initializer = glorot_uniform,
        /// How the bias begins.
        bias_initializer: Initializer = zeros,
        /// What the kernel adds to the loss.
        kernel_regularizer: Regularizer = None,
        /// What the bias adds to the loss.
        bias_regularizer: Regularizer = None,
        /// What the kernel is held to.
        kernel_constraint: Constraint = None,
        /// What the bias is held to.
        bias_constraint: Constraint = None,
        /// The rank of what is trained in place of the kernel, which is frozen (LoRA).
        lora_rank: Option<Size> = None,
        /// What is trained counts `lora_alpha / lora_rank` times; `lora_rank` if `None`.
        lora_alpha: Option<f64> = None,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

const CLASS: &str = "EinsumDense";

/// The shapes that an equation gives.
struct Shapes {
    output: Shape,
    kernel: Shape,
    bias: Shape,
    /// The axes of the kernel that are summed over, one bit each; the others are those of the result.
    summed: usize,
}

impl EinsumDense {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let input = tri!(one(CLASS, inputs)).shape;
        let shapes = tri!(self.shapes(&input));
        tri!(lora::check(
            CLASS,
            self.lora_rank,
            self.lora_alpha,
            self.kernel_constraint,
            "kernel_constraint"
        ));
        activated(shapes.output, self.activation)
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let Ok(shapes) = self.shapes(&inputs[0].shape) else { return Weights::NONE };
        let all = (1 << shapes.kernel.rank()) - 1;
        let begins = self.kernel_initializer.along(axes(shapes.summed), axes(all & !shapes.summed));
        let kernel = WeightSpec::new("kernel", shapes.kernel, begins);
        let kernel = lora::kernel(kernel, self.lora_rank, self.kernel_regularizer, self.kernel_constraint);
        let bias = WeightSpec::new("bias", shapes.bias, self.bias_initializer)
            .regularizer(self.bias_regularizer)
            .constraint(self.bias_constraint);
        let weights = Weights::NONE.with(kernel).with_if(self.bias_axes.is_some(), bias);
        lora::and_matrices(weights, lora::OF_KERNEL, &shapes.kernel, self.lora_rank, self.kernel_regularizer)
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        MaskRule::Drop
    }

    const fn shapes(&self, input: &Shape) -> Result<Shapes, ShapeError> {
        let Some(terms) = self.equation.terms() else {
            let text = Text::new()
                .s("EinsumDense: `")
                .s(self.equation.0)
                .s("` is no equation of an input and a kernel");
            return Err(ShapeError::new(text).arg("equation"));
        };
        tri!(self.letters(&terms));
        let elided = tri!(self.elided(&terms, input));
        let output = tri!(self.result(&terms, input, elided));
        let start = if matches!(terms.ellipsis, Ellipsis::Left) { elided } else { 0 };
        let mut kernel = Shape::new(&[]);
        let (mut summed, mut i) = (0, 0);
        while i < terms.kernel.len() {
            let c = terms.kernel[i];
            let (dim, known) = match (position(terms.output, c), position(terms.input, c)) {
                (Some(at), _) => (output.dim(start + at), "`output_shape`"),
                (None, Some(at)) => {
                    summed |= 1 << i;
                    (input.dim(start + at), "the input")
                }
                (None, None) => (Dim::NONE, ""),
            };
            if dim.is_dynamic() {
                let text = letter(Text::new().s("EinsumDense makes a kernel along "), c);
                let text = text.s(", which must be a constant; ").s(known).s(" leaves it to the data");
                let help = Text::new().s("give that axis a number in `Input` or in `output_shape`");
                return Err(ShapeError::new(text).help(help).arg("equation"));
            }
            kernel = kernel.push(dim);
            i += 1;
        }
        Ok(Shapes { output, kernel, bias: tri!(self.bias(&terms, &output, start, elided)), summed })
    }

    /// Whether each letter says of one axis where its length comes from.
    const fn letters(&self, terms: &Terms) -> Result<(), ShapeError> {
        let all = [terms.input, terms.kernel, terms.output];
        let mut i = 0;
        while i < all.len() {
            if let Some(c) = twice(all[i]) {
                let text = letter(Text::new().s("EinsumDense: in `equation`, "), c);
                let text = text.s(" stands for two axes of one tensor");
                return Err(ShapeError::new(text)
                    .help(Text::new().s("each axis has a letter of its own"))
                    .arg("equation"));
            }
            i += 1;
        }
        i = 0;
        while i < terms.output.len() {
            let c = terms.output[i];
            if position(terms.input, c).is_none() && position(terms.kernel, c).is_none() {
                let text = letter(Text::new().s("EinsumDense: in `equation`, "), c);
                let text = text.s(" is an axis of the result, and of neither the input nor the kernel");
                return Err(ShapeError::new(text)
                    .help(Text::new().s("give the kernel that letter too"))
                    .arg("equation"));
            }
            i += 1;
        }
        i = 0;
        while i < terms.kernel.len() {
            let c = terms.kernel[i];
            if position(terms.input, c).is_none() && position(terms.output, c).is_none() {
                let text = letter(Text::new().s("EinsumDense: in `equation`, "), c);
                let text = text.s(" is an axis of the kernel alone: nothing says how long it is");
                return Err(ShapeError::new(text)
                    .help(Text::new().s("give the input or the result that letter too"))
                    .arg("equation"));
            }
            i += 1;
        }
        let batch = terms.input[0];
        if !matches!(terms.ellipsis, Ellipsis::Left)
            && (terms.output[0] != batch || position(terms.kernel, batch).is_some())
        {
            let text = letter(Text::new().s("EinsumDense: the batch axis, "), batch);
            let text = text.s(" in `equation`, is the first of the result and no axis of the kernel");
            let help = Text::new().s("as in `ab,bc->ac`; `...x,xy->...y` names no axis before the last");
            return Err(ShapeError::new(text).help(help).arg("equation"));
        }
        Ok(())
    }

    /// How many axes of the input have no letter.
    const fn elided(&self, terms: &Terms, input: &Shape) -> Result<usize, ShapeError> {
        let (named, rank) = (terms.input.len(), input.rank());
        let least = match terms.ellipsis {
            Ellipsis::Left => named + 1,
            _ => named,
        };
        if rank < least || (rank > named && matches!(terms.ellipsis, Ellipsis::Nowhere)) {
            let text = Text::new().s("EinsumDense: `").s(self.equation.0).s("` is of an input of ").n(least);
            let text = text.s(if matches!(terms.ellipsis, Ellipsis::Nowhere) { "" } else { " or more" });
            let text = text
                .s(if least == 1 { " axis" } else { " axes" })
                .s("; the input ")
                .shape(input)
                .s(" has ")
                .n(rank);
            let error = ShapeError::new(text)
                .arg("equation")
                .kind(crate::ErrorKind::Rank { expected: least, found: rank });
            let help = Text::new().s("`...` stands for any axes, the batch included: `...x,xy->...y`");
            return Err(if rank > named { error.help(help) } else { error });
        }
        Ok(rank - named)
    }

    /// The shape of the result.
    const fn result(&self, terms: &Terms, input: &Shape, elided: usize) -> Result<Shape, ShapeError> {
        let left = matches!(terms.ellipsis, Ellipsis::Left);
        let given = self.output_shape.0;
        let wanted = if left { terms.output.len() } else { terms.output.len() - 1 };
        // Behind the letters the axes that `...` stands for may be written out as they are.
        let written_out = matches!(terms.ellipsis, Ellipsis::Right)
            && given.len() == wanted + elided
            && is_rest(given, wanted, input, terms.input.len());
        if given.len() != wanted && !written_out {
            let text =
                Text::new().s("EinsumDense: `output_shape` has ").n(given.len()).s(" of the ").n(wanted);
            let text = text.s(if wanted == 1 { " axis" } else { " axes" }).s(" that `").s(self.equation.0);
            let text = text.s("` names in the result");
            let help = Text::new()
                .s("one length for each letter, without the batch; `None` stands for the input's own length");
            return Err(ShapeError::new(text).help(help).arg("output_shape"));
        }
        if elided + terms.output.len() > MAX_RANK {
            let text = Text::new().s("EinsumDense: the result would have ").n(elided + terms.output.len());
            return Err(
                ShapeError::new(text.s(" axes, and tensors have at most ").n(MAX_RANK)).arg("equation")
            );
        }
        let start = if left { elided } else { 0 };
        let mut out = Shape::new(&[input.batch()]);
        while left && out.rank() < elided {
            out = out.push(input.dim(out.rank()));
        }
        let first = terms.output.len() - wanted;
        let mut i = 0;
        while i < wanted {
            let c = terms.output[first + i];
            let own = match position(terms.input, c) {
                Some(at) => Some(input.dim(start + at)),
                None => None,
            };
            out = out.push(tri!(length(given[i], own, c)));
            i += 1;
        }
        let mut i = input.rank() - elided;
        while matches!(terms.ellipsis, Ellipsis::Right) && i < input.rank() {
            out = out.push(input.dim(i));
            i += 1;
        }
        Ok(out)
    }

    const fn bias(
        &self,
        terms: &Terms,
        output: &Shape,
        start: usize,
        elided: usize,
    ) -> Result<Shape, ShapeError> {
        let mut bias = Shape::new(&[]);
        let Some(Letters(chosen)) = self.bias_axes else { return Ok(bias) };
        let chosen = chosen.as_bytes();
        let mut i = 0;
        while i < chosen.len() {
            if position(terms.output, chosen[i]).is_none() {
                let text = letter(Text::new().s("EinsumDense: "), chosen[i]);
                let text = text.s(" of `bias_axes` is no axis of the result of `").s(self.equation.0).s("`");
                return Err(ShapeError::new(text).arg("bias_axes"));
            }
            i += 1;
        }
        i = 0;
        while i < terms.output.len() {
            let c = terms.output[i];
            let dim = if position(chosen, c).is_some() { output.dim(start + i) } else { Dim::Fixed(1) };
            if dim.is_dynamic() {
                let text = letter(Text::new().s("EinsumDense makes a bias along "), c);
                let text = text.s(", which must be a constant; found ").d(dim);
                return Err(ShapeError::new(text).arg("bias_axes"));
            }
            if position(chosen, c).is_some() || bias.rank() > 0 {
                bias = bias.push(dim);
            }
            i += 1;
        }
        i = 0;
        while matches!(terms.ellipsis, Ellipsis::Right) && i < elided {
            bias = bias.push(Dim::Fixed(1));
            i += 1;
        }
        Ok(bias)
    }

    /// The multiply-adds of one sample.
    pub(crate) fn multiply_adds(&self, inputs: &[TensorSpec]) -> MultiplyAdds {
        let Ok(shapes) = self.shapes(&inputs[0].shape) else { return MultiplyAdds::unknown() };
        let axes = shapes.output.dims().iter().skip(1);
        let summed = (0..shapes.kernel.rank()).filter(|axis| shapes.summed >> axis & 1 == 1);
        let one = axes.fold(MultiplyAdds::new(1), |sum, dim| sum.times(*dim));
        summed.fold(one, |sum, axis| sum.times(shapes.kernel.dim(axis)))
    }
}

/// Whether what is given behind so many lengths are the lengths of the input from an axis on, which `...` stands for.
const fn is_rest(given: &[Extent], wanted: usize, input: &Shape, from: usize) -> bool {
    let mut i = wanted;
    while i < given.len() {
        let same = match given[i] {
            Extent::Size(size) => !size.dim().clashes(input.dim(from + i - wanted)),
            Extent::Free => true,
            Extent::Rest => false,
        };
        if !same {
            return false;
        }
        i += 1;
    }
    true
}

/// The length of an axis of the result, of which the input's own is `own` if it has that axis.
const fn length(given: Extent, own: Option<Dim>, c: u8) -> Result<Dim, ShapeError> {
    let dim = match (given, own) {
        (Extent::Size(size), _) if size.is_zero() => {
            return Err(crate::geometry::zero(CLASS, "output_shape"));
        }
        (Extent::Size(size), None) => size.dim(),
        (Extent::Size(size), Some(own)) => {
            let dim = size.dim();
            // A length that only the data knows against a constant: Keras refuses it too.
            if dim.clashes(own) || own.is_dynamic() {
                let text = letter(Text::new().s("EinsumDense: the axis "), c).s(" is ").d(own);
                let text = text.s(" in the input and ").d(dim).s(" in `output_shape`");
                let help = Text::new().s("`None` in `output_shape` stands for the input's own length");
                return Err(ShapeError::new(text).help(help).arg("output_shape"));
            }
            dim
        }
        // Keras says `None` here; it is as long as in the input.
        (Extent::Free, Some(own)) => own,
        (Extent::Free, None) => Dim::NONE,
        (Extent::Rest, _) => {
            let text = Text::new().s("EinsumDense: `output_shape` takes lengths and `None`, found -1");
            return Err(ShapeError::new(text).arg("output_shape"));
        }
    };
    Ok(dim)
}

/// Appends a letter in quotation marks.
const fn letter<const N: usize>(text: Text<N>, c: u8) -> Text<N> {
    let c = [c];
    match core::str::from_utf8(&c) {
        Ok(c) => text.s("`").s(c).s("`"),
        Err(_) => text,
    }
}

facts!(EinsumDense {
    takes_ids: false,
    uses_batch: false,
    named_mask: None,
    linear_in: |_layer| crate::facts::LINEAR_IN_KERNEL,
});
