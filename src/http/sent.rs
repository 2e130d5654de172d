//! A request to group one spell, lent from the bytes of its body: a copy of every value costs as much as half the grouping.

use super::body::read;
use super::choose::Purpose;
use super::error::ApiError;
use super::group::GroupRequest;
use crate::batch::lent;
use crate::record::RawSpell;
use crate::record::object::Object;
use crate::trace::Explain;
use serde::Deserialize;
use std::borrow::Cow;

/// What was sent, as [`GroupRequest`].
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Sent<'b> {
    #[serde(borrow)]
    pub(super) reference: Cow<'b, str>,
    #[serde(default)]
    pub(super) purpose: Option<Purpose>,
    #[serde(default, borrow)]
    pub(super) discharge_date: Option<Cow<'b, str>>,
    #[serde(default)]
    pub(super) explain: Explain,
    #[serde(borrow, deserialize_with = "lent::spell")]
    pub(super) spell: RawSpell<'b>,
}

impl<'b> Sent<'b> {
    /// Reads a body. What cannot be lent is read with copies, which also says what is wrong.
    pub(super) fn read(bytes: &'b [u8]) -> Result<Sent<'b>, ApiError> {
        match Sent::lent(bytes) {
            Some(sent) => Ok(sent),
            None => Ok(read::<Object<GroupRequest>>(bytes, "")?.0.into()),
        }
    }

    fn lent(bytes: &'b [u8]) -> Option<Sent<'b>> {
        let text = std::str::from_utf8(bytes).ok()?;
        serde_json::from_str(text).ok().map(|Object(sent)| sent)
    }
}

impl From<GroupRequest> for Sent<'_> {
    fn from(request: GroupRequest) -> Self {
        let GroupRequest { reference, purpose, discharge_date, explain, spell } = request;
        Sent { reference: reference.into(), purpose, discharge_date: discharge_date.map(Cow::Owned), explain, spell }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copied(body: &str) -> Option<Sent<'static>> {
        read::<Object<GroupRequest>>(body.as_bytes(), "").ok().map(|Object(request)| request.into())
    }

    #[test]
    fn what_is_lent_is_what_would_be_copied() {
        for body in [
            include_str!("../../tests/examples/request.json"),
            r#"{"reference":"r","spell":{"episodes":[]}}"#,
            r#" {"spell":{"episodes":[{"sex":null,"startage":40,"diag":["\u004a18",7,null]},{}],"provspno":-1},"reference":"\u0072\"","explain":"none","purpose":null,"dischargeDate":"2024-\n"} "#,
            r#"{"reference":"auto","purpose":"costing","dischargeDate":null,"explain":"full","spell":{"episodes":[],"procodet":"R0A"}}"#,
        ] {
            let lent = Sent::lent(body.as_bytes()).expect("it can be lent");
            assert_eq!(format!("{lent:?}"), format!("{:?}", copied(body).expect("it is sound")));
        }
    }

    #[test]
    fn whatever_would_be_refused_is_not_lent() {
        for body in [
            "",
            "[]",
            r#"["r",null,null,"none",{"episodes":[]}]"#,
            r#"{"reference":"r"}"#,
            r#"{"spell":{"episodes":[]}}"#,
            r#"{"reference":"r","spell":{"episodes":[]}} x"#,
            r#"{"reference":"r","spell":{"episodes":[]},"more":1}"#,
            r#"{"reference":"r","reference":"r","spell":{"episodes":[]}}"#,
            r#"{"reference":"r","spell":{}}"#,
            r#"{"reference":"r","spell":[]}"#,
            r#"{"reference":"r","spell":{"episodes":null}}"#,
            r#"{"reference":"r","spell":{"episodes":[],"sex":"1"}}"#,
            r#"{"reference":"r","spell":{"episodes":[],"diag":[]}}"#,
            r#"{"reference":"r","spell":{"episodes":[[]]}}"#,
            r#"{"reference":"r","spell":{"episodes":[{"more":1}]}}"#,
            r#"{"reference":"r","spell":{"episodes":[{"sex":1.5}]}}"#,
            r#"{"reference":"r","spell":{"episodes":[]},"explain":"all"}"#,
            r#"{"reference":"r","spell":{"episodes":[]},"explain":{"none":null}}"#,
            r#"{"reference":1,"spell":{"episodes":[]}}"#,
        ] {
            assert!(copied(body).is_none(), "{body}");
            assert!(Sent::lent(body.as_bytes()).is_none(), "{body}");
        }
    }
}
