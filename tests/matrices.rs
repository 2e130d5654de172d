//! Every row of every matrix of the specification, over each release in the program: a record built for the row is
//! given the row's HRG. The rows are read off the specification beside this clone, the codes off the release.

mod support;

use hrg_grouper::grouper::answer;
use hrg_grouper::record::{Field, RawEpisode, RawSpell, Text, Word};
use hrg_grouper::reference::Reference;
use hrg_grouper::reference::pattern::Pattern;
use hrg_grouper::trace::{Explain, Off};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use support::other::group;
use toml::{Table, Value};

static RELEASES: LazyLock<Vec<Reference>> = LazyLock::new(|| {
    let ids = ["2022-23.costing", "2022-23.payment", "2024-25.costing", "2024-25.payment"];
    ids.into_iter().map(|id| support::release("reference", id)).collect()
});

/// A row of the specification, by column.
type Line = BTreeMap<String, String>;

/// The rows of a file of the specification; nothing where it is not beside this clone.
fn lines(file: &str) -> Vec<Line> {
    let Some(path) = support::shared(&format!("domain/values/{file}.csv")) else { return Vec::new() };
    let mut reader = csv::Reader::from_path(path).expect("a CSV file");
    let lines: Vec<Line> = reader.deserialize().collect::<Result<_, _>>().expect("rows with a header");
    assert!(!lines.is_empty(), "{file} has rows");
    lines
}

/// A bound of a row, where it has one.
fn bound(line: &Line, column: &str) -> Option<u32> {
    Some(line[column].as_str()).filter(|text| !text.is_empty()).map(|text| text.parse().expect("a whole number"))
}

/// Both ends of a range of the row; an open end is its beginning.
fn ends(line: &Line, name: &str) -> [u32; 2] {
    let min = bound(line, &format!("{name}_min")).unwrap_or(0);
    [min, bound(line, &format!("{name}_max")).unwrap_or(min)]
}

fn record(pairs: &[(&str, Value)]) -> Table {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn text(value: impl ToString) -> Value {
    Value::String(value.to_string())
}

fn list(codes: Vec<String>) -> Value {
    Value::Array(codes.into_iter().map(Value::String).collect())
}

#[track_caller]
fn gives(dataset: &str, record: &Table, line: &Line, release: &Reference) {
    let result = group(dataset, record, release, &mut Off);
    let id = &release.identity.id;
    assert_eq!(result.hrg.to_string(), line["hrg"], "{id}: {record} {:?}", result.messages);
    assert_eq!(release.labels.hrg(result.hrg), line["label"], "{id}");
}

#[test]
fn every_row_of_the_adult_critical_care_matrix_gives_its_hrg() {
    // Basic and advanced support of one system, which are one organ, and then each other system.
    let fields = [["brsd", "arsd"], ["bcsd", "acsd"], ["rsd", "rsd"], ["nsd", "nsd"], ["dsd", "dsd"], ["lsd", "lsd"]];
    for line in lines("acc_matrix") {
        for organs in ends(&line, "organs") {
            let supported = fields.iter().take(organs as usize).flatten().map(|field| (*field, text(2)));
            let period = record(&[("ccuf", text("01"))].into_iter().chain(supported).collect::<Vec<_>>());
            RELEASES.iter().for_each(|release| gives("acc", &period, &line, release));
        }
    }
}

#[test]
fn every_row_of_the_emergency_matrix_gives_its_hrg() {
    for line in lines("em_matrix") {
        for release in RELEASES.iter() {
            let other = &release.other;
            let code_of = |rows: &rustc_hash::FxHashMap<Word, _>, side: &str| -> Vec<String> {
                let wanted = bound(&line, &format!("{side}_category")).expect("a category");
                let of = |row: &hrg_grouper::reference::Row<hrg_grouper::reference::other::EmCategory>| {
                    u32::from(row.value.category) == wanted && !row.value.dental
                };
                let codes = rows.iter().filter(|(_, row)| of(row)).map(|(code, _)| code.to_string());
                if wanted == 0 { Vec::new() } else { vec![codes.min().expect("a code of the category")] }
            };
            let attendance = record(&[
                ("age", text(40)),
                ("inv", list(code_of(&other.investigations, "investigation"))),
                ("treat", list(code_of(&other.treatments, "treatment"))),
            ]);
            gives("em", &attendance, &line, release);
        }
    }
}

#[test]
fn every_row_of_the_renal_matrix_gives_its_hrg() {
    for line in lines("nrd_matrix") {
        for release in RELEASES.iter() {
            let codes_of = |field: Field, class: &str| -> Vec<Value> {
                let of_class = release
                    .other
                    .renal_classes
                    .iter()
                    .filter(|((f, _), row)| *f == field && (class == "ignored" || *row.value == *class));
                let codes: Vec<Value> = of_class.map(|((_, code), _)| text(code)).collect();
                assert!(!codes.is_empty(), "{field:?} {class}");
                codes
            };
            let statuses: &[&str] = match line["blood_borne_virus"].as_str() {
                "yes" => &["POS"],
                "no" => &["NEG", "UNK", ""],
                _ => &["POS", "NEG"],
            };
            let ages = [bound(&line, "age_min").unwrap_or(0), bound(&line, "age_max").unwrap_or(130)];
            for modality in codes_of(Field::Renalmod, &line["modality_class"]) {
                for site in codes_of(Field::Renalsite, &line["site_class"]) {
                    for access in codes_of(Field::Renalaccess, &line["access_class"]) {
                        for (virus, age) in statuses.iter().flat_map(|virus| ages.map(|age| (*virus, age))) {
                            let session = record(&[
                                ("renalmod", modality.clone()),
                                ("renalsite", site.clone()),
                                ("renalaccess", access.clone()),
                                ("hcv", text(virus)),
                                ("age", text(age)),
                            ]);
                            gives("nrd", &session, &line, release);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn every_row_of_the_attendance_matrix_gives_its_hrg() {
    for line in lines("wf_matrix") {
        let codes: &[&[&str]] = match line["multiprofessional"].as_str() {
            "yes" => &[&["X622"], &["X623"]],
            _ => &[&["X621"], &["X628"], &["X629"], &[]],
        };
        for (release, oper) in RELEASES.iter().flat_map(|release| codes.iter().map(move |oper| (release, oper))) {
            let attendance = record(&[
                ("startage", text(40)),
                ("sex", text(1)),
                ("mainspef", text(100)),
                ("tretspef", text(100)),
                ("firstatt", text(&line["firstatt"])),
                ("oper", list(oper.iter().map(ToString::to_string).collect())),
            ]);
            gives("nac", &attendance, &line, release);
        }
    }
}

// --- Admitted patient care -----------------------------------------------------------------------------------------

/// A code in full that the pattern stands for.
fn in_full(pattern: Pattern) -> String {
    let mut code = pattern.to_string().replace('*', "");
    while code.len() < 4 {
        code.push(if code.len() < 3 { '1' } else { '8' });
    }
    code
}

fn word(code: &str) -> Word {
    Word::new(code).expect("a short code")
}

/// Diagnoses that records may bear, with what a table says of them.
fn diagnoses<T: Clone>(table: &hrg_grouper::reference::row::CodeTable<T>, release: &Reference) -> Vec<(String, T)> {
    let valid = |code: &str| release.codes.diagnoses.find(word(code)).is_some_and(|row| !row.value.fact.retired);
    let codes = table.rows().iter().map(|row| in_full(row.value.pattern)).filter(|code| valid(code));
    codes.filter_map(|code| Some((code.clone(), table.find(word(&code))?.value.fact.clone()))).collect()
}

/// A procedure of one point, as often as it takes.
fn procedures(table: &hrg_grouper::reference::row::CodeTable<u32>, points: u32, release: &Reference) -> Vec<String> {
    let valid = |code: &str| release.codes.procedures.find(word(code)).is_some_and(|row| !row.value.fact.retired);
    let codes = table.rows().iter().map(|row| in_full(row.value.pattern)).filter(|code| valid(code));
    let one = codes.into_iter().find(|code| table.find(word(code)).is_some_and(|row| row.value.fact == 1));
    vec![one.expect("a procedure of one point"); points as usize]
}

#[track_caller]
fn episode_gives(diag: Vec<String>, oper: Vec<String>, age: u32, line: &Line, release: &Reference) {
    let texts = |codes: &[String]| codes.iter().map(|code| Text::from(code.clone())).collect();
    let episode = RawEpisode {
        epiorder: "1".into(),
        startage: Text::from(age.to_string()),
        sex: "1".into(),
        classpat: "1".into(),
        admisorc: "19".into(),
        admimeth: "21".into(),
        disdest: "19".into(),
        dismeth: "1".into(),
        epidur: "5".into(),
        mainspef: "100".into(),
        tretspef: "100".into(),
        diag: texts(&diag),
        oper: texts(&oper),
        ..RawEpisode::default()
    };
    let spell = RawSpell { procodet: "RXX".into(), provspno: "1".into(), episodes: vec![episode] };
    let answer = answer(&spell, release, Explain::None);
    let id = &release.identity.id;
    let [episode] = &answer.episodes[..] else { panic!("one episode") };
    assert_eq!(episode.hrg, line["hrg"], "{id}: {diag:?} {oper:?} at {age}: {:?}", episode.messages);
    assert_eq!((&answer.spell.hrg, &answer.spell.label), (&line["hrg"], &line["label"]), "{id}");
}

/// Distinct injuries whose scores add up to `target`, or to the least that two body sites make where that is more: the
/// first two are of different sites.
fn injuries(target: u32, release: &Reference) -> Vec<String> {
    let scored = diagnoses(&release.trauma.diagnosis_scores, release);
    let site = |code: &str| {
        let rows = release.trauma.sites.rows_for(word(code));
        (rows.len() == 1).then(|| rows[0].value.fact)
    };
    let least = scored.iter().map(|(_, score)| *score).min().expect("scores");
    let mut light = scored.iter().filter(|(code, score)| *score == least && site(code).is_some());
    let first = light.next().expect("an injury of one site");
    let second = light.find(|(code, _)| site(code) != site(&first.0)).expect("an injury of another site");
    let mut chosen = vec![first.0.clone(), second.0.clone()];
    let mut missing = target.saturating_sub(2 * least);
    let rest: Vec<_> = scored.iter().filter(|(code, _)| !chosen.contains(code)).cloned().collect();
    while missing > 0 {
        let fits = |score: u32| score == missing || (score < missing && missing - score >= least);
        let next = rest.iter().filter(|(code, score)| fits(*score) && !chosen.contains(code)).max_by_key(|(_, s)| *s);
        let (code, score) = next.expect("scores that add up");
        chosen.push(code.clone());
        missing -= score;
    }
    chosen
}

#[test]
fn every_row_of_the_multiple_trauma_matrix_gives_its_hrg() {
    for line in lines("multiple_trauma_matrix") {
        for release in RELEASES.iter() {
            let [low, high] = ends(&line, "diagnosis_score");
            for (score, points) in [low, high].into_iter().zip(ends(&line, "intervention_score")) {
                let oper = procedures(&release.trauma.procedure_scores, points, release);
                episode_gives(injuries(score, release), oper, 40, &line, release);
            }
        }
    }
}

/// A burn with a body surface area after it, whose severity is `target`; no code of a degree that is not stated, which
/// has HRGs of its own. The first place is another disease's, since a burn whose region is not stated may not stand
/// there.
fn burn(target: u32, release: &Reference) -> Vec<String> {
    use hrg_grouper::reference::options::Degree;
    let burns: Vec<_> = diagnoses(&release.burns.diagnoses, release);
    let areas: Vec<_> = diagnoses(&release.burns.surface_areas, release);
    let stated = burns.iter().filter(|(_, burn)| matches!(burn.degree, Degree::Second | Degree::Third));
    let pair = stated.flat_map(|burn| areas.iter().map(move |area| (burn, area)));
    let found = pair.into_iter().find(|((_, burn), (_, points))| burn.score + points == target);
    let ((burn, _), (area, _)) = found.unwrap_or_else(|| panic!("no burn of severity {target}"));
    vec!["I10X".to_owned(), burn.clone(), area.clone()]
}

#[test]
fn every_row_of_the_burns_matrix_gives_its_hrg() {
    for line in lines("burns_matrix") {
        for release in RELEASES.iter() {
            let ages = [bound(&line, "age_min").unwrap_or(0), bound(&line, "age_max").unwrap_or(130)];
            let [severity, points] = [ends(&line, "severity_score"), ends(&line, "intervention_score")];
            for ((severity, points), age) in severity.into_iter().zip(points).zip(ages) {
                let oper = procedures(&release.burns.procedures, points, release);
                episode_gives(burn(severity, release), oper, age, &line, release);
            }
        }
    }
}
