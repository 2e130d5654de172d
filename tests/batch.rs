//! Streams of records: every form in and out, bad lines among good ones, spells apart, ends that are no ends.

#[path = "batch/belt.rs"]
mod belt;
#[path = "batch/bounds.rs"]
mod bounds;
#[path = "batch/faults.rs"]
mod faults;
#[path = "batch/forms.rs"]
mod forms;
#[path = "batch/order.rs"]
mod order;
mod support;
