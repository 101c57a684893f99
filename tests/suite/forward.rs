//! Forward mode: ⟨w, J v⟩ by the forward sweep equals ⟨Jᵀ w, v⟩ by the backward sweep, for every op.

use ndarray::{Array1, ArrayD, IxDyn, arr1, arr2, s};
use wengert::nn::{Convolution, Pooling};
use wengert::ops::{Binary, Unary};
use wengert::{Pad, Tape, Tensor, Var};

/// A reproducible array with elements from the intervals of a domain.
fn drawn(random: &mut fastrand::Rng, shape: &[usize], domain: &[(f64, f64)]) -> ArrayD<f64> {
    ArrayD::from_shape_simple_fn(IxDyn(shape), || {
        let (lo, hi) = domain[random.usize(..domain.len())];
        lo + (hi - lo) * random.f64()
    })
}

fn close(left: f64, right: f64, scale: f64, what: &str) {
    assert!(
        (left - right).abs() <= 1e-12 * scale.max(1.0),
        "{what}: ⟨w, Jv⟩ = {left}, ⟨Jᵀw, v⟩ = {right}"
    );
}

/// Checks the identity for a function of arrays, mid-graph: its result is bent by a tanh, its operands by a polynomial.
fn check(what: &str, inputs: &[ArrayD<f64>], f: impl for<'t> Fn(&[Tensor<'t>]) -> Tensor<'t>) {
    let mut random = fastrand::Rng::with_seed(3);
    let tape = Tape::new();
    let x: Vec<_> = inputs.iter().map(|a| tape.tensor(a)).collect();
    let bent: Vec<_> = x.iter().map(|x| x + 0.0 * x.square()).collect();
    let y = (f(&bent) * 0.7).tanh();
    let range = [(-1.0, 1.0)];
    let v: Vec<_> = inputs
        .iter()
        .map(|a| drawn(&mut random, a.shape(), &range))
        .collect();
    let w = drawn(&mut random, y.shape(), &range);
    let mut forward = tape.forward();
    for (x, v) in x.iter().zip(&v) {
        forward = forward.seed_array(*x, v);
    }
    let jv = forward.sweep().get(y).map_or(0.0, |t| (&t * &w).sum());
    let backward = y.backward_with(&w);
    let terms = x
        .iter()
        .zip(&v)
        .map(|(x, v)| backward.get(*x).map_or(0.0, |g| (&g * v).sum()));
    let terms: Vec<f64> = terms.collect();
    let scale = terms.iter().map(|t| t.abs()).fold(jv.abs(), f64::max);
    close(jv, terms.iter().sum(), scale, what);
}

/// Likewise for a function of scalars.
fn check_scalar(what: &str, inputs: &[f64], f: impl for<'t> Fn(&[Var<'t>]) -> Var<'t>) {
    let tape = Tape::new();
    let x = tape.vars(inputs);
    let y = (f(&x) * 0.7).tanh();
    let mut forward = tape.forward();
    let v: Vec<f64> = (0..x.len()).map(|i| 0.3 + i as f64).collect();
    for (x, &v) in x.iter().zip(&v) {
        forward = forward.seed(*x, v);
    }
    let jv = forward.sweep().of(y);
    let g = y.backward().wrt(&x);
    let sum = g.iter().zip(&v).map(|(g, v)| g * v).sum();
    close(jv, sum, jv.abs(), what);
}

/// Every row of the table, in both lanes, with broadcasting, constants and repeated operands.
#[test]
fn pointwise_ops() {
    let mut random = fastrand::Rng::with_seed(1);
    for &op in Unary::ALL {
        for shape in [&[][..], &[1], &[7], &[2, 3]] {
            let x = drawn(&mut random, shape, op.domain());
            check(&op.name(), &[x], |x| op.apply(&x[0]));
        }
        let x = drawn(&mut random, &[], op.domain())[[]];
        check_scalar(&op.name(), &[x], |x| op.apply(&x[0]));
    }
    let shapes = [
        (&[3][..], &[3][..]),
        (&[], &[4]),
        (&[2, 3], &[3]),
        (&[2, 1], &[1, 3]),
        (&[4], &[1]),
    ];
    for &op in Binary::ALL {
        let [a, b] = op.domain();
        let (constant, point) = (b[0].0 == b[0].1, b[0].0);
        for (left, right) in shapes {
            let (a, b) = (drawn(&mut random, left, a), drawn(&mut random, right, b));
            if constant {
                check(&op.name(), &[a], |x| {
                    op.apply(&x[0], &(&x[0] * 0.0 + point).detach())
                });
            } else {
                check(&op.name(), &[a, b], |x| op.apply(&x[0], &x[1]));
            }
        }
        let (a, b) = (drawn(&mut random, &[], a)[[]], drawn(&mut random, &[], b)[[]]);
        check_scalar(&op.name(), &[a], |x| op.apply(&x[0], &b.into()));
        if !constant {
            check_scalar(&op.name(), &[a, b], |x| op.apply(&x[0], &x[1]));
            check_scalar(&op.name(), &[b], |x| op.apply(&a.into(), &x[0]));
        }
    }
}

/// Every array op, on plain, transposed and sliced operands.
#[test]
fn array_ops() {
    let mut random = fastrand::Rng::with_seed(2);
    let range = [(-2.0, 2.0)];
    let x = [
        drawn(&mut random, &[3, 4], &range),
        drawn(&mut random, &[4, 5], &range),
    ];
    let [a, z] = [[(0.7, 3.0)], [(0.15, 0.85)]].map(|domain| drawn(&mut random, &[2, 3], &domain));
    check("gammainc", &[a.clone(), z.clone()], |x| x[0].gammainc(x[1]));
    check("gammaincc", &[a.clone(), z.clone()], |x| x[0].gammaincc(x[1]));
    check("betainc", &[a.clone(), a, z], |x| x[0].betainc(x[1], x[2]));
    let one = &x[..1];
    for axes in [&[][..], &[0], &[-1], &[0, 1]] {
        check("sum", one, |x| x[0].sum_axes(axes));
        check("mean", one, |x| x[0].t().mean_keep(axes));
        check("max", one, |x| x[0].max_axes(axes));
        check("logsumexp", one, |x| x[0].t().logsumexp_axes(axes));
    }
    for axis in [0, 1] {
        check("softmax", one, |x| x[0].softmax(axis));
        check("log_softmax", one, |x| x[0].t().log_softmax(axis));
        check("take", one, |x| x[0].take(axis, &[2, 0, 2]));
        check("concat", one, |x| {
            Tensor::concat(&[x[0], x[0].square(), x[0]], axis)
        });
    }
    check("matmul", &x, |x| x[0].matmul(&x[1]));
    check("matmul", &x, |x| x[1].t().matmul(&x[0].t()));
    check("matmul", &x, |x| x[0].slice(s![1, ..]).matmul(&x[1]));
    let batches = [
        drawn(&mut random, &[2, 3, 4], &range),
        drawn(&mut random, &[3, 1, 4, 2], &range),
    ];
    check("matmul of batches", &batches, |x| x[0].matmul(&x[1]));
    check("matmul of batches", &batches, |x| {
        x[1].transpose_last().matmul(&x[0].transpose_last())
    });
    check("sliding_windows", one, |x| {
        x[0].t().sliding_windows(0, 3, 1).sliding_windows(1, 2, 1)
    });
    let list = arr2(&[[1, 1, 0], [3, 3, 3], [2, 0, 2]]);
    check("take_along_axis", one, |x| x[0].take_along_axis(1, &list));
    check("scatter", one, |x| {
        x[0].scatter(1, &list, &x[0].slice(s![.., ..3]))
    });
    check("scatter_add", one, |x| {
        x[0].scatter_add(1, &list, &x[0].slice(s![.., 1..]))
    });
    check("scatter_max", one, |x| {
        x[0].scatter_max(1, &list, &x[0].slice(s![.., 1..]).square())
    });
    check("tril, triu", one, |x| x[0].t().tril(1).triu(-1));
    check("diag, diagonal", one, |x| {
        x[0].diag(1).diagonal(-1) + x[0].diag(1).diagonal(1)
    });
    check("pad", one, |x| {
        let y = x[0].pad(&[(1, 0), (2, 1)], Pad::Constant(0.3));
        y.pad(&[(1, 1), (0, 2)], Pad::Reflect)
            .pad(&[(0, 1), (1, 1)], Pad::Edge)
    });
    check("einsum", &x, |x| {
        Tensor::einsum("ij,jk,ik->ji", &[x[0], x[1], x[0].matmul(&x[1])])
    });
    check("kron", &x, |x| x[0].kron(&x[1].t()));
    check("reshape", one, |x| x[0].t().reshape([2, 6]));
    check("broadcast_to", one, |x| x[0].broadcast_to([2, 3, 4]));
    check("slice", one, |x| x[0].slice(s![..;-2, 1..]));
    check("cross_entropy", one, |x| x[0].cross_entropy(&[0, 3, 1]));
    check("masked_softmax", one, |x| {
        x[0].masked_softmax(&x[0].above(-0.5), 1)
    });
    let (moves, windows) = (
        Convolution::default().padding([1]),
        Pooling::new([2]).padding([1]),
    );
    check("conv1d", &x, |x| {
        x[0].reshape([2, 2, 3]).conv1d(&x[1].reshape([5, 2, 2]), moves)
    });
    check("conv_transpose1d", &x, |x| {
        x[0].reshape([2, 2, 3])
            .conv_transpose1d(&x[1].reshape([2, 5, 2]), moves)
    });
    check("max_pool1d", one, |x| x[0].reshape([2, 2, 3]).max_pool1d(windows));
    check("avg_pool1d", one, |x| x[0].reshape([2, 2, 3]).avg_pool1d(windows));
}

/// Every reduction, scan and choice, likewise.
#[test]
fn reductions_and_scans() {
    let mut random = fastrand::Rng::with_seed(5);
    let x = [drawn(&mut random, &[3, 4], &[(-2.0, 2.0)])];
    for axes in [&[][..], &[0], &[-1], &[0, 1]] {
        check("min", &x, |x| x[0].min_keep(axes));
        check("prod", &x, |x| x[0].t().prod_axes(axes));
        check("nansum", &x, |x| x[0].nansum_axes(axes));
        check("nanmean", &x, |x| x[0].t().nanmean_keep(axes));
        check("median", &x, |x| x[0].median_axes(axes));
        check("var", &x, |x| x[0].var_axes(0, axes));
        check("sum_squares", &x, |x| x[0].t().sum_squares_axes(axes));
        check("standardize", &x, |x| x[0].standardize(axes, 0.1));
        for p in [0.5, 1.0, 1.5, 2.0, 3.5, f64::INFINITY] {
            check("norm", &x, |x| x[0].t().norm_axes(p, axes));
        }
    }
    for axis in [0, 1] {
        check("std", &x, |x| x[0].t().std_axes(1, [axis]));
        check("cumsum", &x, |x| x[0].cumsum(axis));
        check("cumprod", &x, |x| x[0].t().cumprod(axis));
        check("cummax", &x, |x| x[0].cummax(axis));
        check("cummin of ties", &x, |x| {
            x[0].slice(s![..1, ..]).broadcast_to([3, 4]).cummin(axis)
        });
        check("logcumsumexp", &x, |x| x[0].logcumsumexp(axis));
        check("sort", &x, |x| x[0].sort(axis));
        check("topk", &x, |x| x[0].topk(2, axis).0);
    }
    check("dot", &x, |x| {
        x[0].slice(s![0, ..]).dot(&x[0].slice(s![2, ..])).to_tensor()
    });
    check("trace", &x, |x| x[0].trace().to_tensor());
}

/// Infinite elements share a tangent as they share a cotangent.
#[test]
fn infinite_elements() {
    let infinity = f64::INFINITY;
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[0.0, infinity, infinity]));
    let (y, sum) = (x.logcumsumexp(0), x.logsumexp_axes([0]));
    let tangents = tape.forward().seed_array(x, &arr1(&[0.0, 1.0, 0.0])).sweep();
    let tangent = tangents.get(y).expect("y depends on x");
    assert_eq!(tangent, arr1(&[0.0, 1.0, 0.5]).into_dyn());
    assert_eq!(tangents.of(sum)[[]], 0.5);
}

/// Linear algebra, all results of an op together.
#[cfg(feature = "linalg")]
#[test]
fn linear_algebra() {
    use wengert::ops::linalg::Triangle;
    let mut random = fastrand::Rng::with_seed(7);
    let range = [(-0.4, 0.4)];
    let x = [
        drawn(&mut random, &[2, 3, 3], &range),
        drawn(&mut random, &[3, 2], &range),
    ];
    fn regular<'t>(x: &[Tensor<'t>]) -> Tensor<'t> {
        x[0] + &arr2(&[[2.0, 0.1, 0.0], [0.1, 3.0, 0.0], [0.0, 0.2, 5.0]])
    }
    fn definite<'t>(x: &[Tensor<'t>]) -> Tensor<'t> {
        let a = regular(x);
        a.matmul(&a.transpose_last())
    }
    let one = &x[..1];
    check("cholesky", one, |x| definite(x).cholesky().expect("definite"));
    // Not symmetric: tangents and cotangents take the symmetric part alike.
    check("cholesky", one, |x| regular(x).cholesky().expect("definite"));
    check("solve", &x, |x| regular(x).solve(&x[1]).expect("regular"));
    for triangle in [
        Triangle::Lower,
        Triangle::LowerTransposed,
        Triangle::Upper,
        Triangle::UpperTransposed,
    ] {
        check("solve_triangular", &x, |x| {
            regular(x).solve_triangular(&x[1], triangle).expect("regular")
        });
    }
    check("inv", one, |x| regular(x).inv().expect("regular"));
    check("det", one, |x| regular(x).det());
    check("slogdet", one, |x| regular(x).slogdet().1);
    check("qr", one, |x| {
        let (q, r) = regular(x).qr();
        Tensor::pack(&[q, r])
    });
    check("eigh", one, |x| {
        let (values, vectors) = regular(x).eigh().expect("finite");
        Tensor::pack(&[values, vectors])
    });
    for shape in [[3, 3], [3, 2], [2, 3]] {
        check("svd", one, |x| {
            let a = regular(x).slice(s![.., ..shape[0], ..shape[1]]);
            let (u, s, v) = a.svd().expect("finite");
            Tensor::pack(&[u, s, v])
        });
        check("pinv", one, |x| {
            let a = regular(x).slice(s![.., ..shape[0], ..shape[1]]);
            a.pinv().expect("finite")
        });
    }
    check("expm", one, |x| regular(x).expm());
}

/// Tangents cross between the lanes, by reads and by a stack.
#[test]
fn crossings() {
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[1.0, 2.0, 3.0]));
    let a = tape.var(0.5);
    let read = x.at([1]) * a;
    let y = tape.stack(&[read, a.sin(), 2.0.into()]) * x;
    let tangents = tape
        .forward()
        .seed(a, 1.0)
        .seed_array(x, &arr1(&[0.0, 1.0, 0.0]))
        .sweep();
    // y = (2a, 2 sin a, 6) at x; d(x₁·a·x₀) = x₀(x₁ da + a dx₁), d(sin a · x₁) = cos a · x₁ + sin a dx₁
    let expected = arr1(&[2.5, 2.0 * 0.5_f64.cos() + 0.5_f64.sin(), 0.0]);
    let error = (&tangents.of(y) - &expected).mapv(f64::abs).sum();
    assert!(error < 1e-15, "{error}");
}

/// A Hessian-vector product, forward over reverse, equals the reverse-over-reverse one.
#[test]
fn forward_over_reverse() {
    let tape = Tape::new();
    let x = tape.tensor(&arr2(&[[0.3, -0.7], [1.1, 0.2]]));
    let y = (x.matmul(&x).tanh() * x.exp()).sum() + x.at([0, 1]).powi(3);
    let v = arr2(&[[1.0, -2.0], [0.5, 3.0]]);
    let gradient = y.backward_recorded().wrt(x);
    let forward = tape.forward().seed_array(x, &v).sweep();
    let reverse = (gradient * tape.constant(&v)).sum().backward();
    let (left, right) = (forward.of(gradient), reverse.wrt(x));
    let largest = right.iter().fold(0.0_f64, |m, x| m.max(x.abs()));
    assert!(
        (&left - &right).iter().all(|e| e.abs() < 1e-14 * largest),
        "{left} {right}"
    );
}

/// What a selection does not take has no tangent, rather than 0·∞.
#[test]
fn structural_zeros() {
    let tape = Tape::new();
    let x = tape.tensor(&arr1(&[0.0, 4.0]));
    let y = x.sqrt().slice(s![1..]);
    let (a, b) = (tape.var(0.0), tape.var(1.0));
    let z = a.ln().max(b);
    let t = tape
        .forward()
        .seed_array(x, &Array1::ones(2))
        .seed(a, 1.0)
        .seed(b, 5.0)
        .sweep();
    assert_eq!(t.of(y), arr1(&[0.25]).into_dyn());
    assert_eq!(t.of(z), 5.0);
}

/// A result that depends on no seed is an error that says why.
#[test]
#[should_panic(expected = "forward.rs")]
fn a_cut_path_is_named() {
    let tape = Tape::new();
    let x = tape.var(1.0);
    let y = x.detach() * 2.0;
    let _ = tape.forward().seed(x, 1.0).sweep().of(y);
}
