//! The program at its edges: what is sent stays between it and its sender, a service that is told to stop leaves nothing half
//! done that looks whole, nobody is kept waiting for leave to send, and a stream that breaks says so.
#![cfg(unix)]

#[path = "edges/broken.rs"]
mod broken;
#[path = "edges/canary.rs"]
mod canary;
#[path = "edges/expect.rs"]
mod expect;
#[path = "edges/line.rs"]
mod line;
#[path = "edges/sent.rs"]
mod sent;
#[path = "edges/stop.rs"]
mod stop;
mod support;
