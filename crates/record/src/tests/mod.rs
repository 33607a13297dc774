mod cases;
mod equivalence;
mod short;
