//! `onsale sandbox-provider`: a payment provider of our own, in a process of its own, that takes no real money.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use payments::Secret;
use payments::sandbox::{self, Behaviour, SandboxOptions};
use platform::{Config, Shutdown};

use crate::data_folder::{DataFolder, private_folder};
use crate::failure::Failure;

/// How the provider runs. Its API key and webhook secret are those of the settings (section `payments`), else those of
/// the data folder, so that a server on the same folder knows them.
#[derive(Debug, clap::Args)]
pub struct SandboxProviderArgs {
    /// Address and port to listen on.
    #[arg(long, default_value = "127.0.0.1:8090")]
    pub listen: SocketAddr,
    /// Folder of its ledger; by default `sandbox` in the data folder.
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
    /// Where webhooks go; by default to the server of the settings.
    #[arg(long, value_name = "URL")]
    pub webhook_url: Option<String>,
    /// Address buyers reach the payment pages under; by default the one it listens on.
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
    /// What goes wrong, as JSON: {"slow_ms":200,"fail":0.01,"webhook_duplicate":1,…}.
    #[arg(long, value_name = "JSON", value_parser = behaviour)]
    pub behaviour: Option<Behaviour>,
    /// Decides what goes wrong when.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

fn behaviour(json: &str) -> Result<Behaviour, String> {
    let behaviour: Behaviour = serde_json::from_str(json).map_err(|error| error.to_string())?;
    behaviour.problem().map_or(Ok(behaviour), Err)
}

/// Runs the provider until SIGINT or SIGTERM.
///
/// # Errors
/// It cannot start, or its ledger fails.
pub async fn run(arguments: SandboxProviderArgs, config: Config) -> Result<ExitCode, Failure> {
    platform::telemetry::start_log(&config.log)?;
    let folder = DataFolder::of(&config);
    let secrets = folder.payment_secrets(&config.payments)?;
    let ledger_folder = arguments.data.unwrap_or_else(|| folder.sandbox());
    private_folder(&ledger_folder)
        .map_err(|error| Failure::because(format!("{} cannot be used.", ledger_folder.display()), error))?;
    let options = SandboxOptions {
        listen: arguments.listen,
        ledger_path: ledger_folder.join("ledger.db"),
        webhook_url: Some(arguments.webhook_url.unwrap_or_else(|| webhook_of(config.server.listen))),
        webhook_secret: Secret::new(secrets.webhook_secret.expose()),
        api_key: Secret::new(secrets.api_key.expose()),
        public_url: arguments.public_url,
        seed: arguments.seed,
        behaviour: arguments.behaviour.unwrap_or_default(),
    };
    let shutdown = Shutdown::new();
    shutdown.on_signals().map_err(|error| Failure::because("Signals cannot be received.", error))?;
    let stopped = async move { drop(shutdown.wait().await) };
    sandbox::run(options, stopped).await?;
    Ok(ExitCode::SUCCESS)
}

/// Where a server that listens there takes webhooks, asked from this machine.
fn webhook_of(mut listen: SocketAddr) -> String {
    if listen.ip().is_unspecified() {
        listen.set_ip(match listen {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        });
    }
    format!("http://{listen}/v1/payments/webhook")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn webhooks_go_to_an_address_that_can_be_called() {
        let url = |listen: &str| listen.parse().map(webhook_of);
        assert_eq!(url("0.0.0.0:80").as_deref(), Ok("http://127.0.0.1:80/v1/payments/webhook"));
        assert_eq!(url("[::]:80").as_deref(), Ok("http://[::1]:80/v1/payments/webhook"));
    }

    #[test]
    fn a_misbehaviour_that_does_not_exist_is_refused() {
        assert!(behaviour(r#"{"fail":0.5}"#).is_ok());
        assert!(behaviour(r#"{"fial":0.5}"#).is_err());
        assert!(behaviour(r#"{"fail":1.5}"#).is_err());
    }
}
