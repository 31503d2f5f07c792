//! The integration tests: the layers of `src`, and the program against real engines.

mod cli;
mod engine;
mod layers;
mod load;
mod seed;
mod support;
