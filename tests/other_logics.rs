//! The six logics besides admitted patient care: every row of their matrices, every release option, and what a trace
//! promises. The worked examples are in `cases`.

mod support;

use hrg_grouper::grouper::other::RecordResult;
use hrg_grouper::reference::options::{
    EmAbsentSide, EmDeadOnArrival, Firstatt5, MissingSplitValues, Ph0ErrorScope, Switch, VirusUnknown,
};
use hrg_grouper::reference::{Reference, TableId};
use hrg_grouper::trace::{Off, Outcome, Recording, Step};
use std::collections::BTreeSet;
use std::sync::LazyLock;
use support::other::{group, messages};
use toml::Table;

static TOY: LazyLock<Reference> = LazyLock::new(support::toy);

/// Groups, and holds every answer to what all answers promise: the trace changes nothing, it is the same each time,
/// every row it cites exists, and `UZ01Z` says what is wrong.
#[track_caller]
fn traced(dataset: &str, record: &Table, release: &Reference) -> (RecordResult, Vec<Step>) {
    let steps = || {
        let mut recording = Recording::default();
        (group(dataset, record, release, &mut recording), recording.into_steps().in_words())
    };
    let (result, taken) = steps();
    assert_eq!(result, group(dataset, record, release, &mut Off), "the trace changes the answer");
    assert_eq!((result.clone(), taken.clone()), steps(), "the trace is not the same twice");
    let turned_down = taken.iter().flat_map(|step| &step.turned_down).filter_map(|other| other.row.as_ref());
    for row in taken.iter().flat_map(|step| &step.rows).chain(turned_down) {
        assert!(release.row_ids[&row.table].contains(row.row.as_str()), "{row} is no row");
    }
    let invalid = result.hrg.to_string() == "UZ01Z";
    assert_eq!(invalid, result.messages.iter().any(|message| message.fatal), "{result:?}");
    let last = taken.iter().rfind(|step| step.facts.iter().any(|fact| fact.name == "hrg"));
    if invalid {
        assert!(taken.iter().any(|step| step.outcome == Outcome::Failed), "no step says why it is UZ01Z");
    } else {
        let said = last.and_then(|step| step.facts.iter().find(|fact| fact.name == "hrg")).map(|fact| &fact.value);
        assert_eq!(said, Some(&result.hrg.to_string()), "the trace does not end with the HRG");
    }
    (result, taken)
}

/// A record from `field = value` lines.
fn record(text: &str) -> Table {
    text.parse().expect("TOML")
}

/// A base record with some fields changed.
fn with(base: &str, changes: &str) -> Table {
    let mut table = record(base);
    table.extend(record(changes));
    table
}

/// The HRG, or the messages where it is `UZ01Z`.
#[track_caller]
fn answer(dataset: &str, record: &Table, release: &Reference) -> String {
    let (result, _) = traced(dataset, record, release);
    match result.hrg.to_string() {
        hrg if hrg == "UZ01Z" => messages(&result).join(" "),
        hrg => hrg,
    }
}

fn toy(change: impl FnOnce(&mut Reference)) -> Reference {
    let mut release = TOY.clone();
    change(&mut release);
    release
}

const NAC: &str = "startage = '40'\nsex = '1'\nmainspef = '100'\ntretspef = '100'\nfirstatt = '1'";
const EM: &str = "age = '40'";
const NRD: &str = "renalmod = '01'\nrenalsite = '01'\nrenalaccess = '02'\nage = '40'";
const ACC: &str = "ccuf = '01'";
const PCC: &str = "ccdate = '20240401'\ndisdate = '20240410'\ndismeth = '1'\nccuf = '04'";
const NCC: &str =
    "ccdate = '20240401'\ndisdate = '20240410'\ndismeth = '1'\nccuf = '13'\ngestlen = '38'\nperwt = '3.1'";

// --- Every row of every matrix -------------------------------------------------------------------------------------

/// Groups the records and gives the ids of the rows of `table` that they cite.
fn reached(dataset: &str, records: impl IntoIterator<Item = Table>, table: TableId) -> BTreeSet<String> {
    let steps = records.into_iter().flat_map(|record| traced(dataset, &record, &TOY).1);
    steps.flat_map(|step| step.rows).filter(|row| row.table == table).map(|row| row.row).collect()
}

#[track_caller]
fn assert_all_reached(dataset: &str, records: impl IntoIterator<Item = Table>, table: TableId) {
    let all: BTreeSet<String> = TOY.row_ids[&table].iter().map(|id| id.to_string()).collect();
    assert_eq!(reached(dataset, records, table), all, "{}", table.name());
}

#[test]
fn every_row_of_the_attendance_matrix_is_reached() {
    let records = ["1", "2", "3", "4"].into_iter().flat_map(|first| {
        ["[]", "['X621']", "['X622']"].map(|oper| with(NAC, &format!("firstatt = '{first}'\noper = {oper}")))
    });
    assert_all_reached("nac", records, TableId::WfMatrix);
}

#[test]
fn every_row_of_the_emergency_matrix_is_reached() {
    // One code of each category, and nothing for 0.
    let investigations = ["[]", "['01']", "['01', '04']", "['11']"];
    let treatments = ["[]", "['01']", "['11', '99']", "['46']", "['13']", "['15']"];
    let records = investigations
        .into_iter()
        .flat_map(|inv| treatments.into_iter().map(move |treat| with(EM, &format!("inv = {inv}\ntreat = {treat}"))));
    assert_all_reached("em", records, TableId::EmMatrix);
}

#[test]
fn every_row_of_the_renal_matrix_is_reached() {
    let mut records = Vec::new();
    for modality in ["01", "11", "13", "17"] {
        for (site, access) in [("01", "01"), ("01", "03"), ("02", "02"), ("02", "04"), ("03", "01"), ("03", "04")] {
            for (virus, age) in [("POS", 18), ("POS", 19), ("NEG", 18), ("NEG", 19)] {
                records.push(record(&format!(
                    "renalmod = '{modality}'\nrenalsite = '{site}'\nrenalaccess = '{access}'\nhcv = '{virus}'\nage = '{age}'"
                )));
            }
        }
    }
    assert_all_reached("nrd", records, TableId::NrdMatrix);
}

#[test]
fn every_row_of_the_adult_critical_care_matrix_is_reached() {
    let fields = ["arsd", "bcsd", "rsd", "nsd", "dsd", "lsd"];
    let records = (0..=fields.len()).map(|organs| {
        let days: Vec<_> = fields.iter().take(organs).map(|field| format!("{field} = '1'")).collect();
        with(ACC, &days.join("\n"))
    });
    assert_all_reached("acc", records, TableId::AccMatrix);
}

#[test]
fn every_level_rule_of_both_daily_logics_is_reached() {
    let days = ["['65']", "['56', '16', '06']", "['56']", "['51', '6']", "['51']", "['53']", "['57']", "['74']"];
    assert_all_reached("pcc", days.map(|codes| with(PCC, &format!("ccac = {codes}"))), TableId::PccRules);
    let days = ["['01']", "['80', '7']", "['02']", "['10', '21']", "['10']", "['99']", "[]"];
    let dies = with(NCC, "dismeth = '4'\ndisdate = '20240401'");
    let days = days.map(|codes| with(NCC, &format!("ccac = {codes}")));
    assert_all_reached("ncc", days.into_iter().chain([dies]), TableId::NccRules);
}

// --- Outpatients ---------------------------------------------------------------------------------------------------

#[test]
fn outpatient_faults_are_reported_together() {
    let found =
        answer("nac", &record("startage = '131'\nsex = 'x'\nfirstatt = '5'\noper = ['X403', '', 'nonsense']"), &TOY);
    let expected = [
        "STARTAGE|131|Start age is invalid",
        "SEX|x|Sex is invalid",
        "MAINSPEF||Main specialty is blank",
        "TRETSPEF||Treatment function is blank",
        "FIRSTATT|5|First attendance is invalid",
        "OPER_01|X403|Procedure is invalid",
        "OPER_03|nonsense|Procedure is invalid",
    ];
    assert_eq!(found, expected.join(" "));
}

#[test]
fn an_invalid_procedure_may_be_let_pass_by_the_release() {
    let lenient = toy(|release| release.options.invalid_optional_code_is_fatal = false);
    let (result, _) = traced("nac", &with(NAC, "oper = ['X999', 'p12.2']"), &lenient);
    assert_eq!(
        (result.hrg.to_string().as_str(), messages(&result)),
        ("TB01Z", vec!["OPER_01|X999|Procedure is invalid".into()])
    );
}

#[test]
fn an_administrative_event_is_a_follow_up_only_where_the_release_says_so() {
    let follow_up = toy(|release| release.options.firstatt_5 = Firstatt5::FollowUp);
    let event = with(NAC, "firstatt = '5'");
    assert_eq!(answer("nac", &event, &TOY), "FIRSTATT|5|First attendance is invalid");
    assert_eq!(answer("nac", &event, &follow_up), "WF01A");
}

#[test]
fn outpatient_unbundled_hrgs_are_kept_and_their_codes_set_aside() {
    let (result, _) = traced("nac", &with(NAC, "oper = ['U021', 'Z001', 'U021']"), &TOY);
    let unbundled: Vec<_> = result.unbundled.iter().map(ToString::to_string).collect();
    assert_eq!((result.hrg.to_string().as_str(), unbundled), ("WF01B", vec!["UB01Z".into(), "UB01Z".into()]));
    let found = answer("nac", &with(NAC, "oper = ['U029']"), &TOY);
    assert_eq!(found, "OPER_01|U029|UZ06 - Poorly coded procedure for Casemix grouping purposes");
    let (result, _) = traced("nac", &with(NAC, "sex = ''\noper = ['U021']"), &TOY);
    assert_eq!(result.unbundled.len(), 1, "an ungroupable record keeps its unbundled HRGs");
}

#[test]
fn a_procedure_of_hierarchy_0_alone_is_an_outpatient_error_too() {
    let uz05 = "OPER_01|Z001|UZ05 - Invalid procedure for Casemix grouping purposes";
    assert_eq!(answer("nac", &with(NAC, "oper = ['Z001']"), &TOY), uz05);
    let beside = with(NAC, "oper = ['Z001', 'P122']");
    assert_eq!(answer("nac", &beside, &TOY), "TB01Z");
    let strict = toy(|release| release.options.ph0_error_scope = Ph0ErrorScope::WhenInFirstPosition);
    assert_eq!(answer("nac", &beside, &strict), uz05);
}

#[test]
fn outpatients_split_by_age_and_not_by_what_they_lack() {
    assert_eq!(answer("nac", &with(NAC, "oper = ['P121']"), &TOY), "TA01A");
    assert_eq!(answer("nac", &with(NAC, "startage = '18'\noper = ['P121']"), &TOY), "TA01B");
    // The same procedure with a root that splits by CC score.
    let by_cc = |missing| {
        toy(|release| {
            release.options.nac_missing_split_values = missing;
            let root = |text| hrg_grouper::reference::Root::parse(text).expect("root");
            let splits = release.splits[&root("RA10")].clone();
            release.splits.insert(root("TB01"), splits);
        })
    };
    let record = with(NAC, "oper = ['P122']");
    assert_eq!(answer("nac", &record, &by_cc(MissingSplitValues::Zero)), "RA10C");
    let uz05 = "OPER_01|P122|UZ05 - Invalid procedure for Casemix grouping purposes";
    assert_eq!(answer("nac", &record, &by_cc(MissingSplitValues::Error)), uz05);
}

#[test]
fn a_procedure_driven_payment_record_names_its_attendance_hrg() {
    let attendance = |release: &Reference, changes: &str| {
        traced("nac", &with(NAC, changes), release).0.attendance_hrg.map(|hrg| hrg.to_string())
    };
    let costing = toy(|release| release.identity.purpose = "costing".into());
    assert_eq!(attendance(&TOY, "oper = ['P122']").as_deref(), Some("WF01B"));
    assert_eq!(attendance(&TOY, "oper = ['P122', 'X622']").as_deref(), Some("WF02B"));
    assert_eq!(attendance(&costing, "oper = ['P122']"), None);
    assert_eq!(attendance(&TOY, "oper = ['P122']\nsex = ''"), None);
}

#[test]
fn a_global_exception_comes_before_the_procedures_of_outpatients() {
    use hrg_grouper::reference::row::{Row, Rule};
    let release = toy(|release| {
        let when = hrg_grouper::reference::parse_condition::parse_condition(
            "unbundled has {UB} and highest_ph < 5 and firstatt in {1}",
            &hrg_grouper::reference::parse_condition::NamedLists::default(),
        );
        let then = hrg_grouper::reference::Hrg::parse("TE01Z").expect("HRG");
        let rule = Rule { order: 1, when: when.expect("condition"), then };
        let table = TableId::GlobalExceptions;
        release.row_ids.entry(table).or_default().insert("same_day".into());
        release.unbundling.global_exceptions.push(Row { table, id: "same_day".into(), line: 2, value: rule });
    });
    let (result, steps) = traced("nac", &with(NAC, "oper = ['U021', 'X621']"), &release);
    assert_eq!((result.hrg.to_string().as_str(), result.method.map(|m| m.flag())), ("TE01Z", Some("G")));
    let without = steps.iter().flat_map(|s| &s.facts).find(|fact| fact.name == "without").map(|f| f.value.as_str());
    assert_eq!(without, Some("WF01B"), "what an outpatient would get without it");
    assert_eq!(answer("nac", &with(NAC, "oper = ['U021', 'P122']"), &release), "TB01Z");
}

// --- Emergency medicine --------------------------------------------------------------------------------------------

#[test]
fn emergency_faults_are_reported_together() {
    let found =
        answer("em", &record("aepatientgroup = '11'\ninv = ['09', '', '6']\ntreat = ['07', '26', '999']"), &TOY);
    let expected = [
        "AGE||Age is blank",
        "AEPATIENTGROUP|11|Patient group is invalid",
        "INV_01|09|Investigation is invalid",
        "INV_03|6|Investigation is invalid",
        "TREAT_01|07|Treatment is invalid",
        "TREAT_02|26|Treatment is invalid",
        "TREAT_03|999|Treatment is invalid",
    ];
    assert_eq!(found, expected.join(" "));
}

#[test]
fn a_patient_brought_in_dead_has_an_hrg_of_its_own_unless_the_release_ignores_it() {
    let dead = with(EM, "aepatientgroup = '70'\ntreat = ['15']");
    let ignoring = toy(|release| release.options.em_dead_on_arrival = EmDeadOnArrival::Ignored);
    assert_eq!(answer("em", &dead, &TOY), "VB99Z");
    assert_eq!(answer("em", &dead, &ignoring), "VB01Z");
}

#[test]
fn dental_treatment_gives_way_to_another_treatment_of_category_3() {
    for (treat, hrg) in [("['56']", "VB10Z"), ("['20', '56', '56']", "VB10Z"), ("['56', '46']", "VB06Z")] {
        assert_eq!(answer("em", &with(EM, &format!("inv = ['01']\ntreat = {treat}")), &TOY), hrg, "{treat}");
    }
}

#[test]
fn an_absent_side_is_an_error_only_where_the_release_says_so_and_only_beside_a_significant_one() {
    let strict = toy(|release| release.options.em_absent_side = EmAbsentSide::Error);
    let ask = |changes: &str| answer("em", &with(EM, changes), &strict);
    assert_eq!(ask("treat = ['46']"), "INV_01||Investigation is blank");
    assert_eq!(ask("inv = ['24']\ntreat = ['46']"), "INV_01|24|Investigation is invalid");
    assert_eq!(ask("inv = ['04']\ntreat = ['99']"), "TREAT_01|99|Treatment is invalid");
    assert_eq!(ask(""), "VB11Z");
    assert_eq!(ask("treat = ['15']"), "VB01Z", "beside category 5 any investigation will do");
    assert_eq!(ask("inv = ['04']\ntreat = ['46']"), "VB05Z");
}

#[test]
fn order_and_repeats_of_emergency_codes_make_no_difference() {
    let answers: BTreeSet<_> = ["['04', '01', '04']", "['01', '04']", "['', '04']"]
        .map(|inv| answer("em", &with(EM, &format!("inv = {inv}\ntreat = ['46', '01']")), &TOY))
        .into();
    assert_eq!(answers, BTreeSet::from(["VB05Z".to_owned()]));
}

#[test]
fn lost_zeros_are_suggested_and_never_repaired() {
    let (result, steps) = traced("em", &with(EM, "inv = ['6']\ntreat = ['11']"), &TOY);
    assert_eq!(messages(&result), ["INV_01|6|Investigation is invalid"]);
    let facts: Vec<_> = steps.iter().flat_map(|s| &s.facts).collect();
    assert!(facts.iter().any(|f| f.name == "suggestion" && f.value.starts_with("06 ")));
    assert!(facts.iter().any(|f| f.name == "ambiguous" && f.code.as_deref() == Some("11")));
}

// --- Renal dialysis ------------------------------------------------------------------------------------------------

#[test]
fn renal_faults_are_reported_together() {
    let found = answer("nrd", &record("renalmod = '1'\nrenalaccess = 'x'\nhbv = 'pos'\nage = '999'"), &TOY);
    let expected = [
        "RENALMOD|1|Renal modality is invalid",
        "RENALSITE||Renal supervision is blank",
        "RENALACCESS|x|Renal access is invalid",
        "HBV|pos|HBV status is invalid",
        "AGE|999|Age is invalid",
    ];
    assert_eq!(found, expected.join(" "));
}

#[test]
fn a_combination_without_a_cell_is_a_renal_error_on_the_field_that_lacks() {
    let ask = |changes: &str| answer("nrd", &with(NRD, changes), &TOY);
    assert_eq!(ask("renalaccess = ''"), "RENALACCESS||UZ14 - Renal (NRD) Error");
    assert_eq!(ask("renalaccess = '05'"), "RENALACCESS|05|UZ14 - Renal (NRD) Error");
    assert_eq!(ask("renalmod = '19'"), "RENALMOD|19|UZ14 - Renal (NRD) Error");
    assert_eq!(ask("renalmod = '10'\nrenalaccess = ''"), "LD11A");
}

#[test]
fn an_unknown_virus_is_an_error_only_where_the_release_says_so_and_only_where_it_decides() {
    let strict = toy(|release| release.options.virus_unknown = VirusUnknown::Error);
    let unknown = with(NRD, "hcv = 'UNK'");
    assert_eq!(answer("nrd", &unknown, &TOY), "LD01A");
    assert_eq!(answer("nrd", &unknown, &strict), "HCV|UNK|UZ14 - Renal (NRD) Error");
    assert_eq!(answer("nrd", &with(NRD, "hcv = 'UNK'\nhiv = 'POS'"), &strict), "LD03A");
    assert_eq!(answer("nrd", &with(NRD, "hcv = 'UNK'\nrenalsite = '03'"), &strict), "LD09A");
    assert_eq!(answer("nrd", &with(NRD, ""), &strict), "LD01A", "blank is not unknown");
}

// --- Adult critical care -------------------------------------------------------------------------------------------

#[test]
fn adult_critical_care_faults_are_reported_together_and_the_days_calculated_all_the_same() {
    let faulty = record(
        "ccuf = '13'\nbcsd = '-1'\nlsd = '100000'\nccl3d = 'x'\ncc_start_date = '20240401'\ncc_discharge_date = '20240402'",
    );
    let (result, _) = traced("acc", &faulty, &TOY);
    let expected = [
        "CCUF|13|Critical care unit function is invalid",
        "BCSD|-1|Basic cardiovascular support days is invalid",
        "LSD|100000|Liver support days is invalid",
        "CCL3D|x|Critical care level 3 days is invalid",
    ];
    assert_eq!(messages(&result), expected);
    assert_eq!((result.calc_cc_days, result.cc_warning), (Some(2), false));
}

#[test]
fn the_unit_function_may_lack_its_leading_zero() {
    for unit in ["1", " 01 ", "91"] {
        assert_eq!(answer("acc", &with(ACC, &format!("ccuf = '{unit}'\nnsd = '998'")), &TOY), "XC06Z", "{unit}");
    }
    assert_eq!(answer("acc", &with(ACC, "ccuf = ''"), &TOY), "CCUF||Critical care unit function is blank");
}

#[test]
fn the_warning_flag_is_blank_only_when_none_of_its_tests_holds() {
    let dates = "cc_start_date = '20240228'\ncc_discharge_date = '20240302'";
    let flag = |changes: &str| {
        let (result, _) = traced("acc", &with(ACC, changes), &TOY);
        assert!(result.messages.is_empty());
        (result.calc_cc_days, result.cc_warning)
    };
    assert_eq!(flag(&format!("{dates}\nccl2d = '1'\nccl3d = '3'\narsd = '3'\nbrsd = '1'")), (Some(4), false));
    assert_eq!(flag(&format!("{dates}\nccl2d = '2'\nccl3d = '3'")), (Some(4), true));
    assert_eq!(flag(&format!("{dates}\nccl2d = '4'\nbrsd = '5'")), (Some(4), true));
    assert_eq!(flag(&format!("{dates}\nccl2d = '1'\nbrsd = '2'")), (Some(4), true));
    assert_eq!(flag("cc_start_date = '20240401'\ncc_discharge_date = '20240401'"), (Some(1), false));
    for bad in ["", "20240431", "2024-04-01", "240401"] {
        let changes = format!("cc_start_date = '20240301'\ncc_discharge_date = '{bad}'");
        assert_eq!(flag(&changes), (Some(-1), true), "{bad}");
    }
}

#[test]
fn basic_respiratory_and_cardiovascular_support_may_be_one_organ() {
    let as_one = toy(|release| release.options.acc_basic_resp_cardio_as_one = true);
    let basic = with(ACC, "brsd = '1'\nbcsd = '1'");
    assert_eq!(answer("acc", &basic, &TOY), "XC05Z");
    assert_eq!(answer("acc", &basic, &as_one), "XC06Z");
    assert_eq!(answer("acc", &with(ACC, "brsd = '1'\nacsd = '1'\nbcsd = '1'"), &as_one), "XC05Z");
}

// --- Paediatric and neonatal critical care -------------------------------------------------------------------------

#[test]
fn paediatric_faults_are_reported_together() {
    let faulty = record(
        "ccdate = '20240230'\ndismeth = '9x'\nccuf = '13'\nccac = ['51', '00']\noper = ['X403']\ndiag = ['', 'I1']",
    );
    let expected = [
        "CCDate|20240230|Activity date is invalid",
        "DISDATE||Discharge date is blank",
        "DISMETH|9x|Discharge method is invalid",
        "CCUF|13|Critical care unit function is invalid",
        "CCAC_02|00|Critical care activity is invalid",
        "DIAG_02|I1|Diagnosis is invalid",
        "OPER_01|X403|Procedure is invalid",
    ];
    assert_eq!(answer("pcc", &faulty, &TOY), expected.join(" "));
}

#[test]
fn the_twenty_first_activity_is_no_field() {
    let codes = vec!["'74'"; 20].join(", ");
    assert_eq!(answer("pcc", &with(PCC, &format!("ccac = [{codes}]")), &TOY), "XB09Z");
    let found = answer("pcc", &with(PCC, &format!("ccac = [{codes}, '65']")), &TOY);
    assert_eq!(found, "CCAC_21|65|Critical care activity is invalid");
}

#[test]
fn a_day_that_meets_no_paediatric_rule_is_enhanced_care() {
    let without_last = toy(|release| _ = release.other.pcc.pop());
    assert_eq!(answer("pcc", &record(PCC), &TOY), "XB09Z");
    assert_eq!(answer("pcc", &record(PCC), &without_last), "XB09Z");
}

#[test]
fn the_trace_of_a_day_names_each_activity_and_the_next_level_up() {
    let (_, steps) = traced("pcc", &with(PCC, "ccac = ['51', '6']"), &TOY);
    let facts: Vec<_> = steps.iter().flat_map(|s| &s.facts).filter(|f| f.name == "activity").collect();
    let of = |code: &str| facts.iter().find(|f| f.code.as_deref() == Some(code)).expect("a fact").value.clone();
    assert!(of("51").contains("XB05Z") && of("06").contains("XB06Z"));
    let changes: Vec<_> = steps.iter().flat_map(|s| &s.would_change).collect();
    assert!(changes.len() == 1 && changes[0].contains("XB03Z"), "{changes:?}");
}

#[test]
fn neonatal_faults_are_reported_together() {
    let faulty = record(
        "ccdate = '20240401'\ndisdate = 'x'\nccuf = '4'\nage_days = '1.5'\ngestlen = '9'\nperwt = '10'\nccac = ['1', '51', '98']",
    );
    let expected = [
        "DISDATE|x|Discharge date is invalid",
        "CCUF|4|Critical care unit function is invalid",
        "AGE_DAYS|1.5|Age in days is invalid",
        "DISMETH||Discharge method is blank",
        "GestLen|9|Gestation length is invalid",
        "PERWT|10|Person weight is invalid",
        "CCAC_03|98|Critical care activity is invalid",
        "CCAC_02|51|UZ21 - CCAC Inappropriate in NCC",
    ];
    assert_eq!(answer("ncc", &faulty, &TOY), expected.join(" "));
}

#[test]
fn an_activity_of_paediatric_care_only_makes_a_neonatal_day_invalid_whatever_the_release_lets_pass() {
    let lenient = toy(|release| release.options.invalid_optional_code_is_fatal = false);
    let day = with(NCC, "ccac = ['01', '51']");
    assert_eq!(answer("ncc", &day, &lenient), "CCAC_02|51|UZ21 - CCAC Inappropriate in NCC");
    assert_eq!(answer("ncc", &with(NCC, "ccac = ['01', '98']"), &lenient), "XA01Z");
}

#[test]
fn a_neonatal_day_that_meets_nothing_is_an_error() {
    assert_eq!(answer("ncc", &with(NCC, "ccac = ['', '21']"), &TOY), "CCAC_02|21|UZ11 - Neonatal Critical Care Error");
}

#[test]
fn the_day_of_death_is_intensive() {
    let on = |disdate: &str, dismeth: &str| {
        answer("ncc", &with(NCC, &format!("ccac = ['99']\ndisdate = '{disdate}'\ndismeth = '{dismeth}'")), &TOY)
    };
    assert_eq!(on("20240401", "4"), "XA01Z");
    assert_eq!(on("20240402", "4"), "XA05Z");
    assert_eq!(on("20240401", "1"), "XA05Z");
    assert_eq!(on("20240331", "4"), "XA05Z", "a discharge before the activity is no day of death");
}

#[test]
fn the_older_rules_on_age_and_weight_raise_a_level_only_where_the_release_has_them() {
    let older = toy(|release| release.options.ncc_age_weight_rules = Switch::On);
    let cases = [
        ("ccac = ['02']\nage_days = '4'", "XA02Z", "XA01Z"),
        ("ccac = ['02']\nage_days = '5'", "XA02Z", "XA02Z"),
        ("ccac = ['02']\nperwt = '.999'", "XA02Z", "XA01Z"),
        ("ccac = ['99']\ngestlen = '28'\nage_days = '1'", "XA05Z", "XA01Z"),
        ("ccac = ['99']\ngestlen = '28'", "XA05Z", "XA05Z"),
        ("ccac = ['99']\nperwt = '0.999'", "XA05Z", "XA02Z"),
        ("ccac = ['09']\nperwt = '1.499'", "XA03Z", "XA02Z"),
        ("ccac = ['09']\nperwt = '1.500'", "XA03Z", "XA03Z"),
        ("ccac = ['01']\nperwt = '0.999'", "XA01Z", "XA01Z"),
    ];
    for (changes, base, raised) in cases {
        let day = with(NCC, changes);
        assert_eq!((answer("ncc", &day, &TOY), answer("ncc", &day, &older)), (base.into(), raised.into()), "{changes}");
    }
}
