//! Convolutions, pooling and masks that do not fit.

use super::hook::says;
use ndarray::ArrayD;
use wengert::Tape;
use wengert::nn::{Convolution, Pooling};

/// The message has the operation and the shapes, the panic is at the caller's line.
#[test]
fn convolutions_and_pooling() {
    let tape = Tape::new();
    let zeros = |shape: &[usize]| tape.tensor(&ArrayD::<f64>::zeros(shape));
    let (x, line, no) = (zeros(&[2, 4, 3, 5]), zeros(&[2, 4, 5]), zeros(&[1, 1, 0]));
    let [image, signal] = ["[2, 4, 3, 5]", "[2, 4, 5]"];
    let (c, flat) = (Convolution::<2>::default(), Convolution::<1>::default());
    let [a, b, one, tall, two, none] = [
        [2, 3, 1, 1],
        [3, 2, 1, 1],
        [2, 4, 1, 1],
        [2, 4, 4, 1],
        [2, 4, 2, 1],
        [2, 4, 0, 1],
    ]
    .map(|n| zeros(&n));
    says!(x.conv2d(&a, c), "conv2d: ", image, "[2, 3, 1, 1]", "channels");
    says!(x.conv2d(&b, c.groups(2)), "conv2d: ", image, "multiple");
    says!(x.conv2d(&tall, c), "conv2d: ", image, "at least those");
    let (apart, more) = (c.dilation([3, 1]), c.output_padding([0, 1]));
    says!(x.conv2d(&two, apart), "conv2d: ", image, "at least those");
    says!(x.conv2d(&one, c.stride([1, 0])), "conv2d: ", image, "at least 1");
    says!(x.conv2d(&none, c), "conv2d: ", image, "at least 1");
    says!(x.conv2d(&one, c.groups(0)), "conv2d: ", image, "at least 1");
    says!(x.conv2d(&line, c), "conv2d: ", image, signal, "two axes more");
    says!(line.conv1d(&x, flat), "conv1d: ", signal, image);
    let (w, v, back) = (zeros(&[4, 3, 1, 1]), zeros(&[4, 3, 1]), "conv_transpose2d: ");
    says!(x.conv_transpose2d(&b, c), back, image, "channels");
    says!(x.conv_transpose2d(&w, more), back, "the stride");
    says!(x.conv_transpose2d(&w, c.padding([2, 0])), back, "leaves some");
    says!(line.conv_transpose1d(&v, flat.groups(3)), "1d: ", "multiple");
    let pool = Pooling::new([2]);
    let wide = Pooling::new([2, 2]);
    says!(x.max_pool2d(Pooling::new([4, 1])), "max_pool2d: ", "windows of 4");
    says!(x.max_pool2d(wide.padding([0, 2])), "max_pool2d: ", "padding 2");
    says!(x.avg_pool2d(Pooling::new([0, 2])), "avg_pool2d: ", "windows of 0");
    let still = pool.stride([0]);
    says!(line.avg_pool1d(still), "avg_pool1d: ", signal, "stride 0");
    says!(no.max_pool1d(pool.padding([1])), "max_pool1d: ", "[1, 1, 0]");
    says!(x.max_pool1d(pool), "max_pool1d: ", image, "two axes more");
    says!(line.masked_softmax(&x, 1), "gate: ", signal, image);
    says!(line.masked_softmax(&line, 3), "masked_softmax: ", "axis 3");
}
