//! How much one client may ask for: a bucket per account, and buckets per address where there is no account yet.

use std::net::IpAddr;
use std::num::NonZeroU32;

use domain::{AccountId, Duration, Timestamp};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use guard::{AddressGroups, JoinLimits, JoinRates, Rate};
use platform::config::LimitsConfig;

use crate::problem::{ApiError, ApiResult};

/// Join buckets of each kind, 8 bytes each. With a million accounts about four share one, which has room for them.
const JOIN_BUCKETS: usize = 1 << 18;

/// The buckets of a gateway. A limit that is not set has none.
pub struct Limits {
    requests: Option<DefaultKeyedRateLimiter<AccountId>>,
    joins: JoinLimits,
    log_ins_from: Option<DefaultKeyedRateLimiter<IpAddr>>,
}

impl Limits {
    /// The buckets for these settings and groups of networks.
    pub fn new(config: &LimitsConfig, groups: AddressGroups) -> Self {
        let rate = |count: Option<NonZeroU32>, per| count.and_then(|count| Rate::new(count.get(), per));
        let (second, minute) = (Duration::from_secs(1), Duration::from_mins(1));
        let joins = JoinRates {
            per_account: rate(config.joins_per_minute_per_account, minute),
            per_household: rate(config.joins_per_second_per_address, second),
            per_network: rate(config.joins_per_second_per_network, second),
            per_group: rate(config.joins_per_second_per_group, second),
        };
        Self {
            requests: config.requests_per_second_per_account.map(per_second),
            joins: JoinLimits::new(&joins, groups, JOIN_BUCKETS),
            log_ins_from: config.logins_per_minute_per_address.map(per_minute),
        }
    }

    /// One more request of an account.
    ///
    /// # Errors
    /// `too_many_requests`.
    pub fn check_account(&self, account: AccountId) -> ApiResult<()> {
        check(self.requests.as_ref(), &account)
    }

    /// One more attempt to join, of an account and from an address: account, household, network and group of networks
    /// have a bucket of their own.
    ///
    /// # Errors
    /// `too_many_requests`.
    pub fn check_join(&self, account: AccountId, from: IpAddr, now: Timestamp) -> ApiResult<()> {
        self.joins.check(account, from, now).map_err(|refused| {
            metrics::counter!("onsale_joins_refused_total", "bucket" => refused.bucket.as_str()).increment(1);
            refused.into()
        })
    }

    /// One more log-in or sign-up from an address.
    ///
    /// # Errors
    /// `too_many_requests`.
    pub fn check_log_in(&self, from: IpAddr) -> ApiResult<()> {
        check(self.log_ins_from.as_ref(), &prefix(from))
    }

    /// Forgets buckets that are full again. Call it now and then.
    pub fn tidy(&self) {
        self.requests.iter().for_each(RateLimiter::retain_recent);
        self.log_ins_from.iter().for_each(RateLimiter::retain_recent);
    }
}

fn per_second<K: std::hash::Hash + Eq + Clone>(count: NonZeroU32) -> DefaultKeyedRateLimiter<K> {
    RateLimiter::keyed(Quota::per_second(count))
}

fn per_minute<K: std::hash::Hash + Eq + Clone>(count: NonZeroU32) -> DefaultKeyedRateLimiter<K> {
    RateLimiter::keyed(Quota::per_minute(count))
}

fn check<K: std::hash::Hash + Eq + Clone>(limiter: Option<&DefaultKeyedRateLimiter<K>>, key: &K) -> ApiResult<()> {
    let Some(limiter) = limiter else { return Ok(()) };
    limiter.check_key(key).map_err(|until| {
        let wait = until.wait_time_from(DefaultClock::default().now());
        let seconds = u32::try_from(wait.as_secs()).unwrap_or(u32::MAX).saturating_add(1);
        ApiError::new("too_many_requests", "Too many requests. Wait a moment.").retry_after(seconds)
    })
}

/// One IPv6 customer has a whole /56.
fn prefix(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) & !((1u128 << 72) - 1)).into()),
        v4 => v4,
    }
}
