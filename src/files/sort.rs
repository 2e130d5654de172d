//! Sorts the rows of an input of any size: pieces are sorted side by side, then merged.

use super::decode::Scratch;
use super::error::RunError;
use super::row::Glance;
use super::run::Watch;
use super::survey::Input;
use crate::spill::{Held, Merge, Sorted, Spill, merge};
use rayon::prelude::*;
use std::io;
use std::path::Path;
use std::sync::Arc;

fn unwritable(fault: io::Error) -> RunError {
    RunError::Processing(format!("the rows cannot be sorted by a temporary file: {fault}"))
}

/// The rows of an input in order, with about so much memory. What does not fit goes to a temporary file in the folder.
pub fn sort(input: &Input<'_>, folder: &Path, memory: u64, watch: &impl Watch) -> Result<Merge, RunError> {
    // Half the memory for the rows of all threads; the other half is for what merging, grouping and writing hold.
    let threads = rayon::current_num_threads() as u64;
    let share = (memory / 2 / threads).clamp(1, Held::MOST);
    watch.begin("sorting", input.rows);
    // A piece fits into a share: rows in memory are longer than in the input, by key and entry.
    let pieces = input.source.pieces(input.start, (share / 2).max(1));
    let spill = if pieces.len() as u64 <= threads { None } else { Some(Spill::new(folder).map_err(unwritable)?) };
    let parts: Vec<Vec<Sorted>> = pieces
        .into_par_iter()
        .map_init(
            || Held::with_room(share),
            |rows, piece| sort_piece(input, piece, rows, (spill.as_ref(), share), watch),
        )
        .collect::<Result<_, _>>()?;
    // The parts follow one another as their rows do in the input.
    merge(spill.as_ref(), parts.into_iter().flatten().collect(), memory / 4).map_err(unwritable)
}

fn sort_piece(
    input: &Input<'_>,
    piece: (u64, u64),
    rows: &mut Held,
    (spill, share): (Option<&Arc<Spill>>, u64),
    watch: &impl Watch,
) -> Result<Vec<Sorted>, RunError> {
    watch.go_on()?;
    let mut lines = input.source.lines(input.start, piece).map_err(|fault| RunError::Input(fault.to_string()))?;
    let (mut parts, mut scratch, mut told) = (Vec::new(), Scratch::default(), 0);
    let delimiter = input.decoder.delimiter();
    let mut end = |rows: &mut Held| {
        let part = match spill {
            Some(spill) => rows.spill(spill).map(Sorted::Run),
            None => Ok(Sorted::Held(std::mem::replace(rows, Held::with_room(share)))),
        };
        part.map(|part| parts.push(part)).map_err(unwritable)
    };
    while let Some(line) = lines.next_line()? {
        let Some(row) = input.decoder.decode(line, &mut scratch).map_err(RunError::Input)? else { continue };
        if rows.size() >= share {
            watch.go_on()?;
            watch.advance((rows.len() - std::mem::take(&mut told)) as u64);
            end(rows)?;
        }
        let glance = Glance { bytes: row, delimiter };
        rows.push(|key| input.order.key(input.layout, &glance, key), row).map_err(unwritable)?;
        if rows.len() - told == 4096 {
            told = rows.len();
            watch.advance(4096);
        }
    }
    watch.advance((rows.len() - told) as u64);
    if !rows.is_empty() {
        end(rows)?;
    }
    Ok(parts)
}
