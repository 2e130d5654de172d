//! Multiple trauma and burns: sites, scores, matrices.

use super::{TableTexts, rules_in_order};
use crate::bundle::cells::Reading;
use crate::reference::options::Degree;
use crate::reference::row::CodeTable;
use crate::reference::trauma::{BurnCode, Burns, Cell, SITES, Trauma};
use crate::reference::{Band, TableId};

fn scores(reading: &mut Reading, texts: &TableTexts<'_>, table: TableId, most: u32) -> CodeTable<u32> {
    CodeTable::new(reading.table(table, texts.get(&table).copied(), &["code"], |cells| {
        let score = cells.number("score", 0, most);
        cells.by_code(score)
    }))
}

/// Multiple trauma.
pub fn trauma(reading: &mut Reading, texts: &TableTexts<'_>) -> Trauma {
    let names: Vec<(&str, u8)> = SITES.iter().copied().zip(0u8..).collect();
    let sites =
        reading.table(TableId::TraumaSites, texts.get(&TableId::TraumaSites).copied(), &["site", "code"], |cells| {
            let site = cells.choice("site", &names);
            cells.by_code(site)
        });
    let key = ["intervention_score", "diagnosis_score"];
    let matrix = reading.table(TableId::TraumaMatrix, texts.get(&TableId::TraumaMatrix).copied(), &key, |cells| {
        let (intervention, severity) = (cells.band("intervention_score"), cells.band("diagnosis_score"));
        let hrg = cells.hrg("hrg");
        Some(Cell { age: Band::ANY, severity: severity?, intervention: intervention?, hrg: hrg? })
    });
    Trauma {
        sites: CodeTable::new(sites),
        diagnosis_scores: scores(reading, texts, TableId::TraumaDiagnosisScore, 1_000),
        procedure_scores: scores(reading, texts, TableId::TraumaProcedureScore, 1_000),
        matrix,
    }
}

/// Burns.
pub fn burns(reading: &mut Reading, texts: &TableTexts<'_>) -> Burns {
    let degrees = [
        ("none", Degree::None),
        ("first", Degree::First),
        ("second", Degree::Second),
        ("third", Degree::Third),
        ("unspecified", Degree::Unspecified),
    ];
    let table = TableId::BurnsDiagnosisScore;
    let diagnoses = reading.table(table, texts.get(&table).copied(), &["code"], |cells| {
        let (degree, score) = (cells.choice("degree", &degrees), cells.number("score", 0, 1_000));
        let (region, area) = (cells.flag("region_unspecified"), cells.flag("area_unspecified"));
        let burn = (|| {
            Some(BurnCode { degree: degree?, region_unspecified: region?, area_unspecified: area?, score: score? })
        })();
        cells.by_code(burn)
    });
    let key = ["age", "severity_score", "intervention_score"];
    let matrix = reading.table(TableId::BurnsMatrix, texts.get(&TableId::BurnsMatrix).copied(), &key, |cells| {
        let (age, severity) = (cells.band("age"), cells.band("severity_score"));
        let (intervention, hrg) = (cells.band("intervention_score"), cells.hrg("hrg"));
        Some(Cell { age: age?, severity: severity?, intervention: intervention?, hrg: hrg? })
    });
    Burns {
        diagnoses: CodeTable::new(diagnoses),
        surface_areas: scores(reading, texts, TableId::BurnsTbsaScore, 1_000),
        procedures: scores(reading, texts, TableId::BurnsProcedureScore, 1_000),
        escalation: rules_in_order(reading, texts, TableId::BurnsEscalation, |cells| {
            cells.number("severity_score", 1, 1_000)
        }),
        rules: rules_in_order(reading, texts, TableId::BurnsRules, |cells| cells.hrg("hrg")),
        matrix,
    }
}
