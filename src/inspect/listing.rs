//! A tape in print, and counted.

use super::birth::Shown;
use super::{Seen, number};
use crate::Real;
use crate::dense::Dense;
use crate::ops::ArrayOp;
use crate::ops::rule::Cotangent;
use crate::tape::decode::Operand;
use crate::tape::{Node, Op, Root, Stats, Tape};
use std::collections::BTreeMap;
use std::fmt;

/// How many ops a listing shows from the tape's beginning, and from its end.
const HEAD: usize = 40;
const TAIL: usize = 20;

/// A tape in print, see [`Tape::listing`].
pub struct Listing<'t, T: Real = f64>(Seen<'t, T>);

/// One of the tape's two lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// Scalars.
    Scalar,
    /// Arrays.
    Array,
}

/// How much of a tape one kind of op takes, see [`Tape::tally`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// The lane in which it is recorded.
    pub lane: Lane,
    /// The op's name.
    pub op: String,
    /// How many there are.
    pub ops: usize,
    /// The bytes of their records and values. What a transposed or sliced view shares with its operand is counted there.
    pub bytes: usize,
}

impl<T: Real> Tape<T> {
    /// What is recorded, one line an op: number, name, operands, value (of an array the shape and the Euclidean norm),
    /// and line of the program. A long tape is elided in its middle. A scalar's line is known on a
    /// [traced](Tape::traced) tape, and so is every scalar's value.
    ///
    /// ```
    /// let tape = wengert::Tape::new().traced();
    /// let x = tape.var(2.0);
    /// let y = x * 3.0;
    /// let listing = tape.listing().to_string();
    /// assert!(listing.contains("#1  mul #0 3  = 6"), "{listing}");
    /// ```
    #[must_use]
    pub fn listing(&self) -> Listing<'_, T> {
        Listing(Seen::of(self))
    }

    /// How much is recorded, and how much a backward sweep will add.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(1.0);
    /// let y = x * x + 1.0;
    /// assert_eq!(tape.stats().scalar_ops, 3);
    /// ```
    pub fn stats(&self) -> Stats {
        let nodes = || (0..self.arrays().len()).map(|i| self.arrays().get(i));
        let scalars = self.scalars().len() as usize;
        let active = nodes().filter(|node| node.active && !matches!(node.op, Op::Constant));
        let cotangents: usize = active.map(|node| node.value().len() * size_of::<T>()).sum();
        Stats {
            scalar_ops: scalars,
            scalar_bytes: self.scalars().bytes(),
            array_ops: self.arrays().len(),
            array_bytes: nodes().map(|node| own_bytes(self, node)).sum(),
            adjoint_bytes: scalars * size_of::<T>()
                + self.arrays().len() * size_of::<Option<Cotangent<Dense<T>>>>()
                + cotangents,
        }
    }

    /// How many ops of each kind are recorded and what they take, the largest first.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let x = tape.var(2.0);
    /// let y = x * x * x;
    /// let largest = &tape.tally()[0];
    /// assert_eq!((largest.op.as_str(), largest.ops, largest.bytes), ("mul", 2, 48));
    /// ```
    #[must_use]
    pub fn tally(&self) -> Vec<Tally> {
        let seen = Seen::of(self);
        let mut counts: BTreeMap<(Lane, String), (usize, usize)> = BTreeMap::new();
        let mut count = |lane, place, bytes| {
            let entry = counts.entry((lane, seen.name(place))).or_default();
            *entry = (entry.0 + 1, entry.1 + bytes);
        };
        let mut start = 0;
        let traced = seen.tape.scalars().traced_bytes();
        for (id, &end) in seen.ends.iter().enumerate() {
            let bytes = (end - start) * size_of::<u64>() + traced;
            count(Lane::Scalar, Root::Scalar(id as u32), bytes);
            start = end;
        }
        for node in (0..self.arrays().len()).map(|i| self.arrays().get(i)) {
            let op = if matches!(node.op, Op::Array(_)) {
                size_of::<ArrayOp>()
            } else {
                0
            };
            let bytes = own_bytes(self, node) + size_of::<Node<T>>() + op;
            count(Lane::Array, Root::Array(node.id), bytes);
        }
        let tallies = counts.into_iter();
        let mut tallies: Vec<Tally> = tallies
            .map(|((lane, op), (ops, bytes))| Tally { lane, op, ops, bytes })
            .collect();
        tallies.sort_by_key(|tally| std::cmp::Reverse(tally.bytes));
        tallies
    }
}

/// The bytes of a node's value; 0 where it lies in the memory of an operand's.
fn own_bytes<T: Real>(tape: &Tape<T>, node: &Node<T>) -> usize {
    let (address, bytes) = node.value().block();
    let mut operands = node.operands.iter();
    let shared = operands.any(|&id| tape.arrays().get(id as usize).value().block().0 == address);
    if shared { 0 } else { bytes }
}

impl<T: Real> Seen<'_, T> {
    /// An op with its operands: `mul #0 3`.
    fn expression(&self, place: Root) -> String {
        let mut text = self.name(place);
        let mut operand = |x: &str| {
            text.push(' ');
            text.push_str(x);
        };
        match place {
            Root::Scalar(id) => {
                for x in self.scalar(id).operands() {
                    match x {
                        Operand::Scalar(id) => operand(&number(Root::Scalar(id))),
                        Operand::Element(id, element) => operand(&format!("@{id}.{element}")),
                        Operand::Constant(c) => operand(&Shown(c).to_string()),
                    }
                }
            }
            Root::Array(id) => {
                let node = self.node(id);
                if let Op::BinaryFrom(_, c) = node.op {
                    operand(&Shown(c).to_string());
                }
                for &id in &node.operands {
                    operand(&number(Root::Array(id)));
                }
                if let Op::BinaryWith(_, c) = node.op {
                    operand(&Shown(c).to_string());
                }
                if let Op::Stack(pairs) = &node.op {
                    let ids = pairs.iter().skip(1).step_by(2);
                    ids.take(4)
                        .for_each(|&id| operand(&number(Root::Scalar(id as u32))));
                    if pairs.len() > 8 {
                        operand("…");
                    }
                }
            }
        }
        text
    }

    /// A scalar's value; an array's shape and norm.
    fn value(&self, place: Root) -> String {
        match place {
            Root::Scalar(id) => match self.values[id as usize] {
                Some(x) => format!("= {}", Shown(x)),
                None => "= ?".to_owned(),
            },
            Root::Array(id) => {
                let value = &self.node(id).value();
                format!("{:?} ‖·‖ = {}", value.shape(), Shown(norm(value)))
            }
        }
    }

    fn row(&self, place: Root) -> [String; 4] {
        let number = match self.labels.get(&place) {
            Some(label) => format!("{} {label}", number(place)),
            None => number(place),
        };
        let line = self.line(place);
        let line = line.map_or_else(String::new, |line| format!("{}:{}", line.file(), line.line()));
        [number, self.expression(place), self.value(place), line]
    }
}

/// The Euclidean norm of an array's elements.
pub(super) fn norm<T: Real>(x: &Dense<T>) -> T {
    let view = x.view();
    view.iter().fold(T::zero(), |norm, &x| norm.hypot(x))
}

impl<T: Real> fmt::Display for Listing<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seen = &self.0;
        let elided = seen.len().saturating_sub(HEAD + TAIL);
        let order = seen.order().into_iter().enumerate();
        let shown = order.filter(|(i, _)| elided < 2 || *i < HEAD || *i >= HEAD + elided);
        let rows: Vec<[String; 4]> = shown.map(|(_, place)| seen.row(place)).collect();
        let mut widths = [0; 3];
        for row in &rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count()).min(44);
            }
        }
        for (i, [number, expression, value, line]) in rows.iter().enumerate() {
            if elided >= 2 && i == HEAD {
                writeln!(f, "… {elided} ops …")?;
            }
            let [n, e, v] = widths;
            let row = format!("{number:n$}  {expression:e$}  {value:v$}  {line}");
            writeln!(f, "{}", row.trim_end())?;
        }
        Ok(())
    }
}

impl<T: Real> fmt::Debug for Listing<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
