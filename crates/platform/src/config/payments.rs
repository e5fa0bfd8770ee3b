//! Section `payments`: the payment provider.

use serde::Deserialize;

use super::kind::{Kind, Setting};
use super::secret::{self, Secret};

/// The payment provider. A secret that is `None` is for the server to make and keep in the data folder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentsConfig {
    /// Address of the provider's API.
    pub provider_url: String,
    /// What the server shows to the provider.
    #[serde(deserialize_with = "secret::optional")]
    pub api_key: Option<Secret>,
    /// What the provider signs its webhooks with.
    #[serde(deserialize_with = "secret::optional")]
    pub webhook_secret: Option<Secret>,
    /// An earlier webhook secret that is still accepted.
    #[serde(deserialize_with = "secret::optional")]
    pub webhook_secret_previous: Option<Secret>,
}

pub(super) const SETTINGS: &[Setting] = &[
    Setting { name: "payments.provider_url", kind: Kind::Url },
    Setting { name: "payments.api_key", kind: Kind::Secret },
    Setting { name: "payments.webhook_secret", kind: Kind::Secret },
    Setting { name: "payments.webhook_secret_previous", kind: Kind::Secret },
];

impl PaymentsConfig {
    /// The webhook secrets that are accepted, the newest first; empty if none is configured.
    pub fn webhook_secrets(&self) -> impl Iterator<Item = &Secret> {
        self.webhook_secret.iter().chain(&self.webhook_secret_previous)
    }
}
