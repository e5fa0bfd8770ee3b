//! Packets that are lost in the kernel: nothing in between notices, and no connection ends for it.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::Failed;
use crate::stand::text;

/// Loses packets of one port of this machine until it is dropped. Every other port is left alone.
pub struct PacketLoss {
    table: String,
    port: u16,
}

impl PacketLoss {
    /// Loses none yet.
    ///
    /// # Errors
    /// There is no program `nft` (Debian: nftables), or it may not be used here.
    pub fn of(port: u16) -> Result<Self, Failed> {
        let table = format!("onsale_judge_{}_{port}", std::process::id());
        nft(&format!(
            "table inet {table} {{\n counter lost {{ }}\n chain arriving {{\n type filter hook input priority 0\n }}\n}}\n"
        ))?;
        Ok(Self { table, port })
    }

    /// From now on so many of a hundred packets to the port, and from it, are lost.
    ///
    /// # Errors
    /// The rules cannot be changed.
    pub fn lose(&self, (to_percent, from_percent): (u32, u32)) -> Result<(), Failed> {
        let Self { table, port } = self;
        let mut rules = format!("flush chain inet {table} arriving\n");
        for (side, percent) in [("dport", to_percent), ("sport", from_percent)] {
            let some = match percent {
                0 => continue,
                1..100 => format!("numgen random mod 100 < {percent}"),
                _ => String::new(),
            };
            rules += &format!("add rule inet {table} arriving tcp {side} {port} {some} counter name lost drop\n");
        }
        nft(&rules)
    }

    /// Packets lost so far.
    ///
    /// # Errors
    /// It is not told.
    pub fn lost(&self) -> Result<u64, Failed> {
        let output = Command::new("nft").args(["list", "counter", "inet", &self.table, "lost"]).output()?;
        let told = text(&output.stdout);
        let count = told.split_whitespace().skip_while(|word| *word != "packets").nth(1);
        count
            .and_then(|count| count.parse().ok())
            .ok_or_else(|| Failed(format!("nft does not say what was lost: {told}")))
    }
}

impl Drop for PacketLoss {
    fn drop(&mut self) {
        // It has nothing to say to anybody if this fails: the port is nobody's any more.
        let _left_behind = nft(&format!("delete table inet {}\n", self.table));
    }
}

fn nft(rules: &str) -> Result<(), Failed> {
    let started = Command::new("nft").args(["-f", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = started.map_err(|error| Failed(format!("nft (Debian: nftables) cannot be started: {error}")))?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(rules.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    if output.status.success() { Ok(()) } else { Err(Failed(format!("nft refuses: {}", text(&output.stderr)))) }
}
