//! When a host may be asked, and for what: rate per host, backoff, robots.txt, redirects. A pure state machine; time
//! is passed in.
//!
//! - [`Pacer`]: may this host be asked now? Rate (governor), requests at once, backoff, `Retry-After`, hosts that are closed.
//! - [`Budget`] and [`Hours`]: how many requests a host gets in a run and a day; hours in which it is not asked.
//! - [`Robots`]: what robots.txt allows ([RFC 9309]); [`RobotsAnswer`] and [`RobotsCache`]: what follows when it cannot be had.
//! - [`TdmRep`]: the site-wide reservation of text and data mining.
//! - [`judge_redirect`]: where a redirect may lead.
//!
//! Not for: sending requests ([`crate::fetch`], feature `crawl`) or choosing the next address (the frontier).
//!
//! [RFC 9309]: https://www.rfc-editor.org/rfc/rfc9309

mod answer;
mod budget;
mod hours;
mod pacer;
mod pattern;
mod redirect;
mod retry_after;
mod robots;
mod settings;
mod tdm;

pub use answer::{AllowReason, RobotsAnswer, RobotsCache, RobotsState};
pub use budget::{Budget, Left, Spent};
pub use hours::{Hours, HoursError};
pub use pacer::{HostHealth, Pacer, Penalty, Signal, Start};
pub use redirect::{RedirectFault, judge_redirect};
pub use retry_after::parse_retry_after;
pub use robots::{Robots, RobotsRule, RuleKind, Verdict};
pub use settings::{PaceOverride, PaceSettings, PaceSettingsError};
pub use tdm::{TdmError, TdmRep};
