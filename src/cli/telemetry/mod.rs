//! Spans of requests for an OpenTelemetry collector: with the feature `otel` they are sent, without it there are none.

#[cfg(not(feature = "otel"))]
mod none;
#[cfg(feature = "otel")]
mod otlp;

#[cfg(not(feature = "otel"))]
pub(super) use none::Spans;
#[cfg(feature = "otel")]
pub(super) use otlp::Spans;
