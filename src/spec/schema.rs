//! The form of a workload file for editors and other programs.

/// The JSON Schema (draft 2020-12) of a workload file, after its TOML has become JSON. It has
/// every key the reader knows; what concerns several keys at once only the reader checks.
pub const SCHEMA: &str = include_str!("schema.json");

#[cfg(test)]
mod tests;
