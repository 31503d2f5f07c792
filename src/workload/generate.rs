//! Objects of the built-in kinds, each with contents of its own.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rand::{Rng, RngExt};
use serde_json::{Value, json};

/// Country, state or province, city; some beyond ASCII, as names are.
const PLACES: [[&str; 3]; 12] = [
    ["BR", "SP", "São Paulo"],
    ["BR", "SP", "Jundiaí"],
    ["BR", "RJ", "Teresópolis"],
    ["BR", "MG", "Belo Horizonte"],
    ["BR", "BA", "Salvador"],
    ["PT", "Lisboa", "Lisboa"],
    ["DE", "BY", "München"],
    ["US", "CA", "San Francisco"],
    ["US", "NY", "New York"],
    ["FR", "IDF", "Paris"],
    ["ES", "MD", "Madrid"],
    ["JP", "13", "Tokyo"],
];
const STREETS: [&str; 10] = [
    "R do Sol",
    "R Augusta",
    "Av Paulista",
    "R das Flores",
    "Av Atlântica",
    "Main St",
    "Ludwigstraße",
    "Rue de Rivoli",
    "Calle Mayor",
    "Praça da República",
];
/// The places an address can be of, in the order they are given.
const IDENTIFICATIONS: [&str; 4] = ["billing", "home", "work", "shipping"];
const GENDERS: [&str; 4] = ["female", "male", "other", "undisclosed"];

const ACTIONS: [&str; 4] = ["read", "write", "delete", "create"];
const RESOURCES: [&str; 8] = [
    "orders",
    "orders_app_settings",
    "invoices",
    "invoice_batches",
    "invoice_templates",
    "customers",
    "customer_notes",
    "webhooks",
];
const ALPHANUMERIC: &[u8; 62] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// A user's claims: birthday, gender and one to four addresses, half of the users with one.
pub(super) fn claims(rng: &mut impl Rng) -> Value {
    let n_addresses = [1, 1, 1, 1, 2, 2, 3, 4][rng.random_range(0..8)];
    let addresses: Vec<Value> =
        IDENTIFICATIONS.iter().take(n_addresses).map(|kind| address(kind, rng)).collect();
    let (year, month, day) =
        (rng.random_range(1940..2010), rng.random_range(1..=12), rng.random_range(1..=28));
    json!({
        "birthday": format!("{year}-{month:02}-{day:02}"),
        "gender": one_of(&GENDERS, rng),
        "addresses": addresses,
    })
}

fn address(identification: &str, rng: &mut impl Rng) -> Value {
    let [country, state, city] = one_of(&PLACES, rng);
    let house = rng.random_range(1..3000_u32);
    let house = if rng.random_bool(0.1) {
        format!("{house} apto {}", house % 97)
    } else {
        house.to_string()
    };
    json!({
        "identification": identification,
        "country": country,
        "stateOrProvince": state,
        "city": city,
        "houseNumberOrName": house,
        "street": one_of(&STREETS, rng),
        "postalCode": format!("{:08}", rng.random_range(0..100_000_000_u32)),
    })
}

/// The answer of an OAuth token endpoint: a JWT of the form RS256 signs, its scope, lifetime and
/// type. The signature is 256 random bytes, which no key verifies.
pub(super) fn token(rng: &mut impl Rng) -> Value {
    let client = text(32, rng);
    let scope = scope(rng);
    let lifetime = [3600, 86_400][rng.random_range(0..2)];
    let issued = rng.random_range(1_700_000_000..1_800_000_000_u64);
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": text(21, rng) });
    let payload = json!({
        "iss": "https://id.example.com/",
        "sub": format!("{client}@clients"),
        "aud": "https://id.example.com/v2/",
        "iat": issued,
        "exp": issued + lifetime,
        "azp": client,
        "scope": scope,
        "gty": "client-credentials",
    });
    let mut signature = [0_u8; 256];
    rng.fill_bytes(&mut signature);
    let segment = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let [header, payload] = [header, payload].map(|part| segment(part.to_string().as_bytes()));
    json!({
        "access_token": format!("{header}.{payload}.{}", segment(&signature)),
        "scope": scope,
        "expires_in": lifetime,
        "token_type": "Bearer",
    })
}

/// One to sixteen permissions, none twice.
fn scope(rng: &mut impl Rng) -> String {
    let n = rng.random_range(1..=16);
    let mut all: Vec<String> = RESOURCES
        .iter()
        .flat_map(|resource| ACTIONS.map(|action| format!("{action}:{resource}")))
        .collect();
    for at in 0..n {
        let other = rng.random_range(at..all.len());
        all.swap(at, other);
    }
    all.truncate(n);
    all.join(" ")
}

fn text(len: usize, rng: &mut impl Rng) -> String {
    (0..len).map(|_| char::from(*one_of(ALPHANUMERIC, rng))).collect()
}

fn one_of<'t, T>(items: &'t [T], rng: &mut impl Rng) -> &'t T {
    &items[rng.random_range(0..items.len())]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::*;

    #[test]
    fn claims_have_the_tutorials_fields_and_differ() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let fixed: Value = serde_json::from_str(include_str!("payloads/claims.json")).unwrap();
        let names =
            |value: &Value| -> Vec<String> { value.as_object().unwrap().keys().cloned().collect() };
        let all: Vec<Value> = (0..1000).map(|_| claims(&mut rng)).collect();
        let mut counts = BTreeSet::new();
        for one in &all {
            assert_eq!(names(one), names(&fixed));
            let addresses = one["addresses"].as_array().unwrap();
            counts.insert(addresses.len());
            for address in addresses {
                assert_eq!(names(address), names(&fixed["addresses"][0]));
            }
        }
        assert_eq!(counts, BTreeSet::from([1, 2, 3, 4]));
        let distinct: BTreeSet<String> = all.iter().map(Value::to_string).collect();
        assert_eq!(distinct.len(), 1000);
    }

    #[test]
    fn tokens_are_signed_in_form_and_say_what_they_allow() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..100 {
            let token = token(&mut rng);
            let jwt: Vec<Vec<u8>> = token["access_token"]
                .as_str()
                .unwrap()
                .split('.')
                .map(|part| BASE64_URL_SAFE_NO_PAD.decode(part).unwrap())
                .collect();
            assert_eq!(jwt.len(), 3);
            let header: Value = serde_json::from_slice(&jwt[0]).unwrap();
            let payload: Value = serde_json::from_slice(&jwt[1]).unwrap();
            assert_eq!((&header["alg"], &payload["scope"]), (&json!("RS256"), &token["scope"]));
            let lifetime = payload["exp"].as_u64().unwrap() - payload["iat"].as_u64().unwrap();
            assert_eq!(token["expires_in"], lifetime);
            assert_eq!((jwt[2].len(), &token["token_type"]), (256, &json!("Bearer")));
        }
    }
}
