//! What will be sent, computed before anything is sent: keys, values, the command mix, the
//! schedule. Deterministic for a given plan and seed; knows no sockets and no clock.

mod access;
mod encode;
mod ladder;
mod pickle;
mod request;
mod schedule;
mod values;

pub use access::KeyPicker;
pub use encode::encode;
pub use ladder::auto_levels;
pub use request::Requests;
pub use schedule::Schedule;
pub use values::Values;
