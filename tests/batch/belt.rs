//! What the tests of streams share: the sample files in every form, the belt in process, and the service.

use crate::support::{self, service::Service, seven};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use hrg_grouper::batch::{BatchError, Columns, Form, InputForm, Options, Summary, group_stream};
use hrg_grouper::files::run::{self as files, Job, Scale};
use hrg_grouper::reference::{Dataset, Reference};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::sync::{Arc, Mutex, OnceLock};

/// The release of the sample files.
pub fn release() -> Arc<Reference> {
    static RELEASE: OnceLock<Arc<Reference>> = OnceLock::new();
    Arc::clone(RELEASE.get_or_init(|| Arc::new(support::release("reference", "2024-25.payment"))))
}

/// The sample file of a dataset.
pub fn csv(dataset: Dataset) -> String {
    std::fs::read_to_string(seven::sample(dataset, "csv")).expect("a sample file")
}

/// Its record definition.
pub fn definition(dataset: Dataset) -> String {
    std::fs::read_to_string(seven::sample(dataset, "rdf")).expect("a definition")
}

/// Its rows as JSON objects, with the column of the caller's own where asked for.
pub fn objects(dataset: Dataset, own: bool) -> Vec<Json> {
    let text = csv(dataset);
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let object = |line: &str| {
        let mut object = Map::new();
        for (name, value) in names.iter().zip(line.split(',')) {
            let stem = name.rsplit_once('_').filter(|(_, place)| place.bytes().all(|b| b.is_ascii_digit()));
            match stem {
                Some((stem, _)) => {
                    let list = object.entry(stem.to_lowercase()).or_insert_with(|| json!([]));
                    list.as_array_mut().expect("a list").push(json!(value));
                }
                None if *name == "LOCAL_KEY" => {
                    if own {
                        object.insert((*name).to_owned(), json!(value));
                    }
                }
                None => {
                    object.insert(name.to_lowercase(), json!(value));
                }
            }
        }
        Json::Object(object)
    };
    lines.map(object).collect()
}

/// One object a line.
pub fn lines(objects: &[Json]) -> String {
    objects.iter().map(|object| format!("{object}\n")).collect()
}

/// What `hrg group` makes of each row by a record definition: HRG and spell HRG by the row's own key.
pub fn expected(dataset: Dataset, definition: &str) -> BTreeMap<String, (String, String)> {
    let place = tempfile::tempdir().expect("a folder");
    let (rdf, output) = (place.path().join("rdf"), place.path().join("out"));
    std::fs::write(&rdf, definition).expect("a file");
    let job = Job {
        dataset,
        input: &seven::sample(dataset, "csv"),
        output: &output,
        definition: &rdf,
        input_header: true,
        output_headers: true,
        scale: Scale::default(),
    };
    files::run(&job, &release(), &()).expect("groups");
    let main = match dataset {
        Dataset::Apc => "out_FCE.csv",
        Dataset::Nac | Dataset::Em => "out_attend.csv",
        Dataset::Nrd => "out_renal.csv",
        Dataset::Acc => "out_acc.csv",
        Dataset::Pcc => "out_pcc.csv",
        Dataset::Ncc => "out_ncc.csv",
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(place.path().join(main)).expect("a file");
    let names = reader.headers().expect("a header").clone();
    let own = names.iter().position(|name| name == "RowNo").expect("RowNo");
    let spell = names.iter().position(|name| name == "SpellHRG");
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| {
        let cell = |at: usize| row.get(at).unwrap_or_default().to_owned();
        (cell(own - 1), (cell(own + 1), spell.map(cell).unwrap_or_default()))
    })
    .collect()
}

/// The definition that the header of a sample file is.
pub fn by_header(dataset: Dataset) -> String {
    let text = csv(dataset);
    let names = text.lines().next().expect("a header").split(',').zip(1..);
    let lines: String = names.map(|(name, place)| format!("{name},{name},{place},,,,\n")).collect();
    format!("COMMA DELIMITED\n{lines}")
}

/// Output that a test keeps although the stream took it.
#[derive(Clone, Default)]
pub struct Kept(pub Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("kept").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Groups a stream in process: the result and what was written.
pub fn run(options: &Options, input: impl Read + Send) -> (Result<Summary, BatchError>, String) {
    let kept = Kept::default();
    let result = group_stream(input, kept.clone(), options, release());
    let text = String::from_utf8(kept.0.lock().expect("kept").clone()).expect("text");
    (result, text)
}

/// NDJSON in and out.
pub fn ndjson(dataset: Dataset) -> Options {
    Options::new(dataset, InputForm::Ndjson, Form::Ndjson)
}

/// CSV with a header in, NDJSON out.
pub fn with_header(dataset: Dataset) -> Options {
    Options::new(dataset, InputForm::Csv(Columns::Header), Form::Ndjson)
}

/// The lines of an answer, and its summary, which must be last and agree with the lines.
#[track_caller]
pub fn complete(text: &str) -> (Vec<Json>, Json) {
    let mut lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let last = lines.pop().expect("a last line");
    let summary = last["summary"].clone();
    assert!(summary.is_object(), "no summary: {last}");
    counted(&lines, &summary);
    (lines, summary)
}

/// That the counts are those of the results.
#[track_caller]
pub fn counted(results: &[Json], summary: &Json) {
    assert_eq!(summary["read"], results.len(), "{summary}");
    for status in ["grouped", "invalid", "rejected"] {
        let count = results.iter().filter(|result| result["status"] == status).count();
        assert_eq!(summary[status], count, "{status}: {summary}");
    }
    assert_eq!(summary["digest"], release().identity.digest);
}

/// The service over the release.
pub fn service() -> &'static Mutex<Service> {
    static SERVICE: OnceLock<Mutex<Service>> = OnceLock::new();
    SERVICE.get_or_init(|| Mutex::new(Service::over(vec![(*release()).clone()])))
}

/// Posts a batch with headers: status, content type and body.
pub fn post(dataset: Dataset, query: &str, headers: &[(&str, &str)], body: Vec<u8>) -> (StatusCode, String, Vec<u8>) {
    let dataset = dataset.to_string().to_lowercase();
    let mut request =
        Request::builder().method("POST").uri(format!("/v1/group/{dataset}/batch?reference=2024-25.payment{query}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let service = service().lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let (status, headers, body) = service.raw(request.body(Body::from(body)).expect("a request"));
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    (status, kind.to_owned(), body)
}

/// A query parameter's value, escaped.
pub fn escaped(value: &str) -> String {
    value.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).expect("written");
    encoder.finish().expect("packed")
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 3).expect("packed")
}
