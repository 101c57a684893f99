//! Array ops of scalars: what is no row of the table crosses to the array lane and back.

use super::{ScalarSlot, Tensor, Var};
use crate::dense::Dense;
use crate::ops::Term;
use crate::{ArrayValue, Real};
use ndarray::arr0;

/// A function of `N` arrays, in any reading.
trait Function<const N: usize> {
    #[track_caller]
    fn of<V: ArrayValue>(&self, x: [Term<V>; N]) -> Term<V>;
}

/// A function of arrays, of scalars: of constants alone it is computed and not recorded.
#[track_caller]
fn across<'t, T: Real, const N: usize>(x: [Var<'t, T>; N], f: impl Function<N>) -> Var<'t, T> {
    let Some(tape) = x.iter().find_map(|x| x.0.tape) else {
        let plain = x.map(|x| Term::new(Dense::from(&arr0(x.value()))));
        return f.of(plain).into_inner().element(0).into();
    };
    let tensors: [Tensor<T>; N] = x.map(|x| match x.is_tracked() {
        true => x.to_tensor(),
        false => tape.constant(&arr0(x.value())),
    });
    f.of(tensors).item()
}

/// One word a method: its name, and those of its other arguments.
macro_rules! across {
    ($($(#[$doc:meta])* $name:ident($($other:ident),+);)*) => {
        impl<'t, T: Real> Term<ScalarSlot<'t, T>> {$(
            $(#[$doc])*
            #[track_caller]
            pub fn $name(&self, $($other: impl Into<Self>),+) -> Self {
                struct Method;
                impl Function<{ 1 $(+ { stringify!($other); 1 })+ }> for Method {
                    #[track_caller]
                    fn of<V: ArrayValue>(&self, x: [Term<V>; 1 $(+ { stringify!($other); 1 })+]) -> Term<V> {
                        let [own, $($other),+] = x;
                        own.$name($($other),+)
                    }
                }
                across([*self, $($other.into()),+], Method)
            }
        )*}
    };
}

across! {
    /// Regularised lower incomplete gamma function of order `self` at `x`, `y = P(a, x)`, by a crossing to the array op of this
    /// name: x̄ = x^(a−1)·e^(−x)/Γ(a)·ȳ, ā = ∂P/∂a·ȳ.
    ///
    /// ```
    /// let tape = wengert::Tape::new();
    /// let a = tape.var(1.0);
    /// let y = a.gammainc(0.5);
    /// assert!((y.value() - (1.0 - (-0.5_f64).exp())).abs() < 1e-15);
    /// assert!(y.backward().wrt(a) < 0.0);
    /// ```
    gammainc(x);
    /// Regularised upper incomplete gamma function, `y = Q(a, x) = 1 − P(a, x)`, by a crossing to the array op of this name:
    /// x̄ = −x^(a−1)·e^(−x)/Γ(a)·ȳ, ā = ∂Q/∂a·ȳ.
    gammaincc(x);
    /// Regularised incomplete beta function with parameters `self` and `b` at `x`, `y = I_x(a, b)`, by a crossing to the array op
    /// of this name: x̄ = x^(a−1)·(1 − x)^(b−1)/B(a, b)·ȳ, ā = ∂I/∂a·ȳ, b̄ = ∂I/∂b·ȳ.
    betainc(b, x);
}
