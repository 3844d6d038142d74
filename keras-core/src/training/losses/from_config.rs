//! Losses as files of Keras have them.

use super::{
    BinaryCrossentropy, BinaryFocalCrossentropy, CTC, CategoricalCrossentropy, CategoricalFocalCrossentropy,
    CategoricalGeneralizedCrossEntropy, CategoricalHinge, Circle, CosineSimilarity, Dice, Hinge, Huber,
    KLDivergence, LogCosh, Loss, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError,
    MeanSquaredLogarithmicError, Poisson, Reduced, Reduction, SparseCategoricalCrossentropy, SquaredHinge,
    Tversky,
};
use crate::training::config::{Arguments, Config, Setting, set_all};
use crate::training::trainer::AnyLoss;

macro_rules! classes {
    ($($type:ident)*) => {
        /// The loss of a configuration.
        ///
        /// # Errors
        /// There is no such loss, or an argument that it does not take, in a sentence.
        pub(crate) fn from_config(config: &Config) -> Result<Box<dyn AnyLoss>, String> {
            match config.class.as_str() {
                $(stringify!($type) => boxed($type::default(), config),)*
                other => Err(format!("there is no loss `{}` here", keras_files::shown(other))),
            }
        }

        /// The loss of this name of Keras: `mse`, `binary_crossentropy`, `Hinge`.
        ///
        /// # Errors
        /// There is no such loss, in a sentence.
        pub(crate) fn by_name(name: &str) -> Result<Box<dyn AnyLoss>, String> {
            let long = match name.to_lowercase().as_str() {
                "mse" => "mean_squared_error",
                "mae" => "mean_absolute_error",
                "mape" => "mean_absolute_percentage_error",
                "msle" => "mean_squared_logarithmic_error",
                "bce" => "binary_crossentropy",
                "kld" | "kullback_leibler_divergence" => "kl_divergence",
                "logcosh" => "log_cosh",
                "huber" => "huber_loss",
                _ => name,
            };
            $(
                if long == $type::default().name() || long == stringify!($type) {
                    return Ok(Box::new($type::default()));
                }
            )*
            Err(format!("there is no loss `{}` here", keras_files::shown(name)))
        }
    };
}
/// Gives all classes of losses to a macro.
macro_rules! for_each_class {
    ($macro:ident) => {
        $macro! {
            BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy CategoricalFocalCrossentropy
            CategoricalGeneralizedCrossEntropy CategoricalHinge Circle CosineSimilarity Dice Hinge Huber KLDivergence LogCosh
            MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError Poisson
            SparseCategoricalCrossentropy SquaredHinge Tversky
        }
    };
}
pub(crate) use for_each_class;

for_each_class!(classes);

fn boxed<L: Loss + Arguments>(mut loss: L, config: &Config) -> Result<Box<dyn AnyLoss>, String> {
    let harmless = |name: &str, _: &Setting| matches!(name, "name" | "reduction" | "fn" | "dtype");
    set_all(&mut loss, config, harmless)?;
    Ok(match config.get("reduction") {
        Some(Setting::Word(word)) if word != "auto" && word != "sum_over_batch_size" => {
            Box::new(Reduced::new(loss, Reduction::from(word.as_str())))
        }
        Some(Setting::None) => Box::new(Reduced::new(loss, Reduction::from("none"))),
        _ => Box::new(loss),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The names of Keras 3.15's `keras.losses.get`.
    #[test]
    fn every_name_of_keras_is_known() {
        const NAMES: &str = "BCE BinaryCrossentropy BinaryFocalCrossentropy CTC CategoricalCrossentropy \
            CategoricalFocalCrossentropy CategoricalHinge Circle CosineSimilarity Dice Hinge Huber KLD KLDivergence LogCosh \
            MAE MAPE MSE MSLE MeanAbsoluteError MeanAbsolutePercentageError MeanSquaredError MeanSquaredLogarithmicError \
            Poisson SparseCategoricalCrossentropy SquaredHinge Tversky bce binary_crossentropy binary_focal_crossentropy \
            categorical_crossentropy categorical_focal_crossentropy categorical_hinge circle cosine_similarity ctc dice \
            hinge huber kl_divergence kld log_cosh mae mape mean_absolute_error mean_absolute_percentage_error \
            mean_squared_error mean_squared_logarithmic_error mse msle poisson sparse_categorical_crossentropy \
            squared_hinge tversky";
        let unknown: Vec<&str> = NAMES.split_whitespace().filter(|name| by_name(name).is_err()).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
        assert!(by_name("huger").is_err());
    }
}
