//! Synthetic platforms with known truth
