//! Looking a release up: what it says of a code, an HRG or a list, and searching for them.
//!
//! Pure questions to a loaded [`Reference`]; nothing here decides a grouping. Everything is named with its row
//! (`table:row`), as traces cite it, so that a reader finds in the tables what the answer says.

mod bands;
pub mod code;
pub mod code_answer;
mod fault;
mod given;
pub mod hrg;
pub mod lists;
mod mentions;
pub mod names;
mod page;
pub mod row;
pub mod search;
mod text;

pub use code::look_up_code;
pub use code_answer::CodeAnswer;
pub use fault::Fault;
pub use hrg::{HrgAnswer, look_up_hrg};
pub use lists::{ListAnswer, ListIndex, list_lists, look_up_list};
pub use names::System;
pub use page::{DEFAULT_LIMIT, Extract, MAX_LIMIT};
pub use row::{RowAnswer, look_up_row};
pub use search::{CodeSearch, HrgSearch, MAX_QUERY, search_codes, search_hrgs};
pub use text::{code_as_text, hrg_as_text};

use super::Reference;
