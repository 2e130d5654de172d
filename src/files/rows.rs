//! A row of an input file as a record of its dataset.

use super::layout::Layout;
use super::row::Row;
use crate::grouper::other::{RecordResult, group_acc, group_em, group_nac, group_ncc, group_nrd, group_pcc};
use crate::record::{Field, RawAcc, RawEm, RawEpisode, RawNac, RawNccDay, RawNrd, RawPccDay, RawSpell, Text};
use crate::reference::{Dataset, Reference};
use crate::trace::Recorder;

/// An admitted patient care episode.
pub fn episode<'v>(layout: &Layout, row: &impl Row<'v>) -> RawEpisode<'v> {
    episode_with((Vec::new(), Vec::new()), layout, row)
}

/// The same in an episode that is used again, for its lists.
fn refill_episode<'v>(episode: &mut RawEpisode<'v>, layout: &Layout, row: &impl Row<'v>) {
    let lists = (std::mem::take(&mut episode.diag), std::mem::take(&mut episode.oper));
    *episode = episode_with(lists, layout, row);
}

/// The same with lists for its diagnoses and procedures that are used again.
pub fn episode_with<'v>(
    (mut diag, mut oper): (Vec<Text<'v>>, Vec<Text<'v>>),
    layout: &Layout,
    row: &impl Row<'v>,
) -> RawEpisode<'v> {
    let single = |field| layout.text(field, row);
    layout.refill(Field::Diag, row, &mut diag);
    layout.refill(Field::Oper, row, &mut oper);
    RawEpisode {
        epiorder: single(Field::Epiorder),
        startage: single(Field::Startage),
        sex: single(Field::Sex),
        classpat: single(Field::Classpat),
        admisorc: single(Field::Admisorc),
        admimeth: single(Field::Admimeth),
        disdest: single(Field::Disdest),
        dismeth: single(Field::Dismeth),
        epidur: single(Field::Epidur),
        mainspef: single(Field::Mainspef),
        neocare: single(Field::Neocare),
        tretspef: single(Field::Tretspef),
        diag,
        oper,
        criticalcaredays: single(Field::Criticalcaredays),
        rehabilitationdays: single(Field::Rehabilitationdays),
        spcdays: single(Field::Spcdays),
    }
}

/// A spell, of whose rows there is at least one.
pub fn raw_spell<'v, R: Row<'v>>(layout: &Layout, rows: &[R]) -> RawSpell<'v> {
    let mut spell = RawSpell::default();
    refill_spell(&mut spell, layout, rows);
    spell
}

/// Makes a spell that is used again that of rows, of which there is at least one.
pub fn refill_spell<'v, R: Row<'v>>(spell: &mut RawSpell<'v>, layout: &Layout, rows: &[R]) {
    let text = |field| rows.first().map_or(Text::default(), |row| layout.text(field, row));
    (spell.procodet, spell.provspno) = (text(Field::Procodet), text(Field::Provspno));
    spell.episodes.resize_with(rows.len(), RawEpisode::default);
    spell.episodes.iter_mut().zip(rows).for_each(|(episode, row)| refill_episode(episode, layout, row));
}

/// An outpatient attendance.
pub fn nac<'v>(layout: &Layout, row: &impl Row<'v>) -> RawNac<'v> {
    let single = |field| layout.text(field, row);
    RawNac {
        startage: single(Field::Startage),
        sex: single(Field::Sex),
        mainspef: single(Field::Mainspef),
        tretspef: single(Field::Tretspef),
        firstatt: single(Field::Firstatt),
        oper: layout.texts(Field::Oper, row),
    }
}

/// An emergency attendance.
pub fn em<'v>(layout: &Layout, row: &impl Row<'v>) -> RawEm<'v> {
    RawEm {
        age: layout.text(Field::Age, row),
        aepatientgroup: layout.text(Field::Aepatientgroup, row),
        inv: layout.texts(Field::Inv, row),
        treat: layout.texts(Field::Treat, row),
    }
}

/// A dialysis session.
pub fn nrd<'v>(layout: &Layout, row: &impl Row<'v>) -> RawNrd<'v> {
    let single = |field| layout.text(field, row);
    RawNrd {
        renalmod: single(Field::Renalmod),
        renalsite: single(Field::Renalsite),
        renalaccess: single(Field::Renalaccess),
        hbv: single(Field::Hbv),
        hcv: single(Field::Hcv),
        hiv: single(Field::Hiv),
        age: single(Field::Age),
    }
}

/// An adult critical care period.
pub fn acc<'v>(layout: &Layout, row: &impl Row<'v>) -> RawAcc<'v> {
    let single = |field| layout.text(field, row);
    RawAcc {
        ccuf: single(Field::Ccuf),
        bcsd: single(Field::Bcsd),
        acsd: single(Field::Acsd),
        brsd: single(Field::Brsd),
        arsd: single(Field::Arsd),
        rsd: single(Field::Rsd),
        nsd: single(Field::Nsd),
        dsd: single(Field::Dsd),
        lsd: single(Field::Lsd),
        ccl2d: single(Field::Ccl2d),
        ccl3d: single(Field::Ccl3d),
        cc_start_date: single(Field::CcStartDate),
        cc_discharge_date: single(Field::CcDischargeDate),
    }
}

/// A paediatric critical care day.
pub fn pcc<'v>(layout: &Layout, row: &impl Row<'v>) -> RawPccDay<'v> {
    let single = |field| layout.text(field, row);
    RawPccDay {
        procodet: single(Field::Procodet),
        cclocalid: single(Field::CcLocalId),
        ccdate: single(Field::CcDate),
        disdate: single(Field::Disdate),
        dismeth: single(Field::Dismeth),
        ccuf: single(Field::Ccuf),
        ccac: layout.texts(Field::Ccac, row),
        oper: layout.texts(Field::Oper, row),
        diag: layout.texts(Field::Diag, row),
    }
}

/// A neonatal critical care day.
pub fn ncc<'v>(layout: &Layout, row: &impl Row<'v>) -> RawNccDay<'v> {
    let single = |field| layout.text(field, row);
    RawNccDay {
        procodet: single(Field::Procodet),
        cclocalid: single(Field::CcLocalId),
        ccdate: single(Field::CcDate),
        disdate: single(Field::Disdate),
        ccuf: single(Field::Ccuf),
        age_days: single(Field::AgeDays),
        dismeth: single(Field::Dismeth),
        gestlen: single(Field::GestLen),
        perwt: single(Field::Perwt),
        ccac: layout.texts(Field::Ccac, row),
    }
}

/// Groups a row of any dataset but admitted patient care, whose rows are grouped a spell at a time.
pub fn group_row<'r, 'v, R: Recorder<'r>>(
    layout: &Layout,
    row: &impl Row<'v>,
    reference: &'r Reference,
    recorder: &mut R,
) -> Option<RecordResult> {
    Some(match layout.dataset() {
        Dataset::Apc => return None,
        Dataset::Nac => group_nac(&nac(layout, row), reference, recorder),
        Dataset::Em => group_em(&em(layout, row), reference, recorder),
        Dataset::Nrd => group_nrd(&nrd(layout, row), reference, recorder),
        Dataset::Acc => group_acc(&acc(layout, row), reference, recorder),
        Dataset::Pcc => group_pcc(&pcc(layout, row), reference, recorder),
        Dataset::Ncc => group_ncc(&ncc(layout, row), reference, recorder),
    })
}
