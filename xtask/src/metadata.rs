//! What cargo knows of the packages: `cargo metadata`, read once per question.

use serde_json::Value;

use crate::{Outcome, programs};

/// One package of the lock file.
pub struct Package {
    /// Its name, e.g. `tokio`.
    pub name: String,
    /// Its version, e.g. `1.54.1`.
    pub version: String,
    /// Its licence as an SPDX expression, where it states one.
    pub licence: Option<String>,
    /// What its code uses directly; tests and build scripts are left out.
    pub uses: Vec<String>,
}

/// The packages of this workspace.
pub fn workspace() -> Outcome<Vec<Package>> {
    packages(&["--no-deps"])
}

/// Every package of the lock file, for every platform.
pub fn everything() -> Outcome<Vec<Package>> {
    packages(&[])
}

fn packages(flags: &[&str]) -> Outcome<Vec<Package>> {
    let mut command = programs::cargo();
    command.args(["metadata", "--format-version", "1", "--locked"]).args(flags);
    parse(&programs::read(&mut command)?).ok_or_else(|| "`cargo metadata` answered in an unknown form.".to_owned())
}

fn parse(text: &str) -> Option<Vec<Package>> {
    let answer: Value = serde_json::from_str(text).ok()?;
    answer.get("packages")?.as_array()?.iter().map(package).collect()
}

fn package(value: &Value) -> Option<Package> {
    let text = |key: &str| value.get(key)?.as_str().map(str::to_owned);
    let dependencies = value.get("dependencies")?.as_array()?.iter();
    // A normal dependency has no kind; the others are "dev" and "build".
    let normal = dependencies.filter(|dependency| dependency.get("kind").is_none_or(Value::is_null));
    let uses = normal.filter_map(|dependency| dependency.get("name")?.as_str().map(str::to_owned)).collect();
    Some(Package { name: text("name")?, version: text("version")?, licence: text("license"), uses })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dev_and_build_dependencies_are_left_out() {
        let text = r#"{"packages":[{"name":"a","version":"1.0.0","license":"MIT","dependencies":[
            {"name":"b","kind":null},{"name":"c","kind":"dev"},{"name":"d","kind":"build"}]}]}"#;
        let packages = parse(text).unwrap_or_default();
        assert_eq!(packages.len(), 1);
        assert_eq!(packages[0].uses, ["b"]);
        assert_eq!(packages[0].licence.as_deref(), Some("MIT"));
    }
}
