//! Values that only the database or the configuration knows, in time or not at all.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::config::{Environment, Settings, Typed, profile_names};
use crate::store::{self, Store};

/// How long to wait for a writer's lock: less than the whole patience, so that the connection is closed properly.
const PATIENCE_FOR_LOCKS: Duration = Duration::from_millis(100);

/// The way to live values.
#[derive(Clone, Debug)]
pub(super) struct Live {
    /// The global options; None where they are wrong or only the shell knows them.
    pub typed: Option<Typed>,
    /// What was read from outside.
    pub environment: Environment,
    /// When an answer is of no use any more.
    pub deadline: Instant,
}

impl Live {
    /// Asks the database in force. No answer is no reason to say why.
    pub fn store<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut dyn Store) -> Option<T> + Send + 'static,
    ) -> Option<T> {
        let (typed, environment) = (self.typed.clone()?, self.environment.clone());
        self.in_time(move || {
            let settings = Settings::resolve(&typed, &environment).ok()?;
            let table = settings.audit_table.as_ref().map(|table| table.value.as_str());
            let database = &settings.database().ok()?.value;
            let mut store = store::open_waiting(database, table, PATIENCE_FOR_LOCKS).ok()?;
            ask(&mut *store)
        })
    }

    /// The profiles of the configuration files in force.
    pub fn profiles(&self) -> Option<Vec<String>> {
        let (typed, environment) = (self.typed.clone()?, self.environment.clone());
        self.in_time(move || profile_names(&typed, &environment).ok())
    }

    /// Runs it on a thread that is left behind when the time is up: the end of the process ends it.
    fn in_time<T: Send + 'static>(&self, run: impl FnOnce() -> Option<T> + Send + 'static) -> Option<T> {
        let left = self.deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
        let (sender, receiver) = mpsc::channel();
        // Nobody may be listening any more.
        thread::Builder::new().spawn(move || drop(sender.send(run()))).ok()?;
        receiver.recv_timeout(left).ok().flatten()
    }
}
