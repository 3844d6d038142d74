//! Arrays whose elements only the file knows.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use super::header::Header;
use super::{NpyElement, elements, opened};
use crate::data::DataError;
use crate::data::limit::Limit;
use crate::tensor::{ArrayElement, Data, Values};
use keras_shape::{float_of_brain, float_of_half};

/// Strings so much longer than their text are in no file that is meant.
const LONGEST: usize = 1 << 20;

/// Reads an array of whatever elements it has, and what the file calls their type.
pub(super) fn read(
    path: &Path,
    place: &str,
    mut reader: impl Read,
    limit: Limit,
) -> Result<(String, Data<'static>), DataError> {
    let found = opened(path, place, &mut reader)?;
    let (dtype, code) = (found.dtype.clone(), found.code().to_string());
    macro_rules! of_types {
        ($($type:ident),*) => {
            match code.as_str() {
                $( of_type if of_type == <$type as NpyElement>::CODE => {
                    let read = <$type as NpyElement>::read;
                    let (shape, values) = elements(path, place, reader, limit, found, size_of::<$type>(), read)?;
                    data(path, place, &shape, <$type as ArrayElement>::values(Cow::Owned(values)))
                } )*
                "f2" => floats(path, place, reader, limit, found, float_of_half),
                // NumPy knows no such type, and takes those of its extensions for two bytes of nothing that it knows.
                "V2" => floats(path, place, reader, limit, found, float_of_brain),
                other => match other.split_at_checked(1) {
                    Some((kind @ ("U" | "S"), count)) => match count.parse::<usize>() {
                        Ok(count) if count <= LONGEST => strings(path, place, reader, limit, found, kind == "U", count),
                        _ => Err(found.refused(path, place, "numbers or strings")),
                    },
                    _ => Err(found.refused(path, place, "numbers or strings")),
                },
            }
        };
    }
    let data: Result<Data<'static>, DataError> =
        of_types!(f32, f64, u8, u16, u32, u64, i8, i16, i32, i64, bool);
    Ok((dtype, data?))
}

fn data(
    path: &Path,
    place: &str,
    shape: &[usize],
    values: Values<'static>,
) -> Result<Data<'static>, DataError> {
    Data::new(values, shape).map_err(|error| DataError::malformed(path, place, error.to_string()))
}

fn floats(
    path: &Path,
    place: &str,
    reader: impl Read,
    limit: Limit,
    found: Header,
    of: fn(u16) -> f32,
) -> Result<Data<'static>, DataError> {
    let read = |bytes: &[u8], big| of(<u16 as NpyElement>::read(bytes, big));
    let (shape, values) = elements(path, place, reader, limit, found, 2, read)?;
    data(path, place, &shape, Values::F32(Cow::Owned(values)))
}

/// Strings of so many letters, or of so many bytes of UTF-8, with zeros behind those that are shorter.
fn strings(
    path: &Path,
    place: &str,
    reader: impl Read,
    limit: Limit,
    found: Header,
    letters: bool,
    count: usize,
) -> Result<Data<'static>, DataError> {
    let letter = |bytes: &[u8], big| char::from_u32(<u32 as NpyElement>::read(bytes, big));
    let read = |bytes: &[u8], big| -> Option<String> {
        let text = match letters {
            true => bytes.chunks_exact(4).map(|bytes| letter(bytes, big)).collect::<Option<String>>()?,
            false => String::from_utf8(bytes.to_vec()).ok()?,
        };
        Some(text.trim_end_matches('\0').to_string())
    };
    let size = if letters { 4 * count } else { count };
    let (shape, values) = elements(path, place, reader, limit, found, size, read)?;
    let values: Option<Vec<Cow<'static, str>>> =
        values.into_iter().map(|text| text.map(Cow::Owned)).collect();
    let values = values.ok_or_else(|| DataError::malformed(path, place, "holds a string that is no text"))?;
    data(path, place, &shape, Values::Strings(values))
}
