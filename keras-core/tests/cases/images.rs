//! Layers that change images while training: what is drawn, and what comes of it.

use keras_core::Result;
use keras_core::model::Value;
use keras_core::tensor::Raw;

use super::super::{python, run_alone};
use super::noise::run;

/// `n` copies of an image of values from 0 to below 1, no two alike.
fn copies(n: usize, size: usize) -> Vec<f32> {
    let image: Vec<f32> = (0..size).map(|i| (i * 37 % size) as f32 / size as f32).collect();
    image.repeat(n)
}

/// Whether all lie between two numbers, up to rounding, and reach most of the way from one to the other.
fn fills(x: &[f64], low: f64, high: f64) {
    let (least, most) = x.iter().fold((f64::MAX, f64::MIN), |(a, b), x| (a.min(*x), b.max(*x)));
    assert!(least > low - 1e-4 && most < high + 1e-4, "{least} to {most}, not {low} to {high}");
    let reach = 0.9 * (high - low);
    assert!(most - least >= reach, "only {least} to {most} of {low} to {high}");
}

/// Whether `count` of `n` happened that happen with a probability: within five standard deviations.
fn happened(count: usize, n: usize, probability: f64) {
    let (mean, deviation) = (n as f64 * probability, (n as f64 * probability * (1.0 - probability)).sqrt());
    assert!((count as f64 - mean).abs() <= 5.0 * deviation, "{count} of {n}, not {mean}");
}

#[test]
fn every_random_layer_draws_for_each_image_and_is_fixed_by_its_seed() -> Result<()> {
    let x = copies(6, 48);
    for arguments in [
        "RandomRotation(0.2",
        "RandomZoom(0.3",
        "RandomTranslation(0.3, 0.3",
        "RandomShear(0.4, 0.4",
        "RandomPerspective((1, 1)",
        "RandomElasticTransform((1, 1), (1, 1), value_range=(0, 1)",
        "RandomBrightness(0.3, (0, 1)",
        "RandomContrast(0.5, (0, 1)",
        "RandomSaturation(0.5, (0, 1)",
        "RandomHue(0.5, (0, 1)",
        "RandomColorDegeneration(0.5, (0, 1)",
        "RandomColorJitter((0, 1), 0.1, 0.1, 0.1, 0.1",
        "RandomSharpness(0.5, (0, 1)",
        "RandomErasing((1, 1), value_range=(0, 1)",
        "Solarization(0.5, 0.5, (0, 1)",
    ] {
        let layer = |more: &str, step| run(&format!("{arguments}{more})"), &x, &[6, 4, 4, 3], step);
        let y = layer(", seed=3", 4)?;
        assert_eq!(y, layer(", seed=3", 4)?, "{arguments}");
        assert_ne!(y, layer(", seed=3", 5)?, "{arguments}");
        assert_ne!(y, layer(", seed=4", 4)?, "{arguments}");
        assert_ne!(y, layer("", 4)?, "{arguments}");
        let mut images: Vec<&[f32]> = y.chunks(48).collect();
        images.dedup();
        assert_eq!(images.len(), 6, "{arguments}");
        assert!(y.iter().all(|y| (-1e-5..=1.00001).contains(y)), "{arguments} {y:?}");
    }
    for layer in [
        "RandomFlip(",
        "RandomGrayscale(0.5",
        "RandomInvert((0.5, 0.5), (0, 1)",
        "RandomPosterization(8, (0, 1)",
    ] {
        let run = |seed, step| {
            let comma = if layer.ends_with('(') { "" } else { ", " };
            run(&format!("{layer}{comma}seed={seed})"), &copies(40, 12), &[40, 2, 2, 3], step)
        };
        assert_eq!(run(3, 4)?, run(3, 4)?, "{layer}");
        assert!(run(3, 4)? != run(3, 5)? && run(3, 4)? != run(4, 4)?, "{layer}");
    }
    Ok(())
}

#[test]
fn half_of_the_images_are_flipped() -> Result<()> {
    let x: Vec<f32> = (0..2400).map(|i| (i % 6) as f32).collect();
    for (source, shape, flipped) in [
        ("RandomFlip()", [400, 2, 3, 1], [5.0, 4.0, 3.0, 2.0, 1.0, 0.0]),
        ("RandomFlip('horizontal')", [400, 2, 3, 1], [2.0, 1.0, 0.0, 5.0, 4.0, 3.0]),
        ("RandomFlip('vertical')", [400, 2, 3, 1], [3.0, 4.0, 5.0, 0.0, 1.0, 2.0]),
        (
            "RandomFlip('vertical', data_format='channels_first')",
            [400, 1, 3, 2],
            [4.0, 5.0, 2.0, 3.0, 0.0, 1.0],
        ),
    ] {
        let y = run(source, &x, &shape, 1)?;
        let count = y.chunks(6).filter(|image| *image == flipped).count();
        assert_eq!(y.chunks(6).filter(|image| *image == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]).count(), 400 - count);
        happened(count, 400, 0.5);
    }
    Ok(())
}

/// How columns and rows of the middle of images come of those that there were: `[column by column, column by row, row by
/// column, row by row, column, row]`, the last two those of the middle, in pixels from there.
fn seen(source: &str, n: usize) -> Result<Vec<[f64; 6]>> {
    let (height, width) = (15, 21);
    let image: Vec<f32> =
        (0..height * width).flat_map(|i| [(i % width) as f32, (i / width) as f32]).collect();
    let y = run(source, &image.repeat(n), &[n, height, width, 2], 1)?;
    let at = |i: usize, row: usize, column: usize, k: usize| {
        f64::from(y[((i * height + row) * width + column) * 2 + k])
    };
    let (row, column) = (height / 2, width / 2);
    let of = |i: usize| {
        let by_column = |k| at(i, row, column + 1, k) - at(i, row, column, k);
        let by_row = |k| at(i, row + 1, column, k) - at(i, row, column, k);
        let moved = [at(i, row, column, 0) - column as f64, at(i, row, column, 1) - row as f64];
        [by_column(0), by_row(0), by_column(1), by_row(1), moved[0], moved[1]]
    };
    Ok((0..n).map(of).collect())
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-4
}

#[test]
fn turns_zooms_shifts_and_shears_are_drawn_from_their_bounds() -> Result<()> {
    let part = |seen: &[[f64; 6]], k: usize| seen.iter().map(|x| x[k]).collect::<Vec<f64>>();
    let turned = seen("RandomRotation(0.1)", 200)?;
    let angles: Vec<f64> = turned.iter().map(|x| x[2].atan2(x[0])).collect();
    fills(&angles, -0.2 * std::f64::consts::PI, 0.2 * std::f64::consts::PI);
    for ([a0, a1, b0, b1, x, y], angle) in turned.iter().zip(&angles) {
        let (sin, cos) = angle.sin_cos();
        assert!(near(*a0, cos) && near(*a1, -sin) && near(*b0, sin) && near(*b1, cos));
        assert!(near(*x, 0.0) && near(*y, 0.0));
    }
    let zoomed = seen("RandomZoom(0.3)", 200)?;
    fills(&part(&zoomed, 0), 0.7, 1.3);
    assert!(zoomed.iter().all(|x| near(x[0], x[3]) && near(x[1], 0.0) && near(x[2], 0.0) && near(x[4], 0.0)));
    let zoomed = seen("RandomZoom((-0.5, -0.2), (0.1, 0.2))", 200)?;
    fills(&part(&zoomed, 0), 1.1, 1.2);
    fills(&part(&zoomed, 3), 0.5, 0.8);
    let shifted = seen("RandomTranslation(0.2, (-0.1, 0.05))", 200)?;
    fills(&part(&shifted, 5), -3.0, 3.0);
    fills(&part(&shifted, 4), -1.05, 2.1);
    assert!(shifted.iter().all(|x| near(x[0], 1.0) && near(x[1], 0.0) && near(x[2], 0.0) && near(x[3], 1.0)));
    // The places lie about the corner, and the middle moves with them.
    let sheared = seen("RandomShear(0.1, (0.1, 0.2), 'bilinear', 'nearest')", 300)?;
    fills(&part(&sheared, 1), -0.1, 0.1);
    let down: Vec<f64> = part(&sheared, 2);
    fills(&down.iter().map(|x| x.abs()).collect::<Vec<_>>(), 0.1, 0.2);
    happened(down.iter().filter(|x| **x > 0.0).count(), 300, 0.5);
    assert!(sheared.iter().all(|x| near(x[0], 1.0) && near(x[3], 1.0) && near(x[4], 7.0 * x[1])));
    Ok(())
}

#[test]
fn perspectives_keep_the_first_corner_and_come_as_often_as_they_should() -> Result<()> {
    let (n, size) = (300, 8);
    let image: Vec<f32> = (0..size * size).map(|i| 1.0 + (i / size) as f32).collect();
    let x = image.repeat(n);
    let y = run("RandomPerspective((0.3, 0.3), 0.4)", &x, &[n, size, size, 1], 1)?;
    let changed = y.chunks(size * size).filter(|y| *y != image).count();
    happened(changed, n, 0.3);
    assert!(y.chunks(size * size).all(|y| (y[0] - 1.0).abs() < 1e-4));
    // The probability is drawn too: between 0 and 1 it is a half.
    let y = run("RandomPerspective(1.0, 0.4)", &x, &[n, size, size, 1], 1)?;
    happened(y.chunks(size * size).filter(|y| *y != image).count(), n, 0.5);
    Ok(())
}

#[test]
fn elastic_transforms_move_pixels_as_far_as_the_blur_leaves_of_the_noise() -> Result<()> {
    let (n, size) = (400, 20);
    let image: Vec<f32> = (0..size * size).flat_map(|i| [(i % size) as f32, (i / size) as f32]).collect();
    let source = "RandomElasticTransform((1, 1), (1, 1), value_range=(-100, 100))";
    let y = run(source, &image.repeat(n), &[n, size, size, 2], 1)?;
    let middle = |k: usize| -> Vec<f64> {
        let at = |i: usize| f64::from(y[i * size * size * 2 + (10 * size + 10) * 2 + k]) - 10.0;
        (0..n).map(at).collect()
    };
    let (columns, rows) = (middle(0), middle(1));
    // sigma is 1, alpha 2, and seven weights count.
    let bell: Vec<f64> = (-3..=3).map(|i| (-0.5 * f64::from(i * i)).exp()).collect();
    let sum: f64 = bell.iter().sum();
    let deviation = 2.0 * bell.iter().map(|x| (x / sum).powi(2)).sum::<f64>();
    for moved in [&columns, &rows] {
        let found = (moved.iter().map(|x| x * x).sum::<f64>() / n as f64).sqrt();
        assert!((found / deviation - 1.0).abs() < 5.0 / (2.0 * n as f64).sqrt(), "{found} {deviation}");
    }
    let together: f64 = columns.iter().zip(&rows).map(|(a, b)| a * b).sum::<f64>() / n as f64;
    assert!(together.abs() < 5.0 * deviation * deviation / (n as f64).sqrt(), "{together}");
    Ok(())
}

#[test]
fn brightness_and_contrast_are_one_number_for_each_image() -> Result<()> {
    let image = [0.4f32, 0.5, 0.6, 0.45, 0.55, 0.5];
    let y = run("RandomBrightness((-0.3, 0.2), (0, 1))", &image.repeat(200), &[200, 3, 2, 1], 1)?;
    let by: Vec<f64> = y.chunks(6).map(|y| f64::from(y[1] - image[1])).collect();
    fills(&by, -0.3, 0.2);
    let same = |(y, by): (&[f32], &f64)| y.iter().zip(image).all(|(y, x)| near(f64::from(y - x), *by));
    assert!(y.chunks(6).zip(&by).all(same));
    let y = run("RandomContrast((0.3, 0.5), (0, 1))", &image.repeat(200), &[200, 3, 2, 1], 1)?;
    let by: Vec<f64> = y.chunks(6).map(|y| f64::from(y[2] - 0.5) / 0.1).collect();
    fills(&by, 0.7, 1.5);
    let same = |(y, by): (&[f32], &f64)| {
        y.iter().zip(image).all(|(y, x)| near(f64::from(*y), 0.5 + f64::from(x - 0.5) * by))
    };
    assert!(y.chunks(6).zip(&by).all(same));
    // Beyond the range nothing is left.
    let y = run("RandomBrightness((1, 1), (0, 1))", &image, &[1, 3, 2, 1], 1)?;
    assert_eq!(y, [1.0; 6]);
    Ok(())
}

#[test]
fn what_happens_to_some_images_happens_to_their_share() -> Result<()> {
    let x = copies(400, 12);
    let count = |source: &str| -> Result<usize> {
        let y = run(source, &x, &[400, 2, 2, 3], 1)?;
        Ok(y.chunks(12).filter(|y| *y != &x[..12]).count())
    };
    happened(count("RandomGrayscale(0.3)")?, 400, 0.3);
    happened(count("RandomInvert((0.2, 0.2), (0, 1))")?, 400, 0.2);
    happened(count("RandomInvert(1.0, (0, 1))")?, 400, 0.5);
    happened(count("RandomGaussianBlur((0.7, 0.7), value_range=(0, 1))")?, 400, 0.7);
    happened(count("RandomErasing((0.4, 0.4), (1, 1), 0.5, (0, 1))")?, 400, 0.4);
    happened(count("RandomElasticTransform((0.6, 0.6), (1, 1), value_range=(0, 1))")?, 400, 0.6);
    Ok(())
}

#[test]
fn posterization_leaves_one_to_seven_bits() -> Result<()> {
    let bytes: Vec<f32> = (0..256).map(|i| i as f32).collect();
    let y = run("RandomPosterization(8)", &bytes.repeat(150), &[150, 16, 16, 1], 1)?;
    let mut seen = [0; 9];
    for y in y.chunks(256) {
        let mut left = y.to_vec();
        left.dedup();
        let bits = left.len().ilog2();
        assert!((0..256).all(|i| y[i] == (i >> (8 - bits) << (8 - bits)) as f32), "{bits}");
        seen[bits as usize] += 1;
    }
    assert!(seen[0] == 0 && seen[8] == 0 && seen[1..8].iter().all(|n| *n > 0), "{seen:?}");
    Ok(())
}

#[test]
fn erased_is_a_rectangle_of_the_size_that_was_asked_for() -> Result<()> {
    let (n, height, width) = (200, 20, 30);
    let x = vec![0.5f32; n * height * width * 3];
    let source = "RandomErasing((1, 1), (0.1, 0.3), (0.1, 0.9, 2.0), (0, 1))";
    let y = run(source, &x, &[n, height, width, 3], 1)?;
    let mut parts = Vec::new();
    for y in y.chunks(height * width * 3) {
        let erased = |row: usize, column: usize| {
            let pixel = &y[(row * width + column) * 3..][..3];
            assert!(pixel == [0.5; 3] || pixel == [0.1, 0.9, 1.0], "{pixel:?}");
            pixel[0] == 0.1
        };
        let rows: Vec<usize> =
            (0..height).filter(|row| (0..width).any(|column| erased(*row, column))).collect();
        let columns: Vec<usize> = (0..width).filter(|column| erased(rows[0], *column)).collect();
        let runs = |x: &[usize]| x.windows(2).all(|x| x[1] == x[0] + 1);
        assert!(runs(&rows) && runs(&columns));
        assert!(
            rows.iter().all(|row| (0..width).all(|column| erased(*row, column) == columns.contains(&column)))
        );
        parts.push((rows.len() as f64 / height as f64).powi(2));
        parts.push((columns.len() as f64 / width as f64).powi(2));
    }
    // A side is the root of a part, give or take a pixel.
    assert!(parts.iter().all(|part| (0.06..0.4).contains(part)));
    let mean = parts.iter().sum::<f64>() / parts.len() as f64;
    assert!((mean - 0.2).abs() < 0.02, "{mean}");
    let y = run("RandomErasing((1, 1), (1, 1), value_range=(0, 1))", &x, &[n, height, width, 3], 1)?;
    let beyond = y.iter().filter(|y| **y == 0.0).count();
    happened(beyond, y.len(), 0.5);
    assert!(y.iter().all(|y| (0.0..=1.0).contains(y)));
    Ok(())
}

#[test]
fn crops_are_windows_at_one_place_for_a_batch() -> Result<()> {
    let (height, width) = (5, 6);
    let image: Vec<f32> = (0..height * width).map(|i| i as f32).collect();
    let mut starts = [[0; 4]; 4];
    for step in 0..150 {
        let y = run("RandomCrop(2, 3)", &image.repeat(2), &[2, height, width, 1], step)?;
        let start = y[0] as usize;
        let (row, column) = (start / width, start % width);
        let window: Vec<f32> = (0..6).map(|i| ((row + i / 3) * width + column + i % 3) as f32).collect();
        assert_eq!(y, window.repeat(2));
        starts[row][column] += 1;
    }
    assert!(starts.iter().flatten().all(|n| *n > 0), "{starts:?}");
    // Otherwise it is resized.
    let given = |source: &str| -> Result<Vec<f32>> {
        let config = python::layer(source).map_err(keras_core::Error::Argument)?;
        let input = Value::new(Raw::from_f32(image.clone(), &[1, height, width, 1])?);
        run_alone(&config, &[input], None)?.remove(0).data.to_vec()
    };
    assert_eq!(given("RandomCrop(2, 3)")?, given("Resizing(2, 3, crop_to_aspect_ratio=True)")?);
    Ok(())
}

/// What a layer makes of images and labels while training.
fn with_labels(source: &str, n: usize, side: usize, step: u64) -> Result<[Vec<f32>; 2]> {
    let config = python::layer(source).map_err(keras_core::Error::Argument)?;
    // The image of class i is all of i.
    let images: Vec<f32> = (0..n * side * side).map(|i| (i / (side * side)) as f32).collect();
    let labels: Vec<f32> = (0..n * n).map(|i| if i / n == i % n { 1.0 } else { 0.0 }).collect();
    let inputs = [
        Value::new(Raw::from_f32(images, &[n, side, side, 1])?),
        Value::new(Raw::from_f32(labels, &[n, n])?),
    ];
    let mut outputs = run_alone(&config, &inputs, Some([7, step]))?;
    let labels = outputs.remove(1).data.to_vec()?;
    Ok([outputs.remove(0).data.to_vec()?, labels])
}

#[test]
fn labels_are_mixed_as_their_images_are() -> Result<()> {
    let (n, side) = (64, 8);
    for step in 0..3 {
        let [images, labels] = with_labels("MixUp(1.0)", n, side, step)?;
        let mut own = Vec::new();
        for (i, (image, label)) in images.chunks(side * side).zip(labels.chunks(n)).enumerate() {
            let mean: f32 = label.iter().enumerate().map(|(j, weight)| j as f32 * weight).sum();
            assert!(image.iter().all(|x| (x - mean).abs() < 1e-3), "{image:?} {mean}");
            assert!((label.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            assert!(label.iter().filter(|weight| **weight > 0.0).count() <= 2);
            own.push(f64::from(label[i]));
        }
        // Beta(1, 1) is uniform.
        fills(&own, 0.0, 1.0);

        let [images, labels] = with_labels("CutMix()", n, side, step)?;
        let mut cut = 0;
        for (i, (image, label)) in images.chunks(side * side).zip(labels.chunks(n)).enumerate() {
            assert!((label.iter().sum::<f32>() - 1.0).abs() < 1e-5);
            let others: Vec<f32> = image.iter().copied().filter(|x| *x != i as f32).collect();
            cut += usize::from(!others.is_empty());
            // As many pixels as the label says, but for rounding at four edges.
            let Some(other) = others.first() else { continue };
            assert!(others.iter().all(|x| x == other));
            let part = others.len() as f32 / (side * side) as f32;
            assert!((label[*other as usize] - part).abs() < 0.3, "{label:?} {part}");
        }
        assert!(cut > n / 3, "{cut}");
    }
    Ok(())
}

#[test]
fn the_rectangles_of_cut_mix_are_as_large_as_labels_say() -> Result<()> {
    let (n, side) = (50, 16);
    let mut difference = 0.0;
    for step in 0..6 {
        let [images, labels] = with_labels("CutMix((1, 1))", n, side, step)?;
        for (i, (image, label)) in images.chunks(side * side).zip(labels.chunks(n)).enumerate() {
            let stayed = image.iter().filter(|x| **x == i as f32).count() as f32 / (side * side) as f32;
            difference += f64::from(stayed - label[i]) / (6 * n) as f64;
        }
    }
    assert!(difference.abs() < 0.02, "{difference}");
    Ok(())
}

#[test]
fn rand_augment_chooses_each_of_its_eleven() -> Result<()> {
    let x: Vec<f32> = (0..48).map(|i| (i * 5 % 48 + 100) as f32).collect();
    let (mut same, mut turned, n) = (0, 0, 66);
    for step in 0..n {
        let y = run("RandAugment(num_ops=1, factor=0.0)", &x, &[1, 4, 4, 3], step)?;
        let like = |f: fn(f32) -> f32| y.iter().zip(&x).all(|(y, x)| (y - f(*x)).abs() < 1e-3);
        same += usize::from(like(|x| x));
        turned += usize::from(like(|x| 255.0 - x));
    }
    // Shear, translation, rotation, brightness, colours and contrast change nothing here; solarization turns all.
    happened(same, n as usize, 6.0 / 11.0);
    happened(turned, n as usize, 1.0 / 11.0);
    assert!(turned > 0);
    Ok(())
}

#[test]
fn aug_mix_stays_in_the_range_and_is_fixed_by_its_seed() -> Result<()> {
    let x = copies(2, 48);
    for more in [
        ", all_ops=False, num_chains=2",
        ", num_chains=1, chain_depth=1",
        ", factor=0.9, alpha=0.3, chain_depth=1",
    ] {
        let run = |step| run(&format!("AugMix((0, 1), seed=5{more})"), &x, &[2, 4, 4, 3], step);
        let y = run(1)?;
        assert!(y.iter().all(|y| (0.0..=1.0).contains(y)), "{y:?}");
        assert_eq!(y, run(1)?);
        assert!((2..8).any(|step| run(step).is_ok_and(|other| other != y)));
    }
    // What lies between an image and itself is that image.
    let y = run("AugMix((0, 1), alpha=1.0, factor=0.0, all_ops=False)", &[0.5; 48], &[1, 4, 4, 3], 3)?;
    assert!(y.iter().all(|y| (0.0..=1.0).contains(y)));
    Ok(())
}
