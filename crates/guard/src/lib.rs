//! Who may join how often, and who may go in.
//!
//! [`JoinLimits`] counts joins per account, per network and per group of networks. A [`Challenge`] costs the device
//! that solves it time and memory; a [`WaitTicket`] asks for patience instead. An [`AdmissionPass`] is what somebody
//! whose turn it is shows at the edge. All three are signed texts of one [`KeyRing`], so no process has to remember
//! them; [`Exchanged`] remembers only which were used.
//!
//! **Invariant:** reads no clock; randomness only in [`TokenId::draw`], [`KeyRing::rotate`] and in the hash that
//! spreads keys over buckets; files only in `keys::folder` and [`AddressGroups::load`]. Whatever is odd is refused.

mod exchanged;
mod joins;
mod keys;
mod pass;
mod token;
mod wait;
mod work;

pub use exchanged::{ExchangeFault, Exchanged};
pub use joins::{AddressGroups, AddressGroupsError, Bucket, JoinLimits, JoinRates, JoinRefused, Rate};
pub use keys::{KEYS_MAX, KeyId, KeyRing, KeyRingError};
pub use pass::{AdmissionPass, PASS_PREFIX, PassFacts, PassFault};
pub use token::{TokenFault, TokenId};
pub use wait::{WAIT_PREFIX, WaitFacts, WaitTicket};
pub use work::{Challenge, DIFFICULTY_MAX, JoinProofFault, PROOF_CHARS, WORK_PREFIX, WorkFacts, solve};
