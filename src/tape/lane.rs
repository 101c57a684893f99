//! The scalar lane: a stream of 64-bit words, one record an op, read strictly backwards by a sweep.
//!
//! A record is its payload and then its header. The header holds the op's code in 8 bits and two operand ids in 28
//! bits each; an op's own id is its place in the order of recording. The payload holds exactly the operand and result
//! values that the op's cotangents read, and any constant operand: a sum of two variables takes 8 bytes, a product
//! 24. Every op and every constant can be read back, so the stream can be replayed.

use crate::Real;
use crate::dense::ledger::{Ledger, Use, grow};
use crate::ops::pointwise::{self, *};
use crate::ops::{BinaryRule, UnaryRule};
use std::cell::{Cell, Ref, RefCell};
use std::ops::Deref;
use std::panic::Location;

/// The most scalar ops a tape can hold.
pub(crate) const CAPACITY: u32 = 1 << 28;

/// The most words of a record.
const RECORD: usize = 4;

/// A variable that enters from outside.
pub(crate) const INPUT: u8 = 0;
/// A value detached from operand `a`: no cotangent passes.
pub(crate) const DETACH: u8 = 1;
/// An element of array `a`; its row-major number is the payload.
pub(crate) const READ: u8 = 2;
pub(crate) const FIRST_UNARY: u8 = 3;
pub(crate) const FIRST_BINARY: u8 = FIRST_UNARY + Unary::ALL.len() as u8;

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
    pub(crate) fn pack(code: u8, a: u32, b: u32) -> u64 {
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

/// A line of the user's program.
pub(crate) type Line = &'static Location<'static>;

/// What a traced lane remembers of an op besides its record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Traced<T> {
    pub(crate) value: T,
    pub(crate) line: Line,
}

/// The recorded scalar ops.
///
/// What is recorded goes to a page that stays in the first-level cache, and in blocks from there to the stream: a push is one
/// comparison and its stores. A lane that is traced, limited or full offers a page without room, so it pays no comparison more.
pub(crate) struct Lane<T> {
    page: Page,
    words: RefCell<Vec<Word>>,
    len: Cell<u32>,
    trace: RefCell<Option<Vec<Traced<T>>>>,
    /// The line to name instead of the caller's, while a rule's text is being recorded.
    on_behalf: Cell<Option<Line>>,
    /// What may be held, while there is a limit.
    limit: RefCell<Option<Ledger>>,
}

/// A word of the stream: a cell, as those of the page are, on which a sweep finds a short tape.
pub(crate) type Word = Cell<u64>;

/// All that is recorded, lent for reading: the stream, or the page of a tape that has not filled one.
pub(crate) struct Words<'a> {
    page: &'a [Word],
    /// Empty where all is on the page; then, too, it is lent, so that the page does not turn.
    stream: Ref<'a, Vec<Word>>,
}

impl Deref for Words<'_> {
    type Target = [Word];
    #[inline]
    fn deref(&self) -> &[Word] {
        match self.stream.is_empty() {
            true => self.page,
            false => &self.stream,
        }
    }
}

/// The words of a page.
const PAGE: usize = 512;

/// The words that have not reached the stream yet.
struct Page {
    words: Box<[Word; PAGE]>,
    /// Where they begin.
    from: Cell<usize>,
    /// Where the next record goes.
    at: Cell<usize>,
}

impl Page {
    /// A page with room for so many words.
    #[inline]
    fn open(&self, room: usize) {
        let at = PAGE - room.min(PAGE);
        self.from.set(at);
        self.at.set(at);
    }
}

impl<T> Default for Lane<T> {
    fn default() -> Self {
        let page = Page {
            words: Box::new([const { Cell::new(0) }; PAGE]),
            from: Cell::new(0),
            at: Cell::new(0),
        };
        Self {
            page,
            words: RefCell::default(),
            len: Cell::new(0),
            trace: RefCell::default(),
            on_behalf: Cell::new(None),
            limit: RefCell::default(),
        }
    }
}

impl<T: Real> Lane<T> {
    pub(crate) fn len(&self) -> u32 {
        self.len.get()
    }

    /// The stream, for reading.
    #[inline]
    pub(crate) fn words(&self) -> Words<'_> {
        let mut stream = self.words.borrow();
        if !stream.is_empty() {
            drop(stream);
            self.flush();
            stream = self.words.borrow();
        }
        let page = &self.page.words[self.page.from.get()..self.page.at.get()];
        Words { page, stream }
    }

    /// Brings what is on the page to the stream.
    fn flush(&self) {
        let (from, at) = (self.page.from.get(), self.page.at.get());
        if from < at {
            let (page, mut words) = (&self.page.words[from..at], self.words.borrow_mut());
            words.extend(page.iter().cloned());
            self.page.from.set(at);
        }
    }

    /// The bytes of what is recorded.
    pub(crate) fn bytes(&self) -> usize {
        self.words().len() * size_of::<u64>() + self.len() as usize * self.traced_bytes()
    }

    /// The bytes that an op's trace takes.
    pub(crate) fn traced_bytes(&self) -> usize {
        self.trace.borrow().as_ref().map_or(0, |_| size_of::<Traced<T>>())
    }

    pub(crate) fn clear(&mut self) {
        let words = self.words.get_mut();
        words.clear();
        self.len.set(0);
        // As `turn`, of an empty lane.
        let (trace, limit) = (self.trace.get_mut(), self.limit.get_mut());
        if let Some(trace) = trace {
            trace.clear();
        }
        self.page.open(match (trace, limit) {
            (None, None) => PAGE,
            (Some(_), _) => 0,
            (None, Some(_)) => words.capacity(),
        });
    }

    /// Remembers every op's value and line from now on; the lane is empty.
    pub(crate) fn start_trace(&mut self) {
        self.trace.get_mut().get_or_insert_default();
        self.turn();
    }

    /// What is remembered of each op, if the lane is traced.
    pub(crate) fn trace(&self) -> Option<Ref<'_, [Traced<T>]>> {
        Ref::filter_map(self.trace.borrow(), |trace| trace.as_deref()).ok()
    }

    /// `line`, or the line on whose behalf it is being executed.
    pub(crate) fn line(&self, line: Line) -> Line {
        self.on_behalf.get().unwrap_or(line)
    }

    /// While `f` runs, what is recorded (in either lane) names this line; an outer call's line goes first.
    pub(crate) fn on_behalf<R>(&self, line: Line, f: impl FnOnce() -> R) -> R {
        struct Restore<'a>(&'a Cell<Option<Line>>, Option<Line>);
        impl Drop for Restore<'_> {
            fn drop(&mut self) {
                self.0.set(self.1);
            }
        }
        let before = self.on_behalf.get();
        let _restore = Restore(&self.on_behalf, before);
        self.on_behalf.set(before.or(Some(line)));
        f()
    }

    #[inline(always)]
    #[track_caller]
    fn push<const N: usize>(&self, record: [u64; N], value: T) -> u32 {
        let at = self.page.at.get();
        if at > PAGE - N {
            // A copy: were the record itself lent, its words would have to lie in memory at every push.
            let mut words = [0; RECORD];
            words[..N].copy_from_slice(&record);
            return self.push_past(words, N, value, Location::caller());
        }
        let slots = &self.page.words[at..at + N];
        slots.iter().zip(record).for_each(|(slot, word)| slot.set(word));
        self.page.at.set(at + N);
        let id = self.len.get();
        self.len.set(id + 1);
        id
    }

    /// From now on asks `ledger` before the lane grows, or nobody.
    pub(crate) fn set_limit(&self, ledger: Option<Ledger>) {
        if let Some(ledger) = &ledger {
            let traced = self.trace.borrow().as_ref().map_or(0, Vec::capacity);
            let words = self.words.borrow().capacity() * size_of::<u64>();
            ledger.set(Use::Scalars, words + traced * size_of::<Traced<T>>());
        }
        self.limit.replace(ledger);
        self.turn();
    }

    /// Begins a page, once what is on this one has reached the stream. It has room for no more ops than the tape, and if there
    /// is a limit, than the stream without growing.
    fn turn(&self) {
        self.flush();
        let words = self.words.borrow();
        let ops = (CAPACITY - self.len()) as usize;
        let room = match (&*self.trace.borrow(), &*self.limit.borrow()) {
            (Some(_), _) => 0,
            (None, None) => ops,
            (None, Some(_)) => ops.min(words.capacity() - words.len()),
        };
        self.page.open(room);
    }

    /// Records an op, its words the first `n` of `record`, for which the page has no room.
    #[cold]
    #[inline(never)]
    fn push_past(&self, record: [u64; RECORD], n: usize, value: T, line: Line) -> u32 {
        let id = self.len.get();
        if id == CAPACITY {
            full();
        }
        self.flush();
        let mut words = self.words.borrow_mut();
        let mut trace = self.trace.borrow_mut();
        if let Some(ledger) = &*self.limit.borrow() {
            grow(&mut words, RECORD, ledger, Use::Scalars);
            if let Some(trace) = &mut *trace {
                grow(trace, 1, ledger, Use::Scalars);
            }
        }
        if let Some(trace) = &mut *trace {
            let line = self.line(line);
            trace.push(Traced { value, line });
        }
        words.extend(record[..n].iter().copied().map(Cell::new));
        self.len.set(id + 1);
        drop((words, trace));
        self.turn();
        id
    }

    #[inline(always)]
    #[track_caller]
    pub(crate) fn push_input(&self, value: T) -> u32 {
        self.push([Header::pack(INPUT, 0, 0)], value)
    }

    #[track_caller]
    pub(crate) fn push_detach(&self, a: u32, value: T) -> u32 {
        self.push([Header::pack(DETACH, a, 0)], value)
    }

    #[track_caller]
    pub(crate) fn push_read(&self, array: u32, element: usize, value: T) -> u32 {
        self.push([element as u64, Header::pack(READ, array, 0)], value)
    }

    #[inline(always)]
    #[track_caller]
    pub(crate) fn push_unary<O: UnaryRule>(&self, id: u32, x: T, y: T) -> u32 {
        let header = Header::pack(O::CODE, id, 0);
        match (O::READS_X, O::READS_Y) {
            (false, false) => self.push([header], y),
            (true, false) => self.push([x.to_word(), header], y),
            (false, true) => self.push([y.to_word(), header], y),
            (true, true) => self.push([x.to_word(), y.to_word(), header], y),
        }
    }

    /// Records `y = O(a, b)`; `ids` of constants do not matter.
    #[inline(always)]
    #[track_caller]
    pub(crate) fn push_binary<O: BinaryRule>(&self, active: Active, ids: [u32; 2], [a, b, y]: [T; 3]) -> u32 {
        let value = y;
        let (a, b, y) = (a.to_word(), b.to_word(), y.to_word());
        let header = Header::pack(O::BOTH + active as u8, ids[0], ids[1]);
        match O::HOLDS[active as usize] {
            [false, false, false] => self.push([header], value),
            [true, false, false] => self.push([a, header], value),
            [false, true, false] => self.push([b, header], value),
            [false, false, true] => self.push([y, header], value),
            [true, true, false] => self.push([a, b, header], value),
            [true, false, true] => self.push([a, y, header], value),
            [false, true, true] => self.push([b, y, header], value),
            [true, true, true] => self.push([a, b, y, header], value),
        }
    }
}

#[cold]
#[inline(never)]
fn full() -> ! {
    panic!("the tape is full: it holds {CAPACITY} scalar operations; clear it, or record in parts")
}
