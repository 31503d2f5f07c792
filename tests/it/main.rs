//! The integration tests: the layers of `src`, and the program against real engines.

mod layers;
