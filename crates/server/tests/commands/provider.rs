//! The sandbox payment provider as a process.

use std::process::Command;

use crate::folder::Folder;

#[test]
fn the_provider_listens_and_stops_when_asked_to() {
    let folder = Folder::new();
    let arguments = ["sandbox-provider", "--listen", "127.0.0.1:0", "--behaviour", r#"{"slow_ms":1}"#];
    let mut provider = folder.start(&arguments, "listens on 127.0.0.1:");
    assert!(folder.data().join("sandbox/ledger.db").is_file());
    for name in ["api_key", "webhook_secret"] {
        assert_eq!(std::fs::read_to_string(folder.data().join("secrets").join(name)).unwrap().trim().len(), 64);
    }
    let id = provider.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(provider.0.wait().unwrap().success());
}

#[test]
fn an_impossible_misbehaviour_is_not_understood() {
    let folder = Folder::new();
    let answered = folder.run(&["sandbox-provider", "--behaviour", r#"{"fail":2}"#]);
    assert_eq!(answered.code, Some(2));
    assert!(answered.err.contains("probability"), "{}", answered.err);
}
