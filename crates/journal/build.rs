//! Rebuilds the crate when a migration is added: the compiler only notices changes to those it already embeds.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
