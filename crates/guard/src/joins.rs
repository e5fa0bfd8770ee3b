//! How often may be joined: a bucket per account, per narrow and wide network, and per group of networks.

mod groups;
mod slots;

use std::net::IpAddr;

use domain::{AccountId, Duration, Problem, Timestamp};

pub use groups::{AddressGroups, AddressGroupsError};
pub use slots::Rate;
use slots::Slots;

/// How often; a bucket that is not set has no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct JoinRates {
    /// One account.
    pub per_account: Option<Rate>,
    /// One IPv4 address or one IPv6 /56: a household.
    pub per_household: Option<Rate>,
    /// One IPv4 /24 or one IPv6 /48: a neighbourhood, a school, a company.
    pub per_network: Option<Rate>,
    /// All prefixes of one group of the operator's file.
    pub per_group: Option<Rate>,
}

/// Which bucket was full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// That of the account.
    Account,
    /// That of the address or the IPv6 /56.
    Household,
    /// That of the IPv4 /24 or the IPv6 /48.
    Network,
    /// That of the group of networks.
    Group,
}

impl Bucket {
    /// The word for metrics and logs.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Household => "household",
            Self::Network => "network",
            Self::Group => "group",
        }
    }
}

/// A join too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinRefused {
    /// Whose bucket was full. For the operator; who joins is not told.
    pub bucket: Bucket,
    /// After this there is room again.
    pub wait: Duration,
}

impl From<JoinRefused> for Problem {
    fn from(refused: JoinRefused) -> Self {
        Problem::new("too_many_requests", "Too many requests. Wait a moment.").internal(format_args!(
            "the {} bucket is full for {}",
            refused.bucket.as_str(),
            refused.wait
        ))
    }
}

/// The buckets of a gateway. Their memory is taken at the start and never grows.
#[derive(Debug)]
pub struct JoinLimits {
    account: Option<Slots>,
    household: Option<Slots>,
    network: Option<Slots>,
    group: Option<Slots>,
    groups: AddressGroups,
}

impl JoinLimits {
    /// Buckets with these rates; each kind has `slots` of them (8 bytes each), shared by keys that fall together.
    pub fn new(rates: &JoinRates, groups: AddressGroups, slots: usize) -> Self {
        let of = |rate: Option<Rate>| rate.map(|rate| Slots::new(rate, slots));
        Self {
            account: of(rates.per_account),
            household: of(rates.per_household),
            network: of(rates.per_network),
            // Groups are numbered: each has a slot of its own.
            group: rates.per_group.map(|rate| Slots::numbered(rate, groups.count())),
            groups,
        }
    }

    /// One more join, of an account and from an address.
    ///
    /// All buckets are looked at before any is drawn from: who is refused for the own account takes nothing from the
    /// neighbours.
    ///
    /// # Errors
    /// The first bucket that is full; the account's own comes first, because many people may share an address.
    pub fn check(&self, account: AccountId, from: IpAddr, now: Timestamp) -> Result<(), JoinRefused> {
        let [household, network] = networks(from);
        let group = self.groups.find(from).map(u128::from);
        let buckets = [
            (Bucket::Account, self.account.as_ref(), Some(account.bits())),
            (Bucket::Household, self.household.as_ref(), Some(household)),
            (Bucket::Network, self.network.as_ref(), Some(network)),
            (Bucket::Group, self.group.as_ref(), group),
        ];
        let drawn = buckets.iter().filter_map(|(bucket, slots, key)| Some((*bucket, (*slots)?, (*key)?)));
        for (bucket, slots, key) in drawn.clone() {
            slots.look(key, now).map_err(|wait| JoinRefused { bucket, wait })?;
        }
        for (bucket, slots, key) in drawn {
            slots.draw(key, now).map_err(|wait| JoinRefused { bucket, wait })?;
        }
        Ok(())
    }

    /// The name of the group an address belongs to, for metrics.
    pub fn group_of(&self, from: IpAddr) -> Option<&str> {
        self.groups.name(self.groups.find(from)?)
    }
}

/// The household and the network of an address, in one space of numbers. Addresses of the two families never meet:
/// IPv4 is taken as mapped, which has no other use.
fn networks(from: IpAddr) -> [u128; 2] {
    let keep = |address: u128, bits: u32| address & (u128::MAX << (128 - bits));
    match from.to_canonical() {
        IpAddr::V4(v4) => {
            let mapped = u128::from(v4.to_ipv6_mapped());
            [mapped, keep(mapped, 96 + 24)]
        }
        IpAddr::V6(v6) => [keep(v6.into(), 56), keep(v6.into(), 48)],
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "test")]
mod tests {
    use super::*;

    /// So many that a handful of keys practically never fall together.
    const SLOTS: usize = 1 << 20;

    fn rate(count: u32) -> Option<Rate> {
        Rate::new(count, Duration::from_secs(60))
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(1_800_000_000_000 + second * 1_000)
    }

    fn limits(rates: JoinRates, groups: &str) -> JoinLimits {
        JoinLimits::new(&rates, AddressGroups::parse(groups).unwrap(), SLOTS)
    }

    fn refused(limits: &JoinLimits, account: u128, from: &str) -> Option<Bucket> {
        limits.check(AccountId::new(account), from.parse().unwrap(), at(0)).err().map(|refused| refused.bucket)
    }

    #[test]
    fn one_account_is_limited_wherever_it_comes_from() {
        let limits = limits(JoinRates { per_account: rate(2), ..JoinRates::default() }, "");
        let of = |from| refused(&limits, 1, from);
        assert_eq!([of("192.0.2.1"), of("198.51.100.1"), of("2001:db8::1")], [None, None, Some(Bucket::Account)]);
        assert_eq!(refused(&limits, 2, "192.0.2.1"), None);
    }

    #[test]
    fn many_accounts_of_one_household_are_limited_and_their_network_a_little_later() {
        let rates = JoinRates { per_household: rate(2), per_network: rate(3), ..JoinRates::default() };
        for (home, next_door, elsewhere) in
            [("192.0.2.1", "192.0.2.200", "192.0.3.1"), ("2001:db8:1:100::1", "2001:db8:1:200::1", "2001:db8:2::1")]
        {
            let limits = limits(rates, "");
            assert_eq!([1, 2, 3].map(|who| refused(&limits, who, home)), [None, None, Some(Bucket::Household)]);
            assert_eq!([4, 5].map(|who| refused(&limits, who, next_door)), [None, Some(Bucket::Network)]);
            assert_eq!(refused(&limits, 6, elsewhere), None);
        }
    }

    #[test]
    fn a_group_of_networks_has_one_bucket() {
        let groups = "192.0.2.0/24 hosting\n2001:db8::/32 hosting\n198.51.100.0/24 other\n";
        let limits = limits(JoinRates { per_group: rate(2), ..JoinRates::default() }, groups);
        assert_eq!(refused(&limits, 1, "192.0.2.1"), None);
        assert_eq!(refused(&limits, 2, "2001:db8:7::1"), None);
        assert_eq!(refused(&limits, 3, "::ffff:192.0.2.77"), Some(Bucket::Group), "mapped addresses are IPv4");
        assert_eq!(refused(&limits, 4, "198.51.100.1"), None);
        assert!((0..10).all(|who| refused(&limits, who, "203.0.113.1").is_none()), "no group, no limit");
        assert_eq!(limits.group_of("192.0.2.1".parse().unwrap()), Some("hosting"));
    }

    #[test]
    fn who_is_refused_takes_nothing_from_the_neighbours() {
        let limits = limits(JoinRates { per_account: rate(1), per_network: rate(2), ..JoinRates::default() }, "");
        assert_eq!(refused(&limits, 1, "192.0.2.1"), None);
        assert!((0..100).all(|_| refused(&limits, 1, "192.0.2.1") == Some(Bucket::Account)));
        assert_eq!(refused(&limits, 2, "192.0.2.2"), None);
        assert!((0..100).all(|_| refused(&limits, 3, "192.0.2.3") == Some(Bucket::Network)));
        assert_eq!(refused(&limits, 3, "198.51.100.3"), None, "nor from their own account");
    }

    #[test]
    fn the_answer_does_not_say_which_bucket() {
        let problem = Problem::from(JoinRefused { bucket: Bucket::Group, wait: Duration::from_secs(3) });
        assert_eq!(problem.code, "too_many_requests");
        assert!(!problem.public.contains("group") && problem.internal.unwrap().contains("group"));
    }
}
