//! Runs of bytes: how far one reaches, forward or backward.
//!
//! Whoever reads a text byte by byte, without a bound, does it through here. So the tests can count every step that is
//! taken and show that they grow no faster than the text, whatever the text is.

/// How many bytes at the beginning are of this kind.
pub(super) fn run(bytes: &[u8], of: impl Fn(u8) -> bool) -> usize {
    let length = bytes.iter().position(|b| !of(*b)).unwrap_or(bytes.len());
    count(length + 1);
    length
}

/// How many bytes at the end are of this kind.
pub(super) fn run_back(bytes: &[u8], of: impl Fn(u8) -> bool) -> usize {
    let length = bytes.iter().rev().position(|b| !of(*b)).unwrap_or(bytes.len());
    count(length + 1);
    length
}

/// How many backslashes stand at the beginning.
pub(super) fn backslashes(bytes: &[u8]) -> usize {
    run(bytes, |b| b == b'\\')
}

/// How many blanks and tabs stand at the beginning.
pub(super) fn blanks(bytes: &[u8]) -> usize {
    run(bytes, |b| matches!(b, b' ' | b'\t'))
}

/// At most so many bytes from the beginning.
pub(super) fn first(bytes: &[u8], most: usize) -> &[u8] {
    &bytes[..bytes.len().min(most)]
}

/// At most so many bytes from the end.
pub(super) fn last(bytes: &[u8], most: usize) -> &[u8] {
    &bytes[bytes.len().saturating_sub(most)..]
}

/// Counts bytes that were looked at, in tests.
#[cfg(not(test))]
#[inline(always)]
pub(super) fn count(_bytes: usize) {}

#[cfg(test)]
pub(super) use steps::count;

#[cfg(test)]
pub(super) mod steps {
    //! How many bytes this thread has looked at.

    use std::cell::Cell;

    thread_local! {
        static STEPS: Cell<usize> = const { Cell::new(0) };
    }

    /// Counts bytes that were looked at.
    pub(in super::super) fn count(bytes: usize) {
        STEPS.set(STEPS.get() + bytes);
    }

    /// How many bytes were looked at in `work`.
    pub(in super::super) fn of<T>(work: impl FnOnce() -> T) -> usize {
        let before = STEPS.get();
        work();
        STEPS.get() - before
    }
}
