//! Who is asking: from the accounts of this process, or from an engine's, remembered for a moment.

use std::sync::Arc;
use std::time::{Duration, Instant};

use accounts::{AccountStore, Session, SessionFacts};
use domain::{Problem, Timestamp};
use link::Link;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use crate::problem::{ApiError, ApiResult};

/// Sessions a gateway remembers: a crowd of this size asks the engine once per [`REMEMBERED`] each.
const REMEMBERED_MAX: usize = 200_000;
/// How long a gateway believes what it was told: an ended session is refused at the latest after this.
const REMEMBERED: Duration = Duration::from_secs(10);

/// Who the bearer of a token is.
pub enum Sessions {
    /// The accounts are here.
    Here(AccountStore),
    /// An engine knows.
    There(RemoteSessions),
}

/// What an engine said about tokens. Keys are hashes: a token is not kept.
pub struct RemoteSessions {
    link: Link,
    remembered: Cache<[u8; 32], (Arc<Session>, Instant)>,
}

impl RemoteSessions {
    /// Asks this engine.
    pub fn new(link: Link) -> Self {
        Self { link, remembered: Cache::new(REMEMBERED_MAX) }
    }

    /// The engine can be asked right now.
    pub fn is_connected(&self) -> bool {
        self.link.is_connected()
    }

    fn remembered(&self, key: &[u8; 32], now: Timestamp) -> Option<Arc<Session>> {
        let (session, at) = self.remembered.get(key)?;
        (at.elapsed() < REMEMBERED && session.is_live(now)).then_some(session)
    }

    async fn ask(&self, token: &str, key: [u8; 32], now: Timestamp) -> ApiResult<Arc<Session>> {
        let facts = self.link.authenticate(token.to_owned()).await?.ok_or_else(not_signed_in)?;
        let facts: SessionFacts = postcard::from_bytes(&facts.rest)
            .map_err(|error| Problem::new("internal", "Something went wrong on our side.").internal(error))?;
        let session = Arc::new(Session::from(facts));
        if !session.is_live(now) {
            return Err(not_signed_in());
        }
        self.remembered.insert(key, (Arc::clone(&session), Instant::now()));
        Ok(session)
    }
}

impl Sessions {
    /// Who the bearer of this token is.
    ///
    /// # Errors
    /// `not_signed_in`; or there is nobody to ask right now.
    pub async fn find(&self, token: &str, now: Timestamp) -> ApiResult<Arc<Session>> {
        match self {
            Self::Here(accounts) => match accounts.authenticate_cached(token, now) {
                Some(session) => Ok(session),
                None => Ok(accounts.authenticate(token, now).await?),
            },
            Self::There(remote) => {
                let key = Sha256::digest(token).into();
                match remote.remembered(&key, now) {
                    Some(session) => Ok(session),
                    None => remote.ask(token, key, now).await,
                }
            }
        }
    }
}

fn not_signed_in() -> ApiError {
    ApiError::new("not_signed_in", "Sign in first.")
}
