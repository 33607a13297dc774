//! `keshi simulate`
