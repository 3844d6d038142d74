"""Writes keras-ops/tests/cases/words.json: what keras.ops gives on JAX for functions that are a few others.

    KERAS_BACKEND=jax python tests/keras/make_ops_words.py

The operation itself is written twice: here, and under the same name in keras-ops/tests/keras/words.rs. They are not run on
devices, some of which take infinities and NaN otherwise.
"""

from ops_cases import INF, NAN, case, ops, write

SOME = [[1.5, NAN, -2.0, 0.25], [NAN, 4.0, 0.0, 3.0]]


def words():
    case("fabs", ops.fabs, [-1.5, 0.0, 2.0, NAN, -INF], gradients=False)
    case("fmax", ops.fmax, [1.0, NAN, NAN, 3.0], [2.0, 1.0, NAN, -INF], gradients=False)
    case("fmin", ops.fmin, [1.0, NAN, NAN, 3.0], [2.0, 1.0, NAN, -INF], gradients=False)
    case("fmod", ops.fmod, [7.0, -7.0, 5.5, -5.5, 3.0, INF], [3.0, 3.0, -2.0, -2.0, INF, 2.0], gradients=False)
    case("ldexp", ops.ldexp, [1.5, -3.0, 0.0], [2, -1, 5], gradients=False)
    case("isreal", ops.isreal, [1.0, NAN, 0.0], gradients=False)
    case("signbit", ops.signbit, [-1.0, -0.0, 0.0, 2.0, -INF, INF], gradients=False)
    case("hsplit", lambda x: ops.hsplit(x, 2), (3, 4))
    case("vsplit", lambda x: ops.vsplit(x, [1]), (3, 2))
    case("dsplit", lambda x: ops.dsplit(x, 3), (2, 2, 3))
    case("array_split", lambda x: ops.array_split(x, 3, axis=-1), (2, 7))
    case("dstack", lambda a, b: ops.dstack([a, b]), (2, 3), (2, 3))
    case("dstack_rows", lambda a, b: ops.dstack([a, b]), (3,), (3,))
    case("rot90", lambda x: ops.rot90(x), (2, 3))
    case("rot90_twice", lambda x: ops.rot90(x, k=2, axes=(1, 2)), (2, 3, 2))
    case("rot90_back", lambda x: ops.rot90(x, k=-1, axes=(0, 2)), (2, 3, 2))
    case("tri", lambda: ops.tri(3, 4, k=1))
    case("tri_below", lambda: ops.tri(3, k=-1))
    case("diagflat", lambda x: ops.diagflat(x, k=1), (2, 2))
    case("vander", ops.vander, [1.0, 2.0, -3.0])
    case("vander_up", lambda x: ops.vander(x, N=4, increasing=True), [1.0, 2.0, -3.0])
    case("corrcoef", ops.corrcoef, (3, 5), gradients=False)
    case("nancumsum", lambda x: ops.nancumsum(x, axis=1), SOME, gradients=False)
    case("nancumprod", lambda x: ops.nancumprod(x, axis=1), SOME, gradients=False)
    case("percentile", lambda x: ops.percentile(x, 30.0, axis=1), (2, 5), gradients=False)
    case("geomspace", lambda: ops.geomspace(1.0, 1000.0, 4))
    case("geomspace_open", lambda: ops.geomspace(2.0, 0.5, 3, endpoint=False))
    case("select", lambda a, b: ops.select([a > 0.5, b > 0.0], [a, b], -1.0), [0.9, 0.2, -0.4], [1.0, 2.0, -3.0], gradients=False)
    case("cbrt", ops.cbrt, [8.0, -27.0, 0.0, 0.001, 2.0, -INF, 1e30], gradients=False)
    case("cdist", ops.cdist, (2, 3, 4), (2, 5, 4))
    case("imag", ops.imag, [1.0, -2.0], gradients=False)
    case("conjugate", ops.conjugate, [1.0, -2.0], gradients=False)
    case("diagonal_first_axes", lambda x: ops.diagonal(x, offset=1), (3, 4, 2))
    case("trace_first_axes", lambda x: ops.trace(x), (3, 4, 2))
    case("floor_divide_infinite", ops.floor_divide, [INF, -INF, 1.0], [2.0, -1.0, INF], gradients=False)
    case("absolute_of_truth", lambda x: ops.absolute(x > 0.0), [1.0, -1.0], gradients=False)
    case("nanvar_slopes", lambda x: ops.nanvar(x, axis=1), SOME)
    case("erfinv_slopes", ops.erfinv, [-0.75, -0.5, 0.0, 0.125, 0.9])
    case("arctan2_far", ops.arctan2, [0.5, 1.0], [3e38, -2.0])
    gaps = [[1.0, NAN, 3.0, -2.0, NAN], [NAN, NAN, NAN, NAN, NAN], [NAN, 2.0, 1.0, 5.0, 0.5]]
    case("nanargmax", lambda x: ops.nanargmax(x, axis=1), gaps, gradients=False)
    case("nanargmax_of_all", ops.nanargmax, gaps, gradients=False)
    case("nanargmin", lambda x: ops.nanargmin(x, axis=1), gaps, gradients=False)
    case("nanargmin_columns", lambda x: ops.nanargmin(x, axis=0), gaps, gradients=False)
    case("nanmedian", lambda x: ops.nanmedian(x, axis=1), gaps, gradients=False)
    case("nanmedian_of_all", ops.nanmedian, gaps, gradients=False)
    case("nanquantile", lambda x: ops.nanquantile(x, 0.3, axis=-1), gaps, gradients=False)
    case("nanquantile_list", lambda x: ops.nanquantile(x, [0.0, 0.25, 1.0], axis=0), gaps, gradients=False)
    case("nanpercentile", lambda x: ops.nanpercentile(x, 60.0), gaps, gradients=False)
    case("quantile_list", lambda x: ops.quantile(x, [0.25, 0.75], axis=1), (2, 5), gradients=False)
    case("percentile_list", lambda x: ops.percentile(x, [25.0, 75.0]), [1.0, 2.0, 3.0, 4.0], gradients=False)
    case("extract_sequences", lambda x: ops.extract_sequences(x, 3, 2), (2, 8))
    case("relu_integers", ops.relu, [-3, 0, 2, 9], gradients=False)
    case("hard_tanh_integers", ops.hard_tanh, [-3, 0, 2, 9], gradients=False)
    case("logaddexp_infinite", ops.logaddexp, [INF, 1.0], [1.0, 2.0], gradients=False)


PARTS = [words]
write("words.json", PARTS)
