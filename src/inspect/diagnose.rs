//! The search for births: values in the order of recording, then a sweep op by op.
//!
//! Each op is swept by the walk that every plain sweep uses, as a part of the tape of its own, with nothing in its
//! operands' adjoints: what it adds is then its contribution, and can be compared with what it was made of. So the
//! rules are not compiled again, and what is looked at is what a sweep does.

use super::grade::{Given, Grade, grade, multi_index, worst};
use super::{Birth, Born, Diagnosis, Seen, Witness};
use crate::Real;
use crate::dense::Dense;
use crate::ops::Term;
use crate::ops::rule::Cotangent;
use crate::sweep::Part;
use crate::sweep::plain::add_to;
use crate::tape::decode::{Kind, Operand};
use crate::tape::{Adjoints, Node, Op, Reach, Root, Var};
use ndarray::{ArrayViewD, IxDyn};

impl<T: Real> Var<'_, T> {
    /// Finds where an ∞ or a NaN comes from, in this value or in its gradient: every op that this depends on and that
    /// made, of its value or of an operand's adjoint, something worse than all it was made of (finite is better than ±∞,
    /// and that better than NaN), with its operands and the line of the program that recorded it.
    ///
    /// Record on a [traced](crate::Tape::traced) tape to have the lines of scalar ops as well. Elementwise ops are looked
    /// at element by element; of other array ops, the worst element of the result is compared with the worst of the
    /// operands.
    ///
    /// ```
    /// let tape = wengert::Tape::new().traced();
    /// let x = tape.var(0.0).label("x");
    /// let loss = x * x.ln();
    /// let diagnosis = loss.diagnose();
    /// assert!(loss.value().is_nan() && !diagnosis.is_clean());
    /// let report = diagnosis.to_string();
    /// assert!(report.contains("`ln x` made #1 = −∞, from x = 0"), "{report}");
    /// ```
    ///
    /// # Panics
    /// Where this is an untracked constant.
    #[must_use]
    #[track_caller]
    pub fn diagnose(&self) -> Diagnosis<T> {
        let Some(tape) = self.0.tape else {
            panic!("diagnose: an untracked constant was computed from nothing on a tape");
        };
        let root = Root::Scalar(self.0.id);
        let mut search = Search {
            seen: Seen::of(tape),
            births: Vec::new(),
        };
        let reach = Reach::of(tape, &[root], true);
        let order = search.seen.order();
        for &place in order.iter().filter(|&&place| reach.contains(place)) {
            match place {
                Root::Scalar(id) => search.scalar_value(id),
                Root::Array(id) => search.array_value(search.seen.node(id)),
            }
        }
        let mut found = Adjoints::untouched(tape);
        found.seed_scalar(self.0.id, T::one());
        let reach = Reach::of(tape, &[root], false);
        let (mut variables, mut spoilt) = (0, 0);
        for &place in order.iter().rev().filter(|&&place| reach.contains(place)) {
            let (variable, worst) = match place {
                Root::Scalar(id) => {
                    search.scalar_adjoints(id, &mut found);
                    let variable = search.seen.scalar(id).kind == Kind::Input;
                    (variable, grade(found.scalars[id as usize]))
                }
                Root::Array(id) => {
                    let node = search.seen.node(id);
                    search.array_adjoints(node, &mut found);
                    let g = found.arrays[id as usize].as_ref();
                    let worst = g.map_or(Grade::Finite, |g| worst(&g.value.0));
                    (matches!(node.op, Op::Input), worst)
                }
            };
            variables += usize::from(variable);
            spoilt += usize::from(variable && worst > Grade::Finite);
        }
        let scalars = reach.scalars() > 0;
        Diagnosis {
            value: self.0.value,
            births: search.births,
            variables,
            spoilt,
            traced: tape.scalars().trace().is_some() || !scalars,
        }
    }
}

/// What is being searched, and what has been found.
struct Search<'t, T: Real> {
    seen: Seen<'t, T>,
    births: Vec<Birth<T>>,
}

impl<T: Real> Search<'_, T> {
    fn birth(&mut self, place: Root, born: Born, result: Witness<T>) -> &mut Birth<T> {
        self.births.push(Birth {
            op: self.seen.name(place),
            born,
            result,
            count: 1,
            operands: Vec::new(),
            cotangent: None,
            location: self.seen.line(place),
        });
        self.births.last_mut().expect("one has been pushed")
    }

    /// A scalar as a witness.
    fn scalar(&self, id: u32, value: Option<T>) -> Witness<T> {
        Witness {
            name: self.seen.tag(Root::Scalar(id)),
            shape: None,
            index: None,
            value,
            range: None,
        }
    }

    /// An array, or one of its elements, as a witness; `value` is the array's or its adjoint's.
    fn array(&self, id: u32, value: &Dense<T>, index: Option<&[usize]>) -> Witness<T> {
        let view = value.view();
        let numbers = view.iter().filter(|x| !x.is_nan());
        let range = numbers.fold(None, |range: Option<(T, T)>, &x| {
            let (low, high) = range.unwrap_or((x, x));
            Some((low.min(x), high.max(x)))
        });
        Witness {
            name: self.seen.tag(Root::Array(id)),
            shape: Some(value.shape().to_vec()),
            index: index.map(<[usize]>::to_vec),
            value: index.and_then(|index| value.get(index)),
            range,
        }
    }

    fn constant(value: T) -> Witness<T> {
        Witness {
            name: String::new(),
            shape: None,
            index: None,
            value: Some(value),
            range: None,
        }
    }

    /// The operands of a scalar op, and the worst of their values, as far as those are known.
    fn scalar_operands(&self, id: u32) -> (Vec<Witness<T>>, Grade) {
        let operands = self.seen.scalar(id).operands();
        let witnesses: Vec<Witness<T>> = operands
            .map(|operand| match operand {
                Operand::Scalar(id) => self.scalar(id, self.seen.values[id as usize]),
                Operand::Constant(c) => Self::constant(c),
                Operand::Element(id, element) => {
                    let value = self.seen.node(id).value();
                    self.array(id, value, Some(&multi_index(value.shape(), element)))
                }
            })
            .collect();
        let values = witnesses.iter().filter_map(|x| x.value);
        let worst = values.map(grade).max().unwrap_or(Grade::Finite);
        (witnesses, worst)
    }

    fn scalar_value(&mut self, id: u32) {
        let op = self.seen.scalar(id);
        for operand in op.operands() {
            if let Operand::Constant(c) = operand
                && grade(c) > Grade::Finite
            {
                self.birth(Root::Scalar(id), Born::Entered, Self::constant(c));
            }
        }
        let Some(y) = self.seen.values[id as usize] else {
            return;
        };
        if grade(y) == Grade::Finite {
            return;
        }
        let (operands, given) = self.scalar_operands(id);
        let result = self.scalar(id, Some(y));
        if op.kind == Kind::Input {
            self.birth(Root::Scalar(id), Born::Entered, result);
        } else if grade(y) > given && operands.iter().all(|x| x.value.is_some()) {
            self.birth(Root::Scalar(id), Born::Value, result).operands = operands;
        }
    }

    fn scalar_adjoints(&mut self, id: u32, found: &mut Adjoints<T>) {
        let g = found.scalars[id as usize];
        let op = self.seen.scalar(id);
        let part = Part {
            scalars: id..id + 1,
            nodes: 0..0,
        };
        let tape = self.seen.tape;
        let end = self.seen.ends[id as usize];
        match op.kind {
            _ if g.is_none() => {}
            Kind::Input | Kind::Detach => {}
            Kind::Read(element) => {
                let array = op.ids[0];
                let at = |found: &Adjoints<T>| {
                    let sum = found.arrays[array as usize].as_ref();
                    sum.map_or(T::NONE, |sum| sum.value.0.element(element))
                };
                let before = at(found);
                T::plain(tape, &self.seen.words[..end], part, &mut found.plain());
                let after = at(found);
                if grade(after) > grade(before).max(grade(g)) {
                    let sum = found.arrays[array as usize].as_ref().map(|sum| &sum.value.0);
                    let index = multi_index(self.seen.node(array).value().shape(), element);
                    let result = sum.map(|sum| self.array(array, sum, Some(&index)));
                    let operands = self.scalar_operands(id).0;
                    if let Some(result) = result {
                        let birth = self.birth(Root::Scalar(id), Born::Sum, result);
                        (birth.operands, birth.cotangent) = (operands, Some(g));
                    }
                }
            }
            Kind::Unary(_) | Kind::Binary(..) => {
                let mut targets: Vec<u32> = op
                    .operands()
                    .filter_map(|x| match x {
                        Operand::Scalar(id) => Some(id),
                        _ => None,
                    })
                    .collect();
                targets.dedup();
                let before: Vec<T> = take(&mut found.scalars, &targets, T::NONE);
                T::plain(tape, &self.seen.words[..end], part, &mut found.plain());
                let (operands, given) = self.scalar_operands(id);
                for (&x, before) in targets.iter().zip(before) {
                    let slot = &mut found.scalars[x as usize];
                    let part = *slot;
                    *slot = sum(before, part);
                    let sum = *slot;
                    let made = (grade(part) > given.max(grade(g))).then_some((Born::Adjoint, part));
                    let added = (grade(sum) > grade(part).max(grade(before))).then_some((Born::Sum, sum));
                    for (born, value) in made.into_iter().chain(added) {
                        let result = self.scalar(x, Some(value));
                        let operands = operands.clone();
                        let birth = self.birth(Root::Scalar(id), born, result);
                        (birth.operands, birth.cotangent) = (operands, Some(g));
                    }
                }
            }
        }
    }

    fn array_value(&mut self, node: &Node<T>) {
        let place = Root::Array(node.id);
        if let Op::BinaryWith(_, c) | Op::BinaryFrom(_, c) = node.op
            && grade(c) > Grade::Finite
        {
            self.birth(place, Born::Entered, Self::constant(c));
        }
        let y = worst(node.value());
        if y == Grade::Finite {
            return;
        }
        let mut given = self.given(node, &[]);
        let born = match &node.op {
            Op::Input | Op::Constant => Born::Entered,
            Op::Detach if node.operands.is_empty() => Born::Entered,
            Op::Stack(pairs) => {
                // What a variable brings was born elsewhere; other elements are constants.
                let mut grades = vec![Grade::Finite; node.value().len()];
                pairs
                    .chunks_exact(2)
                    .for_each(|pair| grades[pair[0]] = Grade::Nan);
                given = Given::Each(grades);
                Born::Entered
            }
            _ => Born::Value,
        };
        let Some((index, count)) = given.born(node.value()) else {
            return;
        };
        let result = self.array(node.id, node.value(), Some(&index));
        let operands = self.array_operands(node, &given, &index);
        let birth = self.birth(place, born, result);
        (birth.operands, birth.count) = (operands, count);
    }

    fn array_adjoints(&mut self, node: &Node<T>, found: &mut Adjoints<T>) {
        let Some(g) = found.arrays[node.id as usize].clone() else {
            return;
        };
        let part = Part {
            scalars: node.scalars_before..node.scalars_before,
            nodes: node.id as usize..node.id as usize + 1,
        };
        let (tape, place) = (self.seen.tape, Root::Array(node.id));
        if let Op::Stack(pairs) = &node.op {
            let ids: Vec<u32> = pairs.chunks_exact(2).map(|pair| pair[1] as u32).collect();
            let mut once = ids.clone();
            once.sort_unstable();
            once.dedup();
            let before: Vec<T> = once.iter().map(|&id| found.scalars[id as usize]).collect();
            T::plain(tape, &[], part, &mut found.plain());
            let given = worst(&g.value.0);
            for (&x, before) in once.iter().zip(before) {
                let after = found.scalars[x as usize];
                if grade(after) > given.max(grade(before)) {
                    let result = self.scalar(x, Some(after));
                    self.birth(place, Born::Sum, result);
                }
            }
            return;
        }
        let mut targets = node.operands.to_vec();
        targets.sort_unstable();
        targets.dedup();
        let before: Vec<Option<Cotangent<Dense<T>>>> = take(&mut found.arrays, &targets, None);
        T::plain(tape, &[], part, &mut found.plain());
        for (&x, before) in targets.iter().zip(before) {
            let slot = &mut found.arrays[x as usize];
            let Some(part) = std::mem::replace(slot, before.clone()) else {
                continue;
            };
            let target = self.seen.node(x);
            add_to(slot, part.clone(), target.value().shape());
            let sum = slot.as_ref().map(|sum| sum.value.0.clone());
            let given = self
                .given(node, &[&g.value.0])
                .onto(node.value().shape(), target.value().shape());
            if let Some((index, count)) = given.born(&part.value.0) {
                let result = self.array(x, &part.value.0, Some(&index));
                let whole = target.value().shape() == node.value().shape();
                let operands = self.array_operands(
                    node,
                    if whole {
                        &given
                    } else {
                        &Given::Whole(Grade::Finite)
                    },
                    &index,
                );
                let cotangent = match (whole, &given) {
                    (true, Given::Each(_)) => g.value.0.get(&index),
                    _ => None,
                };
                let birth = self.birth(place, Born::Adjoint, result);
                (birth.operands, birth.count, birth.cotangent) = (operands, count, cotangent);
            }
            if let (
                Some(Cotangent {
                    value: Term(before), ..
                }),
                Some(sum),
            ) = (before, sum)
            {
                let each = before.view();
                let part = part.value.0.view();
                let each = each
                    .iter()
                    .zip(part.iter())
                    .map(|(&a, &b)| grade(a).max(grade(b)));
                if let Some((index, count)) = Given::Each(each.collect()).born(&sum) {
                    let result = self.array(x, &sum, Some(&index));
                    self.birth(place, Born::Sum, result).count = count;
                }
            }
        }
    }

    /// What an op's result is to be compared with: its operands and `more`.
    fn given(&self, node: &Node<T>, more: &[&Dense<T>]) -> Given {
        let operands = node.operands.iter().map(|&id| self.seen.node(id).value());
        let all = operands.chain(more.iter().copied());
        let pointwise = matches!(
            node.op,
            Op::Unary(_) | Op::Binary(_) | Op::BinaryWith(..) | Op::BinaryFrom(..)
        );
        let constant = match node.op {
            Op::BinaryWith(_, c) | Op::BinaryFrom(_, c) => grade(c),
            _ => Grade::Finite,
        };
        if !pointwise {
            return Given::Whole(all.map(worst).max().unwrap_or(Grade::Finite));
        }
        let mut grades = vec![constant; node.value().len()];
        for x in all {
            let view = x.view();
            let wide: ArrayViewD<'_, T> = view
                .broadcast(IxDyn(node.value().shape()))
                .expect("the operands of an elementwise op broadcast to its result");
            for (given, &x) in grades.iter_mut().zip(&wide) {
                *given = (*given).max(grade(x));
            }
        }
        Given::Each(grades)
    }

    /// An array op's operands; of an elementwise one, the elements that this element of the result was made of.
    fn array_operands(&self, node: &Node<T>, given: &Given, index: &[usize]) -> Vec<Witness<T>> {
        let operand = |k: usize| {
            let id = node.operands[k];
            let value = self.seen.node(id).value();
            let own = matches!(given, Given::Each(_)).then(|| {
                let skip = index.len() - value.shape().len();
                let axes = index[skip..].iter().zip(value.shape());
                axes.map(|(&i, &n)| if n == 1 { 0 } else { i })
                    .collect::<Vec<usize>>()
            });
            self.array(id, value, own.as_deref())
        };
        match node.op {
            Op::BinaryWith(_, c) => vec![operand(0), Self::constant(c)],
            Op::BinaryFrom(_, c) => vec![Self::constant(c), operand(0)],
            _ => (0..node.operands.len()).map(operand).collect(),
        }
    }
}

/// Takes what is at these places, and leaves `nothing`.
fn take<V: Clone>(slots: &mut [V], places: &[u32], nothing: V) -> Vec<V> {
    let places = places.iter();
    places
        .map(|&id| std::mem::replace(&mut slots[id as usize], nothing.clone()))
        .collect()
}

/// What has been added so far with one more contribution, as a sweep adds it.
fn sum<T: Real>(before: T, part: T) -> T {
    match part.is_none() {
        true => before,
        false => (before + T::zero()) + part,
    }
}
