use keras_core::prelude::*;

fn main() {
    let _ = model!(
        Input(4)
            => Dense(4, kernel_initializer = he_norml(seed = 1))
            => Dense(4, kernel_initializer = initializers.HeNrmal())
            => Dense(4, kernel_regularizer = regularizers.l2(0.1, l1 = 2))
            => Dense(4, kernel_constraint = max_nrm(2))
            => Dense(4, activation = keras.activations.rlu)
    );
}
