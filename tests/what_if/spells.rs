//! Spells to change, and the service that changes them.

use crate::support;
use crate::support::service::Service;
use hrg_grouper::reference::Reference;
use serde_json::{Value as Json, json};

pub const PAYMENT: &str = "2024-25.payment";

pub fn release() -> Reference {
    support::release("reference", PAYMENT)
}

pub fn service() -> Service {
    Service::over(vec![release()])
}

/// An episode of an adult, with these differences.
pub fn episode(differs: &Json) -> Json {
    let mut episode = json!({
        "epiorder": 1, "startage": 70, "sex": 1, "classpat": 1, "admisorc": 19, "admimeth": 21, "disdest": 19,
        "dismeth": 1, "epidur": 3, "mainspef": 300, "neocare": 8, "tretspef": 300, "diag": ["I639"], "oper": []
    });
    for (field, value) in differs.as_object().expect("an object") {
        episode[field] = value.clone();
    }
    episode
}

pub fn spell(episodes: &[Json]) -> Json {
    json!({ "procodet": "R0A", "provspno": "1", "episodes": episodes })
}

/// A medical admission.
pub fn stroke() -> Json {
    spell(&[episode(&json!({ "diag": ["I639", "N179", "E119"] }))])
}

/// One spell of each way to group: by diagnosis, by procedure, of several episodes, of a child, of a day, of an injury.
pub fn several() -> Vec<(&'static str, Json)> {
    let hip: Json = serde_json::from_str(include_str!("../examples/request.json")).expect("the example is JSON");
    let child = json!({ "startage": 4, "epidur": 1, "diag": ["J189", "J459"], "mainspef": 420, "tretspef": 420 });
    let day = json!({ "startage": 55, "epidur": 0, "classpat": 2, "admimeth": 11, "diag": ["K409"], "oper": ["T202"] });
    let injury = json!({ "startage": 30, "epidur": 9, "diag": ["S7230", "S272", "S065"], "oper": ["W241"] });
    vec![
        ("a stroke", stroke()),
        ("a hip fracture of two episodes", hip["spell"].clone()),
        ("a child's pneumonia", spell(&[episode(&child)])),
        ("a hernia repaired in a day", spell(&[episode(&day)])),
        ("several injuries", spell(&[episode(&injury)])),
    ]
}

/// Spells whose stay decides: a procedure that drives up to so many days, a rule, a split; the last of two episodes.
pub fn timed() -> Vec<(&'static str, Json)> {
    let endoscopy = json!({ "epidur": 3, "admimeth": 11, "diag": ["K297"], "oper": ["G161"] });
    let seizures = json!({ "epidur": 2, "diag": ["G409"], "oper": ["A841"] });
    let bronchitis = json!({ "epidur": 1, "diag": ["J40X"] });
    let later = json!({ "epiorder": 2, "epidur": 2, "diag": ["K297"] });
    vec![
        ("an endoscopy", spell(&[episode(&endoscopy)])),
        ("seizures recorded", spell(&[episode(&seizures)])),
        ("a bronchitis", spell(&[episode(&bronchitis)])),
        ("an endoscopy with a second episode", spell(&[episode(&endoscopy), episode(&later)])),
    ]
}
