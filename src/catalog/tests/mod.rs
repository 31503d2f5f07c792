//! The embedded data keeps its promises, and wrong data is refused with every reason.

mod builtin;
mod parsing;
mod prices;
