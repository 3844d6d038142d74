//! The header of a NumPy file, in the plain form that NumPy writes for plain arrays: what else a Python dictionary can
//! say is refused. Nothing is allocated by what it claims.

use std::io::{self, ErrorKind, Read};

/// What the header of an array says.
#[derive(Debug)]
pub(super) struct Header {
    /// The type of the elements in NumPy's words: `<f4`.
    pub dtype: String,
    /// Whether the first axis is the innermost.
    pub fortran: bool,
    /// The length of each axis. Their product is countable.
    pub shape: Vec<usize>,
}

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
pub(super) fn read(reader: &mut impl Read) -> Result<Header, HeaderError> {
    let mut start = [0; 8];
    read_part(reader, &mut start)?;
    if !start.starts_with(b"\x93NUMPY") {
        return Err(malformed("not a .npy file"));
    }
    let length = match start[6] {
        1 => {
            let mut length = [0; 2];
            read_part(reader, &mut length)?;
            u16::from_le_bytes(length).into()
        }
        2 | 3 => {
            let mut length = [0; 4];
            read_part(reader, &mut length)?;
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
    parse(&text)
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

fn strange() -> HeaderError {
    malformed("the header is not one of a plain array")
}

/// What a header consists of.
#[derive(Debug, PartialEq)]
enum Token<'t> {
    Text(&'t str),
    Number(u64),
    Truth(bool),
    Sign(u8),
}

/// The first token, and what is behind it; nothing at the end.
fn token(text: &str) -> Result<Option<(Token<'_>, &str)>, HeaderError> {
    let text = text.trim_start_matches([' ', '\n']);
    let Some(first) = text.bytes().next() else { return Ok(None) };
    let (token, rest) = match first {
        b'\'' | b'"' => {
            let end = text[1..].bytes().position(|byte| byte == first).ok_or_else(strange)?;
            let inside = &text[1..=end];
            // An empty one may be the start of one in triple quotes.
            if inside.is_empty() || inside.contains('\\') {
                return Err(strange());
            }
            (Token::Text(inside), &text[end + 2..])
        }
        b'0'..=b'9' => {
            let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
            let number = text[..end].parse().map_err(|_| malformed("the shape is larger than any file"))?;
            (Token::Number(number), &text[end..])
        }
        b'{' | b'}' | b'(' | b')' | b',' | b':' => (Token::Sign(first), &text[1..]),
        _ => match (text.strip_prefix("True"), text.strip_prefix("False")) {
            (Some(rest), _) => (Token::Truth(true), rest),
            (_, Some(rest)) => (Token::Truth(false), rest),
            _ => return Err(strange()),
        },
    };
    Ok(Some((token, rest)))
}

/// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
fn parse(text: &[u8]) -> Result<Header, HeaderError> {
    let mut rest = str::from_utf8(text).map_err(|_| strange())?;
    let mut next = || {
        let found = token(rest)?;
        Ok(found.map(|(token, after)| {
            rest = after;
            token
        }))
    };
    let (mut dtype, mut fortran, mut shape) = (None, None, None);
    if next()? != Some(Token::Sign(b'{')) {
        return Err(strange());
    }
    loop {
        let key = match next()? {
            Some(Token::Sign(b'}')) => break,
            Some(Token::Text(key)) => key,
            _ => return Err(strange()),
        };
        if next()? != Some(Token::Sign(b':')) {
            return Err(strange());
        }
        match (key, next()?) {
            ("descr", Some(Token::Text(text))) => dtype = Some(text.to_string()),
            ("fortran_order", Some(Token::Truth(truth))) => fortran = Some(truth),
            ("shape", Some(Token::Sign(b'('))) => shape = Some(axes(&mut next)?),
            _ => return Err(strange()),
        }
        match next()? {
            Some(Token::Sign(b',')) => {}
            Some(Token::Sign(b'}')) => break,
            _ => return Err(strange()),
        }
    }
    if next()?.is_some() {
        return Err(strange());
    }
    let missing = |key: &str| malformed(format!("the header has no `{key}`"));
    Ok(Header {
        dtype: dtype.ok_or_else(|| missing("descr"))?,
        fortran: fortran.ok_or_else(|| missing("fortran_order"))?,
        shape: shape.ok_or_else(|| missing("shape"))?,
    })
}

/// Numbers up to the bracket that ends them, whose product is countable.
fn axes<'t>(
    next: &mut impl FnMut() -> Result<Option<Token<'t>>, HeaderError>,
) -> Result<Vec<usize>, HeaderError> {
    let (mut axes, mut product) = (Vec::new(), 1_u64);
    loop {
        match next()? {
            Some(Token::Sign(b')')) => return Ok(axes),
            Some(Token::Number(size)) => {
                // ndarray counts in signed numbers, and eight bytes an element are the most we read.
                let larger = product.checked_mul(size.max(1)).filter(|product| *product <= u64::MAX / 16);
                product = larger.ok_or_else(|| malformed("the shape is larger than any file"))?;
                axes.push(size as usize);
            }
            _ => return Err(strange()),
        }
        match next()? {
            Some(Token::Sign(b',')) => {}
            Some(Token::Sign(b')')) => return Ok(axes),
            _ => return Err(strange()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(version: u8, length: &[u8], text: &str) -> String {
        let bytes = [b"\x93NUMPY", &[version, 0][..], length, text.as_bytes()].concat();
        match read(&mut &bytes[..]) {
            Err(HeaderError::Malformed(problem)) => problem,
            other => panic!("expected an error, not {:?}", other.map(|header| header.shape)),
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
        assert_eq!(read(&mut &bytes[..]).unwrap().shape, [3, 4]);
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
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} {".into(),
            "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}".into(),
            "{'descr': '<f4' 'fortran_order': False, 'shape': (1,)}".into(),
            "{'descr': 1, 'fortran_order': False, 'shape': (1,)}".into(),
            "{'other': True, 'fortran_order': False, 'shape': (1,)}".into(),
            "é".into(),
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
            // What the elements are is checked where they are read.
            assert_eq!(read(&mut &bytes[..]).unwrap().dtype, dtype);
        }
    }
}
