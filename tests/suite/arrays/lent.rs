//! Arrays that are lent to a tape: nothing but time and memory tells them from arrays that were copied.

use crate::common::inputs::irregular;
use ndarray::{
    ArcArray, ArcArray1, ArcArray2, ArcArrayD, ArrayBase, Axis, CowArray, Dimension, arr0, arr1, arr2, s,
};
use std::any::Any;
use std::thread;
use wengert::error::{Dims, ShapeError};
use wengert::nn::{Activation, Mlp, cross_entropy};
use wengert::ops::{ArrayOp, ArrayRule};
use wengert::optim::{Adam, Optimizer};
use wengert::{ArrayValue, Dense, Real, Storage, Tape, Tensor, Term, Var};

fn matrix() -> ArcArray2<f64> {
    arr2(&[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).into()
}

/// Whether an array's own memory is what a tape reads; its value, its gradient and its shape are right either way.
#[track_caller]
fn is_lent<S: Storage<Elem = f64>, D: Dimension>(array: &ArrayBase<S, D>) -> bool {
    let tape = Tape::new();
    let want = array.to_owned().into_dyn();
    let (x, c, plain) = (tape.tensor(array), tape.constant(array), Dense::from(array));
    let addresses = [x.value().as_ptr(), c.value().as_ptr(), plain.view().as_ptr()];
    for value in [x.value(), c.value(), plain.view()] {
        assert_eq!(value, want);
    }
    assert_eq!(x.square().sum().backward().wrt(x), &want * 2.0);
    assert_eq!((x * array).sum().backward_recorded().wrt(x).value(), want);
    let lent = addresses.map(|address| address == array.as_ptr());
    assert!(lent == [true; 3] || lent == [false; 3]);
    lent[0]
}

#[test]
fn what_is_lent_and_what_is_copied() {
    let a = matrix();
    assert!(is_lent(&a) && is_lent(&a.clone().into_dyn()));
    assert!(is_lent(&arr0(2.0).into_shared()));
    assert!(is_lent(&ArcArray::<f64, _>::ones((2, 1, 2, 1, 2, 1))));
    // A part that lies in order, which begins further on.
    assert!(is_lent(&a.clone().slice_move(s![1.., ..])));
    assert!(is_lent(&a.clone().slice_move(s![1, 1..])));
    // What does not lie in order, or is not there.
    assert!(!is_lent(&a.clone().reversed_axes()));
    assert!(!is_lent(&a.clone().slice_move(s![.., 1..])));
    assert!(!is_lent(&a.clone().slice_move(s![..;-1, ..])));
    is_lent(&ArcArray2::<f64>::zeros((0, 3)));
    is_lent(&ArcArray2::<f64>::zeros((3, 0)));
    // Other storages.
    assert!(!is_lent(&a.to_owned()) && !is_lent(&a.view()) && !is_lent(&a.to_owned().view_mut()));
    assert!(!is_lent(&CowArray::from(a.view())) && !is_lent(&CowArray::from(a.to_owned())));
}

/// Whoever writes to an array that a tape holds gets another; what the tape has let go of is written to in place.
#[test]
fn writing_elsewhere_is_not_seen() {
    let (mut a, before) = (matrix(), matrix().to_owned());
    let mut tape = Tape::new();
    let x = tape.tensor(&a);
    let y = x.square();
    let lent = a.as_ptr();
    a.fill(100.0);
    assert_ne!(a.as_ptr(), lent);
    assert_eq!(x.value(), before.clone().into_dyn());
    assert_eq!(y.sum().backward().wrt(x), (&before * 2.0).into_dyn());
    // Both versions on one tape.
    let z = tape.tensor(&a);
    let gradients = (x * z).sum().backward();
    assert_eq!(gradients.wrt(z), before.into_dyn());
    assert_eq!(gradients.wrt(x), a.to_owned().into_dyn());
    drop(gradients);
    tape.clear();
    let own = a.as_ptr();
    a.fill(0.0);
    assert_eq!(a.as_ptr(), own);
}

/// An array that nobody but the tape holds any more; on another thread, and let go of there.
#[test]
fn the_tape_may_be_the_last_owner() {
    let a = matrix();
    let twice = (&a * 2.0).into_dyn();
    let mut tape = Tape::new();
    let (place, found) = {
        let x = tape.tensor(&a);
        (a.as_ptr() as usize, x.square().sum().backward().wrt(x).to_owned())
    };
    assert_eq!(found, twice);
    let other = a.clone();
    drop(a);
    let tape = thread::spawn(move || {
        let x = tape.tensor(&other);
        drop(other);
        assert_eq!(x.value().as_ptr() as usize, place);
        assert_eq!(x.square().sum().backward().wrt(x), twice);
        tape.clear();
        tape
    });
    assert_eq!(tape.join().expect("no panic").stats().array_ops, 0);
}

/// Gradients are no part of the tape: they stay when it is cleared, and its memory is not theirs.
#[test]
fn gradients_outlive_a_clear() {
    let (a, b) = (matrix(), arr2(&[[0.5], [2.0], [-1.0]]).into_shared());
    let mut tape = Tape::new();
    let (x, y) = (tape.tensor(&a), tape.tensor(&b));
    let gradients = (x.matmul(&y) + y.sum()).sum().backward();
    let found = [gradients.wrt(x), gradients.wrt(y)];
    tape.clear();
    let z = tape.tensor(&a).exp().sum();
    assert!(z.value() > 0.0);
    assert_eq!(found[0], arr2(&[[0.5, 2.0, -1.0], [0.5, 2.0, -1.0]]).into_dyn());
    assert_eq!(found[1], arr2(&[[7.0], [9.0], [11.0]]).into_dyn());
}

/// In the plain reading, whatever becomes of its terms.
#[test]
fn plain_values_are_not_written_to() {
    let a = matrix();
    let lent = || Term::new(Dense::from(&a));
    let y = (lent() + 1.0) * lent();
    assert_eq!(y.inner().view(), (&(&a + 1.0) * &a).into_dyn());
    let y = lent().cumsum(1);
    let want = arr2(&[[1.0, 3.0, 6.0], [4.0, 9.0, 15.0]]).into_dyn();
    assert_eq!(y.inner().view(), want);
    assert_eq!(a, matrix());
}

/// An op that gives an array of its own, whatever it is given: as its value, and as its cotangent.
#[derive(Clone, Debug)]
struct Own(ArcArrayD<f64>);

impl From<Own> for ArrayOp {
    fn from(op: Own) -> Self {
        Self::custom(op)
    }
}

impl ArrayRule for Own {
    fn name(&self) -> &str {
        "own"
    }
    fn shape(&self, x: &[&[usize]]) -> Result<Dims, ShapeError> {
        Ok(x[0].into())
    }
    fn forward<T: Real>(&self, _: &[&Dense<T>]) -> Dense<T> {
        let own = (&self.0 as &dyn Any).downcast_ref::<ArcArrayD<T>>();
        Dense::from(own.expect("the op is for f64"))
    }
    fn vjp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, g: &Term<V>) -> Term<V> {
        Term::apply(self.clone(), &[g])
    }
    fn jvp<V: ArrayValue>(&self, _: usize, _: &[&Term<V>], _: &Term<V>, t: &Term<V>) -> Term<V> {
        Term::apply(self.clone(), &[t])
    }
}

/// The sweep adds to a cotangent in place where it holds it alone; not where it is lent. An array, an element, a part and a
/// product are added to it, each as the first.
#[test]
fn cotangents_that_are_lent() {
    let a = matrix().into_dyn();
    let others: [for<'t> fn(Tensor<'t>) -> Var<'t>; 4] = [
        |x| (x * 2.0).sum(),
        |x| x.at([1, 2]) * 2.0,
        |x| x.slice(s![1.., ..]).sum() * 2.0,
        |x| x.detach().t().matmul(&x).sum(),
    ];
    for other in others {
        let tape = Tape::new();
        let x = tape.tensor(&a);
        let before = other(x);
        let own = before.backward().wrt(x).to_owned();
        let y = before + Term::apply(Own(a.clone()), &[&x]).sum();
        assert_eq!(y.backward().wrt(x), &own + &a);
        assert_eq!(a, matrix().into_dyn());
    }
}

/// A seed that is the value itself, and cotangents that are: sums of them are not made in lent memory.
#[test]
fn cotangents_that_are_values() {
    let (a, n) = (matrix(), arr1(&[3.0]).into_shared());
    let tape = Tape::new();
    let (x, n) = (tape.tensor(&a), tape.tensor(&n));
    let y = x + x + x * n + x.detach() * x;
    let gradients = y.backward_with(&a);
    assert_eq!(gradients.wrt(x), (&a * 5.0 + &a * &a).into_dyn());
    let total = y.sum();
    let tangents = tape.forward().seed_array(x, &a).sweep();
    assert_eq!(tangents.of(y), (&a * 5.0 + &a * &a).into_dyn());
    let (gradients, change) = total.backward_along(&tangents);
    assert_eq!(gradients.wrt(x), (&a + 5.0).into_dyn());
    assert_eq!(change.wrt(x), ArcArrayD::zeros(vec![2, 3]));
    assert_eq!(a, matrix());
}

/// Parameters that are changed while the tape holds them are copied: the same network comes out, bit for bit, whether the tape
/// is cleared before the optimiser's step or after.
#[test]
fn the_order_of_clear_and_step_does_not_matter() {
    let train = |clear_first: bool| {
        let mut model = Mlp::<f32>::new(&[5, 7, 3], Activation::Tanh, 1);
        let x = irregular(&[6, 5], 2).mapv(|x| x as f32).into_shared();
        let (mut tape, mut optimizer) = (Tape::default(), Adam::new(0.05));
        for _ in 0..5 {
            let net = model.on(&tape);
            let loss = cross_entropy(&net.forward(&tape.constant(&x)), &[0, 1, 2, 0, 1, 2]);
            let gradients = loss.backward();
            let (old, again) = (net.layers[0].weight, model.layers[0].weight.to_owned());
            if clear_first {
                let slopes = net.gradients(&gradients);
                tape.clear();
                optimizer.step(model.parameters_mut().zip(slopes));
            } else {
                let slopes = net.gradients(&gradients);
                optimizer.step(model.parameters_mut().zip(slopes));
                assert_eq!(old.value(), again.into_dyn());
                tape.clear();
            }
        }
        model
    };
    assert_eq!(train(true), train(false));
}

/// A layer is a tree, an `ArcArray` as well; a layer's copy shares its arrays until one of the two is changed.
#[test]
fn trees_of_lent_arrays() {
    let tape = Tape::new();
    let (w, b) = (matrix(), ArcArray1::from(vec![1.0, 2.0, 3.0]));
    let (gw, gb) = wengert::grad::grad(&tape, |(w, b)| (w * b).sum(), &(w.clone(), b.clone()));
    assert_eq!(gw, b.broadcast((2, 3)).expect("two rows"));
    assert_eq!(gb, w.sum_axis(Axis(0)));
    let model = Mlp::<f64>::new(&[2, 3], Activation::Tanh, 1);
    let mut copy = model.clone();
    copy.layers[0].weight[[0, 0]] += 1.0;
    assert_ne!(copy, model);
}

/// What is lent takes the tape no memory: not by its own account, and not against its limit.
#[test]
fn the_account() {
    let large = ArcArray1::<f64>::ones(100_000);
    let tape = Tape::new();
    let total = || tape.constant(&large).sum().value();
    assert_eq!(tape.within(50_000, total), Ok(100_000.0));
    assert!(tape.stats().array_bytes < 1_000, "{:?}", tape.stats());
    let copied = tape.within(50_000, || tape.constant(&large.view()).sum().value());
    assert!(copied.is_err());
}
