//! The command line: what was typed, what is done about it, what is printed, which code it ends
//! with. The only module that composes the others, and the only one that prints.

mod args;
mod commands;
mod failure;
mod printer;
mod signals;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};

use args::{AnyFormat, Cli, Command, Format};
use failure::Failure;
use printer::Printer;

/// Parses `arguments`, runs the command and returns the code to exit with (README.md lists them).
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let Cli { command, output } = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not errors; clap prints each where it belongs.
            let code = if error.use_stderr() { failure::USAGE } else { 0 };
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let format = match output.format {
        AnyFormat::Json => Format::Json,
        AnyFormat::Csv if !matches!(command, Command::Compare(_) | Command::Aws { .. }) => {
            let message = "`--format csv` is for `compare` and `aws list`; a run directory has its \
                           tables in `csv`";
            let _ = Cli::command().error(ErrorKind::InvalidValue, message).print();
            return ExitCode::from(failure::USAGE);
        }
        AnyFormat::Text | AnyFormat::Csv => Format::Text,
    };
    let printer = Printer::new(output.quiet, format);
    let outcome = match command {
        Command::Plan(plan) => commands::plan(&plan, &printer),
        Command::Clean(clean) => commands::clean(&clean, &printer),
        Command::Predict(predict) => commands::predict(&predict, &printer),
        Command::Seed(stage) => commands::seed(&stage, &printer),
        Command::Load(stage) => commands::load(&stage, &printer),
        Command::Fit(run) => commands::fit(&run, &printer),
        Command::Size(size) => commands::size(&size, &printer),
        Command::Report(run) => commands::report(&run, &printer),
        #[cfg(feature = "pdf")]
        Command::Template => {
            printer.result(crate::render::TEMPLATE.trim_end());
            Ok(failure::MET)
        }
        Command::Compare(compare) => commands::compare(&compare, output.format, &printer),
        Command::Verify(verify) => commands::verify(&verify, &printer),
        #[cfg(feature = "aws")]
        Command::Aws { command } => commands::aws(&command, output.format, &printer),
        #[cfg(not(feature = "aws"))]
        Command::Aws { .. } => Err(failure::Failure::WithoutAws),
        Command::Catalog { command } => commands::catalog(&command, &printer),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "cachefit", &mut text);
            printer.result(String::from_utf8_lossy(&text).trim_end());
            Ok(failure::MET)
        }
        Command::Spec { command } => commands::spec(&command, &printer),
    };
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            printer.failure(&failure);
            ExitCode::from(failure.code())
        }
    }
}

/// What a command returns: the exit code of work that was done.
type Outcome = Result<u8, Failure>;
