//! The sandbox payment provider as a process of its own beside the server.

use std::process::Stdio;
use std::time::Duration;

use platform::Config;
use tokio::process::{Child, Command};

use crate::failure::Failure;
use crate::settings::SettingsArgs;

/// How long it may take to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// The running provider; killed with this process.
pub struct SandboxProcess {
    child: Child,
}

impl SandboxProcess {
    /// Starts the provider at the address of `payments.provider_url`, with the same settings as this process.
    ///
    /// # Errors
    /// The address is not one of this machine, or the process cannot be started.
    pub fn start(config: &Config, settings: &SettingsArgs) -> Result<Self, Failure> {
        let url = &config.payments.provider_url;
        let listen = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/')).unwrap_or_default();
        if listen.parse::<std::net::SocketAddr>().is_err() {
            return Err(Failure::new(format!(
                "The sandbox provider cannot listen on {url}; name an address and port."
            )));
        }
        let program =
            std::env::current_exe().map_err(|error| Failure::because("This program cannot be found.", error))?;
        let mut command = Command::new(program);
        command.args(["sandbox-provider", "--listen", listen]);
        if let Some(file) = &settings.config {
            command.arg("--config").arg(file);
        }
        for setting in &settings.set {
            command.arg("--set").arg(setting);
        }
        // A Ctrl-C goes to the whole group; the provider must outlive the server's last requests to it.
        command.process_group(0).stdin(Stdio::null()).kill_on_drop(true);
        let child =
            command.spawn().map_err(|error| Failure::because("The sandbox provider cannot be started.", error))?;
        Ok(Self { child })
    }

    /// Asks it to stop, and waits.
    pub async fn stop(mut self) {
        if let Some(id) = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
        if tokio::time::timeout(STOP_PATIENCE, self.child.wait()).await.is_err() {
            let _ = self.child.kill().await;
        }
    }
}
