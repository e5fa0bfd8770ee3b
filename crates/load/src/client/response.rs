//! The part of HTTP/1.1 an answer needs: status line, the headers we act upon, and where the body ends.

/// Bytes of an answer's head, at most.
pub const HEAD_BYTES_MAX: usize = 16 * 1024;
/// Bytes of an answer's body, at most: a large seating plan fits.
pub const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// How long the body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyLength {
    /// So many bytes.
    Fixed(usize),
    /// In chunks, the last one empty.
    Chunked,
    /// Until the server closes the connection.
    UntilClose,
}

/// An answer's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// Bytes of the head, with the empty line that ends it.
    pub bytes: usize,
    /// How long the body is.
    pub body: BodyLength,
    /// Whether the connection may carry another request.
    pub keep_alive: bool,
    /// `Retry-After`, if given in seconds.
    pub retry_after_seconds: Option<u32>,
    /// The first `Set-Cookie`, whole.
    pub set_cookie: Option<String>,
    /// `Admission-Pass`, if it can be sent back as it is.
    pub admission_pass: Option<String>,
}

/// An answer that is not HTTP/1.1 as we speak it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// The status line is not one.
    #[error("the answer does not begin with an HTTP/1.1 status line")]
    NotHttp,
    /// A header cannot be understood.
    #[error("a header of the answer cannot be understood")]
    BadHeader,
    /// The head exceeds [`HEAD_BYTES_MAX`].
    #[error("the head of the answer is too large")]
    HeadTooLarge,
    /// The body exceeds [`BODY_BYTES_MAX`].
    #[error("the body of the answer is too large")]
    BodyTooLarge,
    /// A chunk does not end where it says.
    #[error("a chunk of the answer does not end where it says")]
    BadChunk,
}

/// Reads a head from the beginning of `bytes`; `None` while it is incomplete.
///
/// # Errors
/// If it is not HTTP/1.1, or too large.
pub fn parse_head(bytes: &[u8]) -> Result<Option<Head>, ParseError> {
    let Some(end) = find(bytes, b"\r\n\r\n") else {
        return if bytes.len() > HEAD_BYTES_MAX { Err(ParseError::HeadTooLarge) } else { Ok(None) };
    };
    if end > HEAD_BYTES_MAX {
        return Err(ParseError::HeadTooLarge);
    }
    let mut lines = Lines(bytes.get(..end).unwrap_or_default());
    let status = parse_status_line(lines.next().unwrap_or_default())?;
    let mut head = Head {
        status,
        bytes: end + 4,
        body: BodyLength::UntilClose,
        keep_alive: true,
        retry_after_seconds: None,
        set_cookie: None,
        admission_pass: None,
    };
    for line in lines {
        let colon = line.iter().position(|byte| *byte == b':').ok_or(ParseError::BadHeader)?;
        read_header(&mut head, &line[..colon], line[colon + 1..].trim_ascii())?;
    }
    if status < 200 || status == 204 || status == 304 {
        head.body = BodyLength::Fixed(0);
    }
    head.keep_alive &= head.body != BodyLength::UntilClose;
    Ok(Some(head))
}

fn parse_status_line(line: &[u8]) -> Result<u16, ParseError> {
    let rest = line.strip_prefix(b"HTTP/1.1 ").ok_or(ParseError::NotHttp)?;
    let digits = rest.get(..3).ok_or(ParseError::NotHttp)?;
    match number(digits) {
        Some(status @ 100..=599) => Ok(status as u16),
        _ => Err(ParseError::NotHttp),
    }
}

fn read_header(head: &mut Head, name: &[u8], value: &[u8]) -> Result<(), ParseError> {
    match name.len() {
        14 if name.eq_ignore_ascii_case(b"content-length") => {
            let length = number(value).ok_or(ParseError::BadHeader)?;
            if length > BODY_BYTES_MAX {
                return Err(ParseError::BodyTooLarge);
            }
            match head.body {
                BodyLength::Chunked => {}
                BodyLength::Fixed(other) if other != length => return Err(ParseError::BadHeader),
                _ => head.body = BodyLength::Fixed(length),
            }
        }
        17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
            if !value.eq_ignore_ascii_case(b"chunked") {
                return Err(ParseError::BadHeader);
            }
            head.body = BodyLength::Chunked;
        }
        10 if name.eq_ignore_ascii_case(b"connection") && value.eq_ignore_ascii_case(b"close") => {
            head.keep_alive = false
        }
        11 if name.eq_ignore_ascii_case(b"retry-after") => {
            head.retry_after_seconds = number(value).and_then(|seconds| u32::try_from(seconds).ok());
        }
        10 if name.eq_ignore_ascii_case(b"set-cookie") && head.set_cookie.is_none() => {
            head.set_cookie = Some(String::from_utf8_lossy(value).into_owned());
        }
        14 if name.eq_ignore_ascii_case(b"admission-pass") && value.iter().all(u8::is_ascii_graphic) => {
            head.admission_pass = Some(String::from_utf8_lossy(value).into_owned());
        }
        _ => {}
    }
    Ok(())
}

/// Decodes a chunked body from the beginning of `bytes`: the body and the bytes it took; `None` while incomplete.
///
/// # Errors
/// If a chunk is malformed, or the whole too large.
pub fn decode_chunked(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, ParseError> {
    let mut body = Vec::new();
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(line_end) = find(rest, b"\r\n") else {
            return if rest.len() > HEAD_BYTES_MAX { Err(ParseError::BadChunk) } else { Ok(None) };
        };
        let line = &rest[..line_end];
        let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        let size = std::str::from_utf8(digits).ok().and_then(|digits| usize::from_str_radix(digits, 16).ok());
        let size = size.ok_or(ParseError::BadChunk)?;
        if size > BODY_BYTES_MAX || body.len() + size > BODY_BYTES_MAX {
            return Err(ParseError::BodyTooLarge);
        }
        at += line_end + 2;
        if size == 0 {
            return Ok(end_of_trailers(bytes, at).map(|end| (body, end)));
        }
        let (Some(chunk), Some(ending)) = (bytes.get(at..at + size), bytes.get(at + size..at + size + 2)) else {
            return Ok(None);
        };
        if ending != b"\r\n" {
            return Err(ParseError::BadChunk);
        }
        body.extend_from_slice(chunk);
        at += size + 2;
    }
}

/// Where the trailers after the last chunk end, an empty line; `None` while incomplete.
fn end_of_trailers(bytes: &[u8], mut at: usize) -> Option<usize> {
    loop {
        let length = find(bytes.get(at..)?, b"\r\n")?;
        at += length + 2;
        if length == 0 {
            return Some(at);
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let first = *what.first()?;
    let mut from = 0;
    while let Some(offset) = bytes.get(from..)?.iter().position(|byte| *byte == first) {
        let at = from + offset;
        if bytes[at..].starts_with(what) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

fn number(digits: &[u8]) -> Option<usize> {
    if digits.is_empty() || digits.len() > 12 {
        return None;
    }
    digits.iter().try_fold(0usize, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + usize::from(byte - b'0')))
}

/// The lines of a head without their endings.
struct Lines<'a>(&'a [u8]);

impl<'a> Iterator for Lines<'a> {
    type Item = &'a [u8];
    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let (line, rest) = match find(self.0, b"\r\n") {
            Some(end) => (&self.0[..end], &self.0[end + 2..]),
            None => (self.0, &self.0[self.0.len()..]),
        };
        self.0 = rest;
        Some(line)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_whatever_the_case_of_its_names() {
        let bytes = b"HTTP/1.1 503 Service Unavailable\r\nContent-LENGTH: 12\r\nretry-after:  3\r\nSet-Cookie: a=b; Path=/\r\n\r\nrest";
        let head = parse_head(bytes).unwrap().unwrap();
        assert_eq!((head.status, head.body, head.keep_alive), (503, BodyLength::Fixed(12), true));
        assert_eq!((head.retry_after_seconds, head.set_cookie.as_deref()), (Some(3), Some("a=b; Path=/")));
        assert_eq!(&bytes[head.bytes..], b"rest");
    }

    #[test]
    fn a_head_is_awaited_byte_by_byte() {
        let bytes = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        for cut in 0..bytes.len() {
            assert_eq!(parse_head(&bytes[..cut]).unwrap(), None, "cut at {cut}");
        }
        assert!(parse_head(bytes).unwrap().is_some());
    }

    #[test]
    fn what_is_not_an_answer_is_refused() {
        assert_eq!(parse_head(b"SSH-2.0-OpenSSH\r\n\r\n"), Err(ParseError::NotHttp));
        assert_eq!(parse_head(b"HTTP/1.1 2x0 OK\r\n\r\n"), Err(ParseError::NotHttp));
        assert_eq!(parse_head(b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"), Err(ParseError::BadHeader));
        assert_eq!(parse_head(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), Err(ParseError::BadHeader));
        let two = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n";
        assert_eq!(parse_head(two), Err(ParseError::BadHeader));
        let large = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n";
        assert_eq!(parse_head(large), Err(ParseError::BodyTooLarge));
        assert_eq!(parse_head(&vec![b'a'; HEAD_BYTES_MAX + 1]), Err(ParseError::HeadTooLarge));
    }

    #[test]
    fn an_answer_without_length_ends_with_the_connection_unless_it_has_no_body() {
        let head = parse_head(b"HTTP/1.1 200 OK\r\n\r\n").unwrap().unwrap();
        assert_eq!((head.body, head.keep_alive), (BodyLength::UntilClose, false));
        let head = parse_head(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap().unwrap();
        assert_eq!((head.body, head.keep_alive), (BodyLength::Fixed(0), true));
    }

    #[test]
    fn chunks_are_joined_and_counted() {
        let bytes = b"4;ext=1\r\nWiki\r\n5\r\npedia\r\n0\r\nTrailer: x\r\n\r\nnext";
        let end = bytes.len() - 4;
        assert_eq!(decode_chunked(bytes).unwrap(), Some((b"Wikipedia".to_vec(), end)));
        for cut in 0..end {
            assert_eq!(decode_chunked(&bytes[..cut]).unwrap(), None, "cut at {cut}");
        }
        assert_eq!(decode_chunked(b"3\r\nabcX\r\n"), Err(ParseError::BadChunk));
        assert_eq!(decode_chunked(b"zz\r\n"), Err(ParseError::BadChunk));
        assert_eq!(decode_chunked(b"fffffffff\r\n"), Err(ParseError::BodyTooLarge));
    }
}
