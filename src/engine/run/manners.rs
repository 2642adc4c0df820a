//! What holds a host back beside its pace: quiet hours, budgets, what earlier runs left; and the machine it stands on.

use jiff::Timestamp;

use super::{Known, LONG_WAIT, Run, wait};
use crate::engine::orders::Order;
use crate::frontier::HostManners;
use crate::pace::{Budget, Left, PaceOverride, Penalty, Signal, Spent};
use crate::site::SitePace;
use crate::types::HostKey;

/// Why a host is held that has quiet hours. Holds of these two reasons follow from configuration and profile, which may have
/// changed: each run makes them anew.
pub(in crate::engine) const QUIET: &str = "quiet hours";
/// Why a host is held whose budget of the day is spent.
pub(in crate::engine) const SPENT: &str = "budget of the day";
const RESTS: &str = "the server asked for a rest, or failed";

impl Run {
    /// Sets a host's pace and budget when it is first seen.
    pub(super) fn meet(&mut self, host: &HostKey) {
        if self.known.contains_key(host) {
            return;
        }
        let site = self.territory.index_of(host).unwrap_or_default();
        let theirs: SitePace = self.territory.site(site).map(crate::site::Site::pace).unwrap_or_default();
        let delay = self.pace.delay.or(theirs.delay);
        let per_host = self.pace.per_host.or(theirs.per_host);
        self.pacer.set_override(host, PaceOverride { delay, per_host });
        let per_host = usize::from(per_host.unwrap_or(self.config.pace.per_host)).max(1);
        let budget = Budget {
            per_run: theirs.requests_per_run.unwrap_or(self.config.pace.requests_per_run),
            per_day: theirs.requests_per_day.unwrap_or(self.config.pace.requests_per_day),
        };
        self.known.insert(host.clone(), Known { site, per_host, budget, ..Known::default() });
    }

    /// Takes in what earlier runs kept of a host.
    pub(super) fn remember(&mut self, host: &HostKey, manners: HostManners, now: Timestamp) {
        let Some(known) = self.known.get_mut(host) else { return };
        if let Some((day, requests)) = manners.spent {
            known.spent = Spent::before(day, requests);
        }
        if let Some(penalty) = manners.penalty {
            known.kept = Some(penalty);
            self.pacer.restore(host, penalty, now);
        }
        if let Some(asked) = manners.asked {
            self.pacer.asked(host, asked, now);
        }
    }

    /// Whether a host may be asked for anything now; where not, it is put where it waits.
    pub(super) fn may_ask(&mut self, host: &HostKey, now: Timestamp) -> bool {
        let Some(known) = self.known.get(host) else { return false };
        let Some(hours) = self.territory.site(known.site).map(crate::site::Site::hours) else { return true };
        if !hours.is_empty()
            && let Some(until) = hours.quiet_until(now)
        {
            self.hold(host, until, QUIET);
            return false;
        }
        if !known.budget.is_none() {
            match known.budget.left(&known.spent, hours.day(now)) {
                Left::Some => {}
                Left::NotToday => {
                    let until = hours.next_day(now);
                    self.hold(host, until, SPENT);
                    return false;
                }
                Left::NotInThisRun => {
                    self.leave(host);
                    return false;
                }
            }
        }
        if self.config.pace.share_address && !known.located {
            self.locate(host);
            return false;
        }
        true
    }

    /// Asks for the address of a host, before anything is asked of the host itself.
    fn locate(&mut self, host: &HostKey) {
        if let Some(known) = self.known.get_mut(host) {
            (known.located, known.asking) = (true, true);
        }
        self.taken += 1;
        self.hosts.started(host);
        self.hosts.busy(host);
        self.tasks.spawn(self.requests.clone().machine(host.clone()));
    }

    pub(super) fn take_machine(&mut self, host: &HostKey, machine: Option<u128>) {
        if let Some(machine) = machine {
            self.pacer.share(host, machine);
            if self.is_shared {
                // The host waits for the writer's word.
                let _ = self.orders.send(Order::Share { host: host.clone(), machine });
                return;
            }
        }
        self.located(host);
    }

    pub(super) fn take_shared(&mut self, host: &HostKey, is_mine: bool) {
        if !is_mine {
            tracing::info!(%host, "the host stands on a machine that another worker has");
            if let Some(known) = self.known.get_mut(host) {
                known.located = false;
            }
            self.give_back(host);
        }
        self.located(host);
    }

    fn located(&mut self, host: &HostKey) {
        self.taken = self.taken.saturating_sub(1);
        if let Some(known) = self.known.get_mut(host) {
            known.asking = false;
        }
        self.hosts.ended(host);
    }

    /// Leaves what a host still has to the next run.
    fn leave(&mut self, host: &HostKey) {
        tracing::info!(%host, "the host's budget of the run is spent");
        if let Some(known) = self.known.get_mut(host) {
            known.failed = true;
        }
        self.give_back(host);
    }

    /// Counts a request that starts.
    pub(super) fn spend(&mut self, host: &HostKey, now: Timestamp) {
        let Some(known) = self.known.get_mut(host) else { return };
        if known.budget.is_none() {
            return;
        }
        let day = self.territory.site(known.site).map_or(0, |site| site.hours().day(now));
        known.spent.count(day);
        if known.budget.per_day > 0 {
            let _ = self.orders.send(Order::Spent { host: host.clone(), day });
        }
    }

    /// Takes in the end of a request, and keeps for later runs what it means for the host.
    pub(super) fn finished(&mut self, host: &HostKey, started_at: Timestamp, signal: Signal) {
        let now = self.clock.now();
        let before = self.pacer.penalty(host, now).map_or(0, |penalty| penalty.closings);
        self.pacer.finish(host, now, started_at, signal);
        for freed in self.pacer.freed(host) {
            self.hosts.freed(&freed);
        }
        let penalty = self.pacer.penalty(host, now);
        if let Some(closed) = penalty.filter(|penalty| penalty.closings > before) {
            let _ = self.orders.send(Order::HostClosed { host: host.clone(), penalty: closed });
        }
        // Whoever has the host next must know all.
        let is_long = self.is_shared
            || penalty.is_some_and(|penalty| penalty.closings > 0 || wait(now, penalty.until) > LONG_WAIT);
        self.keep(host, penalty, is_long);
        if self.hosts.queued_of(host) == 0
            && let Some(penalty) = penalty.filter(|penalty| wait(now, penalty.until) > LONG_WAIT)
        {
            self.hold(host, penalty.until, RESTS);
        }
    }

    /// Keeps a penalty where it matters, and forgets one that is over.
    fn keep(&mut self, host: &HostKey, penalty: Option<Penalty>, matters: bool) {
        let Some(known) = self.known.get_mut(host) else { return };
        if known.kept != penalty && (matters || (penalty.is_none() && known.kept.is_some())) {
            known.kept = penalty;
            let _ = self.orders.send(Order::KeepPenalty { host: host.clone(), penalty });
        }
    }

    /// Keeps every penalty as it stands, for the next run.
    pub(super) fn keep_all(&mut self) {
        let now = self.clock.now();
        let hosts: Vec<HostKey> = self.known.keys().cloned().collect();
        for host in hosts {
            let penalty = self.pacer.penalty(&host, now);
            self.keep(&host, penalty, true);
        }
    }

    /// A host that must wait long is left to the frontier, which keeps the wait across runs.
    pub(super) fn rest(&mut self, host: HostKey, now: Timestamp, until: Timestamp) {
        if wait(now, until) > LONG_WAIT {
            let failed = self.pacer.penalty(&host, now).is_some();
            self.hold(&host, until, if failed { RESTS } else { "its delay is long" });
        } else {
            self.hosts.wait(host, until);
        }
    }
}
