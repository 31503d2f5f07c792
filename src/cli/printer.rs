//! Where output goes: results to standard output, progress and errors to standard error.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::args::Format;
use super::failure::Failure;

use crate::report::numbers;
use crate::units::num;

/// Prints; a reader that went away (a closed pipe) is no error.
pub(super) struct Printer {
    quiet: bool,
    format: Format,
    is_terminal: bool,
    bar: RefCell<Option<ProgressBar>>,
}

#[expect(clippy::unused_self, reason = "only who holds a printer prints")]
impl Printer {
    pub(super) fn new(quiet: bool, format: Format) -> Self {
        Self { quiet, format, is_terminal: io::stderr().is_terminal(), bar: RefCell::default() }
    }

    /// How results are wanted.
    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// A result.
    pub(super) fn result(&self, text: &str) {
        let _ = writeln!(io::stdout(), "{text}");
    }

    /// A step of the work, one line.
    pub(super) fn step(&self, text: &str) {
        if self.quiet {
            return;
        }
        match &*self.bar.borrow() {
            Some(bar) => bar.suspend(|| self.line(text)),
            None => self.line(text),
        }
    }

    /// Shows a bar on terminals until [`Printer::end_bar`], with rate and time left.
    pub(super) fn begin_bar(&self, what: &'static str, total: u64) {
        self.begin(what, total, "{msg:>10} {bar:32} {percent:>3}%  {rate}, {eta} left");
    }

    /// The same for work that takes `total` milliseconds.
    pub(super) fn begin_timed_bar(&self, what: &'static str, total: u64) {
        self.begin(what, total, "{msg:>10} {bar:32} {percent:>3}%  {eta} left");
    }

    fn begin(&self, what: &'static str, total: u64, template: &'static str) {
        if self.quiet || !self.is_terminal {
            return;
        }
        self.end_bar();
        let rate = |state: &ProgressState, out: &mut dyn fmt::Write| {
            let _ = write!(out, "{}/s", numbers::count(num::round(state.per_sec())));
        };
        let style = ProgressStyle::with_template(template).expect("the template is valid");
        let style = style.with_key("rate", rate);
        let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr());
        bar.set_style(style);
        bar.set_message(what);
        *self.bar.borrow_mut() = Some(bar);
    }

    /// Moves the bar.
    pub(super) fn at(&self, position: u64) {
        if let Some(bar) = &*self.bar.borrow() {
            bar.set_position(position);
        }
    }

    /// Moves the bar on by so much.
    pub(super) fn advance(&self, by: u64) {
        if let Some(bar) = &*self.bar.borrow() {
            bar.inc(by);
        }
    }

    /// Removes the bar.
    pub(super) fn end_bar(&self) {
        if let Some(bar) = self.bar.borrow_mut().take() {
            bar.finish_and_clear();
        }
    }

    /// An error, its causes and what to do.
    pub(super) fn failure(&self, failure: &Failure) {
        self.end_bar();
        self.line(&failure.render());
    }

    fn line(&self, text: &str) {
        let _ = writeln!(io::stderr(), "{text}");
    }
}
