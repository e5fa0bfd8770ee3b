//! Which networks belong together: a file of the operator's, for example of hosting companies or by autonomous system.
//!
//! One prefix per line, then white space, then the name of its group; `#` begins a comment. The longest prefix that
//! holds an address decides.
//!
//! ```text
//! # prefix           group
//! 192.0.2.0/24       hosting-one
//! 192.0.2.128/25     university
//! 2001:db8::/32      hosting-one
//! ```

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;

/// Bytes of the file: all prefixes of the internet fit.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;
const GROUPS_MAX: usize = 65_536;
const NAME_CHARS_MAX: usize = 64;

/// The groups, by prefix.
#[derive(Debug, Clone, Default)]
pub struct AddressGroups {
    names: Vec<String>,
    v4: Prefixes,
    v6: Prefixes,
}

/// The prefixes of a family: for each length in use, the longest first, the group of each network.
type Prefixes = Vec<(u8, HashMap<u128, u32>)>;

/// Why a file of groups cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AddressGroupsError {
    /// The file system refused.
    #[error("The file of address groups {} cannot be read: {source}.", path.display())]
    Unavailable {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
    /// Not of the form described in the configuration.
    #[error("Line {line} of the address groups: {what}.")]
    Malformed {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl AddressGroupsError {
    /// The stable code of this error.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "address_groups_unavailable",
            Self::Malformed { .. } => "address_groups_malformed",
        }
    }
}

impl AddressGroups {
    /// Reads a file of groups.
    ///
    /// # Errors
    /// When it cannot be read, is too large, or one of its lines is malformed.
    pub fn load(path: &Path) -> Result<Self, AddressGroupsError> {
        let unavailable = |source| AddressGroupsError::Unavailable { path: path.into(), source };
        let mut text = String::new();
        let file = File::open(path).map_err(unavailable)?;
        file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text).map_err(unavailable)?;
        if text.len() as u64 > FILE_BYTES_MAX {
            return Err(unavailable(io::ErrorKind::FileTooLarge.into()));
        }
        Self::parse(&text)
    }

    /// Reads the text of such a file.
    ///
    /// # Errors
    /// The first malformed line.
    pub fn parse(text: &str) -> Result<Self, AddressGroupsError> {
        let mut groups = Self::default();
        let mut numbers = HashMap::new();
        for (number, line) in text.lines().enumerate() {
            let content = line.split('#').next().unwrap_or_default().trim();
            if !content.is_empty() {
                groups
                    .add(content, &mut numbers)
                    .map_err(|what| AddressGroupsError::Malformed { line: number + 1, what })?;
            }
        }
        for prefixes in [&mut groups.v4, &mut groups.v6] {
            prefixes.sort_by_key(|(length, _)| std::cmp::Reverse(*length));
        }
        Ok(groups)
    }

    fn add(&mut self, content: &str, numbers: &mut HashMap<String, u32>) -> Result<(), &'static str> {
        let (prefix, name) = content.split_once(char::is_whitespace).ok_or("a prefix and a name are expected")?;
        let name = name.trim();
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if name.len() > NAME_CHARS_MAX || !name.chars().all(is_name) {
            return Err("a name has at most 64 letters, digits and - _ .");
        }
        let net: IpNet = prefix.parse().map_err(|_| "this is not a prefix like 192.0.2.0/24 or 2001:db8::/32")?;
        if net.trunc() != net {
            return Err("the address has bits beyond the length of the prefix");
        }
        let next = self.names.len();
        let group = match numbers.get(name) {
            Some(group) => *group,
            None if next >= GROUPS_MAX => return Err("there are too many groups"),
            None => {
                self.names.push(name.to_owned());
                numbers.insert(name.to_owned(), next as u32);
                next as u32
            }
        };
        let prefixes = if net.addr().is_ipv4() { &mut self.v4 } else { &mut self.v6 };
        let length = net.prefix_len();
        let at = prefixes.iter().position(|(other, _)| *other == length).unwrap_or_else(|| {
            prefixes.push((length, HashMap::new()));
            prefixes.len() - 1
        });
        match prefixes[at].1.insert(masked(net.addr(), length), group) {
            Some(other) if other != group => Err("this prefix is in another group already"),
            _ => Ok(()),
        }
    }

    /// How many groups there are; they are numbered from 0.
    pub(crate) fn count(&self) -> usize {
        self.names.len()
    }

    /// The number of the group of the longest prefix that holds this address.
    pub(crate) fn find(&self, address: IpAddr) -> Option<u32> {
        let address = address.to_canonical();
        let prefixes = if address.is_ipv4() { &self.v4 } else { &self.v6 };
        prefixes.iter().find_map(|(length, groups)| groups.get(&masked(address, *length)).copied())
    }

    /// The name of a group.
    pub(crate) fn name(&self, group: u32) -> Option<&str> {
        self.names.get(group as usize).map(String::as_str)
    }
}

/// The first bits of an address, at the top of the number.
fn masked(address: IpAddr, length: u8) -> u128 {
    let bits = match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)) << 96,
        IpAddr::V6(v6) => v6.into(),
    };
    bits & u128::MAX.checked_shl(128 - u32::from(length)).unwrap_or(0)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    fn name<'a>(groups: &'a AddressGroups, address: &str) -> Option<&'a str> {
        groups.name(groups.find(address.parse().unwrap())?)
    }

    #[test]
    fn the_longest_prefix_decides() {
        let text = "# prefix group\n\n192.0.2.0/24 one\n192.0.2.128/25\ttwo # a part of it\n192.0.2.255/32 three\n\
                    0.0.0.0/0 rest\n2001:db8::/32 one\n";
        let groups = AddressGroups::parse(text).unwrap();
        assert_eq!(name(&groups, "192.0.2.1"), Some("one"));
        assert_eq!(name(&groups, "192.0.2.129"), Some("two"));
        assert_eq!(name(&groups, "192.0.2.255"), Some("three"));
        assert_eq!(name(&groups, "::ffff:192.0.2.1"), Some("one"));
        assert_eq!(name(&groups, "8.8.8.8"), Some("rest"));
        assert_eq!(name(&groups, "2001:db8:ffff::1"), Some("one"));
        assert_eq!(name(&groups, "2001:db9::1"), None, "0.0.0.0/0 is of IPv4");
        assert_eq!(groups.count(), 4);
    }

    #[test]
    fn a_malformed_line_is_named() {
        for (line, what) in [
            ("192.0.2.0/24", "expected"),
            ("192.0.2.0/33 one", "not a prefix"),
            ("192.0.2.1/24 one", "beyond"),
            ("hosting 192.0.2.0/24", "letters"),
            ("192.0.2.0/24 ça", "letters"),
            ("198.51.100.0/24 two", "another group"),
        ] {
            let error = AddressGroups::parse(&format!("198.51.100.0/24 one\n{line}\n")).unwrap_err();
            assert_eq!(error.code(), "address_groups_malformed");
            assert!(error.to_string().starts_with("Line 2 ") && error.to_string().contains(what), "{line}: {error}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = AddressGroups::load(Path::new("/nowhere/groups.txt")).unwrap_err();
        assert_eq!(error.code(), "address_groups_unavailable");
        assert!(error.to_string().contains("/nowhere/groups.txt"));
    }
}
