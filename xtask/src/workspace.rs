//! Where the repository is, what files it has, and where things may be cached.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Outcome, programs};

/// The repository's root.
///
/// Read at run time: clones that share a target directory also share the compiled `xtask`.
pub fn root() -> PathBuf {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let folder = manifest.as_deref().and_then(Path::parent).map(Path::to_owned);
    folder.or_else(|| env::current_dir().ok()).unwrap_or_else(|| PathBuf::from("."))
}

/// The user's cache folder for this project; made if it is not there.
pub fn cache() -> Outcome<PathBuf> {
    let base = env::var_os("XDG_CACHE_HOME")
        .filter(|folder| !folder.is_empty())
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
        .ok_or("neither XDG_CACHE_HOME nor HOME is set, so there is no folder to cache in.")?;
    let folder = base.join("onsale");
    fs::create_dir_all(&folder).map_err(|error| format!("cannot create {}: {error}.", folder.display()))?;
    Ok(folder)
}

/// Every file of the repository that git tracks or would track, as paths from the root with `/`, sorted.
pub fn files() -> Outcome<Vec<String>> {
    let mut command = programs::program("git");
    command.args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]);
    let mut files: Vec<String> = programs::read(&mut command)?
        .split('\0')
        .filter(|path| !path.is_empty() && root().join(path).is_file())
        .map(str::to_owned)
        .collect();
    files.sort();
    files.dedup();
    Ok(files)
}

/// The text of a file of the repository.
pub fn text(path: &str) -> Outcome<String> {
    fs::read_to_string(root().join(path)).map_err(|error| format!("cannot read {path}: {error}."))
}
