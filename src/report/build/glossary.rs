//! What the words of a report mean.

use crate::report::Block;
use crate::report::{Cell, Column, Row, Section, Table};

/// Terms in alphabetical order, as the field and AWS use them.
const TERMS: [(&str, &str); 18] = [
    ("capacity", "the highest offered load at which the objective for response time is still met"),
    (
        "closed loop",
        "load whose senders wait for a reply before they send again, so that a stall slows the load \
         down and hides itself (coordinated omission)",
    ),
    (
        "connection wait",
        "from the moment the generator noticed that an operation was due until a connection was \
         free for it; part of response time",
    ),
    (
        "dispatch lag",
        "from the moment an operation was due until the generator noticed; a fault of the \
         generator, which voids a level when it is large",
    ),
    ("ECPU", "ElastiCache Processing Unit, what serverless caches bill commands in"),
    ("engine CPU", "the one thread that executes commands; CloudWatch's EngineCPUUtilization"),
    ("headroom", "the share of every limit that the plan leaves free"),
    ("horizon", "the month until which the answer has to hold at the growth given"),
    (
        "maxmemory",
        "what a node type lets the engine use, before the reserve; fixed by AWS for each type",
    ),
    ("offered load", "the rate at which operations are due, whether or not they are answered"),
    ("open loop", "load whose operations are due by a schedule that replies do not change"),
    ("p99", "99 of 100 operations were at least as fast; p50 and p99.9 likewise"),
    ("replica", "a node that holds a copy of a shard's data and takes over when its primary fails"),
    (
        "reserved-memory-percent",
        "the share of maxmemory kept for pages copied during a save, buffers of replicas and \
         fragmentation",
    ),
    ("response time", "from the moment an operation was due until its reply was read"),
    ("service time", "from the moment a request was sent until its reply was read"),
    ("shard", "a primary and its replicas; together the shards hold all keys, each its slots"),
    (
        "world",
        "one draw of everything that is not known exactly, in which the layout either fits or does \
         not",
    ),
];

pub(super) fn section() -> Section {
    let mut section = Section::new("glossary", "Glossary");
    let columns = vec![Column::text("Term"), Column::text("Meaning")];
    let mut table = Table::new("glossary", "Terms of this report", columns);
    for (term, meaning) in TERMS {
        table.push(Row::new(vec![Cell::text(term), Cell::text(meaning)]));
    }
    section.blocks.push(Block::Table(table));
    section
}
