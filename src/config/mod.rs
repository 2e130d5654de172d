//! Room 9, **the notice board**: the configuration of the service, read once at the start. A TOML file lies under the
//! environment, and that under flags (`layers`); a key that is not known is refused with its name, and secrets are shown
//! to nobody.

mod layers;
mod settings;

pub use layers::{Layer, read};
pub use settings::{Admin, Config, Cors, JobConfig, Telemetry, TlsFiles};
