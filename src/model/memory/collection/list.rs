//! Lists.

use crate::model::memory::Parts;

use super::compact::Compact;
use super::rules::Rules;
use super::{Collection, Item};

/// Size up to which a node takes elements (`list-max-listpack-size` is −2, `src/config.c:2482` (R 6.2.6),
/// :3065 (R 7.0.15), :3392 (V 9.1.2); `optimization_level`, `src/quicklist.c:48` (R 7.0.15)).
const NODE_MAX: u64 = 8192;
/// What an element may need besides its characters, as engines estimate it (`SIZE_ESTIMATE_OVERHEAD`,
/// `src/quicklist.c:78`, R 7.0.15).
const ESTIMATE: u64 = 8;
/// Head, tail, counts and settings (`src/quicklist.h:106`, R 7.0.15).
const QUICKLIST: u64 = 40;
/// Neighbours, elements, size, count and flags; the size has 32 bits until Redis 6.2
/// (`src/quicklist.h:46`, R 6.2.6 and R 7.0.15).
const NODE: u64 = 40;
const SHORT_NODE: u64 = 32;

/// A quicklist in the making.
struct Making<'r> {
    rules: &'r Rules,
    /// Nodes that are complete, and the header.
    done: Parts,
    /// The node that takes further elements.
    tail: Option<Compact>,
}

pub(super) fn parts(list: &Collection, rules: &Rules) -> Parts {
    let mut elements = list
        .elements
        .iter()
        .flat_map(|(element, count)| {
            std::iter::repeat_n(element.member, (*count).try_into().unwrap_or(usize::MAX))
        })
        .peekable();
    let mut tail = None;
    if rules.is_at_least_7_2() {
        // One listpack until an element does not fit; it becomes the first node then.
        let mut compact = Compact::new(rules);
        let mut is_empty = true;
        while let Some(item) = elements.next_if(|item| compact.bytes + item.text_len() <= NODE_MAX)
        {
            compact.push(item);
            is_empty = false;
        }
        if elements.peek().is_none() {
            return compact.block(rules);
        }
        tail = (!is_empty).then_some(compact);
    }
    let mut making = Making { rules, done: rules.taken(0, QUICKLIST), tail };
    elements.for_each(|item| making.push(item));
    making.finish()
}

impl Making<'_> {
    fn push(&mut self, item: Item) {
        if self.rules.has_plain_nodes() && item.text_len() > NODE_MAX {
            self.close();
            self.done = self.done + self.node() + self.rules.taken(item.text_len(), 0);
            return;
        }
        match &mut self.tail {
            Some(tail) if tail.bytes + item.text_len() + self.rules.estimate(item) <= NODE_MAX => {
                tail.push(item);
            }
            _ => {
                self.close();
                let mut tail = Compact::new(self.rules);
                tail.push(item);
                self.tail = Some(tail);
            }
        }
    }

    /// Adds the last node to those that are complete.
    fn close(&mut self) {
        if let Some(tail) = self.tail.take() {
            self.done = self.done + self.node() + tail.block(self.rules);
        }
    }

    fn node(&self) -> Parts {
        self.rules.taken(0, if self.rules.has_listpacks() { NODE } else { SHORT_NODE })
    }

    fn finish(mut self) -> Parts {
        self.close();
        self.done
    }
}

impl Rules {
    /// What engines add to an element's length when they look whether it fits.
    ///
    /// Source: `_quicklistNodeAllowInsert`, `src/quicklist.c:428` (R 6.2.6), :470 (R 7.0.15).
    fn estimate(&self, item: Item) -> u64 {
        if self.has_listpacks() {
            return ESTIMATE;
        }
        match item.text_len() {
            0..64 => 1 + 1,
            64..254 => 1 + 2,
            254..16_384 => 5 + 2,
            _ => 5 + 5,
        }
    }
}
