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

/// Batches of a file that pyarrow wrote are the rows of its table, also over the borders of its groups of three rows.
#[test]
fn batches_are_the_rows_of_the_table() {
    let path = file("birds-snappy.parquet");
    let (x, y) = read(&path, &options()).unwrap().split(&["species"]).unwrap();
    let open = open(&path, &options()).unwrap();
    assert_eq!(open.words("species").unwrap(), ["robin", "tit", "wren"]);
    assert_eq!(open.column_names().len(), 8);
    for size in [1, 2, 3, 100] {
        let batches: Vec<_> = open.batches(&["species"], size).map(Result::unwrap).collect();
        assert_eq!(batches.len(), 4_usize.div_ceil(size));
        let inputs: Vec<_> = batches.iter().map(|batch| batch.0.view()).collect();
        let targets: Vec<_> = batches.iter().map(|batch| batch.1.view()).collect();
        let joined =
            |parts: &[ndarray::ArrayView2<'_, f32>]| ndarray::concatenate(ndarray::Axis(0), parts).unwrap();
        assert_eq!((joined(&inputs), joined(&targets)), (x.clone(), y.clone()));
    }
    let mut ids: Vec<f32> = open
        .batches(&["species"], 2)
        .shuffle(4, 3)
        .flat_map(|batch| batch.unwrap().0.column(0).to_vec())
        .collect();
    ids.sort_by(f32::total_cmp);
    assert_eq!(ids, [1.0, 2.0, 3.0, 4.0]);
    let none: Vec<_> = open.batches(&["no"], 2).collect();
    assert!(none.len() == 1 && none[0].as_ref().unwrap_err().to_string().contains("no column \"no\""));
    let missing = ParquetOptions { missing: None, ..options() };
    let told: Vec<_> = super::open(&path, &missing).unwrap().batches(&["species"], 2).collect();
    let error = told.last().unwrap().as_ref().unwrap_err().to_string();
    assert!(told.len() == 2 && error.contains("row 4, column \"small\""), "{error}");
}

/// Rows of a file that was written here, many more than a batch, come without a table of all of them.
#[test]
fn a_large_file_is_read_batch_by_batch() {
    use parquet::data_type::Int32Type;
    use parquet::file::writer::SerializedFileWriter;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.parquet");
    let schema = "message rows { required int32 a; required int32 b; }";
    let schema = std::sync::Arc::new(parquet::schema::parser::parse_message_type(schema).unwrap());
    let mut writer =
        SerializedFileWriter::new(File::create(&path).unwrap(), schema, Default::default()).unwrap();
    for group in 0..10 {
        let mut rows = writer.next_row_group().unwrap();
        for times in [1, 3] {
            let numbers: Vec<i32> = (group * 5_000..(group + 1) * 5_000).map(|row| row * times).collect();
            let mut column = rows.next_column().unwrap().unwrap();
            column.typed::<Int32Type>().write_batch(&numbers, None, None).unwrap();
            column.close().unwrap();
        }
        rows.close().unwrap();
    }
    writer.close().unwrap();
    // A table of it is over this limit, its batches are not.
    let limit = ParquetOptions { limit: Some(100_000), ..ParquetOptions::default() };
    assert!(read(&path, &limit).unwrap_err().to_string().contains("takes more than"));
    let file = open(&path, &limit).unwrap();
    let mut row = 0;
    for batch in file.batches(&["b"], 999) {
        let (x, y) = batch.unwrap();
        for (x, y) in x.iter().zip(&y) {
            assert_eq!((*x, *y), (row as f32, 3.0 * row as f32));
            row += 1;
        }
    }
    assert_eq!(row, 50_000);
}
