//! Arrays as pictures: images side by side, what a convolution sees, its filters.

use std::path::Path;

use ndarray::{Array4, ArrayView3, ArrayView4, Axis, Ix4, s};

use super::{DataError, write_atomically};
use crate::tensor::Raw;

/// The most pixels of a side.
const MOST: usize = 16_384;

/// Images side by side in one picture, written as PNG.
///
/// What a convolution sees of an image, and its filters:
///
/// ```
/// use keras_core::data::ImageGrid;
/// use keras_core::prelude::*;
///
/// let model = model!(Input(28, 28, 1) => Conv2D(16, 3, activation = relu) => Flatten() => Dense(10));
/// let image = ndarray::Array4::<f32>::from_shape_fn((1, 28, 28, 1), |(_, y, x, _)| (x * y) as f32 / 729.0);
/// # let folder = std::env::temp_dir();
///
/// let seen = model.layer_output("conv2d", &image)?;
/// assert_eq!(seen.shape(), [1, 26, 26, 16]);
/// ImageGrid::features(&seen)?.scale(4).save(folder.join("seen.png"))?;
///
/// let weights = model.weights();
/// let (_, kernel) = weights.iter().find(|(name, _)| name == "conv2d/kernel").unwrap();
/// ImageGrid::filters(kernel)?.columns(4).scale(16).save(folder.join("filters.png"))?;
/// # Ok::<(), keras_core::Error>(())
/// ```
///
/// Each tile is stretched so that its smallest number is black and its largest one white; [`range`](ImageGrid::range) says
/// which numbers are, for all tiles alike.
#[derive(Clone, Debug)]
#[must_use = "`save` writes the picture"]
pub struct ImageGrid {
    /// `(tile, height, width, channels)`, of 1, 3 or 4 channels.
    tiles: Array4<f32>,
    columns: Option<usize>,
    scale: usize,
    gap: usize,
    range: Option<(f32, f32)>,
}

impl ImageGrid {
    fn of(tiles: Array4<f32>) -> Result<Self, DataError> {
        if tiles.is_empty() {
            return Err(wrong("images", format!("an array of shape {:?} has no pixels", tiles.shape())));
        }
        Ok(ImageGrid { tiles, columns: None, scale: 1, gap: 1, range: None })
    }

    /// Images `(image, height, width, channels)` of grey, red, green and blue, or these with how opaque they are.
    ///
    /// # Errors
    /// There are no pixels, or other numbers of channels than 1, 3 and 4.
    pub fn images<'a>(images: impl Into<ArrayView4<'a, f32>>) -> Result<Self, DataError> {
        let images = images.into();
        match images.dim().3 {
            1 | 3 | 4 => Self::of(images.to_owned()),
            channels => Err(wrong("images", format!("1, 3 or 4 channels are an image, found {channels}"))),
        }
    }

    /// What a layer gives for images, `(batch, height, width, channels)`: a tile of grey for each channel, image by image.
    ///
    /// # Errors
    /// The tensor has other axes, or no numbers.
    pub fn features(maps: &Raw) -> Result<Self, DataError> {
        let maps = four_axes("maps", maps, "(batch, height, width, channels)")?;
        let (batch, height, width, channels) = maps.dim();
        let by_channel = maps.permuted_axes([0, 3, 1, 2]);
        let values = by_channel.iter().copied().collect();
        Self::of(shaped((batch * channels, height, width, 1), values)?)
    }

    /// The kernel of a convolution, `(height, width, channels, filters)`: a tile for each filter, in colours where it has 3
    /// channels; of more or fewer channels a tile of grey for each of them, filter by filter.
    ///
    /// # Errors
    /// The tensor has other axes, or no numbers.
    pub fn filters(kernel: &Raw) -> Result<Self, DataError> {
        let kernel = four_axes("kernel", kernel, "(height, width, channels, filters)")?;
        let (height, width, channels, filters) = kernel.dim();
        if channels == 3 {
            let values = kernel.permuted_axes([3, 0, 1, 2]).iter().copied().collect();
            return Self::of(shaped((filters, height, width, 3), values)?);
        }
        let values = kernel.permuted_axes([3, 2, 0, 1]).iter().copied().collect();
        Self::of(shaped((filters * channels, height, width, 1), values)?)
    }

    /// How many tiles stand side by side; so many that the picture is about square if this is not set.
    pub fn columns(mut self, columns: usize) -> Self {
        self.columns = Some(columns);
        self
    }

    /// How many pixels wide and high each number is: 1 if this is not set.
    pub fn scale(mut self, scale: usize) -> Self {
        self.scale = scale;
        self
    }

    /// How many pixels of white are between tiles: 1 if this is not set.
    pub fn gap(mut self, gap: usize) -> Self {
        self.gap = gap;
        self
    }

    /// The numbers that are black and white; `(0.0, 255.0)` for images of bytes, `(0.0, 1.0)` for those of shares.
    pub fn range(mut self, black: f32, white: f32) -> Self {
        self.range = Some((black, white));
        self
    }

    /// The picture as PNG.
    ///
    /// # Errors
    /// It would be larger than 16384 pixels on a side, or has no tile in a row.
    pub fn to_png(&self) -> Result<Vec<u8>, DataError> {
        let (pixels, [width, height]) = self.pixels()?;
        let side = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        png_of(&pixels, [side(width), side(height)], self.tiles.dim().3)
            .map_err(|error| wrong("images", error.to_string()))
    }

    /// Writes the picture as PNG. The file is either whole or as it was before.
    ///
    /// # Errors
    /// As [`to_png`](ImageGrid::to_png); the path does not end in `.png`, or the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), DataError> {
        let path = path.as_ref();
        if !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("png")) {
            return Err(wrong("path", format!("a picture is written as `.png`, not as {}", path.display())));
        }
        let bytes = self.to_png()?;
        write_atomically(path, |out| std::io::Write::write_all(out, &bytes))
    }

    /// The pixels row by row, and width and height.
    fn pixels(&self) -> Result<(Vec<u8>, [usize; 2]), DataError> {
        let (count, height, width, channels) = self.tiles.dim();
        let columns = self.columns.unwrap_or_else(|| (count as f64).sqrt().ceil() as usize).min(count);
        if columns == 0 || self.scale == 0 {
            let name = if columns == 0 { "columns" } else { "scale" };
            return Err(wrong(name, "must be at least 1".into()));
        }
        let side = |tiles: usize, length: usize| {
            let of_tiles = length.checked_mul(self.scale)?.checked_mul(tiles)?;
            of_tiles.checked_add(self.gap.checked_mul(tiles - 1)?).filter(|side| *side <= MOST)
        };
        let rows = count.div_ceil(columns);
        let (Some(w), Some(h)) = (side(columns, width), side(rows, height)) else {
            let problem = format!("{columns} by {rows} tiles are more than {MOST} pixels on a side");
            return Err(wrong("scale", problem));
        };
        let mut pixels = vec![255; w * h * channels];
        for (i, tile) in self.tiles.axis_iter(Axis(0)).enumerate() {
            let (left, top) = (
                (i % columns) * (width * self.scale + self.gap),
                (i / columns) * (height * self.scale + self.gap),
            );
            let bytes = self.shade(tile);
            for y in 0..height * self.scale {
                for x in 0..width * self.scale {
                    let from = ((y / self.scale) * width + x / self.scale) * channels;
                    let to = ((top + y) * w + left + x) * channels;
                    pixels[to..to + channels].copy_from_slice(&bytes[from..from + channels]);
                }
            }
        }
        Ok((pixels, [w, h]))
    }

    /// The numbers of a tile from 0 to 255, in order.
    fn shade(&self, tile: ArrayView3<'_, f32>) -> Vec<u8> {
        let colours = tile.dim().2.min(3);
        let (low, high) = self.range.unwrap_or_else(|| {
            let finite = tile
                .slice(s![.., .., ..colours])
                .iter()
                .copied()
                .filter(|n| n.is_finite())
                .collect::<Vec<_>>();
            let low = finite.iter().copied().fold(f32::INFINITY, f32::min);
            (low, finite.iter().copied().fold(f32::NEG_INFINITY, f32::max))
        });
        let (low, high) = (f64::from(low), f64::from(high));
        let byte = |number: f32| {
            let share = (f64::from(number) - low) / (high - low);
            // A tile of one number is grey; what is none is black.
            let share = if high > low { share } else { 0.5 };
            (share.clamp(0.0, 1.0) * 255.0).round() as u8
        };
        tile.iter().map(|number| byte(*number)).collect()
    }
}

fn wrong(name: &'static str, problem: String) -> DataError {
    DataError::Argument { name, problem }
}

fn shaped(shape: (usize, usize, usize, usize), values: Vec<f32>) -> Result<Array4<f32>, DataError> {
    Array4::from_shape_vec(shape, values).map_err(|error| wrong("images", error.to_string()))
}

fn four_axes(name: &'static str, tensor: &Raw, axes: &str) -> Result<Array4<f32>, DataError> {
    let shape = tensor.shape();
    let refused = || wrong(name, format!("expected {axes}, found the shape {shape:?}"));
    let values = tensor.to_vec().map_err(|error| wrong(name, error.to_string()))?;
    let array = ndarray::ArrayD::from_shape_vec(shape.clone(), values).map_err(|_| refused())?;
    array.into_dimensionality::<Ix4>().map_err(|_| refused())
}

/// Pixels of 1, 3 or 4 channels, row by row, as a PNG file.
pub(crate) fn png_of(
    pixels: &[u8],
    [width, height]: [u32; 2],
    channels: usize,
) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(match channels {
        1 => png::ColorType::Grayscale,
        4 => png::ColorType::Rgba,
        _ => png::ColorType::Rgb,
    });
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use ndarray::Array4;

    use super::*;

    fn grid(values: &[f32], shape: (usize, usize, usize, usize)) -> ImageGrid {
        ImageGrid::images(&Array4::from_shape_vec(shape, values.to_vec()).unwrap()).unwrap()
    }

    #[test]
    fn tiles_stand_side_by_side() {
        let grid = grid(&[0.0, 1.0, 2.0, 4.0, 5.0, 5.0], (3, 1, 2, 1));
        let (pixels, size) = grid.pixels().unwrap();
        // Two columns and rows with a white line between; each from its smallest number to its largest one.
        assert_eq!(size, [5, 3]);
        assert_eq!(pixels, [0, 255, 255, 0, 255, 255, 255, 255, 255, 255, 128, 128, 255, 255, 255]);
        let (pixels, size) = grid.clone().range(0.0, 5.0).columns(3).gap(0).pixels().unwrap();
        assert_eq!((pixels, size), (vec![0, 51, 102, 204, 255, 255], [6, 1]));
        let (pixels, size) = grid.columns(1).gap(0).scale(2).pixels().unwrap();
        assert_eq!(size, [4, 6]);
        assert_eq!(pixels[..8], [0, 0, 255, 255, 0, 0, 255, 255]);
    }

    #[test]
    fn channels_and_filters_are_tiles() {
        let maps = Raw::from_f32((0..12).map(|i| i as f32).collect(), &[1, 2, 3, 2]).unwrap();
        let features = ImageGrid::features(&maps).unwrap();
        assert_eq!(features.tiles.dim(), (2, 2, 3, 1));
        assert_eq!(
            features.tiles.index_axis(Axis(0), 1).iter().copied().collect::<Vec<_>>(),
            [1.0, 3.0, 5.0, 7.0, 9.0, 11.0]
        );
        let kernel = Raw::from_f32((0..24).map(|i| i as f32).collect(), &[2, 2, 3, 2]).unwrap();
        let filters = ImageGrid::filters(&kernel).unwrap();
        assert_eq!(filters.tiles.dim(), (2, 2, 2, 3));
        assert_eq!(filters.tiles[[1, 0, 1, 2]], 11.0);
        let two = Raw::from_f32((0..12).map(|i| i as f32).collect(), &[1, 2, 2, 3]).unwrap();
        let grey = ImageGrid::filters(&two).unwrap();
        assert_eq!(grey.tiles.dim(), (6, 1, 2, 1));
        assert_eq!(grey.tiles.index_axis(Axis(0), 4).iter().copied().collect::<Vec<_>>(), [2.0, 8.0]);
    }

    #[test]
    fn a_file_holds_the_pixels() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grid.png");
        grid(&[0.0, 1.0, 0.25, f32::NAN], (1, 2, 2, 1)).range(0.0, 1.0).save(&path).unwrap();
        let decoder = png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&path).unwrap()));
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((frame.width, frame.height, frame.color_type), (2, 2, png::ColorType::Grayscale));
        assert_eq!(pixels, [0, 255, 64, 0]);
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let told = |result: Result<ImageGrid, DataError>| result.unwrap_err().to_string();
        let two = Array4::<f32>::zeros((1, 2, 2, 2));
        assert!(told(ImageGrid::images(&two)).contains("found 2"));
        assert!(told(ImageGrid::images(&Array4::<f32>::zeros((0, 2, 2, 1)))).contains("no pixels"));
        let flat = Raw::from_f32(vec![0.0; 4], &[2, 2]).unwrap();
        assert!(
            told(ImageGrid::features(&flat))
                .contains("(batch, height, width, channels), found the shape [2, 2]")
        );
        let small = grid(&[0.0], (1, 1, 1, 1));
        for wrong in [
            small.clone().columns(0),
            small.clone().scale(0),
            small.clone().scale(20_000),
            small.clone().scale(usize::MAX),
        ] {
            assert!(wrong.to_png().is_err());
        }
        assert!(small.save("grid.jpg").is_err());
    }
}
