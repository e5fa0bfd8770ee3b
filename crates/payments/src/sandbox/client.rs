//! For whoever directs a sandbox (behaviour), buys at it without a browser (pay) or checks it (ledger).

use reqwest::{Client, StatusCode, header};

use super::audit::{LedgerEntry, LedgerPage};
use super::behaviour::Behaviour;
use crate::secret::Secret;

/// The card that pays.
pub const GOOD_CARD: &str = "4242424242424242";
/// The card that is declined.
pub const DECLINED_CARD: &str = "4000000000000002";

/// Why a sandbox did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum SandboxClientError {
    /// No answer, or one that does not read.
    #[error("The sandbox payment provider did not answer.")]
    Http(#[from] reqwest::Error),
    /// It answered something else.
    #[error("The sandbox payment provider answered {status}: {body}")]
    Refused {
        /// Its status.
        status: u16,
        /// What it said.
        body: String,
    },
}

/// A client of a sandbox beside its payment API.
#[derive(Debug, Clone)]
pub struct SandboxClient {
    client: Client,
    base_url: String,
    api_key: Secret,
}

impl SandboxClient {
    /// A client of the sandbox at this address (without a path).
    ///
    /// # Errors
    /// If the HTTP client cannot be built.
    pub fn new(base_url: impl Into<String>, api_key: Secret) -> Result<Self, SandboxClientError> {
        let client =
            Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().tcp_nodelay(true).build()?;
        Ok(Self { client, base_url: base_url.into().trim_end_matches('/').to_owned(), api_key })
    }

    /// Tells the sandbox how to misbehave from now on.
    ///
    /// # Errors
    /// If a member is out of range or the sandbox does not answer.
    pub async fn set_behaviour(&self, behaviour: &Behaviour) -> Result<(), SandboxClientError> {
        let url = format!("{}/v1/behaviour", self.base_url);
        let request = self.client.put(url).bearer_auth(self.api_key.expose()).json(behaviour);
        succeeded(request.send().await?).await.map(drop)
    }

    /// The whole ledger, in the order in which payments were opened.
    ///
    /// # Errors
    /// If the sandbox does not answer.
    pub async fn ledger(&self) -> Result<Vec<LedgerEntry>, SandboxClientError> {
        let mut entries = Vec::new();
        let mut after = Some(0);
        while let Some(cursor) = after {
            let url = format!("{}/v1/ledger?after={cursor}", self.base_url);
            let response = self.client.get(url).bearer_auth(self.api_key.expose()).send().await?;
            let page: LedgerPage = succeeded(response).await?.json().await?;
            entries.extend(page.payments);
            after = page.next;
        }
        Ok(entries)
    }

    /// Submits a payment page as a buyer's browser would; the answer is the page's status: 303 when the payment is
    /// complete, 402 when the card was declined, 409 when it was cancelled, 410 when its time is over.
    ///
    /// # Errors
    /// If there was no answer; whether the card was charged is then unknown.
    pub async fn pay(&self, page_url: &str, card: &str) -> Result<StatusCode, SandboxClientError> {
        self.submit(page_url, format!("card={card}")).await
    }

    /// Presses the page's cancel button: 303 whatever the payment has become.
    ///
    /// # Errors
    /// If there was no answer.
    pub async fn give_up(&self, page_url: &str) -> Result<StatusCode, SandboxClientError> {
        self.submit(page_url, "action=cancel".to_owned()).await
    }

    async fn submit(&self, page_url: &str, form: String) -> Result<StatusCode, SandboxClientError> {
        let request = self.client.post(page_url).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        let response = request.body(form).send().await?;
        let status = response.status();
        // Read to the end, so that the connection can be used again.
        response.bytes().await?;
        Ok(status)
    }
}

async fn succeeded(response: reqwest::Response) -> Result<reqwest::Response, SandboxClientError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    Err(SandboxClientError::Refused { status: status.as_u16(), body: response.text().await? })
}
