//! PostgreSQL over TLS, with a certificate authority of its own.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::Postgres;
use crate::postgres::{finish, root};

impl Postgres {
    /// From now on the server takes TLS as well, with a certificate for `names`. Gives the file of the authority that has
    /// signed it, which goes away with the server.
    ///
    /// # Errors
    /// The certificates cannot be made or written, or the server does not take them.
    pub fn encrypt(&self, names: &[&str]) -> io::Result<PathBuf> {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.distinguished_name.push(DnType::CommonName, "An authority for tests");
        let authority_key = KeyPair::generate().map_err(io::Error::other)?;
        let authority_pem = authority.self_signed(&authority_key).map_err(io::Error::other)?.pem();
        let issuer = Issuer::new(authority, authority_key);
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let own = CertificateParams::new(names).map_err(io::Error::other)?;
        let certificate = own.signed_by(&key, &issuer).map_err(io::Error::other)?;
        for (name, text) in [("server.crt", certificate.pem()), ("server.key", key.serialize_pem())] {
            let file = self.data().join(name);
            fs::write(&file, text)?;
            fs::set_permissions(&file, Permissions::from_mode(0o600))?;
            if root() {
                finish(Command::new("chown").arg("postgres").arg(&file))?;
            }
        }
        let file = self.data().with_file_name("authority.pem");
        fs::write(&file, authority_pem)?;
        self.ask("postgres", "ALTER SYSTEM SET ssl = on")?;
        self.ask("postgres", "SELECT pg_reload_conf()")?;
        Ok(file)
    }
}
