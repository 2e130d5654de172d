//! What the interfaces' documents say of access, from the same table by which routes are guarded.

use super::access::{Need, need};
use crate::access::Scope;
use utoipa::openapi::path::{Operation, PathItem};
use utoipa::openapi::security::{
    ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};

/// An answer that any guarded route may give: status, its name in the document, and when.
const ANSWERS: [(&str, &str, &str); 4] = [
    ("401", "Unauthenticated", "The caller is not known; WWW-Authenticate names what is taken"),
    ("403", "InsufficientScope", "The caller lacks the scope"),
    ("429", "RateLimited", "The client sends too many requests; Retry-After says when there is room again"),
    ("503", "Overloaded", "As many requests run as may; Retry-After says when to try again"),
];

/// Says of every operation whom it serves, and how it refuses others.
pub(super) fn describe(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let need = need(path);
        for operation in operations(item) {
            guard(operation, need);
        }
    }
    let components = document.components.get_or_insert_default();
    for (_, name, words) in ANSWERS {
        components.responses.insert(name.to_owned(), RefOr::T(answer(words)));
    }
    for (name, scheme) in schemes() {
        components.security_schemes.insert(name.to_owned(), RefOr::T(scheme));
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete].into_iter().flatten()
}

fn guard(operation: &mut Operation, need: Need) {
    let scopes: Vec<&str> = match need {
        Need::Nothing => {
            operation.security = Some(Vec::new());
            return;
        }
        Need::Known => Vec::new(),
        Need::Scope(scope) => vec![scope.name()],
    };
    operation.security = Some(vec![
        SecurityRequirement::new("token", scopes.clone()),
        SecurityRequirement::new("apiKey", scopes.clone()),
        SecurityRequirement::new("certificate", scopes),
    ]);
    for (status, name, words) in ANSWERS {
        if status == "403" && need == Need::Known {
            continue;
        }
        match operation.responses.responses.get_mut(status) {
            Some(RefOr::T(own)) => own.description = format!("{}. Or: {words}", own.description),
            Some(RefOr::Ref(_)) => {}
            None => {
                let answer = RefOr::Ref(Ref::from_response_name(name));
                operation.responses.responses.insert(status.to_owned(), answer);
            }
        }
    }
}

fn answer(words: &str) -> Response {
    let problem = RefOr::Ref(Ref::from_schema_name("Problem"));
    let content = ContentBuilder::new().schema(Some(problem)).build();
    ResponseBuilder::new().description(words).content("application/problem+json", content).build()
}

fn schemes() -> [(&'static str, SecurityScheme); 3] {
    let scopes = Scope::ALL.map(|scope| format!("`{scope}`: {}", scope.words())).join("; ");
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(format!(
        "A token of the OAuth 2 client-credentials grant, good for ten minutes at most. Whoever runs the service says which server gives them. Scopes: {scopes}."
    )));
    let key = "A key that whoever runs the service gives out.";
    let certificate = "A client certificate that a proxy in front of the service checks.".to_owned();
    [
        ("token", SecurityScheme::Http(token.build())),
        ("apiKey", SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description("X-API-Key", key)))),
        (
            "certificate",
            SecurityScheme::MutualTls { description: Some(certificate), deprecated: None, extensions: None },
        ),
    ]
}
