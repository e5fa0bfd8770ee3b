//! One keep-alive connection: a request goes out, its answer comes in, then the next.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::response::{BODY_BYTES_MAX, BodyLength, Head, ParseError, decode_chunked, parse_head};

/// Bytes asked for in one read: an ordinary answer arrives whole.
const READ_BYTES: usize = 8 * 1024;

/// Why an exchange did not end in an answer.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// Nobody listens there, or all ports are in use.
    #[error("the server cannot be reached: {0}")]
    Connect(std::io::Error),
    /// The connection broke.
    #[error("the connection broke: {0}")]
    Broken(std::io::Error),
    /// The server closed the connection before a whole answer.
    #[error("the server closed the connection before it answered")]
    Closed,
    /// Too long without a whole answer.
    #[error("no answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// Not HTTP/1.1 as we speak it.
    #[error(transparent)]
    Malformed(#[from] ParseError),
}

/// A connection between two exchanges.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    body_from: usize,
    decoded: Option<Vec<u8>>,
    exchanges: u64,
}

impl Connection {
    /// Connects within `patience`.
    ///
    /// # Errors
    /// [`ExchangeError::Connect`] or [`ExchangeError::TimedOut`].
    pub async fn open(address: SocketAddr, patience: Duration) -> Result<Self, ExchangeError> {
        let connecting = tokio::time::timeout(patience, TcpStream::connect(address));
        let stream =
            connecting.await.map_err(|_| ExchangeError::TimedOut(patience))?.map_err(ExchangeError::Connect)?;
        stream.set_nodelay(true).map_err(ExchangeError::Connect)?;
        Ok(Self { stream, buffer: Vec::with_capacity(READ_BYTES), body_from: 0, decoded: None, exchanges: 0 })
    }

    /// Sends the bytes of one request and reads the whole answer; the body is in [`Connection::body`] until the next
    /// exchange. After an error, or an answer that is not `keep_alive`, the connection is of no further use.
    ///
    /// # Errors
    /// Any of [`ExchangeError`]; the request may have taken effect all the same.
    pub async fn exchange(&mut self, request: &[u8], patience: Duration) -> Result<Head, ExchangeError> {
        match tokio::time::timeout(patience, self.exchange_patiently(request)).await {
            Ok(result) => result,
            Err(_) => Err(ExchangeError::TimedOut(patience)),
        }
    }

    /// Exchanges finished on this connection.
    pub fn exchanges(&self) -> u64 {
        self.exchanges
    }

    /// The body of the last answer.
    pub fn body(&self) -> &[u8] {
        match &self.decoded {
            Some(body) => body,
            None => self.buffer.get(self.body_from..).unwrap_or_default(),
        }
    }

    async fn exchange_patiently(&mut self, request: &[u8]) -> Result<Head, ExchangeError> {
        self.buffer.clear();
        self.decoded = None;
        self.stream.write_all(request).await.map_err(ExchangeError::Broken)?;
        let head = loop {
            if self.read_some().await? == 0 {
                return Err(ExchangeError::Closed);
            }
            match parse_head(&self.buffer)? {
                // 1xx announces the real answer.
                Some(head) if head.status < 200 => drop(self.buffer.drain(..head.bytes)),
                Some(head) => break head,
                None => {}
            }
        };
        self.body_from = head.bytes;
        self.read_body(&head).await?;
        self.exchanges += 1;
        Ok(head)
    }

    async fn read_body(&mut self, head: &Head) -> Result<(), ExchangeError> {
        match head.body {
            BodyLength::Fixed(length) => {
                let end = head.bytes + length;
                self.buffer.reserve(end.saturating_sub(self.buffer.len()));
                while self.buffer.len() < end {
                    if self.read_some().await? == 0 {
                        return Err(ExchangeError::Closed);
                    }
                }
                // Bytes beyond the answer to the only request on its way: not a server we understand.
                if self.buffer.len() > end { Err(ParseError::BadHeader.into()) } else { Ok(()) }
            }
            BodyLength::Chunked => loop {
                if let Some((body, _)) = decode_chunked(self.buffer.get(head.bytes..).unwrap_or_default())? {
                    self.decoded = Some(body);
                    return Ok(());
                }
                if self.read_some().await? == 0 {
                    return Err(ExchangeError::Closed);
                }
            },
            BodyLength::UntilClose => {
                while self.read_some().await? > 0 {
                    if self.buffer.len() > head.bytes + BODY_BYTES_MAX {
                        return Err(ParseError::BodyTooLarge.into());
                    }
                }
                Ok(())
            }
        }
    }

    async fn read_some(&mut self) -> Result<usize, ExchangeError> {
        if self.buffer.capacity() - self.buffer.len() < READ_BYTES / 2 {
            self.buffer.reserve(READ_BYTES);
        }
        self.stream.read_buf(&mut self.buffer).await.map_err(ExchangeError::Broken)
    }
}
