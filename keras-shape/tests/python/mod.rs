//! Reads a layer as it is written in Python: `Conv2D(4, (3, 3), padding='same')`.

use keras_shape::{Arg, Build, Dim, LayerConfig, Shape};

/// A layer from its source.
///
/// # Errors
/// What the layer says of its arguments.
pub fn layer(source: &str) -> Result<LayerConfig, String> {
    let mut reader = Reader { rest: source };
    let Arg::Call(class, args) = reader.value() else { panic!("not a layer: {source}") };
    let config = LayerConfig::default_of(&class).ok_or_else(|| LayerConfig::unknown(&class))?;
    let mut build = Build::new(config);
    for (name, arg) in &args {
        build.set(name.as_deref(), arg)?;
    }
    Ok(build.finish()?.0)
}

/// A shape from its source: `(None, 5, 8)`.
#[allow(dead_code)] // Not every test program has shapes in Python.
pub fn shape(source: &str) -> Shape {
    let Arg::List(dims) = (Reader { rest: source }).value() else { panic!("not a shape: {source}") };
    let dims: Vec<Dim> = dims
        .iter()
        .map(|dim| match dim {
            Arg::Int(n) => Dim::Fixed(usize::try_from(*n).unwrap_or_else(|_| panic!("{source}"))),
            _ => Dim::NONE,
        })
        .collect();
    Shape::new(&dims)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn eat(&mut self, token: char) -> bool {
        self.rest = self.rest.trim_start();
        let found = self.rest.starts_with(token);
        if found {
            self.rest = &self.rest[token.len_utf8()..];
        }
        found
    }

    fn while_in(&mut self, keep: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(|c| !keep(c)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word.to_string()
    }

    fn value(&mut self) -> Arg {
        for (open, close) in [('(', ')'), ('[', ']')] {
            if self.eat(open) {
                let mut list = Vec::new();
                while !self.eat(close) {
                    list.push(self.value());
                    self.eat(',');
                }
                return Arg::List(list);
            }
        }
        if self.eat('\'') {
            let word = self.while_in(|c| c != '\'');
            self.eat('\'');
            return Arg::Str(word);
        }
        let word = self.while_in(|c| c.is_alphanumeric() || "_.-+".contains(c));
        if let Ok(n) = word.parse::<i128>() {
            return Arg::Int(n);
        }
        if let Ok(x) = word.parse::<f64>() {
            return Arg::Float(x);
        }
        match word.as_str() {
            "None" => Arg::None,
            "True" => Arg::Bool(true),
            "False" => Arg::Bool(false),
            _ if self.eat('(') => self.call(word),
            _ => Arg::Word(word),
        }
    }

    fn call(&mut self, name: String) -> Arg {
        let mut args = Vec::new();
        while !self.eat(')') {
            let before = self.rest;
            let word = self.while_in(|c| c.is_alphanumeric() || c == '_');
            if self.eat('=') {
                args.push((Some(word), self.value()));
            } else {
                self.rest = before;
                args.push((None, self.value()));
            }
            self.eat(',');
        }
        Arg::Call(name, args)
    }
}
