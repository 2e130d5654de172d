//! Streamed batches: the body through bounded queues to the belt and the results back, as fast as both ends go.
//!
//! What ends a stream early: whoever asked is gone, nothing comes or goes for too long, the input breaks. Before the first
//! byte of the answer that is an error answer; after it the stream ends with an error line and no summary.

use super::answer::with_reference;
use super::body::kind;
use super::choose::Chosen;
use super::error::{ApiError, Fault};
use super::group::BatchQuery;
use super::job_refusal::JobRefusal;
use super::limits;
use super::state::App;
use crate::batch::{BatchError, Columns, Form, InputForm, OnError, Options, Order, Progress, group_stream};
use crate::files::rdf::Rdf;
use crate::reference::Dataset;
use crate::trace::Explain;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use http_body::Frame;
use http_body_util::BodyExt;
use std::io::{self, Read, Write};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Pieces that wait in a queue.
const WAITING: usize = 4;
/// Bytes of a piece of the answer.
const PIECE: usize = 64 * 1024;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Gzip,
    Zstd,
}

impl Packing {
    /// What the headers say.
    pub(super) fn of(headers: &HeaderMap) -> Result<Packing, ApiError> {
        let said = headers.get(header::CONTENT_ENCODING).map_or(b"".as_slice(), HeaderValue::as_bytes);
        match said.trim_ascii().to_ascii_lowercase().as_slice() {
            b"" | b"identity" => Ok(Packing::Plain),
            b"gzip" | b"x-gzip" => Ok(Packing::Gzip),
            b"zstd" => Ok(Packing::Zstd),
            _ => Err(ApiError::UnsupportedEncoding),
        }
    }

    /// Unpacks a stream. What a packed stream makes the reader hold is bounded.
    pub(super) fn unpack<'r>(self, input: impl Read + Send + 'r) -> io::Result<Box<dyn Read + Send + 'r>> {
        let barren = Arc::new(AtomicUsize::new(0));
        let packed = Packed { input, barren: Arc::clone(&barren) };
        let unpacked: Box<dyn Read + Send + 'r> = match self {
            Packing::Plain => return Ok(Box::new(packed.input)),
            Packing::Gzip => Box::new(flate2::read::MultiGzDecoder::new(packed)),
            Packing::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::new(packed)?;
                decoder.window_log_max(limits::ZSTD_WINDOW_LOG)?;
                Box::new(decoder)
            }
        };
        Ok(Box::new(Unpacked { unpacked, barren }))
    }
}

/// A packed stream that may not go on for ever without anything in it: frames that are to be skipped, empty members.
struct Packed<R> {
    input: R,
    /// Bytes that were read since anything came out.
    barren: Arc<AtomicUsize>,
}

impl<R: Read> Read for Packed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        if self.barren.fetch_add(read, Relaxed) > limits::BARREN_BYTES {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(read)
    }
}

/// What comes out of it.
struct Unpacked<R> {
    unpacked: R,
    barren: Arc<AtomicUsize>,
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.unpacked.read(buffer)?;
        if read > 0 {
            self.barren.store(0, Relaxed);
        }
        Ok(read)
    }
}

/// The form of a batch's input and output, by its headers; the media type of the input decides where nothing is asked.
pub(super) fn forms(headers: &HeaderMap) -> Result<(Form, Form), ApiError> {
    let input = match kind(headers).to_ascii_lowercase().as_str() {
        "application/json" => Form::Json,
        "application/x-ndjson" | "application/ndjson" => Form::Ndjson,
        "text/csv" => Form::Csv,
        _ => return Err(ApiError::UnsupportedMediaType),
    };
    let accept = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let accept = accept.collect::<Vec<_>>().join(",");
    if accept.trim().is_empty() {
        return Ok((input, input));
    }
    let mut best: Option<(f32, Form)> = None;
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let form = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
            "application/*" if input == Form::Csv => Form::Json,
            "*/*" | "application/*" => input,
            "application/json" => Form::Json,
            "application/x-ndjson" | "application/ndjson" => Form::Ndjson,
            "text/csv" | "text/*" => Form::Csv,
            _ => continue,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
        if weight > best.map_or(0.0, |(most, _)| most) {
            best = Some((weight, form));
        }
    }
    best.map(|(_, output)| (input, output)).ok_or(ApiError::NotAcceptable)
}

/// The content type of a form.
fn media_type(form: Form) -> HeaderValue {
    HeaderValue::from_static(match form {
        Form::Ndjson => "application/x-ndjson",
        Form::Csv => "text/csv; charset=utf-8",
        Form::Json => "application/json",
    })
}

/// The record definition that a query names or holds.
fn columns(app: &App, query: &BatchQuery, others: bool) -> Result<Columns, ApiError> {
    let Some(definition) = &query.definition else { return Ok(Columns::Header) };
    let rdf = if definition.contains('\n') {
        Rdf::parse(definition, others).map_err(|_| {
            ApiError::Query("`definition` is no record definition; `hrg check` says what is wrong with it".to_owned())
        })?
    } else {
        let named = app.definitions.get(definition).cloned();
        named.ok_or_else(|| ApiError::Query("no record definition of that name is loaded".to_owned()))?
    };
    Ok(Columns::Definition { rdf, header: query.header.unwrap_or(false) })
}

/// What the belt is asked for.
pub(super) fn options(
    app: &App,
    query: &BatchQuery,
    (input, output): (Form, Form),
    dataset: Dataset,
    chosen: &Chosen,
) -> Result<Options, ApiError> {
    let explain = query.explain.unwrap_or(Explain::None);
    if output == Form::Csv && explain != Explain::None {
        return Err(ApiError::Query(
            "rows of CSV hold no trace: ask for NDJSON or JSON, or for explain=none".to_owned(),
        ));
    }
    if input != Form::Csv && (query.definition.is_some() || query.header.is_some()) {
        return Err(ApiError::Query("`definition` and `header` are for CSV".to_owned()));
    }
    let input = match input {
        Form::Ndjson => InputForm::Ndjson,
        Form::Json => InputForm::Json,
        Form::Csv => InputForm::Csv(columns(app, query, chosen.release.options.rdf_other_delimiters)?),
    };
    let order = query.order.map_or(Order::Input, Into::into);
    let on_error = query.on_error.map_or(OnError::Continue, Into::into);
    let chosen_by = chosen.named().chosen_by;
    Ok(Options { explain, order, on_error, chosen_by, ..Options::new(dataset, input, output) })
}

/// Streams a batch.
pub(super) async fn stream(
    app: &App,
    options: Options,
    chosen: &Chosen,
    packing: Packing,
    body: Body,
) -> Result<Response, ApiError> {
    let permit = Arc::clone(&app.streams).try_acquire_owned().map_err(|_| ApiError::Busy)?;
    let (pieces, to_read) = mpsc::channel(WAITING);
    let (to_write, mut results) = mpsc::channel(WAITING);
    let progress = Arc::clone(&options.progress);
    let idle = Duration::from_secs(app.limits.stream_idle_seconds);
    let pump = tokio::spawn(pump(body, pieces, idle, last_moment(app)));
    let guard = Guard { pump, progress: Arc::clone(&progress) };
    let form = options.output;
    let release = Arc::clone(&chosen.release);
    let stall = Duration::from_secs(app.limits.stream_stall_seconds);
    let meters = app.meters.clone();
    // Held until the results are counted, so that whoever has read the whole answer finds them in the metrics.
    let open = to_write.clone();
    let output = Output { results: to_write, piece: Vec::new(), handle: Handle::current(), stall };
    let input = Input { pieces: to_read, piece: Bytes::new(), ended: false };
    let work = tokio::task::spawn_blocking(move || {
        let _permit: OwnedSemaphorePermit = permit;
        let input = packing.unpack(input).map_err(BatchError::Input)?;
        let ended = group_stream(input, output, &options, release);
        meters.grouped(options.dataset, &options.progress.tally());
        drop(open);
        ended
    });
    let first = match timeout(Duration::from_secs(app.limits.stream_head_seconds), results.recv()).await {
        Ok(Some(piece)) => Some(piece),
        Ok(None) => match work.await {
            Ok(Err(fault)) => return Err(refusal(fault)),
            Ok(Ok(_)) | Err(_) => return Err(ApiError::Internal),
        },
        Err(_) => {
            // It moves, but slowly, or is being sorted: the answer begins, and says in itself what goes wrong from here.
            progress.commit();
            None
        }
    };
    let body = Body::new(Answer { first, results, _guard: guard });
    let mut response = with_reference(&chosen.release, Response::new(body));
    response.headers_mut().insert(header::CONTENT_TYPE, media_type(form));
    Ok(response)
}

fn refusal(fault: BatchError) -> ApiError {
    match fault {
        BatchError::Malformed(words) => ApiError::Malformed(words),
        BatchError::Columns(message) => {
            ApiError::Invalid(vec![Fault { pointer: String::new(), code: "wrong-columns", message }])
        }
        BatchError::Input(_) => ApiError::Unreadable,
        BatchError::Idle => ApiError::Timeout,
        BatchError::TooLarge(words) => ApiError::TooLarge(words),
        BatchError::Stopping => JobRefusal::Stopping.into(),
        fault @ (BatchError::Output(_) | BatchError::Spill(_) | BatchError::Rejected(_) | BatchError::Stopped) => {
            tracing::error!(batch.fault = fault.code(), "a batch ended early");
            ApiError::Internal
        }
    }
}

/// A piece of the body, nothing at its end, or why it broke.
type Piece = io::Result<Option<Bytes>>;

/// Before the service ends what runs, streams that go on have so long to say that they are not whole.
const TO_SAY_SO: Duration = Duration::from_secs(3);

/// Resolves when a stream that goes on has to end, since the service stops.
fn last_moment(app: &App) -> impl Future<Output = ()> + Send + 'static {
    let (mut stopping, drain) = (app.stopping(), Duration::from_secs(app.limits.drain_seconds));
    async move {
        if stopping.wait_for(|stopping| *stopping).await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(drain.saturating_sub(TO_SAY_SO)).await;
    }
}

/// Carries the body to the belt. That the belt has no room is no idling of the sender.
async fn pump(
    mut body: Body,
    pieces: mpsc::Sender<Piece>,
    idle: Duration,
    last_moment: impl Future<Output = ()> + Send,
) {
    let mut last_moment = pin!(last_moment);
    loop {
        let came = tokio::select! {
            came = timeout(idle, body.frame()) => came.map_err(|_| io::ErrorKind::TimedOut),
            () = last_moment.as_mut() => Err(io::ErrorKind::ConnectionAborted),
        };
        let piece = match came {
            Err(kind) => Err(kind.into()),
            Ok(None) => Ok(None),
            Ok(Some(Err(_))) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) if !data.is_empty() => Ok(Some(data)),
                _ => continue,
            },
        };
        let last = !matches!(piece, Ok(Some(_)));
        if pieces.send(piece).await.is_err() || last {
            return;
        }
    }
}

/// The body as the belt reads it.
struct Input {
    pieces: mpsc::Receiver<Piece>,
    piece: Bytes,
    ended: bool,
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.piece.is_empty() && !self.ended {
            // A queue that ends without saying so was broken off.
            match self.pieces.blocking_recv().unwrap_or_else(|| Err(io::ErrorKind::UnexpectedEof.into()))? {
                Some(piece) => self.piece = piece,
                None => self.ended = true,
            }
        }
        let piece = self.piece.split_to(buffer.len().min(self.piece.len()));
        if let Some(into) = buffer.get_mut(..piece.len()) {
            into.copy_from_slice(&piece);
        }
        Ok(piece.len())
    }
}

/// The answer as the belt writes it.
struct Output {
    results: mpsc::Sender<Bytes>,
    piece: Vec<u8>,
    handle: Handle,
    /// How long it may find nobody who takes it.
    stall: Duration,
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = Bytes::from(std::mem::take(&mut self.piece));
        // The time limit is made within the runtime, whose clock it needs.
        let sent = self.handle.block_on(async { timeout(self.stall, self.results.send(piece)).await });
        match sent {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// Ends the work when the answer is not wanted any more.
struct Guard {
    pump: JoinHandle<()>,
    progress: Arc<Progress>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.pump.abort();
        self.progress.stop();
    }
}

/// The answer as the server sends it.
struct Answer {
    first: Option<Bytes>,
    results: mpsc::Receiver<Bytes>,
    _guard: Guard,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        self.results.poll_recv(context).map(|piece| piece.map(|piece| Ok(Frame::data(piece))))
    }
}
