//! The financial year, 1 April to 31 March, by which releases are kept.

use jiff::civil::Date;

/// The financial year of a day: `2024-25`.
pub fn financial_year(day: Date) -> String {
    let from = if day.month() >= 4 { day.year() } else { day.year() - 1 };
    format!("{from:04}-{:02}", (from + 1).rem_euclid(100))
}

/// A day written `YYYY-MM-DD`, and in no other way.
pub fn day(text: &str) -> Option<Date> {
    let day: Date = text.parse().ok()?;
    (day.to_string() == text && day.year() > 0).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_financial_year_begins_on_the_first_of_april() {
        for (text, year) in [
            ("2024-04-01", "2024-25"),
            ("2025-03-31", "2024-25"),
            ("2025-04-01", "2025-26"),
            ("2024-03-31", "2023-24"),
            ("2000-02-29", "1999-00"),
        ] {
            assert_eq!(day(text).map(financial_year).as_deref(), Some(year), "{text}");
        }
    }

    #[test]
    fn only_real_days_in_the_one_form_are_days() {
        for text in ["", "2024-02-30", "2023-02-29", "01/04/2024", "20240401", "2024-4-1", "2024-04-01T00:00", "auto"] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
