//! `cargo xtask layers`: proves the workspace's shape with cargo's own dependency data.

use crate::{Outcome, metadata, metadata::Package, no_arguments, programs};

/// Which crates of this workspace a crate may use. Reading order: the vocabulary, the heart, the edge, the proof.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("sabotage", &[]),
    ("sale", &["domain", "sabotage"]),
    ("journal", &["domain", "sabotage"]),
    ("engine", &["domain", "sale", "journal", "sabotage"]),
    ("payments", &["domain", "sale", "engine", "sabotage"]),
    ("tickets", &["domain"]),
    ("ticket_pdf", &["domain", "tickets"]),
    ("database", &[]),
    ("leases", &["domain", "test_support"]),
    ("accounts", &["domain", "database", "sabotage"]),
    ("catalog", &["domain", "database", "sabotage"]),
    ("pace", &["domain"]),
    ("guard", &["domain"]),
    ("crowd", &[]),
    ("platform", &["domain"]),
    ("link", &["domain", "sale", "engine", "sabotage"]),
    (
        "gateway",
        &[
            "domain",
            "sale",
            "engine",
            "payments",
            "tickets",
            "ticket_pdf",
            "accounts",
            "catalog",
            "guard",
            "pace",
            "platform",
            "leases",
            "link",
            "crowd",
            "sabotage",
        ],
    ),
    ("simulator", &["domain", "sale", "journal", "engine", "payments"]),
    ("model", &["domain", "sale", "payments"]),
    (
        "hostile",
        &[
            "domain", "sale", "engine", "payments", "tickets", "catalog", "guard", "platform", "link", "gateway",
            "crowd",
        ],
    ),
    ("load", &["domain", "sale", "engine", "journal", "test_support"]),
    ("test_support", &["database"]),
    ("judge", &["test_support"]),
    (
        "server",
        &[
            "domain", "sale", "journal", "engine", "payments", "tickets", "database", "accounts", "catalog", "guard",
            "pace", "platform", "leases", "link", "gateway", "load", "sabotage",
        ],
    ),
    ("xtask", &[]),
];

/// Outside crates that only some of ours may use directly, and why.
const ONLY: &[(&str, &[&str], &str)] = &[
    (
        "rusqlite",
        &["journal", "payments", "server", "load"],
        "the journal alone writes a sale; payments has the sandbox provider's ledger, server backs up and verifies, \
         load counts what was sold",
    ),
    (
        "sqlx",
        &["database", "accounts", "catalog", "journal", "leases", "server", "test_support"],
        "relational tables belong to the contexts that are not contended; the journal has its versions of tables with it",
    ),
    ("krilla", &["ticket_pdf"], "the form of a file that only it writes"),
    ("xtask", &[], "nothing depends on the build's own tools"),
];

/// The crates that perform no I/O, read no clock and draw no randomness.
const PURE: &[&str] = &["domain", "sale"];

/// What a pure crate may not even have beneath it.
#[rustfmt::skip]
const IMPURE: &[&str] = &[
    "axum", "chrono", "crossbeam-channel", "fastrand", "getrandom", "hyper", "jiff", "libsqlite3-sys", "metrics",
    "rand", "rand_chacha", "redis", "reqwest", "rusqlite", "socket2", "sqlx", "sqlx-core", "tempfile", "time", "tokio",
    "tracing",
];

/// Checks, and says what was proved.
pub fn run(arguments: &[String]) -> Outcome {
    no_arguments(arguments)?;
    check()
}

/// Fails with every rule that is broken.
pub fn check() -> Outcome {
    let packages = metadata::workspace()?;
    let mut broken = broken(&packages);
    for name in PURE {
        broken.extend(impurities(name, &beneath(name)?));
    }
    match broken.as_slice() {
        [] => println!("layers: {} crates keep their rules; {} are pure", packages.len(), PURE.join(" and ")),
        _ => return Err(format!("{}\nThe rules stand in xtask/src/layers.rs.", broken.join("\n"))),
    }
    Ok(())
}

/// The rules on direct dependencies that these packages break.
fn broken(packages: &[Package]) -> Vec<String> {
    let mut broken = Vec::new();
    for Package { name, uses, .. } in packages {
        let Some((_, may)) = MAY_USE.iter().find(|(crate_name, _)| crate_name == name) else {
            broken.push(format!("{name} has no rule saying which crates it may use."));
            continue;
        };
        let ours = uses.iter().filter(|used| packages.iter().any(|package| &package.name == *used));
        let not_ours_to_use = ours.filter(|used| !may.contains(&used.as_str()));
        broken.extend(not_ours_to_use.map(|used| format!("{name} uses {used}; it may use only [{}].", may.join(", "))));
        for (outside, only, why) in ONLY {
            if uses.iter().any(|used| used == outside) && !only.contains(&name.as_str()) {
                broken.push(format!("{name} uses {outside}; only [{}] may: {why}.", only.join(", ")));
            }
        }
    }
    broken
}

/// Every package that this one links, itself left out.
fn beneath(name: &str) -> Outcome<Vec<String>> {
    let mut command = programs::cargo();
    command.args(["tree", "--locked", "--package", name, "--edges", "normal", "--prefix", "none", "--format", "{p}"]);
    let tree = programs::read(&mut command)?;
    let names = tree.lines().filter_map(|line| line.split(' ').next());
    Ok(names.filter(|found| *found != name).map(str::to_owned).collect())
}

fn impurities(name: &str, beneath: &[String]) -> Vec<String> {
    let linked = IMPURE.iter().filter(|impure| beneath.iter().any(|found| found == *impure));
    let sentence = |impure| {
        format!(
            "{name} is pure (no I/O, no clock, no randomness) but links {impure}; \
             `cargo tree -p {name} -e normal -i {impure}` shows through what."
        )
    };
    linked.map(sentence).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, uses: &[&str]) -> Package {
        let uses = uses.iter().map(|name| (*name).to_owned()).collect();
        Package { name: name.to_owned(), version: "0.1.0".to_owned(), licence: None, uses }
    }

    #[test]
    fn the_edge_may_not_reach_the_journal() {
        let packages =
            [package("domain", &[]), package("journal", &["domain", "rusqlite"]), package("gateway", &["journal"])];
        let broken = broken(&packages);
        assert_eq!(broken.len(), 1);
        assert!(broken[0].starts_with("gateway uses journal;"), "{broken:?}");
    }

    #[test]
    fn a_database_belongs_to_those_who_are_named() {
        let broken = broken(&[package("tickets", &["rusqlite"])]);
        assert!(broken.len() == 1 && broken[0].starts_with("tickets uses rusqlite;"), "{broken:?}");
    }

    #[test]
    fn a_new_crate_needs_a_rule() {
        assert_eq!(broken(&[package("chat", &[])]), ["chat has no rule saying which crates it may use."]);
    }

    #[test]
    fn a_pure_crate_that_links_a_runtime_is_named() {
        let beneath = ["serde".to_owned(), "tokio".to_owned()];
        let found = impurities("sale", &beneath);
        assert!(found.len() == 1 && found[0].contains("links tokio"), "{found:?}");
    }
}
