//! The elements of a collection, without keeping all of them.

/// The most elements that are kept of one key.
const KEPT: usize = 256;

/// A text of which only this is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// Bytes, as clients see it.
    pub len: u64,
    /// Whether engines can store it as a number.
    pub is_integer: bool,
}

/// One element.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Element {
    /// A hash's field, or the member of a set or sorted set; `None` of lists.
    pub member: Option<Text>,
    /// A field's value, or a list's element; `None` of sets and sorted sets.
    pub value: Option<Text>,
    /// A member's score; `None` but of sorted sets.
    pub score: Option<Text>,
}

/// Exact sums of lengths, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lengths {
    /// How many.
    pub count: u64,
    /// All together.
    pub total: u64,
    /// The shortest; 0 of none.
    pub least: u64,
    /// The longest; 0 of none.
    pub most: u64,
}

/// Elements of one key: exact sums, and a sample in even steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Elements {
    count: u64,
    members: Lengths,
    values: Lengths,
    /// Every `stride`th, in the order of the file.
    sample: Vec<Element>,
    stride: u64,
}

impl Lengths {
    fn add(&mut self, len: u64) {
        self.least = if self.count == 0 { len } else { self.least.min(len) };
        self.most = self.most.max(len);
        self.total = self.total.saturating_add(len);
        self.count += 1;
    }
}

impl Elements {
    /// Takes one in.
    pub(super) fn add(&mut self, element: Element) {
        if let Some(member) = element.member {
            self.members.add(member.len);
        }
        if let Some(value) = element.value {
            self.values.add(value.len);
        }
        if self.count.is_multiple_of(self.stride.max(1)) {
            if self.sample.len() == KEPT {
                self.thin();
            }
            if self.count.is_multiple_of(self.stride.max(1)) {
                self.sample.push(element);
            }
        }
        self.count += 1;
    }

    /// Keeps every second.
    fn thin(&mut self) {
        let mut index = 0;
        self.sample.retain(|_| {
            index += 1;
            index % 2 == 1
        });
        self.stride = self.stride.max(1) * 2;
    }

    /// Forgets all, for the next key.
    pub(super) fn clear(&mut self) {
        self.sample.clear();
        (self.members, self.values) = (Lengths::default(), Lengths::default());
        (self.count, self.stride) = (0, 1);
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Lengths of fields or members.
    pub fn members(&self) -> Lengths {
        self.members
    }

    /// Lengths of values of fields, or of elements of lists.
    pub fn values(&self) -> Lengths {
        self.values
    }

    /// Up to 256 of them, at even distances in the order of the file, the first always.
    pub fn sample(&self) -> &[Element] {
        &self.sample
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(len: u64) -> Element {
        Element { value: Some(Text { len, is_integer: false }), ..Element::default() }
    }

    #[test]
    fn sums_are_exact_and_the_sample_is_even() {
        let mut elements = Elements::default();
        (0..100_000).for_each(|n| elements.add(value(n)));
        let values = elements.values();
        assert_eq!((values.count, values.least, values.most), (100_000, 0, 99_999));
        assert_eq!((values.total, elements.members().count), (100_000 * 99_999 / 2, 0));
        let sample: Vec<u64> =
            elements.sample().iter().map(|element| element.value.unwrap().len).collect();
        assert!((KEPT / 2..=KEPT).contains(&sample.len()), "{}", sample.len());
        assert!(sample.windows(2).all(|pair| pair[1] - pair[0] == elements.stride), "{sample:?}");
    }

    #[test]
    fn few_are_kept_as_they_are_and_none_after_clearing() {
        let mut elements = Elements::default();
        for n in [5, 3, 9] {
            elements.add(value(n));
        }
        assert_eq!(elements.sample(), [5, 3, 9].map(value));
        assert_eq!((elements.values().least, elements.values().most), (3, 9));
        elements.clear();
        assert_eq!((elements.count(), elements.sample().len()), (0, 0));
        elements.add(value(7));
        assert_eq!((elements.values().total, elements.values().least), (7, 7));
    }
}
