//! A function as the checks see it: flat lists of `f64`, whatever it takes and returns. What is generic in the function and
//! in the element type is here, and as little as possible: it is compiled in the user's crate.

use super::report::Site;
use crate::grad::{Leaf, Output, Tree};
use crate::sweep::Part;
use crate::tape::pinned::Pinned;
use crate::{Backward, Forward, Gradients, Real, Tape, Var};
use ndarray::ArrayViewD;
use std::borrow::{Borrow, BorrowMut};

/// A function that can be recorded at any point.
pub(super) trait Program<'t> {
    fn record(&self, x: &[f64]) -> Box<dyn Record<'t> + 't>;
}

/// A function recorded at a point, on a tape of its own.
pub(super) trait Record<'t> {
    fn inputs(&self) -> Vec<Site>;
    fn outputs(&self) -> Vec<Site>;
    /// The results.
    fn value(&self) -> Vec<f64>;
    /// The largest number, infinities aside, that the results were computed from.
    fn largest(&self) -> f64;
    /// Jᵀ·w.
    fn vjp(&self, w: &[f64]) -> Vec<f64>;
    /// J·v.
    fn jvp(&self, v: &[f64]) -> Vec<f64>;
    /// The loss's gradient.
    fn gradient(&self, loss: &Loss) -> Vec<f64>;
    /// The loss's gradient and the products of its Hessian with each v, from the recorded gradient.
    fn by_recording(&self, loss: &Loss, v: &[Vec<f64>]) -> (Vec<f64>, Vec<Vec<f64>>);
    /// The same from sweeps in dual numbers.
    fn by_duals(&self, loss: &Loss, v: &[Vec<f64>]) -> (Vec<f64>, Vec<Vec<f64>>);
    /// What could be to blame for a wrong derivative, see [`culprit`](super::culprit).
    fn suspects(&self) -> Vec<super::culprit::Suspect>;
    /// The first op whose value is not that of the same op of another recording, though its operands' are.
    fn parting(&self, other: &dyn Record<'t>) -> Option<super::culprit::Suspect>;
    /// The bits of every array on the tape, and of every scalar, in the order of recording.
    fn trace(&self) -> Vec<Vec<u64>>;
}

/// A scalar function of the results: Σ wᵢ·(yᵢ + b·yᵢ²/2). The square makes a cotangent of yᵢ that varies with x, as in the
/// middle of a program.
#[derive(Debug)]
pub(super) struct Loss {
    pub(super) weights: Vec<f64>,
    pub(super) bend: f64,
}

/// A user's function of a tree.
pub(super) struct OfTree<'a, 't, X: Tree<'t> + ?Sized, F> {
    tapes: &'t Pinned<Tape<X::Elem>>,
    f: F,
    x: &'a X,
    /// The point on a tape that nothing else is recorded on: its handles say where numbers go.
    on: X::On,
    scratch: &'t Tape<X::Elem>,
}

impl<'a, 't, X, F> OfTree<'a, 't, X, F>
where
    X: Tree<'t> + ?Sized,
{
    pub(super) fn new(tapes: &'t Pinned<Tape<X::Elem>>, f: F, x: &'a X) -> Self {
        let scratch = tapes.push(Tape::default());
        let on = x.on(scratch);
        Self {
            tapes,
            f,
            x,
            on,
            scratch,
        }
    }

    /// The numbers of the point.
    pub(super) fn point(&self) -> Vec<f64> {
        let mut point = Vec::new();
        X::leaves(&self.on, &mut |leaf| numbers(leaf, &mut point));
        point
    }
}

impl<'t, X, F, O> Program<'t> for OfTree<'_, 't, X, F>
where
    X: Tree<'t, Sweep = Gradients<<X as Tree<'t>>::Elem>> + ?Sized,
    F: Fn(&'t Tape<X::Elem>, X::On) -> O,
    O: Output<'t, Elem = X::Elem>,
{
    fn record(&self, x: &[f64]) -> Box<dyn Record<'t> + 't> {
        // A tree with these numbers: what a sweep finds at a variable that nothing depends on is its own seed.
        let mut leaves = Vec::new();
        X::leaves(&self.on, &mut |leaf| leaves.push(leaf));
        let gradients = seed_backward(self.scratch, &leaves, x).sweep();
        let mut point = self.x.to_owned();
        point.borrow_mut().read(&self.on, &gradients);
        let point: &X = point.borrow();

        let tape = self.tapes.push(Tape::default().traced());
        let on = point.on(tape);
        let y = (self.f)(tape, on.clone());
        let (mut inputs, mut outputs) = (Ends::default(), Ends::default());
        X::leaves(&on, &mut |leaf| inputs.leaves.push(leaf));
        X::paths(&on, "", &mut |path| inputs.paths.push(path));
        y.leaves(&mut |leaf| {
            assert!(leaf.is_on(tape), "gradcheck: f returned a value of another tape");
            outputs.leaves.push(leaf);
        });
        y.paths("", &mut |path| outputs.paths.push(path));
        Box::new(Recording::new(tape, inputs, outputs))
    }
}

/// Handles, and what they are called.
pub(super) struct Ends<'t, T: Real> {
    pub(super) leaves: Vec<Leaf<'t, T>>,
    pub(super) paths: Vec<String>,
}

impl<T: Real> Default for Ends<'_, T> {
    fn default() -> Self {
        let (leaves, paths) = (Vec::new(), Vec::new());
        Self { leaves, paths }
    }
}

impl<T: Real> Ends<'_, T> {
    fn sites(&self) -> Vec<Site> {
        let paths = self.paths.iter().map(String::as_str).chain(std::iter::repeat(""));
        let sites = self.leaves.iter().zip(paths).map(|(leaf, path)| Site {
            path: path.to_owned(),
            shape: match leaf {
                Leaf::Var(_) => None,
                Leaf::Tensor(x) => Some(x.shape().to_vec()),
            },
        });
        sites.collect()
    }
}

/// A recorded function: see [`Record`].
pub(super) struct Recording<'t, T: Real> {
    pub(super) tape: &'t Tape<T>,
    pub(super) inputs: Ends<'t, T>,
    pub(super) outputs: Ends<'t, T>,
    /// What f has recorded.
    pub(super) part: Part,
}

/// Appends the values at a handle.
fn numbers<T: Real>(leaf: Leaf<'_, T>, out: &mut Vec<f64>) {
    match leaf {
        Leaf::Var(x) => out.push(wide(x.value())),
        Leaf::Tensor(x) => out.extend(x.value().iter().map(|&x| wide(x))),
    }
}

pub(super) fn wide<T: Real>(x: T) -> f64 {
    x.to_f64().unwrap_or(f64::NAN)
}

/// Numbers for each handle, in their order.
fn shared<'t, 'n, T: Real>(leaves: &[Leaf<'t, T>], numbers: &'n [f64]) -> Vec<(Leaf<'t, T>, Vec<T>)> {
    let mut rest = numbers.iter().map(|&x| T::lit(x));
    let share = |leaf: &Leaf<'t, T>| {
        let n = match leaf {
            Leaf::Var(_) => 1,
            Leaf::Tensor(x) => x.value().len(),
        };
        (*leaf, rest.by_ref().take(n).collect())
    };
    leaves.iter().map(share).collect()
}

/// An array of a tensor's shape.
fn like<'n, T: Real>(x: &crate::Tensor<'_, T>, numbers: &'n [T]) -> ArrayViewD<'n, T> {
    ArrayViewD::from_shape(x.shape(), numbers).expect("a number for each element")
}

fn seed_backward<'t, T: Real>(tape: &'t Tape<T>, leaves: &[Leaf<'t, T>], w: &[f64]) -> Backward<'t, T> {
    let leaves = shared(leaves, w).into_iter();
    leaves.fold(tape.backward(), |backward, (leaf, w)| match leaf {
        Leaf::Var(x) if x.is_tracked() => backward.seed(x, w[0]),
        Leaf::Var(_) => backward,
        Leaf::Tensor(x) => backward.seed_array(x, &like(&x, &w)),
    })
}

fn seed_forward<'t, T: Real>(tape: &'t Tape<T>, leaves: &[Leaf<'t, T>], v: &[f64]) -> Forward<'t, T> {
    let leaves = shared(leaves, v).into_iter();
    leaves.fold(tape.forward(), |forward, (leaf, v)| match leaf {
        Leaf::Var(x) if x.is_tracked() => forward.seed(x, v[0]),
        Leaf::Var(_) => forward,
        Leaf::Tensor(x) => forward.seed_array(x, &like(&x, &v)),
    })
}

/// Σ vᵢ·xᵢ over all elements of all handles.
fn dot<'t, T: Real>(tape: &'t Tape<T>, leaves: &[Leaf<'t, T>], v: &[f64]) -> Var<'t, T> {
    let terms = shared(leaves, v).into_iter().map(|(leaf, v)| match leaf {
        Leaf::Var(x) => x * Var::from(v[0]),
        Leaf::Tensor(x) => (x * tape.constant(&like(&x, &v))).sum(),
    });
    terms.reduce(|a, b| a + b).unwrap_or_else(|| T::zero().into())
}

impl<'t, T: Real> Recording<'t, T> {
    pub(super) fn new(tape: &'t Tape<T>, inputs: Ends<'t, T>, outputs: Ends<'t, T>) -> Self {
        let part = Part::whole(tape);
        Self {
            tape,
            inputs,
            outputs,
            part,
        }
    }

    fn read(&self, gradients: &Gradients<T>) -> Vec<f64> {
        let mut found = Vec::new();
        self.inputs
            .leaves
            .iter()
            .for_each(|x| x.gradient(gradients, &mut found));
        found.into_iter().map(wide).collect()
    }

    fn loss(&self, loss: &Loss) -> Var<'t, T> {
        let half = T::lit(0.5 * loss.bend);
        let bent = self.outputs.leaves.iter().map(|y| match y {
            Leaf::Var(y) => Leaf::Var(*y + *y * *y * Var::from(half)),
            Leaf::Tensor(y) => Leaf::Tensor(*y + *y * *y * Var::from(half)),
        });
        dot(self.tape, &bent.collect::<Vec<_>>(), &loss.weights)
    }

    fn zeros(&self) -> Vec<f64> {
        let mut zeros = Vec::new();
        self.inputs.leaves.iter().for_each(|&x| numbers(x, &mut zeros));
        zeros.iter().map(|_| 0.0).collect()
    }
}

impl<'t, T: Real> Record<'t> for Recording<'t, T> {
    fn inputs(&self) -> Vec<Site> {
        self.inputs.sites()
    }
    fn outputs(&self) -> Vec<Site> {
        self.outputs.sites()
    }

    fn value(&self) -> Vec<f64> {
        let mut value = Vec::new();
        self.outputs.leaves.iter().for_each(|&y| numbers(y, &mut value));
        value
    }

    fn largest(&self) -> f64 {
        let nodes = self
            .part
            .nodes
            .clone()
            .map(|id| self.tape.arrays().get(id).value());
        let mut largest = 0.0_f64;
        let mut look = |x: T| {
            if x.is_finite() {
                largest = largest.max(wide(x.abs()));
            }
        };
        nodes.for_each(|value| value.view().iter().for_each(|&x| look(x)));
        let scalars = self.tape.scalars().trace();
        let scalars = scalars.iter().flat_map(|trace| trace.iter());
        scalars.for_each(|op| look(op.value));
        largest
    }

    fn vjp(&self, w: &[f64]) -> Vec<f64> {
        self.read(&seed_backward(self.tape, &self.outputs.leaves, w).sweep())
    }

    fn jvp(&self, v: &[f64]) -> Vec<f64> {
        let tangents = seed_forward(self.tape, &self.inputs.leaves, v).sweep();
        let mut found = Vec::new();
        self.outputs
            .leaves
            .iter()
            .for_each(|y| y.tangent(&tangents, &mut found));
        found.into_iter().map(wide).collect()
    }

    fn gradient(&self, loss: &Loss) -> Vec<f64> {
        let loss = self.loss(loss);
        match loss.is_tracked() {
            true => self.read(&loss.backward()),
            false => self.zeros(),
        }
    }

    fn by_recording(&self, loss: &Loss, v: &[Vec<f64>]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let loss = self.loss(loss);
        if !loss.is_tracked() {
            return (self.zeros(), vec![self.zeros(); v.len()]);
        }
        let recorded = loss.backward_recorded();
        let slope = |x: &Leaf<'t, T>| match *x {
            Leaf::Var(x) => Leaf::Var(recorded.get(x).unwrap_or_else(|| T::zero().into())),
            Leaf::Tensor(x) => Leaf::Tensor(recorded.get(x).unwrap_or_else(|| x.zeros())),
        };
        let slopes: Vec<Leaf<'t, T>> = self.inputs.leaves.iter().map(slope).collect();
        let mut values = Vec::new();
        slopes.iter().for_each(|&g| numbers(g, &mut values));
        let product = |v: &Vec<f64>| {
            let along = dot(self.tape, &slopes, v);
            match along.is_tracked() {
                true => self.read(&along.backward()),
                false => self.zeros(),
            }
        };
        let products = v.iter().map(product).collect();
        (values, products)
    }

    fn by_duals(&self, loss: &Loss, v: &[Vec<f64>]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let loss = self.loss(loss);
        let mut values = self.zeros();
        let mut products = vec![self.zeros(); v.len()];
        if loss.is_tracked() {
            for (v, product) in v.iter().zip(&mut products) {
                let tangents = seed_forward(self.tape, &self.inputs.leaves, v).sweep();
                let (gradient, change) = loss.backward_along(&tangents);
                values = self.read(&gradient);
                *product = self.read(&change);
            }
        }
        (values, products)
    }

    fn suspects(&self) -> Vec<super::culprit::Suspect> {
        super::culprit::suspects(self)
    }
    fn parting(&self, other: &dyn Record<'t>) -> Option<super::culprit::Suspect> {
        super::culprit::parting(self, &other.trace())
    }
    fn trace(&self) -> Vec<Vec<u64>> {
        super::culprit::trace(self)
    }
}
