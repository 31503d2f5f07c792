//! The variables against the module that takes them, and the module against the catalog.

mod bench;
mod module;
mod variables;
