//! PNG and JPEG files as numbers from 0 to 255.

use std::io::Cursor;
use std::path::Path;

use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

use super::super::DataError;
use super::ColorMode;

/// An image: its rows from above, each pixel with all its channels.
pub(super) struct Pixels {
    pub height: usize,
    pub width: usize,
    pub values: Vec<f32>,
}

/// The most pixels of an image.
const MOST_PIXELS: usize = 1 << 28;

/// Reads an image; what it is, its bytes say.
///
/// # Errors
/// A file that cannot be read, or is no PNG or JPEG.
pub(super) fn read(path: &Path, mode: ColorMode) -> Result<Pixels, DataError> {
    let bytes = std::fs::read(path).map_err(|source| DataError::Read { path: path.to_path_buf(), source })?;
    let decoded = if bytes.starts_with(b"\x89PNG") {
        png(&bytes, mode)
    } else if bytes.starts_with(&[0xFF, 0xD8]) {
        jpeg(&bytes, mode)
    } else {
        Err("it is no PNG and no JPEG, which are what is read here".to_string())
    };
    decoded.map_err(|problem| DataError::Malformed {
        path: path.to_path_buf(),
        place: "the image".into(),
        problem,
    })
}

fn size(width: usize, height: usize) -> Result<[usize; 2], String> {
    match width.checked_mul(height) {
        Some(pixels) if (1..=MOST_PIXELS).contains(&pixels) => Ok([height, width]),
        _ => Err(format!("{width} times {height} pixels; at most {MOST_PIXELS} are read")),
    }
}

fn jpeg(bytes: &[u8], mode: ColorMode) -> Result<Pixels, String> {
    let wanted = match mode {
        ColorMode::Grayscale => ColorSpace::Luma,
        ColorMode::Rgb | ColorMode::Rgba => ColorSpace::RGB,
    };
    let options = DecoderOptions::default().jpeg_set_out_colorspace(wanted);
    let mut decoder = JpegDecoder::new_with_options(zune_core::bytestream::ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| error.to_string())?;
    let info = decoder.info().ok_or("it has no header")?;
    let [height, width] = size(usize::from(info.width), usize::from(info.height))?;
    let values = decoder.decode().map_err(|error| error.to_string())?;
    let given = values.len() / (height * width);
    let pixel = |pixel: &[u8]| match (mode, pixel) {
        (ColorMode::Grayscale, [y]) => vec![*y],
        (ColorMode::Rgb, [y]) => vec![*y; 3],
        (ColorMode::Rgba, [y]) => vec![*y, *y, *y, 255],
        (ColorMode::Grayscale, rgb) => vec![luma([rgb[0], rgb[1], rgb[2]])],
        (ColorMode::Rgb, rgb) => rgb[..3].to_vec(),
        (ColorMode::Rgba, rgb) => vec![rgb[0], rgb[1], rgb[2], 255],
    };
    if !matches!(given, 1 | 3 | 4) {
        return Err("its pixels have another number of channels than 1 or 3".into());
    }
    let values = values.chunks_exact(given).flat_map(pixel).map(f32::from).collect();
    Ok(Pixels { height, width, values })
}

fn png(bytes: &[u8], mode: ColorMode) -> Result<Pixels, String> {
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
    let [height, width] = size(reader.info().width as usize, reader.info().height as usize)?;
    let mut buffer = vec![0; reader.output_buffer_size().ok_or("it is too large")?];
    let frame = reader.next_frame(&mut buffer).map_err(|error| error.to_string())?;
    let given = frame.color_type.samples();
    let pixel = |pixel: &[u8]| -> Vec<u8> {
        let (rgb, alpha) = match pixel {
            [y] => ([*y; 3], 255),
            [y, alpha] => ([*y; 3], *alpha),
            [r, g, b] => ([*r, *g, *b], 255),
            [r, g, b, alpha, ..] => ([*r, *g, *b], *alpha),
            [] => ([0; 3], 255),
        };
        match mode {
            ColorMode::Grayscale => vec![luma(rgb)],
            ColorMode::Rgb => rgb.to_vec(),
            ColorMode::Rgba => vec![rgb[0], rgb[1], rgb[2], alpha],
        }
    };
    let pixels = buffer.get(..height * width * given).ok_or("rows are missing")?;
    let values = pixels.chunks_exact(given).flat_map(pixel).map(f32::from).collect();
    Ok(Pixels { height, width, values })
}

/// The brightness of a colour, with the weights that TensorFlow gives libpng: 0.299 for red, 0.587 for green and what is
/// left for blue, in the whole numbers of that library, rounded down.
fn luma([r, g, b]: [u8; 3]) -> u8 {
    const RED: u32 = 29_900 * 32_768 / 100_000;
    const GREEN: u32 = 58_700 * 32_768 / 100_000;
    if r == g && g == b {
        return r;
    }
    let blue = 32_768 - RED - GREEN;
    ((RED * u32::from(r) + GREEN * u32::from(g) + blue * u32::from(b)) >> 15) as u8
}
