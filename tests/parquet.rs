//! `hrg group` from Parquet and to Parquet: the same rows and results as in delimited text, and faulty files are refused.
#![cfg(feature = "parquet")]

mod support;

use hrg_grouper::files::form::Form;
use hrg_grouper::files::run::Scale;
use hrg_grouper::reference::Dataset;
use hrg_grouper::sample::columns;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::record::Field as Value;
use parquet::schema::types::{Type, TypePtr};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use support::place::{Place, TINY, names, rows, shuffled, tiny};
use support::seven;

/// The columns of a file, of which each is text, a number or a list of texts.
enum Column {
    Text(String, usize),
    Number(String, usize),
    List(String, Vec<usize>),
}

fn layout(dataset: Dataset) -> Vec<Column> {
    let names: Vec<String> = columns(dataset).iter().map(ToString::to_string).chain(["LOCAL_KEY".to_owned()]).collect();
    let mut layout: Vec<Column> = Vec::new();
    for (name, place) in names.into_iter().zip(0..) {
        match name.rsplit_once('_').filter(|(_, digits)| digits.parse::<u8>().is_ok()) {
            Some((stem, _)) => match layout.last_mut() {
                Some(Column::List(list, places)) if *list == stem.to_lowercase() => places.push(place),
                _ => layout.push(Column::List(stem.to_lowercase(), vec![place])),
            },
            None if name == "EPIDUR" || name == "LSD" => layout.push(Column::Number(name.to_lowercase(), place)),
            None => layout.push(Column::Text(name, place)),
        }
    }
    layout.reverse(); // the order of the columns means nothing
    layout
}

fn text(name: &str, repetition: Repetition) -> Type {
    let text = Type::primitive_type_builder(name, Physical::BYTE_ARRAY).with_repetition(repetition);
    text.with_logical_type(Some(LogicalType::String)).build().expect("a type")
}

fn kind(column: &Column) -> TypePtr {
    Arc::new(match column {
        Column::Text(name, _) => text(name, Repetition::OPTIONAL),
        Column::Number(name, _) => {
            let number = Type::primitive_type_builder(name, Physical::INT64);
            number.with_repetition(Repetition::OPTIONAL).build().expect("a type")
        }
        Column::List(name, _) => {
            let list = Type::group_type_builder("list").with_repetition(Repetition::REPEATED);
            let list = list.with_fields(vec![Arc::new(text("element", Repetition::OPTIONAL))]).build().expect("a type");
            let group = Type::group_type_builder(name).with_repetition(Repetition::OPTIONAL);
            group.with_logical_type(Some(LogicalType::List)).with_fields(vec![Arc::new(list)]).build().expect("a type")
        }
    })
}

/// Writes rows in groups of so many.
fn write(path: &Path, dataset: Dataset, rows: &[String], of: usize, compression: Compression) {
    let layout = layout(dataset);
    let schema = Type::group_type_builder("schema").with_fields(layout.iter().map(kind).collect()).build();
    let properties = WriterProperties::builder().set_compression(compression).build();
    let file = File::create(path).expect("made");
    let mut writer =
        SerializedFileWriter::new(file, Arc::new(schema.expect("a schema")), properties.into()).expect("begun");
    for rows in rows.chunks(of) {
        let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.split(',').collect()).collect();
        let mut group = writer.next_row_group().expect("a group");
        for column in &layout {
            write_column(&mut group, column, &rows);
        }
        group.close().expect("written");
    }
    writer.close().expect("written");
}

fn write_column(group: &mut SerializedRowGroupWriter<'_, File>, column: &Column, rows: &[Vec<&str>]) {
    let mut writer = group.next_column().expect("begun").expect("a column");
    let bytes = |texts: Vec<&str>| texts.into_iter().map(ByteArray::from).collect::<Vec<_>>();
    match column {
        Column::Text(_, place) => {
            let levels: Vec<i16> = rows.iter().map(|row| i16::from(!row[*place].is_empty())).collect();
            let values = rows.iter().map(|row| row[*place]).filter(|text| !text.is_empty()).collect();
            writer.typed::<ByteArrayType>().write_batch(&bytes(values), Some(&levels), None).expect("written");
        }
        Column::Number(_, place) => {
            let values: Vec<Option<i64>> = rows.iter().map(|row| row[*place].parse().ok()).collect();
            let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
            let values: Vec<i64> = values.into_iter().flatten().collect();
            writer.typed::<Int64Type>().write_batch(&values, Some(&levels), None).expect("written");
        }
        Column::List(_, places) => {
            let (mut values, mut levels, mut repeats) = (Vec::new(), Vec::new(), Vec::new());
            for row in rows {
                // A list ends with its last code; a row without any has no list.
                let count = places.iter().rposition(|place| !row[*place].is_empty()).map_or(0, |last| last + 1);
                if count == 0 {
                    levels.push(0);
                    repeats.push(0);
                }
                for (place, number) in places[..count].iter().zip(0..) {
                    levels.push(if row[*place].is_empty() { 2 } else { 3 });
                    repeats.push(i16::from(number > 0));
                    values.extend(Some(row[*place]).filter(|text| !text.is_empty()));
                }
            }
            let values = bytes(values);
            writer.typed::<ByteArrayType>().write_batch(&values, Some(&levels), Some(&repeats)).expect("written");
        }
    }
    writer.close().expect("written");
}

/// Rows whose numbers are numbers, since a column of numbers holds no others.
fn numeric(dataset: Dataset, rows: &[String]) -> Vec<String> {
    let places: Vec<usize> = layout(dataset)
        .into_iter()
        .filter_map(|column| if let Column::Number(_, place) = column { Some(place) } else { None })
        .collect();
    let fits = |row: &&String| {
        let values: Vec<&str> = row.split(',').collect();
        places.iter().all(|place| {
            values[*place].is_empty() || values[*place].parse::<u32>().is_ok_and(|n| n.to_string() == values[*place])
        })
    };
    rows.iter().filter(fits).cloned().collect()
}

fn to_parquet() -> Scale {
    Scale { to: Form::Parquet, ..Scale::default() }
}

#[test]
fn parquet_in_gives_the_same_files_as_delimited_text_in_whatever_the_order_of_its_rows() {
    for (dataset, compression) in Dataset::ALL.into_iter().zip(
        [Compression::SNAPPY, Compression::UNCOMPRESSED, Compression::ZSTD(ZstdLevel::default())].into_iter().cycle(),
    ) {
        let in_order = numeric(dataset, &rows(dataset, 600, 21));
        for rows in [shuffled(&in_order), in_order] {
            let (text, other) = (Place::new(dataset, &rows), Place::new(dataset, &[]));
            write(&other.path("in.parquet"), dataset, &rows, 100, compression);
            let expected = text.group(dataset, Scale::default());
            // The pages of a group are in memory side by side, however little sorting may use.
            let scale = Scale { memory: TINY * 64, ..Scale::default() };
            assert_eq!(other.run(dataset, "in.parquet", scale, &()).expect("runs"), expected, "{dataset}");
            assert!(other.files() == text.files(), "{dataset}");
        }
    }
}

/// The rows of a Parquet file, each with its values as delimited text has them.
fn read(path: &Path) -> (Vec<(String, Physical)>, Vec<String>) {
    let file = SerializedFileReader::new(File::open(path).expect("opens")).expect("a Parquet file");
    let schema = file.metadata().file_metadata().schema_descr();
    let names = schema.columns().iter().map(|column| (column.path().parts()[0].clone(), column.physical_type()));
    let names = names.collect();
    let value = |value: &Value| match value {
        Value::Null => String::new(),
        Value::Str(text) => text.clone(),
        Value::Long(number) => number.to_string(),
        Value::ListInternal(list) => {
            let texts: Vec<String> = list.elements().iter().map(|e| e.to_string().replace('"', "")).collect();
            texts.join(",")
        }
        other => panic!("{other:?}"),
    };
    let rows = file.get_row_iter(None).expect("rows").map(|row| {
        let row = row.expect("a row");
        row.get_column_iter().map(|(_, of)| value(of)).collect::<Vec<_>>().join(",")
    });
    (names, rows.collect())
}

#[test]
fn parquet_out_holds_what_delimited_text_holds_with_numbers_as_numbers() {
    let numbers = ["RowNo", "Iteration", "CalcEpidur", "SpellLOS", "SpellCCDays", "SpellEpisodeCount", "Calc_CC_Days"];
    let mut typed = BTreeSet::new();
    for dataset in Dataset::ALL {
        let rows = rows(dataset, 300, 22);
        let (text, other) = (Place::new(dataset, &rows), Place::new(dataset, &rows));
        assert_eq!(text.group(dataset, Scale::default()), other.group(dataset, to_parquet()), "{dataset}");
        assert_eq!(names(&other.path("out")).len(), names(&text.path("out")).len(), "{dataset}");
        for (name, expected) in text.files() {
            let (columns, rows) = read(&other.path("out").join(name.replace(".csv", ".parquet")));
            if name == "out.csv" {
                let named: String = rows.iter().map(|row| row.replace(".parquet", ".csv") + "\n").collect();
                assert_eq!(named, expected, "{dataset}");
                continue;
            }
            let mut lines = expected.lines();
            let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
            assert_eq!(columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), header, "{dataset} {name}");
            for (column, physical) in columns {
                let is_number = numbers.contains(&column.as_str()) || column.ends_with("_Ct");
                assert_eq!(physical == Physical::INT64, is_number, "{dataset} {name} {column}");
                typed.extend(is_number.then_some(column));
            }
            assert!(rows.iter().map(String::as_str).eq(lines), "{dataset} {name}");
        }
    }
    assert!(numbers.iter().all(|number| typed.contains(*number)), "{typed:?}");
}

#[test]
fn what_was_written_can_be_read_again_with_the_same_counts() {
    let dataset = Dataset::Apc;
    let place = Place::new(dataset, &rows(dataset, 2_000, 23));
    let outcome = place.group(dataset, to_parquet());
    std::fs::rename(place.path("out/out_sort.parquet"), place.path("again.parquet")).expect("moved");
    for name in names(&place.path("out")) {
        std::fs::remove_file(place.path("out").join(name)).expect("gone");
    }
    assert_eq!(place.run(dataset, "again.parquet", Scale::default(), &()).expect("runs"), outcome);
    let again = place.files();
    // The columns of the first run stand among the caller's own.
    assert!(again["out_FCE.csv"].lines().next().expect("a header").contains("SPCDAYS,LOCAL_KEY,RowNo,RowNo,FCE_HRG"));
    let text = Place::new(dataset, &rows(dataset, 2_000, 23));
    text.group(dataset, Scale::default());
    for name in ["out_FCE_rel.csv", "out_spell.csv", "out_quality_rel.csv", "out_ub_rel.csv"] {
        assert!(again[name] == text.files()[name], "{name}");
    }
}

#[test]
fn the_order_of_the_rows_makes_no_difference_to_any_byte() {
    let dataset = Dataset::Apc;
    let rows = rows(dataset, 3_000, 24);
    let (straight, other) = (Place::new(dataset, &rows), Place::new(dataset, &shuffled(&rows)));
    straight.group(dataset, to_parquet());
    other.group(dataset, Scale { memory: tiny().memory, ..to_parquet() });
    assert!(straight.bytes() == other.bytes());
}

#[test]
fn faulty_files_are_refused_in_plain_words_and_leave_nothing() {
    let dataset = Dataset::Apc;
    let place = Place::new(dataset, &[]);
    let path = place.path("in.parquet");
    let rows: Vec<String> = rows(dataset, 60, 25).iter().map(|row| row.replacen("ZZ9", "CANARY", 1)).collect();
    write(&path, dataset, &numeric(dataset, &rows), 30, Compression::SNAPPY);
    let sound = std::fs::read(&path).expect("readable");
    let refuse = |bytes: &[u8], words: &str| {
        std::fs::write(&path, bytes).expect("written");
        match place.run(dataset, "in.parquet", Scale::default(), &()) {
            Ok(_) => assert!(words.is_empty(), "{words}"),
            Err(fault) => {
                assert_eq!(fault.exit_code(), 11, "{fault}");
                let said = fault.to_string();
                assert!(said.contains(words) && !said.contains("CANARY"), "{said}");
                assert!(names(&place.path("out")).is_empty() || words.is_empty());
            }
        }
    };
    refuse(b"", "no Parquet file");
    refuse(b"PROCODET,PROVSPNO\n", "no Parquet file");
    for cut in (4..sound.len()).step_by(sound.len() / 40) {
        refuse(&sound[..cut], "no Parquet file");
    }
    // A footer of the largest length there can be.
    let mut huge = sound.clone();
    let end = huge.len();
    huge[end - 8..end - 4].copy_from_slice(&u32::MAX.to_le_bytes());
    refuse(&huge, "no Parquet file");
    // Any byte may be another: some give another value, the others a refusal; nothing panics and no memory runs out.
    for at in (4..sound.len()).step_by(sound.len() / 150) {
        let mut other = sound.clone();
        other[at] ^= 0xff;
        refuse(&other, "");
    }
}

#[test]
fn columns_that_cannot_be_fields_are_named() {
    let dataset = Dataset::Apc;
    let place = Place::new(dataset, &[]);
    let nested = Type::group_type_builder("SEX").with_repetition(Repetition::OPTIONAL);
    let nested = nested.with_fields(vec![Arc::new(text("inner", Repetition::OPTIONAL))]).build().expect("a type");
    let decimal = Type::primitive_type_builder("EPIDUR", Physical::INT32).with_repetition(Repetition::REQUIRED);
    let decimal = decimal.with_logical_type(Some(LogicalType::decimal(2, 9))).with_precision(9).with_scale(2);
    for (field, words) in
        [(nested, "the column SEX is of a kind"), (decimal.build().expect("a type"), "the column EPIDUR")]
    {
        let is_group = field.is_group();
        let schema = Type::group_type_builder("schema").with_fields(vec![Arc::new(field)]).build().expect("a schema");
        let file = File::create(place.path("in.parquet")).expect("made");
        let mut writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::default()).expect("begun");
        let mut group = writer.next_row_group().expect("a group");
        let mut column = group.next_column().expect("begun").expect("a column");
        if is_group {
            column.typed::<ByteArrayType>().write_batch(&[ByteArray::from("1")], Some(&[2]), None).expect("written");
        } else {
            column.typed::<Int32Type>().write_batch(&[1], None, None).expect("written");
        }
        column.close().expect("written");
        group.close().expect("written");
        writer.close().expect("written");
        let fault = place.run(dataset, "in.parquet", Scale::default(), &()).expect_err("refused").to_string();
        assert!(fault.contains(words), "{fault}");
    }
}

#[test]
fn the_ending_of_a_name_or_the_switch_tells_the_form() {
    let dataset = Dataset::Apc;
    let rows = numeric(dataset, &rows(dataset, 50, 26));
    let place = Place::new(dataset, &[]);
    write(&place.path("in.dat"), dataset, &rows, 20, Compression::SNAPPY);
    std::fs::copy(place.path("in.dat"), place.path("in.PARQUET")).expect("copied");
    for (input, from) in [("in.dat", &["--from", "parquet"][..]), ("in.PARQUET", &[])] {
        let mut extra = vec!["-h"];
        extra.extend(from);
        let output = seven::group(dataset, &place.path(input), &place.path("in.rdf"), &place.path("out"), &extra);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert_eq!(output.status.code(), Some(0), "{said}");
        assert!(said.contains(&format!("{} episodes", rows.len())), "{said}");
    }
}
