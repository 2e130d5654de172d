//! Room 1, **what comes in**: records as sent, and their normalised forms. Knows nothing of releases or grouping.

mod choice;
pub mod code;
pub mod episode;
pub mod fault;
pub mod field;
pub mod object;
pub mod other;
pub mod raw;
pub mod sctid;
pub mod size;
pub mod slots;
pub mod text;
pub mod word;

pub(crate) use choice::by_word;
pub use code::{Icd10, Opcs4};
pub use episode::{CODED_FIELDS, CodedFields, Episode, Number, Places, Value};
pub use field::{Field, FieldRef};
pub use other::{RawAcc, RawEm, RawNac, RawNccDay, RawNrd, RawPccDay};
pub use raw::{RawEpisode, RawSpell};
pub use sctid::Sctid;
pub use text::Text;
pub use word::Word;
