//! auditctl: who did what, when, and what came of it.
//!
//! The modules, and the one direction in which they know of each other:
//!
//! | module     | knows                                                               |
//! |------------|---------------------------------------------------------------------|
//! | [`cli`]    | what the user types: global options, one file a verb                |
//! | [`config`] | profiles, environment, discovery: what is in force, and from where  |
//! | [`store`]  | databases: one trait, one module an engine; all SQL is built there  |
//! | [`query`]  | filters, orderings, times, pages: pure values, no SQL               |
//! | [`audit`]  | an entry: its model, the decoder of `details`, redaction            |
//! | [`output`] | the terminal and the formats: rows and cells, not their origin      |
//! | [`logs`]   | the service's log files: the records that are written to them           |
//! | [`doctor`] | checks, each with a stable id and a remedy                            |
//! | [`export`] | files that are there whole or not at all, and how far earlier runs came |
//! | [`lock`]   | keeps two runs of one job apart                                     |
//! | [`shell`]  | words of commands that somebody is to copy                          |
//! | [`demo`]   | the plausible little park that `auditctl demo` builds               |
//!
//! `cli → store → query → audit`; `output` stands beside them and knows only the values of [`audit`].

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
