//! Choices that JSON gives by a word, and by nothing else.

/// Makes an enum, which derives `Serialize` and `Deserialize` with `#[serde(remote = "Self")]`, a word of JSON: a derived
/// reader alone would take an object with the word as its key, too.
macro_rules! by_word {
    ($choice:ty) => {
        impl serde::Serialize for $choice {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                <$choice>::serialize(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $choice {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Word;

                impl serde::de::Visitor<'_> for Word {
                    type Value = $choice;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a string")
                    }

                    fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<$choice, E> {
                        <$choice>::deserialize(serde::de::value::StrDeserializer::new(word))
                    }
                }

                deserializer.deserialize_str(Word)
            }
        }
    };
}

pub(crate) use by_word;

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(remote = "Self", rename_all = "kebab-case")]
    enum Weather {
        Fine,
        LightRain,
    }

    by_word!(Weather);

    #[test]
    fn a_choice_is_a_word_and_no_object() {
        let read = |json: &str| serde_json::from_str::<Weather>(json).map_err(|error| error.to_string());
        assert_eq!(read("\"light-rain\""), Ok(Weather::LightRain));
        assert_eq!(serde_json::to_string(&Weather::Fine).expect("a word"), "\"fine\"");
        for (json, fault) in [
            ("\"snow\"", "unknown variant `snow`, expected `fine` or `light-rain`"),
            ("{\"fine\": null}", "expected a string"),
            ("0", "expected a string"),
        ] {
            let found = read(json).expect_err(json);
            assert!(found.contains(fault), "{json}: {found}");
        }
    }
}
