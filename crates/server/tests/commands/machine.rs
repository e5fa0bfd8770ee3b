//! Settings, the doctor, and help.

use std::net::TcpListener;

use crate::folder::Folder;

#[test]
fn an_unknown_setting_is_refused_with_the_nearest_one() {
    let folder = Folder::new();
    let refused = folder.run(&["config", "check", "--set", "server.lisen=127.0.0.1:1"]).refused();
    assert!(refused.contains("server.lisen") && refused.contains("`server.listen`"), "{refused}");
    std::fs::write(folder.beside("own.toml"), "[storage]\ndata_foldr = \"x\"\n").unwrap();
    let refused = folder.run(&["--config", "own.toml", "config", "check"]).refused();
    assert!(refused.contains("own.toml") && refused.contains("`storage.data_folder`"), "{refused}");
}

#[test]
fn the_default_file_is_accepted_and_secrets_are_not_shown() {
    let folder = Folder::new();
    let defaults = folder.run(&["config", "default"]).ok();
    std::fs::write(folder.beside("onsale.toml"), defaults).unwrap();
    let mut check = folder.command(&["config", "check"]);
    let shown =
        String::from_utf8(check.env("ONSALE_PAYMENTS__API_KEY", "swordfish-and-more-fish").output().unwrap().stdout)
            .unwrap();
    assert!(shown.contains("[server]") && shown.contains("ONSALE_PAYMENTS__API_KEY"), "{shown}");
    assert!(!shown.contains("swordfish"), "{shown}");
    assert!(folder.run(&["config", "doc"]).ok().contains("### `server.listen`"));
}

#[test]
fn the_doctor_says_a_sentence_of_everything_and_fails_for_a_port_in_use() {
    let folder = Folder::new();
    folder.shop().stop();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("server.listen={}", taken.local_addr().unwrap());
    let answered = folder.run(&["doctor", "--set", &listen]);
    assert_eq!(answered.code, Some(1), "{}", answered.err);
    let names =
        ["data folder", "free space", "fsync", "clock", "port", "open files", "permissions", "journal", "provider"];
    for name in names {
        let line = answered.out.lines().find(|line| line.get(6..).is_some_and(|line| line.starts_with(name)));
        assert!(line.is_some_and(|line| line.ends_with('.')), "{name} is missing in\n{}", answered.out);
    }
    let port = answered.out.lines().find(|line| line.contains(" port ")).unwrap();
    assert!(port.starts_with("fail"), "{port}");
}

#[test]
fn a_command_line_that_is_not_understood_has_its_own_exit_code() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["verfy"]).code, Some(2));
    let help = folder.run(&["--help"]).ok();
    for command in ["doctor", "config", "verify", "backup", "restore", "ticket", "user", "sandbox-provider"] {
        assert!(help.contains(command), "{command} is missing in\n{help}");
    }
}
