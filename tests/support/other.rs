//! Records of the six logics other than admitted patient care: read from TOML, grouped, compared with a case.

use hrg_grouper::grouper::other::{RecordResult, group_acc, group_em, group_nac, group_ncc, group_nrd, group_pcc};
use hrg_grouper::record::{RawAcc, RawEm, RawNac, RawNccDay, RawNrd, RawPccDay};
use hrg_grouper::reference::Reference;
use hrg_grouper::trace::{Off, Recorder};
use libtest_mimic::Failed;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

fn read<T: DeserializeOwned>(record: &Table) -> T {
    Value::Table(record.clone()).try_into().expect("the record has the fields of its dataset")
}

/// Groups a record of any of the six datasets.
pub fn group<'r, R: Recorder<'r>>(
    dataset: &str,
    record: &Table,
    release: &'r Reference,
    recorder: &mut R,
) -> RecordResult {
    match dataset {
        "nac" => group_nac(&read::<RawNac<'static>>(record), release, recorder),
        "em" => group_em(&read::<RawEm<'static>>(record), release, recorder),
        "nrd" => group_nrd(&read::<RawNrd<'static>>(record), release, recorder),
        "acc" => group_acc(&read::<RawAcc<'static>>(record), release, recorder),
        "pcc" => group_pcc(&read::<RawPccDay<'static>>(record), release, recorder),
        "ncc" => group_ncc(&read::<RawNccDay<'static>>(record), release, recorder),
        other => panic!("{other} is no dataset of these logics"),
    }
}

/// The messages in the official form.
pub fn messages(result: &RecordResult) -> Vec<String> {
    result.messages.iter().map(hrg_grouper::grouper::Message::piped).collect()
}

/// Runs a case.
pub fn run(case: &Table, reference: &Reference) -> Result<(), Failed> {
    let dataset = case.get("dataset").and_then(Value::as_str).ok_or("the case names no dataset")?;
    let record = case.get("record").and_then(Value::as_table).ok_or("the case has no record")?;
    let result = group(dataset, record, reference, &mut Off);
    let list = |items: Vec<String>| Value::Array(items.into_iter().map(Value::String).collect());
    let code = |code: Option<String>| Value::String(code.unwrap_or_default());
    let mut differences = Vec::new();
    for (key, expected) in case.get("expect").and_then(Value::as_table).ok_or("the case expects nothing")? {
        let found = match key.as_str() {
            "hrg" => Value::String(result.hrg.to_string()),
            "groupingMethod" => code(result.method.map(|m| m.flag().to_owned())),
            "dominantProcedure" => code(result.dominant_procedure.map(|c| c.to_string())),
            "unbundled" => list(result.unbundled.iter().map(ToString::to_string).collect()),
            "messages" => list(messages(&result)),
            "calcCcDays" => Value::Integer(result.calc_cc_days.ok_or("only adult critical care has days")?),
            "ccWarningFlag" => code(result.cc_warning.then(|| "F".to_owned())),
            other => return Err(format!("unknown expectation {other}").into()),
        };
        if found != *expected {
            differences.push(format!("{key} is {found}, not {expected}"));
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n").into()) }
}
