//! How much one client may ask for: a bucket per account, and buckets per address where there is no account yet.

use std::net::IpAddr;
use std::num::NonZeroU32;

use domain::AccountId;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use platform::config::LimitsConfig;

use crate::problem::{ApiError, ApiResult};

/// The buckets of a gateway. A limit that is not set has none.
pub struct Limits {
    requests: Option<DefaultKeyedRateLimiter<AccountId>>,
    joins: Option<DefaultKeyedRateLimiter<AccountId>>,
    joins_from: Option<DefaultKeyedRateLimiter<IpAddr>>,
    log_ins_from: Option<DefaultKeyedRateLimiter<IpAddr>>,
}

impl Limits {
    /// The buckets for these settings.
    pub fn new(config: &LimitsConfig) -> Self {
        Self {
            requests: config.requests_per_second_per_account.map(per_second),
            joins: config.joins_per_minute_per_account.map(per_minute),
            joins_from: config.joins_per_second_per_address.map(per_second),
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

    /// One more join, of an account and from an address: each has a bucket of its own.
    ///
    /// # Errors
    /// `too_many_requests`.
    pub fn check_join(&self, account: AccountId, from: IpAddr) -> ApiResult<()> {
        check(self.joins.as_ref(), &account)?;
        check(self.joins_from.as_ref(), &prefix(from))
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
        self.joins.iter().for_each(RateLimiter::retain_recent);
        self.joins_from.iter().for_each(RateLimiter::retain_recent);
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
