//! No spans; the configuration refuses an endpoint where the program cannot send any.

use crate::config::Telemetry;
use std::io;
use tracing_subscriber::layer::Identity;

/// Nothing.
#[derive(Debug)]
pub struct Spans;

impl Spans {
    /// Nothing to open.
    #[expect(clippy::unnecessary_wraps, reason = "where spans are sent it may fail")]
    pub fn open(_: &Telemetry) -> io::Result<Spans> {
        Ok(Spans)
    }

    /// Takes no event.
    #[expect(clippy::unused_self, reason = "as where spans are sent")]
    pub fn layer(&self) -> Identity {
        Identity::new()
    }

    /// Nothing to close.
    pub fn close(self) {}
}
