//! Why a run failed, with the exit codes of the official program. Record errors are not run errors.
//!
//! Source: 07 command line of the official software.

use thiserror::Error;

/// A failed run. It says nothing about records.
#[derive(Debug, Error)]
pub enum RunError {
    /// Exit code 7.
    #[error("{0}")]
    Processing(String),
    /// Exit code 9.
    #[error("the output file cannot be written: {0}")]
    Output(String),
    /// Exit code 10.
    #[error("the record definition file cannot be read: {0}")]
    Definition(String),
    /// Exit code 11.
    #[error("the input file cannot be read: {0}")]
    Input(String),
}

impl RunError {
    /// The official program's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            RunError::Processing(_) => 7,
            RunError::Output(_) => 9,
            RunError::Definition(_) => 10,
            RunError::Input(_) => 11,
        }
    }
}
