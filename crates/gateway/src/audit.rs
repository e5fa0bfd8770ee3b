//! What organisers and operators do is written down before it is done.

use std::future::Future;

use accounts::{AuditNote, Session};
use sale::Command;

use crate::app::App;
use crate::problem::ApiResult;

/// Something that is about to be done.
pub struct Deed {
    /// What, a word in `snake_case`.
    pub action: &'static str,
    /// To what: an id.
    pub target: String,
    /// How; no secret.
    pub detail: String,
}

impl Deed {
    /// A command to a sale.
    pub fn command(sale: impl std::fmt::Display, command: &Command) -> Self {
        let action = match command {
            Command::Pause => "pause",
            Command::Resume => "resume",
            Command::Close => "close",
            Command::SetPace { .. } => "set_pace",
            Command::SetNoShowCorrection { .. } => "set_no_show_correction",
            Command::SetLobby { .. } => "set_lobby",
            Command::Announce { .. } => "announce",
            Command::Block { .. } => "block",
            Command::Unblock { .. } => "unblock",
            Command::RefundOrder { .. } => "refund_order",
            Command::CheckIn { .. } => "check_in",
            _ => "other",
        };
        Self { action, target: sale.to_string(), detail: format!("{command:?}") }
    }
}

impl App {
    /// Notes who is about to do what, does it, and notes how it ended. What cannot be noted is not done; if the process
    /// ends in between, the log says that the outcome is not known.
    ///
    /// # Errors
    /// `busy`, and those of `work`.
    pub async fn audited<T>(&self, by: &Session, deed: Deed, work: impl Future<Output = ApiResult<T>>) -> ApiResult<T> {
        let Deed { action, target, detail } = deed;
        tracing::info!(by = %by.account, action, target, "The organiser's hand");
        let note = AuditNote { account: by.account, role: by.role, action, target, detail };
        let id = self.audit.begin(note, self.now()).await?;
        let result = work.await;
        let outcome = result.as_ref().map_or_else(|error| error.code(), |_| "done");
        if let Err(problem) = self.audit.end(id, outcome).await {
            tracing::warn!(%problem, action, outcome, "How it ended could not be noted");
        }
        result
    }
}
