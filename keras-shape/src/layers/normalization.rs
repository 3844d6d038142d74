use super::check::{any, axes_in, defined, free, tri};
use crate::{
    Axes, Dim, Initializer, MAX_RANK, MaskRule, Numbers, Outputs, Shape, ShapeError, TensorSpec, Text,
    WeightSpec, Weights,
};

layer! {
    /// Brings each feature to mean 0 and variance 1, by a mean and a variance that are given or found in data.
    /// [Keras](https://keras.io/api/layers/preprocessing_layers/numerical/normalization/).
    ///
    /// `model.normalization.adapt(&data)` finds them; they are weights that are not trained.
    #[doc(alias = "StandardScaler")]
    pub struct Normalization {
        /// The axes along which there is a mean and a variance each; `None` for one of all numbers.
        axis: Option<Axes> = [-1 = Some(Axes::LAST)],
        /// The mean, one number or one for each place of the last of `axis`.
        mean: Option<Numbers> = None,
        /// The variance, as many numbers.
        variance: Option<Numbers> = None,
        /// Whether it goes back: from mean 0 and variance 1 to these.
        invert: bool = false,
        /// What the output adds to the loss.
        activity_regularizer: crate::Regularizer = None,
    }
}

const CLASS: &str = "Normalization";

impl Normalization {
    pub(crate) const fn output(&self, inputs: &[TensorSpec]) -> Result<Outputs, ShapeError> {
        let shape = tri!(any(CLASS, inputs));
        let kept = tri!(self.kept(&shape));
        let mut axis = 0;
        let mut last = None;
        while axis < shape.rank() {
            if kept[axis] {
                tri!(defined(CLASS, "its `axis`", &shape, shape.dim(axis)));
                last = Some(shape.dim(axis));
            }
            axis += 1;
        }
        let (mean, variance) = match (self.mean, self.variance) {
            (None, None) => return Ok(Outputs::float(shape)),
            (Some(Numbers(mean)), Some(Numbers(variance))) => (mean, variance),
            (mean, _) => {
                let (given, other) = if mean.is_some() { ("mean", "variance") } else { ("variance", "mean") };
                let text =
                    Text::new().s("Normalization: `").s(given).s("` is given, and `").s(other).s("` is not");
                return Err(ShapeError::new(text)
                    .help(Text::new().s("give both, or none and `adapt` it to data"))
                    .arg(given));
            }
        };
        if mean.len() != variance.len() {
            let text = Text::new().s("Normalization: ").n(mean.len()).s(" numbers in `mean` and ");
            return Err(ShapeError::new(text.n(variance.len()).s(" in `variance`")).arg("variance"));
        }
        if mean.len() > 1 {
            let fits = match last {
                Some(Dim::Fixed(n)) => n == mean.len(),
                Some(_) => true,
                None => false,
            };
            if !fits {
                let text = Text::new().s("Normalization: `mean` has ").n(mean.len()).s(" numbers");
                let text = match last {
                    Some(dim) => {
                        text.s(", and the last of `axis` is ").d(dim).s(" long; the input is ").shape(&shape)
                    }
                    None => text.s(", and `axis = None` takes one for all"),
                };
                return Err(ShapeError::new(text).arg("mean"));
            }
        }
        Ok(Outputs::float(shape))
    }

    /// Which axes have a mean and a variance for each place.
    pub const fn kept(&self, shape: &Shape) -> Result<[bool; MAX_RANK], ShapeError> {
        match self.axis {
            Some(axes) if !axes.list.is_empty() => axes_in(CLASS, "axis", axes.list, shape),
            _ => Ok([false; MAX_RANK]),
        }
    }

    pub(crate) const fn weights(&self, inputs: &[TensorSpec]) -> Weights {
        let shape = inputs[0].shape;
        let Ok(kept) = self.kept(&shape) else { return Weights::NONE };
        if self.mean.is_some() {
            return Weights::NONE;
        }
        let mut own = Shape::new(&[]);
        let mut axis = 0;
        while axis < shape.rank() {
            if kept[axis] {
                own = own.push(shape.dim(axis));
            }
            axis += 1;
        }
        // Keras has single numbers without an axis.
        let one = Shape::new(&[Dim::Fixed(1)]);
        let own = if own.rank() == 0 { one } else { own };
        Weights::NONE
            .with(WeightSpec::new("mean", own, Initializer::Zeros).frozen())
            .with(WeightSpec::new("variance", own, Initializer::Ones).frozen())
            .with(WeightSpec::new("count", one, Initializer::Zeros).frozen())
    }

    pub(crate) const fn mask_rule(&self) -> MaskRule {
        MaskRule::Pass
    }
}

free!(Normalization);

facts!(Normalization { takes_ids: false, uses_batch: false, named_mask: None });
