//! Images in another size, with the numbers of `tf.image.resize`, in which Keras reads folders.

use super::Resampling;
use super::decode::Pixels;

/// From which places along an axis, and by how much of each, an element comes.
type Taps = Vec<Vec<(usize, f32)>>;

/// The image in `height` rows and `width` columns.
pub(super) fn resize(image: &Pixels, [height, width]: [usize; 2], how: Resampling) -> Pixels {
    let channels = image.values.len() / (image.height * image.width).max(1);
    let (rows, columns) = (taps(image.height, height, how), taps(image.width, width, how));
    let mut values = Vec::with_capacity(height * width * channels);
    for row in &rows {
        for column in &columns {
            for channel in 0..channels {
                let at = |y: usize, x: usize| image.values[(y * image.width + x) * channels + channel];
                let along = |y: usize| column.iter().map(|(x, weight)| at(y, *x) * weight).sum::<f32>();
                values.push(row.iter().map(|(y, weight)| along(*y) * weight).sum());
            }
        }
    }
    Pixels { height, width, values }
}

fn taps(from: usize, to: usize, how: Resampling) -> Taps {
    let scale = from as f32 / to as f32;
    let last = from - 1;
    (0..to)
        .map(|i| match how {
            Resampling::Nearest => {
                vec![((((i as f32 + 0.5) * scale).floor() as usize).min(last), 1.0)]
            }
            Resampling::Bilinear => {
                let place = (i as f32 + 0.5) * scale - 0.5;
                let below = place.floor();
                let share = place - below;
                let at = |x: f32| (x.max(0.0) as usize).min(last);
                vec![(at(below), 1.0 - share), (at(below + 1.0), share)]
            }
            Resampling::Bicubic => cubic((i as f32 + 0.5) * scale - 0.5, from),
        })
        .collect()
}

/// Four places with the weights of Keys's cubic, which TensorFlow has in a table of 1024 steps; what lies outside has none.
fn cubic(place: f32, from: usize) -> Vec<(usize, f32)> {
    const A: f32 = -0.5;
    let below = place.floor();
    let share = ((place - below) * 1024.0).round_ties_even() / 1024.0;
    let near = |x: f32| ((A + 2.0) * x - (A + 3.0)) * x * x + 1.0;
    let far = |x: f32| ((A * x - 5.0 * A) * x + 8.0 * A) * x - 4.0 * A;
    let weights = [far(share + 1.0), near(share), near(1.0 - share), far(2.0 - share)];
    let places = (0..4).map(|k| below as i64 + k - 1).zip(weights);
    let inside: Vec<(usize, f32)> =
        places.filter_map(|(x, w)| usize::try_from(x).ok().filter(|x| *x < from).map(|x| (x, w))).collect();
    let sum: f32 = inside.iter().map(|(_, weight)| weight).sum();
    inside.into_iter().map(|(x, weight)| (x, if sum.abs() > 1e-3 { weight / sum } else { weight })).collect()
}

/// Cuts off what sticks out beyond the ratio of the wanted size, as `keras.utils.image_utils.smart_resize`, then resizes.
pub(super) fn cropped(image: &Pixels, [height, width]: [usize; 2], how: Resampling) -> Pixels {
    let part = |of: usize, by: usize, over: usize| ((of * by) as f64 / over as f64) as usize;
    let rows = part(image.width, height, width).min(image.height).max(1);
    let columns = part(image.height, width, height).min(image.width).max(1);
    let (top, left) = ((image.height - rows) / 2, (image.width - columns) / 2);
    let channels = image.values.len() / (image.height * image.width).max(1);
    let mut values = Vec::with_capacity(rows * columns * channels);
    for row in image.values.chunks_exact(image.width * channels).skip(top).take(rows) {
        values.extend_from_slice(&row[left * channels..(left + columns) * channels]);
    }
    resize(&Pixels { height: rows, width: columns, values }, [height, width], how)
}

/// Resizes as far as all of the image fits, and fills up with zeros, as `tf.image.resize_with_pad`.
pub(super) fn padded(image: &Pixels, [height, width]: [usize; 2], how: Resampling) -> Pixels {
    let (h, w) = (image.height as f32, image.width as f32);
    let ratio = (w / width as f32).max(h / height as f32);
    let (rows, columns) = (h / ratio, w / ratio);
    let offset = |whole: usize, part: f32| ((whole as f32 - part) / 2.0).floor().max(0.0) as usize;
    let (top, left) = (offset(height, rows), offset(width, columns));
    let whole = |part: f32, most: usize| (part.floor() as usize).clamp(1, most);
    let small = resize(image, [whole(rows, height), whole(columns, width)], how);
    let channels = small.values.len() / (small.height * small.width);
    let mut values = vec![0.0; height * width * channels];
    let rows = values.chunks_exact_mut(width * channels).skip(top);
    for (row, small) in rows.zip(small.values.chunks_exact(small.width * channels)) {
        row[left * channels..][..small.len()].copy_from_slice(small);
    }
    Pixels { height, width, values }
}
