//! Where a target listens and how to log in: `redis://[user[:password]@]host[:port][/database]`, or
//! `rediss://` with TLS.
//!
//! What is typed may hold a password, so no message here quotes it.

use std::fmt;

use super::{Detours, Secret, TargetError, Tls, TlsOptions};

/// The port of an address that names none.
const DEFAULT_PORT: u16 = 6379;

/// Where a target listens and how to log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Host name or address, without brackets.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// ACL user; `None` for the default one.
    pub user: Option<String>,
    /// Password, if it wants one.
    pub password: Option<Secret>,
    /// The database to select.
    pub database: u32,
    /// How to speak TLS; `None` for a plain connection.
    pub tls: Option<TlsOptions>,
    /// Where this server and others of the same target are reached instead.
    pub detours: Detours,
}

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// TLS options without `rediss://`.
    #[error("--tls-… goes with a target that speaks TLS, rediss://")]
    PlainWithTls,
    /// Not of the shape of an address.
    #[error("--target is not an address: {0}")]
    Malformed(&'static str),
    /// Not of the shape `HOST:PORT:ADDRESS`.
    #[error("--resolve `{0}` is not HOST:PORT:ADDRESS or HOST:PORT:ADDRESS:PORT")]
    Resolve(String),
    /// Two for the same host and port.
    #[error("--resolve `{given}` names a host and port that another --resolve names already")]
    ResolvesTwice {
        /// As typed.
        given: String,
    },
}

impl AddressError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::PlainWithTls => "write rediss:// instead of redis://",
            Self::Malformed(_) => {
                "write redis[s]://[user[:password]@]host[:port][/database], with %-escapes in user \
                 and password; better leave the password to the environment variable REDISCLI_AUTH"
            }
            Self::Resolve(_) => "for example --resolve cache.internal:6379:127.0.0.1:16379",
            Self::ResolvesTwice { .. } => {
                "give one --resolve for each server, each with its own port"
            }
        }
    }
}

impl Endpoint {
    /// A server without users, its first database.
    pub fn new(host: impl Into<String>, port: u16) -> Self {
        let host = host.into();
        let detours = Detours::default();
        Self { host, port, user: None, password: None, database: 0, tls: None, detours }
    }

    /// Reads `redis://[user[:password]@]host[:port][/database]`, or the same with `rediss://`.
    ///
    /// # Errors
    /// When it is anything else; the error does not quote it.
    pub fn parse(url: &str) -> Result<Self, AddressError> {
        use AddressError::Malformed;
        let (tls, rest) = match url.split_once("://") {
            Some(("redis", rest)) => (None, rest),
            Some(("rediss", rest)) => (Some(TlsOptions::default()), rest),
            _ => return Err(Malformed("it does not begin with redis:// or rediss://")),
        };
        if rest.contains(['?', '#']) {
            return Err(Malformed("options after `?` or `#` are not understood"));
        }
        // A password may hold an unescaped @; a host may not.
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, rest),
        };
        let (place, database) = place.split_once('/').unwrap_or((place, ""));
        let database = match database {
            "" => 0,
            number => number.parse().map_err(|_| Malformed("the database is not a number"))?,
        };
        let (host, port) = host_and_port(place).ok_or(Malformed("host or port is wrong"))?;
        let (user, password) = login.unwrap_or_default().split_once(':').map_or_else(
            || (login.unwrap_or_default(), None),
            |(user, password)| (user, Some(password)),
        );
        let text = |escaped| unescape(escaped).ok_or(Malformed("a %-escape is wrong"));
        let password = password.map(text).transpose()?.filter(|password| !password.is_empty());
        Ok(Self {
            user: Some(text(user)?).filter(|user| !user.is_empty()),
            password: password.map(Secret::new),
            database,
            tls,
            ..Self::new(host, port.unwrap_or(DEFAULT_PORT))
        })
    }

    /// Another server of the same target: nodes share users, passwords, certificates and detours.
    pub(super) fn at(&self, host: &str, port: u16) -> Self {
        Self { host: host.to_owned(), port, ..self.clone() }
    }

    /// What TLS sessions are opened with; `None` for a plain connection.
    ///
    /// # Errors
    /// When a certificate or key cannot be used.
    pub(crate) fn session(&self) -> Result<Option<Tls>, TargetError> {
        let tls = self.tls.as_ref().map(|options| Tls::of(options, &self.host)).transpose();
        tls.map_err(|error| TargetError::Tls {
            endpoint: self.to_string(),
            cause: error.to_string(),
        })
    }

    /// The words of AUTH; `None` where neither user nor password is given.
    pub(crate) fn login(&self) -> Option<Vec<String>> {
        // A user without a password may be one that needs none, and is never the default user.
        if self.user.is_none() && self.password.is_none() {
            return None;
        }
        let password = self.password.as_ref().map_or_else(String::new, Secret::reveal);
        let words = ["AUTH".to_owned()].into_iter().chain(self.user.clone());
        Some(words.chain([password]).collect())
    }

    /// `message` without the password: servers quote the arguments of commands they refuse.
    pub(crate) fn strike_out(&self, message: &str) -> String {
        match &self.password {
            Some(password) => message.replace(&password.reveal(), "…"),
            None => message.to_owned(),
        }
    }

    /// The host and port to open a socket to.
    pub fn socket(&self) -> (&str, u16) {
        self.detours.of(&self.host, self.port).unwrap_or((&self.host, self.port))
    }

    /// The address as it can be typed again, without the password.
    pub fn url(&self) -> String {
        let user = match &self.user {
            Some(user) => format!("{}@", escape(user)),
            None => String::new(),
        };
        let database = match self.database {
            0 => String::new(),
            number => format!("/{number}"),
        };
        let scheme = if self.tls.is_some() { "rediss" } else { "redis" };
        format!("{scheme}://{user}{self}{database}")
    }
}

/// Host and port; never user or password.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// `host`, `host:port`, `[::1]` or `[::1]:port`.
pub(super) fn host_and_port(text: &str) -> Option<(&str, Option<u16>)> {
    let (host, rest) = split_host(text)?;
    let port = match rest {
        "" => None,
        rest => Some(rest.strip_prefix(':')?.parse().ok().filter(|port| *port != 0)?),
    };
    Some((host, port))
}

/// The host at the start, brackets removed, and what follows it.
pub(super) fn split_host(text: &str) -> Option<(&str, &str)> {
    let (host, rest) = match text.strip_prefix('[') {
        Some(text) => text.split_once(']')?,
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let plain = |c: char| c.is_ascii_graphic() && !"/[]@".contains(c);
    (!host.is_empty() && host.chars().all(plain)).then_some((host, rest))
}

/// Replaces `%41` by `A`; `None` for half an escape or what is no UTF-8.
fn unescape(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

fn escape(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().fold(String::new(), |text, byte| {
        if plain(byte) {
            text + &char::from(byte).to_string()
        } else {
            text + &format!("%{byte:02X}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, host: &str, port: u16, login: (Option<&str>, Option<&str>), database: u32) {
        let (user, password) = login;
        let expected = Endpoint {
            user: user.map(str::to_owned),
            password: password.map(|text| Secret::new(text.into())),
            database,
            ..Endpoint::new(host, port)
        };
        assert_eq!(Endpoint::parse(url), Ok(expected), "{url}");
    }

    #[test]
    fn addresses_have_optional_parts() {
        check("redis://cache", "cache", 6379, (None, None), 0);
        check("redis://cache:7000/3", "cache", 7000, (None, None), 3);
        check("redis://[::1]:7000/", "::1", 7000, (None, None), 0);
        check("redis://ann@cache", "cache", 6379, (Some("ann"), None), 0);
        check("redis://:pw@cache", "cache", 6379, (None, Some("pw")), 0);
        check("redis://ann:p%40:w@cache/1", "cache", 6379, (Some("ann"), Some("p@:w")), 1);
        check("redis://ann:p@w@cache", "cache", 6379, (Some("ann"), Some("p@w")), 0);
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_quoted() {
        for url in [
            "cache:6379",
            "http://u:secret@cache",
            "redisss://u:secret@cache",
            "rediss://u:secret@cache:x",
            "redis://",
            "redis://u:secret@",
            "redis://u:secret@cache:x",
            "redis://u:secret@cache:0",
            "redis://u:secret@cache:70000",
            "redis://u:secret@cache/x",
            "redis://u:secret%4@cache",
            "redis://u:secret@ca che",
            "redis://u:secret@[::1",
            "redis://u:secret@cache?db=1",
        ] {
            let error = Endpoint::parse(url).expect_err(url);
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }

    #[test]
    fn passwords_are_not_printed() {
        let endpoint = Endpoint::parse("redis://a%20b:secret@[::1]:7000/2").unwrap();
        let printed = format!("{endpoint} {endpoint:?} {}", endpoint.url());
        assert!(!printed.contains("secret"), "{printed}");
        assert_eq!(endpoint.to_string(), "[::1]:7000");
        assert_eq!(endpoint.url(), "redis://a%20b@[::1]:7000/2");
        assert_eq!(endpoint.strike_out("beginning with: `secret`"), "beginning with: `…`");
    }

    #[test]
    fn two_s_mean_tls() {
        let endpoint = Endpoint::parse("rediss://ann:pw@cache:6380/1").unwrap();
        assert_eq!(endpoint.tls, Some(TlsOptions::default()));
        assert_eq!(endpoint.url(), "rediss://ann@cache:6380/1");
        assert_eq!(Endpoint::parse("redis://cache").unwrap().tls, None);
    }

    #[test]
    fn a_user_without_password_is_still_that_user() {
        let login = |url| Endpoint::parse(url).unwrap().login().map(|words| words.join(" "));
        assert_eq!(login("redis://cache"), None);
        assert_eq!(login("redis://:pw@cache").as_deref(), Some("AUTH pw"));
        assert_eq!(login("redis://ann:pw@cache").as_deref(), Some("AUTH ann pw"));
        assert_eq!(login("redis://ann@cache").as_deref(), Some("AUTH ann "));
    }
}
