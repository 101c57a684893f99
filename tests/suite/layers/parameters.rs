//! Layers as trees of parameters: on a tape, plain, and learning.

use super::close;
use crate::common::inputs::irregular;
use ndarray::{ArcArray1, ArcArrayD, Array1, Axis, arr2};
use wengert::grad::{Tree, value_and_grad};
use wengert::nn::*;
use wengert::optim::{Optimizer, Sgd};
use wengert::{Dense, Tape, Term, Var, parameters};

/// Convolution layers compute the op and the biases, the same plain and on a tape.
#[test]
fn convolutions() {
    let tape = Tape::new();
    let options = Convolution::default().stride([2]).groups(2);
    let x = irregular(&[2, 4, 6], 1);
    let mut layer = Conv1d::<f64>::new(4, 6, [3], options, 1);
    layer.bias = ArcArray1::linspace(1.0, 2.0, 6);
    assert_eq!(layer.weight.dim(), (6, 2, 3));
    let (t, net) = (tape.constant(&x), layer.on(&tape));
    let y = net.forward(&t);
    let want = &t.conv1d(&net.weight, options).value() + &layer.bias.view().insert_axis(Axis(1));
    close("Conv1d", y.value().to_owned(), want);
    assert_eq!(
        layer.plain().forward(&Term::new(Dense::from(&x))).inner().view(),
        y.value()
    );

    let layer = ConvTranspose1d::<f64>::new(4, 6, [3], options, 1);
    assert_eq!(layer.weight.dim(), (4, 3, 3));
    assert_eq!(layer.on(&tape).forward(&t).shape(), [2, 6, 13]);
    let options = Convolution::default().padding([1, 1]);
    let (there, back) = (
        Conv2d::<f64>::new(3, 5, [3, 3], options, 1),
        ConvTranspose2d::<f64>::new(5, 3, [3, 3], options, 1),
    );
    let x = tape.constant(&irregular(&[2, 3, 4, 5], 1));
    let y = there.on(&tape).forward(&x);
    assert_eq!(y.shape(), [2, 5, 4, 5]);
    assert_eq!(back.on(&tape).forward(&y).shape(), x.shape());
}

parameters! {
    #[derive(Clone)]
    struct Net of NetOn: f64 {
        words: Embedding,
        conv: Conv1d,
        norm: BatchNorm,
        look: MultiHead,
        layer: LayerNorm,
        head: Linear,
    }
}

/// The loss of a net of every kind of layer.
fn loss(net: NetOn<'_>) -> Var<'_> {
    let x = net.words.forward(&[0, 1, 1, 3, 2, 0, 0, 2]);
    let x = x.reshape([2, 4, 3]).permute([0, 2, 1]);
    let x = net.norm.train(&net.conv.forward(&x).tanh()).y.permute([0, 2, 1]);
    let x = net.layer.forward(&net.look.forward(&x, &x, None).output);
    cross_entropy(&net.head.forward(&x).reshape([6, 2]), &[0, 1, 1, 0, 1, 0])
}

/// The net as one tree; its gradient by differences along a few of its numbers.
#[test]
fn a_net_of_layers() {
    let mut net = Net {
        words: Embedding::new(4, 3, 1),
        conv: Conv1d::new(3, 4, [2], Convolution::default(), 2),
        norm: BatchNorm::new(4),
        look: MultiHead::new(4, 2, 3),
        layer: LayerNorm::new(4),
        head: Linear::new(4, 2, Init::Glorot, 4),
    };
    let value = |net: &Net| loss(net.on(&Tape::new())).value();
    let tape = Tape::new();
    let (start, gradient): (f64, Net) = value_and_grad(&tape, loss, &net);
    let h = 1e-5;
    let mut differences = 0;
    macro_rules! along {
        ($($layer:ident.$field:ident)*) => {$({
            for i in [0, gradient.$layer.$field.len() - 1] {
                let got = *gradient.$layer.$field.iter().nth(i).expect("an element");
                let at = |step: f64| {
                    let mut moved = net.clone();
                    *moved.$layer.$field.iter_mut().nth(i).expect("an element") += step;
                    value(&moved)
                };
                let want = (at(h) - at(-h)) / (2.0 * h);
                assert!((got - want).abs() < 1e-8, "{}.{}: {got}, by differences {want}", stringify!($layer), stringify!($field));
                differences += 1;
            }
        })*};
    }
    along! {
        words.table conv.weight conv.bias norm.gain norm.bias look.query look.key look.value look.output layer.gain layer.bias
        head.weight head.bias
    }
    assert_eq!(differences, 26);
    // Downhill it goes.
    let mut optimizer = Sgd::new(0.1);
    let steps = net
        .words
        .parameters_mut()
        .chain(net.conv.parameters_mut())
        .chain(net.head.parameters_mut());
    let Net {
        words, conv, head, ..
    } = &gradient;
    let gradients: [ArcArrayD<f64>; 5] = [
        words.table.clone().into_dyn(),
        conv.weight.clone().into_dyn(),
        conv.bias.clone().into_dyn(),
        head.weight.clone().into_dyn(),
        head.bias.clone().into_dyn(),
    ];
    optimizer.step(steps.zip(gradients.iter().map(|g| g.view())));
    assert!(value(&net) < start);
}

/// `gradients` come in the order of `parameters_mut`, and repeated rows of a table add up.
#[test]
fn gradients_by_layer() {
    let mut table = Embedding {
        table: arr2(&[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).into(),
    };
    let tape = Tape::new();
    let words = table.on(&tape);
    let y = words.forward(&[2, 0, 2, 2]) * arr2(&[[1.0], [10.0], [100.0], [1000.0]]);
    let gradients = y.sum().backward();
    Sgd::new(1.0).step(table.parameters_mut().zip(words.gradients(&gradients)));
    assert_eq!(table.table, arr2(&[[-9.0, -8.0], [3.0, 4.0], [-1096.0, -1095.0]]));
    let mut layer = Linear::<f64>::new(2, 3, Init::He, 1);
    let on = layer.on(&tape);
    let gradients = on.forward(&tape.constant(&arr2(&[[1.0, 2.0]]))).sum().backward();
    let shapes = layer
        .parameters_mut()
        .zip(on.gradients(&gradients))
        .map(|(p, g)| (p.shape().to_vec(), g.to_owned()));
    let want = [
        arr2(&[[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]]).into_dyn(),
        Array1::ones(3).into_dyn(),
    ];
    for ((shape, got), want) in shapes.zip(want) {
        assert_eq!((shape.as_slice(), &got), (want.shape(), &want));
    }
}
