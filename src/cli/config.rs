//! `hrg config`: whether the service would start with a configuration, and what it comes to.

use super::serve_args::ServeArgs;
use crate::access::Lodge;
use crate::http::Tls;
use clap::{Args, Subcommand};
use std::io::{self, Write};

/// Arguments of `hrg config`.
#[derive(Debug, Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the configuration, and that lists of callers and certificates can be read.
    Check(ServeArgs),
    /// Print the configuration with what it leaves out; secrets are stars.
    Show(ServeArgs),
}

/// Runs the command.
pub fn run(args: &ConfigArgs, out: &mut impl Write) -> io::Result<u8> {
    match &args.command {
        Command::Check(args) => {
            let config = args.config()?;
            Lodge::open(&config.access).map_err(io::Error::other)?;
            if let Some(tls) = &config.tls {
                Tls::load(&tls.certificate, &tls.key).map_err(io::Error::other)?;
            }
            writeln!(out, "the configuration is sound")?;
        }
        Command::Show(args) => {
            let text = toml::to_string(&args.config()?).map_err(io::Error::other)?;
            out.write_all(text.as_bytes())?;
        }
    }
    Ok(0)
}
