//! How many pages are wanted, of the run and of each site.

use super::Plan;

/// Pages fetched, against what was asked for.
#[derive(Debug, Default)]
pub(super) struct Pages {
    limit: Option<u64>,
    started: u64,
    /// By site: started, and the profile's limit.
    sites: Vec<(u64, Option<u64>)>,
}

impl Pages {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            limit: plan.limit,
            started: 0,
            sites: plan.sites().iter().map(|site| (0, site.limits().pages)).collect(),
        }
    }

    pub(super) fn all_started(&self) -> bool {
        self.limit.is_some_and(|limit| self.started >= limit)
    }

    pub(super) fn is_closed(&self, site: usize) -> bool {
        self.sites.get(site).is_some_and(|(started, limit)| limit.is_some_and(|limit| *started >= limit))
    }

    pub(super) fn closed(&self) -> Vec<usize> {
        (0..self.sites.len()).filter(|&site| self.is_closed(site)).collect()
    }

    pub(super) fn start(&mut self, site: usize) {
        self.started += 1;
        if let Some((started, _)) = self.sites.get_mut(site) {
            *started += 1;
        }
    }

    /// What gave no page does not count against the limit.
    pub(super) fn take_back(&mut self, site: usize) {
        self.started = self.started.saturating_sub(1);
        if let Some((started, _)) = self.sites.get_mut(site) {
            *started = started.saturating_sub(1);
        }
    }
}
