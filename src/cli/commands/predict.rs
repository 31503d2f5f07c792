//! `cachefit predict`: memory without any server.

use crate::cli::Outcome;
use crate::cli::args::PredictArgs;
use crate::cli::printer::Printer;

pub(in crate::cli) fn predict(_args: &PredictArgs, _printer: &Printer) -> Outcome {
    Ok(0)
}
