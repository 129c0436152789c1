//! Stops of a service: rows of the chain, as decisions are.

use serde::Serialize;

use crate::error::TrailError;
use crate::record::encode::Encoder;
use crate::record::row::Link;

/// The longest name or reason, in bytes.
const MAX_TEXT_BYTES: usize = 2_000;

/// A stop in force: since it is on the chain, nothing is decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TrailStop {
    /// Place in the trail.
    pub sequence: u64,
    /// The time of the stop: UTC, RFC 3339 with six decimals.
    pub time: String,
    /// The person, or the name of the key, that stopped the service.
    pub by: String,
    /// The reason.
    pub why: String,
}

impl std::fmt::Display for TrailStop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { time, by, why, .. } = self;
        write!(f, "{by} stopped the service at {time}: {why}")
    }
}

/// The two acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CordAct {
    Stop,
    Clear,
}

impl CordAct {
    /// The name under which it is stored.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Clear => "clear",
        }
    }

    pub(crate) fn named(name: &str) -> Result<Self, String> {
        match name {
            "stop" => Ok(Self::Stop),
            "clear" => Ok(Self::Clear),
            other => Err(format!("the act `{other}`")),
        }
    }
}

/// A stop or a clear on the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CordRow {
    pub(crate) link: Link,
    pub(crate) act: CordAct,
    pub(crate) by: String,
    pub(crate) why: String,
}

impl CordRow {
    pub(crate) fn encode(&self) -> Encoder {
        let context = match self.act {
            CordAct::Stop => "andon-audit stop 1",
            CordAct::Clear => "andon-audit clear 1",
        };
        Encoder::new(context).text(&self.by).text(&self.why)
    }

    fn into_stop(self) -> TrailStop {
        TrailStop { sequence: self.link.sequence, time: self.link.time, by: self.by, why: self.why }
    }
}

/// The stops in force: those since the last clear, in order.
pub(crate) fn stops_in_force(rows: Vec<CordRow>) -> Vec<TrailStop> {
    let since = rows.iter().rposition(|row| row.act == CordAct::Clear).map_or(0, |clear| clear + 1);
    rows.into_iter().skip(since).map(CordRow::into_stop).collect()
}

/// Refuses a name or a reason that says nothing, or that a database could not give back.
pub(crate) fn check_text(field: &'static str, text: &str) -> Result<(), TrailError> {
    let problem = if text.trim().is_empty() {
        "is empty"
    } else if text.contains('\0') {
        "holds a NUL character"
    } else if text.len() > MAX_TEXT_BYTES {
        "is longer than 2,000 bytes"
    } else {
        return Ok(());
    };
    Err(TrailError::Invalid { field, problem })
}
