//! Everything a user relies on, in one program: linking is what costs.
#![allow(missing_docs)]

mod allocations;
mod arguments;
mod big_model;
mod check_time;
mod compile_fail;
mod compile_pass;
mod costs;
mod editor;
mod engine;
mod engine_attention;
mod engine_conv;
mod engine_recurrent;
mod entry;
mod entry_properties;
mod events;
mod extreme_activations;
mod extreme_gradients;
mod extremes;
mod graph_properties;
mod graphs;
mod keras_file_custom;
mod keras_file_operations;
mod keras_file_sources;
mod keras_file_training;
mod keras_files;
mod keras_io;
mod many;
mod more_layers;
mod names;
mod pasted;
mod python;
// A state that Keras gives and nobody uses has a name in Python too.
#[allow(unused_variables)]
mod keras {
    mod functional_generated;
    mod hidden_generated;
    mod layers_generated;
    mod merge_generated;
    mod mixed_generated;
    mod reports_generated;
    mod shapes_generated;
    mod states_generated;
    pub mod summaries_generated;
    mod types_generated;
}
mod file_properties;
mod files;
mod fixtures;
mod functions;
mod generic;
mod ids;
mod images;
mod inner_models;
mod inner_penalties;
mod operations;
mod oracle;
mod own_losses;
mod paths;
mod predictions;
mod properties;
mod reexport;
mod reports;
mod reports_more;
mod reports_training;
mod resume;
mod smoke;
mod spellings;
mod states;
mod summaries;
mod traced;
mod training;
mod types;
mod validation;
mod weight_properties;
mod weights;
mod words;
