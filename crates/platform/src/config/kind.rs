//! What a setting may be: its type and bounds, in one place for checking, for reading text and for the reference.

use std::net::SocketAddr;

use toml::Value;

/// Characters of any text setting.
const TEXT_CHARS_MAX: usize = 4_096;
/// Characters of a secret: at least, so that a placeholder or a mask is not taken for one.
const SECRET_CHARS_MIN: usize = 16;
/// Origins that may be allowed.
const ORIGINS_MAX: usize = 100;
/// Networks that may be trusted.
const NETWORKS_MAX: usize = 100;
/// Engines there may be.
const HOSTS_MAX: usize = 64;
/// Bytes of a name.
const NAME_BYTES_MAX: usize = 64;
/// Levels of the log, the quietest first.
const LOG_LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// A setting: `section.key` and what it may be.
#[derive(Debug)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

/// What a setting may be.
#[derive(Debug)]
pub(crate) enum Kind {
    Switch,
    Whole {
        min: i64,
        max: i64,
        unit: &'static str,
    },
    OneOf(&'static [&'static str]),
    Address,
    Url,
    Origin {
        may_be_empty: bool,
    },
    Origins,
    Networks,
    /// Hosts with their ports.
    Hosts,
    /// A word that names something, or empty.
    Name,
    Folder,
    /// A file, or empty for none.
    File,
    LogLevel,
    Secret,
    /// The address of a PostgreSQL database, with its password: a secret too.
    Database,
}

impl Setting {
    /// The name of the environment variable: `server.listen` is `ONSALE_SERVER__LISTEN`.
    pub(crate) fn variable(&self) -> String {
        variable(self.name)
    }

    pub(crate) fn is_secret(&self) -> bool {
        matches!(self.kind, Kind::Secret | Kind::Database)
    }
}

/// The environment variable of a name `section.key`.
pub(crate) fn variable(name: &str) -> String {
    format!("ONSALE_{}", name.replace('.', "__").to_uppercase())
}

impl Kind {
    /// What is expected, to follow "must be".
    pub(crate) fn expected(&self) -> String {
        match self {
            Self::Switch => "true or false".into(),
            Self::Whole { min, max, unit } => format!("a whole number from {min} to {max} ({unit})"),
            Self::OneOf(words) => words.join(" or "),
            Self::Address => "an IP address and port, such as 127.0.0.1:8080".into(),
            Self::Url => {
                "an http or https address without user, query or fragment, such as https://pay.example/api".into()
            }
            Self::Origin { may_be_empty: false } => "an origin, such as https://tickets.example".into(),
            Self::Origin { may_be_empty: true } => "an origin, such as https://tickets.example, or empty".into(),
            Self::Origins => format!("a list of at most {ORIGINS_MAX} origins, such as https://tickets.example"),
            Self::Networks => format!("a list of at most {NETWORKS_MAX} networks, such as 10.0.0.0/8 or 127.0.0.1/32"),
            Self::Hosts => format!("a list of at most {HOSTS_MAX} hosts with ports, such as engine-0.engines:7070"),
            Self::Name => format!("a word of at most {NAME_BYTES_MAX} letters, digits, dots and dashes, or empty"),
            Self::Folder => "the path of a folder".into(),
            Self::File => "the path of a file, or empty".into(),
            Self::LogLevel => "error, warn, info, debug or trace, also per part, such as info,engine=debug".into(),
            Self::Secret => format!("a text of at least {SECRET_CHARS_MIN} visible characters, or empty"),
            Self::Database => {
                "the address of a PostgreSQL database, such as postgres://user:password@db/onsale, over TLS \
                               with ?sslmode=verify-full (no sslmode is between that and disable), or empty"
                    .into()
            }
        }
    }

    /// Reads the text of an environment variable or a flag; what is not readable as this kind stays a text, for
    /// [`Self::accepts`] to refuse.
    pub(crate) fn parse(&self, text: &str) -> Value {
        let value = match self {
            Self::Switch => text.parse().map(Value::Boolean).ok(),
            Self::Whole { .. } => text.parse().map(Value::Integer).ok(),
            Self::Origins | Self::Networks | Self::Hosts => Some(Value::Array(
                text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Value::from).collect(),
            )),
            _ => None,
        };
        value.unwrap_or_else(|| Value::from(text))
    }

    /// True if the value is of this kind and within its bounds.
    pub(crate) fn accepts(&self, value: &Value) -> bool {
        let is_text =
            |accept: fn(&str) -> bool| value.as_str().is_some_and(|text| text.len() <= TEXT_CHARS_MAX && accept(text));
        match self {
            Self::Switch => value.is_bool(),
            Self::Whole { min, max, .. } => value.as_integer().is_some_and(|number| (*min..=*max).contains(&number)),
            Self::OneOf(words) => value.as_str().is_some_and(|text| words.contains(&text)),
            Self::Address => is_text(|text| text.parse::<SocketAddr>().is_ok()),
            Self::Url => is_text(is_url),
            Self::Origin { may_be_empty } => is_text(is_origin) || (*may_be_empty && value.as_str() == Some("")),
            Self::Origins => value.as_array().is_some_and(|items| {
                items.len() <= ORIGINS_MAX && items.iter().all(|item| item.as_str().is_some_and(is_origin))
            }),
            Self::Networks => value.as_array().is_some_and(|items| {
                let network = |item: &Value| item.as_str().is_some_and(|text| text.parse::<ipnet::IpNet>().is_ok());
                items.len() <= NETWORKS_MAX && items.iter().all(network)
            }),
            Self::Hosts => value.as_array().is_some_and(|items| {
                let host = |item: &Value| item.as_str().is_some_and(|text| text.contains(':') && is_host(text));
                items.len() <= HOSTS_MAX && items.iter().all(host)
            }),
            Self::Name => is_text(|text| {
                text.len() <= NAME_BYTES_MAX
                    && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
            }),
            Self::Folder => is_text(|text| !text.is_empty() && !text.contains('\0')),
            Self::File => is_text(|text| !text.contains('\0')),
            Self::LogLevel => is_text(is_log_level),
            Self::Secret => is_text(is_secret),
            Self::Database => is_text(is_database),
        }
    }
}

/// `http://` or `https://`, a host, perhaps a port and a path.
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        let host = rest.split('/').next().unwrap_or_default();
        is_host(host) && rest.bytes().all(|byte| byte.is_ascii_graphic() && !b"@?#\\\"<>".contains(&byte))
    })
}

/// As a browser writes it in the header `Origin`: no path, no slash at the end, no capital letters.
fn is_origin(text: &str) -> bool {
    is_url(text) && text.matches('/').count() == 2 && !text.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !host.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let is_name = match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)),
    };
    is_name && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

/// Levels alone or as `part=level`. The filter itself would take a mistyped level for the name of a part, and then
/// log everything of a part that does not exist.
fn is_log_level(text: &str) -> bool {
    text.split(',').all(|directive| {
        let (part, level) = directive.rsplit_once('=').unwrap_or(("any", directive));
        let is_part =
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_:".contains(&byte));
        is_part && LOG_LEVELS.contains(&level)
    })
}

fn is_secret(text: &str) -> bool {
    text.is_empty() || (text.len() >= SECRET_CHARS_MIN && text.bytes().all(|byte| byte.is_ascii_graphic()))
}

/// Empty, or an address of PostgreSQL. What encrypts without verifying the server is refused: it would be taken for more.
fn is_database(text: &str) -> bool {
    let place = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
    let is_place = place.is_some_and(|place| !place.is_empty() && place.bytes().all(|byte| byte.is_ascii_graphic()));
    let (_, query) = text.split_once('?').unwrap_or_default();
    let modes = query.split('&').filter_map(|pair| pair.split_once('='));
    let is_clear = modes
        .filter(|(name, _)| matches!(*name, "sslmode" | "ssl-mode"))
        .all(|(_, mode)| matches!(mode, "verify-full" | "disable" | "prefer"));
    text.is_empty() || (is_place && is_clear)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_web() {
        for good in ["http://localhost:8080", "https://pay.example/api/v2", "http://[::1]:9", "https://a-b.example"] {
            assert!(is_url(good), "{good}");
        }
        let bad = ["", "localhost", "ftp://a", "http://", "http:///a", "http://a:0", "http://a:x", "http://a:99999"];
        for bad in bad.into_iter().chain(["http://u:p@a", "http://a?q", "http://a#f", "http://a b", "http://[::g]"]) {
            assert!(!is_url(bad), "{bad}");
        }
        assert!(is_origin("https://a.example"));
        for bad in ["https://a.example/", "https://A.example", "https://a/b", "*", "null"] {
            assert!(!is_origin(bad), "{bad}");
        }
    }

    #[test]
    fn levels_of_the_log() {
        for good in ["info", "off", "info,engine=debug", "warn,gateway::live=trace"] {
            assert!(is_log_level(good), "{good}");
        }
        for bad in ["", "inof", "info,", "engine", "=debug", "engine=loud", "INFO, debug"] {
            assert!(!is_log_level(bad), "{bad}");
        }
    }

    #[test]
    fn addresses_of_databases() {
        for good in ["", "postgres://u:p@db:5432/x", "postgresql://db/x?sslmode=verify-full&sslrootcert=/ca.pem"] {
            assert!(is_database(good), "{good}");
        }
        let half = ["require", "verify-ca", "allow", ""].map(|mode| format!("postgres://db/x?sslmode={mode}"));
        for bad in ["postgres://", "mysql://db/x", "db", "postgres://db/a b"].map(String::from).into_iter().chain(half)
        {
            assert!(!is_database(&bad), "{bad}");
        }
    }
}
