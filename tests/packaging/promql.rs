//! As much of Prometheus' language as tells which metrics and labels a query names.

use std::collections::BTreeSet;

/// Words before a list of labels.
const GROUPING: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];
/// Words that are no names, where no parenthesis follows them.
const KEYWORDS: [&str; 10] = ["sum", "max", "min", "avg", "count", "topk", "and", "or", "unless", "bool"];

/// What a query names.
#[derive(Debug, Default, PartialEq)]
pub struct Named {
    /// Its metrics.
    pub metrics: BTreeSet<String>,
    /// The labels that it matches or groups by.
    pub labels: BTreeSet<String>,
}

#[derive(Debug, PartialEq)]
enum Token {
    Word(String),
    Sign(char),
}

/// The words and signs of a query; texts, ranges and numbers are left out.
fn tokens(query: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = query.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '"' {
            rest.by_ref().find(|c| *c == '"');
        } else if c == '[' {
            rest.by_ref().find(|c| *c == ']');
        } else if c.is_ascii_alphanumeric() || c == '_' {
            let mut word = String::from(c);
            while let Some(c) = rest.next_if(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':' | '.')) {
                word.push(c);
            }
            if !c.is_ascii_digit() {
                tokens.push(Token::Word(word));
            }
        } else if !c.is_whitespace() {
            tokens.push(Token::Sign(c));
        }
    }
    tokens
}

/// The metrics and labels of a query.
pub fn named(query: &str) -> Named {
    let tokens = tokens(query);
    let mut named = Named::default();
    let mut labels_until = None;
    for (place, token) in tokens.iter().enumerate() {
        let next = tokens.get(place + 1);
        match token {
            Token::Sign(sign) if labels_until == Some(*sign) => labels_until = None,
            Token::Sign('{') => labels_until = Some('}'),
            Token::Sign(_) => {}
            Token::Word(word) if labels_until.is_some() => {
                named.labels.insert(word.clone());
            }
            Token::Word(word) if GROUPING.contains(&word.as_str()) => labels_until = Some(')'),
            Token::Word(word) if next == Some(&Token::Sign('(')) || KEYWORDS.contains(&word.as_str()) => {}
            Token::Word(word) => {
                named.metrics.insert(word.clone());
            }
        }
    }
    named
}

#[test]
fn names_are_told_from_functions_texts_ranges_and_numbers() {
    let of = |metrics: &[&str], labels: &[&str]| Named {
        metrics: metrics.iter().map(|name| (*name).to_owned()).collect(),
        labels: labels.iter().map(|name| (*name).to_owned()).collect(),
    };
    let cases = [
        ("up{job=\"hrg\"} == 0", of(&["up"], &["job"])),
        (
            "sum by (route, method) (rate(a_total{status=~\"4..|5..\"}[5m])) / sum(rate(b_total[$__rate_interval])) > 0.01",
            of(&["a_total", "b_total"], &["route", "method", "status"]),
        ),
        ("histogram_quantile(0.99, sum by (le) (rate(c_bucket[1h]))) > 1.7e9", of(&["c_bucket"], &["le"])),
        ("topk(10, d) and absent(e{active=\"true\"})", of(&["d", "e"], &["active"])),
    ];
    for (query, expected) in cases {
        assert_eq!(named(query), expected, "{query}");
    }
}
