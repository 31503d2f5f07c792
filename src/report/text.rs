//! The one piece of markup in report texts: `` `code` `` between backticks.

/// A stretch of a report text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span<'a> {
    /// Words.
    Plain(&'a str),
    /// Something typed or printed by a program; holds no backtick.
    Code(&'a str),
}

/// Splits `text` at its backticks. One without a partner stands for itself.
pub fn spans(text: &str) -> Vec<Span<'_>> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some((before, code, after)) = next_code(rest) {
        if !before.is_empty() {
            spans.push(Span::Plain(before));
        }
        spans.push(Span::Code(code));
        rest = after;
    }
    if !rest.is_empty() {
        spans.push(Span::Plain(rest));
    }
    spans
}

/// The words before the next pair of backticks, what stands between them, and the rest.
fn next_code(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    (!code.is_empty()).then_some((before, code, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[Span<'_>]) {
        assert_eq!(spans(text), expected, "{text}");
    }

    #[test]
    fn pairs_are_code_and_the_rest_is_plain() {
        check("", &[]);
        check("a", &[Span::Plain("a")]);
        check("a `b` c", &[Span::Plain("a "), Span::Code("b"), Span::Plain(" c")]);
        check("`b``c`", &[Span::Code("b"), Span::Code("c")]);
    }

    #[test]
    fn a_lone_backtick_stands_for_itself() {
        check("it`s", &[Span::Plain("it`s")]);
        check("a `b` it`s", &[Span::Plain("a "), Span::Code("b"), Span::Plain(" it`s")]);
        check("``", &[Span::Plain("``")]);
    }
}
