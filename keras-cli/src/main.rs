//! The command `keras`: what is in a file of Keras, and whether it gives the numbers that it should.

mod convert;
mod show;
mod source;
mod verify;

use std::process::ExitCode;

const USAGE: &str = "\
keras: looks into the files of Keras, of every generation

  keras show FILE                    the summary, who wrote it, and what stands against reading it
  keras source FILE                  the model as source for `model!`
  keras convert FILE OUT             writes it as OUT says: .keras, .weights.h5, .safetensors
  keras verify FILE --io FILE.npz    runs input_0, input_1, ... and compares with output_0, output_1, ...
";

/// What a command comes to: nothing, or what is wrong in a line.
pub(crate) type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let outcome = match args.as_slice() {
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        ["show", file] => show::run(file),
        ["source", file] => source::run(file),
        ["convert", file, out] => convert::run(file, out),
        ["verify", file, "--io", io] | ["verify", "--io", io, file] => verify::run(file, io),
        ["--version" | "-V"] => {
            println!("keras {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        [command, ..] => {
            Err(format!("`{command}` with these arguments is no command here: `keras help` lists them"))
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
