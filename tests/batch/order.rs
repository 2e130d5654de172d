//! The order of the answer, spells that come apart, and sorting them together.

use crate::belt::*;
use hrg_grouper::batch::{Form, Limits, Options, Order};
use hrg_grouper::reference::Dataset;
use hrg_grouper::trace::Explain;
use serde_json::{Value as Json, json};

/// An episode of a spell; `own` is a field of the caller's own.
fn episode(spell: u32, order: u32, own: u32) -> Json {
    let mut episode = objects(Dataset::Apc, false)[5].clone();
    episode["provspno"] = json!(format!("S{spell:06}"));
    episode["epiorder"] = json!(order);
    episode["own"] = json!(own);
    episode
}

#[test]
fn results_come_in_the_order_of_the_lines_however_many_there_are() {
    let body: Vec<Json> = (0..20_000).map(|i| json!({"age": "30", "inv": ["06"], "treat": ["21"], "n": i})).collect();
    let (result, text) = run(&ndjson(Dataset::Em), lines(&body).as_bytes());
    assert_eq!(result.expect("a summary").read, 20_000);
    for (place, result) in (0_u64..).zip(complete(&text).0) {
        assert_eq!((result["line"].as_u64(), result["extra"]["n"].as_u64()), (Some(place + 1), Some(place)));
    }
}

#[test]
fn rows_of_a_spell_that_come_together_are_one_spell_across_all_cuts() {
    // Longer than what is read at once, so that spells lie across the cuts.
    let body: Vec<Json> = (0..3_000).map(|i| episode(i / 3, i % 3 + 1, i)).collect();
    let (result, text) = run(&ndjson(Dataset::Apc), lines(&body).as_bytes());
    assert_eq!(result.expect("a summary").apart, 0);
    for result in complete(&text).0 {
        assert_eq!(result["spell"]["episodeCount"], 3, "{result}");
        assert_eq!(result["episode"]["epiorder"].as_u64(), result["extra"]["own"].as_u64().map(|own| own % 3 + 1));
        assert!(result["warnings"].is_null());
    }
}

#[test]
fn a_spell_that_comes_again_is_reported_and_sorting_brings_it_together() {
    let body: Vec<Json> = (0..3_000).map(|i| episode(i % 1_000, i / 1_000 + 1, i)).collect();
    let (result, text) = run(&ndjson(Dataset::Apc), lines(&body).as_bytes());
    assert_eq!(result.expect("a summary").apart, 2_000);
    for result in complete(&text).0 {
        let again = result["line"].as_u64() > Some(1_000);
        assert_eq!(result["warnings"][0]["code"], if again { json!("spell-apart") } else { Json::Null });
        assert_eq!(result["spell"]["episodeCount"], 1);
    }
    // With no memory for sorting every record goes to disk; with much none does.
    for sort_bytes in [0, 100_000, 100_000_000] {
        let limits = Limits { sort_bytes, ..Limits::default() };
        let options = Options { order: Order::Sort, limits, ..ndjson(Dataset::Apc) };
        let (result, sorted) = run(&options, lines(&body).as_bytes());
        assert_eq!(result.expect("a summary").apart, 0);
        let results = complete(&sorted).0;
        let order: Vec<u64> = results.iter().filter_map(|result| result["extra"]["own"].as_u64()).collect();
        let expected: Vec<u64> = (0..3_000).map(|place| place % 3 * 1_000 + place / 3).collect();
        assert_eq!(order, expected, "{sort_bytes}");
        assert!(results.iter().all(|result| result["spell"]["episodeCount"] == 3));
    }
}

#[test]
fn a_shuffled_file_sorted_gives_what_the_file_gives() {
    for dataset in [Dataset::Apc, Dataset::Pcc, Dataset::Ncc] {
        let text = csv(dataset);
        let (header, rows) = text.split_once('\n').expect("a header");
        let mut shuffled: Vec<&str> = rows.lines().collect();
        fastrand::Rng::with_seed(5).shuffle(&mut shuffled);
        let shuffled = format!("{header}\n{}\n", shuffled.join("\n"));
        let options = Options { order: Order::Sort, ..with_header(dataset) };
        let answers = [text.as_str(), &shuffled].map(|text| {
            let (_, text) = run(&options, text.as_bytes());
            let mut results = complete(&text).0;
            for result in &mut results {
                result["line"] = Json::Null; // the one thing that shuffling changes
            }
            results
        });
        assert_eq!(answers[0].len(), rows.lines().count());
        let key = |result: &Json| result["extra"]["LOCAL_KEY"].as_str().unwrap_or_default().to_owned();
        let hrgs = |results: &[Json]| {
            let hrg = |r: &Json| (key(r), r["spell"]["hrg"].clone(), r["episode"]["hrg"].clone(), r["hrg"].clone());
            let mut hrgs: Vec<_> = results.iter().map(|r| format!("{:?}", hrg(r))).collect();
            hrgs.sort();
            hrgs
        };
        assert_eq!(hrgs(&answers[0]), hrgs(&answers[1]), "{dataset}");
        let expected = expected(dataset, &by_header(dataset));
        for result in &answers[1] {
            let own = if dataset == Dataset::Apc { &result["episode"]["hrg"] } else { &result["hrg"] };
            assert_eq!(own, expected[&key(result)].0.as_str(), "{dataset}");
        }
    }
}

#[test]
fn days_of_critical_care_that_come_together_are_linked_into_periods() {
    let (_, text) = run(&with_header(Dataset::Ncc), csv(Dataset::Ncc).as_bytes());
    let days: Vec<hrg_grouper::record::RawNccDay<'static>> =
        objects(Dataset::Ncc, false).into_iter().map(|day| serde_json::from_value(day).expect("a day")).collect();
    let periods = hrg_grouper::grouper::other::periods(&days);
    let results = complete(&text).0;
    for (one, (period, result)) in periods.iter().zip(&results).enumerate() {
        for (other, result_of_other) in periods.iter().zip(&results).skip(one + 1) {
            if result["warnings"].is_null() && result_of_other["warnings"].is_null() {
                assert_eq!(
                    period == other,
                    result["period"] == result_of_other["period"],
                    "{result} {result_of_other}"
                );
            }
        }
    }
}

#[test]
fn a_spell_of_more_rows_than_one_may_have_is_rejected_and_bounded() {
    let mut body: Vec<Json> = (0..500).map(|i| episode(1, i % 90 + 1, i)).collect();
    body.push(episode(2, 1, 500));
    let (result, text) = run(&ndjson(Dataset::Apc), lines(&body).as_bytes());
    assert_eq!(result.map(|summary| (summary.rejected, summary.grouped)).expect("a summary"), (500, 1));
    let results = complete(&text).0;
    assert!(results[..500].iter().all(|result| result["errors"][0]["code"] == "too-many"));
}

#[test]
fn the_summary_says_where_more_spells_came_than_are_remembered() {
    let body: Vec<Json> = (0..10).chain([8, 0]).map(|i| episode(i, 1, i)).collect();
    let limits = Limits { remembered: 5, ..Limits::default() };
    let (result, _) = run(&Options { limits, ..ndjson(Dataset::Apc) }, lines(&body).as_bytes());
    let summary = result.expect("a summary");
    assert_eq!((summary.apart, summary.remembered), (1, Some(5)), "spell 0 is remembered, spell 8 is not");
    let (result, _) = run(&ndjson(Dataset::Apc), lines(&body).as_bytes());
    let summary = result.expect("a summary");
    assert_eq!((summary.apart, summary.remembered), (2, None));
}

/// Gives a line at a time.
struct OneByOne<'t>(std::str::SplitInclusive<'t, char>);

impl std::io::Read for OneByOne<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Some(line) = self.0.next() else { return Ok(0) };
        buffer[..line.len()].copy_from_slice(line.as_bytes());
        Ok(line.len())
    }
}

/// Lines of spells short and long, spells that come again, whole spells, and what cannot be read between them all.
fn mixed(random: &mut fastrand::Rng) -> String {
    let mut body = String::new();
    let bare = |order| {
        let mut episode = episode(0, order, 0);
        let fields = episode.as_object_mut().expect("an object");
        fields.retain(|name, _| !["procodet", "provspno", "own"].contains(&name.as_str()));
        episode
    };
    let whole = json!({ "provspno": "W1", "episodes": [bare(1), bare(2)] });
    for run in 0..400_u32 {
        let spell = if random.u8(..4) == 0 { random.u32(..=run) } else { run };
        let rows = match random.u8(..50) {
            0 => random.u32(150..250), // a spell may have two hundred
            1..10 => random.u32(2..80),
            _ => 1,
        };
        for order in 1..=rows {
            body += &format!("{}\n", episode(spell, order, run));
            if random.u8(..20) == 0 {
                body += "no record\n";
            }
        }
        if random.u8(..8) == 0 {
            body += &format!("{whole}\n");
        }
    }
    body
}

#[test]
fn how_a_stream_is_shared_out_changes_nothing_of_the_answer() {
    for seed in 0..2 {
        let body = mixed(&mut fastrand::Rng::with_seed(seed));
        let objects = ndjson(Dataset::Apc);
        for output in [Form::Ndjson, Form::Csv, Form::Json] {
            let options = Options { output, ..objects.clone() };
            let (at_once, text) = run(&options, body.as_bytes());
            let (one_by_one, text_one_by_one) = run(&options, OneByOne(body.split_inclusive('\n')));
            let [at_once, one_by_one] = [at_once, one_by_one].map(|summary| summary.expect("a summary"));
            assert!(at_once.apart > 0 && at_once.rejected > 200 && at_once.grouped > 2_000, "{at_once:?}");
            assert_eq!(format!("{at_once:?}"), format!("{one_by_one:?}"));
            assert!(text == text_one_by_one, "seed {seed}, {output:?}");
        }
        // With traces every record is a share of its own.
        let (_, plain) = run(&objects, body.as_bytes());
        let (_, traced) = run(&Options { explain: Explain::Summary, ..objects }, body.as_bytes());
        let without_trace = |mut result: Json| {
            result.as_object_mut().expect("an object").remove("trace");
            result
        };
        let traced: Vec<Json> = complete(&traced).0.into_iter().map(without_trace).collect();
        assert!(complete(&plain).0 == traced, "seed {seed}, traced");
    }
}
