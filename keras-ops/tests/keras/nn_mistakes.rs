//! Each wrong use has its sentence.

use keras_ops::{self as ops, DType, Operand, Order, Symbolic};

fn floats<const N: usize>(shape: [usize; N]) -> Symbolic {
    ops::input(shape, DType::Float32)
}

/// The sentence about a tensor that cannot be.
#[track_caller]
fn says(y: impl Operand, wanted: &str) {
    let text = y.symbolic().check().unwrap_err().to_string();
    assert!(text.contains(wanted), "{text}");
    // It names the place of the call, not one of the library.
    assert!(text.contains("nn_mistakes.rs:"), "{text}");
}

#[test]
fn of_products() {
    let (a, b) = (floats([2, 3]), floats([4, 5]));
    says(
        ops::matmul(&a, &b),
        "ops::matmul: axis 0 of x2 (4, 5) has 4, and must have 3: it is multiplied with the last",
    );
    says(ops::matmul(floats([]), &b), "x1 needs at least 1 axis; the shape () has 0 axes");
    says(ops::matmul(floats([2, 3, 4]), floats([3, 4, 5])), "shapes (2,) and (3,) do not broadcast");
    says(ops::dot(&a, &b), "ops::dot: axis 0 of x2 (4, 5) has 4, and must have 3");
    says(ops::inner(&a, &b), "ops::inner: axis 1 of x2 (4, 5) has 5, and must have 3");
    says(ops::vdot(&a, &b), "ops::vdot: axis 0 of x2 (20,) has 20, and must have 6");
    says(ops::tensordot(&a, &b, 3), "3 axes are summed over; x1 (2, 3) has 2");
    says(ops::tensordot(&a, &b, ([0, 1], [0])), "2 axes of x1 and 1 of x2 do not form pairs");
    says(ops::tensordot(&a, &a, ([0, 0], [0, 0])), "axis 0 is named twice");
    says(ops::tensordot(&a, &b, (2, 0)), "there is no axis 2 in a tensor of 2 axes");
    says(ops::cross(floats([4]), floats([3])), "axis 0 of x1 (4,) has 4, and must have 2 or 3");
    says(ops::cross(floats([2, 3]), floats([4, 3])), "shapes (2,) and (4,) do not broadcast");
    says(ops::einsum("ij,jk", &[&a]), "`ij,jk` names 2 operands, and 1 are given");
    says(ops::einsum("ijk->i", &[&a]), "`ijk` names 3 axes; operand 0 (2, 3) has 2 axes");
    says(ops::einsum("ij->ik", &[&a]), "`k` is in the result of `ij->ik`, and in no operand");
    says(ops::einsum("ij->ii", &[&a]), "`i` is twice in the result");
    says(ops::einsum("i1", &[&a]), "`1` in `i1`: an axis is a letter");
    says(ops::einsum("ii", &[&a]), "the axes `i` of operand 0 (2, 3) have 2 and 3");
    says(ops::einsum("ij,jk", &[&a, &b]), "an axis `j` has 3 in one operand and 4 in another");
}

#[test]
fn of_norms() {
    let x = floats([2, 3, 4]);
    says(ops::norm(&x, ops::Order::Nuclear, 1), "\"nuc\" is of matrices");
    says(ops::norm(&x, 3, [0, 1]), "there is no norm of order 3 of matrices");
    says(ops::norm(&x, 1, None), "a norm is over one axis (vectors) or two (matrices); these are 3");
    says(ops::norm(&x, Order::Frobenius, 0), "the order \"fro\" is of matrices");
    says(ops::norm(floats([0]), f32::NEG_INFINITY, 0), "the shape (0,) has no smallest element");
    says(ops::norm(&x, 1, 3), "there is no axis 3");
}

#[test]
fn of_convolutions() {
    let (x, w) = (floats([1, 4, 4, 2]), floats([3, 3, 2, 5]));
    says(
        ops::conv(floats([4, 4]), &w),
        "ops::conv: `inputs` needs 3 to 5 axes: samples, 1 to 3 of the image, channels",
    );
    says(ops::conv(&x, floats([3, 2, 5])), "kernel needs 4 axes: two of the image, channels, filters");
    says(ops::conv(&x, floats([3, 3, 3, 5])), "inputs have 2 channels, and the kernel (3, 3, 3, 5) has 3");
    says(
        ops::conv(&x, floats([3, 3, 1, 5])),
        "2 channels are 2 groups of 1; the kernel's 5 filters must be a multiple",
    );
    says(
        ops::conv(&x, floats([5, 3, 2, 5])),
        "the kernel reaches over 5 along axis 0 of the image (4, 4), which has 4",
    );
    says(ops::conv(&x, &w).strides(0), "strides is 0, and must be at least 1");
    says(ops::conv(&x, &w).strides([1, 2, 3]), "strides (1, 2, 3) has 3 numbers for an image of 2 axes");
    says(
        ops::conv(&x, floats([0, 3, 2, 5])),
        "kernel (0, 3, 2, 5) has no elements along an axis of the image",
    );
    says(
        ops::depthwise_conv(&x, floats([3, 3, 3, 5])),
        "ops::depthwise_conv: axis 2 of kernel (3, 3, 3, 5) has 3, and must",
    );
    says(
        ops::separable_conv(&x, floats([3, 3, 2, 2]), floats([1, 1, 3, 5])),
        "ops::separable_conv: axis 2 of pointwise_kernel (1, 1, 3, 5) has 3, and must have 4",
    );
    says(
        ops::conv_transpose(&x, &w),
        "ops::conv_transpose: axis 3 of kernel (3, 3, 2, 5) has 5, and must have 2",
    );
}

#[test]
fn of_poolings() {
    let x = floats([1, 4, 4, 2]);
    says(
        ops::max_pool(&x, 5),
        "ops::max_pool: the window has 5 along axis 0 of the image (4, 4), which has 4",
    );
    says(ops::average_pool(floats([4]), 2), "ops::average_pool: `inputs` needs 3 to 5 axes");
    says(ops::max_pool(&x, [2, 0]), "pool_size is 0, and must be at least 1");
    says(ops::adaptive_max_pool(&x, 0), "ops::adaptive_max_pool: output_size is 0");
    says(ops::adaptive_average_pool(floats([1, 0, 2]), 3), "inputs (1, 0, 2) have no pixels");
}

#[test]
fn of_the_rest() {
    let x = floats([2, 3]);
    says(ops::glu(&x, -1), "ops::glu: axis 1 of x (2, 3) has 3, which has no half");
    says(ops::softmax(&x, 2), "ops::softmax: there is no axis 2");
    says(ops::log_softmax(&x, [0, 0]), "axis 0 is named twice");
    says(ops::softmax(floats([]), None), "a softmax is over at least one axis");
    says(ops::sparsemax(&x, -3), "ops::sparsemax: there is no axis -3");
    says(
        ops::layer_normalization(&x).gamma(floats([2])),
        "gamma (2,) does not fit x (2, 3): it has a number for each of (1, 3)",
    );
    says(ops::rms_normalization(&x).axis(5), "ops::rms_normalization: there is no axis 5");
    says(
        ops::batch_normalization(&x, floats([2]), floats([3]), 1),
        "mean (2,) must be (3,): a number for each of axis 1",
    );
    says(ops::normalize(&x, -1, 0), "order is 0, and must be at least 1");
    says(ops::psnr(&x, floats([3]), 1.0), "x1 (2, 3) and x2 (3,) must be of one shape");
    says(ops::binary_crossentropy(&x, floats([3])), "target (2, 3) and output (3,) must be of one shape");
    says(
        ops::sparse_categorical_crossentropy(floats([3]), &x),
        "target (3,) must be (2,): a class for each row",
    );
    says(ops::categorical_crossentropy(floats([]), floats([])), "output needs at least 1 axis");
    says(
        ops::depth_to_space(floats([1, 2, 2, 6]), 2),
        "the channels of x (1, 2, 2, 6), 6, must be a multiple of 4",
    );
    says(
        ops::space_to_depth(floats([1, 4, 3, 1]), 2),
        "the width of x (1, 4, 3, 1), 3, must be a multiple of 2",
    );
    says(
        ops::unfold(floats([1, 1, 2, 3]), 3),
        "the kernel reaches over 3 along axis 0 of the image (2, 3), padded to 2",
    );
    says(ops::unfold(&x, 3), "ops::unfold: x needs 4 axes: samples, channels, height, width");
    says(
        ops::fold(floats([1, 4, 5]), [3, 3], 2),
        "ops::fold: x (1, 4, 5) does not hold the windows of images (3, 3)",
    );
    says(ops::fold(floats([1, 5, 4]), [3, 3], 2), "these are (4, 4) for each channel");
    let lengths = ops::array(&[1, 1], [2]);
    says(
        ops::ctc_loss(&x, &x, &lengths, &lengths),
        "ops::ctc_loss: output needs 3 axes: samples, steps and classes",
    );
    says(
        ops::ctc_loss(&x, floats([3, 4, 5]), &lengths, &lengths),
        "axis 0 of target (2, 3) has 2, and must have 3",
    );
    says(ops::ctc_loss(&x, floats([2, 4, 5]), &lengths, &lengths).mask_index(5), "mask_index 5 is no class");
}

#[test]
fn of_attention() {
    let (q, k) = (floats([2, 3, 4, 5]), floats([2, 6, 4, 5]));
    says(
        ops::dot_product_attention(floats([2, 3]), &k, &k),
        "query needs 4 axes: samples, steps, heads, features",
    );
    says(
        ops::dot_product_attention(&q, floats([2, 6, 4, 3]), &k),
        "axis 3 of key (2, 6, 4, 3) has 3, and must have 5",
    );
    says(
        ops::dot_product_attention(&q, floats([2, 6, 3, 5]), floats([2, 6, 3, 5])),
        "the query has 4 heads and the key 3",
    );
    says(
        ops::dot_product_attention(&q, &k, &k).mask(floats([3, 6])),
        "mask (3, 6) does not fit: it must be (2, 4, 3, 6)",
    );
}

#[test]
fn of_loops() {
    let x = floats([2, 3]);
    let same = |c: &[Symbolic], _: &[Symbolic]| (vec![c[0].clone()], vec![c[0].clone()]);
    let first = |(last, _): (Vec<Symbolic>, Vec<Symbolic>)| last[0].clone();
    says(first(ops::scan(same, &[&x], &[], None, false)), "without xs a length is needed");
    says(
        first(ops::scan(same, &[&x], &[&x], Some(3), false)),
        "tensor 0 of xs (2, 3) has 2 steps, and there are 3",
    );
    says(first(ops::scan(same, &[&x], &[&floats([])], None, false)), "each of xs needs at least 1 axis");
    let other = |_: &[Symbolic], _: &[Symbolic]| (vec![floats([4])], Vec::new());
    says(
        first(ops::scan(other, &[&x], &[], Some(2), false)),
        "tensor 0 of the carry is (2, 3) float32, and the body returns (4,) float32",
    );
    let none = |_: &[Symbolic], _: &[Symbolic]| (Vec::new(), Vec::new());
    says(
        first(ops::scan(none, &[&x], &[], Some(2), false)),
        "the body is given 1 tensors of the carry, and returns 0",
    );
    let wrong = ops::while_loop(|x| ops::less(&x[0], 1.0), |x| x.to_vec(), &[&x], 3);
    says(&wrong[0], "cond needs no axes: one truth value; the shape (2, 3) has 2 axes");
}

#[test]
fn a_mistake_goes_through_unchanged() {
    let bad = ops::matmul(floats([2, 3]), floats([4]));
    let text = bad.clone().check().unwrap_err().to_string();
    let weights = floats([3, 3]);
    let through = [
        ops::softmax(&bad, -1),
        ops::layer_normalization(&weights).gamma(&bad).build(),
        ops::conv(&bad, &weights).strides(2).build(),
        ops::max_pool(&bad, 2).build(),
        ops::einsum("ij->ji", &[&bad]),
        ops::norm(&bad, 2, 5).build(),
        ops::cross(&weights, &bad).axis(0).build(),
        ops::dot_product_attention(&weights, &bad, &bad).build(),
        ops::scan(|c, _| (vec![&c[0] + &bad], Vec::new()), &[&weights], &[], Some(2), false).0.remove(0),
    ];
    for y in through {
        assert_eq!(y.check().unwrap_err().to_string(), text);
    }
}
