use keras_core::prelude::*;

fn main() {
    let _ = model!(Input(1) => StringLookup(vocabulary = ["a", "b"]));
    let _ = model!(Input(1, dtype = string) => StringLookup(vocabulary = "words.txt"));
    let _ = model!(Input(1, dtype = string) => StringLookup(vocabulary = ["a", "b", "a"]));
    let _ = model!(Input(1, dtype = string) => TextVectorization(output_mode = multi_hot));
    let _ = model!(Input(1, dtype = string) => StringLookup(vocabulary = ["a", "b", "c"], max_tokens = 3, pad_to_max_tokens = true));
    let _ = model!(Input(1, dtype = string) => TextVectorization(vocabulary = ["a", "b"], max_tokens = 3, pad_to_max_tokens = true));
}
