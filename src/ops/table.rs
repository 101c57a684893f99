//! The macro behind the table of pointwise ops: from one row come the op as data, its rule, its method and its docs.

/// Whether two names are the same.
macro_rules! same {
    (x x) => {
        true
    };
    (y y) => {
        true
    };
    (a a) => {
        true
    };
    (b b) => {
        true
    };
    ($left:ident $right:ident) => {
        false
    };
}

/// The operand that a name in a row stands for.
macro_rules! operand {
    (x in $x:ident $b:ident $y:ident $g:ident) => {
        $x
    };
    (a in $x:ident $b:ident $y:ident $g:ident) => {
        $x
    };
    (b in $x:ident $b:ident $y:ident $g:ident) => {
        $b
    };
    (y in $x:ident $b:ident $y:ident $g:ident) => {
        $y
    };
    (g in $x:ident $b:ident $y:ident $g:ident) => {
        $g
    };
}

/// A row's name: that of its method where it has one, that of the method whose part it is.
macro_rules! name {
    (When _) => {
        "select"
    };
    (Unless _) => {
        "select"
    };
    (Raise _) => {
        "clamp"
    };
    (Lower _) => {
        "clamp"
    };
    ($Op:ident _) => {
        stringify!($Op)
    };
    ($Op:ident $name:ident) => {
        stringify!($name)
    };
}

macro_rules! flow {
    (none) => {
        Flow::None
    };
    (same) => {
        Flow::Same
    };
    (smooth) => {
        Flow::Smooth
    };
    (gated) => {
        Flow::Gated
    };
}

/// The method of a row on `Term`; a row named `_` has none (it has an operator, or serves inside rules).
macro_rules! method {
    (unary $(#[$doc:meta])* $Op:ident _ $at:literal) => {};
    (unary $(#[$doc:meta])* $Op:ident $name:ident $at:literal) => {
        $(#[$doc])*
        ///
        /// ```
        /// # use wengert::{Tape, Term};
        /// let tape = Tape::new();
        #[doc = concat!("let x = tape.var(", stringify!($at), ");")]
        #[doc = concat!("let slope = x.", stringify!($name), "().backward().wrt(x);")]
        #[doc = concat!("let f = |x: f64| Term::new(x).", stringify!($name), "().into_inner();")]
        #[doc = concat!("let (left, right) = (f(", stringify!($at), " - 1e-5), f(", stringify!($at), " + 1e-5));")]
        /// assert!((slope - (right - left) / 2e-5).abs() < 1e-7);
        /// ```
        #[inline(always)]
        #[track_caller]
        pub fn $name(&self) -> Self {
            Self(self.0.unary::<$Op>())
        }
    };
    (binary $(#[$doc:meta])* $Op:ident _ $at:literal $bt:literal) => {};
    (binary $(#[$doc:meta])* $Op:ident $name:ident $at:literal $bt:literal) => {
        $(#[$doc])*
        ///
        /// ```
        /// # use wengert::{Tape, Term};
        /// let tape = Tape::new();
        #[doc = concat!("let (a, b) = (tape.var(", stringify!($at), "), tape.var(", stringify!($bt), "));")]
        #[doc = concat!("let slope = a.", stringify!($name), "(b).backward().wrt(a);")]
        #[doc = concat!("let f = |a: f64| Term::new(a).", stringify!($name), "(", stringify!($bt), ").into_inner();")]
        #[doc = concat!("let (left, right) = (f(", stringify!($at), " - 1e-5), f(", stringify!($at), " + 1e-5));")]
        /// assert!((slope - (right - left) / 2e-5).abs() < 1e-7);
        /// ```
        #[inline(always)]
        #[track_caller]
        pub fn $name(&self, b: impl Operand<V>) -> Self {
            Self(b.after::<$Op>(&self.0))
        }
    };
}

/// The table's grammar. A row of one argument:
///
/// `/// doc` `Name method = |x| value; x̄: flow (what it reads) => cotangent; on [domain], at example;`
///
/// and of two, with a cotangent for `a` and one for `b`. `flow` is `same` (ȳ itself), `smooth`, `gated` or `none`.
macro_rules! table {
    (
        ($d:tt)
        unary {$(
            $(#[$udoc:meta])*
            $U:ident $um:tt = |$ux:ident| $uf:expr;
            $uflow:ident ($($ur:ident),*) => $urule:expr;
            on [$($udom:expr),*] at $uat:literal;
        )*}
        binary {$(
            $(#[$bdoc:meta])*
            $B:ident $bm:tt = |$ba:ident, $bb:ident| $bf:expr;
            $aflow:ident ($($ar:ident),*) => $arule:expr;
            $bflow:ident ($($br:ident),*) => $brule:expr;
            on [$($adom:expr),*] [$($bdom:expr),*] at $bat:literal $bbt:literal;
        )*}
    ) => {
        /// A pointwise op of one argument, as data.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "each is documented at its struct")]
        pub enum Unary { $($U),* }

        /// A pointwise op of two arguments, as data.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[allow(missing_docs, reason = "each is documented at its struct")]
        pub enum Binary { $($B),* }

        /// What is done for a unary op that is known as data only.
        pub(crate) trait UnaryVisitor {
            type Out;
            #[track_caller]
            fn visit<O: UnaryRule>(self) -> Self::Out;
        }

        /// What is done for a binary op that is known as data only.
        pub(crate) trait BinaryVisitor {
            type Out;
            #[track_caller]
            fn visit<O: BinaryRule>(self) -> Self::Out;
        }

        impl Unary {
            /// Every op of one argument, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$U),*];

            #[inline(always)]
            #[track_caller]
            pub(crate) fn visit<W: UnaryVisitor>(self, visitor: W) -> W::Out {
                match self { $(Self::$U => visitor.visit::<$U>()),* }
            }
        }

        impl Binary {
            /// Every op of two arguments, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$B),*];

            #[inline(always)]
            #[track_caller]
            pub(crate) fn visit<W: BinaryVisitor>(self, visitor: W) -> W::Out {
                match self { $(Self::$B => visitor.visit::<$B>()),* }
            }
        }

        $(
            $(#[$udoc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $U;

            impl UnaryRule for $U {
                const OP: Unary = Unary::$U;
                const NAME: &'static str = name!($U $um);
                const READS_X: bool = false $(|| same!(x $ur))*;
                const READS_Y: bool = false $(|| same!(y $ur))*;
                const FLOW: Flow = flow!($uflow);
                const DOMAIN: &'static [(f64, f64)] = &[$($udom),*];

                #[inline(always)]
                fn f<T: Numeric>($ux: T) -> T {
                    $uf
                }
                #[inline(always)]
                #[allow(unused_variables, reason = "a row names what its cotangent reads")]
                fn vjp<V: Value>(x: &Term<V>, y: &Term<V>, g: &Term<V>) -> Term<V> {
                    $(let $ur = operand!($ur in x x y g);)*
                    Term::from($urule)
                }
            }
        )*

        $(
            $(#[$bdoc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $B;

            impl BinaryRule for $B {
                const OP: Binary = Binary::$B;
                const NAME: &'static str = name!($B $bm);
                const READS: [[bool; 3]; 2] = [
                    [false $(|| same!(a $ar))*, false $(|| same!(b $ar))*, false $(|| same!(y $ar))*],
                    [false $(|| same!(a $br))*, false $(|| same!(b $br))*, false $(|| same!(y $br))*],
                ];
                const FLOW: [Flow; 2] = [flow!($aflow), flow!($bflow)];
                const DOMAIN: [&'static [(f64, f64)]; 2] = [&[$($adom),*], &[$($bdom),*]];

                #[inline(always)]
                fn f<T: Numeric>($ba: T, $bb: T) -> T {
                    $bf
                }
                #[inline(always)]
                #[allow(unused_variables, reason = "a row names what its cotangent reads")]
                fn vjp_a<V: Value>(a: &Term<V>, b: &Term<V>, y: &Term<V>, g: &Term<V>) -> Term<V> {
                    $(let $ar = operand!($ar in a b y g);)*
                    Term::from($arule)
                }
                #[inline(always)]
                #[allow(unused_variables, reason = "a row names what its cotangent reads")]
                fn vjp_b<V: Value>(a: &Term<V>, b: &Term<V>, y: &Term<V>, g: &Term<V>) -> Term<V> {
                    $(let $br = operand!($br in a b y g);)*
                    Term::from($brule)
                }
            }
        )*

        /// The methods that come from the table of pointwise ops.
        impl<V: Value> Term<V> {
            $(method!(unary $(#[$udoc])* $U $um $uat);)*
            $(method!(binary $(#[$bdoc])* $B $bm $bat $bbt);)*
        }

        /// Calls a macro with the names of all rows: `callback! { (arguments) unary(…) binary(…) }`.
        macro_rules! for_each_pointwise {
            ($d callback:ident ($d($d args:tt)*)) => {
                $d callback! { ($d($d args)*) unary($($U)*) binary($($B)*) }
            };
        }
        pub(crate) use for_each_pointwise;
    };
}
