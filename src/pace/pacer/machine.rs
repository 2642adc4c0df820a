//! What hosts on one machine share: requests at once, and the time between two starts.
//!
//! Hosts that find the machine taken stand in line: each is given a moment of its own, one delay behind the one before, so that a
//! host that asks often gets no more turns than one that asks seldom. Rests, holds and crawl-delays stay with the host: a broken
//! one among hundreds on a machine holds up no other.

use super::clock::Moment;
use super::host::Ready;
use crate::types::HostKey;

#[derive(Debug, Default)]
pub(super) struct Machine {
    in_flight: u16,
    /// No start before: the last start and the delay that was set for it.
    free_at: Moment,
    /// The moment that the next host in line is given.
    end_of_line: Moment,
    /// Hosts that wait for a request of another one to end.
    turned_away: Vec<HostKey>,
}

impl Machine {
    /// Whether a host may start; `slot` is its place in the line.
    pub(super) fn ready(&mut self, slot: &mut Option<Moment>, now: Moment, delay: Moment, at_once: u16) -> Ready {
        if self.in_flight >= at_once {
            return Ready::Busy;
        }
        let at = match *slot {
            Some(own) => own.max(self.free_at),
            None if now >= self.free_at && now >= self.end_of_line => return Ready::Now,
            None => {
                let own = self.free_at.max(self.end_of_line);
                self.end_of_line = own + delay;
                *slot = Some(own);
                own
            }
        };
        if now >= at { Ready::Now } else { Ready::At(at) }
    }

    pub(super) fn started(&mut self, now: Moment, delay: Moment) {
        self.in_flight = self.in_flight.saturating_add(1);
        self.free_at = now + delay;
        self.end_of_line = self.end_of_line.max(self.free_at);
    }

    pub(super) fn ended(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// A host comes with requests under way, or leaves with them.
    pub(super) fn joined(&mut self, in_flight: u16) {
        self.in_flight = self.in_flight.saturating_add(in_flight);
    }

    pub(super) fn left(&mut self, in_flight: u16) {
        self.in_flight = self.in_flight.saturating_sub(in_flight);
    }

    pub(super) fn turn_away(&mut self, host: &HostKey) {
        if !self.turned_away.contains(host) {
            self.turned_away.push(host.clone());
        }
    }

    pub(super) fn take_turned_away(&mut self) -> Vec<HostKey> {
        std::mem::take(&mut self.turned_away)
    }
}
