//! What a check says.

use super::Reason;
use std::fmt;
use std::panic::Location;

/// An array or a scalar among inputs or results.
#[derive(Debug, Clone)]
pub(super) struct Site {
    pub(super) path: String,
    /// None for a scalar.
    pub(super) shape: Option<Vec<usize>>,
}

impl Site {
    pub(super) fn len(&self) -> usize {
        self.shape.as_ref().map_or(1, |shape| shape.iter().product())
    }
}

/// Which number among all inputs, or all results.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Place {
    /// One element.
    Element {
        /// The way to it through the tree, `.weights[1]` for instance; empty where the tree is one number or array.
        path: String,
        /// Its index in the array there; none for a scalar.
        index: Option<Vec<usize>>,
    },
    /// All of them, weighted by the numbers of the random direction with this number; or, from the first number that is not one
    /// of those that were asked for, a random part of them.
    Direction(usize),
}

/// The place of element `i` of all.
pub(super) fn place(sites: &[Site], i: usize) -> Place {
    let mut i = i;
    for site in sites {
        if i < site.len() {
            let index = site.shape.as_ref().map(|shape| multi_index(shape, i));
            let path = site.path.clone();
            return Place::Element { path, index };
        }
        i -= site.len();
    }
    Place::Direction(i)
}

fn multi_index(shape: &[usize], mut i: usize) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (place, &n) in index.iter_mut().zip(shape).rev() {
        (*place, i) = (i % n, i / n);
    }
    index
}

/// `x.weights[1, 2]`, or `x·u₀`.
struct Named<'a>(&'a str, &'a Place);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1 {
            Place::Element { path, index } => {
                write!(f, "{}{path}", self.0)?;
                index.as_ref().map_or(Ok(()), |index| write!(f, "{index:?}"))
            }
            Place::Direction(k) => write!(f, "({} along random direction {k})", self.0),
        }
    }
}

/// A number, very small and very large ones with an exponent.
struct Shown(f64);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.abs() {
            x if x == 0.0 || (1e-4..1e9).contains(&x) => write!(f, "{}", self.0),
            _ => write!(f, "{:e}", self.0),
        }
    }
}

/// What was found wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A second evaluation gives another value: there is no derivative to speak of.
    Value,
    /// A sweep panics, for want of a rule or because of a wrong shape.
    Sweep,
    /// A second backward sweep, or a second recording's, gives other bits.
    Repeat,
    /// The backward sweep is not linear in the cotangent.
    Linear,
    /// The gradient is not the derivative of the value.
    First,
    /// The forward sweep gives another derivative than the backward sweep.
    Forward,
    /// The recorded sweep, or the one in dual numbers, gives another gradient than the plain sweep.
    Recorded,
    /// The Hessian is not the derivative of the gradient.
    Second,
    /// The Hessian is not symmetric.
    Symmetry,
}

impl Kind {
    /// The order of the derivative that is wrong: 0 for a value.
    #[must_use]
    pub fn order(self) -> usize {
        match self {
            Self::Value => 0,
            Self::Recorded | Self::Second | Self::Symmetry => 2,
            _ => 1,
        }
    }
}

/// One number that is wrong.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Fault {
    /// What is wrong with it.
    pub kind: Kind,
    /// How it was computed: the name of a sweep, or the text of its panic.
    pub by: String,
    /// By which result, if one in particular.
    pub result: Option<Place>,
    /// With respect to which input, if one in particular.
    pub input: Option<Place>,
    /// What it is.
    pub got: f64,
    /// What it should be.
    pub want: f64,
    /// By how much they may differ.
    pub allowed: f64,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (got, want, allowed) = (Shown(self.got), Shown(self.want), self.allowed);
        let of = |f: &mut fmt::Formatter<'_>, what: &str| match (&self.result, &self.input) {
            (Some(y), Some(x)) => write!(f, "∂{}/∂{}", Named("y", y), Named("x", x)),
            (None, Some(x)) => write!(f, "∂{what}/∂{}", Named("x", x)),
            (Some(y), None) => write!(f, "{}", Named("y", y)),
            (None, None) => write!(f, "{what}"),
        };
        match self.kind {
            Kind::Value => {
                of(f, "y")?;
                write!(f, " is not repeatable: {want} the first time, {got} the second")
            }
            Kind::Sweep => write!(f, "a sweep panics: {}", self.by),
            Kind::Repeat => {
                of(f, "w·y")?;
                write!(f, " is not repeatable: {want} by one sweep, {got} by {}", self.by)
            }
            Kind::Linear => {
                of(f, "w·y")?;
                write!(
                    f,
                    " is not linear in the cotangent: {got} for 2w + u, {want} = 2·(for w) + (for u); allowed ±{allowed:.1e}"
                )
            }
            Kind::First => {
                of(f, "w·y")?;
                write!(
                    f,
                    " = {got} by {}, {want} by differences; allowed ±{allowed:.1e}",
                    self.by
                )
            }
            Kind::Forward => {
                of(f, "w·y")?;
                write!(
                    f,
                    " = {got} by the forward sweep, {want} by the backward sweep; allowed ±{allowed:.1e}"
                )
            }
            Kind::Recorded => {
                of(f, "L")?;
                write!(
                    f,
                    " = {got} by {}, {want} by the plain sweep; allowed ±{allowed:.1e}",
                    self.by
                )
            }
            Kind::Second => {
                f.write_str("∂²L")?;
                let both = [&self.result, &self.input];
                both.into_iter()
                    .flatten()
                    .try_for_each(|x| write!(f, "/∂{}", Named("x", x)))?;
                write!(
                    f,
                    " = {got} by {}, {want} by differences of gradients; allowed ±{allowed:.1e}",
                    self.by
                )
            }
            Kind::Symmetry => {
                write!(
                    f,
                    "the Hessian is not symmetric: {got} and {want} by {}; allowed ±{allowed:.1e}",
                    self.by
                )
            }
        }
    }
}

/// An op of the program that is wrong by itself.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Culprit {
    /// The op's name.
    pub op: String,
    /// The line of the program that recorded it.
    pub location: Option<&'static Location<'static>>,
    /// What is wrong with it.
    pub fault: String,
}

impl fmt::Display for Culprit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.op)?;
        if let Some(location) = self.location {
            write!(f, " at {location}")?;
        }
        write!(f, ": {}", self.fault)
    }
}

/// What is wrong with a function's derivatives. Its `Display`, and so that `unwrap` shows it its `Debug`, is a report.
#[derive(Clone)]
#[non_exhaustive]
pub struct Faults {
    /// The wrong numbers, the first few of each kind.
    pub faults: Vec<Fault>,
    /// How many there are altogether.
    pub count: usize,
    /// The ops that are wrong by themselves, where that could be found out.
    pub culprits: Vec<Culprit>,
    /// What else was found.
    pub report: Box<Report>,
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let things = if self.count == 1 { "fault" } else { "faults" };
        writeln!(f, "gradcheck: {} {things}", self.count)?;
        for fault in &self.faults {
            writeln!(f, "  {fault}")?;
        }
        if self.count > self.faults.len() {
            writeln!(f, "  … and {} more", self.count - self.faults.len())?;
        }
        for culprit in &self.culprits {
            writeln!(f, "culprit: {culprit}")?;
        }
        if self.culprits.is_empty() && self.faults.iter().any(|fault| fault.kind != Kind::Sweep) {
            writeln!(
                f,
                "no op on the tape is wrong by itself; a value that leaves the tape and comes back, as a number or a constant array, \
                 takes no derivative along"
            )?;
        }
        write!(f, "{}", self.report)
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Faults {}

/// A derivative that cannot be checked at this point.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NotCheckable {
    /// 1 for a derivative of a result, 2 for one of the gradient.
    pub order: usize,
    /// Of which result (at order 2: of the gradient's element at which input).
    pub result: Place,
    /// With respect to which input.
    pub input: Place,
    /// Why not.
    pub reason: Reason,
}

impl fmt::Display for NotCheckable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let y = Named(if self.order == 1 { "y" } else { "x" }, &self.result);
        let x = Named("x", &self.input);
        match self.order {
            1 => write!(f, "∂{y}/∂{x}: {}", self.reason),
            _ => write!(f, "∂²L/∂{y}∂{x}: {}", self.reason),
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kink { left, right } => {
                let [left, right] = [left, right].map(|x| (x * 1e6).round() / 1e6 + 0.0);
                write!(f, "a kink, of slope {left} on the left and {right} on the right")
            }
            Self::Jump => f.write_str("a jump"),
            Self::Border => f.write_str("no finite number here, or on one side of here"),
            Self::Unsettled => f.write_str("the differences do not settle down as the step becomes smaller"),
            Self::Noise => f.write_str("nothing but rounding errors in the differences"),
            Self::First => f.write_str("the first order is not checkable along this input"),
        }
    }
}

/// What has been checked. Its `Display` says it in words.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Report {
    /// The numbers among the inputs, and among the results.
    pub numbers: (usize, usize),
    /// Whether each input was moved by itself, and each result looked at by itself; otherwise all together in random directions.
    pub elementwise: (bool, bool),
    /// How many derivatives of the first and of the second order agree with differences.
    pub compared: [usize; 2],
    /// How many derivatives by the forward sweep agree with those by the backward sweep.
    pub forward: usize,
    /// The largest difference between a derivative and the differences, as a fraction of what is allowed, by order.
    pub worst: [f64; 2],
    /// What was not checked, and why.
    pub omitted: Vec<String>,
    pub(super) not_checkable: Vec<NotCheckable>,
}

impl Report {
    /// The derivatives that could not be checked at this point: at kinks, ties, borders of the domain. They count neither as
    /// right nor as wrong. To have them checked, choose another point.
    #[must_use]
    pub fn not_checkable(&self) -> &[NotCheckable] {
        &self.not_checkable
    }

    /// Whether every derivative that was asked for was compared with differences and found right: nothing was omitted, and
    /// everything was checkable.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.omitted.is_empty() && self.not_checkable.is_empty()
    }
}

/// How many places a report lists.
const SHOWN: usize = 6;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (n, m) = self.numbers;
        let by = |each| {
            if each {
                "each by itself"
            } else {
                "in random directions"
            }
        };
        writeln!(
            f,
            "checked: {n} inputs ({}), {m} results ({})",
            by(self.elementwise.0),
            by(self.elementwise.1)
        )?;
        for (order, name) in ["first", "second"].into_iter().enumerate() {
            let percent = 100.0 * self.worst[order];
            writeln!(
                f,
                "  {} derivatives of {name} order agree with differences, at worst {percent:.1} % off what is allowed",
                self.compared[order]
            )?;
        }
        writeln!(
            f,
            "  {} derivatives by the forward sweep agree with those by the backward sweep",
            self.forward
        )?;
        for what in &self.omitted {
            writeln!(f, "  not checked: {what}")?;
        }
        for one in self.not_checkable.iter().take(SHOWN) {
            writeln!(f, "  not checkable here: {one}")?;
        }
        let more = self.not_checkable.len().saturating_sub(SHOWN);
        if more > 0 {
            writeln!(f, "  not checkable here: {more} more")?;
        }
        Ok(())
    }
}
