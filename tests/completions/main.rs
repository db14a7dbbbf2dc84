//! Completion in real bash, zsh and fish: what is offered, and what stands on the line afterwards.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

#[path = "../common/mod.rs"]
mod common;
mod offers;
mod place;
mod silence;
mod terminal;
mod typed;
