//! A request, and its bytes.

use std::fmt;
use std::net::SocketAddr;

/// Where a server listens, and what it is called in the `Host` header.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Where to connect.
    pub address: SocketAddr,
    /// The `Host` header, such as `localhost:8080`.
    pub authority: String,
}

/// A text that is not an address we can call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address like http://127.0.0.1:8080/path with a local host or a numeric address")]
pub struct BadUrl(pub String);

impl Origin {
    /// Splits `http://host:port/path` into the origin and the path. The host is an address or `localhost`: load is
    /// never sent to a name somebody else may own.
    ///
    /// # Errors
    /// If the text is anything else.
    pub fn of_url(url: &str) -> Result<(Self, String), BadUrl> {
        let bad = || BadUrl(url.chars().take(200).collect());
        let rest = url.strip_prefix("http://").ok_or_else(bad)?;
        let slash = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(slash);
        let numeric = match authority.strip_prefix("localhost") {
            Some("") => "127.0.0.1:80".to_owned(),
            Some(port) => format!("127.0.0.1{port}"),
            None => authority.to_owned(),
        };
        let address = numeric.parse().map_err(|_| bad())?;
        let path = if path.is_empty() { "/" } else { path };
        if path.bytes().any(|byte| !(0x21..0x7f).contains(&byte)) {
            return Err(bad());
        }
        Ok((Self { address, authority: authority.to_owned() }, path.to_owned()))
    }

    /// The origin of an address.
    pub fn of_address(address: SocketAddr) -> Self {
        Self { address, authority: address.to_string() }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.authority)
    }
}

/// One request. Everything in it is our own or was checked by [`Origin::of_url`].
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// Path and query.
    pub path: &'a str,
    /// The session token of the fan or operator.
    pub session: Option<&'a str>,
    /// The key of an API that wants `Authorization: Bearer`.
    pub bearer: Option<&'a str>,
    /// `Idempotency-Key`.
    pub key: Option<&'a str>,
    /// `Admission-Pass`.
    pub pass: Option<&'a str>,
    /// Content type and bytes of the body.
    pub body: Option<(&'static str, &'a [u8])>,
}

/// Content type of JSON.
pub const JSON: &str = "application/json";
/// Content type of a submitted form.
pub const FORM: &str = "application/x-www-form-urlencoded";

impl<'a> Request<'a> {
    /// A request without session and body.
    pub fn new(method: &'static str, path: &'a str) -> Self {
        Self { method, path, session: None, bearer: None, key: None, pass: None, body: None }
    }

    /// With this session.
    #[must_use]
    pub fn session(mut self, token: &'a str) -> Self {
        self.session = Some(token);
        self
    }

    /// With this API key.
    #[must_use]
    pub fn bearer(mut self, key: &'a str) -> Self {
        self.bearer = Some(key);
        self
    }

    /// With this `Idempotency-Key`.
    #[must_use]
    pub fn key(mut self, key: &'a str) -> Self {
        self.key = Some(key);
        self
    }

    /// With this `Admission-Pass`, if there is one.
    #[must_use]
    pub fn pass(mut self, pass: Option<&'a str>) -> Self {
        self.pass = pass;
        self
    }

    /// With this JSON body.
    #[must_use]
    pub fn json(mut self, body: &'a [u8]) -> Self {
        self.body = Some((JSON, body));
        self
    }

    /// With this form as its body.
    #[must_use]
    pub fn form(mut self, body: &'a [u8]) -> Self {
        self.body = Some((FORM, body));
        self
    }

    /// Appends the request's bytes to `out`.
    pub fn write(&self, authority: &str, out: &mut Vec<u8>) {
        for part in [self.method, " ", self.path, " HTTP/1.1\r\nhost: ", authority] {
            out.extend_from_slice(part.as_bytes());
        }
        if let Some(token) = self.session {
            out.extend_from_slice(b"\r\ncookie: __Host-session=");
            out.extend_from_slice(token.as_bytes());
        }
        if let Some(key) = self.bearer {
            out.extend_from_slice(b"\r\nauthorization: Bearer ");
            out.extend_from_slice(key.as_bytes());
        }
        if let Some(key) = self.key {
            out.extend_from_slice(b"\r\nidempotency-key: ");
            out.extend_from_slice(key.as_bytes());
        }
        if let Some(pass) = self.pass {
            out.extend_from_slice(b"\r\nadmission-pass: ");
            out.extend_from_slice(pass.as_bytes());
        }
        match self.body {
            Some((kind, body)) => {
                out.extend_from_slice(b"\r\ncontent-type: ");
                out.extend_from_slice(kind.as_bytes());
                out.extend_from_slice(b"\r\ncontent-length: ");
                out.extend_from_slice(body.len().to_string().as_bytes());
                out.extend_from_slice(b"\r\n\r\n");
                out.extend_from_slice(body);
            }
            None if self.method == "POST" => out.extend_from_slice(b"\r\ncontent-length: 0\r\n\r\n"),
            None => out.extend_from_slice(b"\r\n\r\n"),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn a_payment_page_is_split_into_origin_and_path() {
        let (origin, path) = Origin::of_url("http://localhost:9090/pay/abc?x=1").unwrap();
        assert_eq!(
            (origin.address.port(), origin.authority.as_str(), path.as_str()),
            (9090, "localhost:9090", "/pay/abc?x=1")
        );
        assert_eq!(Origin::of_url("http://127.0.0.1:80").unwrap().1, "/");
    }

    #[test]
    fn load_is_not_sent_to_names_or_through_broken_addresses() {
        for url in
            ["https://127.0.0.1/", "http://example.com/", "http://127.0.0.1:1/a b", "http://127.0.0.1:1/\r\nx: y"]
        {
            assert!(Origin::of_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn the_bytes_are_a_request() {
        let mut out = Vec::new();
        Request::new("POST", "/v1/x").session("tok").key("k1").pass(Some("p1")).json(b"{}").write("h:1", &mut out);
        let expected = "POST /v1/x HTTP/1.1\r\nhost: h:1\r\ncookie: __Host-session=tok\r\nidempotency-key: k1\r\n\
                        admission-pass: p1\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
