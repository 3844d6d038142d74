//! What stands behind the last convolution of a model without its top, as `pooling` says.

use keras_core::prelude::*;

model! {
    /// Nothing, `"avg"` or `"max"`: pooling over the whole image, by layers with names that are numbered.
    ///
    /// ```
    /// use keras_applications::pooling::pooled;
    /// use keras_core::prelude::*;
    ///
    /// let model = model!(Input(32, 32, 3) => Conv2D(8, 3) => pooled("max"));
    /// assert!(model.get_layer("global_max_pooling2d").is_some());
    /// ```
    pub fn pooled(x, pooling) {
        assert!(pooling == None || pooling == "avg" || pooling == "max", "`pooling` is `None`, \"avg\" or \"max\"");
        if pooling == "avg" {
            x => GlobalAveragePooling2D()
        } else if pooling == "max" {
            x => GlobalMaxPooling2D()
        } else {
            x
        }
    }
}

model! {
    /// As [`pooled`], by layers with the names `avg_pool` and `max_pool`.
    ///
    /// ```
    /// use keras_applications::pooling::pooled_by_name;
    /// use keras_core::prelude::*;
    ///
    /// let model = model!(Input(32, 32, 3) => Conv2D(8, 3) => pooled_by_name("max"));
    /// assert!(model.get_layer("max_pool").is_some());
    /// ```
    pub fn pooled_by_name(x, pooling) {
        assert!(pooling == None || pooling == "avg" || pooling == "max", "`pooling` is `None`, \"avg\" or \"max\"");
        if pooling == "avg" {
            x => GlobalAveragePooling2D(name = "avg_pool")
        } else if pooling == "max" {
            x => GlobalMaxPooling2D(name = "max_pool")
        } else {
            x
        }
    }
}
