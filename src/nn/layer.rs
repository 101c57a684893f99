//! What every layer is: parameters with the gradients to go with them, constants beside them, settings.

/// Declares a layer and the layer *in some reading*: with handles of a tape, or plain, for values alone. Parameters are
/// variables on a tape, constants are not, settings are copied. Arrays are shared with the tape, not copied.
macro_rules! layer {
    (
        $(#[$meta:meta])*
        pub struct $Name:ident on $On:ident {
            parameters { $($(#[$pmeta:meta])* $p:ident: $P:ident,)* }
            constants { $($(#[$cmeta:meta])* $c:ident: $C:ident,)* }
            settings { $($(#[$smeta:meta])* $s:ident: $S:ty,)* }
        }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $Name<T: $crate::Real = f64> {
            $($(#[$pmeta])* pub $p: ndarray::$P<T>,)*
            $($(#[$cmeta])* pub $c: ndarray::$C<T>,)*
            $($(#[$smeta])* pub $s: $S,)*
        }

        #[doc = concat!("A [`", stringify!($Name), "`] in some reading: on a tape, or plain.")]
        #[derive(Clone)]
        pub struct $On<V> {
            $($(#[$pmeta])* pub $p: $crate::Term<V>,)*
            $($(#[$cmeta])* pub $c: $crate::Term<V>,)*
            $($(#[$smeta])* pub $s: $S,)*
        }

        impl<T: $crate::Real> $Name<T> {
            /// This layer with plain values: nothing is recorded.
            pub fn plain(&self) -> $On<$crate::Dense<T>> {
                self.read(&mut |x, _| $crate::Term::new($crate::Dense::from(x)))
            }

            /// The parameters to be changed. Those that a tape still holds are copied first.
            pub fn parameters_mut(&mut self) -> impl Iterator<Item = ndarray::ArrayViewMutD<'_, T>> {
                [$(self.$p.view_mut().into_dyn()),*].into_iter()
            }

            /// `enter` gets each array and whether it is a parameter.
            fn read<V>(
                &self,
                enter: &mut dyn FnMut(&ndarray::ArcArrayD<T>, bool) -> $crate::Term<V>,
            ) -> $On<V> {
                $On {
                    $($p: enter(&self.$p.clone().into_dyn(), true),)*
                    $($c: enter(&self.$c.clone().into_dyn(), false),)*
                    $($s: self.$s,)*
                }
            }
        }

        impl<'t, T: $crate::Real> $On<$crate::ArraySlot<'t, T>> {
            #[doc = concat!("The gradients of the parameters, in the order of [`", stringify!($Name), "::parameters_mut`].")]
            #[track_caller]
            pub fn gradients<'g>(
                &self,
                gradients: &'g $crate::Gradients<T>,
            ) -> impl Iterator<Item = ndarray::ArrayViewD<'g, T>> + use<'g, T> {
                [$(gradients.wrt(self.$p)),*].into_iter()
            }
        }

        /// The gradient of a layer is a layer; what is no parameter stays as it is.
        impl<'t, T: $crate::Real> $crate::grad::Tree<'t> for $Name<T> {
            type Elem = T;
            type On = $On<$crate::ArraySlot<'t, T>>;
            type Sweep = $crate::Gradients<T>;

            fn on(&self, tape: &'t $crate::Tape<T>) -> Self::On {
                self.read(&mut |x, is_parameter| match is_parameter {
                    true => tape.tensor(x),
                    false => tape.constant(x),
                })
            }
            fn read(&mut self, on: &Self::On, sweep: &$crate::Gradients<T>) {
                $($crate::grad::Tree::read(&mut self.$p, &on.$p, sweep);)*
            }
            fn seed<'s>(&self, on: &Self::On, forward: $crate::Forward<'s, T>) -> $crate::Forward<'s, T> {
                $(let forward = $crate::grad::Tree::seed(&self.$p, &on.$p, forward);)*
                forward
            }
            fn leaves(on: &Self::On, f: &mut dyn FnMut($crate::grad::Leaf<'t, T>)) {
                $(f($crate::grad::Leaf::Tensor(on.$p));)*
            }
            fn paths(_: &Self::On, at: &str, f: &mut dyn FnMut(String)) {
                $(f(format!(concat!("{}.", stringify!($p)), at));)*
            }
        }
    };
}
