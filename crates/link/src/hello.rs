//! The handshake: both sides prove that they know the secret, without sending it.
//!
//! ```text
//! engine  -> 32 random bytes
//! gateway -> Hello { version, gateway, nonce, proof }   proof = HMAC(secret, "gateway", version, both nonces, name)
//! engine  -> Welcome { version, sales, proof }          proof = HMAC(secret, "engine", version, both nonces)
//!         or Refused { sentence }, and closes
//! ```
//!
//! It must be through within [`HANDSHAKE`]. The engine proves itself too, because a gateway sends it tokens. What is
//! said afterwards is neither encrypted nor signed: gateways and engine share a private network, or a tunnel.
//! [`Hello`] and [`Greeting::Refused`] keep their form in every version, so that versions can refuse each other.

use std::time::Duration;

use domain::SaleId;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};

use crate::error::LinkError;
use crate::frame::{self, FROM_ENGINE_BYTES_MAX, FrameReader, HELLO_BYTES_MAX};
use crate::protocol::VERSION;
use crate::secret::Secret;

/// The handshake must be through within this time.
pub const HANDSHAKE: Duration = Duration::from_secs(5);
/// Bytes of a gateway's name, at most.
const NAME_BYTES_MAX: usize = 64;

/// Random bytes that make a proof good for one handshake only.
pub type Nonce = [u8; 32];

/// The first words of a gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Of the protocol.
    pub version: u16,
    /// What the operator calls it.
    pub gateway: String,
    /// The gateway's own.
    pub nonce: Nonce,
    /// That it knows the secret.
    pub proof: [u8; 32],
}

/// The first words of the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Greeting {
    /// Go away.
    Refused {
        /// Why.
        sentence: String,
    },
    /// Come in.
    Welcome {
        /// Of the protocol.
        version: u16,
        /// The sales whose views follow in the first tick.
        sales: Vec<SaleId>,
        /// That it knows the secret.
        proof: [u8; 32],
    },
}

impl Hello {
    /// Says who we are, in answer to the engine's nonce.
    pub fn new(secret: &Secret, version: u16, gateway: &str, engine_nonce: &Nonce, nonce: Nonce) -> Self {
        let proof = gateway_mac(secret, version, gateway, engine_nonce, &nonce).finalize().into_bytes().into();
        Self { version, gateway: gateway.to_owned(), nonce, proof }
    }

    /// Which of our secrets it knows, or why this is not one of ours.
    fn knows<'a>(&self, secrets: &'a [Secret], engine_nonce: &Nonce) -> Result<&'a Secret, &'static str> {
        if self.version != VERSION {
            return Err("The gateway speaks another version of the protocol than this engine.");
        }
        if self.gateway.is_empty() || self.gateway.len() > NAME_BYTES_MAX {
            return Err("The gateway needs a name of at most 64 bytes.");
        }
        let is_proved = |secret: &&Secret| {
            let expected = gateway_mac(secret, self.version, &self.gateway, engine_nonce, &self.nonce);
            // Compared in constant time.
            expected.verify_slice(&self.proof).is_ok()
        };
        secrets.iter().find(is_proved).ok_or("The gateway does not know the secret.")
    }
}

/// Random bytes.
pub(crate) fn nonce() -> Result<Nonce, LinkError> {
    let mut nonce = [0; 32];
    getrandom::fill(&mut nonce).map_err(|_| LinkError::NoRandomness)?;
    Ok(nonce)
}

/// The engine's side: who connected. Whoever has nothing to do here is told so.
pub(crate) async fn receive<R, W>(
    reader: &mut FrameReader<R>,
    writer: &mut W,
    secrets: &[Secret],
    sales: impl FnOnce() -> Vec<SaleId>,
) -> Result<String, LinkError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let nonce = nonce()?;
    frame::write(writer, &nonce, HANDSHAKE).await?;
    let hello: Hello = frame::decode(&reader.next().await?)?;
    let known = hello.knows(secrets, &nonce);
    let greeting = match known {
        Err(sentence) => Greeting::Refused { sentence: sentence.to_owned() },
        Ok(secret) => {
            let proof = engine_mac(secret, VERSION, &nonce, &hello.nonce).finalize().into_bytes().into();
            Greeting::Welcome { version: VERSION, sales: sales(), proof }
        }
    };
    let mut bytes = Vec::new();
    frame::append(&greeting, &mut bytes)?;
    frame::write(writer, &bytes, HANDSHAKE).await?;
    known.map(|_| hello.gateway).map_err(LinkError::TurnedAway)
}

/// The gateway's side: the sales that the engine has, and a reader of all that follows.
pub(crate) async fn introduce<R, W>(
    mut reader: R,
    writer: &mut W,
    secret: &Secret,
    gateway: &str,
    silence_max: Duration,
) -> Result<(Vec<SaleId>, FrameReader<R>), LinkError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut engine_nonce = Nonce::default();
    reader.read_exact(&mut engine_nonce).await?;
    let nonce = nonce()?;
    let mut bytes = Vec::new();
    frame::append(&Hello::new(secret, VERSION, gateway, &engine_nonce, nonce), &mut bytes)?;
    frame::write(writer, &bytes, HANDSHAKE).await?;
    // A list of sales may be long; whoever is not our engine gets no more than a handshake's worth of memory.
    let mut reader = FrameReader::new(reader, 16 * HELLO_BYTES_MAX, silence_max);
    match frame::decode(&reader.next().await?)? {
        Greeting::Refused { sentence } => Err(LinkError::Refused(sentence)),
        Greeting::Welcome { version, sales, proof } => {
            let expected = engine_mac(secret, version, &engine_nonce, &nonce);
            if version != VERSION || expected.verify_slice(&proof).is_err() {
                return Err(LinkError::NotOurEngine);
            }
            reader.bytes_max = FROM_ENGINE_BYTES_MAX;
            Ok((sales, reader))
        }
    }
}

fn gateway_mac(secret: &Secret, version: u16, gateway: &str, engine: &Nonce, nonce: &Nonce) -> Hmac<Sha256> {
    let mut mac = mac(secret, "onsale link, gateway", version, engine, nonce);
    mac.update(gateway.as_bytes());
    mac
}

fn engine_mac(secret: &Secret, version: u16, engine: &Nonce, gateway: &Nonce) -> Hmac<Sha256> {
    mac(secret, "onsale link, engine", version, engine, gateway)
}

/// The words of the two sides differ, so that neither proof can be sent back as the other.
fn mac(secret: &Secret, who: &str, version: u16, engine: &Nonce, gateway: &Nonce) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.bytes()).expect("HMAC takes a key of any length");
    mac.update(who.as_bytes());
    mac.update(&version.to_le_bytes());
    mac.update(engine);
    mac.update(gateway);
    mac
}
