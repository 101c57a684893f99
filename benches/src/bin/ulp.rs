//! The worst error of the functions that loops over elements have of their own, and of the same functions of single numbers, in units
//! in the last place.
//!
//! ```text
//! cc -O2 -D_GNU_SOURCE benches/ulp/reference.c -o reference -lm
//! cargo run --release --bin ulp -- f32 1                 # every `f32`, against functions of `f64`
//! cargo run --release --bin ulp -- f64 10000000 ./reference   # so many `f64`, against glibc's quadruple precision
//! ```
//!
//! Names of functions may follow; with 7 instead of 1, every seventh `f32` is taken. Prints the worst error, where it is, how many are
//! above 2, and a checksum of all results, which is the same on every processor; of single numbers, the line that says "alone", it
//! depends on the standard library. The functions of `f64` are those of the scalar lane where these are the standard library's or
//! `libm`'s, and `libm`'s where they are our own.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use wengert::{Dense, Real, Term};

type Refusal = Box<dyn std::error::Error>;

/// A function of arrays and of single numbers in both element types, and what it is compared with; where `f64` samples are drawn from.
struct Function {
    name: &'static str,
    single: fn(&Term<Dense<f32>>) -> Term<Dense<f32>>,
    double: fn(&Term<Dense<f64>>) -> Term<Dense<f64>>,
    lone_single: fn(&Term<f32>) -> Term<f32>,
    lone_double: fn(&Term<f64>) -> Term<f64>,
    reference: fn(f64) -> f64,
    range: [f64; 2],
}

macro_rules! reference {
    ($name:ident) => {
        |x| Term::new(x).$name().into_inner()
    };
    ($name:ident $other:path) => {
        $other
    };
}

macro_rules! functions {
    ($($name:ident $(by $other:path)? [$low:expr, $high:expr]),* $(,)?) => {
        &[$(Function {
            name: stringify!($name),
            single: |x| x.$name(),
            double: |x| x.$name(),
            lone_single: |x| x.$name(),
            lone_double: |x| x.$name(),
            reference: reference!($name $($other)?),
            range: [$low, $high],
        }),*]
    };
}

const FUNCTIONS: &[Function] = functions!(
    exp[-746.0, 710.0],
    exp2[-1080.0, 1025.0],
    exp_m1[-40.0, 710.0],
    ln[0.0, 1e300],
    log2[0.0, 1e300],
    log10[0.0, 1e300],
    ln_1p[-1.0, 1e300],
    sin[-1e6, 1e6],
    cos[-1e6, 1e6],
    sinh[-711.0, 711.0],
    cosh[-711.0, 711.0],
    tanh[-20.0, 20.0],
    sigmoid[-750.0, 40.0],
    softplus[-750.0, 40.0],
    gauss[-39.0, 39.0],
    erf by libm::erf [-6.0, 6.0],
    erfc[-6.0, 27.3],
    ndtr[-38.5, 8.0],
    gelu[-38.5, 8.0],
    gelu_tanh[-21.0, 8.0],
    silu[-750.0, 40.0],
);

/// The worst error so far.
#[derive(Default)]
struct Worst {
    error: f64,
    at: f64,
    above: u64,
    count: u64,
    checksum: u64,
}

impl Worst {
    /// `y` at `x` where `high + low` is right; a unit is that of a number with so many bits after the point and such a least normal one.
    fn add<T: Real>(&mut self, x: f64, y: T, [high, low]: [f64; 2]) {
        let got = y.to_f64().unwrap_or(f64::NAN);
        let least = T::min_positive_value().to_f64().unwrap_or(0.0);
        let rounded = T::lit(high).to_f64().unwrap_or(f64::NAN);
        let error = if got == rounded || (got.is_nan() && high.is_nan()) {
            let unit = unit(high.abs().max(least)) * T::epsilon().to_f64().unwrap_or(0.0);
            if high.is_finite() && got.is_finite() {
                (((got - high) - low) / unit).abs()
            } else {
                0.0
            }
        } else if got.is_finite() && high.is_finite() {
            (((got - high) - low) / (unit(high.abs().max(least)) * T::epsilon().to_f64().unwrap_or(0.0)))
                .abs()
        } else {
            f64::INFINITY
        };
        self.count += 1;
        self.above += u64::from(error > 2.0);
        let bits = if y.is_nan() { 0 } else { y.to_word() };
        self.checksum = (self.checksum ^ bits).wrapping_mul(0x0100_0000_01b3);
        if error > self.error {
            (self.error, self.at) = (error, x);
        }
    }

    fn report(&self, name: &str, element: &str) {
        let Self {
            error,
            at,
            above,
            count,
            checksum,
        } = self;
        println!(
            "{name:9} {element:9} {error:6.3} at {at:<24e} above 2: {above} of {count}  {checksum:016x}"
        );
    }
}

/// The power of 2 that is not above x.
fn unit(x: f64) -> f64 {
    f64::from_bits(x.to_bits() & 0x7ff0_0000_0000_0000)
}

/// Of arrays, and of single numbers.
fn every_single(function: &Function, step: usize) -> [Worst; 2] {
    let (mut worst, mut alone) = (Worst::default(), Worst::default());
    for chunk in 0..=u16::MAX {
        let low = (0..=u16::MAX).step_by(step);
        let x: Vec<f32> = low
            .map(|low| f32::from_bits(u32::from(chunk) << 16 | u32::from(low)))
            .collect();
        let y = (function.single)(&Term::new(Dense::from(&ndarray::arr1(&x)))).into_inner();
        for (&x, &y) in x.iter().zip(y.as_slice().unwrap_or(&[])) {
            let want = (function.reference)(f64::from(x));
            worst.add(f64::from(x), y, [want, 0.0]);
            let y = (function.lone_single)(&Term::new(x)).into_inner();
            alone.add(f64::from(x), y, [want, 0.0]);
        }
    }
    [worst, alone]
}

/// Half of the points even over the range, half over its powers of 2.
fn samples(range: [f64; 2], count: usize) -> Vec<f64> {
    let mut random = fastrand::Rng::with_seed(1);
    let [low, high] = range;
    let size = high.max(-low);
    let mut draw = |i: usize| match i % 2 {
        0 => low + (high - low) * random.f64(),
        _ => {
            let x = (2.0 * random.f64() - 1.0) * size * (0.5_f64).powf(random.f64() * (60.0 + size.log2()));
            if (low..=high).contains(&x) { x } else { -x }
        }
    };
    let mut x: Vec<f64> = (0..count)
        .map(&mut draw)
        .filter(|x| (low..=high).contains(x))
        .collect();
    x.extend([
        0.0,
        -0.0,
        5e-324,
        -5e-324,
        f64::MIN_POSITIVE,
        1.0,
        -1.0,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
    ]);
    x
}

/// Of arrays, and of single numbers.
fn sampled_double(function: &Function, count: usize, reference: &str) -> Result<[Worst; 2], Refusal> {
    let x = samples(function.range, count);
    let mut child = Command::new(reference)
        .arg(function.name)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().ok_or("no standard input")?;
    let bytes: Vec<u8> = x.iter().flat_map(|x| x.to_le_bytes()).collect();
    let writer = std::thread::spawn(move || input.write_all(&bytes));
    let mut answers = Vec::new();
    child
        .stdout
        .take()
        .ok_or("no standard output")?
        .read_to_end(&mut answers)?;
    writer.join().map_err(|_| "the writer panicked")??;
    if answers.len() != 16 * x.len() {
        return Err(format!("{reference}: {} bytes for {} numbers", answers.len(), x.len()).into());
    }
    let y = (function.double)(&Term::new(Dense::from(&ndarray::arr1(&x)))).into_inner();
    let (mut worst, mut alone) = (Worst::default(), Worst::default());
    let (pairs, _) = answers.as_chunks::<16>();
    for ((&x, &y), pair) in x.iter().zip(y.as_slice().unwrap_or(&[])).zip(pairs) {
        let (numbers, _) = pair.as_chunks::<8>();
        let want = [f64::from_le_bytes(numbers[0]), f64::from_le_bytes(numbers[1])];
        worst.add(x, y, want);
        alone.add(x, (function.lone_double)(&Term::new(x)).into_inner(), want);
    }
    Ok([worst, alone])
}

fn main() -> Result<(), Refusal> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let wanted = |names: &[&str], name: &str| names.is_empty() || names.contains(&name);
    match *arguments {
        ["f32", step, ref names @ ..] => {
            for function in FUNCTIONS.iter().filter(|f| wanted(names, f.name)) {
                let [worst, alone] = every_single(function, step.parse()?);
                worst.report(function.name, "f32");
                alone.report(function.name, "f32 alone");
            }
        }
        ["f64", count, reference, ref names @ ..] => {
            for function in FUNCTIONS.iter().filter(|f| wanted(names, f.name)) {
                let [worst, alone] = sampled_double(function, count.parse()?, reference)?;
                worst.report(function.name, "f64");
                alone.report(function.name, "f64 alone");
            }
        }
        _ => return Err("usage: ulp f32 STEP [NAMES], ulp f64 COUNT REFERENCE [NAMES]".into()),
    }
    Ok(())
}
