//! Runs of the command over files, and what holds of their output.

use crate::support::{TOY, folder};
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A record definition of 21 columns: two diagnoses, two procedures.
pub const RDF: &str = "COMMA DELIMITED
PROCODET,PROCODET,1,,,,
PROVSPNO,PROVSPNO,2,,,,
EPIORDER,EPIORDER,3,,,,
STARTAGE,STARTAGE,4,,,,
SEX,SEX,5,,,,
CLASSPAT,CLASSPAT,6,,,,
ADMISORC,ADMISORC,7,,,,
ADMIMETH,ADMIMETH,8,,,,
DISDEST,DISDEST,9,,,,
DISMETH,DISMETH,10,,,,
EPIDUR,EPIDUR,11,,,,
MAINSPEF,MAINSPEF,12,,,,
NEOCARE,NEOCARE,13,,,,
TRETSPEF,TRETSPEF,14,,,,
DIAG_01,DIAG_01,15,,,,
DIAG_02,DIAG_02,16,,,,
OPER_01,OPER_01,17,,,,
OPER_02,OPER_02,18,,,,
CRITICALCAREDAYS,CRITICALCAREDAYS,19,,,,
REHABILITATIONDAYS,REHABILITATIONDAYS,20,,,,
SPCDAYS,SPCDAYS,21,,,,
";

/// A valid row with that spell number; `changes` are column, from 1, and value. It gives RA10C.
pub fn row(spell: &str, changes: &[(usize, &[u8])]) -> Vec<u8> {
    let text = format!("TOY,{spell},1,40,1,1,19,11,19,1,1,100,,100,D100,,,,,,");
    let mut cells: Vec<&[u8]> = text.as_bytes().split(|b| *b == b',').collect();
    for (column, value) in changes {
        if cells.len() < *column {
            cells.resize(*column, b"");
        }
        cells[*column - 1] = value;
    }
    cells.join(&b',')
}

/// Rows as a file with LF line ends.
pub fn lines(rows: &[Vec<u8>]) -> Vec<u8> {
    rows.iter().flat_map(|row| [row.as_slice(), b"\n"].concat()).collect()
}

/// A finished run.
pub struct Ran {
    /// Exit code.
    pub code: i32,
    /// What was said, on either stream.
    pub said: String,
    /// Where the files are.
    pub place: TempDir,
}

/// A run to come: `in.csv`, `in.rdf` and output name `out` in a folder of its own.
pub struct Files {
    place: TempDir,
    args: Vec<String>,
}

impl Files {
    /// A folder with these two files.
    pub fn new(rdf: impl AsRef<[u8]>, input: impl AsRef<[u8]>) -> Files {
        let place = tempfile::tempdir().expect("a folder");
        std::fs::write(place.path().join("in.rdf"), rdf).expect("written");
        std::fs::write(place.path().join("in.csv"), input).expect("written");
        let toys = folder("tests/reference").display().to_string();
        let args = ["group", "-l", "APC", "-i", "in.csv", "-o", "out", "-d", "in.rdf"];
        let args = args.into_iter().chain(["--reference", TOY, "--reference-dir", &toys]);
        Files { args: args.map(str::to_owned).collect(), place }
    }

    /// With more arguments.
    pub fn and(mut self, args: &[&str]) -> Files {
        self.args.extend(args.iter().map(|arg| (*arg).to_owned()));
        self
    }

    /// With another value after a switch.
    pub fn with(mut self, switch: &str, value: &str) -> Files {
        let at = self.args.iter().position(|arg| arg == switch).expect("the switch is there");
        self.args[at + 1] = value.to_owned();
        self
    }

    /// Without a switch and its value.
    pub fn without(mut self, switch: &str) -> Files {
        let at = self.args.iter().position(|arg| arg == switch).expect("the switch is there");
        self.args.drain(at..at + 2);
        self
    }

    /// Runs the command in the folder.
    pub fn run(self) -> Ran {
        let (code, said) = hrg(&self.args, self.place.path());
        assert!(!said.contains("panicked"), "{said}");
        Ran { code, said, place: self.place }
    }
}

/// Runs the command in a folder: its exit code, and what it said.
pub fn hrg(args: &[impl AsRef<std::ffi::OsStr>], place: &Path) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hrg"));
    command.args(args).current_dir(place).env_remove("HRG_REFERENCE").env_remove("HRG_REFERENCE_DIR");
    let output = command.output().expect("the command runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned())
}

impl Ran {
    /// That the run failed with that code, said so in those words and wrote nothing.
    #[track_caller]
    pub fn failed(&self, code: i32, words: &str) {
        assert_eq!(self.code, code, "{}", self.said);
        assert!(self.said.contains(words), "`{words}` is not in: {}", self.said);
        let entries = std::fs::read_dir(self.place.path()).expect("readable").flatten();
        let written: Vec<_> =
            entries.map(|e| e.file_name()).filter(|n| n.to_string_lossy().starts_with("out")).collect();
        assert!(written.is_empty(), "a failed run wrote {written:?}");
    }

    /// The lines of an output file, as bytes, its header left out.
    pub fn lines(&self, suffix: &str) -> Vec<Vec<u8>> {
        lines_of(self.place.path(), suffix).into_iter().skip(1).collect()
    }

    /// That the run ended well and that every one of these rows is in its output once, unchanged.
    #[track_caller]
    pub fn keeps(&self, rows: &[Vec<u8>]) -> &Ran {
        assert_eq!(self.code, 0, "{}", self.said);
        let mut expected = rows.to_vec();
        expected.sort();
        let readable = |rows: &[Vec<u8>]| rows.iter().map(|row| row.escape_ascii().to_string()).collect::<Vec<_>>();
        assert_eq!(readable(&sorted_rows(self.place.path(), &expected)), readable(&expected), "_sort.csv");
        for suffix in ["_FCE.csv", "_FCE_rel.csv"] {
            assert_eq!(self.lines(suffix).len(), rows.len(), "{suffix}");
        }
        self
    }

    /// That the episodes, in the order of the output, have these HRGs.
    #[track_caller]
    pub fn groups(&self, hrgs: &[&str]) -> &Ran {
        let second = |line: &Vec<u8>| line.split(|b| *b == b',').nth(1).map(|v| v.escape_ascii().to_string());
        let found: Vec<String> = self.lines("_FCE_rel.csv").iter().filter_map(second).collect();
        assert_eq!(found, hrgs, "{}", self.said);
        self
    }

    /// That `_quality_rel.csv` holds exactly these lines.
    #[track_caller]
    pub fn tells(&self, lines: &[&str]) -> &Ran {
        let found = self.lines("_quality_rel.csv");
        let found: Vec<_> = found.iter().map(|line| String::from_utf8_lossy(line)).collect();
        assert_eq!(found, lines);
        self
    }
}

fn lines_of(place: &Path, suffix: &str) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(place.join(format!("out{suffix}"))).expect("the output is there");
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect()
}

/// The rows of `_sort.csv` as they came in, in byte order: without RowNo, which must count from 1, and without the
/// blanks that filled up those that are, after `rows`, known to have been shorter.
pub fn sorted_rows(place: &Path, rows: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let commas = |line: &[u8]| line.iter().filter(|b| **b == b',').count();
    let lines = lines_of(place, "_sort.csv");
    let (header, lines) = lines.split_first().expect("a header");
    let mut found: Vec<Vec<u8>> = Vec::new();
    for (line, number) in lines.iter().zip(1usize..) {
        assert_eq!(commas(line), commas(header), "{}", line.escape_ascii());
        let own = line.strip_suffix(format!(",{number}").as_bytes()).expect("RowNo counts from 1");
        let filled = |row: &Vec<u8>| [row.clone(), vec![b','; commas(own).saturating_sub(commas(row))]].concat() == own;
        let as_sent = rows.iter().find(|row| filled(row) && count(rows, row) > count(&found, row));
        found.push(as_sent.map_or_else(|| own.to_vec(), Clone::clone));
    }
    found.sort();
    found
}

fn count(rows: &[Vec<u8>], row: &[u8]) -> usize {
    rows.iter().filter(|other| other.as_slice() == row).count()
}
