//! The envelope of everything a stage writes: what it is, from which inputs, in which version.

mod changes;
mod digest;
mod envelope;

pub use changes::{Change, Changes, changes};
pub use digest::Digest;
pub use envelope::{Artifact, ArtifactError, Kind, PRODUCER};
