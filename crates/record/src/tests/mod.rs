mod cases;
mod equivalence;
