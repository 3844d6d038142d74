//! Graphs and models on Burn's CPU backend give what plans give.

mod agree;
mod operations;
mod own;
