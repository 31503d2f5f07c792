//! Files made by hand: every type of value of every version, and what hostile files claim.

use super::*;
use crate::engine::CollectionKind::{Hash, List, Set, SortedSet};
use crate::units::Bytes;

const EXPIRY_MS: [u8; 9] = [0xfc, 0, 0, 0, 0, 1, 0, 0, 0];

fn file(head: &str, body: &[u8]) -> Vec<u8> {
    let mut bytes = [head.as_bytes(), body, &[0xff]].concat();
    let mut crc = crc64::Crc64::default();
    crc.add(&bytes);
    bytes.extend(crc.value().to_le_bytes());
    bytes
}

/// A key `k` of type `code`.
fn key(code: u8, value: &[u8]) -> Vec<u8> {
    [&[code, 1, b'k'][..], value].concat()
}

fn text(text: &[u8]) -> Vec<u8> {
    [&[u8::try_from(text.len()).unwrap()][..], text].concat()
}

fn texts(count: u8, all: &[&[u8]]) -> Vec<u8> {
    let all: Vec<Vec<u8>> = all.iter().map(|one| text(one)).collect();
    [&[count][..], &all.concat()].concat()
}

/// Short strings as a listpack, as a string.
fn listpack(all: &[&[u8]]) -> Vec<u8> {
    let mut elements = Vec::new();
    for one in all {
        let len = u8::try_from(one.len()).unwrap();
        elements.extend([&[0x80 | len][..], one, &[len + 1]].concat());
    }
    let size = u32::try_from(elements.len() + 7).unwrap();
    let count = u16::try_from(all.len()).unwrap();
    text(&[&size.to_le_bytes()[..], &count.to_le_bytes(), &elements, &[0xff]].concat())
}

fn ziplist(all: &[&[u8]]) -> Vec<u8> {
    let (mut elements, mut before) = (Vec::new(), 0);
    for one in all {
        let len = u8::try_from(one.len()).unwrap();
        elements.extend([&[before, len][..], one].concat());
        before = len + 2;
    }
    let size = u32::try_from(elements.len() + 11).unwrap();
    let count = u16::try_from(all.len()).unwrap();
    text(&[&size.to_le_bytes()[..], &[0; 4], &count.to_le_bytes(), &elements, &[0xff]].concat())
}

fn read(bytes: &[u8]) -> Result<(Vec<Entry>, About), RdbError> {
    let mut reader = Reader::new(bytes)?;
    let mut entries = Vec::new();
    while reader.advance()? {
        entries.push(reader.entry().clone());
    }
    assert!(!reader.advance()?, "the end stays the end");
    Ok((entries, reader.about().clone()))
}

fn one(head: &str, body: &[u8]) -> Entry {
    let (mut entries, about) = read(&file(head, body)).unwrap();
    assert!(about.is_checked);
    assert_eq!(entries.len(), 1);
    entries.pop().unwrap()
}

#[track_caller]
fn collection(
    (head, code): (&str, u8),
    value: &[u8],
    (kind, encoding): (crate::engine::CollectionKind, &str),
    (members, values): (&[u64], &[u64]),
) -> Entry {
    let entry = one(head, &key(code, value));
    assert_eq!(entry.value_type, ValueType::Collection(kind));
    assert_eq!(entry.encoding.answer(), encoding);
    let sample = entry.elements.sample();
    let of = |choose: fn(&Element) -> Option<Text>| -> Vec<u64> {
        sample.iter().filter_map(choose).map(|text| text.len).collect()
    };
    assert_eq!(of(|element| element.member), members);
    assert_eq!(of(|element| element.value), values);
    assert_eq!(entry.elements.members().total, members.iter().sum::<u64>());
    assert_eq!(entry.elements.values().total, values.iter().sum::<u64>());
    assert_eq!((entry.bytes, entry.n_entries), (None, None));
    entry
}

const PAIRS: (&[u64], &[u64]) = (&[1, 2], &[3, 4]);
const FIELDS: [&[u8]; 4] = [b"a", b"one", b"bb", b"four"];

#[test]
fn lists_of_every_version() {
    let two: [&[u8]; 2] = [b"one", b"four"];
    let lengths: (&[u64], &[u64]) = (&[], &[3, 4]);
    let quick = (List, "quicklist");
    collection(("REDIS0006", 1), &texts(2, &two), quick, lengths);
    collection(("REDIS0006", 10), &ziplist(&two), quick, lengths);
    collection(("REDIS0009", 14), &[&[1][..], &ziplist(&two)].concat(), quick, lengths);
    let nodes = [&[2, 2][..], &listpack(&[b"one"]), &[1, 4], b"four"].concat();
    collection(("REDIS0010", 18), &nodes, quick, lengths);
    let packed = [&[1, 2][..], &listpack(&two)].concat();
    collection(("REDIS0010", 18), &packed, quick, lengths);
    collection(("REDIS0011", 18), &packed, (List, "listpack"), lengths);
    collection(("REDIS0011", 18), b"\x01\x01\x03one", quick, (&[], &[3]));
}

#[test]
fn sets_of_every_version() {
    let two: [&[u8]; 2] = [b"one", b"four"];
    let lengths: (&[u64], &[u64]) = (&[3, 4], &[]);
    collection(("REDIS0006", 2), &texts(2, &two), (Set, "hashtable"), lengths);
    collection(("REDIS0011", 20), &listpack(&two), (Set, "listpack"), lengths);
    let numbers = text(&[&[2, 0, 0, 0, 2, 0, 0, 0][..], &[0xff, 0xff, 9, 0]].concat());
    let entry = collection(("REDIS0006", 11), &numbers, (Set, "intset"), (&[2, 1], &[]));
    assert!(entry.elements.sample().iter().all(|element| element.member.unwrap().is_integer));
}

#[test]
fn sorted_sets_of_every_version() {
    let scores = |entry: &Entry| -> Vec<(u64, bool)> {
        let score = |element: &Element| element.score.map(|text| (text.len, text.is_integer));
        entry.elements.sample().iter().filter_map(score).collect()
    };
    let old = b"\x03\x01a\x031.5\x02bb\x0242\x03ccc\xfe";
    let lengths: (&[u64], &[u64]) = (&[1, 2, 3], &[]);
    let entry = collection(("REDIS0006", 3), old, (SortedSet, "skiplist"), lengths);
    assert_eq!(scores(&entry), [(3, false), (2, true), (0, false)]);

    let mut new = vec![3];
    for (member, score) in [(&b"a"[..], 1.5), (b"bb", -42.0_f64), (b"ccc", f64::INFINITY)] {
        new.extend([text(member), score.to_le_bytes().to_vec()].concat());
    }
    let entry = collection(("REDIS0009", 5), &new, (SortedSet, "skiplist"), lengths);
    assert_eq!(scores(&entry), [(3, false), (3, true), (3, false)]);

    let two: [&[u8]; 4] = [b"a", b"1.5", b"bb", b"2.5"];
    let lengths: (&[u64], &[u64]) = (&[1, 2], &[]);
    collection(("REDIS0009", 12), &ziplist(&two), (SortedSet, "ziplist"), lengths);
    let entry = collection(("REDIS0010", 17), &listpack(&two), (SortedSet, "listpack"), lengths);
    assert_eq!(scores(&entry), [(3, false), (3, false)]);
}

#[test]
fn hashes_of_every_version() {
    collection(("REDIS0006", 4), &texts(2, &FIELDS), (Hash, "hashtable"), PAIRS);
    collection(("REDIS0009", 13), &ziplist(&FIELDS), (Hash, "ziplist"), PAIRS);
    collection(("REDIS0010", 16), &listpack(&FIELDS), (Hash, "listpack"), PAIRS);
    let map = text(b"\x02\x01a\x03\x00one\x02bb\x04\x00four\xff");
    collection(("REDIS0006", 9), &map, (Hash, "zipmap"), PAIRS);
}

#[test]
fn fields_expire_in_the_format_of_either_engine() {
    let expiries = |entry: &Entry| entry.field_expiries.unwrap();
    let first = 1000_u64.to_le_bytes();
    let first_and_500_later = FieldExpiries { n_fields: 2, first_ms: 1000, last_ms: 1500 };
    let table = (Hash, "hashtable");

    let relative = [&first[..], b"\x02\x01\x01a\x03one\x41\xf5\x02bb\x04four"].concat();
    let entry = collection(("REDIS0012", 24), &relative, table, PAIRS);
    assert_eq!(expiries(&entry), first_and_500_later);

    let absolute = b"\x02\x43\xe8\x01a\x03one\x00\x02bb\x04four";
    let entry = collection(("REDIS0012", 22), absolute, table, PAIRS);
    assert_eq!(expiries(&entry), FieldExpiries { n_fields: 1, first_ms: 1000, last_ms: 1000 });

    let never = (-1_i64).to_le_bytes();
    let after = [b"\x02\x01a\x03one", &first[..], b"\x02bb\x04four", &never].concat();
    let entry = collection(("VALKEY080", 22), &after, table, PAIRS);
    assert_eq!(expiries(&entry), FieldExpiries { n_fields: 1, first_ms: 1000, last_ms: 1000 });

    // Field, value and a number, which is 0 where the field stays.
    let elements = b"\x81a\x02\x83one\x04\xc3\xe8\x02\x82bb\x03\x84four\x05\x00\x01\xff";
    let size = u32::try_from(elements.len() + 6).unwrap().to_le_bytes();
    let pack = text(&[&size[..], &[6, 0], elements].concat());
    for (code, value) in [(23, pack.clone()), (25, [&first[..], &pack].concat())] {
        let entry = collection(("REDIS0012", code), &value, (Hash, "listpackex"), PAIRS);
        assert_eq!(expiries(&entry).n_fields, 1, "{code}");
    }
}

#[test]
fn streams_of_every_version() {
    let id = [7_u8; 16];
    let time = [0_u8; 8];
    let node = [&[1, 16][..], &id, &listpack(&[b"entry"])].concat();
    let consumer = |times: usize| [&[1, 1, b'c'][..], &time.repeat(times), &[1], &id].concat();
    let pending = [&[1][..], &id, &time, &[3]].concat();
    let group = |numbers: &[u8], times: usize| {
        [&[1, 1, b'g'][..], numbers, &pending, &consumer(times)].concat()
    };
    for (code, rest) in [
        (15, [&[5, 1, 2][..], &group(&[1, 2], 1)].concat()),
        (19, [&[5, 1, 2, 1, 1, 0, 0, 5][..], &group(&[1, 2, 4], 1)].concat()),
        (21, [&[5, 1, 2, 1, 1, 0, 0, 5][..], &group(&[1, 2, 4], 2)].concat()),
    ] {
        let entry = one("REDIS0011", &key(code, &[&node[..], &rest].concat()));
        assert_eq!((entry.value_type, entry.n_entries), (ValueType::Stream, Some(5)), "{code}");
        assert_eq!((entry.bytes, entry.encoding), (Some(14), Encoding::Stream));
    }
}

#[test]
fn marks_around_keys() {
    let body = [
        b"\xfa\x09redis-ver\x067.0.15\xfa\x08used-mem\xc2\x00\x00\x10\x00\xfa\x05ctime\xc0\x07"
            .to_vec(),
        b"\xfa\x07unknown\x01x".to_vec(),
        b"\xf5\x03lib".to_vec(),
        b"\xf7\x81\0\0\0\0\0\0\x04\0\x02\x01\x01\x05\x05\x02hi\x04\0\0\0\0\0\0\0\0\x03\0\0\0\0\x00"
            .to_vec(),
        b"\xfe\x03\xfb\x40\x64\x02\xf4\x07\x05\x01".to_vec(),
        [&EXPIRY_MS[..], &[0xf8, 9], &key(0, b"\x03abc")].concat(),
        [&[0xf9, 200][..], &key(0, &[0xc0, 200])].concat(),
        [&[0xfd, 1, 0, 0, 0][..], &key(7, b"\x81\0\0\0\0\0\0\x04\0\x02\x05\x05\x03abc\x00")]
            .concat(),
    ];
    let (entries, about) = read(&file("REDIS0012", &body.concat())).unwrap();
    let wrote = (about.product, about.engine_version.as_deref());
    assert_eq!(wrote, (Some(crate::engine::Product::Redis), Some("7.0.15")));
    assert_eq!(about.used_memory, Some(Bytes::from_mib(1)));
    assert_eq!((about.created_s, about.announced_keys), (Some(7), 100));
    assert_eq!((about.n_functions, about.function_bytes), (1, Bytes::new(3)));
    let [first, second, third] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!((first.database, first.bytes, first.expires_at_ms), (3, Some(3), Some(1 << 32)));
    assert_eq!((first.idle_seconds, first.frequency), (Some(9), None));
    assert_eq!((second.expires_at_ms, second.frequency), (None, Some(200)));
    assert_eq!((second.bytes, second.encoding), (Some(3), Encoding::Int));
    assert_eq!((third.value_type, third.expires_at_ms), (ValueType::Module, Some(1000)));

    let import = b"\xf3\x03job\x02\x01\x05\x40\x64\x40\xc8";
    assert!(read(&file("VALKEY080", import)).unwrap().0.is_empty());
}

#[test]
fn collections_without_elements_are_passed_over() {
    let body = [key(2, &[0]), [&EXPIRY_MS[..], &key(16, &listpack(&[]))].concat(), key(0, b"\0")];
    let (entries, _) = read(&file("REDIS0010", &body.concat())).unwrap();
    assert_eq!((entries.len(), entries[0].bytes, entries[0].expires_at_ms), (1, Some(0), None));
}

#[test]
fn compressed_collections_are_looked_into() {
    let packed = listpack(&[b"aaaaaaaaaaaaaaaaaaaaaaaaaa", b"b"]);
    let plain = &packed[1..];
    // The head, one letter, and a reference one back for the other 25; then the rest.
    let head = [&[7][..], &plain[..8]].concat();
    let run = [0b1110_0000, 25 - 9, 0];
    let rest = [&[u8::try_from(plain.len() - 33 - 1).unwrap()][..], &plain[33..]].concat();
    let lzf = [head, run.to_vec(), rest].concat();
    let lengths = [u8::try_from(lzf.len()).unwrap(), u8::try_from(plain.len()).unwrap()];
    let value = [&[0xc3][..], &lengths, &lzf].concat();
    collection(("REDIS0010", 20), &value, (Set, "listpack"), (&[26, 1], &[]));
}

#[track_caller]
fn fails(bytes: &[u8], offset: u64, fault: &Fault) {
    let error = read(bytes).unwrap_err();
    assert_eq!((error.offset, &error.fault), (offset, fault), "{error}");
}

#[test]
fn what_is_no_snapshot_is_refused() {
    for bytes in [&b""[..], b"RED", b"*3\r\n$3\r\nSET\r\n", b"REDISxxxx", b"VALKEY08"] {
        fails(bytes, 0, &Fault::NotRdb);
    }
    fails(b"REDIS0013", 0, &Fault::Version { name: "REDIS", version: 13 });
    fails(b"REDIS0005", 0, &Fault::Version { name: "REDIS", version: 5 });
    fails(b"VALKEY081", 0, &Fault::Version { name: "VALKEY", version: 81 });
}

#[test]
fn damage_is_found() {
    let good = file("REDIS0010", &key(0, b"\x03abc"));
    let mut altered = good.clone();
    altered[13] ^= 1;
    let error = read(&altered).unwrap_err();
    assert!(matches!(error.fault, Fault::Checksum { .. }), "{error}");
    assert_eq!((error.keys, error.offset), (1, 17));

    let unchecked = [&good[..good.len() - 8], &[0; 8]].concat();
    assert!(!read(&unchecked).unwrap().1.is_checked);
    fails(&[&good[..], b"x"].concat(), 25, &Fault::GoesOn);
    let aof = file("REDIS0010", b"\xfa\x08aof-base\xc0\x01");
    assert!(read(&[&aof[..], b"*1\r\n"].concat()).unwrap().1.begins_aof);
    fails(
        &file("REDIS0010", &key(6, b"")),
        9,
        &Fault::PreRelease { what: "a module's value in the format" },
    );
    fails(&file("REDIS0010", &[0xf6]), 9, &Fault::PreRelease { what: "functions" });
    fails(&file("REDIS0010", &key(26, b"")), 9, &Fault::UnknownType { code: 26 });
    fails(&file("VALKEY080", &key(25, b"")), 9, &Fault::UnknownType { code: 25 });
    fails(&file("REDIS0010", &[0xf3]), 9, &Fault::UnknownType { code: 0xf3 });
}

/// What claims to be huge costs no more memory than there are bytes.
#[test]
fn lies_about_lengths_end_in_errors() {
    let huge = [0x81, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    let claimed = (1 << 63) - 1;
    let head = b"REDIS0011";
    fails(&[&head[..], &key(0, &huge)].concat(), 21, &Fault::Ended { claimed });
    fails(&[&head[..], &[0], &huge].concat(), 19, &Fault::TooLong { what: "a key", claimed });
    let pack = &Fault::TooLong { what: "a packed collection", claimed };
    fails(&[&head[..], &key(16, &huge)].concat(), 21, pack);
    for code in [1, 2, 3, 4, 5, 14, 18, 15, 24] {
        let error = read(&[&head[..], &key(code, &huge.repeat(4))].concat()).unwrap_err();
        assert!(error.offset > 9, "{code}: {error}");
    }

    let most = u32::try_from(MOST_HELD).unwrap().to_be_bytes();
    let cut = [&head[..], &[0, 0x80], &most, b"abc"].concat();
    let mut reader = Reader::new(&cut[..]).unwrap();
    let error = reader.advance().unwrap_err();
    assert_eq!(error.fault, Fault::Ended { claimed: MOST_HELD });
    assert!(reader.entry().key.capacity() < 1 << 20);

    // Three compressed bytes that say they are a gigabyte.
    let bomb = [&[0xc3, 3, 0x80, 0x40, 0, 0, 0][..], &[0xe0, 0xff, 0]].concat();
    let fault = Fault::Compressed { length: 1 << 30, packed: 3 };
    fails(&[&head[..], &key(16, &bomb)].concat(), 12, &fault);
}

/// Every file of this page, cut off at every byte: an error that says where, never a whole.
#[test]
fn a_file_that_is_cut_off_is_never_whole() {
    let body = [
        key(0, b"\x03abc"),
        key(4, &texts(2, &FIELDS)),
        key(16, &listpack(&FIELDS)),
        [&EXPIRY_MS[..], &key(17, &listpack(&[b"a", b"1.5"]))].concat(),
        key(18, &[&[1, 2][..], &listpack(&[b"one"])].concat()),
    ];
    let whole = file("REDIS0011", &body.concat());
    assert_eq!(read(&whole).unwrap().0.len(), 5);
    for cut in 0..whole.len() {
        let error = read(&whole[..cut]).unwrap_err();
        assert!(error.offset <= u64::try_from(cut).unwrap(), "{cut}: {error}");
    }
}
