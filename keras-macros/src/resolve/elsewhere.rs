//! Names that layers have in PyTorch, which nobody would give a layer of their own.

/// Classes whose names end in `1d`, `2d` or `3d` there, and what stands before and behind the number here.
const BY_AXES: [(&str, &str, &str); 8] = [
    ("AdaptiveAvgPool", "AdaptiveAveragePooling", "D"),
    ("AdaptiveMaxPool", "AdaptiveMaxPooling", "D"),
    ("AvgPool", "AveragePooling", "D"),
    ("BatchNorm", "BatchNormalization", ""),
    ("ConvTranspose", "Conv", "DTranspose"),
    ("Dropout", "SpatialDropout", "D"),
    ("MaxPool", "MaxPooling", "D"),
    ("ZeroPad", "ZeroPadding", "D"),
];

/// Layers of one function there, and the function.
const FUNCTIONS: [(&str, &str); 12] = [
    ("CELU", "celu"),
    ("GELU", "gelu"),
    ("Hardsigmoid", "hard_sigmoid"),
    ("Hardswish", "hard_silu"),
    ("LogSigmoid", "log_sigmoid"),
    ("LogSoftmax", "log_softmax"),
    ("SELU", "selu"),
    ("SiLU", "silu"),
    ("Sigmoid", "sigmoid"),
    ("Softplus", "softplus"),
    ("Softsign", "softsign"),
    ("Tanh", "tanh"),
];

/// Layers whose names are short for those here, as many a program writes them.
const SHORT: [(&str, &str); 3] = [
    ("BatchNorm", "BatchNormalization"),
    ("GroupNorm", "GroupNormalization"),
    ("LayerNorm", "LayerNormalization"),
];

/// The layer here that has another name there, and how it is written.
pub(super) fn named_here(class: &str) -> Option<(String, String)> {
    if let Some((_, function)) = FUNCTIONS.iter().find(|(name, _)| *name == class) {
        return Some(("Activation".into(), format!("Activation({function})")));
    }
    if let Some((_, here)) = SHORT.iter().find(|(name, _)| *name == class) {
        return Some((here.to_string(), here.to_string()));
    }
    let (name, axes) =
        ["1d", "2d", "3d"].into_iter().find_map(|end| Some((class.strip_suffix(end)?, &end[..1])))?;
    if name == "InstanceNorm" {
        return Some(("GroupNormalization".into(), "GroupNormalization(groups = -1)".into()));
    }
    let (_, before, behind) = BY_AXES.iter().find(|(there, ..)| *there == name)?;
    let axes = if behind.is_empty() { "" } else { axes };
    let here = format!("{before}{axes}{behind}");
    Some((here.clone(), here))
}

#[cfg(test)]
mod tests {
    use keras_shape::{Activation, LayerConfig};

    use super::*;

    #[test]
    fn what_is_named_is_there() {
        for (name, ..) in BY_AXES {
            for axes in ["1d", "2d", "3d"] {
                let (class, _) = named_here(&format!("{name}{axes}")).expect("a layer");
                assert!(LayerConfig::CLASSES.contains(&class.as_str()), "{class}");
            }
        }
        let (class, written) = named_here("InstanceNorm2d").expect("a layer");
        assert!(LayerConfig::CLASSES.contains(&class.as_str()) && written.contains("groups = -1"));
        assert_eq!(named_here("ConvTranspose2d").expect("a layer").0, "Conv2DTranspose");
        assert_eq!(named_here("Conv4d"), None);
        assert!(FUNCTIONS.iter().all(|(_, function)| Activation::from_name(function).is_some()));
    }
}
