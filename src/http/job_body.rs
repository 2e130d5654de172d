//! The file of a job as it arrives: written to the disk piece by piece, a few of them in memory, never more.

use super::error::ApiError;
use crate::jobs::{JobError, Upload};
use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

/// Pieces that wait to be written.
const PIECES: usize = 8;

/// Takes in a body, which may send nothing for so long. An upload that is broken off is erased before its refusal is answered.
pub(super) async fn take_in(mut upload: Upload, body: Body, stall: Duration) -> Result<Upload, ApiError> {
    let (pass, mut pieces) = mpsc::channel::<Bytes>(PIECES);
    let writing = spawn_blocking(move || {
        while let Some(piece) = pieces.blocking_recv() {
            upload.write(&piece)?;
        }
        Ok::<Upload, JobError>(upload)
    });
    let arrived = pass_on(body, pass, stall).await;
    let upload = writing.await.map_err(|_| ApiError::Internal)??;
    match arrived {
        Ok(()) => Ok(upload),
        Err(fault) => {
            _ = spawn_blocking(move || drop(upload)).await;
            Err(fault)
        }
    }
}

/// Passes the pieces on until the body ends, or the writer does, which says why.
async fn pass_on(mut body: Body, pass: mpsc::Sender<Bytes>, stall: Duration) -> Result<(), ApiError> {
    loop {
        let frame = tokio::time::timeout(stall, body.frame()).await.map_err(|_| ApiError::Timeout)?;
        let Some(frame) = frame else { return Ok(()) };
        if let Ok(piece) = frame.map_err(|_| ApiError::Unreadable)?.into_data()
            && pass.send(piece).await.is_err()
        {
            return Ok(());
        }
    }
}
