//! The commands that a target is asked with while it is sampled. There are no others, and none writes.

use redis::Cmd;

/// One command; a key is its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask<'a> {
    /// The names of about so many keys, from a cursor on.
    Scan { cursor: u64, count: u64 },
    /// How a key is stored, which mostly tells its type.
    Encoding(&'a [u8]),
    /// Its type.
    Type(&'a [u8]),
    /// Milliseconds it has left.
    TimeLeft(&'a [u8]),
    /// Seconds since its last use.
    Idle(&'a [u8]),
    /// How often it is used, where the policy counts that.
    Frequency(&'a [u8]),
    /// Bytes it takes, as the engine estimates them.
    MemoryUsage(&'a [u8]),
    /// Length of a string.
    Length(&'a [u8]),
    /// Fields of a hash.
    Fields(&'a [u8]),
    /// Members of a set.
    Members(&'a [u8]),
    /// Members of a sorted set.
    Scored(&'a [u8]),
    /// Elements of a list.
    Elements(&'a [u8]),
    /// Some fields of a hash with their values.
    SomeFields(&'a [u8]),
    /// Some members of a set.
    SomeMembers(&'a [u8]),
    /// Some members of a sorted set with their scores.
    SomeScored(&'a [u8]),
    /// The first elements of a list.
    SomeElements(&'a [u8]),
    /// An answer, to see how long it takes.
    Ping,
    /// That this connection leaves no trace in access clocks.
    NoTouch,
    /// That a replica in a cluster may answer.
    ReadOnly,
}

/// Elements that are looked at of one collection.
const SOME: u64 = 8;

impl<'a> Ask<'a> {
    /// As messages and `commandstats` name it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Scan { .. } => "SCAN",
            Self::Encoding(_) => "OBJECT ENCODING",
            Self::Type(_) => "TYPE",
            Self::TimeLeft(_) => "PTTL",
            Self::Idle(_) => "OBJECT IDLETIME",
            Self::Frequency(_) => "OBJECT FREQ",
            Self::MemoryUsage(_) => "MEMORY USAGE",
            Self::Length(_) => "STRLEN",
            Self::Fields(_) => "HLEN",
            Self::Members(_) => "SCARD",
            Self::Scored(_) => "ZCARD",
            Self::Elements(_) => "LLEN",
            Self::SomeFields(_) => "HRANDFIELD",
            Self::SomeMembers(_) => "SRANDMEMBER",
            Self::SomeScored(_) => "ZRANDMEMBER",
            Self::SomeElements(_) => "LRANGE",
            Self::Ping => "PING",
            Self::NoTouch => "CLIENT NO-TOUCH",
            Self::ReadOnly => "READONLY",
        }
    }

    /// What goes over the wire.
    pub(super) fn command(self) -> Cmd {
        let mut command = Cmd::new();
        self.name().split(' ').for_each(|word| {
            command.arg(word);
        });
        if let Some(key) = self.key() {
            command.arg(key);
        }
        match self {
            Self::Scan { cursor, count } => command.arg(cursor).arg("COUNT").arg(count),
            Self::SomeFields(_) => command.arg(SOME).arg("WITHVALUES"),
            Self::SomeScored(_) => command.arg(SOME).arg("WITHSCORES"),
            Self::SomeMembers(_) => command.arg(SOME),
            Self::SomeElements(_) => command.arg(0).arg(SOME - 1),
            Self::NoTouch => command.arg("ON"),
            _ => &mut command,
        };
        command
    }

    fn key(self) -> Option<&'a [u8]> {
        match self {
            Self::Encoding(key)
            | Self::Type(key)
            | Self::TimeLeft(key)
            | Self::Idle(key)
            | Self::Frequency(key)
            | Self::MemoryUsage(key)
            | Self::Length(key)
            | Self::Fields(key)
            | Self::Members(key)
            | Self::Scored(key)
            | Self::Elements(key)
            | Self::SomeFields(key)
            | Self::SomeMembers(key)
            | Self::SomeScored(key)
            | Self::SomeElements(key) => Some(key),
            Self::Scan { .. } | Self::Ping | Self::NoTouch | Self::ReadOnly => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ask: Ask<'_>, expected: &str) {
        let packed = ask.command().get_packed_command();
        let text = String::from_utf8(packed).unwrap();
        let words: Vec<&str> = text.split("\r\n").skip(2).step_by(2).collect();
        assert_eq!(words.join(" ").trim(), expected);
    }

    #[test]
    fn commands_are_spelled_with_the_key_where_it_belongs() {
        check(Ask::Scan { cursor: 7, count: 64 }, "SCAN 7 COUNT 64");
        check(Ask::Encoding(b"k"), "OBJECT ENCODING k");
        check(Ask::SomeFields(b"k"), "HRANDFIELD k 8 WITHVALUES");
        check(Ask::SomeElements(b"k"), "LRANGE k 0 7");
        check(Ask::NoTouch, "CLIENT NO-TOUCH ON");
    }
}
