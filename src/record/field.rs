//! The official field names, once, for every dataset. Source: 02 inputs, the tables of fields.

use std::fmt;

macro_rules! fields {
    ($($variant:ident $name:literal),+ $(,)?) => {
        /// An official field. Repeated fields (DIAG, OPER, ...) are one field with a position beside it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[allow(missing_docs, reason = "each variant is the official name written as a Rust name")]
        pub enum Field { $($variant),+ }

        impl Field {
            /// Every field there is.
            pub const ALL: &'static [Field] = &[$(Field::$variant),+];

            /// The official name, as in a record definition file, without position.
            pub fn name(self) -> &'static str {
                match self { $(Field::$variant => $name),+ }
            }
        }
    };
}

fields! {
    Procodet "PROCODET", Provspno "PROVSPNO", Epiorder "EPIORDER", Startage "STARTAGE", Sex "SEX",
    Classpat "CLASSPAT", Admisorc "ADMISORC", Admimeth "ADMIMETH", Disdest "DISDEST", Dismeth "DISMETH",
    Epidur "EPIDUR", Mainspef "MAINSPEF", Neocare "NEOCARE", Tretspef "TRETSPEF", Diag "DIAG", Oper "OPER",
    Criticalcaredays "CRITICALCAREDAYS", Rehabilitationdays "REHABILITATIONDAYS", Spcdays "SPCDAYS",
    Firstatt "FIRSTATT", Age "AGE", Aepatientgroup "AEPATIENTGROUP", Inv "INV", Treat "TREAT",
    Renalmod "RENALMOD", Renalsite "RENALSITE", Renalaccess "RENALACCESS", Hbv "HBV", Hcv "HCV", Hiv "HIV",
    Ccuf "CCUF", Bcsd "BCSD", Acsd "ACSD", Brsd "BRSD", Arsd "ARSD", Rsd "RSD", Nsd "NSD", Dsd "DSD", Lsd "LSD",
    Ccl2d "CCL2D", Ccl3d "CCL3D", CcStartDate "CC_Start_Date", CcDischargeDate "CC_Discharge_Date",
    CcLocalId "CCLocalID", CcDate "CCDate", Disdate "DISDATE", Ccac "CCAC", AgeDays "AGE_DAYS",
    GestLen "GestLen", Perwt "PERWT",
}

impl Field {
    /// The field of that official name, whatever its case.
    pub fn parse(name: &str) -> Option<Field> {
        Field::ALL.iter().copied().find(|f| f.name().eq_ignore_ascii_case(name))
    }
}

/// A field, with the position where the field repeats: `SEX`, `DIAG_01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldRef {
    /// The field.
    pub field: Field,
    /// Its position from 1, for repeated fields.
    pub position: Option<u8>,
}

impl FieldRef {
    /// A field that does not repeat.
    #[inline]
    pub fn single(field: Field) -> FieldRef {
        FieldRef { field, position: None }
    }

    /// A repeated field at a position from 1.
    #[inline]
    pub fn at(field: Field, position: u8) -> FieldRef {
        FieldRef { field, position: Some(position) }
    }
}

impl From<Field> for FieldRef {
    fn from(field: Field) -> FieldRef {
        FieldRef::single(field)
    }
}

impl fmt::Display for FieldRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(position) => {
                f.write_str(self.field.name())?;
                f.write_str(if position < 10 { "_0" } else { "_" })?;
                f.write_str(itoa::Buffer::new().format(position))
            }
            None => f.write_str(self.field.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_written_with_two_digits() {
        assert_eq!(FieldRef::at(Field::Diag, 1).to_string(), "DIAG_01");
        assert_eq!(FieldRef::at(Field::Oper, 99).to_string(), "OPER_99");
        assert_eq!(FieldRef::single(Field::Sex).to_string(), "SEX");
    }

    #[test]
    fn names_are_found_in_any_case() {
        assert_eq!(Field::parse("gestlen"), Some(Field::GestLen));
        assert_eq!(Field::parse("nothing"), None);
    }
}
