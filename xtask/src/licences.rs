//! `cargo xtask licences`: every package of the lock file is under a licence that `deny.toml` allows.

use crate::{Outcome, metadata, no_arguments, spdx, workspace};

/// Checks, and says how many packages were read.
pub fn run(arguments: &[String]) -> Outcome {
    no_arguments(arguments)?;
    check()
}

/// Fails when a package's licence is not allowed, missing or unreadable.
pub fn check() -> Outcome {
    let allowed = allowed(&workspace::text("deny.toml")?)?;
    let packages = metadata::everything()?;
    let wrong: Vec<String> = packages.iter().filter_map(|package| objection(package, &allowed)).collect();
    match wrong.as_slice() {
        [] => println!("licences: {} packages, all under allowed licences", packages.len()),
        _ => return Err(format!("{}\nAllowed licences are listed in deny.toml.", wrong.join("\n"))),
    }
    Ok(())
}

fn objection(package: &metadata::Package, allowed: &[String]) -> Option<String> {
    let metadata::Package { name, version, licence, .. } = package;
    let Some(licence) = licence else {
        return Some(format!("{name} {version} states no licence."));
    };
    match spdx::is_allowed(licence, allowed) {
        Some(true) => None,
        Some(false) => Some(format!("{name} {version} is under `{licence}`, which is not allowed.")),
        None => Some(format!("{name} {version} has a licence expression that cannot be read: `{licence}`.")),
    }
}

/// The strings of `allow = [ … ]` in the section `[licenses]`.
fn allowed(deny: &str) -> Outcome<Vec<String>> {
    let section = deny.split("\n[licenses]").nth(1).and_then(|rest| rest.split("\n[").next());
    let list = section.and_then(|section| section.split("\nallow = [").nth(1)?.split("\n]").next());
    let names = list.into_iter().flat_map(str::lines).filter_map(|line| line.split('"').nth(1));
    let names: Vec<String> = names.map(str::to_owned).collect();
    if names.is_empty() {
        return Err("deny.toml has no list of allowed licences (`allow = [` under [licenses]).".to_owned());
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_read_from_its_section_alone() {
        let deny =
            "[bans]\nallow = [\n  \"x\",\n]\n\n[licenses]\nallow = [\n  \"MIT\",\n  # why\n  \"ISC\",\n]\n[sources]\n";
        assert_eq!(allowed(deny), Ok(vec!["MIT".to_owned(), "ISC".to_owned()]));
        assert!(allowed("[licenses]\n").is_err());
    }

    #[test]
    fn a_package_without_an_allowed_licence_is_named() {
        let package = |licence: Option<&str>| metadata::Package {
            name: "x".to_owned(),
            version: "1.0.0".to_owned(),
            licence: licence.map(str::to_owned),
            uses: Vec::new(),
        };
        let allowed = ["MIT".to_owned()];
        assert_eq!(objection(&package(Some("MIT")), &allowed), None);
        for licence in [None, Some("GPL-3.0-only"), Some("MIT OR")] {
            assert!(objection(&package(licence), &allowed).is_some_and(|why| why.starts_with("x 1.0.0 ")));
        }
    }
}
