//! The public gradient checker: what is right passes, what is wrong is found and named, and where there is no derivative it
//! says so.

mod points;
mod right;
mod wrong;
