//! Against Python itself, and against what it printed where there is none.

use std::env;
use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};

use super::*;

const OBJECTS: usize = 1000;
const ENCODINGS: [Encoding; 6] = [
    Encoding::Json,
    Encoding::JsonCompact,
    Encoding::Pickle,
    Encoding::PickleLiteral,
    Encoding::PickleUnshared,
    Encoding::Msgpack,
];

/// Length and SHA-256.
fn fingerprint(bytes: &[u8]) -> Value {
    let hex = Sha256::digest(bytes).iter().fold(String::new(), |hex, b| hex + &format!("{b:02x}"));
    Value::from(vec![Value::from(bytes.len()), Value::from(hex)])
}

/// What the script prints, or why it did not run. `CACHEFIT_PYTHON` names another interpreter than
/// `python3`, one that has the msgpack package for example.
fn python_objects() -> Result<Vec<Value>, String> {
    let python = env::var_os("CACHEFIT_PYTHON").unwrap_or_else(|| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/objects.py");
    let output = Command::new(&python)
        .arg(script)
        .args(["2024", &OBJECTS.to_string()])
        .env("PYTHONIOENCODING", "utf-8")
        .output()
        .map_err(|cause| format!("{} does not start: {cause}", python.display()))?;
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "the script failed:\n{complaint}");
    let text = String::from_utf8(output.stdout).expect("the script prints UTF-8");
    Ok(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[test]
fn random_objects_have_pythons_bytes() {
    let mut lines = match python_objects() {
        Ok(lines) => lines,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let versions = lines.pop().expect("the script prints its versions last");
    assert_eq!(lines.len(), OBJECTS);
    let has_msgpack = !versions["msgpack"].is_null();
    if !has_msgpack {
        println!("msgpack not compared: the interpreter has no such package");
    }
    for line in &lines {
        let text = line["text"].as_str().unwrap();
        let object: Value = serde_json::from_str(text).unwrap();
        for encoding in ENCODINGS {
            let expected = &line[encoding.to_string().as_str()];
            if encoding == Encoding::Msgpack && !has_msgpack {
                continue;
            }
            assert_eq!(
                fingerprint(&encode(&object, encoding)),
                *expected,
                "{encoding}: {text:.500}"
            );
        }
        let compact = encode(&object, Encoding::JsonCompact);
        for level in [1, 6, 9].into_iter().filter(|_| compact.len() < 20_000) {
            let ours = compress(&compact, Compression::Zlib(level));
            let expected = &line[format!("zlib-{level}").as_str()];
            // Systems may replace the library by one with other matches, zlib-ng for example.
            if versions["zlib"]
                .as_str()
                .is_some_and(|v| v.starts_with("1.2.") || v.starts_with("1.3"))
            {
                assert_eq!(fingerprint(&ours), *expected, "zlib {level}: {text:.500}");
            }
        }
    }
    println!("{} objects compared with {versions}", lines.len());
}

#[track_caller]
fn check(json: &str, encoding: Encoding, expected: &[u8]) {
    let object: Value = serde_json::from_str(json).unwrap();
    assert_eq!(encode(&object, encoding), expected, "{json}");
}

/// The format's own examples and borders (`MessagePack` specification, "Formats"), as
/// msgpack-python 1.2 packs them.
#[test]
fn msgpack_takes_the_shortest_form() {
    check(
        r#"{"compact":true,"schema":0}"#,
        Encoding::Msgpack,
        b"\x82\xa7compact\xc3\xa6schema\x00",
    );
    check(
        "[127,128,256,65536,4294967296]",
        Encoding::Msgpack,
        b"\x95\x7f\xcc\x80\xcd\x01\x00\xce\x00\x01\x00\x00\xcf\x00\x00\x00\x01\x00\x00\x00\x00",
    );
    check(
        "[-1,-32,-33,-129,-32769,-2147483649]",
        Encoding::Msgpack,
        b"\x96\xff\xe0\xd0\xdf\xd1\xff\x7f\xd2\xff\xff\x7f\xff\xd3\xff\xff\xff\xff\x7f\xff\xff\xff",
    );
    check(
        "[1.5,null,18446744073709551615]",
        Encoding::Msgpack,
        b"\x93\xcb\x3f\xf8\0\0\0\0\0\0\xc0\xcf\xff\xff\xff\xff\xff\xff\xff\xff",
    );
    let text = "x".repeat(32);
    check(
        &format!("\"{text}\""),
        Encoding::Msgpack,
        format!("\u{0}\u{20}{text}")
            .into_bytes()
            .iter()
            .enumerate()
            .map(|(i, b)| if i == 0 { 0xd9 } else { *b })
            .collect::<Vec<u8>>()
            .as_slice(),
    );
}

/// The first was printed by Python 3.11 with zlib 1.2.13; the second is checked by its format
/// (RFC 8878, §3.1.1).
#[test]
fn compression_is_that_of_the_reference_libraries() {
    let text = "cachefit ".repeat(100);
    let zlib = compress(text.as_bytes(), Compression::Zlib(6));
    let hex = "3224f893ff157242261f0c81f3fde91ce795a4a2670b77d33120c817ed0d3f01";
    assert_eq!(fingerprint(&zlib), Value::from(vec![Value::from(26), Value::from(hex)]));
    let zstd = compress(text.as_bytes(), Compression::Zstd(3));
    assert!(zstd.len() < 40, "{}", zstd.len());
    assert_eq!(zstd::bulk::decompress(&zstd, 1000).unwrap(), text.as_bytes());
    // A frame that states its content's length and carries no checksum.
    assert_eq!(zstd[..4], [0x28, 0xb5, 0x2f, 0xfd]);
    assert_eq!(zstd[4] & 0b0000_0100, 0, "no checksum");
    assert_ne!(zstd[4] & 0b1110_0000, 0, "a content size");
}
