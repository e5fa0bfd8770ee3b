//! Sessions are read from the file many at a time: after a restart the whole crowd asks at once.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{Problem, Timestamp};
use sqlx::AssertSqlSafe;
use sqlx::any::AnyRow;
use tokio::sync::{mpsc, oneshot};

use crate::account::{AccountKind, get, read_id, read_organiser, read_role};
use crate::database::Database;
use crate::limits::{SESSION_READS_WAITING_MAX, SESSIONS_READ_AT_ONCE};
use crate::problems;
use crate::session::Session;
use crate::token::TokenHash;

/// What the file says of one token.
type Answer = Result<Option<Arc<Session>>, Problem>;

/// One query after the other, each for everybody who has asked meanwhile.
pub(crate) struct SessionReader {
    asking: mpsc::Sender<(TokenHash, oneshot::Sender<Answer>)>,
}

impl SessionReader {
    /// Reads from this file until dropped.
    pub(crate) fn new(database: Arc<Database>) -> Self {
        let (asking, asked) = mpsc::channel(SESSION_READS_WAITING_MAX);
        tokio::spawn(read_all(database, asked));
        Self { asking }
    }

    /// The session of this token, live or not. Errors: `busy`.
    pub(crate) async fn read(&self, token: TokenHash) -> Answer {
        let (reply, answer) = oneshot::channel();
        self.asking.try_send((token, reply)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => problems::busy(),
            mpsc::error::TrySendError::Closed(_) => problems::unavailable("sessions are not read any more"),
        })?;
        answer.await.map_err(problems::unavailable)?
    }
}

async fn read_all(database: Arc<Database>, mut asked: mpsc::Receiver<(TokenHash, oneshot::Sender<Answer>)>) {
    let mut some = Vec::with_capacity(SESSIONS_READ_AT_ONCE);
    while asked.recv_many(&mut some, SESSIONS_READ_AT_ONCE).await > 0 {
        let tokens: Vec<TokenHash> = some.iter().map(|(token, _)| *token).collect();
        let found = read_many(&database, &tokens).await;
        for (token, reply) in some.drain(..) {
            let answer = found.as_ref().map(|found| found.get(&token).cloned()).map_err(Problem::clone);
            // Whoever asked may have hung up.
            let _ = reply.send(answer);
        }
    }
}

async fn read_many(database: &Database, tokens: &[TokenHash]) -> Result<HashMap<TokenHash, Arc<Session>>, Problem> {
    let select = "SELECT token_hash, account, kind, role, organiser, started_at_ms, seen_at_ms, expires_at_ms \
         FROM sessions JOIN accounts ON accounts.id = sessions.account WHERE token_hash IN";
    let select = AssertSqlSafe(format!("{select} ({})", database::rows(tokens.len(), 1)));
    let query = tokens.iter().fold(sqlx::query(select), |query, token| query.bind(token.bytes()));
    let mut reading = database.read().await?;
    let rows = query.fetch_all(&mut *reading).await.map_err(problems::database)?;
    rows.iter().map(|row| Ok((TokenHash::from_bytes(get(row, "token_hash")?)?, Arc::new(read_row(row)?)))).collect()
}

fn read_row(row: &AnyRow) -> Result<Session, Problem> {
    Ok(Session {
        account: read_id(get(row, "account")?)?,
        kind: AccountKind::read(get(row, "kind")?)?,
        role: read_role(get(row, "role")?)?,
        organiser: read_organiser(get(row, "organiser")?)?,
        started_at: Timestamp::from_millis(get(row, "started_at_ms")?),
        expires_at: Timestamp::from_millis(get(row, "expires_at_ms")?),
        seen_at_ms: get::<i64>(row, "seen_at_ms")?.into(),
    })
}
