//! A line in a CSV file for every epoch.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use super::format::repr;
use super::{Callback, Control, Logs, get};
use crate::setters::setters;
use crate::{Error, Result};

/// Writes loss and metrics of every epoch to a CSV file, byte for byte as Keras does. Each line is in the file when its
/// epoch ends, so that a crash later on does not lose it.
///
/// The columns are `epoch`, counted from 0, and the names of the first epoch in the order of the alphabet; if there is no
/// validation in it, a column with `val_` before the name is kept free for each. What is missing is `NA`.
///
/// Source: <https://keras.io/api/callbacks/csv_logger/>.
#[derive(Debug)]
pub struct CSVLogger {
    filename: PathBuf,
    separator: char,
    append: bool,
    file: Option<File>,
    header: bool,
    keys: Option<Vec<String>>,
}

impl CSVLogger {
    /// Writes to this file; what was in it is lost when training starts.
    pub fn new(filename: impl Into<PathBuf>) -> Self {
        CSVLogger {
            filename: filename.into(),
            separator: ',',
            append: false,
            file: None,
            header: true,
            keys: None,
        }
    }

    fn fault(&self, source: impl std::fmt::Display) -> Error {
        Error::File { path: self.filename.display().to_string(), message: source.to_string() }
    }

    fn delimiter(&self) -> Result<u8> {
        u8::try_from(self.separator).ok().filter(|c| c.is_ascii() && !b"\"\r\n".contains(c)).ok_or_else(
            || Error::Argument(format!("CSVLogger cannot separate values by {:?}", self.separator)),
        )
    }

    fn open(&mut self) -> Result<()> {
        self.delimiter()?;
        let mut options = OpenOptions::new();
        options.create(true);
        if self.append {
            options.append(true);
        } else {
            options.write(true).truncate(true);
        }
        let file = options.open(&self.filename).map_err(|source| self.fault(source))?;
        // A device has no length, and gets a header.
        self.header = file.metadata().map_err(|source| self.fault(source))?.len() == 0;
        self.file = Some(file);
        self.keys = None;
        Ok(())
    }

    /// Lines as text.
    fn lines(&self, records: &[Vec<String>]) -> Result<Vec<u8>> {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.delimiter()?)
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        for record in records {
            writer.write_record(record).map_err(|source| self.fault(source))?;
        }
        writer.into_inner().map_err(|source| self.fault(source))
    }
}

setters! { CSVLogger:
    /// What is between the values: a comma.
    separator: char,
    /// Whether lines are added to the file if it exists, for a training that goes on: false.
    append: bool,
}

/// The columns that the first epoch makes.
fn columns(logs: &Logs) -> Vec<String> {
    let mut keys: Vec<String> = logs.iter().map(|(name, _)| name.clone()).collect();
    keys.sort();
    keys.dedup();
    if !keys.iter().any(|key| key.starts_with("val_")) {
        let more: Vec<String> = keys.iter().map(|key| format!("val_{key}")).collect();
        keys.extend(more);
    }
    keys
}

#[diagnostic::do_not_recommend]
impl Callback for CSVLogger {
    fn writes(&self) -> bool {
        true
    }

    fn on_train_begin(&mut self, _control: &mut Control<'_>) -> Result<()> {
        self.open()
    }

    fn on_epoch_end(&mut self, epoch: usize, logs: &Logs, _control: &mut Control<'_>) -> Result<()> {
        if self.file.is_none() {
            self.open()?;
        }
        let keys = self.keys.get_or_insert_with(|| columns(logs));
        let with = |first: String, rest: Vec<String>| [vec![first], rest].concat();
        let values = keys.iter().map(|key| get(logs, key).map_or_else(|| "NA".to_string(), repr)).collect();
        let row = with(epoch.to_string(), values);
        let records =
            if self.header { vec![with("epoch".to_string(), keys.clone()), row] } else { vec![row] };
        let text = self.lines(&records)?;
        if let Some(file) = &mut self.file {
            let written = file.write_all(&text).and_then(|()| file.flush());
            written.map_err(|source| self.fault(source))?;
        }
        self.header = false;
        Ok(())
    }

    fn on_train_end(&mut self, _logs: &Logs, _control: &mut Control<'_>) -> Result<()> {
        self.file = None;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::testing::{Bench, logs};
    use super::*;

    fn read(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap()
    }

    /// The file after a training of these epochs.
    fn train(mut callback: CSVLogger, epochs: &[&[(&str, f64)]]) -> String {
        let mut bench = Bench::new();
        bench.with(|control| callback.on_train_begin(control));
        for (epoch, shown) in epochs.iter().enumerate() {
            bench.with(|control| callback.on_epoch_end(epoch, &logs(shown), control));
        }
        bench.with(|control| callback.on_train_end(&[], control));
        read(&callback.filename)
    }

    // All expected files are what Keras 3.15.1 writes.

    #[test]
    fn files_are_keras_s() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        let new = || CSVLogger::new(&path);
        assert_eq!(
            train(new(), &[&[("loss", 0.5), ("accuracy", 0.1)], &[("loss", 1e-5), ("accuracy", 1.0)]]),
            "epoch,accuracy,loss,val_accuracy,val_loss\r\n0,0.1,0.5,NA,NA\r\n1,1.0,1e-05,NA,NA\r\n"
        );
        assert_eq!(
            train(
                new().separator(';'),
                &[
                    &[("val_loss", 0.5), ("loss", 0.25), ("accuracy", f64::NAN)],
                    &[("loss", 1e20), ("extra", 3.0)]
                ]
            ),
            "epoch;accuracy;loss;val_loss\r\n0;nan;0.25;0.5\r\n1;NA;1e+20;NA\r\n"
        );
        assert_eq!(
            train(new(), &[&[("a,b", 0.5), ("q\"", 1.0), ("val_x", 2.0)]]),
            "epoch,\"a,b\",\"q\"\"\",val_x\r\n0,0.5,1.0,2.0\r\n"
        );
        assert_eq!(train(new(), &[&[]]), "epoch\r\n0\r\n");
    }

    #[test]
    fn appending_keeps_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        let new = || CSVLogger::new(&path).append(true);
        assert_eq!(train(new(), &[&[("loss", 1.0)]]), "epoch,loss,val_loss\r\n0,1.0,NA\r\n");
        assert_eq!(train(new(), &[&[("loss", 0.5)]]), "epoch,loss,val_loss\r\n0,1.0,NA\r\n0,0.5,NA\r\n");
        std::fs::write(&path, "").unwrap();
        assert_eq!(train(new(), &[&[("loss", 0.5)]]), "epoch,loss,val_loss\r\n0,0.5,NA\r\n");
        assert_eq!(train(CSVLogger::new(&path), &[&[("mae", 2.0)]]), "epoch,mae,val_mae\r\n0,2.0,NA\r\n");
    }

    #[test]
    fn a_crash_leaves_the_finished_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.csv");
        let mut callback = CSVLogger::new(&path);
        let mut bench = Bench::new();
        bench.with(|control| callback.on_train_begin(control));
        bench.with(|control| callback.on_epoch_end(0, &logs(&[("loss", 0.5)]), control));
        // Nothing is closed, dropped or flushed.
        std::mem::forget(callback);
        assert_eq!(read(&path), "epoch,loss,val_loss\r\n0,0.5,NA\r\n");
    }

    #[test]
    fn what_cannot_be_written_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let mut callback = CSVLogger::new(folder.path().join("no/such/log.csv"));
        let error = Bench::new().attempt(|control| callback.on_train_begin(control)).unwrap_err();
        assert!(matches!(&error, Error::File { path, .. } if path.ends_with("log.csv")), "{error}");
        for separator in ['é', '"', '\n'] {
            let mut callback = CSVLogger::new(folder.path().join("log.csv")).separator(separator);
            let error = Bench::new().attempt(|control| callback.on_train_begin(control)).unwrap_err();
            assert!(matches!(error, Error::Argument(_)), "{error}");
        }
        assert!(!folder.path().join("log.csv").exists());
    }
}
