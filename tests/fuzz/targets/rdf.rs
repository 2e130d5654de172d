//! A record definition, and rows read by it.

use super::stream::{LIMITS, run};
use super::{choice, dataset};
use hrg_grouper::batch::{BatchError, Columns, Form, InputForm, Options};
use hrg_grouper::files::rdf::Rdf;

/// A row of what no definition expects, and one of plain values.
const ROWS: &str = "\"a,\u{e9}b\",  ,=1+1,\0x\n1,40,1,100,100,J189,W461,R0A,1,1,1,1,1,1,1,1,1,1,1,1\n";

/// A definition is read whole or refused in words; written and read again it is the same; rows are read by it. The first
/// byte chooses the dataset, and whether delimiters other than the comma are allowed.
pub fn rdf(bytes: &[u8]) {
    let (first, bytes) = choice(bytes);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let others = first % 2 == 1;
    let rdf = match Rdf::parse(text, others) {
        Ok(rdf) => rdf,
        Err(fault) => return assert!(!fault.to_string().is_empty()),
    };
    assert_eq!(Rdf::parse(&rdf.text(), others).expect("what was written can be read"), rdf);
    assert!(!rdf.fields.is_empty() && (1..=10_000).contains(&rdf.highest_position()));
    for field in &rdf.fields {
        assert_eq!(rdf.field(&field.name.to_ascii_uppercase()), Some(field), "a name stands once");
        for value in ROWS.split([',', '\n']) {
            let kept = field.apply(value);
            let dropped = |c: char| field.extract.contains(c);
            assert!(kept.chars().count() <= value.chars().count() && !kept.contains(dropped), "{kept:?} of {value:?}");
        }
    }
    for header in [false, true] {
        let columns = Columns::Definition { rdf: rdf.clone(), header };
        let options =
            Options { limits: LIMITS, ..Options::new(dataset(first / 2), InputForm::Csv(columns), Form::Ndjson) };
        let answer = run(&options, ROWS.as_bytes(), usize::MAX);
        answer.check(&options);
        match answer.result {
            Ok(summary) => assert_eq!(summary.read, if header { 1 } else { 2 }),
            Err(fault) => assert!(matches!(fault, BatchError::Columns(_)), "{fault:?}"),
        }
    }
}
