//! The scalar lane: a stream of 64-bit words, one record an op, read strictly backwards by a sweep.
//!
//! A record is its payload and then its header. The header holds the op's code in 8 bits and two operand ids in 28
//! bits each; an op's own id is its place in the order of recording. The payload holds exactly the operand and result
//! values that the op's cotangents read, and any constant operand: a sum of two variables takes 8 bytes, a product
//! 24. Every op and every constant can be read back, so the stream can be replayed.

use crate::Real;
use crate::ops::pointwise::{self, *};
use crate::ops::{BinaryRule, UnaryRule};
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;

/// The most scalar ops a tape can hold.
pub(crate) const CAPACITY: u32 = 1 << 28;

/// A variable that enters from outside.
pub(crate) const INPUT: u8 = 0;
/// A value detached from operand `a`: no cotangent passes.
pub(crate) const DETACH: u8 = 1;
/// An element of array `a`; its row-major number is the payload.
pub(crate) const READ: u8 = 2;
const FIRST_UNARY: u8 = 3;
const FIRST_BINARY: u8 = FIRST_UNARY + Unary::ALL.len() as u8;

/// Which operands of a two-argument op are variables; the other one is a constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Active {
    Both = 0,
    Left = 1,
    Right = 2,
}

/// The code of a unary op in a header.
pub(crate) trait UnaryCode: UnaryRule {
    const CODE: u8 = FIRST_UNARY + Self::OP as u8;
}
impl<O: UnaryRule> UnaryCode for O {}

/// The codes of a binary op in a header, and which of `a`, `b`, `y` its records hold.
pub(crate) trait BinaryCode: BinaryRule {
    const BOTH: u8 = FIRST_BINARY + 3 * Self::OP as u8;
    const LEFT: u8 = Self::BOTH + 1;
    const RIGHT: u8 = Self::BOTH + 2;
    const HOLDS: [[bool; 3]; 3] = {
        let [l, r] = Self::READS;
        [
            [l[0] || r[0], l[1] || r[1], l[2] || r[2]],
            [l[0], true, l[2]],
            [true, r[1], r[2]],
        ]
    };
}
impl<O: BinaryRule> BinaryCode for O {}

const _: () = assert!(FIRST_BINARY as usize + 3 * Binary::ALL.len() <= 256);

/// A header, taken apart.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Header {
    pub(crate) code: u8,
    pub(crate) a: u32,
    pub(crate) b: u32,
}

impl Header {
    #[inline(always)]
    fn pack(code: u8, a: u32, b: u32) -> u64 {
        u64::from(code) | u64::from(a) << 8 | u64::from(b) << 36
    }

    #[inline(always)]
    pub(crate) fn unpack(word: u64) -> Self {
        Self {
            code: word as u8,
            a: (word >> 8) as u32 & (CAPACITY - 1),
            b: (word >> 36) as u32,
        }
    }

    /// The number of payload words before the header.
    #[inline(always)]
    pub(crate) fn payload(self) -> usize {
        usize::from(PAYLOAD[usize::from(self.code)])
    }

    /// The variables among the operands.
    pub(crate) fn operands(self) -> Operands {
        match self.code {
            INPUT | READ => Operands::new(&[]),
            code if code < FIRST_BINARY => Operands::new(&[self.a]),
            code => match (code - FIRST_BINARY) % 3 {
                0 => Operands::new(&[self.a, self.b]),
                1 => Operands::new(&[self.a]),
                _ => Operands::new(&[self.b]),
            },
        }
    }
}

macro_rules! payloads {
    (() unary($($U:ident)*) binary($($B:ident)*)) => {{
        let mut words = [0; 256];
        words[READ as usize] = 1;
        $(words[<$U as UnaryCode>::CODE as usize] = $U::READS_X as u8 + $U::READS_Y as u8;)*
        $({
            let mut active = 0;
            while active < 3 {
                let [a, b, y] = <$B as BinaryCode>::HOLDS[active];
                words[<$B as BinaryCode>::BOTH as usize + active] = a as u8 + b as u8 + y as u8;
                active += 1;
            }
        })*
        words
    }};
}

/// The number of payload words of each code's records.
static PAYLOAD: [u8; 256] = pointwise::for_each_pointwise!(payloads());

/// What a record refers to.
pub(crate) struct Operands {
    ids: [u32; 2],
    n: usize,
}

impl Operands {
    fn new(ids: &[u32]) -> Self {
        let at = |i: usize| ids.get(i).copied().unwrap_or(0);
        Self {
            ids: [at(0), at(1)],
            n: ids.len(),
        }
    }

    pub(crate) fn variables(&self) -> &[u32] {
        &self.ids[..self.n]
    }
}

/// The recorded scalar ops.
pub(crate) struct Lane<T> {
    words: RefCell<Vec<u64>>,
    len: Cell<u32>,
    elem: PhantomData<T>,
}

impl<T> Default for Lane<T> {
    fn default() -> Self {
        Self {
            words: RefCell::default(),
            len: Cell::new(0),
            elem: PhantomData,
        }
    }
}

impl<T: Real> Lane<T> {
    pub(crate) fn len(&self) -> u32 {
        self.len.get()
    }

    /// The stream, for reading.
    pub(crate) fn words(&self) -> std::cell::Ref<'_, Vec<u64>> {
        self.words.borrow()
    }

    pub(crate) fn clear(&mut self) {
        self.words.get_mut().clear();
        self.len.set(0);
    }

    #[inline(always)]
    fn push(&self, record: &[u64]) -> u32 {
        let id = self.len.get();
        if id == CAPACITY {
            full();
        }
        self.words.borrow_mut().extend_from_slice(record);
        self.len.set(id + 1);
        id
    }

    pub(crate) fn push_input(&self) -> u32 {
        self.push(&[Header::pack(INPUT, 0, 0)])
    }

    pub(crate) fn push_detach(&self, a: u32) -> u32 {
        self.push(&[Header::pack(DETACH, a, 0)])
    }

    pub(crate) fn push_read(&self, array: u32, element: usize) -> u32 {
        self.push(&[element as u64, Header::pack(READ, array, 0)])
    }

    #[inline(always)]
    pub(crate) fn push_unary<O: UnaryRule>(&self, id: u32, x: T, y: T) -> u32 {
        let header = Header::pack(O::CODE, id, 0);
        match (O::READS_X, O::READS_Y) {
            (false, false) => self.push(&[header]),
            (true, false) => self.push(&[x.to_word(), header]),
            (false, true) => self.push(&[y.to_word(), header]),
            (true, true) => self.push(&[x.to_word(), y.to_word(), header]),
        }
    }

    /// Records `y = O(a, b)`; `ids` of constants do not matter.
    #[inline(always)]
    pub(crate) fn push_binary<O: BinaryRule>(&self, active: Active, ids: [u32; 2], [a, b, y]: [T; 3]) -> u32 {
        let (a, b, y) = (a.to_word(), b.to_word(), y.to_word());
        let header = Header::pack(O::BOTH + active as u8, ids[0], ids[1]);
        match O::HOLDS[active as usize] {
            [false, false, false] => self.push(&[header]),
            [true, false, false] => self.push(&[a, header]),
            [false, true, false] => self.push(&[b, header]),
            [false, false, true] => self.push(&[y, header]),
            [true, true, false] => self.push(&[a, b, header]),
            [true, false, true] => self.push(&[a, y, header]),
            [false, true, true] => self.push(&[b, y, header]),
            [true, true, true] => self.push(&[a, b, y, header]),
        }
    }
}

#[cold]
#[inline(never)]
fn full() -> ! {
    panic!("the tape is full: it holds {CAPACITY} scalar operations; clear it, or record in parts")
}
