//! The artifact in force.

mod lifecycle; // readiness, identity, shutdown
mod switching; // hot reload: another artifact is put in force, or refused
