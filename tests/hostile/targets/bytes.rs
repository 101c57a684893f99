//! Bytes read as choices: what a fuzzer mutates becomes shapes, axes and numbers, most of them ordinary and some not.

/// Extents, counts and indices that overflow something or other.
const EXTREMES: [usize; 16] = [
    7,
    64,
    1000,
    1 << 20,
    u32::MAX as usize,
    1 << 32,
    1 << 40,
    1 << 60,
    1 << 61,
    (1 << 61) + 1,
    1 << 62,
    isize::MAX as usize,
    1 << 63,
    usize::MAX - 1,
    usize::MAX / 3 + 1,
    usize::MAX,
];

/// Numbers at the borders of everything.
const NUMBERS: [f64; 16] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -2.5,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    1e300,
    -1e300,
    1e-300,
    f64::MIN_POSITIVE / 4.0,
    1e9,
    -1e15,
    1.0 + f64::EPSILON,
];

/// A list of bytes, used up from the front; 0 once it is at its end.
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

impl<'a> Bytes<'a> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((&first, rest)) => {
                self.0 = rest;
                first
            }
            None => 0,
        }
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::from(self.byte()) % n.max(1)
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    /// An extent, a count, a stride: small as a rule.
    pub(crate) fn extent(&mut self) -> usize {
        match self.byte() {
            b @ ..208 => usize::from(b % 5),
            b => EXTREMES[usize::from(b % 16)],
        }
    }

    /// An axis, a shift, a diagonal: small as a rule, counted from either end.
    pub(crate) fn signed(&mut self) -> isize {
        match self.byte() {
            b @ ..208 => isize::from(b % 9) - 4,
            b @ ..232 => EXTREMES[usize::from(b % 16)] as isize,
            b => isize::MIN + isize::from(b % 4),
        }
    }

    /// A number: a simple one as a rule.
    pub(crate) fn number(&mut self) -> f64 {
        match self.byte() {
            b @ ..176 => f64::from(b) / 16.0 - 4.0,
            b => NUMBERS[usize::from(b % 16)],
        }
    }

    /// Up to `most` of what `f` reads.
    pub(crate) fn list<R>(&mut self, most: usize, mut f: impl FnMut(&mut Self) -> R) -> Vec<R> {
        let n = self.below(most + 1);
        (0..n).map(|_| f(self)).collect()
    }

    pub(crate) fn extents(&mut self) -> Vec<usize> {
        self.list(5, Self::extent)
    }

    pub(crate) fn axes(&mut self) -> Vec<isize> {
        self.list(4, Self::signed)
    }

    /// A shape of few elements.
    pub(crate) fn shape(&mut self) -> Vec<usize> {
        self.list(4, |b| [2, 3, 1, 4, 0, 2, 3, 5][b.below(8)])
    }

    /// The rest, as text of these characters.
    pub(crate) fn text(&mut self, alphabet: &str, most: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        let n = self.below(most + 1);
        (0..n).map(|_| letters[self.below(letters.len())]).collect()
    }
}
