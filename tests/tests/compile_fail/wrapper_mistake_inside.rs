use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(5, 8) => TimeDistributed(Dense(8, activtion = relu)));
    let _ = model!(Input(5, 8) => Bidirectional(LSTM(4, dropuot = 0.1)));
    let _ = model!(Input(5, 8) => Bidirectional(LSTM(4), backward_layer = LSTM(4, "no", go_backwards = true)));
    let _ = model!(Input(5, 8) => Bidirectional(LSTM(4, dropout = 1.5)));
    let _ = model!(Input(5, 8) => TimeDistributed(SpectralNormalization(layer = Dense(units = 0))));
    let _ = model!(Input(5, 8) => SpectralNormalization(Dense(name = "narrow")) => TimeDistributed(Reshape((3, -1))));
    let _ = model!(Input(5, 8) => RNN([LSTMCell(4), GRUCell(4, units = 5)]) => Dense(1));
}
