//! The files of a folder, changed step by step under the eyes of a test of rotation.

#![allow(dead_code, reason = "not every test binary uses all of it")]

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::ops::Deref;

use auditctl::logs::rotate::{Disk, Folder, Seen};

/// What becomes of the steps that change something. The others are those of the folder.
pub trait Steps {
    /// The folder.
    fn folder(&self) -> &Folder;

    /// Makes a step, or doesn't.
    fn step<T>(&self, what: &str, make: impl FnOnce() -> io::Result<T>) -> io::Result<T>;

    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.step("write", || self.folder().write_at(file, bytes, offset))
    }

    fn copy(&self, from: &File, offset: u64, length: u64, to: &File) -> io::Result<()> {
        self.step("copy", || self.folder().copy(from, offset, length, to))
    }

    fn collapse(&self, file: &File, from: u64, length: u64) -> io::Result<()> {
        self.step("collapse", || self.folder().collapse(file, from, length))
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        self.step("sync", || self.folder().sync(file))
    }

    fn sync_names(&self) -> io::Result<()> {
        self.step("sync of the names", || self.folder().sync_names())
    }
}

/// A disk on which each step is made so.
pub struct Stepped<S>(pub S);

impl<S> Deref for Stepped<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

impl<S: Steps> Disk for Stepped<S> {
    fn names(&self) -> io::Result<Vec<OsString>> {
        self.folder().names()
    }

    fn look(&self, name: &OsStr) -> io::Result<Option<Seen>> {
        self.folder().look(name)
    }

    fn open(&self, name: &OsStr, write: bool) -> io::Result<File> {
        self.folder().open(name, write)
    }

    fn create(&self, name: &OsStr) -> io::Result<File> {
        self.step("create", || self.folder().create(name))
    }

    fn write_at(&self, file: &File, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_at(file, bytes, offset)
    }

    fn copy(&self, from: &File, offset: u64, length: u64, to: &File) -> io::Result<()> {
        self.0.copy(from, offset, length, to)
    }

    fn adopt(&self, file: &File, like: &Metadata) -> io::Result<()> {
        self.step("adopt", || self.folder().adopt(file, like))
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        self.0.sync(file)
    }

    fn sync_names(&self) -> io::Result<()> {
        self.0.sync_names()
    }

    fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        self.step("rename", || self.folder().rename(from, to))
    }

    fn remove(&self, name: &OsStr) -> io::Result<()> {
        self.step("remove", || self.folder().remove(name))
    }

    fn collapse(&self, file: &File, from: u64, length: u64) -> io::Result<()> {
        self.0.collapse(file, from, length)
    }

    fn truncate(&self, file: &File, length: u64) -> io::Result<()> {
        self.step("truncate", || self.folder().truncate(file, length))
    }
}
