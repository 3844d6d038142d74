//! Products, operations of networks and loops: the cases of `tests/keras/make_ops_nn.py`.

use keras_ops::{self as ops, DType, DataFormat, Operand, Order, Padding, Symbolic};

use super::replay::{Compute, replay};

const SAME: Padding = Padding::Same;
const FIRST: DataFormat = DataFormat::ChannelsFirst;

fn one(y: impl Operand) -> Vec<Symbolic> {
    vec![y.symbolic()]
}

/// The names of cases with an operation of two inputs that is the same for all.
macro_rules! pairs {
    ($f:expr; $($name:literal)*) => { [$(($name, (|x| one($f(&x[0], &x[1]))) as Compute)),*] };
}

macro_rules! einsums {
    ($($name:literal $text:literal;)*) => { [$(($name, (|x| {
        let operands: Vec<&dyn Operand> = x.iter().map(|x| x as &dyn Operand).collect();
        one(ops::einsum($text, &operands))
    }) as Compute)),*] };
}

/// The same operation of each input.
macro_rules! cases {
    ($($name:literal |$x:ident| $y:expr;)*) => { [$(($name, (|$x: &[Symbolic]| one($y)) as Compute)),*] };
}

#[test]
fn as_keras() {
    let table: Vec<(&str, Compute)> = [
        products(),
        norms(),
        convolutions(),
        more_convolutions(),
        poolings(),
        adaptive_poolings(),
        activations(),
        normalizations(),
        losses(),
        attention(),
        loops(),
        blocks(),
        ctc(),
    ]
    .concat();
    replay(include_str!("../cases/nn.json"), &table);
}

fn products() -> Vec<(&'static str, Compute)> {
    let mut all = pairs!(ops::matmul; "matmul_2d" "matmul_vectors" "matmul_row" "matmul_column" "matmul_batch"
        "matmul_one_for_all" "matmul_for_one" "matmul_nothing_summed" "matmul_no_rows" "matmul_ones" "matmul_large"
        "matmul_integers" "matmul_wraps" "matmul_mixed" "matmul_truth" "matmul_special")
    .to_vec();
    all.extend(pairs!(ops::dot; "dot_vectors" "dot_number" "dot_matrix_vector" "dot_matrices" "dot_many"
        "dot_vector_many"));
    all.extend(pairs!(ops::inner; "inner_vectors" "inner_many" "inner_number"));
    all.extend(pairs!(ops::outer; "outer_vectors" "outer_flat" "outer_integers"));
    all.extend(pairs!(ops::vdot; "vdot" "vdot_flat"));
    all.extend(pairs!(ops::kron; "kron" "kron_ranks" "kron_integers"));
    all.extend(cases! {
        "matmul_transposed" |x| {
            ops::matmul(ops::einsum("bij->bji", &[&x[0]]), ops::einsum("bij->bji", &[&x[1]]))
        };
        "tensordot_2" |x| ops::tensordot(&x[0], &x[1], 2);
        "tensordot_0" |x| ops::tensordot(&x[0], &x[1], 0);
        "tensordot_1" |x| ops::tensordot(&x[0], &x[1], 1);
        "tensordot_pairs" |x| ops::tensordot(&x[0], &x[1], ([0, 2], [1, 0]));
        "tensordot_negative" |x| ops::tensordot(&x[0], &x[1], (-1, -2));
        "cross_3" |x| ops::cross(&x[0], &x[1]);
        "cross_2" |x| ops::cross(&x[0], &x[1]);
        "cross_3_2" |x| ops::cross(&x[0], &x[1]);
        "cross_2_3" |x| ops::cross(&x[0], &x[1]);
        "cross_axes" |x| ops::cross(&x[0], &x[1]).axisa(0).axisb(1).axisc(0);
        "cross_axis" |x| ops::cross(&x[0], &x[1]).axis(0);
    });
    all.extend(einsums! {
        "einsum_0" "ij,jk->ik"; "einsum_1" "bij,bjk->bik"; "einsum_2" "ij->ji"; "einsum_3" "ii->i";
        "einsum_4" "ii"; "einsum_5" "ij->"; "einsum_6" "ba"; "einsum_7" "i,j->ij"; "einsum_8" "i,i";
        "einsum_9" "...ij,...jk"; "einsum_10" "...i->i..."; "einsum_11" "...i->i"; "einsum_12" "i...i->...";
        "einsum_13" "btnh,bsnh->bnts"; "einsum_14" "bnts,bsnh->btnh"; "einsum_15" "ij,jk,kl->il";
        "einsum_16" "ij,ij->i"; "einsum_17" "ij,k->ik"; "einsum_18" "ij,jk->ik"; "einsum_19" "...,...";
        "einsum_20" "abc,cd,bd->a"; "einsum_21" "ijk,ilk->ilj"; "einsum_22" "ij , jk -> ki";
        "einsum_23" "iij,jk->ik"; "einsum_24" "ij,jk->ik"; "einsum_25" "BA,AC"; "einsum_26" "a,b,c->cab";
        "einsum_integers" "ij,jk->ik";
    });
    all
}

fn norms() -> Vec<(&'static str, Compute)> {
    const INF: f32 = f32::INFINITY;
    cases! {
        "norm" |x| ops::norm(&x[0], Order::Default, None);
        "norm_vector" |x| ops::norm(&x[0], Order::Default, None);
        "norm_all" |x| ops::norm(&x[0], Order::Default, None);
        "norm_axis" |x| ops::norm(&x[0], Order::Default, -1);
        "norm_keepdims" |x| ops::norm(&x[0], Order::Default, 0).keepdims(true);
        "norm_axes" |x| ops::norm(&x[0], Order::Default, [0, 2]);
        "norm_fro" |x| ops::norm(&x[0], Order::Frobenius, None);
        "norm_vector_0" |x| ops::norm(&x[0], 0, 1);
        "norm_vector_1" |x| ops::norm(&x[0], 1, 1);
        "norm_vector_2" |x| ops::norm(&x[0], 2, 1);
        "norm_vector_3" |x| ops::norm(&x[0], 3, 1);
        "norm_vector_half" |x| ops::norm(&x[0], 0.5, 1);
        "norm_vector_minus" |x| ops::norm(&x[0], -1.5, 1);
        "norm_vector_inf" |x| ops::norm(&x[0], INF, 1);
        "norm_vector_minus_inf" |x| ops::norm(&x[0], -INF, 1);
        "norm_matrix_1" |x| ops::norm(&x[0], 1, [0, 1]);
        "norm_matrix_minus_1" |x| ops::norm(&x[0], -1, [0, 1]);
        "norm_matrix_inf" |x| ops::norm(&x[0], INF, [0, 1]);
        "norm_matrix_minus_inf" |x| ops::norm(&x[0], -INF, [0, 1]);
        "norm_matrix_turned_1" |x| ops::norm(&x[0], 1, [2, 0]);
        "norm_matrix_turned_minus_1" |x| ops::norm(&x[0], -1, [2, 0]);
        "norm_matrix_turned_inf" |x| ops::norm(&x[0], INF, [2, 0]);
        "norm_matrix_turned_minus_inf" |x| ops::norm(&x[0], -INF, [2, 0]);
        "norm_zeros" |x| ops::norm(&x[0], Order::Default, 1);
        "norm_special" |x| ops::norm(&x[0], Order::Default, 1);
    }
    .to_vec()
}

fn convolutions() -> Vec<(&'static str, Compute)> {
    cases! {
        "conv_1d" |x| ops::conv(&x[0], &x[1]);
        "conv_1d_same" |x| ops::conv(&x[0], &x[1]).padding(SAME).strides(2);
        "conv_1d_dilated" |x| ops::conv(&x[0], &x[1]).dilation_rate(2);
        "conv_1d_groups" |x| ops::conv(&x[0], &x[1]).strides(2);
        "conv_2d" |x| ops::conv(&x[0], &x[1]);
        "conv_2d_same" |x| ops::conv(&x[0], &x[1]).padding(SAME);
        "conv_2d_same_strides" |x| ops::conv(&x[0], &x[1]).padding(SAME).strides([2, 3]);
        "conv_2d_dilated" |x| ops::conv(&x[0], &x[1]).padding(SAME).dilation_rate([2, 1]);
        "conv_2d_groups" |x| ops::conv(&x[0], &x[1]).padding(SAME);
        "conv_2d_one" |x| ops::conv(&x[0], &x[1]);
        "conv_2d_first" |x| ops::conv(&x[0], &x[1]).data_format(FIRST).strides(2);
        "conv_2d_first_same" |x| ops::conv(&x[0], &x[1]).data_format(FIRST).padding(SAME);
        "conv_2d_wide_stride" |x| ops::conv(&x[0], &x[1]).strides(3);
        "conv_2d_no_samples" |x| ops::conv(&x[0], &x[1]);
        "conv_2d_large_kernel_same" |x| ops::conv(&x[0], &x[1]).padding(SAME);
        "conv_3d" |x| ops::conv(&x[0], &x[1]);
        "conv_3d_same" |x| ops::conv(&x[0], &x[1]).padding(SAME).strides([1, 2, 2]);
        "conv_3d_dilated" |x| ops::conv(&x[0], &x[1]).dilation_rate(2);
        "conv_3d_groups" |x| ops::conv(&x[0], &x[1]).padding(SAME);
        "conv_3d_first" |x| ops::conv(&x[0], &x[1]).padding(SAME).data_format(FIRST);
        "depthwise_conv_1d" |x| ops::depthwise_conv(&x[0], &x[1]);
        "depthwise_conv_2d" |x| ops::depthwise_conv(&x[0], &x[1]).padding(SAME).strides(2);
        "depthwise_conv_2d_dilated" |x| ops::depthwise_conv(&x[0], &x[1]).dilation_rate(2);
        "depthwise_conv_2d_first" |x| ops::depthwise_conv(&x[0], &x[1]).padding(SAME).data_format(FIRST);
        "depthwise_conv_3d" |x| ops::depthwise_conv(&x[0], &x[1]);
        "separable_conv_1d" |x| ops::separable_conv(&x[0], &x[1], &x[2]).padding(SAME);
        "separable_conv_2d" |x| ops::separable_conv(&x[0], &x[1], &x[2]).strides(2);
        "separable_conv_2d_first" |x| ops::separable_conv(&x[0], &x[1], &x[2]).data_format(FIRST);
    }
    .to_vec()
}

fn more_convolutions() -> Vec<(&'static str, Compute)> {
    cases! {
        "conv_transpose_1d" |x| ops::conv_transpose(&x[0], &x[1]);
        "conv_transpose_1d_strides" |x| ops::conv_transpose(&x[0], &x[1]).strides(2);
        "conv_transpose_1d_gap" |x| ops::conv_transpose(&x[0], &x[1]).strides(4);
        "conv_transpose_1d_same" |x| ops::conv_transpose(&x[0], &x[1]).strides(3).padding(SAME);
        "conv_transpose_1d_output_padding" |x| ops::conv_transpose(&x[0], &x[1]).strides(2).output_padding(1);
        "conv_transpose_1d_output_padding_same" |x| {
            ops::conv_transpose(&x[0], &x[1]).strides(2).padding(SAME).output_padding(0)
        };
        "conv_transpose_1d_dilated" |x| ops::conv_transpose(&x[0], &x[1]).dilation_rate(2);
        "conv_transpose_2d" |x| ops::conv_transpose(&x[0], &x[1]).strides(2);
        "conv_transpose_2d_same" |x| ops::conv_transpose(&x[0], &x[1]).strides([2, 1]).padding(SAME);
        "conv_transpose_2d_output_padding" |x| {
            ops::conv_transpose(&x[0], &x[1]).strides(2).padding(SAME).output_padding([1, 0])
        };
        "conv_transpose_2d_first" |x| {
            ops::conv_transpose(&x[0], &x[1]).strides(2).padding(SAME).data_format(FIRST)
        };
        "conv_transpose_2d_dilated_same" |x| ops::conv_transpose(&x[0], &x[1]).dilation_rate(2).padding(SAME);
        "conv_transpose_2d_one" |x| ops::conv_transpose(&x[0], &x[1]);
        "conv_transpose_3d" |x| ops::conv_transpose(&x[0], &x[1]).strides([1, 2, 2]);
        "conv_transpose_3d_same" |x| ops::conv_transpose(&x[0], &x[1]).strides(2).padding(SAME);
    }
    .to_vec()
}

/// Both poolings with the same arguments.
macro_rules! poolings {
    ($($max:literal $average:literal |$x:ident, $pool:ident| $y:expr;)*) => { [$(
        ($max, (|$x: &[Symbolic]| { let $pool = |x: &Symbolic, n: ops::PerAxis| ops::max_pool(x, n); one($y) }) as Compute),
        ($average, (|$x: &[Symbolic]| { let $pool = |x: &Symbolic, n: ops::PerAxis| ops::average_pool(x, n); one($y) }) as Compute)
    ),*] };
}

fn poolings() -> Vec<(&'static str, Compute)> {
    let mut all = poolings! {
        "max_pool_1d" "average_pool_1d" |x, pool| pool(&x[0], 2.into());
        "max_pool_1d_same" "average_pool_1d_same" |x, pool| pool(&x[0], 3.into()).strides(2).padding(SAME);
        "max_pool_2d" "average_pool_2d" |x, pool| pool(&x[0], 2.into());
        "max_pool_2d_overlap" "average_pool_2d_overlap" |x, pool| pool(&x[0], [3, 2].into()).strides(1);
        "max_pool_2d_same" "average_pool_2d_same" |x, pool| pool(&x[0], 3.into()).strides([2, 1]).padding(SAME);
        "max_pool_2d_gap" "average_pool_2d_gap" |x, pool| pool(&x[0], 2.into()).strides(3);
        "max_pool_2d_no_samples" "average_pool_2d_no_samples" |x, pool| pool(&x[0], 2.into());
        "max_pool_2d_first" "average_pool_2d_first" |x, pool| {
            pool(&x[0], 2.into()).strides(1).data_format(FIRST).padding(SAME)
        };
        "max_pool_3d" "average_pool_3d" |x, pool| pool(&x[0], 2.into());
        "max_pool_3d_same" "average_pool_3d_same" |x, pool| {
            pool(&x[0], [2, 3, 2].into()).strides(2).padding(SAME)
        };
        "max_pool_3d_first" "average_pool_3d_first" |x, pool| {
            pool(&x[0], 2.into()).strides(1).data_format(FIRST)
        };
    }
    .to_vec();
    all.extend(cases! {
        "max_pool_ties" |x| ops::max_pool(&x[0], 2);
        "max_pool_special" |x| ops::max_pool(&x[0], 2);
        "max_pool_low" |x| ops::max_pool(&x[0], 2);
        "max_pool_overlap_ties" |x| ops::max_pool(&x[0], 3).strides(1);
        "max_pool_overlap_special" |x| ops::max_pool(&x[0], 3).strides(1);
        "max_pool_overlap_low" |x| ops::max_pool(&x[0], 3).strides(1);
        "max_pool_3d_ties" |x| ops::max_pool(&x[0], 2).strides(1);
        "max_pool_3d_special" |x| ops::max_pool(&x[0], 2).strides(1);
        "max_pool_3d_low" |x| ops::max_pool(&x[0], 2).strides(1);
        "average_pool_ties" |x| ops::average_pool(&x[0], 3).strides(1).padding(SAME);
        "average_pool_special" |x| ops::average_pool(&x[0], 3).strides(1).padding(SAME);
        "average_pool_low" |x| ops::average_pool(&x[0], 3).strides(1).padding(SAME);
    });
    all
}

fn adaptive_poolings() -> Vec<(&'static str, Compute)> {
    cases! {
        "adaptive_max_pool_1d" |x| ops::adaptive_max_pool(&x[0], 3);
        "adaptive_max_pool_1d_same_size" |x| ops::adaptive_max_pool(&x[0], [4]);
        "adaptive_max_pool_1d_larger" |x| ops::adaptive_max_pool(&x[0], 5);
        "adaptive_max_pool_2d" |x| ops::adaptive_max_pool(&x[0], [3, 2]);
        "adaptive_max_pool_2d_first" |x| ops::adaptive_max_pool(&x[0], [2, 3]).data_format(FIRST);
        "adaptive_max_pool_3d" |x| ops::adaptive_max_pool(&x[0], [2, 2, 3]);
        "adaptive_max_pool_2d_int" |x| ops::adaptive_max_pool(&x[0], 2);
        "adaptive_max_pool_ties" |x| ops::adaptive_max_pool(&x[0], 3);
        "adaptive_average_pool_1d" |x| ops::adaptive_average_pool(&x[0], 3);
        "adaptive_average_pool_1d_same_size" |x| ops::adaptive_average_pool(&x[0], [4]);
        "adaptive_average_pool_1d_larger" |x| ops::adaptive_average_pool(&x[0], 5);
        "adaptive_average_pool_2d" |x| ops::adaptive_average_pool(&x[0], [3, 2]);
        "adaptive_average_pool_2d_first" |x| ops::adaptive_average_pool(&x[0], [2, 3]).data_format(FIRST);
        "adaptive_average_pool_3d" |x| ops::adaptive_average_pool(&x[0], [2, 2, 3]);
        "adaptive_average_pool_2d_int" |x| ops::adaptive_average_pool(&x[0], 2);
    }
    .to_vec()
}

fn activations() -> Vec<(&'static str, Compute)> {
    cases! {
        "celu" |x| ops::celu(&x[0], 1.0);
        "celu_shape" |x| ops::celu(&x[0], 1.0);
        "celu_2" |x| ops::celu(&x[0], 2.0);
        "celu_2_shape" |x| ops::celu(&x[0], 2.0);
        "hard_shrink" |x| ops::hard_shrink(&x[0], 0.5);
        "hard_shrink_shape" |x| ops::hard_shrink(&x[0], 0.5);
        "hard_shrink_1" |x| ops::hard_shrink(&x[0], 1.0);
        "hard_shrink_1_shape" |x| ops::hard_shrink(&x[0], 1.0);
        "soft_shrink" |x| ops::soft_shrink(&x[0], 0.5);
        "soft_shrink_shape" |x| ops::soft_shrink(&x[0], 0.5);
        "soft_shrink_1" |x| ops::soft_shrink(&x[0], 1.0);
        "soft_shrink_1_shape" |x| ops::soft_shrink(&x[0], 1.0);
        "threshold" |x| ops::threshold(&x[0], 0.25, -3.0);
        "threshold_shape" |x| ops::threshold(&x[0], 0.25, -3.0);
        "glu" |x| ops::glu(&x[0], -1);
        "glu_axis" |x| ops::glu(&x[0], 0);
        "glu_nothing" |x| ops::glu(&x[0], -1);
        "sparsemax" |x| ops::sparsemax(&x[0], -1);
        "sparsemax_ties" |x| ops::sparsemax(&x[0], -1);
        "sparsemax_axis" |x| ops::sparsemax(&x[0], 1);
        "softmax" |x| ops::softmax(&x[0], -1);
        "softmax_vector" |x| ops::softmax(&x[0], -1);
        "softmax_axis" |x| ops::softmax(&x[0], 1);
        "softmax_axes" |x| ops::softmax(&x[0], [0, 2]);
        "softmax_turned" |x| ops::softmax(&x[0], [2, 1]);
        "softmax_one" |x| ops::softmax(&x[0], -1);
        "softmax_nothing" |x| ops::softmax(&x[0], -1);
        "softmax_far" |x| ops::softmax(&x[0], -1);
        "softmax_special" |x| ops::softmax(&x[0], -1);
        "softmax_wide" |x| ops::softmax(&x[0], -1);
        "log_softmax" |x| ops::log_softmax(&x[0], -1);
        "log_softmax_vector" |x| ops::log_softmax(&x[0], -1);
        "log_softmax_axis" |x| ops::log_softmax(&x[0], 1);
        "log_softmax_axes" |x| ops::log_softmax(&x[0], [0, 2]);
        "log_softmax_turned" |x| ops::log_softmax(&x[0], [2, 1]);
        "log_softmax_one" |x| ops::log_softmax(&x[0], -1);
        "log_softmax_nothing" |x| ops::log_softmax(&x[0], -1);
        "log_softmax_far" |x| ops::log_softmax(&x[0], -1);
        "log_softmax_special" |x| ops::log_softmax(&x[0], -1);
        "log_softmax_wide" |x| ops::log_softmax(&x[0], -1);
    }
    .to_vec()
}

fn normalizations() -> Vec<(&'static str, Compute)> {
    cases! {
        "layer_normalization" |x| ops::layer_normalization(&x[0]);
        "layer_normalization_weights" |x| ops::layer_normalization(&x[0]).gamma(&x[1]).beta(&x[2]);
        "layer_normalization_gamma" |x| ops::layer_normalization(&x[0]).gamma(&x[1]).epsilon(1e-3);
        "layer_normalization_beta" |x| ops::layer_normalization(&x[0]).beta(&x[1]).epsilon(0.1);
        "layer_normalization_axis" |x| {
            ops::layer_normalization(&x[0]).gamma(&x[1]).beta(&x[2]).axis(1).epsilon(1e-3)
        };
        "layer_normalization_axes" |x| {
            ops::layer_normalization(&x[0]).gamma(&x[1]).beta(&x[2]).axis([1, 2]).epsilon(1e-3)
        };
        "layer_normalization_apart" |x| ops::layer_normalization(&x[0]).axis([0, -1]).gamma(&x[1]).epsilon(1e-3);
        "layer_normalization_each" |x| ops::layer_normalization(&x[0]).gamma(&x[1]).epsilon(1e-3);
        "layer_normalization_same" |x| ops::layer_normalization(&x[0]).epsilon(1e-3);
        "rms_normalization" |x| ops::rms_normalization(&x[0]);
        "rms_normalization_scale" |x| ops::rms_normalization(&x[0]).scale(&x[1]).epsilon(1e-3);
        "rms_normalization_axis" |x| ops::rms_normalization(&x[0]).axis(0).epsilon(0.5);
        "rms_normalization_axes" |x| ops::rms_normalization(&x[0]).axis([0, 2]);
        "rms_normalization_number" |x| ops::rms_normalization(&x[0]);
        "batch_normalization" |x| ops::batch_normalization(&x[0], &x[1], ops::array(&[0.5f32, 1.0, 2.0], [3]), -1);
        "batch_normalization_all" |x| {
            ops::batch_normalization(&x[0], &x[1], &x[2], 1).offset(&x[3]).scale(&x[4]).epsilon(1e-2)
        };
        "normalize" |x| ops::normalize(&x[0], -1, 2);
        "normalize_axis" |x| ops::normalize(&x[0], 0, 2);
        "normalize_axes" |x| ops::normalize(&x[0], [0, 1], 2);
        "normalize_1" |x| ops::normalize(&x[0], -1, 1);
        "normalize_3" |x| ops::normalize(&x[0], -1, 3);
        "normalize_zeros" |x| ops::normalize(&x[0], -1, 2);
        "normalize_zeros_1" |x| ops::normalize(&x[0], -1, 1);
        "normalize_number" |x| ops::normalize(&x[0], -1, 2);
        "psnr" |x| ops::psnr(&x[0], &x[1], 2.0);
        "psnr_same" |x| ops::psnr(&x[0], &x[0], 1.0);
    }
    .to_vec()
}

fn losses() -> Vec<(&'static str, Compute)> {
    cases! {
        "binary_crossentropy" |x| ops::binary_crossentropy(&x[0], &x[1]);
        "binary_crossentropy_inside" |x| ops::binary_crossentropy(&x[0], &x[1]);
        "binary_crossentropy_logits" |x| ops::binary_crossentropy(&x[0], &x[1]).from_logits(true);
        "binary_crossentropy_logits_inside" |x| ops::binary_crossentropy(&x[0], &x[1]).from_logits(true);
        "categorical_crossentropy" |x| ops::categorical_crossentropy(&x[0], &x[1]);
        "categorical_crossentropy_axis" |x| ops::categorical_crossentropy(&x[0], &x[1]).axis(1);
        "categorical_crossentropy_logits" |x| ops::categorical_crossentropy(&x[0], &x[1]).from_logits(true);
        "categorical_crossentropy_logits_axis" |x| {
            ops::categorical_crossentropy(&x[0], &x[1]).from_logits(true).axis(0)
        };
        "categorical_crossentropy_logits_far" |x| ops::categorical_crossentropy(&x[0], &x[1]).from_logits(true);
        "sparse_categorical_crossentropy" |x| ops::sparse_categorical_crossentropy(&x[0], &x[1]);
        "sparse_categorical_crossentropy_beyond" |x| ops::sparse_categorical_crossentropy(&x[0], &x[1]);
        "sparse_categorical_crossentropy_column" |x| ops::sparse_categorical_crossentropy(&x[0], &x[1]);
        "sparse_categorical_crossentropy_logits" |x| {
            ops::sparse_categorical_crossentropy(&x[0], &x[1]).from_logits(true)
        };
        "sparse_categorical_crossentropy_axis" |x| {
            ops::sparse_categorical_crossentropy(&x[0], &x[1]).axis(1).from_logits(true)
        };
    }
    .to_vec()
}

fn attention() -> Vec<(&'static str, Compute)> {
    cases! {
        "attention" |x| ops::dot_product_attention(&x[0], &x[1], &x[2]);
        "attention_scale" |x| ops::dot_product_attention(&x[0], &x[1], &x[2]).scale(0.3);
        "attention_causal" |x| ops::dot_product_attention(&x[0], &x[1], &x[2]).is_causal(true);
        "attention_mask" |x| ops::dot_product_attention(&x[0], &x[1], &x[2]).mask(&x[3]);
        "attention_mask_none" |x| ops::dot_product_attention(&x[0], &x[1], &x[2]).mask(&x[3]);
        "attention_mask_one" |x| ops::dot_product_attention(&x[0], &x[1], &x[2]).mask(&x[3]);
        "attention_mask_causal" |x| ops::dot_product_attention(&x[0], &x[1], &x[2]).mask(&x[3]).is_causal(true);
        "attention_bias" |x| ops::dot_product_attention(&x[0], &x[1], &x[2]).bias(&x[3]);
        "attention_bias_mask" |x| {
            ops::dot_product_attention(&x[0], &x[1], &x[2]).bias(&x[3]).mask(&x[4]).is_causal(true)
        };
        "attention_groups" |x| ops::dot_product_attention(&x[0], &x[1], &x[2]);
        "attention_one_head" |x| ops::dot_product_attention(&x[0], &x[1], &x[2]);
        "attention_one" |x| ops::dot_product_attention(&x[0], &x[1], &x[2]);
        "attention_far" |x| {
            ops::dot_product_attention(&x[0] * 1e6, &x[1] * 1e6, &x[2]).mask(&x[3])
        };
    }
    .to_vec()
}

/// Last carry and results in one list.
fn both((mut last, stacked): (Vec<Symbolic>, Vec<Symbolic>)) -> Vec<Symbolic> {
    last.extend(stacked);
    last
}

/// A scan over one tensor with one tensor carried, or over a length.
fn simple(
    x: &[Symbolic],
    length: Option<usize>,
    reverse: bool,
    f: fn(&Symbolic, Option<&Symbolic>) -> (Symbolic, Symbolic),
) -> Vec<Symbolic> {
    let xs: Vec<&dyn Operand> = x[1..].iter().map(|x| x as &dyn Operand).collect();
    let step = |carry: &[Symbolic], x: &[Symbolic]| {
        let (next, y) = f(&carry[0], x.first());
        (vec![next], vec![y])
    };
    both(ops::scan(step, &[&x[0]], &xs, length, reverse))
}

fn rnn(x: &[Symbolic]) -> Vec<Symbolic> {
    let step = |carry: &[Symbolic], now: &[Symbolic]| {
        let h = ops::tanh(ops::matmul(&now[0], &x[2]) + ops::matmul(&carry[0], &x[3]));
        (vec![h.clone()], vec![h * 2.0])
    };
    both(ops::scan(step, &[&x[0]], &[&x[1]], None, false))
}

fn pair(x: &[Symbolic]) -> Vec<Symbolic> {
    let step = |carry: &[Symbolic], now: &[Symbolic]| {
        let ([a, n], [x, k]) = ([&carry[0], &carry[1]], [&now[0], &now[1]]);
        (vec![a * ops::sin(x) + ops::cast(n, DType::Float32), n + k], vec![a + x, n * k])
    };
    both(ops::scan(step, &[&x[0], &x[1]], &[&x[2], &x[3]], None, false))
}

fn gradient(x: &[Symbolic]) -> Vec<Symbolic> {
    let all = simple(x, None, false, |c, x| (ops::sin(c * x.unwrap()), c.clone()));
    ops::gradients(ops::square(&all[1]), &[&x[1]])
}

fn loops() -> Vec<(&'static str, Compute)> {
    fn doubled(x: &[Symbolic], n: usize) -> Vec<Symbolic> {
        ops::while_loop(|x| ops::less(ops::sum(&x[0], None), 20.0), |x| vec![&x[0] * 2.0], &[&x[0]], n)
    }
    vec![
        ("scan_rnn", rnn as Compute),
        ("scan_reverse", |x| simple(x, None, true, |c, x| (c * 0.5 + x.unwrap(), c * x.unwrap()))),
        ("scan_length", |x| simple(x, Some(4), false, |c, _| (c * c - 0.5, c.clone()))),
        ("scan_one", |x| simple(x, None, false, |c, x| (c + x.unwrap(), c.clone()))),
        ("scan_none", |x| simple(x, None, false, |c, x| (c + x.unwrap(), c * 2.0))),
        ("scan_pair", pair),
        ("scan_gradient", gradient),
        ("fori_loop", |x| {
            ops::fori_loop(2, 6, |i, x| vec![&x[0] * 0.5 + ops::cast(i, DType::Float32)], &[&x[0]])
        }),
        ("while_loop", |x| doubled(x, 10)),
        ("while_loop_maximum", |x| doubled(x, 2)),
    ]
}

fn blocks() -> Vec<(&'static str, Compute)> {
    cases! {
        "depth_to_space" |x| ops::depth_to_space(&x[0], 2);
        "depth_to_space_first" |x| ops::depth_to_space(&x[0], 2).data_format(FIRST);
        "depth_to_space_three" |x| ops::depth_to_space(&x[0], 3);
        "space_to_depth" |x| ops::space_to_depth(&x[0], 2);
        "space_to_depth_first" |x| ops::space_to_depth(&x[0], 2).data_format(FIRST);
        "space_to_depth_three" |x| ops::space_to_depth(&x[0], 3);
        "unfold" |x| ops::unfold(&x[0], [2, 3]);
        "unfold_all" |x| ops::unfold(&x[0], [2, 3]).dilation(2).padding([1, 2]).stride([2, 1]);
        "unfold_apart" |x| ops::unfold(&x[0], [2, 3]).stride(2);
        "fold" |x| ops::fold(&x[0], [4, 5], [2, 3]);
        "fold_apart" |x| ops::fold(&x[0], [4, 5], [2, 3]).stride(2);
        "fold_all" |x| ops::fold(&x[0], [5, 6], [2, 3]).dilation(2).padding(1).stride([2, 1]);
    }
    .to_vec()
}

fn ctc() -> Vec<(&'static str, Compute)> {
    cases! {
        "ctc_loss" |x| ops::ctc_loss(&x[0], &x[1], &x[2], &x[3]);
        "ctc_loss_mask" |x| ops::ctc_loss(&x[0], &x[1], &x[2], &x[3]).mask_index(4);
        "ctc_loss_beyond" |x| ops::ctc_loss(&x[0], &x[1], &x[2], &x[3]);
    }
    .to_vec()
}
