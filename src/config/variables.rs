//! Every environment variable that the program reads, with a line of meaning for the manual.
//!
//! [`Environment`](super::Environment) keeps these and no others, so a variable that is not in the table cannot be
//! read by accident.

/// An environment variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one line.
    pub meaning: &'static str,
}

macro_rules! variables {
    ($($name:ident: $meaning:literal,)*) => {
        $(
            #[doc = $meaning]
            pub const $name: Variable = Variable { name: stringify!($name), meaning: $meaning };
        )*

        /// All of them, in the order of the manual.
        pub const VARIABLES: &[Variable] = &[$($name),*];
    };
}

variables! {
    AUDITCTL_DATABASE: "The database to read, a path or a URL, unless --database or --profile names one.",
    AUDITCTL_PROFILE: "The profile of the configuration file to use, unless --profile names one.",
    AUDITCTL_CONFIG: "The configuration file to read, and the only one, unless --config names one.",
    AUDITCTL_LOG_DIR: "The folder of the service's log files, unless --log-dir or --profile names one.",
    AUDITCTL_PAGER: "The command that pages long tables on a terminal, before PAGER.",
    AUDITCTL_COMPLETION_MS: "How long completion may take in milliseconds, 150 by default, before it offers less.",
    AUDITCTL_NOW: "The instant to take for now, as RFC 3339; for tests and for reproducing a report.",
    DATABASE_URL: "The service's own database URL, used when nothing above names a database.",
    PAGER: "The command that pages long tables on a terminal.",
    LESS: "The options of less, when that is the pager.",
    NO_COLOR: "When set, nothing is coloured unless --color says so.",
    CLICOLOR_FORCE: "When set to anything but 0, output is coloured even where it is not a terminal.",
    TERM: "The kind of the terminal; `dumb` means that it understands no colour.",
    COLUMNS: "The width to lay tables out for on a terminal, whatever the terminal says of its own.",
    TZ: "The machine's time zone, used where no other is given.",
    TMPDIR: "The folder for log records and unpacked logs that memory should not hold, /tmp by default.",
    HOME: "The home folder, where the folders of the next two are looked for by default.",
    XDG_CONFIG_HOME: "The folder of configuration files, ~/.config by default.",
    XDG_DATA_HOME: "The folder of data, ~/.local/share by default.",
}

#[cfg(test)]
mod tests {
    use super::VARIABLES;

    #[test]
    fn each_is_named_once_and_explained_in_a_sentence() {
        for (at, variable) in VARIABLES.iter().enumerate() {
            assert!(VARIABLES[..at].iter().all(|other| other.name != variable.name), "{} twice", variable.name);
            assert!(variable.meaning.ends_with('.') && variable.meaning.len() < 100, "{}", variable.name);
        }
    }
}
