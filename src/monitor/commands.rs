//! Which arguments of a command are keys, and which values. Source: the key specifications in
//! src/commands/*.json of Redis 7.4.

/// Where the keys of a command stand; arguments are counted from 0 after its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keys {
    /// Nowhere.
    None,
    /// All arguments from `first` on, every `step`th, without the `last` ones.
    Range { first: usize, step: usize, last: usize },
    /// So many from `first` on.
    Fixed { first: usize, count: usize },
    /// As many as argument `at` says, after it; and `before` keys at the beginning.
    Counted { at: usize, before: usize },
    /// The first half of what follows the word STREAMS.
    Streams,
}

const ALL: Keys = Keys::Range { first: 0, step: 1, last: 0 };
const ONE: Keys = Keys::Fixed { first: 0, count: 1 };
const TWO: Keys = Keys::Fixed { first: 0, count: 2 };
/// After a subcommand.
const SECOND: Keys = Keys::Fixed { first: 1, count: 1 };

/// Where a command has its keys. One that is not known is taken to have one, its first argument, as
/// most commands do.
pub(super) fn keys(name: &str) -> Keys {
    match name {
        "acl" | "asking" | "auth" | "bgrewriteaof" | "bgsave" | "client" | "cluster"
        | "command" | "config" | "dbsize" | "debug" | "discard" | "echo" | "exec" | "failover"
        | "flushall" | "flushdb" | "function" | "hello" | "info" | "keys" | "lastsave"
        | "latency" | "lolwut" | "module" | "monitor" | "multi" | "ping" | "psubscribe"
        | "psync" | "publish" | "pubsub" | "punsubscribe" | "quit" | "randomkey" | "readonly"
        | "readwrite" | "replconf" | "replicaof" | "reset" | "role" | "save" | "scan"
        | "script" | "select" | "shutdown" | "slaveof" | "slowlog" | "spublish" | "ssubscribe"
        | "subscribe" | "sunsubscribe" | "swapdb" | "sync" | "time" | "unsubscribe" | "unwatch"
        | "wait" | "waitaof" => Keys::None,
        "del" | "exists" | "mget" | "pfcount" | "pfmerge" | "sdiff" | "sdiffstore" | "sinter"
        | "sinterstore" | "sunion" | "sunionstore" | "touch" | "unlink" | "watch" => ALL,
        "mset" | "msetnx" => Keys::Range { first: 0, step: 2, last: 0 },
        "blpop" | "brpop" | "bzpopmax" | "bzpopmin" => Keys::Range { first: 0, step: 1, last: 1 },
        "bitop" => Keys::Range { first: 1, step: 1, last: 0 },
        "blmove" | "brpoplpush" | "copy" | "geosearchstore" | "lcs" | "lmove" | "rename"
        | "renamenx" | "rpoplpush" | "smove" | "zrangestore" => TWO,
        "memory" | "object" | "xgroup" | "xinfo" => SECOND,
        "lmpop" | "sintercard" | "zdiff" | "zinter" | "zintercard" | "zmpop" | "zunion" => {
            Keys::Counted { at: 0, before: 0 }
        }
        "blmpop" | "bzmpop" | "eval" | "eval_ro" | "evalsha" | "evalsha_ro" | "fcall"
        | "fcall_ro" => Keys::Counted { at: 1, before: 0 },
        "zdiffstore" | "zinterstore" | "zunionstore" => Keys::Counted { at: 1, before: 1 },
        "xread" | "xreadgroup" => Keys::Streams,
        _ => ONE,
    }
}

/// The type of value that a command is about; `None` where it may be any, or is not known.
pub(super) fn stored(name: &str) -> Option<super::Stored> {
    use super::Stored;
    use crate::engine::CollectionKind::{Hash, List, Set, SortedSet};
    Some(match name {
        "append" | "bitcount" | "bitfield" | "decr" | "decrby" | "get" | "getbit" | "getdel"
        | "getex" | "getrange" | "getset" | "incr" | "incrby" | "incrbyfloat" | "mget" | "mset"
        | "msetnx" | "pfadd" | "pfcount" | "psetex" | "set" | "setbit" | "setex" | "setnx"
        | "setrange" | "strlen" => Stored::String,
        "blpop" | "brpop" | "lindex" | "linsert" | "llen" | "lpop" | "lpos" | "lpush"
        | "lpushx" | "lrange" | "lrem" | "lset" | "ltrim" | "rpop" | "rpush" | "rpushx" => {
            Stored::Collection(List)
        }
        "sadd" | "scard" | "sismember" | "smembers" | "smismember" | "spop" | "srandmember"
        | "srem" | "sscan" => Stored::Collection(Set),
        name if name.starts_with('h') && name != "hello" => Stored::Collection(Hash),
        name if name.starts_with("geo") => Stored::Collection(SortedSet),
        name if name.starts_with('z') || name.starts_with("bz") => Stored::Collection(SortedSet),
        name if name.starts_with('x') => Stored::Other,
        _ => return None,
    })
}
