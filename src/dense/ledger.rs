//! How much memory a tape holds, and how much it may.
//!
//! The account is kept where memory is asked of the system, which a warm loop never does; so it costs nothing there, and
//! is always right. A limit is looked at there too, before the memory is asked for.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// What memory is used for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Use {
    /// The scalar lane's stream and trace.
    Scalars,
    /// The chunks that the nodes of the array lane lie in.
    Nodes,
    /// Lists of indices.
    Indices,
    /// Blocks with elements of arrays, those that wait for their next use included.
    Arrays,
    /// The lists of a sweep.
    Adjoints,
}

/// The bytes held for each [`Use`].
pub(crate) type Held = [usize; 5];

/// The account of one tape.
#[derive(Clone, Default)]
pub(crate) struct Ledger(Arc<Account>);

struct Account {
    limit: AtomicUsize,
    held: [AtomicUsize; 5],
    /// Where to find memory that waits for its next use, while there is a limit.
    idle: Mutex<Vec<Box<dyn Idle>>>,
}

/// Memory that waits for its next use and can be given back instead.
pub(crate) trait Idle: Send {
    fn give_back(&self);
}

/// With what an op unwinds that would hold more than it may.
pub(crate) struct Exceeded {
    ledger: Ledger,
    pub(crate) limit: usize,
    pub(crate) asked: usize,
    pub(crate) held: Held,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            limit: AtomicUsize::new(usize::MAX),
            held: Default::default(),
            idle: Mutex::default(),
        }
    }
}

impl Ledger {
    pub(crate) fn is_limited(&self) -> bool {
        self.limit() < usize::MAX
    }

    pub(crate) fn limit(&self) -> usize {
        self.0.limit.load(Relaxed)
    }

    /// Sets the limit, and says where to find idle memory when it is reached.
    pub(crate) fn set_limit(&self, limit: usize, idle: Vec<Box<dyn Idle>>) {
        self.0.limit.store(limit, Relaxed);
        *self.0.idle.lock().unwrap_or_else(PoisonError::into_inner) = idle;
    }

    /// Corrects what is held for a use of which no account was kept while there was no limit.
    pub(crate) fn set(&self, of: Use, bytes: usize) {
        self.0.held[of as usize].store(bytes, Relaxed);
    }

    /// What may still be asked for, idle memory aside.
    pub(crate) fn left(&self) -> usize {
        let held: usize = self.held().iter().sum();
        self.limit().saturating_sub(held)
    }

    fn held(&self) -> Held {
        std::array::from_fn(|i| self.0.held[i].load(Relaxed))
    }

    /// Enters memory that is about to be asked of the system. Unwinds where that would be more than the limit, even if all
    /// idle memory were given back.
    pub(crate) fn ask(&self, of: Use, bytes: usize) {
        if bytes > self.left() {
            let idle = self.0.idle.lock().unwrap_or_else(PoisonError::into_inner);
            idle.iter().for_each(|idle| idle.give_back());
            drop(idle);
            if bytes > self.left() {
                self.refuse(bytes);
            }
        }
        self.0.held[of as usize].fetch_add(bytes, Relaxed);
    }

    /// Enters memory that has been given back to the system.
    pub(crate) fn give_back(&self, of: Use, bytes: usize) {
        self.0.held[of as usize].fetch_sub(bytes, Relaxed);
    }

    /// Unwinds without a message: whoever set the limit catches it.
    #[cold]
    fn refuse(&self, asked: usize) -> ! {
        std::panic::resume_unwind(Box::new(Exceeded {
            ledger: self.clone(),
            limit: self.limit(),
            asked,
            held: self.held(),
        }))
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Ledger").field(&self.held()).finish()
    }
}

impl Exceeded {
    /// Whether this account's limit was exceeded.
    pub(crate) fn is_of(&self, ledger: &Ledger) -> bool {
        Arc::ptr_eq(&self.ledger.0, &ledger.0)
    }
}

/// Memory that is accounted for as long as this lives.
#[derive(Debug, Default)]
pub(crate) struct Charge {
    account: Option<(Ledger, Use)>,
    bytes: usize,
}

impl Charge {
    pub(crate) fn new(ledger: &Ledger, of: Use, bytes: usize) -> Self {
        let mut charge = Self::default();
        charge.raise(ledger, of, bytes);
        charge
    }

    /// Raises the charge to `bytes`, if it is less.
    pub(crate) fn raise(&mut self, ledger: &Ledger, of: Use, bytes: usize) {
        if bytes > self.bytes {
            ledger.ask(of, bytes - self.bytes);
            self.account.get_or_insert_with(|| (ledger.clone(), of));
            self.bytes = bytes;
        }
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        if let Some((ledger, of)) = &self.account {
            ledger.give_back(*of, self.bytes);
        }
    }
}

/// The capacity of a list that has this capacity and needs that: a `Vec`'s growth, known beforehand.
pub(crate) fn grown(capacity: usize, need: usize) -> usize {
    match need <= capacity {
        true => capacity,
        false => need.max(2 * capacity),
    }
}

/// Makes room in a list for `need` more elements, in larger and larger steps as long as the limit is far.
pub(crate) fn grow<V>(list: &mut Vec<V>, need: usize, ledger: &Ledger, of: Use) {
    if list.capacity() - list.len() >= need {
        return;
    }
    let size = size_of::<V>();
    let wanted = list.capacity().max(512);
    let more = wanted.min(ledger.left() / (2 * size)).max(need);
    ledger.ask(of, more * size);
    list.reserve_exact(list.capacity() - list.len() + more);
}
