//! What is asked of a row of [the table](super::pointwise) that is known as data only.

use super::pointwise::{Binary, BinaryVisitor, Unary, UnaryVisitor};
use super::rule::{BinaryRule, UnaryRule, Value};
use super::term::Term;

impl Unary {
    /// The op's name in messages: that of its method where it has one.
    pub fn name(self) -> String {
        struct Name;
        impl UnaryVisitor for Name {
            type Out = String;
            fn visit<O: UnaryRule>(self) -> String {
                O::NAME.to_lowercase()
            }
        }
        self.visit(Name)
    }

    /// The intervals from which gradient tests draw the argument: inside the domain, away from kinks.
    pub fn domain(self) -> &'static [(f64, f64)] {
        struct Domain;
        impl UnaryVisitor for Domain {
            type Out = &'static [(f64, f64)];
            fn visit<O: UnaryRule>(self) -> Self::Out {
                O::DOMAIN
            }
        }
        self.visit(Domain)
    }

    /// Applies the op to a term.
    #[track_caller]
    pub fn apply<V: Value>(self, x: &Term<V>) -> Term<V> {
        struct Apply<'a, V>(&'a Term<V>);
        impl<V: Value> UnaryVisitor for Apply<'_, V> {
            type Out = Term<V>;
            #[track_caller]
            fn visit<O: UnaryRule>(self) -> Term<V> {
                Term(self.0.0.unary::<O>())
            }
        }
        self.visit(Apply(x))
    }
}

impl Binary {
    /// The op's name in messages: that of its method where it has one.
    pub fn name(self) -> String {
        struct Name;
        impl BinaryVisitor for Name {
            type Out = String;
            fn visit<O: BinaryRule>(self) -> String {
                O::NAME.to_lowercase()
            }
        }
        self.visit(Name)
    }

    /// The intervals from which gradient tests draw the two arguments: inside the domain, away from kinks and ties.
    pub fn domain(self) -> [&'static [(f64, f64)]; 2] {
        struct Domain;
        impl BinaryVisitor for Domain {
            type Out = [&'static [(f64, f64)]; 2];
            fn visit<O: BinaryRule>(self) -> Self::Out {
                O::DOMAIN
            }
        }
        self.visit(Domain)
    }

    /// Applies the op to two terms.
    #[track_caller]
    pub fn apply<V: Value>(self, a: &Term<V>, b: &Term<V>) -> Term<V> {
        struct Apply<'a, V>(&'a Term<V>, &'a Term<V>);
        impl<V: Value> BinaryVisitor for Apply<'_, V> {
            type Out = Term<V>;
            #[track_caller]
            fn visit<O: BinaryRule>(self) -> Term<V> {
                Term(self.0.0.binary::<O>(&self.1.0))
            }
        }
        self.visit(Apply(a, b))
    }
}
