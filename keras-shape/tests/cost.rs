//! Multiply-adds against loops that count them one by one, and against numbers computed by hand.

use keras_shape::layers::{
    AdditiveAttention, Attention, Bidirectional, Conv1D, Conv2D, Dense, Dot, Embedding, GRU, LSTM,
    MultiHeadAttention, SimpleRNN, TimeDistributed,
};
use keras_shape::{
    Axes, DataFormat, Dim, Inner, Ints, LayerConfig, MultiplyAdds, Padding, ScoreMode, Shape, Size,
    TensorSpec,
};

const TIME: Dim = Dim::Dynamic(Some("time"));

fn spec(dims: &[Dim]) -> TensorSpec {
    TensorSpec::float(Shape::new(&[Dim::NONE]).join(dims))
}

trait Join {
    fn join(self, dims: &[Dim]) -> Self;
}

impl Join for Shape {
    fn join(self, dims: &[Dim]) -> Self {
        dims.iter().fold(self, |shape, dim| shape.push(*dim))
    }
}

fn fixed(lengths: &[usize]) -> TensorSpec {
    spec(&lengths.iter().map(|n| Dim::Fixed(*n)).collect::<Vec<Dim>>())
}

fn number(config: &LayerConfig, inputs: &[TensorSpec]) -> u64 {
    assert!(config.output(inputs).is_ok(), "{config:?} takes {inputs:?}");
    config.multiply_adds(inputs).number().expect("lengths are all known")
}

/// The products of one convolution along one axis: pairs of a window's start and a place in it.
fn windows(length: usize, kernel: usize, stride: usize, dilation: usize, padding: Padding) -> u64 {
    let reach = (kernel - 1) * dilation + 1;
    let before = match padding {
        Padding::Valid => 0,
        _ => reach - 1,
    };
    let mut products = 0;
    let mut start = 0;
    while start + reach <= length + before {
        products += (0..kernel).count() as u64;
        start += stride;
    }
    products
}

#[test]
fn convolutions_count_as_loops_over_their_windows() {
    let mut seen = 0;
    for (length, kernel, stride, dilation) in
        [(9, 3, 1, 1), (9, 3, 2, 1), (10, 2, 3, 1), (12, 3, 1, 2), (7, 7, 1, 1), (11, 5, 2, 1)]
    {
        for padding in [Padding::Valid, Padding::Same, Padding::Causal] {
            for (channels, filters, groups) in [(4, 6, 1), (4, 6, 2), (3, 9, 3)] {
                let mut products = 0;
                // One filter sees the channels of its group.
                for _filter in 0..filters {
                    for _channel in 0..channels / groups {
                        products += windows(length, kernel, stride, dilation, padding);
                    }
                }
                let layer = Conv1D {
                    filters: Size::Known(filters),
                    kernel_size: Ints::all(kernel),
                    strides: Ints::all(stride),
                    dilation_rate: Ints::all(dilation),
                    padding,
                    groups: Size::Known(groups),
                    ..Conv1D::DEFAULT
                };
                assert_eq!(
                    number(&LayerConfig::Conv1D(layer), &[fixed(&[length, channels])]),
                    products,
                    "{layer:?}"
                );
                seen += 1;
                if padding == Padding::Causal {
                    continue;
                }
                let mut products = 0;
                for _filter in 0..filters {
                    for _channel in 0..channels / groups {
                        // Each place of the window's first axis with each of its second.
                        for _ in 0..windows(length, kernel, stride, dilation, padding) {
                            products += windows(8, 2, stride, dilation, padding);
                        }
                    }
                }
                let mut layer = Conv2D {
                    filters: Size::Known(filters),
                    kernel_size: Ints([Size::Known(kernel), Size::Known(2)]),
                    strides: Ints::all(stride),
                    dilation_rate: Ints::all(dilation),
                    padding,
                    groups: Size::Known(groups),
                    ..Conv2D::DEFAULT
                };
                let last = number(&LayerConfig::Conv2D(layer), &[fixed(&[length, 8, channels])]);
                assert_eq!(last, products, "{layer:?}");
                layer.data_format = Some(DataFormat::ChannelsFirst);
                let first = number(&LayerConfig::Conv2D(layer), &[fixed(&[channels, length, 8])]);
                assert_eq!(first, products, "{layer:?}");
            }
        }
    }
    assert_eq!(seen, 54);
}

#[test]
fn a_dense_layer_counts_as_the_loops_of_a_product() {
    let (rows, columns, features, units) = (3, 5, 7, 4);
    let mut products = 0;
    for _row in 0..rows {
        for _column in 0..columns {
            for _unit in 0..units {
                for _feature in 0..features {
                    products += 1;
                }
            }
        }
    }
    let dense = LayerConfig::Dense(Dense { units: Size::Known(units), ..Dense::DEFAULT });
    assert_eq!(number(&dense, &[fixed(&[rows, columns, features])]), products);
    assert_eq!(number(&dense, &[fixed(&[features])]), 28);
}

#[test]
fn recurrent_layers_count_their_gates_at_each_step() {
    let units = Size::Known(16);
    let input = [fixed(&[10, 8])];
    let lstm = LayerConfig::LSTM(LSTM { units, ..LSTM::DEFAULT });
    assert_eq!(number(&lstm, &input), 10 * 4 * 16 * (8 + 16));
    assert_eq!(number(&LayerConfig::GRU(GRU { units, ..GRU::DEFAULT }), &input), 10 * 3 * 16 * (8 + 16));
    let simple = LayerConfig::SimpleRNN(SimpleRNN { units, use_bias: false, ..SimpleRNN::DEFAULT });
    assert_eq!(number(&simple, &input), 10 * 16 * (8 + 16));

    const LSTM_16: LayerConfig = LayerConfig::LSTM(LSTM { units: Size::Known(16), ..LSTM::DEFAULT });
    let layer = Inner { config: &LSTM_16, name: None, trainable: true };
    let both = LayerConfig::Bidirectional(Bidirectional { layer, ..Bidirectional::DEFAULT });
    assert_eq!(number(&both, &input), 2 * 10 * 4 * 16 * (8 + 16));
    let each = LayerConfig::TimeDistributed(TimeDistributed { layer });
    assert_eq!(number(&each, &[fixed(&[5, 10, 8])]), 5 * 10 * 4 * 16 * (8 + 16));
}

#[test]
fn attention_counts_scores_and_what_they_weigh() {
    let (query, value, key) = (fixed(&[5, 8]), fixed(&[6, 3]), fixed(&[6, 8]));
    let attention = LayerConfig::Attention(Attention::DEFAULT);
    assert_eq!(number(&attention, &[query, value, key]), 5 * 6 * 8 + 5 * 6 * 3);
    let sums = Attention { score_mode: ScoreMode::Concat, ..Attention::DEFAULT };
    assert_eq!(number(&LayerConfig::Attention(sums), &[query, value, key]), 5 * 6 * 3);
    let additive = AdditiveAttention::DEFAULT;
    assert_eq!(
        number(&LayerConfig::AdditiveAttention(additive), &[query, value, key]),
        5 * 6 * 8 + 5 * 6 * 3
    );
    let unscaled = AdditiveAttention { use_scale: false, ..additive };
    assert_eq!(number(&LayerConfig::AdditiveAttention(unscaled), &[query, value, key]), 5 * 6 * 3);

    let heads = MultiHeadAttention {
        num_heads: Size::Known(2),
        key_dim: Size::Known(4),
        value_dim: Some(Size::Known(5)),
        ..MultiHeadAttention::DEFAULT
    };
    // Query, key and value to 2 heads; scores; weighed values; 2 heads of 5 back to 8.
    let wanted =
        5 * 8 * 2 * 4 + 6 * 8 * 2 * 4 + 6 * 3 * 2 * 5 + 2 * 5 * 6 * 4 + 2 * 5 * 6 * 5 + 5 * 2 * 5 * 8;
    assert_eq!(number(&LayerConfig::MultiHeadAttention(heads), &[query, value, key]), wanted);
    let gated = MultiHeadAttention { use_gate: true, ..heads };
    assert_eq!(number(&LayerConfig::MultiHeadAttention(gated), &[query, value, key]), wanted + 5 * 8 * 2 * 5);
    // Attention along the second axis only: for each of the 3 rows apart.
    let image = fixed(&[3, 7, 8]);
    let rows = MultiHeadAttention {
        value_dim: None,
        attention_axes: Some(Axes { bare: false, list: &[2] }),
        ..heads
    };
    let projections = 4 * 21 * 8 * 2 * 4;
    assert_eq!(
        number(&LayerConfig::MultiHeadAttention(rows), &[image, image]),
        projections + 3 * 7 * 7 * 2 * 8
    );

    let dot =
        |list, bare| LayerConfig::Dot(Dot { axes: Axes { bare, list }, normalize: false, ..Dot::DEFAULT });
    assert_eq!(number(&dot(&[1], true), &[fixed(&[9]), fixed(&[9])]), 9);
    assert_eq!(number(&dot(&[2, 1], false), &[fixed(&[4, 6]), fixed(&[6, 5])]), 4 * 5 * 6);
}

#[test]
fn lengths_of_the_data_stay_factors() {
    let dense = LayerConfig::Dense(Dense { units: Size::Known(4), ..Dense::DEFAULT });
    let eight = Dim::Fixed(8);
    assert_eq!(dense.multiply_adds(&[spec(&[TIME, eight])]).to_string(), "32 x time");
    assert_eq!(dense.multiply_adds(&[spec(&[Dim::NONE, eight])]).to_string(), "32 x None");
    let conv = Conv1D {
        filters: Size::Known(1000),
        kernel_size: Ints::all(2),
        strides: Ints::all(2),
        ..Conv1D::DEFAULT
    };
    let conv = LayerConfig::Conv1D(conv);
    assert_eq!(conv.multiply_adds(&[spec(&[TIME, eight])]).to_string(), "16,000 x (time / 2)");
    let image = LayerConfig::Conv2D(Conv2D { kernel_size: Ints::all(3), ..Conv2D::DEFAULT });
    assert_eq!(
        image.multiply_adds(&[spec(&[Dim::NONE, Dim::NONE, Dim::Fixed(3)])]).to_string(),
        "27 x None x None"
    );
    let heads = LayerConfig::MultiHeadAttention(MultiHeadAttention {
        num_heads: Size::Known(2),
        key_dim: Size::Known(4),
        ..MultiHeadAttention::DEFAULT
    });
    let steps = spec(&[TIME, eight]);
    assert_eq!(heads.multiply_adds(&[steps, steps]).to_string(), "256 x time + 16 x time x time");
    assert_eq!(LayerConfig::Embedding(Embedding::DEFAULT).multiply_adds(&[spec(&[TIME])]).to_string(), "0");
}

#[test]
fn sums_have_one_form() {
    let (time, none) = (MultiplyAdds::new(3).times(TIME), MultiplyAdds::new(4).times(Dim::NONE));
    let sum = time.clone().plus(&none).plus(&MultiplyAdds::new(1500)).plus(&time);
    assert_eq!(sum.to_string(), "1,500 + 4 x None + 6 x time");
    assert_eq!(sum.lengths(), ["None", "time"]);
    assert_eq!(sum, none.plus(&time).plus(&time).plus(&MultiplyAdds::new(1500)));
    assert_eq!(sum.number(), None);
    assert_eq!(sum.plus(&MultiplyAdds::unknown()).to_string(), "1,500 + 4 x None + 6 x time + ?");
    assert_eq!(MultiplyAdds::unknown().to_string(), "?");
    assert_eq!(MultiplyAdds::unknown().number(), None);
    assert_eq!(MultiplyAdds::default().number(), Some(0));
    assert_eq!(MultiplyAdds::new(7).times(Dim::Fixed(0)), MultiplyAdds::default());
    // A number that does not fit is not known: half of it would be wrong without a word.
    assert_eq!(MultiplyAdds::new(u64::MAX).times(Dim::Fixed(2)), MultiplyAdds::unknown());
    assert_eq!(MultiplyAdds::new(1).times(Dim::Later), MultiplyAdds::unknown());
}
