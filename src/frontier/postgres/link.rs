//! The connection to the server: statements prepared once, transactions that are begun anew after a fault that passes, the server's
//! time.
//!
//! A fault that passes: the server restarts or fails over, the network is gone for a while, a statement or a lock took too long, two
//! transactions met. Each transaction of a worker has a number, stored by its first statement, so that one whose commit was not answered
//! is known to be there or not, and is never done twice.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use postgres::error::SqlState;
use postgres::types::ToSql;
use postgres::{Client, Row, Statement};

use super::tls::Server;
use crate::frontier::Settled;
use crate::frontier::common::Unreadable;

/// How long a server that cannot be reached is waited for.
const PATIENCE: Duration = Duration::from_secs(600);
/// The longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Tries of a transaction that others stand in the way of.
const TRIES: u32 = 10;
/// The server's time is asked for anew after so long, as clocks drift.
const CLOCK_HOLDS: Duration = Duration::from_secs(300);
/// What every session is set to. Connections that died are noticed by both sides within half a minute.
const OPTIONS: &str = "-c search_path=auslese -c statement_timeout=60s -c lock_timeout=10s \
     -c idle_in_transaction_session_timeout=60s -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 \
     -c tcp_keepalives_count=3 -c jit=off";

/// A failure inside a transaction.
#[derive(Debug)]
pub(super) enum Fault {
    Sql(postgres::Error),
    /// What is wrong with the address of the state.
    Address(String),
    Stored(Unreadable),
    /// The format is of a newer version of this software.
    Newer(i64),
    /// Another process works under this worker's name.
    Displaced,
    /// A settle was taken back: a record of its segment may not stand.
    Withdrawn(Box<Settled>),
    /// The server was not there for so long.
    Gone(postgres::Error),
}

impl From<Unreadable> for Fault {
    fn from(value: Unreadable) -> Self {
        Self::Stored(value)
    }
}

impl From<postgres::Error> for Fault {
    fn from(error: postgres::Error) -> Self {
        Self::Sql(error)
    }
}

pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// Statements on an open connection, within a transaction.
pub(super) struct Sql<'a> {
    client: &'a mut Client,
    prepared: &'a mut HashMap<&'static str, Statement>,
}

impl Sql<'_> {
    fn statement(&mut self, sql: &'static str) -> Result<Statement, Fault> {
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql)?;
        self.prepared.insert(sql, statement.clone());
        Ok(statement)
    }

    pub(super) fn rows(&mut self, sql: &'static str, params: Params<'_>) -> Result<Vec<Row>, Fault> {
        let statement = self.statement(sql)?;
        Ok(self.client.query(&statement, params)?)
    }

    pub(super) fn one(&mut self, sql: &'static str, params: Params<'_>) -> Result<Row, Fault> {
        let statement = self.statement(sql)?;
        Ok(self.client.query_one(&statement, params)?)
    }

    pub(super) fn maybe(&mut self, sql: &'static str, params: Params<'_>) -> Result<Option<Row>, Fault> {
        Ok(self.rows(sql, params)?.into_iter().next())
    }

    /// Rows changed.
    pub(super) fn run(&mut self, sql: &'static str, params: Params<'_>) -> Result<u64, Fault> {
        let statement = self.statement(sql)?;
        Ok(self.client.execute(&statement, params)?)
    }

    pub(super) fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        Ok(self.client.batch_execute(sql)?)
    }

    /// The commit of this transaction need not wait for the disk: a crash of the server may take it back.
    pub(super) fn lightly(&mut self) -> Result<(), Fault> {
        self.batch("SET LOCAL synchronous_commit TO OFF")
    }
}

/// The worker that a connection speaks for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Me {
    pub(super) id: i64,
    pub(super) epoch: i64,
}

/// Where the time comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeOf {
    /// The database server, so that it is the same for all workers whatever their own clocks say.
    Server,
    /// The caller.
    Caller,
}

/// A connection that comes back.
pub(super) struct Link {
    server: Server,
    open: Option<(Client, HashMap<&'static str, Statement>)>,
    pub(super) me: Me,
    /// The last transaction's number.
    tx: i64,
    time_of: TimeOf,
    /// The server's time, no later than at that instant.
    clock: Option<(i64, Instant)>,
    patience: Duration,
}

impl Link {
    pub(super) fn new(address: &str, time_of: TimeOf) -> Result<Self, Fault> {
        let mut server = Server::of(address).map_err(Fault::Address)?;
        server
            .config
            .options(OPTIONS)
            .application_name("auslese")
            .connect_timeout(Duration::from_secs(5))
            .keepalives_idle(Duration::from_secs(10))
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(3)
            .tcp_user_timeout(Duration::from_secs(20));
        let (me, open, clock) = (Me::default(), None, None);
        Ok(Self { server, open, me, tx: 0, time_of, clock, patience: PATIENCE })
    }

    /// The name of the state without its password.
    pub(super) fn name(&self) -> String {
        use postgres::config::Host;
        let host = match self.server.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "localhost".to_owned(),
        };
        let port = self.server.config.get_ports().first().map_or(String::new(), |port| format!(":{port}"));
        format!("postgres://{host}{port}/{}", self.server.config.get_dbname().unwrap_or_default())
    }

    /// From now on it speaks for a worker, whose last transaction had this number.
    pub(super) fn enter(&mut self, me: Me, tx: i64) {
        (self.me, self.tx) = (me, tx);
    }

    /// For who only looks: it says at once where there is no server.
    pub(super) fn impatient(mut self) -> Self {
        self.patience = Duration::ZERO;
        self
    }

    fn connect(&mut self) -> Result<(), Fault> {
        if self.open.as_ref().is_none_or(|(client, _)| client.is_closed()) {
            self.close();
            let client = self.server.connect()?;
            self.open = Some((client, HashMap::new()));
            self.clock = None;
        }
        if self.time_of == TimeOf::Server && self.clock.is_none_or(|(_, at)| at.elapsed() > CLOCK_HOLDS) {
            let asked = Instant::now();
            let now: i64 =
                self.sql()?.one("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::int8", &[])?.try_get(0)?;
            self.clock = Some((now, asked));
        }
        Ok(())
    }

    fn sql(&mut self) -> Result<Sql<'_>, Fault> {
        match &mut self.open {
            Some((client, prepared)) => Ok(Sql { client, prepared }),
            None => Err(Fault::Displaced),
        }
    }

    /// Closes on a thread of its own: the client blocks, which a thread of an asynchronous runtime may not.
    pub(super) fn close(&mut self) {
        if let Some(open) = self.open.take() {
            let closing = std::thread::Builder::new().name("closing".to_owned()).spawn(move || drop(open));
            if let Ok(closing) = closing {
                let _ = closing.join();
            }
        }
    }

    /// The present in microseconds, and how far it is ahead of the caller's.
    pub(super) fn now(&mut self, callers: Timestamp) -> Result<(i64, i64), Fault> {
        let callers = callers.as_microsecond();
        if self.time_of == TimeOf::Caller {
            return Ok((callers, 0));
        }
        if self.clock.is_none_or(|(_, at)| at.elapsed() > CLOCK_HOLDS) {
            self.read(|_| Ok(()))?;
        }
        let Some((server, at)) = self.clock else { return Ok((callers, 0)) };
        let now = server.saturating_add(i64::try_from(at.elapsed().as_micros()).unwrap_or(i64::MAX));
        Ok((now, now.saturating_sub(callers)))
    }

    /// A transaction that changes nothing, or may be done twice.
    pub(super) fn read<T>(&mut self, mut work: impl FnMut(&mut Sql<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        self.patiently(|link| {
            link.connect()?;
            let mut sql = link.sql()?;
            sql.batch("BEGIN")?;
            let value = work(&mut sql)?;
            sql.batch("COMMIT")?;
            Ok(value)
        })
    }

    /// A transaction of this worker, done once.
    pub(super) fn change<T>(&mut self, mut work: impl FnMut(&mut Sql<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        self.tx += 1;
        let (tx, me) = (self.tx, self.me);
        // What the transaction came to whose commit was not answered.
        let mut in_doubt = None;
        self.patiently(|link| {
            link.connect()?;
            let mut sql = link.sql()?;
            sql.batch("BEGIN")?;
            let fence = "UPDATE workers SET tx = $1 WHERE id = $2 AND epoch = $3 AND tx < $1";
            if sql.run(fence, &[&tx, &me.id, &me.epoch])? == 0 {
                sql.batch("ROLLBACK")?;
                return in_doubt.take().ok_or(Fault::Displaced);
            }
            let value = work(&mut sql)?;
            match sql.batch("COMMIT") {
                Ok(()) => Ok(value),
                Err(fault) => {
                    in_doubt = Some(value);
                    Err(fault)
                }
            }
        })
    }

    /// Tries until it works, or will not.
    fn patiently<T>(&mut self, mut attempt: impl FnMut(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        let began = Instant::now();
        let (mut tries, mut pause) = (0_u32, Duration::from_millis(50));
        loop {
            let fault = match attempt(self) {
                Ok(value) => return Ok(value),
                Err(fault) => fault,
            };
            let Fault::Sql(error) = fault else {
                self.abort();
                return Err(fault);
            };
            match kind(&error) {
                Kind::Lost if began.elapsed() < self.patience => {
                    if tries == 0 {
                        tracing::warn!(error = %words(&error), "the database cannot be reached; trying again");
                    }
                    self.close();
                }
                Kind::Lost => return Err(Fault::Gone(error)),
                Kind::InTheWay if tries < TRIES => {
                    tracing::debug!(error = %words(&error), "a transaction is done again");
                    self.abort();
                }
                Kind::InTheWay | Kind::Ours => {
                    self.abort();
                    return Err(Fault::Sql(error));
                }
            }
            tries += 1;
            // Workers that were thrown out together do not come back together.
            std::thread::sleep(pause.mul_f64(0.5 + fastrand::f64()));
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn abort(&mut self) {
        if let Some((client, _)) = &mut self.open
            && client.batch_execute("ROLLBACK").is_err()
        {
            self.close();
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.close();
    }
}

enum Kind {
    /// The connection, or the server.
    Lost,
    /// Other transactions, or a time limit.
    InTheWay,
    /// Our own fault, or that of who set the server up.
    Ours,
}

fn kind(error: &postgres::Error) -> Kind {
    let Some(code) = error.code() else {
        // No answer of the server: the connection broke, could not be made or was not trusted, or a value did not fit.
        let io = std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
        let of_tls = io.and_then(std::io::Error::get_ref).is_some_and(|inner| inner.is::<rustls::Error>());
        return if error.is_closed() || (io.is_some() && !of_tls) { Kind::Lost } else { Kind::Ours };
    };
    match code {
        code if *code == SqlState::ADMIN_SHUTDOWN
            || *code == SqlState::CRASH_SHUTDOWN
            || *code == SqlState::CANNOT_CONNECT_NOW
            || *code == SqlState::TOO_MANY_CONNECTIONS
            || *code == SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT
            // A standby that is not the primary yet.
            || *code == SqlState::READ_ONLY_SQL_TRANSACTION
            || code.code().starts_with("08") =>
        {
            Kind::Lost
        }
        code if *code == SqlState::T_R_SERIALIZATION_FAILURE
            || *code == SqlState::T_R_DEADLOCK_DETECTED
            || *code == SqlState::LOCK_NOT_AVAILABLE
            || *code == SqlState::QUERY_CANCELED =>
        {
            Kind::InTheWay
        }
        _ => Kind::Ours,
    }
}

/// What the server, or the system, says.
pub(super) fn words(error: &postgres::Error) -> String {
    match error.as_db_error() {
        Some(said) => said.message().to_owned(),
        None => std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string),
    }
}
