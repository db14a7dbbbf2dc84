//! A real shell on a real terminal, in which a person types.

use std::fs;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use super::place::Place;

const PROMPT: &str = "READY> ";
/// The prompt for the rest of a command: what was typed is not complete.
const INCOMPLETE: &str = "MORE> ";

/// How often in a row nothing may appear for a whole [`TICK`] before a shell is taken to hang. Shells that are busy
/// for long appear on a loaded machine; one that shows nothing for so many of them waits for something for ever.
const SILENT_TICKS: u32 = 120;
const TICK: Duration = Duration::from_secs(1);

/// The shells that are driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// Always there.
    Bash,
    /// May be missing.
    Zsh,
    /// May be missing.
    Fish,
}

impl Shell {
    /// Its program.
    pub fn program(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
        }
    }
}

/// A shell on a terminal.
#[derive(Debug)]
pub struct Terminal {
    child: Child,
    keyboard: ChildStdin,
    screen: Arc<(Mutex<Screen>, Condvar)>,
    seen: usize,
}

#[derive(Debug, Default)]
struct Screen {
    text: String,
    is_closed: bool,
}

impl Terminal {
    /// Starts a shell that completes the place's program; None where something is missing on this machine.
    pub fn start(shell: Shell, place: &Place, setup: &str) -> Option<Self> {
        let is_here = |name: &str| place.command(name).arg("--version").output().is_ok();
        // script(1) makes the terminal: it is in Debian's essential packages.
        if !is_here("script") || !is_here(shell.program()) {
            return None;
        }
        let real = place.real();
        let real = real.display();
        let zdotdir = place.path("zdotdir");
        let zdotdir = zdotdir.display();
        let startup = place.path(&format!("startup.{}", shell.program()));
        let (text, line) = match shell {
            Shell::Bash => (
                format!("PS1='{PROMPT}' PS2='{INCOMPLETE}'\n{setup}\nsource <({real} completions bash)\n"),
                format!("bash --noprofile --rcfile {} -i", startup.display()),
            ),
            Shell::Zsh => (
                // As a package installs it: loaded when it is first wanted.
                format!(
                    "PS1='{PROMPT}' PS2='{INCOMPLETE}'\nfpath=({zdotdir} $fpath)\n\
                     autoload -U compinit && compinit -D -u\n{setup}\n"
                ),
                format!("ZDOTDIR={zdotdir} zsh -d -i"),
            ),
            Shell::Fish => (
                // An incomplete line makes fish wait in silence, so that the line is evaluated instead.
                format!(
                    "function fish_prompt; printf '{PROMPT}'; end\nfunction fish_title; end\n{setup}\n\
                     {real} completions fish | source\n\
                     bind \\cx 'eval (commandline); or printf \"{INCOMPLETE}\"; commandline \"\"; commandline -f repaint'\n"
                ),
                format!("fish --no-config -i -C 'source {}'", startup.display()),
            ),
        };
        fs::write(&startup, &text).unwrap();
        if shell == Shell::Zsh {
            let script = place.command(&real.to_string()).args(["completions", "zsh"]).output().unwrap().stdout;
            fs::create_dir_all(place.path("zdotdir")).unwrap();
            fs::write(place.path(&format!("zdotdir/_{}", place.program())), script).unwrap();
            fs::write(place.path("zdotdir/.zshrc"), &text).unwrap();
        }
        let mut child = place
            .command("script")
            .args(["-q", "-f", "-e", "-c", &line, "/dev/null"])
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let screen = Arc::new((Mutex::new(Screen::default()), Condvar::new()));
        let mut output = child.stdout.take().unwrap();
        let shown = Arc::clone(&screen);
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                let count = output.read(&mut bytes).unwrap_or(0);
                let mut screen = shown.0.lock().unwrap();
                screen.text.push_str(&String::from_utf8_lossy(&bytes[..count]));
                screen.is_closed = count == 0;
                shown.1.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        let keyboard = child.stdin.take().unwrap();
        let mut terminal = Terminal { child, keyboard, screen, seen: 0 };
        terminal.wait_for(&[PROMPT]);
        Some(terminal)
    }

    /// Types a line, tabs and all, and enters it: the words that the program was given, or None where the line was
    /// not complete.
    pub fn enter(&mut self, shell: Shell, line: &str) -> Option<Vec<String>> {
        let enter = if shell == Shell::Fish { "\u{18}" } else { "\r" };
        self.press(&format!("{line}{enter}"));
        let text = self.wait_for(&[" END", INCOMPLETE]);
        let given = text.rsplit_once("GIVEN").map(|(_, words)| words.to_owned());
        if given.is_none() {
            self.press("\u{3}");
        }
        self.wait_for(&[PROMPT]);
        let words = given?;
        Some(words.trim_end_matches(" END").split_whitespace().map(|word| decoded(&word[1..])).collect())
    }

    /// Types keys.
    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// What appears up to one of these texts and with it.
    pub fn wait_for(&mut self, texts: &[&str]) -> String {
        let (screen, changed) = &*self.screen;
        let mut screen = screen.lock().unwrap();
        let mut silent_ticks = 0;
        loop {
            let unseen = &screen.text[self.seen..];
            let found = texts.iter().filter_map(|text| unseen.find(text).map(|at| at + text.len())).min();
            if let Some(end) = found {
                let text = unseen[..end].to_owned();
                self.seen += end;
                return text;
            }
            assert!(!screen.is_closed, "the terminal closed before {texts:?}: {unseen}");
            assert!(silent_ticks < SILENT_TICKS, "the shell hangs before {texts:?}: {unseen}");
            let (after, tick) = changed.wait_timeout(screen, TICK).unwrap();
            screen = after;
            silent_ticks = if tick.timed_out() { silent_ticks + 1 } else { 0 };
        }
    }
}

impl Drop for Terminal {
    /// Ends `script`, which leads a session of its own; the shell in it gets a hangup with its terminal.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A word from its bytes in hexadecimal.
fn decoded(hex: &str) -> String {
    let bytes = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    String::from_utf8(bytes).unwrap()
}
