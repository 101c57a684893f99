//! Programs as data.

use super::Action;
use ndarray::ArrayD;
use std::fmt;

/// A small computation as data: variables, steps, and a loss, which is a weighted sum of some of the values. See
/// [`programs`](super::programs).
///
/// A value's number counts the inputs first, then the results of the steps. In print, inputs are `x0`, `x1`, …, and results
/// `t2`, `t3`, …; a `#` is followed by the shape.
#[derive(Clone, PartialEq)]
pub struct Program {
    pub(super) inputs: Vec<Input>,
    pub(super) steps: Vec<Step>,
    pub(super) outputs: Vec<usize>,
}

/// A variable of a program.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// One of the scalar lane.
    Scalar(f64),
    /// One of the array lane.
    Array(ArrayD<f64>),
}

/// One op and what it is applied to.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The op.
    pub action: Action,
    /// Its operands.
    pub operands: Vec<Source>,
    /// The shape of its result; `None` for a scalar.
    pub shape: Option<Vec<usize>>,
}

/// An operand of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// The value with this number.
    Value(usize),
    /// A constant number.
    Number(f64),
    /// A plain array, which is a constant.
    Plain(ArrayD<f64>),
}

/// The weight in the loss of element `element` of the output that is the loss's `output`-th: irregular, of either sign, between
/// 0.3 and 1.3 in size.
pub fn weight(output: usize, element: usize) -> f64 {
    let i = (element + 97 * output) as f64;
    let sign = if (i * 0.754_877_666).fract() < 0.5 {
        1.0
    } else {
        -1.0
    };
    sign * (0.3 + (i * 0.618_033_989).fract())
}

impl Program {
    /// The variables.
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The steps in the order in which they are recorded.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The numbers of the values whose weighted sum is the loss.
    pub fn outputs(&self) -> &[usize] {
        &self.outputs
    }

    /// The inputs' elements one after the other.
    pub fn point(&self) -> Vec<f64> {
        let elements = self.inputs.iter().flat_map(|x| match x {
            Input::Scalar(x) => vec![*x],
            Input::Array(x) => x.iter().copied().collect(),
        });
        elements.collect()
    }

    /// The same program at another point, given as [`Program::point`] has it.
    ///
    /// # Panics
    /// Where `point` has another length.
    #[must_use]
    #[track_caller]
    pub fn at(&self, point: &[f64]) -> Self {
        let mut rest = point.iter().copied();
        let mut next = || rest.next().expect("a number for each element of the inputs");
        let inputs = self.inputs.iter().map(|x| match x {
            Input::Scalar(_) => Input::Scalar(next()),
            Input::Array(x) => Input::Array(x.map(|_| next())),
        });
        let inputs = inputs.collect();
        assert!(rest.next().is_none(), "more numbers than elements of the inputs");
        Self {
            inputs,
            ..self.clone()
        }
    }

    fn name(&self, value: usize) -> String {
        let letter = if value < self.inputs.len() { 'x' } else { 't' };
        format!("{letter}{value}")
    }
}

impl Input {
    /// The shape; `None` for a scalar.
    pub fn shape(&self) -> Option<&[usize]> {
        match self {
            Self::Scalar(_) => None,
            Self::Array(x) => Some(x.shape()),
        }
    }
}

impl Source {
    /// The number of the value, if it is one.
    pub fn value(&self) -> Option<usize> {
        match self {
            Self::Value(i) => Some(*i),
            _ => None,
        }
    }
}

/// An array on one line.
fn line(x: &ArrayD<f64>) -> String {
    let text = format!("{x:?}");
    let end = text.find(", shape=").unwrap_or(text.len());
    text[..end].split_whitespace().collect::<Vec<_>>().join(" ")
}

fn comment(shape: Option<&[usize]>) -> String {
    let Some(shape) = shape else {
        return "# scalar".to_owned();
    };
    let extents: Vec<String> = shape.iter().map(usize::to_string).collect();
    match extents.is_empty() {
        true => "# no axes".to_owned(),
        false => format!("# {}", extents.join("×")),
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, x) in self.inputs.iter().enumerate() {
            let value = match x {
                Input::Scalar(x) => format!("{x:?}"),
                Input::Array(x) => line(x),
            };
            writeln!(f, "x{i} = {value:<40} {}", comment(x.shape()))?;
        }
        for (i, step) in self.steps.iter().enumerate() {
            let mut list: Vec<String> = step.operands.iter().map(|x| self.operand(x)).collect();
            list.extend(Some(step.action.attributes()).filter(|text| !text.is_empty()));
            let call = format!("{}({})", step.action.name(), list.join(", "));
            let comment = comment(step.shape.as_deref());
            writeln!(f, "{} = {call:<40} {comment}", self.name(self.inputs.len() + i))?;
        }
        let terms = self.outputs.iter().enumerate();
        let terms: Vec<String> = terms.map(|(k, &i)| format!("w{k}·{}", self.name(i))).collect();
        write!(f, "loss = {}", terms.join(" + "))
    }
}

impl Program {
    fn operand(&self, source: &Source) -> String {
        match source {
            Source::Value(i) => self.name(*i),
            Source::Number(x) => format!("{x:?}"),
            Source::Plain(x) => line(x),
        }
    }
}

/// As [`Display`](fmt::Display), on lines of its own, for the messages of a test runner.
impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}\n")
    }
}
