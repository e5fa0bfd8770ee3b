//! `cargo xtask needs`: finds what tests and benchmarks use beside Rust, and installs what is missing.
//!
//! On Debian as root it is installed with apt-get, npm packages go to the user's cache folder. Where neither can
//! be done the command that asked stops with a sentence saying what to install.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{Outcome, programs, workspace};

/// A program from outside and the Debian package that has it.
pub struct Need {
    /// What it is asked for by.
    name: &'static str,
    /// Names of the program; the first found is taken.
    programs: &'static [&'static str],
    /// Where it may be beside PATH; a `*` stands for one folder, the greatest number first.
    folders: &'static [&'static str],
    package: &'static str,
}

/// A browser that can be driven.
pub const CHROMIUM: Need = Need {
    name: "chromium",
    programs: &["chromium", "chromium-browser", "google-chrome"],
    folders: &[],
    package: "chromium",
};
/// The JavaScript runtime with its test runner.
pub const NODE: Need = Need { name: "node", programs: &["node"], folders: &[], package: "nodejs" };
/// The JavaScript package client.
pub const NPM: Need = Need { name: "npm", programs: &["npm"], folders: &[], package: "npm" };
/// The PostgreSQL server: its `initdb`, with the other programs beside it.
pub const POSTGRESQL: Need =
    Need { name: "postgresql", programs: &["initdb"], folders: &["/usr/lib/postgresql/*/bin"], package: "postgresql" };
/// The store beside which the line is read.
pub const REDIS: Need = Need { name: "redis", programs: &["redis-server"], folders: &[], package: "redis-server" };
/// The web server that nchan is part of.
pub const NGINX: Need = Need { name: "nginx", programs: &["nginx"], folders: &["/usr/sbin"], package: "nginx" };
/// The module for nginx that holds very many WebSockets.
pub const NCHAN: Need = Need {
    name: "nchan",
    programs: &["ngx_nchan_module.so"],
    folders: &["/usr/lib/nginx/modules"],
    package: "libnginx-mod-nchan",
};
/// What makes a process believe that the clock jumps.
pub const FAKETIME: Need = Need {
    name: "faketime",
    programs: &["libfaketime.so.1"],
    folders: &["/usr/lib/*/faketime", "/usr/lib64/faketime"],
    package: "libfaketime",
};
/// What loses packets of one port.
pub const NFTABLES: Need =
    Need { name: "nftables", programs: &["nft"], folders: &["/usr/sbin", "/sbin"], package: "nftables" };

const ALL: &[Need] = &[NODE, NPM, CHROMIUM, POSTGRESQL, REDIS, NGINX, NCHAN, FAKETIME, NFTABLES];

/// Without names lists everything; with names finds or installs it.
pub fn run(names: &[String]) -> Outcome {
    let named = |name: &String| ALL.iter().find(|need| need.name == name).ok_or_else(|| unknown(name));
    for need in names.iter().map(named).collect::<Outcome<Vec<_>>>()? {
        println!("{:<12}{}", need.name, need.ensure()?.display());
    }
    for need in ALL.iter().filter(|_| names.is_empty()) {
        let place =
            need.find().map_or_else(|| format!("missing ({})", need.advice()), |path| path.display().to_string());
        println!("{:<12}{place}", need.name);
    }
    Ok(())
}

fn unknown(name: &str) -> String {
    let known: Vec<&str> = ALL.iter().map(|need| need.name).collect();
    format!("nothing is known about `{name}`; known are {}.", known.join(", "))
}

impl Need {
    /// Where the program is; installed first if it is missing and that can be done.
    pub fn ensure(&self) -> Outcome<PathBuf> {
        if let Some(found) = self.find() {
            return Ok(found);
        }
        if !is_root() || find_in(&path_folders(), &["apt-get"]).is_none() {
            return Err(format!("{} is missing: {}.", self.name, self.advice()));
        }
        install(self.package).map_err(|why| {
            format!("{} is missing and was not installed: {why}\nYourself: {}.", self.name, self.advice())
        })?;
        self.find().ok_or_else(|| format!("{} is still missing after installing {}.", self.name, self.package))
    }

    fn find(&self) -> Option<PathBuf> {
        let mut folders = path_folders();
        folders.extend(self.folders.iter().flat_map(|pattern| expanded(pattern)));
        find_in(&folders, self.programs)
    }

    fn advice(&self) -> String {
        format!("install it (Debian and Ubuntu: `sudo apt-get install {}`) or put it on PATH", self.package)
    }
}

fn path_folders() -> Vec<PathBuf> {
    env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default()
}

fn find_in(folders: &[PathBuf], names: &[&str]) -> Option<PathBuf> {
    names.iter().find_map(|name| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file()))
}

/// The folders that a pattern with one `*` stands for, the greatest number first.
fn expanded(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once("/*/") else { return vec![PathBuf::from(pattern)] };
    let entries = fs::read_dir(before).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.parse::<u32>().unwrap_or(0)));
    names.iter().map(|name| Path::new(before).join(name).join(after)).collect()
}

fn is_root() -> bool {
    programs::read(programs::program("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

fn install(package: &str) -> Outcome {
    let apt = || {
        let mut command = programs::program("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").arg("--quiet");
        command
    };
    // A fresh machine has no package lists, or old ones that point at files which are gone.
    programs::run(apt().arg("update"))?;
    programs::run(apt().args(["install", "--yes", "--no-install-recommends", package]))
}

/// Installs the npm packages of a folder as its lock file says, into the cache, and links them as `node_modules`.
pub fn npm_packages(folder: &str) -> Outcome {
    let npm = NPM.ensure()?;
    let here = workspace::root().join(folder);
    let lock = workspace::text(&format!("{folder}/package-lock.json"))
        .map_err(|why| format!("{why} Run `npm install --package-lock-only` in {folder} and commit the file."))?;
    let cached = workspace::cache()?.join("npm").join(format!("{folder}-{:016x}", fingerprint(&lock)));
    if !cached.join("complete").is_file() {
        let failed = |error: std::io::Error| format!("cannot prepare {}: {error}.", cached.display());
        fs::create_dir_all(&cached).map_err(failed)?;
        for file in ["package.json", "package-lock.json"] {
            fs::copy(here.join(file), cached.join(file)).map_err(failed)?;
        }
        programs::run(programs::program(npm).current_dir(&cached).args(["ci", "--no-audit", "--no-fund"]))?;
        fs::write(cached.join("complete"), "").map_err(failed)?;
    }
    link(&cached.join("node_modules"), &here.join("node_modules"))
}

/// Names a content (FNV-1a); a collision would need two contents of one project made for it.
pub fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(unix)]
fn link(target: &Path, at: &Path) -> Outcome {
    if fs::read_link(at).is_ok_and(|old| old == target) {
        return Ok(());
    }
    if at.is_symlink() {
        fs::remove_file(at).map_err(|error| format!("cannot replace {}: {error}.", at.display()))?;
    }
    std::os::unix::fs::symlink(target, at).map_err(|error| {
        format!("cannot link {} to the cached packages: {error}. Remove it if you do not need it.", at.display())
    })
}

#[cfg(not(unix))]
fn link(_target: &Path, at: &Path) -> Outcome {
    Err(format!("{} has to be installed by hand on this system: run `npm ci` there.", at.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: Need =
        Need { name: "nowhere", programs: &["no-such-program-here"], folders: &[], package: "no-such" };

    #[test]
    fn a_program_on_the_path_is_found() {
        let shell = Need { name: "shell", programs: &["no-such-program-here", "sh"], folders: &[], package: "dash" };
        assert!(shell.find().is_some_and(|path| path.ends_with("sh")));
        assert_eq!(NOWHERE.find(), None);
    }

    #[test]
    fn what_is_missing_is_told_with_what_to_install() {
        assert!(NOWHERE.advice().contains("apt-get install no-such"));
        assert!(unknown("kafka").contains("chromium"));
    }

    #[test]
    fn lock_files_with_other_content_have_other_folders() {
        assert_eq!(fingerprint(""), 0xcbf2_9ce4_8422_2325);
        assert_ne!(fingerprint("{\"a\": 1}"), fingerprint("{\"a\": 2}"));
    }
}
