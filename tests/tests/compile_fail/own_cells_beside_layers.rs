use keras_core::prelude::*;

struct Sum;

impl Sum {
    fn new() -> Self {
        Sum
    }
}

impl<const N: usize> Cell<N> for Sum {
    const OUTPUT: usize = N;

    fn step(&self, x: Symbolic, states: &[Symbolic], _: &mut Trace<'_>) -> keras_core::Result<(Symbolic, Vec<Symbolic>)> {
        let y = &states[0] + x;
        Ok((y.clone(), vec![y]))
    }
}

fn main() {
    let _ = model!(Input(None, 4) => RNN([Sum(), Dense(3)]));
    let _ = model!(Input(None, 4) => Bidirectional(RNN(Sum()), backward_layer = LSTM(4, go_backwards = true)));
    let _ = model!(Input(None, 4) => Bidirectional(Sum()));
    let _ = model!(Input(None, 4) => RNN(Sum()) => LSTM(3));
    let _ = model!(Input(4) => RNN(Sum()));
    let _ = model! {
        let h = Input(3);
        Input(None, 4) => RNN(Sum(), initial_state = h)
    };
}
