use sha2::{Digest, Sha256};

use super::*;

const CLAIMS: &str = include_str!("../payloads/claims.json");
const TOKEN: &str = include_str!("../payloads/m2m-token.json");

#[track_caller]
fn check(json: &str, sharing: Sharing, expected: &[u8]) {
    let object: Value = serde_json::from_str(json).unwrap();
    assert_eq!(dumps(&object, sharing), expected, "{json}");
}

/// Length and SHA-256 of the pickle.
#[track_caller]
fn check_digest(json: &str, sharing: Sharing, expected: (usize, &str)) {
    let object: Value = serde_json::from_str(json).unwrap();
    let pickle = dumps(&object, sharing);
    let hex =
        Sha256::digest(&pickle).iter().fold(String::new(), |hex, b| hex + &format!("{b:02x}"));
    assert_eq!((pickle.len(), hex.as_str()), expected);
}

/// Each expectation was printed by `CPython` 3.11's `pickle.dumps(json.loads(text), 5)`.
#[test]
fn small_objects_match_cpython() {
    check("null", Sharing::Keys, b"\x80\x05N.");
    check("true", Sharing::Keys, b"\x80\x05\x88.");
    check("255", Sharing::Keys, b"\x80\x05K\xff.");
    check("256", Sharing::Keys, b"\x80\x05\x95\x04\0\0\0\0\0\0\0M\0\x01.");
    check("-1", Sharing::Keys, b"\x80\x05\x95\x06\0\0\0\0\0\0\0J\xff\xff\xff\xff.");
    check("2147483648", Sharing::Keys, b"\x80\x05\x95\x08\0\0\0\0\0\0\0\x8a\x05\0\0\0\x80\0.");
    check(
        "9223372036854775808",
        Sharing::Keys,
        b"\x80\x05\x95\x0c\0\0\0\0\0\0\0\x8a\x09\0\0\0\0\0\0\0\x80\0.",
    );
    check("[]", Sharing::Keys, b"\x80\x05]\x94.");
    let nested = b"\x80\x05\x95\x0d\0\0\0\0\0\0\0}\x94\x8c\x01a\x94]\x94K\x01as.";
    check("{\"a\":[1]}", Sharing::Keys, nested);
    let twice = b"\x80\x05\x95\x11\0\0\0\0\0\0\0]\x94(\x8c\x03xyz\x94\x8c\x03xyz\x94e.";
    check("[\"xyz\",\"xyz\"]", Sharing::Keys, twice);
    let once = b"\x80\x05\x95\x0d\0\0\0\0\0\0\0]\x94(\x8c\x03xyz\x94h\x01e.";
    check("[\"xyz\",\"xyz\"]", Sharing::Equal, once);
}

/// Printed by `CPython` 3.11: the empty string and single Latin-1 characters exist only once.
#[test]
fn short_strings_are_one_object_whatever_is_shared() {
    let pickle = b"\x80\x05\x95\x36\0\0\0\0\0\0\0]\x94(\x8c\x01a\x94h\x01\x8c\0\x94h\x02\
        \x8c\x02\xc3\xa9\x94h\x03\x8c\x02ab\x94\x8c\x02ab\x94}\x94(h\x01\x8c\x01b\x94h\x07h\x01\
        \x8c\x02ab\x94K\x01ue.";
    let text = r#"["a","a","","","\u00e9","é","ab","ab",{"a":"b","b":"a","ab":1}]"#;
    check(text, Sharing::Keys, pickle);
    check(text, Sharing::Nothing, pickle);
}

/// Digests printed by `CPython` 3.11; the script that compares random objects says how.
#[test]
fn built_in_payloads_match_cpython() {
    let keys = "11855097991534fd16f3c6b4726f5d59a57b80723c3a3b2c6596b7c7d631331e";
    check_digest(CLAIMS, Sharing::Keys, (306, keys));
    let equal = "bab832753ce19f9d9edf13704bc0892508f34b8078388fa74589ebd68cb96f9a";
    check_digest(CLAIMS, Sharing::Equal, (303, equal));
    let nothing = "42e5a0983c5ef0a77071eae5526d2d5dae26fbd34b92db307064772060919c29";
    check_digest(CLAIMS, Sharing::Nothing, (386, nothing));
    let token = "24718d91a3aa8e72e69e6187eea0383f3c1d3262b0f487fe9d1d162f867e5337";
    check_digest(TOKEN, Sharing::Keys, (1337, token));
}

/// Lists and dictionaries around a batch, strings around a frame, as `CPython` 3.11 writes them.
#[test]
fn long_objects_match_cpython() {
    let list = |n: usize| serde_json::to_string(&(0..n).collect::<Vec<_>>()).unwrap();
    check_digest(
        &list(1000),
        Sharing::Keys,
        (2760, "30780691699c4973bd203c8b8278f72321402eb097e3c56671248baa7f9eefac"),
    );
    check_digest(
        &list(1001),
        Sharing::Keys,
        (2765, "042a790993ee27d3e6e20a3124036d41c53202b67478aafa27ccf9a7c514ed92"),
    );
    check_digest(
        &list(40_000),
        Sharing::Keys,
        (119_847, "a7a65aaccd7c9ecfc06eb5fdee34dd0efe80e2ff0c2b0f3310a842167ce4e7a1"),
    );
    let dict = |n: usize| {
        let fields: Vec<String> = (0..n).map(|i| format!("\"k{i}\":{i}")).collect();
        format!("{{{}}}", fields.join(","))
    };
    check_digest(
        &dict(999),
        Sharing::Keys,
        (9640, "14c6b13bb3f579500f8ba9e8a115844ab4065f38feaea741317390d596c1641e"),
    );
    check_digest(
        &dict(1000),
        Sharing::Keys,
        (9652, "8ed5f1258fc14f3c7fb3d694967351aa6376aa38a79f34532c48c2c904a03f8c"),
    );
    check_digest(
        &dict(9000),
        Sharing::Keys,
        (97677, "8080229bd3b848279ea7e57b3c6a78528cc30d0f2ac3bbd451f3de0b185d48b1"),
    );
    let long =
        |n: usize| format!("[1,\"{}\",2,{{\"a\":\"{}\"}}]", "x".repeat(n), "y".repeat(70_000));
    check_digest(
        &long(65_535),
        Sharing::Keys,
        (135_592, "9bc9edcf5cd14d6bed344eef4103b727c6ce1319c3e0bcf8b41d50b0d0dd187d"),
    );
    check_digest(
        &long(65_536),
        Sharing::Keys,
        (135_593, "4dcd881960474710eefd625b4f776647a954fe0122f1ef8dc0aa36c36719ff57"),
    );
}
