//! Writes the inputs that every corpus begins with: `cargo run -p hostile --example seeds`.

use std::path::Path;

fn main() -> std::io::Result<()> {
    for target in hostile::TARGETS {
        let folder = Path::new("fuzz/corpus").join(target.name);
        std::fs::create_dir_all(&folder)?;
        for (number, seed) in hostile::seeds(target.name).iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}
