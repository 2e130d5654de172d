//! Who may use the service: tokens, keys, certificates and scopes, what each route asks, and how fast.

#[path = "access/cast.rs"]
mod cast;
#[path = "access/certificates.rs"]
mod certificates;
#[path = "access/keys.rs"]
mod keys;
#[path = "access/limits.rs"]
mod limits;
#[path = "access/matrix.rs"]
mod matrix;
#[path = "access/program.rs"]
mod program;
mod support;
#[path = "access/tokens.rs"]
mod tokens;
