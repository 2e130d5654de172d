//! How many connections there may be.

use super::hall::{Hall, Limits, answer, ask};

#[test]
fn where_there_is_no_place_health_is_answered_and_everything_else_is_refused_until_there_is() {
    let hall = Hall::open(Limits { connections: 2, ..Limits::default() });
    let mut first = [hall.connect(), hall.connect()];
    for line in &mut first {
        ask(line, "/v1/references");
        assert!(answer(line).expect("an answer").0.starts_with("http/1.1 200"));
    }
    let mut third = hall.connect();
    ask(&mut third, "/v1/references");
    let (head, body) = answer(&mut third).expect("an answer");
    assert!(head.starts_with("http/1.1 503") && head.contains("retry-after: 1"), "{head}");
    assert!(head.contains("connection: close") && head.contains("application/problem+json"), "{head}");
    let problem: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(problem["code"], "overloaded");
    drop(third);
    std::thread::sleep(std::time::Duration::from_millis(200));
    let mut health = hall.connect();
    ask(&mut health, "/health/live");
    assert!(answer(&mut health).expect("an answer").0.starts_with("http/1.1 200"));
    drop((health, first));
    let begun = std::time::Instant::now();
    loop {
        let mut line = hall.connect();
        ask(&mut line, "/v1/references");
        if answer(&mut line).is_some_and(|(head, _)| head.starts_with("http/1.1 200")) {
            break;
        }
        assert!(begun.elapsed().as_secs() < 10, "places do not become free");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
