//! Long work that Ctrl-C ends.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use pyo3::prelude::*;

/// How often signals are looked for: too short for a person to notice, too long to cost anything.
const INTERVAL: Duration = Duration::from_millis(50);

/// The result of `work`, done on a thread of its own with the interpreter released.
///
/// Python delivers signals to its main thread only when that thread asks, so the calling thread
/// asks while it waits. When a handler raises, `work` is told by what it was handed, and the
/// exception comes out once it has returned.
pub(crate) fn interruptible<T: Send>(
    py: Python<'_>,
    work: impl FnOnce(&(dyn Fn() -> bool + Sync)) -> T + Send,
) -> PyResult<T> {
    let is_cancelled = AtomicBool::new(false);
    py.detach(|| {
        thread::scope(|scope| {
            let (done, is_done) = channel::<()>();
            let worker = scope.spawn(|| {
                // Dropped when the work returns or panics, which ends the wait below.
                let _done = done;
                work(&|| is_cancelled.load(Ordering::Relaxed))
            });
            let mut outcome = Ok(());
            while outcome.is_ok()
                && is_done.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout)
            {
                outcome = Python::attach(raised);
            }
            is_cancelled.store(outcome.is_err(), Ordering::Relaxed);
            let result = worker
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            outcome.map(|()| result)
        })
    })
}

/// What a handler of a signal that has arrived raises.
fn raised(py: Python<'_>) -> PyResult<()> {
    py.check_signals()
}
