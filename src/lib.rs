//! auditctl: who did what, when, and what came of it.
//!
//! The modules, and the one direction in which they know of each other:
//!
//! | module       | knows                                                                 |
//! |--------------|-----------------------------------------------------------------------|
//! | [`cli`]      | what the user types: global options, one file a verb                  |
//! | [`config`]   | profiles, environment, discovery: what is in force, and from where    |
//! | [`doctor`]   | checks, each with a stable id and a remedy                            |
//! | [`logs`]     | the log files: records, following, rotation without loss              |
//! | [`versions`] | what django-reversion kept: diff, blame, plans of a revert            |
//! | [`export`]   | files that are there whole or not at all, and the cursor between runs |
//! | [`store`]    | databases: one trait, one module an engine; all SQL is built there    |
//! | [`query`]    | filters, orderings, times, pages: pure values, no SQL                 |
//! | [`audit`]    | an entry: its model, the decoder of `details`, redaction              |
//! | [`output`]   | the terminal and the formats: rows and cells, not their origin        |
//! | [`lock`]     | keeps two runs of one job apart                                       |
//! | [`shell`]    | words of commands that somebody is to copy                            |
//! | [`demo`]     | the plausible little park that `auditctl demo` builds                 |
//!
//! `cli → doctor → logs → versions → store → query → audit`, where each may know all behind it; `export` stands beside
//! `versions`. `output` knows only the values of [`audit`] and [`query`].

pub mod audit;
pub mod cli;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod export;
pub mod lock;
pub mod logs;
pub mod output;
pub mod query;
pub mod shell;
pub mod store;
pub mod versions;
