//! What a diagnosis says.

use crate::Real;
use std::fmt;
use std::panic::Location;

/// Where the numbers of a computation went wrong: see [`Var::diagnose`](crate::Term::diagnose). Its `Display` is a report.
#[derive(Debug, Clone)]
pub struct Diagnosis<T: Real = f64> {
    pub(super) value: T,
    pub(super) births: Vec<Birth<T>>,
    /// How many variables the value depends on, and how many of them have an adjoint with ∞ or NaN in it.
    pub(super) variables: usize,
    pub(super) spoilt: usize,
    /// Whether the lines of scalar ops are known, or there are none.
    pub(super) traced: bool,
}

/// An op that made an ∞ or a NaN out of better numbers (finite is better than ±∞, and that better than NaN).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Birth<T: Real = f64> {
    /// The op's name: that of the method that recorded it.
    pub op: String,
    /// What was made.
    pub born: Born,
    /// What was made, and of whom: the op's result; or for an adjoint, the operand that received it.
    pub result: Witness<T>,
    /// How many elements were so made: 1 for a scalar.
    pub count: usize,
    /// The op's operands.
    pub operands: Vec<Witness<T>>,
    /// The cotangent of the op's result, where an adjoint was born.
    pub cotangent: Option<T>,
    /// The line of the program that recorded the op; not known of a scalar op unless the tape is
    /// [traced](crate::Tape::traced).
    pub location: Option<&'static Location<'static>>,
}

/// What was born.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Born {
    /// A variable or a constant of this value enters from outside.
    Entered,
    /// The op's value.
    Value,
    /// An operand's adjoint, by the op's rule.
    Adjoint,
    /// An operand's adjoint, when the op's contribution was added to what other ops had contributed: an overflow, or
    /// ∞ − ∞.
    Sum,
}

/// A scalar, or an array and its element in question.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Witness<T: Real = f64> {
    /// Its label, or its number on the tape; empty for a constant.
    pub name: String,
    /// Its shape: none for a scalar.
    pub shape: Option<Vec<usize>>,
    /// Which element `value` is: none for a scalar, or where no single element is to be named.
    pub index: Option<Vec<usize>>,
    /// The number, if it is known.
    pub value: Option<T>,
    /// The smallest and the largest element of an array, NaN aside.
    pub range: Option<(T, T)>,
}

/// How many births a report lists.
const SHOWN: usize = 12;

impl<T: Real> Diagnosis<T> {
    /// The value that was diagnosed.
    pub fn value(&self) -> T {
        self.value
    }

    /// Every birth: values in the order of recording, then adjoints in that of the sweep. The first value that is not
    /// finite is always among them, and so is the first adjoint.
    pub fn births(&self) -> &[Birth<T>] {
        &self.births
    }

    /// The first of them.
    pub fn first(&self) -> Option<&Birth<T>> {
        self.births.first()
    }

    /// Whether the value and its gradient with respect to every variable are finite. There may be births all the same, of
    /// numbers that came to nothing.
    pub fn is_clean(&self) -> bool {
        self.value.is_finite() && self.spoilt == 0
    }
}

impl<T: Real> fmt::Display for Diagnosis<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the value is {}", Shown(self.value))?;
        match (self.spoilt, self.variables) {
            (0, n) => writeln!(f, "; the gradient is finite for all of its {n} variables")?,
            (k, n) => writeln!(f, "; the gradient has ∞ or NaN for {k} of its {n} variables")?,
        }
        if self.births.is_empty() {
            return writeln!(f, "no op made an ∞ or a NaN");
        }
        for (i, birth) in self.births.iter().take(SHOWN).enumerate() {
            writeln!(f, "{:>3}. {birth}", i + 1)?;
        }
        if self.births.len() > SHOWN {
            writeln!(f, "     … and {} more", self.births.len() - SHOWN)?;
        }
        if !self.traced {
            writeln!(
                f,
                "(the lines of scalar ops are known on a traced tape: `Tape::new().traced()`)"
            )?;
        }
        Ok(())
    }
}

impl<T: Real> fmt::Display for Birth<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.location {
            Some(line) => write!(f, "{line}: ")?,
            None => write!(f, "line unknown: ")?,
        }
        let of_many = |f: &mut fmt::Formatter<'_>| match self.count {
            1 => Ok(()),
            n => write!(f, ", one of {n} such elements"),
        };
        match self.born {
            Born::Entered => {
                write!(f, "{} enters at `{}`", self.result, self.op)?;
                return of_many(f);
            }
            _ => write!(f, "`{}", self.op)?,
        }
        for (i, x) in self.operands.iter().enumerate() {
            let sign = if i == 0 { " " } else { ", " };
            write!(
                f,
                "{sign}{}",
                if x.name.is_empty() {
                    x.to_string()
                } else {
                    x.name.clone()
                }
            )?;
        }
        f.write_str("` made ")?;
        match self.born {
            Born::Adjoint => write!(f, "the adjoint of {}", self.result)?,
            Born::Sum => write!(f, "the adjoint of {}, as a sum of contributions", self.result)?,
            _ => write!(f, "{}", self.result)?,
        }
        of_many(f)?;
        let named = self.operands.iter().filter(|x| !x.name.is_empty());
        for (i, x) in named.enumerate() {
            write!(f, "{}{x}", if i == 0 { ", from " } else { ", " })?;
        }
        if let Some(g) = self.cotangent {
            write!(f, ", and the cotangent {}", Shown(g))?;
        }
        Ok(())
    }
}

impl<T: Real> fmt::Display for Witness<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        let is = if self.name.is_empty() { "" } else { " = " };
        match (self.value, &self.index, &self.shape) {
            (Some(x), Some(index), Some(shape)) => write!(f, "{index:?}{is}{} (shape {shape:?})", Shown(x)),
            (Some(x), ..) => write!(f, "{is}{}", Shown(x)),
            (None, _, Some(shape)) => {
                write!(f, " (shape {shape:?}")?;
                if let Some((low, high)) = self.range {
                    write!(f, ", {} to {}", Shown(low), Shown(high))?;
                }
                f.write_str(")")
            }
            (None, ..) => write!(f, "{is}?"),
        }
    }
}

/// A number in as many digits as it needs, but no more than seven.
pub(super) struct Shown<T>(pub(super) T);

impl<T: Real> fmt::Display for Shown<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let x = self.0;
        if x.is_infinite() {
            return f.write_str(if x > T::zero() { "∞" } else { "−∞" });
        }
        let plain = format!("{x}");
        if plain.len() <= 8 || x.is_nan() {
            return f.write_str(&plain);
        }
        let size = x.abs();
        match size >= T::lit(1e-3) && size < T::lit(1e7) {
            true => {
                let whole = size.log10().floor().to_i32().unwrap_or(0);
                let digits = (6 - whole).clamp(0, 9) as usize;
                let text = format!("{x:.digits$}");
                let text = if text.contains('.') {
                    text.trim_end_matches('0').trim_end_matches('.')
                } else {
                    &text
                };
                f.write_str(text)
            }
            false => write!(f, "{x:.3e}"),
        }
    }
}
