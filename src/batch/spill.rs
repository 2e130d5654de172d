//! Sorting more than memory holds (to come in the next step).
