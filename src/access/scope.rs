//! What a caller may do.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One thing that a caller may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
pub enum Scope {
    /// Group, compare and check records that are answered at once.
    #[serde(rename = "group")]
    #[value(name = "group")]
    Group,
    /// Send jobs, and have their results.
    #[serde(rename = "jobs")]
    #[value(name = "jobs")]
    Jobs,
    /// Look up what releases say.
    #[serde(rename = "reference:read")]
    #[value(name = "reference:read")]
    ReferenceRead,
    /// Change releases: the admin interface.
    #[serde(rename = "reference:admin")]
    #[value(name = "reference:admin")]
    ReferenceAdmin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Scope; 4] = [Scope::Group, Scope::Jobs, Scope::ReferenceRead, Scope::ReferenceAdmin];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Group => "group",
            Scope::Jobs => "jobs",
            Scope::ReferenceRead => "reference:read",
            Scope::ReferenceAdmin => "reference:admin",
        }
    }

    /// What it is for.
    pub fn words(self) -> &'static str {
        match self {
            Scope::Group => "group, compare and check records",
            Scope::Jobs => "send jobs and have their results",
            Scope::ReferenceRead => "look up what releases say",
            Scope::ReferenceAdmin => "change releases",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Several scopes. None implies another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scopes {
    /// Those of a token's list with spaces between. Scopes of other services may be among them.
    pub fn among(list: &str) -> Scopes {
        list.split_ascii_whitespace()
            .filter_map(|name| Scope::ALL.into_iter().find(|scope| scope.name() == name))
            .collect()
    }

    /// Whether the scope is one of them.
    pub fn hold(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Each of them.
    pub fn list(self) -> Vec<Scope> {
        Scope::ALL.into_iter().filter(|scope| self.hold(*scope)).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Scopes {
        Scopes(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_gives_exactly_the_scopes_it_names() {
        assert_eq!(Scopes::among("openid  group reference:read").list(), [Scope::Group, Scope::ReferenceRead]);
        assert_eq!(Scopes::among("groups reference GROUP group,jobs"), Scopes::default());
        for scope in Scope::ALL {
            assert_eq!(Scopes::among(scope.name()).list(), [scope]);
        }
    }
}
