//! A guarded door to npyz's header parser.
//!
//! npyz believes what a header says: it allocates its stated length, multiplies its axes unchecked, and recurses
//! into nested brackets. Only a header of the plain form that NumPy writes for plain arrays gets that far.

use std::io::{self, ErrorKind, Read};

use npyz::NpyHeader;

/// NumPy itself refuses headers longer than 10,000 bytes, as they could be made to harm its parser.
const MAX_LENGTH: u32 = 10_000;

/// Why there is no header.
#[derive(Debug)]
pub(super) enum HeaderError {
    /// The file cannot be read.
    Io(io::Error),
    /// The file is not as it should be.
    Malformed(String),
}

/// Reads the header, up to where the data starts.
pub(super) fn read(reader: &mut impl Read) -> Result<NpyHeader, HeaderError> {
    let mut start = [0; 8];
    read_part(reader, &mut start)?;
    if !start.starts_with(b"\x93NUMPY") {
        return Err(malformed("not a .npy file"));
    }
    let mut bytes = start.to_vec();
    let length = match start[6] {
        1 => {
            let mut length = [0; 2];
            read_part(reader, &mut length)?;
            bytes.extend(length);
            u16::from_le_bytes(length).into()
        }
        2 | 3 => {
            let mut length = [0; 4];
            read_part(reader, &mut length)?;
            bytes.extend(length);
            u32::from_le_bytes(length)
        }
        other => {
            return Err(malformed(format!("version {other} of the .npy format is not known")));
        }
    };
    if length > MAX_LENGTH {
        return Err(malformed(format!("the header is {length} bytes long, at most {MAX_LENGTH} are read")));
    }
    let mut text = vec![0; length as usize];
    read_part(reader, &mut text)?;
    check(&text)?;
    bytes.extend(text);
    NpyHeader::from_reader(&bytes[..]).map_err(|error| malformed(error.to_string()))
}

fn malformed(problem: impl Into<String>) -> HeaderError {
    HeaderError::Malformed(problem.into())
}

fn read_part(reader: &mut impl Read, part: &mut [u8]) -> Result<(), HeaderError> {
    reader.read_exact(part).map_err(|error| match error.kind() {
        ErrorKind::UnexpectedEof => malformed("not a .npy file"),
        _ => HeaderError::Io(error),
    })
}

/// Lets pass `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`: one pair of braces with one pair of
/// parentheses in it, plain strings, and numbers whose product is countable (all of them, so also those of the
/// shape).
fn check(text: &[u8]) -> Result<(), HeaderError> {
    let strange = || malformed("the header is not one of a plain array");
    let (mut braces, mut parentheses) = (0, 0);
    let mut product = 1_u64;
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        let length = match first {
            b'\'' | b'"' => {
                let end = after.iter().position(|&byte| byte == first).ok_or_else(strange)?;
                let string = &after[..end];
                // An empty string may be the start of one in triple quotes, which npyz would end elsewhere.
                if string.is_empty() || string.contains(&b'\\') || string.len() > 30 {
                    return Err(strange());
                }
                end + 2
            }
            b'0'..=b'9' => {
                let end = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
                let digits = rest[..end].iter().map(|&digit| char::from(digit)).collect::<String>();
                let size: Option<u64> = digits.parse().ok();
                let larger = size.and_then(|size| product.checked_mul(size.max(1)));
                // ndarray counts in signed numbers, and eight bytes an element are the most we read.
                let larger = larger.filter(|&product| product <= u64::MAX / 16);
                product = larger.ok_or_else(|| malformed("the shape is larger than any file"))?;
                end
            }
            b'{' | b'}' => {
                braces += 1;
                1
            }
            b'(' | b')' => {
                parentheses += 1;
                1
            }
            b',' | b':' | b' ' | b'\n' => 1,
            _ if rest.starts_with(b"True") => 4,
            _ if rest.starts_with(b"False") => 5,
            _ => return Err(strange()),
        };
        rest = &rest[length..];
    }
    if braces != 2 || parentheses != 2 {
        return Err(strange());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(version: u8, length: &[u8], text: &str) -> String {
        let bytes = [b"\x93NUMPY", &[version, 0][..], length, text.as_bytes()].concat();
        match read(&mut &bytes[..]) {
            Err(HeaderError::Malformed(problem)) => problem,
            other => panic!("expected an error, not {:?}", other.map(|header| header.shape().to_vec())),
        }
    }

    fn error_in(text: &str) -> String {
        error(1, &(text.len() as u16).to_le_bytes(), text)
    }

    #[test]
    fn versions_and_lengths_are_checked() {
        assert_eq!(error(9, &[], ""), "version 9 of the .npy format is not known");
        assert!(error(2, &[0xFF; 4], "").contains("4294967295 bytes long"));
        assert_eq!(error(1, &[100, 0], "{}"), "not a .npy file");
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }\n";
        let bytes = [b"\x93NUMPY\x03\x00", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
        assert_eq!(read(&mut &bytes[..]).unwrap().shape(), [3, 4]);
    }

    #[test]
    fn hostile_headers_get_nowhere() {
        for strange in [
            "((((((((".repeat(1000),
            "[[[[[[[[".repeat(1000),
            "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}".into(),
            "{'descr': '''<f4''', 'fortran_order': False, 'shape': (1,)}".into(),
            "{'descr': '<f4', 'fortran_order': False, 'shape': (0x7f,)}".into(),
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}".into(),
            "{'descr': '<f4'".into(),
        ] {
            assert_eq!(error_in(&strange), "the header is not one of a plain array", "{strange:.60}");
        }
        let sizes = "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 4294967295, 4294967295)}";
        assert_eq!(error_in(sizes), "the shape is larger than any file");
        assert!(error_in("{'descr': '<f4', 'shape': (1,)}").contains("fortran_order"));
        for dtype in ["<f99999999999999999999", "<U18446744073709551615", "zz", "<f", "|O"] {
            let text = format!("{{'descr': '{dtype}', 'fortran_order': False, 'shape': (1,)}}");
            let bytes =
                [b"\x93NUMPY\x01\x00", &(text.len() as u16).to_le_bytes()[..], text.as_bytes()].concat();
            // Whether npyz takes the type or not, it must not panic; the elements are checked later.
            let _ = read(&mut &bytes[..]);
        }
    }
}
