//! What the completers of one answer share: the way to live values, and what they say about the answer as a whole.

use std::sync::{Mutex, PoisonError};

use super::live::Live;
use super::reply::Space;

/// What belongs at the cursor, as far as the completers know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// One of the words that were found.
    Words(Space),
    /// A file, which the shell completes best.
    Files,
    /// A folder.
    Folders,
}

/// One answer in the making.
#[derive(Debug)]
pub(super) struct Session {
    /// The way to what databases and files hold.
    pub live: Live,
    /// The whole word at the cursor.
    pub current: String,
    outcome: Mutex<Outcome>,
}

impl Session {
    pub fn new(live: Live, current: String) -> Self {
        Session { live, current, outcome: Mutex::new(Outcome::Words(Space::After)) }
    }

    /// Says what the answer as a whole is.
    pub fn decide(&self, outcome: Outcome) {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
    }

    pub fn outcome(&self) -> Outcome {
        *self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
