//! The published record of a draw, made once.
//!
//! Anybody may ask for it, and of a large lobby it is megabytes and takes long to make. So the writer only copies out who
//! has which place, once; the rest happens elsewhere, and every later answer is the same bytes.

use axum::body::Bytes;
use engine::SaleHandle;
use sale::Sale;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use crate::problem::{ApiError, ApiResult};

/// The record as JSON, and its SHA-256; empty until somebody asks for it.
#[derive(Debug, Default)]
pub struct DrawOnce(OnceCell<(Bytes, [u8; 32])>);

impl DrawOnce {
    /// The record, if it was made.
    pub fn get(&self) -> Option<(Bytes, [u8; 32])> {
        self.0.get().cloned()
    }

    /// The record; whoever asks meanwhile waits for the same one.
    ///
    /// # Errors
    /// The writer does not answer, or the draw has not taken place.
    pub async fn of(&self, sale: &SaleHandle) -> ApiResult<(Bytes, [u8; 32])> {
        let made = self.0.get_or_try_init(async || {
            let drawn = sale.read(Sale::drawn).await?.ok_or(sale::Rejection::NoLobby)?;
            let json = tokio::task::spawn_blocking(move || serde_json::to_vec(&drawn.record())).await;
            let body: Bytes = json.map_err(|_| unwritable())?.map_err(|_| unwritable())?.into();
            let digest = Sha256::digest(&body).into();
            Ok::<_, ApiError>((body, digest))
        });
        made.await.cloned()
    }
}

fn unwritable() -> ApiError {
    ApiError::new("internal", "The answer could not be written.")
}
