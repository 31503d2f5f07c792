//! What is wrong with a workload file.

use std::fmt;
use std::ops::Range;

/// One thing that is wrong, where it stands and what would do instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file it stands in, where that is one the workload file names.
    pub file: Option<String>,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What would do instead.
    pub suggestion: Option<String>,
}

/// Everything that is wrong with one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecError {
    /// The file as the user named it.
    pub file: String,
    /// At least one, in the order of the file, then those of the files it names.
    pub problems: Vec<Problem>,
}

impl std::error::Error for SpecError {}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.problems.len();
        let plural = if n == 1 { "" } else { "s" };
        write!(f, "{} has {n} problem{plural}", self.file)?;
        for problem in &self.problems {
            let file = problem.file.as_ref().unwrap_or(&self.file);
            write!(f, "\n  {file}:{}:{}: {}", problem.line, problem.column, problem.message)?;
            if let Some(suggestion) = &problem.suggestion {
                write!(f, " ({suggestion})")?;
            }
        }
        Ok(())
    }
}

/// Line and column of a byte range in `text`.
pub(super) fn locate(text: &str, span: &Range<usize>) -> (usize, usize) {
    let before = &text.as_bytes()[..span.start.min(text.len())];
    let line_start = before.iter().rposition(|&b| b == b'\n').map_or(0, |at| at + 1);
    let line = before.split(|&b| b == b'\n').count();
    let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_not_bytes() {
        let text = "a = 1\nnäme = 2\n";
        assert_eq!(locate(text, &(0..1)), (1, 1));
        assert_eq!(locate(text, &(6..7)), (2, 1));
        let at = text.find('2').unwrap();
        assert_eq!(locate(text, &(at..at)), (2, 8));
        assert_eq!(locate(text, &(999..1000)), (3, 1));
    }
}
