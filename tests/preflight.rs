//! The look at a file before grouping finds each of its patterns in a file that has it, and none where there is none.

mod support;

use hrg_grouper::files::check::{Report, check};
use hrg_grouper::files::input::read;
use hrg_grouper::files::layout::Layout;
use hrg_grouper::files::rdf::Rdf;
use hrg_grouper::preflight::{Pattern, Weight};
use hrg_grouper::reference::{Dataset, Reference};
use hrg_grouper::sample::{Order, Sample, columns, definition};
use std::sync::OnceLock;
use support::sample::Sample as Official;
use support::{release, seven};

/// The other releases that the tests know codes by.
fn earlier() -> &'static Reference {
    static RELEASE: OnceLock<Reference> = OnceLock::new();
    RELEASE.get_or_init(|| release("reference", "2022-23.payment"))
}

/// A clean file in the making.
struct File {
    dataset: Dataset,
    definition: String,
    header: Option<Vec<String>>,
    declared: bool,
    rows: Vec<Vec<String>>,
}

impl File {
    /// Records of the generator without faults.
    fn clean(dataset: Dataset, records: u64) -> File {
        let rows = Sample::new(Order { dataset, records, seed: 11, errors: 0.0 }, seven::release()).collect();
        File { dataset, definition: definition(dataset), header: None, declared: false, rows }
    }

    /// The place of a field among the columns.
    fn place(&self, field: &str) -> usize {
        columns(self.dataset).iter().position(|column| column.to_string() == field).expect("a column")
    }

    fn set(&mut self, row: usize, field: &str, value: &str) {
        let place = self.place(field);
        self.rows[row][place] = value.to_owned();
    }

    fn text(&self) -> String {
        self.header.iter().chain(&self.rows).map(|row| row.join(",") + "\n").collect()
    }

    fn look(&self) -> Report {
        self.look_with(seven::release(), &[])
    }

    fn look_with(&self, reference: &Reference, others: &[&Reference]) -> Report {
        let rdf = Rdf::parse(&self.definition, false).expect("a definition");
        let layout = Layout::bind(&rdf, self.dataset).expect("it fits");
        let input = read(self.text().into_bytes(), &rdf, self.declared, usize::MAX).expect("a table");
        check(&input, &rdf, &layout, (reference, others))
    }

    /// The names of the columns.
    fn names(&self) -> Vec<String> {
        columns(self.dataset).iter().map(ToString::to_string).collect()
    }

    /// The definition with the columns from a field on moved.
    fn moved(&self, from: &str, by: isize) -> String {
        let start = self.place(from);
        let lines = columns(self.dataset).into_iter().enumerate().map(|(i, field)| {
            let position = if i >= start { (i + 1).checked_add_signed(by).expect("a column") } else { i + 1 };
            format!("{field},{field},{position},,,,\n")
        });
        std::iter::once("COMMA DELIMITED\n".to_owned()).chain(lines).collect()
    }
}

fn codes(report: &Report) -> Vec<&'static str> {
    report.findings.iter().map(|finding| finding.code).collect()
}

#[track_caller]
fn the<'r>(report: &'r Report, code: &str) -> &'r Pattern {
    let found = report.findings.iter().find(|finding| finding.code == code);
    found.unwrap_or_else(|| panic!("{code} is not among {:?}", codes(report)))
}

/// The codes of the findings that ask for something.
fn grave(report: &Report) -> Vec<&'static str> {
    report.findings.iter().filter(|finding| finding.severity != Weight::Note).map(|finding| finding.code).collect()
}

#[test]
fn clean_files_of_every_dataset_show_no_pattern_with_and_without_a_header() {
    for dataset in Dataset::ALL {
        let mut file = File::clean(dataset, 300);
        assert_eq!(grave(&file.look()), Vec::<&str>::new(), "{dataset}");
        file.header = Some(file.names());
        file.declared = true;
        let report = file.look();
        assert_eq!(grave(&report), Vec::<&str>::new(), "{dataset}");
        assert_eq!(report.records, 300, "{dataset}");
    }
}

#[test]
fn headers_with_names_of_another_house_are_no_finding() {
    for dataset in Dataset::ALL {
        let mut file = File::clean(dataset, 50);
        file.header = Some((1..=columns(dataset).len()).map(|i| format!("Our column {i}")).collect());
        file.declared = true;
        assert_eq!(grave(&file.look()), Vec::<&str>::new(), "{dataset}");
    }
}

#[test]
fn an_undeclared_header_is_told_and_its_line_is_no_record_to_the_other_patterns() {
    for dataset in Dataset::ALL {
        let mut file = File::clean(dataset, 100);
        file.header = Some(file.names());
        let report = file.look();
        assert_eq!(grave(&report), ["header-not-declared"], "{dataset}");
        assert_eq!(the(&report, "header-not-declared").lines, [1]);
    }
}

#[test]
fn a_record_taken_for_a_header_is_told() {
    for dataset in Dataset::ALL {
        let file = File { declared: true, ..File::clean(dataset, 100) };
        assert_eq!(grave(&file.look()), ["data-as-header"], "{dataset}");
    }
}

#[test]
fn columns_moved_by_one_are_found_on_either_side_without_a_header() {
    for (dataset, from) in [
        (Dataset::Apc, "STARTAGE"),
        (Dataset::Apc, "DIAG_01"),
        (Dataset::Nac, "MAINSPEF"),
        (Dataset::Em, "INV_01"),
        (Dataset::Nrd, "RENALSITE"),
        (Dataset::Pcc, "CCDate"),
        (Dataset::Ncc, "DISMETH"),
    ] {
        for by in [1, -1] {
            let mut file = File::clean(dataset, 400);
            file.definition = file.moved(from, by);
            let report = file.look();
            println!("{dataset} {from} {by}: {:?}", report.findings);
            let shift = the(&report, "columns-shifted");
            assert_eq!(shift.severity, Weight::Error);
            let side = if by > 0 { "left" } else { "right" };
            assert!(shift.message.contains(side), "{dataset} {from} {by}: {}", shift.message);
        }
    }
}

#[test]
fn columns_moved_by_one_are_found_by_the_header() {
    for dataset in Dataset::ALL {
        for by in [1, -1] {
            let mut file = File::clean(dataset, 20);
            let second = columns(dataset)[1].to_string();
            file.definition = file.moved(&second, by);
            file.header = Some(file.names());
            file.declared = true;
            let report = file.look();
            let found = the(&report, "header-contradicts-definition");
            assert!(found.message.contains("column beside"), "{dataset}: {}", found.message);
        }
    }
}

#[test]
fn rows_cut_short_and_rows_with_a_comma_too_many_are_counted() {
    let mut file = File::clean(Dataset::Nac, 100);
    for row in [3, 40, 41, 99] {
        file.rows[row].truncate(5);
    }
    file.rows[10].insert(2, "x".to_owned());
    let report = file.look();
    let cut = the(&report, "rows-truncated");
    assert_eq!((cut.count, cut.share, cut.lines.as_slice()), (4, 0.04, &[4, 41, 42][..]));
    let long = the(&report, "rows-too-long");
    assert_eq!((long.count, long.lines.as_slice()), (1, &[11][..]));
}

#[test]
fn lost_zeros_are_found_where_they_carry_meaning_and_nowhere_else() {
    for (dataset, fields) in
        [(Dataset::Em, &["INV", "TREAT"][..]), (Dataset::Nrd, &["RENALMOD", "RENALSITE", "RENALACCESS"])]
    {
        let mut file = File::clean(dataset, 300);
        for value in file.rows.iter_mut().flatten() {
            if value.bytes().all(|b| b.is_ascii_digit()) && value.len() > 1 {
                *value = value.trim_start_matches('0').to_owned();
            }
        }
        let report = file.look();
        let lost: Vec<_> = report.findings.iter().filter(|f| f.code == "leading-zeros-lost").collect();
        let named: Vec<_> = lost.iter().filter_map(|finding| finding.field.as_deref()).collect();
        assert_eq!(named, fields, "{dataset}");
        assert!(lost.iter().all(|finding| finding.count > 5 && finding.share > 0.0 && finding.lines.len() == 3));
    }
    // Unit functions and activities may go without.
    let mut file = File::clean(Dataset::Ncc, 300);
    let first = file.place("CCAC_01");
    for row in &mut file.rows {
        row[first..].iter_mut().for_each(|value| *value = value.trim_start_matches('0').to_owned());
    }
    assert_eq!(grave(&file.look()), Vec::<&str>::new());
}

#[test]
fn ambiguous_treatments_are_doubted_only_where_the_file_shows_that_zeros_were_lost() {
    for code in ["11", "12", "31", "32", "33", "41", "42", "43", "51", "52"] {
        let mut file = File::clean(Dataset::Em, 20);
        let (inv, treat) = (file.place("INV_01"), file.place("TREAT_01"));
        for row in &mut file.rows {
            row[inv..].iter_mut().for_each(String::clear);
            row[treat] = "22".to_owned();
        }
        file.set(7, "TREAT_01", code);
        let report = file.look();
        let found = the(&report, "treatments-ambiguous");
        assert_eq!((found.severity, found.count, found.lines.as_slice()), (Weight::Note, 1, &[8][..]), "{code}");
        assert_eq!(report.failing, 0, "they are read as they stand");
        file.set(9, "INV_01", "5");
        let report = file.look();
        assert_eq!(the(&report, "treatments-ambiguous").severity, Weight::Warning, "{code}");
        assert_eq!(report.failing, 1, "none is repaired");
    }
    let mut file = File::clean(Dataset::Em, 20);
    let treat = file.place("TREAT_01");
    file.rows.iter_mut().for_each(|row| row[treat..].iter_mut().for_each(|value| *value = "22".to_owned()));
    assert!(!codes(&file.look()).contains(&"treatments-ambiguous"));
}

#[test]
fn spells_that_merge_patients_are_told_from_one_wrong_sex() {
    let mut file = File::clean(Dataset::Apc, 400);
    let spell = file.place("PROVSPNO");
    // Two spells with several episodes: the sex of one episode is wrong.
    let of = |file: &File, row: usize| file.rows[row][spell].clone();
    let several = (1..file.rows.len()).find(|row| of(&file, *row) == of(&file, row - 1)).expect("a second episode");
    let other = if file.rows[several][file.place("SEX")] == "1" { "2" } else { "1" };
    file.set(several, "SEX", other);
    assert!(!codes(&file.look()).contains(&"spells-merged"), "one sign in one spell is a fault of coding");
    // Numbers that begin anew make one spell of several patients.
    let mut file = File::clean(Dataset::Apc, 400);
    for row in 0..file.rows.len() {
        let number = of(&file, row);
        file.set(row, "PROVSPNO", &number[number.len() - 2..]);
    }
    let found = file.look();
    let merged = the(&found, "spells-merged");
    assert!(merged.count > 20 && merged.severity == Weight::Error, "{merged:?}");
    for row in 0..100 {
        file.set(row, "PROVSPNO", "");
    }
    let blank = file.look();
    assert_eq!(the(&blank, "spells-merged").count, 100);
}

#[test]
fn retired_codes_are_told_from_codes_of_another_year() {
    let mut file = File::clean(Dataset::Apc, 200);
    for row in [5, 60, 61] {
        file.set(row, "DIAG_02", "I48X");
    }
    let report = file.look_with(seven::release(), &[earlier()]);
    let retired = the(&report, "retired-codes");
    assert_eq!((retired.field.as_deref(), retired.count), (Some("DIAG"), 3));
    assert_eq!(retired.lines, [6, 61, 62]);
    assert_eq!(grave(&report), ["retired-codes"]);
    // The earlier release does not have a procedure that came with OPCS-4.10; the file may hold some already.
    let of_another_year = |file: &File| {
        let report = file.look_with(earlier(), &[seven::release()]);
        report
            .findings
            .into_iter()
            .find(|finding| finding.code == "codes-of-another-year")
            .map_or(0, |found| found.count)
    };
    let before = of_another_year(&file);
    for row in [70, 80] {
        file.set(row, "OPER_01", "X856");
    }
    let report = file.look_with(earlier(), &[seven::release()]);
    let year = the(&report, "codes-of-another-year");
    assert_eq!((year.field.as_deref(), year.count), (Some("OPER"), before + 2));
    assert!([71, 81].iter().all(|line| year.lines.contains(line)), "{:?}", year.lines);
    assert!(year.message.contains(&seven::release().identity.id), "{}", year.message);
}

#[test]
fn codes_that_no_release_knows_are_a_pattern_only_in_bulk() {
    let mut file = File::clean(Dataset::Nac, 100);
    file.set(1, "OPER_01", "M999");
    assert_eq!(grave(&file.look()), Vec::<&str>::new());
    for row in 0..30 {
        file.set(row, "OPER_01", &format!("Z0{row:02}"));
    }
    let unknown = |row: usize| ["O901", "O902", "I991", "V991"][row % 4];
    for row in 30..60 {
        file.set(row, "OPER_01", unknown(row));
    }
    let report = file.look_with(seven::release(), &[earlier()]);
    let found = the(&report, "unknown-codes");
    assert!(found.count >= 30, "{found:?}");
}

#[test]
fn a_field_that_always_fails_is_told_with_the_reasons_that_records_will_fail_for() {
    let mut file = File::clean(Dataset::Nrd, 100);
    for row in 0..100 {
        file.set(row, "AGE", "");
    }
    for row in 0..30 {
        file.set(row, "HIV", "yes");
    }
    for row in 0..20 {
        file.set(row, "HBV", "no");
    }
    for row in 0..10 {
        file.set(row, "HCV", "no");
    }
    let report = file.look();
    let field = the(&report, "field-always-fails");
    assert_eq!((field.field.as_deref(), field.count, field.share), (Some("AGE"), 100, 1.0));
    assert_eq!((report.records, report.failing, report.failing_share), (100, 100, 1.0));
    let reasons: Vec<_> = report.reasons.iter().map(|r| (r.field.as_str(), r.message.as_str(), r.count)).collect();
    assert_eq!(
        reasons,
        [("AGE", "Age is blank", 100), ("HIV", "HIV status is invalid", 30), ("HBV", "HBV status is invalid", 20)]
    );
    assert_eq!(report.reasons[1].lines, [1, 2, 3]);
}

#[test]
fn the_official_sample_shows_its_two_merged_spells_and_its_retired_codes_and_nothing_else() {
    let Some(sample) = Official::read() else { return };
    let payment = release("reference", "2024-25.payment");
    let path = |name: &str| sample.folder.join(name);
    let rdf = Rdf::load(&path("default-apc.rdf"), false).expect("a definition");
    let layout = Layout::bind(&rdf, Dataset::Apc).expect("it fits");
    let text = std::fs::read(path("apc-sample.csv")).expect("the sample");
    let input = read(text, &rdf, true, usize::MAX).expect("a table");
    let report = check(&input, &rdf, &layout, (&payment, &[earlier()]));
    println!("{report:#?}");
    assert_eq!(codes(&report), ["spells-merged", "retired-codes"]);
    // Two spells of episodes of either sex: of 1 and 21 years, and of 75 and 61.
    assert_eq!((report.findings[0].count, report.findings[0].lines.as_slice()), (2, &[628, 680][..]));
    // A09X, H547, I48X, L89X and N180.
    assert_eq!(report.findings[1].field.as_deref(), Some("DIAG"));
    assert_eq!(report.records, 752);
    assert!((0.09..=0.11).contains(&report.failing_share), "{}", report.failing_share);
    assert_eq!(report.reasons.len(), 3);
}

#[test]
fn a_report_holds_no_value_of_a_record() {
    let mut file = File::clean(Dataset::Apc, 50);
    for row in 0..50 {
        let number = format!("CANARY{row}");
        file.set(row, "PROVSPNO", &number);
        file.set(row, "SEX", "CANARY");
        file.set(row, "DIAG_01", "CANARY");
        file.set(row, "OPER_01", "I48X");
    }
    file.header = Some(file.names());
    let text = serde_json::to_string(&file.look()).expect("JSON");
    assert!(text.contains("header-not-declared") && text.contains("field-always-fails"), "{text}");
    assert!(!text.contains("CANARY") && !text.contains("I48X"), "{text}");
}
