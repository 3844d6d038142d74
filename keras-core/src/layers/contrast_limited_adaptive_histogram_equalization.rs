use keras_ops::{self as ops, DType, Symbolic};
use keras_shape::ValueRange;
use keras_shape::layers::ContrastLimitedAdaptiveHistogramEqualization;

use super::Operations;
use super::augment::{as_number, channels_last, rescaled};
use super::images::numbers;
use crate::Result;
use crate::model::Trace;

impl Operations for ContrastLimitedAdaptiveHistogramEqualization {
    fn operations(&self, inputs: &[Symbolic], _: &mut Trace<'_>) -> Result<Vec<Symbolic>> {
        let x = ops::cast(&inputs[0], DType::Float32);
        Ok(vec![channels_last(&x, self.data_format, |x| {
            let bytes = rescaled(x, self.value_range, ValueRange::BYTES);
            let y = equalized(&bytes, numbers(self.tile_grid_size), self.clip_limit as f32);
            rescaled(&y, ValueRange::BYTES, self.value_range)
        })])
    }
}

/// How many values are told apart.
const VALUES: usize = 256;

/// An axis of an image that is divided into tiles.
struct Axis {
    length: usize,
    tiles: usize,
    tile: usize,
}

impl Axis {
    fn new(length: usize, tiles: usize) -> Self {
        Axis { length, tiles, tile: length.div_ceil(tiles) }
    }

    /// How many pixels all tiles have.
    fn padded(&self) -> usize {
        self.tiles * self.tile
    }

    /// The numbers of pixels with which tiles are filled up: those before the edge, back and forth.
    fn mirrored(&self) -> Symbolic {
        let at = |i: usize| {
            let at = i % (2 * self.length);
            (if at < self.length { at } else { 2 * self.length - 1 - at }) as i32
        };
        ops::array(&(0..self.padded()).map(at).collect::<Vec<_>>(), self.padded())
    }

    /// For each pixel the tile before its middle and the one behind it, of tiles of which the first and last are there
    /// twice, and what the latter counts.
    fn between(&self) -> ([Vec<i32>; 2], Vec<f32>) {
        let tile = self.tile as f32;
        let at: Vec<f32> = (0..self.padded()).map(|i| (i as f32 - tile / 2.0) / tile + 1.0).collect();
        let last = (self.tiles + 1) as f32;
        let tiles = [0.0, 1.0].map(|k| at.iter().map(|x| (x.floor() + k).clamp(0.0, last) as i32).collect());
        (tiles, at.iter().map(|x| x - x.floor()).collect())
    }
}

fn equalized(x: &Symbolic, grid: [usize; 2], clip_limit: f32) -> Symbolic {
    let [n, height, width, channels] = x.shape()[..] else { return x.clone() };
    let [rows, columns] = [Axis::new(height, grid[0]), Axis::new(width, grid[1])];
    let padded = ops::take(ops::take(x, rows.mirrored(), 1), columns.mirrored(), 2);
    let pixels = ops::cast(ops::clip(padded, 0, 255), DType::Int32);
    let channel = ops::arange(0, channels as i32, 1);
    // The number of each pixel's image and tile.
    let tiles = rows.tiles * columns.tiles;
    let tile = |i: usize| {
        let (image, at) = (i / (rows.padded() * columns.padded()), i % (rows.padded() * columns.padded()));
        let (row, column) = (at / columns.padded() / rows.tile, at % columns.padded() / columns.tile);
        (image * tiles + row * columns.tiles + column) as i32
    };
    let all: Vec<i32> = (0..n * rows.padded() * columns.padded()).map(tile).collect();
    let of_tile = ops::array(&all, [n, rows.padded(), columns.padded(), 1]);
    let number = (of_tile * channels as i32 + &channel) * VALUES as i32 + &pixels;
    let counts = ops::bincount(ops::ravel(number), None, n * tiles * channels * VALUES);
    let shape = [n, rows.tiles, columns.tiles, channels, VALUES].map(|n| n as isize);
    let table = distribution(as_number(&ops::reshape(counts, shape)), rows.tile * columns.tile, clip_limit);
    let edges = |tiles: usize| {
        let at: Vec<i32> = (0..tiles + 2).map(|i| i.saturating_sub(1).min(tiles - 1) as i32).collect();
        ops::array(&at, tiles + 2)
    };
    let table = ops::take(ops::take(table, edges(rows.tiles), 1), edges(columns.tiles), 2);

    let ((row_tiles, row_part), (column_tiles, column_part)) = (rows.between(), columns.between());
    let flat = ops::ravel(table);
    let by_column = channels * VALUES;
    let by_row = by_column * (columns.tiles + 2);
    let image: Vec<i32> = (0..n).map(|i| (i * by_row * (rows.tiles + 2)) as i32).collect();
    let start = ops::array(&image, [n, 1, 1, 1]) + channel * VALUES as i32 + &pixels;
    let along =
        |x: &[i32], by: usize, shape: [isize; 4]| ops::reshape(ops::array(x, x.len()) * by as i32, shape);
    let found = |row: usize, column: usize| {
        let row = along(&row_tiles[row], by_row, [1, -1, 1, 1]);
        ops::take(&flat, &start + row + along(&column_tiles[column], by_column, [1, 1, -1, 1]), 0)
    };
    let part = |x: &[f32], shape: [isize; 4]| ops::reshape(ops::array(x, x.len()), shape);
    let (down, right) = (part(&row_part, [1, -1, 1, 1]), part(&column_part, [1, 1, -1, 1]));
    let [top, bottom] = [0, 1].map(|row| found(row, 0) * (1.0 - &right) + found(row, 1) * &right);
    let y = top * (1.0 - &down) + bottom * down;
    ops::slice(y, [0; 4], [n, height, width, channels])
}

/// What part of 255 the values up to each are of those of a tile of `pixels`, by how often each of them comes.
fn distribution(mut counts: Symbolic, pixels: usize, clip_limit: f32) -> Symbolic {
    if clip_limit > 0.0 {
        let most = ops::minimum(&counts, clip_limit * pixels as f32 / VALUES as f32);
        let more = ops::sum(counts - &most, -1).keepdims(true);
        counts = most + more / VALUES as f32;
    }
    let below = ops::cumsum(counts, -1);
    let first = ops::min(&below, -1).keepdims(true).build();
    let rest = pixels as f32 - &first;
    let rest = ops::where_(ops::equal(&rest, 0.0), 1.0, rest);
    ops::clip((below - first) * 255.0 / rest, 0.0, 255.0)
}
