//! The scalar lane read back: what each record says, and what is known of each op's value.

use super::lane::{Active, BinaryCode, DETACH, FIRST_BINARY, FIRST_UNARY, Header, INPUT, READ, Word};
use super::{Op, Tape};
use crate::Real;
use crate::ops::pointwise::{BinaryVisitor, UnaryVisitor};
use crate::ops::{Binary, BinaryRule, Unary, UnaryRule};

/// What a record of the scalar lane says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decoded<T> {
    pub(crate) kind: Kind,
    /// The variables among the operands; an array's id where `kind` is [`Kind::Read`].
    pub(crate) ids: [u32; 2],
    /// The operands' values, as far as the record holds them.
    pub(crate) x: [Option<T>; 2],
    /// The result's value, if the record holds it.
    pub(crate) y: Option<T>,
}

/// Which op a record is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Input,
    Detach,
    /// Of the element with this row-major number.
    Read(usize),
    Unary(Unary),
    Binary(Binary, Active),
}

/// An operand of a scalar op.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Operand<T> {
    Scalar(u32),
    /// An element of an array.
    Element(u32, usize),
    Constant(T),
}

impl<T: Real> Decoded<T> {
    /// The record whose last word is `words[end - 1]`.
    pub(crate) fn at(words: &[Word], end: usize) -> Self {
        let header = Header::unpack(words[end - 1].get());
        let mut payload = words[end - 1 - header.payload()..end - 1].iter();
        let mut word = |held: bool| if held { payload.next().map(Word::get) } else { None };
        let mut decoded = Self {
            kind: Kind::Input,
            ids: [header.a, header.b],
            x: [None; 2],
            y: None,
        };
        match header.code {
            INPUT => {}
            DETACH => decoded.kind = Kind::Detach,
            READ => decoded.kind = Kind::Read(word(true).unwrap_or(0) as usize),
            code if code < FIRST_BINARY => {
                let op = Unary::ALL[usize::from(code - FIRST_UNARY)];
                let [x, y] = op.visit(Holds);
                decoded.kind = Kind::Unary(op);
                decoded.x[0] = word(x).map(T::from_word);
                decoded.y = word(y).map(T::from_word);
            }
            code => {
                let (op, active) = ((code - FIRST_BINARY) / 3, (code - FIRST_BINARY) % 3);
                let op = Binary::ALL[usize::from(op)];
                let [a, b, y] = op.visit(Holds)[usize::from(active)];
                let active = [Active::Both, Active::Left, Active::Right][usize::from(active)];
                decoded.kind = Kind::Binary(op, active);
                decoded.x = [a, b].map(|held| word(held).map(T::from_word));
                decoded.y = word(y).map(T::from_word);
            }
        }
        decoded
    }

    /// The operands in order.
    pub(crate) fn operands(&self) -> impl Iterator<Item = Operand<T>> + use<T> {
        let constant = |k: usize| Operand::Constant(self.x[k].unwrap_or_else(T::nan));
        let [a, b] = self.ids;
        let operands = match self.kind {
            Kind::Input => [None, None],
            Kind::Read(element) => [Some(Operand::Element(a, element)), None],
            Kind::Detach | Kind::Unary(_) => [Some(Operand::Scalar(a)), None],
            Kind::Binary(_, Active::Both) => [Some(Operand::Scalar(a)), Some(Operand::Scalar(b))],
            Kind::Binary(_, Active::Left) => [Some(Operand::Scalar(a)), Some(constant(1))],
            Kind::Binary(_, Active::Right) => [Some(constant(0)), Some(Operand::Scalar(b))],
        };
        operands.into_iter().flatten()
    }

    /// The op's name.
    pub(crate) fn name(&self) -> String {
        match self.kind {
            Kind::Input => "var".to_owned(),
            Kind::Detach => "detach".to_owned(),
            Kind::Read(_) => "at".to_owned(),
            Kind::Unary(op) => op.name(),
            Kind::Binary(op, _) => op.name(),
        }
    }
}

/// Which of operands and result an op's records hold.
struct Holds;

impl UnaryVisitor for Holds {
    type Out = [bool; 2];
    fn visit<O: UnaryRule>(self) -> [bool; 2] {
        [O::READS_X, O::READS_Y]
    }
}

impl BinaryVisitor for Holds {
    type Out = [[bool; 3]; 3];
    fn visit<O: BinaryRule>(self) -> [[bool; 3]; 3] {
        O::HOLDS
    }
}

/// The value of an op whose operands are known.
struct Apply<T>([T; 2]);

impl<T: Real> UnaryVisitor for Apply<T> {
    type Out = T;
    fn visit<O: UnaryRule>(self) -> T {
        O::f(self.0[0])
    }
}

impl<T: Real> BinaryVisitor for Apply<T> {
    type Out = T;
    fn visit<O: BinaryRule>(self) -> T {
        O::f(self.0[0], self.0[1])
    }
}

/// The value of each scalar, as far as it is known. A traced tape knows all; otherwise what the records and the arrays
/// hold is collected, and what follows from it computed.
pub(crate) fn values<T: Real>(tape: &Tape<T>, words: &[Word], ends: &[usize]) -> Vec<Option<T>> {
    if let Some(trace) = tape.scalars.trace() {
        return trace.iter().map(|op| Some(op.value)).collect();
    }
    let mut values = vec![None; ends.len()];
    for (id, &end) in ends.iter().enumerate() {
        let op = Decoded::<T>::at(words, end);
        for (operand, x) in op.operands().zip(op.x) {
            if let (Operand::Scalar(id), Some(x)) = (operand, x) {
                values[id as usize] = Some(x);
            }
        }
        values[id] = values[id].or(op.y);
        if let Kind::Read(element) = op.kind {
            values[id] = Some(tape.arrays.get(op.ids[0] as usize).value().element(element));
        }
    }
    for node in (0..tape.arrays.len()).map(|i| tape.arrays.get(i)) {
        if let Op::Stack(pairs) = &node.op {
            let pairs = pairs.chunks_exact(2);
            pairs.for_each(|pair| values[pair[1]] = Some(node.value().element(pair[0])));
        }
    }
    for (id, &end) in ends.iter().enumerate() {
        if values[id].is_some() {
            continue;
        }
        let op = Decoded::<T>::at(words, end);
        let value = |k: usize| match op.operands().nth(k) {
            Some(Operand::Scalar(id)) => values[id as usize],
            Some(Operand::Constant(c)) => Some(c),
            _ => None,
        };
        values[id] = match op.kind {
            Kind::Input | Kind::Read(_) => None,
            Kind::Detach => value(0),
            Kind::Unary(op) => value(0).map(|x| op.visit(Apply([x; 2]))),
            Kind::Binary(op, _) => value(0).zip(value(1)).map(|(a, b)| op.visit(Apply([a, b]))),
        };
    }
    values
}
