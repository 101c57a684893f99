//! Panics as data: what was said, and where.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::Once;

/// A panic that was caught.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) message: String,
    pub(crate) file: String,
    pub(crate) line: u32,
}

thread_local! {
    static LAST: RefCell<Option<Said>> = const { RefCell::new(None) };
    static LISTENING: RefCell<bool> = const { RefCell::new(false) };
}

/// What `f` panicked with, or `None` if it returned.
pub(crate) fn panic_of<R>(f: impl FnOnce() -> R) -> Option<Said> {
    caught(f).err().and_then(|(said, _)| said)
}

/// The result of `f`, or what it panicked with and its payload. An unwinding that is no panic said nothing.
pub(crate) fn caught<R>(f: impl FnOnce() -> R) -> Result<R, (Option<Said>, Box<dyn Any + Send>)> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let default = std::panic::take_hook();
        set_hook(Box::new(move |info| {
            if !LISTENING.with_borrow(|on| *on) {
                return default(info);
            }
            let location = info.location().expect("a panic has a location");
            let said = Said {
                message: payload(info.payload()).unwrap_or_default().to_owned(),
                file: location.file().to_owned(),
                line: location.line(),
            };
            LAST.set(Some(said));
        }));
    });
    LISTENING.set(true);
    LAST.set(None);
    let result = catch_unwind(AssertUnwindSafe(f));
    LISTENING.set(false);
    result.map_err(|payload| (LAST.take(), payload))
}

/// Asserts that the expression panics, at this line of this file, and gives the message.
macro_rules! refused {
    ($e:expr) => {{
        let line = line!();
        let said = super::hook::panic_of(|| $e);
        let said = said.unwrap_or_else(|| panic!("line {line}: `{}` did not panic", stringify!($e)));
        assert_eq!(
            (said.file.as_str(), said.line),
            (file!(), line),
            "`{}` panicked elsewhere: {}",
            stringify!($e),
            said.message
        );
        said.message
    }};
}
pub(crate) use refused;

/// Asserts that the expression panics, at this line, with a message that contains all the texts.
macro_rules! says {
    ($e:expr, $($text:expr),+) => {{
        let message = super::hook::refused!($e);
        $(assert!(message.contains(&$text[..]), "`{}` is not in: {message}", $text);)+
    }};
}
pub(crate) use says;

/// The text of a panic.
fn payload(payload: &dyn Any) -> Option<&str> {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| payload.downcast_ref::<&str>().copied())
}
