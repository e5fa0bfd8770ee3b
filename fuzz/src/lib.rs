//! Finds a target of `crates/hostile` by its name.

/// Gives an input to a target.
///
/// # Panics
/// The target does, or there is none with this name.
pub fn run(name: &str, bytes: &[u8]) {
    let target = hostile::TARGETS.iter().find(|target| target.name == name);
    let Some(target) = target else { panic!("there is no target {name}") };
    (target.run)(bytes);
}
