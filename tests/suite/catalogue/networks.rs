//! Losses, normalisation, convolution, pooling, attention.

use super::{Entry, entry};
use wengert::Tensor;
use wengert::nn::{self, BatchNormOn, Convolution, EmbeddingOn, LayerNormOn, Pooling};

pub(super) fn entries() -> Vec<Entry> {
    [losses(), layers(), windows()].concat()
}

fn losses() -> Vec<Entry> {
    vec![
        entry("cross_entropy", "labels 0, 2, 1", |_, x| {
            x[0].cross_entropy(&[0, 2, 1])
        }),
        entry("nn::cross_entropy", "labels 0, 2, 1", |_, x| {
            nn::cross_entropy(&x[0], &[0, 2, 1]).to_tensor()
        }),
        entry(
            "nn::cross_entropy_smooth",
            "labels 0, 2, 1, smoothing 0.1",
            |_, x| nn::cross_entropy_smooth(&x[0], &[0, 2, 1], 0.1).to_tensor(),
        ),
        entry("nn::cross_entropy_with", "", |_, x| {
            nn::cross_entropy_with(&x[0], &x[1])
        }),
        entry("nn::binary_cross_entropy", "", |_, x| {
            nn::binary_cross_entropy(&x[0], &x[1])
        }),
        entry("nn::binary_cross_entropy_logits", "", |_, x| {
            nn::binary_cross_entropy_logits(&x[0], &x[1])
        }),
        entry("nn::kl_divergence", "", |_, x| nn::kl_divergence(&x[0], &x[1])),
        entry("nn::kl_divergence_log", "", |_, x| {
            nn::kl_divergence_log(&x[0], &x[1])
        }),
        entry("nn::mean_squared_error", "", |_, x| {
            nn::mean_squared_error(&x[0], &x[1]).to_tensor()
        }),
        entry("nn::huber", "delta 1", |_, x| nn::huber(&x[0], 1.0)),
        entry("nn::hinge", "", |_, x| nn::hinge(&x[0], &x[1])),
        entry("nn::normalize", "axis -1", |_, x| nn::normalize(&x[0], -1, 1e-8)),
        entry("nn::cosine_similarity", "axis -1", |_, x| {
            nn::cosine_similarity(&x[0], &x[1], -1, 1e-8)
        }),
    ]
}

fn batch_norm<'t>(x: &[Tensor<'t>], statistics: [Tensor<'t>; 2]) -> BatchNormOn<wengert::ArraySlot<'t, f64>> {
    let [running_mean, running_variance] = statistics;
    BatchNormOn {
        gain: x[0],
        bias: x[1],
        running_mean,
        running_variance,
        eps: 1e-5,
        momentum: 0.1,
    }
}

fn layers() -> Vec<Entry> {
    vec![
        entry("nn::standardize", "axis -1", |_, x| {
            nn::standardize(&x[0], [-1], 1e-5).y
        }),
        entry("nn::LayerNorm::forward", "", |_, x| {
            let (gain, bias, eps) = (x[1], x[2], 1e-5);
            LayerNormOn { gain, bias, eps }.forward(&x[0])
        }),
        entry("nn::BatchNorm::train", "", |_, x| {
            batch_norm(&x[1..], [x[1], x[2]]).train(&x[0]).y
        }),
        entry("nn::BatchNorm::infer", "", |_, x| {
            batch_norm(&x[3..], [x[1], x[2]]).infer(&x[0])
        }),
        entry("nn::Embedding::forward", "1, 0, 1", |_, x| {
            EmbeddingOn { table: x[0] }.forward(&[1, 0, 1])
        }),
        entry("nn::attention", "", |_, x| {
            nn::attention(&x[0], &x[1], &x[2], None).output
        }),
        entry("nn::attention", "causal", |tape, x| {
            let mask = tape.constant(&nn::causal_mask(3));
            nn::attention(&x[0], &x[1], &x[2], Some(&mask)).output
        }),
    ]
}

fn windows() -> Vec<Entry> {
    /// Stride 2 and padding 1 along each axis.
    fn wide<const D: usize>() -> Convolution<D> {
        Convolution::default().stride([2; D]).padding([1; D])
    }
    vec![
        entry("conv1d", "stride 1", |_, x| {
            x[0].conv1d(&x[1], Convolution::default())
        }),
        entry("conv1d", "stride 2, padding 1", |_, x| x[0].conv1d(&x[1], wide())),
        entry("conv1d", "dilation 2", |_, x| {
            x[0].conv1d(&x[1], Convolution::default().dilation([2]))
        }),
        entry("conv1d", "groups 2", |_, x| {
            x[0].conv1d(&x[1], Convolution::default().groups(2))
        }),
        entry("conv2d", "stride 1", |_, x| {
            x[0].conv2d(&x[1], Convolution::default())
        }),
        entry("conv2d", "stride 2, padding 1", |_, x| x[0].conv2d(&x[1], wide())),
        entry("conv2d", "dilation 2", |_, x| {
            x[0].conv2d(&x[1], Convolution::default().dilation([2, 2]))
        }),
        entry("conv2d", "groups 2", |_, x| {
            x[0].conv2d(&x[1], Convolution::default().groups(2))
        }),
        entry("conv_transpose1d", "stride 1", |_, x| {
            x[0].conv_transpose1d(&x[1], Convolution::default())
        }),
        entry("conv_transpose1d", "stride 2, padding 1", |_, x| {
            x[0].conv_transpose1d(&x[1], wide())
        }),
        entry("conv_transpose2d", "stride 1", |_, x| {
            x[0].conv_transpose2d(&x[1], Convolution::default())
        }),
        entry("conv_transpose2d", "stride 2, padding 1", |_, x| {
            x[0].conv_transpose2d(&x[1], wide())
        }),
        entry("max_pool1d", "2, stride 2", |_, x| {
            x[0].max_pool1d(Pooling::new([2]))
        }),
        entry("max_pool2d", "2, stride 2", |_, x| {
            x[0].max_pool2d(Pooling::new([2, 2]))
        }),
        entry("max_pool2d", "2, stride 1", |_, x| {
            x[0].max_pool2d(Pooling::new([2, 2]).stride([1, 1]))
        }),
        entry("avg_pool1d", "2, stride 2", |_, x| {
            x[0].avg_pool1d(Pooling::new([2]))
        }),
        entry("avg_pool2d", "2, stride 2", |_, x| {
            x[0].avg_pool2d(Pooling::new([2, 2]))
        }),
        entry("avg_pool2d", "2, stride 1", |_, x| {
            x[0].avg_pool2d(Pooling::new([2, 2]).stride([1, 1]))
        }),
    ]
}
