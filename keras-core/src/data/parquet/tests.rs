use super::*;

/// Files that pyarrow wrote (`tests/data/parquet/make.py`).
fn file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/parquet").join(name)
}

fn options() -> ParquetOptions {
    ParquetOptions { skip: vec!["tags".into()], missing: Some(-1.0), ..ParquetOptions::default() }
        .column("species", Column::classes())
        .column("seen", Column::days())
        .column("at", Column::days())
}

#[test]
fn cells_are_what_pyarrow_wrote() {
    for codec in ["none", "snappy", "gzip", "lz4"] {
        let table = read(file(&format!("birds-{codec}.parquet")), &options()).unwrap();
        assert_eq!(table.names, ["id", "small", "weight", "single", "ringed", "species", "seen", "at"]);
        let column = |name: &str| table.column(name).unwrap().to_vec();
        assert_eq!(column("id"), [1.0, 2.0, 3.0, 4.0], "{codec}");
        assert_eq!(column("small"), [255.0, 0.0, 7.0, -1.0]);
        assert_eq!(column("weight"), [18.5, -0.25, 1e-20, 3.0]);
        assert_eq!(column("single"), [0.1, 1e30, -2.0, 4.5]);
        assert_eq!(column("ringed"), [1.0, 0.0, 1.0, 0.0]);
        assert_eq!(column("species"), [0.0, 1.0, 0.0, 2.0]);
        assert_eq!(table.words("species").unwrap(), ["robin", "tit", "wren"]);
        // date.toordinal() - date(1970, 1, 1).toordinal() of Python
        assert_eq!(column("seen"), [19_782.0, -1.0, 10_957.0, 19_785.0]);
        assert_eq!(column("at"), [19_782.5; 4]);
        let (x, y) = table.split(&["species"]).unwrap();
        assert_eq!((x.shape(), y.shape()), (&[4, 7][..], &[4, 1][..]));
    }
}

#[test]
fn what_is_no_number_is_told_with_row_and_column() {
    let path = file("birds-snappy.parquet");
    let told = |options: &ParquetOptions| read(&path, options).unwrap_err().to_string();
    let all = told(&ParquetOptions::default());
    assert!(
        all.contains("row 1, column \"species\": \"robin\" is not a number; of a column of words"),
        "{all}"
    );
    let tags = told(&ParquetOptions { skip: vec![], ..options() });
    assert!(tags.contains("row 1, column \"tags\": holds several values: the option `skip`"), "{tags}");
    let missing = told(&ParquetOptions { missing: None, ..options() });
    assert!(missing.contains("row 4, column \"small\": no value; the option `missing`"), "{missing}");
    let integers = read_as::<i64>(&path, &options()).unwrap_err().to_string();
    assert!(integers.contains("row 1, column \"weight\": \"18.5\" is not a whole number"), "{integers}");
    let limit = told(&ParquetOptions { limit: Some(50), ..options() });
    assert!(limit.contains("row 2: takes more than 50 bytes"), "{limit}");
    let unknown = told(&ParquetOptions { skip: vec!["no".into()], ..options() });
    assert!(unknown.contains("no column \"no\""), "{unknown}");
}

#[test]
fn other_files_are_refused() {
    let zstd = read(file("birds-zstd.parquet"), &options()).unwrap_err().to_string();
    assert!(zstd.to_lowercase().contains("zstd"), "{zstd}");
    assert!(read(file("make.py"), &options()).is_err());
    assert!(matches!(read(file("nothing"), &options()), Err(DataError::Read { .. })));
    // None of these may panic: each byte of a file once another one, and the file cut off.
    let whole = std::fs::read(file("birds-snappy.parquet")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.parquet");
    for at in (0..whole.len()).step_by(7) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x5a;
        std::fs::write(&path, &damaged).unwrap();
        let _ = read(&path, &options());
        std::fs::write(&path, &whole[..at]).unwrap();
        assert!(read(&path, &options()).is_err(), "{at}");
    }
}
