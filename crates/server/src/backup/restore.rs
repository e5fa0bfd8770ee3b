//! Makes a data folder from a backup.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::manifest::{FileMark, Hasher, Manifest, changed};
use crate::data_folder::{DataFolder, FolderLock, LOCK, RESTORING, private_folder, sync_folder, write_private};
use crate::failure::Failure;

/// What may be in a folder that counts as empty.
const EMPTY: [&str; 2] = [LOCK, "lost+found"];

/// A folder into which everything was copied, and which no server uses before [`Restored::accept`].
#[must_use = "no server starts on the folder before it is accepted"]
pub struct Restored {
    /// The folder.
    pub folder: DataFolder,
    /// What is in it.
    pub manifest: Manifest,
    marker: PathBuf,
    _lock: FolderLock,
}

/// Checks the backup `from` and copies it into `folder`, which must be empty or not there yet.
///
/// # Errors
/// The backup is not whole, the folder is in use, or something cannot be copied; what was copied is removed then.
pub fn restore(from: &Path, folder: DataFolder) -> Result<Restored, Failure> {
    let manifest = Manifest::read(from)?;
    manifest.check(from)?;
    let root = folder.path().to_owned();
    let unwritten = |error: io::Error| Failure::because(format!("{} cannot be written.", root.display()), error);
    private_folder(&root).map_err(unwritten)?;
    let lock = folder.lock()?;
    for entry in fs::read_dir(&root).map_err(unwritten)? {
        let name = entry.map_err(unwritten)?.file_name();
        if !EMPTY.iter().any(|harmless| name == *harmless) {
            return Err(Failure::new(format!(
                "{} is not empty; a restore never overwrites. Name a new folder.",
                root.display()
            )));
        }
    }
    // From here on no server starts on the folder, even if this process ends before the copy does.
    let marker = root.join(RESTORING);
    let explanation = b"A backup is being restored here. The server starts once this file is gone.\n";
    write_private(&marker, explanation).map_err(unwritten)?;
    if let Err(failure) = copy_all(from, &root, &manifest) {
        remove_all(&root, &manifest);
        let _ = fs::remove_file(&marker);
        return Err(failure);
    }
    Ok(Restored { folder, manifest, marker, _lock: lock })
}

impl Restored {
    /// Lets servers use the folder.
    ///
    /// # Errors
    /// The marker cannot be removed.
    pub fn accept(self) -> Result<(), Failure> {
        let accepted = fs::remove_file(&self.marker).and_then(|()| sync_folder(self.folder.path()));
        accepted.map_err(|error| Failure::because(format!("{} cannot be removed.", self.marker.display()), error))
    }

    /// The file that keeps servers away.
    pub fn marker(&self) -> &Path {
        &self.marker
    }
}

fn copy_all(from: &Path, root: &Path, manifest: &Manifest) -> Result<(), Failure> {
    let mut folders = BTreeSet::from([root.to_owned()]);
    for file in &manifest.files {
        let target = root.join(&file.path);
        let failed = |error: io::Error| Failure::because(format!("{} cannot be written.", target.display()), error);
        if let Some(parent) = target.parent() {
            private_folder(parent).map_err(failed)?;
            folders.insert(parent.to_owned());
        }
        // Hashed once more on the way, since a file may change after it was checked.
        if copy_marked(&from.join(&file.path), &target).map_err(failed)? != (file.bytes, file.sha256.clone()) {
            return Err(changed(&from.join(&file.path)));
        }
    }
    folders
        .iter()
        .try_for_each(|folder| sync_folder(folder))
        .map_err(|error| Failure::because(format!("{} cannot be made durable.", root.display()), error))
}

/// Copies a file, for its owner only and durably; gives its length and SHA-256.
fn copy_marked(from: &Path, to: &Path) -> io::Result<(u64, String)> {
    let mut target = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    let mut source = Hasher::new(File::open(from)?);
    io::copy(&mut source, &mut target)?;
    target.sync_all()?;
    Ok(source.finish())
}

/// Removes what was copied; what cannot be removed is left, and the folder is not empty then.
fn remove_all(root: &Path, manifest: &Manifest) {
    for FileMark { path, .. } in &manifest.files {
        let path = root.join(path);
        let _ = fs::remove_file(&path);
        for parent in path.ancestors().skip(1).take_while(|parent| *parent != root) {
            let _ = fs::remove_dir(parent);
        }
    }
}
