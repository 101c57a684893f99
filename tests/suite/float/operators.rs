//! Operators between everything that may stand beside a handle: value, and gradient of what is on the tape.
//!
//! The macros go over the five operators; what they compare with are the textbook's partial derivatives,
//! `∂(a∘b) = (1, 1), (1, −1), (b, a), (1/b, −a/b²), (1, −trunc(a/b))`, as numbers.

use ndarray::{
    ArcArray, Array, Array0, Array2, ArrayD, ArrayView, CowArray, Dimension, arr0, arr1, arr2, arr3,
};
use wengert::{Lit, Tape, Tensor, Var};

/// Value and partial derivatives of an operator.
fn expected(op: &str, a: f64, b: f64) -> (f64, f64, f64) {
    match op {
        "+" => (a + b, 1.0, 1.0),
        "-" => (a - b, 1.0, -1.0),
        "*" => (a * b, b, a),
        "/" => (a / b, 1.0 / b, -(a / b / b)),
        "%" => (a % b, 1.0, -(a / b).trunc()),
        other => unreachable!("{other}"),
    }
}

/// Calls `$with!(op op=)` for each operator.
macro_rules! each_operator {
    ($with:ident) => {
        $with!(+ +=);
        $with!(- -=);
        $with!(* *=);
        $with!(/ /=);
        $with!(% %=);
    };
}

#[track_caller]
fn assert_scalar(y: Var, inputs: &[(Var, f64)], value: f64) {
    assert_eq!(y.value(), value);
    for (x, slope) in inputs {
        assert_eq!(y.backward().wrt(*x), *slope);
    }
}

/// Two scalars, by value and by reference, and a scalar with numbers of every kind on either side.
#[test]
fn scalars_with_scalars_and_numbers() {
    let tape = Tape::new();
    let (a, b) = (tape.var(7.5), tape.var(2.0));
    macro_rules! check {
        ($op:tt $assign:tt) => {{
            let (y, da, db) = expected(stringify!($op), 7.5, 2.0);
            for z in [a $op b, &a $op b, a $op &b, &a $op &b] {
                assert_scalar(z, &[(a, da), (b, db)], y);
            }
            let n = 2.0;
            let right = [a $op 2.0, &a $op 2.0, a $op &n, &a $op &n, a $op 2, &a $op 2, a $op &2, a $op Lit(2.0)];
            for z in right {
                assert_scalar(z, &[(a, da)], y);
            }
            for z in [7.5 $op b, 7.5 $op &b, Lit(7.5) $op b, Lit(7.5) $op &b] {
                assert_scalar(z, &[(b, db)], y);
            }
            assert_scalar(a $op Var::from(2.0), &[(a, da)], y);
            assert_scalar(Var::from(7.5) $op b, &[(b, db)], y);
            let (whole, _, dwhole) = expected(stringify!($op), 7.0, 2.0);
            assert_scalar(7 $op b, &[(b, dwhole)], whole);
            assert_scalar(7 $op &b, &[(b, dwhole)], whole);
            // The same operand twice.
            let (twice, da, db) = expected(stringify!($op), 7.5, 7.5);
            assert_scalar(a $op a, &[(a, da + db)], twice);
            let untracked = Var::from(7.5) $op Var::from(2.0) $op 1.0;
            assert!(!untracked.is_tracked());

            let (mut u, mut v, mut w, mut x, mut s, mut t) = (a, a, a, a, a, a);
            u $assign b;
            v $assign &b;
            assert_scalar(u, &[(a, expected(stringify!($op), 7.5, 2.0).1), (b, expected(stringify!($op), 7.5, 2.0).2)], y);
            assert_scalar(v, &[(b, expected(stringify!($op), 7.5, 2.0).2)], y);
            w $assign 2.0;
            x $assign &2.0;
            s $assign 2;
            t $assign Lit(2.0);
            for z in [w, x, s, t] {
                assert_scalar(z, &[(a, expected(stringify!($op), 7.5, 2.0).1)], y);
            }
        }};
    }
    each_operator!(check);
    assert_scalar(-a, &[(a, -1.0)], -7.5);
    assert_scalar(-&a, &[(a, -1.0)], -7.5);
}

/// Scalars and tensors of single precision with numbers of that type.
#[test]
fn single_precision_with_its_own_numbers() {
    let tape = Tape::<f32>::default();
    let (a, x) = (tape.var(7.5), tape.tensor(&arr1(&[7.5_f32, 5.0])));
    macro_rules! check {
        ($op:tt $assign:tt) => {{
            let (mut u, mut v) = (a, x);
            u $assign 2.5_f32;
            v $assign &2.5_f32;
            assert_eq!((a $op 2.5_f32).value(), 7.5 $op 2.5);
            assert_eq!((2.5_f32 $op a).value(), 2.5 $op 7.5);
            assert_eq!(u.value(), 7.5 $op 2.5);
            assert_eq!((x $op 2.5_f32).value(), arr1(&[7.5 $op 2.5, 5.0 $op 2.5]).into_dyn());
            assert_eq!((2.5_f32 $op &x).value(), arr1(&[2.5 $op 7.5, 2.5 $op 5.0]).into_dyn());
            assert_eq!(v.value(), arr1(&[7.5 $op 2.5, 5.0 $op 2.5]).into_dyn());
        }};
    }
    each_operator!(check);
}

/// What an operator gives on two broadcast arrays, and the gradients of the sum of its elements.
fn expected_arrays(op: &str, a: &ArrayD<f64>, b: &ArrayD<f64>) -> [ArrayD<f64>; 3] {
    let shape = if a.len() >= b.len() {
        a.raw_dim()
    } else {
        b.raw_dim()
    };
    let (wide_a, wide_b) = (
        a.broadcast(shape.clone()).unwrap(),
        b.broadcast(shape.clone()).unwrap(),
    );
    let [mut y, mut da, mut db] = [
        ArrayD::zeros(shape),
        ArrayD::zeros(a.raw_dim()),
        ArrayD::zeros(b.raw_dim()),
    ];
    for (index, out) in y.indexed_iter_mut() {
        let (value, slope_a, slope_b) = expected(op, wide_a[&index], wide_b[&index]);
        *out = value;
        let own = |x: &ArrayD<f64>| {
            let lead = index.ndim() - x.ndim();
            let own = index.slice()[lead..].iter().zip(x.shape());
            own.map(|(&i, &n)| if n == 1 { 0 } else { i }).collect::<Vec<_>>()
        };
        da[&own(a)[..]] += slope_a;
        db[&own(b)[..]] += slope_b;
    }
    [y, da, db]
}

#[track_caller]
fn assert_array(y: Tensor, want: &[ArrayD<f64>; 3], tensors: [Option<Tensor>; 2], scalars: [Option<Var>; 2]) {
    assert_eq!(y.value(), want[0]);
    let gradients = y.sum().backward();
    for k in 0..2 {
        if let Some(x) = tensors[k] {
            assert_eq!(gradients.wrt(x), want[k + 1]);
        }
        if let Some(x) = scalars[k] {
            // Both are sums of a few numbers, in whatever order.
            let (got, want) = (gradients.wrt(x), want[k + 1].sum());
            assert!(
                (got - want).abs() <= 1e-15 * want.abs(),
                "{got} instead of {want}"
            );
        }
    }
}

/// Two tensors, and a tensor with a scalar or a number, on either side, by value, by reference and assigning.
#[test]
fn tensors_with_tensors_scalars_and_numbers() {
    let tape = Tape::new();
    let (wide, row) = (
        arr2(&[[7.5, 5.0], [-3.0, 9.25]]).into_dyn(),
        arr1(&[2.0, -4.0]).into_dyn(),
    );
    let (x, z, a, c) = (
        tape.tensor(&wide),
        tape.tensor(&row),
        tape.var(2.0),
        Var::from(2.0),
    );
    let two = arr0(2.0).into_dyn();
    macro_rules! check {
        ($op:tt $assign:tt) => {{
            let want = expected_arrays(stringify!($op), &wide, &row);
            let mut assigned = x;
            assigned $assign z;
            let mut by_reference = x;
            by_reference $assign &z;
            for y in [x $op z, &x $op z, x $op &z, &x $op &z, assigned, by_reference] {
                assert_array(y, &want, [Some(x), Some(z)], [None, None]);
            }
            let [value, dz, dx] = &expected_arrays(stringify!($op), &row, &wide);
            assert_array(z $op x, &[value.clone(), dz.clone(), dx.clone()], [Some(z), Some(x)], [None, None]);

            let want = expected_arrays(stringify!($op), &wide, &two);
            let (mut s, mut t) = (x, x);
            s $assign a;
            t $assign &a;
            for y in [x $op a, &x $op a, x $op &a, &x $op &a, s, t] {
                assert_array(y, &want, [Some(x), None], [None, Some(a)]);
            }
            let (mut s, mut t, mut u, mut v) = (x, x, x, x);
            s $assign c;
            t $assign 2.0;
            u $assign &2.0;
            v $assign 2;
            for y in [x $op 2.0, &x $op 2.0, x $op &2.0, x $op 2, x $op c, &x $op &c, x $op Lit(2.0), s, t, u, v] {
                assert_array(y, &want, [Some(x), None], [None, None]);
            }
            let want = expected_arrays(stringify!($op), &two, &wide);
            for y in [a $op x, &a $op x, a $op &x, &a $op &x] {
                assert_array(y, &want, [None, Some(x)], [Some(a), None]);
            }
            for y in [2.0 $op x, 2.0 $op &x, 2 $op x, 2 $op &x, c $op x, &c $op &x, Lit(2.0) $op x] {
                assert_array(y, &want, [None, Some(x)], [None, None]);
            }
            // The same tensor twice.
            let [value, da, db] = expected_arrays(stringify!($op), &wide, &wide);
            assert_array(x $op x, &[value, &da + &db, db], [Some(x), None], [None, None]);
        }};
    }
    each_operator!(check);
    assert_eq!((-x).value(), -&wide);
    assert_eq!(
        (-&x).sum().backward().wrt(x),
        ArrayD::from_elem(wide.raw_dim(), -1.0)
    );
}

/// A plain array `p` beside a tensor and beside a scalar, owned and by reference, on either side.
fn beside<D: Dimension>(p: &Array<f64, D>) {
    let tape = Tape::new();
    let wide = arr3(&[[[7.5, 5.0], [-3.0, 9.25]], [[1.5, -6.0], [4.75, 2.5]]]).into_dyn();
    let (x, a) = (tape.tensor(&wide), tape.var(6.5));
    let (plain, number) = (p.clone().into_dyn(), arr0(6.5).into_dyn());
    let (view, shared): (ArrayView<f64, D>, ArcArray<f64, D>) = (p.view(), p.to_shared());
    let cow: CowArray<f64, D> = CowArray::from(p.view());
    macro_rules! check {
        ($op:tt $assign:tt) => {{
            let want = expected_arrays(stringify!($op), &wide, &plain);
            let (mut s, mut t, mut u) = (x, x, x);
            s $assign p;
            t $assign p.clone();
            u $assign p.view();
            for y in [
                x $op p, &x $op p, x $op p.clone(), &x $op p.clone(), x $op p.view(), x $op &view, x $op &shared,
                x $op shared.clone(), x $op &cow, s, t, u,
            ] {
                assert_array(y, &want, [Some(x), None], [None, None]);
            }
            let want = expected_arrays(stringify!($op), &plain, &wide);
            for y in [
                p $op x, p $op &x, p.clone() $op x, p.clone() $op &x, p.view() $op x, &view $op &x, &shared $op x,
                cow.clone() $op x,
            ] {
                assert_array(y, &want, [None, Some(x)], [None, None]);
            }
            let want = expected_arrays(stringify!($op), &number, &plain);
            for y in [a $op p, a $op p.clone(), a $op p.view(), a $op &view, a $op &shared] {
                assert_array(y, &want, [None, None], [Some(a), None]);
            }
            let want = expected_arrays(stringify!($op), &plain, &number);
            for y in [p $op a, p.clone() $op a, p.view() $op a, &view $op a, &shared $op a] {
                assert_array(y, &want, [None, None], [None, Some(a)]);
            }
        }};
    }
    each_operator!(check);
}

/// Plain arrays and views of no to three axes and of dynamic dimension, broadcast as they come.
#[test]
fn tensors_and_scalars_with_plain_arrays() {
    beside::<ndarray::Ix0>(&Array0::from_elem((), 2.0));
    beside(&arr1(&[2.0, -4.0]));
    beside(&arr2(&[[2.0, -4.0], [0.5, 8.0]]));
    beside(&arr2(&[[2.0], [0.5]]));
    beside(&arr3(&[[[2.0, -4.0]], [[0.5, 8.0]]]));
    beside(&arr2(&[[2.0, -4.0]]).into_dyn());
    // Views that are not contiguous, and walk backwards.
    let stored = Array2::from_shape_fn((4, 3), |(i, j)| 1.5 + (i * 3 + j) as f64);
    let (tape, back) = (Tape::new(), stored.slice(ndarray::s![..;-2, 1..]));
    let x = tape.tensor(&arr2(&[[7.5, 5.0], [-3.0, 9.25]]));
    assert_eq!((x - back).value(), (&x.value() - &back).into_dyn());
    assert_eq!((back.t() / x).value(), (&back.t() / &x.value()).into_dyn());
    assert_eq!((x * back).sum().backward().wrt(x), back.into_dyn());
}
