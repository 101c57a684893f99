//! Gradient defects that were found in other Rust libraries; none may exist here. Numbers are those of the project's list
//! (`peer-defects.md`). What cannot compile here (a stale handle) is tested where it does not.

use ndarray::{Array2, Array3, arr1, arr2, s};
use std::panic::{AssertUnwindSafe, catch_unwind};
use wengert::ops::{Binary, Unary};
use wengert::{Tape, Tensor, Var, nn};

/// The slope of a function of one scalar.
fn slope(at: f64, f: fn(Var<'_>) -> Var<'_>) -> f64 {
    let tape = Tape::new();
    let x = tape.var(at);
    f(x).backward().wrt(x)
}

fn slope_f32(at: f32, f: for<'t> fn(Var<'t, f32>) -> Var<'t, f32>) -> f32 {
    let tape = Tape::<f32>::default();
    let x = tape.var(at);
    f(x).backward().wrt(x)
}

/// Asks that a call panics with a message that contains `text`.
#[track_caller]
fn panics(text: &str, f: impl FnOnce()) {
    let panic = catch_unwind(AssertUnwindSafe(f)).expect_err(text);
    let message = panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|&s| s.to_owned()));
    let message = message.expect("a message");
    assert!(message.contains(text), "{message}");
}

/// A defect: its number in the list, what it was, and a test that it is absent.
type Case = (u32, &'static str, fn());

const CASES: &[Case] = &[
    (1, "2^x differentiated as if x were the base", || {
        let want = 8.0 * std::f64::consts::LN_2;
        assert_eq!(slope(3.0, |x| Var::from(2.0).powf(x)), want);
        assert_eq!(slope(3.0, |x| x.exp2()), want);
    }),
    (2, "x^0 at 0 is NaN", || {
        assert_eq!(slope(0.0, |x| x.powf(0.0)), 0.0);
        assert_eq!(slope(0.0, |x| x.powi(0)), 0.0);
    }),
    (3, "0^n with respect to n is NaN", || {
        assert_eq!(slope(2.0, |n| Var::from(0.0).powf(n)), 0.0);
    }),
    (5, "sqrt(x + 0) at 0 is NaN by a dummy operand", || {
        assert_eq!(slope(0.0, |x| (x + 0.0).sqrt()), f64::INFINITY);
        assert_eq!(slope(0.0, |x| x.sqrt()), f64::INFINITY);
    }),
    (7, "|x| at 0", || assert_eq!(slope(0.0, |x| x.abs()), 0.0)),
    (8, "a finite gradient through NaN", || {
        assert!(slope(f64::NAN, |x| x.abs()).is_nan());
        assert!(slope(f64::NAN, |x| x * x.signum()).is_nan());
    }),
    (9, "ln(−2) has a slope", || {
        assert!(slope(-2.0, |x| x.ln()).is_nan())
    }),
    (10, "overflow in sigmoid, silu, elu, tanh", || {
        for x in [-90.0, 90.0, -1000.0, 1000.0, f32::INFINITY, f32::NEG_INFINITY] {
            assert!(
                (0.0..=1e-30).contains(&slope_f32(x, |x| x.sigmoid())),
                "sigmoid at {x}"
            );
            assert_eq!(slope_f32(x, |x| x.tanh()), 0.0);
        }
        assert_eq!(slope_f32(0.0, |x| x * x.sigmoid()), 0.5);
        assert_eq!(slope_f32(-1000.0, |x| x * x.sigmoid()), 0.0);
        // elu: x above 0, eˣ − 1 below; the branch not taken overflows at 1000.
        let elu: for<'t> fn(Var<'t, f32>) -> Var<'t, f32> = |x| x.relu() + x.min(0.0).exp_m1();
        assert_eq!(slope_f32(1000.0, elu), 1.0);
        assert_eq!(slope_f32(-1000.0, elu), 0.0);
        assert_eq!(slope(800.0, |x| x.tanh()), 0.0);
    }),
    (11, "an op that nobody tested", || {
        // `pointwise.rs` fails to compile for a row that has no reference value; here, that none lacks a slope.
        for op in Unary::ALL {
            let tape = Tape::new();
            let (low, high) = op.domain()[0];
            let x = tape.var((low + high) / 2.0 + 0.01);
            assert!(op.apply(&x).backward().wrt(x).is_finite(), "{}", op.name());
        }
    }),
    (12, "the second derivative at a stationary point is 0", || {
        let tape = Tape::new();
        let x = tape.var(0.0);
        let first = (x * x + 1.0).recip().backward_recorded().wrt(x);
        assert_eq!((first.value(), first.backward().wrt(x)), (0.0, -2.0));
    }),
    (14, "max(x, x) gives both sides everything", || {
        assert_eq!(slope(1.0, |x| x.max(x)), 1.0);
        assert_eq!(slope(1.0, |x| x.min(x)), 1.0);
        assert_eq!(slope(1.0, |x| x.fmax(x)), 1.0);
    }),
    (15, "every tie of a maximum gets everything", || {
        let tape = Tape::new();
        let x = tape.tensor(&arr2(&[[2.0, 2.0, 1.0], [3.0, 3.0, 3.0]]));
        let g = x.max_axes([1]).backward_with(&arr1(&[5.0, 7.0]));
        let parts = g.wrt(x).sum_axis(ndarray::Axis(1));
        assert!((parts[[0]] - 5.0).abs() < 1e-14 && (parts[[1]] - 7.0).abs() < 1e-14);
        // Whatever chooses: what its operand receives is what arrived, for seeds of one sign.
        let choices: [fn(Tensor<'_>) -> Tensor<'_>; 10] = [
            |x| x.min_axes([1]),
            |x| x.norm_keep(f64::INFINITY, [1]),
            |x| x.max_with_index(1).0,
            |x| x.min_with_index(0).0,
            |x| x.cummax(1),
            |x| x.cummin(0),
            |x| x.sort(1),
            |x| x.topk(2, 1).0,
            |x| x.median_axes([1]),
            |x| x.median_axes([0, 1]),
        ];
        for (i, choice) in choices.iter().enumerate() {
            let y = choice(x);
            let seed = y.value().mapv(|y| 1.0 + (7.0 * y + i as f64).sin());
            let error = (y.backward_with(&seed).wrt(x).sum() - seed.sum()).abs();
            assert!(error < 1e-13, "choice {i}");
        }
    }),
    (16, "max with NaN", || {
        let tape = Tape::new();
        let (x, y) = (tape.var(1.0), tape.var(f64::NAN));
        let [a, b] = x.max(y).backward().wrt([x, y]);
        assert!(a == 0.0 && b.is_nan());
    }),
    (17, "relu'(0) is 1", || assert_eq!(slope(0.0, |x| x.relu()), 0.0)),
    (18, "products with zeros and negative factors", || {
        let tape = Tape::new();
        // Mid-graph: the cotangent of the product is 10.
        let x = tape.tensor(&arr1(&[2.0, 0.0, 3.0, 4.0]));
        let loss = (5.0 * x.prod() + 1.0).square();
        let want = arr1(&[0.0, 24.0, 0.0, 0.0]) * 10.0;
        assert_eq!(loss.backward().wrt(x), want.into_dyn());
        let many = tape.tensor(&arr1(&[2.0, 0.0, 0.0, 4.0]));
        let slope = (5.0 * many.prod()).backward_recorded().wrt(many);
        assert_eq!(slope.value(), arr1(&[0.0; 4]).into_dyn());
        let row = slope.at([1]).backward();
        assert_eq!(row.wrt(many), arr1(&[0.0, 0.0, 40.0, 0.0]).into_dyn());
        let negative = tape.tensor(&arr2(&[[-2.0, 3.0], [-1.0, -5.0]]));
        let g = (negative.prod_axes([1]) * 2.0).backward_with(&arr1(&[1.0, -10.0]));
        assert_eq!(g.wrt(negative), arr2(&[[6.0, -4.0], [100.0, 20.0]]).into_dyn());
        let sums = x.cumprod(0).sum().backward();
        assert_eq!(sums.wrt(x), arr1(&[1.0, 32.0, 0.0, 0.0]).into_dyn());
        let g = (x.cumprod(0) * 2.0).backward_with(&arr1(&[10.0, 1.0, 3.0, 0.5]));
        let want = arr1(&[20.0, 2.0 * (2.0 + 3.0 * 6.0 + 0.5 * 24.0), 0.0, 0.0]);
        assert_eq!(g.wrt(x), want.into_dyn());
    }),
    (19, "the upstream gradient is ignored", || {
        let tape = Tape::new();
        let x = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
        let seed = arr1(&[3.0, -5.0]);
        let want = arr2(&[[1.5, 1.5], [-2.5, -2.5]]).into_dyn();
        assert_eq!(x.mean_axes([1]).backward_with(&seed).wrt(x), want);
        let loss = (3.0 * x.mean()).square();
        assert!(loss.backward().wrt(x).iter().all(|&g| g == 2.0 * 7.5 * 3.0 / 4.0));
        let loss = 4.0 * x.cross_entropy(&[0, 1]).mean();
        let sums = loss.backward().wrt(x).sum_axis(ndarray::Axis(1));
        assert!(sums.iter().all(|s| s.abs() < 1e-15), "softmax − onehot sums to 0");
        let (left, right) = (loss.backward(), x.cross_entropy(&[0, 1]).sum().backward());
        assert_eq!(left.wrt(x), &right.wrt(x) * 2.0);
        // Every reduction and scan: linear in a cotangent that is not uniform, by its parts.
        let ops: [fn(Tensor<'_>) -> Tensor<'_>; 16] = [
            |x| x.sum_axes([0]),
            |x| x.mean_keep([0]),
            |x| x.prod_axes([1]),
            |x| x.min_axes([1]),
            |x| x.max_axes([0]),
            |x| x.var_axes(1, [1]),
            |x| x.std_axes(0, [0]),
            |x| x.norm_axes(2.0, [1]),
            |x| x.norm_axes(3.0, [0]),
            |x| x.logsumexp_axes([1]),
            |x| x.nansum_axes([1]),
            |x| x.cumsum(1),
            |x| x.cumprod(0),
            |x| x.logcumsumexp(1),
            |x| x.cummax(0),
            |x| x.sort(0),
        ];
        for (i, op) in ops.iter().enumerate() {
            let y = op(x);
            let seed = y.value().mapv(|y| (7.0 * y + 1.0).sin());
            let whole = (-3.0 * y).backward_with(&seed).wrt(x).to_owned();
            let mut parts = Array2::<f64>::zeros((2, 2)).into_dyn();
            for (at, &weight) in seed.indexed_iter() {
                let index: Vec<usize> = (0..seed.ndim()).map(|k| at[k]).collect();
                parts = parts + &y.at(index).backward().wrt(x) * (-3.0 * weight);
            }
            let error = (&whole - &parts).mapv(f64::abs).sum();
            assert!(error < 1e-13 && whole.iter().any(|g| g.abs() > 1e-3), "op {i}");
        }
    }),
    (19, "the upstream gradient of a loss is taken for 1", || {
        let tape = Tape::new();
        let x = tape.tensor(&arr1(&[0.0, 0.0, 0.0]));
        let t = tape.constant(&arr1(&[1.0, 0.0, 1.0]));
        let seed = arr1(&[2.0, -4.0, 0.5]);
        let slopes = arr1(&[-0.5, 0.5, -0.5]);
        let y = nn::binary_cross_entropy_logits(&x, &t);
        assert_eq!(y.backward_with(&seed).wrt(x), (&seed * &slopes).into_dyn());
        let loss = (3.0 * y.mean()).square();
        let factor = 2.0 * (3.0 * y.mean().value()) * 3.0 / 3.0;
        let error = &loss.backward().wrt(x) - &(factor * &slopes);
        assert!(error.iter().all(|e| e.abs() < 1e-15));
        let p = tape.tensor(&arr1(&[0.5, 0.25, 0.5]));
        let slopes = arr1(&[-2.0, 4.0 / 3.0, -2.0]);
        let g = nn::binary_cross_entropy(&p, &t).backward_with(&seed);
        assert_eq!(g.wrt(p), (&seed * &slopes).into_dyn());
    }),
    (
        21,
        "the gradient of a broadcast operand has the wrong shape",
        || {
            let tape = Tape::new();
            let (s, x) = (tape.var(2.0), tape.tensor(&arr1(&[1.0, 2.0, 3.0])));
            assert_eq!((s * x).sum().backward().wrt(s), 6.0);
            let bias = tape.tensor(&arr1(&[0.5, 0.5]));
            let rows = tape.tensor(&Array2::from_elem((4, 2), 3.0));
            assert_eq!(
                (rows * bias).sum().backward().wrt(bias),
                arr1(&[12.0, 12.0]).into_dyn()
            );
            let column = tape.tensor(&arr2(&[[1.0], [2.0]]));
            assert_eq!(
                (column * x).sum().backward().wrt(column),
                arr2(&[[6.0], [6.0]]).into_dyn()
            );
            // One matrix for a batch of others, on either side; a batch repeated along one of two axes.
            let matrix = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
            let batch = tape.tensor(&Array3::ones((3, 2, 2)));
            let sums = |y: Tensor<'_>, x: Tensor<'_>| y.sum().backward().wrt(x).to_owned();
            assert_eq!(
                sums(batch.matmul(&matrix), matrix),
                Array2::from_elem((2, 2), 6.0).into_dyn()
            );
            assert_eq!(
                sums(matrix.matmul(&batch), matrix),
                Array2::from_elem((2, 2), 6.0).into_dyn()
            );
            let one = batch.slice(s![..1, .., ..]);
            assert_eq!(
                sums(one.matmul(&batch), one),
                Array3::from_elem((1, 2, 2), 6.0).into_dyn()
            );
        },
    ),
    (22, "concat with an untracked part shifts the others", || {
        for untracked in 0..3 {
            let tape = Tape::new();
            let parts: Vec<Tensor> = (0..3)
                .map(|k| {
                    let part = arr1(&vec![1.0; k + 1]);
                    if k == untracked {
                        tape.constant(&part)
                    } else {
                        tape.tensor(&part)
                    }
                })
                .collect();
            let weights = arr1(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
            let gradients = (Tensor::concat(&parts, 0) * &weights).sum().backward();
            for k in (0..3).filter(|&k| k != untracked) {
                let start = k * (k + 1) / 2;
                assert_eq!(
                    gradients.wrt(parts[k]),
                    weights.slice(s![start..=start + k]).into_dyn()
                );
            }
        }
    }),
    (24, "repeated indices overwrite each other", || {
        let tape = Tape::new();
        let x = tape.tensor(&arr1(&[1.0, 2.0, 3.0]));
        let y = x.take(0, &[2, 0, 2, 2]) * arr1(&[1.0, 10.0, 100.0, 1000.0]);
        assert_eq!(y.sum().backward().wrt(x), arr1(&[10.0, 0.0, 1101.0]).into_dyn());
    }),
    (
        26,
        "max pooling scales the gradient of a unique maximum by 1/k²",
        || {
            let tape = Tape::new();
            let x = tape.tensor(&arr2(&[[1.0, 5.0, 2.0], [4.0, 3.0, 6.0]]));
            let image = x.reshape([1, 1, 2, 3]);
            let side_by_side = image.max_pool2d(nn::Pooling::new([2, 3]));
            assert_eq!(
                (7.0 * side_by_side.sum()).backward().wrt(x),
                arr2(&[[0.0, 0.0, 0.0], [0.0, 0.0, 7.0]]).into_dyn()
            );
            let one_by_one = image.max_pool2d(nn::Pooling::new([2, 2]).stride([1, 1]));
            let g = one_by_one.backward_with(
                &arr2(&[[3.0, -5.0]])
                    .into_shape_with_order([1, 1, 1, 2])
                    .expect("two"),
            );
            assert_eq!(g.wrt(x), arr2(&[[0.0, 3.0, 0.0], [0.0, 0.0, -5.0]]).into_dyn());
            // Windows that overlap choose one element together.
            let line = tape.tensor(&arr1(&[1.0, 9.0, 2.0]));
            let y = line
                .reshape([1, 1, 3])
                .max_pool1d(nn::Pooling::new([2]).stride([1]));
            assert_eq!(y.sum().backward().wrt(line), arr1(&[0.0, 2.0, 0.0]).into_dyn());
        },
    ),
    (24, "repeated indices along an axis overwrite each other", || {
        let tape = Tape::new();
        let x = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
        let y = x.take_along_axis(0, &arr2(&[[1, 0], [1, 0], [1, 1]]));
        let weights = arr2(&[[1.0, 10.0], [100.0, 1000.0], [1e4, 1e5]]);
        let want = arr2(&[[0.0, 1010.0], [10101.0, 1e5]]).into_dyn();
        assert_eq!((y * weights).sum().backward().wrt(x), want);
    }),
    (25, "scatter and scatter_add have each other's gradient", || {
        let tape = Tape::new();
        let (x, src) = (
            tape.tensor(&arr1(&[1.0, 2.0, 3.0])),
            tape.tensor(&arr1(&[5.0, 6.0])),
        );
        let (list, weights) = (arr1(&[2, 2]), arr1(&[1.0, 10.0, 100.0]));
        let scattered = (x.scatter(0, &list, &src) * &weights).sum().backward();
        assert_eq!(scattered.wrt(x), arr1(&[1.0, 10.0, 0.0]).into_dyn());
        assert_eq!(scattered.wrt(src), arr1(&[0.0, 100.0]).into_dyn());
        let added = (x.scatter_add(0, &list, &src) * &weights).sum().backward();
        assert_eq!(added.wrt(x), weights.clone().into_dyn());
        assert_eq!(added.wrt(src), arr1(&[100.0, 100.0]).into_dyn());
    }),
    (27, "batches of views in a product", || {
        // Transposed, stepped and backwards, odd and even: as a product of copies, to the bit.
        for (m, k, n) in (0..125).map(|i| (i / 25 + 1, i / 5 % 5 + 1, i % 5 + 1)) {
            let fill = |shape: [usize; 3], c: usize| {
                Array3::from_shape_fn(shape, |(b, i, j)| ((b + c * i + 3 * j) % 7) as f64 - 3.0)
            };
            let tape = Tape::new();
            let x = tape.tensor(&fill([3, k, m], 2)).transpose_last();
            let y = tape.tensor(&fill([6, k, n], 5)).slice(s![..;-2, .., ..]);
            let copies = [x, y].map(|x| tape.tensor(&x.value()));
            let (views, plain) = (x.matmul(&y), copies[0].matmul(&copies[1]));
            assert_eq!(views.value(), plain.value(), "{m}, {k}, {n}");
            let (views, plain) = (views.square().sum().backward(), plain.square().sum().backward());
            assert_eq!(views.wrt(x), plain.wrt(copies[0]), "{m}, {k}, {n}");
            assert_eq!(views.wrt(y), plain.wrt(copies[1]), "{m}, {k}, {n}");
        }
    }),
    (27, "products of transposed and of empty operands", || {
        // 512 shapes of aᵀ·b, odd and even.
        for (m, k, n) in (0..512).map(|i| (i / 64 + 1, i / 8 % 8 + 1, i % 8 + 1)) {
            let fill = |(rows, columns), c: usize| {
                Array2::from_shape_fn((rows, columns), |(i, j)| ((c * i + 3 * j) % 7) as f64 - 3.0)
            };
            let (a, b) = (fill((k, m), 2), fill((k, n), 5));
            let tape = Tape::new();
            let (x, y) = (tape.tensor(&a), tape.tensor(&b));
            let product = x.t().matmul(&y);
            for i in 0..m {
                for j in 0..n {
                    let want: f64 = (0..k).map(|l| a[[l, i]] * b[[l, j]]).sum();
                    assert_eq!(product.value()[[i, j]], want, "{m}, {k}, {n}");
                }
            }
            let gradients = product.sum().backward();
            for l in 0..k {
                assert!(
                    (0..m).all(|i| gradients.wrt(x)[[l, i]] == b.row(l).sum()),
                    "{m}, {k}, {n}"
                );
                assert!(
                    (0..n).all(|j| gradients.wrt(y)[[l, j]] == a.row(l).sum()),
                    "{m}, {k}, {n}"
                );
            }
        }
        let tape = Tape::new();
        let (x, y) = (
            tape.tensor(&Array2::zeros((2, 0))),
            tape.tensor(&Array2::zeros((0, 3))),
        );
        assert_eq!(x.matmul(&y).value(), Array2::<f64>::zeros((2, 3)).into_dyn());
    }),
    (
        28,
        "convolution with strides, padding, dilation, uneven channels",
        || {
            // The number of windows, and a gradient that is counted: with ones everywhere, how many windows reach a place.
            for (n, k, stride, padding, dilation) in
                (0..324).map(|i| (i / 81 + 4, i / 27 % 3 + 1, i / 9 % 3 + 1, i / 3 % 3, i % 3 + 1))
            {
                let tape = Tape::new();
                let (x, w) = (
                    tape.tensor(&Array3::ones((2, 3, n))),
                    tape.tensor(&Array3::ones((5, 3, k))),
                );
                let options = nn::Convolution::default()
                    .stride([stride])
                    .padding([padding])
                    .dilation([dilation]);
                if n + 2 * padding < dilation * (k - 1) + 1 {
                    continue;
                }
                let y = x.conv1d(&w, options);
                let reads = |at: usize| {
                    (0..n + 2 * padding)
                        .step_by(stride)
                        .filter(move |start| {
                            let fits = start + dilation * (k - 1) < n + 2 * padding;
                            fits && (0..k).any(|j| start + j * dilation == at + padding)
                        })
                        .count()
                };
                let windows = (0..n + 2 * padding).step_by(stride);
                let windows = windows
                    .filter(|start| start + dilation * (k - 1) < n + 2 * padding)
                    .count();
                assert_eq!(y.shape(), [2, 5, windows]);
                let gradients = y.sum().backward();
                let g = gradients.wrt(x);
                assert!(
                    g.indexed_iter().all(|(i, &g)| g == 5.0 * reads(i[2]) as f64),
                    "{options:?} of {n} by {k}"
                );
                // Back again, and of the right length: what a transposed convolution must add at its end.
                let more = (n + 2 * padding - dilation * (k - 1) - 1) % stride;
                let back = y.conv_transpose1d(&w, options.output_padding([more]));
                assert_eq!(back.shape(), [2, 3, n]);
            }
        },
    ),
    (29, "∞ or NaN in the branch not taken", || {
        assert_eq!(slope(0.0, |x| x.ln().gated(x.above(0.0))), 0.0);
        assert_eq!(slope(-1.0, |x| x.sqrt().gated(x.above(0.0))), 0.0);
        assert_eq!(slope(0.0, |x| x.recip().gated(x.above(0.0)) + x), 1.0);
    }),
    (
        30,
        "the second operand's gradient of a cross product has the wrong sign",
        || {
            let tape = Tape::new();
            let (a, b) = (
                tape.tensor(&arr1(&[1.0, 2.0, 3.0])),
                tape.tensor(&arr1(&[4.0, -5.0, 6.0])),
            );
            let y = a.cross(&b);
            assert_eq!(y.value(), arr1(&[27.0, 6.0, -13.0]).into_dyn());
            let gradients = (y * arr1(&[1.0, 10.0, 100.0])).sum().backward();
            assert_eq!(gradients.wrt(a), arr1(&[-560.0, -394.0, 45.0]).into_dyn()); // b × ȳ
            assert_eq!(gradients.wrt(b), arr1(&[-170.0, 97.0, -8.0]).into_dyn()); // ȳ × a
        },
    ),
    #[cfg(feature = "linalg")]
    (
        31,
        "gradients of factorisations: signs, symmetry, repeated values",
        || {
            use crate::common::{check, inputs::irregular};
            let positive = |x: &Tensor<'_>| -> ndarray::ArrayD<f64> {
                (x.matmul(&x.t()) + Array2::<f64>::eye(3) * 4.0)
                    .value()
                    .to_owned()
            };
            let tape = Tape::new();
            let a = positive(&tape.tensor(&irregular(&[3, 3], 1)));
            let tall = irregular(&[4, 2], 2);
            check("qr", &[tall.clone()], |_, x| {
                let (q, r) = x[0].qr();
                q.matmul(&r.square())
            });
            check("pinv", &[tall], |_, x| x[0].pinv().expect("of full rank"));
            // The lower triangle is read; the gradient is spread over both.
            let x = tape.tensor(&a);
            let slopes = x.cholesky().expect("positive definite").sum().backward();
            let slopes = slopes.wrt(x).to_owned();
            assert_eq!(slopes, slopes.t());
            // Values alone are right where they repeat.
            let one = tape.tensor(&Array2::<f64>::eye(3));
            let values = one.eigvalsh().expect("converges");
            let trace = values.sum().backward().wrt(one).to_owned();
            assert!((trace - Array2::<f64>::eye(3)).iter().all(|e| e.abs() < 1e-15));
        },
    ),
    (
        32,
        "an op without a rule passes the cotangent on as it is",
        || {
            let op = wengert::CustomOp::new("triple", |x| 3.0 * &x[0], |_, _, _, g| 3.0 * &g);
            let tape = Tape::new();
            let x = tape.tensor(&arr1(&[1.0, 2.0]));
            let y = op.apply(&[x]).sum();
            assert_eq!(y.backward().wrt(x), arr1(&[3.0, 3.0]).into_dyn());
            // There is no rule for the second order and none for tangents: errors that name the op.
            panics("triple", || drop(y.backward_recorded()));
            panics("triple", || {
                drop(tape.forward().seed_array(x, &arr1(&[1.0, 1.0])).sweep())
            });
        },
    ),
    (33, "a gradient after `clear` belongs to another variable", || {
        let mut tape = Tape::new();
        let old = {
            let x = tape.var(2.0);
            (x * x).backward()
        };
        tape.clear();
        let x = tape.var(7.0);
        panics("before it was cleared", || drop(old.wrt(x)));
    }),
    (34, "values of two tapes in one op", || {
        let (one, other) = (Tape::new(), Tape::new());
        let (x, y) = (one.var(1.0), other.var(2.0));
        panics("two different tapes", || drop(x * y));
        let (x, y) = (one.tensor(&arr1(&[1.0])), other.tensor(&arr1(&[1.0])));
        panics("two different tapes", || drop(x * y));
        panics("two different tapes", || drop(Tensor::concat(&[x, y], 0)));
        let gradients = x.sum().backward();
        panics("another tape", || drop(gradients.get(y)));
    }),
    (
        35,
        "checkpoints: states in a cluster, wrong gradients beside frozen inputs",
        || {
            fn step<'t>(i: usize, x: Tensor<'t>, p: &[Tensor<'t>]) -> Tensor<'t> {
                (x * p[0] + p[1]).sin() + 0.01 * i as f64
            }
            let tape = Tape::new();
            let [x, a, b] = [0.3, 0.9, 0.2].map(|v| tape.tensor(&arr1(&[v, -v])));
            let frozen = tape.constant(&a.value());
            for p in [[a, b], [frozen, b]] {
                let full = (0..100).fold(x, |x, i| step(i, x, &p)).sum().backward();
                let short = wengert::checkpoint_loop(100, 4, x, &p, step).sum().backward();
                assert_eq!(full.wrt(x), short.wrt(x));
                assert_eq!(full.get(p[0]), short.get(p[0]));
                assert_eq!(full.wrt(b), short.wrt(b));
            }
        },
    ),
    (37, "recursion over a long chain", || {
        let tape = Tape::new();
        let x = tape.var(1.0);
        let y = (0..1_000_000).fold(x, |y, _| y + 1e-6 * y);
        let grown = y.backward().wrt(x);
        assert_eq!(grown, y.value());
        // A ladder of shared operands: 2ⁿ paths.
        let z = (0..60).fold(x, |z, _| z + z);
        assert_eq!(z.backward().wrt(x), (1_u64 << 60) as f64);
        let t = tape.tensor(&arr1(&[1.0]));
        let u = (0..100_000).fold(t, |u, _| u + 1.0);
        assert_eq!(u.sum().backward().wrt(t), arr1(&[1.0]).into_dyn());
        drop(tape);
    }),
    (
        38,
        "one operand twice; the second derivative of a linear function is an error",
        || {
            assert_eq!(slope(3.0, |x| x + x), 2.0);
            assert_eq!(slope(3.0, |x| x * x), 6.0);
            assert_eq!(slope(3.0, |x| x - x), 0.0);
            assert_eq!(slope(3.0, |x| x / x), 0.0);
            let tape = Tape::new();
            let (x, t) = (tape.var(3.0), tape.tensor(&arr1(&[3.0, 4.0])));
            let first = (5.0 * x + (t * 2.0).sum()).backward_recorded();
            assert_eq!(first.wrt(x).backward().wrt(x), 0.0);
            assert_eq!(first.wrt(t).sum().backward().wrt(t), arr1(&[0.0, 0.0]).into_dyn());
            for op in Binary::ALL
                .iter()
                .filter(|op| matches!(op, Binary::Add | Binary::Sub))
            {
                let gradient = op.apply(&x, &x).backward_recorded().wrt(x);
                assert_eq!(
                    gradient.backward_recorded().wrt(x).backward().wrt(x),
                    0.0,
                    "{}",
                    op.name()
                );
            }
        },
    ),
];

#[test]
fn defects_of_other_libraries_are_absent() {
    for (number, what, absent) in CASES {
        println!("{number:>3}. {what}");
        absent();
    }
    println!("{} defects of other libraries", CASES.len());
    assert_eq!(CASES.len(), if cfg!(feature = "linalg") { 35 } else { 34 });
}
