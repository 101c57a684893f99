//! A network as a model file: arrays `layers.0.weight` (inputs × outputs), `layers.0.bias`, `layers.1.weight`, …, and the
//! activation as a note.

use crate::model_file;
use ndarray::{ArrayViewD, Ix1, Ix2};
use std::error::Error;
use std::path::Path;
use wengert::nn::{Activation, Linear, Mlp};

const ACTIVATIONS: [Activation; 5] = [
    Activation::Identity,
    Activation::Tanh,
    Activation::Sigmoid,
    Activation::Relu,
    Activation::Softplus,
];

/// Saves a network.
pub(crate) fn save(file: &Path, model: &Mlp<f32>) -> Result<(), model_file::ModelFileError> {
    let names = ["weight", "bias"].into_iter().cycle();
    let named = model.parameters().zip(names).enumerate();
    let arrays: Vec<(String, ArrayViewD<'_, f32>)> = named
        .map(|(i, (p, name))| (format!("layers.{}.{name}", i / 2), p))
        .collect();
    model_file::save(
        file,
        &arrays,
        &[("activation", format!("{:?}", model.activation))],
    )
}

/// Loads a network, trusting nothing the file says.
pub(crate) fn load(file: &Path) -> Result<Mlp<f32>, Box<dyn Error>> {
    network(file, &model_file::load(file)?)
}

/// The network that the contents of a file are.
pub(crate) fn network(file: &Path, contents: &model_file::Model) -> Result<Mlp<f32>, Box<dyn Error>> {
    let refuse = |why: &str| format!("{}: {why}", file.display());
    let note = contents.metadata.get("activation");
    let activation = ACTIVATIONS
        .into_iter()
        .find(|a| note.is_some_and(|n| *n == format!("{a:?}")));
    let activation = activation.ok_or_else(|| refuse("no known activation is noted in the file"))?;

    let mut layers: Vec<Linear<f32>> = Vec::new();
    while let Some(weight) = contents.get(&format!("layers.{}.weight", layers.len())) {
        let name = format!("layer {}", layers.len());
        let weight = weight.clone().into_dimensionality::<Ix2>();
        let weight = weight.map_err(|_| refuse(&format!("the weight of {name} is no matrix")))?;
        let bias = contents.get(&format!("layers.{}.bias", layers.len()));
        let bias = bias.and_then(|b| b.clone().into_dimensionality::<Ix1>().ok());
        let bias = bias.filter(|b| b.len() == weight.ncols());
        let bias = bias.ok_or_else(|| refuse(&format!("the bias of {name} does not fit its weight")))?;
        let inputs = layers.last().map_or(weight.nrows(), |l| l.bias.len());
        if weight.is_empty() || weight.nrows() != inputs {
            return Err(refuse(&format!("the weight of {name} does not fit the layer before it")).into());
        }
        layers.push(Linear {
            weight: weight.into(),
            bias: bias.into(),
        });
    }
    if layers.is_empty() || contents.tensors.len() != 2 * layers.len() {
        return Err(refuse("these are not the arrays of a multilayer perceptron").into());
    }
    Ok(Mlp { layers, activation })
}
