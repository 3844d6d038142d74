//! Examples of [keras.io](https://keras.io/examples/), each a page: its model as it is there, on data that comes with these
//! examples or is made up (each says which), and a number that shows what was learnt.
//!
//!     cargo run --release -p keras-examples --example keras_io              # all, a line each
//!     cargo run --release -p keras-examples --example keras_io -- siamese   # one
//!
//! They are one program because linking is what costs.

mod data;

macro_rules! examples {
    ($($name:ident: $page:literal,)*) => {
        $(mod $name;)*
        /// Name, page below keras.io/examples, and what runs it.
        const EXAMPLES: &[(&str, &str, fn() -> keras_core::Result<String>)] =
            &[$((stringify!($name), $page, $name::run)),*];
    };
}

examples! {
    siamese: "vision/siamese_contrastive",
    unet: "vision/oxford_pets_image_segmentation",
    autoencoder: "vision/autoencoder",
    captcha: "vision/captcha_ocr",
    attention_mil: "vision/attention_mil_classification",
    grad_cam: "vision/grad_cam",
    metric_learning: "vision/metric_learning",
    structured_data: "structured_data/structured_data_classification_from_scratch",
    collaborative_filtering: "structured_data/collaborative_filtering_movielens",
    anomaly_detection: "timeseries/timeseries_anomaly_detection",
    knowledge_distillation: "vision/knowledge_distillation",
    text_classification: "nlp/text_classification_from_scratch",
    bidirectional_lstm: "nlp/bidirectional_lstm_imdb",
    addition_rnn: "nlp/addition_rnn",
    conv_lstm: "vision/conv_lstm",
    mixup: "vision/mixup",
    super_resolution: "vision/super_resolution_sub_pixel",
    imbalanced: "structured_data/imbalanced_classification",
    timeseries_classification: "timeseries/timeseries_classification_from_scratch",
    speaker_recognition: "audio/speaker_recognition_using_cnn",
    pointnet: "vision/pointnet",
    vision_transformer: "vision/image_classification_with_vision_transformer",
    memory_efficient_embeddings: "keras_recipes/memory_efficient_embeddings",
}

fn main() -> keras_core::Result<()> {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) = wanted.iter().find(|name| !EXAMPLES.iter().any(|(known, ..)| known == name)) {
        let names: Vec<&str> = EXAMPLES.iter().map(|(name, ..)| *name).collect();
        return Err(keras_core::Error::Argument(format!(
            "no example `{unknown}`; there are {}",
            names.join(", ")
        )));
    }
    for (name, page, run) in EXAMPLES {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            keras_core::prelude::set_random_seed(42);
            let start = std::time::Instant::now();
            let result = run()?;
            println!(
                "{name} (https://keras.io/examples/{page}/), {:.1} s:\n  {result}",
                start.elapsed().as_secs_f32()
            );
        }
    }
    Ok(())
}
