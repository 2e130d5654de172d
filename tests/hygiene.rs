//! Table hygiene: every warning is found with its file and row, a sound release has none of it, and what is called
//! needless can go without a single answer changing.

mod support;

use hrg_grouper::bundle::{Files, load, read_folder};
use hrg_grouper::grouper::answer;
use hrg_grouper::record::{RawEpisode, RawSpell, Text};
use hrg_grouper::reference::hygiene::hygiene;
use hrg_grouper::reference::{Finding, Reference, Severity};
use hrg_grouper::trace::Explain;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use support::sample::Sample;
use support::tampered::{append, edit, edited, replace, sealed, toy, write};
use support::{TOY, folder};

fn loaded(files: &Files) -> Reference {
    load(&sealed(files.clone()), TOY).unwrap_or_else(|findings| panic!("refused: {findings:#?}"))
}

/// Warnings of that code about the table, as row and message.
fn warnings(files: &Files, code: &str, table: &str) -> Vec<(u32, String)> {
    let findings = hygiene(&loaded(files));
    assert!(findings.iter().all(|f| f.severity == Severity::Warning), "{findings:#?}");
    let of_table = findings.into_iter().filter(|f| f.code == code && f.file == format!("tables/{table}.csv"));
    of_table.map(|f| (f.row.expect("a warning has its row"), f.message)).collect()
}

/// The rows of the warnings of that code about the table.
fn rows(files: &Files, code: &str, table: &str) -> Vec<u32> {
    warnings(files, code, table).into_iter().map(|(row, _)| row).collect()
}

/// The toy release with these rows in place of a table's.
fn with(table: &str, text: &str) -> Files {
    let mut files = toy();
    replace(&mut files, table, text);
    files
}

const PROCEDURE_RULES: &str = "id,code,order,when,root\n";
const RULES: &str = "id,order,when,hrg\n";

#[test]
fn the_toy_release_is_clean_but_for_what_it_does_without() {
    let findings = hygiene(&loaded(&toy()));
    let mut by_code: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &findings {
        *by_code.entry(finding.code).or_default() += 1;
    }
    // Columns that its few rows do not need, and the two transportation HRGs, for which no rule is publicly known.
    assert_eq!(by_code, BTreeMap::from([("idle-column", 10), ("unreachable-hrg", 2)]), "{findings:#?}");
}

#[test]
fn loading_does_not_look_for_hygiene() {
    let mut files = toy();
    append(&mut files, "named_lists", "unused,K999\n");
    assert_eq!(loaded(&files).findings, Vec::new());
}

#[test]
fn a_rule_that_stands_twice_is_found_however_it_is_written() {
    let rules = "A,P121,1,age <= 18 and sex in {1},TB01\nB,P121,2,sex in {1} and age < 19,TB01\n";
    let files = with("procedure_root_rules", &format!("{PROCEDURE_RULES}{rules}"));
    let found = warnings(&files, "duplicate-rule", "procedure_root_rules");
    assert_eq!(found.len(), 1);
    assert!(found[0].0 == 3 && found[0].1.contains("A in row 2"), "{found:?}");
}

#[test]
fn a_rule_behind_a_wider_one_is_shadowed() {
    let rules = "A,P121,1,diagnoses has {C0*},TB01\nB,P121,2,primary has {C020},TC01\n";
    let files = with("procedure_root_rules", &format!("{PROCEDURE_RULES}{rules}"));
    assert_eq!(rows(&files, "shadowed-rule", "procedure_root_rules"), [3]);
    let files = with("global_exceptions", &format!("{RULES}A,1,,RC10Z\nB,2,stay = 0,RB10A\n"));
    assert_eq!(rows(&files, "shadowed-rule", "global_exceptions"), [3]);
    let files =
        with("pcc_rules", &format!("{RULES}A,1,activities has {{51 52}},XB07Z\nB,2,activities has {{51}},XB06Z\n"));
    assert_eq!(rows(&files, "shadowed-rule", "pcc_rules"), [3]);
}

#[test]
fn a_rule_for_days_of_which_a_number_is_not_known_is_not_shadowed() {
    let rules = "A,1,age_days < 5,XA01Z\nB,2,age_days >= 5,XA02Z\nC,3,,XA05Z\n";
    let files = with("ncc_rules", &format!("{RULES}{rules}"));
    assert_eq!(rows(&files, "shadowed-rule", "ncc_rules"), Vec::<u32>::new());
}

#[test]
fn a_rule_of_another_code_shadows_nothing() {
    let rules = "A,P121,1,,TB01\nB,P122,1,age <= 18,TC01\n";
    let files = with("procedure_root_rules", &format!("{PROCEDURE_RULES}{rules}"));
    assert_eq!(rows(&files, "shadowed-rule", "procedure_root_rules"), Vec::<u32>::new());
}

#[test]
fn a_condition_that_contradicts_itself_never_holds() {
    let rules = "A,P121,1,age < 5 and age > 10,TB01\n";
    let files = with("procedure_root_rules", &format!("{PROCEDURE_RULES}{rules}"));
    assert_eq!(rows(&files, "rule-never-holds", "procedure_root_rules"), [2]);
    // UZ03 stops P704 from 19 on, so no rule of its is asked about an adult.
    let files = with("diagnosis_root_rules", &format!("{PROCEDURE_RULES}A,P704,1,age >= 19,RB10\n"));
    assert_eq!(rows(&files, "rule-never-holds", "diagnosis_root_rules"), [2]);
    // No unbundling rule gives an HRG that begins so.
    let files =
        with("global_exceptions", &format!("{RULES}A,1,unbundled has {{SB}},RC10Z\nB,2,unbundled has {{UB}},RC10Z\n"));
    assert_eq!(rows(&files, "rule-never-holds", "global_exceptions"), [2]);
}

#[test]
fn a_rule_that_gives_the_base_mapping_or_what_the_next_rule_gives_is_needless() {
    let needless = |rules: &str| {
        let files = with("procedure_root_rules", &format!("{PROCEDURE_RULES}{rules}"));
        rows(&files, "needless-rule", "procedure_root_rules")
    };
    assert_eq!(needless("A,P121,1,age <= 18,TA01\n"), [2], "TA01 is the base mapping of P121");
    assert_eq!(needless("A,P121,1,age <= 1,TB01\nB,P121,2,age <= 18,TB01\n"), [2]);
    assert_eq!(needless("A,P121,1,age <= 1,TA01\nB,P121,2,age <= 18,TB01\n"), Vec::<u32>::new());
    assert_eq!(needless("A,P12*,1,age <= 18,TA01\n"), Vec::<u32>::new(), "P121 and P122 have other base mappings");
    // The rule of P121 keeps the rule of P12* from its code.
    assert_eq!(needless("A,P12*,1,age <= 18,TC01\nB,P121,1,age <= 18,TA01\n"), Vec::<u32>::new());
    assert_eq!(needless("A,P12*,1,age <= 18,TC01\nB,P121,1,age < 19,TC01\n"), [3]);
}

#[test]
fn a_rule_for_a_code_that_cannot_drive_is_never_asked() {
    let rules = "A,N011,1,age <= 18,TB01\nB,P121,1,age <= 18,TB01\n";
    let files = with("procedure_root_rules", &format!("{PROCEDURE_RULES}{rules}"));
    assert_eq!(rows(&files, "rule-never-asked", "procedure_root_rules"), [2]);
    let files = with("diagnosis_root_rules", &format!("{PROCEDURE_RULES}A,T140,1,age <= 18,RB10\nB,Z509,1,,RB10\n"));
    assert_eq!(rows(&files, "rule-never-asked", "diagnosis_root_rules"), [2, 3]);
}

#[test]
fn an_ordered_split_behind_a_wider_one_is_shadowed() {
    let mut files = toy();
    edit(
        &mut files,
        "splits",
        "RB10,,RB10A,1+,,,,\nRB10,,RB10B,0,,,,\n",
        "RB10,1,RB10A,1+,,,,\nRB10,2,RB10B,2+,,,,sex in {1}\nRB10,3,RB10B,,,,,\n",
    );
    assert_eq!(rows(&files, "shadowed-rule", "splits"), [6]);
}

#[test]
fn a_code_that_says_what_its_category_says_is_needless_unless_it_has_its_own_label() {
    let mut files = toy();
    append(&mut files, "diagnoses", "D18*,Toy diagnosis D18a,18,RB10,,,,valid\n");
    // D181 says the same, D182 has another label.
    assert_eq!(warnings(&files, "needless-row", "diagnoses").len(), 1);
    assert_eq!(rows(&files, "needless-row", "diagnoses"), [7]);
    let mut files = toy();
    append(&mut files, "cc_scores", "RA,C0*,2\n");
    assert_eq!(rows(&files, "needless-row", "cc_scores"), [2], "C020 scores 2 as C0* does, C030 scores 3");
    let mut files = toy();
    append(&mut files, "trauma_sites", "head,S02*\nchest,S02*\n");
    assert_eq!(rows(&files, "needless-row", "trauma_sites"), Vec::<u32>::new(), "S02* is of two sites, S021 of one");
    let mut files = toy();
    append(&mut files, "trauma_sites", "head,S02*\n");
    assert_eq!(rows(&files, "needless-row", "trauma_sites"), [3, 4]);
}

#[test]
fn lists_that_nothing_uses_are_found() {
    let mut files = toy();
    append(&mut files, "named_lists", "asked,C0*\nunasked,C0*\nunasked,C020\n");
    replace(&mut files, "global_exceptions", &format!("{RULES}A,1,diagnoses has [asked],RC10Z\n"));
    assert_eq!(rows(&files, "unused-list", "named_lists"), [5], "once for a list, and not for the one outpatients use");
    assert_eq!(rows(&files, "needless-row", "named_lists"), [6], "C0* of the same list holds C020");
    let mut files = toy();
    append(&mut files, "cc_scores", "RX,C020,1\nRX,C030,1\n");
    assert_eq!(rows(&files, "unused-cc-list", "cc_scores"), [5]);
    let mut files = toy();
    append(&mut files, "cc_list_of_subchapter", "RC,RA\n");
    let found = warnings(&files, "row-never-applies", "cc_list_of_subchapter");
    assert!(found.len() == 1 && found[0].1.contains("no root of RC"), "{found:?}");
}

#[test]
fn rows_of_unknown_codes_and_rows_that_can_never_apply_are_found() {
    let never = |table: &str, rows_added: &str| {
        let mut files = toy();
        append(&mut files, table, rows_added);
        warnings(&files, "row-never-applies", table).into_iter().map(|(_, message)| message).collect::<Vec<_>>()
    };
    let one = |found: Vec<String>, why: &str| assert!(found.len() == 1 && found[0].contains(why), "{why}: {found:?}");
    one(never("cc_scores", "RA,K999,1\n"), "does not know the code");
    one(never("interventions", "RI,K999\n"), "does not know the code");
    one(never("interventions", "RA,N011\n"), "splits by interventions");
    one(never("interventions", "RI,P201\n"), "always drives");
    one(never("cc_exclusions", "x,K999,C020\n"), "does not know the code");
    one(never("cc_exclusions", "x,D100,D070\n"), "on no list");
    one(never("cc_exclusions", "x,Z509,C020\n"), "UZ01");
    one(never("cc_exclusions", "x,C020,C020\n"), "nothing anyway");
    assert_eq!(never("cc_exclusions", "x,D100,C020\n"), Vec::<String>::new());
    one(never("inherent_cc", "Z509,RA,2\n"), "UZ01");
    one(never("inherent_cc", "K999,RA,2\n"), "does not know the code");
    assert_eq!(never("inherent_cc", "D100,RA,2\n"), Vec::<String>::new());
    one(never("burns_procedure_score", "K999,2\n"), "does not know the code");
    one(never("site_conflicts", "Z509,01\n"), "UZ01");
}

#[test]
fn roots_hrgs_and_maximum_stays_that_nothing_leads_to_are_found() {
    let mut files = toy();
    append(&mut files, "roots", "RC11,Toy disorder nobody has,,\n");
    append(&mut files, "splits", "RC11,,RC11Z,,,,,\n");
    append(&mut files, "hrgs", "RC11Z,Toy disorder nobody has,core,\nRC12Z,Toy HRG of no root,core,\n");
    append(&mut files, "root_max_los", "RC10,4\n");
    assert_eq!(rows(&files, "unreached-root", "roots"), [11]);
    let found = warnings(&files, "unreachable-hrg", "hrgs");
    let why = |hrg: &str| found.iter().find(|(_, m)| m.contains(hrg)).map(|(_, m)| m.as_str()).unwrap_or_default();
    assert!(why("RC11Z").ends_with("no code leads to its root"), "{found:?}");
    assert!(why("RC12Z").ends_with("no row that decides gives it"), "{found:?}");
    assert_eq!(rows(&files, "unused-max-stay", "root_max_los"), [3], "only diagnoses lead to RC10");
    assert_eq!(rows(&files, "unreachable-split", "splits"), Vec::<u32>::new(), "the root says it already");
    // A rule is a way to a root as good as any.
    append(&mut files, "diagnosis_root_rules", "A,D100,1,age <= 18,RC11\n");
    assert_eq!(rows(&files, "unreached-root", "roots"), Vec::<u32>::new());
}

#[test]
fn splits_that_no_record_comes_to_are_found_with_the_reason() {
    let reason = |files: &Files| match warnings(files, "unreachable-split", "splits").as_slice() {
        [(row, message)] => (*row, message.rsplit(": ").next().unwrap_or_default().to_owned()),
        others => panic!("{others:?}"),
    };
    // The list RA holds C020 with 2 points and C030 with 3, each of which can be eleven codes at most.
    let mut files = toy();
    edit(&mut files, "splits", "RA10,,RA10A,5+", "RA10,,RA10A,56+");
    edit(&mut files, "splits", "RA10,,RA10B,2-4", "RA10,,RA10B,2-55");
    assert_eq!(reason(&files), (2, "its list never comes to such a CC score".to_owned()));
    edit(&mut files, "splits", "RA10,,RA10A,56+", "RA10,,RA10A,55+");
    edit(&mut files, "splits", "RA10,,RA10B,2-55", "RA10,,RA10B,2-54");
    assert_eq!(warnings(&files, "unreachable-split", "splits"), []);

    let mut files = toy();
    edit(&mut files, "splits", "TM01,,TM01Z,,,,,", "TM01,,TM01Y,,,3+,,\nTM01,,TM01Z,,,0-2,,");
    append(&mut files, "hrgs", "TM01Y,Toy minor procedure of a long stay,core,\n");
    assert_eq!(reason(&files).1, "no code leads to the root at such an age and stay", "TM01 drives to 2 days only");
    assert!(warnings(&files, "unreachable-hrg", "hrgs").iter().any(|(_, m)| m.contains("TM01Y")));

    let mut files = toy();
    edit(&mut files, "splits", "TB01,,TB01Z,,,,,", "TB01,,TB01Y,,,,1+,\nTB01,,TB01Z,,,,0,");
    append(&mut files, "hrgs", "TB01Y,Toy procedure with interventions,core,\n");
    append(&mut files, "interventions", "TB,N011\n");
    assert!(reason(&files).1.starts_with("only procedures lead to the root"));
}

#[test]
fn codes_from_which_no_root_can_be_reached_are_found() {
    let mut files = toy();
    edit(
        &mut files,
        "diagnoses",
        "T140,Toy diagnosis too vague as primary,0,,,yes",
        "T140,Toy diagnosis too vague as primary,0,RC10,,yes",
    );
    assert!(matches!(&warnings(&files, "code-reaches-no-root", "diagnoses")[..], [(_, m)] if m.contains("UZ02")));
    let mut files = toy();
    append(&mut files, "unbundling_rules", "p,opcs4,P201,1,,UB01Z,\n");
    assert!(matches!(&warnings(&files, "code-reaches-no-root", "procedures")[..], [(_, m)] if m.contains("P201")));
    let mut files = toy();
    append(&mut files, "unbundling_rules", "p,opcs4,P201,1,age <= 18,UB01Z,\n");
    assert_eq!(warnings(&files, "code-reaches-no-root", "procedures"), []);
}

#[test]
fn cells_that_no_record_comes_to_are_found() {
    let mut files = toy();
    replace(&mut files, "trauma_procedure_score", "code,score\nP051,0\n");
    // Six bands of intervention scores, of which the lowest alone is left, times four of diagnosis scores.
    assert_eq!(rows(&files, "unreachable-cell", "trauma_matrix").len(), 20);
    let mut files = toy();
    edit(&mut files, "nrd_matrix", "CAPD,any,any,any,19+,LD11A\n", "CAPD,any,any,any,,LD11A\n");
    let found = warnings(&files, "unreachable-cell", "nrd_matrix");
    assert!(matches!(&found[..], [(_, m)] if m.contains("LD11B")), "{found:?}");
}

#[test]
fn columns_that_no_row_fills_and_no_hrg_depends_on_are_found() {
    let columns = |files: &Files, table: &str| {
        let found = warnings(files, "idle-column", table);
        found.into_iter().map(|(_, m)| m.split('`').nth(1).unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(columns(&toy(), "roots"), ["age", "stay"]);
    assert_eq!(columns(&toy(), "splits"), ["order", "stay", "when"]);
    let mut files = toy();
    edit(&mut files, "splits", "RC10,,RC10Z,,,,,", "RC10,,RC10Y,,,3+,,\nRC10,,RC10Z,,,0-2,,");
    append(&mut files, "hrgs", "RC10Y,Toy disorder of a long stay,core,\n");
    assert_eq!(columns(&files, "splits"), ["order", "when"]);
    let flat = "investigation_category,treatment_category,hrg\n".to_owned()
        + &(0..=3).flat_map(|i| (0..=5).map(move |t| format!("{i},{t},VB0{}Z\n", t + 1))).collect::<String>();
    let files = with("em_matrix", &flat);
    assert_eq!(columns(&files, "em_matrix"), ["investigation_category"]);
    assert_eq!(columns(&toy(), "em_matrix"), Vec::<String>::new());
}

const PAYMENT: &str = "2024-25.payment";

/// The release without the rows that these findings name.
fn without(files: &Files, findings: &[Finding]) -> Files {
    let mut gone: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    for finding in findings {
        gone.entry(&finding.file).or_default().insert(finding.row.expect("a row"));
    }
    let mut files = files.clone();
    for (file, rows) in gone {
        let text = String::from_utf8(files[file].clone()).expect("UTF-8");
        let left = text.lines().zip(1..).filter(|(_, number)| !rows.contains(number));
        let left: String = left.map(|(line, _)| format!("{line}\n")).collect();
        files.insert(file.to_owned(), left.into_bytes());
    }
    sealed(files)
}

/// A spell of one episode.
fn spell(diag: &[&str], oper: &[&str], age: &str, stay: &str) -> RawSpell<'static> {
    let texts = |codes: &[&str]| codes.iter().map(|code| Text::from((*code).to_owned())).collect();
    let text = |text: &str| Text::from(text.to_owned());
    let episode = RawEpisode {
        epiorder: "1".into(),
        startage: text(age),
        sex: "2".into(),
        classpat: "1".into(),
        admisorc: "19".into(),
        admimeth: "21".into(),
        disdest: "19".into(),
        dismeth: "1".into(),
        epidur: text(stay),
        mainspef: "100".into(),
        neocare: "8".into(),
        tretspef: "100".into(),
        diag: texts(diag),
        oper: texts(oper),
        ..RawEpisode::default()
    };
    RawSpell { procodet: "RXX".into(), provspno: "1".into(), episodes: vec![episode] }
}

/// Codes in full below the pattern that a row is about, or of the code itself.
fn codes_below(pattern: &str) -> Vec<String> {
    let stem = pattern.trim_end_matches('*');
    match stem.len() {
        1 => ["000", "111", "801"].iter().map(|end| format!("{stem}{end}")).collect(),
        2 => ["00", "11", "81"].iter().map(|end| format!("{stem}{end}")).collect(),
        3 => (0..10).map(|end| format!("{stem}{end}")).chain([format!("{stem}X")]).collect(),
        _ => vec![stem.to_owned()],
    }
}

#[test]
fn rows_that_are_called_needless_can_go_without_an_answer_changing() {
    let files = read_folder(&folder("reference").join(PAYMENT)).expect("the release is readable");
    let release = load(&files, PAYMENT).expect("accepted");
    let go =
        ["duplicate-rule", "shadowed-rule", "rule-never-holds", "rule-never-asked", "needless-rule", "needless-row"];
    let stay_away = ["row-never-applies", "unused-max-stay"];
    let named: Vec<Finding> =
        hygiene(&release).into_iter().filter(|f| go.contains(&f.code) || stay_away.contains(&f.code)).collect();
    println!("{} rows go", named.len());
    let lean =
        load(&without(&files, &named), PAYMENT).unwrap_or_else(|f| panic!("the lean release is refused: {f:#?}"));

    let mut spells: Vec<RawSpell<'static>> = Vec::new();
    let mut patterns = BTreeSet::new();
    for finding in &named {
        // The code patterns that the row speaks of, wherever they stand in it.
        let line = String::from_utf8_lossy(&files[&finding.file])
            .lines()
            .nth(finding.row.unwrap_or(1) as usize - 1)
            .map(str::to_owned);
        for cell in line.unwrap_or_default().split(|c: char| !(c.is_ascii_alphanumeric() || c == '*')) {
            let long_enough = (2..=5).contains(&cell.len());
            let shaped =
                cell.starts_with(|c: char| c.is_ascii_uppercase()) && cell[1..].contains(|c: char| c.is_ascii_digit());
            if long_enough && shaped {
                patterns.insert(cell.to_owned());
            }
        }
    }
    for code in patterns.iter().flat_map(|pattern| codes_below(pattern)) {
        for (age, stay) in [("0", "0"), ("10", "3"), ("40", "0"), ("80", "40")] {
            let code = code.as_str();
            spells.push(spell(&[code, "I10X"], &[], age, stay));
            spells.push(spell(&["J189", code], &[], age, stay));
            spells.push(spell(&["S7200", "S2700", code], &[code], age, stay));
            spells.push(spell(&["J189", "E119"], &[code, "Z942"], age, stay));
            spells.push(spell(&["C787", "C169"], &["G451", code], age, stay));
        }
    }
    let sample = Sample::read();
    let official = sample.as_ref().map(Sample::spells).unwrap_or_default();
    let mut grouped = 0;
    for spell in spells.iter().chain(&official) {
        let (full, without) = (answer(spell, &release, Explain::None), answer(spell, &lean, Explain::None));
        assert_eq!(full.spell, without.spell, "{spell:?}");
        assert_eq!(full.episodes, without.episodes, "{spell:?}");
        grouped += usize::from(full.spell.hrg != "UZ01Z");
    }
    println!("{} spells, {grouped} of them grouped", spells.len() + official.len());
    assert!(grouped > 500, "only {grouped} spells say anything");
}

#[test]
fn hrgs_that_are_called_unreachable_are_in_no_answer() {
    let files = read_folder(&folder("reference").join(PAYMENT)).expect("the release is readable");
    let release = load(&files, PAYMENT).expect("accepted");
    let never: BTreeSet<String> = hygiene(&release)
        .into_iter()
        .filter(|f| f.code == "unreachable-hrg")
        .filter_map(|f| f.message.split("reaches ").nth(1)?.get(..5).map(str::to_owned))
        .collect();
    // Every procedure and diagnosis of the release by itself, at ages and stays on both sides of what splits ask.
    let in_full = |pattern: String| codes_below(&pattern).into_iter().next().unwrap_or_default();
    let procedures = release.codes.procedures.rows().iter().map(|row| in_full(row.value.pattern.to_string()));
    let diagnoses = release.codes.diagnoses.rows().iter().map(|row| in_full(row.value.pattern.to_string()));
    let cases = procedures.map(|code| ("J189".to_owned(), Some(code))).chain(diagnoses.map(|code| (code, None)));
    let mut given = BTreeSet::new();
    for (diagnosis, procedure) in cases {
        let oper: Vec<&str> = procedure.as_deref().into_iter().collect();
        for (age, stay) in [("0", "0"), ("5", "2"), ("40", "0"), ("70", "9")] {
            let answer = answer(&spell(&[&diagnosis, "I10X"], &oper, age, stay), &release, Explain::None);
            given.extend([answer.spell.hrg].into_iter().chain(answer.spell.unbundled.into_iter().map(|u| u.hrg)));
        }
    }
    println!("{} HRGs were given; {} are called unreachable", given.len(), never.len());
    assert!(given.len() > 900, "{}", given.len());
    assert_eq!(given.intersection(&never).collect::<Vec<_>>(), Vec::<&String>::new());
}

// --- The command ---------------------------------------------------------------------------------------------------

fn check(arguments: &[&str], folders: &[&std::path::Path]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    let output = command.args(["reference", "check"]).args(arguments).args(folders).output().expect("hrg runs");
    (output.status.code(), String::from_utf8(output.stdout).expect("UTF-8"))
}

#[test]
fn warnings_fail_the_command_only_when_it_is_strict() {
    let release = folder("tests/reference").join(TOY);
    let (code, text) = check(&[], &[&release]);
    assert_eq!(code, Some(0));
    assert!(text.contains("accepted, sha256:") && text.ends_with("; 0 errors, 12 warnings\n"), "{text}");
    assert_eq!(check(&["--strict"], &[&release]).0, Some(1));
    let place = tempfile::tempdir().expect("a folder");
    let refused = write(&edited("diagnoses", ",RC10,", ",RC99,"), place.path());
    let (code, text) = check(&[], &[&refused]);
    assert_eq!(code, Some(1));
    assert!(text.contains("error dangling-root: 1") && text.contains(": refused; 1 error, 0 warnings"), "{text}");
}

#[test]
fn the_text_counts_each_code_and_shows_its_first_rows_or_all() {
    let release = folder("tests/reference").join(TOY);
    let (_, text) = check(&[], &[&release]);
    assert!(text.contains("warning idle-column: 10\n"), "{text}");
    assert!(text.contains("    and 7 more; --all shows them\n"), "{text}");
    assert_eq!(text.matches("no row fills the column").count(), 3);
    let (_, text) = check(&["--all"], &[&release]);
    assert_eq!(text.matches("no row fills the column").count(), 10);
    assert!(!text.contains("more; --all"), "{text}");
}

#[test]
fn each_finding_of_the_json_has_code_severity_file_row_and_one_sentence() {
    let (code, text) = check(&["--format", "json"], &[&folder("tests/reference").join(TOY)]);
    assert_eq!(code, Some(0));
    let findings: Vec<serde_json::Value> = serde_json::from_str(&text).expect("a JSON array");
    assert_eq!(findings.len(), 12);
    for finding in &findings {
        assert_eq!(finding["severity"], "warning");
        assert!(finding["file"].as_str().is_some_and(|file| file.starts_with("tables/")), "{finding}");
        assert!(finding["row"].is_u64() && finding["code"].is_string() && finding["message"].is_string(), "{finding}");
    }
}

#[test]
fn two_folders_of_one_key_are_refused_and_one_folder_named_twice_is_one() {
    let release = folder("tests/reference").join(TOY);
    let place = tempfile::tempdir().expect("a folder");
    let copy = write(&toy(), place.path());
    let (code, text) = check(&[], &[&release, &copy]);
    assert_eq!(code, Some(1));
    assert!(text.contains("error shared-key manifest.toml: the key `2099-00.payment`"), "{text}");
    let (code, text) = check(&[], &[&release, &folder("tests/../tests/reference").join(TOY)]);
    assert_eq!((code, text.matches("accepted").count()), (Some(0), 1), "{text}");
}
