//! Connections as the service keeps them: HTTP/1.1 and HTTP/2, with TLS and without, how long each may stay, and how many
//! there may be; and the public keys of an OAuth 2 server, which come over such a line.

#[path = "lines/authority.rs"]
mod authority;
#[path = "lines/hall.rs"]
mod hall;
#[path = "lines/key_set.rs"]
mod key_set;
#[path = "lines/places.rs"]
mod places;
#[cfg(feature = "otel")]
#[path = "lines/spans.rs"]
mod spans;
mod support;
#[path = "lines/times.rs"]
mod times;
#[path = "lines/versions.rs"]
mod versions;
