//! **Goods inwards**: a trust's own workbooks and CSV files to a release folder, by a mapping profile.
//!
//! The way: [`source`] reads files into sheets of cells; [`header`] finds in them what the [`profile`] names; [`rows`]
//! turns rows of cells into rows of tables; [`labels`] reads splits from HRG labels, with [`overrides`] for what no label
//! says; [`release`] adds what the base supplies, has the result loaded like any other release, and writes it.
//! Whatever is not understood is a remark of the [`report`], with sheet and cell. Source: 08 reference data.

pub mod cell;
pub mod header;
pub mod labels;
pub mod overrides;
pub mod profile;
pub mod release;
pub mod report;
pub mod rows;
pub mod shape;
pub mod source;

pub use release::{Import, Request, import};
pub use report::{Level, Place, Remark, Report};
