//! The bundled typeface: Roboto, Apache License 2.0 (`fonts/README.md`).

/// Roboto Regular as a TrueType file.
pub const REGULAR: &[u8] = include_bytes!("fonts/Roboto-Regular.ttf");

/// Roboto Bold as a TrueType file.
pub const BOLD: &[u8] = include_bytes!("fonts/Roboto-Bold.ttf");
