//! Tables of the six logics other than admitted patient care.

use super::{TableTexts, by_key, rules_in_order};
use crate::bundle::cells::Reading;
use crate::record::{Field, Sctid, Word};
use crate::reference::other::{Activity, EmCategory, OtherTables, RenalCell};
use crate::reference::row::Row;
use crate::reference::snomed::{Mapped, SnomedEmergency};
use crate::reference::{Hrg, TableId};

/// A row whose content is one HRG.
fn plain<T>(row: Row<(T, Hrg)>) -> (T, Row<Hrg>) {
    let (key, hrg) = row.value;
    (key, Row { table: row.table, id: row.id, line: row.line, value: hrg })
}

/// The mapping of SNOMED CT codes.
fn snomed_emergency(reading: &mut Reading, texts: &TableTexts<'_>) -> Vec<Row<Mapped>> {
    let table = TableId::SnomedEmergency;
    reading.table(table, texts.get(&table).copied(), table.key(), |cells| {
        let kind = cells.choice("kind", &[("investigation", Field::Inv), ("treatment", Field::Treat)]);
        let source = Sctid::parse(cells.text("source"));
        if source.is_none() {
            let message = format!("`{}` in column `source` is no SNOMED CT concept identifier", cells.text("source"));
            cells.fault("bad-sctid", message);
        }
        let (label, code, version) = (cells.some("label"), cells.word("code"), cells.some("version"));
        let retired = cells.choice("status", &[("active", false), ("retired", true)]);
        Some(Mapped { kind: kind?, source: source?, label: label?, code: code?, version: version?, retired: retired? })
    })
}

/// Tables of the six logics other than admitted patient care.
pub fn other(reading: &mut Reading, texts: &TableTexts<'_>) -> OtherTables {
    let text = |table: TableId| texts.get(&table).copied();
    let wf = reading.table(TableId::WfMatrix, text(TableId::WfMatrix), &["firstatt", "professional"], |cells| {
        let first = cells.word("firstatt");
        let multi = cells.choice("professional", &[("uni", false), ("multi", true)]);
        let hrg = cells.hrg("hrg");
        Some(((first?, multi?), hrg?))
    });
    let categories = reading.table(TableId::EmCategories, text(TableId::EmCategories), &["kind", "code"], |cells| {
        let treatment = cells.choice("kind", &[("investigation", false), ("treatment", true)]);
        let (code, category, dental) = (cells.word("code"), cells.number("category", 0, 5), cells.flag("dental"));
        let category = (|| Some(EmCategory { category: u8::try_from(category?).ok()?, dental: dental? }))();
        Some((treatment?, code?, category?))
    });
    let key = ["investigation_category", "treatment_category"];
    let em = reading.table(TableId::EmMatrix, text(TableId::EmMatrix), &key, |cells| {
        let investigation = cells.number("investigation_category", 0, 3);
        let (treatment, hrg) = (cells.number("treatment_category", 0, 5), cells.hrg("hrg"));
        Some(((u8::try_from(investigation?).ok()?, u8::try_from(treatment?).ok()?), hrg?))
    });
    let classes = reading.table(TableId::RenalClasses, text(TableId::RenalClasses), &["field", "code"], |cells| {
        let (field, code, class) = (cells.field("field"), cells.word("code"), cells.some("class"));
        Some(((field?, code?), class?))
    });
    let key = ["modality_class", "site_class", "access_class", "virus", "age"];
    let renal = reading.table(TableId::NrdMatrix, text(TableId::NrdMatrix), &key, |cells| {
        let class = |text: String| (text != "any").then(|| text.into());
        let (modality, site, access) =
            (cells.some("modality_class"), cells.some("site_class"), cells.some("access_class"));
        let virus = cells.choice("virus", &[("yes", Some(true)), ("no", Some(false)), ("any", None)]);
        let (age, hrg) = (cells.band("age"), cells.hrg("hrg"));
        Some(RenalCell {
            modality: modality?.into(),
            site: class(site?),
            access: class(access?),
            virus: virus?,
            age: age?,
            hrg: hrg?,
        })
    });
    let acc = reading.table(TableId::AccMatrix, text(TableId::AccMatrix), &["organs"], |cells| {
        let (organs, hrg) = (cells.band("organs"), cells.hrg("hrg"));
        Some((organs?, hrg?))
    });
    let activities = reading.table(TableId::CcacCodes, text(TableId::CcacCodes), &["code"], |cells| {
        let (code, label) = (cells.word("code"), cells.some("label"));
        let (pcc, ncc) = (cells.flag("pcc"), cells.flag("ncc"));
        Some((code?, Activity { label: label?, pcc: pcc?, ncc: ncc? }))
    });
    let moved = |row: Row<(bool, Word, EmCategory)>| {
        let (_, code, category) = row.value;
        (code, Row { table: row.table, id: row.id, line: row.line, value: category })
    };
    let (treatments, investigations) = categories.into_iter().partition(|row| row.value.0);
    OtherTables {
        wf: by_key(wf, plain),
        snomed: SnomedEmergency::new(snomed_emergency(reading, texts)),
        investigations: by_key(investigations, moved),
        treatments: by_key(treatments, moved),
        em: by_key(em, plain),
        renal_classes: by_key(classes, |row| {
            let (key, class) = row.value;
            (key, Row { table: row.table, id: row.id, line: row.line, value: class.into() })
        }),
        renal,
        acc,
        pcc: rules_in_order(reading, texts, TableId::PccRules, |cells| cells.hrg("hrg")),
        ncc: rules_in_order(reading, texts, TableId::NccRules, |cells| cells.hrg("hrg")),
        activities: by_key(activities, |row| {
            let (code, activity) = row.value;
            (code, Row { table: row.table, id: row.id, line: row.line, value: activity })
        }),
    }
}
