//! Convolution and its transpose, against nested loops. Whole numbers, so that everything is exact in `f32` as well.

use super::whole;
use crate::common::inputs::{cast, draw, irregular};
use crate::common::{Tally, check};
use ndarray::{ArrayD, IxDyn, s};
use proptest::prelude::*;
use wengert::ops::conv::Convolution;
use wengert::{Real, Tape, Tensor};

/// A convolution of images: numbers of images, of groups, of channels and outputs a group; per axis the extent, the kernel's,
/// and how it moves. Signals are images of height 1.
#[derive(Debug, Clone)]
struct Case {
    n: usize,
    groups: usize,
    c: usize,
    o: usize,
    extent: [usize; 2],
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    dilation: [usize; 2],
}

impl Case {
    fn options(&self) -> Convolution<2> {
        let options = Convolution::default().stride(self.stride).padding(self.padding);
        options.dilation(self.dilation).groups(self.groups)
    }
    fn line(&self) -> Convolution<1> {
        let options = Convolution::default()
            .stride([self.stride[1]])
            .padding([self.padding[1]]);
        options.dilation([self.dilation[1]]).groups(self.groups)
    }
    /// The number of windows along an axis: one after the other until the next would not fit.
    fn count(&self, i: usize) -> usize {
        let padded = self.extent[i] + 2 * self.padding[i];
        let last = |at: usize| at + self.dilation[i] * (self.kernel[i] - 1);
        (0..padded)
            .step_by(self.stride[i])
            .take_while(|&at| last(at) < padded)
            .count()
    }
    fn image(&self) -> [usize; 4] {
        [self.n, self.groups * self.c, self.extent[0], self.extent[1]]
    }
    fn weight(&self) -> [usize; 4] {
        [self.groups * self.o, self.c, self.kernel[0], self.kernel[1]]
    }
    fn result(&self) -> [usize; 4] {
        [self.n, self.groups * self.o, self.count(0), self.count(1)]
    }
    /// Calls `f` with the indices (image, weight, result) of every product that a convolution adds up.
    fn each(&self, mut f: impl FnMut([usize; 4], [usize; 4], [usize; 4])) {
        let place = |i: usize, window: usize, k: usize| {
            let at = (window * self.stride[i] + k * self.dilation[i]).checked_sub(self.padding[i])?;
            (at < self.extent[i]).then_some(at)
        };
        for y in crate::common::inputs::indices(&self.result()) {
            let group = y[1] / self.o;
            for k in crate::common::inputs::indices(&[self.c, self.kernel[0], self.kernel[1]]) {
                if let (Some(row), Some(column)) = (place(0, y[2], k[1]), place(1, y[3], k[2])) {
                    let x = [y[0], group * self.c + k[0], row, column];
                    f(x, [y[1], k[0], k[1], k[2]], [y[0], y[1], y[2], y[3]]);
                }
            }
        }
    }
    /// `Σ a·b` where the sum goes to: 0 the image, 1 the weight, 2 the result; a and b are the other two.
    fn sums(&self, to: usize, a: &ArrayD<f64>, b: &ArrayD<f64>) -> ArrayD<f64> {
        let mut out = ArrayD::zeros(IxDyn(&[self.image(), self.weight(), self.result()][to]));
        self.each(|x, w, y| {
            let (at, i, j) = match to {
                0 => (x, w, y),
                1 => (w, x, y),
                _ => (y, x, w),
            };
            out[at] += a[i] * b[j];
        });
        out
    }
}

/// Two operands of a bilinear function, and its value against `g`, by loops: sums for the value, for each operand's
/// cotangent, and for the second derivatives. `sums(k, a, b)` adds to operand k (2: the result) products of the others.
fn bilinear<T: Real>(
    name: &str,
    [a, b, g]: [&ArrayD<f64>; 3],
    sums: impl Fn(usize, &ArrayD<f64>, &ArrayD<f64>) -> ArrayD<f64>,
    f: impl for<'t> Fn(Tensor<'t, T>, Tensor<'t, T>) -> Tensor<'t, T>,
) {
    let tape = Tape::<T>::default();
    let [x, w, t] = [a, b, g].map(|x| tape.tensor(&cast::<T>(x)));
    let y = f(x, w);
    assert_eq!(y.value(), cast::<T>(&sums(2, a, b)), "{name}: value");
    let loss = (y * t).sum();
    let plain = loss.backward();
    let recorded = loss.backward_recorded();
    let (of_a, of_b) = (cast::<T>(&sums(0, b, g)), cast::<T>(&sums(1, a, g)));
    assert_eq!(plain.wrt(x), of_a, "{name}: left");
    assert_eq!(plain.wrt(w), of_b, "{name}: right");
    assert_eq!(recorded.wrt(x).value(), of_a, "{name}: left, recorded");
    assert_eq!(recorded.wrt(w).value(), of_b, "{name}: right, recorded");
    let (u, v) = (whole(a.shape(), 3), whole(b.shape(), 4));
    let along = (recorded.wrt(x) * cast::<T>(&u)).sum() + (recorded.wrt(w) * cast::<T>(&v)).sum();
    let second = along.backward();
    assert_eq!(
        second.wrt(x),
        cast::<T>(&sums(0, &v, g)),
        "{name}: second order, left"
    );
    assert_eq!(
        second.wrt(w),
        cast::<T>(&sums(1, &u, g)),
        "{name}: second order, right"
    );
    let of_g = sums(2, &u, b) + sums(2, a, &v);
    assert_eq!(second.wrt(t), cast::<T>(&of_g), "{name}: second order, cotangent");
}

/// A convolution, its transpose (the result and the image change places), and both of signals where the height is 1.
fn examine(case: &Case, flat: bool) {
    let name = format!("{case:?}");
    let [image, weight, result] = [case.image(), case.weight(), case.result()];
    let [x, w, y] = [&image, &weight, &result].map(|shape| whole(shape, shape[3] + 1));
    let forth = |to: usize, a: &ArrayD<f64>, b: &ArrayD<f64>| case.sums(to, a, b);
    // Of the transpose, the left operand is a result and the sum an image; products are given in the same order.
    let back = |to: usize, a: &ArrayD<f64>, b: &ArrayD<f64>| match to {
        0 => case.sums(2, b, a),
        1 => case.sums(1, b, a),
        _ => case.sums(0, b, a),
    };
    let rest = [0, 1].map(|i| {
        let reach = (case.count(i) - 1) * case.stride[i] + case.dilation[i] * (case.kernel[i] - 1) + 1;
        (case.extent[i] + 2 * case.padding[i]) - reach
    });
    if flat {
        let drop = |x: &ArrayD<f64>| x.clone().remove_axis(ndarray::Axis(2));
        let lift = |x: &ArrayD<f64>| x.clone().insert_axis(ndarray::Axis(2));
        let [x, w, y] = [&x, &w, &y].map(drop);
        let options = case.line();
        bilinear::<f64>(
            &name,
            [&x, &w, &y],
            |k, a, b| drop(&forth(k, &lift(a), &lift(b))),
            |x, w| x.conv1d(&w, options),
        );
        let options = options.output_padding([rest[1]]);
        let sums = |k: usize, a: &ArrayD<f64>, b: &ArrayD<f64>| drop(&back(k, &lift(a), &lift(b)));
        bilinear::<f32>(&name, [&y, &w, &x], sums, |y, w| y.conv_transpose1d(&w, options));
    } else {
        let options = case.options();
        bilinear::<f64>(&name, [&x, &w, &y], forth, |x, w| x.conv2d(&w, options));
        bilinear::<f32>(&name, [&x, &w, &y], forth, |x, w| x.conv2d(&w, options));
        let options = options.output_padding(rest);
        bilinear::<f64>(&name, [&y, &w, &x], back, |y, w| y.conv_transpose2d(&w, options));
    }
}

/// Any convolution: the extents leave between one and six windows or so.
fn cases() -> impl Strategy<Value = Case> {
    let pair = |low: usize, high: usize| [low..=high, low..=high];
    let sizes = (1_usize..=3, 1_usize..=3, 1_usize..=3, 1_usize..=3);
    (sizes, pair(1, 3), pair(1, 3), pair(0, 3), pair(1, 3), pair(0, 6)).prop_map(
        |((n, groups, c, o), kernel, stride, padding, dilation, more)| {
            let least = |i: usize| {
                (dilation[i] * (kernel[i] - 1) + 1)
                    .saturating_sub(2 * padding[i])
                    .max(1)
            };
            let extent = [least(0) + more[0], least(1) + more[1]];
            Case {
                n,
                groups,
                c,
                o,
                extent,
                kernel,
                stride,
                padding,
                dilation,
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    /// Images by loops: values, cotangents, second derivatives.
    #[test]
    fn images(case in cases()) {
        examine(&case, false);
    }

    /// Signals by the same loops.
    #[test]
    fn signals(case in cases()) {
        let one = |pair: [usize; 2], x| [x, pair[1]];
        let case = Case {
            extent: one(case.extent, 1),
            kernel: one(case.kernel, 1),
            stride: one(case.stride, 1),
            padding: one(case.padding, 0),
            dilation: one(case.dilation, 1),
            ..case
        };
        examine(&case, true);
    }
}

/// Three orders by differences, every subset of operands tracked.
#[test]
fn by_differences() {
    let mut tally = Tally::default();
    let default = Convolution::default;
    let rows = [
        ([1, 1, 3, 3], [1, 1, 2, 2], default()),
        ([2, 2, 3, 4], [1, 2, 2, 3], default().padding([1, 0])),
        (
            [1, 2, 5, 4],
            [2, 1, 3, 2],
            default().stride([2, 3]).groups(2).padding([1, 2]),
        ),
        ([1, 1, 4, 5], [2, 1, 2, 2], default().dilation([2, 3])),
    ];
    let mut rng = fastrand::Rng::with_seed(71);
    for (x, w, options) in rows {
        let x = draw(&[(-1.0, 1.0)], &x, &mut rng);
        let w = draw(&[(-1.0, 1.0)], &w, &mut rng);
        let name = format!("{options:?}");
        tally += check(&format!("conv2d {name}"), &[x.clone(), w.clone()], |_, x| {
            x[0].conv2d(&x[1], options)
        });
        let y = irregular(&[1, w.shape()[0], 2, 3], 5);
        tally += check(&format!("conv_transpose2d {name}"), &[y, w], |_, x| {
            x[0].conv_transpose2d(&x[1], options)
        });
    }
    let x = [irregular(&[2, 3, 4], 1), irregular(&[2, 3, 2], 2)];
    tally += check("conv1d", &x, |_, x| {
        x[0].conv1d(&x[1], Convolution::default().padding([1]))
    });
    let x = [irregular(&[2, 2, 2], 1), irregular(&[2, 3, 2], 2)];
    tally += check("conv_transpose1d", &x, |_, x| {
        x[0].conv_transpose1d(&x[1], Convolution::default().stride([2]).output_padding([1]))
    });
    println!("convolutions: {tally}");
    assert_eq!(tally.cases, 10);
}

/// Operands that are views, and one operand twice.
#[test]
fn of_views() {
    let options = Convolution::default().padding([1, 0]);
    let x = [irregular(&[3, 4, 2, 1], 1), irregular(&[2, 2, 2, 2], 2)];
    check("of a permuted image and a transposed kernel", &x, |_, x| {
        x[0].permute([3, 2, 1, 0])
            .conv2d(&x[1].permute([1, 0, 3, 2]), options)
    });
    check("of backward and strided slices", &x, |_, x| {
        let image = x[0].slice(s![..;-1, ..;2, .., ..]);
        image
            .permute([3, 2, 0, 1])
            .conv2d(&x[1].slice(s![.., .., ..;-1, 1..]), options)
    });
    check("of an image with itself", &x[1..], |_, x| {
        x[0].conv2d(&x[0], options)
    });
    check("of a repeated image", &x[1..], |_, x| {
        let one = x[0].slice(s![0, 0, 0, 0]);
        one.broadcast_to([1, 2, 3, 2]).conv2d(&x[0], options)
    });
}

/// No images, channels or outputs.
#[test]
fn of_nothing() {
    for (x, w, want) in [
        ([0, 2, 4, 4], [3, 2, 2, 2], [0, 3, 3, 3]),
        ([2, 2, 4, 4], [0, 2, 2, 2], [2, 0, 3, 3]),
        ([2, 0, 4, 4], [3, 0, 2, 2], [2, 3, 3, 3]),
    ] {
        let tape = Tape::new();
        let (x, w) = (tape.tensor(&whole(&x, 1)), tape.tensor(&whole(&w, 2)));
        let y = x.conv2d(&w, Convolution::default());
        assert_eq!(y.value(), ArrayD::<f64>::zeros(IxDyn(&want)));
        let gradients = y.sum().backward();
        assert_eq!(gradients.wrt(x), ArrayD::<f64>::zeros(x.value().raw_dim()));
        assert_eq!(gradients.wrt(w), ArrayD::<f64>::zeros(w.value().raw_dim()));
    }
}
