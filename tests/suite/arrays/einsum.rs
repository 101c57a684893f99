//! Sums of products in index notation: random subscripts against a loop over all indices; each kind by differences; the
//! products that have a name.

use super::build;
use super::polynomial::{Layout, Polynomial, agrees, layouts, number};
use crate::common::inputs::{indices, irregular};
use crate::common::{Tally, check};
use ndarray::{ArrayD, s};
use proptest::collection::vec;
use proptest::prelude::*;
use wengert::{Tape, Tensor};

/// The sum over all values of all indices, given each operand's and the result's indices by number.
fn looped(
    inputs: &[ArrayD<f64>],
    operands: &[Vec<usize>],
    result: &[usize],
    extents: &[usize],
) -> Polynomial {
    let shape: Vec<usize> = result.iter().map(|&i| extents[i]).collect();
    let mut all = Polynomial::of_shape(&shape);
    for values in indices(extents) {
        let at = |list: &[usize], shape: &[usize]| {
            let own: Vec<usize> = list
                .iter()
                .zip(shape)
                .map(|(&i, &n)| if n == 1 { 0 } else { values[i] })
                .collect();
            number(shape, &own)
        };
        let factors = operands.iter().zip(inputs).enumerate();
        let factors = factors.map(|(k, (list, x))| (k, at(list, x.shape())));
        all.terms.push((at(result, &shape), factors.collect()));
    }
    all
}

/// Arguments of a random einsum.
#[derive(Debug, Clone)]
struct Case {
    /// Extents of the letters a to e.
    letters: Vec<usize>,
    /// Extents of the ellipsis.
    dots: Vec<usize>,
    /// Letters of each operand, where the ellipsis stands among them, which of its axes it has, which of those are 1.
    operands: Vec<(Vec<usize>, usize, Option<usize>, usize, Layout)>,
    /// Which letters are summed, the order of the others, where the ellipsis stands.
    summed: usize,
    order: Vec<usize>,
    place: usize,
    implicit: bool,
}

fn cases() -> impl Strategy<Value = Case> {
    let extent = prop_oneof![8 => 1_usize..=3, 1 => Just(0_usize)];
    let dots = prop_oneof![3 => Just(None), 2 => (0_usize..=2).prop_map(Some)];
    let operand = (vec(0_usize..5, 0..=3), 0_usize..4, dots, 0_usize..4, layouts());
    (
        vec(extent, 5),
        vec(1_usize..=3, 2),
        vec(operand, 1..=4),
        0_usize..32,
        vec(0_usize..100, 5),
        0_usize..6,
        any::<bool>(),
    )
        .prop_map(|(letters, dots, operands, summed, order, place, implicit)| Case {
            letters,
            dots,
            operands,
            summed,
            order,
            place,
            implicit,
        })
}

/// Which letters the result has, by NumPy's rules.
fn result_letters(case: &Case) -> Vec<usize> {
    let used: Vec<usize> = case.operands.iter().flat_map(|o| o.0.iter().copied()).collect();
    let count = |letter: usize| used.iter().filter(|&&l| l == letter).count();
    let mut letters: Vec<usize> = (0..5)
        .filter(|&l| match case.implicit {
            true => count(l) == 1,
            false => count(l) > 0 && case.summed >> l & 1 == 0,
        })
        .collect();
    if !case.implicit {
        letters.sort_by_key(|&l| case.order[l]);
    }
    letters
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_subscripts(case in cases()) {
        let name = |letters: &[usize], dots: Option<usize>| {
            let mut text: String = letters.iter().map(|&l| char::from(b'a' + l as u8)).collect();
            if let Some(at) = dots {
                text.insert_str(at.min(letters.len()), "...");
            }
            text
        };
        // Numbers of the indices: the letters, then the axes of the ellipsis.
        let extents = [&case.letters[..], &case.dots[..]].concat();
        let (mut terms, mut lists, mut inputs) = (vec![], vec![], vec![]);
        let mut widest = None;
        for (k, (letters, place, dots, ones, layout)) in case.operands.iter().enumerate() {
            terms.push(name(letters, dots.map(|_| *place)));
            widest = widest.max(*dots);
            let ellipsis: Vec<usize> = (7 - dots.unwrap_or(0)..7).collect();
            let place = (*place).min(letters.len());
            let list = [&letters[..place], &ellipsis, &letters[place..]].concat();
            let extent = |&i: &usize| if i >= 5 && ones >> (i - 5) & 1 == 1 { 1 } else { extents[i] };
            let shape: Vec<usize> = list.iter().map(extent).collect();
            inputs.push((irregular(&shape, k), *layout));
            lists.push(list);
        }
        // The result's ellipsis is as wide as the widest, and as long as the longest.
        let mut real = extents.clone();
        for (i, n) in real.iter_mut().enumerate().skip(5) {
            let along = |k: usize| lists[k].iter().position(|&l| l == i).map(|axis| inputs[k].0.shape()[axis]);
            *n = (0..inputs.len()).filter_map(along).max().unwrap_or(1);
        }
        let used: Vec<usize> = lists.iter().flatten().copied().collect();
        for (i, n) in real.iter_mut().enumerate() {
            if !used.contains(&i) {
                *n = 1;
            }
        }
        let letters = result_letters(&case);
        let ellipsis: Vec<usize> = (7 - widest.unwrap_or(0)..7).collect();
        let place = if case.implicit { 0 } else { case.place.min(letters.len()) };
        let result = [&letters[..place], &ellipsis, &letters[place..]].concat();
        let mut subscripts = terms.join(",");
        if !case.implicit {
            subscripts += " -> ";
            subscripts += &name(&letters, widest.map(|_| place));
        }
        let arrays: Vec<ArrayD<f64>> = inputs.iter().map(|(x, _)| x.clone()).collect();
        let polynomial = looped(&arrays, &lists, &result, &real);
        agrees(&subscripts, &inputs, &polynomial, |_, x| Tensor::einsum(&subscripts, x));
    }
}

/// All orders by differences, one of each kind of step.
#[test]
fn by_differences() {
    let mut tally = Tally::default();
    let rows: [(&str, &[&[usize]]); 16] = [
        ("ij,jk->ik", &[&[2, 3], &[3, 2]]),
        ("ij,kj->ki", &[&[2, 3], &[2, 3]]),
        ("bij,bjk->bik", &[&[2, 1, 3], &[2, 3, 2]]),
        ("i,i", &[&[3], &[3]]),
        ("i,j", &[&[3], &[2]]),
        ("ij,ij->i", &[&[2, 3], &[2, 3]]),
        ("ii->i", &[&[3, 3]]),
        ("ii", &[&[3, 3]]),
        ("iij->ji", &[&[2, 2, 3]]),
        ("iji,jkj->ik", &[&[2, 2, 2], &[2, 2, 2]]),
        ("i,ij,j->", &[&[2], &[2, 3], &[3]]),
        ("ij,jk,kl->il", &[&[2, 2], &[2, 1], &[1, 2]]),
        ("...i,...i->...", &[&[2, 3], &[3]]),
        ("ij->", &[&[2, 3]]),
        ("ij,k->k", &[&[2, 2], &[2]]),
        (",i->i", &[&[], &[3]]),
    ];
    for (subscripts, shapes) in rows {
        let x: Vec<ArrayD<f64>> = shapes
            .iter()
            .enumerate()
            .map(|(k, n)| irregular(n, k + 1))
            .collect();
        tally += check(subscripts, &x, |_, x| Tensor::einsum(subscripts, x));
    }
    let x = [irregular(&[2, 2], 1)];
    tally += check("one operand three times", &x, |_, x| {
        Tensor::einsum("ij,jk,ki->", &[x[0], x[0], x[0]])
    });
    assert_eq!(tally.cases, 17);
}

/// The greedy order: a chain is multiplied from its thin end.
#[test]
fn a_chain_begins_at_its_thin_end() {
    let tape = Tape::new();
    let a = tape.tensor(&irregular(&[60, 60], 1));
    let x = tape.tensor(&irregular(&[60], 2));
    let y = Tensor::einsum("ij,jk,kl,l->i", &[a, a, a, x]);
    let want = a.matmul(&a.matmul(&a.matmul(&x)));
    assert_eq!(y.value(), want.value(), "the same three products, to the bit");
}

/// Products with a name, against loops.
#[test]
fn named_products() {
    let mut tally = Tally::default();
    let x = [
        irregular(&[2, 3, 2], 1),
        irregular(&[2, 3], 2),
        irregular(&[2, 2], 3),
    ];
    let plain = |f: &dyn for<'t> Fn(&[Tensor<'t>]) -> Tensor<'t>| {
        let tape = Tape::new();
        let x: Vec<Tensor> = x.iter().map(|x| tape.tensor(x)).collect();
        f(&x).value().to_owned()
    };
    let [a, b, c] = &x;
    let near = |name: &str, got: ArrayD<f64>, want: ArrayD<f64>| super::close(name, &got, &want, 1e-14);
    let flat: Vec<f64> = c.iter().copied().collect();
    let outer = build(&[6, 4], |i| b[[i[0] / 3, i[0] % 3]] * flat[i[1]]);
    near("outer", plain(&|x| x[1].outer(&x[2])), outer);
    let vecdot = build(&[2, 3], |i| (0..2).map(|k| a[[i[0], i[1], k]] * c[[0, k]]).sum());
    near("vecdot", plain(&|x| x[0].vecdot(&x[2].slice(s![0, ..]))), vecdot);
    let matvec = build(&[2, 3], |i| {
        (0..2).map(|k| a[[i[0], i[1], k]] * c[[i[0], k]]).sum()
    });
    near("matvec", plain(&|x| x[0].matvec(&x[2])), matvec);
    let tensordot = build(&[2, 2], |i| {
        let terms = (0..2).flat_map(|k| (0..3).map(move |l| (k, l)));
        terms.map(|(k, l)| a[[i[0], l, k]] * x[0][[k, l, i[1]]]).sum()
    });
    near(
        "tensordot",
        plain(&|x| x[0].tensordot(&x[0], &[-1, 1], &[0, 1])),
        tensordot,
    );
    let none = build(&[2, 3, 2, 2], |i| b[[i[0], i[1]]] * c[[i[2], i[3]]]);
    near(
        "tensordot of no axes",
        plain(&|x| x[1].tensordot(&x[2], &[], &[])),
        none,
    );
    let kron = build(&[4, 6], |i| c[[i[0] / 2, i[1] / 3]] * b[[i[0] % 2, i[1] % 3]]);
    near("kron", plain(&|x| x[2].kron(&x[1])), kron);
    let kron = build(&[2, 6, 4], |i| {
        a[[i[0], i[1] / 2, i[2] / 2]] * c[[i[1] % 2, i[2] % 2]]
    });
    near("kron of 3 and 2 axes", plain(&|x| x[0].kron(&x[2])), kron);
    tally += check("outer", &x[1..], |_, x| x[0].t().outer(&x[1]));
    let pair = [a.clone(), c.clone()];
    tally += check("vecdot", &pair, |_, x| x[0].vecdot(&x[1].insert_axis(1)));
    tally += check("matvec", &pair, |_, x| x[0].matvec(&x[1]));
    tally += check("tensordot", &x[..2], |_, x| {
        x[0].tensordot(&x[1], &[0, 1], &[0, 1])
    });
    tally += check("kron", &x[1..], |_, x| x[0].kron(&x[1].t()));
    tally += check("a⊗a", &x[2..], |_, x| x[0].kron(&x[0]));
    assert_eq!(tally.cases, 6);
}
