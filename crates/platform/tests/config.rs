//! The configuration from the outside: sources and their rank, sentences of every error, secrets that stay secret.
#![expect(clippy::unwrap_used, reason = "test")]

use std::path::{Path, PathBuf};

use platform::config::{ConfigFile, LogFormat, Sources, default_toml, effective, load};
use platform::{Config, ConfigError};

const SECRET: &str = "whsec-0123456789-abcdef";

/// Sources as a test writes them down.
#[derive(Default)]
struct Given<'a> {
    file: &'a str,
    environment: &'a [(&'a str, &'a str)],
    flags: &'a [&'a str],
}

/// Loads with the file called `onsale.toml`, so that sentences can be compared.
fn load_given(given: &Given<'_>) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("onsale.toml");
    std::fs::write(&path, given.file).unwrap();
    let sources = Sources {
        file: ConfigFile::Named(path),
        environment: given.environment.iter().map(|(name, value)| (name.into(), value.into())).collect(),
        flags: given.flags.iter().map(|flag| (*flag).to_owned()).collect(),
    };
    load(&sources).map_err(|mut error| {
        for problem in &mut error.problems {
            problem.public = problem.public.replace(&format!("{}/", folder.path().display()), "");
        }
        error
    })
}

fn sentence(given: &Given<'_>) -> String {
    load_given(given).unwrap_err().to_string()
}

#[test]
fn the_defaults_are_safe_for_one_machine() {
    let config = Config::defaults().unwrap();
    assert_eq!(config.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(config.server.public_url, "http://localhost:8080");
    assert_eq!(config.storage.data_folder, Path::new("data"));
    assert_eq!(config.log.format, LogFormat::Text);
    assert!(!config.rehearsal.enabled);
    assert!(config.payments.api_key.is_none());
}

#[test]
fn a_later_source_wins() {
    let file = "[server]\nlisten = \"127.0.0.1:1\"";
    let environment: &[_] = &[("ONSALE_SERVER__LISTEN", "127.0.0.1:2"), ("PATH", "/bin")];
    let flags: &[_] = &["server.listen=127.0.0.1:3", "server.listen=127.0.0.1:4"];
    let table = [
        (Given::default(), 8080),
        (Given { file, ..Given::default() }, 1),
        (Given { file, environment, ..Given::default() }, 2),
        (Given { file, environment, flags }, 4),
    ];
    for (given, port) in table {
        let config = load_given(&given).unwrap();
        assert_eq!(config.server.listen.port(), port);
        assert_eq!(config.server.public_url, format!("http://localhost:{port}"));
    }
}

#[test]
fn text_from_the_environment_becomes_what_the_setting_is() {
    let environment = &[
        ("ONSALE_REHEARSAL__ENABLED", "true"),
        ("ONSALE_SERVER__SHUTDOWN_SECONDS", "5"),
        ("ONSALE_SERVER__ALLOWED_ORIGINS", "https://a.example, https://b.example"),
        ("ONSALE_LIMITS__JOINS_PER_SECOND_PER_ADDRESS", "0"),
        ("ONSALE_LOG__FORMAT", "json"),
        ("ONSALE_STORAGE__DATA_FOLDER", "12"),
    ];
    let config = load_given(&Given { environment, ..Given::default() }).unwrap();
    assert!(config.rehearsal.enabled);
    assert_eq!(config.server.shutdown_patience().as_secs(), 5);
    assert!(config.server.allows_origin("https://b.example") && config.server.allows_origin("http://localhost:8080"));
    assert!(!config.server.allows_origin("https://c.example"));
    assert_eq!(config.limits.joins_per_second_per_address, None);
    assert_eq!(config.limits.requests_per_second_per_account.unwrap().get(), 20);
    assert_eq!(config.log.format, LogFormat::Json);
    assert_eq!(config.storage.data_folder, Path::new("12"));
}

#[test]
fn the_default_file_is_a_valid_file() {
    load_given(&Given { file: default_toml(), ..Given::default() }).unwrap();
}

#[test]
fn what_check_prints_is_a_valid_file_again() {
    let file = "[server]\nlisten = \"127.0.0.1:9\"";
    let printed = effective(&load_given(&Given { file, ..Given::default() }).unwrap());
    assert!(printed.contains("listen = \"127.0.0.1:9\"  # from /"), "{printed}");
    assert!(printed.contains("\npublic_url = \"http://localhost:9\"\n"), "what is filled in is shown: {printed}");
    assert!(printed.contains("\ndata_folder = \"data\"\n"), "{printed}");
    let again = load_given(&Given { file: &printed, ..Given::default() }).unwrap();
    assert_eq!(again.server.listen.port(), 9);
}

#[test]
fn an_unknown_setting_names_the_nearest() {
    let file = |file| Given { file, ..Given::default() };
    let table = [
        (file("[server]\nlisen = 1"), "Unknown setting `server.lisen` in onsale.toml; did you mean `server.listen`?"),
        (file("[servr]\nlisten = 1"), "Unknown setting `servr.listen` in onsale.toml; did you mean `server.listen`?"),
        (file("listen = 1"), "Unknown setting `listen` in onsale.toml; did you mean `server.listen`?"),
        (
            file("[storage]\nlisten = 1"),
            "Unknown setting `storage.listen` in onsale.toml; did you mean `server.listen`?",
        ),
        (
            file("[payments]\nwebhook_secret_fil = 1"),
            "Unknown setting `payments.webhook_secret_fil` in onsale.toml; did you mean `payments.webhook_secret_file`?",
        ),
        (
            file("[server]\nlisten_file = 1"),
            "Unknown setting `server.listen_file` in onsale.toml; did you mean `server.listen`?",
        ),
        (
            file("[kitchen]\nsoup = 1"),
            "Unknown setting `kitchen.soup` in onsale.toml; `onsale config default` prints all settings.",
        ),
        (
            Given { environment: &[("ONSALE_SERVER__LISEN", "1")], ..Given::default() },
            "Unknown setting `ONSALE_SERVER__LISEN` in the environment; did you mean `ONSALE_SERVER__LISTEN`?",
        ),
        (
            Given { environment: &[("ONSALE_SERVER_LISTEN", "1")], ..Given::default() },
            "Unknown setting `ONSALE_SERVER_LISTEN` in the environment; did you mean `ONSALE_SERVER__LISTEN`?",
        ),
        (
            Given { flags: &["log.levl=info"], ..Given::default() },
            "Unknown setting `log.levl` in --set; did you mean `log.level`?",
        ),
    ];
    for (given, expected) in table {
        assert_eq!(sentence(&given), expected);
    }
}

#[test]
fn variables_that_kubernetes_sets_are_no_settings() {
    let environment = &[
        ("ONSALE_PORT", "tcp://10.0.0.1:80"),
        ("ONSALE_SERVICE_HOST", "10.0.0.1"),
        ("ONSALE_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("ONSALE_CONFIG", "/elsewhere.toml"),
    ];
    load_given(&Given { environment, ..Given::default() }).unwrap();
}

#[test]
fn a_wrong_value_names_setting_source_and_what_is_expected() {
    let file = |file| Given { file, ..Given::default() };
    let flags = |flags| Given { flags, ..Given::default() };
    let table = [
        (
            file("[server]\nlisten = 8080"),
            "`server.listen` in onsale.toml must be an IP address and port, such as 127.0.0.1:8080, not 8080.",
        ),
        (
            file("[server.listen]\nport = 1"),
            "`server.listen` in onsale.toml must be an IP address and port, such as 127.0.0.1:8080, not a table.",
        ),
        (
            file("[rehearsal]\nenabled = \"yes\""),
            "`rehearsal.enabled` in onsale.toml must be true or false, not \"yes\".",
        ),
        (
            Given { environment: &[("ONSALE_ENGINE__INBOX_COMMANDS_MAX", "many")], ..Given::default() },
            "`engine.inbox_commands_max` in the environment variable ONSALE_ENGINE__INBOX_COMMANDS_MAX must be a whole \
             number from 1 to 16384 (commands), not \"many\".",
        ),
        (
            flags(&["engine.commit_batch_commands_max=0"]),
            "`engine.commit_batch_commands_max` in --set must be a whole number from 1 to 4096 (commands), not 0.",
        ),
        (
            flags(&["server.shutdown_seconds=-1"]),
            "`server.shutdown_seconds` in --set must be a whole number from 0 to 600 (seconds), not -1.",
        ),
        (flags(&["log.format=xml"]), "`log.format` in --set must be text or json, not \"xml\"."),
        (
            flags(&["log.level=inof"]),
            "`log.level` in --set must be error, warn, info, debug or trace, also per part, such as info,engine=debug, \
             not \"inof\".",
        ),
        (
            flags(&["engine.inbox_commands_max=100"]),
            "`engine.inbox_commands_max` in --set must be at least engine.commit_batch_commands_max (4096), or a batch \
             could never fill.",
        ),
        (flags(&["log.level=info", "oops"]), "A flag --set needs the form section.key=value; number 2 has no `=`."),
        (file("[server]\nlisten ="), "Line 2 of onsale.toml is not valid TOML."),
    ];
    for (given, expected) in table {
        assert_eq!(sentence(&given), expected);
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let error = load_given(&Given {
        file: "[server]\nlisen = 1",
        environment: &[("ONSALE_LOG__FORMAT", "xml")],
        flags: &["payments.api_key=x"],
    })
    .unwrap_err();
    let codes: Vec<_> = error.problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["setting_unknown", "setting_invalid", "secret_in_flag"]);
}

#[test]
fn a_named_file_must_be_there_and_the_usual_one_need_not() {
    let missing = PathBuf::from("/nowhere/onsale.toml");
    let sources = |file| Sources { file, ..Sources::none() };
    let error = load(&sources(ConfigFile::Named(missing.clone()))).unwrap_err();
    assert_eq!(error.problems[0].code, "config_file_unreadable");
    assert!(error.to_string().contains("/nowhere/onsale.toml"));
    load(&sources(ConfigFile::IfThere(missing))).unwrap();
}

#[test]
fn a_secret_comes_from_a_value_or_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    std::fs::write(&path, format!("{SECRET}\n")).unwrap();
    let path = path.to_str().unwrap();
    let flag = format!("payments.webhook_secret_file={path}");
    let table = [
        Given { file: &format!("[payments]\nwebhook_secret = \"{SECRET}\""), ..Given::default() },
        Given { file: &format!("[payments]\nwebhook_secret_file = \"{path}\""), ..Given::default() },
        Given { environment: &[("ONSALE_PAYMENTS__WEBHOOK_SECRET", SECRET)], ..Given::default() },
        Given { environment: &[("ONSALE_PAYMENTS__WEBHOOK_SECRET_FILE", path)], ..Given::default() },
        Given { flags: &[&flag], ..Given::default() },
    ];
    for given in table {
        let config = load_given(&given).unwrap();
        let secrets: Vec<_> = config.payments.webhook_secrets().map(|secret| secret.expose()).collect();
        assert_eq!(secrets, [SECRET]);
        let shown = [format!("{config:?}"), format!("{config:#?}"), effective(&config)];
        assert!(shown.iter().all(|text| !text.contains(SECRET)), "{shown:?}");
        assert!(effective(&config).contains("webhook_secret = \"********\"  # from "));
    }
}

#[test]
fn both_webhook_secrets_are_accepted_while_one_replaces_the_other() {
    let file =
        "[payments]\nwebhook_secret = \"the-new-secret-of-2027\"\nwebhook_secret_previous = \"the-old-secret-of-2026\"";
    let config = load_given(&Given { file, ..Given::default() }).unwrap();
    let secrets: Vec<_> = config.payments.webhook_secrets().map(|secret| secret.expose()).collect();
    assert_eq!(secrets, ["the-new-secret-of-2027", "the-old-secret-of-2026"]);
}

#[test]
fn no_error_shows_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let with_space = folder.path().join("secret");
    std::fs::write(&with_space, format!("{SECRET} {SECRET}")).unwrap();
    let with_space = with_space.to_str().unwrap();
    let file = |file: &str| sentence(&Given { file, ..Given::default() });
    let flag = |flag: &str| sentence(&Given { flags: &[flag], ..Given::default() });
    let variable = |name, value| sentence(&Given { environment: &[(name, value)], ..Given::default() });
    let sentences = [
        file(&format!("[payments]\napi_key = \"{SECRET}")),
        file(&format!("[payments]\napi_key = \"{SECRET} \"")),
        file(&format!("[payments]\napi_key = [\"{SECRET}\"]")),
        file(&format!("[payments]\napi_key_file = \"{SECRET}\"")),
        file(&format!("[payments]\napi_kez = \"{SECRET}\"")),
        file(&format!("[payments]\nprovider_url = \"https://user:{SECRET}@pay.example\"")),
        file(&format!("[payments]\napi_key = \"{SECRET}\"\napi_key_file = \"/x\"")),
        flag(&format!("payments.api_key={SECRET}")),
        flag(&format!("payments.api_kez={SECRET}")),
        variable("ONSALE_PAYMENTS__API_KEY_FILE", with_space),
        variable("ONSALE_PAYMENTS__API_KEZ", SECRET),
    ];
    for sentence in sentences {
        assert!(!sentence.contains(SECRET), "{sentence}");
    }
}

#[test]
fn what_is_no_real_secret_is_refused() {
    for text in ["********", "changeme", "short", "sixteen chars and spaces"] {
        let file = format!("[payments]\napi_key = \"{text}\"");
        let error = load_given(&Given { file: &file, ..Given::default() }).unwrap_err();
        assert_eq!(error.problems[0].code, "setting_invalid", "{text}");
    }
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    std::fs::write(&empty, "\n").unwrap();
    let file = format!("[payments]\napi_key_file = \"{}\"", empty.display());
    assert_eq!(
        sentence(&Given { file: &file, ..Given::default() }),
        "The file that `payments.api_key_file` in onsale.toml names cannot be used: it is empty."
    );
}

#[test]
fn a_secret_given_twice_in_one_source_is_refused() {
    let file = format!("[payments]\napi_key = \"{SECRET}\"\napi_key_file = \"/run/secrets/key\"");
    assert_eq!(
        sentence(&Given { file: &file, ..Given::default() }),
        "`payments.api_key` and `payments.api_key_file` both give the setting `payments.api_key` in onsale.toml."
    );
}
