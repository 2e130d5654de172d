//! A value of a Parquet column as the text that a record bears.

use jiff::{SignedDuration, Timestamp, civil::Date};
use parquet::basic::{ConvertedType, LogicalType, TimeUnit, Type};
use parquet::schema::types::ColumnDescriptor;

/// How the numbers of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writing {
    /// As they are.
    Plain,
    /// Without a sign.
    Unsigned,
    /// Days since 1970, as a date of eight digits: how official fields bear dates.
    Day,
    /// A time since 1970, with so many of its units in a second.
    Time(i64),
}

/// How a column is written; none where its kind is not read.
pub fn writing(column: &ColumnDescriptor) -> Option<Writing> {
    let of_unit = |unit: &TimeUnit| match unit {
        TimeUnit::MILLIS => Writing::Time(1_000),
        TimeUnit::MICROS => Writing::Time(1_000_000),
        TimeUnit::NANOS => Writing::Time(1_000_000_000),
    };
    let physical = column.physical_type();
    if matches!(physical, Type::INT96 | Type::FIXED_LEN_BYTE_ARRAY) {
        return None;
    }
    match column.logical_type_ref() {
        Some(LogicalType::Date) => Some(Writing::Day),
        Some(LogicalType::Timestamp(of)) => Some(of_unit(&of.unit)),
        Some(LogicalType::Integer(of)) => Some(if of.is_signed { Writing::Plain } else { Writing::Unsigned }),
        Some(LogicalType::String | LogicalType::Enum | LogicalType::Json) => Some(Writing::Plain),
        Some(_) => None,
        None => match column.converted_type() {
            ConvertedType::DATE => Some(Writing::Day),
            ConvertedType::TIMESTAMP_MILLIS => Some(Writing::Time(1_000)),
            ConvertedType::TIMESTAMP_MICROS => Some(Writing::Time(1_000_000)),
            ConvertedType::UINT_8 | ConvertedType::UINT_16 | ConvertedType::UINT_32 | ConvertedType::UINT_64 => {
                Some(Writing::Unsigned)
            }
            ConvertedType::NONE
            | ConvertedType::UTF8
            | ConvertedType::ENUM
            | ConvertedType::JSON
            | ConvertedType::INT_8
            | ConvertedType::INT_16
            | ConvertedType::INT_32
            | ConvertedType::INT_64 => Some(Writing::Plain),
            _ => None,
        },
    }
}

impl Writing {
    /// Writes a whole number; `unsigned` is the same without a sign. What is no day or time is written as the number.
    pub fn write(self, number: i64, unsigned: u64, into: &mut Vec<u8>) {
        let text = match self {
            Writing::Plain => None,
            Writing::Unsigned => return into.extend_from_slice(itoa::Buffer::new().format(unsigned).as_bytes()),
            Writing::Day => day(number).map(|day| day.strftime("%Y%m%d").to_string()),
            Writing::Time(units) => time(number, units).map(|time| time.to_string()),
        };
        match text {
            Some(text) => into.extend_from_slice(text.as_bytes()),
            None => into.extend_from_slice(itoa::Buffer::new().format(number).as_bytes()),
        }
    }
}

fn day(number: i64) -> Option<Date> {
    let seconds = number.checked_mul(86_400)?;
    Date::constant(1970, 1, 1).checked_add(SignedDuration::from_secs(seconds)).ok()
}

fn time(number: i64, units: i64) -> Option<Timestamp> {
    let nanoseconds = i32::try_from(number.rem_euclid(units) * (1_000_000_000 / units)).ok()?;
    Timestamp::new(number.div_euclid(units), nanoseconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_written_as_records_bear_them() {
        let write = |writing: Writing, number: i64| {
            let mut text = Vec::new();
            writing.write(number, number.cast_unsigned(), &mut text);
            String::from_utf8(text).expect("text")
        };
        for (writing, number, text) in [
            (Writing::Plain, -7, "-7"),
            (Writing::Unsigned, 7, "7"),
            (Writing::Day, 19_782, "20240229"),
            (Writing::Day, -1, "19691231"),
            (Writing::Day, i64::MAX, "9223372036854775807"),
            (Writing::Time(1_000), 1_709_164_800_500, "2024-02-29T00:00:00.5Z"),
            (Writing::Time(1_000_000_000), -1, "1969-12-31T23:59:59.999999999Z"),
        ] {
            assert_eq!(write(writing, number), text);
        }
    }
}
