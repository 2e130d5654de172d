//! Room 5, **the library desk**: from release folders, on disk or in the program, to loaded releases.

pub mod archive;
pub mod cells;
pub mod manifest;
pub mod read;
pub mod seal;
pub mod shelf;
pub mod signature;
pub mod state;
pub mod stock;
pub mod tables;

pub use read::{Files, load, read_folder};
pub use shelf::{Refused, Releases, Shelf};
pub use stock::Stock;
