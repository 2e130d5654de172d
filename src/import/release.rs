//! From tables to a release folder: what the base supplies, the manifest, the load checks, and writing all or nothing.

use super::labels::derive;
use super::overrides::{Overrides, key};
use super::profile::{Profile, ReleaseFacts, Target};
use super::report::{Level, Origin, Place, Remark, Report, TableCount};
use super::rows::{self, BaseRows, TableRow};
use super::source;
use crate::bundle::manifest::{ImportRecord, MANIFEST, SourceFile, sha256};
use crate::bundle::{self, Files};
use crate::reference::{Dataset, Finding, Options, Reference, Severity, Status, TableId};
use crate::trace::counted;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// What to import.
#[derive(Debug)]
pub struct Request<'a> {
    /// Id of the release to be.
    pub id: &'a str,
    /// The mapping profile, as written.
    pub profile: &'a str,
    /// The override file, as written.
    pub overrides: Option<&'a str>,
    /// The release that supplies what the sources do not have.
    pub base: Option<&'a Reference>,
    /// The source files.
    pub sources: &'a [PathBuf],
    /// The folder that holds releases; the new one is put there under its id.
    pub out: &'a Path,
}

/// How an import went.
#[derive(Debug)]
pub struct Import {
    /// What it has to say.
    pub report: Report,
    /// The folder of the release; none where it was refused.
    pub folder: Option<PathBuf>,
}

/// Imports. An error is one of writing; everything else is in the report.
pub fn import(request: &Request<'_>) -> std::io::Result<Import> {
    let mut work = Work::default();
    let built = work.build(request);
    let folder = match built {
        Some((files, digest)) if work.count(Level::Error) == 0 => {
            write(request.out, request.id, &files)?.map(|folder| (folder, digest))
        }
        _ => None,
    };
    if folder.is_none() && work.count(Level::Error) == 0 {
        let place = Place::file(request.out.join(request.id).display().to_string());
        work.remarks.push(Remark::error("already-there", place, "the folder is there already; nothing is overwritten"));
    }
    // Within a level, remarks stay in the order in which the files were read.
    rows::dedup(&mut work.remarks);
    work.remarks.sort_by_key(|remark| remark.level);
    let (folder, digest) = folder.unzip();
    let report = Report { id: request.id.to_owned(), digest, tables: work.counts, remarks: work.remarks };
    Ok(Import { report, folder })
}

#[derive(Default)]
struct Work {
    remarks: Vec<Remark>,
    tables: BTreeMap<TableId, Vec<TableRow>>,
    from: BTreeMap<TableId, Origin>,
    counts: Vec<TableCount>,
}

impl Work {
    fn count(&self, level: Level) -> usize {
        self.remarks.iter().filter(|remark| remark.level == level).count()
    }

    fn refuse(&mut self, code: &'static str, file: &str, faults: Vec<String>) {
        self.remarks.extend(faults.into_iter().map(|fault| Remark::error(code, Place::file(file), fault)));
    }

    /// The files of the release and its digest, where all went well.
    fn build(&mut self, request: &Request<'_>) -> Option<(Files, String)> {
        let profile =
            Profile::read(request.profile).map_err(|faults| self.refuse("bad-profile", "profile", faults)).ok();
        let overrides = match request.overrides.map(Overrides::read) {
            None => Some(Overrides::default()),
            Some(read) => read.map_err(|faults| self.refuse("bad-override", "override file", faults)).ok(),
        };
        let mut sources = Vec::new();
        for path in request.sources {
            match source::read(path) {
                Ok(source) => sources.push(source),
                Err(remark) => self.remarks.push(remark),
            }
        }
        let (profile, overrides) = (profile?, overrides?);
        if self.count(Level::Error) > 0 {
            return None;
        }
        let base_rows = request.base.map(base_rows).unwrap_or_default();
        let rows = rows::read(&profile, &sources, &base_rows, &mut self.remarks);
        self.take(&profile, &overrides, rows);
        self.leave_empty([&overrides.release, &profile.release]);
        self.fill(request.base, &overrides);
        // Rows that were refused are missing from here on; what their absence breaks is not worth a word.
        if self.count(Level::Error) > 0 {
            return None;
        }
        let used: Vec<SourceFile> = sources.into_iter().map(|source| source.file).collect();
        self.load(request, &profile, &overrides, &used)
    }

    /// Takes over what was read, and derives what labels say.
    fn take(&mut self, profile: &Profile, overrides: &Overrides, mut rows: rows::Rows) {
        let fed = |target| profile.maps.iter().any(|map| map.target() == Some(target));
        let labels = rows.remove(&Target::Labels).unwrap_or_default();
        let root_labels = rows.remove(&Target::RootLabels).unwrap_or_default();
        for (target, rows) in rows {
            if let Target::Table(table) = target {
                self.tables.insert(table, rows);
                self.from.insert(table, Origin::Sources);
            }
        }
        if fed(Target::Labels) {
            if labels.is_empty() {
                let message = "no label was read, and so there are no splits";
                self.remarks.push(Remark::error("no-labels", Place::file("profile"), message));
            }
            for (table, rows) in derive(&labels, &root_labels, &profile.labels, overrides, &mut self.remarks) {
                self.tables.insert(table, rows);
                self.from.insert(table, Origin::Labels);
            }
        }
    }

    /// Keeps the base out of the tables that shall stay empty.
    fn leave_empty(&mut self, facts: [&ReleaseFacts; 2]) {
        for table in facts.into_iter().flat_map(ReleaseFacts::empty) {
            let place = Place::file(format!("tables/{}", table.file()));
            if self.from.contains_key(&table) {
                let message = "the table is fed by the sources and shall stay empty: only one can be meant";
                self.remarks.push(Remark::error("fed-and-empty", place, message));
            } else {
                self.tables.insert(table, Vec::new());
                self.remarks.push(Remark::note("left-empty", place, "the table stays empty, as it was said to"));
            }
        }
    }

    /// Adds the tables that only the base has, and the rows of the override file.
    fn fill(&mut self, base: Option<&Reference>, overrides: &Overrides) {
        for (table, text) in base.iter().flat_map(|base| &base.texts) {
            if !self.tables.contains_key(table) {
                self.tables.insert(*table, parse(*table, text));
                self.from.insert(*table, Origin::Base);
            }
        }
        overrides.apply(&mut self.tables, &Place::file("override file"), &mut self.remarks);
        for (table, rows) in &mut self.tables {
            rows.sort_by_cached_key(|row| sort_key(*table, &row.values));
            let from = self.from.get(table).copied().unwrap_or(Origin::Override);
            self.from.insert(*table, from);
            self.counts.push(TableCount { table: table.name(), from, rows: rows.len() });
        }
    }

    /// Has the release loaded as any other; its findings become remarks where the rows were read.
    fn load(
        &mut self,
        request: &Request<'_>,
        profile: &Profile,
        overrides: &Overrides,
        sources: &[SourceFile],
    ) -> Option<(Files, String)> {
        let mut files = Files::new();
        for (table, rows) in &self.tables {
            files.insert(format!("tables/{}", table.file()), csv_text(*table, rows));
        }
        let facts = [&overrides.release, &profile.release];
        let manifest = self.manifest(request, profile, facts, sources);
        let text = match toml::to_string(&manifest) {
            Ok(text) => text,
            Err(fault) => {
                self.refuse("bad-manifest", MANIFEST, vec![fault.to_string()]);
                return None;
            }
        };
        let digests =
            files.iter().filter_map(|(name, text)| name.strip_prefix("tables/").map(|name| (name, sha256(text))));
        let digests: String = digests.map(|(name, digest)| format!("\"{name}\" = \"{digest}\"\n")).collect();
        files.insert(MANIFEST.to_owned(), format!("{}\n\n[tables]\n{digests}", text.trim_end()).into_bytes());
        let loaded = bundle::load(&files, request.id);
        let findings = match &loaded {
            Ok(reference) => &reference.findings,
            Err(findings) => findings,
        };
        for finding in findings {
            let remark = self.remark(finding);
            self.remarks.push(remark);
        }
        loaded.ok().map(|reference| (files, reference.identity.digest))
    }

    /// A finding of the load checks, at the place where its row was read.
    fn remark(&self, finding: &Finding) -> Remark {
        let table = finding.file.strip_prefix("tables/").and_then(TableId::of_file);
        let row = finding.row.and_then(|line| usize::try_from(line).ok()?.checked_sub(2));
        let read = table.and_then(|table| self.tables.get(&table)).zip(row).and_then(|(rows, row)| rows.get(row));
        let line = finding.row.map_or(String::new(), |line| format!(":{line}"));
        let (place, message) = match read {
            Some(read) => (read.place.clone(), format!("{} ({}{line})", finding.message, finding.file)),
            None => (Place::file(format!("{}{line}", finding.file)), finding.message.clone()),
        };
        let level = if finding.severity == Severity::Error { Level::Error } else { Level::Warning };
        Remark { level, code: finding.code, place, message }
    }

    fn manifest<'m>(
        &mut self,
        request: &Request<'m>,
        profile: &Profile,
        facts: [&ReleaseFacts; 2],
        sources: &'m [SourceFile],
    ) -> ManifestText<'m> {
        let base = request.base;
        let base_tables: Vec<String> = self.of_base().map(|table| table.name().to_owned()).collect();
        let fact = |get: fn(&ReleaseFacts) -> Option<String>, of_base: fn(&Reference) -> String| {
            facts.iter().find_map(|facts| get(facts)).or_else(|| base.map(of_base)).unwrap_or_default()
        };
        let (year, purpose) = request.id.rsplit_once('.').unwrap_or_default();
        let datasets = facts.iter().find_map(|facts| facts.datasets.clone());
        let names = sources.iter().map(|source| source.file.as_str()).collect::<Vec<_>>().join(", ");
        let mut provenance = fact(|facts| facts.provenance.clone(), |_| String::new());
        if !provenance.is_empty() {
            provenance.push(' ');
        }
        provenance.push_str(&format!("Imported with the profile {} from {names}.", profile.name));
        if let (Some(base), false) = (base, base_tables.is_empty()) {
            let identity = &base.identity;
            let tables = counted(base_tables.len(), "table comes", "tables come");
            let from =
                format!("{tables} from the {} release {}: {}.", identity.status, identity.id, base_tables.join(", "));
            self.remarks.push(Remark::note("base", Place::file(&identity.id), from.clone()));
            provenance.push_str(&format!(" {from}"));
            if identity.status == Status::Demonstration {
                let message = "what comes from a demonstration release is invented: results are not official";
                self.remarks.push(Remark::warning("demonstration-base", Place::file(&identity.id), message));
                provenance.push_str(" What comes from there is invented: results are not official.");
            }
        }
        let used = base.filter(|_| !base_tables.is_empty());
        ManifestText {
            format: 1,
            id: request.id,
            year,
            purpose,
            version: Some(fact(|f| f.version.clone(), |_| String::new()))
                .filter(|v| !v.is_empty())
                .unwrap_or_else(|| "1.0.0".into()),
            status: Status::Imported,
            icd10: fact(|f| f.icd10.clone(), |base| base.identity.icd10.clone()),
            opcs4: fact(|f| f.opcs4.clone(), |base| base.identity.opcs4.clone()),
            provenance,
            datasets: datasets
                .or_else(|| base.map(|base| base.identity.datasets.clone()))
                .unwrap_or_else(|| vec![Dataset::Apc]),
            options: base.map(|base| base.options.clone()).unwrap_or_default(),
            import: ImportRecord {
                profile: profile.name.clone(),
                profile_sha256: sha256(request.profile.as_bytes()),
                overrides: request.overrides.map(|text| sha256(text.as_bytes())),
                base: used.map(|base| base.identity.id.clone()),
                base_digest: used.map(|base| base.identity.digest.clone()),
                base_status: used.map(|base| base.identity.status),
                base_tables,
            },
            sources,
        }
    }

    fn of_base(&self) -> impl Iterator<Item = TableId> {
        self.from.iter().filter(|(_, from)| **from == Origin::Base).map(|(table, _)| *table)
    }
}

/// The manifest but for its digests.
#[derive(Serialize)]
struct ManifestText<'a> {
    format: u32,
    id: &'a str,
    year: &'a str,
    purpose: &'a str,
    version: String,
    status: Status,
    icd10: String,
    opcs4: String,
    provenance: String,
    datasets: Vec<Dataset>,
    options: Options,
    import: ImportRecord,
    sources: &'a [SourceFile],
}

/// The rows of a release's table. The text was read when the release was loaded, so that nothing is refused here.
fn parse(table: TableId, text: &[u8]) -> Vec<TableRow> {
    let mut reader = csv::ReaderBuilder::new().from_reader(text);
    let line = |record: &csv::StringRecord| record.position().map_or(0, csv::Position::line);
    let place = |line: u64| Place::file(format!("{}:{line} of the base", table.file()));
    let records = reader.records().filter_map(Result::ok);
    records.map(|r| TableRow { place: place(line(&r)), values: r.iter().map(str::to_owned).collect() }).collect()
}

fn base_rows(base: &Reference) -> BaseRows {
    let named = |table: TableId, row: TableRow| {
        let id = key(table, &row.values).join("/");
        (id, table.columns().iter().copied().zip(row.values).collect())
    };
    let of = |table: TableId, text: &[u8]| -> HashMap<String, BTreeMap<&'static str, String>> {
        parse(table, text).into_iter().map(|row| named(table, row)).collect()
    };
    base.texts.iter().map(|(table, text)| (*table, of(*table, text))).collect()
}

/// Rows stand by their key, those of a root by order before HRG.
fn sort_key(table: TableId, values: &[String]) -> Vec<String> {
    match (table, values) {
        (TableId::Splits, [root, order, hrg, ..]) => {
            let order = if order.is_empty() { "~".to_owned() } else { format!("{order:0>9}") };
            vec![root.clone(), order, hrg.clone()]
        }
        _ => key(table, values),
    }
}

fn csv_text(table: TableId, rows: &[TableRow]) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    // Memory takes every byte: a failure here would be one of the program's, and the load checks would find it.
    let _ = writer.write_record(table.columns());
    for row in rows {
        let _ = writer.write_record(&row.values);
    }
    writer.into_inner().unwrap_or_default()
}

/// Writes the folder in one movement; none where it is there already.
fn write(out: &Path, id: &str, files: &Files) -> std::io::Result<Option<PathBuf>> {
    let folder = out.join(id);
    if folder.exists() {
        return Ok(None);
    }
    std::fs::create_dir_all(out)?;
    let unfinished = out.join(format!(".{id}.{}", uuid::Uuid::new_v4()));
    let written = fill_folder(&unfinished, files).and_then(|()| std::fs::rename(&unfinished, &folder));
    if let Err(fault) = written {
        let _ = std::fs::remove_dir_all(&unfinished);
        return Err(std::io::Error::new(fault.kind(), format!("{}: {fault}", folder.display())));
    }
    Ok(Some(folder))
}

/// The manifest comes last: a folder without one is no release.
fn fill_folder(folder: &Path, files: &Files) -> std::io::Result<()> {
    std::fs::create_dir_all(folder.join("tables"))?;
    for (name, text) in files.iter().filter(|(name, _)| *name != MANIFEST) {
        std::fs::write(folder.join(name), text)?;
    }
    files.get(MANIFEST).map_or(Ok(()), |text| std::fs::write(folder.join(MANIFEST), text))
}
