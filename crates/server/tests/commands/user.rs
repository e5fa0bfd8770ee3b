//! Accounts made from the command line.

use accounts::AccountStore;
use domain::Role;

use crate::folder::{Folder, wait};

#[test]
fn the_first_operator_is_made_with_a_password_from_standard_input() {
    let folder = Folder::new();
    let add = ["user", "add", "--email", "Op@Example.com", "--role", "operator"];
    let refused = folder.run_with_input(&add, "short\n").refused();
    assert!(refused.contains("at least"), "{refused}");
    assert!(folder.run(&add).refused().contains("standard input"));
    let made = folder.run_with_input(&add, "plover xyzzy grue\n").ok();
    assert!(made.starts_with("acct_") && made.ends_with("op@example.com\n"), "{made}");
    assert!(folder.run_with_input(&add, "plover xyzzy grue\n").refused().contains("already an account"));

    // A second operator, and a fan.
    folder.run_with_input(&["user", "add", "--email", "b@example.com", "--role", "operator"], "plover xyzzy b\n").ok();
    folder.run_with_input(&["user", "add", "--email", "c@example.com"], "plover xyzzy c\n").ok();
    let roles = wait(async {
        let store = AccountStore::open(&database::Place::File(folder.data().join("accounts.db"))).await.unwrap();
        let mut roles = Vec::new();
        for email in ["op@example.com", "b@example.com", "c@example.com"] {
            roles.push(store.find_by_email(email).await.unwrap().unwrap().role);
        }
        roles
    });
    assert_eq!(roles, [Role::Operator, Role::Operator, Role::Fan]);
}

#[test]
fn an_organiser_must_exist() {
    let folder = Folder::new();
    let add = ["user", "add", "--email", "o@example.com", "--role", "organiser"];
    assert_eq!(folder.run(&add).code, Some(2), "without --organiser");
    let with = [add.as_slice(), &["--organiser", "org_7"]].concat();
    folder.run_with_input(&with, "plover xyzzy grue\n").refused();
    let id = wait(async {
        let catalog =
            catalog::CatalogStore::open(&database::Place::File(folder.data().join("catalog.db"))).await.unwrap();
        catalog.create_organiser("Stadthalle").await.unwrap()
    });
    let id = id.to_string();
    let with = [add.as_slice(), &["--organiser", &id]].concat();
    folder.run_with_input(&with, "plover xyzzy grue\n").ok();
}

#[test]
fn a_setup_link_is_given_until_there_is_an_operator() {
    let folder = Folder::new();
    let link = ["user", "setup-link", "--set", "server.public_url=https://tickets.example"];
    let first = folder.run(&link).ok();
    assert!(first.contains(" https://tickets.example/v1/setup ") && first.contains("\"token\":\""), "{first}");
    assert_ne!(folder.run(&link).ok(), first, "each link has a token of its own");
    let add = ["user", "add", "--email", "op@example.com", "--role", "operator"];
    folder.run_with_input(&add, "plover xyzzy grue\n").ok();
    assert!(folder.run(&link).refused().contains("operator already"));
}
