//! A pseudo-terminal in the place of stdout, another in that of stderr, and where it is asked something one for stdin;
//! or one for stderr alone.

#![allow(dead_code, reason = "not every test binary uses all of it")]

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{OptionalActions, Winsize, tcgetattr, tcsetattr, tcsetwinsize};

/// What the command prints on two terminals of so many columns.
pub fn output(mut command: Command, columns: u16) -> Output {
    let (out, out_here) = terminal(columns);
    let (err, err_here) = terminal(columns);
    let mut child = command.stdout(out).stderr(err).spawn().unwrap();
    // It holds the terminals, and they end when nobody does.
    drop(command);
    let (out, err) = (thread::spawn(|| read(out_here)), thread::spawn(|| read(err_here)));
    let status = child.wait().unwrap();
    Output { status, stdout: out.join().unwrap(), stderr: err.join().unwrap() }
}

/// What the command says on a terminal, while so many bytes of its output are read from a pipe, and no more until the
/// terminal shows these words and something is done with the process.
pub fn while_it_lasts(
    mut command: Command,
    columns: u16,
    first: usize,
    shown: &str,
    act: impl FnOnce(&Child),
) -> Output {
    let (err, mut err_here) = terminal(columns);
    let mut child = command.stdout(Stdio::piped()).stderr(err).spawn().unwrap();
    drop(command);
    let mut out = child.stdout.take().unwrap();
    let mut stdout = vec![0; first];
    out.read_exact(&mut stdout).unwrap();
    let mut said = read_until(&mut err_here, |said| String::from_utf8_lossy(said).contains(shown));
    act(&child);
    let err = thread::spawn(|| read(err_here));
    out.read_to_end(&mut stdout).unwrap();
    said.append(&mut err.join().unwrap());
    Output { status: child.wait().unwrap(), stdout, stderr: said }
}

/// A conversation: what the command prints on terminals of so many columns, when something is done once stderr ends in
/// these words, and then this is typed.
pub fn conversation(mut command: Command, columns: u16, asked: &str, act: impl FnOnce(), answer: &str) -> Output {
    let (keys, mut keys_here) = terminal(columns);
    let (out, out_here) = terminal(columns);
    let (err, mut err_here) = terminal(columns);
    let mut child = command.stdin(keys).stdout(out).stderr(err).spawn().unwrap();
    drop(command);
    let out = thread::spawn(|| read(out_here));
    let mut said = read_until(&mut err_here, |said| said.ends_with(asked.as_bytes()));
    act();
    // Who ended without asking hears nothing.
    let _ = keys_here.write_all(answer.as_bytes());
    said.append(&mut read(err_here));
    let status = child.wait().unwrap();
    Output { status, stdout: out.join().unwrap(), stderr: said }
}

/// The side for the program, and ours.
fn terminal(columns: u16) -> (File, File) {
    let here = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
    grantpt(&here).unwrap();
    unlockpt(&here).unwrap();
    let name = ptsname(&here, Vec::new()).unwrap();
    let path = Path::new(std::ffi::OsStr::from_bytes(name.to_bytes()));
    let flags = i32::try_from(OFlags::NOCTTY.bits()).unwrap();
    let there = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path).unwrap();
    tcsetwinsize(&there, Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    // What is written comes out as it is, without a carriage return before each line break.
    let mut settings = tcgetattr(&there).unwrap();
    settings.make_raw();
    tcsetattr(&there, OptionalActions::Now, &settings).unwrap();
    (there, here.into())
}

fn read(mut here: File) -> Vec<u8> {
    read_until(&mut here, |_| false)
}

/// What is written until it is enough, or nobody writes any more.
fn read_until(here: &mut File, is_enough: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    // Linux says EIO when the other side is closed for good.
    while !is_enough(&bytes)
        && let Ok(length @ 1..) = here.read(&mut buffer)
    {
        bytes.extend_from_slice(&buffer[..length]);
    }
    bytes
}
