//! Memory on real engines, predicted before it is measured; `make scoreboard` runs these tests and
//! makes a table of them.

mod cluster;
mod collections;
mod field_ttl;
mod key_file;
mod numbers;
mod on_top;
mod peers;
mod population;
mod samples;
mod save;
mod strings;
