//! Folders of images beside the numbers of Keras (`tests/keras/make_images.py`).

use std::path::PathBuf;

use keras_core::data::npy::Npz;
use keras_core::data::{ColorMode, ImageFolder, Resampling, Subset, image_dataset_from_directory};
use keras_core::prelude::*;
use ndarray::{ArrayD, IxDyn};

fn folder() -> PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/images")
}

fn numbers(name: &str) -> ArrayD<f32> {
    Npz::open(folder().join("numbers.npz"))
        .and_then(|mut file| file.read::<f32, IxDyn>(name))
        .expect("numbers of Keras")
}

fn read() -> ImageFolder {
    image_dataset_from_directory(folder()).shuffle(false).image_size([6, 4])
}

/// PNG files to 1e-2 of 255, in which Keras's cubic has a table; JPEG to 4: TensorFlow decodes these by its fast and less exact transform.
fn compare(name: &str, images: &keras_core::data::Images) {
    let (found, wanted) = (images.images().expect("images"), numbers(&format!("{name}/images")));
    assert_eq!(found.shape(), wanted.shape(), "{name}");
    for ((path, found), wanted) in images.paths().zip(found.outer_iter()).zip(wanted.outer_iter()) {
        let tolerance = if path.extension().is_some_and(|e| e == "jpg") { 4.0 } else { 1e-2 };
        for (i, (found, wanted)) in found.iter().zip(&wanted).enumerate() {
            let near = (found - wanted).abs() <= tolerance;
            assert!(near, "{name}, {}: number {i} is {found}, in Keras {wanted}", path.display());
        }
    }
}

#[test]
fn images_are_those_of_keras() -> keras_core::Result<()> {
    let rgb = read().read()?;
    compare("rgb", &rgb);
    assert_eq!(rgb.class_names(), ["cat", "dog", "owl"]);
    assert_eq!(rgb.labels().mapv(|l| l as f32).into_dyn(), numbers("rgb/labels"));
    let grey = read().color_mode(ColorMode::Grayscale).read()?;
    compare("grey", &grey);
    assert_eq!(grey.categorical().into_dyn(), numbers("grey/labels"));
    let rgba = read().color_mode(ColorMode::Rgba).interpolation(Resampling::Nearest);
    compare("rgba", &rgba.class_names(["cat"]).read()?);
    compare("cubic", &read().interpolation(Resampling::Bicubic).image_size([9, 11]).read()?);
    compare("crop", &read().crop_to_aspect_ratio(true).image_size([5, 5]).read()?);
    compare("pad", &read().pad_to_aspect_ratio(true).image_size([5, 8]).read()?);
    let two = read().class_names(["owl", "cat"]).read()?;
    compare("two", &two);
    assert_eq!(two.binary()?.into_raw_vec_and_offset().0, numbers("two/labels").into_raw_vec_and_offset().0);
    compare("train", &read().validation_split(0.4).subset(Subset::Training).read()?);
    compare("rest", &read().validation_split(0.4).subset(Subset::Validation).read()?);
    Ok(())
}

#[test]
fn a_model_is_trained_on_batches_from_a_folder() -> keras_core::Result<()> {
    let images = read().shuffle(true).seed(3).read()?;
    let sizes: Vec<usize> = images.batches(3).map(|batch| batch.expect("images").0.shape()[0]).collect();
    assert_eq!(sizes, [3, 3, 1]);
    let mut model =
        model!(Input(6, 4, 3) => Rescaling(1. / 255) => Flatten() => Dense(3, activation = softmax)).compile(
            Adam::new(0.01),
            SparseCategoricalCrossentropy::new(),
            (),
        );
    let history = model
        .fit_batches(|| images.batches(3).map(|batch| batch.expect("images")))
        .epochs(20)
        .verbose(0)
        .run()?;
    let losses = history.get("loss").expect("losses");
    assert!(losses[19] < losses[0], "{losses:?}");
    Ok(())
}

#[test]
fn what_cannot_be_is_refused() {
    let told = |folder: ImageFolder| folder.read().expect_err("a mistake").to_string();
    assert!(told(read().subset(Subset::Training)).contains("`validation_split`"));
    assert!(told(read().validation_split(0.1)).contains("`subset`"));
    assert!(told(read().validation_split(1.5).subset(Subset::Training)).contains("above 0 and below 1"));
    assert!(told(read().crop_to_aspect_ratio(true).pad_to_aspect_ratio(true)).contains("not both"));
    assert!(
        told(read().class_names(["fish"])).contains("there is no folder `fish`; there are: cat, dog, owl")
    );
    assert!(told(read().labels([1, 2])).contains("2 labels for the 7 files"));
    assert!(read().read().expect("images").binary().expect_err("3 classes").to_string().contains("found 3"));
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("a")).expect("a folder");
    for (name, bytes) in
        [("1.png", &b"GIF89a"[..]), ("2.png", b"\x89PNG\r\n\x1a\n"), ("3.jpg", b"\xff\xd8\xff")]
    {
        std::fs::write(folder.path().join("a").join(name), bytes).expect("a file");
    }
    for i in 0..3 {
        let one = image_dataset_from_directory(folder.path()).shuffle(false).read().expect("files");
        let error = one.batches(1).nth(i).expect("a batch").expect_err("no image").to_string();
        assert!(error.contains(&format!("{}.", i + 1)) && error.contains("the image"), "{error}");
    }
}

/// The order is that of Keras: `image_dataset_from_directory(..., seed=7).file_paths`.
#[test]
fn the_order_of_a_seed_is_that_of_keras() -> keras_core::Result<()> {
    let images = read().shuffle(true).seed(7).read()?;
    let names: Vec<String> = images
        .paths()
        .map(|path| path.strip_prefix(folder()).expect("a path").to_string_lossy().replace('\\', "/"))
        .collect();
    assert_eq!(names, ORDER);
    Ok(())
}

const ORDER: [&str; 7] =
    ["cat/deep/c.png", "owl/few.png", "cat/a.png", "owl/grey.PNG", "dog/a.png", "cat/b.png", "dog/photo.jpg"];
