//! Each request as a span, sent over OTLP by a thread of its own. What waits is bounded: where the collector does not take
//! it, spans are lost and requests are not held up.
//!
//! A span is made of the request's line in the log and holds no more than that: method, route, status, ids and the client.

use crate::config::Telemetry;
use crate::http::envelope::TARGET;
use opentelemetry::trace::{
    Span, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState, Tracer,
    TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use std::fmt;
use std::io;
use std::time::{Duration, SystemTime};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context as Place;

/// How long the collector may take, also at the end of the process.
const PATIENCE: Duration = Duration::from_secs(3);

/// Where spans go.
#[derive(Debug)]
pub struct Spans(Option<SdkTracerProvider>);

impl Spans {
    /// To the endpoint, where one is named. To be called outside of the runtime, whose threads must not wait.
    pub fn open(settings: &Telemetry) -> io::Result<Spans> {
        let Some(endpoint) = &settings.endpoint else { return Ok(Spans(None)) };
        let endpoint = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
        let exporter = SpanExporter::builder().with_http().with_endpoint(endpoint).with_timeout(PATIENCE);
        let exporter = exporter.build().map_err(|fault| io::Error::other(format!("telemetry.endpoint: {fault}")))?;
        let version = KeyValue::new("service.version", env!("CARGO_PKG_VERSION"));
        let resource = Resource::builder_empty().with_service_name("hrg").with_attribute(version).build();
        Ok(Spans(Some(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())))
    }

    /// What makes spans of events.
    pub fn layer(&self) -> Option<Requests> {
        self.0.as_ref().map(|provider| Requests(provider.tracer("hrg")))
    }

    /// Sends what waits.
    pub fn close(self) {
        if let Some(provider) = self.0
            && let Err(fault) = provider.shutdown_with_timeout(PATIENCE)
        {
            tracing::warn!(%fault, "the collector did not take the last spans");
        }
    }
}

/// Makes a span of each line about a request.
#[derive(Debug)]
pub struct Requests(SdkTracer);

impl<S: Subscriber> Layer<S> for Requests {
    fn on_event(&self, event: &Event<'_>, _: Place<'_, S>) {
        if event.metadata().target() != TARGET {
            return;
        }
        let mut request = Request::default();
        event.record(&mut request);
        let end = SystemTime::now();
        let start = end.checked_sub(Duration::try_from_secs_f64(request.duration_ms / 1e3).unwrap_or_default());
        let builder = SpanBuilder::from_name(format!("{} {}", request.method, request.route))
            .with_kind(SpanKind::Server)
            .with_start_time(start.unwrap_or(end))
            .with_attributes(request.attributes);
        let parent = request.parent.map_or_else(Context::new, |parent| Context::new().with_remote_span_context(parent));
        let mut span = self.0.build_with_context(builder, &parent);
        if request.status >= 500 {
            span.set_status(Status::error(""));
        }
        span.end_with_timestamp(end);
    }
}

/// What a line about a request says.
#[derive(Default)]
struct Request {
    method: String,
    route: String,
    status: u64,
    duration_ms: f64,
    parent: Option<SpanContext>,
    attributes: Vec<KeyValue>,
}

impl Visit for Request {
    fn record_str(&mut self, field: &Field, value: &str) {
        let name = match field.name() {
            "http.method" => {
                value.clone_into(&mut self.method);
                "http.request.method"
            }
            "http.route" => {
                value.clone_into(&mut self.route);
                "http.route"
            }
            "trace.parent" => {
                self.parent = parent(value);
                return;
            }
            "request.id" => "request.id",
            "correlation.id" => "correlation.id",
            "client" => "client.id",
            _ => return,
        };
        self.attributes.push(KeyValue::new(name, value.to_owned()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "http.status" {
            self.status = value;
            let status = i64::try_from(value).unwrap_or_default();
            self.attributes.push(KeyValue::new("http.response.status_code", status));
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "duration_ms" {
            self.duration_ms = value;
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}

/// The caller's span, of a header whose form the envelope has looked at.
fn parent(text: &str) -> Option<SpanContext> {
    let mut parts = text.split('-').skip(1);
    let (trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?);
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?);
    let (trace, span) = (TraceId::from_hex(trace).ok()?, SpanId::from_hex(span).ok()?);
    Some(SpanContext::new(trace, span, flags, true, TraceState::NONE))
}
