//! Defects of reductions, shapes, indices, windows, factorisations.

use super::*;

pub(super) const CASES: &[Case] = &[
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
];
