//! Room 8, **the porter's lodge**: who asks, and what they may. No HTTP here: [`http`](crate::http) is the door.
//!
//! A caller shows one of three things: a token of an OAuth 2 server (`token`, checked by its `key_set`), an API key (`key`,
//! whose list is a `key_file`), or a certificate that a trusted `proxy` has checked. Each gives a [`Caller`] with a name
//! and [`Scopes`]. What is wrong with a credential is told to the log alone: to the caller every refusal is the same.

pub mod caller;
mod fetch;
pub mod key;
pub mod key_file;
mod key_set;
pub mod lodge;
pub mod proxy;
pub mod scope;
pub mod secret;
mod seen;
pub mod settings;
pub mod token;

pub use caller::Caller;
pub use lodge::{Lodge, Shown};
pub use scope::{Scope, Scopes};
pub use settings::AccessSettings;
