//! The characters beside a place in a text. Every look at a text that is not a substring search
//! goes through here, so that the tests can count looks instead of seconds.

/// The character that begins at byte `at`.
pub(crate) fn character_at(text: &str, at: usize) -> Option<char> {
    #[cfg(test)]
    counting::count();
    text.get(at..)?.chars().next()
}

/// The character that ends at byte `at`.
pub(crate) fn character_before(text: &str, at: usize) -> Option<char> {
    #[cfg(test)]
    counting::count();
    text.get(..at)?.chars().next_back()
}

#[cfg(test)]
pub(crate) mod counting {
    use std::cell::Cell;

    thread_local! {
        static LOOKS: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn count() {
        LOOKS.set(LOOKS.get() + 1);
    }

    /// Looks taken at texts while `work` ran.
    pub(crate) fn looks(work: impl FnOnce()) -> usize {
        let before = LOOKS.get();
        work();
        LOOKS.get() - before
    }
}
