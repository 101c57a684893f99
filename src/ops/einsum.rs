//! Sums of products in Einstein's notation, composed of views, sums, products and matrix products. No rule of its own: the
//! cotangent of an operand is the einsum of ȳ and the other operands, and comes out as that of the composition.
//!
//! First each operand by itself: an index that it has twice is a diagonal, one that nobody else has is summed. Then two
//! operands at a time are contracted until one is left. The pair whose product is smallest beside the two it replaces
//! comes first, and among equals the one with the fewest multiplications: the greedy order of D. Smith & J. Gray,
//! *opt_einsum*, Journal of Open Source Software 3(26), 2018.
//! A pair is a batch of matrix products, one element-wise product where nothing is summed between the two, or an
//! element-wise product and a sum where the matrices would have one row and one column.

use super::{ArrayValue, Term};
use crate::error::Dims;
use smallvec::SmallVec;
use std::borrow::Borrow;

/// An index: a letter, or an axis of the ellipsis, counted from its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    Letter(char),
    Ellipsis(usize),
}

type Labels = SmallVec<[Label; 8]>;

/// The ellipsis, in the text of subscripts.
const DOTS: char = '…';

/// The labels of one operand or of the result, where `...` stands for `ellipsis` axes.
fn labels(term: &str, ellipsis: usize) -> Labels {
    let mut labels = Labels::new();
    for c in term.chars() {
        match c {
            DOTS => labels.extend((0..ellipsis).rev().map(Label::Ellipsis)),
            c => labels.push(Label::Letter(c)),
        }
    }
    labels
}

/// Subscripts, resolved for operands of known shapes.
struct Plan {
    operands: Vec<Labels>,
    result: Labels,
    extents: Vec<(Label, usize)>,
}

impl Plan {
    /// # Errors
    /// A message without the subscripts, which the caller adds.
    fn new(subscripts: &str, shapes: &[&[usize]]) -> Result<Self, String> {
        // An ellipsis is one character from here on.
        let text = subscripts.replace("...", "…").replace(' ', "");
        let (left, right) = match text.split_once("->") {
            Some((left, right)) => (left, Some(right)),
            None => (&text[..], None),
        };
        let terms: Vec<&str> = left.split(',').collect();
        for term in terms.iter().copied().chain(right) {
            if let Some(c) = term.chars().find(|c| !c.is_ascii_alphabetic() && *c != DOTS) {
                return Err(format!("{c:?} is no index"));
            }
            if term.matches(DOTS).count() > 1 {
                return Err(format!("{term:?} has more than one ellipsis"));
            }
        }
        if terms.len() != shapes.len() {
            return Err(format!(
                "it names {} operands, given are {}",
                terms.len(),
                shapes.len()
            ));
        }
        let mut plan = Self {
            operands: vec![],
            result: Labels::new(),
            extents: vec![],
        };
        let mut widest = None;
        for (k, (term, shape)) in terms.iter().zip(shapes).enumerate() {
            let letters = term.chars().filter(|&c| c != DOTS).count();
            let ellipsis = term.contains(DOTS).then(|| shape.len().checked_sub(letters));
            let axes = match ellipsis {
                Some(Some(axes)) => axes,
                None if letters == shape.len() => 0,
                _ => {
                    return Err(format!(
                        "{term:?} does not name the axes of operand {k}, whose shape is {shape:?}"
                    ));
                }
            };
            widest = widest.max(ellipsis.map(|_| axes));
            let labels = labels(term, axes);
            for (&label, &n) in labels.iter().zip(*shape) {
                plan.note(label, n, k, shape)?;
            }
            plan.operands.push(labels);
        }
        plan.result = match right {
            Some(right) if widest.is_some_and(|n| n > 0) && !right.contains(DOTS) => {
                return Err(format!("the result {right:?} lacks the ellipsis"));
            }
            Some(right) => labels(right, widest.unwrap_or(0)),
            None => {
                let mut once: Vec<char> = left.chars().filter(char::is_ascii_alphabetic).collect();
                once.retain(|&c| left.matches(c).count() == 1);
                once.sort_unstable();
                let term: String = widest.map(|_| DOTS).into_iter().chain(once).collect();
                labels(&term, widest.unwrap_or(0))
            }
        };
        for (i, label) in plan.result.iter().enumerate() {
            let Label::Letter(c) = label else { continue };
            if plan.result[..i].contains(label) {
                return Err(format!("the result has the index {c:?} twice"));
            }
            if !plan.operands.iter().any(|labels| labels.contains(label)) {
                return Err(format!("no operand has the result's index {c:?}"));
            }
        }
        Ok(plan)
    }

    /// Notes an index's extent; axes of the ellipsis broadcast, letters must agree.
    fn note(&mut self, label: Label, n: usize, k: usize, shape: &[usize]) -> Result<(), String> {
        let ellipsis = matches!(label, Label::Ellipsis(_));
        match self.extents.iter_mut().find(|(other, _)| *other == label) {
            None => self.extents.push((label, n)),
            Some((_, known)) if *known == n || (ellipsis && n == 1) => {}
            Some((_, known)) if ellipsis && *known == 1 => *known = n,
            Some((_, known)) => {
                let what = match label {
                    Label::Letter(c) => format!("the index {c:?}"),
                    Label::Ellipsis(_) => "an axis of the ellipsis".to_owned(),
                };
                return Err(format!(
                    "{what} has the extents {known} and {n}, the latter in operand {k}, whose shape is {shape:?}"
                ));
            }
        }
        Ok(())
    }

    fn extent(&self, label: Label) -> usize {
        let known = self.extents.iter().find(|(other, _)| *other == label);
        known.map_or(1, |&(_, n)| n)
    }

    fn size(&self, labels: &[Label]) -> usize {
        crate::shape::size(&self.extents(labels))
    }

    fn extents(&self, labels: &[Label]) -> Dims {
        labels.iter().map(|&label| self.extent(label)).collect()
    }
}

/// An operand, or a product of some, with an index for each axis.
#[derive(Clone)]
struct Factor<V> {
    term: Term<V>,
    labels: Labels,
}

impl<V: ArrayValue> Factor<V> {
    /// With every index once, and without those of the ellipsis along which it would be repeated.
    #[track_caller]
    fn new(plan: &Plan, term: &Term<V>, labels: &Labels) -> Self {
        let (mut term, mut labels) = (term.clone(), labels.clone());
        let repeated = |(&n, &label): (&usize, &Label)| n == 1 && plan.extent(label) != 1;
        while let Some(axis) = term.shape().iter().zip(&labels).position(repeated) {
            term = term.squeeze(axis as isize);
            labels.remove(axis);
        }
        let twice = |labels: &Labels| {
            let mut pairs = (0..labels.len()).flat_map(|i| (0..i).map(move |j| (j, i)));
            pairs.find(|&(j, i)| labels[j] == labels[i])
        };
        while let Some((first, second)) = twice(&labels) {
            let label = labels.remove(second);
            labels.remove(first);
            labels.push(label);
            let last = term.move_axis(second as isize, -1);
            term = last.move_axis(first as isize, -1).diagonal(0);
        }
        Self { term, labels }
    }

    /// Summed over the indices that `needed` does not name.
    #[track_caller]
    fn summed(mut self, needed: impl Fn(Label) -> bool) -> Self {
        let axes: Dims = (0..self.labels.len())
            .filter(|&i| !needed(self.labels[i]))
            .collect();
        if !axes.is_empty() {
            self.term = self.term.sum_over(&axes, false);
            self.labels.retain(|label| needed(*label));
        }
        self
    }

    /// With its axes in the order of `labels`, all of which it has.
    #[track_caller]
    fn ordered(&self, labels: &[Label]) -> Term<V> {
        if self.labels[..] == *labels {
            return self.term.clone();
        }
        let place = |label| self.labels.iter().position(|other| other == label);
        let order: Dims = labels.iter().filter_map(place).collect();
        self.term.permute(order)
    }

    /// With an axis for each of `labels`, of extent 1 where it does not have it.
    #[track_caller]
    fn spread(&self, labels: &[Label]) -> Term<V> {
        let own: Labels = labels
            .iter()
            .copied()
            .filter(|l| self.labels.contains(l))
            .collect();
        let ordered = self.ordered(&own);
        let mut extents = ordered.shape().iter();
        let mut shape = Dims::new();
        for label in labels {
            shape.push(match own.contains(label) {
                true => *extents.next().expect("an extent for each own label"),
                false => 1,
            });
        }
        ordered.reshape(shape)
    }

    /// The product of two factors, summed over the indices that `needed` does not name.
    #[track_caller]
    fn times(&self, other: &Self, plan: &Plan, needed: impl Fn(Label) -> bool) -> Self {
        let mut groups: [Labels; 4] = Default::default();
        let [batch, inner, left, right] = &mut groups;
        for &label in &self.labels {
            match (other.labels.contains(&label), needed(label)) {
                (true, true) => batch.push(label),
                (true, false) => inner.push(label),
                (false, _) => left.push(label),
            }
        }
        right.extend(other.labels.iter().copied().filter(|l| !self.labels.contains(l)));
        let join = |lists: &[&Labels]| -> Labels { lists.iter().flat_map(|l| l.iter().copied()).collect() };
        let labels = join(&[batch, left, right]);
        let matrices = !left.is_empty() || !right.is_empty();
        if inner.is_empty() || (!matrices && !batch.is_empty()) {
            let labels = join(&[&labels, inner]);
            let term = self.spread(&labels) * other.spread(&labels);
            return Self { term, labels }.summed(needed);
        }
        let shape = |parts: [usize; 2]| {
            let mut shape = plan.extents(batch);
            shape.extend(parts);
            shape
        };
        let (m, k, n) = (plan.size(left), plan.size(inner), plan.size(right));
        let a = self.ordered(&join(&[batch, left, inner])).reshape(shape([m, k]));
        let b = other
            .ordered(&join(&[batch, inner, right]))
            .reshape(shape([k, n]));
        let term = a.matmul(&b).reshape(plan.extents(&labels));
        Self { term, labels }
    }
}

/// What a product of two factors costs: the elements that it adds to those that it replaces, then the multiplications.
fn cost(plan: &Plan, a: &Labels, b: &Labels, needed: impl Fn(Label) -> bool) -> (i128, i128) {
    let all: Labels = a
        .iter()
        .chain(b.iter().filter(|l| !a.contains(l)))
        .copied()
        .collect();
    let result: Labels = all.iter().copied().filter(|&label| needed(label)).collect();
    let size = |labels| plan.size(labels) as i128;
    (size(&result) - size(a) - size(b), size(&all))
}

impl<V: ArrayValue> Term<V> {
    /// Sum of products in Einstein's notation, as NumPy's `einsum`: a letter for each axis of each operand, those of the result
    /// behind `->`, and a sum over every index that the result does not have. For `"ij,jk->ik"`, `yᵢₖ = Σⱼ aᵢⱼ·bⱼₖ`:
    /// āᵢⱼ = Σₖ ȳᵢₖ·bⱼₖ, and so for every operand: the sum of ȳ times the other operands over the indices that it does not have.
    ///
    /// A letter twice in one operand is a diagonal. `...` stands for any number of axes, which broadcast. Without `->` the
    /// result has the ellipsis and then, in alphabetical order, the letters that occur once. More than two operands are
    /// multiplied pair by pair, the pair with the smallest product first. Composed of views, sums and matrix products.
    ///
    /// ```
    /// use ndarray::{arr1, arr2};
    /// use wengert::Tensor;
    /// let tape = wengert::Tape::new();
    /// let a = tape.tensor(&arr2(&[[1.0, 2.0], [3.0, 4.0]]));
    /// let x = tape.tensor(&arr1(&[1.0, 10.0]));
    /// assert_eq!(Tensor::einsum("ij,j->i", &[a, x]).value(), arr1(&[21.0, 43.0]).into_dyn());
    /// assert_eq!(Tensor::einsum("ii", &[a]).item().value(), 5.0);
    /// let form = Tensor::einsum("i,ij,j->", &[x, a, x]).item();
    /// assert_eq!(form.value(), 451.0);
    /// assert_eq!(form.backward().wrt(a), arr2(&[[1.0, 10.0], [10.0, 100.0]]).into_dyn());
    /// ```
    ///
    /// # Panics
    /// Where the subscripts are no subscripts, or do not fit the operands; the message has both.
    #[track_caller]
    pub fn einsum<B: Borrow<Self>>(subscripts: &str, operands: &[B]) -> Self {
        let shapes: SmallVec<[&[usize]; 4]> = operands.iter().map(|x| x.borrow().shape()).collect();
        let plan = match Plan::new(subscripts, &shapes) {
            Ok(plan) => plan,
            Err(error) => panic!("einsum: {subscripts:?} for the shapes {shapes:?}: {error}"),
        };
        let mut factors: SmallVec<[Factor<V>; 4]> = SmallVec::new();
        for (x, labels) in operands.iter().zip(&plan.operands) {
            factors.push(Factor::new(&plan, x.borrow(), labels));
        }
        // Whether an index is of use beyond the factors `a` and `b`.
        let needed = |factors: &[Factor<V>], a: usize, b: usize, label: Label| {
            let mut others = factors.iter().enumerate().filter(|&(k, _)| k != a && k != b);
            plan.result.contains(&label) || others.any(|(_, other)| other.labels.contains(&label))
        };
        for k in 0..factors.len() {
            let alone = factors[k].clone();
            factors[k] = alone.summed(|label| needed(&factors, k, k, label));
        }
        while factors.len() > 1 {
            let pairs = (0..factors.len()).flat_map(|b| (0..b).map(move |a| (a, b)));
            let cost = |&(a, b): &(usize, usize)| {
                let needed = |label| needed(&factors, a, b, label);
                cost(&plan, &factors[a].labels, &factors[b].labels, needed)
            };
            let Some((a, b)) = pairs.min_by_key(cost) else {
                break;
            };
            let product = factors[a].times(&factors[b], &plan, |label| needed(&factors, a, b, label));
            factors.remove(b);
            factors[a] = product;
        }
        let missing = |label: &&Label| !factors[0].labels.contains(label);
        debug_assert!(
            plan.result.iter().find(missing).is_none(),
            "every index has its axis"
        );
        factors[0].ordered(&plan.result)
    }
}
