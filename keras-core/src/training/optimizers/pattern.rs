//! Patterns for paths of weights: the regular expressions that Python and others agree on, matched against the whole path.

/// A pattern that has been read.
#[derive(Clone, Debug)]
pub(super) struct Pattern(Choices);

/// Alternatives, each pieces one behind the other.
type Choices = Vec<Vec<Piece>>;

#[derive(Clone, Debug)]
struct Piece {
    what: What,
    least: usize,
    most: usize,
}

#[derive(Clone, Debug)]
enum What {
    Any,
    Char(char),
    /// Ranges of characters, and whether all others are meant.
    Class(Vec<(char, char)>, bool),
    Group(Choices),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, or is not read here.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: pattern.chars().collect(), at: 0, depth: 0 };
        let choices = reader.choices()?;
        match reader.next() {
            None => Ok(Pattern(choices)),
            Some(c) => Err(format!("`{c}` closes nothing")),
        }
    }

    /// Whether the whole text is of the pattern.
    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        any(&self.0, &text, 0, &mut |at| at == text.len())
    }
}

struct Reader {
    rest: Vec<char>,
    at: usize,
    depth: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek();
        self.at += usize::from(next.is_some());
        next
    }

    fn choices(&mut self) -> Result<Choices, String> {
        let mut all = vec![Vec::new()];
        while let Some(c) = self.peek().filter(|c| *c != ')') {
            self.at += 1;
            let what = match c {
                '|' => {
                    all.push(Vec::new());
                    continue;
                }
                // The whole text is meant anyway.
                '^' if self.at == 1 => continue,
                '$' if self.at == self.rest.len() => continue,
                '^' | '$' => return Err(format!("`{c}` stands inside: the whole path is matched anyway")),
                '.' => What::Any,
                '[' => self.class()?,
                '(' => self.group()?,
                '\\' => escaped(self.next().ok_or("`\\` stands at the end")?)?,
                '*' | '+' | '?' => return Err(format!("`{c}` repeats nothing")),
                c => What::Char(c),
            };
            let (least, most) = match self.peek() {
                Some('*') => (0, usize::MAX),
                Some('+') => (1, usize::MAX),
                Some('?') => (0, 1),
                Some('{') => return Err("`{` counts repetitions, which is not read here".into()),
                _ => {
                    all.last_mut()
                        .into_iter()
                        .for_each(|pieces| pieces.push(Piece { what: what.clone(), least: 1, most: 1 }));
                    continue;
                }
            };
            self.at += 1;
            // Whether few or many are tried first does not say whether the whole matches.
            self.at += usize::from(self.peek() == Some('?'));
            all.last_mut()
                .into_iter()
                .for_each(|pieces| pieces.push(Piece { what: what.clone(), least, most }));
        }
        Ok(all)
    }

    fn group(&mut self) -> Result<What, String> {
        const DEEPEST: usize = 20;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(format!("groups are {DEEPEST} deep at most"));
        }
        if self.peek() == Some('?') {
            self.at += 1;
            if self.next() != Some(':') {
                return Err("`(?` is read as `(?:...)` alone".into());
            }
        }
        let choices = self.choices()?;
        self.depth -= 1;
        match self.next() {
            Some(_) => Ok(What::Group(choices)),
            None => Err("`(` is not closed".into()),
        }
    }

    fn class(&mut self) -> Result<What, String> {
        let open = || "`[` is not closed".to_string();
        let not = self.peek() == Some('^');
        self.at += usize::from(not);
        let mut ranges = Vec::new();
        loop {
            let c = match self.next().ok_or_else(open)? {
                ']' if !ranges.is_empty() => return Ok(What::Class(ranges, not)),
                '\\' => match escaped(self.next().ok_or_else(open)?)? {
                    What::Char(c) => c,
                    What::Class(inner, false) => {
                        ranges.extend(inner);
                        continue;
                    }
                    _ => return Err("a class of others inside of `[...]` is not read here".into()),
                },
                c => c,
            };
            let to = match (self.peek(), self.rest.get(self.at + 1)) {
                (Some('-'), Some(to)) if *to != ']' => *to,
                _ => c,
            };
            self.at += if to == c { 0 } else { 2 };
            if to < c {
                return Err(format!("`{c}-{to}` runs backwards"));
            }
            ranges.push((c, to));
        }
    }
}

fn escaped(c: char) -> Result<What, String> {
    let word = || vec![('0', '9'), ('a', 'z'), ('A', 'Z'), ('_', '_')];
    Ok(match c {
        'd' | 'D' => What::Class(vec![('0', '9')], c == 'D'),
        'w' | 'W' => What::Class(word(), c == 'W'),
        's' | 'S' => What::Class(vec![(' ', ' '), ('\t', '\r')], c == 'S'),
        c if c.is_alphanumeric() => return Err(format!("`\\{c}` is not read here")),
        c => What::Char(c),
    })
}

/// Whether one of the alternatives matches at `at`, and `then` what is behind it.
fn any(choices: &Choices, text: &[char], at: usize, then: &mut dyn FnMut(usize) -> bool) -> bool {
    choices.iter().any(|pieces| all(pieces, text, at, then))
}

fn all(pieces: &[Piece], text: &[char], at: usize, then: &mut dyn FnMut(usize) -> bool) -> bool {
    match pieces.split_first() {
        None => then(at),
        Some((piece, rest)) => repeated(piece, 0, text, at, &mut |at| all(rest, text, at, then)),
    }
}

/// The piece, after so many of it.
fn repeated(
    piece: &Piece,
    count: usize,
    text: &[char],
    at: usize,
    then: &mut dyn FnMut(usize) -> bool,
) -> bool {
    let more = count < piece.most && {
        let mut next = |to: usize| {
            // What matches nothing would do so for ever.
            (to > at || count < piece.least) && repeated(piece, count + 1, text, to, then)
        };
        match (&piece.what, text.get(at)) {
            (What::Group(choices), _) => any(choices, text, at, &mut next),
            (What::Any, Some(c)) => *c != '\n' && next(at + 1),
            (What::Char(own), Some(c)) => own == c && next(at + 1),
            (What::Class(ranges, not), Some(c)) => {
                ranges.iter().any(|(from, to)| (from..=to).contains(&c)) != *not && next(at + 1)
            }
            (_, None) => false,
        }
    };
    more || (count >= piece.least && then(at))
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    /// What Python's `re.fullmatch` says.
    #[test]
    fn patterns_match_as_in_python() {
        let cases = [
            ("encoder/.*", "encoder/dense/kernel", true),
            ("encoder/.*", "encoder", false),
            ("encoder", "encoder/dense", false),
            (".*/(kernel|bias)", "dense/bias", true),
            (".*/(kernel|bias)", "dense/gamma", false),
            (r"dense_\d+/kernel", "dense_12/kernel", true),
            (r"dense_\d+/kernel", "dense/kernel", false),
            (r"(dense(_\d)?|lstm)/[a-k]+", "dense_1/kernel", false),
            (r"(dense(_\d)?|lstm)/[a-z]+", "dense_1/kernel", true),
            ("[^/]+/kernel", "a/b/kernel", false),
            ("(a*)*b", "aaaaab", true),
            ("(a|b)*", "abba", true),
            ("^a?b+$", "bb", true),
            (r"a\.b", "axb", false),
            ("", "", true),
            ("a|", "", true),
            (".*?l", "kernel", true),
        ];
        for (pattern, text, wanted) in cases {
            assert_eq!(
                Pattern::new(pattern).expect("a pattern").matches(text),
                wanted,
                "{pattern} on {text}"
            );
        }
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for (pattern, wanted) in [
            ("a)", "`)` closes nothing"),
            ("(a", "`(` is not closed"),
            ("[a", "`[` is not closed"),
            ("*a", "`*` repeats nothing"),
            ("a{2}", "`{` counts repetitions, which is not read here"),
            ("(?=a)", "`(?` is read as `(?:...)` alone"),
            ("[z-a]", "`z-a` runs backwards"),
            (r"\b", r"`\b` is not read here"),
        ] {
            assert_eq!(Pattern::new(pattern).map(|_| ()), Err(wanted.to_string()), "{pattern}");
        }
    }
}
