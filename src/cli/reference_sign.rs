//! `hrg reference keygen|sign|verify`: who stands behind a release.

use super::releases::own_name;
use crate::bundle::signature::{Policy, SIGNATURE, SecretKey};
use crate::bundle::{self, Files};
use crate::reference::{Finding, Reference};
use clap::Subcommand;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The commands of signatures.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a pair of keys: NAME.secret.toml to sign with, NAME.public.toml to trust.
    Keygen {
        /// What the key is called: letters, digits, full stops, - and _.
        name: String,
        /// The folder to write to.
        #[arg(long, value_name = "DIR", default_value = ".")]
        out: PathBuf,
    },
    /// Sign releases: writes signature.toml.
    Sign {
        /// Release folders.
        #[arg(required = true, value_name = "DIR")]
        folders: Vec<PathBuf>,
        /// The file of the secret key.
        #[arg(long, value_name = "FILE", env = "HRG_SECRET_KEY_FILE")]
        secret_key: PathBuf,
    },
    /// Verify the signatures of releases.
    Verify {
        /// Release folders.
        #[arg(required = true, value_name = "DIR")]
        folders: Vec<PathBuf>,
        /// A file of public keys.
        #[arg(long, value_name = "FILE", env = "HRG_TRUSTED_KEYS")]
        trusted_keys: PathBuf,
    },
}

/// Runs the command; gives the exit code.
pub fn run(command: &Command, out: &mut impl Write) -> io::Result<u8> {
    match command {
        Command::Keygen { name, out: folder } => keygen(name, folder, out),
        Command::Sign { folders, secret_key } => {
            let key = SecretKey::read(&read(secret_key)?).map_err(|words| named(secret_key, &words))?;
            each(folders, out, |folder, _, release| {
                let digest = &release.identity.digest;
                fs::write(folder.join(SIGNATURE), key.sign(digest)).map_err(|fault| named(folder, &fault))?;
                Ok(Ok(format!("signed, {digest}")))
            })
        }
        Command::Verify { folders, trusted_keys } => {
            let policy = Policy::read(&read(trusted_keys)?, true).map_err(|words| named(trusted_keys, &words))?;
            each(folders, out, |_, files, release| {
                let digest = &release.identity.digest;
                let key = policy.check(files, digest);
                Ok(key.map(|key| format!("signed by {}, {digest}", key.unwrap_or_default())))
            })
        }
    }
}

/// Loads each release and works on it; one that is refused, or that the work refuses, makes the exit code 1.
fn each(
    folders: &[PathBuf],
    out: &mut impl Write,
    work: impl Fn(&Path, &Files, &Reference) -> io::Result<Result<String, Finding>>,
) -> io::Result<u8> {
    let mut code = 0;
    for folder in folders {
        let name = folder.canonicalize().map(|place| own_name(&place)).unwrap_or_default();
        let loaded = bundle::read_folder(folder).map_err(|finding| vec![finding]).and_then(|files| {
            let release = bundle::load(&files, &name)?;
            Ok((files, release))
        });
        let done = match loaded {
            Ok((files, release)) => work(folder, &files, &release)?.map_err(|finding| vec![finding]),
            Err(findings) => Err(findings),
        };
        match done {
            Ok(words) => writeln!(out, "{}: {words}", folder.display())?,
            Err(findings) => {
                code = 1;
                for finding in findings {
                    writeln!(out, "{}: {finding}", folder.display())?;
                }
            }
        }
    }
    Ok(code)
}

fn keygen(name: &str, folder: &Path, out: &mut impl Write) -> io::Result<u8> {
    let key = SecretKey::generate(name).map_err(io::Error::other)?;
    let secret = folder.join(format!("{name}.secret.toml"));
    let public = folder.join(format!("{name}.public.toml"));
    // A key that is there already is never written over.
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let write = |options: &OpenOptions, path: &Path, text: &str| {
        options.open(path).and_then(|mut file| file.write_all(text.as_bytes())).map_err(|fault| named(path, &fault))
    };
    let public_options = options.clone();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    write(&options, &secret, &key.to_file())?;
    write(&public_options, &public, &key.public_file())?;
    writeln!(out, "{}: keep it secret", secret.display())?;
    writeln!(out, "{}: for --trusted-keys", public.display())?;
    Ok(0)
}

fn read(path: &Path) -> io::Result<String> {
    fs::read_to_string(path).map_err(|fault| named(path, &fault))
}

fn named(path: &Path, fault: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(format!("{}: {fault}", path.display()))
}
