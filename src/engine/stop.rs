//! How a run is asked to end early.

use tokio::sync::watch;

/// Asks a run to end: nothing new is fetched, what is under way is finished and saved. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Stop {
    asked: watch::Sender<bool>,
}

impl Default for Stop {
    fn default() -> Self {
        Self::new()
    }
}

impl Stop {
    /// A switch that nobody has used.
    #[must_use]
    pub fn new() -> Self {
        Self { asked: watch::Sender::new(false) }
    }

    /// Asks the run to end.
    pub fn ask(&self) {
        self.asked.send_replace(true);
    }

    /// Whether somebody has asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        *self.asked.borrow()
    }

    /// Ends when somebody asks.
    pub async fn asked(&self) {
        let mut asked = self.asked.subscribe();
        // The sender lives as long as `self`, so that an error cannot come.
        let _ = asked.wait_for(|asked| *asked).await;
    }
}
