//! Where array ops lie: beside the nodes, of which most are pointwise ops of a few bytes.

use crate::dense::ledger::{Ledger, Use};
use crate::ops::ArrayOp;
use std::cell::{Cell, RefCell};

/// Places for array ops. They come back in `clear` and are lent again, so that a step after the first asks for no memory.
#[derive(Default)]
pub(super) struct Boxes {
    #[allow(clippy::vec_box, reason = "lent, it is moved from hand to hand")]
    free: RefCell<Vec<Box<ArrayOp>>>,
    /// Those that have come back and still hold their ops.
    #[allow(clippy::vec_box, reason = "as above")]
    used: Vec<Box<ArrayOp>>,
    made: Cell<usize>,
}

impl Boxes {
    /// The bytes of all places, lent or not.
    pub(super) fn bytes(&self) -> usize {
        self.made.get() * size_of::<ArrayOp>()
    }

    /// A place with this op in it.
    #[inline]
    pub(super) fn lend(&self, op: impl Into<ArrayOp>, ledger: &Ledger) -> Box<ArrayOp> {
        let place = self.free.borrow_mut().pop();
        let mut place = place.unwrap_or_else(|| self.make(ledger));
        *place = op.into();
        place
    }

    /// A new place.
    #[cold]
    fn make(&self, ledger: &Ledger) -> Box<ArrayOp> {
        if ledger.is_limited() {
            ledger.ask(Use::Nodes, size_of::<ArrayOp>());
        }
        self.made.set(self.made.get() + 1);
        Box::new(ArrayOp::NOTHING)
    }

    /// Takes a place back, with its op.
    pub(super) fn take_back(&mut self, place: Box<ArrayOp>) {
        self.used.push(place);
    }

    /// Drops the ops in the places that were taken back.
    pub(super) fn empty(&mut self) {
        for mut place in self.used.drain(..) {
            *place = ArrayOp::NOTHING;
            self.free.get_mut().push(place);
        }
    }
}
