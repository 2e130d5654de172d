//! Names and wordings: HRGs, chapters, value sets, messages.

use super::{TableTexts, by_key};
use crate::bundle::cells::Reading;
use crate::record::Field;
use crate::reference::TableId;
use crate::reference::labels::{HrgRow, Kind, Labels, Situation, ValueRow};

/// Names and wordings.
pub fn labels(reading: &mut Reading, texts: &TableTexts<'_>) -> Labels {
    let text = |table: TableId| texts.get(&table).copied();
    let hrgs = reading.table(TableId::Hrgs, text(TableId::Hrgs), &["hrg"], |cells| {
        let days =
            [("", None), ("rehabilitationdays", Some(Field::Rehabilitationdays)), ("spcdays", Some(Field::Spcdays))];
        let (hrg, label) = (cells.hrg("hrg"), cells.some("label"));
        let kind = cells.choice("kind", &[("core", Kind::Core), ("unbundled", Kind::Unbundled)]);
        let multiplier = cells.choice("multiplier_days_field", &days);
        Some((hrg?, label?, kind?, multiplier?))
    });
    let chapters = reading.table(TableId::Chapters, text(TableId::Chapters), &["chapter"], |cells| {
        let (chapter, label) = (cells.word("chapter"), cells.some("label"));
        Some((chapter?, label?))
    });
    let subchapters = reading.table(TableId::Subchapters, text(TableId::Subchapters), &["subchapter"], |cells| {
        let (subchapter, label) = (cells.subchapter("subchapter"), cells.some("label"));
        Some((subchapter?, label?))
    });
    let values = reading.table(TableId::ValueSets, text(TableId::ValueSets), &["field", "code"], |cells| {
        let (set, code, label) = (cells.some("field"), cells.word("code"), cells.some("label"));
        let accepted = cells.choice("status", &[("accepted", true), ("rejected", false)]);
        Some((set?, code?, label?, accepted?))
    });
    let messages = reading.table(TableId::Messages, text(TableId::Messages), &["situation"], |cells| {
        let situations: Vec<(&str, Situation)> = Situation::ALL.iter().map(|s| (s.name(), *s)).collect();
        let (situation, text) = (cells.choice("situation", &situations), cells.some("text"));
        // The official files have no text qualifiers, and a pipe divides the parts of a message.
        if text.as_ref().is_some_and(|text| text.contains([',', '|', '\n'])) {
            cells.fault("bad-cell", "a message must not hold a comma, a pipe or a line end");
        }
        Some((situation?, text?))
    });
    let field_names = reading.table(TableId::FieldNames, text(TableId::FieldNames), &["field"], |cells| {
        let (field, name) = (cells.field("field"), cells.some("name"));
        Some((field?, name?))
    });
    Labels {
        hrgs: by_key(hrgs, |row| {
            let (hrg, label, kind, multiplier) = row.value;
            (hrg, HrgRow::new(label, kind, multiplier, row.line))
        }),
        chapters: by_key(chapters, |row| row.value),
        subchapters: by_key(subchapters, |row| row.value),
        values: values
            .into_iter()
            .map(|row| {
                let (set, code, label, accepted) = row.value;
                let id = format!("{set}/{code}").into();
                (set.into(), code, ValueRow { id, label, accepted, line: row.line })
            })
            .collect(),
        messages: by_key(messages, |row| row.value),
        field_names: by_key(field_names, |row| row.value),
    }
}
