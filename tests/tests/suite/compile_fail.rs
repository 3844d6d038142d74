//! Models with one mistake each: what the compiler says of them must read as if a colleague had
//! written it. After a change of wording, run with `TRYBUILD=overwrite` and read the difference.

use std::path::Path;

/// Puts the files that models are read from into the crate that the cases are compiled as.
fn lend_files() -> std::io::Result<()> {
    let exe = std::env::current_exe()?;
    let Some(target) = exe.ancestors().nth(3) else { return Ok(()) };
    let folder = target.join("tests/trybuild/keras-tests/fixtures");
    std::fs::create_dir_all(&folder)?;
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/keras_files");
    for name in
        ["bidi.keras", "custom.keras", "embed.h5", "embed_io.npz", "lambda.keras", "operations_unknown.keras"]
    {
        std::fs::copy(fixtures.join(name), folder.join(name))?;
    }
    Ok(())
}

#[test]
fn mistakes_are_told_in_words() {
    lend_files().expect("the files of the cases");
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
