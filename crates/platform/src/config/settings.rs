//! Collects the settings of all sources, later over earlier, and the problems met on the way.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;

use domain::Problem;
use toml::{Table, Value};

use super::kind::{Setting, variable};
use super::nearest::nearest;
use super::secret::MASK;
use super::sources::{ConfigFile, FILE_VARIABLE, Source, Sources};
use super::{Config, Origin, Sections, all_settings, default_toml};

/// Bytes of a configuration file.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Bytes of a file that holds one secret.
const SECRET_FILE_BYTES_MAX: u64 = 4 * 1024;
/// What is appended to the name of a secret whose value is the path of a file.
const FILE_SUFFIX: &str = "_file";

/// The settings read so far.
#[derive(Default)]
pub(super) struct Settings {
    values: BTreeMap<&'static str, (Value, Source)>,
    problems: Vec<Problem>,
}

/// A value as a source gives it.
enum Given<'a> {
    Typed(&'a Value),
    Text(&'a str),
}

impl Settings {
    /// Reads all sources, the lowest rank first.
    pub(super) fn read(&mut self, sources: &Sources) {
        self.read_toml(default_toml(), &Source::Defaults);
        self.read_file(&sources.file);
        self.read_environment(sources);
        self.read_flags(&sources.flags);
    }

    /// The configuration, or every problem met.
    pub(super) fn finish(mut self) -> Result<Config, Vec<Problem>> {
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        let mut sections = Table::new();
        let mut origins = Vec::new();
        for setting in all_settings() {
            let Some((value, source)) = self.values.remove(setting.name) else { continue };
            origins.push(Origin { setting, shown: shown(setting, &value), source });
            if let Some((section, key)) = setting.name.split_once('.')
                && let Some(table) = sections.entry(section).or_insert(Value::Table(Table::new())).as_table_mut()
            {
                table.insert(key.into(), value);
            }
        }
        // Values are checked one by one above; what fails here is a section that disagrees with the defaults. The
        // message of the error names fields, not values.
        let sections: Sections = sections.try_into().map_err(|error: toml::de::Error| {
            let sentence = format!("The built-in defaults do not match this program: {}.", error.message());
            vec![Problem::new("defaults_incomplete", sentence)]
        })?;
        if let Some((name, expected)) = sections.engine.contradiction() {
            let source = origins.iter().find(|origin| origin.setting.name == name).map(|origin| &origin.source);
            return Err(vec![invalid(name, source.unwrap_or(&Source::Defaults), &expected, None)]);
        }
        Ok(Config::compose(sections, origins))
    }

    fn read_file(&mut self, file: &ConfigFile) {
        let (path, required) = match file {
            ConfigFile::None => return,
            ConfigFile::Named(path) => (path, true),
            ConfigFile::IfThere(path) => (path, false),
        };
        match read_text(path, FILE_BYTES_MAX) {
            Ok(text) => self.read_toml(&text, &Source::File(path.clone())),
            Err(error) if !required && error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                let sentence = format!("The configuration file {} cannot be read: {error}.", path.display());
                self.problems.push(Problem::new("config_file_unreadable", sentence));
            }
        }
    }

    fn read_toml(&mut self, text: &str, source: &Source) {
        let table: Table = match text.parse() {
            Ok(table) => table,
            Err(error) => return self.malformed(text, source, &error),
        };
        let mut seen = BTreeMap::new();
        for (section, value) in &table {
            match value {
                Value::Table(keys) => {
                    for (key, value) in keys {
                        self.take(&format!("{section}.{key}"), Given::Typed(value), source, &mut seen);
                    }
                }
                value => self.take(section, Given::Typed(value), source, &mut seen),
            }
        }
    }

    /// Says where the file is malformed; the line itself stays out, it may hold a secret.
    fn malformed(&mut self, text: &str, source: &Source, error: &toml::de::Error) {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        let sentence = format!("Line {line} of {source} is not valid TOML.");
        self.problems.push(Problem::new("config_file_malformed", sentence));
    }

    fn read_environment(&mut self, sources: &Sources) {
        let mut variables: Vec<_> = sources.environment.iter().collect();
        variables.sort();
        let mut seen = BTreeMap::new();
        for (name, value) in variables {
            let name = name.to_string_lossy();
            let Some(rest) = name.strip_prefix("ONSALE_").filter(|_| name != FILE_VARIABLE) else { continue };
            let source = Source::Variable(name.to_string());
            let setting = rest.to_lowercase().replacen("__", ".", 1);
            if !setting.contains('.') && !names().any(|known| known.replace('.', "_") == setting) {
                // Kubernetes sets ONSALE_PORT and the like for a service of that name: those are no settings.
                continue;
            }
            match value.to_str() {
                Some(text) => self.take(&setting, Given::Text(text), &source, &mut seen),
                None => self.problems.push(invalid(&setting, &source, "text in UTF-8", None)),
            }
        }
    }

    fn read_flags(&mut self, flags: &[String]) {
        let mut seen = BTreeMap::new();
        for (index, flag) in flags.iter().enumerate() {
            let Some((name, value)) = flag.split_once('=') else {
                let sentence =
                    format!("A flag --set needs the form section.key=value; number {} has no `=`.", index + 1);
                self.problems.push(Problem::new("setting_invalid", sentence));
                continue;
            };
            let is_secret = all_settings().any(|setting| setting.name == name && setting.is_secret());
            if is_secret {
                let sentence = format!(
                    "The secret `{name}` cannot be given with --set, where every user of this machine could read it; \
                     use {} or `{name}{FILE_SUFFIX}`.",
                    variable(name)
                );
                self.problems.push(Problem::new("secret_in_flag", sentence));
                continue;
            }
            self.take(name, Given::Text(value), &Source::Flag, &mut seen);
        }
    }

    /// Takes one setting from a source, or notes what is wrong with it. `seen` holds what this source gave so far.
    fn take(&mut self, name: &str, given: Given<'_>, source: &Source, seen: &mut BTreeMap<&'static str, String>) {
        let Some((setting, from_file)) = find(name) else {
            return self.problems.push(unknown(name, source));
        };
        if let Some(before) = seen.insert(setting.name, name.to_owned())
            && (before != name || *source != Source::Flag)
        {
            let sentence =
                format!("`{before}` and `{name}` both give the setting `{}` in {}.", setting.name, place(source));
            return self.problems.push(Problem::new("setting_given_twice", sentence));
        }
        let value = match (given, from_file) {
            (given, true) => match read_secret(&given) {
                Ok(secret) => Value::from(secret),
                Err(reason) => {
                    let sentence =
                        format!("The file that `{name}` in {} names cannot be used: {reason}.", place(source));
                    return self.problems.push(Problem::new("secret_file_unreadable", sentence));
                }
            },
            (Given::Typed(value), false) => value.clone(),
            (Given::Text(text), false) => setting.kind.parse(text),
        };
        if setting.kind.accepts(&value) {
            self.values.insert(setting.name, (value, source.clone()));
        } else {
            // An address with a user in it may hold a password.
            let may_show = !setting.is_secret() && !value.to_string().contains('@');
            let got = may_show.then_some(&value);
            self.problems.push(invalid(setting.name, source, &setting.kind.expected(), got));
        }
    }
}

/// The setting of this name, and whether the name is that of its file.
fn find(name: &str) -> Option<(&'static Setting, bool)> {
    all_settings().find_map(|setting| match name.strip_prefix(setting.name)? {
        "" => Some((setting, false)),
        FILE_SUFFIX if setting.is_secret() => Some((setting, true)),
        _ => None,
    })
}

/// Every name that [`find`] knows.
fn names() -> impl Iterator<Item = String> {
    all_settings().flat_map(|setting| {
        let file = setting.is_secret().then(|| format!("{}{FILE_SUFFIX}", setting.name));
        std::iter::once(setting.name.to_owned()).chain(file)
    })
}

fn unknown(name: &str, source: &Source) -> Problem {
    let known: Vec<String> = names().collect();
    let hint = nearest(name, known.iter().map(String::as_str));
    let (written, hint) = match source {
        Source::Variable(variable_name) => (variable_name.clone(), hint.map(variable)),
        _ => (name.chars().take(100).collect(), hint.map(str::to_owned)),
    };
    let advice = match hint {
        Some(hint) => format!("did you mean `{hint}`?"),
        None => "`onsale config default` prints all settings.".to_owned(),
    };
    Problem::new("setting_unknown", format!("Unknown setting `{written}` in {}; {advice}", place(source)))
}

fn invalid(name: &str, source: &Source, expected: &str, got: Option<&Value>) -> Problem {
    let got = got.map(|value| format!(", not {}", abridged(value))).unwrap_or_default();
    Problem::new("setting_invalid", format!("`{name}` in {source} must be {expected}{got}."))
}

/// Where an unknown name was met; a variable is named already.
fn place(source: &Source) -> String {
    match source {
        Source::Variable(_) => "the environment".to_owned(),
        other => other.to_string(),
    }
}

fn abridged(value: &Value) -> String {
    let text = match value {
        Value::Table(_) => "a table".to_owned(),
        value => value.to_string(),
    };
    if text.chars().count() > 80 { text.chars().take(80).chain("…".chars()).collect() } else { text }
}

fn shown(setting: &Setting, value: &Value) -> String {
    match value.as_str() {
        Some(text) if setting.is_secret() && !text.is_empty() => format!("\"{MASK}\""),
        _ => value.to_string(),
    }
}

/// Reads a file of text up to a bound.
fn read_text(path: &Path, bytes_max: u64) -> std::io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(bytes_max + 1).read_to_string(&mut text)?;
    if text.len() as u64 > bytes_max {
        return Err(std::io::Error::other(format!("it is larger than {bytes_max} bytes")));
    }
    Ok(text)
}

/// The secret in a file, without the line end that editors and `echo` leave. An empty file is no secret at all.
fn read_secret(path: &Given<'_>) -> Result<String, String> {
    let path = match path {
        Given::Typed(value) => value.as_str().ok_or("a path is a text")?,
        Given::Text(text) => text,
    };
    let text = read_text(Path::new(path), SECRET_FILE_BYTES_MAX).map_err(|error| error.to_string())?;
    match text.trim_end_matches(['\r', '\n']) {
        "" => Err("it is empty".to_owned()),
        secret => Ok(secret.to_owned()),
    }
}
