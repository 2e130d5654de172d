//! `hrg key`: API keys of the service. A key is shown once, when it is made; the list holds what it is known by.

use crate::access::caller::is_name;
use crate::access::key;
use crate::access::key_file::{Entry, KeyFile};
use crate::access::scope::Scope;
use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};
use std::io::{self, Write};
use std::path::PathBuf;

/// Arguments of `hrg key`.
#[derive(Debug, Args)]
pub struct KeyArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct List {
    /// The list of keys.
    #[arg(long, value_name = "FILE", env = "HRG_KEYS_FILE")]
    keys_file: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a key and print it, once.
    New {
        /// Whose it is. Jobs belong to the client, whichever of its keys sent them.
        #[arg(long, value_name = "NAME")]
        client: String,
        /// What it may do.
        #[arg(long = "scope", value_name = "SCOPE", required = true, value_delimiter = ',')]
        scopes: Vec<Scope>,
        /// For how many days it is taken; without it until it is revoked.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: Option<u16>,
        #[command(flatten)]
        list: List,
    },
    /// Revoke a key: a service that runs refuses it within seconds.
    Revoke {
        /// Its id, the middle part of the key.
        id: String,
        #[command(flatten)]
        list: List,
    },
    /// List the keys.
    List(List),
}

/// Runs the command.
pub fn run(args: &KeyArgs, out: &mut impl Write) -> io::Result<u8> {
    match &args.command {
        Command::New { client, scopes, days, list } => new(client, scopes, *days, list, out)?,
        Command::Revoke { id, list } => {
            KeyFile::change(&list.keys_file, |keys| revoke(keys, id)).map_err(io::Error::other)?;
            writeln!(out, "{id} is revoked")?;
        }
        Command::List(list) => {
            let keys = KeyFile::load(&list.keys_file).map_err(io::Error::other)?.keys;
            for key in keys {
                writeln!(out, "{}", line(&key, Timestamp::now()))?;
            }
        }
    }
    Ok(0)
}

fn new(client: &str, scopes: &[Scope], days: Option<u16>, list: &List, out: &mut impl Write) -> io::Result<()> {
    if !is_name(client) {
        return Err(io::Error::other("--client is 1 to 128 visible ASCII characters"));
    }
    let made = key::make().map_err(io::Error::other)?;
    let created = Timestamp::from_second(Timestamp::now().as_second()).map_err(io::Error::other)?;
    let expires = days.map(|days| created.checked_add(SignedDuration::from_hours(24 * i64::from(days))));
    let entry = Entry {
        id: made.id,
        client: client.to_owned(),
        scopes: scopes.to_vec(),
        sha256: key::written(&made.hash),
        created,
        expires: expires.transpose().map_err(io::Error::other)?,
        revoked: None,
    };
    let add = |keys: &mut KeyFile| {
        keys.keys.push(entry);
        Ok(())
    };
    KeyFile::change(&list.keys_file, add).map_err(io::Error::other)?;
    writeln!(out, "{}", made.key.as_str())
}

fn revoke(keys: &mut KeyFile, id: &str) -> Result<(), String> {
    let found = keys.keys.iter_mut().find(|key| key.id == id).ok_or_else(|| format!("no key has the id {id}"))?;
    found.revoked.get_or_insert_with(Timestamp::now);
    Ok(())
}

fn line(key: &Entry, now: Timestamp) -> String {
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.name()).collect();
    let state = match (key.revoked, key.expires) {
        (Some(revoked), _) => format!("revoked {revoked}"),
        (None, Some(expires)) if !key.is_taken(now) => format!("expired {expires}"),
        (None, Some(expires)) => format!("until {expires}"),
        (None, None) => "no end".to_owned(),
    };
    format!("{}  {}  {}  made {}  {state}", key.id, key.client, scopes.join(","), key.created)
}
