//! The command `keras`: what is in a file of Keras, and whether it gives the numbers that it should.

/// Prints a line. Who reads may stop before the end, as `head` does: then there is nothing left to do.
macro_rules! say {
    ($($text:tt)*) => { $crate::print_line(format_args!($($text)*)) };
}

mod bench;
mod convert;
mod plot;
mod show;
mod source;
mod verify;

use std::io::Write;
use std::process::ExitCode;

use keras_core::files::keras::LoadModel;
use keras_core::model::InputInfo;
use keras_core::prelude::*;

const USAGE: &str = "\
keras: looks into the files of Keras, of every generation

  keras show FILE                    the summary, who wrote it, and what stands against reading it
  keras source FILE                  the model as source for `model!`
  keras convert FILE OUT             writes it as OUT says: .keras, .weights.h5, .safetensors, .onnx
  keras verify FILE --io FILE.npz    runs input_0, input_1, ... and compares with output_0, output_1, ...; with
                                     --layers also what each layer gives with layer_NAME of the archive
  keras plot FILE OUT.svg            draws the graph, as OUT.png too; OUT.dot is for Graphviz
  keras bench FILE                   times reading it, its first prediction, and those that follow

With `--weights FILE2` the weights are those of another file: of an architecture that `to_json` has written, its own.
";

/// What a command comes to: nothing, or what is wrong in a line.
pub(crate) type Outcome = Result<(), String>;

/// Where a model is read from.
#[derive(Clone, Copy)]
pub(crate) struct From<'a> {
    pub file: &'a str,
    /// Another file, if the weights are there.
    pub weights: Option<&'a str>,
}

impl From<'_> {
    pub(crate) fn load(&self) -> Result<LoadedModel, String> {
        self.run(LoadModel::new(self.file))
    }

    /// Reads it with the weights that are asked for.
    pub(crate) fn run(self, mut load: LoadModel) -> Result<LoadedModel, String> {
        if let Some(weights) = self.weights {
            load = load.weights(weights);
        }
        load.run().map_err(|error| error.to_string())
    }
}

/// Takes `--weights FILE` out of the arguments.
fn weights_of<'a>(args: &mut Vec<&'a str>) -> Result<Option<&'a str>, String> {
    let Some(at) = args.iter().position(|arg| *arg == "--weights") else { return Ok(None) };
    if at + 1 == args.len() {
        return Err("`--weights` takes a file".into());
    }
    let file = args.remove(at + 1);
    args.remove(at);
    Ok(Some(file))
}

/// That a model takes numbers alone: a command that runs it has no strings for it.
fn takes_numbers(model: &LoadedModel, file: &str) -> Outcome {
    let is_string = |input: &&InputInfo| input.spec.dtype == keras_core::shape::DType::String;
    match model.structure().inputs.iter().find(is_string) {
        Some(input) => {
            Err(format!("{file}: input `{}` takes strings, and this command gives numbers", input.name))
        }
        None => Ok(()),
    }
}

/// See `say!`.
fn print_line(text: std::fmt::Arguments<'_>) {
    if writeln!(std::io::stdout(), "{text}").is_err() {
        std::process::exit(0);
    }
}

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(mut args: Vec<&str>) -> Outcome {
    let weights = weights_of(&mut args)?;
    let from = |file| From { file, weights };
    match args.as_slice() {
        [] | ["help" | "--help" | "-h"] => {
            say!("{}", USAGE.trim_end());
            Ok(())
        }
        ["show", file] => show::run(from(file)),
        ["source", file] => source::run(file),
        ["convert", file, out] => convert::run(from(file), out),
        ["plot", file, out] => plot::run(from(file), out),
        ["bench", file] => bench::run(from(file)),
        ["verify", rest @ ..] => verify::read(rest, weights),
        ["--version" | "-V"] => {
            say!("keras {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        [command, ..] => {
            Err(format!("`{command}` with these arguments is no command here: `keras help` lists them"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::run;

    const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/keras_files");

    fn path(name: &str) -> String {
        format!("{FIXTURES}/{name}")
    }

    #[test]
    fn weights_may_be_in_another_file() {
        let (text, weights, io) =
            (path("k2_alone.json"), path("k2_alone_weights.h5"), path("k2_alone_io.npz"));
        assert_eq!(run(vec!["verify", &text, "--io", &io, "--weights", &weights]), Ok(()));
        assert!(
            run(vec!["verify", &text, "--io", &io]).is_err_and(|error| error.contains("without its weights"))
        );
        assert!(run(vec!["show", &text, "--weights"]).is_err_and(|error| error.contains("takes a file")));
        // Of weights alone it says what they are; an architecture is source without them.
        assert_eq!(run(vec!["show", &weights]), Ok(()));
        assert_eq!(run(vec!["source", &text]), Ok(()));
    }

    #[test]
    fn a_model_over_the_samples_of_a_batch_is_no_source() {
        let error = run(vec!["source", &path("k3_over_samples.json")]).expect_err("a mean of samples");
        assert!(error.contains("axis 0") && error.contains("batch"), "{error}");
    }
}
