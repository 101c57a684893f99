//! Subscripts of `einsum`: any text beside any operands.

use super::bytes::Bytes;
use super::hook::caught;
use super::program::expect_documented;
use ndarray::ArrayD;
use wengert::{Dense, Tape, Tensor, Term};

pub(crate) fn run(data: &[u8]) {
    let mut bytes = Bytes(data);
    let tape = Tape::new();
    let operands: Vec<Tensor> = bytes
        .list(4, Bytes::shape)
        .iter()
        .map(|s| tape.tensor(&ArrayD::ones(&s[..])))
        .collect();
    let text = match bytes.flag() {
        true => bytes.text("ijkij,->.... aZ", 14),
        false => String::from_utf8_lossy(bytes.0).into_owned(),
    };
    match caught(|| Tensor::einsum(&text, &operands)) {
        Err((panic, _)) => expect_documented("einsum", &panic.expect("no limit is set"), "subscripts.rs"),
        Ok(y) => {
            // The plain reading agrees, and the gradient of what is multilinear in each operand has its shape.
            let plain: Vec<Term<Dense<f64>>> = operands
                .iter()
                .map(|x| Term::new(Dense::from(&x.value())))
                .collect();
            assert_eq!(Term::einsum(&text, &plain).inner().view(), y.value());
            let gradients = y.sum().backward();
            for x in &operands {
                assert!(gradients.get(*x).is_none_or(|g| g.shape() == x.shape()));
            }
        }
    }
}
