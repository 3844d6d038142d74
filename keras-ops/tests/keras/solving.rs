//! Systems of equations of which one right side is for many matrices: the numbers of Keras on JAX, where it takes these shapes.

use keras_ops::{self as ops, DType, Plan, Symbolic};

const A: [f32; 12] = [2.0, 0.0, 0.0, 4.0, 1.0, 1.0, 0.0, 2.0, 4.0, 2.0, 1.0, 1.0];

/// The shape and the numbers of `y`, of `a (3, 2, 2)` and `b`.
fn found(
    solve: impl Fn(&Symbolic, &Symbolic) -> Symbolic,
    b: &[f32],
    shape: &[usize],
) -> (Vec<usize>, Vec<f32>) {
    let (a, right) = (ops::input([3, 2, 2], DType::Float32), ops::input(shape, DType::Float32));
    let y = solve(&a, &right);
    let mut plan = Plan::new(&[&a, &right], &[&y]).expect("shapes that fit");
    plan.run(&[&A, b]).expect("a run");
    (plan.shape(0).to_vec(), plan.output(0).to_vec())
}

#[test]
fn one_right_side_for_many_matrices() {
    let solve = |a: &Symbolic, b: &Symbolic| ops::solve(a, b);
    let lower = |a: &Symbolic, b: &Symbolic| ops::solve_triangular(a, b, true);
    let wanted = [3.0, 2.0, 2.0, 4.0, -5.0, 13.0];
    assert_eq!(found(solve, &[6.0, 8.0], &[2]), (vec![3, 2], wanted.to_vec()));
    assert_eq!(found(solve, &[6.0, 8.0], &[2, 1]), (vec![3, 2, 1], wanted.to_vec()));
    let both = [3.0, 1.0, 2.0, 1.0, 2.0, 0.0, 4.0, 2.0, -5.0, -3.0, 13.0, 7.0];
    assert_eq!(found(solve, &[6.0, 2.0, 8.0, 4.0], &[2, 2]), (vec![3, 2, 2], both.to_vec()));
    let wanted = vec![3.0, 2.0, 6.0, 4.0, 1.5, 6.5];
    assert_eq!(found(lower, &[6.0, 8.0], &[2]), (vec![3, 2], wanted.clone()));
    assert_eq!(found(lower, &[6.0, 8.0], &[2, 1]), (vec![3, 2, 1], wanted));
    // What may be a vector for each matrix is that, as Keras's documentation has it.
    let vectors = [6.0, 8.0, 6.0, 8.0, 6.0, 8.0];
    assert_eq!(found(solve, &vectors, &[3, 2]), (vec![3, 2], vec![3.0, 2.0, 2.0, 4.0, -5.0, 13.0]));
}

/// Each right side has a slope of what all matrices make of it.
#[test]
fn slopes_of_one_right_side_are_sums() {
    let (a, b) = (ops::input([3, 2, 2], DType::Float32), ops::input([2], DType::Float32));
    let y = ops::solve(&a, &b);
    let one = ops::array(&[1.0; 6], [3, 2]);
    let slopes = ops::vjp(&[(y, one)], &[&b]);
    let mut plan = Plan::new(&[&a, &b], &[&slopes[0]]).expect("shapes that fit");
    plan.run(&[&A, &[6.0, 8.0]]).expect("a run");
    // The sums of the columns of the inverses: (1/2, 1/4), (1, 0) and (0, 1).
    assert_eq!(plan.output(0), [1.5, 1.25]);
}

#[test]
fn right_sides_that_do_not_fit() {
    let a = ops::input([3, 2, 2], DType::Float32);
    for shape in [&[][..], &[3], &[3, 1], &[4, 3], &[4, 2, 1]] {
        let text = ops::solve(&a, ops::input(shape, DType::Float32)).check().expect_err("no fit").to_string();
        assert!(text.contains("b needs the 2 rows of a"), "{shape:?}: {text}");
    }
}
