//! Graphs and models on Burn's CPU backend give what plans give.

mod agree;
mod keras;
mod layers;
mod models;
mod operations;
mod own;
