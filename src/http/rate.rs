//! How many requests a client may make: a bucket for each that fills again evenly (GCRA), told in the headers
//! `RateLimit-Policy` and `RateLimit` (draft 10 of the IETF's RateLimit headers).

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::Arc;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

type Buckets = RateLimiter<Arc<str>, DashMapStateStore<Arc<str>>, DefaultClock, StateInformationMiddleware>;

/// The limit.
#[derive(Debug)]
pub struct Rate {
    per_second: u32,
    burst: u32,
    policy: HeaderValue,
    buckets: Buckets,
}

/// How a client stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Requests that it may make at once.
    left: u32,
    /// Seconds until its bucket is full again; where it is empty, until there is room for one.
    seconds: u64,
}

impl Rate {
    /// So many a second, and so many at once.
    pub fn new(per_second: u32, burst: u32) -> Option<Rate> {
        let quota = Quota::per_second(NonZeroU32::new(per_second)?).allow_burst(NonZeroU32::new(burst)?);
        let policy = format!("\"client\";q={burst};w={}", burst.div_ceil(per_second));
        let buckets = RateLimiter::dashmap(quota).with_middleware();
        Some(Rate { per_second, burst, policy: HeaderValue::try_from(policy).ok()?, buckets })
    }

    /// Takes one request out of the client's bucket. The error says how it stands, and in how many seconds there is room.
    pub fn take(&self, client: &Arc<str>) -> Result<Standing, Standing> {
        match self.buckets.check_key(client) {
            Ok(state) => {
                let left = state.remaining_burst_capacity();
                let used = self.burst.saturating_sub(left);
                Ok(Standing { left, seconds: used.div_ceil(self.per_second).into() })
            }
            Err(until) => {
                let wait = until.wait_time_from(DefaultClock::default().now());
                Err(Standing {
                    left: 0,
                    seconds: u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1),
                })
            }
        }
    }

    /// Forgets clients whose buckets are full.
    pub fn tidy(&self) {
        self.buckets.retain_recent();
    }

    /// Says how the client stands.
    pub fn add_headers(&self, standing: Standing, headers: &mut HeaderMap) {
        headers.insert(POLICY, self.policy.clone());
        if let Ok(value) = HeaderValue::try_from(format!("\"client\";r={};t={}", standing.left, standing.seconds)) {
            headers.insert(STATE, value);
        }
    }
}

impl Standing {
    /// In how many seconds there is room again.
    pub fn seconds(self) -> u64 {
        self.seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_client_has_a_bucket_of_its_own_that_says_how_full_it_is() {
        let rate = Rate::new(2, 4).expect("a limit");
        let (one, other): (Arc<str>, Arc<str>) = ("one".into(), "other".into());
        let left: Vec<_> = (0..4).map(|_| rate.take(&one).expect("room").left).collect();
        assert_eq!(left, [3, 2, 1, 0]);
        let full = rate.take(&one).expect_err("no room");
        assert_eq!((full.left, full.seconds), (0, 1));
        assert_eq!(rate.take(&other), Ok(Standing { left: 3, seconds: 1 }));
        let mut headers = HeaderMap::new();
        rate.add_headers(full, &mut headers);
        assert_eq!(headers["ratelimit-policy"], "\"client\";q=4;w=2");
        assert_eq!(headers["ratelimit"], "\"client\";r=0;t=1");
    }
}
