//! Where servers are reached whose names lead nowhere from here, as through tunnels.

use std::sync::Arc;

use super::AddressError;
use super::endpoint::{host_and_port, split_host};

/// Other places for some hosts and ports: of the target, and of nodes that a cluster announces. No
/// two are for the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detours(Arc<[Detour]>);

#[derive(Debug, PartialEq, Eq)]
struct Detour {
    /// As typed.
    given: String,
    host: String,
    port: u16,
    to: (String, u16),
}

impl Detours {
    /// Reads texts of the shape `HOST:PORT:ADDRESS[:PORT]`.
    ///
    /// # Errors
    /// When one has another shape, or two name the same host and port.
    pub fn parse(given: &[String]) -> Result<Self, AddressError> {
        let mut detours: Vec<Detour> = Vec::new();
        for text in given {
            let detour = Detour::parse(text).ok_or_else(|| AddressError::Resolve(text.clone()))?;
            if detours.iter().any(|known| known.leads(&detour.host, detour.port)) {
                return Err(AddressError::ResolvesTwice { given: text.clone() });
            }
            detours.push(detour);
        }
        Ok(Self(detours.into()))
    }

    /// The host and port to connect to in place of these, if there are any.
    pub(super) fn of(&self, host: &str, port: u16) -> Option<(&str, u16)> {
        let detour = self.0.iter().find(|detour| detour.leads(host, port))?;
        Some((&detour.to.0, detour.to.1))
    }

    /// Those that are for none of `places`, as typed.
    pub(super) fn beside<'a>(&self, places: impl Iterator<Item = (&'a str, u16)>) -> Vec<&str> {
        let places: Vec<(&str, u16)> = places.collect();
        let is_idle =
            |detour: &&Detour| !places.iter().any(|(host, port)| detour.leads(host, *port));
        self.0.iter().filter(is_idle).map(|detour| detour.given.as_str()).collect()
    }
}

impl Detour {
    fn parse(given: &str) -> Option<Self> {
        let (host, rest) = split_host(given)?;
        let (port, to) = rest.strip_prefix(':')?.split_once(':')?;
        let port = port.parse().ok()?;
        let (to_host, to_port) = host_and_port(to)?;
        Some(Self {
            given: given.to_owned(),
            host: host.to_owned(),
            port,
            to: (to_host.to_owned(), to_port.unwrap_or(port)),
        })
    }

    /// Whether it is for this host and port.
    fn leads(&self, host: &str, port: u16) -> bool {
        self.host.eq_ignore_ascii_case(host) && self.port == port
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Endpoint;

    fn detours(given: &[&str]) -> Result<Detours, AddressError> {
        Detours::parse(&given.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn names_are_connected_elsewhere() {
        let mut endpoint = Endpoint::parse("redis://Cache.internal").unwrap();
        assert_eq!(endpoint.socket(), ("Cache.internal", 6379));
        endpoint.detours = detours(&["cache.internal:6379:127.0.0.1", "b:1:[::1]:7000"]).unwrap();
        assert_eq!(endpoint.socket(), ("127.0.0.1", 6379));
        assert_eq!(endpoint.to_string(), "Cache.internal:6379");
        let node = endpoint.at("b", 1);
        assert_eq!((node.socket(), node.to_string().as_str()), (("::1", 7000), "b:1"));
        assert_eq!(endpoint.at("b", 2).socket(), ("b", 2));
    }

    #[test]
    fn those_that_lead_nowhere_or_to_two_places_are_refused() {
        for bad in ["cache.internal", "cache.internal:6379", "cache.internal:x:127.0.0.1", "::"] {
            assert!(matches!(detours(&[bad]), Err(AddressError::Resolve(_))), "{bad}");
        }
        let twice = detours(&["a:1:b", "A:1:c"]).unwrap_err();
        assert_eq!(twice, AddressError::ResolvesTwice { given: "A:1:c".into() });
    }

    #[test]
    fn those_that_are_for_nobody_are_known() {
        let detours = detours(&["a:1:x", "b:1:y"]).unwrap();
        assert_eq!(detours.beside([("b", 1), ("a", 2)].into_iter()), ["a:1:x"]);
    }
}
