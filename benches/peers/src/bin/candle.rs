//! Candle. It has no SimpleRNN, which is written as its documentation would; and no masks, so `bilstm` is left out.

use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::rnn::{GRUConfig, LSTMConfig, RNN};
use candle_nn::{
    AdamW, BatchNormConfig, Conv1dConfig, Conv2dConfig, Module, ModuleT, Optimizer, ParamsAdamW, VarBuilder,
    VarMap, batch_norm, conv1d, conv2d, conv2d_no_bias, embedding, gru, linear, loss, lstm, ops,
};
use keras_bench_peers::feed::{answers_yes_or_no, batches, inputs, reads_words, samples, steps, targets};
use keras_bench_peers::job::{Args, Job, Mode, Ready};

type Net = Box<dyn Fn(&[Tensor], bool) -> Result<Tensor>>;

/// All steps of a recurrent layer, or the last one.
fn lstm_layer(i: usize, h: usize, vb: VarBuilder<'static>) -> Result<impl Fn(&Tensor, bool) -> Result<Tensor>> {
    let layer = lstm(i, h, LSTMConfig { b_hh_init: None, ..Default::default() }, vb)?;
    Ok(move |x: &Tensor, all: bool| {
        let states = layer.seq(x)?;
        if all { layer.states_to_tensor(&states) } else { Ok(states[states.len() - 1].h().clone()) }
    })
}

fn gru_layer(i: usize, h: usize, vb: VarBuilder<'static>) -> Result<impl Fn(&Tensor, bool) -> Result<Tensor>> {
    let layer = gru(i, h, GRUConfig::default(), vb)?;
    Ok(move |x: &Tensor, all: bool| {
        let states = layer.seq(x)?;
        // `states_to_tensor` runs the steps of a GRU together into one axis.
        let steps: Vec<Tensor> = states.iter().map(|state| state.h().clone()).collect();
        if all { Tensor::stack(&steps, 1) } else { Ok(steps[steps.len() - 1].clone()) }
    })
}

/// Logits of a workload.
fn build(workload: &str, vb: &VarBuilder<'static>) -> Result<Option<Net>> {
    let at = |name: &str| vb.pp(name);
    Ok(Some(match workload {
        "lstm" | "lstmbig" => {
            let (i, h1, h2) = if workload == "lstm" { (50, 64, 32) } else { (256, 256, 256) };
            let (a, b, d) =
                (lstm_layer(i, h1, at("a"))?, lstm_layer(h1, h2, at("b"))?, linear(h2, 10, at("d"))?);
            Box::new(move |x, _| d.forward(&b(&a(&x[0], true)?, false)?))
        }
        "gru" => {
            let (a, b, d) =
                (gru_layer(50, 64, at("a"))?, gru_layer(64, 32, at("b"))?, linear(32, 10, at("d"))?);
            Box::new(move |x, _| d.forward(&b(&a(&x[0], true)?, false)?))
        }
        "mlp" => {
            let (a, b) = (linear(784, 128, at("a"))?, linear(128, 10, at("b"))?);
            Box::new(move |x, _| b.forward(&a.forward(&x[0].flatten_from(1)?)?.relu()?))
        }
        "cnn" => {
            let a = conv2d(1, 32, 3, Conv2dConfig::default(), at("a"))?;
            let b = conv2d(32, 64, 3, Conv2dConfig::default(), at("b"))?;
            let d = linear(1600, 10, at("d"))?;
            Box::new(move |x, _| {
                let h = a.forward(&x[0])?.relu()?.max_pool2d(2)?;
                d.forward(&b.forward(&h)?.relu()?.max_pool2d(2)?.flatten_from(1)?)
            })
        }
        "convbig" => {
            let a = conv2d(3, 32, 3, Conv2dConfig::default(), at("a"))?;
            let d = linear(62 * 62 * 32, 10, at("d"))?;
            Box::new(move |x, _| d.forward(&a.forward(&x[0])?.relu()?.flatten_from(1)?))
        }
        "cnnbn" => {
            let same = Conv2dConfig { padding: 1, ..Default::default() };
            let norm = BatchNormConfig { eps: 1e-3, momentum: 0.01, ..Default::default() };
            let (a, b) =
                (conv2d_no_bias(3, 32, 3, same, at("a"))?, conv2d_no_bias(32, 64, 3, same, at("b"))?);
            let (m, n) = (batch_norm(32, norm, at("m"))?, batch_norm(64, norm, at("n"))?);
            let d = linear(64, 10, at("d"))?;
            Box::new(move |x, train| {
                let h = m.forward_t(&a.forward(&x[0])?, train)?.relu()?.max_pool2d(2)?;
                d.forward(&n.forward_t(&b.forward(&h)?, train)?.relu()?.mean((2, 3))?)
            })
        }
        "timedist" => {
            let (a, b, d) =
                (linear(50, 64, at("a"))?, lstm_layer(64, 32, at("b"))?, linear(32, 10, at("d"))?);
            Box::new(move |x, _| d.forward(&b(&a.forward(&x[0])?.relu()?, false)?))
        }
        "multi" => {
            let (a, b, d) = (linear(5, 16, at("a"))?, linear(200, 64, at("b"))?, linear(80, 1, at("d"))?);
            Box::new(move |x, _| {
                d.forward(&Tensor::cat(&[a.forward(&x[0])?.relu()?, b.forward(&x[1])?.relu()?], 1)?)
            })
        }
        "rnn" => {
            let (k, d) = (linear(100, 50, at("k"))?, linear(50, 1, at("d"))?);
            let r = candle_nn::linear_no_bias(50, 50, at("r"))?;
            Box::new(move |x, _| {
                let inputs = k.forward(&x[0])?;
                let mut h = inputs.narrow(1, 0, 1)?.squeeze(1)?.tanh()?;
                for t in 1..inputs.dim(1)? {
                    h = (inputs.narrow(1, t, 1)?.squeeze(1)? + r.forward(&h)?)?.tanh()?;
                }
                d.forward(&h)
            })
        }
        "conv1d" => {
            let same = Conv1dConfig { padding: 2, ..Default::default() };
            let (e, c) = (embedding(5000, 64, at("e"))?, conv1d(64, 64, 5, same, at("c"))?);
            let (a, b) = (linear(64, 32, at("a"))?, linear(32, 1, at("b"))?);
            Box::new(move |x, _| {
                let h =
                    c.forward(&e.forward(&x[0])?.transpose(1, 2)?.contiguous()?)?.relu()?.max(D::Minus1)?;
                b.forward(&a.forward(&h)?.relu()?)
            })
        }
        _ => return Ok(None),
    }))
}

/// The inputs, images with their channels first as Candle takes them.
fn tensors(workload: &str, n: usize) -> Result<Vec<Tensor>> {
    let device = &Device::Cpu;
    inputs(workload, n)
        .into_iter()
        .map(|x| {
            let shape = x.shape().to_vec();
            let x = Tensor::from_iter(x, device)?.reshape(shape)?;
            if reads_words(workload) {
                x.to_dtype(DType::U32)
            } else if x.rank() == 4 {
                x.permute((0, 3, 1, 2))?.contiguous()
            } else {
                Ok(x)
            }
        })
        .collect()
}

fn ready(workload: &str, job: Job) -> Result<Option<Ready>> {
    let (map, device) = (VarMap::new(), &Device::Cpu);
    let vb = VarBuilder::from_varmap(&map, DType::F32, device);
    let Some(net) = build(workload, &vb)? else { return Ok(None) };
    let params = map.all_vars().iter().map(|var| var.elem_count()).sum();
    let yes_or_no = answers_yes_or_no(workload);
    let xs = tensors(workload, samples(job))?;
    if matches!(job.mode, Mode::Predict | Mode::Predict1) {
        // What never changes needs no graph behind it.
        let numbers: Vec<_> = xs
            .iter()
            .map(|x| Ok((x.flatten_all()?.to_dtype(DType::F32)?.to_vec1::<f32>()?, x.clone())))
            .collect::<Result<_>>()?;
        let run = move || {
            let answer = || -> Result<Vec<f32>> {
                let xs: Vec<Tensor> = numbers
                    .iter()
                    .map(|(v, x)| {
                        if x.dtype() == DType::F32 {
                            Tensor::from_slice(v, x.shape(), &Device::Cpu)
                        } else {
                            Ok(x.clone())
                        }
                    })
                    .collect::<Result<_>>()?;
                let z = net(&xs, false)?;
                (if yes_or_no { ops::sigmoid(&z) } else { ops::softmax(&z, D::Minus1) })?
                    .flatten_all()?
                    .to_vec1()
            };
            std::hint::black_box(answer().expect("answers"));
        };
        return Ok(Some(Ready { run: Box::new(run), steps: 1, params }));
    }
    let y = targets(workload, samples(job));
    let shape = y.shape().to_vec();
    let y = Tensor::from_iter(y, device)?.reshape(shape)?;
    let y = if yes_or_no { y } else { y.argmax(1)? };
    let settings = ParamsAdamW { lr: 1e-3, eps: 1e-7, weight_decay: 0.0, ..Default::default() };
    let mut adam = AdamW::new(map.all_vars(), settings)?;
    let mut step = move |xs: &[Tensor], y: &Tensor| -> Result<f32> {
        let z = net(xs, true)?;
        let value = if yes_or_no {
            loss::binary_cross_entropy_with_logit(&z, y)?
        } else {
            loss::cross_entropy(&z, y)?
        };
        adam.backward_step(&value)?;
        value.to_scalar()
    };
    let mut epoch = 0;
    let run: Box<dyn FnMut()> = if job.mode == Mode::Train {
        Box::new(move || {
            step(&xs, &y).expect("a step");
        })
    } else {
        Box::new(move || {
            epoch += 1;
            for rows in batches(job, epoch) {
                let rows = Tensor::from_vec(rows, job.batch, &Device::Cpu).expect("rows");
                let xs: Vec<_> = xs.iter().map(|x| x.index_select(&rows, 0).expect("a batch")).collect();
                step(&xs, &y.index_select(&rows, 0).expect("a batch")).expect("a step");
            }
        })
    };
    Ok(Some(Ready { run, steps: steps(job), params }))
}

fn main() {
    Args::read().report("candle", "candle 0.11", |workload, job| ready(workload, job).expect("a model"));
}
