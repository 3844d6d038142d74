//! Models with one mistake each: what the compiler says of them must read as if a colleague had
//! written it. After a change of wording, run with `TRYBUILD=overwrite` and read the difference.

#[test]
fn mistakes_are_told_in_words() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
