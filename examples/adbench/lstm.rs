//! The loss of a recurrent network that predicts characters, 14 bits each, and its gradient.
//!
//! A layer has gates that are diagonal: all operations are element by element. With x the input of a layer and h what it
//! said one character before,
//!
//!     f = σ(x⊙Wf + bf)    i = σ(h⊙Wi + bi)    o = σ(x⊙Wo + bo)    g = tanh(h⊙Wg + bg)
//!     c ← c⊙f + i⊙g       h ← o⊙tanh c
//!
//! and h is the input of the next layer. The first one's is the character times a weight; what the last one says gives
//! y = h⊙w + b, and the loss is −mean of s⊙(y − ln(2 + Σ eʸ)) with s the next character.

use super::data::{Derivative, Failure, Words, text};
use ndarray::{Array2, s};
use num_traits::Float;
use std::path::Path;
use wengert::grad::value_and_grad;
use wengert::{Tape, Tensor, Var};

pub(crate) struct Network {
    layers: usize,
    bits: usize,
    /// Two rows a layer, the weights and biases of the gates f, i, o, g.
    pub(crate) main: Array2<f64>,
    /// The weights of the input; the weights and the biases of the output.
    pub(crate) extra: Array2<f64>,
    /// Two rows a layer: h and c before the first character.
    pub(crate) state: Array2<f64>,
    /// A row of bits a character.
    pub(crate) text: Array2<f64>,
}

impl Network {
    pub(crate) fn read(folder: &Path, name: &str) -> Result<Self, Failure> {
        let text = text(folder, &format!("{name}.txt"))?;
        let mut words = Words::of(&text);
        let (layers, characters, bits) = (words.next()?, words.next()?, words.next()?);
        Ok(Self {
            layers,
            bits,
            main: words.matrix(2 * layers, 4 * bits)?,
            extra: words.matrix(3, bits)?,
            state: words.matrix(2 * layers, bits)?,
            text: words.matrix(characters, bits)?,
        })
    }

    /// All parameters, one after the other.
    pub(crate) fn parameters(&self) -> Vec<f64> {
        self.main.iter().chain(&self.extra).copied().collect()
    }

    /// The number of predictions, bit by bit.
    fn predictions(&self) -> f64 {
        ((self.text.nrows() - 1) * self.bits) as f64
    }

    /// The loss for numbers of any kind.
    pub(crate) fn loss<F: Float>(&self, parameters: &[F]) -> F {
        let b = self.bits;
        let number = |x: f64| F::from(x).expect("a number");
        let sigmoid = |x: F| F::one() / (F::one() + (-x).exp());
        let (main, extra) = parameters.split_at(8 * self.layers * b);
        let mut state: Vec<F> = self.state.iter().map(|&x| number(x)).collect();
        let (mut x, mut y) = (vec![F::zero(); b], vec![F::zero(); b]);
        let mut total = F::zero();
        for t in 0..self.text.nrows() - 1 {
            for k in 0..b {
                x[k] = number(self.text[[t, k]]) * extra[k];
            }
            for (parameters, state) in main.chunks(8 * b).zip(state.chunks_mut(2 * b)) {
                let (weights, biases) = parameters.split_at(4 * b);
                let (h, c) = state.split_at_mut(b);
                for k in 0..b {
                    let gate = |n: usize, x: F| x * weights[n * b + k] + biases[n * b + k];
                    let (f, i) = (sigmoid(gate(0, x[k])), sigmoid(gate(1, h[k])));
                    let (o, g) = (sigmoid(gate(2, x[k])), gate(3, h[k]).tanh());
                    c[k] = c[k] * f + i * g;
                    h[k] = o * c[k].tanh();
                    x[k] = h[k];
                }
            }
            let mut sum = number(2.0);
            for k in 0..b {
                y[k] = x[k] * extra[b + k] + extra[2 * b + k];
                sum = sum + y[k].exp();
            }
            let normaliser = sum.ln();
            for (&bit, &y) in self.text.row(t + 1).iter().zip(&y) {
                total = total + number(bit) * (y - normaliser);
            }
        }
        -total / number(self.predictions())
    }

    /// The loss for arrays, one layer after the other: its gates f and o depend on its input only, so they are computed for
    /// all characters at once; i and g character by character.
    pub(crate) fn loss_of_arrays<'t>(&self, tape: &'t Tape, main: Tensor<'t>, extra: Tensor<'t>) -> Var<'t> {
        let (b, steps) = (self.bits, self.text.nrows() - 1);
        let mut x = tape.constant(&self.text.slice(s![..-1, ..])) * extra.slice(s![0, ..]);
        for layer in 0..self.layers {
            let part = |row: usize, n: usize| main.slice(s![row, n * b..(n + 1) * b]);
            let [wf, wi, wo, wg] = [0, 1, 2, 3].map(|n| part(2 * layer, n));
            let [bf, bi, bo, bg] = [0, 1, 2, 3].map(|n| part(2 * layer + 1, n));
            let f = (x * wf + bf).sigmoid().split(steps, 0);
            let o = (x * wo + bo).sigmoid().split(steps, 0);
            let row = |n: usize| tape.constant(&self.state.slice(s![n..=n, ..]));
            let (mut h, mut c) = (row(2 * layer), row(2 * layer + 1));
            let mut said = Vec::with_capacity(steps);
            for (f, o) in f.iter().zip(o) {
                let (i, g) = ((h * wi + bi).sigmoid(), (h * wg + bg).tanh());
                c = c * f + i * g;
                h = o * c.tanh();
                said.push(h);
            }
            x = Tensor::concat(&said, 0);
        }
        self.loss_of(tape, x, extra)
    }

    /// The loss for both at once: what is the same for all characters as arrays, the recurrence as scalars, since each bit
    /// depends on nothing but itself one character before.
    pub(crate) fn loss_of_both<'t>(&self, tape: &'t Tape, main: Tensor<'t>, extra: Tensor<'t>) -> Var<'t> {
        let (b, steps) = (self.bits, self.text.nrows() - 1);
        let mut x = tape.constant(&self.text.slice(s![..-1, ..])) * extra.slice(s![0, ..]);
        for layer in 0..self.layers {
            let part = |row: usize, n: usize| main.slice(s![row, n * b..(n + 1) * b]);
            let [wf, wi, wo, wg] = [0, 1, 2, 3].map(|n| part(2 * layer, n));
            let [bf, bi, bo, bg] = [0, 1, 2, 3].map(|n| part(2 * layer + 1, n));
            let f = (x * wf + bf).sigmoid().iter();
            let o = (x * wo + bo).sigmoid().iter();
            let [wi, bi, wg, bg] = [wi, bi, wg, bg].map(|x| x.to_vars());
            let start = |row: usize| self.state.row(row).mapv(Var::from).to_vec();
            let (mut h, mut c) = (start(2 * layer), start(2 * layer + 1));
            let mut said = Vec::with_capacity(steps * b);
            for (k, (f, o)) in (0..b).cycle().zip(f.zip(o)) {
                let (i, g) = ((h[k] * wi[k] + bi[k]).sigmoid(), (h[k] * wg[k] + bg[k]).tanh());
                c[k] = c[k] * f + i * g;
                h[k] = o * c[k].tanh();
                said.push(h[k]);
            }
            x = tape.stack(&said).reshape([steps, b]);
        }
        self.loss_of(tape, x, extra)
    }

    /// The loss of what the last layer says.
    fn loss_of<'t>(&self, tape: &'t Tape, x: Tensor<'t>, extra: Tensor<'t>) -> Var<'t> {
        let y = x * extra.slice(s![1, ..]) + extra.slice(s![2, ..]);
        let normaliser = (2 + y.exp().sum_keep([1])).ln();
        let next = tape.constant(&self.text.slice(s![1.., ..]));
        -(next * (y - normaliser)).sum() / self.predictions()
    }

    /// The gradient by scalars.
    pub(crate) fn by_scalars(&self, tape: &mut Tape) -> Derivative {
        tape.clear();
        let point = self.parameters();
        let (value, gradient) = value_and_grad(tape, |p: Vec<Var>| self.loss(&p), &point);
        Derivative::gradient(value, gradient)
    }

    /// The gradient by arrays.
    pub(crate) fn by_arrays(&self, tape: &mut Tape) -> Derivative {
        self.by(tape, |tape, main, extra| self.loss_of_arrays(tape, main, extra))
    }

    /// The gradient by arrays and scalars.
    pub(crate) fn by_both(&self, tape: &mut Tape) -> Derivative {
        self.by(tape, |tape, main, extra| self.loss_of_both(tape, main, extra))
    }

    fn by(
        &self,
        tape: &mut Tape,
        f: impl for<'t> Fn(&'t Tape, Tensor<'t>, Tensor<'t>) -> Var<'t>,
    ) -> Derivative {
        tape.clear();
        let (main, extra) = (tape.tensor(&self.main), tape.tensor(&self.extra));
        let loss = f(tape, main, extra);
        let gradients = loss.backward();
        let parts = [main, extra].map(|part| gradients.wrt(part));
        let gradient = parts.iter().flatten().copied().collect();
        Derivative::gradient(loss.value(), gradient)
    }
}
