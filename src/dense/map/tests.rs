//! The walks against each other and against single elements, over operands of every layout.

use super::*;

/// Numbers that lie by rows, by columns, repeated along an axis, with gaps, all the same, and a number.
fn layouts(shape: [usize; 3]) -> Vec<(Option<Dense<f64>>, f64)> {
    let [l, m, n] = shape;
    let numbers = |shape: &[usize]| {
        let x: Vec<f64> = (0..shape::size(shape)).map(|i| 1.0 + i as f64).collect();
        Dense::from(&ndarray::ArrayD::from_shape_vec(shape, x).expect("as many numbers"))
    };
    let gaps = numbers(&[l, m, 2 * n]);
    let every_other = Dense {
        shape: shape.into(),
        strides: [gaps.strides[0], gaps.strides[1], 2].into(),
        run: super::super::APART,
        ..gaps
    };
    let arrays = vec![
        numbers(&shape),
        numbers(&[n, m, l]).permute(&[2, 1, 0]),
        numbers(&[m, l, n]).permute(&[1, 0, 2]),
        numbers(&[n]),
        numbers(&[m, 1]),
        numbers(&[l, 1, n]),
        numbers(&[1]),
        every_other,
    ];
    let arrays = arrays.into_iter().map(|x| (Some(x), 0.0));
    arrays.chain([(None, 0.5)]).collect()
}

fn source(x: &Option<Dense<f64>>, c: f64) -> Source<'_, f64> {
    x.as_ref().map_or(Source::Number(c), Source::Array)
}

#[test]
fn every_layout_is_read_alike() {
    let mut seen = 0;
    for shape in [[2, 3, 4], [4, 1, 5], [1, 1, 1], [3, 5, 7], [2, 9, 300]] {
        let n: usize = shape.iter().product();
        let operands = layouts(shape);
        for (x, c) in &operands {
            for (y, d) in &operands {
                let both = [source(x, *c), source(y, *d)];
                let element = |x: &Option<Dense<f64>>, c: f64, i: usize| match x {
                    Some(x) => x.broadcast_to(&shape).element(i),
                    None => c,
                };
                let want: Vec<f64> = (0..n)
                    .map(|i| element(x, *c, i) - 3.0 * element(y, *d, i))
                    .collect();
                let f: &Inner<'_, f64, 2> = &|[a, b], y| {
                    (y.iter_mut().zip(a).zip(b)).for_each(|((y, a), b)| *y = a - 3.0 * b);
                };
                let mut found = vec![vec![0.0; n]; 3];
                walk(&shape, both, &mut found[0], f);
                walk_apart(&shape, both, both.map(|x| x.lies_like(&want)), &mut found[1], f);
                match n <= SMALL {
                    true => walk_few(&shape, both, both.map(|x| x.lies_like(&want)), &mut found[2], f),
                    false => found[2].clone_from(&want),
                }
                assert_eq!(found, [&want[..], &want, &want], "{shape:?} {x:?} {y:?}");
                seen += 1;
            }
        }
    }
    assert_eq!(seen, 5 * 81);
}

/// In place where nobody else holds the memory and it is small, and not at all elsewhere.
#[test]
fn what_a_loop_makes_is_added() {
    let make = |n: usize| Dense::full(None, &[n], 1.0);
    let f: &Inner<'_, f64, 1> = &|[x], y| y.iter_mut().zip(x).for_each(|(y, x)| *y = 10.0 * x);
    let mut sum = make(3);
    let x = Source::Number(2.0);
    assert!(sum.add_zip(&[3], [x], f));
    assert!(sum.add_zip(&[1, 3], [x], f)); // as many elements
    assert_eq!(sum.as_slice(), Some(&[41.0; 3][..]));
    assert!(!sum.add_zip(&[2, 3], [x], f)); // would have to be summed first
    assert!(!make(SMALL + 1).add_zip(&[SMALL + 1], [x], f));
    let shared = sum.clone();
    assert!(!sum.add_zip(&[3], [x], f));
    assert_eq!(shared.as_slice(), sum.as_slice());
}
