//! When a host may be asked, and for what: rate per host, backoff, robots.txt. A pure state machine; time is passed in.
