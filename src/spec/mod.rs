//! What the user wants: the workload, the objective, the capacity to plan for.
//!
//! `plan` holds the values every later stage reads; `reader` and `resolve` turn a workload
//! file into them and report every problem at once, each with its line and column. This module
//! knows nothing of servers, prices or measurements.

mod builtin;
mod closed_loop;
mod collections;
mod command;
mod data_file;
mod elements;
mod engine_lacks;
mod feed;
mod incumbent;
mod key_list;
mod key_template;
mod observed;
mod origin;
mod payload;
mod plan;
mod policy;
mod policy_file;
mod pool;
mod population;
mod problem;
mod production;
mod profile;
mod purchase;
mod reader;
mod records;
mod resolve;
mod rule;
mod schema;
mod sizes;
mod spelling;
mod stored;
mod traffic;
mod values;
mod wanted;

pub use builtin::{EXAMPLE, IDENTITY_CACHE, identity_cache};
pub use closed_loop::ClosedLoop;
pub use command::{Command, Raw, Under};
pub use data_file::DataFile;
pub use elements::{CollectionPlan, CountChoice, CountLaw, MemberTemplate, ScoreForm};
pub use engine_lacks::EngineLacks;
pub use feed::{FeedError, FeedRow, FeedShape};
pub use incumbent::{Incumbent, Reservation, ReservedAs};
pub use key_list::KeyList;
pub(crate) use key_template::push_decimal;
pub use key_template::{KeyTemplate, Numbered, Spelled};
pub use observed::Observed;
pub use origin::{MaxmemoryPolicy, Origin};
pub use payload::{Choice, Compression, Encoding, Payload, SizeLaw};
pub use plan::{
    Access, Arrivals, Aws, Capacity, Class, ClusterMode, Families, Framework, Levels, Load,
    MOST_KEYS, Objective, PlanSpec, Traffic,
};
pub use policy::{Burstable, EngineRule, Policy};
pub use policy_file::{Overruled, POLICY_EXAMPLE, Raised};
pub use pool::{Loaded, PlainNumbers, Pool, PoolValues, Shares, StoredAs};
pub use population::population;
pub use problem::{Problem, SpecError};
pub use production::{Code, Durability, Least, Production, ReadFrom};
pub use profile::Profile;
pub use purchase::Buying;
pub(crate) use records::Unusable;
pub use records::{MAX_FILE, Records};
pub use resolve::{ReadFile, parse, parse_with_files};
pub use rule::{PolicyFile, PolicyOrigin, Rule, SetBy};
pub use schema::SCHEMA;
pub use spelling::{Misspelling, Misspelt, misspelled};
