//! Weights as pictures: numbers from 0 to 1 as grey or coloured pixels, in PNG without compression.

use std::io::Read;

use flate2::read::ZlibEncoder;
use flate2::{Compression, Crc};

/// The most pictures of a weight.
const MOST: usize = 3;

/// Pictures of one size.
#[derive(Debug)]
pub(super) struct Images {
    pub width: usize,
    pub height: usize,
    /// Each as the bytes of a file.
    pub files: Vec<Vec<u8>>,
}

/// Numbers as pictures: how many, their height, width and the numbers of a pixel; and where in the weight each number is.
struct View {
    axes: [usize; 4],
    strides: [usize; 4],
}

/// The axes of a weight as Keras's callback has them: a bias is a column, the longer axis of a matrix goes to the right, and a
/// kernel of three axes is a picture for each filter. Weights of other axes are none, but for those that have the colours last.
fn view(shape: &[usize]) -> Option<View> {
    let squeezed: Vec<usize> = shape.iter().copied().filter(|n| *n != 1).collect();
    Some(match squeezed[..] {
        [n] => View { axes: [1, n, 1, 1], strides: [0, 1, 0, 0] },
        [rows, columns] if rows > columns => {
            View { axes: [1, columns, rows, 1], strides: [0, 1, columns, 0] }
        }
        [rows, columns] => View { axes: [1, rows, columns, 1], strides: [0, columns, 1, 0] },
        [rows, columns, filters] => {
            View { axes: [filters, rows, columns, 1], strides: [1, columns * filters, filters, 0] }
        }
        [count, rows, columns, colours @ (3 | 4)] => View {
            axes: [count, rows, columns, colours],
            strides: [rows * columns * colours, columns * colours, colours, 1],
        },
        _ => return None,
    })
}

/// The pictures of a weight; nothing of one that is none.
pub(super) fn images(values: &[f32], shape: &[usize]) -> Option<Images> {
    let View { axes: [count, height, width, colours], strides } = view(shape)?;
    if values.is_empty() {
        return None;
    }
    let pixel = |at: usize| {
        let x = values.get(at).copied().unwrap_or(0.0);
        // As `tf.image.convert_image_dtype` does; NaN is black.
        (x * 255.5).clamp(0.0, 255.0) as u8
    };
    let file = |image: usize| {
        let mut rows = Vec::with_capacity(height * (width * colours + 1));
        for y in 0..height {
            // Each row is as it is: filter 0.
            rows.push(0);
            for x in 0..width {
                let at = image * strides[0] + y * strides[1] + x * strides[2];
                rows.extend((0..colours).map(|colour| pixel(at + colour * strides[3])));
            }
        }
        png(&rows, width, height, colours)
    };
    Some(Images { width, height, files: (0..count.min(MOST)).map(file).collect() })
}

/// A file of PNG of rows of pixels, each with a byte before it that says how it is filtered.
fn png(rows: &[u8], width: usize, height: usize, colours: usize) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], data: &[u8]| {
        file.extend((data.len() as u32).to_be_bytes());
        let from = file.len();
        file.extend(kind);
        file.extend(data);
        let sum = crc_32(&file[from..]);
        file.extend(sum.to_be_bytes());
    };
    let mut header = [(width as u32).to_be_bytes(), (height as u32).to_be_bytes()].concat();
    // Eight bits; grey, red, green and blue, or these and how opaque.
    let kind = match colours {
        3 => 2,
        4 => 6,
        _ => 0,
    };
    header.extend([8, kind, 0, 0, 0]);
    chunk(b"IHDR", &header);
    chunk(b"IDAT", &stored(rows));
    chunk(b"IEND", &[]);
    file
}

/// Bytes in the format of zlib, not compressed.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut zlib = ZlibEncoder::new(data, Compression::none());
    // Reading from memory does not fail.
    let _ = zlib.read_to_end(&mut out);
    out
}

/// The checksum CRC-32 of PNG.
fn crc_32(data: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(data);
    crc.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check value of CRC-32 in the catalogue of parametrised CRC algorithms, and Adler-32 of RFC 1950's best known text.
    #[test]
    fn checksums_are_those_of_png() {
        assert_eq!(crc_32(b"123456789"), 0xCBF4_3926);
        assert_eq!(stored(b"Wikipedia")[16..], 0x11E6_0398u32.to_be_bytes());
    }

    /// The axes that Keras 3.15 writes of weights of these.
    #[test]
    fn axes_are_those_of_keras() {
        let of = |shape: &[usize]| {
            let values = vec![0.5; shape.iter().product()];
            images(&values, shape).map(|images| (images.width, images.height, images.files.len()))
        };
        assert_eq!(of(&[3, 3, 1, 2]), Some((3, 3, 2)));
        assert_eq!(of(&[2]), Some((1, 2, 1)));
        assert_eq!(of(&[32, 3]), Some((32, 3, 1)));
        assert_eq!(of(&[3, 32]), Some((32, 3, 1)));
        assert_eq!(of(&[5, 5, 1, 8]), Some((5, 5, 3)));
        assert_eq!(of(&[3, 3, 3, 4]), Some((3, 3, 3)));
        assert_eq!(of(&[3, 3, 3, 8]), None);
        assert_eq!(of(&[1]), None);
    }
}
