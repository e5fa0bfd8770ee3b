//! The preloaded library that makes syncs fail or take long: compiled from `shim.c` when it is needed.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;

use crate::Failed;
use crate::stand::{How, text};

/// The source.
const SOURCE: &str = include_str!("shim.c");

/// The shim and its control.
#[derive(Debug)]
pub struct Shim {
    control: File,
    folder: std::path::PathBuf,
}

impl Shim {
    /// Compiles it into this folder, for files whose path has `part` in it.
    ///
    /// # Errors
    /// There is no C compiler.
    pub fn make(folder: &Path, part: &str, how: &mut How) -> Result<Self, Failed> {
        std::fs::create_dir_all(folder)?;
        let (source, library, control) = (folder.join("shim.c"), folder.join("shim.so"), folder.join("control"));
        std::fs::write(&source, SOURCE)?;
        std::fs::write(&control, [0; 24])?;
        let output = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&library)
            .arg(&source)
            .args(["-ldl", "-lpthread"])
            .output()?;
        if !output.status.success() {
            return Err(Failed(format!("the shim cannot be compiled: {}", text(&output.stderr))));
        }
        how.env.push(("LD_PRELOAD".into(), library.display().to_string()));
        how.env.push(("SHIM_CONTROL".into(), control.display().to_string()));
        how.env.push(("SHIM_PATH".into(), part.into()));
        let control = File::options().read(true).write(true).open(control)?;
        Ok(Self { control, folder: folder.to_owned() })
    }

    /// The Nth sync from now fails.
    ///
    /// # Errors
    /// The control cannot be written.
    pub fn fail_in(&self, syncs: u32) -> Result<(), Failed> {
        Ok(self.control.write_all_at(&syncs.to_le_bytes(), 0)?)
    }

    /// Every sync takes so much longer from now on.
    ///
    /// # Errors
    /// The control cannot be written.
    pub fn slow_by(&self, ms: u32) -> Result<(), Failed> {
        Ok(self.control.write_all_at(&ms.to_le_bytes(), 4)?)
    }

    /// A sync that fails also loses what was written since the one before, or leaves it in the kernel's memory.
    ///
    /// # Errors
    /// The control cannot be written.
    pub fn lose(&self, lose: bool) -> Result<(), Failed> {
        Ok(self.control.write_all_at(&u32::from(lose).to_le_bytes(), 16)?)
    }

    /// Writes that were lost so.
    ///
    /// # Errors
    /// The control cannot be read.
    pub fn lost(&self) -> Result<u32, Failed> {
        let mut bytes = [0; 4];
        self.control.read_exact_at(&mut bytes, 20)?;
        Ok(u32::from_le_bytes(bytes))
    }

    /// Syncs seen, and syncs failed.
    ///
    /// # Errors
    /// The control cannot be read.
    pub fn counts(&self) -> Result<(u32, u32), Failed> {
        let mut bytes = [0; 8];
        self.control.read_exact_at(&mut bytes, 8)?;
        let number = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        Ok((number(0), number(4)))
    }
}

impl Drop for Shim {
    fn drop(&mut self) {
        // Left behind at worst.
        let _left_behind = std::fs::remove_dir_all(&self.folder);
    }
}
